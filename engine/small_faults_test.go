package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// ON DUPLICATE KEY UPDATE computes generated columns anew, and takes no value for them.
func TestOnDuplicateKeyUpdateOfGeneratedColumns(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE g (id INT PRIMARY KEY, a INT, b INT AS (a + 1) STORED, c INT AS (b * 10) STORED, v INT AS (a + 2), KEY (b), KEY (v));
		INSERT INTO g (id, a) VALUES (1, 1), (2, 2)`)
	for _, text := range []string{
		"INSERT INTO g (id, a) VALUES (1, 5) ON DUPLICATE KEY UPDATE b = 7", "INSERT INTO g (id, a) VALUES (1, 5) ON DUPLICATE KEY UPDATE a = 3, v = 7",
		"INSERT INTO g (id, a) VALUES (9, 5) ON DUPLICATE KEY UPDATE B = a", "INSERT INTO g (id, a) SELECT 1, 5 ON DUPLICATE KEY UPDATE g.c = 1",
	} {
		db.fails("root", text, sqlerr.NonDefaultValueForGeneratedColumn)
	}
	db.ok("root", "INSERT INTO g (id, a) VALUES (1, 5) ON DUPLICATE KEY UPDATE a = VALUES(a) + 4")
	db.ok("root", "INSERT INTO g (id, a) VALUES (2, 5), (3, 3) ON DUPLICATE KEY UPDATE a = a + 20, b = DEFAULT")
	db.rows("root", "SELECT id, a, b, c, v FROM g ORDER BY id", "1|9|10|100|11", "2|22|23|230|24", "3|3|4|40|5")
	db.rows("root", "SELECT id FROM g WHERE b = 10", "1")
	db.rows("root", "SELECT id FROM g WHERE v = 24", "2")
	s, err := db.as("root").Prepare(t.Context(), "INSERT INTO g (id, a) VALUES (1, 1) ON DUPLICATE KEY UPDATE a = a + 1")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Execute(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	db.rows("root", "SELECT a, b, c FROM g WHERE id = 1", "12|13|130")
}

// The primary key stays while a foreign key needs it.
func TestDropPrimaryKeyOfAForeignKey(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE p (id INT PRIMARY KEY, u INT); CREATE TABLE c (x INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id), FOREIGN KEY (x) REFERENCES p (id));
		CREATE TABLE q (id INT PRIMARY KEY, KEY k (id)); CREATE TABLE r (p INT, FOREIGN KEY (p) REFERENCES q (id)); CREATE TABLE s (id INT PRIMARY KEY)`)
	for _, text := range []string{"ALTER TABLE p DROP PRIMARY KEY", "ALTER TABLE p DROP PRIMARY KEY, ADD PRIMARY KEY (u)", "ALTER TABLE p DROP PRIMARY KEY, ADD COLUMN z INT",
		"DROP INDEX `PRIMARY` ON p", "ALTER TABLE p DROP INDEX `PRIMARY`"} {
		if _, err := db.run("root", text); err == nil {
			t.Errorf("%s went well", text)
		}
	}
	db.fails("root", "ALTER TABLE p DROP PRIMARY KEY", sqlerr.DropIndexForeignKey)
	db.ok("root", "ALTER TABLE s DROP PRIMARY KEY; ALTER TABLE q DROP PRIMARY KEY")
	db.ok("root", "ALTER TABLE p DROP PRIMARY KEY, ADD PRIMARY KEY (id)")
	db.fails("root", "INSERT INTO c VALUES (1, 9)", sqlerr.NoReferencedRow)
}

func TestTriggerOrderNamesATrigger(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE p (id INT PRIMARY KEY, n TEXT); CREATE TABLE o (id INT);
		CREATE TRIGGER one BEFORE INSERT ON p FOR EACH ROW SET NEW.n = 'one'; CREATE TRIGGER other BEFORE INSERT ON o FOR EACH ROW SET NEW.id = 1`)
	for _, order := range []string{"BEFORE INSERT ON p FOR EACH ROW FOLLOWS nosuch", "BEFORE INSERT ON p FOR EACH ROW PRECEDES other", "BEFORE UPDATE ON p FOR EACH ROW FOLLOWS one", "AFTER INSERT ON p FOR EACH ROW PRECEDES one"} {
		db.fails("root", "CREATE TRIGGER two "+order+" SET @x = 1", sqlerr.ReferencedTriggerDoesNotExist)
	}
	db.ok("root", "CREATE TRIGGER two BEFORE INSERT ON p FOR EACH ROW FOLLOWS one SET NEW.n = concat(NEW.n, ' two'); INSERT INTO p (id) VALUES (1)")
	db.rows("root", "SELECT n FROM p", "one two")
	db.ok("root", "SHOW TRIGGERS")
	db.ok("root", "ALTER TABLE p RENAME COLUMN n TO m")
	db.fails("root", "INSERT INTO p (id) VALUES (2)", sqlerr.BadField)
}

func TestTimeZonesAreKnown(t *testing.T) {
	db := newTestDB(t)
	for _, zone := range []string{"zzz", "", "+25:00", "+14:01", "-14:00", "+1", "5", "Local", "+01:60", "Europe/Nowhere", "../etc/passwd", "+ab:cd"} {
		db.fails("root", "SET time_zone = '"+zone+"'", sqlerr.UnknownTimeZone)
		db.fails("root", "SET GLOBAL time_zone = '"+zone+"'", sqlerr.UnknownTimeZone)
	}
	db.rows("root", "SELECT @@time_zone, @@global.time_zone", "SYSTEM|SYSTEM")
	for _, zone := range []string{"Europe/Berlin", "UTC", "+00:00", "-13:59", "+14:00", "+5:30", "SYSTEM", "system"} {
		db.ok("root", "SET time_zone = '"+zone+"'")
	}
}

func TestBinaryTextIsBinary(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE b (v VARCHAR(10) BINARY, c CHAR(5) BINARY, x TEXT BINARY, y VARCHAR(10) CHARACTER SET latin1 BINARY, UNIQUE KEY (v));
		INSERT INTO b VALUES ('a','a','a','a'), ('A','A','A','A'); ALTER TABLE b ADD COLUMN z VARCHAR(3) BINARY DEFAULT 'q'`)
	db.rows("root", "SELECT count(*) FROM b WHERE v = 'a' AND c = 'a' AND x = 'a' AND y = 'a'", "1")
	db.rows("root", "SELECT count(*) FROM b WHERE z = 'Q'", "0")
	if text := strings.Join(db.ok("root", "SHOW CREATE TABLE b"), ""); strings.Count(text, "utf8mb4_bin") != 4 || !strings.Contains(text, "latin1_bin") {
		t.Error(text)
	}
}

// A column holds the characters of its set.
func TestCharacterSetsHoldTheirCharacters(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE l (id INT PRIMARY KEY, v VARCHAR(10) CHARACTER SET latin1, a VARCHAR(10) CHARACTER SET ascii, u VARCHAR(10) CHARACTER SET utf8mb3)`)
	for _, text := range []string{
		"INSERT INTO l (id, v) VALUES (1, '日本')", "INSERT INTO l (id, a) VALUES (1, 'é')", "INSERT INTO l (id, u) VALUES (1, '😀')", "REPLACE INTO l (id, v) VALUES (1, 'a€日')",
		"INSERT INTO l (id, v) SELECT 1, concat('日', 'x')", "INSERT INTO l (id) VALUES (1), (1) ON DUPLICATE KEY UPDATE v = '日'",
	} {
		db.fails("root", text, sqlerr.TruncatedWrongValueForField)
	}
	db.ok("root", "INSERT INTO l VALUES (1, 'é', 'e', 'é日'), (2, '', NULL, 'x')")
	db.rows("root", "SELECT v, hex(v), length(v), u FROM l WHERE id = 1", "é|E9|1|é日")
	db.fails("root", "UPDATE l SET v = '日' WHERE id = 2", sqlerr.TruncatedWrongValueForField)
	db.ok("root", "INSERT IGNORE INTO l (id, v) VALUES (3, 'a日b'); SET sql_mode = ''; UPDATE l SET a = 'é!' WHERE id = 2")
	db.rows("root", "SELECT v, a FROM l WHERE id > 1 ORDER BY id", "|?!", "a?b|NULL")
}

func TestIndexHints(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER al IDENTIFIED BY 'x'; CREATE DATABASE d; USE d; CREATE TABLE h (id INT PRIMARY KEY, n INT, KEY kn (n)); INSERT INTO h VALUES (1, 1)")
	for _, hint := range []string{"USE INDEX (nosuch)", "FORCE INDEX (nosuch)", "IGNORE INDEX (nosuch)", "USE KEY (kn, nosuch)"} {
		db.fails("root", "SELECT * FROM h "+hint, sqlerr.KeyDoesNotExist)
		db.fails("root", "SELECT * FROM h x "+hint+" WHERE n = 1", sqlerr.KeyDoesNotExist)
		db.fails("al", "SELECT * FROM d.h "+hint, sqlerr.TableAccessDenied)
	}
	for _, hint := range []string{"USE INDEX (PRIMARY)", "FORCE INDEX (primary)", "IGNORE KEY (PRIMARY, kn)", "USE INDEX (`PRIMARY`)", "USE INDEX (KN)"} {
		db.rows("root", "SELECT h.id FROM h "+hint+" WHERE n = 1", "1")
	}
}

func TestTooManyDigitsOfASecond(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d")
	for _, text := range []string{
		"SELECT CAST('2020-01-01' AS DATETIME(9))", "SELECT CONVERT('2020-01-01', DATETIME(7))", "SELECT CAST('10:10' AS TIME(7))", "CREATE TABLE x (a DATETIME(7))",
		"CREATE TABLE x (a TIME(9))", "CREATE TABLE x (a TIMESTAMP(7))", "SELECT NOW(7)", "SELECT CURTIME(7)",
	} {
		db.fails("root", text, sqlerr.TooBigPrecision)
	}
	db.ok("root", "CREATE TABLE x (a DATETIME(6), c VARCHAR(7)); SELECT CAST('2020-01-01' AS DATETIME(6)), NOW(6), CAST('a' AS CHAR(7))")
}

func TestAlterRenamesLast(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE a (id INT); ALTER TABLE a RENAME TO b, ADD COLUMN c INT; ALTER TABLE b ADD COLUMN e INT, RENAME TO f, ADD KEY (e)")
	db.ok("root", "INSERT INTO f (id, c, e) VALUES (1, 2, 3)")
	db.rows("root", "SELECT id, c, e FROM f", "1|2|3")
}

func TestViewsInACircleAreRefused(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT); INSERT INTO t VALUES (5); CREATE VIEW c1 AS SELECT a FROM t; CREATE VIEW c2 AS SELECT a FROM c1; CREATE VIEW c3 AS SELECT a FROM c2")
	for _, text := range []string{"CREATE OR REPLACE VIEW c1 AS SELECT a FROM c2", "CREATE OR REPLACE VIEW c1 AS SELECT a FROM c3", "CREATE OR REPLACE VIEW c1 AS SELECT a FROM c1",
		"CREATE OR REPLACE VIEW c1 AS SELECT (SELECT max(a) FROM c3) a", "CREATE OR REPLACE VIEW c2 AS SELECT a FROM d.c3"} {
		db.fails("root", text, sqlerr.ViewRecursive)
	}
	db.rows("root", "SELECT * FROM c3", "5")
	db.ok("root", "CREATE OR REPLACE VIEW c1 AS SELECT a + 1 AS a FROM t; CREATE OR REPLACE VIEW c2 AS SELECT a + 1 AS a FROM c1")
	db.rows("root", "SELECT * FROM c3", "7")
}

// Small: GRANT USAGE gives nothing, and tells nothing about accounts.
func TestGrantUsageTellsNoAccounts(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER al IDENTIFIED BY 'x', other IDENTIFIED BY 'x'; CREATE DATABASE d; CREATE TABLE d.t (a INT)")
	for _, text := range []string{"GRANT USAGE ON al.* TO %", "GRANT USAGE ON d.t TO %", "GRANT USAGE ON *.* TO %", "REVOKE USAGE ON al.* FROM %", "GRANT USAGE ON al.* TO % WITH GRANT OPTION", "GRANT USAGE ON d.* TO %"} {
		_, known := db.run("al", strings.ReplaceAll(text, "%", "other"))
		_, unknown := db.run("al", strings.ReplaceAll(text, "%", "nosuch"))
		said := func(err error) string {
			if err == nil {
				return "ok"
			}
			return strings.ReplaceAll(strings.ReplaceAll(err.Error(), "other", "?"), "nosuch", "?")
		}
		if said(known) != said(unknown) {
			t.Errorf("%s: %s for an account, %s for none", text, said(known), said(unknown))
		}
	}
	db.fails("root", "GRANT USAGE ON d.t TO nosuch", sqlerr.CantCreateUserWithGrant)
}

func TestLikeWithoutEscape(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE s (v VARCHAR(10)); INSERT INTO s VALUES ('a'), ('a%'), ('a\\x'), ('ab')`)
	db.rows("root", `SELECT 'a' LIKE 'a' ESCAPE '', 'a%' LIKE 'a\\%' ESCAPE '', 'a\\x' LIKE 'a\\%' ESCAPE '', 'ab' LIKE 'a_' ESCAPE ''`, "1|0|1|1")
	db.rows("root", `SELECT v FROM s WHERE v LIKE 'a\\%' ESCAPE '' ORDER BY v`, `a\x`)
	db.rows("root", `SELECT v FROM s WHERE v NOT LIKE 'a_%' ESCAPE ''`, "a")
}
