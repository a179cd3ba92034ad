package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// An assignment is one statement with the evaluation of its value: where the value does not fit, what the
// functions in it have written is undone.
func TestAssignmentIsOneStatement(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE log (x INT); CREATE FUNCTION w(x INT) RETURNS INT BEGIN INSERT INTO log VALUES (x); RETURN x; END;
		CREATE FUNCTION bad() RETURNS INT BEGIN INSERT INTO log VALUES (-1); SIGNAL SQLSTATE '45000'; RETURN 1; END; CREATE PROCEDURE takes(v TINYINT) INSERT INTO log VALUES (v)`)
	for body, want := range map[string]sqlerr.Code{
		"BEGIN DECLARE v TINYINT; SET v = w(300); END":                          sqlerr.WarnDataOutOfRange,
		"BEGIN DECLARE v TINYINT DEFAULT w(300); END":                           sqlerr.WarnDataOutOfRange,
		"BEGIN DECLARE v CHAR(2); SET v = concat('ab', w(1)); END":              sqlerr.DataTooLong,
		"BEGIN DECLARE v INT; SET v = concat('a', w(1)); END":                   sqlerr.TruncatedWrongValueForField,
		"BEGIN DECLARE v DATE DEFAULT concat('a', w(1)); END":                   sqlerr.TruncatedWrongValue,
		"BEGIN DECLARE v TINYINT; SELECT w(300) INTO v; END":                    sqlerr.WarnDataOutOfRange,
		"BEGIN DECLARE v INT; SET v = w(1) + bad(); END":                        sqlerr.SignalException,
		"BEGIN DO w(1), bad(); END":                                             sqlerr.SignalException,
		"CALL takes(w(300))":                                                    sqlerr.WarnDataOutOfRange,
		"IF w(1) + bad() THEN DO 1; END IF":                                     sqlerr.SignalException,
		"BEGIN DECLARE v INT; DECLARE u TINYINT; SET v = w(1), u = w(300); END": sqlerr.WarnDataOutOfRange,
	} {
		for _, around := range []string{"COMMIT", "START TRANSACTION"} {
			db.ok("root", "DROP PROCEDURE IF EXISTS p; DELETE FROM log; CREATE PROCEDURE p() "+body)
			db.ok("root", around)
			db.ok("root", "INSERT INTO log VALUES (0)")
			db.fails("root", "CALL p()", want)
			db.ok("root", "COMMIT")
			left := "1|0"
			if strings.Contains(body, "u = w(300)") {
				left = "2|1" // of two assignments each is one
			}
			if rows := db.ok("root", "SELECT count(*), sum(x) FROM log"); len(rows) != 1 || rows[0] != left {
				t.Errorf("%s after %s: %v is left, want %s", body, around, rows, left)
			}
		}
	}
	// What a handler goes on from is undone, too, and what follows is done.
	db.ok("root", `DELETE FROM log; CREATE PROCEDURE goes() BEGIN DECLARE v TINYINT; DECLARE CONTINUE HANDLER FOR SQLEXCEPTION INSERT INTO log VALUES (7);
		SET v = w(300); SET v = w(5); ROLLBACK; END; CALL goes()`)
	db.rows("root", "SELECT x FROM log ORDER BY x", "5", "7")
	db.ok("root", "DELETE FROM log; CALL takes(w(3)); ROLLBACK")
	db.rows("root", "SELECT x FROM log", "3", "3")
	// Nothing is left open for the next statement: it has a snapshot of its own.
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'x'; GRANT ALL ON d.* TO tesla; CREATE PROCEDURE sees(n INT) BEGIN DECLARE v TINYINT; SET v = w(n); SELECT count(*) FROM log; END; CALL sees(1)")
	db.ok("tesla", "INSERT INTO d.log VALUES (9)")
	db.rows("root", "CALL sees(2)", "5")
}

// TestDeterministicFunctions: in a condition a DETERMINISTIC function of constants is called once for the
// statement; another one, or one that is selected, for each row.
func TestDeterministicFunctions(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE g (a INT);
		CREATE FUNCTION fd(x INT) RETURNS INT DETERMINISTIC BEGIN SET @n = @n + 1; RETURN x; END; CREATE FUNCTION fn(x INT) RETURNS INT BEGIN SET @n = @n + 1; RETURN x; END`)
	for _, c := range []struct{ text, calls string }{
		{"SELECT fd(1) FROM t", "3"}, {"SELECT fn(1) FROM t", "3"}, {"SELECT a FROM t WHERE a = fd(1)", "1"}, {"SELECT a FROM t WHERE a = fn(1)", "3"},
		{"SELECT a FROM t WHERE a + 0 > fd(1) + 1", "1"}, {"SELECT a FROM t WHERE fn(0)", "3"}, {"SELECT a FROM t WHERE a = fd(a)", "3"}, {"UPDATE t SET a = a WHERE a = fd(1)", "1"},
		{"UPDATE t SET a = fd(1) WHERE a = 1", "1"}, {"INSERT INTO g SELECT fd(1) FROM t", "3"}, {"SELECT t.a FROM t JOIN t u ON t.a = fd(1)", "1"}, {"SELECT sum(fd(1)) FROM t", "3"}, {"SELECT a FROM t WHERE a IN (fd(1), fd(2))", "2"},
	} {
		for range 2 { // each execution anew
			db.ok("root", "SET @n = 0; "+c.text)
			if rows := db.ok("root", "SELECT @n"); rows[0] != c.calls {
				t.Errorf("%s: %s calls, want %s", c.text, rows[0], c.calls)
			}
		}
	}
}

// INSERT … SELECT from its own table computes its rows first: a function that reads the table does not
// see them. From another table each row is there for the next one.
func TestInsertOfFunctionThatReadsTheTable(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2), (3); CREATE FUNCTION n() RETURNS INT RETURN (SELECT sum(a) FROM t);
		CREATE TABLE o (a INT PRIMARY KEY, b INT); INSERT INTO o VALUES (1, 0)`)
	db.ok("root", "INSERT INTO t SELECT n() FROM (SELECT 1 UNION ALL SELECT 1) s")
	db.rows("root", "SELECT a FROM t", "1", "2", "3", "6", "12")
	db.ok("root", "REPLACE INTO t SELECT n() FROM t")
	db.rows("root", "SELECT count(*), sum(a = 24) FROM t", "10|5")
	db.ok("root", "INSERT INTO t SELECT n() FROM (SELECT 1 FROM t LIMIT 2) s")
	db.rows("root", "SELECT count(*), sum(a = 144) FROM t", "12|1")
	db.ok("root", "CREATE FUNCTION m() RETURNS INT RETURN (SELECT sum(b) + count(*) FROM o); INSERT INTO o SELECT a, m() FROM (SELECT 1 a UNION ALL SELECT 2 UNION ALL SELECT 3) s ON DUPLICATE KEY UPDATE b = b + 10")
	db.rows("root", "SELECT a, b FROM o ORDER BY a", "1|10", "2|11", "3|23")
}
