package dialect

import (
	"strings"
	"testing"
)

func TestBounded(t *testing.T) {
	many := func(n int, before, each, after string) string { return before + strings.Repeat(each, n) + after }
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"short", "SELECT 1" + strings.Repeat("+1", 1000), true},
		{"rows", many(200_000, "INSERT INTO t VALUES (1)", ",(-1, NULL, DEFAULT, _binary 'x', ?)", ""), true},
		{"list", many(200_000, "SELECT 1 IN (1", ",-2", ")"), true},
		{"cases", many(10_000, "UPDATE t SET a = CASE id", " WHEN 1 THEN -1", " END"), true},
		{"alternatives", many(9_000, "SELECT * FROM t WHERE a = 1", " OR a = 1", ""), true},
		{"operators in quotes", many(50_000, "SELECT '", "+ UNION ", "'"), true},
		{"sum", many(5_000, "SELECT 1", "+1", ""), false},
		{"differences", many(5_000, "SELECT a", "-1", ""), false},
		{"signs", many(5_000, "SELECT ", "- ", "1"), false},
		{"negations", many(200_000, "SELECT ", "NOT ", "1"), false},
		{"alternatives without end", many(50_000, "SELECT * FROM t WHERE a = 1", " OR a = 1", ""), false},
		{"unions", many(400, "SELECT 1", " UNION SELECT 1", ""), false},
		{"unions in a comment that counts", many(400, "SELECT 1 /*!40000 ", " UNION SELECT 1", "*/"), false},
		{"blocks", many(60_000, "CREATE PROCEDURE p() ", "IF 1 THEN SELECT 1, 2; ", ""), false},
	} {
		if got := Bounded(c.text, Options{}); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}
