package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

func TestModesAreSpelledOut(t *testing.T) {
	db := newTestDB(t)
	db.rows("root", "SELECT @@sql_mode = @@global.sql_mode, @@sql_mode",
		"1|ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION")
	for _, c := range []struct{ set, shown string }{
		{"'TRADITIONAL'", "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,NO_ENGINE_SUBSTITUTION"},
		{"ansi", "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI"},
		{"'no_zero_date,STRICT_ALL_TABLES'", "STRICT_ALL_TABLES,NO_ZERO_DATE"},
		{"5", "REAL_AS_FLOAT,ANSI_QUOTES"},
		{"CONCAT(@@sql_mode, ',HIGH_NOT_PRECEDENCE')", "REAL_AS_FLOAT,ANSI_QUOTES,HIGH_NOT_PRECEDENCE"},
		{"''", ""},
		{"',TIME_TRUNCATE_FRACTIONAL'", "TIME_TRUNCATE_FRACTIONAL"},
	} {
		db.ok("root", "SET sql_mode = "+c.set)
		db.rows("root", "SELECT @@sql_mode", c.shown)
	}
	for _, bad := range []string{"'STRICT'", "'ANSI, TRADITIONAL'", "nosuch", "NULL", "'NOT_USED'", "16", "1.5"} {
		db.fails("root", "SET sql_mode = "+bad, sqlerr.WrongValueForVar)
		db.fails("root", "SET GLOBAL sql_mode = "+bad, sqlerr.WrongValueForVar)
	}
	db.fails("root", "SET sql_mode = 'PAD_CHAR_TO_FULL_LENGTH'", sqlerr.NotSupportedYet)
	db.rows("root", "SELECT @@sql_mode", "TIME_TRUNCATE_FRACTIONAL")
}

func TestModesWork(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (d DATE, u INT UNSIGNED, c TIME)")

	db.fails("root", "INSERT INTO t (d) VALUES ('2024-02-31')", sqlerr.TruncatedWrongValue)
	db.ok("root", "SET sql_mode = 'ALLOW_INVALID_DATES,STRICT_ALL_TABLES'; INSERT INTO t (d) VALUES ('2024-02-31')")
	db.fails("root", "INSERT INTO t (d) VALUES ('2024-02-32')", sqlerr.TruncatedWrongValue)
	db.rows("root", "SELECT CONCAT(d), DAY(d) FROM t", "2024-02-31|31")
	db.ok("root", "SET sql_mode = DEFAULT")
	db.rows("root", "SELECT CONCAT(d) FROM t", "2024-02-31")
	db.ok("root", "DELETE FROM t")

	db.ok("root", "INSERT INTO t (u) VALUES (1)")
	db.fails("root", "SELECT u - 2 FROM t", sqlerr.DataOutOfRange)
	db.ok("root", "SET sql_mode = 'NO_UNSIGNED_SUBTRACTION'")
	db.rows("root", "SELECT u - 2 FROM t", "-1")
	db.rows("root", "SELECT CAST(0 AS UNSIGNED) - 1", "-1")

	db.ok("root", "SET sql_mode = 'TIME_TRUNCATE_FRACTIONAL'; UPDATE t SET c = '10:11:12.9'")
	db.rows("root", "SELECT CONCAT(c), CONCAT(CAST('10:11:12.99' AS TIME(1))), CAST('2024-01-06 10:11:12.9' AS DATETIME) FROM t", "10:11:12|10:11:12.9|2024-01-06 10:11:12")
	db.ok("root", "SET sql_mode = DEFAULT; UPDATE t SET c = '10:11:12.9'")
	db.rows("root", "SELECT CONCAT(c) FROM t", "10:11:13")

	db.rows("root", "SELECT NOT 1 BETWEEN -5 AND 5, NOT 5 + 1, 2 NOT IN (2), NULL IS NOT NULL", "0|0|0|0")
	db.ok("root", "SET sql_mode = 'HIGH_NOT_PRECEDENCE'")
	db.rows("root", "SELECT NOT 1 BETWEEN -5 AND 5, NOT 5 + 1, NOT NOT 5, 2 NOT IN (2), 2 NOT BETWEEN 1 AND 3, 'a' NOT LIKE 'a', NULL IS NOT NULL, NOT NULL, NOT EXISTS (SELECT 1 FROM t)",
		"1|1|1|0|0|0|0|NULL|0")
	db.ok("root", "CREATE TABLE IF NOT EXISTS n (a INT NOT NULL, r REAL, CHECK (NOT a > 5) NOT ENFORCED)")
	db.ok("root", "SET sql_mode = 'ANSI'; CREATE TABLE \"r\" (a REAL, b DOUBLE, c FLOAT)")
	db.rows("root", "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'd' AND table_name IN ('n', 'r') ORDER BY 1, ordinal_position",
		"n|a|int", "n|r|double", "r|a|float", "r|b|double", "r|c|float")
	db.rows("root", `SELECT 'a' || 'b', COUNT (*) FROM "r"`, "ab|0")
}

// A program that an older release has kept with modes that are none any more is shown without them, and runs.
func TestStoredModesOfOlderReleases(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (i INT); SET sql_mode = 'STRICT_TRANS_TABLES'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = @@sql_mode;
		CREATE PROCEDURE p() SELECT @@sql_mode; CREATE EVENT e ON SCHEDULE EVERY 1 HOUR DO SELECT 1; SET sql_mode = ''`)
	const old = "STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER,MYSQL40"
	err := db.engine.inst.Cat.Update(context.Background(), func(tx *catalog.Tx) error {
		id := tx.Database("d").ID
		g, p, e := *tx.Triggers(id)[0], *tx.Routines(id)[0], *tx.Events(id)[0]
		g.SQLMode, p.SQLMode, e.SQLMode = old, old, old
		return errors.Join(tx.PutTrigger(&g), tx.PutRoutine(&p), tx.PutEvent(&e))
	})
	if err != nil {
		t.Fatal(err)
	}
	for table, column := range map[string]string{"triggers": "trigger_schema", "routines": "routine_schema", "events": "event_schema"} {
		db.rows("root", "SELECT sql_mode FROM information_schema."+table+" WHERE "+column+" = 'd'", "STRICT_TRANS_TABLES")
	}
	for _, show := range []string{"SHOW TRIGGERS", "SHOW EVENTS", "SHOW CREATE TRIGGER g", "SHOW CREATE PROCEDURE p", "SHOW CREATE EVENT e"} {
		if rows := db.ok("root", show); len(rows) != 1 || strings.Contains(fmt.Sprint(rows), "NO_AUTO_CREATE_USER") {
			t.Errorf("%s: %v", show, rows)
		}
	}
	db.rows("root", "CALL p()", "STRICT_TRANS_TABLES")
	db.ok("root", "INSERT INTO t VALUES (1)")
	db.rows("root", "SHOW WARNINGS")
	db.rows("root", "SELECT @a, @@sql_mode", "STRICT_TRANS_TABLES|")
}
