package expr

import (
	"math"
	"math/bits"

	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// arithmeticBatch is + - * of integers, doubles and short decimals. done is false when
// it is none of these, or a result does not fit: the row form says what is wrong then,
// and for which row.
func arithmeticBatch(f *Call, c *Ctx, b *Batch, sel []int32, out *Vector) (done bool, err error) {
	op := f.Function.Name
	if op != "+" && op != "-" && op != "*" || !simple(f) || !exactly(f.Args[0]) || !exactly(f.Args[1]) {
		return false, nil
	}
	l, r, ok := operandsOf(f.Args[0], f.Args[1], c, b, sel)
	defer c.give(l)
	defer c.give(r)
	if !ok {
		return false, nil
	}
	n, from := rows(b, sel), out.Len()
	switch {
	case f.of.Kind == value.TypeDouble:
		done = doubles(op, &l, &r, n, sel, out)
	case f.of.Kind == value.TypeBigInt && !f.of.Unsigned && l.of.IsInteger() && r.of.IsInteger():
		x, okx := l.signed()
		y, oky := r.signed()
		done = okx && oky && !l.of.Unsigned && !r.of.Unsigned && integers(op, &x, &y, n, sel, out)
	case f.of.Kind == value.TypeDecimal && out.Kind == codec.KindInt:
		done = decimalsBatch(op, f, &l, &r, n, sel, out)
	}
	if !done {
		out.Nulls, out.Ints, out.Floats = out.Nulls[:from], out.Ints[:min(from, len(out.Ints))], out.Floats[:min(from, len(out.Floats))]
	}
	return done, nil
}

func doubles(op string, l, r *operand, n int, sel []int32, out *Vector) bool {
	x, okx := l.double()
	y, oky := r.double()
	if !okx || !oky {
		return false
	}
	for i := range n {
		row := rowAt(sel, i)
		a, anull := x.at(i, row)
		b, bnull := y.at(i, row)
		v := 0.0
		if null := anull || bnull; null {
			out.Floats, out.Nulls = append(out.Floats, 0), append(out.Nulls, true)
			continue
		}
		switch op {
		case "+":
			v = a + b
		case "-":
			v = a - b
		default:
			v = a * b
		}
		if math.IsInf(v, 0) {
			return false
		}
		out.Floats, out.Nulls = append(out.Floats, v), append(out.Nulls, false)
	}
	return true
}

// integers is false when a result does not fit.
func integers(op string, x, y *side[int64], n int, sel []int32, out *Vector) bool {
	for i := range n {
		row := rowAt(sel, i)
		a, anull := x.at(i, row)
		b, bnull := y.at(i, row)
		if anull || bnull {
			out.Ints, out.Nulls = append(out.Ints, 0), append(out.Nulls, true)
			continue
		}
		v, ok := integer(op, a, b)
		if !ok {
			return false
		}
		out.Ints, out.Nulls = append(out.Ints, v), append(out.Nulls, false)
	}
	return true
}

func integer(op string, a, b int64) (v int64, ok bool) {
	switch op {
	case "+":
		v = a + b
		return v, (v > a) == (b > 0)
	case "-":
		v = a - b
		return v, (v < a) == (b > 0)
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if a < 0 { // of the unsigned product the signed one
		hi -= uint64(b)
	}
	if b < 0 {
		hi -= uint64(a)
	}
	return int64(lo), int64(hi) == int64(lo)>>63
}

// decimalsBatch computes with the unscaled numbers.
func decimalsBatch(op string, f *Call, l, r *operand, n int, sel []int32, out *Vector) bool {
	scale := int(f.of.Scale)
	ls, rs := scale, scale
	if op == "*" {
		ls, rs = l.scaleOf(), r.scaleOf()
		if ls+rs != scale {
			return false
		}
	}
	x, okx := l.scaled(ls)
	y, oky := r.scaled(rs)
	return okx && oky && integers(op, &x, &y, n, sel, out) && withinDigits(out, n, int(f.of.Precision))
}

// withinDigits says that the last n numbers fit a DECIMAL of so many digits.
func withinDigits(out *Vector, n, precision int) bool {
	limit := int64(math.Pow10(min(precision, 18)))
	for _, v := range out.Ints[len(out.Ints)-n:] {
		if v >= limit || v <= -limit {
			return false
		}
	}
	return true
}
