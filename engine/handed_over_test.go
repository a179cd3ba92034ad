package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestAttackRowsOfACall: what a CALL has read waits in memory for its client. It is handed over as long as the rights are there
// with which it was read, and as long as he may call.
func TestAttackRowsOfACall(t *testing.T) {
	oneSession(t)
	for _, c := range []struct {
		name, call, loss string
		stays            bool
	}{
		{"select of the invoker", "CALL d.own()", "REVOKE SELECT ON d.secret FROM ann", false},
		{"select of the definer", "CALL d.his()", "REVOKE SELECT ON d.secret FROM dee", false},
		{"a denial", "CALL d.own()", "DENY SELECT ON d.secret TO ann", false},
		{"the right to call", "CALL d.his()", "REVOKE EXECUTE ON d.* FROM ann", false},
		{"the right to call, of one that is called by it", "CALL d.calls()", "REVOKE EXECUTE ON d.* FROM dee", false},
		{"read by one that is called by it", "CALL d.calls()", "REVOKE SELECT ON d.secret FROM dee", false},
		{"by text", "CALL d.texts()", "REVOKE SELECT ON d.secret FROM ann", false},
		{"another right", "CALL d.own()", "REVOKE INSERT ON d.secret FROM ann", true},
		{"somebody else's", "CALL d.his()", "REVOKE SELECT ON d.secret FROM ann", true},
		{"dropped", "CALL d.his()", "DROP PROCEDURE d.his", true},
		{"the table is dropped", "CALL d.own()", "DROP TABLE d.secret", true},
		{"the database is dropped", "CALL d.own()", "DROP DATABASE d", true},
		{"revoked, and the table dropped", "CALL d.own()", "REVOKE SELECT ON d.secret FROM ann; DROP TABLE d.secret", false},
		{"revoked, and the table made again", "CALL d.own()", "REVOKE SELECT ON d.secret FROM ann; DROP TABLE d.secret; CREATE TABLE d.secret (id INT)", false},
		{"the table made again", "CALL d.own()", "DROP TABLE d.secret; CREATE TABLE d.secret (id INT)", true},
		{"revoked, and dropped", "CALL d.his()", "REVOKE EXECUTE ON d.* FROM ann; DROP PROCEDURE d.his", false},
		{"revoked, and made again", "CALL d.his()", "REVOKE EXECUTE ON d.* FROM ann; DROP PROCEDURE d.his; CREATE PROCEDURE d.his() SELECT 1", false},
		{"dropped, and revoked", "CALL d.his()", "DROP PROCEDURE d.his; REVOKE EXECUTE ON d.* FROM ann", false},
		{"made again, and revoked", "CALL d.his()", "DROP PROCEDURE d.his; CREATE PROCEDURE d.his() SELECT 1; REVOKE EXECUTE ON d.* FROM ann", false},
		{"made again", "CALL d.his()", "DROP PROCEDURE d.his; CREATE PROCEDURE d.his() SELECT 1", true},
		{"single, revoked and dropped", "CALL e.one()", "REVOKE EXECUTE ON PROCEDURE e.one FROM ann; DROP PROCEDURE e.one", false},
		{"single, dropped", "CALL e.one()", "DROP PROCEDURE e.one", true},
		{"single, made again", "CALL e.one()", "DROP PROCEDURE e.one; CREATE PROCEDURE e.one() SELECT 1; GRANT EXECUTE ON PROCEDURE e.one TO ann", true},
		{"single, made again and revoked", "CALL e.one()", "DROP PROCEDURE e.one; CREATE PROCEDURE e.one() SELECT 1; GRANT EXECUTE ON PROCEDURE e.one TO ann; REVOKE EXECUTE ON PROCEDURE e.one FROM ann", false},
		{"single, made again and dropped", "CALL e.one()", "DROP PROCEDURE e.one; CREATE PROCEDURE e.one() SELECT 1; GRANT EXECUTE ON PROCEDURE e.one TO ann; DROP PROCEDURE e.one", true},
		{"revoked, and granted again", "CALL e.one()", "REVOKE EXECUTE ON PROCEDURE e.one FROM ann; GRANT EXECUTE ON PROCEDURE e.one TO ann", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", `CREATE USER dee; CREATE USER ann; CREATE DATABASE d; USE d; CREATE TABLE secret (id INT PRIMARY KEY); INSERT INTO secret VALUES (1), (2), (3);
				INSERT INTO secret SELECT a.id + 3 * b.id + 9 * c.id + 27 * e.id + 81 * f.id + 243 * g.id FROM secret a, secret b, secret c, secret e, secret f, secret g;
				GRANT SELECT ON d.secret TO dee; GRANT SELECT, INSERT ON d.secret TO ann; GRANT EXECUTE ON d.* TO ann; GRANT EXECUTE ON d.* TO dee;
				CREATE PROCEDURE own() SQL SECURITY INVOKER BEGIN SELECT id FROM secret; SELECT 'end'; END;
				CREATE PROCEDURE texts() SQL SECURITY INVOKER BEGIN PREPARE s FROM 'SELECT id FROM secret'; EXECUTE s; SELECT 'end'; END;
				CREATE DEFINER = dee PROCEDURE his() BEGIN SELECT id FROM secret; SELECT 'end'; END;
				CREATE DEFINER = dee PROCEDURE calls() BEGIN CALL his(); END;
				CREATE DATABASE e; CREATE DEFINER = dee PROCEDURE e.one() BEGIN SELECT id FROM d.secret; SELECT 'end'; END; GRANT EXECUTE ON PROCEDURE e.one TO ann`)
			res, _, err := db.as("ann").Query(context.Background(), c.call)
			if err != nil {
				t.Fatal(err)
			}
			first, err := res.Next(context.Background())
			if err != nil || len(first) == 0 {
				t.Fatalf("the first rows: %v", err)
			}
			had := len(first)
			db.ok("root", c.loss)
			for err == nil {
				var more []session.Row
				more, err = res.Next(context.Background())
				had += len(more)
			}
			var e *session.Error
			lost := errors.As(err, &e) && e.Number == sqlerr.TableAccessDenied
			if lost == c.stays || c.stays != (had == 732) {
				t.Errorf("he has %d rows of 732, and %v", had, err)
			}
		})
	}
}

// TestCallTakesItsOwnCaller: a program that takes EXECUTE from its caller, whom it was made to serve once, goes on to its end. What
// others take ends it, also when it is itself changing rights then.
func TestCallTakesItsOwnCaller(t *testing.T) {
	oneSession(t)
	for _, c := range []struct{ name, body, want string }{
		{"last", "SELECT 1; REVOKE EXECUTE ON PROCEDURE d.p FROM ann;", "1"},
		{"between", "SELECT 1; REVOKE EXECUTE ON PROCEDURE d.p FROM ann; SELECT 2; INSERT INTO t VALUES (3); SELECT a FROM t;", "1 2 3"},
		{"by text", "PREPARE s FROM 'REVOKE EXECUTE ON PROCEDURE d.p FROM ann'; EXECUTE s; SELECT 2; SELECT 3;", "2 3"},
		{"by another", "SELECT 1; CALL d.takes(); SELECT 2;", "1 2"},
		{"in a transaction after it", "REVOKE EXECUTE ON PROCEDURE d.p FROM ann; START TRANSACTION; INSERT INTO t VALUES (4); COMMIT; SELECT a FROM t;", "4"},
		{"denied", "SELECT 1; DENY EXECUTE ON PROCEDURE d.p TO ann; SELECT 2;", "1 2"},
		{"of a role", "SELECT 1; REVOKE EXECUTE ON PROCEDURE d.p FROM ann; DROP ROLE r; SELECT 2;", "1 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", `CREATE USER ann; CREATE ROLE r; GRANT r TO ann; CREATE DATABASE d; USE d; CREATE TABLE t (a INT);
				CREATE PROCEDURE takes() REVOKE EXECUTE ON PROCEDURE d.p FROM ann;
				CREATE PROCEDURE p() BEGIN `+c.body+` END; GRANT EXECUTE ON PROCEDURE d.p TO ann`)
			res, _, err := db.as("ann").Query(context.Background(), "CALL d.p()")
			var got []string
			for err == nil && res != nil {
				var rows []string
				rows, err = drain(res)
				if got = append(got, rows...); err == nil {
					res, err = res.(session.Several).More()
				}
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
			db.fails("ann", "CALL d.p()", sqlerr.ProcAccessDenied)
		})
	}
}

// TestRowsOfACallAskLittle: however many results of a CALL wait, a change of rights asks for each right once, and for
// no more than mostRights.
func TestRowsOfACallAskLittle(t *testing.T) {
	for _, c := range []struct {
		name, body string
		most       int
		dropped    bool // by a change of somebody else's rights
	}{
		{"deep", "WHILE i < 10000 DO SELECT a FROM t; SET i = i + 1; END WHILE;", 24, false},
		{"many tables", "WHILE i < 1500 DO SET @q = CONCAT('SELECT a FROM t', i); PREPARE s FROM @q; EXECUTE s; SET i = i + 1; END WHILE;", mostRights, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", "CREATE USER ann; CREATE USER other; CREATE DATABASE d; USE d; CREATE TABLE t (a INT); INSERT INTO t VALUES (1); GRANT SELECT, EXECUTE ON d.* TO ann")
			if c.dropped {
				db.ok("root", "CREATE PROCEDURE d.tables() BEGIN DECLARE i INT DEFAULT 0; WHILE i < 1500 DO SET @q = CONCAT('CREATE TABLE d.t', i, ' AS SELECT 1 AS a'); PREPARE s FROM @q; EXECUTE s; SET i = i + 1; END WHILE; END; CALL d.tables()")
			}
			db.ok("root", "CREATE PROCEDURE d.p0() SQL SECURITY INVOKER BEGIN DECLARE i INT DEFAULT 0; "+c.body+" END")
			for i := range 20 {
				db.ok("root", fmt.Sprintf("CREATE PROCEDURE d.p%d() SQL SECURITY INVOKER CALL d.p%d()", i+1, i))
			}
			s := db.as("ann")
			res, _, err := s.Query(context.Background(), "CALL d.p20()")
			if err != nil {
				t.Fatal(err)
			}
			if len(s.waiting.of) != 1 {
				t.Fatalf("%d reliances", len(s.waiting.of))
			}
			for r := range s.waiting.of {
				if asked := len(r.relied) + len(r.calls); asked > c.most || asked < 22 {
					t.Errorf("%d rights are asked for", asked)
				}
			}
			db.ok("root", "GRANT SELECT ON d.t TO other; CREATE TABLE d.other (a INT)")
			results := 0
			for err == nil && res != nil {
				if _, err = drain(res); err == nil {
					results++
					res, err = res.(session.Several).More()
				}
			}
			if c.dropped != (err != nil) || !c.dropped && (results != 10001 || len(s.waiting.of) != 0) {
				t.Errorf("%d results, %v; %d wait", results, err, len(s.waiting.of))
			}
		})
	}
}

// TestCallGivesBackItsCaller: a program that has taken EXECUTE from its caller and given it back is ended by the next revoke.
func TestCallGivesBackItsCaller(t *testing.T) {
	oneSession(t)
	const takes = "REVOKE EXECUTE ON PROCEDURE d.p FROM ann; "
	for _, c := range []struct {
		name, body string
		err        bool
	}{
		{"given back", takes + "GRANT EXECUTE ON PROCEDURE d.p TO ann; DO GET_LOCK('begun', 1); SELECT 1; DO SLEEP(1);", true},
		{"not given back", takes + "DO GET_LOCK('begun', 1); SELECT 1; DO SLEEP(1);", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", `CREATE USER ann; CREATE DATABASE d; USE d; CREATE PROCEDURE p() BEGIN `+c.body+` SELECT 2; END; GRANT EXECUTE ON PROCEDURE d.p TO ann`)
			s := db.as("ann")
			done := make(chan error, 1)
			go func() {
				res, _, err := s.Query(context.Background(), "CALL d.p()")
				for err == nil && res != nil {
					if _, err = drain(res); err == nil {
						res, err = res.(session.Several).More()
					}
				}
				done <- err
			}()
			for held := ""; held != "0"; {
				rows, err := db.run("root", "SELECT (IS_USED_LOCK('begun') IS NULL) + SLEEP(0.01)")
				if err != nil || len(rows) != 1 {
					t.Fatal(rows, err)
				}
				held = rows[0]
			}
			_, _ = db.run("root", "REVOKE EXECUTE ON PROCEDURE d.p FROM ann") // an error where he holds none
			if err := <-done; (err != nil) != c.err {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

// TestResultsThatWaitAreCharged: what a CALL has left for its client is the session's until it is read, results without
// rows too.
func TestResultsThatWaitAreCharged(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER ann; CREATE DATABASE d; USE d; CREATE TABLE t (a VARCHAR(1000)); INSERT INTO t VALUES (REPEAT('x', 1000)), (REPEAT('y', 1000)); GRANT SELECT, EXECUTE ON d.* TO ann;
		CREATE PROCEDURE full(n INT) BEGIN WHILE n > 0 DO SELECT a FROM t; SET n = n - 1; END WHILE; END;
		CREATE PROCEDURE bare(n INT) BEGIN WHILE n > 0 DO SELECT a FROM t WHERE FALSE; SET n = n - 1; END WHILE; END`)
	s := db.as("ann")
	call := func(text string) session.Result {
		res, _, err := s.Query(context.Background(), text)
		if err != nil {
			t.Fatal(text, err)
		}
		return res
	}
	for _, text := range []string{"CALL d.full(2)", "CALL d.full(2)", "SELECT 1", "SELECT 1"} { // their plans stay
		if _, err := drain(call(text)); err != nil {
			t.Fatal(err)
		}
	}
	idle := s.held.Used()
	used := func() int64 { return s.held.Used() - idle }

	res := call("CALL d.full(100)")
	all := used()
	if all < 200_000 {
		t.Fatalf("100 results of 2 kB take %d bytes", all)
	}
	for i := range 50 {
		if _, err := drain(res); err != nil {
			t.Fatal(err)
		}
		if i == 49 {
			break
		}
		res, _ = res.(session.Several).More()
	}
	if half := used(); half < all*4/10 || half > all*6/10 {
		t.Errorf("%d of %d bytes are charged when a half was read", half, all)
	}
	if _, err := drain(call("SELECT 1")); err != nil || used() != 0 {
		t.Errorf("%d bytes stay when the next statement has run, %v", used(), err)
	}
	for res = call("CALL d.full(3)"); res != nil; res, _ = res.(session.Several).More() {
		if _, err := drain(res); err != nil {
			t.Fatal(err)
		}
	}
	if used() != 0 {
		t.Errorf("%d bytes stay when all was read", used())
	}
	call("CALL d.bare(1000)")
	if n := used(); n < 1000*resultBytes {
		t.Errorf("1000 results without rows take %d bytes", n)
	}
	_, _ = drain(call("SET SESSION max_statement_memory = 1048576"))
	res = call("CALL d.bare(100000)")
	var err error
	for err == nil && res != nil {
		res, err = res.(session.Several).More()
	}
	if err == nil || !strings.Contains(err.Error(), "max_statement_memory") {
		t.Errorf("100000 results without rows: %v", err)
	}
	call("CALL d.full(100)")
	if err := s.Close(); err != nil || used() != -idle {
		t.Errorf("%d bytes stay when the session has ended, %v", used()+idle, err)
	}
}
