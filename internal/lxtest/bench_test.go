package lxtest_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// pointTable is a server with a table of n rows.
func pointTable(b *testing.B, n int) *sql.DB {
	s := lxtest.Start(b)
	s.Exec("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(100))")
	var values []string
	for i := range n {
		values = append(values, fmt.Sprintf("(%d, '%s')", i, strings.Repeat("v", 100)))
	}
	s.Exec("INSERT INTO d.t VALUES " + strings.Join(values, ","))
	return s.Open("root", s.Root, "d")
}

// BenchmarkPointSelect is one prepared look-up by primary key through a real
// driver, TLS, front end and engine.
func BenchmarkPointSelect(b *testing.B) {
	const rows = 1000
	stmt, err := pointTable(b, rows).Prepare("SELECT v FROM t WHERE id = ?")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		var v string
		if err := stmt.QueryRow(i % rows).Scan(&v); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRoundTrip is what the above costs without the engine's work.
func BenchmarkRoundTrip(b *testing.B) {
	s := lxtest.Start(b)
	db := s.Open("root", s.Root, "")
	b.ResetTimer()
	for range b.N {
		if err := db.Ping(); err != nil {
			b.Fatal(err)
		}
	}
}
