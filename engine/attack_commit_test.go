package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// refusedCommit leaves tesla in a transaction whose COMMIT will be refused: he wrote
// to einstein.t, and lost the right to.
func refusedCommit(t *testing.T, mode string) *testDB {
	t.Helper()
	db := lab(t)
	db.ok("einstein", "CREATE TABLE einstein.log (id INT PRIMARY KEY); GRANT READ, WRITE ON SCHEMA einstein TO tesla")
	db.ok("tesla", mode+"; INSERT INTO einstein.t VALUES (70, 0)")
	db.ok("einstein", "REVOKE INSERT ON SCHEMA einstein FROM tesla")
	return db
}

// A COMMIT that fails ends the transaction, as ROLLBACK does: what the session does
// afterwards commits by itself, and nobody waits for its locks.
func TestAttackL6RefusedCommitEndsTheTransaction(t *testing.T) {
	for name, commit := range map[string]string{
		"commit": "COMMIT", "begin": "BEGIN", "ddl": "CREATE TABLE tesla.x (id INT)", "grant": "GRANT READ ON SCHEMA tesla TO mallory",
		"chain": "COMMIT AND CHAIN", "autocommit": "SET autocommit = 1",
	} {
		t.Run(name, func(t *testing.T) {
			mode := "BEGIN"
			if name == "autocommit" {
				mode = "SET autocommit = 0"
			}
			db := refusedCommit(t, mode)
			db.fails("tesla", commit, sqlerr.TableAccessDenied)
			if db.as("tesla").Status().InTransaction {
				t.Error("the transaction is still open")
			}
			db.ok("einstein", "GRANT INSERT ON SCHEMA einstein TO tesla")
			db.ok("tesla", "INSERT INTO einstein.log VALUES (8)")
			if name == "autocommit" {
				db.ok("tesla", "COMMIT")
			}
			db.rows("einstein", "SELECT id FROM einstein.log", "8")
			db.rows("einstein", "SELECT COUNT(*) FROM einstein.t WHERE id = 70", "0")
			db.ok("einstein", "SET lock_wait_timeout = 1; DROP TABLE einstein.t")
		})
	}
}

func TestSetAutocommitCommits(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY); SET autocommit = 0; INSERT INTO t VALUES (1); SET autocommit = 1")
	db.rows("root#2", "SELECT id FROM d.t", "1")
	db.ok("root", "BEGIN; INSERT INTO t VALUES (2); SET autocommit = 1") // it was on: nothing to commit
	db.rows("root#2", "SELECT id FROM d.t", "1")
	db.ok("root", "ROLLBACK")
}

func TestCommitAndChain(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY); START TRANSACTION; INSERT INTO t VALUES (1); COMMIT AND CHAIN; INSERT INTO t VALUES (2)")
	db.rows("root#2", "SELECT id FROM d.t", "1")
	db.ok("root", "ROLLBACK WORK AND CHAIN; INSERT INTO t VALUES (3)")
	db.rows("root#2", "SELECT id FROM d.t", "1")
	db.ok("root", "COMMIT AND NO CHAIN; INSERT INTO t VALUES (4)")
	db.rows("root#2", "SELECT id FROM d.t", "1", "3", "4")
	db.ok("root", "START TRANSACTION READ ONLY; COMMIT AND CHAIN")
	db.fails("root", "INSERT INTO t VALUES (5)", sqlerr.CantExecuteInReadOnlyTransaction) // the chained one is like the one before
	db.ok("root", "COMMIT RELEASE")
	db.fails("root", "SELECT 1", sqlerr.SessionWasKilled)
}

// Nothing is changed in a READ ONLY transaction; each statement says so, also one
// that would find no row.
func TestReadOnlyTransactions(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY); CREATE PROCEDURE p() INSERT INTO d.t VALUES (7)")
	db.ok("root", "START TRANSACTION READ ONLY")
	for _, text := range []string{
		"INSERT INTO t VALUES (1)", "REPLACE INTO t VALUES (1)", "UPDATE t SET id = 2", "DELETE FROM t", "CREATE TABLE u (id INT)",
		"DROP TABLE t", "TRUNCATE TABLE t", "CREATE USER u IDENTIFIED BY 'pw-of-u'", "CALL p()",
	} {
		db.fails("root", text, sqlerr.CantExecuteInReadOnlyTransaction)
	}
	db.rows("root", "SELECT id FROM t")
	db.ok("root", "COMMIT; INSERT INTO t VALUES (1)")

	// SET TRANSACTION is about the next transaction alone.
	db.ok("root", "SET TRANSACTION READ ONLY; SELECT 1; SELECT 2; INSERT INTO t VALUES (2)")
	db.ok("root", "SET TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE; START TRANSACTION")
	db.fails("root", "INSERT INTO t VALUES (3)", sqlerr.CantExecuteInReadOnlyTransaction)
	db.fails("root", "SET TRANSACTION READ WRITE", sqlerr.CantChangeTxCharacteristics)
	db.ok("root", "COMMIT; INSERT INTO t VALUES (3)")
	db.ok("root", "SET TRANSACTION READ ONLY")
	db.fails("root", "INSERT INTO t VALUES (4)", sqlerr.CantExecuteInReadOnlyTransaction)

	db.ok("root", "SET SESSION TRANSACTION READ ONLY")
	db.fails("root", "INSERT INTO t VALUES (4)", sqlerr.CantExecuteInReadOnlyTransaction)
	db.fails("root", "INSERT INTO t VALUES (4)", sqlerr.CantExecuteInReadOnlyTransaction)
	db.ok("root", "START TRANSACTION READ WRITE; INSERT INTO t VALUES (4); COMMIT; SET SESSION TRANSACTION READ WRITE")
	db.rows("root", "SELECT id FROM t", "1", "2", "3", "4")
}

func TestKillOfNobody(t *testing.T) {
	db := lab(t)
	for _, text := range []string{"KILL 9999", "KILL QUERY 9999", "KILL CONNECTION 9999"} {
		db.fails("root", text, sqlerr.NoSuchThread)
		db.fails("mallory", text, sqlerr.NoSuchThread)
	}
	id := db.ok("einstein", "SELECT CONNECTION_ID()")[0]
	db.fails("mallory", "KILL "+id, sqlerr.KillDenied)
	db.fails("mallory", "KILL QUERY "+id, sqlerr.KillDenied)
	db.rows("einstein", "SELECT 1", "1")
	db.ok("root", "KILL QUERY "+id)
	db.rows("einstein", "SELECT 1", "1")
	db.ok("root", "KILL "+id)
	db.fails("einstein", "SELECT 1", sqlerr.SessionWasKilled)
	db.ok("mallory", "KILL QUERY "+db.ok("mallory#2", "SELECT CONNECTION_ID()")[0])
}
