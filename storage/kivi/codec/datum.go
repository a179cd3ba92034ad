package codec

import "math"

// Kind says how a column's values are stored. The numbers are kept in the
// catalog with each layout, so they are frozen.
type Kind uint8

const (
	// KindInt is a signed integer of 1 to 8 bytes: TINYINT to BIGINT, TIME in
	// microseconds, DECIMAL of up to 18 digits as its unscaled integer.
	KindInt Kind = 1
	// KindUint is an unsigned integer of 1 to 8 bytes: the UNSIGNED types,
	// DATE and DATETIME packed, YEAR, BIT, ENUM, SET.
	KindUint Kind = 2
	// KindFloat is FLOAT (4 bytes) or DOUBLE (8 bytes).
	KindFloat Kind = 3
	// KindDecimal is a DECIMAL of more than 18 digits: DecimalWidth bytes, in
	// the form that AppendDecimal writes, in keys and rows alike.
	KindDecimal Kind = 4
	// KindBytes is a byte string of any length: VARBINARY, BLOB, JSON.
	KindBytes Kind = 5
	// KindText is text. Rows store it as bytes; keys store only the weights of
	// the column's collation.
	KindText Kind = 6
)

// Widths in bytes of types whose width does not follow from their declaration.
// ENUM and SET keep one width, so that adding a member rewrites nothing.
const (
	DateWidth     = 3
	DateTimeWidth = 8
	TimeWidth     = 6
	YearWidth     = 2
	EnumWidth     = 2
	SetWidth      = 8
)

// BitWidth is the width in bytes of BIT(n), n being 1 to 64.
func BitWidth(n int) int { return (n + 7) / 8 }

// variable says whether values differ in length.
func (k Kind) variable() bool { return k == KindBytes || k == KindText }

// validWidth says whether a column of the kind may have this width in bytes.
// Variable kinds have width 0.
func (k Kind) validWidth(width int) bool {
	switch k {
	case KindInt, KindUint:
		return width >= 1 && width <= 8
	case KindFloat:
		return width == 4 || width == 8
	case KindDecimal:
		return width >= 1 && width <= DecimalWidth(MaxPrecision)
	case KindBytes, KindText:
		return width == 0
	}
	return false
}

type tag uint8

const (
	tagNull tag = iota
	tagAbsent
	tagInt
	tagUint
	tagFloat
	tagBytes
	tagText
	tagExternal
)

// Datum is one column value without an interface and without an allocation.
// The zero Datum is NULL.
type Datum struct {
	bytes []byte
	text  string // of tagText: a string of the caller's that need not be copied
	bits  uint64
	tag   tag
}

// Null is the SQL NULL.
func Null() Datum { return Datum{} }

// Absent stands for a column that is younger than the row; the caller puts the
// column's default in its place. It cannot be stored.
func Absent() Datum { return Datum{tag: tagAbsent} }

// Int is a value of KindInt.
func Int(v int64) Datum { return Datum{tag: tagInt, bits: uint64(v)} }

// Uint is a value of KindUint.
func Uint(v uint64) Datum { return Datum{tag: tagUint, bits: v} }

// Float is a value of KindFloat, also when the column is four bytes wide.
func Float(v float64) Datum { return Datum{tag: tagFloat, bits: math.Float64bits(v)} }

// Bytes is a value of KindBytes, KindText or KindDecimal. It keeps b, it does
// not copy.
func Bytes(b []byte) Datum { return Datum{tag: tagBytes, bytes: b} }

// Text is a value of KindText or KindBytes. Unlike Bytes it lets a key be made
// without an allocation, because a Weigher reads a string.
func Text(s string) Datum { return Datum{tag: tagText, text: s} }

// External is a value of KindBytes or KindText that stands outside the row in
// the chunks that SplitBlob made.
func External(ref BlobRef) Datum {
	return Datum{tag: tagExternal, bits: uint64(ref.Length)<<32 | uint64(ref.Sum)}
}

// IsNull reports NULL. An absent column is not NULL.
func (d Datum) IsNull() bool { return d.tag == tagNull }

// IsAbsent reports a column that is younger than its row.
func (d Datum) IsAbsent() bool { return d.tag == tagAbsent }

// IsExternal reports a value that stands in chunks; External has the reference.
func (d Datum) IsExternal() bool { return d.tag == tagExternal }

// Int returns the value of an Int datum. Like its sisters below it does not
// check the kind: the schema says which one to call.
func (d Datum) Int() int64 { return int64(d.bits) }

// Uint returns the value of a Uint datum.
func (d Datum) Uint() uint64 { return d.bits }

// Float returns the value of a Float datum.
func (d Datum) Float() float64 { return math.Float64frombits(d.bits) }

// Bytes returns the value of a Bytes or Text datum; nil for every other kind.
// Of a datum that was read it is part of the row or key; of Text it is a copy.
func (d Datum) Bytes() []byte {
	if d.tag == tagText {
		return []byte(d.text)
	}
	return d.bytes
}

// Text returns the value of a Text or Bytes datum, of the latter as a copy.
func (d Datum) Text() string {
	if d.tag == tagText {
		return d.text
	}
	return string(d.bytes)
}

// size is the number of bytes of a Bytes or Text datum.
func (d *Datum) size() int { return len(d.bytes) + len(d.text) }

// External returns the reference of an external datum.
func (d Datum) External() BlobRef {
	return BlobRef{Length: uint32(d.bits >> 32), Sum: uint32(d.bits)}
}
