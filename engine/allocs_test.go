//go:build !race

package engine

import (
	"context"
	"io"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// Statements that run again as they were compiled make few objects: each is work for the
// collector that every other statement pays for, too. (Under the race detector pools lose
// what was given back, so that the figures say nothing there.)
func TestCompiledStatementsAllocateLittle(t *testing.T) {
	db := lab(t)
	s := db.as("einstein")
	ctx := context.Background()
	db.ok("einstein", "USE einstein; CREATE TABLE a (id INT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL); INSERT INTO a VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three')")
	args := []session.Value{session.IntValue(2)}
	read := func(res session.Result, err error) {
		for err == nil {
			_, err = res.Next(ctx)
		}
		if err != io.EOF {
			t.Fatal(err)
		}
		if err := res.Close(); err != nil {
			t.Fatal(err)
		}
	}
	prepared := func(text string) func() {
		st, err := s.Prepare(ctx, text)
		if err != nil {
			t.Fatal(err)
		}
		return func() { read(st.Execute(ctx, args)) }
	}
	written := func(text string) func() {
		return func() {
			res, _, err := s.Query(ctx, text)
			read(res, err)
		}
	}
	remove, insert := prepared("DELETE FROM a WHERE id = ?"), prepared("INSERT INTO a VALUES (?, 2, 'two')")
	for _, c := range []struct {
		what string
		most float64
		run  func()
	}{
		{"a row by its key, prepared", 9, prepared("SELECT c FROM a WHERE id = ?")},
		{"a row by its key, as text", 11, written("SELECT c FROM a WHERE id = 2")},
		{"an update by key, prepared", 20, prepared("UPDATE a SET k = k + 1 WHERE id = ?")},
		{"an update by key of nothing, prepared", 15, prepared("UPDATE a SET k = 2 WHERE id = ?")},
		{"a row that is deleted, prepared, and inserted again", 42, func() { remove(); insert() }},
	} {
		for range 3 { // it is planned, and kept
			c.run()
		}
		n := testing.AllocsPerRun(200, c.run)
		if n > c.most {
			t.Errorf("%s: %v objects, %v at most", c.what, n, c.most)
		}
		t.Logf("%s: %v objects", c.what, n)
	}
}
