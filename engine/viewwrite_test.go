package engine

import (
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A view whose rows are no rows of one table is not changed: 1288, which names the view alone, for
// who holds the right on it, and 1142 for everybody else.
func TestViewsThatAreNotUpdatable(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, hidden INT, CHECK (hidden <> 13)); INSERT INTO t VALUES (1, 1);
		CREATE VIEW v AS SELECT DISTINCT id FROM t; CREATE USER w, x; GRANT SELECT, INSERT, UPDATE, DELETE ON d.v TO w`)
	for _, text := range []string{
		"INSERT INTO d.v VALUES (2)", "INSERT INTO d.v SELECT 2", "REPLACE INTO d.v VALUES (1)", "INSERT INTO d.v VALUES (1) ON DUPLICATE KEY UPDATE id = 3",
		"UPDATE d.v SET id = 3", "DELETE FROM d.v", "DELETE FROM d.v WHERE id = 1",
	} {
		db.fails("root", text, sqlerr.NonUpdatableTable)
		db.fails("w", text, sqlerr.NonUpdatableTable)
		db.fails("x", text, sqlerr.TableAccessDenied)
	}
	for _, view := range []string{
		"SELECT COUNT(*) AS id FROM d.t", "SELECT id FROM d.t GROUP BY id", "SELECT id FROM d.t LIMIT 1", "SELECT id FROM d.t UNION SELECT 2", "SELECT 1 AS id",
		"SELECT id FROM (SELECT id FROM d.t) s", "SELECT id FROM d.v", "SELECT id, ROW_NUMBER() OVER () AS n FROM d.t",
	} {
		db.ok("root", "CREATE OR REPLACE VIEW d.u AS "+view)
		db.fails("root", "UPDATE d.u SET id = 3", sqlerr.NonUpdatableTable)
		db.fails("root", "DELETE FROM d.u", sqlerr.NonUpdatableTable)
	}
	db.rows("root", "SELECT * FROM d.t", "1|1")
}

// Rows of a view over one table are changed through it, and through views over it.
func TestUpdatableViews(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, n INT, s VARCHAR(10) DEFAULT 's', secret INT); INSERT INTO t VALUES (1, 1, 'a', 7), (2, 20, 'b', 8), (9, 9, 'c', 9);
		CREATE VIEW v (k, m, twice) AS SELECT id, n, n * 2 FROM t WHERE id < 5;
		CREATE VIEW w AS SELECT m AS mm, k FROM v x WHERE x.m < 10;
		CREATE TABLE o (k INT, z INT); INSERT INTO o VALUES (1, 100), (2, 200), (9, 900)`)
	db.ok("root", "UPDATE v SET m = m + twice WHERE k = 1")
	db.rows("root", "SELECT id, n FROM t ORDER BY id", "1|3", "2|20", "9|9")
	db.ok("root", "UPDATE w SET mm = 4 ORDER BY k LIMIT 5")
	db.rows("root", "SELECT id, n FROM t ORDER BY id", "1|4", "2|20", "9|9")
	db.ok("root", "UPDATE v JOIN o ON v.k = o.k SET v.m = o.z WHERE z > 100")
	db.rows("root", "SELECT id, n FROM t ORDER BY id", "1|4", "2|200", "9|9")
	db.ok("root", "UPDATE v a, o SET z = z + a.m WHERE a.k = o.k")
	db.rows("root", "SELECT k, z FROM o ORDER BY k", "1|104", "2|400", "9|900")
	db.ok("root", "DELETE v FROM v JOIN o ON v.k = o.k WHERE o.z = 400; DELETE FROM v WHERE k > 5; DELETE FROM w WHERE w.mm = (SELECT 5)")
	db.rows("root", "SELECT id, n FROM t ORDER BY id", "1|4", "9|9")
	db.ok("root", "CREATE VIEW i AS SELECT id AS k, n AS m FROM t; INSERT INTO i VALUES (3, 30), (4, k + 1); INSERT INTO i (m, k) SELECT z, k FROM o WHERE k = 2; REPLACE INTO i VALUES (3, 31)")
	db.ok("root", "INSERT INTO i (k, m) VALUES (4, 7) ON DUPLICATE KEY UPDATE m = m + VALUES(m) + i.k; INSERT INTO i (k, m) VALUES (4, 1) AS new ON DUPLICATE KEY UPDATE m = i.m + new.m")
	db.rows("root", "SELECT id, n, s FROM t ORDER BY id", "1|4|a", "2|400|s", "3|31|s", "4|17|s", "9|9|c")
	for text, code := range map[string]sqlerr.Code{
		"UPDATE v SET twice = 1":                                                           sqlerr.NonupdateableColumn,
		"UPDATE v SET secret = 1":                                                          sqlerr.BadField,
		"UPDATE v SET m = secret":                                                          sqlerr.BadField,
		"UPDATE v SET m = 1 WHERE secret = 7":                                              sqlerr.BadField,
		"UPDATE v SET m = 1 WHERE t.secret = 7":                                            sqlerr.BadField,
		"DELETE FROM v ORDER BY secret":                                                    sqlerr.BadField,
		"UPDATE v SET m = 1 WHERE EXISTS (SELECT 1 FROM o WHERE secret = 7)":               sqlerr.BadField,
		"UPDATE v JOIN o USING (k) SET m = 1":                                              sqlerr.NotSupportedYet,
		"UPDATE v NATURAL JOIN o SET m = 1":                                                sqlerr.NotSupportedYet,
		"UPDATE v, o SET m = 1 WHERE secret = 7":                                           sqlerr.BadField,
		"INSERT INTO v (k, m) VALUES (7, 7)":                                               sqlerr.NonInsertableTable,
		"INSERT INTO w (secret) VALUES (7)":                                                sqlerr.BadField,
		"INSERT INTO i (k, m) VALUES (4, 1) ON DUPLICATE KEY UPDATE m = t.secret":          sqlerr.BadField,
		"INSERT INTO i (k, m) VALUES (4, 1) ON DUPLICATE KEY UPDATE m = (SELECT t.secret)": sqlerr.BadField,
		"INSERT INTO i (k, m) VALUES (4, 1) ON DUPLICATE KEY UPDATE m = secret":            sqlerr.BadField,
		"INSERT INTO i (k, m) SELECT k, z FROM o ON DUPLICATE KEY UPDATE m = t.secret":     sqlerr.BadField,
		"INSERT INTO i (k, m) VALUES (8, t.secret)":                                        sqlerr.BadField,
		"INSERT INTO i (k, m) VALUES (8, secret)":                                          sqlerr.BadField,
	} {
		db.fails("root", text, code)
	}
	s, err := db.as("root").Prepare(t.Context(), "UPDATE i SET m = ? WHERE k = ?")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	db.ok("root", "CREATE TABLE q (a INT PRIMARY KEY, b INT NOT NULL); CREATE VIEW qv AS SELECT a FROM q")
	db.fails("root", "INSERT INTO qv VALUES (1)", sqlerr.NoDefaultForViewField)
}

// WITH CHECK OPTION: no row leaves the view by a change through it.
func TestViewCheckOption(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1);
		CREATE VIEW low AS SELECT * FROM t WHERE n < 100; CREATE VIEW c AS SELECT * FROM low WHERE n > 0 WITH CHECK OPTION; CREATE VIEW l AS SELECT * FROM low WHERE n > 0 WITH LOCAL CHECK OPTION;
		CREATE VIEW none AS SELECT * FROM c`)
	for _, text := range []string{
		"INSERT INTO c VALUES (2, 0)", "INSERT INTO c VALUES (2, 100)", "INSERT INTO c VALUES (2, NULL)", "UPDATE c SET n = 200", "UPDATE c SET n = -1 WHERE id = 1",
		"INSERT INTO l VALUES (2, 0)", "INSERT INTO none VALUES (2, 0)", "REPLACE INTO c VALUES (1, 0)", "INSERT INTO c VALUES (1, 5) ON DUPLICATE KEY UPDATE n = 500",
	} {
		db.fails("root", text, sqlerr.ViewCheckFailed)
	}
	db.rows("root", "SELECT * FROM t", "1|1")
	db.ok("root", "INSERT IGNORE INTO c VALUES (2, 0), (3, 3)")
	db.rows("root", "SHOW WARNINGS", "Warning|1369|CHECK OPTION failed 'd.c'")
	db.ok("root", "INSERT INTO l VALUES (4, 100); INSERT INTO low VALUES (5, -7)")
	db.rows("root", "SELECT * FROM t ORDER BY id", "1|1", "3|3", "4|100", "5|-7")
	db.rows("root", "SELECT TABLE_NAME, CHECK_OPTION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'd' ORDER BY 1", "c|CASCADED", "l|LOCAL", "low|NONE", "none|NONE")
}

// Who changes through a view needs the right on the view; its definer that on the table, or the
// caller for an invoker's view. A prepared or kept plan gives nobody what he lost.
func TestAttackChangesThroughViews(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2); CREATE USER maker, w, x;
		GRANT SELECT, UPDATE ON d.t TO maker; GRANT CREATE VIEW ON d.* TO maker; GRANT UPDATE, DELETE, INSERT ON d.t TO x`)
	db.ok("maker", "CREATE VIEW d.v AS SELECT id, n FROM d.t WHERE id = 1; CREATE SQL SECURITY INVOKER VIEW d.i AS SELECT id, n FROM d.t")
	db.ok("root", "GRANT SELECT, UPDATE, DELETE, INSERT ON d.v TO w; GRANT SELECT, UPDATE ON d.i TO w")
	db.ok("w", "UPDATE d.v SET n = 5 WHERE id = 1")
	db.ok("w", "UPDATE d.v SET n = 6")
	db.rows("root", "SELECT * FROM d.t ORDER BY id", "1|6", "2|2")
	for _, text := range []string{"DELETE FROM d.v", "INSERT INTO d.v VALUES (3, 3)"} { // the definer may not
		if _, err := db.run("w", text); err == nil {
			t.Error(text)
		}
	}
	if _, err := db.run("w", "UPDATE d.i SET n = 1"); err == nil {
		t.Error("an invoker's view gives nothing")
	}
	db.fails("x", "UPDATE d.v SET n = 1", sqlerr.TableAccessDenied)
	db.fails("w", "UPDATE d.t SET n = 1", sqlerr.TableAccessDenied)
	for range 5 {
		db.ok("w", "UPDATE d.v SET n = 7 WHERE id = 1")
	}
	db.ok("root", "REVOKE UPDATE ON d.t FROM maker")
	if _, err := db.run("w", "UPDATE d.v SET n = 8 WHERE id = 1"); err == nil {
		t.Error("the definer lost the right")
	}
	db.ok("root", "GRANT UPDATE ON d.t TO maker; REVOKE UPDATE ON d.v FROM w")
	db.fails("w", "UPDATE d.v SET n = 9 WHERE id = 1", sqlerr.TableAccessDenied)
	db.rows("root", "SELECT * FROM d.t ORDER BY id", "1|7", "2|2")
}

// A view's text is not for the caller to fill in: what its condition names beside its table
// would be looked up among his names, so such views are read only. What a view is over may
// be in a database that he holds nothing on, and EXPLAIN shows it to nobody whom it hides it from.
func TestAttackViewConditionIsNotTheCallers(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE DATABASE hid; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1, 1), (2, 2), (3, 3);
		CREATE TABLE hid.allow (id INT PRIMARY KEY); INSERT INTO hid.allow VALUES (1); CREATE TABLE hid.s (id INT PRIMARY KEY, v INT, secret INT);
		INSERT INTO hid.s VALUES (1, 1, 9), (2, 2, 9); CREATE FUNCTION d.f(x INT) RETURNS INT DETERMINISTIC RETURN x = 1; CREATE USER nob;
		CREATE VIEW d.p AS SELECT p.id, p.v FROM d.t p WHERE EXISTS (SELECT 1 FROM hid.allow h WHERE h.id = p.id);
		CREATE VIEW d.c AS SELECT id, v FROM d.t WHERE id IN (SELECT id FROM hid.allow) WITH CHECK OPTION;
		CREATE VIEW d.g AS SELECT id, v FROM d.t WHERE f(id);
		CREATE VIEW d.s AS SELECT id, v FROM hid.s WHERE secret > 5 AND id = 1;
		GRANT SELECT, INSERT, UPDATE, DELETE ON d.p TO nob; GRANT SELECT, INSERT, UPDATE, DELETE ON d.c TO nob;
		GRANT SELECT, UPDATE ON d.g TO nob; GRANT SELECT, UPDATE, DELETE ON d.s TO nob`)
	for _, text := range []string{"DELETE FROM d.p", "UPDATE d.p SET v = 50", "INSERT INTO d.c VALUES (9, 9)", "UPDATE d.c SET id = 10 WHERE id = 1",
		"REPLACE INTO d.c VALUES (11, 11)", "WITH allow AS (SELECT 2 id UNION SELECT 3) UPDATE d.c SET v = 61", "UPDATE d.g SET v = 1"} {
		db.fails("nob", text, sqlerr.NotSupportedYet)
		db.fails("root", text, sqlerr.NotSupportedYet)
	}
	db.rows("root", "SELECT * FROM d.t ORDER BY id", "1|1", "2|2", "3|3")
	for _, text := range []string{"EXPLAIN FORMAT=TREE UPDATE d.s SET v = 1", "EXPLAIN FORMAT=JSON DELETE FROM d.s", "EXPLAIN SELECT * FROM d.s"} {
		db.fails("nob", text, sqlerr.ViewNoExplain)
	}
	db.ok("nob", "UPDATE d.s SET v = 7")
	db.rows("root", "SELECT * FROM hid.s ORDER BY id", "1|7|9", "2|2|9")
	db.ok("nob", "DELETE FROM d.s WHERE v = 7")
	db.rows("root", "SELECT * FROM hid.s ORDER BY id", "2|2|9")
}

// TestAttackChainOfViews: each view of a chain doubles an expression. The change is refused
// before it has taken a machine's memory.
func TestAttackChainOfViews(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE v0 (id INT PRIMARY KEY, v INT); INSERT INTO v0 VALUES (1, 0)")
	for i := range 30 {
		db.ok("root", fmt.Sprintf("CREATE VIEW v%d AS SELECT id, v + v AS v FROM v%d", i+1, i))
	}
	for _, text := range []string{"UPDATE v30 SET id = 5 WHERE v = 0", "DELETE FROM v30 WHERE v = 0", "EXPLAIN UPDATE v30 SET id = 5 WHERE v = 0", "INSERT INTO v30 (id) VALUES (7)"} {
		if _, err := db.run("root", text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	db.ok("root", "UPDATE v5 SET id = 5 WHERE v = 0")
	db.rows("root", "SELECT * FROM v0", "5|0")
}

// REPLACE needs INSERT and DELETE, and no more.
func TestReplaceNeedsInsertAndDelete(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, u INT UNIQUE, c INT); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2);
		CREATE USER w, x, y; GRANT INSERT, DELETE ON d.t TO w; GRANT INSERT, UPDATE ON d.t TO x; GRANT DELETE ON d.t TO y`)
	db.ok("w", "REPLACE INTO d.t VALUES (1, 2, 9)")
	db.ok("w", "REPLACE INTO d.t VALUES (1, 2, 8); REPLACE INTO d.t SELECT 5, 5, 5")
	db.rows("root", "SELECT id, u, c FROM d.t ORDER BY id", "1|2|8", "5|5|5")
	db.fails("x", "REPLACE INTO d.t VALUES (1, 2, 9)", sqlerr.TableAccessDenied)
	db.fails("y", "REPLACE INTO d.t VALUES (1, 2, 9)", sqlerr.TableAccessDenied)
	db.fails("w", "UPDATE d.t SET c = 1", sqlerr.TableAccessDenied)
	db.fails("w", "SELECT c FROM d.t", sqlerr.TableAccessDenied)
}

// What ON DUPLICATE KEY UPDATE says of the new row, by an alias or VALUES(), asks for no right to read the old one.
func TestNewRowOfDuplicateNeedsNoSelect(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, c INT); INSERT INTO t VALUES (1, 1); CREATE TABLE s (id INT, n INT); INSERT INTO s VALUES (1, 7);
		CREATE USER w; GRANT INSERT, UPDATE ON d.t TO w; GRANT SELECT ON d.s TO w`)
	for _, text := range []string{
		"INSERT INTO d.t VALUES (1, 2) ON DUPLICATE KEY UPDATE c = VALUES(c)",
		"INSERT INTO d.t VALUES (1, 3) AS new ON DUPLICATE KEY UPDATE c = new.c + new.id",
		"INSERT INTO d.t VALUES (1, 4) AS new (a, b) ON DUPLICATE KEY UPDATE c = b + a",
		"INSERT INTO d.t (id, c) SELECT id, n FROM d.s ON DUPLICATE KEY UPDATE c = s.n",
	} {
		db.ok("w", text)
	}
	db.rows("root", "SELECT * FROM d.t", "1|7")
	for _, text := range []string{
		"INSERT INTO d.t VALUES (1, 2) ON DUPLICATE KEY UPDATE c = c + 1",
		"INSERT INTO d.t VALUES (1, 3) AS new ON DUPLICATE KEY UPDATE c = new.c + t.c",
		"INSERT INTO d.t VALUES (1, 4) AS new (a, b) ON DUPLICATE KEY UPDATE c = b + c",
		"INSERT INTO d.t (id) SELECT id FROM d.s AS t ON DUPLICATE KEY UPDATE c = t.c",
		"INSERT INTO d.t (id) SELECT id FROM d.s ON DUPLICATE KEY UPDATE c = t.c",
	} {
		if _, err := db.run("w", text); err == nil {
			t.Errorf("%s went well", text)
		}
	}
}
