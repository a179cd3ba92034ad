package grammar

import (
	"context"
	"fmt"
	"strings"
	"testing"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// TestStars: what a * stands for counts as if it were written.
func TestStars(t *testing.T) {
	named := func(n ast.TableName) Layer {
		switch n.Name.String()[0] {
		case 'v':
			return Layer{4000, 4000}
		case 'w':
			return Layer{4000, 1}
		}
		return Layer{100, 1}
	}
	many := func(n int, each, between string) string {
		return strings.TrimSuffix(strings.Repeat(each+between, n), between)
	}
	aliases := func(n int) string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf("t t%d", i)
		}
		return strings.Join(out, ", ")
	}
	with := "WITH c AS (SELECT " + many(4000, "1", ", ") + ") "
	for _, c := range []struct {
		name, text string
		taken      bool
	}{
		{"a table", many(4, "SELECT * FROM w", " UNION "), true},
		{"often", many(5, "SELECT * FROM w", " UNION "), false},
		{"within EXISTS", "SELECT " + many(5, "EXISTS (SELECT * FROM w)", ", "), false},
		{"of WITH", with + many(5, "SELECT * FROM c", " UNION "), false},
		{"EXISTS of WITH", with + "SELECT " + many(5, "EXISTS (SELECT * FROM c)", ", "), false},
		{"a view", "SELECT * FROM v", true},
		{"a view, often", many(5, "SELECT 1 FROM v", " UNION "), false},
		{"no *", many(5, "SELECT 1 FROM w", " UNION "), true},
		{"COUNT(*)", many(5, "SELECT COUNT(*) FROM w", " UNION "), true},
		{"of a derived table", "SELECT * FROM (" + many(5, "SELECT * FROM w", " UNION ") + ") d", false},
		{"INSERT", "INSERT INTO x " + many(5, "SELECT * FROM w", " UNION "), false},
		{"small ones", many(50, "SELECT * FROM t", " UNION "), true},
		{"one table of many", "SELECT t0.*, t1.* FROM " + aliases(60), true},
		{"all of them, twice", "SELECT *, t1.*, * FROM " + aliases(60), false},
	} {
		stmt, err := Parse(context.Background(), c.text, lex.Mode{})
		if err != nil {
			t.Fatal(c.name, err)
		}
		if err := Divide(stmt, named); (err == nil) != c.taken {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

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
		if err := Divide(stmt, named); err != nil {
			t.Errorf("%.60s…: %v", c.text, err)
		}
		if got := strings.Count(strings.ToLower(ast.String(stmt)), " having 0001") - before; got != c.want {
			t.Errorf("%.60s…: %d were put in, want %d", c.text, got, c.want)
		}
	}
}
