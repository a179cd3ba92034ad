package expr

import (
	"math"
	"math/bits"

	"github.com/lxdb/lxdb/engine/value"
)

// roundFunctions leave numbers of the kind that they are: exact ones stay exact.
var roundFunctions = []Function{
	{Name: "abs", Min: 1, Max: 1, Args: []Arg{Number}, Result: absType, Eval: evalAbs, About: "without the sign"},
	{Name: "sign", Min: 1, Max: 1, Args: []Arg{Number}, Result: ReturnsInt(2), Eval: evalSign, About: "-1, 0 or 1"},
	{Name: "ceiling", Aliases: []string{"ceil"}, Min: 1, Max: 1, Args: []Arg{Number}, Result: wholeType, Eval: evalWhole(math.Ceil, value.Decimal.Ceil), About: "the smallest integer that is not below the argument"},
	{Name: "floor", Min: 1, Max: 1, Args: []Arg{Number}, Result: wholeType, Eval: evalWhole(math.Floor, value.Decimal.Floor), About: "the largest integer that is not above the argument"},
	{Name: "round", Min: 1, Max: 2, Args: []Arg{Number, Integer}, Result: roundType(false), Eval: evalRound(false), About: "rounded to so many digits behind the point, or before it if negative"},
	{Name: "truncate", Min: 2, Max: 2, Args: []Arg{Number, Integer}, Result: roundType(true), Eval: evalRound(true), About: "cut to so many digits behind the point, or before it if negative"},
}

func absType(f *Call) (value.Type, error) {
	t := f.Arg(0)
	switch t.Numeric() {
	case value.ResultDouble:
		return doubleOf(f), nil
	case value.ResultDecimal:
		return value.DecimalOf(t.IntDigits()+decimals(t), decimals(t)), nil
	}
	return integerOf(f), nil
}

func evalAbs(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	switch f.of.Kind {
	case value.TypeDouble:
		return value.Double(math.Abs(asDouble(a[0]))), nil
	case value.TypeDecimal:
		return value.Dec(asDecimal(a[0]).Abs()), nil
	}
	n := wide(a[0])
	n.neg = false
	return f.integer(n)
}

func evalSign(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	switch v := a[0]; v.Class() {
	case value.ClassDecimal:
		return value.Int(int64(v.Decimal().Sign())), nil
	case value.ClassDouble:
		return value.Int(int64(signOf(v.Double()))), nil
	case value.ClassUint:
		return value.Int(int64(min(v.Uint(), 1))), nil
	}
	return value.Int(max(-1, min(a[0].Int(), 1))), nil
}

func signOf(x float64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

// wholeType is an integer where one has room for every value.
func wholeType(f *Call) (value.Type, error) {
	t := f.Arg(0)
	switch t.Numeric() {
	case value.ResultDouble:
		d := value.DoubleType
		d.Scale = 0
		if t.Numeric() == value.ResultDouble && decimalsOf(t) == value.NotFixed {
			d.Scale = value.NotFixed
		}
		return d, nil
	case value.ResultDecimal:
		const mostDigits = 18
		if whole := t.IntDigits(); whole > mostDigits {
			return value.DecimalOf(whole+1, 0), nil
		}
		return value.BigInt, nil
	}
	return integerOf(f), nil
}

// decimalsOf is how many digits behind the point values of t show.
func decimalsOf(t *value.Type) int {
	switch {
	case t.Kind == value.TypeFloat || t.Kind == value.TypeDouble:
		return int(t.Scale)
	case t.Numeric() == value.ResultDouble:
		return value.NotFixed
	}
	return decimals(t)
}

func evalWhole(double func(float64) float64, exact func(value.Decimal) value.Decimal) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
		switch f.of.Kind {
		case value.TypeDouble:
			return f.double(double(asDouble(a[0])))
		case value.TypeDecimal:
			return f.exact(exact(asDecimal(a[0])), true)
		}
		if a[0].Class() == value.ClassDecimal {
			n, fits := exact(a[0].Decimal()).ToInt()
			if !fits {
				return value.Null, f.outOfRange()
			}
			return value.Int(n), nil
		}
		return f.integer(wide(a[0]))
	}
}

// roundType: the digits are known when their number is a constant. Otherwise exact
// numbers keep the digits that they have, and integers become doubles.
func roundType(truncate bool) func(*Call) (value.Type, error) {
	return func(f *Call) (value.Type, error) {
		t := f.Arg(0)
		kind := t.Numeric()
		digits, known := 0, true
		if len(f.Args) == 2 {
			digits, known = f.roundDigits()
		}
		if !known {
			return roundToUnknown(f)
		}
		scale := max(0, digits)
		switch kind {
		case value.ResultDouble:
			d := value.DoubleType
			d.Scale = value.NotFixed
			if s := decimalsOf(t); s != value.NotFixed || scale < value.NotFixed {
				d.Scale = uint8(min(scale, value.NotFixed))
			}
			return d, nil
		case value.ResultInt:
			if unsigned(t) { // how the digits are counted says nothing
				return value.BigUint, nil
			}
			return value.BigInt, nil
		}
		scale = min(scale, value.MaxScale)
		precision := t.IntDigits() + scale
		if scale < decimals(t) && !truncate {
			precision++
		}
		return value.DecimalOf(precision, scale), nil
	}
}

// roundDigits is the constant number of digits; NULL counts as 0.
func (f *Call) roundDigits() (n int, known bool) {
	v, known := f.Const(1)
	if !known || v.IsNull() {
		return 0, known
	}
	i, _ := value.ToInteger(&value.Env{}, v, f.Arg(1))
	return clampDigits(i), true
}

// clampDigits brings a number of digits to one that makes no difference any more.
func clampDigits(v value.Value) int {
	const most = 1000
	if v.Class() == value.ClassUint {
		return int(min(v.Uint(), most))
	}
	return int(max(-most, min(v.Int(), most)))
}

func roundToUnknown(f *Call) (value.Type, error) {
	t := f.Arg(0)
	if t.Numeric() == value.ResultDecimal {
		return value.DecimalOf(t.IntDigits()+decimals(t)+1, decimals(t)), nil
	}
	d := value.DoubleType
	d.Scale = uint8(min(decimalsOf(t), value.NotFixed))
	return d, nil
}

func evalRound(truncate bool) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
		digits := 0
		if len(a) == 2 {
			digits = clampDigits(a[1])
		}
		switch f.of.Kind {
		case value.TypeDouble:
			return f.double(roundDouble(asDouble(a[0]), digits, truncate))
		case value.TypeDecimal:
			d, n := asDecimal(a[0]), min(digits, int(f.of.Scale))
			if n < -value.MaxPrecision-1 {
				return value.Dec(value.Decimal{}), nil
			}
			if truncate {
				return f.exact(d.Truncate(n), true)
			}
			return f.exact(d.Round(n), true)
		}
		return f.roundInteger(a[0], digits, truncate)
	}
}

// roundInteger: what leaves the type is error 1690.
func (f *Call) roundInteger(v value.Value, digits int, truncate bool) (value.Value, error) {
	n := wide(v)
	if digits < 0 {
		if digits < -19 {
			return f.integer(signed128{})
		}
		unit := uint64(1)
		for range -digits {
			unit *= 10
		}
		rest := n.lo % unit
		n.lo -= rest
		if !truncate && rest >= unit-rest {
			var carry uint64
			n.lo, carry = bits.Add64(n.lo, unit, 0)
			n.hi = carry
		}
		n.neg = n.neg && n.lo != 0
	}
	return f.integer(n)
}

// roundDouble is MySQL's way, the half to the even digit, step by step: other ways
// differ in the last bit.
func roundDouble(x float64, digits int, truncate bool) float64 {
	unit := math.Pow10(max(digits, -digits))
	cut := math.RoundToEven
	if truncate {
		cut = math.Trunc
	}
	if digits < 0 {
		if math.IsInf(unit, 0) {
			return 0
		}
		return cut(x/unit) * unit
	}
	if math.IsInf(unit, 0) || math.IsInf(x*unit, 0) {
		return x
	}
	return cut(x*unit) / unit
}
