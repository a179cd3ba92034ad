package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
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

// maxMinuses is how many of them a definition may have, whose expressions are kept as the library prints them.
const maxMinuses = 16

// negate makes calls of the - of a statement, but for a definition.
func negate(stmt ast.Statement, found int) error {
	switch stmt.(type) {
	case *ast.DDL, *ast.AlterTable:
		if found > maxMinuses && minusIn(stmt) > maxMinuses {
			return sqlerr.StackOverrunNeedMore.Errorf("more than %d of - stand in one another", maxMinuses)
		}
		return nil
	}
	rewriter{expr: func(e ast.Expr) ast.Expr {
		if u, ok := e.(*ast.UnaryExpr); ok && u.Operator == ast.UMinusStr && !leaf(u.Expr) {
			return called(NegateName, u.Expr)
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
	return nil
}

// minusIn is how many of - stand in one another.
func minusIn(stmt ast.Statement) int {
	most, depth := 0, 0
	var enter func(n any) bool
	enter = func(n any) bool {
		u, ok := n.(*ast.UnaryExpr)
		if !ok || u.Operator != ast.UMinusStr {
			return false
		}
		depth++
		most = max(most, depth)
		rewriter{skip: enter}.walk(reflect.ValueOf(&u.Expr))
		depth--
		return true
	}
	rewriter{skip: enter}.walk(reflect.ValueOf(stmt))
	return most
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
