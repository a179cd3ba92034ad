package grammar

import (
	"context"
	"reflect"
	"testing"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// TestInvertedBits: ~ is a call wherever it stands, and in a string it is nothing.
func TestInvertedBits(t *testing.T) {
	for text, want := range map[string]int{
		"select ~1": 1, "select 5 & ~1, ~~a from t where ~b > '~' group by ~c": 5, "select '~'": 0,
		"update t set a = ~a": 1, "insert into t values (~1, (select ~2))": 2,
		"create procedure p() begin if ~1 then select ~2; end if; end": 2,
	} {
		stmt, err := Parse(context.Background(), text, lex.Mode{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		calls := 0
		rewriter{node: func(n any) {
			if f, ok := n.(*ast.FuncExpr); ok && f.Name.String() == InvertName {
				calls++
			}
			if u, ok := n.(*ast.UnaryExpr); ok && u.Operator == ast.TildaStr {
				t.Errorf("%s: an operator ~ is left", text)
			}
		}}.walk(reflect.ValueOf(stmt))
		if calls != want {
			t.Errorf("%s: %d calls, want %d", text, calls, want)
		}
	}
}
