package plan

import (
	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
)

// Notes are what EXPLAIN says of operators and they do not know themselves. A conversion that nobody
// wants explained has none: nil.
type Notes struct{ of map[exec.Node]*Note }

// Note is about one operator.
type Note struct {
	Rows    float64 // that it is thought to give
	Derived string  // the name of the derived table or view that it is, "" for none
}

func newNotes() *Notes {
	return &Notes{map[exec.Node]*Note{}}
}

// Of is nil for an operator of which nothing is known.
func (n *Notes) Of(node exec.Node) *Note {
	if n == nil {
		return nil
	}
	return n.of[node]
}

func (n *Notes) at(node exec.Node) *Note {
	if n.of[node] == nil {
		n.of[node] = &Note{}
	}
	return n.of[node]
}

func (n *Notes) rows(node exec.Node, rows float64) {
	if n != nil {
		n.at(node).Rows = rows
	}
}

// derived notes what a derived table is called, and what it becomes when conditions reach into it.
func (n *Notes) derived(r *rel, name string) {
	if n == nil {
		return
	}
	note := n.at(r.node)
	note.Rows, note.Derived = r.rows, name
	if inner := r.refine; inner != nil {
		r.refine = func(conds []expr.Expr) (*rel, error) {
			out, err := inner(conds)
			if err == nil && out != nil {
				n.derived(out, name)
			}
			return out, err
		}
	}
}
