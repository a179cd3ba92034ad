package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// Outside replaces names in the expressions of a tree, outside subqueries: by what replace
// returns, if that is not nil. inside is asked about the names in subqueries, with the outermost.
func Outside(tree any, replace func(*ast.ColName) (ast.Expr, error), inside func(*ast.ColName, *ast.Subquery) error) error {
	var failed error
	r := rewriter{
		expr: func(e ast.Expr) ast.Expr {
			c, ok := e.(*ast.ColName)
			if !ok || failed != nil {
				return nil
			}
			now, err := replace(c)
			if failed = err; err != nil {
				return nil
			}
			return now
		},
		skip: func(n any) bool {
			sub, ok := n.(*ast.Subquery)
			if ok && failed == nil {
				failed = EveryNode(func(n ast.SQLNode) error {
					if c, ok := n.(*ast.ColName); ok {
						return inside(c, sub)
					}
					return nil
				}, sub)
			}
			return ok
		},
	}
	r.walk(reflect.ValueOf(tree))
	return failed
}

// ClonedExpr is a copy of an expression.
func ClonedExpr(e ast.Expr) ast.Expr {
	w := ast.Where{Expr: e}
	clone(reflect.ValueOf(&w).Elem())
	return w.Expr
}
