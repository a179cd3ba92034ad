package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A statement does not change a table that a subquery of it reads, unless the subquery is read to its
// end before: MySQL's 1093, and 1443 where a view stands between.
func TestSelfReads(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, x INT); CREATE TABLE o (id INT PRIMARY KEY, x INT);
		INSERT INTO t VALUES (1, 1), (2, 2), (3, 3); INSERT INTO o VALUES (1, 1), (2, 5);
		CREATE VIEW v AS SELECT * FROM t; CREATE VIEW m AS SELECT MAX(id) AS m FROM t; CREATE VIEW vv AS SELECT v.id FROM v JOIN o ON v.id = o.id`)
	for _, text := range []string{
		"UPDATE t SET x = 9 WHERE id IN (SELECT id FROM t)",
		"UPDATE t SET x = (SELECT MAX(x) FROM t)",
		"UPDATE t a SET x = 9 WHERE EXISTS (SELECT 1 FROM t b WHERE b.id = a.id)",
		"UPDATE t SET x = 1 WHERE id IN (SELECT id FROM o WHERE x IN (SELECT x FROM d.t))",
		"UPDATE t SET x = 1 ORDER BY (SELECT MAX(id) FROM t)",
		"UPDATE t a JOIN o ON a.id = o.id SET a.x = 1 WHERE o.x IN (SELECT x FROM t)",
		"UPDATE o JOIN t a ON a.id = o.id AND a.x > (SELECT MIN(x) FROM t) SET a.x = 1",
		"UPDATE t a JOIN o ON a.id = o.id SET o.x = 1, a.x = 2 WHERE o.x IN (SELECT x FROM o)",
		"DELETE FROM t WHERE id IN (SELECT id FROM t)",
		"DELETE FROM t WHERE id = (SELECT MAX(id) FROM t UNION SELECT 7 LIMIT 1)",
		"DELETE a FROM t a JOIN o ON a.id = o.id WHERE a.x IN (SELECT x FROM t)",
		"INSERT INTO t VALUES ((SELECT MAX(id) + 1 FROM t), 1)",
		"INSERT INTO t SET id = (SELECT MAX(id) + 1 FROM t)",
		"REPLACE INTO t VALUES ((SELECT MAX(id) + 1 FROM t), 1)",
		"INSERT INTO t VALUES (1, 1) ON DUPLICATE KEY UPDATE x = (SELECT MAX(x) FROM t)",
	} {
		db.fails("root", text, sqlerr.UpdateTableUsed)
	}
	for _, text := range []string{
		"UPDATE t SET x = 9 WHERE id IN (SELECT id FROM v)", "DELETE FROM t WHERE id IN (SELECT id FROM vv)", "UPDATE v SET x = 9 WHERE id IN (SELECT id FROM v)",
		"UPDATE v SET x = 9 WHERE id IN (SELECT id FROM t)", "INSERT INTO t VALUES ((SELECT MAX(id) + 1 FROM v), 1)",
	} {
		db.fails("root", text, sqlerr.ViewPreventUpdate)
	}
	db.rows("root", "SELECT * FROM t", "1|1", "2|2", "3|3")
	db.ok("root", `UPDATE t SET x = 4 WHERE id IN (SELECT id FROM (SELECT id FROM t) q); DELETE FROM t WHERE id IN (SELECT * FROM (SELECT id FROM t WHERE id = 3) q);
		WITH c AS (SELECT id FROM t) UPDATE t SET x = x + 1 WHERE id IN (SELECT id FROM c); UPDATE t SET x = x + (SELECT m FROM m);
		UPDATE t a JOIN t b ON a.id = b.id SET a.x = b.x + 1; UPDATE t a JOIN o ON a.id = o.id SET a.x = a.x + 1 WHERE o.x IN (SELECT x FROM o)`)
	db.rows("root", "SELECT * FROM t", "1|9", "2|9")
	db.ok("root", `INSERT INTO t SELECT id + 10, (SELECT MIN(x) FROM t) FROM t; INSERT INTO t SELECT id, x FROM t ON DUPLICATE KEY UPDATE x = (SELECT COUNT(*) FROM t)`)
	db.rows("root", "SELECT * FROM t", "1|4", "2|4", "11|4", "12|4")
	// Nobody learns what a view is over that he may not read.
	db.ok("root", "CREATE USER w; GRANT SELECT, UPDATE ON d.t TO w")
	db.fails("w", "UPDATE d.t SET x = 9 WHERE id IN (SELECT id FROM d.v)", sqlerr.TableAccessDenied)
}

// What an UPDATE or DELETE names has to be a table of its FROM, once, and has no groups.
func TestTargetsOfChanges(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, x INT); CREATE TABLE o (id INT PRIMARY KEY, x INT); INSERT INTO t VALUES (1, 1);
		CREATE DATABASE e; CREATE TABLE e.t (id INT PRIMARY KEY, x INT); CREATE DATABASE f; CREATE TABLE f.t (id INT PRIMARY KEY, x INT)`)
	for text, code := range map[string]sqlerr.Code{
		"DELETE t, t FROM t JOIN o":                           sqlerr.NonUniqTable,
		"DELETE z FROM t JOIN o":                              sqlerr.UnknownTable,
		"DELETE t FROM t AS a JOIN o":                         sqlerr.UnknownTable,
		"UPDATE t SET x = 1 WHERE COUNT(*) = 1":               sqlerr.InvalidGroupFuncUse,
		"DELETE FROM t WHERE COUNT(*) = 1":                    sqlerr.InvalidGroupFuncUse,
		"UPDATE t, o SET t.x = 1 ORDER BY t.id":               sqlerr.WrongUsage,
		"UPDATE t JOIN o ON 1=1 SET t.x = 1 LIMIT 1":          sqlerr.WrongUsage,
		"DELETE t FROM e.t, d.t AS a":                         sqlerr.UnknownTable,
		"DELETE t FROM e.t, f.t":                              sqlerr.UnknownTable,
		"DELETE e.a FROM e.t AS a, d.o":                       sqlerr.UnknownTable,
		"DELETE a FROM e.t AS a, d.t AS a":                    sqlerr.NonUniqTable,
		"DELETE e.t FROM e.t, d.t WHERE 1=2":                  0,
		"DELETE t FROM d.t, e.t WHERE 1=2":                    0,
		"DELETE q FROM (SELECT 1) q JOIN t":                   sqlerr.NonUpdatableTable,
		"WITH c AS (SELECT 1 a) DELETE c FROM t JOIN c":       sqlerr.NonUpdatableTable,
		"WITH c AS (SELECT 1 a) UPDATE c SET a = 1":           sqlerr.NonUpdatableTable,
		"UPDATE t JOIN (SELECT id FROM o) q SET q.id = 1":     sqlerr.NonUpdatableTable,
		"UPDATE t SET x = SUM(x)":                             sqlerr.InvalidGroupFuncUse,
		"UPDATE t SET x = 1 ORDER BY MAX(x)":                  sqlerr.InvalidGroupFuncUse,
		"DELETE FROM t WHERE SUM(x) > 1":                      sqlerr.InvalidGroupFuncUse,
		"DELETE FROM t ORDER BY GROUP_CONCAT(x) LIMIT 1":      sqlerr.InvalidGroupFuncUse,
		"UPDATE t SET x = ROW_NUMBER() OVER ()":               sqlerr.WindowInvalidUse,
		"DELETE FROM t USING t JOIN o ON t.id = o.id AND 1=2": 0,
		"DELETE FROM t WHERE x > (SELECT COUNT(*) FROM o)+5":  0,
	} {
		if code == 0 {
			db.ok("root", text)
			continue
		}
		db.fails("root", text, code)
	}
	db.rows("root", "SELECT * FROM t", "1|1")
}

// A row that is referred to by a key without an action is refused before a key that is taken, and
// one that refers to itself is in its own way, as in InnoDB.
func TestReferredRowsFirst(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE p (id INT PRIMARY KEY, u INT UNIQUE); CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id));
		INSERT INTO p VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1);
		CREATE TABLE n (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES n (id)); INSERT INTO n VALUES (1, NULL), (2, 2), (3, 1);
		CREATE TABLE s (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES s (id) ON DELETE CASCADE ON UPDATE CASCADE); INSERT INTO s VALUES (1, 1), (2, 1), (3, 2);
		CREATE TABLE k (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES k (id)); INSERT INTO k VALUES (1)`)
	for _, text := range []string{
		"UPDATE p SET id = 2 WHERE id = 1", "INSERT INTO p VALUES (1, 5) ON DUPLICATE KEY UPDATE id = 2", "DELETE FROM n WHERE id = 2", "UPDATE n SET id = 4 WHERE id = 2",
		"UPDATE n SET id = 4, up = NULL WHERE id = 2", "UPDATE n SET id = 4, up = 99 WHERE id = 2", "DELETE FROM n", "REPLACE INTO n VALUES (2, NULL)", "UPDATE s SET id = 9 WHERE id = 1",
	} {
		db.fails("root", text, sqlerr.RowIsReferenced)
	}
	db.fails("root", "UPDATE p SET id = 1 WHERE id = 2", sqlerr.DupEntry)
	db.fails("root", "UPDATE n SET up = 99 WHERE id = 2", sqlerr.NoReferencedRow)
	db.ok("root", "DELETE IGNORE FROM n ORDER BY id DESC")
	db.rows("root", "SELECT * FROM n", "2|2")
	db.ok("root", "UPDATE n SET up = NULL WHERE id = 2; DELETE FROM n; DELETE FROM s WHERE id = 1; DELETE FROM k")
	db.rows("root", "SELECT * FROM s")
	db.rows("root", "SELECT * FROM k")
	// LIMIT does not count rows that are gone when their turn comes.
	db.ok("root", "INSERT INTO s VALUES (2, NULL), (10, 2), (3, 10); DELETE FROM s ORDER BY id DESC LIMIT 2")
	db.rows("root", "SELECT * FROM s")
	db.ok("root", "INSERT INTO s VALUES (2, NULL), (10, 2), (3, 10), (4, NULL); DELETE FROM s ORDER BY id DESC LIMIT 1")
	db.rows("root", "SELECT * FROM s", "2|NULL", "4|NULL")
}
