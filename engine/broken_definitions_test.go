package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
)

// breaks replaces a definition by one that cannot be read, as an earlier version could keep it.
func (db *testDB) breaks(database, table string, change func(*catalog.Table)) {
	db.t.Helper()
	err := db.engine.inst.Cat.Update(context.Background(), func(tx *catalog.Tx) error {
		rec := tx.Table(tx.Database(database).ID, table).Clone()
		change(rec)
		return tx.PutTable(rec)
	})
	if err != nil {
		db.t.Fatal(err)
	}
}

// TestBrokenDefinitions: what an earlier version has kept and nobody can read now can be dropped, alone or with its
// table, its database or its owner, and a CHECK by itself.
func TestBrokenDefinitions(t *testing.T) {
	deep := strings.Repeat("(", 3000) + "a" + strings.Repeat(")", 3000)
	check := func(expr string) func(*catalog.Table) {
		return func(r *catalog.Table) {
			r.Checks = append(r.Checks, catalog.Check{Name: "bad", Expr: expr, Enforced: true})
		}
	}
	for name, c := range map[string]struct {
		change func(*catalog.Table)
		repair []string
	}{
		"check": {check(deep + " > 1"), []string{"ALTER TABLE d.t DROP CONSTRAINT bad", "ALTER TABLE d.t DROP CHECK bad"}},
		"words": {check("order > 1"), []string{"ALTER TABLE d.t DROP CONSTRAINT bad"}},
		"default": {change: func(r *catalog.Table) {
			r.Columns[1].Default = &deep
		}},
		"generated": {change: func(r *catalog.Table) { r.Columns[1].Generated = deep }},
		"nonsense":  {change: func(r *catalog.Table) { r.Columns[1].Generated = "a +" }},
	} {
		for _, drop := range append(c.repair, "DROP TABLE d.t", "DROP TABLE d.o, d.t", "DROP DATABASE d", "DROP USER ann CASCADE") {
			t.Run(name+"/"+drop, func(t *testing.T) {
				db := newTestDB(t)
				db.ok("root", "CREATE USER ann; CREATE DATABASE d; CREATE TABLE d.t (a INT, b INT); CREATE TABLE d.o (a INT); INSERT INTO d.t VALUES (1, 2); ALTER TABLE d.t OWNER TO ann")
				db.breaks("d", "t", c.change)
				if rows := db.ok("root", "SELECT TABLE_NAME FROM information_schema.tables WHERE TABLE_SCHEMA = 'd'"); len(rows) != 2 {
					t.Errorf("listed: %v", rows)
				}
				db.ok("root", drop)
				if strings.HasPrefix(drop, "ALTER") {
					db.ok("root", "INSERT INTO d.t VALUES (0, 0); SHOW CREATE TABLE d.t; DROP TABLE d.t")
				}
			})
		}
	}
}

// TestUnreadableExpressions: a table with an expression that nobody reads now is listed, read, written with values and
// altered; only what would compute the expression is refused.
func TestUnreadableExpressions(t *testing.T) {
	deep := strings.Repeat("(", 3000) + "a" + strings.Repeat(")", 3000)
	for name, text := range map[string]string{"deep": deep, "nonsense": "(a +)"} {
		t.Run(name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", "CREATE USER ann; CREATE DATABASE d; CREATE TABLE d.t (a INT, b INT, c INT AS (a + 1) STORED); INSERT INTO d.t (a, b) VALUES (1, 2); GRANT SELECT ON d.t TO ann; CREATE TABLE d.o (x INT)")
			db.breaks("d", "t", func(r *catalog.Table) { r.Columns[1].Default = &text })
			for _, user := range []string{"root", "ann"} {
				db.rows(user, "SELECT COLUMN_NAME, COLUMN_DEFAULT IS NOT NULL FROM information_schema.columns WHERE TABLE_SCHEMA = 'd' AND TABLE_NAME = 't' ORDER BY ORDINAL_POSITION", "a|0", "b|1", "c|0")
				if got := db.ok(user, "SHOW WARNINGS"); len(got) != 1 || !strings.HasPrefix(got[0], "Warning|1067|Invalid default value for 'b'") {
					t.Errorf("%s: %q", user, got)
				}
				db.rows(user, "SELECT a, b, c FROM d.t", "1|2|2")
				db.ok(user, "DESCRIBE d.t; SHOW CREATE TABLE d.t; SHOW FULL COLUMNS FROM d.t")
			}
			db.ok("root", "INSERT INTO d.t (a, b) VALUES (2, 3); UPDATE d.t SET b = 4 WHERE a = 2; DELETE FROM d.t WHERE a = 1")
			db.fails("root", "INSERT INTO d.t (a) VALUES (3)", 1067)
			db.ok("root", "ALTER TABLE d.t ADD COLUMN e INT DEFAULT 7; ALTER TABLE d.t DROP COLUMN e; ALTER TABLE d.t COMMENT = 'x'; CREATE INDEX i ON d.t (b)")
			db.ok("root", "SHOW CREATE TABLE d.t")
			db.fails("root", "INSERT INTO d.t (a) VALUES (3)", 1067)
			db.ok("root", "ALTER TABLE d.t ALTER COLUMN b SET DEFAULT 5; INSERT INTO d.t (a) VALUES (3)")
			db.rows("root", "SELECT a, b, c FROM d.t ORDER BY a", "2|4|3", "3|5|4")
			db.ok("root", "SELECT COLUMN_NAME FROM information_schema.columns WHERE TABLE_SCHEMA = 'd'")
			if got := db.ok("root", "SHOW WARNINGS"); len(got) != 0 {
				t.Errorf("after it was mended: %q", got)
			}
		})
	}
}

// TestBrokenPrograms is the same of views, routines, triggers and events.
func TestBrokenPrograms(t *testing.T) {
	const bad = "CREATE nonsense ((("
	for drop, breaks := range map[string]func(*catalog.Tx, *catalog.Database) error{
		"DROP VIEW d.v": func(tx *catalog.Tx, d *catalog.Database) error {
			rec := tx.View(d.ID, "v").Clone()
			rec.Definition, rec.Create = "SELECT (((", bad
			return tx.PutView(rec)
		},
		"DROP PROCEDURE d.p": func(tx *catalog.Tx, d *catalog.Database) error {
			rec := tx.Routine(d.ID, "p", false).Clone()
			rec.Create = bad
			return tx.PutRoutine(rec)
		},
		"DROP FUNCTION d.f": func(tx *catalog.Tx, d *catalog.Database) error {
			rec := tx.Routine(d.ID, "f", true).Clone()
			rec.Create = bad
			return tx.PutRoutine(rec)
		},
		"DROP TRIGGER d.tr": func(tx *catalog.Tx, d *catalog.Database) error {
			rec := tx.Trigger(d.ID, "tr").Clone()
			rec.Create = "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW nonsense (((" // the header tells whose it is
			return tx.PutTrigger(rec)
		},
		"DROP EVENT d.e": func(tx *catalog.Tx, d *catalog.Database) error {
			rec := tx.Event(d.ID, "e").Clone()
			rec.Create = bad
			return tx.PutEvent(rec)
		},
	} {
		for _, drop := range []string{drop, "DROP DATABASE d"} {
			t.Run(drop, func(t *testing.T) {
				db := newTestDB(t)
				db.ok("root", `CREATE DATABASE d; CREATE TABLE d.t (a INT); CREATE VIEW d.v AS SELECT a FROM d.t;
					CREATE PROCEDURE d.p() SELECT 1; CREATE FUNCTION d.f() RETURNS INT DETERMINISTIC RETURN 1;
					CREATE TRIGGER d.tr BEFORE INSERT ON d.t FOR EACH ROW SET NEW.a = 1; CREATE EVENT d.e ON SCHEDULE EVERY 1 DAY DO DELETE FROM d.t`)
				err := db.engine.inst.Cat.Update(context.Background(), func(tx *catalog.Tx) error { return breaks(tx, tx.Database("d")) })
				if err != nil {
					t.Fatal(err)
				}
				db.ok("root", drop)
				for _, q := range []string{
					"SELECT COUNT(*) FROM information_schema.routines", "SELECT COUNT(*) FROM information_schema.views", "SELECT COUNT(*) FROM information_schema.triggers",
					"SELECT COUNT(*) FROM information_schema.events", "SHOW TABLES FROM mysql",
				} {
					db.ok("root", q)
				}
			})
		}
	}
}
