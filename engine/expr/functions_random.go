package expr

import (
	"math/rand/v2"

	"github.com/lxdb/lxdb/engine/value"
)

// randomFunctions give another number for each row.
var randomFunctions = []Function{
	{Name: "rand", Min: 0, Max: 1, Args: []Arg{Integer}, Null: Own, Volatile: true, Result: returns(value.DoubleType), Eval: evalRand, About: "a random number from 0 to below 1; one seed gives one sequence"},
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
		seed = uint32(a[0].Uint())
	}
	if !FixedInStatement(f.Args[0]) {
		return value.Double(newRandomSequence(seed).next()), nil
	}
	g := c.Keep(f, func() any { return newRandomSequence(seed) }).(*randomSequence)
	return value.Double(g.next()), nil
}
