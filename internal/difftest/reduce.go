package difftest

import (
	"slices"
	"strings"
)

// Reduce makes a statement smaller as long as still says that it shows the same
// thing, with at most tries questions.
func Reduce(root *Node, tries int, still func(*Node) bool) *Node {
	r := &reducer{tries: tries, still: still}
	root = r.alone(root)
	for r.tries > 0 {
		smaller := r.pass(root)
		if smaller == nil {
			break
		}
		root = smaller
	}
	r.tries += 3 // what is left may do without its table now
	return r.alone(root)
}

type reducer struct {
	tries int
	still func(*Node) bool
}

func (r *reducer) ask(n *Node) bool {
	if r.tries <= 0 {
		return false
	}
	r.tries--
	return r.still(n)
}

// alone tries the expressions of the statement by themselves, small ones first.
func (r *reducer) alone(root *Node) *Node {
	var parts []*Node
	root.Walk(func(n *Node) {
		if n.Sort == Scalar && len(n.Kids) > 0 && !strings.Contains(n.Form, " OVER (") {
			parts = append(parts, n)
		}
	})
	slices.SortStableFunc(parts, func(a, b *Node) int { return size(a) - size(b) })
	for _, p := range parts {
		text := p.Text()
		if strings.Contains(text, ".c") || strings.Contains(text, ".id") || strings.Contains(text, " FROM t") {
			continue // it needs a table
		}
		if n := form("SELECT $", p.Clone()); r.ask(n) {
			return n
		}
	}
	return root
}

func size(n *Node) (count int) {
	n.Walk(func(*Node) { count++ })
	return count
}

// pass makes the first step that leads to a smaller statement; nil: none does.
func (r *reducer) pass(root *Node) *Node {
	total := size(root)
	for i := range total {
		for _, step := range steps(nth(root, i)) {
			copied := root.Clone()
			step(nth(copied, i))
			if r.ask(copied) {
				return copied
			}
		}
	}
	return nil
}

// nth is the node at a place in the order of Walk.
func nth(root *Node, i int) (found *Node) {
	root.Walk(func(n *Node) {
		if i == 0 {
			found = n
		}
		i--
	})
	return found
}

// plainValues stand for expressions, the plainest first.
var plainValues = []string{"NULL", "0", "1", "''", "'a'"}

// steps are what can be done to a node, large cuts first.
func steps(n *Node) (out []func(*Node)) {
	become := func(m *Node) { out = append(out, func(at *Node) { *at = *m.Clone() }) }
	switch n.Sort {
	case Option:
		become(nothing())
	case List:
		for i := range n.Kids {
			if len(n.Kids) > 1 {
				out = append(out, func(at *Node) { at.Kids = slices.Delete(at.Kids, i, i+1) })
			}
		}
	case Source:
		for _, k := range n.Kids {
			if k.Sort == Source {
				become(k)
			}
		}
	case Scalar:
		for _, k := range n.Kids {
			// of a column in the place of an aggregate any row's value would be right
			if k.Sort == Scalar && !aggregates.has(n.Form) {
				become(k)
			}
		}
		rank := slices.Index(plainValues, n.Form)
		for i, v := range plainValues {
			if rank < 0 || i < rank {
				become(&Node{Form: v, Sort: Scalar})
			}
		}
	}
	return out
}
