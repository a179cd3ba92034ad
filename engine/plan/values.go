package plan

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// Converter turns a value of the library, boxed in an interface, into a
// session.Value. One is chosen per column.
type Converter func(ctx *sql.Context, v any) (session.Value, error)

// ConverterFor chooses the converter of a column of a type.
func ConverterFor(t sql.Type) Converter {
	switch {
	case types.IsTime(t): // DATE, DATETIME and TIMESTAMP
		return dateConverter(t)
	case types.IsTimespan(t):
		return timeConverter(t)
	case types.IsEnum(t), types.IsSet(t), types.IsJSON(t), types.IsDecimal(t), types.IsBit(t), types.IsGeometry(t):
		return textConverter(t)
	default:
		return plainConverter(textConverter(t))
	}
}

// plainConverter serves numbers and strings without a detour through text.
func plainConverter(otherwise Converter) Converter {
	return func(ctx *sql.Context, v any) (session.Value, error) {
		switch v := v.(type) {
		case nil:
			return session.Value{}, nil
		case int64:
			return session.IntValue(v), nil
		case int32:
			return session.IntValue(int64(v)), nil
		case int16:
			return session.IntValue(int64(v)), nil
		case int8:
			return session.IntValue(int64(v)), nil
		case int:
			return session.IntValue(int64(v)), nil
		case uint64:
			return session.UintValue(v), nil
		case uint32:
			return session.UintValue(uint64(v)), nil
		case uint16:
			return session.UintValue(uint64(v)), nil
		case uint8:
			return session.UintValue(uint64(v)), nil
		case float64:
			return session.Float64Value(v), nil
		case float32:
			return session.Float32Value(v), nil
		case bool:
			if v {
				return session.IntValue(1), nil
			}
			return session.IntValue(0), nil
		case string:
			return session.StringValue(v), nil
		case []byte:
			return session.BytesValue(v), nil
		}
		return otherwise(ctx, v)
	}
}

// textConverter asks the type for its text, as MySQL shows it.
func textConverter(t sql.Type) Converter {
	return func(ctx *sql.Context, v any) (session.Value, error) {
		if v == nil {
			return session.Value{}, nil
		}
		text, err := t.SQL(ctx, nil, v)
		if err != nil {
			return session.Value{}, err
		}
		if text.IsNull() {
			return session.Value{}, nil
		}
		return session.BytesValue(text.ToBytes()), nil
	}
}

// zeroTime stands for '0000-00-00 00:00:00' in the library.
var zeroTime = time.Unix(-62167219200, 0).UTC()

func dateConverter(t sql.Type) Converter {
	text := textConverter(t)
	return func(ctx *sql.Context, v any) (session.Value, error) {
		at, ok := v.(time.Time)
		if !ok {
			return text(ctx, v)
		}
		if at.Equal(zeroTime) {
			return session.DateTimeValue(session.Civil{}), nil
		}
		c := session.Civil{
			Year: uint16(at.Year()), Month: uint8(at.Month()), Day: uint8(at.Day()), Hour: uint8(at.Hour()),
			Minute: uint8(at.Minute()), Sec: uint8(at.Second()), Micro: uint32(at.Nanosecond() / 1000),
		}
		return session.DateTimeValue(c), nil
	}
}

func timeConverter(t sql.Type) Converter {
	text := textConverter(t)
	return func(ctx *sql.Context, v any) (session.Value, error) {
		span, ok := v.(types.Timespan)
		if !ok {
			return text(ctx, v)
		}
		return session.DurationValue(int64(span)), nil
	}
}

// LiteralOf is Literal, which makes nothing else.
func LiteralOf(v session.Value, connection sql.CollationID) (*expression.Literal, error) {
	e, err := Literal(v, connection)
	if err != nil {
		return nil, err
	}
	lit, ok := e.(*expression.Literal)
	if !ok {
		return nil, fmt.Errorf("a bound value is a %T", e)
	}
	return lit, nil
}

// Literal turns a bound parameter into an expression. A text has the collation of the
// connection, as literals in a statement have.
func Literal(v session.Value, connection sql.CollationID) (sql.Expression, error) {
	switch v.Kind() {
	case session.Null:
		return expression.NewLiteral(nil, types.Null), nil
	case session.Int:
		return expression.NewLiteral(v.Int(), types.Int64), nil
	case session.Uint:
		return expression.NewLiteral(v.Uint(), types.Uint64), nil
	case session.Float32:
		return doubleLiteral(float64(v.Float32()))
	case session.Float64:
		return doubleLiteral(v.Float64())
	case session.DateTime:
		return datetimeLiteral(v.Civil(), types.DatetimeMaxPrecision)
	case session.Date:
		return datetimeLiteral(v.Civil(), types.Date)
	case session.Decimal:
		return decimalLiteral(v.Bytes(), connection)
	case session.Duration:
		return expression.NewLiteral(types.Timespan(v.Micros()), types.Time), nil
	case session.Binary:
		return expression.NewLiteral(v.Bytes(), types.LongBlob), nil
	case session.Bytes:
		return bytesLiteral(v.Bytes(), connection)
	}
	return nil, fmt.Errorf("bound value of unknown kind %d", v.Kind())
}

// doubleLiteral refuses what no literal and no column can be.
func doubleLiteral(f float64) (sql.Expression, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, sqlerr.IllegalValueForType.Errorf("Illegal double '%s' value found during parsing", strconv.FormatFloat(f, 'g', -1, 64)).
			WithHint("there is no NaN and no infinity in SQL; send NULL")
	}
	return expression.NewLiteral(f, types.Float64), nil
}

// RowCount is a value that was bound to LIMIT or OFFSET: NULL is 0, as a text without a
// number is, and a negative number is an error.
func RowCount(e sql.Expression) (sql.Expression, error) {
	l, ok := e.(*expression.Literal)
	if !ok {
		return e, nil
	}
	of, ok := table.ValueType(l.Type(), true)
	if !ok {
		return e, nil
	}
	v, err := ValueOf(nil, l.Value(), l.Type(), &of)
	if err != nil {
		return nil, err
	}
	if v.IsNull() {
		return expression.NewLiteral(int64(0), types.Int64), nil
	}
	n, err := value.ToInteger(&value.Env{Mode: value.DefaultMode}, v, &of)
	switch {
	case err != nil:
		return nil, err
	case n.Class() == value.ClassUint:
		return expression.NewLiteral(int64(min(n.Uint(), math.MaxInt64)), types.Int64), nil
	case n.Int() < 0:
		return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE").WithHint("LIMIT and OFFSET take no negative number")
	}
	return expression.NewLiteral(n.Int(), types.Int64), nil
}

// decimalLiteral has the digits that were sent. What is no number, or none that a DECIMAL
// holds, is a text: it is converted where it is used.
func decimalLiteral(digits []byte, connection sql.CollationID) (sql.Expression, error) {
	const most = 2 * (types.DecimalTypeMaxPrecision + types.DecimalTypeMaxScale) // to read more of them costs their square
	if len(bytes.TrimLeft(digits, "+-0")) > most {
		return bytesLiteral(digits, connection)
	}
	d, err := decimal.NewFromString(string(digits))
	if err != nil || d.Exponent() > 0 || -d.Exponent() > types.DecimalTypeMaxScale || d.NumDigits() > types.DecimalTypeMaxPrecision {
		return bytesLiteral(digits, connection)
	}
	scale := uint8(-d.Exponent())
	t, err := types.CreateDecimalType(max(uint8(d.NumDigits()), scale, 1), scale)
	if err != nil {
		return bytesLiteral(digits, connection)
	}
	return expression.NewLiteral(d, t), nil
}

func datetimeLiteral(c session.Civil, t sql.Type) (sql.Expression, error) {
	if c == (session.Civil{}) {
		return expression.NewLiteral(zeroTime, t), nil
	}
	at := time.Date(int(c.Year), time.Month(c.Month), int(c.Day), int(c.Hour), int(c.Minute), int(c.Sec), int(c.Micro)*1000, time.UTC)
	if int(c.Month) != int(at.Month()) || int(c.Day) != at.Day() {
		return nil, sqlerr.TruncatedWrongValue.Errorf("Incorrect datetime value: '%04d-%02d-%02d'", c.Year, c.Month, c.Day)
	}
	return expression.NewLiteral(at, t), nil
}

// bytesLiteral: drivers send text, decimals, JSON and blobs alike as strings;
// only bytes that cannot be text are taken for binary.
func bytesLiteral(b []byte, connection sql.CollationID) (sql.Expression, error) {
	if utf8.Valid(b) {
		return expression.NewLiteral(string(b), types.CreateLongText(connection)), nil
	}
	t, err := types.CreateBinary(sqltypes.Blob, int64(len(b)))
	if err != nil {
		return nil, err
	}
	return expression.NewLiteral(b, t), nil
}
