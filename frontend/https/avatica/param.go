package avatica

import (
	"encoding/base64"
	"math"
	"math/big"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// MaxParams is how many values one execution may bind, as in MySQL.
const MaxParams = math.MaxUint16

// TypedValue is a bound value as it came.
type TypedValue struct {
	Rep    Rep
	Bool   bool
	Null   bool
	Unset  bool // a parameter that was never set
	empty  bool // a message without a field
	Number int64
	Double float64
	Text   string
	Bytes  []byte
}

// Value is the engine's value. A decimal arrives as its digits and stays a string:
// clients send any type as a decimal when they were not told the parameter's.
func (v *TypedValue) Value() (session.Value, error) {
	switch {
	case v.Unset:
		return session.Value{}, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: a parameter has no value")
	case v.Null || v.Rep == RepNull:
		return session.Value{}, nil
	case v.empty:
		return session.Value{}, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: a parameter is empty").
			WithHint("the client could not represent the value: bind a string or a number")
	}
	switch v.Rep {
	case RepBoolean, RepPrimitiveBoolean:
		if v.Bool {
			return session.IntValue(1), nil
		}
		return session.IntValue(0), nil
	case RepByte, RepShort, RepInteger, RepLong, RepPrimitiveByte, RepPrimitiveShort, RepPrimitiveInt, RepPrimitiveLong:
		return session.IntValue(v.Number), nil
	case RepFloat, RepPrimitiveFloat:
		if v.Double == 0 { // Java sends the bits of the float in the integer
			return session.Float32Value(math.Float32frombits(uint32(v.Number))), nil
		}
		return session.Float32Value(float32(v.Double)), nil
	case RepDouble, RepPrimitiveDouble:
		return session.Float64Value(v.Double), nil
	case RepString, RepCharacter, RepPrimitiveChar:
		return session.StringValue(v.Text), nil
	case RepBigDecimal, RepNumber:
		return v.decimal(), nil
	case RepByteString:
		return v.bytes()
	case RepJavaDate:
		return dateValue(v.Number, 24*time.Hour)
	case RepJavaTimestamp, RepJavaUtilDate:
		return dateValue(v.Number, time.Millisecond)
	case RepJavaTime:
		const day = 24 * 60 * 60 * 1000
		if v.Number < -35*day || v.Number > 35*day {
			return session.Value{}, errBadTime
		}
		return session.DurationValue(v.Number * 1000), nil
	}
	return session.Value{}, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: a parameter of type %s", v.Rep)
}

var errBadTime = sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: a date or time is out of range")

// decimal is the text of a number; clients before 2016 send its digits as an integer.
func (v *TypedValue) decimal() session.Value {
	switch {
	case v.Text != "" || v.Bytes == nil:
		return session.StringValue(v.Text)
	case len(v.Bytes) > 64 || v.Number < 0 || v.Number > 64:
		return session.StringValue("")
	}
	unscaled := new(big.Int).SetBytes(v.Bytes)
	if v.Bytes[0] >= 0x80 {
		unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v.Bytes))))
	}
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(v.Number), nil)
	return session.StringValue(new(big.Rat).SetFrac(unscaled, ten).FloatString(int(v.Number)))
}

func (v *TypedValue) bytes() (session.Value, error) {
	if v.Bytes != nil || v.Text == "" {
		return session.BytesValue(v.Bytes), nil
	}
	b, err := base64.StdEncoding.DecodeString(v.Text)
	if err != nil {
		return session.Value{}, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: a byte string is not base64")
	}
	return session.BytesValue(b), nil
}

// dateValue is a number of units since 1970, on the wall clock of the session.
func dateValue(n int64, unit time.Duration) (session.Value, error) {
	const days, millis = 5_000_000, 500_000_000_000_000 // both beyond the year 9999
	var t time.Time
	switch {
	case unit == time.Millisecond && n > -millis && n < millis:
		t = time.UnixMilli(n).UTC()
	case unit != time.Millisecond && n > -days && n < days:
		t = time.Unix(n*int64(unit/time.Second), 0).UTC()
	default:
		return session.Value{}, errBadTime
	}
	if t.Year() < 0 || t.Year() > 9999 {
		return session.Value{}, errBadTime
	}
	return session.DateTimeValue(session.Civil{
		Year: uint16(t.Year()), Month: uint8(t.Month()), Day: uint8(t.Day()),
		Hour: uint8(t.Hour()), Minute: uint8(t.Minute()), Sec: uint8(t.Second()), Micro: uint32(t.Nanosecond() / 1000),
	}), nil
}
