package grammar

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
)

// TestWideStatements: what would be bound for long is refused before anything binds it, and what only looks alike is not.
func TestWideStatements(t *testing.T) {
	list := func(n int, each string) string {
		out := make([]string, n)
		for i := range out {
			out[i] = strings.ReplaceAll(each, "#", fmt.Sprint(i))
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct {
		name, text string
		taken      bool
	}{
		{"columns of a table", "SELECT " + list(mostColumns, "c#") + " FROM t", true},
		{"one more", "SELECT " + list(mostColumns+1, "c#") + " FROM t", false},
		{"ORDER BY", "SELECT 1 FROM t ORDER BY " + list(mostColumns+1, "c#"), false},
		{"GROUP BY", "SELECT 1 FROM t GROUP BY " + list(mostColumns+1, "c#"), false},
		{"UNION", "SELECT 1 UNION SELECT 2 ORDER BY " + list(mostColumns+1, "c#"), false},
		{"inside", "SELECT * FROM (SELECT " + list(mostColumns+1, "c#") + " FROM t) d", false},
		{"several", "SELECT " + list(4, "(SELECT MAX(c1) FROM (SELECT "+list(3000, "c#")+" FROM t) d#)"), true},
		{"many", "SELECT " + list(40, "(SELECT MAX(c1) FROM (SELECT "+list(3000, "c#")+" FROM t) d#)"), false},
		{"many short ones", "SELECT " + list(1500, "(SELECT MAX(c1) FROM (SELECT "+list(50, "c#")+" FROM t) d#)"), true},
		{"a list of values", "SELECT c IN (" + list(20_000, "#") + ") FROM t", true},
		{"names of WITH", "WITH " + list(20_000, "c# AS (SELECT 1)") + " SELECT 1", true},
	} {
		stmt, err := Parse(context.Background(), c.text, lex.Mode{})
		if (err == nil) != c.taken {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			Expand(stmt, c.text)
		}
	}
}
