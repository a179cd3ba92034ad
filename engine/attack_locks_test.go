package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// L5 for transactions that wrote nothing, or wrote with somebody else's rights: when
// what let them lock is revoked, the locks are free at once.
func TestAttackL5RevokeGivesUpLocksOnly(t *testing.T) {
	for name, c := range map[string]struct{ grant, open, revoke string }{
		"for update":       {"GRANT READ, WRITE ON TABLE t TO tesla", "BEGIN; SELECT * FROM einstein.t FOR UPDATE", "REVOKE SELECT ON t FROM tesla"},
		"for update right": {"GRANT SELECT, UPDATE ON t TO tesla", "BEGIN; SELECT * FROM einstein.t FOR UPDATE", "REVOKE UPDATE ON t FROM tesla"},
		"for share":        {"GRANT SELECT, DELETE ON t TO tesla", "BEGIN; SELECT * FROM einstein.t WHERE id = 1 FOR SHARE", "REVOKE SELECT ON t FROM tesla"},
		"share mode":       {"GRANT SELECT, DELETE ON t TO tesla", "BEGIN; SELECT * FROM einstein.t WHERE v = 5 LOCK IN SHARE MODE", "REVOKE DELETE ON t FROM tesla"},
		"joined": {"GRANT SELECT, UPDATE ON t TO tesla",
			"BEGIN; SELECT * FROM einstein.t x JOIN einstein.t y ON x.id = y.id FOR UPDATE OF x", "REVOKE UPDATE ON t FROM tesla"},
		"schema":      {"GRANT READ, WRITE ON SCHEMA einstein TO tesla", "BEGIN; SELECT * FROM einstein.t FOR UPDATE", "REVOKE READ ON SCHEMA einstein FROM tesla"},
		"lock tables": {"GRANT SELECT, LOCK TABLES, INSERT ON SCHEMA einstein TO tesla", "LOCK TABLES einstein.t WRITE", "REVOKE LOCK TABLES ON SCHEMA einstein FROM tesla"},
		"lock tables and rows": {"GRANT SELECT, LOCK TABLES, INSERT ON SCHEMA einstein TO tesla",
			"LOCK TABLES einstein.t WRITE; SET autocommit = 0; INSERT INTO einstein.t VALUES (70, 1)", "REVOKE LOCK TABLES ON SCHEMA einstein FROM tesla"},
		"undone":           {"GRANT READ, WRITE ON TABLE t TO tesla", "BEGIN; SAVEPOINT a; UPDATE einstein.t SET v = 5; ROLLBACK TO a", "REVOKE WRITE ON TABLE t FROM tesla"},
		"definer":          {"GRANT EXECUTE ON PROCEDURE einstein.bump TO tesla", "BEGIN; CALL einstein.bump()", "REVOKE EXECUTE ON PROCEDURE einstein.bump FROM tesla"},
		"definer, schema":  {"GRANT EXECUTE ON SCHEMA einstein TO tesla", "SET autocommit = 0; CALL einstein.bump()", "REVOKE EXECUTE ON SCHEMA einstein FROM tesla"},
		"definer, inside":  {"GRANT EXECUTE ON PROCEDURE einstein.begun TO tesla", "CALL einstein.begun()", "REVOKE EXECUTE ON PROCEDURE einstein.begun FROM tesla"},
		"definer, nested":  {"GRANT EXECUTE ON PROCEDURE einstein.outerp TO tesla", "BEGIN; CALL einstein.outerp()", "REVOKE EXECUTE ON PROCEDURE einstein.outerp FROM tesla"},
		"definer, locking": {"GRANT EXECUTE ON PROCEDURE einstein.locks TO tesla", "BEGIN; CALL einstein.locks()", "REVOKE EXECUTE ON PROCEDURE einstein.locks FROM tesla"},
		"group":            {"GRANT EXECUTE ON PROCEDURE einstein.bump TO ldapGroup:team", "BEGIN; CALL einstein.bump()", "ALTER GROUP team DROP USER tesla"},
	} {
		t.Run(name, func(t *testing.T) {
			db := lab(t)
			db.ok("root", "CREATE GROUP team; ALTER GROUP team ADD USER tesla")
			db.ok("einstein", `USE einstein; CREATE PROCEDURE bump() UPDATE t SET v = 5;
				CREATE PROCEDURE begun() BEGIN COMMIT; START TRANSACTION; UPDATE t SET v = 5; END;
				CREATE PROCEDURE outerp() CALL bump();
				CREATE PROCEDURE locks() SELECT id FROM t FOR UPDATE`)
			db.ok("einstein", c.grant)
			db.ok("tesla", c.open)
			revoker := "einstein"
			if name == "group" {
				revoker = "root"
			}
			db.ok(revoker, c.revoke)
			db.ok("einstein", "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1; UPDATE t SET v = 77; ALTER TABLE t ADD COLUMN w INT")
			db.fails("tesla", "SELECT 1", sqlerr.TableAccessDenied)
			db.ok("tesla", "SET autocommit = 1; SELECT 1") // told once, and usable
			if db.as("tesla").Status().InTransaction {
				t.Error("the transaction is still open")
			}
			db.ok("tesla", "CREATE TABLE tesla.x (id INT); LOCK TABLES tesla.x WRITE; INSERT INTO tesla.x VALUES (8); UNLOCK TABLES")
			db.rows("root", "SELECT id FROM tesla.x", "8")
			db.rows("einstein", "SELECT DISTINCT v FROM t", "77")
		})
	}
}

// The same of locking reads that are not planned again.
func TestAttackL5RevokeGivesUpLocksOfKeptPlans(t *testing.T) {
	for _, revoke := range []string{"REVOKE SELECT ON t FROM tesla", "REVOKE UPDATE ON t FROM tesla"} {
		db := lab(t)
		db.ok("einstein", "USE einstein; GRANT SELECT, UPDATE ON t TO tesla")
		st := db.prepare("tesla", "SELECT v FROM einstein.t WHERE id = ? FOR UPDATE")
		c := db.compiledOnce(st, session.IntValue(1))
		db.ok("tesla", "BEGIN")
		if _, number := db.execute(st, session.IntValue(1)); number != 0 || st.compiled[0] != c {
			t.Fatalf("error %d, %d plans", number, len(st.compiled))
		}
		db.ok("einstein", "SET innodb_lock_wait_timeout = 1")
		db.fails("einstein", "UPDATE t SET v = 7 WHERE id = 1", sqlerr.LockWaitTimeout)
		db.ok("einstein", revoke)
		db.ok("einstein", "UPDATE t SET v = 77 WHERE id = 1")
		db.fails("tesla", "SELECT 1", sqlerr.TableAccessDenied)
		if _, number := db.execute(st, session.IntValue(1)); number != sqlerr.TableAccessDenied {
			t.Errorf("%s: error %d", revoke, number)
		}
	}
}

// What is not needed is not taken: another right that goes, a table dropped under
// one's own LOCK TABLES, a lock that was refused.
func TestAttackL5OnlyWhatIsNeeded(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE TABLE other (id INT PRIMARY KEY); GRANT SELECT, UPDATE, DELETE ON t TO tesla; GRANT READ, WRITE ON TABLE other TO tesla;
		CREATE PROCEDURE look() SELECT id FROM t WHERE id = 1; GRANT EXECUTE ON PROCEDURE einstein.look TO tesla`)
	db.ok("tesla", "BEGIN; INSERT INTO einstein.other VALUES (1); SELECT * FROM einstein.t FOR UPDATE; CALL einstein.look()")
	db.ok("einstein", "REVOKE DELETE ON t FROM tesla; GRANT READ ON TABLE t TO mallory")
	db.ok("tesla", "COMMIT")
	db.rows("einstein", "SELECT id FROM other", "1")
	db.ok("tesla", "CALL einstein.look(); BEGIN; INSERT INTO einstein.other VALUES (2)")
	db.ok("einstein", "REVOKE EXECUTE ON PROCEDURE einstein.look FROM tesla")
	db.ok("tesla", "COMMIT") // it did not hang on that
	db.ok("tesla", "CREATE TABLE tesla.mine (id INT); LOCK TABLES tesla.mine WRITE; DROP TABLE tesla.mine")
	db.ok("einstein", "GRANT READ ON TABLE other TO mallory")
	db.ok("tesla", "SELECT 1; UNLOCK TABLES")
	db.ok("tesla", "BEGIN; INSERT INTO einstein.other VALUES (3)")
	db.fails("tesla", "INSERT INTO einstein.t VALUES (99, 1)", sqlerr.TableAccessDenied)
	db.ok("einstein", "GRANT READ ON TABLE other TO mallory")
	db.ok("tesla", "COMMIT")
}

// What LOCK TABLES took is free when its session is given up.
func TestAttackL1GivenUpSessionLocksNoTable(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "GRANT READ, WRITE ON TABLE t TO tesla")
	db.ok("tesla", "LOCK TABLES einstein.t WRITE")
	s := db.as("tesla")
	free := stuck(s)
	defer free()
	db.ok("root", fmt.Sprintf("KILL QUERY %d", s.ID()))
	select {
	case <-s.Abandoned():
	case <-time.After(aSecond):
		t.Fatal("the session was not given up")
	}
	db.ok("einstein", "SET lock_wait_timeout = 1; UPDATE t SET v = 11 WHERE id = 1")
}
