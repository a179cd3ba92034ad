package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// InvertName is the function that ~x is read as: the library has no operator for it.
// No text can call it.
const InvertName = "~"

// invertBits makes calls of ~.
func invertBits(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		if u, ok := e.(*ast.UnaryExpr); ok && u.Operator == ast.TildaStr {
			return &ast.FuncExpr{Name: ast.NewColIdent(InvertName), Exprs: ast.SelectExprs{&ast.AliasedExpr{Expr: u.Expr}}}
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}
