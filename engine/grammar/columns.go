package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// NamesColumn reports whether an expression anywhere in a tree names a column.
func NamesColumn(tree any) bool {
	found := false
	rewriter{node: func(n any) {
		if _, ok := n.(*ast.ColName); ok {
			found = true
		}
	}}.walk(reflect.ValueOf(tree))
	return found
}
