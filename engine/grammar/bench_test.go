package grammar

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
)

// BenchmarkParse reads statements as clients send them.
func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"point":  "SELECT id, k, c, pad FROM sbtest1 WHERE id = 50123",
		"insert": "INSERT INTO t (id, name, v) VALUES (1, 'one', 1.5)",
		"rows":   "INSERT INTO t (id, name, v) VALUES (1, 'one', 1.5)" + strings.Repeat(", (2, 'two', NULL)", 999),
		"update": "UPDATE sbtest1 SET k = k + 1 WHERE id = 50123",
		"join": "SELECT c.name, o.day, SUM(l.price * l.quantity) AS total FROM customers c JOIN orders o ON o.customer = c.id LEFT JOIN items l ON l.order_id = o.id " +
			"WHERE c.country = 'CH' AND o.day BETWEEN '2024-01-01' AND '2024-12-31' GROUP BY c.name, o.day HAVING total > 100 ORDER BY total DESC LIMIT 10",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(context.Background(), text, lex.Mode{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
