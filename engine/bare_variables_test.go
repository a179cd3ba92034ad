package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// D1's kin: a name that is no column is an error, also when a variable has it.
// DELETE … WHERE foreign_key_checks deleted every row.
func TestAttackD1BareVariable(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 10), (2, 20)")
	for _, text := range []string{
		"DELETE FROM t WHERE foreign_key_checks", "DELETE FROM t WHERE id = autocommit", "UPDATE t SET a = autocommit",
		"UPDATE t SET a = 1 WHERE autocommit", "SELECT autocommit", "SELECT AutoCommit FROM t", "SELECT `autocommit` FROM t", "SELECT 1 + port",
		"SELECT id FROM t WHERE autocommit", "SELECT id FROM t HAVING autocommit", "SELECT id FROM t ORDER BY autocommit",
		"SELECT count(*) FROM t GROUP BY autocommit", "SELECT max(port) FROM t", "SELECT id FROM t GROUP BY id HAVING max(port) > 0",
		"SELECT a, sum(port) OVER (ORDER BY id) FROM t", "SELECT sum(a) OVER (PARTITION BY port) FROM t",
		"SELECT * FROM t x JOIN t y ON autocommit", "SELECT (SELECT autocommit)", "SELECT id FROM t WHERE id IN (SELECT autocommit)",
		"SELECT * FROM (SELECT autocommit) x", "WITH c AS (SELECT autocommit) SELECT * FROM c", "SELECT 1 UNION SELECT autocommit",
		"SELECT id FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE autocommit)", "WITH RECURSIVE c AS (SELECT 1 n UNION ALL SELECT n + port FROM c WHERE n < 3) SELECT * FROM c",
		"INSERT INTO t VALUES (3, autocommit)", "INSERT INTO t (id, a) SELECT 3, autocommit", "INSERT INTO t VALUES (1, 1) ON DUPLICATE KEY UPDATE a = autocommit",
		"REPLACE INTO t SET id = 3, a = autocommit", "DELETE t FROM t JOIN t u ON autocommit", "UPDATE t JOIN t u ON t.id = u.id SET t.a = autocommit",
		"SET @x = autocommit", "SET @x = (SELECT autocommit)", "CREATE TABLE c AS SELECT autocommit", "CREATE VIEW v AS SELECT autocommit",
		"CREATE VIEW v AS SELECT id FROM t WHERE autocommit",
		"CREATE TABLE c (a INT, CHECK (autocommit))", "CREATE TABLE c (a INT DEFAULT (autocommit))", "CREATE TABLE c (a INT, b INT AS (a + port))",
		"ALTER TABLE t ADD CHECK (autocommit)", "ALTER TABLE t ADD COLUMN c INT DEFAULT (autocommit)", "ALTER TABLE t ALTER a SET DEFAULT (autocommit)",
		"ALTER TABLE t ADD COLUMN c INT AS (port + 1)", "ALTER TABLE t MODIFY a INT DEFAULT (port)", "SELECT id INTO @x FROM t WHERE autocommit LIMIT 1", "VALUES ROW(autocommit)", "PREPARE p FROM 'SELECT autocommit'; EXECUTE p",
		"SELECT CASE autocommit WHEN 1 THEN 2 END", "SELECT substring(hostname, 1, 2)", "SELECT trim(hostname)", "EXPLAIN SELECT autocommit",
		"SELECT id FROM t FOR UPDATE OF autocommit",
	} {
		want := sqlerr.BadField
		if text == "SELECT id FROM t FOR UPDATE OF autocommit" {
			want = sqlerr.UnresolvedTableLock
		}
		db.fails("root", text, want)
	}
	db.rows("root", "SELECT id, a FROM t", "1|10", "2|20")
	if _, err := db.as("root").Prepare(t.Context(), "DELETE FROM t WHERE autocommit"); err == nil {
		t.Error("prepared a statement about no column")
	}
	// SET of a system variable takes a bare word for a string.
	db.fails("root", "SET autocommit = sql_mode", sqlerr.WrongValueForVar)
	db.ok("root", "SET sql_mode = ANSI_QUOTES; SET sql_mode = DEFAULT; SET character_set_results = utf8mb4; SET autocommit = ON")
	db.rows("root", "SELECT @@autocommit, @@session.autocommit, @@global.autocommit, @@AutoCommit, @@`autocommit`, (SELECT @@autocommit)", "1|1|1|1|1|1")
	db.rows("root", "SELECT id FROM t WHERE @@foreign_key_checks AND id = @@autocommit", "1")
	db.ok("root", "CREATE TABLE n (autocommit INT, port INT, version INT); INSERT INTO n (autocommit, port, version) VALUES (7, 8, 9)")
	db.rows("root", "SELECT autocommit, n.port, (SELECT version FROM n m WHERE m.port = n.port) FROM n WHERE autocommit = 7 ORDER BY port", "7|8|9")
}

// The same in programs: a name there is a variable of the program, a column or an error.
func TestAttackD1BareVariableInPrograms(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 10), (2, 20)")
	for name, body := range map[string]string{
		"p1": "DELETE FROM t WHERE foreign_key_checks", "p2": "BEGIN IF autocommit THEN DELETE FROM t; END IF; END",
		"p3": "BEGIN DECLARE x INT; SET x = autocommit; DELETE FROM t WHERE id = x; END", "p4": "SELECT autocommit",
		"p5": "BEGIN DECLARE x INT DEFAULT port; DELETE FROM t; END", "p6": "BEGIN WHILE autocommit DO DELETE FROM t; SET autocommit = 0; END WHILE; END",
		"p7": "BEGIN CASE autocommit WHEN 1 THEN DELETE FROM t; END CASE; END",
		"p8": "BEGIN REPEAT DELETE FROM t; UNTIL autocommit END REPEAT; END",
	} {
		if _, err := db.run("root", "CREATE PROCEDURE "+name+"() "+body); err != nil {
			continue // refused at once
		}
		db.fails("root", "CALL "+name+"()", sqlerr.BadField)
		if name != "p8" {
			db.rows("root", "SELECT count(*) FROM t", "2")
		} else {
			db.ok("root", "INSERT INTO t VALUES (1, 10), (2, 20)")
		}
	}
	db.ok("root", "CREATE PROCEDURE q(port INT) BEGIN DECLARE autocommit INT DEFAULT 2; SELECT id FROM t WHERE id = autocommit AND port = 5 AND @@autocommit; END")
	db.rows("root", "CALL q(5)", "2")
	db.ok("root", "CREATE TABLE u (a INT)")
	if _, err := db.run("root", "CREATE TRIGGER tr BEFORE INSERT ON u FOR EACH ROW SET NEW.a = autocommit"); err == nil {
		db.fails("root", "INSERT INTO u VALUES (5)", sqlerr.BadField)
		db.rows("root", "SELECT * FROM u")
		db.ok("root", "DROP TRIGGER tr")
	}
	db.ok("root", "CREATE TRIGGER tr BEFORE INSERT ON u FOR EACH ROW SET NEW.a = NEW.a + @@autocommit")
	db.ok("root", "INSERT INTO u VALUES (5)")
	db.rows("root", "SELECT * FROM u", "6")
}
