package engine

import (
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A stored function stands wherever an expression does, and acts for its definer.
func TestStoredFunctions(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC BEGIN RETURN x + 1; END;
		CREATE FUNCTION most() RETURNS INT READS SQL DATA RETURN (SELECT max(v) FROM t);
		CREATE FUNCTION add_(i INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO t VALUES (i, i); RETURN row_count(); END;
		CREATE FUNCTION narrow() RETURNS TINYINT RETURN 300; CREATE FUNCTION deep(n INT) RETURNS INT RETURN if(n < 2, 1, n * deep(n - 1));
		CREATE FUNCTION who() RETURNS VARCHAR(60) RETURN current_user(); CREATE FUNCTION mine() RETURNS INT SQL SECURITY INVOKER RETURN (SELECT max(v) FROM einstein.t);
		CREATE FUNCTION ends() RETURNS INT BEGIN IF 0 THEN RETURN 1; END IF; END; CREATE FUNCTION twin(x INT) RETURNS INT RETURN f(f(x))`)
	db.rows("einstein", "SELECT f(1), most(), einstein.f(3), twin(1)", "2|30|4|3")
	db.rows("einstein", "SELECT id, sum(f(v)) FROM t WHERE f(v) > 15 GROUP BY id HAVING sum(f(v)) > 21 ORDER BY f(id) DESC", "3|31")
	db.rows("einstein", "SELECT add_(9)", "1")
	db.rows("einstein", "SELECT v FROM t WHERE id = 9", "9")
	db.fails("einstein", "SELECT add_(9)", sqlerr.DupEntry)
	db.fails("einstein", "SELECT add_(10), add_(10)", sqlerr.DupEntry)
	db.rows("einstein", "SELECT count(*) FROM t WHERE id = 10", "0") // undone with its statement
	db.fails("einstein", "UPDATE t SET v = add_(77)", sqlerr.CantUpdateUsedTable)
	db.fails("einstein", "SELECT add_(id) FROM t", sqlerr.CantUpdateUsedTable)
	db.fails("einstein", "SELECT narrow()", sqlerr.WarnDataOutOfRange)
	db.fails("einstein", "SELECT deep(3)", sqlerr.SPNoRecursion)
	db.fails("einstein", "SELECT ends()", sqlerr.SPNoReturnEnd)
	db.fails("einstein", "SELECT f(1, 2)", sqlerr.SPWrongNoOfArgs)
	db.fails("einstein", "SELECT einstein.nosuch()", sqlerr.SPDoesNotExist)
	for text, want := range map[string]sqlerr.Code{
		"CREATE FUNCTION b() RETURNS INT BEGIN SELECT 1; RETURN 1; END": sqlerr.SPNoResultSet, "CREATE FUNCTION b() RETURNS INT BEGIN DECLARE x INT; END": sqlerr.SPNoReturn,
		"CREATE FUNCTION b() RETURNS INT BEGIN COMMIT; RETURN 1; END":                    sqlerr.CommitNotAllowedInRoutine,
		"CREATE FUNCTION b() RETURNS INT BEGIN DROP TABLE t; RETURN 1; END":              sqlerr.CommitNotAllowedInRoutine,
		"CREATE FUNCTION b() RETURNS INT BEGIN PREPARE s FROM 'SELECT 1'; RETURN 1; END": sqlerr.StmtNotAllowedInSFOrTrg,
		"CREATE FUNCTION f() RETURNS INT RETURN 1":                                       sqlerr.SPAlreadyExists,
		"CREATE PROCEDURE b() RETURN 1":                                                  sqlerr.SPBadReturn,
		"CREATE DEFINER=root FUNCTION b() RETURNS INT RETURN 1":                          sqlerr.SpecificAccessDenied,
		"CREATE PROCEDURE b() CREATE FUNCTION x() RETURNS INT RETURN 1":                  sqlerr.SPNoRecursiveCreate,
		"CREATE PROCEDURE b() DROP FUNCTION f":                                           sqlerr.SPNoDropSP,
	} {
		db.fails("einstein", text, want)
	}

	// EXECUTE is asked, and is enough.
	db.fails("tesla", "SELECT einstein.most()", sqlerr.ProcAccessDenied)
	db.ok("einstein", "GRANT EXECUTE ON FUNCTION most TO tesla; GRANT EXECUTE ON FUNCTION who TO tesla; GRANT EXECUTE ON FUNCTION mine TO tesla")
	db.rows("tesla", "SELECT einstein.most(), einstein.who()", "30|einstein@%")
	db.fails("tesla", "SELECT einstein.mine()", sqlerr.TableAccessDenied)
	db.fails("tesla", "SELECT max(v) FROM einstein.t", sqlerr.TableAccessDenied)
	db.ok("einstein", "REVOKE EXECUTE ON FUNCTION most FROM tesla; DROP FUNCTION f; DROP FUNCTION IF EXISTS f")
	db.fails("tesla", "SELECT einstein.most()", sqlerr.ProcAccessDenied)
	db.fails("einstein", "SELECT f(1)", sqlerr.SPDoesNotExist)
}

// What a procedure does for a trigger or a function is part of the statement around:
// it ends no transaction, shows no rows and sets no variables of the session.
func TestAttackProgramsInsideAStatement(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE TABLE b (id INT); CREATE PROCEDURE ends() COMMIT; CREATE PROCEDURE shows() SELECT 1;
		CREATE PROCEDURE makes() CREATE TABLE x (a INT); CREATE PROCEDURE sets() SET autocommit = 0; CREATE PROCEDURE dyn() BEGIN PREPARE s FROM 'COMMIT'; EXECUTE s; END;
		CREATE FUNCTION via(n INT) RETURNS INT BEGIN CASE n WHEN 1 THEN CALL ends(); WHEN 2 THEN CALL shows(); WHEN 3 THEN CALL makes(); WHEN 4 THEN CALL sets(); ELSE CALL dyn(); END CASE; RETURN 1; END;
		CREATE TRIGGER tr AFTER INSERT ON b FOR EACH ROW SET @x = via(NEW.id)`)
	for n, want := range map[string]sqlerr.Code{
		"1": sqlerr.CommitNotAllowedInRoutine, "2": sqlerr.SPNoResultSet, "3": sqlerr.CommitNotAllowedInRoutine,
		"4": sqlerr.CommitNotAllowedInRoutine, "5": sqlerr.CommitNotAllowedInRoutine,
	} {
		db.fails("einstein", "SELECT via("+n+")", want)
		db.fails("einstein", "INSERT INTO b VALUES ("+n+")", want)
	}
	db.rows("einstein", "SELECT (SELECT count(*) FROM b), @@autocommit", "0|1")
}

// A table's definition calls no stored function: it would run for whoever writes.
func TestAttackStoredFunctionInDefinition(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "USE einstein; CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x")
	for text, want := range map[string]sqlerr.Code{
		"CREATE TABLE z (i INT DEFAULT (f(1)))":                 sqlerr.DefaultFunctionNotAllowed,
		"CREATE TABLE z (i INT DEFAULT (einstein.f(1)))":        sqlerr.DefaultFunctionNotAllowed,
		"CREATE TABLE z (i INT, j INT AS (1 + f(i)))":           sqlerr.GeneratedFunctionNotAllowed,
		"CREATE TABLE z (i INT, CONSTRAINT c CHECK (f(i) > 0))": sqlerr.CheckFunctionNotAllowed,
		"CREATE TABLE z (i INT CHECK (einstein.f(i) > 0))":      sqlerr.CheckFunctionNotAllowed,
		"ALTER TABLE t ADD j INT AS (f(id))":                    sqlerr.GeneratedFunctionNotAllowed,
		"ALTER TABLE t ALTER v SET DEFAULT (f(1))":              sqlerr.DefaultFunctionNotAllowed,
		"ALTER TABLE t MODIFY v INT DEFAULT (f(1))":             sqlerr.DefaultFunctionNotAllowed,
	} {
		if _, err := db.run("einstein", text); err == nil {
			t.Errorf("%s: accepted", text)
		} else {
			db.fails("einstein", text, want)
		}
	}
	db.ok("einstein", "CREATE TABLE y AS SELECT f(v) x FROM t")
	db.rows("einstein", "SELECT sum(x) FROM y", "60")
}

// What a generated column or CHECK gives hangs on the row alone: its author could have
// readers wait otherwise, and what is stored would contradict it.
func TestAttackDefinitionHangsOnTheRow(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "USE einstein")
	for part, want := range map[string][3]sqlerr.Code{ // DEFAULT, AS, CHECK
		"rand()": {0, 3763, 3814}, "current_user()": {0, 3763, 3814}, "current_user": {0, 3763, 3814}, "user()": {0, 3763, 3814},
		"connection_id()": {0, 3763, 3814}, "sleep(0)": {0, 3763, 3814}, "benchmark(1, 1)": {0, 3763, 3814}, "now(6)": {0, 3763, 3814},
		"1 + uuid_short()": {0, 3763, 3814}, "curdate() + 0": {0, 3763, 3814}, "unix_timestamp()": {0, 3763, 3814}, "database()": {0, 3763, 3814},
		"last_insert_id()": {0, 3763, 3814}, "get_lock('x', 1)": {3770, 3763, 3814}, "is_member('x')": {3770, 3763, 3814},
		"@x": {3772, 3765, 3816}, "1 + @@max_connections": {3772, 3765, 3816}, "@@session.autocommit": {3772, 3765, 3816},
		"(SELECT 1)": {3769, 3102, 3815}, "(1 IN (SELECT 1))": {3769, 3102, 3815}, "(EXISTS (SELECT 1))": {3769, 3102, 3815},
		"sum(i)": {1111, 1111, 1111}, "json_arrayagg(i)": {1111, 1111, 1111}, "group_concat(i)": {1111, 1111, 1111}, "values(i)": {3770, 3763, 3814},
		"unix_timestamp('2024-01-01')": {}, "length(aes_encrypt('a', 'b'))": {}, "i + 1": {}, "abs(round(i))": {},
	} {
		for at, text := range []string{
			"CREATE TABLE z (i INT, j VARCHAR(99) DEFAULT (%s))", "CREATE TABLE z (i INT, j VARCHAR(99) AS (%s))", "CREATE TABLE z (i INT, CONSTRAINT c CHECK ((%s) IS NOT NULL))",
			"ALTER TABLE t ADD j VARCHAR(99) DEFAULT (%s)", "ALTER TABLE t ADD (i INT, j VARCHAR(99) AS (%s))", "ALTER TABLE t ADD i INT CHECK ((%s) IS NOT NULL)",
		} {
			if text = fmt.Sprintf(text, part); want[at%3] != 0 {
				db.fails("einstein", text, want[at%3])
			} else if at < 3 {
				db.ok("einstein", text+"; DROP TABLE z")
			}
		}
	}
}

// The text of a trigger is for who holds TRIGGER on its table.
func TestAttackTriggerTextIsNotForEveryone(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "USE einstein; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.v = 41; GRANT INSERT ON t TO tesla")
	db.fails("tesla", "SHOW CREATE TRIGGER einstein.tr", sqlerr.TriggerDoesNotExist)
	db.rows("tesla", "SHOW TRIGGERS FROM einstein")
	db.rows("tesla", "SELECT count(*) FROM information_schema.TRIGGERS", "0")
	db.fails("mallory", "SHOW CREATE TRIGGER einstein.tr", sqlerr.TriggerDoesNotExist)
	db.ok("einstein", "GRANT TRIGGER ON t TO tesla")
	db.rows("tesla", "SELECT ACTION_STATEMENT FROM information_schema.TRIGGERS", "SET NEW.v = 41")
}
