package expr

import (
	"math"

	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// side is one operand of a kernel: numbers with nulls, or one constant number.
type side[T int64 | uint64 | float64] struct {
	vals     []T
	nulls    []bool
	constant bool
	c        T
	null     bool // the constant is NULL
	dense    bool // vals has the selected rows only, one after the other
}

// at gives the number for the i-th selected row, which is row r.
func (s *side[T]) at(i, r int) (v T, null bool) {
	switch {
	case s.constant:
		return s.c, s.null
	case s.dense:
		return s.vals[i], s.nulls[i]
	}
	return s.vals[r], s.nulls[r]
}

// operand is an expression of a kernel with its values: a column as it stands, a
// constant, or what was computed.
type operand struct {
	vec      *Vector
	dense    bool
	constant bool
	val      value.Value
	of       *value.Type
}

// operandOf evaluates an expression for the selected rows; Ctx.give takes its memory
// back.
func operandOf(e Expr, c *Ctx, b *Batch, sel []int32) (o operand, err error) {
	o.of = e.Type()
	switch e := e.(type) {
	case *Column:
		o.vec = &b.Columns[e.Index]
		return o, nil
	case *Const:
		o.constant, o.val = true, e.Val
		return o, nil
	case *Param:
		o.constant, o.val = true, c.Params[e.Slot]
		return o, nil
	}
	o.vec, o.dense = c.take(e.Type()), true
	return o, EvalBatch(e, c, b, sel, o.vec)
}

// operandsOf evaluates both. ok is false when one fails: the row form then says for
// which row, or does not come to it.
func operandsOf(left, right Expr, c *Ctx, b *Batch, sel []int32) (l, r operand, ok bool) {
	l, err := operandOf(left, c, b, sel)
	if err != nil {
		return l, r, false
	}
	r, err = operandOf(right, c, b, sel)
	return l, r, err == nil
}

// take gives an empty vector; give takes it back.
func (c *Ctx) take(t *value.Type) *Vector {
	if n := len(c.free); n > 0 {
		v := c.free[n-1]
		c.free = c.free[:n-1]
		v.Type = t
		v.Reset()
		return v
	}
	return NewVector(t)
}

func (c *Ctx) give(o operand) {
	if o.dense && o.vec != nil {
		c.free = append(c.free, o.vec)
	}
}

// exactly says that a batch of e holds what Eval gives: a DECIMAL that was divided has
// digits beyond its type, which a column has no room for.
func exactly(e Expr) bool {
	loose := false
	Walk(e, func(x Expr) {
		if c, ok := x.(*Const); ok && c.Val.Class() == value.ClassDecimal && c.Val.Decimal().Scale() > int(c.Of.Scale) {
			loose = true // a quotient that was folded
		}
		if f, ok := x.(*Call); ok && f.of.Kind == value.TypeDecimal && f.Function.Name != "+" && f.Function.Name != "-" {
			loose = true
		}
	})
	return !loose
}

// signed is an operand of integers, or of times, as int64.
func (o *operand) signed() (s side[int64], ok bool) {
	if o.constant {
		if o.val.IsNull() {
			return side[int64]{constant: true, null: true}, true
		}
		switch o.val.Class() {
		case value.ClassInt:
			return side[int64]{constant: true, c: o.val.Int()}, true
		case value.ClassUint:
			return side[int64]{constant: true, c: int64(o.val.Uint())}, o.val.Uint() <= math.MaxInt64
		case value.ClassTime:
			return side[int64]{constant: true, c: o.val.Micros()}, true
		}
		return s, false
	}
	if o.vec.Kind != codec.KindInt || o.of.Kind == value.TypeDecimal {
		return s, false
	}
	return side[int64]{vals: o.vec.Ints, nulls: o.vec.Nulls, dense: o.dense}, true
}

// unsigned is an operand of unsigned integers, or of dates, as uint64. ENUM and SET
// are not among them: they are texts.
func (o *operand) unsigned(rule value.How) (s side[uint64], ok bool) {
	if o.constant {
		return o.unsignedConstant()
	}
	if o.vec.Kind != codec.KindUint || o.of.Kind == value.TypeEnum || o.of.Kind == value.TypeSet {
		return s, false
	}
	if o.of.HasDate() != (rule == value.AsDateTime) {
		return s, false
	}
	s = side[uint64]{vals: o.vec.Uints, nulls: o.vec.Nulls, dense: o.dense}
	if o.of.Kind == value.TypeDate {
		wide := make([]uint64, len(s.vals))
		for i, d := range s.vals {
			wide[i] = uint64(codec.Date(d).DateTime())
		}
		s.vals = wide
	}
	return s, true
}

func (o *operand) unsignedConstant() (s side[uint64], ok bool) {
	s.constant = true
	switch o.val.Class() {
	case value.ClassNull:
		s.null = true
	case value.ClassInt:
		s.c = uint64(o.val.Int())
		return s, o.val.Int() >= 0
	case value.ClassUint:
		s.c = o.val.Uint()
	case value.ClassDate, value.ClassDateTime:
		s.c = uint64(o.val.DateTime())
	default:
		return s, false
	}
	return s, true
}

// double is an operand of numbers as float64.
func (o *operand) double() (s side[float64], ok bool) {
	if o.constant {
		s.constant, s.null = true, o.val.IsNull()
		switch o.val.Class() {
		case value.ClassNull, value.ClassInt, value.ClassUint, value.ClassDouble, value.ClassDecimal:
			s.c = asDouble(o.val)
			return s, o.val.IsNull() || o.of.IsNumber()
		}
		return s, false
	}
	s = side[float64]{nulls: o.vec.Nulls, dense: o.dense}
	switch {
	case o.vec.Kind == codec.KindFloat:
		s.vals = o.vec.Floats
		return s, true
	case o.of.IsInteger() && o.vec.Kind == codec.KindInt:
		s.vals = make([]float64, len(o.vec.Ints))
		for i, n := range o.vec.Ints {
			s.vals[i] = float64(n)
		}
		return s, true
	case o.of.IsInteger() && o.vec.Kind == codec.KindUint:
		s.vals = make([]float64, len(o.vec.Uints))
		for i, n := range o.vec.Uints {
			s.vals[i] = float64(n)
		}
		return s, true
	}
	return s, false
}

// scaled is an operand of exact numbers of at most 18 digits, times 10^scale.
func (o *operand) scaled(scale int) (s side[int64], ok bool) {
	if o.constant {
		s.constant, s.null = true, o.val.IsNull()
		switch o.val.Class() {
		case value.ClassNull:
			return s, true
		case value.ClassInt, value.ClassUint, value.ClassDecimal:
		default:
			return s, false
		}
		d := asDecimal(o.val)
		if d.Scale() > scale {
			return s, false
		}
		s.c, ok = d.Round(scale).Int64()
		return s, ok
	}
	own := 0
	switch {
	case o.vec.Kind != codec.KindInt:
		return s, false
	case o.of.Kind == value.TypeDecimal:
		own = int(o.of.Scale)
	case !o.of.IsInteger():
		return s, false
	}
	s = side[int64]{vals: o.vec.Ints, nulls: o.vec.Nulls, dense: o.dense}
	if own == scale {
		return s, true
	}
	if own > scale || scale-own > 18 {
		return s, false
	}
	factor := int64(math.Pow10(scale - own))
	limit := math.MaxInt64 / factor
	vals := make([]int64, len(s.vals))
	for i, n := range s.vals {
		if n > limit || n < -limit {
			return s, false
		}
		vals[i] = n * factor
	}
	s.vals = vals
	return s, true
}

// scaleOf is how many digits behind the point an operand has.
func (o *operand) scaleOf() int {
	if o.constant && o.val.Class() == value.ClassDecimal {
		return o.val.Decimal().Scale()
	}
	if o.of.Kind == value.TypeDecimal {
		return int(o.of.Scale)
	}
	return 0
}

// longConst is how many bytes a constant has of which a batch of copies is large.
const longConst = 1 << 10

// Grows says that values of e can be much longer than the row that they are made of.
func Grows(e Expr) bool {
	found := false
	Walk(e, func(x Expr) {
		switch x := x.(type) {
		case *Call:
			found = found || x.Function.Grows
		case *conversion: // BINARY(n) is filled up
			found = found || x.cut && x.of.IsBinary() && x.of.Length > longConst
		case *Const:
			found = found || x.Val.Size() > longConst
		case *Param:
			found = found || x.Of.IsString() && (x.Of.IsText() || x.Of.Length > longConst) || x.Of.Kind == value.TypeJSON
		case *UserVariable, *SetVariable:
			found = found || x.Type().Kind == value.TypeJSON || x.Type().IsString()
		}
	})
	return found
}

// Exactly says that EvalBatch of e gives what Eval gives.
func Exactly(e Expr) bool { return exactly(e) }
