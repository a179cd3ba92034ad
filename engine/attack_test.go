package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// lab is a database of einstein's that others attack.
func lab(t *testing.T) *testDB {
	t.Helper()
	db := newTestDB(t)
	db.ok("root", `CREATE USER einstein IDENTIFIED BY 'pw-einstein', tesla IDENTIFIED BY 'pw-tesla', mallory IDENTIFIED BY 'pw-mallory'`)
	db.ok("einstein", `USE einstein;
		CREATE TABLE t (id INT PRIMARY KEY, v INT, INDEX (v));
		INSERT INTO t VALUES (1,10),(2,20),(3,30)`)
	return db
}

// A trigger acts for its definer, never for whoever changes the table.
func TestTriggerActsForItsDefiner(t *testing.T) {
	db := lab(t)
	steal := "CREATE TRIGGER steal AFTER INSERT ON bait FOR EACH ROW DELETE FROM einstein.t"
	db.ok("mallory", "USE mallory; CREATE TABLE bait (id INT PRIMARY KEY)")
	db.ok("mallory", steal)
	db.fails("root", "INSERT INTO mallory.bait VALUES (0)", sqlerr.TableAccessDenied)
	db.ok("mallory", "DROP TRIGGER steal")
	db.ok("einstein", "GRANT DELETE ON einstein.t TO mallory")
	db.ok("mallory", steal)
	db.ok("einstein", "REVOKE DELETE ON einstein.t FROM mallory")
	db.ok("root", "GRANT INSERT ON mallory.bait TO einstein")
	if _, err := db.run("root", "USE mallory; INSERT INTO bait VALUES (1)"); err == nil {
		t.Error("the trigger ran; it must have been refused")
	}
	if _, err := db.run("einstein", "INSERT INTO mallory.bait VALUES (2)"); err == nil {
		t.Error("the trigger ran; it must have been refused")
	}
	db.rows("einstein", "SELECT count(*) FROM einstein.t", "3")

	// The definer's own rights are enough when he has them, and not his caller's.
	db.ok("einstein", `USE einstein; CREATE TABLE log (id INT PRIMARY KEY);
		CREATE TRIGGER note AFTER INSERT ON t FOR EACH ROW INSERT INTO einstein.log VALUES (NEW.id);
		GRANT WRITE ON TABLE t TO tesla`)
	db.ok("tesla", "USE einstein; INSERT INTO t VALUES (4,40)")
	db.fails("tesla", "SELECT * FROM einstein.log", sqlerr.TableAccessDenied)
	db.rows("einstein", "SELECT id FROM einstein.log", "4")
}

// An unqualified name in a trigger must not be looked up among the caller's tables.
func TestTriggerNamesAreNotTheCallers(t *testing.T) {
	db := lab(t)
	db.ok("mallory", `USE mallory; CREATE TABLE bait (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, v INT);
		CREATE TRIGGER steal AFTER INSERT ON bait FOR EACH ROW DELETE FROM t`)
	db.ok("root", "USE einstein")
	_, _ = db.run("root", "INSERT INTO mallory.bait VALUES (1)")
	db.rows("einstein", "SELECT count(*) FROM einstein.t", "3")
}

func TestViewActsForItsDefiner(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE VIEW big AS SELECT id FROM t WHERE v > 15; GRANT SELECT ON big TO tesla`)
	db.rows("tesla", "SELECT id FROM einstein.big ORDER BY id", "2", "3")
	db.fails("tesla", "SELECT * FROM einstein.t", sqlerr.TableAccessDenied)

	// Joining the table beside the view needs a right on the table.
	db.fails("tesla", "SELECT * FROM einstein.big b JOIN einstein.t t ON t.id = b.id", sqlerr.TableAccessDenied)

	// A view over somebody else's table shows nothing that its definer may not see.
	db.fails("mallory", "USE mallory; CREATE VIEW peek AS SELECT * FROM einstein.t", sqlerr.TableAccessDenied)
	db.ok("einstein", "GRANT SELECT ON einstein.t TO mallory")
	db.ok("mallory", "CREATE VIEW mallory.peek AS SELECT * FROM einstein.t; GRANT SELECT ON mallory.peek TO tesla")
	db.rows("tesla", "SELECT count(*) FROM mallory.peek", "3")
	db.ok("einstein", "REVOKE SELECT ON einstein.t FROM mallory")
	db.fails("tesla", "SELECT count(*) FROM mallory.peek", sqlerr.ViewInvalid)

	// With SQL SECURITY INVOKER the caller's own rights count.
	db.ok("einstein", `USE einstein; CREATE SQL SECURITY INVOKER VIEW mine AS SELECT id FROM t; GRANT SELECT ON mine TO tesla`)
	db.fails("tesla", "SELECT * FROM einstein.mine", sqlerr.ViewInvalid)

	// The text of a stored view, run as a statement of one's own, is no view.
	db.fails("tesla", "USE einstein; CREATE VIEW big AS SELECT id FROM t WHERE v > 15", sqlerr.DBAccessDenied)
	db.fails("tesla", "CREATE DEFINER = root VIEW tesla.v AS SELECT 1", sqlerr.SpecificAccessDenied)
}

func TestServerVariablesNeedTheAdministrator(t *testing.T) {
	db := lab(t)
	db.fails("mallory", "SET GLOBAL max_connections = 3", sqlerr.SpecificAccessDenied)
	db.ok("mallory", "USE mallory; CREATE PROCEDURE sneak() SET GLOBAL max_connections = 3")
	if _, err := db.run("mallory", "CALL sneak()"); err == nil {
		t.Error("a routine changed a global variable for its caller")
	}
	db.fails("mallory", "SELECT 1 INTO OUTFILE '/tmp/x'", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "LOAD DATA INFILE '/etc/passwd' INTO TABLE mallory.x", sqlerr.SpecificAccessDenied)
	db.rows("mallory", "SELECT LOAD_FILE('/etc/hostname')", "NULL")
}

func TestRevokeReachesWhatIsOpen(t *testing.T) {
	ctx := context.Background()
	db := lab(t)
	db.ok("einstein", "GRANT READ ON TABLE einstein.t TO tesla")
	db.ok("einstein", "USE einstein; CREATE TABLE wide (id INT PRIMARY KEY)")
	db.ok("root", "GRANT SELECT ON einstein.wide TO tesla")
	for i := 0; i < 2000; i += 500 {
		db.ok("einstein", "INSERT INTO einstein.wide SELECT "+itoa(i)+" + a.id*100 + b.id*10 + c.id FROM ("+digits+") a, ("+digits+") b, ("+digits+") c WHERE a.id < 5")
	}
	st, err := db.as("tesla").Prepare(ctx, "SELECT v FROM einstein.t WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	exec := func() error {
		res, err := st.Execute(ctx, []session.Value{session.IntValue(2)})
		if err != nil {
			return err
		}
		_, err = drain(res)
		return err
	}
	if err := exec(); err != nil {
		t.Fatal(err)
	}
	db.ok("einstein", "REVOKE READ ON TABLE einstein.t TO tesla")
	wantNumber(t, exec(), sqlerr.TableAccessDenied)
	db.ok("einstein", "GRANT READ ON TABLE einstein.t TO tesla")
	if err := exec(); err != nil {
		t.Errorf("after the grant came back: %v", err)
	}

	// A running scan stops.
	res, _, err := db.as("tesla#2").Query(ctx, "SELECT id FROM einstein.wide")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := res.Next(ctx); err != nil {
		t.Fatal(err)
	}
	db.ok("root", "REVOKE SELECT ON einstein.wide FROM tesla")
	_, err = drain(res)
	wantNumber(t, err, sqlerr.TableAccessDenied)

	// What was written under a right that is gone is not committed.
	db.ok("einstein", "GRANT WRITE ON TABLE einstein.t TO tesla")
	db.ok("tesla", "BEGIN; INSERT INTO einstein.t VALUES (9,90)")
	db.ok("einstein", "REVOKE WRITE ON TABLE einstein.t FROM tesla")
	db.fails("tesla", "COMMIT", sqlerr.TableAccessDenied)
	db.rows("einstein", "SELECT count(*) FROM einstein.t WHERE id = 9", "0")
}

const digits = "SELECT 0 id UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9"

func itoa(i int) string { return show(session.IntValue(int64(i))) }

func wantNumber(t *testing.T, err error, number sqlerr.Code) {
	t.Helper()
	var e *session.Error
	if !errors.As(err, &e) || e.Number != number {
		t.Errorf("got %v, want error %d", err, number)
	}
}

func TestSessionsEndWithTheirAccount(t *testing.T) {
	db := lab(t)
	locked, dropped, own := db.as("tesla"), db.as("mallory"), db.as("einstein")
	db.ok("root", "ALTER USER tesla ACCOUNT LOCK")
	<-locked.Done()
	db.ok("root", "DROP USER mallory CASCADE")
	<-dropped.Done()
	db.fails("mallory", "SELECT 1 FROM einstein.t", sqlerr.SessionWasKilled)

	other := db.as("einstein#2")
	db.ok("einstein", "SET PASSWORD = 'another'")
	<-other.Done()
	select {
	case <-own.Done():
		t.Error("changing one's own password ended the session that did it")
	default:
	}
	if _, err := db.engine.NewSession(context.Background(), locked.Principal(), session.Options{}); err == nil {
		t.Error("a locked account got a session")
	}
}

func TestUserAdministration(t *testing.T) {
	db := lab(t)
	db.fails("mallory", "CREATE USER eve IDENTIFIED BY 'x'", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "ALTER USER tesla IDENTIFIED BY 'x'", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "GRANT SYSTEM ADMIN TO mallory", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "GRANT ALL ON einstein.t TO mallory", sqlerr.TableAccessDenied)
	db.fails("mallory", "SHOW GRANTS FOR einstein", sqlerr.SpecificAccessDenied)
	db.ok("root", "GRANT USER ADMIN TO tesla")
	db.ok("tesla", "CREATE USER eve IDENTIFIED BY 'x'")
	db.fails("tesla", "ALTER USER root IDENTIFIED BY 'x'", sqlerr.SpecificAccessDenied)
	db.fails("tesla", "DROP USER root", sqlerr.SpecificAccessDenied)
	db.fails("tesla", "GRANT SYSTEM ADMIN TO tesla", sqlerr.SpecificAccessDenied)
	db.fails("root", "CREATE USER EVE IDENTIFIED BY 'y'", sqlerr.CannotUser)
	db.fails("root", "DROP USER einstein", sqlerr.CannotUser)
	db.ok("root", "DROP USER einstein REASSIGN OWNED TO root")
	db.ok("root", "CREATE USER einstein IDENTIFIED BY 'again'")
	db.fails("einstein#2", "SELECT * FROM einstein.t", sqlerr.TableAccessDenied)
	db.rows("root", "SELECT count(*) FROM einstein.t", "3")
}
