package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// E-29, E-30: nobody can tell an object that is hidden from him from one that is not there.
// Every form of testdata/visibility.txt is asked of every kind of object, from several positions
// and in several places: alone, prepared, explained, in programs, views and triggers. Number
// and text of the error, warnings, rows, columns and what the session counts must be alike.

// position is somebody to whom objects are hidden: in a database where he holds nothing, or
// that he knows, or which is open to all but this. Where he may create objects, the names that
// are taken are no secret: what creates something is left out.
type position struct {
	name, grants    string
	inside, creates bool     // of a database that he knows; may create there
	hidden          []string // from him, of hiddenObjects; nil is all
}

var positions = []position{
	{name: "nothing"},
	{name: "one table", grants: "GRANT SELECT, INSERT ON shop.known TO nob", inside: true},
	{name: "metadata of one table", grants: "GRANT METADATA ON shop.known TO nob", inside: true},
	{name: "a sequence", grants: "GRANT READ ON SEQUENCE shop.kseq TO nob", inside: true},
	{name: "a procedure", grants: "GRANT EXECUTE ON PROCEDURE shop.kproc TO nob", inside: true},
	{name: "the list of databases", grants: "GRANT SHOW DATABASES ON *.* TO nob", inside: true},
	{name: "locking", grants: "GRANT LOCK TABLES, CREATE TEMPORARY TABLES ON shop.* TO nob; GRANT SELECT ON shop.known TO nob", inside: true},
	{name: "the server's state", grants: "GRANT PROCESS, RELOAD ON *.* TO nob", inside: true},
	{name: "making of tables and views", grants: "GRANT CREATE, CREATE VIEW, CREATE ROUTINE ON shop.* TO nob; GRANT SELECT ON shop.known TO nob", inside: true, creates: true},
	{name: "all but this", grants: "GRANT SELECT ON shop.* TO nob; DENY SELECT ON shop.o7_t TO nob; DENY SELECT ON shop.x7_t TO nob; DENY SELECT ON shop.o7_v TO nob; DENY SELECT ON shop.x7_v TO nob", creates: true, inside: true, hidden: []string{"o7_t", "o7_v"}},
}

// hiddenObjects are of each kind; x7_… is not there.
var hiddenObjects = []string{"o7_t", "o7_v", "o7_s", "o7_p", "o7_f", "o7_e", "o7_g"}

func visibilityDB(t *testing.T, p position) *testDB {
	db := newTestDB(t)
	db.ok("root", "CREATE USER nob; CREATE USER other; CREATE TABLE nob.q (a INT)")
	db.ok("root", `CREATE DATABASE shop; CREATE TABLE shop.o7_t (id INT PRIMARY KEY, v INT, KEY i (v), CONSTRAINT o7_t_c CHECK (v < 100)); INSERT INTO shop.o7_t VALUES (1, 2);
		CREATE VIEW shop.o7_v AS SELECT 1 AS id, 2 AS v; CREATE SEQUENCE shop.o7_s; CREATE PROCEDURE shop.o7_p() SELECT 1;
		CREATE FUNCTION shop.o7_f() RETURNS INT DETERMINISTIC RETURN 1; CREATE EVENT shop.o7_e ON SCHEDULE EVERY 1 DAY DO SET @a = 1;
		CREATE TABLE shop.known (id INT PRIMARY KEY); CREATE SEQUENCE shop.kseq; CREATE PROCEDURE shop.kproc() SELECT 1`)
	db.ok("root", "CREATE TRIGGER shop.o7_g BEFORE INSERT ON shop.o7_t FOR EACH ROW SET @a = 1")
	if p.grants != "" {
		db.ok("root", p.grants)
	}
	db.sends("nob", strings.NewReader("1\t2\n"))
	return db
}

// visibilityForms reads the statements.
func visibilityForms(t *testing.T) (forms []string) {
	text, err := os.ReadFile("testdata/visibility.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			forms = append(forms, line)
		}
	}
	if len(forms) < 250 {
		t.Fatalf("%d forms", len(forms))
	}
	return forms
}

// asks is what somebody can learn of a statement in a session.
type asks struct {
	db   *testDB
	said strings.Builder
}

func (a *asks) note(rows []string, err error) {
	fmt.Fprintf(&a.said, "%q %v; ", rows, err)
	if err != nil {
		var e *session.Error
		if errors.As(err, &e) {
			fmt.Fprintf(&a.said, "(%s) ", e.State)
		}
	}
	for _, text := range []string{"SHOW WARNINGS", "SELECT @@error_count, @@warning_count", "SELECT ROW_COUNT(), FOUND_ROWS()"} {
		rows, err := a.db.run("nob", text)
		fmt.Fprintf(&a.said, "%q %v; ", rows, err)
	}
}

func (a *asks) run(text string) error {
	rows, err := a.db.run("nob", text)
	a.note(rows, err)
	return err
}

// standing is where a statement can stand.
var standing = map[string]func(a *asks, text string){
	"alone": func(a *asks, text string) {
		if err := a.run(text); err == nil {
			_ = a.run(text) // once more, where it came about
		}
	},
	"prepared": func(a *asks, text string) {
		st, err := a.db.as("nob").Prepare(context.Background(), text)
		if err != nil {
			a.note(nil, err)
			return
		}
		for _, c := range append(st.Params(), st.Columns()...) {
			fmt.Fprintf(&a.said, "%+v ", c)
		}
		res, err := st.Execute(context.Background(), nil)
		var rows []string
		if err == nil {
			rows, err = drain(res)
		}
		a.note(rows, err)
		_ = st.Close()
	},
	"PREPARE": func(a *asks, text string) {
		if a.run("PREPARE s FROM '"+strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text)+"'") == nil {
			_ = a.run("EXECUTE s")
			_ = a.run("DEALLOCATE PREPARE s")
		}
	},
	"procedure": func(a *asks, text string) {
		if a.run("CREATE PROCEDURE nob.w() "+text) == nil {
			_ = a.run("CALL nob.w()")
			_ = a.run("DROP PROCEDURE nob.w")
		}
	},
	"handler": func(a *asks, text string) {
		if a.run("CREATE PROCEDURE nob.w() BEGIN DECLARE n, m TEXT; DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN GET DIAGNOSTICS CONDITION 1 n = MYSQL_ERRNO, m = MESSAGE_TEXT; SELECT n, m; END; "+text+"; END") == nil {
			_ = a.run("CALL nob.w()")
			_ = a.run("DROP PROCEDURE nob.w")
		}
	},
	"trigger": func(a *asks, text string) {
		if a.run("CREATE TRIGGER nob.w BEFORE INSERT ON nob.q FOR EACH ROW "+text) == nil {
			_ = a.run("INSERT INTO nob.q VALUES (9)")
			_ = a.run("DROP TRIGGER nob.w")
		}
	},
	"event": func(a *asks, text string) {
		if a.run("CREATE EVENT nob.w ON SCHEDULE EVERY 1 DAY DO "+text) == nil {
			_ = a.run("DROP EVENT nob.w")
		}
	},
	"explained": func(a *asks, text string) {
		_ = a.run("EXPLAIN " + text)
	},
	"asked": func(a *asks, text string) {
		_ = a.run("EXPLAIN SECURITY " + text)
	},
	"view": func(a *asks, text string) {
		if a.run("CREATE VIEW nob.w AS "+text) == nil {
			_ = a.run("SELECT * FROM nob.w")
			_ = a.run("DROP VIEW nob.w")
		}
	},
	"cursor": func(a *asks, text string) {
		if a.run("CREATE PROCEDURE nob.w() BEGIN DECLARE c CURSOR FOR "+text+"; OPEN c; CLOSE c; END") == nil {
			_ = a.run("CALL nob.w()")
			_ = a.run("DROP PROCEDURE nob.w")
		}
	},
	"function": func(a *asks, text string) {
		if a.run("CREATE FUNCTION nob.w() RETURNS INT DETERMINISTIC BEGIN "+text+"; RETURN 1; END") == nil {
			_ = a.run("SELECT nob.w()")
			_ = a.run("DROP FUNCTION nob.w")
		}
	},
}

func isQuery(text string) bool {
	for _, word := range []string{"SELECT", "TABLE", "WITH", "VALUES", "("} {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}

// fits says whether a statement can be written in a place at all.
func fits(place, text string) bool {
	first, _, _ := strings.Cut(text, " ")
	switch place {
	case "view", "cursor":
		return isQuery(text) && !strings.Contains(text, " INTO ")
	case "explained":
		switch first {
		case "SELECT", "TABLE", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES":
			return true
		}
		return false
	case "asked":
		return first != "EXPLAIN" && first != "DESCRIBE" && first != "DESC"
	case "procedure", "handler", "trigger", "event", "function":
		switch first {
		case "LOAD", "USE", "LOCK", "HANDLER":
			return false // not in programs
		}
		return place == "procedure" || place == "handler" || first != "SHOW" && first != "EXPLAIN" && first != "DESCRIBE" && first != "DESC"
	}
	return true
}

// allFormsEnv has all forms asked in all places, from all positions: some minutes.
const allFormsEnv = "LXDB_ALL_FORMS"

func TestMissingAndForbidden(t *testing.T) {
	few := testing.Short() || os.Getenv(allFormsEnv) == ""
	forms := visibilityForms(t)
	for _, p := range positions {
		t.Run(p.name, func(t *testing.T) {
			if few && p.name != "nothing" && p.name != "one table" && p.name != "locking" {
				t.Skip("takes long: make visibility")
			}
			t.Parallel()
			db := visibilityDB(t, p)
			asked, unread := 0, map[string]bool{}
			for _, form := range forms {
				if p.creates && isCreating(form) || p.inside && !strings.Contains(form, "{o}") && !strings.Contains(form, "{n}") {
					continue
				}
				objects := hiddenObjects
				if p.hidden != nil {
					objects = p.hidden
				}
				if !strings.Contains(form, "{o}") && !strings.Contains(form, "{n}") { // {d} alone
					objects = objects[:1]
				}
				for place, ask := range standing {
					if !fits(place, form) || few && place != "alone" && place != "prepared" && place != "procedure" && place != "asked" {
						continue
					}
					for _, object := range objects {
						asked++
						there, missing := hides(db, p, ask, form, object, false), hides(db, p, ask, form, object, true)
						if strings.Contains(there, fmt.Sprint(sqlerr.Syntax, " ")) {
							unread[form] = true
						}
						if there != missing {
							t.Errorf("%s, %s: %s\n  there:   %s\n  missing: %s", place, object, form, there, missing)
						}
					}
				}
			}
			t.Logf("%d questions; no statement: %d forms somewhere", asked, len(unread))
		})
	}
}

// isCreating says that a statement makes what it names, or gives it another name, or, as ALTER
// VIEW, asks for CREATE VIEW, whose holder hears of names that are taken.
func isCreating(form string) bool {
	return strings.HasPrefix(form, "CREATE ") || strings.Contains(form, "ALTER VIEW") || strings.Contains(form, "RENAME") || strings.HasPrefix(form, "GRANT") || strings.HasPrefix(form, "SIMULATE")
}

// hides asks of an object, or of one that is not there, and forgets what it is called.
func hides(db *testDB, p position, ask func(*asks, string), form, object string, missing bool) string {
	database, name := "shop", object
	if missing && p.inside {
		name = "x" + object[1:]
	} else if missing {
		database = "shap"
	}
	a := &asks{db: db}
	text := strings.NewReplacer("{o}", database+"."+name, "{n}", name, "{d}", database, " q", " nob.q", " z", " nob.z").Replace(form)
	ask(a, text)
	_, _ = db.run("nob", "UNLOCK TABLES; ROLLBACK")
	for _, kind := range []string{"TABLE", "VIEW", "TRIGGER"} {
		_, _ = db.run("root", "DROP "+kind+" IF EXISTS nob.z")
	}
	if strings.Contains(form, "CREATE EVENT z") || strings.Contains(form, "nob.y") {
		_, _ = db.run("root", "DROP EVENT IF EXISTS nob.z; DROP PROCEDURE IF EXISTS nob.y")
	}
	if strings.Contains(form, "q ADD x") {
		_, _ = db.run("root", "ALTER TABLE nob.q DROP COLUMN x")
	}
	return strings.NewReplacer(database, "DATABASE", name, "NAME").Replace(a.said.String())
}
