package difftest

import (
	"regexp"
	"slices"
	"strings"
)

// Sort says what a node may be replaced by when a statement is made smaller.
type Sort uint8

// The sorts of nodes. The zero Sort is text that must stay as it is.
const (
	Fixed  Sort = iota
	Scalar      // an expression: another one, or a small constant, may stand in its place
	List        // separated by commas; items may go as long as one is left
	Option      // a clause that may be left out
	Source      // a table reference: one side of a join may stand for the join
)

// hole stands in Form where the next kid goes.
const hole = '$'

// Node is a piece of SQL. Form is text with a hole for each kid; without kids it
// is taken literally, so that literals may hold any character.
type Node struct {
	Form string
	Kids []*Node
	Sort Sort
	// Param is the value that a prepared statement may bind instead of the text;
	// nil for what is no literal.
	Param any
}

// Text is the SQL of the node.
func (n *Node) Text() string {
	var b strings.Builder
	n.write(&b, nil)
	return b.String()
}

// Bound is the SQL with literals as parameters, and their values.
func (n *Node) Bound() (string, []any) {
	var b strings.Builder
	params := []any{}
	n.write(&b, &params)
	return b.String(), params
}

func (n *Node) write(b *strings.Builder, params *[]any) {
	switch {
	case n.Param != nil && params != nil:
		b.WriteByte('?')
		*params = append(*params, n.Param)
	case n.Sort == List:
		for i, k := range n.Kids {
			if i > 0 {
				b.WriteString(", ")
			}
			k.write(b, params)
		}
	case len(n.Kids) == 0:
		b.WriteString(n.Form)
	default:
		next := 0
		for i := range len(n.Form) {
			if n.Form[i] == hole && next < len(n.Kids) {
				n.Kids[next].write(b, params)
				next++
				continue
			}
			b.WriteByte(n.Form[i])
		}
	}
}

// Clone copies the whole tree.
func (n *Node) Clone() *Node {
	m := *n
	m.Kids = make([]*Node, len(n.Kids))
	for i, k := range n.Kids {
		m.Kids[i] = k.Clone()
	}
	return &m
}

// Walk calls f for the node and everything below it, parents first.
func (n *Node) Walk(f func(*Node)) {
	f(n)
	for _, k := range n.Kids {
		k.Walk(f)
	}
}

// frame is what every statement has around its expressions; tableName is one of
// the names of a generated table.
var (
	frame     = regexp.MustCompile(`^[$() ]*$|^SELECT \$+( FROM (t\d+|\$)\$*)?$|^SELECT \$ FROM t\d+( AS a\d+)?( CROSS JOIN t\d+( AS a\d+)?)*$`)
	tableName = regexp.MustCompile(`\bt\d+\b|\ba\d+\b`)
)

// forms are the texts of all nodes that have holes, sorted, each once: what the
// statement is made of, whatever its values.
func (n *Node) forms() []string {
	var out []string
	n.Walk(func(m *Node) {
		if f := strings.TrimSpace(m.Form); len(m.Kids) > 0 && m.Sort != List && !frame.MatchString(f) {
			out = append(out, tableName.ReplaceAllString(f, "t"))
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

func text(s string) *Node                  { return &Node{Form: s} }
func form(s string, kids ...*Node) *Node   { return &Node{Form: s, Kids: kids} }
func scalar(s string, kids ...*Node) *Node { return &Node{Form: s, Kids: kids, Sort: Scalar} }
func option(s string, kids ...*Node) *Node { return &Node{Form: s, Kids: kids, Sort: Option} }
func list(kids ...*Node) *Node             { return &Node{Kids: kids, Sort: List} }

// nothing is a clause that is not there.
func nothing() *Node { return text("") }
