package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// gated are bodies of programs of dee's, which ann may call. Each uses the table that only dee may use, waits while
// somebody holds the lock 'gate', and uses it again.
var gated = map[string]string{
	"select":     "SELECT COUNT(*) INTO n FROM secret; CALL gate(); SELECT COUNT(*) INTO n FROM secret; ",
	"planned":    "WHILE n < 4 DO IF n = 3 THEN CALL gate(); END IF; SELECT n + COUNT(*) * 0 + 1 INTO n FROM secret; END WHILE; ",
	"expression": "WHILE n < 4 DO IF n = 3 THEN CALL gate(); END IF; SET n = (SELECT n + COUNT(*) * 0 + 1 FROM secret); END WHILE; ",
	"insert":     "WHILE n < 4 DO SET n = n + 1; IF n = 4 THEN CALL gate(); END IF; INSERT INTO secret VALUES (100 + n, n); END WHILE; ",
	"cursor":     "BEGIN DECLARE c CURSOR FOR SELECT v FROM secret; OPEN c; FETCH c INTO n; CALL gate(); FETCH c INTO n; END; ",
	"prepared":   "PREPARE s FROM 'SELECT COUNT(*) INTO @n FROM secret'; EXECUTE s; EXECUTE s; CALL gate(); EXECUTE s; ",
	"function":   "WHILE n < 4 DO SET n = n + 1; IF n = 4 THEN CALL gate(); END IF; SET m = f(1); END WHILE; ",
	"in a query": "WHILE n < 4 DO SET n = n + 1; IF n = 4 THEN CALL gate(); END IF; SELECT SUM(f(id)) INTO m FROM pub; END WHILE; ",
	"trigger":    "WHILE n < 4 DO SET n = n + 1; IF n = 4 THEN CALL gate(); END IF; INSERT INTO pub VALUES (n, n); END WHILE; ",
	"view":       "WHILE n < 4 DO SET n = n + 1; IF n = 4 THEN CALL gate(); END IF; SELECT COUNT(*) INTO m FROM seen; END WHILE; ",
	"inside":     "SELECT SUM(slow(id)) INTO m FROM pub WHERE id >= (SELECT MIN(id) FROM secret); ",
	"called":     "WHILE n < 4 DO SET n = n + 1; IF n = 4 THEN CALL gate(); END IF; CALL counts(m); END WHILE; ",
	"handled":    "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION RESIGNAL; SELECT COUNT(*) INTO n FROM secret; CALL gate(); SELECT COUNT(*) INTO n FROM secret; END; ",
	"in one":     "START TRANSACTION; SELECT COUNT(*) INTO n FROM secret; CALL gate(); SELECT COUNT(*) INTO n FROM secret; COMMIT; ",
}

// losses are how dee loses what he had, by a role or himself.
var losses = []struct {
	name, grant, loss string
	stays             bool
}{
	{"revoked", "GRANT SELECT, INSERT ON d.secret TO dee", "REVOKE SELECT, INSERT ON d.secret FROM dee", false},
	{"revoked above", "GRANT SELECT, INSERT ON d.* TO dee", "REVOKE SELECT, INSERT ON d.* FROM dee", false},
	{"role revoked", "GRANT SELECT, INSERT ON d.secret TO r; GRANT r TO dee; SET DEFAULT ROLE ALL TO dee", "REVOKE r FROM dee", false},
	{"role dropped", "GRANT SELECT, INSERT ON d.secret TO r; GRANT r TO dee; SET DEFAULT ROLE ALL TO dee", "DROP ROLE r", false},
	{"of the role", "GRANT SELECT, INSERT ON d.secret TO r; GRANT r TO dee; SET DEFAULT ROLE ALL TO dee", "REVOKE SELECT, INSERT ON d.secret FROM r", false},
	{"denied", "GRANT SELECT, INSERT ON d.secret TO dee", "DENY SELECT, INSERT ON d.secret TO dee", false},
	{"denied above", "GRANT SELECT, INSERT ON d.secret TO dee", "DENY SELECT, INSERT ON d.* TO dee", false},
	{"the right to call", "GRANT SELECT, INSERT ON d.secret TO dee", "REVOKE EXECUTE ON PROCEDURE d.p FROM ann", false},
	{"dropped", "GRANT SELECT, INSERT ON d.secret TO dee", "DROP PROCEDURE d.p", false},
	{"not activated", "GRANT SELECT, INSERT ON d.secret TO dee", "ALTER USER dee SET ACTIVATED = FALSE", false},
	{"locked", "GRANT SELECT, INSERT ON d.secret TO dee", "ALTER USER dee ACCOUNT LOCK", true}, // which is one of logins
	{"renamed", "GRANT SELECT, INSERT ON d.secret TO dee", "RENAME USER dee TO dea", true},
}

// A program acts with the rights that its definer has at each of its statements: what he loses while it runs, it
// has lost, whatever it has used before.
func TestAttackDefinerLosesARight(t *testing.T) {
	at := 0
	for _, name := range slices.Sorted(maps.Keys(gated)) {
		body := gated[name]
		for _, l := range losses {
			if at++; testing.Short() && at%5 != 0 {
				continue // five and twelve have nothing in common: each program, and each loss, is in it
			}
			t.Run(name+"/"+l.name, func(t *testing.T) {
				db := newTestDB(t)
				db.ok("root", `CREATE USER dee; CREATE USER ann; CREATE ROLE r; CREATE DATABASE d; USE d; CREATE TABLE secret (id INT PRIMARY KEY, v INT); INSERT INTO secret VALUES (1, 10), (2, 20), (3, 30);
					CREATE TABLE pub (id INT, v INT); INSERT INTO pub VALUES (1, 1), (2, 2); GRANT SELECT, INSERT, UPDATE, TRIGGER ON d.pub TO dee; GRANT EXECUTE ON d.* TO dee;`+l.grant)
				db.ok("root", `CREATE DEFINER = dee PROCEDURE gate() BEGIN DO GET_LOCK('arrived', 0); DO GET_LOCK('gate', 100); DO RELEASE_LOCK('gate'); END;
					CREATE DEFINER = dee FUNCTION f(x INT) RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM secret);
					CREATE DEFINER = dee FUNCTION slow(x INT) RETURNS INT READS SQL DATA BEGIN IF x = 2 THEN DO GET_LOCK('arrived', 0); DO GET_LOCK('gate', 100); END IF; RETURN (SELECT COUNT(*) FROM secret); END;
					CREATE DEFINER = dee PROCEDURE counts(OUT x INT) SELECT COUNT(*) INTO x FROM secret;
					CREATE DEFINER = dee VIEW seen AS SELECT * FROM secret;
					CREATE DEFINER = dee TRIGGER tr BEFORE INSERT ON pub FOR EACH ROW SET NEW.v = (SELECT COUNT(*) FROM secret);
					CREATE DEFINER = dee PROCEDURE p() BEGIN DECLARE n, m INT DEFAULT 0; SET @before = 1; `+body+`SET @after = 1; END; GRANT EXECUTE ON PROCEDURE d.p TO ann; GRANT SELECT ON d.seen TO dee`)
				db.ok("root#2", "DO GET_LOCK('gate', 0)")
				done := db.start("ann", "CALL d.p()")
				db.arrives(done)
				db.ok("root", l.loss)
				db.ok("root#2", "DO RELEASE_LOCK('gate')")
				var err error
				select {
				case err = <-done:
				case <-time.After(aSecond):
					t.Fatal("it runs still")
				}
				var e *session.Error
				allowed := []sqlerr.Code{sqlerr.TableAccessDenied, sqlerr.ProcAccessDenied, sqlerr.SPDoesNotExist, sqlerr.ViewInvalid, sqlerr.QueryInterrupted, errLost.Number}
				if l.stays != (err == nil) || err != nil && (!errors.As(err, &e) || !slices.Contains(allowed, e.Number)) {
					t.Errorf("it ends with %v", err)
				}
				want := "1|NULL"
				if l.stays {
					want = "1|1"
				}
				db.rows("ann", "SELECT @before, @after", want)
				if fmt.Sprint(db.ok("root", "SELECT COUNT(*) FROM d.secret WHERE id > 103")) != fmt.Sprint([]string{map[bool]string{true: "1", false: "0"}[l.stays && name == "insert"]}) {
					t.Error("a row was written")
				}
			})
		}
	}
}

// arrives waits until a program of gated is at its gate.
func (db *testDB) arrives(done <-chan error) {
	db.t.Helper()
	tick, end := time.NewTicker(3*time.Millisecond), time.After(aSecond)
	defer tick.Stop()
	for db.ok("root", "SELECT IS_USED_LOCK('arrived') IS NULL")[0] != "0" {
		select {
		case err := <-done:
			db.t.Fatalf("ended by itself: %v", err)
		case <-end:
			db.t.Fatal("the program does not come to its gate")
		case <-tick.C:
		}
	}
}
