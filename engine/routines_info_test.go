package engine

import (
	"strings"
	"testing"
)

// Functions are listed as procedures are, to who may see them.
func TestRoutinesInfo(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER al IDENTIFIED BY 'x'; CREATE USER bo IDENTIFIED BY 'x'; CREATE DATABASE d; USE d;
		CREATE FUNCTION f(x INT, y VARCHAR(10)) RETURNS DECIMAL(10,2) DETERMINISTIC NO SQL SQL SECURITY INVOKER COMMENT 'c' RETURN x;
		CREATE PROCEDURE p(IN a INT, OUT b CHAR(3)) SET b = a; GRANT EXECUTE ON FUNCTION d.f TO al`)
	routines := "SELECT ROUTINE_NAME, ROUTINE_TYPE, DATA_TYPE, DTD_IDENTIFIER, ROUTINE_DEFINITION, IS_DETERMINISTIC, SQL_DATA_ACCESS, SECURITY_TYPE, ROUTINE_COMMENT, DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'd' ORDER BY 1"
	params := "SELECT SPECIFIC_NAME, ORDINAL_POSITION, PARAMETER_MODE, PARAMETER_NAME, DATA_TYPE, DTD_IDENTIFIER, ROUTINE_TYPE FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = 'd' ORDER BY 1, 2"
	db.rows("root", routines, "f|FUNCTION|decimal|decimal(10,2)|RETURN x|YES|NO SQL|INVOKER|c|root@%", "p|PROCEDURE||NULL|SET b = a|NO|CONTAINS SQL|DEFINER||root@%")
	db.rows("al", routines, "f|FUNCTION|decimal|decimal(10,2)|NULL|YES|NO SQL|INVOKER|c|root@%")
	db.rows("bo", routines)
	db.rows("root", params, "f|0|NULL|NULL|decimal|decimal(10,2)|FUNCTION", "f|1|IN|x|int|int|FUNCTION", "f|2|IN|y|varchar|varchar(10)|FUNCTION", "p|1|IN|a|int|int|PROCEDURE", "p|2|OUT|b|char|char(3)|PROCEDURE")
	db.rows("bo", params)
	db.ok("root", `CREATE FUNCTION g(a BIGINT UNSIGNED, b DOUBLE, c DATETIME(3), e ENUM('x','yy'), s TEXT, h VARBINARY(7), i DATE) RETURNS VARCHAR(30) CHARSET latin1 COLLATE latin1_bin DETERMINISTIC RETURN 'x'`)
	cells := "DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME, DTD_IDENTIFIER"
	db.rows("root", "SELECT "+cells+" FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'd' ORDER BY ROUTINE_NAME",
		"decimal|NULL|NULL|10|2|NULL|NULL|NULL|decimal(10,2)", "varchar|30|30|NULL|NULL|NULL|latin1|latin1_bin|varchar(30)", "|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL")
	db.rows("root", "SELECT "+cells+" FROM information_schema.PARAMETERS WHERE SPECIFIC_NAME = 'g' AND ORDINAL_POSITION > 0 ORDER BY ORDINAL_POSITION",
		"bigint|NULL|NULL|20|0|NULL|NULL|NULL|bigint unsigned", "double|NULL|NULL|22|NULL|NULL|NULL|NULL|double", "datetime|NULL|NULL|NULL|NULL|3|NULL|NULL|datetime(3)",
		"enum|2|8|NULL|NULL|NULL|utf8mb4|utf8mb4_0900_ai_ci|enum('x','yy')", "text|65535|65535|NULL|NULL|NULL|utf8mb4|utf8mb4_0900_ai_ci|text",
		"varbinary|7|7|NULL|NULL|NULL|NULL|NULL|varbinary(7)", "date|NULL|NULL|NULL|NULL|NULL|NULL|NULL|date")
	if rows := db.ok("root", "SHOW CREATE FUNCTION g"); len(rows) != 1 || !strings.Contains(rows[0], " RETURNS varchar(30) CHARSET latin1 COLLATE latin1_bin\n") {
		t.Errorf("%q", rows)
	}
	db.ok("root", "DROP FUNCTION g")
	for user, n := range map[string]int{"root": 1, "al": 1, "bo": 0} {
		if rows := db.ok(user, "SHOW FUNCTION STATUS LIKE 'f'"); len(rows) != n {
			t.Errorf("%s: %q", user, rows)
		}
	}
	if rows := db.ok("root", "SHOW PROCEDURE STATUS WHERE Db = 'd'"); len(rows) != 1 {
		t.Errorf("%q", rows)
	}
}
