package expr

import (
	"math"
	"math/bits"

	"github.com/lxdb/lxdb/engine/value"
)

// numericResult is int, decimal or double of two arguments of an operator.
func numericResult(f *Call) value.Result {
	a, b := f.Arg(0).Numeric(), f.Arg(1).Numeric()
	switch {
	case a == value.ResultDouble || b == value.ResultDouble:
		return value.ResultDouble
	case a == value.ResultDecimal || b == value.ResultDecimal:
		return value.ResultDecimal
	}
	return value.ResultInt
}

// unsigned says that an argument counts as unsigned in arithmetic.
func unsigned(t *value.Type) bool {
	return t.Unsigned || t.Kind == value.TypeBit || t.Kind == value.TypeYear || t.Hex
}

// decimals is how many digits an argument has behind the point.
func decimals(t *value.Type) int {
	if t.Kind == value.TypeDecimal || t.IsTemporal() {
		return int(t.Scale)
	}
	return 0
}

func doubleOf(f *Call) value.Type {
	t := value.DoubleType
	scale := 0
	for _, a := range f.Args {
		s := decimals(a.Type())
		if k := a.Type().Kind; k == value.TypeFloat || k == value.TypeDouble {
			s = int(a.Type().Scale)
		} else if a.Type().Numeric() == value.ResultDouble {
			s = value.NotFixed
		}
		scale = max(scale, s)
	}
	t.Scale = uint8(min(scale, value.NotFixed))
	return t
}

func integerOf(f *Call) value.Type {
	for _, a := range f.Args {
		if unsigned(a.Type()) {
			return value.BigUint
		}
	}
	return value.BigInt
}

// additive is the type of + and -.
func additive(f *Call) (value.Type, error) {
	switch numericResult(f) {
	case value.ResultDouble:
		return doubleOf(f), nil
	case value.ResultDecimal:
		scale := max(decimals(f.Arg(0)), decimals(f.Arg(1)))
		whole := max(f.Arg(0).IntDigits(), f.Arg(1).IntDigits()) + 1
		return value.DecimalOf(whole+scale, scale), nil
	}
	digits := max(f.Arg(0).IntDigits(), f.Arg(1).IntDigits()) + 1
	if f.Function.Name == "-" && f.env.Has(value.ModeNoUnsignedSubtraction) {
		return value.BigInt.Digits(digits), nil
	}
	return integerOf(f).Digits(digits), nil
}

// product is the type of *.
func product(f *Call) (value.Type, error) {
	switch numericResult(f) {
	case value.ResultDouble:
		return doubleOf(f), nil
	case value.ResultDecimal:
		scale := min(decimals(f.Arg(0))+decimals(f.Arg(1)), value.MaxScale)
		return value.DecimalOf(f.Arg(0).IntDigits()+f.Arg(1).IntDigits()+scale, scale), nil
	}
	return integerOf(f).Digits(f.Arg(0).IntDigits() + f.Arg(1).IntDigits()), nil
}

// quotient is the type of /, never an integer.
func quotient(f *Call) (value.Type, error) {
	if numericResult(f) == value.ResultDouble {
		t := doubleOf(f)
		if t.Scale < value.NotFixed {
			t.Scale = uint8(min(int(t.Scale)+f.env.DivisionDigits(), value.NotFixed))
		}
		t.Nullable = true
		return t, nil
	}
	more := f.env.DivisionDigits()
	scale := min(decimals(f.Arg(0))+more, value.MaxScale)
	t := value.DecimalOf(f.Arg(0).IntDigits()+decimals(f.Arg(0))+decimals(f.Arg(1))-decimals(f.Arg(0))+more+decimals(f.Arg(0)), scale)
	t.Nullable = true
	return t, nil
}

func wholeQuotient(f *Call) (value.Type, error) {
	t := integerOf(f)
	if numericResult(f) == value.ResultInt {
		t = t.Digits(f.Arg(0).IntDigits())
	}
	t.Nullable = true
	return t, nil
}

// remainder has the sign of the first argument.
func remainder(f *Call) (t value.Type, err error) {
	switch numericResult(f) {
	case value.ResultDouble:
		t = doubleOf(f)
	case value.ResultDecimal:
		scale := max(decimals(f.Arg(0)), decimals(f.Arg(1)))
		t = value.DecimalOf(max(f.Arg(0).IntDigits(), f.Arg(1).IntDigits())+scale, scale)
	default:
		t = value.BigInt
		if unsigned(f.Arg(0)) {
			t = value.BigUint
		}
		t = t.Digits(max(f.Arg(0).IntDigits(), f.Arg(1).IntDigits()))
	}
	t.Nullable = true
	return t, nil
}

// negated: of a constant beyond the integers it is a DECIMAL.
func negated(f *Call) (value.Type, error) {
	switch f.Arg(0).Numeric() {
	case value.ResultDouble:
		return doubleOf(f), nil
	case value.ResultDecimal:
		return value.DecimalOf(f.Arg(0).IntDigits()+decimals(f.Arg(0)), decimals(f.Arg(0))), nil
	}
	if p, ok := f.Args[0].(*Param); ok { // the negation of the smallest integer is one, too
		p.asked.note()
	}
	if c, ok := f.Args[0].(*Const); ok && beyondNegation(c) {
		return value.DecimalOf(20, 0), nil
	}
	return value.BigInt.Digits(f.Arg(0).IntDigits()), nil
}

// beyondNegation says that MySQL makes a DECIMAL of a negated constant: one whose 64
// bits have the highest one set, except for 9223372036854775808 as it is written.
func beyondNegation(c *Const) bool {
	switch c.Val.Class() {
	case value.ClassInt, value.ClassUint:
		return c.Val.Uint() > 1<<63 || c.Val.Uint() == 1<<63 && (c.Text != "" || c.Val.Class() == value.ClassInt)
	}
	return false
}

// outOfRange is 1690 with the expression's text.
func (f *Call) outOfRange() error {
	kind := "BIGINT"
	switch {
	case f.of.Kind == value.TypeDouble:
		kind = "DOUBLE"
	case f.of.Kind == value.TypeDecimal:
		kind = "DECIMAL"
	case f.of.Unsigned:
		kind = "BIGINT UNSIGNED"
	}
	return value.OutOfRange(kind, Named(f))
}

// double is a result that must be finite.
func (f *Call) double(x float64) (value.Value, error) {
	if math.IsInf(x, 0) || x != x {
		return value.Null, f.outOfRange()
	}
	return value.Double(x), nil
}

// exact is a DECIMAL result; ok says that it has not too many digits. It may have
// more behind the point than its type, which are rounded away when it is shown.
func (f *Call) exact(d value.Decimal, ok bool) (value.Value, error) {
	if !ok || d.Digits() > value.MaxWorking {
		return value.Null, f.outOfRange()
	}
	return value.Dec(d), nil
}

// signed128 is an integer with room for what two of 64 bits give.
type signed128 struct {
	neg    bool
	hi, lo uint64
}

func wide(v value.Value) signed128 {
	if v.Class() == value.ClassInt && v.Int() < 0 {
		return signed128{true, 0, -uint64(v.Int())}
	}
	return signed128{false, 0, v.Uint()}
}

// integer is a result that must fit the type.
func (f *Call) integer(n signed128) (value.Value, error) {
	switch {
	case n.hi != 0:
		return value.Null, f.outOfRange()
	case n.neg && n.lo != 0:
		if f.of.Unsigned || n.lo > 1<<63 {
			return value.Null, f.outOfRange()
		}
		return value.Int(-int64(n.lo)), nil
	case f.of.Unsigned:
		return value.Uint(n.lo), nil
	case n.lo > math.MaxInt64:
		return value.Null, f.outOfRange()
	}
	return value.Int(int64(n.lo)), nil
}

func (a signed128) add(b signed128) signed128 {
	if a.neg == b.neg {
		lo, carry := bits.Add64(a.lo, b.lo, 0)
		return signed128{a.neg, carry, lo}
	}
	if a.lo < b.lo {
		a, b = b, a
	}
	return signed128{a.neg, 0, a.lo - b.lo}
}

func asDecimal(v value.Value) value.Decimal {
	switch v.Class() {
	case value.ClassInt:
		return value.DecimalOfInt(v.Int())
	case value.ClassUint:
		return value.DecimalOfUint(v.Uint())
	case value.ClassDouble:
		d, _ := value.DecimalOfDouble(v.Double())
		return d
	}
	return v.Decimal()
}

func asDouble(v value.Value) float64 {
	switch v.Class() {
	case value.ClassInt:
		return float64(v.Int())
	case value.ClassUint:
		return float64(v.Uint())
	case value.ClassDecimal:
		return v.Decimal().Double()
	}
	return v.Double()
}

func evalPlus(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	switch f.of.Kind {
	case value.TypeDouble:
		return f.double(asDouble(a[0]) + asDouble(a[1]))
	case value.TypeDecimal:
		return f.exact(asDecimal(a[0]).Add(asDecimal(a[1])), true)
	}
	return f.integer(wide(a[0]).add(wide(a[1])))
}

func evalMinus(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	switch f.of.Kind {
	case value.TypeDouble:
		return f.double(asDouble(a[0]) - asDouble(a[1]))
	case value.TypeDecimal:
		return f.exact(asDecimal(a[0]).Sub(asDecimal(a[1])), true)
	}
	b := wide(a[1])
	b.neg = !b.neg
	return f.integer(wide(a[0]).add(b))
}

func evalTimes(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	switch f.of.Kind {
	case value.TypeDouble:
		return f.double(asDouble(a[0]) * asDouble(a[1]))
	case value.TypeDecimal:
		return f.exact(asDecimal(a[0]).Mul(asDecimal(a[1])))
	}
	x, y := wide(a[0]), wide(a[1])
	hi, lo := bits.Mul64(x.lo, y.lo)
	return f.integer(signed128{x.neg != y.neg, hi, lo})
}

func evalDivide(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if f.of.Kind == value.TypeDouble {
		if asDouble(a[1]) == 0 {
			return value.Null, c.DivideByZero()
		}
		return f.double(asDouble(a[0]) / asDouble(a[1]))
	}
	if asDecimal(a[1]).IsZero() {
		return value.Null, c.DivideByZero()
	}
	return f.exact(asDecimal(a[0]).Div(asDecimal(a[1]), c.DivisionDigits()))
}

func evalDiv(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if numericResult(f) == value.ResultInt {
		x, y := wide(a[0]), wide(a[1])
		if y.lo == 0 {
			return value.Null, c.DivideByZero()
		}
		return f.integer(signed128{x.neg != y.neg, 0, x.lo / y.lo})
	}
	q, _, ok := asDecimal(a[0]).QuoRem(asDecimal(a[1]))
	if !ok {
		return value.Null, c.DivideByZero()
	}
	n, fits := q.ToInt()
	if f.of.Unsigned {
		var u uint64
		if u, fits = q.ToUint(); fits {
			return value.Uint(u), nil
		}
	}
	if !fits {
		return value.Null, f.outOfRange()
	}
	return value.Int(n), nil
}

func evalMod(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	switch f.of.Kind {
	case value.TypeDouble:
		if asDouble(a[1]) == 0 {
			return value.Null, c.DivideByZero()
		}
		return f.double(math.Mod(asDouble(a[0]), asDouble(a[1])))
	case value.TypeDecimal:
		_, r, ok := asDecimal(a[0]).QuoRem(asDecimal(a[1]))
		if !ok {
			return value.Null, c.DivideByZero()
		}
		return f.exact(r, true)
	}
	x, y := wide(a[0]), wide(a[1])
	if y.lo == 0 {
		return value.Null, c.DivideByZero()
	}
	return f.integer(signed128{x.neg, 0, x.lo % y.lo})
}

func evalNeg(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	switch f.of.Kind {
	case value.TypeDouble:
		return f.double(-asDouble(a[0]))
	case value.TypeDecimal:
		return value.Dec(asDecimal(a[0]).Neg()), nil
	}
	n := wide(a[0])
	n.neg = !n.neg
	return f.integer(n)
}
