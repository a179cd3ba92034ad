package table

import (
	"bytes"
	"math"
	"math/big"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// Which values bound which columns: a value does when all rows that compare with it in
// some way lie in one stretch of the keys. Everything else is left to the conditions,
// which are asked of every row anyhow.

// exactDouble is up to where a double is the integer that it looks like, so that a
// comparison as doubles is one of integers.
const exactDouble = 1 << 53

// Bound makes of a value of type t, which is compared with a column as how says, the
// one that bounds the column: that of its own kind. ok is false when none does. Only
// values that stay the same while the scan runs are asked.
func (s *Source) Bound(column int, how value.Comparison, e *value.Env, v value.Value, t *value.Type) (out value.Value, of *value.Type, ok bool) {
	c := &s.Types()[column]
	quiet := *e // the condition itself will warn
	quiet.Listen = nil
	switch {
	case c.IsInteger() || c.Kind == value.TypeDecimal || c.Kind == value.TypeYear || c.Kind == value.TypeBit:
		switch how.How {
		case value.AsInt, value.AsDecimal:
			return v, t, v.Class() == value.ClassInt || v.Class() == value.ClassUint || v.Class() == value.ClassDecimal
		case value.AsDouble:
			f, err := value.ToDouble(&quiet, v, t)
			return value.Double(f), &value.DoubleType, err == nil && c.IsInteger() && math.Abs(f) < exactDouble
		}
	case c.Kind == value.TypeDouble && how.How == value.AsDouble:
		f, err := value.ToDouble(&quiet, v, t)
		return value.Double(f), &value.DoubleType, err == nil
	case c.IsString():
		return v, t, how.How == value.AsString && how.Collation == c.Collation && v.Class() == value.ClassString &&
			!(c.Collation.Pad && belowSpace(v.Bytes()))
	case c.Kind == value.TypeTime && how.How == value.AsTime:
		out, err := value.ToTime(&quiet, v, t)
		return out, c, err == nil && !out.IsNull()
	case c.IsTemporal() && c.HasDate() && how.How == value.AsDateTime:
		out, err := value.ToDateTime(&quiet, v, t)
		if err != nil || out.IsNull() {
			return out, c, false
		}
		if c.Kind == value.TypeTimestamp {
			utc, ok := onlyMoment(out.DateTime(), e.Zone())
			return value.DateTime(utc), c, ok
		}
		return out, c, true
	}
	return v, t, false
}

// belowSpace: what such characters mean under PAD SPACE hangs on what they are compared with.
func belowSpace(text []byte) bool {
	return bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' })
}

// boundKey is a value as key bytes of an index's column.
type boundKey struct {
	key []byte
	// side is 0 when the key is that of the value, -1 when it is of the next smaller value
	// that the column has, and 1 of the next greater one.
	side int
	// exact says that no other value than the key's has it.
	exact bool
	// open says that the keys of all equal values begin with these bytes.
	open bool
}

// boundKey makes the key of a bound; end says that it is one of a stretch's ends.
func (s *Source) boundKey(dst []byte, p *relation.Part, b *exec.Bound, end bool) (out boundKey, err error) {
	c := &s.Types()[p.Column]
	var d codec.Datum
	switch {
	case c.Kind == value.TypeDouble:
		f, err := value.ToDouble(&value.Env{}, b.Value, b.Type)
		if err != nil {
			return out, err
		}
		d = codec.Float(f)
	case c.IsInteger() || c.Kind == value.TypeDecimal || c.Kind == value.TypeYear || c.Kind == value.TypeBit:
		if d, out.side, err = s.number(p.Column, c, b); err != nil {
			return out, err
		}
	case c.Kind == value.TypeTime:
		d = codec.Int(b.Value.Micros())
	case c.Kind == value.TypeDate:
		packed := b.Value.DateTime()
		if packed == 0 {
			packed = storedZero
		}
		d = codec.Uint(uint64(packed.Date()))
		if packed.Date().DateTime() != packed {
			out.side = -1
		}
	case c.IsTemporal():
		packed := b.Value.DateTime()
		if packed == 0 {
			packed = storedZero
		}
		d = codec.Uint(uint64(packed))
	case c.IsString():
		return s.textKey(dst, p, c, b.Value.Bytes(), end)
	default:
		return out, errBound(b.Type)
	}
	out.key, err = p.Append(dst, d)
	out.exact = true
	return out, err
}

// textKey: under PAD SPACE a text that goes on with a character below the space stands
// behind the one that it continues, and before it when they are compared.
func (s *Source) textKey(dst []byte, p *relation.Part, c *value.Type, text []byte, end bool) (out boundKey, err error) {
	d := codec.Bytes(text)
	out.exact = !p.Inexact(d)
	if !out.exact || end && c.Collation.Pad {
		out.open = true
		out.key = p.Stem(dst, d)
		return out, nil
	}
	out.key, err = p.Append(dst, d)
	return out, err
}

// number is the value itself, or the nearest one that the column has.
func (s *Source) number(column int, c *value.Type, b *exec.Bound) (codec.Datum, int, error) {
	if d, ok := s.integer(column, c, b.Value); ok {
		return d, 0, nil
	}
	n, err := value.ToDecimal(&value.Env{}, b.Value, b.Type)
	if err != nil {
		return codec.Datum{}, 0, err
	}
	scale := 0
	if c.Kind == value.TypeDecimal {
		scale = int(c.Scale)
	}
	cut := n.Truncate(scale)
	side := cut.Cmp(n) // towards zero: smaller than a positive number, greater than a negative one
	unscaled := scaled(cut, scale)
	low, high := s.limits(column, c)
	switch {
	case unscaled.Cmp(low) < 0:
		unscaled, side = low, 1
	case unscaled.Cmp(high) > 0:
		unscaled, side = high, -1
	}
	switch st := s.t.schema.cols[column].storage; st.kind {
	case codec.KindInt:
		return codec.Int(unscaled.Int64()), side, nil
	case codec.KindUint:
		return codec.Uint(unscaled.Uint64()), side, nil
	}
	d, err := codec.Decimal(nil, unscaled, int(c.Precision))
	return d, side, err
}

// integer is an integer that a column of integers has, as most bounds are.
func (s *Source) integer(column int, c *value.Type, v value.Value) (d codec.Datum, ok bool) {
	if !c.IsInteger() {
		return d, false
	}
	st := s.t.schema.cols[column].storage
	switch class := v.Class(); {
	case st.kind == codec.KindInt && (class == value.ClassInt || class == value.ClassUint && v.Uint() <= math.MaxInt64):
		return codec.Int(v.Int()), codec.FitsInt(v.Int(), st.width)
	case st.kind == codec.KindUint && (class == value.ClassUint || class == value.ClassInt && v.Int() >= 0):
		return codec.Uint(v.Uint()), codec.FitsUint(v.Uint(), st.width)
	}
	return d, false
}

// scaled is n times 10^scale; n has no more digits behind the point.
func scaled(n value.Decimal, scale int) *big.Int {
	u := n.Unscaled()
	for i := n.Scale(); i < scale; i++ {
		u.Mul(u, big.NewInt(10))
	}
	for i := scale; i < n.Scale(); i++ { // zeros
		u.Quo(u, big.NewInt(10))
	}
	return u
}

// limits are the smallest and the greatest number of a column, unscaled.
func (s *Source) limits(column int, c *value.Type) (low, high *big.Int) {
	if c.Kind == value.TypeDecimal {
		high = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Precision)), nil)
		high.Sub(high, big.NewInt(1))
		return new(big.Int).Neg(high), high
	}
	width := uint(8 * s.t.schema.cols[column].storage.width)
	one := big.NewInt(1)
	if s.t.schema.cols[column].storage.kind == codec.KindUint {
		return new(big.Int), new(big.Int).Sub(new(big.Int).Lsh(one, width), one)
	}
	high = new(big.Int).Lsh(one, width-1)
	return new(big.Int).Neg(high), new(big.Int).Sub(high, one)
}
