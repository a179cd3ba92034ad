package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/internal/may"
)

// mayAsk asks as `lxdb can` does.
func (db *testDB) mayAsk(user, text string) (may.Answer, string) {
	db.t.Helper()
	answer, reasons, err := may.Ask(user, text, func(statement string) (rows [][]string, number uint16, err error) {
		said, err := db.run("root", statement)
		if e, is := errors.AsType[*session.Error](err); is {
			return nil, uint16(e.Number), e
		}
		for _, row := range said {
			rows = append(rows, strings.SplitN(row, "|", 3))
		}
		return rows, 0, err
	})
	if err != nil && answer != may.Unsaid {
		db.t.Fatalf("%s> %s: %v", user, text, err)
	}
	if len(reasons) == 0 {
		return answer, fmt.Sprint(err)
	}
	return answer, reasons[len(reasons)-1][2]
}

// refusals are the numbers of a statement that its sender may not send, or that names what he may
// not know of. What else is wrong with a statement, as a value or a name in it, shows when it runs.
var refusals = []sqlerr.Code{
	sqlerr.DBAccessDenied, sqlerr.TableAccessDenied, sqlerr.SpecificAccessDenied, sqlerr.ProcAccessDenied, sqlerr.AccessDenied,
	sqlerr.NonexistingGrant, sqlerr.NonexistingTableGrant, sqlerr.CannotUser, sqlerr.KillDenied, sqlerr.ViewNoExplain,
}

// corpusStatements are the statements of testdata/visibility.txt, of each kind of object, and those
// of testdata/grant_forms.txt.
func corpusStatements(t *testing.T) (all []string) {
	for _, form := range visibilityForms(t) {
		for _, o := range hiddenObjects {
			all = append(all, strings.NewReplacer("{o}", "shop."+o, "{n}", o, "{d}", "shop", " q", " nob.q", " z", " nob.z").Replace(form))
			if !strings.Contains(form, "{o}") && !strings.Contains(form, "{n}") {
				break
			}
		}
	}
	for _, form := range grantForms(t) {
		for _, name := range []string{"t", "v", "p", "f"} {
			form = strings.ReplaceAll(form+" ", "shop."+name+" ", "shop.o7_"+name+" ")
		}
		form = strings.ReplaceAll(strings.TrimSpace(form), "shop.q", "shop.o7_s")
		all = append(all, "GRANT "+form+" TO other", "REVOKE "+form+" FROM other")
	}
	return append(all,
		"GRANT role1 TO other", "REVOKE role1 FROM other", "SET ROLE role1", "SET DEFAULT ROLE role1 TO nob", "DENY SELECT ON shop.o7_t TO other",
		"CREATE SEQUENCE shop.x", "ALTER SEQUENCE shop.o7_s RESTART", "DROP SEQUENCE shop.o7_s", "CREATE ROLE x", "CREATE USER x", "DROP USER other",
		"RENAME USER other TO another", "ALTER USER other ACCOUNT LOCK", "ALTER USER other IDENTIFIED BY 'p'", "SET PASSWORD FOR other = 'p'",
		"CREATE TRIGGER shop.x BEFORE INSERT ON shop.o7_t FOR EACH ROW SET @a = 1", "CREATE EVENT shop.x ON SCHEDULE EVERY 1 DAY DO SET @a = 1",
		"CREATE PROCEDURE shop.x() SELECT 1", "CREATE FUNCTION shop.x() RETURNS INT RETURN 1", "ALTER EVENT shop.o7_e DISABLE", "DROP EVENT shop.o7_e",
		"CREATE DEFINER=root PROCEDURE nob.x() SELECT 1", "CREATE DEFINER=other VIEW nob.x AS SELECT 1", "SET GLOBAL max_connections = 10", "SET @a = 1",
		"KILL 1", "FLUSH PRIVILEGES", "EXECUTE AS USER = 'other'", "CREATE DATABASE x", "DROP DATABASE shop", "CREATE SCHEMA x", "SHOW CREATE USER other",
		"SHOW GRANTS FOR other", "CREATE CONNECTION RULE r ALLOW ALL", "LOCK TABLES shop.o7_t READ", "SELECT * FROM mysql.user", "SELECT * FROM sys.audit_log",
		"SELECT shop.o7_f()", "SELECT a + NEXT VALUE FOR shop.o7_s FROM nob.q", "INSERT INTO nob.q VALUES (NEXT VALUE FOR shop.o7_s)",
		"SELECT (SELECT nextval('shop.o7_s'))", "ALTER TABLE shop.o7_t OWNER TO other", "EXPLAIN SELECT * FROM shop.o7_t", "DO NEXT VALUE FOR shop.o7_s",
	)
}

// TestAskedAsSent asks about each statement of the corpora, of users that hold nothing, something and
// all, and sends it: what is refused was answered by NO and the same words, what is done by YES, and
// what cannot be said is neither. (CREATE TABLE and a DEFAULT ask in another order.) Nothing changes by the question.
func TestAskedAsSent(t *testing.T) {
	oneSession(t)
	statements := corpusStatements(t)
	seen, said := map[may.Answer]int{}, 0
	for who, grants := range map[string]string{
		"nob":  "",
		"some": "GRANT SELECT, INSERT, UPDATE ON shop.o7_t TO some; GRANT READ ON SEQUENCE shop.o7_s TO some; GRANT CREATE ROUTINE, EVENT, TRIGGER, DROP, CREATE VIEW ON shop.* TO some; GRANT role1 TO some WITH ADMIN OPTION; GRANT SELECT, ALTER ON shop.o7_v TO some WITH GRANT OPTION",
		"adm":  "GRANT SYSTEM ADMIN TO adm",
	} {
		world := func() *testDB {
			db := visibilityDB(t, positions[0])
			db.ok("root", "CREATE USER some; CREATE USER adm; CREATE ROLE role1")
			if grants != "" {
				db.ok("root", grants)
			}
			return db
		}
		db := world()
		for i, text := range statements {
			if testing.Short() && i%7 != 0 {
				continue
			}
			if strings.HasPrefix(text, "LOAD") || who == "adm" && strings.HasPrefix(text, "KILL") {
				continue // the client sends a file; a session of this test
			}
			before := db.engine.Catalog().Snapshot().Version()
			answer, why := db.mayAsk(who, text)
			if db.engine.Catalog().Snapshot().Version() != before {
				t.Fatalf("%s> EXPLAIN SECURITY %s changed the catalog", who, text)
			}
			_, err := db.run(who, text)
			refused, is := errors.AsType[*session.Error](err)
			seen[answer]++
			switch by := is && slices.Contains(refusals, refused.Number); {
			case answer == may.Unsaid:
				said--
			case by && (answer != may.No || why != refused.Message && !strings.HasPrefix(text, "CREATE TABLE") && !strings.Contains(text, "DEFAULT (")), err == nil && answer != may.Yes:
				t.Errorf("%s> %s\n\tasked: %v, %s\n\tsent:  %v", who, text, answer, why, err)
			}
			said++
			if db.engine.Catalog().Snapshot().Version() != before { // it did something
				_ = db.as(who).Close()
				db = world()
				continue
			}
			_, _ = db.run(who, "UNLOCK TABLES; ROLLBACK; REVERT; SET ROLE DEFAULT")
		}
	}
	t.Logf("%v", seen)
	scale := 1
	if testing.Short() {
		scale = 7
	}
	if seen[may.Yes] < 500/scale || seen[may.No] < 1000/scale || seen[may.Unsaid]*10 > said {
		t.Errorf("answers: %v: the run proves little", seen)
	}
}

// TestAskedOfLateQuestions: what is asked of a statement when it runs is asked with it, and what takes no right is YES.
func TestAskedOfLateQuestions(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE app; CREATE TABLE app.t (a INT); CREATE TABLE app.u (a INT); CREATE USER nob, reader, writer; "+
		"GRANT SELECT ON app.t TO reader; GRANT SELECT, INSERT ON app.t TO writer")
	for _, who := range []string{"nob", "reader", "writer", "root"} {
		for _, text := range []string{
			"ANALYZE TABLE app.t", "ANALYZE TABLE app.t, app.u", "ANALYZE TABLE app.nosuch", "ANALYZE NO_WRITE_TO_BINLOG TABLE app.t",
			"DROP TEMPORARY TABLE IF EXISTS app.ztt", "DROP TEMPORARY TABLE IF EXISTS app.t, nosuch.t",
		} {
			answer, why := db.mayAsk(who, text)
			_, err := db.run(who, text)
			if refused := sqlerr.From(err); err == nil && answer != may.Yes || err != nil && refused.Number.Denies() && (answer != may.No || why != refused.Message) {
				t.Errorf("%s> %s: asked %v, %s; sent %v", who, text, answer, why, err)
			}
		}
	}
}

// TestAskedOfPrograms: a statement is asked about with what its triggers and programs do, for whom they act. Where
// that depends on the run, the answer is neither.
func TestAskedOfPrograms(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v INT); CREATE TABLE shop.log (n INT); CREATE TABLE shop.plain (n INT);
		CREATE USER ann; CREATE USER own; CREATE USER poor; GRANT SELECT, INSERT, UPDATE, DELETE ON shop.t TO ann; GRANT INSERT ON shop.log TO own; GRANT TRIGGER ON shop.t TO own; GRANT TRIGGER ON shop.t TO poor;
		CREATE DEFINER = own PROCEDURE shop.good() INSERT INTO shop.log VALUES (1);
		CREATE DEFINER = poor PROCEDURE shop.bad() INSERT INTO shop.log VALUES (1);
		CREATE DEFINER = poor PROCEDURE shop.perhaps(n INT) BEGIN IF n > 0 THEN INSERT INTO shop.log VALUES (n); END IF; END;
		CREATE DEFINER = poor PROCEDURE shop.caught() BEGIN DECLARE CONTINUE HANDLER FOR 1142 BEGIN END; INSERT INTO shop.log VALUES (1); END;
		CREATE DEFINER = own PROCEDURE shop.made() BEGIN PREPARE s FROM 'INSERT INTO shop.log VALUES (1)'; EXECUTE s; END;
		CREATE DEFINER = own PROCEDURE shop.through() CALL shop.bad();
		CREATE PROCEDURE shop.inv() SQL SECURITY INVOKER INSERT INTO shop.log VALUES (1);
		CREATE DEFINER = own FUNCTION shop.gf() RETURNS INT BEGIN INSERT INTO shop.log VALUES (2); RETURN 1; END;
		CREATE DEFINER = poor FUNCTION shop.bf() RETURNS INT BEGIN INSERT INTO shop.log VALUES (2); RETURN 1; END;
		GRANT EXECUTE ON shop.* TO ann, own; GRANT ALTER ROUTINE ON PROCEDURE shop.bad TO poor`)
	ask := func(text string, want may.Answer) {
		t.Helper()
		n := len(db.ok("root", "SELECT * FROM shop.log"))
		got, why := db.mayAsk("ann", text)
		if got != want {
			t.Errorf("%s: %v, %s; want %v", text, got, why, want)
		}
		if len(db.ok("root", "SELECT * FROM shop.log")) != n {
			t.Errorf("asking about %s has run it", text)
		}
		if _, err := db.run("ann", text); want == may.Yes && err != nil || want == may.No && err == nil {
			t.Errorf("%s: asked %v, sent %v", text, want, err)
		}
	}
	ask("CALL shop.good()", may.Yes)
	ask("CALL shop.bad()", may.No)
	ask("CALL shop.perhaps(0)", may.Unsaid)
	ask("CALL shop.caught()", may.Unsaid)
	ask("CALL shop.made()", may.Unsaid)
	ask("CALL shop.through()", may.No)
	ask("CALL shop.inv()", may.No)
	ask("CALL shop.nosuch()", may.No)
	ask("SELECT shop.gf()", may.Yes)
	ask("DO shop.bf()", may.No)
	ask("UPDATE shop.t SET v = shop.gf()", may.Yes)

	ask("INSERT INTO shop.t VALUES (1, 1)", may.Yes)
	db.ok("root", "CREATE DEFINER = own TRIGGER shop.tr BEFORE INSERT ON shop.t FOR EACH ROW INSERT INTO shop.log VALUES (3)")
	ask("INSERT INTO shop.t VALUES (2, 1)", may.Yes)
	ask("REPLACE INTO shop.t VALUES (2, 1)", may.Yes)
	db.ok("root", "CREATE DEFINER = poor TRIGGER shop.up BEFORE UPDATE ON shop.t FOR EACH ROW INSERT INTO shop.log VALUES (4)")
	ask("INSERT INTO shop.t VALUES (3, 1)", may.Yes)
	ask("INSERT INTO shop.t VALUES (3, 1) ON DUPLICATE KEY UPDATE v = 2", may.Unsaid)
	ask("UPDATE shop.t SET v = 2 WHERE id = 77", may.Unsaid) // no row, no trigger
	ask("DELETE FROM shop.t WHERE id = 3", may.Yes)
	db.ok("root", "CREATE DEFINER = poor TRIGGER shop.bad BEFORE INSERT ON shop.t FOR EACH ROW INSERT INTO shop.log VALUES (5)")
	ask("INSERT INTO shop.t VALUES (4, 1)", may.No)
	ask("INSERT INTO shop.t SELECT 5, 5 FROM shop.t WHERE id = 77", may.Unsaid)
	db.ok("root", "DROP TRIGGER shop.bad; REVOKE TRIGGER ON shop.t FROM own")
	ask("INSERT INTO shop.t VALUES (6, 1)", may.No)
	if _, why := db.mayAsk("ann", "INSERT INTO shop.t VALUES (6, 1)"); strings.Contains(why, "own") || strings.Contains(why, "'tr'") {
		t.Errorf("told of a program that ann may not read: %s", why)
	}
	ask("UNLOCK TABLES", may.Yes)
	db.ok("root", "GRANT INSERT ON shop.log TO ann")
	ask("CALL shop.inv()", may.Yes)
	if got, why := db.mayAsk("ann", "SIGNAL SQLSTATE '45000'"); got != may.Yes {
		t.Errorf("SIGNAL: %v, %s", got, why)
	}
}

// TestAskedOfLoad: LOAD DATA LOCAL is for who may insert, where the server lets clients send files.
func TestAskedOfLoad(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT PRIMARY KEY, b INT); CREATE TABLE d.s (a INT); CREATE USER ann; CREATE USER bob; GRANT INSERT ON d.t TO ann")
	ask := func(user, text string, want may.Answer, word string) {
		t.Helper()
		if got, why := db.mayAsk(user, text); got != want || !strings.Contains(why, word) {
			t.Errorf("%s> %s: %v, %s", user, text, got, why)
		}
	}
	const plain = "LOAD DATA LOCAL INFILE 'f' INTO TABLE d.t"
	ask("ann", plain, may.No, "Loading local data is disabled")
	db.ok("root", "SET GLOBAL local_infile = ON")
	defer db.ok("root", "SET GLOBAL local_infile = OFF")
	ask("ann", plain, may.Yes, "")
	ask("bob", plain, may.No, "INSERT command denied")
	ask("ann", "LOAD DATA LOCAL INFILE 'f' INTO TABLE d.nosuch", may.No, "INSERT command denied")
	ask("ann", "LOAD DATA LOCAL INFILE 'f' REPLACE INTO TABLE d.t", may.No, "denied")
	ask("ann", "LOAD DATA LOCAL INFILE 'f' INTO TABLE d.t (a, @x) SET b = @x + 1", may.Yes, "")
	ask("ann", "LOAD DATA LOCAL INFILE 'f' INTO TABLE d.t (a, @x) SET b = (SELECT MAX(a) FROM d.s)", may.No, "SELECT command denied")
	ask("ann", "LOAD DATA INFILE 'f' INTO TABLE d.t", may.No, "")
	if rows := db.ok("root", "SELECT * FROM d.t"); len(rows) != 0 {
		t.Errorf("asking has loaded %v", rows)
	}
}
