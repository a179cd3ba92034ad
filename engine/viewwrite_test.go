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

// REPLACE needs INSERT and DELETE, and no more.
func TestReplaceNeedsInsertAndDelete(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, u INT UNIQUE, c INT); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2);
		CREATE USER w, x, y; GRANT INSERT, DELETE ON d.t TO w; GRANT INSERT, UPDATE ON d.t TO x; GRANT DELETE ON d.t TO y`)
	db.ok("w", "REPLACE INTO d.t VALUES (1, 2, 9)")
	db.ok("w", "REPLACE INTO d.t VALUES (1, 2, 8); REPLACE INTO d.t SELECT 5, 5, 5")
	db.rows("root", "SELECT id, u, c FROM d.t ORDER BY id", "1|2|8", "5|5|5")
	db.fails("x", "REPLACE INTO d.t VALUES (1, 2, 9)", sqlerr.TableAccessDenied)
	db.fails("y", "REPLACE INTO d.t VALUES (1, 2, 9)", sqlerr.TableAccessDenied)
	db.fails("w", "UPDATE d.t SET c = 1", sqlerr.TableAccessDenied)
	db.fails("w", "SELECT c FROM d.t", sqlerr.TableAccessDenied)
}

// What ON DUPLICATE KEY UPDATE says of the new row, by an alias or VALUES(), asks for no right to read the old one.
func TestNewRowOfDuplicateNeedsNoSelect(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 1); CREATE TABLE s (id INT, n INT); INSERT INTO s VALUES (1, 7);
		CREATE USER w; GRANT INSERT, UPDATE ON d.t TO w; GRANT SELECT ON d.s TO w`)
	for _, text := range []string{
		"INSERT INTO d.t VALUES (1, 2) ON DUPLICATE KEY UPDATE c = VALUES(c)",
		"INSERT INTO d.t VALUES (1, 3) AS new ON DUPLICATE KEY UPDATE c = new.c + new.id",
		"INSERT INTO d.t VALUES (1, 4) AS new (a, b) ON DUPLICATE KEY UPDATE c = b + a",
		"INSERT INTO d.t (id, c) SELECT id, n FROM d.s ON DUPLICATE KEY UPDATE c = s.n",
	} {
		db.ok("w", text)
	}
	db.rows("root", "SELECT * FROM d.t", "1|7")
	for _, text := range []string{
		"INSERT INTO d.t VALUES (1, 2) ON DUPLICATE KEY UPDATE c = c + 1",
		"INSERT INTO d.t VALUES (1, 3) AS new ON DUPLICATE KEY UPDATE c = new.c + t.c",
		"INSERT INTO d.t VALUES (1, 4) AS new (a, b) ON DUPLICATE KEY UPDATE c = b + c",
		"INSERT INTO d.t (id) SELECT id FROM d.s AS t ON DUPLICATE KEY UPDATE c = t.c",
		"INSERT INTO d.t (id) SELECT id FROM d.s ON DUPLICATE KEY UPDATE c = t.c",
	} {
		if _, err := db.run("w", text); err == nil {
			t.Errorf("%s went well", text)
		}
	}
}
