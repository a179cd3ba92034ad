package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Rollup gives each row once for every prefix of some keys, the longest first: behind the
// child's columns come the keys, NULL but for the prefix, and its length. Grouping by these
// gives GROUP BY … WITH ROLLUP.
type Rollup struct {
	Child Node
	Keys  []expr.Expr
	types []value.Type
}

// NewRollup repeats the rows of a node.
func NewRollup(child Node, keys []expr.Expr) *Rollup {
	r := &Rollup{Child: child, Keys: keys, types: append([]value.Type{}, child.Types()...)}
	for _, k := range keys {
		t := *k.Type()
		t.Nullable = true
		r.types = append(r.types, t)
	}
	r.types = append(r.types, value.BigInt)
	return r
}

// Types implements Node.
func (r *Rollup) Types() []value.Type { return r.types }

// Open implements Node.
func (r *Rollup) Open(c *expr.Ctx) (Rows, error) {
	rows, err := r.Child.Open(c)
	if err != nil {
		return nil, err
	}
	return &rollupRows{Rows: rows, r: r, keys: make([]value.Value, len(r.Keys))}, nil
}

type rollupRows struct {
	Rows
	r    *Rollup
	in   *Batch
	row  int // of in
	left int // prefixes of that row; 0: it is a new one
	keys []value.Value
	out  Batch
}

// Next implements Rows.
func (r *rollupRows) Next(c *expr.Ctx) (*Batch, error) {
	if err := ended(c); err != nil {
		return nil, err
	}
	r.out.begin(r.r.types)
	for !r.out.full() {
		if r.in == nil || r.row == r.in.Len() {
			if r.out.N > 0 { // its values are in that batch still
				break
			}
			var err error
			if r.in, err = r.Rows.Next(c); err != nil || r.in == nil {
				return nil, err
			}
			r.row = 0
		}
		if err := r.prefix(c); err != nil {
			return nil, err
		}
	}
	return r.out.orNil(), nil
}

// prefix adds the row once.
func (r *rollupRows) prefix(c *expr.Ctx) error {
	at := &expr.At{Batch: &r.in.Batch, I: r.in.At(r.row)}
	if r.left == 0 {
		r.left = len(r.keys) + 1
		for i, k := range r.r.Keys {
			v, err := k.Eval(c, at)
			if err != nil {
				return err
			}
			r.keys[i] = v.Clone()
		}
	}
	r.left--
	n := len(r.r.types) - len(r.keys) - 1
	for i := range r.r.types {
		v := value.Null
		switch {
		case i < n:
			v = r.in.Value(i, at.I)
		case i == n+len(r.keys):
			v = value.Int(int64(r.left))
		case i-n < r.left:
			v = r.keys[i-n]
		}
		if err := r.out.Columns[i].Append(v); err != nil {
			return err
		}
	}
	r.out.N++
	if r.left == 0 {
		r.row++
	}
	return nil
}
