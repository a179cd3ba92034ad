package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// twin runs the same statements on two engines: one compiles prepared
// statements, the other plans each execution. Whatever a client can see must be
// the same.
type twin struct {
	t       *testing.T
	db      [2]*testDB
	stmts   map[string][2]session.Stmt // by session and text
	history []string
}

func newTwin(t *testing.T) *twin {
	w := &twin{t: t, stmts: map[string][2]session.Stmt{}}
	for i := range w.db {
		w.db[i] = newTestDB(t)
	}
	w.db[1].engine.opts.planEverything = true
	return w
}

// outcome is all that a client sees of a statement.
func outcome(s *Session, res session.Result, err error) string {
	var b strings.Builder
	if err == nil {
		fmt.Fprintf(&b, "columns %+v\n", res.Columns())
		var rows []string
		rows, err = drain(res)
		fmt.Fprintf(&b, "rows %q\n", rows)
		if err == nil {
			fmt.Fprintf(&b, "summary %+v\n", res.Summary())
		}
	}
	var e *session.Error
	if errors.As(err, &e) {
		fmt.Fprintf(&b, "error %d %s %s %s\n", e.Number, e.State, e.Message, e.Hint)
	} else if err != nil {
		fmt.Fprintf(&b, "error without a number %v\n", err)
	}
	fmt.Fprintf(&b, "status %+v in a transaction %v\n", s.Status(), s.sql.Tx != nil)
	return b.String()
}

func (w *twin) same(what string, run func(*testDB) string) string {
	w.t.Helper()
	w.history = append(w.history, what)
	got, want := run(w.db[0]), run(w.db[1])
	if got != want {
		from := max(0, len(w.history)-40)
		w.t.Fatalf("%s\n--- compiled\n%s--- planned\n%s--- after\n%s", what, got, want, strings.Join(w.history[from:], "\n"))
	}
	return got
}

// text runs a statement that is not prepared.
func (w *twin) text(user, text string) string {
	w.t.Helper()
	return w.same(user+"> "+text, func(db *testDB) string {
		s := db.as(user)
		res, _, err := s.Query(context.Background(), text)
		return outcome(s, res, err)
	})
}

// exec runs a prepared statement, prepared at its first use.
func (w *twin) exec(user, text string, args ...session.Value) string {
	w.t.Helper()
	id := user + "\x00" + text
	if _, ok := w.stmts[id]; !ok {
		var pair [2]session.Stmt
		failed := false
		w.same(user+"> PREPARE "+text, func(db *testDB) string {
			st, err := db.as(user).Prepare(context.Background(), text)
			if err != nil {
				failed = true
				return err.Error()
			}
			if db == w.db[0] {
				pair[0] = st
			} else {
				pair[1] = st
			}
			return fmt.Sprintf("%+v", st.Columns())
		})
		if failed {
			return ""
		}
		w.stmts[id] = pair
	}
	pair := w.stmts[id]
	shown := make([]string, len(args))
	for i, v := range args {
		shown[i] = fmt.Sprintf("%d:%q", v.Kind(), show(v))
	}
	return w.same(fmt.Sprintf("%s> %s %v", user, text, shown), func(db *testDB) string {
		st := pair[0]
		if db == w.db[1] {
			st = pair[1]
		}
		s := db.as(user)
		res, err := st.Execute(context.Background(), args)
		return outcome(s, res, err)
	})
}

// compiledRuns counts the executions that went past the planner.
func (w *twin) compiledRuns() (n int) {
	for _, s := range w.db[0].sessions {
		n += s.compiledRuns
	}
	return n
}

// setup makes tables that may be compiled and tables that may not.
func (w *twin) setup() {
	for _, text := range []string{
		"CREATE USER tesla IDENTIFIED BY 'x'", "CREATE USER guest IDENTIFIED BY 'x'",
		"CREATE DATABASE d", "GRANT ALL ON d.* TO tesla",
		"CREATE TABLE d.num (id INT PRIMARY KEY, k INT, c CHAR(12), p DECIMAL(8,2), at DATETIME(3), n BIGINT UNSIGNED, e ENUM('a','b'), f DOUBLE, g FLOAT, b VARBINARY(12), u INT NOT NULL DEFAULT 5)",
		"CREATE TABLE d.txt (a VARCHAR(8) PRIMARY KEY, v INT, t TEXT)",
		"CREATE TABLE d.gen (a CHAR(8) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)",
		"CREATE TABLE d.bin (a VARCHAR(8) COLLATE utf8mb4_bin PRIMARY KEY, v SMALLINT)",
		"CREATE TABLE d.two (a BIGINT UNSIGNED, b VARCHAR(8), c TINYINT, PRIMARY KEY (a, b), UNIQUE KEY u (c))",
		"CREATE TABLE d.odd (id TINYINT UNSIGNED PRIMARY KEY, j JSON, s SET('x','y'), y YEAR, m TIME, da DATE, bi BIT(5))",
		"CREATE TABLE d.auto (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
		"CREATE TABLE d.chk (id INT PRIMARY KEY, v INT CHECK (v < 5), w INT GENERATED ALWAYS AS (v + 1) VIRTUAL, x INT GENERATED ALWAYS AS (v + 2) STORED)",
		"CREATE TABLE d.kid (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES d.num (id) ON DELETE CASCADE)",
		"CREATE TABLE d.dec (id DECIMAL(6,2) PRIMARY KEY, v INT)",
		"CREATE TABLE d.day (id DATE PRIMARY KEY, v INT)",
		"CREATE TABLE d.big (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, at TIMESTAMP NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP, s VARCHAR(9) DEFAULT 'no')",
		"CREATE VIEW d.see AS SELECT id, v FROM d.auto WHERE id > 0", "INSERT INTO d.auto (v) VALUES (1), (2), (3), (4)", "INSERT INTO d.num (id, k, c) VALUES (1, 1, 'abc'), (2, 2, 'Abc'), (3, 3, NULL), (4, NULL, 'x')",
		"INSERT INTO d.dec VALUES (1, 1), (2.5, 2)", "INSERT INTO d.day VALUES ('2024-01-02', 1)",
	} {
		if got := w.text("root", text); strings.Contains(got, "error") {
			w.t.Fatalf("%s: %s", text, got)
		}
	}
	for _, user := range users {
		w.text(user, "SET innodb_lock_wait_timeout = 0")
		w.text(user, "SET timestamp = 1700000000.25") // the two run one after the other, and a second may begin between them
		if user != "guest" {
			w.text(user, "USE d")
		}
	}
}

var users = []string{"root", "tesla", "tesla#2", "guest"}

var statements = []string{
	"SELECT * FROM d.num WHERE id = ?", "SELECT c, k AS other, id FROM d.num AS x WHERE ? = x.id", "SELECT k FROM num WHERE id = 3",
	"SELECT k, id FROM d.num WHERE id IN (?, ?, 3)", "SELECT p, at, n, e, f, g, b, u FROM d.num WHERE id = ?",
	"SELECT k FROM d.num WHERE id = ? AND k = ?", "SELECT id + 1 FROM d.num WHERE id = ?", "SELECT k FROM d.num WHERE id = ? LIMIT 1",
	"SELECT DISTINCT k FROM d.num WHERE id = ?", "SELECT k FROM d.num WHERE id = ? FOR UPDATE", "SELECT k FROM d.num WHERE id = '3'",
	"SELECT * FROM d.txt WHERE a = ?", "SELECT v FROM d.txt WHERE a IN (?, ?)", "SELECT t FROM txt WHERE a = 'Abc'",
	"SELECT * FROM d.gen WHERE a = ?", "SELECT * FROM d.bin WHERE a = ?", "SELECT v FROM d.bin WHERE a IN (?, 'abc', ?)",
	"SELECT * FROM d.two WHERE a = ? AND b = ?", "SELECT c FROM d.two WHERE b = ? AND a = 1", "SELECT c FROM d.two WHERE a IN (?, ?) AND b = ?",
	"SELECT c FROM d.two WHERE a = ?", "SELECT a FROM d.two WHERE c = ?", "SELECT * FROM d.odd WHERE id = ?", "SELECT v FROM d.auto WHERE id = ?",
	"SELECT * FROM d.chk WHERE id = ?", "SELECT x, w FROM d.chk WHERE id = ?", "SELECT * FROM d.dec WHERE id = ?", "SELECT * FROM d.day WHERE id = ?",
	"UPDATE d.num SET k = k + 1 WHERE id = ?", "UPDATE d.num SET k = ?, c = ? WHERE id = ?", "UPDATE d.num SET k = k - ? WHERE id = ?",
	"UPDATE d.num SET id = ? WHERE id = ?", "UPDATE num SET p = ?, u = ? WHERE id = 3", "UPDATE d.num SET n = ?, f = ? WHERE id = ?",
	"UPDATE d.num SET at = ?, e = ? WHERE id = ?", "UPDATE d.num SET k = id, u = NULL WHERE id = ?", "UPDATE d.txt SET t = ? WHERE a = ?",
	"UPDATE d.two SET c = ? WHERE a = ? AND b = ?", "UPDATE d.two SET c = c + ? WHERE b = ? AND a = ?", "UPDATE d.bin SET v = v + ? WHERE a = ?",
	"UPDATE d.chk SET v = ? WHERE id = ?", "UPDATE d.gen SET v = ? WHERE a = ?", "UPDATE d.odd SET y = ?, s = ? WHERE id = ?",
	"DELETE FROM d.num WHERE id = ?", "DELETE FROM txt WHERE a = ?", "DELETE FROM d.two WHERE a = ? AND b = ?", "DELETE FROM d.two WHERE c = ?",
	"INSERT INTO d.odd (id, j, bi) VALUES (?, ?, ?)", "UPDATE d.odd SET j = ?, m = ? WHERE id = ?", "UPDATE d.odd SET da = ?, bi = ? WHERE id = ?",
	"DELETE FROM d.bin WHERE a IN (?, ?)", "DELETE FROM d.odd WHERE id = ?",
	"INSERT INTO d.num (id, k, c) VALUES (?, ?, ?)", "INSERT INTO d.num (id, p, n, f, g, u) VALUES (?, ?, ?, ?, ?, ?)", "INSERT INTO d.num (id, k) VALUES (?, NULL)",
	"INSERT INTO d.num (id, b, e, at) VALUES (?, ?, ?, ?)", "INSERT INTO txt VALUES (?, ?, ?)", "INSERT INTO d.gen VALUES (?, 1)",
	"INSERT INTO d.bin (v, a) VALUES (?, ?)", "INSERT INTO d.two VALUES (?, ?, ?)", "INSERT INTO d.odd (id, y) VALUES (?, ?)",
	"INSERT INTO d.auto (v) VALUES (?)", "INSERT INTO d.auto VALUES (?, ?)", "INSERT INTO d.auto VALUES (7, ?)", "INSERT INTO d.auto VALUES (0, ?)", "INSERT INTO d.auto (v, id) VALUES (5, ?)", "INSERT INTO d.big (s) VALUES (?)", "INSERT INTO d.big (id) VALUES (?)", "SELECT s, id FROM d.big WHERE id = ?", "INSERT INTO d.chk (id, v) VALUES (?, ?)", "INSERT INTO d.kid VALUES (?, ?)",
	"INSERT INTO d.two VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE c = 1", "REPLACE INTO d.txt VALUES (?, ?, 'r')", "INSERT IGNORE INTO d.txt VALUES (?, ?, 'r')",
}

// wider are statements with more to them than one table and its key.
var wider = []string{
	"SELECT a.id, b.v FROM d.num a JOIN d.auto b ON a.id = b.id WHERE a.k > ? ORDER BY a.id, b.v", "SELECT COUNT(*), SUM(k) FROM d.num WHERE id BETWEEN ? AND ?",
	"SELECT a.id FROM d.num a LEFT JOIN d.kid b ON b.p = a.id AND b.id < ? WHERE b.id IS NULL ORDER BY 1", "SELECT k, COUNT(*) FROM d.num WHERE id < ? GROUP BY k HAVING COUNT(*) > 0 ORDER BY k",
	"SELECT id FROM d.num WHERE id > ? ORDER BY id LIMIT 2", "SELECT id FROM d.num WHERE id >= ? ORDER BY id LIMIT ?", "SELECT id FROM d.num ORDER BY id LIMIT ? OFFSET ?",
	"SELECT id FROM d.num WHERE c LIKE ? ORDER BY id", "SELECT id FROM d.num WHERE c LIKE ? ESCAPE '!' ORDER BY id", "SELECT a FROM d.txt WHERE a < ? OR t = ? ORDER BY a",
	"SELECT id FROM d.num WHERE id = (SELECT MAX(id) FROM d.auto WHERE v < ?)", "SELECT id FROM d.num n WHERE EXISTS (SELECT 1 FROM d.kid k WHERE k.p = n.id AND k.id <> ?) ORDER BY id",
	"SELECT id FROM d.num WHERE id IN (SELECT p FROM d.kid WHERE id > ?) ORDER BY id", "SELECT id FROM d.num WHERE id NOT IN (?, ?, ?) ORDER BY id", "SELECT (SELECT COUNT(*) FROM d.auto WHERE v = ?) c, id FROM d.num WHERE id = ?",
	"SELECT id FROM d.num WHERE id = ? UNION SELECT id FROM d.auto WHERE id = ? ORDER BY 1", "SELECT x.id FROM (SELECT id, k FROM d.num WHERE k >= ?) x WHERE x.id <> ? ORDER BY x.id",
	"WITH w AS (SELECT id FROM d.num WHERE id > ?) SELECT COUNT(*) FROM w", "WITH RECURSIVE w AS (SELECT 1 n UNION ALL SELECT n + 1 FROM w WHERE n < ?) SELECT COUNT(*) FROM w",
	"SELECT id, at FROM d.num WHERE at > ? ORDER BY id", "SELECT id FROM d.num WHERE at BETWEEN ? AND ? ORDER BY id", "SELECT id, da, m FROM d.odd WHERE da = ? OR m < ? ORDER BY id", "SELECT id FROM d.odd WHERE y = ? ORDER BY id",
	"SELECT id FROM d.num WHERE p = ? OR f > ? ORDER BY id", "SELECT id FROM d.num WHERE n = ? OR u <=> ? ORDER BY id", "SELECT id FROM d.dec WHERE id > ? ORDER BY id", "SELECT id FROM d.num WHERE e = ? ORDER BY id", "SELECT id FROM d.odd WHERE bi = ? ORDER BY id",
	"SELECT id FROM d.num WHERE LEFT(c, 2) = ? OR CONCAT(c, ?) = ? ORDER BY id", "SELECT id FROM d.num WHERE k + ? > ? ORDER BY id", "SELECT id FROM d.num WHERE NOT (k = ?) ORDER BY id", "SELECT id FROM d.num WHERE -id < -? ORDER BY id",
	"SELECT ?, id FROM d.num WHERE id = 1", "SELECT k + ?, CONCAT(c, ?), IF(id = ?, 'a', 'b') FROM d.num WHERE id < 4 ORDER BY id", "SELECT COALESCE(k, ?) FROM d.num ORDER BY id", "SELECT k DIV ?, k / ? FROM d.num ORDER BY id",
	"SELECT id FROM d.num GROUP BY ? ORDER BY ?", "SELECT k, ROW_NUMBER() OVER (ORDER BY id) FROM d.num WHERE id < ? ORDER BY id", "SELECT @v := id FROM d.num WHERE id = ?", "SELECT id FROM d.num WHERE id = @v AND k < ?",
	"SELECT DATE_ADD(at, INTERVAL ? DAY) FROM d.num WHERE id = 3", "SELECT id FROM d.num WHERE at > NOW() - INTERVAL ? DAY ORDER BY id", "SELECT SUBSTRING(c, ?, 2), ROUND(f, ?) FROM d.num ORDER BY id",
	"SELECT v FROM d.see WHERE id = ?", "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1", "SELECT MAX(c) FROM d.num WHERE c COLLATE utf8mb4_bin > ?", "SELECT a FROM d.gen WHERE a LIKE ? ORDER BY a", "SELECT SQL_CALC_FOUND_ROWS id FROM d.num WHERE id > ? ORDER BY id LIMIT 1",
	"SELECT id FROM d.num WHERE k REGEXP ? ORDER BY id", "SELECT JSON_EXTRACT(j, ?) FROM d.odd WHERE id = 1", "SELECT id FROM d.num WHERE (id, k) = (?, ?)", "SELECT id FROM d.num WHERE id = ? AND 1 = ? ORDER BY id", "SELECT CAST(? AS CHAR(3)), CAST(? AS DECIMAL(5,1))",
	"UPDATE d.num SET k = k + ? WHERE k < ? ORDER BY id LIMIT 2", "UPDATE d.num SET k = ? WHERE id IN (SELECT id FROM d.auto WHERE v = ?)", "UPDATE d.num a JOIN d.auto b ON a.id = b.id SET a.k = b.v + ? WHERE b.id > ?",
	"UPDATE d.txt SET v = v + 1 WHERE a > ?", "UPDATE d.num SET k = k + 1, u = u + ? WHERE k BETWEEN ? AND ?", "UPDATE IGNORE d.two SET c = ? WHERE a < ?", "UPDATE d.two SET c = DEFAULT, b = CONCAT(b, ?) WHERE a = ?",
	"DELETE FROM d.auto WHERE v = ? LIMIT 1", "DELETE FROM d.num WHERE k = ? AND id > ?", "DELETE a FROM d.auto a JOIN d.num b ON a.id = b.id WHERE b.k = ?",
	"INSERT INTO d.auto (v) VALUES (?), (?)", "INSERT INTO d.num (id, k) VALUES (?, ? + 1), (?, NULL)", "INSERT INTO d.auto (v) SELECT k FROM d.num WHERE id = ?", "INSERT INTO d.txt VALUES (?, ?, 'r') ON DUPLICATE KEY UPDATE v = v + ?",
	"INSERT INTO d.auto SET v = ?", "REPLACE INTO d.auto VALUES (?, ?)", "INSERT IGNORE INTO d.two VALUES (?, ?, ?), (1, 'a', ?)", "INSERT INTO d.num (id, k, p) VALUES (?, DEFAULT, -?)", "INSERT INTO d.num (id, at) VALUES (?, NOW())",
}

// around are the statements that change what prepared ones meet.
var around = []string{
	"BEGIN", "COMMIT", "ROLLBACK", "START TRANSACTION READ ONLY", "SAVEPOINT a", "ROLLBACK TO a", "SET autocommit = 0", "SET autocommit = 1",
	"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	"SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET sql_mode = 'STRICT_TRANS_TABLES'", "SET sql_mode = ''",
	"SET sql_select_limit = 1", "SET sql_select_limit = 100000", "USE d", "USE root", "SET NAMES utf8mb4",
}

var byRoot = []string{
	"GRANT SELECT ON d.num TO guest", "REVOKE SELECT ON d.num FROM guest", "GRANT UPDATE ON d.num TO guest", "REVOKE UPDATE ON d.num FROM guest",
	"GRANT INSERT, DELETE ON d.num TO guest", "REVOKE DELETE ON d.num FROM guest", "GRANT SELECT, UPDATE ON d.two TO guest", "REVOKE SELECT ON d.two FROM guest",
	"REVOKE ALL ON d.* FROM tesla", "GRANT ALL ON d.* TO tesla", "GRANT SELECT ON d.* TO guest", "REVOKE SELECT ON d.* FROM guest",
	"ALTER TABLE d.num ADD COLUMN x INT DEFAULT 4", "ALTER TABLE d.num DROP COLUMN x", "ALTER TABLE d.txt RENAME TO d.text2", "ALTER TABLE d.text2 RENAME TO d.txt",
	"TRUNCATE TABLE d.bin", "CREATE INDEX i ON d.num (k)", "DROP INDEX i ON d.num", "ALTER TABLE d.two MODIFY c SMALLINT",
	"CREATE TRIGGER d.g BEFORE UPDATE ON d.two FOR EACH ROW SET NEW.c = 9", "DROP TRIGGER d.g", "ALTER TABLE d.kid DROP PRIMARY KEY", "ALTER TABLE d.kid ADD PRIMARY KEY (id)",
}

// TestCompiledStatements runs random statements both ways.
func TestCompiledStatements(t *testing.T) {
	oneSession(t)
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newTwin(t)
			w.setup()
			r := rand.New(rand.NewPCG(seed, 77))
			for range 1500 {
				w.step(r)
			}
			for _, user := range users {
				w.text(user, "ROLLBACK")
			}
			for _, table := range []string{"num", "gen", "bin", "two", "odd", "auto", "big", "chk", "kid"} {
				w.text("root", "SELECT * FROM d."+table)
			}
			if n := w.compiledRuns(); n < 150 {
				t.Errorf("only %d of the executions were compiled", n)
			}
		})
	}
}

func (w *twin) step(r *rand.Rand) {
	user := users[r.IntN(len(users))]
	switch p := r.IntN(100); {
	case p < 8:
		w.text(user, around[r.IntN(len(around))])
	case p < 11:
		for _, user := range users { // definitions change between transactions: nobody waits
			w.text(user, "COMMIT")
		}
		w.text("root", byRoot[r.IntN(len(byRoot))])
		w.text("root", "COMMIT") // one that failed holds its lock until then
	case p < 18:
		w.text(user, "SELECT FOUND_ROWS(), ROW_COUNT(), LAST_INSERT_ID()")
	case p < 20:
		w.text(user, "SHOW WARNINGS")
	case p < 40:
		w.literals(r, user)
	case p < 43:
		for id, pair := range w.stmts { // what is prepared again takes over the plan
			if err := errors.Join(pair[0].Close(), pair[1].Close()); err != nil {
				w.t.Fatal(err)
			}
			delete(w.stmts, id)
		}
	default:
		text := anyStatement(r)
		args := make([]session.Value, strings.Count(text, "?"))
		for i := range args {
			args[i] = randomValue(r)
		}
		for range 1 + r.IntN(8) {
			for i := range args {
				args[i] = like(r, args[i])
			}
			w.exec(user, text, args...)
		}
	}
}

// literals runs a statement as text, with other values in it each time. Strings
// are those that a template takes, and now and then others.
func (w *twin) literals(r *rand.Rand, user string) {
	text := anyStatement(r)
	kinds := make([]session.Value, strings.Count(text, "?"))
	for i := range kinds {
		kinds[i] = randomValue(r)
	}
	for range 2 + r.IntN(8) {
		parts := strings.Split(text, "?")
		full := parts[0]
		for i, part := range parts[1:] {
			kinds[i] = like(r, kinds[i])
			full += sqlLiteral(kinds[i]) + part
		}
		w.text(user, full)
	}
}

func anyStatement(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return wider[r.IntN(len(wider))]
	}
	return statements[r.IntN(len(statements))]
}

func sqlLiteral(v session.Value) string {
	switch v.Kind() {
	case session.Bytes:
		return "'" + strings.ReplaceAll(string(v.Bytes()), "\xff", "''") + "'"
	case session.Int, session.Uint, session.Float64, session.Float32, session.Null:
		return show(v)
	}
	return "'2024-01-02 03:04:05'"
}

// like returns a value of v's kind, now and then of another.
func like(r *rand.Rand, v session.Value) session.Value {
	for range 100 {
		next := randomValue(r)
		if next.Kind() == v.Kind() || r.IntN(200) == 0 {
			return next
		}
	}
	return v
}

// randomValue prefers small numbers and few words, so that rows are met.
func randomValue(r *rand.Rand) session.Value {
	words := []string{"[1]", "12:30", "abc", "Abc", "abc ", "äbc", "", "x", "12", "3", "3.7", "longer than eight", "a", "b", "2024-01-02", "ß", "日本"}
	switch p := r.IntN(40); {
	case p < 20:
		return session.IntValue(int64(r.IntN(6)))
	case p < 32:
		return session.StringValue(words[r.IntN(len(words))])
	case p < 33:
		return session.Value{}
	case p < 34:
		return session.IntValue([]int64{-1, 255, 256, 127, -129, 1 << 31, -1 << 63}[r.IntN(7)])
	case p < 35:
		return session.UintValue([]uint64{1, 2, 1 << 63, 1<<64 - 1}[r.IntN(4)])
	case p < 36:
		return session.Float64Value([]float64{1, 2.5, -3, 1e30}[r.IntN(4)])
	case p < 37:
		return session.Float32Value(1.5)
	case p < 38:
		return session.BytesValue([]byte{0xff, 0x01})
	case p < 39:
		return session.DateTimeValue(session.Civil{Year: 2024, Month: 1, Day: 2})
	default:
		return session.DurationValue(3_600_000_000)
	}
}
