package grammar

import (
	"context"
	"reflect"
	"slices"
	"testing"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// TestColumnNames: a column is called what was written of its expression, whatever stands before the comma and wherever
// the query does.
func TestColumnNames(t *testing.T) {
	for _, list := range []string{"v, v+1, 'x'", "v , v+1 , 'x'", "v\n,\n v+1\n,'x'", "v /* c */ , v+1,'x'", "v ,v+1\t, 'x'"} {
		for _, text := range []string{
			"select %", "create view w as select %", "select * from (select %) d", "with c as (select %) select * from c",
			"select 0, 0, 0 union select %", "select % union select 0, 0, 0", "insert into w select %",
			"select distinct %", "select all %", "select sql_no_cache %", "(select %)", "select (select 1 from (select %) e)",
		} {
			text := text[:indexOf(text)] + list + text[indexOf(text)+1:]
			stmt, err := Parse(context.Background(), text, lex.Mode{})
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			var names []string
			rewriter{node: func(n any) {
				if a, ok := n.(*ast.AliasedExpr); ok && a.InputExpression != "" {
					names = append(names, a.InputExpression)
				}
				if a, ok := n.(*ast.AliasedExpr); ok && !a.As.IsEmpty() {
					names = append(names, a.As.String())
				}
			}}.walk(reflect.ValueOf(stmt))
			if !slices.Contains(names, "v+1") || !slices.Contains(names, "x") {
				t.Errorf("%q: %q", text, names)
			}
		}
	}
}

func indexOf(text string) int { return slices.Index([]byte(text), '%') }
