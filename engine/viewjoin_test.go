package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Rows of one table of a view over a join are changed through it; rows are not deleted.
func TestViewsOverJoins(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE a (id INT PRIMARY KEY, x INT, secret INT DEFAULT 7); CREATE TABLE b (id INT PRIMARY KEY, a INT, y INT NOT NULL, z INT NOT NULL DEFAULT 5);
		INSERT INTO a (id, x) VALUES (1, 10), (2, 20), (3, 30); INSERT INTO b VALUES (1, 1, 100, 1), (2, 2, 200, 2), (3, 9, 300, 3);
		CREATE VIEW j AS SELECT a.id, a.x, b.id AS bid, y, a AS ref FROM a JOIN b ON a.id = b.a WHERE x < 25;
		CREATE VIEW jj (k, v, w) AS SELECT id, x, y FROM j WHERE id > 1; CREATE VIEW c AS SELECT a.id, x * 2 AS twice, y FROM a, b WHERE a.id = b.a;
		CREATE VIEW l AS SELECT a.id, y FROM a LEFT JOIN b ON a.id = b.a; CREATE TABLE o (id INT, x INT); INSERT INTO o VALUES (1, 1), (2, 2)`)
	db.ok("root", "UPDATE j SET x = x + y")
	db.rows("root", "SELECT id, x FROM a", "1|110", "2|220", "3|30")
	db.ok("root", "UPDATE a SET x = id; UPDATE j SET y = y + id WHERE x = 2 OR j.bid IN (SELECT id FROM o WHERE o.id = j.id AND o.x = 2)")
	db.rows("root", "SELECT id, y FROM b", "1|100", "2|202", "3|300")
	db.ok("root", "UPDATE jj q SET v = 8, v = q.v + 1 WHERE w > 5; UPDATE c SET y = twice")
	db.rows("root", "SELECT id, x FROM a", "1|1", "2|9", "3|3")
	db.rows("root", "SELECT id, y FROM b", "1|2", "2|18", "3|300")
	db.ok("root", "INSERT INTO j (id, x) VALUES (4, 40), (5, DEFAULT); INSERT INTO j (bid, y, ref) SELECT id + 10, x, 1 FROM o; INSERT INTO jj (v, k) VALUES (1, 6)")
	db.rows("root", "SELECT id, x FROM a WHERE id > 3", "4|40", "5|NULL", "6|1")
	db.rows("root", "SELECT * FROM b WHERE id > 3", "11|1|1|5", "12|1|2|5")
	for text, code := range map[string]sqlerr.Code{
		"UPDATE j SET x = 1, y = 2":                                         sqlerr.ViewMultiUpdate,
		"INSERT INTO j (id, y) VALUES (7, 7)":                               sqlerr.ViewMultiUpdate,
		"INSERT INTO j VALUES (7, 7, 7, 7, 7)":                              sqlerr.ViewNoInsertFieldList,
		"INSERT INTO j (bid) VALUES (7)":                                    sqlerr.NoDefaultForViewField,
		"INSERT INTO c (id) VALUES (7)":                                     sqlerr.NonInsertableTable,
		"DELETE FROM j":                                                     sqlerr.ViewDeleteMergeView,
		"DELETE FROM jj WHERE k = 1":                                        sqlerr.ViewDeleteMergeView,
		"DELETE j FROM j JOIN o ON j.id = o.id":                             sqlerr.ViewDeleteMergeView,
		"UPDATE c SET twice = 1":                                            sqlerr.NonupdateableColumn,
		"UPDATE j SET secret = 1":                                           sqlerr.BadField,
		"UPDATE j SET x = secret":                                           sqlerr.BadField,
		"UPDATE j SET x = 1 WHERE secret = 7":                               sqlerr.BadField,
		"UPDATE j SET x = 1 WHERE a.secret = 7":                             sqlerr.BadField,
		"UPDATE j SET x = 1 WHERE `a\x00`.secret = 7":                       sqlerr.Syntax,
		"UPDATE j SET x = 1 WHERE EXISTS (SELECT 1 FROM o WHERE secret)":    sqlerr.BadField,
		"UPDATE j SET x = 1 ORDER BY id":                                    sqlerr.WrongUsage,
		"UPDATE j SET x = 1 LIMIT 1":                                        sqlerr.WrongUsage,
		"UPDATE j JOIN o ON j.id = o.id SET j.x = 1":                        sqlerr.NotSupportedYet,
		"UPDATE l SET y = 1":                                                sqlerr.NonUpdatableTable,
		"UPDATE j SET x = 1 WHERE id IN (SELECT id FROM a)":                 sqlerr.ViewPreventUpdate,
		"UPDATE j SET x = (SELECT MAX(x) FROM j)":                           sqlerr.ViewPreventUpdate,
		"INSERT INTO j (id, x) VALUES (1, 1) ON DUPLICATE KEY UPDATE x = 5": sqlerr.NotSupportedYet,
	} {
		db.fails("root", text, code)
	}
	for _, format := range []string{"", "FORMAT=TREE ", "FORMAT=JSON "} {
		plan, err := db.run("root", "EXPLAIN "+format+"UPDATE j SET x = 5 WHERE bid = 1")
		if text := strings.Join(plan, "\n"); err != nil || strings.Contains(text, "\x00") || strings.Contains(text, `\u0000`) || format == "" && !strings.Contains(text, "UPDATE|a|") {
			t.Errorf("%q, %v", text, err)
		}
	}
	db.ok("root", "PREPARE s FROM 'UPDATE j SET x = ? WHERE id = ?'; SET @x = 77, @id = 1; EXECUTE s USING @x, @id")
	db.rows("root", "SELECT x FROM a WHERE id = 1", "77")
}

// The rights: the caller's on the view, its definer's on the tables, each for what is done to it.
func TestAttackViewsOverJoins(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE a (id INT PRIMARY KEY, x INT); CREATE TABLE b (id INT PRIMARY KEY, y INT); INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1);
		CREATE USER maker, w, x; GRANT SELECT, UPDATE ON d.a TO maker; GRANT SELECT ON d.b TO maker; GRANT CREATE VIEW ON d.* TO maker; GRANT SELECT, UPDATE ON d.a TO x; GRANT SELECT, UPDATE ON d.b TO x`)
	db.ok("maker", "CREATE VIEW d.j AS SELECT a.id, a.x, b.y FROM d.a JOIN d.b ON a.id = b.id")
	db.ok("root", "GRANT SELECT, UPDATE, INSERT, DELETE ON d.j TO w; CREATE SQL SECURITY INVOKER VIEW d.i AS SELECT a.id, a.x FROM d.a JOIN d.b ON a.id = b.id; GRANT SELECT, UPDATE ON d.i TO w")
	db.ok("w", "UPDATE d.j SET x = 5 WHERE y = 1")
	db.rows("root", "SELECT x FROM d.a", "5")
	for _, text := range []string{"UPDATE d.j SET y = 5", "INSERT INTO d.j (id, x) VALUES (2, 2)", "UPDATE d.i SET x = 6"} {
		if _, err := db.run("w", text); err == nil {
			t.Error(text)
		}
	}
	db.fails("w", "DELETE FROM d.j", sqlerr.ViewDeleteMergeView)
	db.fails("x", "UPDATE d.j SET x = 6", sqlerr.TableAccessDenied)
	db.fails("x", "DELETE FROM d.j", sqlerr.TableAccessDenied)
	db.ok("root", "REVOKE UPDATE ON d.a FROM maker")
	if _, err := db.run("w", "UPDATE d.j SET x = 7"); err == nil {
		t.Error("the definer lost the right")
	}
	db.rows("root", "SELECT x FROM d.a", "5")
	db.rows("root", "SELECT y FROM d.b", "1")
}

// A view with a subquery in its select list is changed in its other columns, if the subquery looks at
// nothing of the row.
func TestViewsWithSubqueries(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, x INT); CREATE TABLE o (k INT); INSERT INTO t VALUES (1, 1), (2, 2); INSERT INTO o VALUES (5);
		CREATE VIEW v AS SELECT id, x, (SELECT MAX(k) FROM o) AS m FROM t; CREATE VIEW e AS SELECT id, x, EXISTS (SELECT 1 FROM o WHERE k = id) AS m FROM t; CREATE VIEW f AS SELECT id, (SELECT t.x) AS m FROM t`)
	db.ok("root", "UPDATE v SET x = 9 WHERE id = 1; DELETE FROM v WHERE id = 2")
	db.rows("root", "SELECT * FROM v", "1|9|5")
	db.fails("root", "INSERT INTO v (id, x) VALUES (3, 3)", sqlerr.NonInsertableTable)
	db.fails("root", "UPDATE v SET m = 1", sqlerr.NonupdateableColumn)
	db.fails("root", "UPDATE v SET x = m", sqlerr.NotSupportedYet)
	db.fails("root", "DELETE FROM v WHERE m = 5", sqlerr.NotSupportedYet)
	db.fails("root", "UPDATE e SET x = 1", sqlerr.NonUpdatableTable)
	db.fails("root", "DELETE FROM f", sqlerr.NonUpdatableTable)
	db.rows("root", "SELECT * FROM t", "1|9")
}

// WITH CHECK OPTION wants a view that rows are changed through.
func TestCheckOptionWantsUpdatableViews(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, x INT); CREATE VIEW g AS SELECT DISTINCT id FROM t; CREATE VIEW j AS SELECT a.id FROM t a JOIN t b ON a.id = b.x; CREATE VIEW v AS SELECT * FROM t")
	for _, query := range []string{"SELECT COUNT(*) AS id FROM t", "SELECT DISTINCT id FROM t", "SELECT id FROM t GROUP BY id", "SELECT id FROM g", "SELECT 1 AS id", "SELECT id FROM t LIMIT 1", "SELECT id FROM (SELECT id FROM t) q", "SELECT id FROM t UNION SELECT 1"} {
		db.fails("root", "CREATE VIEW c AS "+query+" WITH CHECK OPTION", sqlerr.ViewNonUpdatableCheck)
	}
	db.ok("root", "CREATE VIEW c AS SELECT id FROM v WHERE id < 5 WITH LOCAL CHECK OPTION; CREATE VIEW k AS SELECT a.id FROM t a JOIN t b ON a.id = b.x WITH CHECK OPTION")
	db.rows("root", "SELECT TABLE_NAME, IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'd' ORDER BY 1", "c|YES", "g|NO", "j|YES", "k|YES", "v|YES")
	db.fails("root", "UPDATE k SET id = 1", sqlerr.NotSupportedYet)
}
