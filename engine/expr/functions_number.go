package expr

import (
	"hash/crc32"
	"math"

	"github.com/lxdb/lxdb/engine/libm"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// numberFunctions compute with doubles.
var numberFunctions = []Function{
	{Name: "sqrt", Min: 1, Max: 1, Args: []Arg{Double}, Result: nullable(value.DoubleType), Eval: evalDouble(math.Sqrt), About: "square root, NULL below 0"},
	{Name: "exp", Min: 1, Max: 1, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalFinite(libm.Exp), About: "e to a power"},
	{Name: "ln", Min: 1, Max: 1, Args: []Arg{Double}, Result: nullable(value.DoubleType), Eval: evalLog(libm.Ln), About: "natural logarithm, NULL with warning 3020 unless above 0"},
	{Name: "log", Min: 1, Max: 2, Args: []Arg{Double}, Result: nullable(value.DoubleType), Eval: evalLogBase, About: "natural logarithm, or that of the second argument to the base of the first"},
	{Name: "log2", Min: 1, Max: 1, Args: []Arg{Double}, Result: nullable(value.DoubleType), Eval: evalLog(log2), About: "logarithm to the base 2"},
	{Name: "log10", Min: 1, Max: 1, Args: []Arg{Double}, Result: nullable(value.DoubleType), Eval: evalLog(libm.Log10), About: "logarithm to the base 10"},
	{Name: "pow", Aliases: []string{"power"}, Min: 2, Max: 2, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalPow, About: "the first argument to the power of the second"},
	{Name: "sin", Min: 1, Max: 1, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalFinite(libm.Sin), About: "sine"},
	{Name: "cos", Min: 1, Max: 1, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalFinite(libm.Cos), About: "cosine"},
	{Name: "tan", Min: 1, Max: 1, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalFinite(libm.Tan), About: "tangent"},
	{Name: "cot", Min: 1, Max: 1, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalFinite(func(x float64) float64 { return 1 / libm.Tan(x) }), About: "cotangent"},
	{Name: "asin", Min: 1, Max: 1, Args: []Arg{Double}, Result: nullable(value.DoubleType), Eval: evalDouble(libm.Asin), About: "arc sine, NULL outside -1 to 1"},
	{Name: "acos", Min: 1, Max: 1, Args: []Arg{Double}, Result: nullable(value.DoubleType), Eval: evalDouble(libm.Acos), About: "arc cosine, NULL outside -1 to 1"},
	{Name: "atan", Aliases: []string{"atan2"}, Min: 1, Max: 2, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalAtan, About: "arc tangent, of y/x with two arguments"},
	{Name: "degrees", Min: 1, Max: 1, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalFinite(func(x float64) float64 { return x * (180 / math.Pi) }), About: "radians as degrees"},
	{Name: "radians", Min: 1, Max: 1, Args: []Arg{Double}, Result: returns(value.DoubleType), Eval: evalFinite(func(x float64) float64 { return x * (math.Pi / 180) }), About: "degrees as radians"},
	{Name: "pi", Result: returns(piType), Eval: evalPi, About: "π, shown with six digits"},
	{Name: "crc32", Min: 1, Max: 1, Args: []Arg{Encoded}, Result: returns(crcType), Eval: evalCRC, About: "the cyclic redundancy check of the bytes"},
}

var (
	piType  = value.Type{Kind: value.TypeDouble, Scale: 6, Length: 8, Coercibility: value.Numeric, ASCII: true}
	crcType = value.Type{Kind: value.TypeBigInt, Unsigned: true, Length: 10, Coercibility: value.Numeric, ASCII: true}
)

// evalDouble is NULL where the function has no value.
func evalDouble(of func(float64) float64) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
		x := of(a[0].Double())
		if x != x || math.IsInf(x, 0) {
			return value.Null, nil
		}
		return value.Double(x), nil
	}
}

// evalFinite is error 1690 where the value is no number.
func evalFinite(of func(float64) float64) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(_ *Ctx, f *Call, a []value.Value) (value.Value, error) { return f.double(of(a[0].Double())) }
}

func evalLog(of func(float64) float64) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
		if a[0].Double() <= 0 {
			return value.Null, noLogarithm(c)
		}
		return f.double(of(a[0].Double()))
	}
}

func noLogarithm(c *Ctx) error {
	return c.Warn(sqlerr.InvalidArgumentForLogarithm, "Invalid argument for logarithm")
}

// log2 is MySQL's: exact for no more powers of two than there.
func log2(x float64) float64 { return libm.Ln(x) / math.Ln2 }

func evalLogBase(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	base := a[0].Double()
	if base <= 0 {
		return value.Null, noLogarithm(c)
	}
	if len(a) == 1 {
		return f.double(libm.Ln(base))
	}
	if a[1].Double() <= 0 || base == 1 {
		return value.Null, noLogarithm(c)
	}
	return f.double(libm.Ln(a[1].Double()) / libm.Ln(base))
}

func evalPow(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	return f.double(libm.Pow(a[0].Double(), a[1].Double()))
}

func evalAtan(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if len(a) == 2 {
		return f.double(libm.Atan2(a[0].Double(), a[1].Double()))
	}
	return f.double(libm.Atan(a[0].Double()))
}

func evalPi(*Ctx, *Call, []value.Value) (value.Value, error) { return value.Double(math.Pi), nil }

func evalCRC(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Uint(uint64(crc32.ChecksumIEEE(a[0].Bytes()))), nil
}
