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

// NegateName is the function that - before something that is no name and no literal is read as. The library asks
// what stands behind its own minus twice for its type: forty of them in one another would take it hours.
const NegateName = "- of"

// negate makes calls of -.
func negate(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		if u, ok := e.(*ast.UnaryExpr); ok && u.Operator == ast.UMinusStr && !leaf(u.Expr) {
			return called(NegateName, u.Expr)
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}

// leaf says that an expression is a name or a literal, in whatever brackets.
func leaf(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return leaf(e.Expr)
	case *ast.ColName, *ast.SQLVal, *ast.NullVal, ast.BoolVal:
		return true
	}
	return false
}
