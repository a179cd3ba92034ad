package grammar

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestAliasesInKeysAreBounded: what aliases in keys become is counted before it is made, whatever names them.
func TestAliasesInKeysAreBounded(t *testing.T) {
	terms := func(term string, n int) string { return "GREATEST(" + strings.Repeat(term+",", n) + "0)" }
	x, long := terms("a", 150)+" AS x", "'"+strings.Repeat("l", 4<<20)+"' AS x"
	for _, c := range []struct {
		text    string
		refused bool
	}{
		{"SELECT " + x + " FROM t ORDER BY " + terms("x", 10), false},
		{"SELECT " + x + " FROM t ORDER BY " + terms("x", 150), true},
		{"SELECT " + x + " FROM t GROUP BY " + terms("x", 150), true},
		{"SELECT " + x + " FROM t ORDER BY " + strings.TrimSuffix(strings.Repeat("-x,", 150), ","), true},
		{"SELECT " + x + ", RANK() OVER (ORDER BY " + terms("x", 150) + ") FROM t", true},
		{"SELECT " + x + ", RANK() OVER w, SUM(a) OVER w FROM t WINDOW w AS (PARTITION BY " + terms("x", 80) + ")", true},
		{"SELECT * FROM (SELECT " + x + " FROM t ORDER BY " + terms("x", 150) + ") d", true},
		{strings.TrimSuffix(strings.Repeat("(SELECT "+x+" FROM t ORDER BY "+terms("x", 10)+" LIMIT 1) UNION ", 10), " UNION "), true}, // all together
		{"SELECT " + x + " FROM t ORDER BY " + terms("a", 150), false},
		{"SELECT " + terms("a", 20_000) + " AS x FROM t ORDER BY x + 0", false}, // one is no more than what is written
		{"SELECT " + terms("a", 20_000) + " AS x FROM t ORDER BY x + x", true},
		{"SELECT " + long + " FROM t ORDER BY CONCAT(x, x)", false},
		{"SELECT " + long + " FROM t ORDER BY CONCAT(x, x, x, x, x, x)", true},
		// each copy names y, which the binder puts there in turn
		{"SELECT " + terms("a", 1000) + " AS y, (SELECT MAX(y) FROM t) AS x, RANK() OVER (ORDER BY " + terms("x", 40) + ") FROM t", true},
		// a window in a window would double with each
		{"SELECT RANK() OVER (ORDER BY a) AS x, RANK() OVER (ORDER BY x + x) AS y FROM t", true},
		{"SELECT RANK() OVER (ORDER BY x + x) AS x FROM t", true},
	} {
		stmt, err := Parse(context.Background(), c.text, lex.Mode{})
		if err != nil {
			t.Fatalf("%.80s: %v", c.text, err)
		}
		written := nodesIn(stmt)
		out, err := NamesMeant(stmt, func(*ast.AliasedTableExpr, *ast.With) ([]string, error) { return []string{"a"}, nil })
		var said *sqlerr.Error
		switch {
		case c.refused && !errors.As(err, &said):
			t.Errorf("%.80s … is not refused: %v, %d nodes of %d", c.text, err, nodesIn(out), written)
		case !c.refused && err != nil:
			t.Errorf("%.80s …: %v", c.text, err)
		case !c.refused && nodesIn(out) > 3*written+8*mostMeant:
			t.Errorf("%.80s … became %d nodes, of %d", c.text, nodesIn(out), written)
		}
		if n := nodesIn(stmt); n != written {
			t.Errorf("%.80s … had %d nodes and has %d: the statement itself was changed", c.text, written, n)
		}
	}
}

// nodesIn counts the nodes of a tree as they are met, one that is met twice as two.
func nodesIn(stmt ast.Statement) (n int) {
	if stmt != nil {
		rewriter{node: func(any) { n++ }}.walk(reflect.ValueOf(stmt))
	}
	return n
}
