package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// An error keeps its number and state inside CALL, whoever calls, however deep.
func TestErrorsInsideCallKeepTheirNumbers(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER al IDENTIFIED BY 'x'; CREATE DATABASE d; USE d; CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (1); CREATE TABLE two (id INT); INSERT INTO two VALUES (1), (2);
		CREATE TABLE t (id INT PRIMARY KEY, u INT UNIQUE, n INT NOT NULL, v VARCHAR(3), c INT CHECK (c > 0), fk INT, e ENUM('a','b'), FOREIGN KEY (fk) REFERENCES p (id));
		INSERT INTO t VALUES (1,1,1,'a',1,1,'a')`)
	i := 0
	for body, want := range map[string]sqlerr.Code{
		"INSERT INTO t VALUES (1,2,1,'a',1,1,'a')": sqlerr.DupEntry, "INSERT INTO t VALUES (2,1,1,'a',1,1,'a')": sqlerr.DupEntry,
		"INSERT INTO t SELECT 1,5,5,'a',1,1,'a'": sqlerr.DupEntry, "UPDATE t SET v = 'b' WHERE id = 1; SELECT nosuch FROM t": sqlerr.BadField,
		"INSERT INTO t VALUES (2,2,NULL,'a',1,1,'a')": sqlerr.BadNull, "INSERT INTO t VALUES (2,2,1,'abcd',1,1,'a')": sqlerr.DataTooLong,
		"INSERT INTO t VALUES (2,2,1,'a',-1,1,'a')": sqlerr.CheckConstraintViolated, "INSERT INTO t VALUES (2,2,1,'a',1,9,'a')": sqlerr.NoReferencedRow,
		"INSERT INTO t VALUES (2,2,1,'a',1,1,'z')": sqlerr.DataTruncated, "INSERT INTO t VALUES (2,2,99999999999,'a',1,1,'a')": sqlerr.WarnDataOutOfRange,
		"INSERT INTO t VALUES (2,2,'x','a',1,1,'a')": sqlerr.TruncatedWrongValueForField, "DELETE FROM p": sqlerr.RowIsReferenced,
		"INSERT INTO t (id) VALUES (5)": sqlerr.NoDefaultForField, "SELECT (SELECT id FROM two)": sqlerr.SubqueryNoOneRow,
		"SELECT * FROM nosuch": sqlerr.NoSuchTable, "CREATE TABLE t (a INT)": sqlerr.TableExists, "REPLACE INTO t VALUES (2,2,1,'a',-1,1,'a')": sqlerr.CheckConstraintViolated,
		"DECLARE x INT; DECLARE c CURSOR FOR SELECT id FROM t; FETCH c INTO x": sqlerr.SPCursorNotOpen,
		"DECLARE c CURSOR FOR SELECT id FROM t; OPEN c; OPEN c":                sqlerr.SPCursorAlreadyOpen,
		"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'hi', MYSQL_ERRNO = 5000":  5000,
	} {
		i++
		body = "BEGIN " + body + "; END"
		db.ok("root", fmt.Sprintf("CREATE PROCEDURE p%d() %s; CREATE PROCEDURE q%d() BEGIN CALL p%d(); END; GRANT EXECUTE ON PROCEDURE d.q%d TO al", i, body, i, i, i))
		db.fails("root", fmt.Sprintf("CALL p%d()", i), want)
		db.fails("root", fmt.Sprintf("CALL q%d()", i), want)
		db.fails("al", fmt.Sprintf("CALL d.q%d()", i), want)
	}
}

// R1's kin: the error of a statement that a definer's procedure makes of rows has the
// number, and not the text, which may hold what the caller may not read.
func TestAttackR1MadeStatements(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER al IDENTIFIED BY 'x'; CREATE DATABASE d; USE d; CREATE TABLE t (id INT); CREATE TABLE secrets (s TEXT); INSERT INTO secrets VALUES ('hush')`)
	i := 0
	for made, want := range map[string]sqlerr.Code{
		"'SELEC ', s": sqlerr.Syntax, "'SELECT * FROM ', s": sqlerr.NoSuchTable, "'SELECT ', s, ' FROM t'": sqlerr.BadField, "'SELECT ', s, '()'": sqlerr.SPDoesNotExist,
		"'SELECT @@', s": sqlerr.UnknownSystemVariable, "'CALL ', s, '()'": sqlerr.SPDoesNotExist, "'DROP TABLE ', s": sqlerr.NoSuchTable,
		"'SELECT * FROM ', s, '.t'": sqlerr.BadDB, `'INSERT INTO t VALUES ("', s, '")'`: sqlerr.TruncatedWrongValueForField, "'DROP USER ', s": sqlerr.CannotUser,
		"'EXECUTE ', s": sqlerr.UnsupportedPS, "'ALTER TABLE t DROP COLUMN ', s": sqlerr.BadField,
	} {
		i++
		text := fmt.Sprintf("CREATE PROCEDURE p%d() BEGIN SELECT CONCAT(%s) INTO @q FROM secrets; PREPARE z FROM @q; EXECUTE z; END", i, made)
		db.ok("root", text+fmt.Sprintf("; CREATE PROCEDURE q%d() CALL p%d(); GRANT EXECUTE ON PROCEDURE d.p%d TO al; GRANT EXECUTE ON PROCEDURE d.q%d TO al", i, i, i, i))
		for _, call := range []string{"CALL d.p%d()", "CALL d.q%d()"} {
			_, err := db.run("al", fmt.Sprintf(call, i))
			var e *session.Error
			if !errors.As(err, &e) || e.Number != want {
				t.Errorf("%s: %v, want %d", made, err, want)
			}
			if said := db.says("al", fmt.Sprintf(call, i)); strings.Contains(said, "hush") {
				t.Errorf("%s: %s", made, said)
			}
		}
	}
	db.ok("root", "CREATE PROCEDURE w() BEGIN SELECT CONCAT('DROP TABLE IF EXISTS ', s) INTO @q FROM secrets; PREPARE z FROM @q; EXECUTE z; END; GRANT EXECUTE ON PROCEDURE d.w TO al")
	if said := db.says("al", "CALL d.w()"); strings.Contains(said, "hush") {
		t.Error(said)
	}
	// Who runs a statement for himself is told.
	if said := db.says("root", "PREPARE z FROM 'SELEC x'"); !strings.Contains(said, "SELEC x") {
		t.Error(said)
	}
	db.ok("root", "CREATE PROCEDURE inv() SQL SECURITY INVOKER BEGIN SET @q = 'SELEC x'; PREPARE z FROM @q; END")
	if said := db.says("root", "CALL inv()"); !strings.Contains(said, "SELEC x") {
		t.Error(said)
	}
}
