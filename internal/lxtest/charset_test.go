package lxtest_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// speaking opens a connection of a client that names a collation when it connects, and SET NAMES when it is there.
func speaking(t *testing.T, s *lxtest.Server, collation, names string) *sql.DB {
	t.Helper()
	db := s.Open("root", s.Root, "d", func(c *driver.Config) { c.Collation = collation })
	db.SetMaxOpenConns(1)
	if names != "" {
		must(t, db, "SET NAMES "+names)
	}
	return db
}

func must(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
}

// asked is the one value of a query, byte by byte, with the name of its column.
func asked(t *testing.T, db *sql.DB, text string, args ...any) string {
	t.Helper()
	rows, err := db.Query(text, args...)
	if err != nil {
		return toldAs(err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil || !rows.Next() {
		t.Fatalf("%q: %v %v", text, err, rows.Err())
	}
	var v sql.RawBytes
	if err := rows.Scan(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return fmt.Sprintf("%q %q", cols[0], v)
}

func toldAs(err error) string {
	var told *driver.MySQLError
	if errors.As(err, &told) {
		return fmt.Sprintf("%d %q", told.Number, told.Message)
	}
	return err.Error()
}

// Statements, names, bound texts, results, their columns and errors are in the character set of the client, whether it
// names it when it connects or later.
func TestClientCharsets(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec("CREATE DATABASE d")
	utf8 := s.Open("root", s.Root, "d")
	must(t, utf8, "CREATE TABLE t (id INT PRIMARY KEY, u VARCHAR(9), l VARCHAR(9) CHARACTER SET latin1, b BLOB)")
	for _, c := range []struct{ name, collation, names string }{
		{"login", "latin1_swedish_ci", ""}, {"another collation of it", "latin1_german1_ci", ""}, {"names", "utf8mb4_0900_ai_ci", "latin1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := speaking(t, s, c.collation, c.names)
			must(t, db, "TRUNCATE TABLE t")
			must(t, db, "INSERT INTO t VALUES (1, '\xe9', '\xe9', '\xe9'), (2, '\x80', '\x80', _binary'\xff\x00')")
			must(t, db, "INSERT INTO t VALUES (?, ?, ?, ?)", 3, "\xe9", "\xe9", []byte("\xe9\xff"))
			for _, q := range []struct {
				text string
				args []any
				want string
			}{
				{"SELECT u AS `\xfc` FROM t WHERE id = 1", nil, `"\xfc" "\xe9"`},
				{"SELECT u FROM t WHERE id = ?", []any{1}, `"u" "\xe9"`},
				{"SELECT l FROM t WHERE u = '\x80'", nil, `"l" "\x80"`},
				{"SELECT l FROM t WHERE u = ? AND id = 3", []any{"\xe9"}, `"l" "\xe9"`},
				{"SELECT b FROM t WHERE id = ?", []any{1}, `"b" "\xe9"`},
				{"SELECT b FROM t WHERE id = 2", nil, `"b" "\xff\x00"`},
				{"SELECT b FROM t WHERE id = ?", []any{3}, `"b" "\xe9\xff"`},
				{"SELECT HEX(?) AS x", []any{"\xe9"}, `"x" "E9"`},
				{"SELECT HEX('\xe9') AS x", nil, `"x" "E9"`},
				{"SELECT HEX(_latin1'\xe9' 'a\\'\xe9') AS x", nil, `"x" "E96127E9"`},
				{"SELECT HEX(CONVERT('\xe9' USING utf8mb4)) AS x", nil, `"x" "C3A9"`},
				{"SELECT _utf8mb4 x'F09F9880' AS x", nil, `"x" "?"`},
				{"SELECT JSON_OBJECT('a', '\xe9') AS x", nil, `"x" "{\"a\": \"\xe9\"}"`},
				{"SELECT no\xe9", nil, `1054 "Unknown column 'no\xe9' in 'field list'"`},
				{"SELECT 1 FROM `no\x80`", nil, `1146 "Table 'd.no\x80' doesn't exist"`},
			} {
				if got := asked(t, db, q.text, q.args...); got != q.want {
					t.Errorf("%q %q: %s, want %s", q.text, q.args, got, q.want)
				}
			}
			must(t, db, "SET @m = _utf8mb4 x'F09F9880E282ACE6BCA2'")
			if _, err := db.Exec("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = @m"); err == nil || toldAs(err) != `1644 "\\+01F600\x80\\6F22"` {
				t.Errorf("an error with characters that are not there: %v", err)
			}
			if got := asked(t, utf8, "SELECT GROUP_CONCAT(u, l, HEX(b) ORDER BY id SEPARATOR '') AS x FROM t"); got != `"x" "ééE9€€FF00ééE9FF"` {
				t.Errorf("in UTF-8 the rows are %s", got)
			}
			must(t, db, "CREATE OR REPLACE VIEW v AS SELECT HEX(_latin1'\xe9') AS x, HEX(_binary'\xe9') AS y, '\xe9' AS z")
			if got := asked(t, utf8, "SELECT CONCAT(x, y, z) AS x FROM v"); got != `"x" "E9E9é"` {
				t.Errorf("the view has %s", got)
			}
		})
	}
	db := speaking(t, s, "utf8mb4_0900_ai_ci", "latin1")
	must(t, db, "SET character_set_results = NULL")
	if got := asked(t, db, "SELECT l FROM t WHERE id = 1"); got != `"l" "\xe9"` {
		t.Errorf("a column in its own character set: %s", got)
	}
	if got := asked(t, db, "SELECT u FROM t WHERE id = 1"); got != `"u" "é"` {
		t.Errorf("a column in its own character set: %s", got)
	}
	must(t, db, "SET character_set_results = ascii")
	if got := asked(t, db, "SELECT u FROM t WHERE id = 1"); got != `"u" "?"` {
		t.Errorf("in ASCII: %s", got)
	}
}

// What a client may write several statements in changes between them.
func TestCharsetsBetweenStatements(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec("CREATE DATABASE d")
	db := s.Open("root", s.Root, "d", func(c *driver.Config) { c.MultiStatements = true })
	db.SetMaxOpenConns(1)
	must(t, db, "CREATE TABLE t (id INT PRIMARY KEY, u VARCHAR(9)); INSERT INTO t VALUES (1, 'é'); SET NAMES latin1; INSERT INTO t VALUES (2, '\xe9'); SET NAMES utf8mb4; INSERT INTO t VALUES (3, 'é')")
	if got := asked(t, db, "SELECT GROUP_CONCAT(u ORDER BY id) AS x FROM t"); got != `"x" "é,é,é"` {
		t.Errorf("the rows are %s", got)
	}
}
