package engine

import (
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
	db.ok("al", "ALTER TABLE d.c ADD COLUMN n INT DEFAULT 5, ADD COLUMN m INT DEFAULT (1 + 2), ADD KEY (open), ALTER open SET DEFAULT 'z'")
	db.ok("al", "ALTER TABLE d.c RENAME COLUMN m TO k")
	db.ok("al", "ALTER TABLE d.c ADD COLUMN u CHAR(36) DEFAULT (uuid()), ADD COLUMN ts TIMESTAMP DEFAULT CURRENT_TIMESTAMP")
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
