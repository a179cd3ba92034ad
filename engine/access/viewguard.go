package access

import (
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A view hides rows from the conditions of a change through it, too: what the caller asks of a
// row, by a function of his, a variable or an error, is asked of the rows of the view alone.
// The view's conditions come first, and what may do more than compare stands behind them in
// one expression, which no plan takes apart.

// guarded adds the conditions of views to those of the caller, in WHERE and in joins.
func guarded(from ast.TableExprs, w *ast.Where, views []ast.Expr) (*ast.Where, error) {
	if len(views) == 0 {
		return w, nil
	}
	callers := grammar.TakeConditions(from)
	if w != nil {
		callers = append(callers, w.Expr)
	}
	out := and(nil, views)
	for _, c := range callers {
		for _, part := range conjuncts(c) {
			if !compares(part) {
				part = behind(views, part)
			}
			out = and(out, []ast.Expr{part})
		}
	}
	return out, grammar.EveryNode(func(n ast.SQLNode) error {
		j, ok := n.(*ast.JoinTableExpr)
		if !ok || j.Condition.On == nil {
			return nil
		}
		for _, part := range conjuncts(j.Condition.On) {
			if !compares(part) {
				return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change through a view in such a join'").
					WithHint("write its condition behind WHERE")
			}
		}
		return nil
	}, from)
}

// behind is a condition that is asked where the views' hold.
func behind(views []ast.Expr, part ast.Expr) ast.Expr {
	var own []ast.Expr
	for _, v := range views {
		own = append(own, grammar.ClonedExpr(v))
	}
	return &ast.CaseExpr{Whens: []*ast.When{{Cond: and(nil, own).Expr, Val: part}}, Else: ast.NewIntVal([]byte("0"))}
}

// conjuncts are the parts of a condition that must all hold.
func conjuncts(e ast.Expr) []ast.Expr {
	switch e := e.(type) {
	case *ast.AndExpr:
		return append(conjuncts(e.Left), conjuncts(e.Right)...)
	case *ast.ParenExpr:
		return conjuncts(e.Expr)
	}
	return []ast.Expr{e}
}

// compares says that a condition compares columns and constants and does nothing else, so that
// a key may answer it.
func compares(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ComparisonExpr:
		switch e.Operator {
		case ast.EqualStr, ast.LessThanStr, ast.GreaterThanStr, ast.LessEqualStr, ast.GreaterEqualStr, ast.NotEqualStr, ast.NullSafeEqualStr:
			return isPlain(e.Left) && isPlain(e.Right)
		case ast.InStr:
			list, ok := e.Right.(ast.ValTuple)
			for _, v := range list {
				ok = ok && isPlain(v)
			}
			return ok && isPlain(e.Left)
		}
	case *ast.RangeCond:
		return isPlain(e.Left) && isPlain(e.From) && isPlain(e.To)
	case *ast.IsExpr:
		return isPlain(e.Expr)
	}
	return false
}

func isPlain(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ColName:
		return true
	case *ast.SQLVal, *ast.NullVal:
		return true
	case *ast.ParenExpr:
		return isPlain(e.Expr)
	}
	return false
}
