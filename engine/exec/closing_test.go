package exec

import (
	"testing"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// numbers are so many rows of one column; it counts how often they are closed.
type numbers struct {
	rows   int
	closed *int
}

func (n *numbers) Types() []value.Type { return []value.Type{value.BigInt} }

func (n *numbers) Open(*expr.Ctx) (Rows, error) { return &numberRows{of: n}, nil }

type numberRows struct {
	of    *numbers
	given int
	out   Batch
}

func (r *numberRows) Next(*expr.Ctx) (*Batch, error) {
	r.out.begin(r.of.Types())
	for ; r.given < r.of.rows && !r.out.full(); r.given++ {
		if err := r.out.Columns[0].Append(value.Int(int64(r.given))); err != nil {
			return nil, err
		}
		r.out.N++
	}
	return r.out.orNil(), nil
}

func (r *numberRows) Close() error { *r.of.closed++; return nil }

// What stands below many operators, one over the other, is closed a few times at most:
// an operator that closed its child twice would double that at each of them.
func TestDeepPlansCloseOnce(t *testing.T) {
	const deep = 10
	first := []expr.Expr{expr.NewColumn(0, value.BigInt, "n")}
	over := map[string]func(n, other Node) Node{
		"loop": func(n, other Node) Node { return &LoopJoin{Left: n, Right: other, Keep: true} },
		"outer loop": func(n, other Node) Node {
			return &LoopJoin{Left: n, Right: other, Keep: true, Kind: LeftJoin}
		},
		"opened loop": func(n, other Node) Node { return &LoopJoin{Left: n, Right: other} },
		"hash": func(n, other Node) Node {
			return &HashJoin{Left: n, Right: other, LeftKeys: first, RightKeys: first, Keys: []Key{KeyOf(&value.BigInt)}, NullSafe: []bool{false}}
		},
		"window": func(n, _ Node) Node {
			number := WindowFunc{Name: "row_number", Type: value.BigUint}
			spec := WindowSpec{Order: []SortKey{{first[0], KeyOf(&value.BigInt)}}}
			return NewWindow(n, []WindowSpec{spec}, []WindowFunc{number}, []WindowColumn{{Func: -1, Expr: first[0]}, {Func: 0}})
		},
		"sort":     func(n, _ Node) Node { return &Sort{Child: n, Keys: []SortKey{{first[0], KeyOf(&value.BigInt)}}} },
		"distinct": func(n, _ Node) Node { return NewDistinct(n) },
	}
	for name, put := range over {
		for _, rows := range []int{3, blockRowsMax + 5000} {
			if rows > 3 && testing.Short() && name != "loop" {
				continue
			}
			closed, others := 0, 0
			var n Node = &numbers{rows, &closed}
			for range deep {
				n = put(n, &numbers{1, &others})
			}
			c := expr.NewCtx(&value.Env{Mode: value.DefaultMode})
			open, err := n.Open(c)
			if err != nil {
				t.Fatal(name, err)
			}
			if b, err := open.Next(c); err != nil || b == nil {
				t.Fatal(name, "no rows", err)
			}
			for range 2 { // a second call does nothing
				if err := open.Close(); err != nil {
					t.Fatal(name, err)
				}
			}
			if closed < 1 || closed > 2*deep {
				t.Errorf("%d rows below %d of %s: closed %d times", rows, deep, name, closed)
			}
		}
	}
}
