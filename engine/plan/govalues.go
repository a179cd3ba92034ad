package plan

import (
	"fmt"
	"reflect"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Unknown is an Unconverted.
func Unknown(what string) error { return unconverted("%s", what) }

// ValueOf makes a Value of one of the library's, of type t, which is ours of.
func ValueOf(ctx *sql.Context, v any, t sql.Type, of *value.Type) (value.Value, error) {
	switch v := v.(type) {
	case nil:
		return value.Null, nil
	case bool:
		return value.Bool(v), nil
	case string:
		return stringValue(ctx, v, t, of)
	case []byte:
		return value.Bytes(v), nil
	case float32:
		return value.Double(float64(v)), nil
	case float64:
		return value.Double(v), nil
	case decimal.Decimal:
		d, _ := value.ParseDecimal([]byte(decimalText(v, t)))
		return value.Dec(d), nil
	case time.Time:
		if v.Equal(zeroTime) {
			return value.DateTimeClass(dateClass(of), 0), nil
		}
		packed, err := codec.DateTimeOf(v)
		return value.DateTimeClass(dateClass(of), packed), err
	case types.Timespan:
		return value.Time(int64(v)), nil
	case types.GeometryValue:
		return value.Bytes(v.Serialize()), nil
	case table.Document:
		return value.Document(v.JSON), nil
	case sql.JSONWrapper:
		text, err := types.MarshallJson(v)
		if err != nil {
			return value.Null, err
		}
		j, err := value.ParseJSON(text)
		return value.Document(j), err
	}
	n, ok := asInteger(v)
	if !ok {
		if i, is := v.(int); is {
			n, ok = integer{small: int64(i)}, true
		}
	}
	switch {
	case !ok:
		return value.Null, fmt.Errorf("a value of %T", v)
	case n.large != nil:
		return value.Uint(n.large.Uint64()), nil
	case of.Unsigned || of.Kind == value.TypeEnum || of.Kind == value.TypeSet || of.Kind == value.TypeBit || of.Kind == value.TypeYear:
		return value.Uint(uint64(n.small)), nil
	}
	return value.Int(n.small), nil
}

// stringValue is a string, or what the library keeps as one: members of system enums.
func stringValue(ctx *sql.Context, v string, t sql.Type, of *value.Type) (value.Value, error) {
	if of.IsString() || of.Kind == value.TypeGeometry {
		return value.String(v), nil
	}
	x, _, err := t.Convert(ctx, v)
	if _, still := x.(string); err != nil || still {
		return value.Null, fmt.Errorf("a text for type %s", t)
	}
	return ValueOf(ctx, x, t, of)
}

func dateClass(of *value.Type) value.Class {
	if of.Kind == value.TypeDate {
		return value.ClassDate
	}
	return value.ClassDateTime
}

// Exported is a value as the library keeps it, with its type there: of user variables.
func Exported(v value.Value, t *value.Type) (sql.Type, any, error) {
	switch v.Class() {
	case value.ClassNull:
		return types.Null, nil, nil
	case value.ClassInt:
		return types.Int64, v.Int(), nil
	case value.ClassUint:
		if t.Kind != value.TypeEnum && t.Kind != value.TypeSet {
			return types.Uint64, v.Uint(), nil
		}
	case value.ClassDouble:
		return types.Float64, v.Double(), nil
	case value.ClassDecimal:
		d, err := decimal.NewFromString(v.Decimal().String())
		if err != nil {
			return nil, nil, err
		}
		typ, err := types.CreateDecimalType(max(1, t.Precision), t.Scale)
		return typ, d, err
	case value.ClassString:
		if t.IsBinary() {
			return types.LongBlob, v.Bytes(), nil
		}
		if c := t.Collation; c != nil {
			typ, err := types.CreateString(sqltypes.Text, types.LongTextBlobMax/int64(c.MaxBytes), sql.CollationID(c.ID))
			return typ, v.Text(), err
		}
	}
	return types.LongText, string(value.AppendText(nil, v, t)), nil
}

// hidden reads a field that the library keeps to itself, of a pointer to a struct: what
// CAST casts to, the separator of GROUP_CONCAT. There is no other way to them;
// TestHiddenFields notices when one is gone.
func hidden(e any, field string) reflect.Value {
	return reflect.Indirect(reflect.ValueOf(e)).FieldByName(field)
}
