package grammar

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
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
			text := ast.String(placed(g))
			if a, ok := g.Exprs[0].(*ast.AliasedExpr); ok && seen[text] {
				copied := *a
				copied.Expr = form(&Form{Kind: FormOnce}, a.Expr)
				g.Exprs = append(ast.SelectExprs{&copied}, g.Exprs[1:]...)
			}
			seen[text] = true
		}}.walk(reflect.ValueOf(list))
	}
}

// placed is a GROUP_CONCAT whose ORDER BY has expressions in the place of their numbers: the binder writes
// ORDER BY 1 so.
func placed(g *ast.GroupConcatExpr) *ast.GroupConcatExpr {
	out := *g
	out.OrderBy = slices.Clone(g.OrderBy)
	for i, o := range g.OrderBy {
		v, ok := o.Expr.(*ast.SQLVal)
		if !ok || v.Type != ast.IntVal {
			continue
		}
		n, err := strconv.Atoi(string(v.Val))
		if err != nil || n < 1 || n > len(g.Exprs) {
			continue
		}
		if a, ok := g.Exprs[n-1].(*ast.AliasedExpr); ok {
			out.OrderBy[i] = &ast.Order{Expr: a.Expr, Direction: o.Direction}
		}
	}
	return &out
}

// aggregatesOnce makes aggregates different that are selected twice in the same words: where the
// words are those in which the binder writes them, the second one is the name of the first to it.
func aggregatesOnce(s *ast.Select) {
	seen := map[string]bool{}
	alike := map[string]int{} // how many there are by the binder's words
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
			continue
		}
		seen[text] = true
		words := exponents.ReplaceAllStringFunc(text, func(number string) string {
			n, _ := strconv.ParseFloat(number, 64) // the lexer has read it
			return strconv.FormatFloat(n, 'g', -1, 64)
		})
		if first, ok := firstOf(f); ok {
			for range alike[words] {
				first.Expr = form(&Form{Kind: FormOnce}, first.Expr)
			}
			alike[words]++
		}
	}
}

// exponents are numbers that the binder writes without their exponent, so that SUM(0e0) and SUM(0) are one to it.
var exponents = regexp.MustCompile(`\b\d+(?:\.\d*)?e[+-]?\d+\b`)

// firstOf is the first argument of a function, for itself.
func firstOf(f *ast.FuncExpr) (*ast.AliasedExpr, bool) {
	if len(f.Exprs) == 0 {
		return nil, false
	}
	a, ok := f.Exprs[0].(*ast.AliasedExpr)
	if !ok {
		return nil, false
	}
	copied := *a
	f.Exprs = append(ast.SelectExprs{&copied}, f.Exprs[1:]...)
	return &copied, true
}
