package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// endlessPrograms are stored programs that do not end by themselves. Their handlers catch
// whatever can be caught.
var endlessPrograms = map[string]string{
	"swallows":  "CALL d.swallows()",
	"sleeper":   "CALL d.sleeper()",
	"exits":     "CALL d.exits()",
	"handler":   "CALL d.inhandler()",
	"nested":    "CALL d.nested()",
	"function":  "SELECT d.f()",
	"do":        "DO d.f()",
	"trigger":   "INSERT INTO d.fires VALUES (1)",
	"cursor":    "CALL d.cur()",
	"openslow":  "CALL d.openslow()",
	"condition": "CALL d.cond()",
	"prepared":  "CALL d.prep()",
	"rows":      "SELECT d.g(a.id) FROM d.n a JOIN d.n b JOIN d.n c JOIN d.n e WHERE d.g(a.id + e.id) < 0",
}

func programLab(t *testing.T) *testDB {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE n (id INT PRIMARY KEY); CREATE TABLE fires (id INT);
		CREATE PROCEDURE swallows() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; DECLARE CONTINUE HANDLER FOR 1317 BEGIN END; DECLARE CONTINUE HANDLER FOR SQLSTATE '70100' BEGIN END; LOOP BEGIN END; END LOOP; END;
		CREATE PROCEDURE sleeper() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN END; LOOP DO SLEEP(1000); END LOOP; END;
		CREATE PROCEDURE exits() BEGIN LOOP BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END; SELECT SLEEP(1000) INTO @x; END; END LOOP; END;
		CREATE PROCEDURE inhandler() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; LOOP SET @x = @x + 1; END LOOP; END; SIGNAL SQLSTATE '45000'; END;
		CREATE PROCEDURE nested() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; LOOP CALL swallows(); END LOOP; END;
		CREATE FUNCTION f() RETURNS INT BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; LOOP SET @y = 1; END LOOP; RETURN 1; END;
		CREATE FUNCTION g(x INT) RETURNS INT RETURN x;
		CREATE TRIGGER tr BEFORE INSERT ON fires FOR EACH ROW BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; WHILE TRUE DO SET @z = 1; END WHILE; END;
		CREATE PROCEDURE cur() BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT id FROM n; DECLARE CONTINUE HANDLER FOR SQLEXCEPTION, NOT FOUND BEGIN END; LOOP OPEN c; FETCH c INTO x; CLOSE c; END LOOP; END;
		CREATE PROCEDURE openslow() BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT a.id FROM n a JOIN n b JOIN n c JOIN n e WHERE a.id + b.id + c.id + e.id < 0; DECLARE CONTINUE HANDLER FOR SQLEXCEPTION, NOT FOUND BEGIN END; LOOP OPEN c; FETCH c INTO x; CLOSE c; END LOOP; END;
		CREATE PROCEDURE cond() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; WHILE SLEEP(1000) = 0 DO BEGIN END; END WHILE; END;
		CREATE PROCEDURE prep() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; PREPARE s FROM 'SELECT SLEEP(1000) INTO @x'; LOOP EXECUTE s; END LOOP; END`)
	db.ok("root", "INSERT INTO n WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 400) SELECT i FROM r")
	return db
}

// KILL QUERY ends every kind of stored program soon, whatever its handlers catch, and what it
// did is undone.
func TestAttackL1KillQueryEndsPrograms(t *testing.T) {
	db := programLab(t)
	for name, text := range endlessPrograms {
		t.Run(name, func(t *testing.T) {
			done := db.start("root", text)
			db.busyOr("root", done)
			at := time.Now()
			db.ok("root#2", fmt.Sprintf("KILL QUERY %d", db.as("root").ID()))
			ends(t, done, sqlerr.QueryInterrupted)
			t.Log(name, time.Since(at))
			db.rows("root", "SELECT 1", "1")
			select {
			case <-db.as("root").Done():
				t.Error("the session was given up")
			default:
			}
		})
	}
	db.rows("root", "SELECT COUNT(*) FROM d.fires", "0")
}

// KILL, and a client that is gone, end them as well.
func TestAttackL1KillEndsPrograms(t *testing.T) {
	db := programLab(t)
	for _, name := range []string{"swallows", "sleeper", "trigger", "function", "openslow"} {
		t.Run(name, func(t *testing.T) {
			as := "root#" + name
			done := db.start(as, endlessPrograms[name])
			db.busyOr(as, done)
			db.ok("root#2", fmt.Sprintf("KILL %d", db.as(as).ID()))
			select {
			case err := <-done:
				if err == nil {
					t.Error("no error")
				}
			case <-time.After(aSecond):
				t.Fatal("the program runs still")
			}
		})
		t.Run(name+" gone", func(t *testing.T) {
			as := "root#gone" + name
			s := db.as(as)
			ctx, gone := context.WithCancel(context.Background())
			defer gone()
			done := make(chan error, 1)
			go func() {
				res, _, err := s.Query(ctx, endlessPrograms[name])
				if err == nil {
					_, err = drain(res)
				}
				done <- err
			}()
			db.busyOr(as, done)
			gone()
			select {
			case err := <-done:
				if err == nil {
					t.Error("no error")
				}
			case <-time.After(aSecond):
				t.Fatal("the program runs still")
			}
		})
	}
}

// busyOr is busy for a statement that must not have ended by itself.
func (db *testDB) busyOr(user string, done <-chan error) {
	db.t.Helper()
	select {
	case err := <-done:
		db.t.Fatalf("ended by itself: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	db.busy(user)
}

// Who takes EXECUTE away from somebody whose call runs ends it. The caller does not
// learn from it who the definer is.
func TestAttackRevokedCallDoesNotNameTheDefiner(t *testing.T) {
	db := programLab(t)
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'pw-tesla'; GRANT EXECUTE ON PROCEDURE d.swallows TO tesla")
	done := db.start("tesla", "CALL d.swallows()")
	db.busyOr("tesla", done)
	db.ok("root", "REVOKE EXECUTE ON PROCEDURE d.swallows FROM tesla")
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "execute command denied to user 'tesla' for routine 'd.swallows'") {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(aSecond):
		t.Fatal("the program runs still")
	}
}

// A routine that was dropped ends where it runs, whatever its handlers catch and whoever
// called it: an EXECUTE on the database would have let it go on for good.
func TestAttackH8DropEndsCalls(t *testing.T) {
	db := programLab(t)
	db.ok("root", "CREATE USER caller; GRANT EXECUTE ON d.* TO caller")
	for name, drop := range map[string]string{
		"swallows": "DROP PROCEDURE d.swallows", "inhandler": "DROP PROCEDURE d.inhandler", "f": "DROP FUNCTION d.f",
	} {
		t.Run(name, func(t *testing.T) {
			as, text := "caller#"+name, "CALL d."+name+"()"
			if name == "f" {
				text = "SELECT d.f()"
			}
			done := db.start(as, text)
			db.busyOr(as, done)
			db.ok("root", drop)
			ends(t, done, sqlerr.SPDoesNotExist)
			db.rows(as, "SELECT 1", "1")
		})
	}
}
