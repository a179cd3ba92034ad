package expr

import (
	"math/bits"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// bitOperators compute with 64 bits, and byte by byte with binary strings that are no
// hexadecimal literals.
var bitOperators = []Function{
	{Name: "&", Min: 2, Max: 2, Result: bitwise, Eval: evalBits(func(a, b uint64) uint64 { return a & b }), Print: between("&"), About: "bits that both have"},
	{Name: "|", Min: 2, Max: 2, Result: bitwise, Eval: evalBits(func(a, b uint64) uint64 { return a | b }), Print: between("|"), About: "bits that one of them has"},
	{Name: "^", Min: 2, Max: 2, Result: bitwise, Eval: evalBits(func(a, b uint64) uint64 { return a ^ b }), Print: between("^"), About: "bits that exactly one has"},
	{Name: "<<", Min: 2, Max: 2, Result: shifted, Eval: evalShift(true), Print: between("<<"), About: "shift to the left"},
	{Name: ">>", Min: 2, Max: 2, Result: shifted, Eval: evalShift(false), Print: between(">>"), About: "shift to the right"},
	{Name: "~", Min: 1, Max: 1, Result: shifted, Eval: evalInvert, Print: func(a []Expr) string { return "~(" + a[0].String() + ")" }, About: "all bits inverted"},
	{Name: "bit_count", Min: 1, Max: 1, Result: returns(value.BigInt), Eval: evalBitCount, About: "how many bits are set"},
}

// binaryBits says that an operand is a binary string, not a number.
func binaryBits(t *value.Type) bool { return t.IsString() && t.IsBinary() && !t.Hex }

func bitwise(f *Call) (value.Type, error) {
	a, b := f.Arg(0), f.Arg(1)
	bytes := binaryBits(a) && (binaryBits(b) || b.Hex) || binaryBits(b) && a.Hex
	if !bytes {
		return value.BigUint, nil
	}
	return value.BytesOf(max(f.Length(0), f.Length(1))), nil
}

func shifted(f *Call) (value.Type, error) {
	if binaryBits(f.Arg(0)) {
		return value.BytesOf(f.Length(0)), nil
	}
	return value.BigUint, nil
}

func evalBits(op func(a, b uint64) uint64) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
		if f.of.Kind != value.TypeBigInt {
			x, y := a[0].Bytes(), a[1].Bytes()
			if len(x) != len(y) {
				return value.Null, sqlerr.InvalidBitwiseOperandsSize.Errorf("Binary operands of bitwise operators must be of equal length")
			}
			out := make([]byte, len(x))
			for i := range x {
				out[i] = byte(op(uint64(x[i]), uint64(y[i])))
			}
			return value.Bytes(out), nil
		}
		x, err := value.ToUint(c.Env, a[0], f.Arg(0))
		if err != nil {
			return value.Null, err
		}
		y, err := value.ToUint(c.Env, a[1], f.Arg(1))
		return value.Uint(op(x, y)), err
	}
}

func evalShift(left bool) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
		n, err := value.ToUint(c.Env, a[1], f.Arg(1))
		if err != nil {
			return value.Null, err
		}
		if f.of.Kind != value.TypeBigInt {
			return value.Bytes(shiftBytes(a[0].Bytes(), n, left)), nil
		}
		x, err := value.ToUint(c.Env, a[0], f.Arg(0))
		if n > 63 {
			return value.Uint(0), err
		}
		if left {
			return value.Uint(x << n), err
		}
		return value.Uint(x >> n), err
	}
}

func shiftBytes(s []byte, n uint64, left bool) []byte {
	out := make([]byte, len(s))
	if n >= uint64(len(s))*8 {
		return out
	}
	whole, part := int(n/8), n%8
	for i := range s {
		if from := i + whole; left && from < len(s) {
			out[i] = s[from] << part
			if from+1 < len(s) {
				out[i] |= byte(uint(s[from+1]) >> (8 - part))
			}
		}
		if from := i - whole; !left && from >= 0 {
			out[i] = s[from] >> part
			if from > 0 {
				out[i] |= byte(uint(s[from-1]) << (8 - part))
			}
		}
	}
	return out
}

func evalInvert(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if f.of.Kind != value.TypeBigInt {
		out := make([]byte, len(a[0].Bytes()))
		for i, b := range a[0].Bytes() {
			out[i] = ^b
		}
		return value.Bytes(out), nil
	}
	x, err := value.ToUint(c.Env, a[0], f.Arg(0))
	return value.Uint(^x), err
}

func evalBitCount(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if binaryBits(f.Arg(0)) {
		n := 0
		for _, b := range a[0].Bytes() {
			n += bits.OnesCount8(b)
		}
		return value.Int(int64(n)), nil
	}
	x, err := value.ToUint(c.Env, a[0], f.Arg(0))
	return value.Int(int64(bits.OnesCount64(x))), err
}
