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

// TestOlderSerializable: such a transaction meets its snapshot wherever it reads, also what it is about to change; and so does
// a look-up that was compiled before, in any transaction.
func TestOlderSerializable(t *testing.T) {
	for _, change := range []string{"OPTIMIZE TABLE d.t", "ALTER TABLE d.t ADD c INT NOT NULL DEFAULT 7", "TRUNCATE d.t"} {
		for _, statement := range []string{"SELECT v FROM d.t WHERE id = 1", "SELECT v FROM d.t WHERE id = 1 FOR UPDATE", "UPDATE d.t SET v = 5 WHERE id = 1", "UPDATE d.t SET v = 5",
			"DELETE FROM d.t WHERE id = 2", "INSERT INTO d.t (id, v) VALUES (1, 9) ON DUPLICATE KEY UPDATE v = 8", "REPLACE INTO d.t (id, v) VALUES (1, 9)", "SELECT COUNT(*) FROM d.t"} {
			db := newTestDB(t)
			db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1, 1), (2, 2); CREATE TABLE d.other (a INT)")
			for range 3 { // it is compiled
				db.ok("root", "BEGIN; "+statement+"; ROLLBACK")
			}
			db.ok("root", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN; SELECT * FROM d.other")
			db.ok("root#2", change)
			for range 3 {
				db.fails("root", statement, sqlerr.TableDefChanged)
			}
			db.ok("root", "ROLLBACK; SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; BEGIN; SELECT * FROM d.other")
			db.ok("root#2", "OPTIMIZE TABLE d.t")
			for range 3 {
				db.fails("root", "SELECT v FROM d.t WHERE id = 1", sqlerr.TableDefChanged)
			}
			db.ok("root", "ROLLBACK")
		}
	}
}

// TestOlderTrigger: nor do the statements of triggers find such a table empty; a foreign key asks for the newest rows.
func TestOlderTrigger(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1), (2); CREATE TABLE d.u (a INT, n INT, FOREIGN KEY (a) REFERENCES d.t (id)); CREATE TABLE d.other (a INT)")
	db.ok("root", "BEGIN; SELECT * FROM d.other")
	db.ok("root#2", "OPTIMIZE TABLE d.t")
	db.ok("root", "INSERT INTO d.u VALUES (1, 0); ROLLBACK")
	db.ok("root", "CREATE TRIGGER d.counts BEFORE INSERT ON d.u FOR EACH ROW SET NEW.n = (SELECT COUNT(*) FROM d.t)")
	db.ok("root", "BEGIN; SELECT * FROM d.other")
	db.ok("root#2", "OPTIMIZE TABLE d.t")
	db.fails("root", "INSERT INTO d.u VALUES (1, 0)", sqlerr.TableDefChanged)
	db.ok("root", "ROLLBACK; INSERT INTO d.u VALUES (1, 0)")
	db.rows("root", "SELECT n FROM d.u", "2")
}
