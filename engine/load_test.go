package engine

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// sends opens a session of a client that sends one file, whatever it is asked for.
func (db *testDB) sends(user string, file io.Reader) {
	db.t.Helper()
	p := db.engine.Catalog().Snapshot().Principal(user)
	s, err := db.engine.NewSession(context.Background(), principal.Trusted(p.ID, p.Name), session.Options{
		LocalFile: func(context.Context, string) (io.ReadCloser, error) { return io.NopCloser(file), nil },
	})
	if err != nil {
		db.t.Fatal(err)
	}
	if old := db.sessions[user]; old != nil {
		if err := old.Close(); err != nil {
			db.t.Fatal(err)
		}
	}
	db.sessions[user] = s
}

// load runs a LOAD DATA LOCAL of a file; it returns what the client is told of it.
func (db *testDB) load(user, file, clauses string) (string, error) {
	db.t.Helper()
	db.sends(user, strings.NewReader(file))
	res, _, err := db.as(user).Query(context.Background(), "LOAD DATA LOCAL INFILE 'f' "+clauses)
	if err != nil {
		return "", err
	}
	return res.Summary().Info, res.Close()
}

func loadDB(t *testing.T) *testDB {
	db := newTestDB(t)
	db.ok("root", "SET GLOBAL local_infile = ON; CREATE DATABASE d; CREATE TABLE d.t (a INT, b VARCHAR(20), c VARCHAR(20))")
	t.Cleanup(func() { db.ok("root", "SET GLOBAL local_infile = OFF") })
	return db
}

// Fields and lines, as MySQL reads them.
func TestLoadDataFormats(t *testing.T) {
	db := loadDB(t)
	for _, c := range []struct {
		name, file, clauses string
		rows                []string
	}{
		{"defaults", "1\ta\tb\n2\t\\N\tx\\ty\n3\t\\\\\tlast", "INTO TABLE d.t", []string{"1|a|b", "2|NULL|x\ty", `3|\|last`}},
		{"quotes", "1,\"a,b\",\"say \"\"x\"\"\"\r\n2,NULL,\"NULL\"\r\n3,\"two\nlines\",plain \"q\"\r\n",
			`INTO TABLE d.t FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' LINES TERMINATED BY '\r\n'`,
			[]string{`1|a,b|say "x"`, "2|NULL|NULL", "3|two\nlines|plain \"q\""}},
		{"escape is the quote", "1,\"a\"\"b\",\"x\\n\"\n", `INTO TABLE d.t FIELDS ESCAPED BY '"' TERMINATED BY ',' ENCLOSED BY '"'`, []string{`1|a"b|x\n`}},
		{"no escape", "1,a\\,b\n", `INTO TABLE d.t FIELDS TERMINATED BY ',' ESCAPED BY ''`, []string{`1|a\|b`}},
		{"long terminators", "1<>a<b<>c|;|2<>d<>e|f|;|", `INTO TABLE d.t COLUMNS TERMINATED BY '<>' LINES TERMINATED BY '|;|'`, []string{"1|a<b|c", "2|d|e|f"}},
		{"starting by", "noise ##1\ta\tb\nmore\n##2\tc\td\n", `INTO TABLE d.t LINES STARTING BY '##'`, []string{"1|a|b", "2|c|d"}},
		{"one terminator", "1,a,b,2,c,d", `INTO TABLE d.t FIELDS TERMINATED BY ',' LINES TERMINATED BY ''`, []string{"1|a|b", "2|c|d"}},
		{"skipped lines", "a\tb\nx\n1\ta\tb\n", `INTO TABLE d.t IGNORE 2 LINES`, []string{"1|a|b"}},
		{"hexadecimal", "1;a;b\n", `INTO TABLE d.t FIELDS TERMINATED BY 0x3B LINES TERMINATED BY x'0A'`, []string{"1|a|b"}},
		{"latin1", "1\t\xe4\x80\tb\n", `INTO TABLE d.t CHARACTER SET latin1`, []string{"1|ä€|b"}},
		{"list, variables and SET", "x,7,5\ny,\\N,6\n", `INTO TABLE d.t FIELDS TERMINATED BY ',' (c, @n, a) SET b = CONCAT(c, '-', @n), a = a * 2`, []string{"10|x-7|x", "12|NULL|y"}},
		{"SET with a subquery", "1\n", `INTO TABLE d.t (a) SET b = (SELECT MAX(name) FROM d.names), c = DEFAULT`, []string{"1|zoe|NULL"}},
		{"low priority", "1\ta\tb\n", `INTO TABLE d.t`, []string{"1|a|b"}},
		{"empty file", "", `INTO TABLE d.t`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			db.ok("root", "TRUNCATE d.t; CREATE TABLE IF NOT EXISTS d.names (name TEXT); DELETE FROM d.names; INSERT INTO d.names VALUES ('ann'), ('zoe')")
			if _, err := db.load("root", c.file, c.clauses); err != nil {
				t.Fatal(err)
			}
			db.rows("root", "SELECT a, b, c FROM d.t ORDER BY a", c.rows...)
		})
	}
}

// A file of a client goes on over what it cannot store, with warnings; REPLACE of a strict session
// does not.
func TestLoadDataWarnings(t *testing.T) {
	db := loadDB(t)
	db.ok("root", "CREATE TABLE d.k (id INT PRIMARY KEY, n INT NOT NULL, s VARCHAR(2) DEFAULT 'dd', at TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00')")
	info, err := db.load("root", "1\t\\N\tabc\n2\n1\t5\tb\textra\tmore\nx\t1\ta\n", "INTO TABLE d.k (id, n, s)")
	if err != nil || info != "Records: 4  Deleted: 0  Skipped: 1  Warnings: 7" {
		t.Errorf("%q, %v", info, err)
	}
	db.rows("root", "SHOW WARNINGS",
		"Warning|1263|Column set to default value; NULL supplied to NOT NULL column 'n' at row 1",
		"Warning|1265|Data truncated for column 's' at row 1",
		"Warning|1261|Row 2 doesn't contain data for all columns", "Warning|1261|Row 2 doesn't contain data for all columns",
		"Warning|1062|Duplicate entry '1' for key 'k.PRIMARY'",
		"Warning|1262|Row 3 was truncated; it contained more data than there were input columns",
		"Warning|1366|Incorrect integer value: 'x' for column 'id' at row 4")
	db.rows("root", "SELECT id, n, s, at FROM d.k ORDER BY id", "0|1|a|2020-01-01 00:00:00", "1|0|ab|2020-01-01 00:00:00", "2|0||2020-01-01 00:00:00")
	info, err = db.load("root", "1\t7\tz\n9\t9\tz\n", "REPLACE INTO TABLE d.k (id, n, s)")
	if err != nil || info != "Records: 2  Deleted: 1  Skipped: 0  Warnings: 0" {
		t.Errorf("%q, %v", info, err)
	}
	for _, c := range []struct {
		file string
		code sqlerr.Code
	}{
		{"1\t\\N\ta\n", sqlerr.WarnNullToNotNull}, {"1\n", sqlerr.WarnTooFewRecords}, {"1\t1\ta\tb\n", sqlerr.WarnTooManyRecords}, {"1\t1\tabc\n", sqlerr.DataTooLong},
		{"1\t1\t\xff\n", sqlerr.InvalidCharacterString},
	} {
		_, err := db.load("root", c.file, "REPLACE INTO TABLE d.k (id, n, s)")
		var e *session.Error
		if !errors.As(err, &e) || e.Number != c.code {
			t.Errorf("%q: %v, want %d", c.file, err, c.code)
		}
	}
	db.rows("root", "SELECT COUNT(*) FROM d.k WHERE n = 7", "1")
}

// Without FIELDS TERMINATED BY and ENCLOSED BY a field ends by the width of its column.
func TestLoadDataOfFixedWidths(t *testing.T) {
	db := loadDB(t)
	db.ok("root", "CREATE TABLE d.x (a INT, b CHAR(3) CHARACTER SET latin1, c DECIMAL(5,2), e DATE, u TINYINT UNSIGNED DEFAULT 7); CREATE TABLE d.b (a INT, t TEXT)")
	const fixed = "INTO TABLE d.x FIELDS TERMINATED BY '' ENCLOSED BY ''"
	info, err := db.load("root", "         12abc 123.452024-01-31255\n-1          xy\n3          abc1.5    2024-02-291  and more\n", fixed)
	if err != nil || info != "Records: 3  Deleted: 0  Skipped: 0  Warnings: 4" {
		t.Errorf("%q, %v", info, err)
	}
	db.rows("root", "SHOW WARNINGS", "Warning|1261|Row 2 doesn't contain data for all columns", "Warning|1261|Row 2 doesn't contain data for all columns",
		"Warning|1261|Row 2 doesn't contain data for all columns", "Warning|1262|Row 3 was truncated; it contained more data than there were input columns")
	db.rows("root", "SELECT * FROM d.x ORDER BY a", "-1| xy|NULL|NULL|0", "3|abc|1.50|2024-02-29 00:00:00|1", "12|abc|123.45|2024-01-31 00:00:00|255")
	db.ok("root", "DELETE FROM d.x")
	if _, err = db.load("root", "1          abc2          def", fixed+" LINES TERMINATED BY '' (a, b) SET u = a + 1"); err != nil {
		t.Error(err)
	}
	db.rows("root", "SELECT a, b, u FROM d.x ORDER BY a", "1|abc|2", "2|def|3")
	if _, err = db.load("root", "1          a long text\n", "INTO TABLE d.b FIELDS TERMINATED BY ''"); err != nil {
		t.Error(err)
	}
	db.rows("root", "SELECT * FROM d.b", "1|a long text")
	_, err = db.load("root", "1          x", "INTO TABLE d.b FIELDS TERMINATED BY '' LINES TERMINATED BY ''")
	var e *session.Error
	if !errors.As(err, &e) || e.Number != sqlerr.BlobsAndNoTerminated {
		t.Error(err)
	}
}

// Rows of a file meet what every row meets: checks, generated columns, triggers, foreign keys.
func TestLoadDataKeepsRules(t *testing.T) {
	db := loadDB(t)
	db.ok("root", `USE d; CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (1), (2);
		CREATE TABLE r (id INT AUTO_INCREMENT PRIMARY KEY, p INT, n INT CHECK (n < 100), g INT AS (n + 1), note VARCHAR(20), FOREIGN KEY (p) REFERENCES p (id));
		CREATE TRIGGER before_r BEFORE INSERT ON r FOR EACH ROW SET NEW.note = CONCAT('n', NEW.n)`)
	info, err := db.load("root", "1\t5\n3\t6\n2\t100\n2\t7\n", "INTO TABLE d.r (p, n)")
	if err != nil || info != "Records: 4  Deleted: 0  Skipped: 2  Warnings: 2" {
		t.Errorf("%q, %v", info, err)
	}
	db.rows("root", "SELECT p, n, g, note FROM d.r ORDER BY id", "1|5|6|n5", "2|7|8|n7")
	for clauses, code := range map[string]sqlerr.Code{
		"INTO TABLE d.r":                               sqlerr.NonDefaultValueForGeneratedColumn,
		"INTO TABLE d.r (nothing)":                     sqlerr.BadField,
		"INTO TABLE d.r (p) SET nothing = 1":           sqlerr.BadField,
		"INTO TABLE d.none":                            sqlerr.NoSuchTable,
		"INTO TABLE d.r CHARACTER SET klingon (p)":     sqlerr.UnknownCharacterSet,
		"INTO TABLE d.r FIELDS ENCLOSED BY 'ab' (p)":   sqlerr.WrongFieldTerminators,
		"INTO TABLE d.r FIELDS TERMINATED BY '' (@p)":  sqlerr.LoadFromFixedSizeRowsToVar,
		"INTO TABLE d.r FIELDS (p)":                    sqlerr.Syntax,
		"INTO TABLE d.r (p) SELECT 1":                  sqlerr.Syntax,
		"INTO TABLE d.r LINES TERMINATED BY '\n', (p)": sqlerr.Syntax,
	} {
		_, err := db.load("root", "1\n", clauses)
		var e *session.Error
		if !errors.As(err, &e) || e.Number != code {
			t.Errorf("%s: %v, want %d", clauses, err, code)
		}
	}
}

// Who may: INSERT, and DELETE for REPLACE; SELECT on what SET reads. The server's own files are
// for nobody, and clients' only when both sides said so.
func TestAttackLoadData(t *testing.T) {
	db := loadDB(t)
	db.ok("root", `CREATE TABLE d.k (id INT PRIMARY KEY, n INT); CREATE TABLE d.secret (v INT); INSERT INTO d.secret VALUES (42); CREATE USER w, x; GRANT INSERT ON d.k TO w`)
	denied := func(user, file, clauses string) {
		t.Helper()
		_, err := db.load(user, file, clauses)
		var e *session.Error
		if !errors.As(err, &e) || e.Number != sqlerr.TableAccessDenied {
			t.Errorf("%s %s: %v", user, clauses, err)
		}
	}
	if _, err := db.load("w", "1\t2\n", "INTO TABLE d.k"); err != nil {
		t.Error(err)
	}
	denied("w", "1\t2\n", "REPLACE INTO TABLE d.k")
	denied("w", "1\n", "INTO TABLE d.k (id) SET n = (SELECT v FROM d.secret)")
	denied("x", "1\t2\n", "INTO TABLE d.k")
	for _, text := range []string{
		"LOAD DATA INFILE '/etc/passwd' INTO TABLE d.k", "SELECT 1 INTO OUTFILE '/tmp/x'", "SELECT 1 INTO DUMPFILE '/tmp/x'",
		"SELECT 1 UNION SELECT 2 INTO OUTFILE '/tmp/x'", "SELECT 1 UNION SELECT 2 LIMIT 1 INTO DUMPFILE '/tmp/x'", "(SELECT 1) UNION (SELECT 2) INTO OUTFILE '/tmp/x'", "(SELECT 1) INTO OUTFILE '/tmp/x'",
		"SELECT 1 EXCEPT SELECT 2 INTO OUTFILE '/tmp/x'", "TABLE d.k INTO OUTFILE '/tmp/x'", "VALUES ROW(1) INTO OUTFILE '/tmp/x'", "WITH q AS (SELECT 1) SELECT * FROM q UNION SELECT 2 INTO OUTFILE '/tmp/x'",
		"EXPLAIN SELECT 1 UNION SELECT 2 INTO OUTFILE '/tmp/x'", "PREPARE s FROM \"SELECT 1 UNION SELECT 2 INTO OUTFILE '/tmp/x'\"",
	} {
		db.fails("w", text, sqlerr.SpecificAccessDenied)
		db.fails("root", text, sqlerr.OptionPreventsStatement)
	}
	db.rows("root", "SELECT @@secure_file_priv, @@local_infile", "NULL|1")
	db.fails("root#2", "LOAD DATA LOCAL INFILE 'f' INTO TABLE d.k", sqlerr.ClientLocalFilesDisabled) // a client that sends none
	db.fails("w", "SET GLOBAL local_infile = OFF", sqlerr.SpecificAccessDenied)
	db.ok("root", "SET GLOBAL local_infile = OFF")
	if _, err := db.load("w", "3\t2\n", "INTO TABLE d.k"); err == nil {
		t.Error("local_infile is off")
	}
	if _, err := db.as("root").Prepare(t.Context(), "LOAD DATA LOCAL INFILE 'f' INTO TABLE d.k"); err == nil {
		t.Error("it was prepared")
	}
	db.fails("root", "CREATE PROCEDURE d.p() LOAD DATA LOCAL INFILE 'f' INTO TABLE d.k", sqlerr.SPBadStatement)
}

// endlessFile is a file without an end.
type endlessFile struct{ line string }

func (e endlessFile) Read(p []byte) (int, error) {
	return copy(p, strings.Repeat(e.line, 1+len(p)/len(e.line))), nil
}

// A line without an end ends the statement, not the server; so does a file that breaks off.
func TestAttackLoadDataBounded(t *testing.T) {
	oneSession(t)
	db := loadDB(t)
	for _, clauses := range []string{"INTO TABLE d.t", "INTO TABLE d.t FIELDS ENCLOSED BY 'x'", "INTO TABLE d.t (@a)"} {
		db.sends("root", endlessFile{"x"})
		if _, _, err := db.as("root").Query(t.Context(), "LOAD DATA LOCAL INFILE 'f' "+clauses); err == nil {
			t.Error(clauses)
		}
	}
	db.sends("root", io.MultiReader(strings.NewReader("1\ta\tb\n2\tc"), brokenFile{}))
	if _, _, err := db.as("root").Query(t.Context(), "LOAD DATA LOCAL INFILE 'f' INTO TABLE d.t"); err == nil {
		t.Error("the file broke off")
	}
	db.rows("root", "SELECT COUNT(*) FROM d.t", "0")
}

type brokenFile struct{}

func (brokenFile) Read([]byte) (int, error) { return 0, errors.New("the client has gone") }

// A value of VALUES may be a function of an earlier column.
func TestInsertFunctionOfEarlierColumn(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT DEFAULT 4, b VARCHAR(20)); INSERT INTO t (a, b) VALUES (1, CONCAT(a, 'x')), (2, UPPER(CONCAT(a, 'y', DEFAULT(a))))")
	db.rows("root", "SELECT * FROM t ORDER BY a", "1|1x", "2|2Y4")
}

// character_set_database is that of files; choosing a database sets it.
func TestCharacterSetOfFiles(t *testing.T) {
	db := loadDB(t)
	db.ok("root", "SET character_set_database = BINARY; SET character_set_database = latin1")
	db.rows("root", "SELECT @@character_set_database", "latin1")
	db.ok("root", "USE d")
	db.rows("root", "SELECT @@character_set_database", "utf8mb4")
	db.fails("root", "SET character_set_database = klingon", sqlerr.UnknownCharacterSet)
}
