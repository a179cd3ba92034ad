package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// aSecond is "a second" on a busy machine.
const aSecond = 8 * time.Second

// start runs a text in its own goroutine and returns how it ends.
func (db *testDB) start(user, text string) <-chan error {
	db.t.Helper()
	s := db.as(user)
	done := make(chan error, 1)
	go func() {
		for text != "" {
			res, rest, err := s.Query(context.Background(), text)
			if err == nil {
				_, err = drain(res)
			}
			if err != nil {
				done <- err
				return
			}
			text = rest
		}
		done <- nil
	}()
	return done
}

// busy waits until the user's session is in a call, and a little in it.
func (db *testDB) busy(user string) {
	db.t.Helper()
	tick, end := time.NewTicker(3*time.Millisecond), time.Now().Add(aSecond)
	defer tick.Stop()
	for call, seen := uint64(0), 0; seen < 10; <-tick.C {
		n, running := db.as(user).calls.Running()
		if seen++; !running || n != call {
			call, seen = n, 0
		}
		if time.Now().After(end) {
			db.t.Fatalf("%s runs nothing", user)
		}
	}
}

func ends(t *testing.T, done <-chan error, number sqlerr.Code) {
	t.Helper()
	select {
	case err := <-done:
		wantNumber(t, err, number)
	case <-time.After(aSecond):
		t.Fatalf("the statement runs still after %v", aSecond)
	}
}

// endless are statements that do not end by themselves for a long time, each of
// another kind of loop.
var endless = map[string]string{
	"sleep":     "SELECT SLEEP(1000)",
	"get_lock":  "SELECT GET_LOCK('taken', -1)",
	"row lock":  "UPDATE einstein.t SET v = 0 WHERE id = 1",
	"meta lock": "ALTER TABLE einstein.t ADD COLUMN x INT",
	"cross":     "SELECT COUNT(*) FROM tesla.n a JOIN tesla.n b JOIN tesla.n c JOIN tesla.n d WHERE a.id + b.id + c.id + d.id < 0",
	"schema":    "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c, information_schema.columns d WHERE a.table_name < '' OR b.column_name < '' ",
	"recursive": "WITH RECURSIVE c AS (SELECT 1 n UNION ALL SELECT n + 1 FROM c WHERE n < 900) SELECT COUNT(*) FROM c a, c b, c d, c e WHERE a.n + b.n + d.n + e.n < 0",
	"values":    "SELECT SUM(LENGTH(SHA2(REPEAT(a.id, 100), 512))) FROM tesla.n a JOIN tesla.n b JOIN tesla.n c",
	"grouped":   "SELECT a.id % 7, COUNT(*) FROM tesla.n a JOIN tesla.n b JOIN tesla.n c GROUP BY 1",
	"repeat":    "CALL tesla.spin()",
	"cursor":    "CALL tesla.hang()",
	"loop":      "CALL tesla.idle()",
	"while":     "CALL tesla.wild()",
	"sorted":    "SELECT a.id FROM tesla.n a JOIN tesla.n b JOIN tesla.n c JOIN tesla.n d ORDER BY a.id * b.id * c.id * d.id LIMIT 1",
	"left join": "SELECT COUNT(*) FROM (SELECT a.id, 1 k FROM tesla.n a JOIN tesla.n b) x LEFT JOIN (SELECT a.id, 1 k FROM tesla.n a JOIN tesla.n b) y ON x.k = y.k AND x.id + y.id < 0",
	"row in":    "SELECT COUNT(*) FROM tesla.n a JOIN tesla.n b WHERE (a.id + b.id, NULL) IN (SELECT c.id + d.id, NULL FROM tesla.n c JOIN tesla.n d)",
	"insert":    "INSERT INTO tesla.kept SELECT a.id + b.id + c.id FROM tesla.n a JOIN tesla.n b JOIN tesla.n c JOIN tesla.n d",
	"create":    "CREATE TABLE tesla.made (k INT AUTO_INCREMENT PRIMARY KEY) SELECT a.id FROM tesla.n a JOIN tesla.n b JOIN tesla.n c JOIN tesla.n d",
	"delete":    "DELETE FROM tesla.kept WHERE id IN (SELECT a.id + b.id + c.id + d.id + 1000000 FROM tesla.n a JOIN tesla.n b JOIN tesla.n c JOIN tesla.n d)",
}

func endlessLab(t *testing.T) *testDB {
	db := lab(t)
	db.ok("tesla", `USE tesla; CREATE TABLE n (id INT PRIMARY KEY); CREATE TABLE kept (id INT); INSERT INTO kept VALUES (1), (2);
		CREATE PROCEDURE spin() BEGIN DECLARE i INT DEFAULT 0; REPEAT SET i = i + 1; UNTIL i < 0 END REPEAT; SELECT i; END;
		CREATE PROCEDURE hang() BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT id FROM kept; l: LOOP OPEN c; FETCH c INTO x; CLOSE c; END LOOP; END;
		CREATE PROCEDURE idle() BEGIN l: LOOP SET @x = 1; END LOOP; END;
		CREATE PROCEDURE wild() BEGIN WHILE 1 DO BEGIN END; END WHILE; END`)
	var values []string
	for i := range 1000 {
		values = append(values, fmt.Sprintf("(%d)", i))
	}
	db.ok("tesla", "INSERT INTO n VALUES "+strings.Join(values, ","))
	db.ok("einstein", "GRANT READ, WRITE, ALTER ON TABLE t TO tesla")
	db.ok("root", "SELECT GET_LOCK('taken', 0); BEGIN; UPDATE einstein.t SET v = v")
	return db
}

// Every kind of statement ends soon after KILL QUERY, and the session goes on.
func TestAttackL1KillQueryEndsEveryStatement(t *testing.T) {
	db := endlessLab(t)
	for name, text := range endless {
		t.Run(name, func(t *testing.T) {
			done := db.start("tesla", text)
			db.busy("tesla")
			db.ok("root#2", fmt.Sprintf("KILL QUERY %d", db.as("tesla").ID()))
			ends(t, done, sqlerr.QueryInterrupted)
			db.rows("tesla", "SELECT 1", "1")
			select {
			case <-db.as("tesla").Done():
				t.Error("the session was given up")
			default:
			}
		})
	}
	db.ok("root", "ROLLBACK")
	db.rows("tesla", "SELECT COUNT(*) FROM tesla.kept", "2")
	db.fails("tesla", "SELECT * FROM tesla.made", sqlerr.NoSuchTable)
	db.noOrphans()
}

// stuck stands for what nobody can cancel: a call of the session that does not come
// back before free is closed.
func stuck(s *Session) (free func()) {
	s.calls.Begin()
	return s.calls.End
}

// A statement that cannot be cancelled loses what others wait for: row locks, locks
// on definitions, named locks; and what it does when it comes back has no effect.
func TestAttackL1GivenUpSessionHoldsNothing(t *testing.T) {
	db := lab(t)
	db.ok("tesla", "SELECT GET_LOCK('mine', 0)")
	db.ok("einstein", "GRANT READ, WRITE ON TABLE t TO tesla")
	db.ok("tesla", "BEGIN; UPDATE einstein.t SET v = 99 WHERE id = 1")
	s := db.as("tesla")
	txn, err := s.sql.Tx.KV, error(nil)
	free := stuck(s)
	db.ok("root", fmt.Sprintf("KILL QUERY %d", s.ID()))
	select {
	case <-s.Abandoned():
	case <-time.After(aSecond):
		t.Fatal("the session was not given up")
	}
	db.ok("einstein", "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1; UPDATE t SET v = 11 WHERE id = 1; ALTER TABLE t ADD COLUMN w INT")
	db.rows("root", "SELECT GET_LOCK('mine', 0)", "1")
	db.rows("root", fmt.Sprintf("SELECT command FROM information_schema.processlist WHERE id = %d", s.ID()), "Killed")
	// It comes back, and goes on as if nothing had happened.
	ctx := s.context(context.Background(), "")
	if err = s.sql.CommitTransaction(ctx, s.sql.Tx); err == nil {
		t.Error("the transaction of a session that was given up was committed")
	}
	if _, err = s.sql.Txn(ctx); err == nil {
		t.Error("it began another transaction")
	}
	if err = txn.Commit(ctx); err == nil {
		t.Error("the store committed it")
	}
	free()
	db.rows("einstein", "SELECT v FROM t WHERE id = 1", "11")
	db.fails("tesla", "SELECT 1", sqlerr.SessionWasKilled)
}

// Close does not wait for a statement that does not end.
func TestAttackL1CloseUnderAStatement(t *testing.T) {
	e, err := Open(t.Context(), Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(t.Context(), e.Root(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	free := stuck(s)
	begun := time.Now()
	if err := e.Close(); !errors.Is(err, ErrRunning) {
		t.Errorf("Close: %v, want ErrRunning", err)
	}
	if took := time.Since(begun); took > grace {
		t.Errorf("Close took %v", took)
	}
	free()
	if err := errors.Join(s.Close(), e.closeStore()); err != nil {
		t.Error(err)
	}
}

// A transaction that wrote with a right that is gone is over at once, although its
// session sleeps; nobody waits for its locks.
func TestAttackL5RevokeGivesUpLocks(t *testing.T) {
	for name, c := range map[string]struct{ grant, open, revoke string }{
		"insert": {"GRANT READ, WRITE ON TABLE t TO tesla", "INSERT INTO einstein.t VALUES (50, 1)", "REVOKE INSERT ON t FROM tesla"},
		"update": {"GRANT READ, WRITE ON TABLE t TO tesla", "UPDATE einstein.t SET v = 5", "REVOKE WRITE ON TABLE t FROM tesla"},
		"schema": {"GRANT READ, WRITE ON SCHEMA einstein TO tesla", "DELETE FROM einstein.t", "REVOKE WRITE ON SCHEMA einstein FROM tesla"},
		"locked": {"GRANT READ, WRITE ON TABLE t TO tesla", "UPDATE einstein.t SET v = 5 WHERE v + 0 > 1000", "REVOKE WRITE ON TABLE t FROM tesla"},
		"group":  {"GRANT READ, WRITE ON TABLE t TO ldapGroup:team", "UPDATE einstein.t SET v = 5", "ALTER GROUP team DROP USER tesla"},
	} {
		t.Run(name, func(t *testing.T) {
			db := lab(t)
			db.ok("root", "CREATE GROUP team; ALTER GROUP team ADD USER tesla")
			db.ok("einstein", c.grant)
			db.ok("tesla", "BEGIN; "+c.open)
			revoker := "einstein"
			if name == "group" {
				revoker = "root"
			}
			db.ok(revoker, c.revoke)
			db.ok("einstein", "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1; UPDATE t SET v = 77; ALTER TABLE t ADD COLUMN w INT")
			db.fails("tesla", "SELECT 1", sqlerr.TableAccessDenied)
			db.rows("tesla", "SELECT 1", "1") // told once, and usable
			if db.as("tesla").Status().InTransaction {
				t.Error("the transaction is still open")
			}
			db.ok("tesla", "CREATE TABLE tesla.x (id INT); INSERT INTO tesla.x VALUES (8)")
			db.rows("root", "SELECT id FROM tesla.x", "8")
			db.rows("einstein", "SELECT DISTINCT v FROM t", "77")
		})
	}
}

// The statement that waits, or runs, when the right goes ends as well.
func TestAttackL5RevokeEndsAWaitingStatement(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "GRANT READ, WRITE ON TABLE t TO tesla; BEGIN; UPDATE t SET v = 1 WHERE id = 3")
	db.ok("tesla", "BEGIN; UPDATE einstein.t SET v = 5 WHERE id = 1")
	done := db.start("tesla", "UPDATE einstein.t SET v = 5 WHERE id = 3")
	db.busy("tesla")
	db.ok("root", "REVOKE WRITE ON TABLE einstein.t FROM tesla")
	ends(t, done, sqlerr.TableAccessDenied)
	db.ok("einstein", "COMMIT; SET innodb_lock_wait_timeout = 1; UPDATE t SET v = 9")
	db.ok("tesla", "ROLLBACK")
	db.rows("tesla", "SELECT 1", "1")
}

// ROLLBACK is what happened; a read that nobody locked with goes on.
func TestAttackL5OnlyWhatWasRevoked(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE other (id INT PRIMARY KEY); GRANT READ, WRITE ON TABLE t TO tesla; GRANT READ, WRITE ON TABLE other TO tesla")
	db.ok("tesla", "BEGIN; INSERT INTO einstein.other VALUES (1); SELECT * FROM einstein.t")
	db.ok("einstein", "REVOKE WRITE ON TABLE t FROM tesla; GRANT READ ON TABLE t TO mallory")
	db.ok("tesla", "COMMIT")
	db.rows("einstein", "SELECT id FROM other", "1")
	db.ok("tesla", "BEGIN; INSERT INTO einstein.other VALUES (2)")
	db.ok("einstein", "REVOKE WRITE ON TABLE other FROM tesla")
	db.ok("tesla", "ROLLBACK; SELECT 1")
	// What a statement does to its own transaction is no revoke.
	db.ok("einstein", "BEGIN; INSERT INTO other VALUES (3); ALTER TABLE other ADD COLUMN c INT; TRUNCATE TABLE other; DROP TABLE other")
}

// One account cannot take every place, and an administrator always finds one.
func TestAttackL4Sessions(t *testing.T) {
	e, err := Open(t.Context(), Options{InMemory: true, Sessions: SessionLimits{All: 4, PerUser: 3, Admin: 2}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	defer func() { // the library keeps variables for the process
		_ = sql.SystemVariables.AssignValues(serverVariables)
	}()
	db := &testDB{t: t, engine: e, sessions: map[string]*Session{}}
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'pw-tesla', bohr IDENTIFIED BY 'pw-bohr'")
	db.rows("root", "SELECT @@max_connections, @@max_user_connections", "4|3")
	open := func(user string) error {
		p := e.Catalog().Snapshot().Principal(user)
		s, err := e.NewSession(t.Context(), principal.Trusted(p.ID, p.Name), session.Options{})
		if err == nil {
			db.sessions[fmt.Sprint(user, len(db.sessions))] = s
		}
		return err
	}
	for range 3 {
		if err := open("tesla"); err != nil {
			t.Fatal(err)
		}
	}
	wantNumber(t, open("tesla"), sqlerr.TooManyUserConnections)
	wantNumber(t, open("bohr"), sqlerr.TooManyConnections)
	for range 2 {
		if err := open("root"); err != nil {
			t.Errorf("an administrator: %v", err)
		}
	}
	wantNumber(t, open("root"), sqlerr.TooManyConnections)
	victim := db.sessions["tesla1"]
	db.ok("root", fmt.Sprintf("KILL %d", victim.ID()))
	if err := victim.Close(); err != nil {
		t.Error(err)
	}
	_ = db.sessions["root4"].Close()
	_ = db.sessions["root5"].Close()
	if err := open("bohr"); err != nil {
		t.Errorf("after one left: %v", err)
	}
	bohr := db.sessions[fmt.Sprint("bohr", len(db.sessions)-1)]
	tesla := e.Catalog().Snapshot().Principal("tesla")
	if err := bohr.ChangeUser(t.Context(), principal.Trusted(tesla.ID, "tesla"), session.Options{}); err != nil {
		t.Errorf("bohr becomes tesla's third session: %v", err)
	}
	for _, s := range db.sessions {
		_ = s.Close()
	}
	if n := len(e.sessions.users); n != 0 {
		t.Errorf("%d accounts are counted without a session", n)
	}
}

func TestIdleLimit(t *testing.T) {
	db := newTestDB(t)
	limit := func(want time.Duration, number string) {
		t.Helper()
		got, err := db.as("root").IdleLimit()
		if got != want || !strings.Contains(err.Error(), number) {
			t.Errorf("the limit is %v, %v; want %v", got, err, want)
		}
	}
	limit(8*time.Hour, "wait_timeout")
	db.ok("root", "SET wait_timeout = 60, idle_transaction_timeout = 5")
	limit(time.Minute, "wait_timeout")
	db.ok("root", "CREATE DATABASE d; BEGIN")
	limit(5*time.Second, "idle_transaction_timeout")
	db.ok("root", "COMMIT; SET idle_transaction_timeout = 0; BEGIN")
	limit(time.Minute, "wait_timeout")
	db.ok("root", "SET GLOBAL interactive_timeout = 7")
	defer db.ok("root", "SET GLOBAL interactive_timeout = 28800")
	s, err := db.engine.NewSession(t.Context(), db.engine.Root(), session.Options{Interactive: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, _ := s.IdleLimit(); got != 7*time.Second {
		t.Errorf("an interactive client has %v", got)
	}
	if _, err := drainOne(s, "SELECT 1"); err != nil {
		t.Error(err)
	}
}

func drainOne(s *Session, text string) ([]string, error) {
	res, _, err := s.Query(context.Background(), text)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return drain(res)
}
