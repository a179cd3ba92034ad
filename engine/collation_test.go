package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Look-ups by an index find what a scan finds: keys have the weights of comparisons.
func TestIndexWeights(t *testing.T) {
	db := lab(t)
	for _, of := range []string{"utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci"} {
		db.ok("einstein", `DROP TABLE IF EXISTS t; CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), KEY (s)) COLLATE `+of+`;
			INSERT INTO t VALUES (1, 'Straße'), (2, 'STRASSE'), (3, 'Ænima'), (4, 'aenima'), (5, 'Strasz'), (6, 'ete'), (7, 'été')`)
		for _, with := range []string{"t", "t IGNORE INDEX (s)"} {
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s = 'strasse' ORDER BY id", "1", "2")
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s IN ('aeNIMA', 'x') ORDER BY id", "3", "4")
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s > 'straß' AND s < 'strasze' ORDER BY id", "1", "2", "5")
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s LIKE 'E%' ORDER BY id", "6", "7")
		}
		db.rows("einstein", "SELECT a.id, b.id FROM t a JOIN t b ON a.s = b.s AND a.id < b.id ORDER BY 1", "1|2", "3|4", "6|7")
		db.rows("einstein", "SELECT COUNT(DISTINCT s) FROM t", "4")
	}
}

// Under PAD SPACE texts that differ in spaces at their end are one key.
func TestIndexPadSpace(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE p (s VARCHAR(9) PRIMARY KEY, n INT) COLLATE utf8mb4_general_ci; INSERT INTO p VALUES ('a ', 1), ('b', 2), ('a\t', 3)")
	db.fails("einstein", "INSERT INTO p VALUES ('A', 4)", sqlerr.DupEntry)
	db.rows("einstein", "SELECT n, LENGTH(s) FROM p WHERE s = 'a'", "1|2")
	db.rows("einstein", "SELECT n FROM p WHERE s = 'a  '", "1")
	db.rows("einstein", "SELECT n FROM p WHERE s < 'a'", "3")
	db.rows("einstein", "SELECT n FROM p WHERE s >= 'a' ORDER BY n", "1", "2")
	db.rows("einstein", "SELECT n FROM p WHERE s > 'a\t' ORDER BY n", "1", "2")
	db.ok("einstein", "UPDATE p SET n = 9 WHERE s = 'A'; CREATE TABLE q (s VARCHAR(9) PRIMARY KEY) COLLATE utf8mb4_bin; INSERT INTO q VALUES ('a ')")
	db.fails("einstein", "INSERT INTO q VALUES ('a')", sqlerr.DupEntry)
	db.ok("einstein", "CREATE TABLE n (s VARCHAR(9) PRIMARY KEY) COLLATE utf8mb4_0900_ai_ci; INSERT INTO n VALUES ('a'), ('a ')")
	db.rows("einstein", "SELECT LENGTH(s) FROM n WHERE s = 'a'", "1")
	db.rows("einstein", "SELECT s, n FROM p WHERE s = 'a'", "a |9")
}
