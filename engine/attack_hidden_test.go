package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// R1, D6: ALTER does not answer questions about rows: an expression over them needs
// SELECT.
func TestAttackR1AlterIsNoOracle(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER al IDENTIFIED BY 'x', sel IDENTIFIED BY 'x'; CREATE DATABASE d; USE d;
		CREATE TABLE c (id INT PRIMARY KEY, secret VARCHAR(20), open VARCHAR(20)); INSERT INTO c VALUES (1,'a','x'),(2,'hush','y');
		GRANT ALTER, INDEX, INSERT, DROP ON d.c TO al; GRANT ALTER, SELECT, INSERT ON d.c TO sel`)
	before := db.whole("d.c")
	for _, text := range []string{
		"ADD CHECK (secret <> 'hush')", "ADD CONSTRAINT x CHECK (secret < 'i')", "ADD CHECK (secret <> 'hush') NOT ENFORCED", "ADD COLUMN n INT CHECK (n > length(secret))",
		"ADD COLUMN g VARCHAR(20) AS (secret) STORED", "ADD COLUMN g VARCHAR(20) AS (secret)", "ADD COLUMN g INT AS (1 / (secret <> 'hush')) STORED",
		"ADD COLUMN g VARCHAR(20) DEFAULT (secret)", "MODIFY open VARCHAR(20) DEFAULT (secret)", "ALTER open SET DEFAULT (secret)", "CHANGE open o VARCHAR(20) DEFAULT (concat(secret))",
		"MODIFY open VARCHAR(20) AS (secret) STORED", "DROP COLUMN open, ADD COLUMN open VARCHAR(20) AS (secret)", "ADD KEY (open), ADD CHECK (secret <> 'hush')",
	} {
		db.fails("al", "ALTER TABLE d.c "+text, sqlerr.TableAccessDenied)
		if after := db.whole("d.c"); after != before {
			t.Fatalf("%s changed the table to %s", text, after)
		}
	}
	// What asks nothing about the rows needs nothing more.
	db.ok("al", "ALTER TABLE d.c ADD COLUMN n INT DEFAULT 5, ADD COLUMN m INT DEFAULT 3, ADD KEY (open), ALTER open SET DEFAULT 'z'")
	db.ok("al", "ALTER TABLE d.c RENAME COLUMN m TO k")
	db.ok("al", "ALTER TABLE d.c ADD COLUMN u CHAR(36), ADD COLUMN ts TIMESTAMP DEFAULT CURRENT_TIMESTAMP")
	db.ok("sel", "ALTER TABLE d.c ADD CHECK (length(secret) < 20), ADD COLUMN g INT AS (length(secret)) STORED")
	db.rows("sel", "SELECT g FROM d.c ORDER BY id", "1", "4")
}

// R2's kin: a hidden column, or table, does not slip into the place of one that a
// view, procedure or trigger of somebody else reads.
func TestAttackR2NamesOfDefiners(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER al IDENTIFIED BY 'x', sel IDENTIFIED BY 'x'; CREATE DATABASE d; USE d;
		CREATE TABLE c (id INT PRIMARY KEY, secret VARCHAR(20), name VARCHAR(20), title VARCHAR(20), label VARCHAR(20)); INSERT INTO c VALUES (1,'hush','open','open','open');
		CREATE TABLE hidden (id INT PRIMARY KEY, name VARCHAR(20)); INSERT INTO hidden VALUES (1, 'hush'); CREATE TABLE shown (id INT PRIMARY KEY, name VARCHAR(20));
		CREATE TABLE fired (id INT); CREATE TABLE log (t VARCHAR(20)); GRANT SELECT ON d.log TO al; GRANT INSERT ON d.fired TO al;
		CREATE VIEW v AS SELECT id, name FROM c; GRANT SELECT ON d.v TO al;
		CREATE PROCEDURE p() SELECT title FROM c; GRANT EXECUTE ON PROCEDURE d.p TO al;
		CREATE PROCEDURE q() SELECT name FROM shown; GRANT EXECUTE ON PROCEDURE d.q TO al;
		CREATE TRIGGER tr AFTER INSERT ON fired FOR EACH ROW INSERT INTO log VALUES ((SELECT label FROM c));
		GRANT ALTER, INSERT, DROP ON d.c TO al; GRANT ALTER, INSERT, DROP ON d.hidden TO al; GRANT ALTER, DROP ON d.shown TO al;
		GRANT ALTER, SELECT ON d.c TO sel; GRANT CREATE ON d.* TO al`)
	for _, name := range []string{"name", "title", "label", "NAME"} {
		for _, text := range []string{
			"CHANGE " + name + " old VARCHAR(20), CHANGE secret " + name + " VARCHAR(20)", "RENAME COLUMN " + name + " TO old, RENAME COLUMN secret TO " + name,
			"DROP COLUMN " + name + ", CHANGE secret " + name + " VARCHAR(20)",
		} {
			db.fails("al", "ALTER TABLE d.c "+text, sqlerr.TableAccessDenied)
		}
	}
	db.ok("al", "ALTER TABLE d.c RENAME COLUMN name TO old")
	db.fails("al", "ALTER TABLE d.c RENAME COLUMN secret TO name", sqlerr.TableAccessDenied)
	db.ok("sel", "ALTER TABLE d.c RENAME COLUMN old TO name")
	db.rows("al", "SELECT * FROM d.v", "1|open")
	db.ok("al", "RENAME TABLE d.shown TO d.gone")
	for _, text := range []string{"RENAME TABLE d.hidden TO d.shown", "ALTER TABLE d.hidden RENAME TO d.shown", "ALTER TABLE d.hidden RENAME d.shown", "RENAME TABLE d.gone TO d.x, d.hidden TO d.shown"} {
		db.fails("al", text, sqlerr.TableAccessDenied)
	}
	db.ok("al", "RENAME TABLE d.hidden TO d.other; INSERT INTO d.fired VALUES (1)")
	db.rows("al", "SELECT t FROM d.log", "open")
	db.rows("al", "CALL d.p()", "open")
}

// TestAttackE31AlterAsksRows: an ALTER TABLE that fails or not by what the rows hold answers nothing to who may not read them: the
// error is that of the right, whether there are rows that would let it through, others, or none. What cannot fail by them needs ALTER alone.
func TestAttackE31AlterAsksRows(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (300); GRANT ALTER, INDEX, CREATE, REFERENCES ON shop.* TO mallory; GRANT SELECT, REFERENCES ON shop.t TO mallory")
	table := func(rows string) {
		db.ok("root", "DROP TABLE IF EXISTS shop.k; CREATE TABLE shop.k (id INT PRIMARY KEY, v INT, w INT NOT NULL, s VARCHAR(20), e ENUM('red', 'green'), m SET('a', 'b'), d DECIMAL(6,2), t DATETIME, j VARCHAR(20), n INT, "+
			"x CHAR(4) COLLATE utf8mb4_bin, c INT, CONSTRAINT off CHECK (c > 0) NOT ENFORCED, UNIQUE KEY uq (v, w))")
		if rows != "" {
			db.ok("root", "INSERT INTO shop.k VALUES "+rows)
		}
	}
	rows := []string{"", "(1, 1, 1, '1', 'red', 'a', 1, '2026-01-01', '{}', 1, 'a', 1)",
		"(1, 300, 1, 'long enough', 'green', 'a,b', -1234.50, NULL, 'no', NULL, 'a', -1), (2, 300, 2, 'long enough', 'red', 'b', 1.25, '2026-01-01', '[]', 4, 'A', 1)"}
	answers := []string{
		"MODIFY v TINYINT", "MODIFY v INT UNSIGNED", "MODIFY v DECIMAL(3,0)", "MODIFY v VARCHAR(2)", "MODIFY v FLOAT", "CHANGE v vv SMALLINT",
		"MODIFY n INT NOT NULL", "CHANGE n n BIGINT NOT NULL", "MODIFY s VARCHAR(5)", "MODIFY s INT", "MODIFY s DATE", "MODIFY s ENUM('long enough')",
		"MODIFY s VARCHAR(20) COLLATE utf8mb4_bin", "MODIFY s VARCHAR(20) CHARACTER SET latin1", "MODIFY j JSON", "MODIFY e ENUM('red')",
		"MODIFY e ENUM('green', 'red')", "MODIFY e ENUM('red', 'blue', 'green')", "MODIFY e VARCHAR(3)", "MODIFY m SET('a')", "MODIFY m SET('b', 'a')",
		"MODIFY m VARCHAR(2)", "MODIFY d DECIMAL(5,2)", "MODIFY d DECIMAL(6,1)", "MODIFY d DECIMAL(6,2) UNSIGNED", "MODIFY d INT", "MODIFY t DATE",
		"MODIFY t TIMESTAMP", "MODIFY t DATETIME NOT NULL", "MODIFY x CHAR(2) COLLATE utf8mb4_bin", "MODIFY x CHAR(4) COLLATE utf8mb4_general_ci",
		"ADD UNIQUE (v)", "ADD UNIQUE INDEX u (x)", "ADD CONSTRAINT u UNIQUE (s(4))", "ADD COLUMN nu INT UNIQUE", "ADD COLUMN nd DATE NOT NULL",
		"ADD COLUMN nt DATETIME NOT NULL FIRST", "ADD COLUMN nn INT NOT NULL UNIQUE", "DROP PRIMARY KEY, ADD PRIMARY KEY (v)", "DROP COLUMN w",
		"MODIFY v INT AUTO_INCREMENT", "MODIFY v INT AUTO_INCREMENT UNIQUE", "ADD CHECK (v > 0)", "ADD CHECK (1 = 0)", "ADD CHECK (n > 0) NOT ENFORCED", "ADD COLUMN cc INT CHECK (cc > v)",
		"ADD COLUMN cc INT CHECK (cc > 0)", "ALTER CHECK off ENFORCED", "ALTER CONSTRAINT off ENFORCED", "ADD COLUMN g INT AS (v + 1) STORED",
		"ADD COLUMN g INT DEFAULT (v)", "ADD FOREIGN KEY (v) REFERENCES shop.t (id)",
		"ADD COLUMN q INT, ADD CONSTRAINT f FOREIGN KEY (w) REFERENCES shop.t (id)", "ADD COLUMN q INT, ADD UNIQUE (v)", "CHANGE v vv BIGINT, MODIFY vv TINYINT", "RENAME COLUMN v TO vv, MODIFY vv TINYINT", "RENAME COLUMN v TO vv, DROP COLUMN w", "DEFAULT CHARACTER SET latin1, MODIFY s VARCHAR(40)",
		"CONVERT TO CHARACTER SET latin1", "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "ADD COLUMN z INT, MODIFY v TINYINT",
		"ADD COLUMN z GEOMETRY NOT NULL", "ADD COLUMN z POINT NOT NULL FIRST", "ADD COLUMN z VARCHAR(3) DEFAULT (USER())", "ADD COLUMN z DOUBLE DEFAULT (1/0)",
		"ADD COLUMN z DOUBLE AS (1/0) STORED", "ADD COLUMN z TINYINT AUTO_INCREMENT, ADD KEY (z)",
		"COMMENT 'a', ADD UNIQUE (v)", "RENAME COLUMN v TO vv, ADD UNIQUE (vv)", "DROP INDEX uq, ADD UNIQUE uq (v)",
	}
	for _, with := range rows {
		table(with)
		for _, form := range answers {
			db.fails("mallory", "ALTER TABLE shop.k "+form, sqlerr.TableAccessDenied)
		}
		db.fails("mallory", "CREATE UNIQUE INDEX u ON shop.k (v)", sqlerr.TableAccessDenied)
		db.fails("mallory", "PREPARE p FROM 'ALTER TABLE shop.k ADD UNIQUE (v)'; EXECUTE p", sqlerr.TableAccessDenied)
		db.rows("root", "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'k' AND table_schema = 'shop'", "12")
	}
	for _, form := range []string{
		"MODIFY v BIGINT", "MODIFY s VARCHAR(40)", "MODIFY s TEXT", "MODIFY e ENUM('red', 'green', 'blue')", "MODIFY m SET('a', 'b', 'c')",
		"MODIFY d DECIMAL(10,3)", "MODIFY t DATETIME(6)", "MODIFY x CHAR(8) COLLATE utf8mb4_bin", "MODIFY w INT NULL", "CHANGE n other INT COMMENT 'a'",
		"MODIFY n INT FIRST", "ALTER n SET DEFAULT 5", "ADD INDEX (n)", "ADD COLUMN more INT NOT NULL", "ADD COLUMN more INT DEFAULT 5",
		"ADD COLUMN more VARCHAR(5) NOT NULL", "ADD COLUMN more GEOMETRY", "ADD COLUMN more DATETIME DEFAULT CURRENT_TIMESTAMP", "ADD COLUMN more JSON NOT NULL", "ALTER CHECK off NOT ENFORCED", "DROP COLUMN s", "DROP PRIMARY KEY",
		"DROP INDEX uq", "COMMENT 'x'", "DEFAULT CHARACTER SET latin1", "RENAME COLUMN n TO nnn", "AUTO_INCREMENT = 100",
	} {
		for _, with := range rows {
			table(with)
			db.ok("mallory", "ALTER TABLE shop.k "+form)
		}
	}
	for _, form := range answers { // they are none that nobody may do
		table("")
		db.ok("root", "GRANT SELECT ON shop.k TO mallory")
		if _, err := db.run("mallory", "ALTER TABLE shop.k "+form); err != nil && !strings.HasSuffix(form, "MODIFY vv TINYINT") { // which names no column
			t.Errorf("%s by who may read: %v", form, err)
		}
	}
}
