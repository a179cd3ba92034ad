package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

func (db *testDB) prepare(user, text string) *Stmt {
	db.t.Helper()
	st, err := db.as(user).Prepare(context.Background(), text)
	if err != nil {
		db.t.Fatalf("%s> %s: %v", user, text, err)
	}
	return st.(*Stmt)
}

// execute runs st and returns its rows and the number of its error, 0 for none.
func (db *testDB) execute(st *Stmt, args ...session.Value) ([]string, sqlerr.Code) {
	db.t.Helper()
	res, err := st.Execute(context.Background(), args)
	var rows []string
	if err == nil {
		rows, err = drain(res)
	}
	if err == nil {
		return rows, 0
	}
	var e *session.Error
	if !errors.As(err, &e) {
		db.t.Fatalf("error without a number: %v", err)
	}
	return nil, e.Number
}

// compiledOnce is the statement after one execution, which must have compiled it.
func (db *testDB) compiledOnce(st *Stmt, args ...session.Value) *compiled.Statement {
	db.t.Helper()
	if _, number := db.execute(st, args...); number != 0 || len(st.compiled) != 1 {
		db.t.Fatalf("%s: error %d, %d variants compiled", st.text, number, len(st.compiled))
	}
	return st.compiled[0]
}

func wallsDB(t *testing.T) *testDB {
	db := newTestDB(t)
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'x'; CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1, 1)")
	return db
}

// TestWhatIsCompiled runs each line of "run" once, with 1, 2, … for its
// placeholders (as strings when args=text), and says how it runs again.
func TestWhatIsCompiled(t *testing.T) {
	db := newTestDB(t)
	datadriven.RunTest(t, filepath.Join("testdata", "compiled"), func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd == "sql" {
			db.ok("root", d.Input)
			return ""
		}
		var out strings.Builder
		for _, text := range strings.Split(d.Input, "\n") {
			st := db.prepare("root", text)
			args := make([]session.Value, len(st.Params()))
			for i := range args {
				args[i] = session.IntValue(int64(i + 1))
				if d.HasArg("text") {
					args[i] = session.StringValue(itoa(i + 1))
				}
			}
			_, number := db.execute(st, args...)
			how := "planned"
			switch c := st.compiled.ForValues(args); {
			case number != 0:
				how = fmt.Sprintf("error %d", number)
			case c != nil:
				how = c.How()
			}
			fmt.Fprintf(&out, "%-8s %s\n", how, text)
			_ = st.Close()
		}
		return out.String()
	})
}

// Generated numbers do not depend on the values that a plan was made for.
func TestCompiledAutoIncrement(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)")
	runs := 0
	given, left := db.prepare("root", "INSERT INTO t VALUES (?, 1)"), db.prepare("root", "INSERT INTO t (v) VALUES (?)")
	for _, c := range []struct {
		st    *Stmt
		value int64
		want  string // LAST_INSERT_ID()
	}{
		{given, 5, "0"}, {given, 6, "0"}, {left, 1, "7"}, {left, 1, "8"}, {given, 0, "9"}, {given, 20, "9"}, {given, 0, "21"}, {left, 1, "22"}, {given, -3, "22"},
	} {
		before := db.as("root").compiledRuns
		if _, number := db.execute(c.st, session.IntValue(c.value)); number != 0 {
			t.Fatalf("%s with %d: error %d", c.st.text, c.value, number)
		}
		runs += db.as("root").compiledRuns - before
		db.rows("root", "SELECT LAST_INSERT_ID()", c.want)
	}
	db.rows("root", "SELECT id FROM t", "-3", "5", "6", "7", "8", "9", "20", "21", "22")
	if runs != 7 {
		t.Errorf("%d executions were compiled", runs)
	}
}

// The first wall: rights are asked for at each execution, and refusals are the
// planner's.
func TestCompiledStatementsFollowGrants(t *testing.T) {
	db := wallsDB(t)
	db.ok("root", "GRANT SELECT, UPDATE ON d.t TO tesla")
	one := session.IntValue(1)
	read, write := db.prepare("tesla", "SELECT v FROM d.t WHERE id = ?"), db.prepare("tesla", "UPDATE d.t SET v = v + 1 WHERE id = ?")
	db.compiledOnce(read, one)
	db.compiledOnce(write, one)
	for _, atom := range []string{"SELECT", "UPDATE", "SELECT, UPDATE"} {
		db.ok("root", "REVOKE "+atom+" ON d.t FROM tesla")
		wantRead, wantWrite := sqlerr.TableAccessDenied, sqlerr.TableAccessDenied
		if atom == "UPDATE" {
			wantRead = 0
		}
		if _, got := db.execute(read, one); got != wantRead {
			t.Errorf("without %s: SELECT gives error %d, want %d", atom, got, wantRead)
		}
		if _, got := db.execute(write, one); got != wantWrite { // it reads v
			t.Errorf("without %s: UPDATE gives error %d, want %d", atom, got, wantWrite)
		}
		db.ok("root", "GRANT "+atom+" ON d.t TO tesla")
		if _, got := db.execute(write, one); got != 0 {
			t.Errorf("after GRANT %s: UPDATE gives error %d", atom, got)
		}
	}
	db.rows("root", "SELECT v FROM d.t", "5")
}

// onlyFirstWall passes the check of the statement and fails the guard's.
type onlyFirstWall struct{}

func (onlyFirstWall) Principal() principal.ID { return 0 }

func (onlyFirstWall) Allows(kivi.ObjectID, kivi.Rights) bool           { return false }
func (onlyFirstWall) Epoch() uint64                                    { return 0 }
func (onlyFirstWall) Restricted(kivi.ObjectID, kivi.Rights) uint64     { return 0 }
func (onlyFirstWall) Atoms(catalog.ID, catalog.ID) (all privilege.Set) { return ^all }
func (onlyFirstWall) System() privilege.Set                            { return 0 }
func (onlyFirstWall) AnyInDatabase(catalog.ID) bool                    { return true }

// The second wall: the guard below the tables is asked even if the first check
// said yes.
func TestCompiledStatementsMeetTheGuard(t *testing.T) {
	db := wallsDB(t)
	st := db.prepare("root", "SELECT v FROM d.t WHERE id = ?")
	c := db.compiledOnce(st, session.IntValue(1))
	c.Actor = access.As(onlyFirstWall{}, nil)
	if rows, number := db.execute(st, session.IntValue(1)); number != sqlerr.TableAccessDenied {
		t.Errorf("got rows %q, error %d", rows, number)
	}
	if db.as("root").sql.Tx != nil {
		t.Error("the refused statement left a transaction")
	}
	// A write is refused by the guard that its plan was opened with: tesla's own.
	db.ok("root", "GRANT SELECT, UPDATE ON d.t TO tesla")
	w := db.prepare("tesla", "UPDATE d.t SET v = 7 WHERE id = ?")
	c = db.compiledOnce(w, session.IntValue(1))
	db.ok("root", "REVOKE UPDATE ON d.t FROM tesla")
	c.Actor, c.Version = access.As(onlyFirstWall{}, nil), db.engine.inst.Cat.Snapshot().Version()
	if _, number := db.execute(w, session.IntValue(1)); number != sqlerr.TableAccessDenied {
		t.Errorf("UPDATE past the first wall: error %d", number)
	}
	db.rows("root", "SELECT v FROM d.t", "7")
}

// What DDL changes, a compiled statement sees at its next execution.
func TestCompiledStatementsFollowDefinitions(t *testing.T) {
	db := wallsDB(t)
	one := session.IntValue(1)
	read, write := db.prepare("root", "SELECT * FROM d.t WHERE id = ?"), db.prepare("root", "UPDATE d.t SET v = v + 1 WHERE id = ?")
	for _, c := range []struct{ ddl, want string }{
		{"ALTER TABLE d.t ADD COLUMN w INT DEFAULT 9", "1|2|9"},
		{"CREATE TRIGGER d.g BEFORE UPDATE ON d.t FOR EACH ROW SET NEW.v = 40", "1|40|9"},
		{"DROP TRIGGER d.g", "1|41|9"},
		{"ALTER TABLE d.t DROP COLUMN w", "1|42"},
		{"USE d; RENAME TABLE t TO old; CREATE TABLE d.t (id BIGINT PRIMARY KEY, v TEXT); INSERT INTO d.t VALUES (1, '6')", "1|7"},
		{"TRUNCATE TABLE d.t; INSERT INTO d.t VALUES (1, '1')", "1|2"},
	} {
		db.execute(read, one)
		db.ok("root", c.ddl)
		if _, number := db.execute(write, one); number != 0 {
			t.Errorf("after %s: UPDATE gives error %d", c.ddl, number)
		}
		for range 2 {
			if rows, number := db.execute(read, one); number != 0 || len(rows) != 1 || rows[0] != c.want {
				t.Errorf("after %s: got %q, error %d; want %s", c.ddl, rows, number, c.want)
			}
		}
	}
}

// Compiled updates lock their row and read its newest state.
func TestCompiledUpdatesInParallel(t *testing.T) {
	db := wallsDB(t)
	const workers, each = 4, 100
	var group sync.WaitGroup
	for i := range workers {
		st := db.prepare("root#"+itoa(i+1), "UPDATE d.t SET v = v + ? WHERE id = 1")
		db.compiledOnce(st, session.IntValue(0))
		group.Go(func() {
			for range each {
				if _, err := st.Execute(context.Background(), []session.Value{session.IntValue(1)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	db.rows("root", "SELECT v FROM d.t", itoa(1+workers*each))
	for i := range workers {
		if n := db.as("root#" + itoa(i+1)).compiledRuns; n != each {
			t.Errorf("session %d ran %d of %d executions compiled", i, n, each)
		}
	}
}

// A compiled statement that waits for a row is in the process list and ends
// when it is cancelled.
func TestCompiledStatementsAreCancelled(t *testing.T) {
	db := wallsDB(t)
	st := db.prepare("root#2", "UPDATE d.t SET v = v + 1 WHERE id = ?")
	db.compiledOnce(st, session.IntValue(1))
	db.ok("root", "BEGIN; UPDATE d.t SET v = 100")
	failed := make(chan sqlerr.Code)
	go func() {
		_, number := db.execute(st, session.IntValue(1))
		failed <- number
	}()
	waiting := func() bool {
		for _, p := range db.engine.procs.Processes() {
			if p.Connection == db.sessions["root#2"].ID() && p.Query == st.text {
				return true
			}
		}
		return false
	}
	for !waiting() {
		runtime.Gosched()
	}
	db.sessions["root#2"].Cancel()
	if number := <-failed; number != sqlerr.QueryInterrupted {
		t.Errorf("error %d, want %d", number, sqlerr.QueryInterrupted)
	}
	db.ok("root", "ROLLBACK")
	if _, number := db.execute(st, session.IntValue(1)); number != 0 {
		t.Errorf("the next execution: error %d", number)
	}
	db.rows("root", "SELECT v FROM d.t", "3")
}

// A statement that is prepared again takes over what was compiled, unless it
// could not be prepared now.
func TestPreparedAgain(t *testing.T) {
	db := wallsDB(t)
	db.ok("root", "GRANT SELECT ON d.t TO tesla")
	text, one := "SELECT v FROM d.t WHERE id = ?", session.IntValue(1)
	st := db.prepare("tesla", text)
	db.compiledOnce(st, one)
	columns := st.Columns()
	_ = st.Close()
	if _, err := st.Execute(context.Background(), []session.Value{one}); err == nil {
		t.Error("a closed statement runs")
	}
	again, other := db.prepare("tesla", text), db.prepare("tesla", text)
	if len(again.compiled) != 1 || len(other.compiled) != 0 {
		t.Errorf("%d and %d variants, want that one of the two has the plan", len(again.compiled), len(other.compiled))
	}
	if len(again.Columns()) != 1 || again.Columns()[0] != columns[0] || len(again.Params()) != 1 {
		t.Errorf("columns %v, parameters %v", again.Columns(), again.Params())
	}
	if rows, number := db.execute(again, one); number != 0 || len(rows) != 1 {
		t.Errorf("rows %q, error %d", rows, number)
	}
	_ = again.Close()
	db.ok("root", "REVOKE SELECT ON d.t FROM tesla")
	if _, err := db.as("tesla").Prepare(context.Background(), text); err == nil {
		t.Error("prepared without the right to")
	}
	db.ok("root", "GRANT SELECT ON d.t TO tesla")
	_ = other.Close()
	if err := db.as("tesla").Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	if p := db.prepare("tesla", text); len(p.compiled) != 0 {
		t.Error("a plan survived the reset of its session")
	}
}
