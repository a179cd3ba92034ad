package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// concatsOnce makes GROUP_CONCATs of one SELECT that look alike different. The binder
// knows aggregates by their text, and counts a GROUP_CONCAT that is there twice as two.
func concatsOnce(s *ast.Select) {
	seen := map[string]bool{}
	for _, list := range []any{&s.SelectExprs, &s.Having, &s.OrderBy} {
		rewriter{skip: isSubquery, node: func(n any) {
			g, ok := n.(*ast.GroupConcatExpr)
			if !ok || len(g.Exprs) == 0 {
				return
			}
			text := ast.String(g)
			if a, ok := g.Exprs[0].(*ast.AliasedExpr); ok && seen[text] {
				copied := *a
				copied.Expr = form(&Form{Kind: FormOnce}, a.Expr)
				g.Exprs = append(ast.SelectExprs{&copied}, g.Exprs[1:]...)
			}
			seen[text] = true
		}}.walk(reflect.ValueOf(list))
	}
}

// aggregatesOnce makes aggregates different that are selected twice in the same words: where the
// words are those in which the binder writes them, the second one is the name of the first to it.
func aggregatesOnce(s *ast.Select) {
	seen := map[string]bool{}
	for _, e := range s.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if !ok || !a.As.IsEmpty() {
			continue
		}
		f, ok := a.Expr.(*ast.FuncExpr)
		if !ok || f.Over != nil || !isAggregate(f.Name.Lowered()) {
			continue
		}
		text := strings.ToLower(ast.String(f))
		if seen[text] {
			a.Expr = form(&Form{Kind: FormOnce}, f)
		}
		seen[text] = true
	}
}
