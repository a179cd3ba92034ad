package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

func TestUpsert(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT DEFAULT 7, g INT AS (v + 1)); INSERT INTO t (id, v, w) VALUES (1, 10, 100)")
	db.ok("root", "UPSERT INTO t (id, v) VALUES (1, 11), (2, 20)")
	db.rows("root", "SELECT * FROM t ORDER BY id", "1|11|100|12", "2|20|7|21")
	db.ok("root", "UPSERT INTO t SET id = 2, v = 21; upsert into t (id, w) SELECT id, 5 FROM t WHERE id = 1")
	db.rows("root", "SELECT * FROM t ORDER BY id", "1|11|5|12", "2|21|7|22")
	db.ok("root", "CREATE TABLE u (a INT PRIMARY KEY, b INT); UPSERT INTO u VALUES (1, 1); UPSERT INTO d.u VALUES (1, 2), (2, 3)")
	db.rows("root", "SELECT * FROM u ORDER BY a", "1|2", "2|3")
	db.ok("root", "PREPARE p FROM 'UPSERT INTO u VALUES (?, ?)'; SET @a = 2, @b = 30; EXECUTE p USING @a, @b")
	db.rows("root", "SELECT b FROM u WHERE a = 2", "30")
	db.ok("root", "CREATE PROCEDURE up(x INT) UPSERT INTO u VALUES (x, x * 100); CALL up(2); CALL up(3)")
	db.rows("root", "SELECT * FROM u ORDER BY a", "1|2", "2|200", "3|300")
	for _, bad := range []string{
		"UPSERT IGNORE INTO u VALUES (1, 1)", "UPSERT INTO u VALUES (1, 1) ON DUPLICATE KEY UPDATE b = 3", "EXPLAIN UPSERT INTO u VALUES (1, 1)", "UPSERT u VALUES (1, 1)",
	} {
		db.fails("root", bad, sqlerr.Syntax)
	}
	db.rows("root", "SELECT 'upsert into' AS upsert", "upsert into")

	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann-1'; GRANT INSERT ON TABLE u TO ann")
	db.fails("ann", "UPSERT INTO d.u VALUES (1, 9)", sqlerr.TableAccessDenied)
	db.fails("ann", "UPSERT INTO d.nosuch VALUES (1, 9)", sqlerr.TableAccessDenied)
	db.ok("root", "GRANT WRITE ON TABLE u TO ann")
	db.ok("ann", "UPSERT INTO d.u VALUES (1, 9)")
	db.fails("ann", "SELECT * FROM d.u", sqlerr.TableAccessDenied)
	db.rows("root", "SELECT b FROM u WHERE a = 1", "9")
}
