package grammar

import (
	"bytes"
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// Exact is the function whose value is the literal that it is called with: no client
// can write its name. The library's binder gives a decimal literal beside a column the
// column's type, so that d = 10.505 found 10.51; into a call it does not look.
const Exact = "exact\x00"

// hideDecimals puts decimal literals that are compared behind Exact.
func hideDecimals(stmt ast.Statement) {
	replace := func(e ast.Expr) ast.Expr {
		switch e := e.(type) {
		case *ast.ComparisonExpr:
			e.Left, e.Right = exact(e.Left), exact(e.Right)
		case *ast.RangeCond:
			e.From, e.To = exact(e.From), exact(e.To)
		}
		return nil
	}
	switch stmt.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect, *ast.Update, *ast.Delete, *ast.Insert:
		rewriter{expr: replace}.walk(reflect.ValueOf(stmt))
	}
}

// mayHaveDecimal is a quick look: most texts have no such literal.
func mayHaveDecimal(text string) bool {
	for i := range len(text) - 1 {
		if text[i] == '.' && text[i+1] >= '0' && text[i+1] <= '9' {
			return true
		}
	}
	return false
}

// exact hides a literal with a point.
func exact(e ast.Expr) ast.Expr {
	if v, ok := e.(*ast.SQLVal); ok && v.Type == ast.FloatVal && bytes.IndexByte(v.Val, '.') >= 0 && bytes.IndexAny(v.Val, "eE") < 0 {
		return &ast.FuncExpr{Name: ast.NewColIdent(Exact), Exprs: ast.SelectExprs{&ast.AliasedExpr{Expr: e}}}
	}
	return e
}
