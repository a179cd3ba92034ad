package difftest

import (
	"slices"
	"strings"
)

// Sweep gives each function each edge value in each place, the other places
// holding usual values. It calls f until it returns false.
func (g *Gen) Sweep(f func(*Statement) bool) {
	for _, fn := range Functions {
		if len(fn.Args) == 0 && !f(constant(scalar(fn.Form))) {
			return
		}
		for place := range len(fn.Args) {
			values := edges
			if Kind(fn.Args[place]) == Address {
				values = slices.Concat(edges, addresses)
			}
			for _, v := range values {
				s := constant(g.around(fn, place, v))
				s.Warned = fn.eager() && !strings.Contains(s.Root.Text(), "NULL")
				if !f(s) {
					return
				}
			}
		}
	}
}

func (g *Gen) around(fn Function, place int, v Value) *Node {
	n := scalar(fn.Form)
	for i := range len(fn.Args) {
		arg := v
		if i != place {
			arg = pick(g, typical[Kind(fn.Args[i])])
		}
		n.Kids = append(n.Kids, arg.node())
	}
	return n
}

// SweepSize is how many statements Sweep makes.
func SweepSize() (n int) {
	for _, fn := range Functions {
		n += max(1, len(fn.Args)*len(edges)+strings.Count(fn.Args, string(Address))*len(addresses))
	}
	return n
}

func constant(n *Node) *Statement { return &Statement{Root: form("SELECT $", n)} }

// eager says that a function looks at all its arguments unless one is NULL. Of the
// others it is not promised which constants are computed, and so which warnings
// there are.
func (f Function) eager() bool {
	for _, lazy := range []string{" AND ", " OR ", " IN ", "CASE ", "IF(", "IFNULL(", "COALESCE(", "INTERVAL(", "ISNULL(", " IS ", "ELT(", "FIELD(", "NULLIF("} {
		if strings.Contains(f.Form, lazy) {
			return false
		}
	}
	return true
}
