package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"

	"github.com/lxdb/lxdb/engine/session"
)

// What statements that change rows answer and leave behind. MariaDB 10.11 gives the same.
var ownChanges = []struct {
	change string
	error  int
	query  string
	rows   []string
}{
	{"UPDATE a SET s = 'ONE' WHERE id = 1", 0, "SELECT ROW_COUNT(), s FROM a WHERE id = 1", []string{"1|ONE"}},
	{"UPDATE a SET s = s, k = k", 0, "SELECT ROW_COUNT()", []string{"0"}},
	{"UPDATE a SET k = 1 WHERE d = 2.505", 0, "SELECT ROW_COUNT()", []string{"0"}},
	{"UPDATE a SET k = k + 1, f = k WHERE k = 10 ORDER BY id DESC LIMIT 1", 0, "SELECT id, k, f FROM a ORDER BY id", []string{"1|10|0.5", "2|20|NULL", "3|11|11", "4|NULL|-1"}},
	{"UPDATE a SET k = (SELECT MAX(v) FROM b WHERE b.aid = a.id)", 0, "SELECT id, k FROM a ORDER BY id", []string{"1|6", "2|NULL", "3|7", "4|NULL"}},
	{"UPDATE a SET id = id + 1 ORDER BY id DESC", 0, "SELECT id FROM a ORDER BY id", []string{"2", "3", "4", "5"}},
	{"UPDATE a SET id = id + 1", 1062, "SELECT id FROM a ORDER BY id", []string{"1", "2", "3", "4"}},
	{"UPDATE IGNORE a SET id = 2 WHERE id IN (1, 3)", 0, "SELECT id FROM a ORDER BY id", []string{"1", "2", "3", "4"}},
	{"UPDATE a JOIN b ON a.id = b.aid SET a.k = b.v, b.v = 0 WHERE b.v > 5", 0, "SELECT a.k, b.v FROM a JOIN b ON a.id = b.aid ORDER BY b.id", []string{"6|5", "6|0", "7|0"}},
	{"UPDATE a A LEFT JOIN b B ON A.id = B.aid SET A.s = 'none' WHERE B.id IS NULL", 0, "SELECT s FROM a ORDER BY id", []string{"one", "none", "three", "none"}},
	{"DELETE FROM a WHERE d = 2.505 OR k = '10'", 0, "SELECT id FROM a ORDER BY id", []string{"2", "4"}},
	{"DELETE FROM a ORDER BY f DESC LIMIT 2", 0, "SELECT id FROM a ORDER BY id", []string{"2", "4"}},
	{"DELETE X, b FROM a X JOIN b ON X.id = b.aid WHERE b.v > 5", 0, "SELECT (SELECT COUNT(*) FROM a), (SELECT COUNT(*) FROM b)", []string{"2|2"}},
	{"DELETE FROM a WHERE id NOT IN (SELECT aid FROM b)", 0, "SELECT id FROM a ORDER BY id", []string{"1", "3"}},
	{"WITH x AS (SELECT 1 i, 'q' j) UPDATE b SET v = 99", 0, "SELECT * FROM b ORDER BY id", []string{"1|1|99", "2|1|99", "3|3|99", "4|9|99"}},
	{"INSERT INTO b VALUES (5, 1, '7'), (6, 2.5, NULL), (7, DEFAULT, 1e0)", 0, "SELECT * FROM b WHERE id > 4 ORDER BY id", []string{"5|1|7", "6|3|NULL", "7|NULL|1"}},
	{"INSERT INTO b SET id = 5, v = 1 + 1", 0, "SELECT * FROM b WHERE id > 4", []string{"5|NULL|2"}},
	{"INSERT INTO b SELECT id + 10, aid, v FROM b WHERE v > 5", 0, "SELECT id FROM b WHERE id > 4 ORDER BY id", []string{"12", "13", "14"}},
	{"INSERT INTO b TABLE b", 1062, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT IGNORE INTO b VALUES (1, 0, 0), (8, 0, 'x')", 0, "SELECT ROW_COUNT(), v FROM b WHERE id = 8", []string{"1|0"}},
	{"INSERT INTO b VALUES (1, 0, 0) ON DUPLICATE KEY UPDATE v = v + VALUES(id) * 100", 0, "SELECT ROW_COUNT(), v FROM b WHERE id = 1", []string{"2|105"}},
	{"INSERT INTO b VALUES (1, 0, 5) AS n ON DUPLICATE KEY UPDATE v = n.v", 0, "SELECT ROW_COUNT()", []string{"0"}},
	{"REPLACE INTO b VALUES (1, 1, 6)", 0, "SELECT ROW_COUNT(), v FROM b WHERE id = 1", []string{"2|6"}},
	{"REPLACE INTO b VALUES (1, 1, 5)", 0, "SELECT ROW_COUNT()", []string{"1"}},
	{"INSERT INTO b (id, v, v) VALUES (9, 1, 1)", 1110, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b (id, w) VALUES (9, 1)", 1054, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b (id, v) VALUES (9, 1), (10)", 1136, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b VALUES (9, 1, 1/0)", 1365, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b VALUES (9, 1, 3000000000)", 1264, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b (v) VALUES (1)", 1364, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b VALUES (NULL, 1, 1)", 1048, "SELECT COUNT(*) FROM b", []string{"4"}},
	// What reads the table itself is computed as a whole before the first row is stored, as in MySQL; other queries are row by row.
	{"INSERT INTO b SELECT id + 1 / IF(id = 3, 0, 1) * 0, aid, v FROM b ORDER BY id", 1365, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b SELECT id + 1 / IF(id = 3, 0, 1) * 0, k, k FROM a ORDER BY id", 1062, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b SELECT NULL, 18446744073709551615 + id, v FROM b", 1690, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b SELECT NULL, 18446744073709551615 + id, k FROM a", 1048, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b SELECT id + 10, 'x', CAST(18446744073709551615 AS UNSIGNED) + id FROM b", 1690, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT INTO b SELECT id + 10, 'x', CAST(18446744073709551615 AS UNSIGNED) + id FROM a", 1366, "SELECT COUNT(*) FROM b", []string{"4"}},
	{"INSERT IGNORE INTO b SELECT id + 10, 'x', v + 1 FROM b WHERE id = 1", 0, "SELECT * FROM b WHERE id = 11", []string{"11|0|6"}},
	{"UPDATE b SET id = NULL WHERE id = 1", 1048, "SELECT COUNT(*) FROM b", []string{"4"}},
}

// TestOwnChanges: our operators run them all, and leave the right rows. With the
// keys or without them, as text or prepared.
func TestOwnChanges(t *testing.T) {
	db := newTestDB(t)
	ownTables(db)
	s := db.as("einstein").engine
	before := s.left.Changes()
	db.ok("einstein", "SET sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY'")
	for _, c := range ownChanges {
		db.ok("einstein", "BEGIN")
		_, err := db.run("einstein", c.change)
		if got := changeError(err); got != c.error {
			t.Errorf("%s: error %v, want %d", c.change, err, c.error)
		}
		got, err := db.run("einstein", c.query)
		if err != nil || !slices.Equal(got, c.rows) {
			t.Errorf("%s; %s: %q, %v; want %q", c.change, c.query, got, err, c.rows)
		}
		db.ok("einstein", "ROLLBACK")
	}
	left, _ := s.left.Reasons()
	for why := range left {
		if strings.HasPrefix(why, "change: ") {
			t.Errorf("left to the library: %s", why)
		}
	}
	if s.left.Changes() == before {
		t.Error("no statement was run by our operators")
	}
}

// changeError is the number of an error, 0 without one.
func changeError(err error) int {
	if err == nil {
		return 0
	}
	return int(session.AsError(err).Number)
}

// LIMIT of DELETE IGNORE counts the rows that are gone, not those that stay.
func TestDeleteIgnoreLimit(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (p INT, FOREIGN KEY (p) REFERENCES p (id));
		INSERT INTO p VALUES (1), (2), (3), (4); INSERT INTO c VALUES (4), (2)`)
	db.ok("root", "DELETE IGNORE FROM p ORDER BY id DESC LIMIT 1")
	db.rows("root", "SELECT * FROM p ORDER BY id", "1", "2", "4")
	db.ok("root", "DELETE IGNORE FROM p ORDER BY id DESC LIMIT 0")
	db.ok("root", "DELETE IGNORE FROM p WHERE id > 0 ORDER BY id DESC LIMIT 5")
	db.rows("root", "SELECT * FROM p ORDER BY id", "2", "4")
}

// Which of several rows is in the way, and which table's rows go first.
func TestOrderOfChanges(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE p (id INT PRIMARY KEY, u INT UNIQUE, a INT, g INT AS (a + 1) STORED, UNIQUE (g), n INT NOT NULL DEFAULT 0, UNIQUE zz (n, id))")
	db.ok("root", "INSERT INTO p (id, u, a) VALUES (0, 3, 4), (10, 10, 12)")
	db.fails("root", "INSERT INTO p (id, u, a) VALUES (2, 3, 12) ON DUPLICATE KEY UPDATE u = 10", sqlerr.DupEntry)
	db.ok("root", "INSERT INTO p (id, u, a) VALUES (2, 3, 12) ON DUPLICATE KEY UPDATE u = 11")
	if got := strings.Join(db.ok("root", "SELECT id, u FROM p ORDER BY id"), " "); got != "0|11 10|10" {
		t.Error(got)
	}
	db.ok("root", "UPDATE p, (SELECT 1 UNION SELECT 2) x SET p.n = p.n + 1 WHERE p.id = 0; UPDATE p, p q SET p.n = p.n + 1; UPDATE p JOIN p q SET p.n = p.n + 5 WHERE p.n = 2")
	if got := strings.Join(db.ok("root", "SELECT id, n FROM p ORDER BY id"), " "); got != "0|7 10|1" {
		t.Errorf("rows that are found more than once: %s", got)
	}
	db.ok("root", "CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id)); INSERT INTO c VALUES (1, 10), (2, 10), (3, 0), (4, NULL)")
	db.fails("root", "DELETE p FROM c JOIN p ON c.p = p.id WHERE p.id = 10", sqlerr.RowIsReferenced)
	db.ok("root", "DELETE p, c FROM c LEFT JOIN p ON c.p = p.id WHERE c.id <> 3")
	if got := strings.Join(db.ok("root", "SELECT id, p FROM c UNION ALL SELECT 'p', id FROM p"), " "); got != "3|0 p|0" {
		t.Error(got)
	}
}
