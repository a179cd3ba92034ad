package grammar

import (
	"context"
	"fmt"
	"strings"
	"testing"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// TestDivide: queries get a HAVING between layers that would take the library long, and no others do.
func TestDivide(t *testing.T) {
	columns := func(n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("c%d", i))
		}
		return strings.Join(out, ", ")
	}
	named := func(n ast.TableName) Layer {
		if strings.HasPrefix(n.Name.String(), "v") {
			return Layer{20, 40}
		}
		return Layer{20, 1}
	}
	deep := "SELECT " + columns(20) + " FROM b"
	for i := range 6 {
		deep = fmt.Sprintf("SELECT %s FROM (%s) d%d", columns(20), deep, i)
	}
	for _, c := range []struct {
		text string
		want int
	}{
		{"SELECT a FROM b", 0},
		{"SELECT " + columns(100) + " FROM b JOIN c USING (c1)", 0},
		{"SELECT a, b FROM (SELECT a, b FROM t) d", 0},
		{"SELECT " + columns(20) + " FROM (SELECT * FROM (SELECT " + columns(20) + " FROM t) d) e", 1},
		{"SELECT " + columns(10) + " FROM v1", 0},
		{"SELECT " + columns(20) + " FROM v1", 1},
		{"SELECT " + columns(20) + " FROM t JOIN v1 USING (c1)", 1},
		{"INSERT INTO t SELECT " + columns(20) + " FROM v1", 1},
		{"SELECT " + columns(20) + " FROM v1 HAVING c1 > 1", 0},
		{"SELECT EXISTS (SELECT " + columns(20) + " FROM v1)", 1},
		{"WITH x AS (SELECT " + columns(20) + " FROM t), y AS (SELECT " + columns(20) + " FROM x), z AS (SELECT " + columns(20) + " FROM y) SELECT " + columns(20) + " FROM z", 1},
		{deep, 3},
	} {
		stmt, err := Parse(context.Background(), c.text, lex.Mode{})
		if err != nil {
			t.Fatal(err)
		}
		before := strings.Count(strings.ToLower(ast.String(stmt)), " having 0001")
		Divide(stmt, named)
		if got := strings.Count(strings.ToLower(ast.String(stmt)), " having 0001") - before; got != c.want {
			t.Errorf("%.60s…: %d were put in, want %d", c.text, got, c.want)
		}
	}
}
