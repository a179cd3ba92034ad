package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestOlderSnapshot: a transaction that began to read before a table was written anew, or made, is told so; it does not find the
// table empty, as a dump would.
func TestOlderSnapshot(t *testing.T) {
	for _, begin := range []string{"START TRANSACTION WITH CONSISTENT SNAPSHOT", "BEGIN; SELECT * FROM d.other"} {
		for _, change := range []string{"OPTIMIZE TABLE d.t", "ALTER TABLE d.t ADD c INT NOT NULL DEFAULT 7", "ALTER TABLE d.t DROP COLUMN v", "TRUNCATE d.t",
			"DROP TABLE d.t; CREATE TABLE d.t (id INT PRIMARY KEY)", "ALTER TABLE d.t ADD KEY kv (v)", "ALTER TABLE d.t DROP KEY k, ADD KEY k (v)"} {
			db := newTestDB(t)
			db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT, KEY k (v, id)); INSERT INTO d.t VALUES (1, 1), (2, 2); CREATE TABLE d.other (a INT); INSERT INTO d.other VALUES (5)")
			db.ok("root", begin)
			db.ok("root#2", change)
			db.fails("root", "SELECT COUNT(*) FROM d.t", sqlerr.TableDefChanged)
			db.rows("root", "SELECT * FROM d.other", "5")
			db.ok("root", "ROLLBACK")
			db.ok("root", "SELECT COUNT(*) FROM d.t")
			db.ok("root", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN; SELECT * FROM d.other")
			db.ok("root#2", "OPTIMIZE TABLE d.t")
			db.ok("root", "SELECT COUNT(*) FROM d.t; COMMIT")
			if _, err := db.run("root#2", "ALTER TABLE d.other ADD UNIQUE (a), ADD UNIQUE nosuch (b)"); err == nil {
				t.Error("an index of no column")
			}
			db.ok("root#2", "INSERT INTO d.other VALUES (5)")
			if _, err := db.run("root#2", "ALTER TABLE d.other ADD UNIQUE (a)"); err == nil {
				t.Error("a key that is there twice")
			}
			db.rows("root", "SELECT COUNT(*) FROM d.other", "2")
		}
	}
}
