package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// The diagnostics area is read by GET DIAGNOSTICS, @@warning_count and @@error_count, and
// written by SIGNAL, from a client as in programs.
func TestDiagnosticsOfAClient(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE lab; USE lab; CREATE TABLE t (a INT PRIMARY KEY, b TINYINT); SET sql_mode = ''")
	db.ok("root", "INSERT INTO t VALUES (1, 1000), (2, 'x')")
	db.ok("root", "GET DIAGNOSTICS @n = NUMBER, @r = ROW_COUNT; GET CURRENT DIAGNOSTICS CONDITION 2 @e = MYSQL_ERRNO, @s = RETURNED_SQLSTATE, @m = MESSAGE_TEXT")
	db.rows("root", "SELECT @@warning_count, @@session.error_count, @n, @r, @e, @s", "2|0|2|2|1366|HY000")
	db.rows("root", "SELECT @@warning_count", "0")
	db.fails("root", "INSERT INTO t VALUES (1, 1)", sqlerr.DupEntry)
	db.rows("root", "SHOW COUNT(*) WARNINGS", "1")
	db.ok("root", "GET DIAGNOSTICS CONDITION 1 @e = MYSQL_ERRNO, @s = RETURNED_SQLSTATE")
	db.rows("root", "SELECT @e, @s, @@error_count, @@warning_count", "1062|23000|1|1")
	db.ok("root", "GET DIAGNOSTICS CONDITION 9 @e = MYSQL_ERRNO") // it is told, and does not fail
	db.rows("root", "SHOW COUNT(*) WARNINGS", "1")
	db.fails("root", "GET STACKED DIAGNOSTICS @n = NUMBER", sqlerr.GetStackedDAWithoutActiveHandler)
	db.fails("root", "GET DIAGNOSTICS n = NUMBER", sqlerr.SPUndeclaredVar)
	db.fails("root", "GET DIAGNOSTICS CONDITION 1", sqlerr.Syntax)
	db.fails("root", "CREATE PROCEDURE p() GET DIAGNOSTICS CONDITION 1", sqlerr.Syntax)
	db.fails("root", "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'mine', MYSQL_ERRNO = 1234", 1234)
	db.rows("root", "SHOW ERRORS", "Error|1234|mine")
	db.ok("root", "SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'careful'")
	db.rows("root", "SHOW WARNINGS", "Warning|1642|careful")
	db.fails("root", "RESIGNAL", sqlerr.ResignalWithoutActiveHandler)
	db.fails("root", "PREPARE s FROM 'GET DIAGNOSTICS @n = NUMBER'", sqlerr.UnsupportedPS)
	db.fails("root", "SET @@session.warning_count = 1", sqlerr.IncorrectGlobalLocalVar)
	db.ok("root", "CREATE PROCEDURE q() BEGIN INSERT INTO t VALUES (3, 5000); SELECT @@warning_count; SET @x = @@warning_count; END")
	db.rows("root", "CALL q()", "1")
	db.rows("root", "SELECT @x", "0") // the SELECT has emptied the area
}
