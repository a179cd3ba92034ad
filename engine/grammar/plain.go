package grammar

import (
	"context"
	"reflect"
	"strings"
	"unicode/utf8"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// Plain is a query, made under a SQL mode, as a text that means the same under the default one, down to what its
// columns are called: see lex.Plain. It is false where no such text is known. Both texts are read, and their trees
// compared: what is shown here is run as a statement of somebody else, who restores a dump.
func Plain(ctx context.Context, query string, m lex.Mode) (string, bool) {
	text := lex.Plain(query, m, nil)
	if text == query && m == (lex.Mode{}) {
		return text, true
	}
	names := writtenNames(ctx, query, m)
	text = lex.Plain(query, m, func(end int) string { return names[end] })
	return text, sameQuery(ctx, query, m, text)
}

// writtenNames are the columns of a query that are called by what was written, where that will not be what is
// written: what stands behind each, by the place where its expression ends.
func writtenNames(ctx context.Context, query string, m lex.Mode) map[int]string {
	x, err := lex.Canonical(query, m)
	if err != nil {
		return nil
	}
	stmt, err := ast.ParseWithOptions(ctx, x.SQL, ast.ParserOptions{})
	if err != nil {
		var changed bool
		if x, changed = lex.Respelled(query, m); changed {
			stmt, err = ast.ParseWithOptions(ctx, x.SQL, ast.ParserOptions{})
		}
		if err != nil {
			return nil
		}
	}
	out := map[int]string{}
	rewriter{node: func(n any) {
		s, ok := n.(*ast.Select)
		if !ok {
			return
		}
		for _, e := range s.SelectExprs {
			a, ok := e.(*ast.AliasedExpr)
			if !ok || !a.As.IsEmpty() || a.EndParsePos <= a.StartParsePos {
				continue
			}
			if _, ok := a.Expr.(*ast.ColName); ok {
				continue
			}
			from, to := x.Start(a.StartParsePos), x.End(a.EndParsePos)
			if from >= to {
				continue
			}
			was := columnName(x.Source(a.StartParsePos, a.EndParsePos), m)
			if is := columnName(lex.Plain(query[from:to], m, nil), lex.Mode{}); is != was && utf8.RuneCountInString(was) <= 64 {
				out[to] = " AS " + lex.QuoteName(strings.TrimRight(was, " "))
			}
		}
	}}.walk(reflect.ValueOf(stmt))
	return out
}

// sameQuery says that two texts are the same query, each in its mode.
func sameQuery(ctx context.Context, text string, m lex.Mode, plain string) bool {
	a, err := Parse(ctx, text, m)
	if err != nil {
		return false
	}
	b, err := Parse(ctx, plain, lex.Mode{})
	return err == nil && shape(a) == shape(b)
}

// shape is a tree as a text, with what the columns of its queries are called.
func shape(stmt ast.Statement) string {
	rewriter{node: func(n any) {
		if s, ok := n.(*ast.Select); ok {
			s.Comments = nil // what the planner is asked for
			for _, e := range s.SelectExprs {
				if a, ok := e.(*ast.AliasedExpr); ok && a.As.IsEmpty() && a.InputExpression != "" {
					if _, ok := a.Expr.(*ast.ColName); !ok && utf8.RuneCountInString(a.InputExpression) <= 64 {
						a.As = ast.NewColIdent(a.InputExpression)
					}
				}
			}
		}
	}}.walk(reflect.ValueOf(stmt))
	rewriter{node: func(n any) {
		if a, ok := n.(*ast.AliasedExpr); ok {
			a.InputExpression = ""
		}
	}}.walk(reflect.ValueOf(stmt))
	return ast.String(stmt)
}
