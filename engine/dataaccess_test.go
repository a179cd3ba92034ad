package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// What a routine declares of the SQL in it is kept, shown and changed by ALTER. As in MySQL it is advice: a
// function that declares NO SQL may write, and none has to declare anything (1418 is for a binary log).
func TestSQLDataAccessIsShown(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT)")
	const shown = "SELECT sql_data_access, is_deterministic FROM information_schema.routines WHERE routine_schema = 'd' AND routine_name = 'f'"
	for declared, want := range map[string]string{
		"": "CONTAINS SQL|NO", "NO SQL": "NO SQL|NO", "CONTAINS SQL DETERMINISTIC": "CONTAINS SQL|YES", "READS SQL DATA NOT DETERMINISTIC": "READS SQL DATA|NO", "DETERMINISTIC MODIFIES SQL DATA": "MODIFIES SQL DATA|YES",
	} {
		db.ok("root", "DROP FUNCTION IF EXISTS f; TRUNCATE TABLE t; CREATE FUNCTION f(x INT) RETURNS INT "+declared+" BEGIN INSERT INTO t VALUES (x); RETURN (SELECT count(*) FROM t); END")
		db.rows("root", shown, want)
		db.rows("root", "SELECT f(1) + f(2)", "3")
		db.rows("root", "SELECT a FROM t", "1", "2")
		db.ok("root", "ALTER FUNCTION f READS SQL DATA")
		_, deterministic, _ := strings.Cut(want, "|")
		db.rows("root", shown, "READS SQL DATA|"+deterministic)
	}
	// What is not advice: a function ends no transaction, shows no rows, prepares nothing, calls itself not.
	for body, want := range map[string]sqlerr.Code{
		"BEGIN TRUNCATE TABLE t; RETURN 1; END": sqlerr.CommitNotAllowedInRoutine, "BEGIN START TRANSACTION; RETURN 1; END": sqlerr.CommitNotAllowedInRoutine,
		"BEGIN SELECT 1; RETURN 1; END": sqlerr.SPNoResultSet, "BEGIN SHOW TABLES; RETURN 1; END": sqlerr.SPNoResultSet, "BEGIN EXECUTE s; RETURN 1; END": sqlerr.StmtNotAllowedInSFOrTrg,
		"BEGIN FLUSH TABLES; RETURN 1; END": sqlerr.StmtNotAllowedInSFOrTrg,
	} {
		db.fails("root", "CREATE FUNCTION g() RETURNS INT DETERMINISTIC NO SQL "+body, want)
	}
	db.ok("root", "CREATE FUNCTION g(x INT) RETURNS INT NO SQL RETURN IF(x = 0, 0, g(x - 1))")
	db.fails("root", "SELECT g(1)", sqlerr.SPNoRecursion)
	db.ok("root", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = f(NEW.a)")
	db.fails("root", "INSERT INTO t VALUES (1)", sqlerr.CantUpdateUsedTable)
}
