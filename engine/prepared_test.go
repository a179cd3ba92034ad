package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// PREPARE frees the name first, and takes a CALL.
func TestPrepareByName(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (a INT); CREATE PROCEDURE p(x INT) INSERT INTO t VALUES (x); CREATE PROCEDURE q() SELECT 7`)
	for _, bad := range []struct {
		text string
		code sqlerr.Code
	}{
		{"'selec'", sqlerr.Syntax}, {"'SELECT nosuch FROM t'", sqlerr.BadField}, {"''", sqlerr.EmptyQuery}, {"';'", sqlerr.EmptyQuery}, {"'# nothing'", sqlerr.EmptyQuery},
		{"'/* nothing */'", sqlerr.EmptyQuery}, {"@never", sqlerr.Syntax}, {"'SELECT 1 FROM nosuch'", sqlerr.NoSuchTable},
	} {
		db.ok("root", "PREPARE s FROM 'INSERT INTO t VALUES (1)'")
		db.fails("root", "PREPARE s FROM "+bad.text, bad.code)
		db.fails("root", "EXECUTE s", sqlerr.UnknownStmtHandler)
		db.fails("root", "DEALLOCATE PREPARE s", sqlerr.UnknownStmtHandler)
	}
	if _, err := db.run("root", "DEALLOCATE PREPARE s"); !strings.Contains(err.Error(), "given to DEALLOCATE PREPARE") {
		t.Error(err)
	}
	db.rows("root", "SELECT count(*) FROM t", "0")
	db.ok("root", "PREPARE s FROM 'CALL p(?)'; SET @a = 3; EXECUTE s USING @a; SET @a = 4; EXECUTE s USING @a; PREPARE r FROM ' call q() ; '; SET @c = 'CALL d.q()'; PREPARE c FROM @c")
	db.rows("root", "SELECT a FROM t ORDER BY a", "3", "4")
	db.rows("root", "EXECUTE r", "7")
	db.rows("root", "EXECUTE c", "7")
	db.ok("root", "DEALLOCATE PREPARE s; DROP PREPARE r")
	db.fails("root", "EXECUTE s USING @a", sqlerr.UnknownStmtHandler)
	db.ok("root", "CREATE PROCEDURE dyn() BEGIN SET @q = 'CALL d.p(9)'; PREPARE z FROM @q; EXECUTE z; END; CALL dyn()")
	db.rows("root", "SELECT a FROM t WHERE a = 9", "9")
	db.fails("root", "SELECT convert('a' USING nosuch)", sqlerr.UnknownCharacterSet)
}

// What the author of a trigger says with SIGNAL reaches who may not read the table; other
// errors inside stay without values.
func TestSignalOfATriggerIsSaid(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE g (id INT PRIMARY KEY, a INT); CREATE TABLE h (id INT PRIMARY KEY); INSERT INTO h VALUES (77);
		CREATE TRIGGER b BEFORE INSERT ON g FOR EACH ROW BEGIN
			IF NEW.a = 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'one is not wanted', MYSQL_ERRNO = 31001; END IF;
			IF NEW.a = 2 THEN INSERT INTO h VALUES (77); END IF; END;
		CREATE TRIGGER u BEFORE UPDATE ON g FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'never';
		INSERT INTO g VALUES (5, 5); CREATE USER w; GRANT INSERT, UPDATE ON d.g TO w`)
	for text, want := range map[string]string{
		"INSERT INTO d.g VALUES (1, 1)":         "one is not wanted",
		"INSERT INTO d.g VALUES (2, 3), (1, 1)": "one is not wanted",
		"UPDATE d.g SET a = 6":                  "never",
		"REPLACE INTO d.g SELECT 1, 1":          "",
	} {
		_, err := db.run("w", text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := db.run("w", "INSERT INTO d.g VALUES (1, 2)"); err == nil || strings.Contains(err.Error(), "77") {
		t.Errorf("an error inside the trigger: %v", err)
	}
}

// An AUTO_INCREMENT column at its end.
func TestAutoIncrementAtItsEnd(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE big (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, x INT)")
	db.ok("root", "INSERT INTO big VALUES (18446744073709551615, 1)")
	for range 2 {
		db.fails("root", "INSERT INTO big (x) VALUES (1)", sqlerr.AutoincReadFailed)
		db.fails("root", "INSERT INTO big (x) SELECT 1", sqlerr.AutoincReadFailed)
	}
	db.ok("root", "UPDATE big SET id = id - 1 ORDER BY id; INSERT INTO big VALUES (5, 5); UPDATE big SET id = 6 WHERE id = 5")
	db.fails("root", "INSERT INTO big (x) VALUES (1)", sqlerr.AutoincReadFailed)
	db.rows("root", "SELECT id FROM big ORDER BY id", "6", "18446744073709551614")
	db.ok("root", "CREATE TABLE near (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT); INSERT INTO near VALUES (18446744073709551000); INSERT INTO near VALUES (NULL), (NULL)")
	db.rows("root", "SELECT max(id) FROM near", "18446744073709551002")
	db.ok("root", "CREATE TABLE tiny (id TINYINT PRIMARY KEY AUTO_INCREMENT); INSERT INTO tiny VALUES (126)")
	db.fails("root", "INSERT INTO tiny VALUES (NULL), (NULL)", sqlerr.DupEntry)
	db.ok("root", "INSERT INTO tiny VALUES (NULL)")
	db.rows("root", "SELECT last_insert_id(), max(id) FROM tiny", "127|127")
}

// Aggregates of different parameters are different ones, whenever the statement runs.
func TestPreparedAggregatesOfParameters(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, c TIME); INSERT INTO t VALUES (1, NULL)")
	for _, text := range []string{
		"SELECT BIT_OR(?), BIT_OR(?) FROM d.t AS a1 GROUP BY a1.c", "SELECT SUM(?), SUM(?) FROM d.t", "SELECT MAX(?) OVER (), MAX(?) OVER () FROM d.t",
		"SELECT BIT_OR(?), BIT_OR(?) FROM d.t HAVING COUNT(*) > 0", "SELECT MIN(id + ?) - 1, MIN(id + ?) - 1 FROM d.t GROUP BY c ORDER BY MIN(id + 1)",
	} {
		p, err := db.as("root").Prepare(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][2]int64{{10, 256}, {10, 256}, {7, 7}, {256, 10}} {
			res, err := p.Execute(t.Context(), []session.Value{session.IntValue(args[0]), session.IntValue(args[1])})
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			want := fmt.Sprintf("%d|%d", args[0], args[1])
			if rows, err := drain(res); err != nil || len(rows) != 1 || rows[0] != want {
				t.Errorf("%s of %v: %v %v", text, args, rows, err)
			}
		}
	}
}
