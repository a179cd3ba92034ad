package engine

import (
	"testing"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// The error of a failed statement is the last line of the diagnostics area, as the client
// was told it, until the next statement.
func TestShowWarningsHoldsTheError(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, c VARCHAR(3)); INSERT INTO t VALUES (1, 'a')`)
	for _, c := range []struct {
		text string
		code sqlerr.Code
		row  string
	}{
		{"INSERT INTO t VALUES (1, 'b')", sqlerr.DupEntry, "Error|1062|Duplicate entry '1' for key 't.PRIMARY'"},
		{"INSERT INTO t VALUES (2, 'long')", sqlerr.DataTooLong, "Error|1406|Data too long for column 'c' at row 1"},
		{"SELECT * FROM nosuch", sqlerr.NoSuchTable, "Error|1146|"},
		{"SELECT nosuch FROM t", sqlerr.BadField, "Error|1054|"},
		{"CREATE TABLE t (id INT)", sqlerr.TableExists, "Error|1050|"},
		{"SELECT (SELECT 1 UNION SELECT 2)", sqlerr.SubqueryNoOneRow, "Error|1242|Subquery returns more than 1 row"},
		{"selec", sqlerr.Syntax, "Error|1064|"},
		{"CALL nosuch()", sqlerr.SPDoesNotExist, "Error|1305|"},
	} {
		db.ok("root", "SELECT 1")
		_, failed := db.run("root", c.text)
		err := toClient(failed, lxaccess.ShowValues)
		if err == nil || err.Number != c.code {
			t.Fatalf("%s: %v, want %d", c.text, failed, c.code)
		}
		for _, show := range []string{"SHOW WARNINGS", "SHOW ERRORS", "SHOW WARNINGS", "SHOW ERRORS LIMIT 1", "SHOW WARNINGS LIMIT 0, 1"} {
			want := c.row
			if want[len(want)-1] == '|' {
				want += err.Message
			}
			db.rows("root", show, want)
		}
		db.rows("root", "SHOW COUNT(*) WARNINGS", "1")
		db.rows("root", "SHOW COUNT(*) ERRORS", "1")
		db.rows("root", "SHOW WARNINGS LIMIT 1, 1")
		db.rows("root", "SHOW WARNINGS LIMIT 0")
		db.ok("root", "SELECT 1")
		db.rows("root", "SHOW WARNINGS")
		db.rows("root", "SHOW COUNT(*) ERRORS", "0")
	}
	if _, err := db.as("root").Prepare(t.Context(), "SELECT nosuch FROM t"); err == nil {
		t.Error("a column that is not there was prepared")
	}
	db.rows("root", "SHOW COUNT(*) ERRORS", "1")
	db.ok("root", "SELECT cast('x' AS SIGNED)")
	db.rows("root", "SHOW ERRORS")
	db.rows("root", "SHOW COUNT(*) WARNINGS", "1")
}

// A handler in a program keeps the error from the area; one that gets out is there once.
func TestShowWarningsAfterCalls(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)")
	db.ok("root", "CREATE PROCEDURE kept() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; INSERT INTO t VALUES (1); SELECT 1; END")
	db.ok("root", "CREATE PROCEDURE again() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION RESIGNAL; INSERT INTO t VALUES (1); END")
	db.ok("root", "CREATE PROCEDURE out_() INSERT INTO t VALUES (1)")
	db.ok("root", "CALL kept()")
	db.rows("root", "SHOW WARNINGS")
	for _, call := range []string{"CALL again()", "CALL out_()"} {
		db.fails("root", call, sqlerr.DupEntry)
		db.rows("root", "SHOW WARNINGS", "Error|1062|Duplicate entry '1' for key 't.PRIMARY'")
	}
}

// LIMIT with a variable: NULL is no row, a negative number is the large one of its bits.
func TestLimitByVariable(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE u (a INT)")
	db.ok("root", "CREATE PROCEDURE p(n INT, m BIGINT) BEGIN SELECT count(*) FROM (SELECT a FROM t LIMIT n OFFSET m) x; END")
	db.ok("root", "CREATE PROCEDURE q(n BIGINT) BEGIN DELETE FROM u; INSERT INTO u SELECT a FROM t LIMIT n; UPDATE u SET a = 9 ORDER BY a LIMIT n; DELETE FROM u ORDER BY a LIMIT n; SELECT count(*) FROM u; END")
	db.ok("root", "CREATE PROCEDURE w(n BIGINT) BEGIN DELETE FROM u; INSERT INTO u SELECT a FROM t; DELETE FROM u LIMIT n; SELECT count(*) FROM u; SHOW WARNINGS LIMIT n; END")
	db.ok("root", "CREATE PROCEDURE c(n BIGINT UNSIGNED) BEGIN DECLARE x INT; DECLARE k CURSOR FOR SELECT a FROM t ORDER BY a LIMIT n; OPEN k; FETCH k INTO x; SELECT x; END")
	for _, c := range []struct{ call, want string }{
		{"CALL p(NULL, 0)", "0"}, {"CALL p(2, NULL)", "2"}, {"CALL p(-1, 0)", "3"}, {"CALL p(1, -1)", "0"}, {"CALL p(-5, 1)", "2"}, {"CALL p(NULL, NULL)", "0"},
		{"CALL p(-9, -9223372036854775808)", "0"}, {"CALL q(NULL)", "0"}, {"CALL q(-1)", "0"}, {"CALL q(1)", "0"},
		{"CALL w(NULL)", "3"}, {"CALL w(-1)", "0"}, {"CALL w(2)", "1"}, {"CALL c(18446744073709551615)", "1"},
	} {
		db.rows("root", c.call, c.want)
	}
	db.fails("root", "CALL c(NULL)", sqlerr.SPFetchNoData)
}

// Bytes after an introducer are text of its character set, or the statement fails: a client
// is never sent what is no UTF-8.
func TestIntroducedBytesAreText(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a TEXT)")
	for _, text := range []string{
		"SELECT _utf8mb4 0xFF", "SELECT _utf8mb4 x'fe'", "SELECT _utf8mb4 X'61C3'", "SELECT _utf8mb4 b'11111111'", "SELECT _utf8mb4 0b11111111", "SELECT _utf8mb4'\xff'",
		"SELECT _utf8 0xFF", "SELECT _utf8mb3 0xF09F9880", "SELECT _utf8mb4 0xFF COLLATE utf8mb4_bin", "INSERT INTO t VALUES (_utf8mb4 0xFF)", "INSERT INTO t SELECT concat('a', _UTF8MB4 0xEDA080)",
		"CREATE VIEW v AS SELECT _utf8mb4 0xFF AS a", "SELECT 1 FROM t WHERE a = _utf8mb4 0xFF",
	} {
		db.fails("root", text, sqlerr.InvalidCharacterString)
	}
	db.rows("root", "SELECT _utf8mb4 0xC3A4, _utf8mb4 x'F09F9880', _utf8mb4 'a', hex(_binary 0xFF), _utf8mb4 b'1100001', _latin1 0xE4", "ä|😀|a|FF|a|ä")
}
