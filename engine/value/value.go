package value

import (
	"math"
	"math/big"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Class says how a Value is held. The zero Class is NULL.
type Class uint8

const (
	ClassNull     Class = iota
	ClassInt            // signed integer
	ClassUint           // unsigned integer, YEAR, BIT, the number of an ENUM or SET
	ClassDouble         // FLOAT and DOUBLE
	ClassDecimal        // exact
	ClassString         // bytes: text in UTF-8, binary strings, geometry
	ClassDate           // packed, midnight
	ClassDateTime       // packed; a TIMESTAMP is in the session's time zone
	ClassTime           // microseconds, signed
	ClassJSON           // a document
)

// Value is one SQL value; the zero Value is NULL. Numbers, times and decimals of up
// to 38 digits need no memory beside it. Bytes belong to whoever made them and may
// be part of a batch: who keeps a Value longer than its row calls Clone.
type Value struct {
	n, hi uint64 // number, or magnitude of a decimal
	b     []byte // string, or magnitude of a decimal above 128 bits
	doc   *JSON
	class Class
	scale uint8
	neg   bool
}

// Null is the SQL NULL.
var Null Value

// Int is a signed integer.
func Int(v int64) Value { return Value{class: ClassInt, n: uint64(v)} }

// Uint is an unsigned integer, a YEAR, a BIT, or the number of an ENUM or SET.
func Uint(v uint64) Value { return Value{class: ClassUint, n: v} }

// Double is a FLOAT or DOUBLE. It must be finite: MySQL has neither infinity nor NaN.
func Double(v float64) Value { return Value{class: ClassDouble, n: math.Float64bits(v)} }

// Bool is 1 or 0.
func Bool(v bool) Value {
	if v {
		return Int(1)
	}
	return Int(0)
}

// Bytes is a string; it keeps b.
func Bytes(b []byte) Value { return Value{class: ClassString, b: b} }

// String is a string; it copies s.
func String(s string) Value { return Value{class: ClassString, b: []byte(s)} }

// Date is the DATE of d; its time of day is cut off.
func Date(d codec.DateTime) Value {
	return Value{class: ClassDate, n: uint64(d.Date().DateTime())}
}

// DateTime is a DATETIME or TIMESTAMP.
func DateTime(d codec.DateTime) Value { return Value{class: ClassDateTime, n: uint64(d)} }

// Time is a TIME of so many microseconds.
func Time(micros int64) Value { return Value{class: ClassTime, n: uint64(micros)} }

// Document is a JSON value; nil is SQL's NULL, not JSON's.
func Document(j *JSON) Value {
	if j == nil {
		return Null
	}
	return Value{class: ClassJSON, doc: j}
}

// Dec is an exact number.
func Dec(d Decimal) Value {
	v := Value{class: ClassDecimal, n: d.lo, hi: d.hi, scale: d.scale, neg: d.neg}
	if d.big != nil {
		v.b = d.big.Bytes()
	}
	return v
}

// Class says how v is held.
func (v Value) Class() Class { return v.class }

// IsNull says SQL's NULL.
func (v Value) IsNull() bool { return v.class == ClassNull }

// The accessors below do not check the class; To… converts.

// Int is the number of ClassInt.
func (v Value) Int() int64 { return int64(v.n) }

// Uint is the number of ClassUint.
func (v Value) Uint() uint64 { return v.n }

// Double is the number of ClassDouble.
func (v Value) Double() float64 { return math.Float64frombits(v.n) }

// Bytes is what a ClassString holds; it must not be changed.
func (v Value) Bytes() []byte { return v.b }

// Text is a copy of what a ClassString holds.
func (v Value) Text() string { return string(v.b) }

// DateTime is the packed date of ClassDate and ClassDateTime.
func (v Value) DateTime() codec.DateTime { return codec.DateTime(v.n) }

// Micros is the length of a ClassTime.
func (v Value) Micros() int64 { return int64(v.n) }

// JSON is the document of ClassJSON.
func (v Value) JSON() *JSON { return v.doc }

// Decimal is the number of ClassDecimal.
func (v Value) Decimal() Decimal {
	d := Decimal{lo: v.n, hi: v.hi, scale: v.scale, neg: v.neg}
	if v.b != nil {
		d.big = new(big.Int).SetBytes(v.b)
	}
	return d
}

// Clone is v with bytes of its own.
func (v Value) Clone() Value {
	if v.b != nil {
		v.b = append(make([]byte, 0, len(v.b)), v.b...)
	}
	return v
}

// Size is about how much memory v has beside itself.
func (v Value) Size() int {
	n := len(v.b)
	if v.doc != nil {
		n += v.doc.Size()
	}
	return n
}
