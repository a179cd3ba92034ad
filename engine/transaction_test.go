package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

func TestStatementsRollBackAlone(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, v INT)")
	db.ok("root", "BEGIN; INSERT INTO t VALUES (1,1)")
	db.fails("root", "INSERT INTO t VALUES (2,2),(1,9)", 1062)
	db.rows("root", "SELECT id FROM t", "1")
	db.ok("root", "SAVEPOINT a; INSERT INTO t VALUES (3,3); ROLLBACK TO a; COMMIT")
	db.rows("root#2", "SELECT id FROM d.t", "1")
}

// A failed autocommit statement leaves no transaction behind in which the next
// one would read an old state and commit what failed.
func TestNoTransactionIsLeftBehind(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1,1)")
	db.fails("root", "INSERT INTO t VALUES (2,2),(1,9)", 1062)
	db.fails("root", "SELECT * FROM nosuch", sqlerr.NoSuchTable)
	db.ok("root#2", "UPDATE d.t SET v = 5")
	db.rows("root", "SELECT id, v FROM t", "1|5")
	if db.as("root").sql.Tx != nil {
		t.Error("a transaction is open after autocommit statements")
	}
}

func TestIsolation(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1,1)")
	db.ok("root", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; BEGIN")
	db.rows("root", "SELECT v FROM d.t", "1")
	db.ok("root#2", "UPDATE d.t SET v = 2")
	db.rows("root", "SELECT v FROM d.t", "1")
	db.ok("root", "UPDATE d.t SET v = v + 10") // newest, as InnoDB
	db.rows("root", "SELECT v FROM d.t", "12")
	db.ok("root", "COMMIT; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN")
	db.rows("root", "SELECT v FROM d.t", "12")
	db.ok("root#2", "UPDATE d.t SET v = 3")
	db.rows("root", "SELECT v FROM d.t", "3")
	db.ok("root", "COMMIT")
}

// WITH CONSISTENT SNAPSHOT is of when it ran, as mysqldump --single-transaction counts on; without it the first read counts.
func TestConsistentSnapshot(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1,1)")
	db.ok("root", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
	for begin, want := range map[string]string{
		"START TRANSACTION":                                      "2",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT":             "1",
		"START TRANSACTION /*!40100 WITH CONSISTENT SNAPSHOT */": "1",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY":  "1",
		"START TRANSACTION READ WRITE, WITH CONSISTENT SNAPSHOT": "1",
	} {
		db.ok("root#2", "UPDATE d.t SET v = 1")
		db.ok("root", begin)
		db.ok("root#2", "UPDATE d.t SET v = 2")
		db.rows("root", "SELECT v FROM d.t", want)
		db.ok("root", "COMMIT")
	}
}

func TestLockWaitAndNoWaitForReaders(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1,1),(2,2)")
	db.ok("root", "BEGIN; UPDATE d.t SET v = 9 WHERE id = 1")
	db.rows("root#2", "SELECT v FROM d.t WHERE id = 1", "1")
	db.ok("root#2", "SET innodb_lock_wait_timeout = 1; BEGIN; UPDATE d.t SET v = 8 WHERE id = 2")
	db.fails("root#2", "UPDATE d.t SET v = 8 WHERE id = 1", sqlerr.LockWaitTimeout)
	db.rows("root#2", "SELECT v FROM d.t WHERE id = 2", "8") // the transaction goes on
	db.ok("root#2", "ROLLBACK")
	db.ok("root", "COMMIT")
}

// What a statement writes it does not read again, however often it scans.
func TestStatementsDoNotMeetTheirOwnRows(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v INT, INDEX (v)); INSERT INTO t (v) VALUES (1),(2),(3)")
	db.ok("root", "INSERT INTO t (v) SELECT a.v + b.v FROM t a JOIN t b")
	db.rows("root", "SELECT count(*) FROM t", "12")
	db.ok("root", "UPDATE t SET v = v + 1 WHERE v >= 1")
	db.rows("root", "SELECT sum(v) FROM t", "54")
	db.ok("root", "BEGIN; INSERT INTO t (v) VALUES (100); DELETE FROM t WHERE v < 100; COMMIT")
	db.rows("root", "SELECT v FROM t", "100")
}
