package engine

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// long makes a statement out of many pieces.
func long(n int, head, piece, between, tail string) string {
	pieces := make([]string, n)
	for i := range pieces {
		pieces[i] = strings.ReplaceAll(piece, "#", itoa(i))
	}
	return head + strings.Join(pieces, between) + tail
}

// longStatements are statements whose length n a client chooses, with the n of the smaller of two measurements.
var longStatements = []struct {
	name string
	n    int
	of   func(n int) string
}{
	{"foreignkeys", 250, func(n int) string {
		return long(n, "CREATE TABLE f (a INT, ", "FOREIGN KEY (a) REFERENCES t (id)", ", ", ")")
	}},
	{"locks", 1000, func(n int) string { return long(n, "LOCK TABLES ", "t AS x# READ", ", ", "") + "; UNLOCK TABLES" }},
	{"checks", 250, func(n int) string { return long(n, "CREATE TABLE k (a INT, ", "CHECK (a > #)", ", ", ")") }},
	{"with", 60, func(n int) string {
		parts := make([]string, n)
		parts[0] = "c0 AS (SELECT 1 a)"
		for i := 1; i < n; i++ {
			parts[i] = fmt.Sprintf("c%d AS (SELECT * FROM c%d)", i, i-1)
		}
		return fmt.Sprintf("WITH %s SELECT * FROM c%d", strings.Join(parts, ", "), n-1)
	}},
	{"wide", 4, func(n int) string {
		return long(4000, "WITH c AS (SELECT ", "# a#", ", ", ") SELECT 1 FROM ") + long(n, "", "c c#", ", ", "")
	}},
	{"values", 20, func(n int) string {
		row := long(4000, "ROW(", "#", ",", ")")
		return "VALUES " + strings.Join(strings.Split(strings.Repeat(row+"\n", n-1)+row, "\n"), ", ")
	}},
	{"windows", 500, func(n int) string {
		return long(n, "SELECT ", "SUM(c#) OVER (ORDER BY c#)", ", ", "") + long(n, " FROM (SELECT ", "# c#", ", ", ") t")
	}},
}

// BenchmarkLong: the time for each piece should be the same however many there are.
func BenchmarkLong(b *testing.B) {
	for _, c := range longStatements {
		for _, n := range []int{c.n, 4 * c.n} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				db := newTestDB(b)
				db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY)")
				text := c.of(n)
				for range b.N {
					b.StopTimer()
					db.ok("root", "DROP TABLE IF EXISTS f, k")
					b.StartTimer()
					db.ok("root", text)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/piece")
			})
		}
	}
}

// TestLongStatements: what grows with the square of a text's length is refused before it is planned, or does not. Each of these
// took ten seconds and more, beyond KILL.
func TestLongStatements(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY)")
	of := map[string]func(int) string{}
	for _, c := range longStatements {
		of[c.name] = c.of
	}
	begun := time.Now()
	db.fails("root", of["with"](5000), sqlerr.StackOverrunNeedMore)
	if n := len(db.ok("root", of["with"](150))); n != 1 {
		t.Errorf("150 names that stand for each other give %d rows", n)
	}
	db.fails("root", of["wide"](60), sqlerr.TooManyFields)
	db.ok("root", of["wide"](5))
	if n := len(db.ok("root", of["values"](30))); n != 30 {
		t.Errorf("%d rows", n)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	wide := long(4000, "CREATE TABLE w (", "a# TINYINT", ", ", ")")
	db.ok("root", wide)
	tables := long(20, "", "w w#", ", ", "")
	for _, text := range []string{
		"SELECT 1 FROM " + tables, "SELECT 1 UNION SELECT 2 FROM " + tables, "SELECT EXISTS (SELECT 1 FROM " + tables + ")",
		"UPDATE " + tables + " SET w0.a0 = 1", "DELETE w0 FROM " + tables, "CREATE VIEW v AS SELECT 1 FROM " + tables,
		"INSERT INTO t SELECT 1 FROM " + tables, "SELECT 1 FROM " + strings.ReplaceAll(tables, ",", " NATURAL JOIN"),
	} {
		db.fails("root", text, sqlerr.TooManyFields)
	}
	tables = long(61, "", "t t#", ", ", "")
	db.ok("root", "SELECT 1 FROM "+tables)
	for _, text := range []string{"SELECT 1 FROM t x, " + tables, "SELECT t0.id FROM t JOIN " + long(70, "", "t t#", " JOIN ", ""), "UPDATE t x, " + tables + " SET x.id = 1"} {
		db.fails("root", text, sqlerr.TooManyTables)
	}
}

// TestClausesAreCharged: the library copies all columns of a table for each clause of an ALTER TABLE. What that takes is the
// statement's memory: it is refused before it is taken, and is given back.
func TestClausesAreCharged(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE p (a INT); CREATE TEMPORARY TABLE m (a INT)")
	db.ok("root", long(1000, "CREATE TABLE w (", "c# TINYINT", ", ", ")"))
	db.ok("root", "CREATE USER low IDENTIFIED BY 'pw-low-123'; GRANT ALTER ON d.p TO low")
	db.ok("low", "USE d")
	add := long(4000, "", "ADD COLUMN c# INT", ", ", "")
	for _, text := range []string{
		"ALTER TABLE m " + add, "ALTER TABLE p " + add, long(1000, "ALTER TABLE w ", "MODIFY c# INT", ", ", ""),
		long(1000, "ALTER TABLE w ", "CHANGE c# d# INT", ", ", ""), long(1000, "ALTER TABLE w ", "ALTER COLUMN c# SET DEFAULT 5", ", ", ""),
		"PREPARE s FROM '" + "ALTER TABLE p " + add + "'",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		db.fails("root", text, sqlerr.CapacityExceeded)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 128<<20 {
			t.Errorf("%.30s… took %d MB before it was refused", text, took>>20)
		}
	}
	db.fails("low", "ALTER TABLE w "+add, sqlerr.TableAccessDenied)
	db.fails("low", "ALTER TABLE none "+add, sqlerr.TableAccessDenied)
	used := db.engine.Memory().Used()
	db.ok("root", long(200, "ALTER TABLE p ", "ADD COLUMN c# INT", ", ", ""))
	if peak := db.engine.Memory().Peak(); peak < 1<<20 {
		t.Errorf("%d bytes were charged", peak)
	}
	if now := db.engine.Memory().Used(); now > used+1<<20 {
		t.Errorf("%d bytes were not given back", now-used)
	}
	db.rows("root", "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'd' AND table_name = 'p'", "201")
}

// TestAccountsThatStay: who is there keeps his password, and what was given for him is asked whether it may be one.
func TestAccountsThatStay(t *testing.T) {
	db := newTestDB(t)
	hash := func(name string) string { return db.engine.inst.Cat.Snapshot().Principal(name).Password }
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann-1'")
	before := hash("ann")
	db.ok("root", "CREATE USER IF NOT EXISTS ann IDENTIFIED BY 'pw-ann-2', bob IDENTIFIED BY 'pw-bob-1', BOB IDENTIFIED BY 'pw-bob-2'")
	if hash("ann") != before {
		t.Error("ann's password is another")
	}
	if hash("bob") == "" {
		t.Error("bob has no password")
	}
	if rows := db.ok("root", "CREATE USER IF NOT EXISTS ann IDENTIFIED BY RANDOM PASSWORD, cid IDENTIFIED BY RANDOM PASSWORD"); len(rows) != 1 || hash("cid") == "" {
		t.Errorf("%q", rows)
	}
	db.fails("root", "CREATE USER ann IDENTIFIED BY 'pw-ann-3'", sqlerr.CannotUser)
	db.fails("root", "CREATE USER dan IDENTIFIED BY 'pw-dan-1', dan IDENTIFIED BY 'pw-dan-2'", sqlerr.CannotUser)
	db.ok("root", "ALTER USER IF EXISTS nobody IDENTIFIED BY 'pw-nobody-1', bob IDENTIFIED BY 'pw-bob-3'")
	db.fails("root", "ALTER USER nobody IDENTIFIED BY 'pw-nobody-1'", sqlerr.CannotUser)
	if hash("ann") != before || db.engine.inst.Cat.Snapshot().Principal("nobody") != nil || db.engine.inst.Cat.Snapshot().Principal("dan") != nil {
		t.Error("a statement that failed changed an account")
	}
}
