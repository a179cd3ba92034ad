package exec

import (
	"bytes"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Window computes functions with OVER. Its columns are those of List.
type Window struct {
	Child Node
	// Specs are the different windows; rows come in the order of the last one.
	Specs []WindowSpec
	Funcs []WindowFunc
	// List is what the columns are: a function by its number, or an expression over the
	// child's columns.
	List  []WindowColumn
	types []value.Type
}

// WindowSpec is PARTITION BY and ORDER BY of a window.
type WindowSpec struct{ Partition, Order []SortKey }

// WindowColumn is a column of a Window.
type WindowColumn struct {
	Func int // -1: Expr
	Expr expr.Expr
}

// WindowFunc is one function over the rows of a window.
type WindowFunc struct {
	Spec int
	// Call is an aggregate over the frame; nil for one of Name.
	Call  *expr.AggregateCall
	Name  string
	Args  []expr.Expr
	Shift int64 // of LAG and LEAD; groups of NTILE; the row of NTH_VALUE
	Frame Frame
	Type  value.Type
}

// Frame is which rows around a row an aggregate sees.
type Frame struct {
	Rows       bool // counted by rows, not by values
	Start, End FrameBound
	// Key is ORDER BY with all its digits, where ends are moved; nil is that of the window.
	Key expr.Expr
}

// FrameBound is one end of a frame: N rows, or values, before (negative) or behind the row.
type FrameBound struct {
	Unbounded bool
	Current   bool
	N         value.Decimal
	Moved     expr.Expr // instead of N: the key so much time away
}

// NewWindow computes window functions.
func NewWindow(child Node, specs []WindowSpec, funcs []WindowFunc, list []WindowColumn) *Window {
	w := &Window{Child: child, Specs: specs, Funcs: funcs, List: list}
	for _, c := range list {
		if c.Func >= 0 {
			w.types = append(w.types, funcs[c.Func].Type)
		} else {
			w.types = append(w.types, *c.Expr.Type())
		}
	}
	return w
}

// Types implements Node.
func (w *Window) Types() []value.Type { return w.types }

// Open implements Node.
func (w *Window) Open(*expr.Ctx) (Rows, error) { return &windowRows{w: w}, nil }

type windowRows struct {
	w       *Window
	rows    rowBuffer
	order   []int32 // of the rows, by the last window
	results [][]value.Value
	row     expr.Values
	mem     memory
	ready   bool
	next    int
	out     Batch
}

const valueBytes = 64

// Next implements Rows.
func (r *windowRows) Next(c *expr.Ctx) (*Batch, error) {
	if !r.ready {
		if err := r.compute(c); err != nil {
			return nil, err
		}
		r.ready = true
	}
	if err := ended(c); err != nil {
		return nil, err
	}
	r.out.begin(r.w.types)
	for ; r.next < len(r.order) && !r.out.full(); r.next++ {
		n := int(r.order[r.next])
		r.rows.read(n, r.row)
		for i, col := range r.w.List {
			var v value.Value
			var err error
			if col.Func >= 0 {
				v = r.results[col.Func][n]
			} else if v, err = col.Expr.Eval(c, r.row); err != nil {
				return nil, err
			}
			if err := r.out.Columns[i].Append(v); err != nil {
				return nil, err
			}
		}
		r.out.N++
	}
	return r.out.orNil(), nil
}

func (r *windowRows) compute(c *expr.Ctx) error {
	if err := r.rows.fill(c, r.w.Child); err != nil {
		return err
	}
	n := r.rows.len()
	if err := r.mem.take(c, valueBytes*n*len(r.w.Funcs)); err != nil {
		return err
	}
	r.row = make(expr.Values, len(r.w.Child.Types()))
	r.results = make([][]value.Value, len(r.w.Funcs))
	for i := range r.results {
		r.results[i] = make([]value.Value, n)
	}
	for s := range r.w.Specs {
		if err := r.spec(c, s); err != nil {
			return err
		}
	}
	return nil
}

// spec computes the functions of one window.
func (r *windowRows) spec(c *expr.Ctx, s int) error {
	spec := &r.w.Specs[s]
	keys := &rowBuffer{}
	defer keys.release()
	n := r.rows.len()
	parts, ends := make([]int32, n), make([]int32, n) // bytes of the partition's key, and of all
	var key []byte
	for i := range n {
		r.rows.read(i, r.row)
		var err error
		if key, err = appendKeys(c, key[:0], spec.Partition, r.row); err != nil {
			return err
		}
		parts[i] = int32(len(key))
		if key, err = appendKeys(c, key, spec.Order, r.row); err != nil {
			return err
		}
		ends[i] = int32(len(key))
		if _, err = keys.put(c, key); err != nil {
			return err
		}
	}
	full := func(i int32) []byte { return keys.bytes(int(i))[:ends[i]] }
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return bytes.Compare(full(a), full(b)) })
	r.order = order
	for from := 0; from < n; {
		to := from + 1
		part := keys.bytes(int(order[from]))[:parts[order[from]]]
		for to < n && bytes.Equal(keys.bytes(int(order[to]))[:parts[order[to]]], part) {
			to++
		}
		p := &partition{r: r, rows: order[from:to], spec: spec}
		p.peers(full)
		for f := range r.w.Funcs {
			if r.w.Funcs[f].Spec != s {
				continue
			}
			if err := p.function(c, &r.w.Funcs[f], r.results[f]); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

// Close implements Rows.
func (r *windowRows) Close() error {
	r.rows.release()
	r.results, r.order, r.ready = nil, nil, true
	r.mem.give()
	return nil
}
