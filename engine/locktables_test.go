package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

func TestAttackD7LockTables(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY); CREATE TABLE u (a INT PRIMARY KEY); CREATE VIEW v AS SELECT a FROM u")
	db.ok("root#2", "USE d; SET lock_wait_timeout = 1")
	free := func(string) {
		t.Helper()
		db.ok("root#2", "INSERT INTO t VALUES (9); DELETE FROM t WHERE a = 9; SELECT * FROM t")
	}
	db.ok("root", "LOCK TABLES t WRITE, u READ")
	db.rows("root", "SHOW WARNINGS", "Note|1235|READ in LOCK TABLES keeps no other session from writing")
	db.fails("root#2", "INSERT INTO t VALUES (1)", sqlerr.LockWaitTimeout)
	db.fails("root#2", "SELECT * FROM t", sqlerr.LockWaitTimeout)
	db.fails("root#2", "LOCK TABLES t WRITE", sqlerr.LockWaitTimeout)
	db.ok("root#2", "SELECT * FROM u")
	// What a dump does under the lock.
	db.ok("root", "ALTER TABLE t DISABLE KEYS; INSERT INTO t VALUES (2),(3); ALTER TABLE t ENABLE KEYS; ALTER TABLE t ADD b INT; TRUNCATE TABLE t; SELECT * FROM t")
	db.fails("root#2", "SELECT * FROM t", sqlerr.LockWaitTimeout)
	db.ok("root", "UNLOCK TABLES")
	db.ok("root#2", "SELECT * FROM t; ALTER TABLE t DROP b")
	free("after UNLOCK TABLES")
	db.ok("root", "LOCK TABLES t WRITE; LOCK TABLES u WRITE")
	free("after another LOCK TABLES")
	db.ok("root", "LOCK TABLES t WRITE; BEGIN")
	free("after BEGIN")
	db.ok("root", "ROLLBACK; LOCK TABLES t WRITE")
	if err := db.as("root").Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	free("after the session was reset")
	db.ok("root", "USE d")
	db.fails("root", "PREPARE p FROM 'LOCK TABLES t WRITE'", sqlerr.UnsupportedPS)
	db.fails("root", "LOCK TABLES nosuch WRITE", sqlerr.NoSuchTable)
	db.fails("root", "LOCK TABLES v WRITE", sqlerr.NotSupportedYet)
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann-1'; GRANT SELECT ON d.t TO ann")
	db.fails("ann", "LOCK TABLES d.t WRITE", sqlerr.TableAccessDenied)
	free("after refusals")
}

// Who waits for a table is in the list of processes with the words of MySQL's manual.
func TestWaitingForATableIsShown(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY); LOCK TABLES t WRITE")
	db.ok("root#2", "USE d")
	altered := db.start("root#2", "ALTER TABLE t ADD b INT")
	const waits = "SELECT INFO FROM information_schema.PROCESSLIST WHERE STATE = 'Waiting for table metadata lock'"
	for t.Context().Err() == nil {
		if len(db.ok("root", waits)) > 0 {
			break
		}
	}
	db.rows("root", waits, "ALTER TABLE t ADD b INT")
	shown := 0
	for _, row := range db.ok("root", "SHOW PROCESSLIST") {
		if strings.Contains(row, "|Waiting for table metadata lock|ALTER TABLE t ADD b INT") {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("SHOW PROCESSLIST has %d statements that wait", shown)
	}
	db.ok("root", "UNLOCK TABLES")
	if err := <-altered; err != nil {
		t.Error(err)
	}
	db.rows("root", waits)
}

// Who waits with DROP DATABASE for a transaction keeps nobody else waiting: neither who makes and drops
// databases nor who looks up names.
func TestDropDatabaseWaitsAlone(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT PRIMARY KEY); CREATE DATABASE other; CREATE TABLE other.t (a INT PRIMARY KEY)")
	db.ok("root", "START TRANSACTION; INSERT INTO d.t VALUES (1)")
	dropped := db.start("root#2", "DROP DATABASE d")
	for t.Context().Err() == nil {
		if len(db.ok("root#3", "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'Waiting for table metadata lock'")) > 0 {
			break
		}
	}
	db.ok("root#3", "CREATE DATABASE e; DROP DATABASE e; INSERT INTO other.t VALUES (1)")
	db.ok("root#4", "SELECT * FROM other.t")
	db.ok("root", "ROLLBACK")
	if err := <-dropped; err != nil {
		t.Error(err)
	}
}

// TestRevokedWhileItReads: a query that has read only is told so when EXECUTE of a function that it called is revoked.
func TestRevokedWhileItReads(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2)")
	db.ok("root", "CREATE FUNCTION f() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM t)")
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann-1'; GRANT EXECUTE ON FUNCTION d.f TO ann; CREATE TABLE w (a INT); GRANT ALL ON d.w TO ann")
	for _, c := range []struct{ before, statement, want string }{
		{"", "SELECT d.f(), SLEEP(60)", "read with was revoked"},
		{"START TRANSACTION; SELECT d.f()", "SELECT SLEEP(60)", "read with was revoked"},
		{"START TRANSACTION; INSERT INTO d.w VALUES (1); SELECT d.f()", "SELECT SLEEP(60)", "rolled back: a privilege that it had written or locked with"},
	} {
		if c.before != "" {
			db.ok("ann", c.before)
		}
		done := db.start("ann", c.statement)
		for t.Context().Err() == nil {
			if len(db.ok("root", "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'")) > 0 {
				break
			}
		}
		db.ok("root", "REVOKE EXECUTE ON FUNCTION d.f FROM ann")
		if err := <-done; err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s; %s: %v", c.before, c.statement, err)
		}
		db.ok("root", "GRANT EXECUTE ON FUNCTION d.f TO ann")
		_, _ = db.run("ann", "ROLLBACK")
	}
}
