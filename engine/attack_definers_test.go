package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// R2: a program of an invoker that runs inside one of a definer has the definer's name. What is
// his by his name alone it has not: to end his sessions, to see what they do, to be the definer
// of what it makes.
func TestAttackR2InvokerHasNotTheDefinersOwn(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (7); CREATE DATABASE w;
		GRANT ALL ON mallory.* TO mallory; CREATE PROCEDURE w.outer_p() CALL mallory.inner_p(); GRANT EXECUTE ON PROCEDURE w.outer_p TO mallory`)
	victim := db.as("root").ID()
	inside := func(body string) string {
		db.ok("mallory", "DROP PROCEDURE IF EXISTS mallory.inner_p; CREATE PROCEDURE mallory.inner_p() SQL SECURITY INVOKER BEGIN "+body+" END")
		return "CALL w.outer_p()"
	}
	db.fails("mallory", inside(fmt.Sprintf("KILL %d;", victim)), sqlerr.KillDenied)
	db.fails("mallory", inside(fmt.Sprintf("KILL QUERY %d;", victim)), sqlerr.KillDenied)
	for _, text := range []string{
		"SELECT user FROM information_schema.processlist;", "SELECT grantee FROM information_schema.user_privileges;",
		"SELECT grantee FROM information_schema.schema_privileges;", "SELECT grantee FROM information_schema.table_privileges;",
		"SELECT user FROM information_schema.applicable_roles;",
	} {
		for _, row := range db.ok("mallory", inside(text)) {
			if strings.Contains(row, "root") {
				t.Errorf("%s shows %s", text, row)
			}
		}
	}
	db.ok("mallory", "CREATE TABLE mallory.mine (a INT)")
	for _, text := range []string{
		"CREATE VIEW mallory.evil AS SELECT 1 AS a", "CREATE PROCEDURE mallory.evil() SELECT v FROM vault.s",
		"CREATE DEFINER=root PROCEDURE mallory.evil() SELECT v FROM vault.s", "CREATE FUNCTION mallory.evil() RETURNS INT DETERMINISTIC RETURN 1",
		"CREATE TRIGGER mallory.evil BEFORE INSERT ON mallory.mine FOR EACH ROW SET @a = 1",
		"CREATE EVENT mallory.evil ON SCHEDULE EVERY 1 DAY DO SET @a = 1",
	} {
		call := inside("PREPARE s FROM '" + text + "'; EXECUTE s;")
		if _, err := db.run("mallory", call); err == nil {
			t.Errorf("%s was done for the outer definer", text)
		}
		db.rows("root", "SELECT COUNT(*) FROM information_schema.routines WHERE routine_name = 'evil'", "0")
		db.rows("root", "SELECT COUNT(*) FROM information_schema.views WHERE table_name = 'evil'", "0")
		db.rows("root", "SELECT COUNT(*) FROM information_schema.events WHERE event_name = 'evil'", "0")
		db.rows("root", "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_name = 'evil'", "0")
	}
	db.fails("mallory", inside("CREATE VIEW mallory.evil AS SELECT 1 AS a;"), sqlerr.SpecificAccessDenied)

	// ALTER makes a routine act for its definer only for who may act for him.
	db.ok("root", "CREATE PROCEDURE mallory.roots() SQL SECURITY INVOKER SELECT v FROM vault.s; GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE mallory.roots TO mallory")
	if _, err := db.run("mallory", inside("PREPARE s FROM 'ALTER PROCEDURE mallory.roots SQL SECURITY DEFINER'; EXECUTE s;")); err == nil {
		t.Error("ALTER PROCEDURE … SQL SECURITY DEFINER was done")
	}
	db.fails("mallory", "CALL mallory.roots()", sqlerr.TableAccessDenied)

	// The same without CALL, by a function in a view.
	db.ok("mallory", fmt.Sprintf("CREATE FUNCTION mallory.fk() RETURNS INT SQL SECURITY INVOKER READS SQL DATA BEGIN KILL %d; RETURN 1; END", victim))
	db.ok("root", "CREATE VIEW w.v AS SELECT mallory.fk() AS a; GRANT SELECT ON w.v TO mallory")
	db.fails("mallory", "SELECT * FROM w.v", sqlerr.KillDenied)

	// A view of somebody else gives a definer's program what its author may see, and nothing of what the definer may.
	db.ok("mallory", "CREATE VIEW mallory.pl AS SELECT user FROM information_schema.processlist; CREATE SQL SECURITY INVOKER VIEW mallory.pl2 AS SELECT user FROM information_schema.processlist")
	db.ok("root", "CREATE PROCEDURE w.read1() SELECT * FROM mallory.pl; CREATE PROCEDURE w.read2() SELECT * FROM mallory.pl2; GRANT EXECUTE ON PROCEDURE w.read1 TO mallory; GRANT EXECUTE ON PROCEDURE w.read2 TO mallory")
	for _, call := range []string{"CALL w.read1()", "CALL w.read2()"} {
		rows, err := db.run("mallory", call)
		if err != nil || slices.ContainsFunc(rows, func(row string) bool { return row != "mallory" }) {
			t.Errorf("%s shows %q, %v", call, rows, err)
		}
	}
}

// A DEFINER is an account: its name and its host.
func TestAttackR9DefinersHostCounts(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (7); CREATE TABLE vault.t (v INT);
		CREATE USER 'xx'@'%' IDENTIFIED BY 'a-long-Passw0rd'; CREATE USER 'xx'@'127.0.0.1' IDENTIFIED BY 'a-long-Passw0rd'; GRANT SELECT ON vault.s TO 'xx'@'%';
		CREATE DEFINER='xx'@'127.0.0.1' PROCEDURE vault.here() SELECT v FROM vault.s; CREATE DEFINER='xx'@'%' PROCEDURE vault.anywhere() SELECT v FROM vault.s;
		CREATE DEFINER='xx'@'127.0.0.1' VIEW vault.who AS SELECT CURRENT_USER() AS a; CREATE DEFINER='xx'@'127.0.0.1' EVENT vault.e ON SCHEDULE EVERY 1 DAY DO SET @a = 1;
		CREATE DEFINER='xx'@'127.0.0.1' TRIGGER vault.tr BEFORE INSERT ON vault.t FOR EACH ROW SET @a = 1; CREATE DEFINER='root'@'localhost' PROCEDURE vault.dumped() SELECT CURRENT_USER()`)
	db.fails("root", "CALL vault.here()", sqlerr.TableAccessDenied)
	db.rows("root", "CALL vault.anywhere()", "7")
	db.rows("root", "CALL vault.dumped()", "root@%")
	db.rows("root", "SELECT a FROM vault.who", "xx@127.0.0.1")
	for _, text := range []string{
		"SELECT definer FROM information_schema.routines WHERE routine_name = 'here'", "SELECT definer FROM information_schema.views WHERE table_name = 'who'",
		"SELECT definer FROM information_schema.events WHERE event_name = 'e'", "SELECT definer FROM information_schema.triggers WHERE trigger_name = 'tr'",
	} {
		db.rows("root", text, "xx@127.0.0.1")
	}
	for _, text := range []string{"SHOW CREATE PROCEDURE vault.here", "SHOW CREATE VIEW vault.who", "SHOW CREATE EVENT vault.e", "SHOW CREATE TRIGGER vault.tr"} {
		if rows := db.ok("root", text); len(rows) != 1 || !strings.Contains(rows[0], "DEFINER=`xx`@`127.0.0.1`") {
			t.Errorf("%s: %q", text, rows)
		}
	}
	db.fails("root", "CREATE DEFINER='xx'@'10.1.1.1' PROCEDURE vault.p() SELECT 1", sqlerr.NoSuchUser)

	// localhost is any host only for a name that has no account of a host: xx has two.
	for _, definer := range []string{"'xx'@'localhost'", "'xx@127.0.0.1'@'localhost'", "'xx@127.0.0.1'@'%'", "'xx@127.0.0.1'", "'xx'@'no host'"} {
		db.fails("root", "CREATE DEFINER="+definer+" PROCEDURE vault.p() SELECT 1", sqlerr.NoSuchUser)
	}
	db.ok("root", "CREATE USER 'yy'@'127.0.0.1' IDENTIFIED BY 'a-long-Passw0rd'") // and none of any host
	for _, definer := range []string{"'yy'", "'yy'@'%'", "'yy'@'localhost'"} {
		db.fails("root", "CREATE DEFINER="+definer+" PROCEDURE vault.p() SELECT 1", sqlerr.NoSuchUser)
	}
	db.ok("root", "CREATE USER 'xx'@'localhost' IDENTIFIED BY 'a-long-Passw0rd'; CREATE DEFINER='xx'@'localhost' PROCEDURE vault.local() SELECT CURRENT_USER()")
	db.rows("root", "CALL vault.local()", "xx@localhost")
	db.fails("mallory", "CREATE DEFINER='mallory'@'10.1.1.1' PROCEDURE mallory.p() SELECT 1", sqlerr.SpecificAccessDenied)
}

// Functions and triggers have savepoints of their own: those of who writes to a table are not
// for the author of a trigger on it.
func TestAttackSavepointsOfTheCaller(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE w; CREATE TABLE w.t (id INT PRIMARY KEY); CREATE TABLE w.u (id INT PRIMARY KEY);
		CREATE TRIGGER w.tg BEFORE INSERT ON w.u FOR EACH ROW ROLLBACK TO sp1; BEGIN; INSERT INTO w.t VALUES (1); SAVEPOINT sp1; INSERT INTO w.t VALUES (2)`)
	db.fails("root", "INSERT INTO w.u VALUES (10), (11)", sqlerr.SPDoesNotExist)
	db.rows("root", "SELECT id FROM w.t", "1", "2")
	db.ok("root", "ROLLBACK TO sp1")
	db.rows("root", "SELECT id FROM w.t", "1")
	db.ok("root", "ROLLBACK; DROP TRIGGER w.tg; CREATE TRIGGER w.tg BEFORE INSERT ON w.u FOR EACH ROW RELEASE SAVEPOINT sp1; BEGIN; SAVEPOINT sp1")
	db.fails("root", "INSERT INTO w.u VALUES (10)", sqlerr.SPDoesNotExist)
	db.ok("root", "ROLLBACK; DROP TRIGGER w.tg; CREATE TRIGGER w.tg BEFORE INSERT ON w.u FOR EACH ROW BEGIN SAVEPOINT sp1; INSERT INTO w.t VALUES (NEW.id); ROLLBACK TO sp1; END")
	db.ok("root", "BEGIN; INSERT INTO w.t VALUES (1); SAVEPOINT sp1; INSERT INTO w.t VALUES (2); INSERT INTO w.u VALUES (10); ROLLBACK TO sp1; COMMIT")
	db.rows("root", "SELECT id FROM w.t", "1")
	db.rows("root", "SELECT id FROM w.u")
}

// Which databases exist is not told to who holds nothing there.
func TestAttackHiddenDatabasesOfPrograms(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE hid; CREATE TABLE hid.t (a INT)")
	for _, text := range []string{
		"CALL %s.x()", "SELECT %s.f()", "DROP PROCEDURE %s.x", "DROP PROCEDURE IF EXISTS %s.x", "ALTER PROCEDURE %s.x COMMENT 'a'", "DROP FUNCTION %s.x",
		"CREATE TRIGGER mallory.q BEFORE INSERT ON %s.t FOR EACH ROW SET @a = 1", "CREATE PROCEDURE %s.x() SELECT 1", "SHOW CREATE PROCEDURE %s.x",
	} {
		_, hidden := db.run("mallory", fmt.Sprintf(text, "hid"))
		_, absent := db.run("mallory", fmt.Sprintf(text, "nod"))
		if hidden == nil || absent == nil || strings.ReplaceAll(hidden.Error(), "hid", "nod") != absent.Error() {
			t.Errorf("%s: %v, and where there is none %v", text, hidden, absent)
		}
	}
}

// An event that somebody pauses stays its definer's; a new body is for who writes it.
func TestAlterEventKeepsTheDefiner(t *testing.T) {
	db := lab(t)
	db.ok("mallory", "CREATE EVENT mallory.e ON SCHEDULE EVERY 1 DAY DO SET @a = 1")
	definer := "SELECT definer FROM information_schema.events WHERE event_name = 'e'"
	for _, change := range []string{"DISABLE", "ENABLE", "COMMENT 'x'", "ON SCHEDULE EVERY 2 DAY"} {
		db.ok("root", "ALTER EVENT mallory.e "+change)
		db.rows("root", definer, "mallory@%")
	}
	db.ok("root", "ALTER EVENT mallory.e DO SET @a = 2")
	db.rows("root", definer, "root@%")
	db.ok("root", "ALTER DEFINER=mallory EVENT mallory.e DISABLE")
	db.rows("root", definer, "mallory@%")
	db.ok("root", "CREATE DATABASE elsewhere; ALTER EVENT mallory.e RENAME TO elsewhere.e") // its names mean others there
	db.rows("root", definer, "root@%")
	db.ok("root", "ALTER DEFINER=mallory EVENT elsewhere.e DISABLE")
	db.rows("root", definer, "mallory@%")
}

// A view hides rows from the conditions of a change through it, too.
func TestAttackConditionsBeforeTheView(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE hid; CREATE TABLE hid.r (id INT PRIMARY KEY, owner VARCHAR(20), s VARCHAR(40), n INT);
		INSERT INTO hid.r VALUES (1, 'x', 'HIDDEN1', 0), (2, 'own', 'mine', 0), (3, NULL, 'HIDDEN3', 0);
		CREATE VIEW hid.g AS SELECT id, s, n FROM hid.r WHERE owner = 'own'; GRANT SELECT, UPDATE, DELETE ON hid.g TO mallory`)
	db.ok("mallory", `CREATE TABLE mallory.lk (v VARCHAR(90)); CREATE TABLE mallory.j (a INT); INSERT INTO mallory.j VALUES (1), (3);
		CREATE FUNCTION mallory.leak(x VARCHAR(90)) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO mallory.lk VALUES (x); RETURN 1; END; USE mallory`)
	for _, text := range []string{
		"UPDATE hid.g SET s = s WHERE mallory.leak(s)", "UPDATE hid.g SET s = s WHERE mallory.leak(s) AND id > 0", "UPDATE hid.g SET s = s WHERE id = 1 AND mallory.leak(s)",
		"DELETE FROM hid.g WHERE mallory.leak(s) = 2", "UPDATE IGNORE hid.g SET s = s WHERE mallory.leak(s)", "UPDATE hid.g SET s = s WHERE NOT mallory.leak(s) OR n = 5",
		"UPDATE hid.g v JOIN mallory.j j ON mallory.leak(v.s) SET v.s = v.s", "DELETE v FROM hid.g v JOIN mallory.j j ON mallory.leak(v.s) = 2",
		"UPDATE hid.g SET s = s WHERE mallory.leak(s) ORDER BY mallory.leak(s) LIMIT 5",
	} {
		if _, err := db.run("mallory", text); err != nil && !strings.Contains(err.Error(), "1235") {
			t.Errorf("%s: %v", text, err)
		}
		if rows := db.ok("mallory", "SELECT v FROM mallory.lk WHERE v LIKE 'HIDDEN%'"); len(rows) > 0 {
			t.Errorf("%s shows %q", text, rows)
		}
		db.ok("mallory", "DELETE FROM mallory.lk")
	}
	db.ok("mallory", "SET @q = ''; UPDATE hid.g SET n = 7 WHERE (@q := CONCAT(@q, s)) IS NOT NULL")
	db.rows("mallory", "SELECT @q", "mine")
	db.ok("mallory", "UPDATE hid.g SET n = 8 WHERE id IN (1, 2, 3) AND n BETWEEN 0 AND 9")
	db.rows("root", "SELECT id, n FROM hid.r ORDER BY id", "1|0", "2|8", "3|0")
}

// TestAttackE26AlteredEventKeepsItsAuthor: an administrator who moves somebody's event becomes its definer. Unless he says so (DEFINER), what it
// does is still the other one's will, who gets by it nothing of the system.
func TestAttackE26AlteredEventKeepsItsAuthor(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER ma; CREATE DATABASE d; GRANT EVENT ON d.* TO ma")
	for change, kept := range map[string]bool{"RENAME TO d.e2": true, "COMMENT 'x'": false, "DO GRANT CREATE ON *.* TO ma": false} {
		db.ok("ma", "CREATE EVENT d.e ON SCHEDULE EVERY 1 DAY DO GRANT CREATE ON *.* TO ma")
		db.ok("root", "ALTER EVENT d.e "+change)
		s := db.engine.Catalog().Snapshot()
		ma := s.Principal("ma").ID
		name := "e"
		if kept {
			name = "e2"
		}
		e := s.Event(s.Database("d").ID, name)
		if outgrown := db.engine.inst.Outgrown(e.Makers, e.Definer) != ""; e.Definer != ma && outgrown != kept {
			t.Errorf("%s: it acts for %d, its makers are %v: refused %v, want %v", change, e.Definer, e.Makers, outgrown, kept)
		}
		db.ok("root", "DROP EVENT d."+name)
	}
}

// TestQuestionsWaitASecond: who asks whether he may send a statement may hold the lock that it would wait for.
func TestQuestionsWaitASecond(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT); LOCK TABLES d.t WRITE")
	begun := time.Now()
	_, err := db.run("root", "EXPLAIN SECURITY CREATE VIEW d.v AS SELECT * FROM d.t")
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("%v: %v", took, err)
	}
}
