package engine

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkAlterMany is ALTER TABLE with many clauses: the time for each should be the same however many there are.
func BenchmarkAlterMany(b *testing.B) {
	each := func(n int, format string) string {
		out := make([]string, n)
		for i := range out {
			out[i] = strings.ReplaceAll(format, "#", itoa(i))
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct{ name, table, clause string }{
		{"add", "", "ADD COLUMN c# INT DEFAULT #"},
		{"addnull", "", "ADD COLUMN c# INT"},
		{"modify", "c# INT", "MODIFY COLUMN c# BIGINT"},
		{"rename", "c# INT", "RENAME COLUMN c# TO d#"},
		{"drop", "c# INT", "DROP COLUMN c#"},
		{"default", "c# INT", "ALTER COLUMN c# SET DEFAULT 5"},
		{"check", "c# INT", "ADD CONSTRAINT k# CHECK (c# > 0)"},
		{"dropcheck", "c# INT CONSTRAINT k# CHECK (c# > 0)", "DROP CHECK k#"},
	} {
		for _, n := range []int{200, 800} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				db := newTestDB(b)
				db.ok("root", "CREATE DATABASE d; USE d")
				for range b.N {
					b.StopTimer()
					columns := "id INT PRIMARY KEY"
					if c.table != "" {
						columns += ", " + each(n, c.table)
					}
					db.ok("root", "DROP TABLE IF EXISTS t; CREATE TABLE t ("+columns+"); INSERT INTO t (id) VALUES (1), (2)")
					b.StartTimer()
					db.ok("root", "ALTER TABLE t "+each(n, c.clause))
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/clause")
			})
		}
	}
}
