package exec

import (
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

// Open implements Node. Each window is a stage: it sorts what it gets and adds the columns of its
// functions behind those that there are.
func (w *Window) Open(c *expr.Ctx) (Rows, error) {
	rows, err := w.Child.Open(c)
	if err != nil {
		return nil, err
	}
	types := w.Child.Types()
	at := make([]int, len(w.Funcs))
	for s := range w.Specs {
		st := newStage(&w.Specs[s], types, rows)
		for f := range w.Funcs {
			if w.Funcs[f].Spec == s {
				at[f] = len(st.types)
				st.funcs = append(st.funcs, &w.Funcs[f])
				st.types = append(st.types, w.Funcs[f].Type)
			}
		}
		rows, types = st, st.types
	}
	list := make([]expr.Expr, len(w.List))
	for i, col := range w.List {
		list[i] = col.Expr
		if col.Func >= 0 {
			list[i] = expr.NewColumn(at[col.Func], w.Funcs[col.Func].Type, "")
		}
	}
	return newProjectRows(NewProject(w.Child, list), rows), nil
}
