package engine

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/state"
)

// hostile are texts that would be statements, or end literals, names and comments, where they are printed as they are.
var hostile = []string{
	"a'", `a\`, `a\'`, "'); create user pwned; --", `\'); create user pwned; --`, "*/ ; create user pwned; /*", "n\nl\r\tm", "C COLLATE x CHARACTER SET y",
	"`; create user pwned;", `"; create user pwned; "`, "' */; create user pwned; /* '", `' as x, ' ; create user pwned; \`,
}

var hostileModes = []string{"", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "PIPES_AS_CONCAT", "HIGH_NOT_PRECEDENCE", "REAL_AS_FLOAT", "IGNORE_SPACE",
	"NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE,REAL_AS_FLOAT"}

// What SHOW CREATE gives of objects of every kind is read by root of another server under the default sql_mode, as dumps
// are, and programs under theirs: the objects are the same then, and nothing else has come into being.
func TestDefinitionsAreReadBack(t *testing.T) {
	oneSession(t)
	from, to := newTestDB(t), newTestDB(t)
	for i, mode := range hostileModes {
		from.ok("root", fmt.Sprintf("CREATE DATABASE d%d; USE d%d; SET time_zone = '+00:00'; SET sql_mode = '%s'", i, i, mode))
		for n, text := range hostile {
			for _, statement := range hostileObjects(n, text, state.ModeOf(mode)) {
				if _, err := from.run("root", statement); err != nil {
					t.Fatalf("%s> %s: %v", mode, statement, err)
				}
			}
		}
	}
	from.ok("root", "SET sql_mode = DEFAULT")
	accounts := to.ok("root", "SHOW USERS")
	to.ok("root", "SET time_zone = '+00:00'")
	for i := range hostileModes {
		database := fmt.Sprintf("d%d", i)
		printed := printedObjects(from, database)
		to.ok("root", "CREATE DATABASE "+database+"; USE "+database)
		for _, p := range printed {
			to.ok("root", "SET sql_mode = "+p.mode)
			if _, err := to.run("root", p.text); err != nil {
				t.Fatalf("under %s %s: %v", p.mode, p.text, err)
			}
		}
		to.ok("root", "SET sql_mode = DEFAULT")
		again := printedObjects(to, database)
		if len(again) != len(printed) {
			t.Fatalf("%d objects are %d then", len(printed), len(again))
		}
		for n, p := range printed {
			if again[n] != p {
				t.Errorf("%s\nis then %s", p, again[n])
			}
		}
		if got, want := columnNames(to, database), columnNames(from, database); !slices.Equal(got, want) {
			t.Errorf("the columns %q are %q then", want, got)
		}
	}
	if now := to.ok("root", "SHOW USERS"); !slices.Equal(now, accounts) {
		t.Errorf("accounts have come into being: %q", now)
	}
}

// hostileObjects makes objects of every kind with a text in all places.
func hostileObjects(n int, text string, m lex.Mode) []string {
	literal := lex.ShowString(text, m)
	name := lex.QuoteName
	if m.ANSIQuotes {
		name = func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	}
	alias := name(strings.Map(func(r rune) rune { return max(r, ' ') }, text))
	id := func(prefix string) string { return name(fmt.Sprintf("%s%d`\"'\\", prefix, n)) }
	return []string{
		fmt.Sprintf(`CREATE TABLE %s (id INT PRIMARY KEY COMMENT %[3]s, %[2]s ENUM(%[3]s, 'x') DEFAULT %[3]s, s SET(%[4]s, 'x') CHARACTER SET latin1 DEFAULT 'x',
			v VARCHAR(99) DEFAULT %[3]s COMMENT %[3]s, r REAL, c VARCHAR(99) AS (concat(v, %[3]s)), e VARCHAR(99) DEFAULT (concat(%[3]s, 'x')), KEY %[2]s (v) COMMENT %[3]s,
			CONSTRAINT %[5]s CHECK (v <> %[3]s OR %[2]s IS NULL)) COMMENT %[3]s`, id("t"), alias, literal, lex.ShowString(strings.ReplaceAll(text, ",", ""), m), id("k")),
		fmt.Sprintf("CREATE TABLE %s LIKE %s", id("l"), id("t")),
		fmt.Sprintf("CREATE TABLE %s SELECT %s, s FROM %s", id("m"), alias, id("t")),
		fmt.Sprintf("CREATE VIEW %s AS SELECT %s AS %s, 'x' || %s AS j, v || 'y', CAST(id AS REAL) AS r, NOT id + 1 /* %s */ FROM %s -- none", id("v"), literal, alias, literal,
			strings.ReplaceAll(text, "*/", ""), id("t")),
		fmt.Sprintf("CREATE FUNCTION %s(%s ENUM(%s, 'x')) RETURNS ENUM(%s, 'x') CHARSET utf8mb4 DETERMINISTIC COMMENT %s RETURN %s", id("f"), alias, literal, literal, literal, literal),
		fmt.Sprintf("CREATE PROCEDURE %s(%s INT) COMMENT %s SELECT %s AS %s", id("p"), alias, literal, literal, alias),
		fmt.Sprintf("CREATE TRIGGER %s BEFORE INSERT ON %s FOR EACH ROW SET NEW.v = %s", id("z"), id("t"), literal),
		fmt.Sprintf("CREATE TRIGGER %s BEFORE INSERT ON %s FOR EACH ROW PRECEDES %s SET NEW.v = %s", id("b"), id("t"), id("z"), literal),
		fmt.Sprintf("CREATE EVENT %s ON SCHEDULE AT '2038-01-01 00:00:00' COMMENT %s DO SET @x = %s", id("e"), literal, literal),
		fmt.Sprintf("ALTER EVENT %s COMMENT %s", id("e"), literal),
	}
}

// printedObject is a statement of a dump.
type printedObject struct{ mode, text string }

// printedObjects are those of a database, in the order of a dump.
func printedObjects(db *testDB, database string) (out []printedObject) {
	db.ok("root", "USE "+database)
	list := func(query string) []string {
		var names []string
		for _, row := range cellsOf(db, query) {
			names = append(names, row[0])
		}
		return names
	}
	show := func(kind string, names []string, mode, text int) {
		for _, name := range names {
			row := cellsOf(db, "SHOW CREATE "+kind+" "+lex.QuoteName(name))[0]
			p := printedObject{"DEFAULT", row[text]}
			if mode > 0 {
				p.mode = "'" + row[mode] + "'"
			}
			out = append(out, p)
		}
	}
	of := " FROM information_schema."
	show("TABLE", list("SELECT table_name"+of+"tables WHERE table_schema = '"+database+"' AND table_type = 'BASE TABLE' ORDER BY table_name"), 0, 1)
	show("VIEW", list("SELECT table_name"+of+"views WHERE table_schema = '"+database+"' ORDER BY table_name"), 0, 1)
	show("FUNCTION", list("SELECT routine_name"+of+"routines WHERE routine_schema = '"+database+"' AND routine_type = 'FUNCTION' ORDER BY routine_name"), 1, 2)
	show("PROCEDURE", list("SELECT routine_name"+of+"routines WHERE routine_schema = '"+database+"' AND routine_type = 'PROCEDURE' ORDER BY routine_name"), 1, 2)
	show("EVENT", list("SELECT event_name"+of+"events WHERE event_schema = '"+database+"' ORDER BY event_name"), 1, 3)
	for _, table := range list("SELECT table_name" + of + "tables WHERE table_schema = '" + database + "' AND table_type = 'BASE TABLE' ORDER BY table_name") {
		show("TRIGGER", list("SHOW TRIGGERS WHERE `Table` = "+lex.QuoteString(table)), 1, 2)
	}
	return out
}

func columnNames(db *testDB, database string) []string {
	return db.ok("root", "SELECT table_name, column_name, column_type, column_comment FROM information_schema.columns WHERE table_schema = '"+database+"' ORDER BY table_name, ordinal_position")
}

// cellsOf are the rows of a query.
func cellsOf(db *testDB, query string) (out [][]string) {
	db.t.Helper()
	res, _, err := db.as("root").Query(context.Background(), query)
	if err != nil {
		db.t.Fatalf("%s: %v", query, err)
	}
	defer res.Close()
	for {
		batch, err := res.Next(context.Background())
		if err == io.EOF {
			return out
		}
		if err != nil {
			db.t.Fatalf("%s: %v", query, err)
		}
		for _, row := range batch {
			var cells []string
			for _, v := range row {
				cells = append(cells, show(v))
			}
			out = append(out, cells)
		}
	}
}
