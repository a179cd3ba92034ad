package expr

import (
	"math/rand/v2"

	"github.com/lxdb/lxdb/engine/value"
)

// randomFunctions give another number for each row.
var randomFunctions = []Function{
	{Name: "rand", Min: 0, Max: 1, Args: []Arg{Any}, Null: Own, Volatile: true, Result: returns(value.DoubleType), Eval: evalRand, About: "a random number from 0 to below 1; one seed gives one sequence"},
}

// randomSequence is MySQL's: the numbers of a seed are the same as there.
type randomSequence struct{ a, b uint32 }

const randomMax = 0x3FFFFFFF

func newRandomSequence(seed uint32) *randomSequence {
	return &randomSequence{(seed*0x10001 + 55555555) % randomMax, (seed * 0x10000001) % randomMax}
}

func (g *randomSequence) next() float64 {
	g.a = uint32((uint64(g.a)*3 + uint64(g.b)) % randomMax)
	g.b = uint32((uint64(g.a) + uint64(g.b) + 33) % randomMax)
	return float64(g.a) / randomMax
}

// evalRand begins a sequence once for a constant seed, and for each row else.
func evalRand(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if len(a) == 0 {
		return value.Double(rand.Float64()), nil
	}
	seed := uint32(0)
	if !a[0].IsNull() {
		var err error
		if seed, err = f.lowBits(c, 0, a[0]); err != nil {
			return value.Null, err
		}
	}
	if !FixedInStatement(f.Args[0]) {
		return value.Double(newRandomSequence(seed).next()), nil
	}
	g := c.Keep(f, func() any { return newRandomSequence(seed) }).(*randomSequence)
	return value.Double(g.next()), nil
}

// lowBits are the 32 bits that count of argument i, an integer. What is none is brought into the
// signed ones first.
func (f *Call) lowBits(c *Ctx, i int, v value.Value) (uint32, error) {
	if v.Class() == value.ClassInt || v.Class() == value.ClassUint {
		return uint32(v.Uint()), nil
	}
	n, err := value.ToInt(c.Env, v, f.Arg(i))
	return uint32(n), err
}
