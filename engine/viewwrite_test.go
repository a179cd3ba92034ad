package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Nothing is changed through a view: 1288, which names the view alone, for who holds the
// right on it, and 1142 for everybody else.
func TestViewsAreNotUpdatable(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, hidden INT, CHECK (hidden <> 13)); INSERT INTO t VALUES (1, 1);
		CREATE VIEW v AS SELECT id FROM t; CREATE USER w, x; GRANT SELECT, INSERT, UPDATE, DELETE ON d.v TO w`)
	for _, text := range []string{
		"INSERT INTO d.v VALUES (2)", "INSERT INTO d.v SELECT 2", "REPLACE INTO d.v VALUES (1)", "INSERT INTO d.v VALUES (1) ON DUPLICATE KEY UPDATE id = 3",
		"UPDATE d.v SET id = 3", "DELETE FROM d.v", "DELETE FROM d.v WHERE id = 1",
	} {
		db.fails("root", text, sqlerr.NonUpdatableTable)
		db.fails("w", text, sqlerr.NonUpdatableTable)
		db.fails("x", text, sqlerr.TableAccessDenied)
	}
	db.rows("root", "SELECT * FROM d.t", "1|1")
}
