package exec

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"github.com/lxdb/lxdb/engine/value"
)

// Keys are bytes whose order is that of the values and that are equal where the
// values are: what sorts, groups, DISTINCT and hash joins compare. NULL comes first.

// keyClass is as what values are compared.
type keyClass uint8

const (
	keyInt keyClass = iota // integers of either sign
	keyDecimal
	keyDouble
	keyString
	keyDateTime
	keyTime
	keyJSON
)

// Key says how the values of one column become keys.
type Key struct {
	class     keyClass
	collation *value.Collation // of keyString
	Desc      bool
	sorts     bool
}

// Sorting is k for what is sorted, whose order is that of the collation also where characters stand below the
// space; it is longer.
func (k Key) Sorting() Key {
	k.sorts = k.collation != nil && k.collation.Pad
	return k
}

// KeyOf is the key of values of a type among themselves: ENUM, SET and BIT by their number.
func KeyOf(t *value.Type) Key {
	switch t.Kind {
	case value.TypeTinyInt, value.TypeSmallInt, value.TypeMediumInt, value.TypeInt, value.TypeBigInt,
		value.TypeBit, value.TypeYear, value.TypeEnum, value.TypeSet:
		return Key{class: keyInt}
	case value.TypeFloat, value.TypeDouble:
		return Key{class: keyDouble}
	case value.TypeDecimal:
		return Key{class: keyDecimal}
	case value.TypeDate, value.TypeDateTime, value.TypeTimestamp:
		return Key{class: keyDateTime}
	case value.TypeTime:
		return Key{class: keyTime}
	case value.TypeJSON:
		return Key{class: keyJSON}
	}
	return Key{class: keyString, collation: t.Collation}
}

// KeyFor is the key of values of two types that are compared by a rule; false for rules
// that have none.
func KeyFor(rule value.Comparison) (Key, bool) {
	switch rule.How {
	case value.AsInt:
		return Key{class: keyInt}, true
	case value.AsDecimal:
		return Key{class: keyDecimal}, true
	case value.AsDouble:
		return Key{class: keyDouble}, true
	case value.AsString:
		return Key{class: keyString, collation: rule.Collation}, true
	}
	return Key{}, false
}

// KeyFits says whether values of a type have a key of this kind without a conversion that could
// warn or fail.
func KeyFits(k Key, t *value.Type) bool {
	switch k.class {
	case keyInt:
		return t.IsInteger() || t.Kind == value.TypeYear || t.Kind == value.TypeBit
	case keyDecimal:
		return t.IsInteger() || t.Kind == value.TypeDecimal
	case keyDouble:
		return t.IsNumber()
	case keyString: // beside bytes, a text of one byte a character is not what is kept of it
		return t.IsString() && (!k.collation.Binary() || t.Collation == nil || t.Collation.MaxBytes != 1 || t.IsBinary())
	}
	return false
}

// append adds the key of a value.
func (k *Key) append(dst []byte, v value.Value) []byte {
	from := len(dst)
	switch {
	case v.IsNull():
		dst = append(dst, 0)
	case k.whole(v.Class()):
		dst = k.appendValue(dst, v)
	default:
		dst = k.appendValue(append(dst, 1), v)
	}
	if k.Desc {
		invert(dst[from:])
	}
	return dst
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// whole says that the keys of a class are those of whole numbers, which need no mark in front.
func (k *Key) whole(class value.Class) bool {
	switch class {
	case value.ClassInt, value.ClassUint:
		return k.class != keyDecimal && k.class != keyDouble
	case value.ClassDate, value.ClassDateTime, value.ClassTime:
		return true
	}
	return false
}

func (k *Key) appendValue(dst []byte, v value.Value) []byte {
	switch v.Class() {
	case value.ClassInt:
		switch k.class {
		case keyDecimal:
			return appendDecimalKey(dst, value.DecimalOfInt(v.Int()))
		case keyDouble:
			return appendDoubleKey(dst, float64(v.Int()))
		}
		return appendIntKey(dst, v.Int())
	case value.ClassUint:
		switch k.class {
		case keyDecimal:
			return appendDecimalKey(dst, value.DecimalOfUint(v.Uint()))
		case keyDouble:
			return appendDoubleKey(dst, float64(v.Uint()))
		}
		return appendUintKey(dst, v.Uint())
	case value.ClassDouble:
		return appendDoubleKey(dst, v.Double())
	case value.ClassDecimal:
		if k.class == keyDouble {
			return appendDoubleKey(dst, v.Decimal().Double())
		}
		return appendDecimalKey(dst, v.Decimal())
	case value.ClassDate, value.ClassDateTime:
		return appendUintKey(dst, uint64(v.DateTime()))
	case value.ClassTime:
		return appendIntKey(dst, v.Micros())
	case value.ClassJSON:
		return appendJSONKey(dst, v.JSON())
	}
	if k.collation.Binary() {
		return appendEscaped(dst, v.Bytes())
	}
	return k.appendText(dst, v.Bytes())
}

// appendText adds the weights of a text, then escapes the zeros in them.
func (k *Key) appendText(dst, text []byte) []byte {
	from := len(dst)
	if k.sorts {
		dst = k.collation.AppendSortKey(dst, text)
	} else {
		dst = k.collation.AppendKey(dst, text)
	}
	if bytes.IndexByte(dst[from:], 0) < 0 {
		return append(dst, 0, 0)
	}
	weights := bytes.Clone(dst[from:])
	return appendEscaped(dst[:from], weights)
}

// Integers of either sign share one order: a byte that says how many follow, then those without
// the zeros (of negative ones the 0xFFs) in front. Short keys are compared and kept sooner.
const wholeZero = 16 // the key of 0; that of NULL is 0

func appendIntKey(dst []byte, n int64) []byte {
	if n >= 0 {
		return appendUintKey(dst, uint64(n))
	}
	size := 8 - bits.LeadingZeros64(uint64(^n))/8
	return appendLast(append(dst, byte(wholeZero-1-size)), uint64(n), size)
}

func appendUintKey(dst []byte, n uint64) []byte {
	size := 8 - bits.LeadingZeros64(n)/8
	return appendLast(append(dst, byte(wholeZero+size)), n, size)
}

// appendLast adds the last bytes of a number.
func appendLast(dst []byte, n uint64, size int) []byte {
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}

func appendDoubleKey(dst []byte, f float64) []byte {
	if f == 0 {
		f = 0 // -0 is 0
	}
	u := math.Float64bits(f)
	if u>>63 == 1 {
		u = ^u
	} else {
		u |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, u)
}

// appendDecimalKey: a sign, how many digits stand before the point, and the digits
// without zeros at either end, all inverted below zero. 1.0 and 1.00 are one key.
func appendDecimalKey(dst []byte, d value.Decimal) []byte {
	if d.IsZero() {
		return append(dst, 1)
	}
	if n, ok := d.Int64(); ok && n != math.MinInt64 {
		return appendSmallDecimal(dst, n, d.Scale())
	}
	var buf [80]byte
	text := d.Abs().Append(buf[:0])
	whole, fraction := text, []byte(nil)
	if at := bytes.IndexByte(text, '.'); at >= 0 {
		whole, fraction = text[:at], bytes.TrimRight(text[at+1:], "0")
	}
	whole = bytes.TrimLeft(whole, "0")
	places := len(whole)
	if places == 0 {
		digits := bytes.TrimLeft(fraction, "0")
		places = len(digits) - len(fraction)
		fraction = digits
	}
	if len(fraction) == 0 {
		whole = bytes.TrimRight(whole, "0")
	}
	sign := byte(2)
	if d.Sign() < 0 {
		sign = 0
	}
	from := len(dst) + 1
	dst = append(dst, sign, byte(places+128))
	dst = append(append(append(dst, whole...), fraction...), 0)
	if sign == 0 {
		for i := from; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

// appendSmallDecimal makes the same key of n / 10^scale, n not 0, without writing it as text.
func appendSmallDecimal(dst []byte, n int64, scale int) []byte {
	sign, flip := byte(2), byte(0)
	if n < 0 {
		sign, flip, n = 0, 0xFF, -n
	}
	var digits [19]byte
	from := len(digits)
	for ; n > 0; n /= 10 {
		from--
		digits[from] = byte('0'+n%10) ^ flip
	}
	end := len(digits)
	for digits[end-1] == '0'^flip {
		end--
	}
	dst = append(dst, sign, byte(len(digits)-from-scale+128)^flip)
	return append(append(dst, digits[from:end]...), flip)
}

// appendEscaped adds bytes of any length so that they end where no longer ones begin.
func appendEscaped(dst, b []byte) []byte {
	if bytes.IndexByte(b, 0) < 0 {
		return append(append(dst, b...), 0, 0)
	}
	for _, c := range b {
		if c == 0 {
			dst = append(dst, 0, 0xFF)
			continue
		}
		dst = append(dst, c)
	}
	return append(dst, 0, 0)
}

// appendJSONKey: the rank of its type, then the value; equal documents are one key, 1 and 1.0 are
// equal.
func appendJSONKey(dst []byte, j *value.JSON) []byte {
	dst = append(dst, j.Rank())
	switch j.Kind {
	case value.JSONBool:
		if j.True {
			return append(dst, 1)
		}
		return append(dst, 0)
	case value.JSONNumber:
		return appendNumberKey(dst, j.Scalar)
	case value.JSONString, value.JSONBlob:
		return appendEscaped(dst, []byte(j.Text))
	case value.JSONTime:
		if j.Scalar.Class() == value.ClassTime {
			return appendIntKey(dst, j.Scalar.Micros())
		}
		return appendUintKey(dst, uint64(j.Scalar.DateTime()))
	case value.JSONArray:
		for _, item := range j.Items {
			dst = appendJSONKey(append(dst, 1), item)
		}
		return append(dst, 0)
	case value.JSONObject:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(j.Members)))
		for _, m := range j.Members {
			dst = appendEscaped(binary.BigEndian.AppendUint32(dst, uint32(len(m.Key))), []byte(m.Key))
			dst = appendJSONKey(dst, m.Value)
		}
	}
	return dst
}

// appendNumberKey is one key for numbers of any type: a sign, where the point stands, and the
// digits, inverted below zero.
func appendNumberKey(dst []byte, v value.Value) []byte {
	var text []byte
	switch v.Class() {
	case value.ClassInt:
		text = strconv.AppendInt(nil, v.Int(), 10)
	case value.ClassUint:
		text = strconv.AppendUint(nil, v.Uint(), 10)
	case value.ClassDouble:
		text = strconv.AppendFloat(nil, v.Double(), 'e', -1, 64)
	default:
		text = v.Decimal().Append(nil)
	}
	text, negative := bytes.CutPrefix(text, []byte("-"))
	text, power, _ := bytes.Cut(text, []byte("e"))
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	exponent, _ := strconv.Atoi(string(power))
	digits := bytes.TrimLeft(append(bytes.Clone(whole), fraction...), "0")
	exponent += len(digits) - len(fraction)
	if digits = bytes.TrimRight(digits, "0"); len(digits) == 0 {
		return append(dst, 1)
	}
	sign := byte(2)
	if negative {
		sign = 0
	}
	from := len(dst) + 1
	dst = binary.BigEndian.AppendUint16(append(dst, sign), uint16(exponent+1<<15))
	dst = append(append(dst, digits...), 0)
	if negative {
		invert(dst[from:])
	}
	return dst
}
