package engine

import (
	"context"
	"io"
	"testing"
)

// TestLibraryPanics holds a session to its work while the library's executor panics: at
// the rows of a statement, when it is closed, and when it is undone after that.
func TestLibraryPanics(t *testing.T) {
	db := newTestDBWith(t, Options{libraryOnly: true})
	for _, text := range []string{"CREATE DATABASE d", "USE d", "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)"} {
		db.ok("root", text)
	}
	const panics = "SELECT SUM(id) FROM t HAVING GROUP_CONCAT(id) > 2 LIMIT 0"
	db.fails("root", panics, 1105)
	db.rows("root", "SELECT COUNT(*) FROM t", "2")
	for _, read := range []bool{false, true} {
		db.ok("root", "BEGIN")
		db.ok("root", "INSERT INTO t VALUES (3)")
		res, _, err := db.as("root").Query(context.Background(), panics)
		if err != nil {
			t.Fatal(err)
		}
		if read {
			_, err = res.Next(context.Background())
		}
		if closed := res.Close(); err == nil {
			err = closed
		}
		if err == nil || err == io.EOF {
			t.Errorf("read %v: a panic is told as %v", read, err)
		}
		db.rows("root", "SELECT COUNT(*) FROM t", "3")
		db.ok("root", "ROLLBACK")
		db.rows("root", "SELECT COUNT(*) FROM t", "2")
	}
}
