package session

import "math"

// Row is one row of a result: one value per column.
type Row []Value

// Kind says how a Value is stored. The zero Kind is NULL.
type Kind uint8

const (
	Null     Kind = iota
	Int           // signed integers, YEAR
	Uint          // unsigned integers, BIT up to 64 as number when bound by a client
	Float32       // FLOAT
	Float64       // DOUBLE
	Bytes         // text, DECIMAL, JSON, ENUM, SET, blobs, BIT as big-endian bytes
	DateTime      // DATE, DATETIME, TIMESTAMP as a Civil
	Duration      // TIME as signed microseconds

	// Bound values only: what a client says of their types. Results have Bytes and
	// DateTime, and a column that knows.

	Decimal // the digits of a DECIMAL
	Date    // a DATE, as a Civil
	Binary  // bytes that are no text, whatever they look like
)

// Value is one SQL value: 40 bytes, no interface boxing. The zero Value is NULL.
type Value struct {
	kind Kind
	n    uint64
	b    []byte
}

// Civil is a calendar date and time of day without a zone; all zero is MySQL's
// '0000-00-00'.
type Civil struct {
	Year                          uint16
	Month, Day, Hour, Minute, Sec uint8
	Micro                         uint32
}

func IntValue(v int64) Value       { return Value{kind: Int, n: uint64(v)} }
func UintValue(v uint64) Value     { return Value{kind: Uint, n: v} }
func Float32Value(v float32) Value { return Value{kind: Float32, n: uint64(math.Float32bits(v))} }
func Float64Value(v float64) Value { return Value{kind: Float64, n: math.Float64bits(v)} }

// ShownFloat is a DOUBLE of which text shows a fixed number of digits; it keeps text, which
// Bytes gives.
func ShownFloat(v float64, text []byte) Value {
	return Value{kind: Float64, n: math.Float64bits(v), b: text}
}

// BytesValue keeps b; the caller must not change it afterwards.
func BytesValue(b []byte) Value  { return Value{kind: Bytes, b: b} }
func StringValue(s string) Value { return Value{kind: Bytes, b: []byte(s)} }

// DecimalValue is a number with the digits that a client wrote; it keeps text.
func DecimalValue(text []byte) Value { return Value{kind: Decimal, b: text} }

func DurationValue(us int64) Value { return Value{kind: Duration, n: uint64(us)} }

// DateTimeValue packs c: year 14 bits, month 4, day 5, hour 5, minute 6, second 6, micro 20.
func DateTimeValue(c Civil) Value {
	n := uint64(c.Year)<<46 | uint64(c.Month)<<42 | uint64(c.Day)<<37 | uint64(c.Hour)<<32 |
		uint64(c.Minute)<<26 | uint64(c.Sec)<<20 | uint64(c.Micro)
	return Value{kind: DateTime, n: n}
}

// BinaryValue is bytes that a client binds as such; it keeps b.
func BinaryValue(b []byte) Value { return Value{kind: Binary, b: b} }

// DateValue is a date that a client binds.
func DateValue(c Civil) Value {
	v := DateTimeValue(Civil{Year: c.Year, Month: c.Month, Day: c.Day})
	v.kind = Date
	return v
}

func (v Value) Kind() Kind       { return v.kind }
func (v Value) IsNull() bool     { return v.kind == Null }
func (v Value) Int() int64       { return int64(v.n) }
func (v Value) Uint() uint64     { return v.n }
func (v Value) Float32() float32 { return math.Float32frombits(uint32(v.n)) }
func (v Value) Float64() float64 { return math.Float64frombits(v.n) }
func (v Value) Bytes() []byte    { return v.b }

// Micros is a Duration's signed number of microseconds.
func (v Value) Micros() int64 { return int64(v.n) }

// Civil unpacks a DateTime.
func (v Value) Civil() Civil {
	n := v.n
	return Civil{
		Year: uint16(n >> 46), Month: uint8(n >> 42 & 15), Day: uint8(n >> 37 & 31), Hour: uint8(n >> 32 & 31),
		Minute: uint8(n >> 26 & 63), Sec: uint8(n >> 20 & 63), Micro: uint32(n & (1<<20 - 1)),
	}
}
