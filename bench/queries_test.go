package bench

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reports are queries that walk a table: what BenchmarkQueries measures.
var reports = []struct{ name, text string }{
	{"count", "SELECT COUNT(*) FROM d.big"},
	{"count, number filtered", "SELECT COUNT(*) FROM d.big WHERE k < 500"},
	{"count, text filtered", "SELECT COUNT(*) FROM d.big WHERE s = 'group 3'"},
	{"10 groups by text", "SELECT s, COUNT(*), SUM(k) FROM d.big GROUP BY s"},
	{"10 groups by number", "SELECT g, COUNT(*), SUM(k) FROM d.big GROUP BY g"},
	{"1,000 groups", "SELECT m, COUNT(*), SUM(k) FROM d.big GROUP BY m"},
	{"sum and average", "SELECT SUM(k), AVG(d), MIN(k), MAX(d) FROM d.big"},
	{"order by, limit 10", "SELECT id, k, pad FROM d.big ORDER BY k, id LIMIT 10"},
	{"order by text, limit 10", "SELECT id, s, pad FROM d.big ORDER BY s DESC, d LIMIT 10"},
	{"join with 1,000 rows", "SELECT COUNT(*), SUM(v) FROM d.big JOIN d.small ON small.id = big.m"},
	{"exists", "SELECT COUNT(*) FROM d.big WHERE EXISTS (SELECT 1 FROM d.small WHERE small.id = big.m AND v > 500)"},
	{"in a query", "SELECT COUNT(*) FROM d.big WHERE m IN (SELECT id FROM d.small WHERE v > 500)"},
	{"row_number", "SELECT MAX(n) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY m ORDER BY k) AS n FROM d.big) AS x"},
	{"count distinct", "SELECT COUNT(DISTINCT m) FROM d.big"},
	{"with, used twice", "WITH w AS (SELECT m, SUM(k) AS t FROM d.big GROUP BY m) SELECT COUNT(*) FROM w a JOIN w b ON a.m = b.m WHERE a.t = b.t"},
	{"derived table", "SELECT COUNT(*) FROM (SELECT id, k FROM d.big) AS x WHERE k < 500"},
	{"all rows of two columns", "SELECT id, k FROM d.big"},
}

// side is one of the servers that are measured beside each other.
type side struct {
	db  *sql.DB
	pid int
}

func loadReports(b *testing.B, db *sql.DB, n int) {
	b.Helper()
	exec := func(text string) {
		if _, err := db.Exec(text); err != nil {
			b.Fatalf("%.80s: %v", text, err)
		}
	}
	exec("CREATE DATABASE d")
	exec(`CREATE TABLE d.big (id INT PRIMARY KEY, k INT NOT NULL, g INT NOT NULL, m INT NOT NULL, s VARCHAR(20) NOT NULL,
		d DECIMAL(10,2) NOT NULL, pad CHAR(60) NOT NULL)`)
	exec("CREATE TABLE d.small (id INT PRIMARY KEY, v INT NOT NULL, name VARCHAR(20) NOT NULL)")
	const batch = 2000
	for from := 0; from < n; from += batch {
		var values strings.Builder
		for i := from; i < min(from+batch, n); i++ {
			k := i * 7919 % n
			fmt.Fprintf(&values, ",(%d,%d,%d,%d,'group %d',%d.%02d,'%059d')", i, k, i%10, k%1000, i%10, k%9973, i%100, i)
		}
		exec("INSERT INTO d.big VALUES " + values.String()[1:])
	}
	var values strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&values, ",(%d,%d,'name %d')", i, i*7%1000, i)
	}
	exec("INSERT INTO d.small VALUES " + values.String()[1:])
}

// best runs a query a few times and gives the shortest time, the answer, and how high the
// server's memory rose above what it was before.
func (s *side) best(b *testing.B, text string, times int) (took time.Duration, answer string, peak float64) {
	b.Helper()
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.pid), []byte("5"), 0)
	before := memory(s.pid, "VmRSS:")
	for i := range times {
		begun := time.Now()
		rows, err := s.db.Query(text)
		if err != nil {
			b.Fatalf("%s: %v", text, err)
		}
		n, sum, last := 0, 0, new(sql.RawBytes)
		names, _ := rows.Columns()
		into := make([]any, len(names))
		for c := range into {
			into[c] = new(sql.RawBytes)
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				b.Fatal(err)
			}
			n++
			last = into[len(into)-1].(*sql.RawBytes)
			for _, ch := range *last {
				sum += int(ch)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil { // a CALL sends more than its rows
			b.Fatalf("%s: %v", text, err)
		}
		if d := time.Since(begun); i == 0 || d < took {
			took = d
		}
		answer = fmt.Sprintf("%d rows, %d", n, sum)
	}
	return took, answer, memory(s.pid, "VmHWM:") - before
}

// memory is a line of /proc/PID/status in MiB.
func memory(pid int, name string) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, line := range strings.Split(string(text), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			kib, _ := strconv.ParseFloat(f[1], 64)
			return kib / 1024
		}
	}
	return 0
}

// BenchmarkQueries runs queries over LXDB_BENCH_ROWS rows (1,000,000) on our server and on the one
// that LXDB_BENCH_DSN names, in turns, and prints a table: queries.sh.
func BenchmarkQueries(b *testing.B) {
	dsn := os.Getenv(otherEnv)
	if dsn == "" {
		b.Skip("only beside another server: bench/queries.sh")
	}
	n := 1_000_000
	if text := os.Getenv("LXDB_BENCH_ROWS"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	own := start(b, b.TempDir())
	defer own.stop()
	other := database(b)
	ours := &side{own.open(""), own.cmd.Process.Pid}
	theirs := &side{db: other}
	if text, err := exec.Command("pidof", "mariadbd").Output(); err == nil {
		theirs.pid, _ = strconv.Atoi(strings.Fields(string(text))[0])
	}
	if text := os.Getenv("LXDB_BENCH_PID"); text != "" {
		theirs.pid, _ = strconv.Atoi(text)
	}
	for _, s := range []*side{ours, theirs} {
		loadReports(b, s.db, n)
		s.db.SetMaxOpenConns(1)
	}
	times := 5
	if n > 5_000_000 {
		times = 2 // a query takes seconds: noise is small beside that
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%d rows; rate is the other server's time divided by ours\n%-26s %9s %9s %6s %9s %9s\n", n, "", "lxdb ms", "other ms", "rate", "lxdb MiB", "other MiB")
	for b.Loop() {
		for _, r := range reports {
			mine, answer, peak := ours.best(b, r.text, times)
			his, want, hisPeak := theirs.best(b, r.text, times)
			if answer != want {
				b.Errorf("%s: %s, and on the other server %s", r.name, answer, want)
			}
			fmt.Fprintf(&table, "%-26s %9.1f %9.1f %6.2f %9.1f %9.1f\n", r.name, ms(mine), ms(his), his.Seconds()/mine.Seconds(), peak, hisPeak)
		}
	}
	fmt.Println(table.String())
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
