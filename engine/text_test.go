package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Case files 01 and 02: \_ and \% keep their backslash, which only LIKE undoes.
func TestCase01LikeEscape(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `CREATE TABLE c (id VARCHAR(20) PRIMARY KEY, n VARCHAR(20)); INSERT INTO c VALUES ('v_1', 'a'), ('v45', 'b'), ('va', 'c'), ('v%x', 'd'), ('v\\z', 'e')`)
	db.rows("einstein", `SELECT id FROM c WHERE id LIKE 'v\_%' ORDER BY id`, "v_1")
	db.rows("einstein", `SELECT id FROM c WHERE id LIKE 'v\_1'`, "v_1")
	db.rows("einstein", `SELECT id FROM c WHERE id LIKE 'v\%%'`, "v%x")
	db.rows("einstein", `SELECT id FROM c WHERE id LIKE 'v\\\\z'`, `v\z`)
	db.rows("einstein", `SELECT id FROM c WHERE id NOT LIKE 'v\_%' AND id LIKE 'v_5'`, "v45")
	db.rows("einstein", `SELECT id FROM c WHERE id IN (SELECT id FROM c WHERE id LIKE "v\_%")`, "v_1")
	db.rows("einstein", `SELECT id FROM c WHERE id LIKE 'v|_%' ESCAPE '|'`, "v_1")
	db.ok("einstein", `DELETE FROM c WHERE id LIKE 'v\_%'`)
	db.rows("einstein", "SELECT COUNT(*) FROM c", "4")
	db.ok("einstein", "CREATE TABLE `a_b` (i INT); CREATE TABLE `axb` (i INT)")
	db.rows("einstein", `SHOW TABLES LIKE 'a\_b'`, "a_b")
	db.rows("einstein", `SHOW TABLES LIKE 'a_b'`, "a_b", "axb")
	db.rows("einstein", `SHOW VARIABLES LIKE 'sql\_aut%'`, db.ok("einstein", "SHOW VARIABLES LIKE 'sql_auto_is_null'")...)
	db.ok("einstein", "CREATE TABLE l (s VARCHAR(20) PRIMARY KEY) COLLATE utf8mb4_bin; INSERT INTO l VALUES ('ab'), ('abz'), ('ab漢'), ('ac'), ('aa'), ('ab🥺x'), ('ab\U0010ffff\U0010ffffz')")
	db.rows("einstein", "SELECT COUNT(*) FROM l WHERE s LIKE 'ab%'", "5")
	db.ok("einstein", "CREATE TABLE ci (s VARCHAR(20) PRIMARY KEY) COLLATE utf8mb4_0900_ai_ci; INSERT INTO ci SELECT * FROM l")
	db.rows("einstein", "SELECT COUNT(*) FROM ci WHERE s LIKE 'AB%'", "5")
}

func TestCase02LiteralEscapes(t *testing.T) {
	db := lab(t)
	db.rows("einstein", `SELECT LENGTH('a\_b'), 'axb' LIKE 'a\_b', 'axyb' LIKE 'a\%b', LENGTH("a\%b"), 'a\_b' = 'a\\_b', HEX('\0\b\n\r\t\Z\q\'')`,
		"4|0|0|4|1|0008"+"0A0D091A7127")
	db.ok("einstein", `CREATE TABLE e (a VARCHAR(9) DEFAULT 'x\_y', b ENUM('p\_q', 'r\%s'), c VARCHAR(9), CHECK (c LIKE 'x\_%')); INSERT INTO e (b) VALUES ('p\_q')`)
	db.rows("einstein", "SELECT a, b FROM e", `x\_y|p\_q`)
	db.ok("einstein", "UPDATE e SET c = 'x_y'")
	db.fails("einstein", "UPDATE e SET c = 'xyz'", sqlerr.CheckConstraintViolated)
	db.ok("einstein", "SET sql_mode = 'NO_BACKSLASH_ESCAPES'")
	db.rows("einstein", `SELECT LENGTH('a\_b'), LENGTH('\n'), '\' , "a\"`, `4|2|\|a\`)
	if !db.as("einstein").Status().NoBackslashEscapes {
		t.Error("drivers are not told of the mode")
	}
}
