package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// vaultAnd is root's definer view on a table of einstein's, which tesla may read,
// beside a table that only root may read.
func vaultAnd(t *testing.T) *testDB {
	db := lab(t)
	db.ok("root", `CREATE DATABASE vault; CREATE TABLE vault.s (id INT, v INT); INSERT INTO vault.s VALUES (7, 77);
		CREATE VIEW vault.rep AS SELECT id, v FROM einstein.t; GRANT SELECT ON vault.rep TO tesla, einstein`)
	return db
}

// A relation that was put in the place of one that a view is bound to is
// refused, whatever it is and whoever made it: the row R2.
func TestAttackR2ReplacedRelation(t *testing.T) {
	for name, swap := range map[string]string{
		"an invoker view": "GRANT SELECT ON vault.s TO einstein;;DROP TABLE einstein.t; CREATE SQL SECURITY INVOKER VIEW einstein.t AS SELECT id, v FROM vault.s",
		"a definer view":  ";;DROP TABLE einstein.t; CREATE TABLE einstein.o (id INT, v INT); CREATE VIEW einstein.t AS SELECT id, v FROM einstein.o",
		"a table":         ";;DROP TABLE einstein.t; CREATE TABLE einstein.t (id INT, v INT)",
		"a renamed table": ";;CREATE TABLE einstein.o (id INT, v INT); DROP TABLE einstein.t; RENAME TABLE einstein.o TO einstein.t",
		"a swap":          ";;CREATE TABLE einstein.o (id INT, v INT); RENAME TABLE einstein.t TO einstein.p, einstein.o TO einstein.t",
	} {
		t.Run(name, func(t *testing.T) {
			db := vaultAnd(t)
			db.rows("tesla", "SELECT count(*) FROM vault.rep", "3")
			first, second := cut(swap)
			if first != "" {
				db.ok("root", first)
			}
			db.ok("einstein", second)
			if first != "" {
				db.ok("root", "REVOKE SELECT ON vault.s FROM einstein")
			}
			for _, who := range []string{"tesla", "einstein", "root"} {
				db.fails(who, "SELECT * FROM vault.rep", sqlerr.ViewInvalid)
				db.fails(who, "SELECT 1 FROM vault.rep LIMIT 0", sqlerr.ViewInvalid)
				db.fails(who, "SELECT (SELECT max(v) FROM vault.rep)", sqlerr.ViewInvalid)
			}
			db.ok("root", "CREATE OR REPLACE VIEW vault.rep AS SELECT 1 AS id, 2 AS v")
			db.rows("tesla", "SELECT * FROM vault.rep", "1|2")
		})
	}
}

func cut(s string) (string, string) {
	for i := 0; i+1 < len(s); i++ {
		if s[i:i+2] == ";;" {
			return s[:i], s[i+2:]
		}
	}
	return "", s
}

// What keeps a table keeps the views on it; what takes its name away does not.
func TestViewsFollowTheirTables(t *testing.T) {
	db := vaultAnd(t)
	db.ok("einstein", "USE einstein; TRUNCATE TABLE t; INSERT INTO t VALUES (4, 40); ALTER TABLE t ADD COLUMN w INT; ALTER TABLE t MODIFY v BIGINT")
	db.rows("tesla", "SELECT * FROM vault.rep", "4|40")
	db.ok("einstein", "RENAME TABLE t TO u")
	db.fails("tesla", "SELECT * FROM vault.rep", sqlerr.ViewInvalid)
	db.ok("einstein", "RENAME TABLE u TO t")
	db.rows("tesla", "SELECT * FROM vault.rep", "4|40")
	db.ok("einstein", "DROP TABLE t")
	db.fails("tesla", "SELECT * FROM vault.rep", sqlerr.ViewInvalid)
	db.ok("einstein", "CREATE TABLE t (id INT, v INT)")
	db.fails("tesla", "SELECT * FROM vault.rep", sqlerr.ViewInvalid)
}

// The whole schema goes and comes back under the same names.
func TestAttackSchemaIsReplaced(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (v INT); CREATE VIEW einstein.rep AS SELECT v FROM d.t; GRANT SELECT ON einstein.rep TO tesla; GRANT SYSTEM CREATE TO mallory")
	db.rows("tesla", "SELECT * FROM einstein.rep")
	db.ok("root", "DROP DATABASE d")
	db.fails("tesla", "SELECT * FROM einstein.rep", sqlerr.ViewInvalid)
	db.ok("mallory", "CREATE DATABASE d; CREATE TABLE d.t (v INT); INSERT INTO d.t VALUES (666)")
	db.fails("tesla", "SELECT * FROM einstein.rep", sqlerr.ViewInvalid)
	db.ok("mallory", "DROP TABLE d.t; CREATE SQL SECURITY INVOKER VIEW d.t AS SELECT 1 v")
	db.fails("tesla", "SELECT * FROM einstein.rep", sqlerr.ViewInvalid)
}

// An invoker view inside a definer view gets no more than its own owner holds.
func TestAttackInvokerInsideDefiner(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (77); GRANT SELECT ON vault.s TO mallory")
	db.ok("mallory", "USE mallory; CREATE SQL SECURITY INVOKER VIEW iv AS SELECT v FROM vault.s; CREATE SQL SECURITY INVOKER VIEW iiv AS SELECT v FROM iv")
	db.ok("root", `CREATE VIEW vault.rep AS SELECT v FROM mallory.iv; CREATE VIEW vault.deep AS SELECT v FROM mallory.iiv;
		GRANT SELECT ON vault.rep TO mallory; GRANT SELECT ON vault.deep TO mallory`)
	db.rows("mallory", "SELECT * FROM vault.rep", "77")
	db.rows("mallory", "SELECT * FROM vault.deep", "77")
	db.ok("root", "REVOKE SELECT ON vault.s FROM mallory")
	for _, view := range []string{"vault.rep", "vault.deep"} {
		db.fails("mallory", "SELECT * FROM "+view, sqlerr.ViewInvalid)
		db.fails("root", "SELECT * FROM "+view, sqlerr.ViewInvalid)
	}
	db.rows("root", "SELECT * FROM mallory.iv", "77") // he asks for himself

	// And the invoker view may not be made into another meanwhile.
	db.ok("root", "CREATE TABLE vault.s2 (v INT); INSERT INTO vault.s2 VALUES (78)")
	db.ok("root", "GRANT SELECT ON vault.s2 TO mallory")
	db.ok("mallory", "CREATE OR REPLACE SQL SECURITY INVOKER VIEW iv AS SELECT v FROM vault.s2")
	db.rows("mallory", "SELECT * FROM vault.rep", "78")
	db.ok("root", "REVOKE SELECT ON vault.s2 FROM mallory")
	db.fails("mallory", "SELECT * FROM vault.rep", sqlerr.ViewInvalid)
}

// Views over views: what one of them is replaced by decides only where its
// owner made the view above it, too, as a dump does.
func TestViewsOverViews(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein;
		CREATE VIEW a AS SELECT 1 AS id; CREATE VIEW b AS SELECT 1 AS id; CREATE TABLE c (id INT);
		DROP VIEW a; CREATE VIEW a AS SELECT id FROM b;
		DROP VIEW b; CREATE VIEW b AS SELECT id FROM t WHERE v > 15;
		CREATE VIEW e AS SELECT id FROM c; DROP TABLE c; CREATE VIEW c AS SELECT id FROM t WHERE id = 1`)
	db.rows("einstein", "SELECT * FROM a ORDER BY id", "2", "3")
	db.rows("einstein", "SELECT * FROM e", "1")
	db.ok("root", "CREATE VIEW einstein.top AS SELECT id FROM einstein.a; GRANT SELECT ON einstein.top TO tesla")
	db.rows("tesla", "SELECT count(*) FROM einstein.top", "2")
	db.ok("einstein", "CREATE OR REPLACE VIEW a AS SELECT id FROM b WHERE id = 3") // the same object still
	db.rows("tesla", "SELECT count(*) FROM einstein.top", "1")
	db.ok("einstein", "DROP VIEW a; CREATE VIEW a AS SELECT id FROM b")
	db.fails("tesla", "SELECT count(*) FROM einstein.top", sqlerr.ViewInvalid)
}

// CREATE OR REPLACE is one change: when it fails the view is what it was, and
// the grants on it stay.
func TestReplaceViewIsOneChange(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "USE einstein; CREATE VIEW v AS SELECT id FROM t; GRANT SELECT ON v TO tesla")
	db.fails("einstein", "CREATE OR REPLACE DEFINER=nosuch VIEW v AS SELECT v FROM t", sqlerr.SpecificAccessDenied)
	db.fails("einstein", "CREATE OR REPLACE VIEW v AS SELECT v FROM nosuch", sqlerr.NoSuchTable)
	db.rows("tesla", "SELECT count(*) FROM einstein.v", "3")
	db.ok("einstein", "CREATE OR REPLACE VIEW v AS SELECT max(v) m FROM t")
	db.rows("tesla", "SELECT * FROM einstein.v", "30")
	db.fails("mallory", "CREATE OR REPLACE VIEW einstein.v AS SELECT 1", sqlerr.DBAccessDenied)
	db.ok("root", "CREATE OR REPLACE VIEW einstein.v AS SELECT 1 AS x") // somebody else's: a new object
	db.fails("tesla", "SELECT * FROM einstein.v", sqlerr.TableAccessDenied)
	db.ok("einstein", "CREATE PROCEDURE p() DROP VIEW v")
}

// Names without a database are those of the database that was current when the
// view was made, whatever is current where it is used.
func TestViewNamesAreBoundWhereTheyWereMade(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE other; CREATE TABLE other.t (id INT); USE einstein; CREATE VIEW other.v AS SELECT count(*) n FROM t; GRANT SELECT ON other.v TO tesla")
	db.rows("tesla", "SELECT * FROM other.v", "3")
	db.ok("root", "USE other")
	db.rows("root", "SELECT * FROM v", "3")
	db.ok("root", "CREATE VIEW w AS WITH t AS (SELECT 5 id) SELECT id FROM t; CREATE VIEW x AS SELECT count(*) n FROM einstein.t UNION ALL SELECT count(*) FROM t")
	db.rows("root", "SELECT * FROM w", "5")
	db.rows("root", "SELECT * FROM x", "3", "0")
}

// CURRENT_USER() is who the text acts for, and information_schema shows what he may see.
func TestWhoIsCurrentUserInViews(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE VIEW d AS SELECT current_user() who, substring_index(user(), '@', 1) login;
		CREATE SQL SECURITY INVOKER VIEW i AS SELECT substring_index(current_user(), '@', 1) who; CREATE VIEW di AS SELECT who FROM i;
		CREATE VIEW meta AS SELECT table_name FROM information_schema.tables WHERE table_schema = 'einstein' AND table_name = 't';
		CREATE SQL SECURITY INVOKER VIEW imeta AS SELECT table_name FROM information_schema.tables WHERE table_schema = 'einstein' AND table_name = 't'; CREATE VIEW dimeta AS SELECT * FROM imeta;
		GRANT SELECT ON d TO tesla; GRANT SELECT ON i TO tesla; GRANT SELECT ON di TO tesla; GRANT SELECT ON meta TO tesla; GRANT SELECT ON imeta TO tesla; GRANT SELECT ON dimeta TO tesla`)
	db.rows("tesla", "SELECT * FROM einstein.d", "einstein@%|tesla")
	db.rows("tesla", "SELECT * FROM einstein.i", "tesla")
	db.rows("tesla", "SELECT * FROM einstein.di", "einstein")
	db.rows("tesla", "SELECT * FROM einstein.meta", "t")
	db.rows("tesla", "SELECT * FROM einstein.imeta")
	db.rows("tesla", "SELECT * FROM einstein.dimeta", "t")
}

// TestAttackE17ProgramsOverAReplacedRelation: the texts of programs are read again each time they run, so they find
// what stands under a name then. What somebody puts there gives a program of root no more than
// its own owner holds: neither to read, nor to write.
func TestAttackE17ProgramsOverAReplacedRelation(t *testing.T) {
	programs := map[string]struct{ reads, writes, run string }{
		"procedure": {"CREATE PROCEDURE vault.r() INSERT INTO vault.seen SELECT v FROM einstein.t", "CREATE PROCEDURE vault.w() UPDATE einstein.t SET v = v + 1", "CALL vault.#()"},
		"function": {"CREATE FUNCTION vault.r() RETURNS INT BEGIN INSERT INTO vault.seen SELECT v FROM einstein.t; RETURN 1; END",
			"CREATE FUNCTION vault.w() RETURNS INT BEGIN UPDATE einstein.t SET v = v + 1; RETURN 1; END", "DO vault.#()"},
		"trigger": {"CREATE TRIGGER vault.r AFTER INSERT ON vault.bait FOR EACH ROW INSERT INTO vault.seen SELECT v FROM einstein.t",
			"CREATE TRIGGER vault.w AFTER DELETE ON vault.bait FOR EACH ROW UPDATE einstein.t SET v = v + 1", ""},
		"event": {"CREATE EVENT vault.r ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO vault.seen SELECT v FROM einstein.t",
			"CREATE EVENT vault.w ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO UPDATE einstein.t SET v = v + 1", ""},
	}
	const secret = "GRANT SELECT, UPDATE ON vault.s TO einstein"
	swaps := []struct {
		name, before, swap, after string
		seen, left                string // what einstein's relation gives the reader and has after the writer; "" when it gives nothing
	}{
		{"the same", "", "", "", "5", "6"},
		{"a table", "", "DROP TABLE einstein.t; CREATE TABLE einstein.t (v INT); INSERT INTO einstein.t VALUES (8)", "", "8", "9"},
		{"a view of his own", "", "RENAME TABLE einstein.t TO einstein.o; CREATE VIEW einstein.t AS SELECT v FROM einstein.o", "", "5", "6"},
		{"an invoker view", secret, "DROP TABLE einstein.t; CREATE SQL SECURITY INVOKER VIEW einstein.t AS SELECT v FROM vault.s", "REVOKE SELECT, UPDATE ON vault.s FROM einstein", "", ""},
		{"a definer view", secret, "DROP TABLE einstein.t; CREATE VIEW einstein.t AS SELECT v FROM vault.s", "REVOKE SELECT, UPDATE ON vault.s FROM einstein", "", ""},
	}
	for kind, program := range programs {
		for _, swap := range swaps {
			t.Run(kind+" over "+swap.name, func(t *testing.T) {
				db, at := scheduled(t)
				db.ok("root", `CREATE USER einstein IDENTIFIED BY 'pw-einstein'; CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (77);
					CREATE TABLE vault.seen (v INT); CREATE TABLE vault.bait (v INT)`)
				db.ok("einstein", "CREATE TABLE einstein.t (v INT); INSERT INTO einstein.t VALUES (5)")
				db.ok("root", program.reads)
				db.ok("root", program.writes)
				if swap.before != "" {
					db.ok("root", swap.before)
				}
				if swap.swap != "" {
					db.ok("einstein", swap.swap)
				}
				if swap.after != "" {
					db.ok("root", swap.after)
				}
				send := func(text string) {
					t.Helper()
					if _, err := db.run("root", text); (err == nil) != (swap.seen != "") {
						t.Errorf("%s: %v", text, err)
					}
				}
				switch kind {
				case "event":
					db.ok("root", "ALTER EVENT vault.w DISABLE")
					at("2040-01-01 12:00:00")
					db.ok("root", "ALTER EVENT vault.r DISABLE; ALTER EVENT vault.w ENABLE")
					at("2040-01-02 12:00:00")
					failed := "0" // a run that begins is written as done
					if swap.seen == "" {
						failed = "2"
					}
					db.rows("root", "SELECT COUNT(*) - SUM(result = 'failed'), SUM(result = 'failed') FROM sys.audit_log WHERE event = 'event.run'", "2|"+failed)
				case "trigger":
					send("INSERT INTO vault.bait VALUES (1)")
					db.ok("root", "DROP TRIGGER vault.r; INSERT INTO vault.bait VALUES (2)")
					send("DELETE FROM vault.bait WHERE v = 2")
				default:
					send(strings.Replace(program.run, "#", "r", 1))
					send(strings.Replace(program.run, "#", "w", 1))
				}
				db.rows("root", "SELECT v FROM vault.s", "77")
				if swap.seen == "" {
					db.rows("root", "SELECT v FROM vault.seen")
					return
				}
				db.rows("root", "SELECT v FROM vault.seen", swap.seen)
				db.rows("einstein", "SELECT v FROM einstein.t", swap.left)
			})
		}
	}
}

// TestAttackE17StrangersInThePlaceOfNames: what another account puts in the place of what a definer's program was made over
// is not read, written and called with the definer's rights, which hold on the whole schema, and the stranger gets nothing
// of what the program has. What the first owner, the definer or an administrator puts there is taken, as is a name that
// nothing had.
func TestAttackE17StrangersInThePlaceOfNames(t *testing.T) {
	world := func(t *testing.T) (*testDB, func(string)) {
		db, at := scheduled(t)
		db.ok("root", `CREATE USER own; CREATE USER app; CREATE USER low; CREATE USER mallory; CREATE DATABASE shop; CREATE TABLE shop.secret (v INT); INSERT INTO shop.secret VALUES (77);
			GRANT ALL ON shop.* TO own; GRANT CREATE, DROP, CREATE VIEW, CREATE ROUTINE, ALTER ROUTINE ON shop.* TO app, mallory; DENY SELECT, INSERT ON shop.secret TO mallory; CREATE TABLE shop.bait (v INT)`)
		db.ok("app", "CREATE TABLE shop.log (v INT); CREATE FUNCTION shop.f(n INT) RETURNS INT DETERMINISTIC RETURN n; CREATE PROCEDURE shop.q(n INT) SET @n = n")
		db.ok("own", `USE shop; CREATE PROCEDURE p() INSERT INTO log SELECT v FROM secret; CREATE PROCEDURE later() INSERT INTO fresh SELECT v FROM secret;
			CREATE PROCEDURE calls() BEGIN DECLARE n INT; SELECT MAX(v) INTO n FROM secret; CALL q(n); END; CREATE FUNCTION g() RETURNS INT RETURN f((SELECT MAX(v) FROM secret));
			CREATE PROCEDURE reading() SELECT COUNT(*) FROM log; CREATE PROCEDURE removes() DELETE FROM log; CREATE PROCEDURE inv() SQL SECURITY INVOKER SELECT COUNT(*) FROM log;
			CREATE TRIGGER tr AFTER INSERT ON bait FOR EACH ROW INSERT INTO log SELECT v FROM secret;
			CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO log SELECT v FROM secret`)
		db.ok("root", "GRANT EXECUTE ON shop.* TO app, low; GRANT INSERT ON shop.bait TO app; GRANT SELECT ON shop.log TO app")
		return db, at
	}
	every := []string{"CALL shop.p()", "CALL shop.reading()", "CALL shop.removes()", "INSERT INTO shop.bait VALUES (1)"}
	swap := "DROP TABLE shop.log; CREATE TABLE shop.log (v INT)"
	for name, c := range map[string]struct {
		who, swap string
		ok        bool
	}{
		"mallory's table": {"mallory", swap, false}, "its owner's table": {"app", swap, true}, "its definer's table": {"own", swap, true},
		"root's table": {"root", swap, true}, "mallory's view": {"mallory", "DROP TABLE shop.log; CREATE TABLE mallory.m (v INT); CREATE VIEW shop.log AS SELECT v FROM mallory.m", false},
	} {
		t.Run(name, func(t *testing.T) {
			db, at := world(t)
			for _, text := range every {
				db.ok("app", text)
			}
			db.ok(c.who, c.swap)
			for _, text := range every {
				_, err := db.run("app", text)
				e, is := errors.AsType[*session.Error](err)
				if c.ok && err != nil || !c.ok && (!is || e.Number != sqlerr.SpecificAccessDenied) {
					t.Errorf("%s: %v", text, err)
				}
			}
			at("2040-01-01 12:00:00")
			if !c.ok {
				db.rows("root", "SELECT COUNT(*) FROM shop.log", "0")
				db.rows("root", "SELECT result, code FROM sys.audit_log WHERE event = 'event.run' AND result <> 'done'", "failed|1227")
				if _, err := db.run("low", "CALL shop.p()"); err == nil || strings.Contains(err.Error(), "mallory") {
					t.Errorf("who may not read the program hears %v", err)
				}
				if _, err := db.run("own", "CALL shop.p()"); err == nil || !strings.Contains(err.Error(), "mallory") {
					t.Errorf("its owner hears %v", err)
				}
				db.ok("own", "DROP PROCEDURE shop.p; CREATE PROCEDURE shop.p() INSERT INTO shop.log SELECT v FROM shop.secret")
			}
			_, _ = db.run("own", "CALL shop.p()")
		})
	}
	t.Run("programs", func(t *testing.T) {
		db, _ := world(t)
		db.ok("app", "CALL shop.calls(); DO shop.g()")
		db.ok("mallory", "DROP FUNCTION shop.f; CREATE FUNCTION shop.f(n INT) RETURNS INT DETERMINISTIC RETURN n + 1; DROP PROCEDURE shop.q; CREATE PROCEDURE shop.q(n INT) SET @n = n + 1")
		db.ok("root", "GRANT EXECUTE ON FUNCTION shop.f TO own; GRANT EXECUTE ON PROCEDURE shop.q TO own")
		db.fails("app", "CALL shop.calls()", sqlerr.SpecificAccessDenied)
		db.fails("app", "DO shop.g()", sqlerr.SpecificAccessDenied)
		db.ok("root", "DROP PROCEDURE shop.q; CREATE PROCEDURE shop.q(n INT) SET @n = n")
		db.ok("app", "CALL shop.calls()")
	})
	t.Run("what nothing had", func(t *testing.T) {
		db, _ := world(t)
		db.fails("app", "CALL shop.later()", sqlerr.NoSuchTable)
		db.ok("app", "CREATE TABLE shop.fresh (v INT); CALL shop.later()")
		db.rows("app", "SELECT v FROM shop.fresh", "77")
	})
	t.Run("texts", func(t *testing.T) { // of PREPARE: what their literals name is known, and what they compute is taken from who gains nothing by it
		texts := map[string]string{
			"literal": "PREPARE s FROM 'INSERT INTO log SELECT v FROM secret'", "qualified": "PREPARE s FROM 'INSERT INTO `shop`.`log` SELECT v FROM secret'",
			"assigned": "SET @q = 'INSERT INTO log SELECT v FROM secret'; PREPARE s FROM @q", "declared": "BEGIN DECLARE q TEXT DEFAULT 'INSERT INTO log SELECT v FROM secret'; SET @q = q; END; PREPARE s FROM @q",
			"joined": "SET @q = CONCAT('INSERT INTO ', 'log', ' SELECT v FROM secret WHERE v > ', 1); PREPARE s FROM @q", "selected": "SELECT CONCAT('INSERT INTO shop.log SELECT v FROM secret', '') INTO @q; PREPARE s FROM @q",
			"passed": "SET @n = (SELECT MAX(v) FROM secret); PREPARE s FROM 'CALL q(@n)'", "computed": "SET @q = CONCAT('INSERT INTO lo', 'g SELECT v FROM secret'); PREPARE s FROM @q",
			"called": "SET @q = CONCAT('CALL ', CHAR(113 USING utf8mb4), '((SELECT MAX(v) FROM secret))'); PREPARE s FROM @q",
		}
		for _, c := range []struct {
			who, grant     string
			known, unknown bool // what is taken
		}{
			{who: "mallory"}, {who: "app", known: true}, {who: "own", known: true, unknown: true}, {who: "root", known: true, unknown: true},
			{who: "mallory", grant: "GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE ON shop.* TO mallory", unknown: true},
			{who: "mallory", grant: "REVOKE DROP ON shop.* FROM mallory; REVOKE ALTER ROUTINE ON shop.* FROM mallory", unknown: true},
		} {
			db, _ := world(t)
			for name, text := range texts {
				db.ok("own", "CREATE PROCEDURE shop."+name+"() BEGIN "+text+"; EXECUTE s; END")
				db.ok("root", "GRANT EXECUTE ON PROCEDURE shop."+name+" TO app")
				if name != "computed" && name != "called" { // app could have put both of its own in somebody's place
					db.ok("app", "CALL shop."+name+"()")
				}
			}
			db.ok(c.who, "DROP TABLE shop.log; DROP PROCEDURE shop.q; CREATE TABLE shop.log (v INT); CREATE PROCEDURE shop.q(n INT) SET @stolen = n")
			if c.grant != "" {
				db.ok("root", c.grant)
			}
			for name := range texts {
				_, err := db.run("app", "CALL shop."+name+"()")
				e, is := errors.AsType[*session.Error](err)
				taken := c.known
				if name == "computed" || name == "called" {
					taken = c.unknown
				}
				if taken && err != nil || !taken && (!is || e.Number != sqlerr.SpecificAccessDenied) {
					t.Errorf("%s in the place of app's, %s: %s: %v", c.who, c.grant, name, err)
				}
			}
		}
	})
	t.Run("an invoker inside", func(t *testing.T) {
		db, _ := world(t)
		db.ok("own", "CREATE PROCEDURE shop.inner_p() SQL SECURITY INVOKER INSERT INTO shop.log SELECT v FROM shop.secret; CREATE PROCEDURE shop.outer_p() CALL shop.inner_p()")
		db.ok("root", "GRANT EXECUTE ON PROCEDURE shop.outer_p TO app")
		db.ok("app", "CALL shop.outer_p()")
		db.ok("mallory", swap)
		db.fails("app", "CALL shop.outer_p()", sqlerr.SpecificAccessDenied)
		db.ok("own", "CALL shop.inner_p()")
	})
	t.Run("an invoker", func(t *testing.T) {
		db, _ := world(t)
		db.ok("mallory", swap)
		db.ok("root", "GRANT SELECT ON shop.log TO app")
		db.rows("app", "CALL shop.inv()", "0")
	})
	t.Run("renamed and truncated", func(t *testing.T) {
		db, _ := world(t)
		db.ok("app", "TRUNCATE TABLE shop.log; ALTER TABLE shop.log ADD COLUMN w INT DEFAULT 1")
		db.ok("own", "DROP PROCEDURE shop.p; CREATE PROCEDURE shop.p() INSERT INTO shop.log (v) SELECT v FROM shop.secret")
		db.ok("app", "CALL shop.p()")
		db.ok("app", "RENAME TABLE shop.log TO shop.old")
		db.fails("app", "CALL shop.p()", sqlerr.NoSuchTable)
	})
}
