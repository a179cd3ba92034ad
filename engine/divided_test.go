package engine

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestReadInPieces: queries over a large table answer with several processors as with one, with its warnings and
// its errors, in and outside of transactions.
func TestReadInPieces(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann'; CREATE DATABASE d; USE d; SET cte_max_recursion_depth = 100000")
	db.ok("root", "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20), c DECIMAL(10,2), d DATETIME, n INT, big LONGTEXT, KEY (a))")
	db.ok("root", `INSERT INTO t WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r WHERE i < 40000)
		SELECT i, i % 10, CONCAT(IF(i % 3, 'x', 'X'), i % 7), i / 7, '2020-01-01' + INTERVAL i MINUTE, NULLIF(i % 5, 0) * i, IF(i % 1000, 'small', REPEAT('large ', 4000)) FROM r`)
	db.ok("root", "GRANT SELECT ON d.t TO ann")
	several := max(4, runtime.GOMAXPROCS(0))
	for _, before := range []string{"DO 0", "BEGIN; DELETE FROM t WHERE id % 1001 = 0; INSERT INTO t (id, a) VALUES (-5, 3)", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN"} {
		db.ok("root", before)
		for _, text := range []string{
			"SELECT COUNT(*), COUNT(n), SUM(a), AVG(c), MIN(d), MAX(n) FROM t",
			"SELECT a, COUNT(*), SUM(n), MIN(c), MAX(id) FROM t GROUP BY a",
			"SELECT b, COUNT(*), SUM(c) FROM t WHERE id > 1000 AND b LIKE 'x%' GROUP BY b",
			"SELECT n, COUNT(*) c FROM t GROUP BY n ORDER BY c DESC, n LIMIT 5",
			"SELECT id, d FROM t ORDER BY d DESC LIMIT 5",
			"SELECT b, id, LENGTH(big) FROM t ORDER BY b, id DESC LIMIT 50",
			"SELECT COUNT(*) FROM t WHERE a > 3 AND d < NOW()",
			"SELECT a, SUM(LENGTH(big)) FROM t GROUP BY a",
			"SELECT EXTRACT(MONTH FROM d) m, COUNT(*) FROM t GROUP BY m",
			"SELECT COUNT(*) FROM t WHERE b + 0 = 1 OR id > 3; SHOW COUNT(*) WARNINGS",
			"SELECT a, COUNT(*) FROM t WHERE id > 2 AND a < 6 AND @v IS NULL GROUP BY a",
			"SELECT MAX(id), (SELECT COUNT(*) FROM t u WHERE u.a = 3) FROM t",
			"SELECT COUNT(*) FROM t WHERE a > (SELECT COUNT(*) FROM (SELECT 1 UNION SELECT 2) x WHERE t.n > 5)",
			"SELECT SUM(id * 9223372036854775807) FROM t",
		} {
			answer := func(processors int) string {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
				rows, err := db.run("root", text)
				return fmt.Sprint(strings.Join(rows, "; "), err)
			}
			if one, more := answer(1), answer(several); one != more {
				t.Errorf("after %s: %s: %.200q with several processors, %.200q with one", before, text, more, one)
			}
		}
		db.ok("root", "ROLLBACK")
	}
	db.rows("ann", "SELECT COUNT(*) FROM d.t WHERE a > -1", "40000")
	db.ok("root", "REVOKE SELECT ON d.t FROM ann")
	db.fails("ann", "SELECT COUNT(*) FROM d.t WHERE a > -1", sqlerr.TableAccessDenied)
	if got := db.ok("root", "SELECT COUNT(*) FROM d.t"); !slices.Equal(got, []string{"40000"}) {
		t.Error(got)
	}
}
