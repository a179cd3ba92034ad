package engine

import (
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A program of somebody else's that acts for its invoker, called by one that acts for
// root, has not become root: it makes nothing that acts for him, ends no session of
// his and sees nothing that is his own.
func TestAttackEnclosedInvoker(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER own IDENTIFIED BY 'x', other IDENTIFIED BY 'x'; CREATE DATABASE hid; CREATE TABLE hid.h (id INT PRIMARY KEY, s VARCHAR(20)); INSERT INTO hid.h VALUES (1, 'secret');
		CREATE DATABASE w; USE w; GRANT SELECT ON hid.* TO other`)
	db.ok("own", `USE own; CREATE PROCEDURE ki() SQL SECURITY INVOKER SELECT 1; CREATE FUNCTION fi() RETURNS INT SQL SECURITY INVOKER RETURN 1`)
	db.ok("root", `CREATE PROCEDURE w.rp() CALL own.ki(); GRANT EXECUTE ON PROCEDURE w.rp TO own; CREATE VIEW w.vf AS SELECT own.fi() a; GRANT SELECT ON w.vf TO own;
		CREATE PROCEDURE w.run(q TEXT) SQL SECURITY INVOKER BEGIN SET @q = q; PREPARE s FROM @q; EXECUTE s; END;
		CREATE EVENT w.e ON SCHEDULE EVERY 1 DAY DO SELECT 1`)
	body := func(text string) {
		t.Helper()
		db.ok("own", "DROP PROCEDURE ki; CREATE PROCEDURE ki() SQL SECURITY INVOKER BEGIN "+text+"; END")
	}
	for _, text := range []string{
		"CREATE PROCEDURE own.evil() SELECT s FROM hid.h", "CREATE FUNCTION own.evil() RETURNS INT RETURN (SELECT COUNT(*) FROM hid.h)",
		"CREATE DEFINER = CURRENT_USER PROCEDURE own.evil() SELECT s FROM hid.h", "CREATE DEFINER = root PROCEDURE own.evil() SELECT s FROM hid.h",
		"CREATE DEFINER = other PROCEDURE own.evil() SELECT s FROM hid.h", "CREATE EVENT own.evil ON SCHEDULE EVERY 1 SECOND DO SELECT s FROM hid.h",
		"ALTER PROCEDURE w.run SQL SECURITY DEFINER",
	} {
		body("PREPARE s FROM '" + text + "'; EXECUTE s")
		if _, err := db.run("own", "CALL w.rp()"); err == nil {
			t.Errorf("%s: done", text)
		}
	}
	body("CREATE VIEW own.evil AS SELECT s FROM hid.h")
	if _, err := db.run("own", "CALL w.rp()"); err == nil {
		t.Error("a view was made for root")
	}
	db.fails("own", "CALL own.evil()", sqlerr.SPDoesNotExist)

	id := db.as("root#2").ID()
	for _, kill := range []string{"KILL", "KILL QUERY"} {
		body(fmt.Sprintf("%s %d", kill, id))
		db.fails("own", "CALL w.rp()", sqlerr.KillDenied)
		db.ok("own", fmt.Sprintf("DROP FUNCTION fi; CREATE FUNCTION fi() RETURNS INT SQL SECURITY INVOKER BEGIN %s %d; RETURN 1; END", kill, id))
		db.fails("own", "SELECT * FROM w.vf", sqlerr.KillDenied)
	}
	for _, text := range []string{
		"SELECT count(*) FROM information_schema.processlist", "SELECT count(DISTINCT grantee) FROM information_schema.user_privileges", "SELECT count(*) FROM information_schema.schema_privileges",
		"SELECT count(*) FROM information_schema.table_privileges",
	} {
		own := db.ok("own", text)
		body(text)
		if got := db.ok("own", "CALL w.rp()"); got[0] > own[0] {
			t.Errorf("%s: %s, by itself %s", text, got, own)
		}
	}
	// What an administrator's program does itself is done as before.
	db.ok("root", "CREATE PROCEDURE w.makes() BEGIN DROP VIEW IF EXISTS w.made; CREATE VIEW w.made AS SELECT s FROM hid.h; END; GRANT EXECUTE ON PROCEDURE w.makes TO own")
	db.ok("own", "CALL w.makes()")
	db.rows("root", "SELECT definer FROM information_schema.views WHERE table_name = 'made'", "root@%")
}

// A view's condition is asked of a row before what its reader asks: in changes, too.
func TestAttackViewConditionFirst(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER own IDENTIFIED BY 'x'; CREATE DATABASE hid; CREATE DATABASE w; USE w;
		CREATE TABLE hid.r (id INT PRIMARY KEY, owner VARCHAR(20), s VARCHAR(40), n INT);
		INSERT INTO hid.r VALUES (0, 'x', 'HIDDEN0', 0), (1, 'x', 'HIDDEN1', 1), (2, 'own', 'mine', 2), (3, 'y', 'HIDDEN3', 3);
		CREATE VIEW g AS SELECT id, s, n FROM hid.r WHERE owner LIKE 'o%'; CREATE VIEW e AS SELECT id, s, n FROM hid.r WHERE owner = 'own';
		CREATE VIEW o AS SELECT id, s, n FROM hid.r WHERE owner = 'own' OR owner = 'nobody'; CREATE VIEW twice AS SELECT * FROM g WHERE n > 0;
		GRANT SELECT, UPDATE, DELETE ON w.* TO own`)
	db.ok("own", `USE own; CREATE TABLE lk (v VARCHAR(90)); CREATE TABLE j (a INT); INSERT INTO j VALUES (1), (2); CREATE FUNCTION leak(x VARCHAR(90)) RETURNS INT BEGIN INSERT INTO lk VALUES (x); RETURN 1; END`)
	for _, view := range []string{"g", "e", "o", "twice"} {
		for _, text := range []string{
			"UPDATE w.%s SET n = n + 1 WHERE (@q := concat(coalesce(@q, ''), s)) IS NOT NULL",
			"DELETE FROM w.%s WHERE (@q := concat(coalesce(@q, ''), s)) = 1",
			"UPDATE w.%s SET n = n + 1 WHERE (@q := concat(coalesce(@q, ''), s)) IS NOT NULL ORDER BY id LIMIT 5",
			"UPDATE w.%s v JOIN own.j ON (@q := concat(coalesce(@q, ''), v.s)) IS NOT NULL SET v.n = v.n + 1",
			"UPDATE own.j JOIN w.%s v ON (@q := concat(coalesce(@q, ''), v.s)) IS NOT NULL AND j.a = v.n SET v.n = v.n + 1",
			"DELETE v FROM w.%s v JOIN own.j ON (@q := concat(coalesce(@q, ''), v.s)) = 1",
		} {
			text = fmt.Sprintf(text, view)
			db.ok("own", "SET @q = NULL; "+text)
			if got := db.ok("own", "SELECT coalesce(@q, '') LIKE '%HIDDEN%'"); got[0] != "0" {
				t.Errorf("%s: reads %s", text, db.ok("own", "SELECT @q"))
			}
		}
		db.ok("own", fmt.Sprintf("UPDATE w.%s SET s = s WHERE exp(if(s LIKE 'HID%%', 1000, 1)) > 0", view)) // 1690 would tell
		db.ok("own", fmt.Sprintf("UPDATE w.%s SET s = s WHERE own.leak(s); DELETE FROM w.%s WHERE own.leak(s) = 2", view, view))
		db.ok("own", fmt.Sprintf("UPDATE w.%s v JOIN own.j ON own.leak(v.s) SET v.s = v.s", view))
	}
	db.rows("own", "SELECT DISTINCT v FROM lk", "mine")
	db.rows("root", "SELECT id, n FROM hid.r WHERE id <> 2", "0|0", "1|1", "3|3")
}

// TRUNCATE, ALTER and indexes are for tables: through a view they met the table below, with
// the rows that it hides, or what stands for no table at all, which all sessions share.
func TestAttackTruncateOfAView(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER tv IDENTIFIED BY 'x'; CREATE DATABASE ww; CREATE TABLE ww.a (id INT PRIMARY KEY, own VARCHAR(9)); INSERT INTO ww.a VALUES (1, 'me'), (2, 'other');
		CREATE DATABASE hv; USE hv; CREATE VIEW dv AS SELECT * FROM ww.a WHERE own = 'me'; CREATE VIEW vv AS SELECT * FROM dv; CREATE VIEW g AS SELECT count(*) n FROM ww.a;
		CREATE VIEW u AS SELECT id FROM ww.a UNION SELECT 1; CREATE VIEW l AS SELECT id FROM ww.a LIMIT 1; CREATE VIEW j AS SELECT x.id FROM ww.a x JOIN ww.a y; GRANT ALL ON hv.* TO tv`)
	db.ok("tv", "USE tv; CREATE VIEW z AS SELECT 1 z")
	for _, view := range []string{"hv.dv", "hv.vv", "hv.g", "hv.u", "hv.l", "hv.j", "tv.z"} {
		for _, user := range []string{"tv", "root"} {
			db.fails(user, "TRUNCATE "+view, sqlerr.NoSuchTable)
			db.fails(user, "TRUNCATE TABLE "+view, sqlerr.NoSuchTable)
			db.fails(user, "ALTER TABLE "+view+" ADD c INT", sqlerr.WrongObject)
			db.fails(user, "ALTER TABLE "+view+" DROP COLUMN id", sqlerr.WrongObject)
			db.fails(user, "CREATE INDEX i ON "+view+" (id)", sqlerr.WrongObject)
		}
		if _, err := db.run("tv", "DELETE FROM "+view); err == nil && view == "tv.z" {
			t.Error("a row of nothing was deleted")
		}
		db.ok("root", "INSERT IGNORE INTO ww.a VALUES (1, 'me')")
	}
	db.rows("root", "SELECT id FROM ww.a", "1", "2")
	db.rows("root", "SELECT @@sql_mode <> '', 1", "1|1")
}

// Savepoints of a caller are not a trigger's or a function's to undo, end or move.
func TestAttackSavepointsInside(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u (id INT PRIMARY KEY)")
	for _, text := range []string{"ROLLBACK TO sp1", "RELEASE SAVEPOINT sp1"} {
		db.ok("root", "CREATE TRIGGER tg BEFORE INSERT ON u FOR EACH ROW "+text+"; CREATE FUNCTION f() RETURNS INT BEGIN "+text+"; RETURN 1; END")
		db.ok("root", "BEGIN; INSERT INTO t VALUES (1); SAVEPOINT sp1; INSERT INTO t VALUES (2)")
		db.fails("root", "INSERT INTO u VALUES (10), (11)", sqlerr.SPDoesNotExist)
		db.fails("root", "UPDATE t SET id = id + 10 WHERE f() = 1", sqlerr.SPDoesNotExist)
		db.rows("root", "SELECT id FROM t", "1", "2")
		db.ok("root", "ROLLBACK TO sp1")
		db.rows("root", "SELECT id FROM t", "1")
		db.ok("root", "ROLLBACK; DROP TRIGGER tg; DROP FUNCTION f")
	}
	db.ok("root", "CREATE TRIGGER tg BEFORE INSERT ON u FOR EACH ROW BEGIN SAVEPOINT sp1; INSERT INTO t VALUES (NEW.id); ROLLBACK TO sp1; END")
	db.ok("root", "BEGIN; INSERT INTO t VALUES (1); SAVEPOINT sp1; INSERT INTO t VALUES (2); INSERT INTO u VALUES (10), (11)")
	db.rows("root", "SELECT id FROM t", "1", "2")
	db.ok("root", "ROLLBACK TO sp1")
	db.rows("root", "SELECT id FROM t", "1")
	db.rows("root", "SELECT id FROM u")
	db.ok("root", "ROLLBACK")
}
