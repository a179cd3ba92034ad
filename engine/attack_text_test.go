package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// P1: what one lexer takes for a string and the other for a comment hides the rest
// of the text from the first.
func TestAttackP1TwoLexers(t *testing.T) {
	oneSession(t)
	db := lab(t)
	deep := strings.Repeat("~ ", 2_000_000) + "1"
	for text, want := range map[string]sqlerr.Code{
		"SELECT //'\n" + deep: sqlerr.Syntax, "SELECT --'\n" + deep: sqlerr.Syntax, "SELECT #'\n" + deep: sqlerr.StackOverrunNeedMore,
		"SELECT -- '\n" + deep: sqlerr.StackOverrunNeedMore, "SELECT /*'*/ " + deep: sqlerr.StackOverrunNeedMore,
		"SELECT /*M!'*/ " + deep: sqlerr.StackOverrunNeedMore, "SELECT /*!99999 '*/ " + deep: sqlerr.StackOverrunNeedMore,
		"SELECT '\\'' , " + deep: sqlerr.StackOverrunNeedMore, "SELECT 1\x00'\n" + deep: sqlerr.Syntax, "SELECT @`'` , " + deep: sqlerr.StackOverrunNeedMore,
		"SELECT /*+ ' */ " + deep: sqlerr.StackOverrunNeedMore, "SELECT x'4' , " + deep: sqlerr.Syntax,
	} {
		db.fails("mallory", text, want)
		if _, err := db.as("mallory").Prepare(t.Context(), text); err == nil {
			t.Errorf("prepared %.40q", text)
		}
	}
	db.ok("mallory", "SET sql_mode = 'NO_BACKSLASH_ESCAPES'")
	db.fails("mallory", `SELECT '\', `+deep+` -- '`, sqlerr.StackOverrunNeedMore)
	db.rows("mallory", "SELECT 1", "1")
}

// P1 and its siblings through every other door: a string that is prepared, a view,
// a procedure, a default.
func TestAttackP1StoredTexts(t *testing.T) {
	db := lab(t)
	deep := strings.Repeat("NOT ", 20_000) + "1"
	db.fails("mallory", "PREPARE p FROM 'SELECT "+deep+"'", sqlerr.StackOverrunNeedMore)
	db.ok("mallory", "SET @text = 'SELECT "+deep+"'")
	db.fails("mallory", "PREPARE p FROM @text", sqlerr.StackOverrunNeedMore)
	db.fails("mallory", "CREATE VIEW mallory.v AS SELECT "+deep, sqlerr.StackOverrunNeedMore)
	db.fails("mallory", "CREATE PROCEDURE mallory.p() SELECT "+deep, sqlerr.StackOverrunNeedMore)
	db.fails("mallory", "CREATE TABLE mallory.d (a INT DEFAULT ("+deep+"))", sqlerr.StackOverrunNeedMore)
	db.fails("mallory", "CREATE TABLE mallory.d (a INT, CHECK ("+deep+"))", sqlerr.StackOverrunNeedMore)
}

// D1, D2: only -- before white space and # begin a comment.
func TestAttackD1D2Comments(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE dd (id INT PRIMARY KEY, a INT); INSERT INTO dd VALUES (1, 5), (2, 6)")
	db.ok("einstein", "UPDATE dd SET a=0--1 WHERE id=1")
	db.rows("einstein", "SELECT id, a FROM dd", "1|1", "2|6")
	db.rows("einstein", "SELECT 5--1, 5---1, 5--\t1\n+1, 7--", "6|4|6|7")
	db.fails("einstein", "DELETE FROM dd //WHERE id=1", sqlerr.Syntax)
	db.fails("einstein", "DELETE FROM dd //", sqlerr.Syntax)
	db.fails("einstein", "DELETE FROM dd\x00 WHERE id=1", sqlerr.Syntax)
	db.rows("einstein", "SELECT id, a FROM dd", "1|1", "2|6")
	db.ok("einstein", "DELETE FROM dd /* // */ WHERE id=1 # // AND 0\n AND 1 -- AND 0")
	db.rows("einstein", "SELECT id FROM dd", "2")
}

// R7: a statement inside a string is one that is shown, too.
func TestAttackR7ProcessList(t *testing.T) {
	db := lab(t)
	const secret = "hunter2-very-secret"
	for _, text := range []string{
		`PREPARE z FROM 'ALTER USER mallory IDENTIFIED BY ''` + secret + `'''`,
		`SET @x = 'CREATE USER u ''` + secret + `'''`,
		`SET @x = 'SET PASSWORD = "` + secret + `"'`,
		`SET @x = "ALTER USER u IDENTIFIED BY '` + secret + `'"`,
		`SET @x = 'PREPARE z FROM ''ALTER USER u IDENTIFIED BY ''''` + secret + `'''''''`,
	} {
		if got := shownIn(t, db, text); strings.Contains(got, "hunter2") || got == "" {
			t.Errorf("%s\nshown as %s", text, got)
		}
	}
	const plain = `SELECT 'ordinary', SLEEP(0)`
	if got := shownIn(t, db, plain); got != plain {
		t.Errorf("%s\nshown as %s", plain, got)
	}
}

// Without FULL the process list shows a hundred characters of a statement.
func TestHowStatementsBegin(t *testing.T) {
	db := lab(t)
	text := "SELECT '" + strings.Repeat("ä", 200) + "'"
	if got, want := shownBy(t, db, "SHOW PROCESSLIST", text), string([]rune(text)[:100]); got != want {
		t.Errorf("%q is shown, not %q", got, want)
	}
	if got := shownIn(t, db, text); got != text {
		t.Errorf("FULL shows %q", got)
	}
}

// shownIn is what the process list shows while text runs.
func shownIn(t *testing.T, db *testDB, text string) string {
	t.Helper()
	return shownBy(t, db, "SHOW FULL PROCESSLIST", text)
}

func shownBy(t *testing.T, db *testDB, show, text string) string {
	t.Helper()
	s := db.as("mallory")
	ctx := s.context(t.Context(), text)
	ctx, err := db.engine.procs.BeginQuery(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	defer db.engine.procs.EndQuery(ctx)
	for _, row := range db.ok("root", show) {
		if strings.Contains(row, "mallory") {
			cells := strings.Split(row, "|")
			return cells[len(cells)-1]
		}
	}
	return ""
}

// L2, "PREPARE … FROM 'EXECUTE p'": no chain is so long that the planner takes more
// than a moment.
func TestAttackL2Nesting(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE m (id INT PRIMARY KEY, a INT); INSERT INTO m VALUES (1, 1)")
	for name, text := range chains(1 << 16) {
		start := time.Now()
		db.fails("einstein", text, sqlerr.StackOverrunNeedMore)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
	for _, text := range []string{"PREPARE p FROM 'EXECUTE p'", "PREPARE p FROM 'PREPARE q FROM ''SELECT 1'''", "PREPARE p FROM 'DEALLOCATE PREPARE p'"} {
		db.fails("einstein", text, sqlerr.UnsupportedPS)
	}
}

// chains are texts whose tree is n high in one way each.
func chains(n int) map[string]string {
	nest := func(open, in, shut string) string { return strings.Repeat(open, n) + in + strings.Repeat(shut, n) }
	return map[string]string{
		"brackets": "SELECT " + nest("(", "1", ")"), "calls": "SELECT " + nest("abs(", "a", ")") + " FROM m",
		"not": "SELECT " + nest("NOT ", "a", "") + " FROM m", "bang": "SELECT " + nest("!", "a", "") + " FROM m",
		"tilde": "SELECT " + nest("~", "a", "") + " FROM m", "minus": "SELECT " + nest("- ", "a", "") + " FROM m",
		"binary": "SELECT " + nest("BINARY ", "a", "") + " FROM m", "case": "SELECT " + nest("CASE WHEN 1 THEN ", "a", " END") + " FROM m",
		"case else": "SELECT " + nest("CASE 1 WHEN 2 THEN 3 ELSE ", "a", " END") + " FROM m", "subquery": "SELECT " + nest("(SELECT ", "1", ")"),
		"derived": nest("SELECT * FROM (", "SELECT 1", ") d"), "exists": "SELECT 1 FROM m WHERE " + nest("EXISTS (SELECT 1 FROM m WHERE ", "1", ")"),
		"plus": "SELECT " + nest("", "1", "+1"), "or": "SELECT 1 FROM m WHERE " + nest("", "a=1", " OR a=2"), "and": "SELECT 1 FROM m WHERE " + nest("", "a=1", " AND id=2"),
		"pipes": "SELECT 1 FROM m WHERE " + nest("", "a", " || a"), "union": nest("", "SELECT 1", " UNION SELECT 1"), "collate": "SELECT " + nest("", "'a'", " COLLATE utf8mb4_bin"),
		"is null": "SELECT " + nest("", "a", " IS NULL") + " FROM m", "like": "SELECT " + nest("", "'a'", " LIKE 'a'"), "between": "SELECT " + nest("1 BETWEEN 0 AND ", "1", ""),
		"equal": "SELECT " + nest("", "1", "=1"), "interval": "SELECT " + nest("", "now()", " + INTERVAL 1 DAY"), "blocks": "CREATE PROCEDURE p() " + nest("BEGIN ", "SELECT 1;", " END;"),
		"ifs": "CREATE PROCEDURE p() BEGIN " + nest("IF 1 THEN ", "SELECT 1;", " END IF;") + " END", "joins": "SELECT 1 FROM m" + nest("", "", " JOIN m m1 ON 1"),
		"tables": "SELECT 1 FROM " + nest("(", "m", ")"), "selects": nest("(", "SELECT 1", ")"), "loops": "CREATE PROCEDURE p() " + nest("LOOP ", "SELECT 1;", " END LOOP;"),
		"whiles": "CREATE PROCEDURE p() " + nest("WHILE 1 DO ", "SELECT 1;", " END WHILE;"), "repeats": "CREATE PROCEDURE p() " + nest("REPEAT ", "SELECT 1;", " UNTIL 1 END REPEAT;"),
		"handlers": "CREATE PROCEDURE p() BEGIN " + nest("DECLARE EXIT HANDLER FOR NOT FOUND ", "SELECT 1;", "") + " END",
		"programs": nest("CREATE PROCEDURE p() ", "SELECT 1", ""), "explain": nest("EXPLAIN ", "SELECT 1", ""), "json": "SELECT " + nest("JSON_ARRAY(", "1", ")"),
		"arrows": "SELECT a" + nest("", "", "->'$.a'") + " FROM m", "row": "SELECT 1 FROM m WHERE " + nest("ROW(1,", "1", ")") + " = 1",
		"introducers": "SELECT " + nest("_utf8mb4 ", "'a'", ""), "collated in versioned comments": "SELECT " + nest("/*!50000 NOT */ ", "1", ""),
	}
}
