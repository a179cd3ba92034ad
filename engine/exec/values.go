package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Values gives rows of expressions that need no row: VALUES, and a SELECT without
// FROM, which has one row of no columns.
type Values struct {
	Columns []value.Type
	Rows    [][]expr.Expr
}

// Types implements Node.
func (v *Values) Types() []value.Type { return v.Columns }

// Open implements Node.
func (v *Values) Open(*expr.Ctx) (Rows, error) { return &valuesRows{v: v}, nil }

type valuesRows struct {
	v    *Values
	next int
	out  Batch
}

// Next implements Rows.
func (r *valuesRows) Next(c *expr.Ctx) (*Batch, error) {
	if err := ended(c); err != nil {
		return nil, err
	}
	r.out.begin(r.v.Columns)
	for ; r.next < len(r.v.Rows) && !r.out.full(); r.next++ {
		for at, e := range r.v.Rows[r.next] {
			v, err := e.Eval(c, nil)
			if err != nil {
				return nil, err
			}
			if err := r.out.Columns[at].Append(v); err != nil {
				return nil, err
			}
		}
		r.out.N++
	}
	return r.out.orNil(), nil
}

// Close implements Rows.
func (r *valuesRows) Close() error {
	r.next = len(r.v.Rows)
	return nil
}
