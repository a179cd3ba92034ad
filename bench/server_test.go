package bench

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// binary builds lxdb once. LXDB_BENCH_BINARY names one that was built before.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("LXDB_BENCH_BINARY"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "lxdb-bench-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "lxdb")
	out, err := exec.Command("go", "build", "-o", path, "../cmd/lxdb").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// server is a running lxdb process.
type server struct {
	b     *testing.B
	dir   string
	cmd   *exec.Cmd
	addr  string
	ldaps string
	https string
	began time.Time
	took  time.Duration // until endpoints.json was there
}

// start runs a server with the MySQL listener; flags change the others.
func start(b *testing.B, dir string, flags ...string) *server {
	b.Helper()
	path, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	s := &server{b: b, dir: dir, began: time.Now()}
	s.cmd = exec.Command(path, "serve", "--data", dir, "--mysql", "127.0.0.1:0", "--https", "off", "--kivi", "off", "--ldap", "off", "--ldaps", "off")
	s.cmd.Args = append(s.cmd.Args, flags...)
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		text, err := os.ReadFile(filepath.Join(dir, "endpoints.json"))
		if err != nil {
			if time.Since(s.began) > time.Minute {
				b.Fatal("the server did not start within a minute")
			}
			continue
		}
		var e struct {
			MySQL string `json:"mysql"`
			LDAPS string `json:"ldaps"`
			HTTPS string `json:"https"`
			PID   int    `json:"pid"`
		}
		if json.Unmarshal(text, &e) == nil && e.PID == s.cmd.Process.Pid {
			s.addr, s.ldaps, s.https, s.took = e.MySQL, e.LDAPS, e.HTTPS, time.Since(s.began)
			return s
		}
	}
	return nil
}

func (s *server) stop() {
	s.b.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.b.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.b.Fatal(err)
	}
}

// residentMiB is the process's memory.
func (s *server) residentMiB() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.b.Skip("no /proc on this system")
	}
	for _, line := range strings.Split(string(text), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kib, _ := strconv.ParseFloat(f[1], 64)
			return kib / 1024
		}
	}
	return 0
}

func (s *server) open(database string) *sql.DB {
	s.b.Helper()
	pem, err := os.ReadFile(filepath.Join(s.dir, "ca.crt"))
	if err != nil {
		s.b.Fatal(err)
	}
	password, err := os.ReadFile(filepath.Join(s.dir, "root.password"))
	if err != nil {
		s.b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = "root", strings.TrimSpace(string(password)), "tcp", s.addr, database
	cfg.TLS = &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		s.b.Fatal(err)
	}
	db := sql.OpenDB(c)
	s.b.Cleanup(func() { _ = db.Close() })
	return db
}

// otherEnv names a MySQL server to measure instead, for a ratio taken in one
// run: LXDB_BENCH_DSN='user:password@tcp(127.0.0.1:3306)/?tls=skip-verify'.
const otherEnv = "LXDB_BENCH_DSN"

// database opens the server under test: ours, started on an empty directory,
// or the one that LXDB_BENCH_DSN names.
func database(b *testing.B) *sql.DB {
	b.Helper()
	dsn := os.Getenv(otherEnv)
	if dsn == "" {
		s := start(b, b.TempDir())
		b.Cleanup(s.stop)
		return s.open("")
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec("DROP DATABASE IF EXISTS d"); err != nil {
		b.Fatal(err)
	}
	return db
}

// fill makes d.t with n rows in the shape of sysbench's sbtest.
func fill(b *testing.B, db *sql.DB, n int) {
	b.Helper()
	exec := func(text string) {
		if _, err := db.Exec(text); err != nil {
			b.Fatalf("%.80s: %v", text, err)
		}
	}
	exec("CREATE DATABASE d")
	exec("CREATE TABLE d.t (id INT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL, KEY (k))")
	const batch = 1000
	for from := 0; from < n; from += batch {
		var values strings.Builder
		for i := from; i < min(from+batch, n); i++ {
			fmt.Fprintf(&values, ",(%d,%d,'%0119d','%059d')", i, i*7919%n, i, i)
		}
		exec("INSERT INTO d.t VALUES " + values.String()[1:])
	}
}

// BenchmarkStart starts the server on an existing database of one million rows
// and reports the time until it accepts connections and its memory then.
func BenchmarkStart(b *testing.B) {
	const rows = 1_000_000
	if os.Getenv(otherEnv) != "" {
		b.Skip("only for our own server")
	}
	dir := b.TempDir()
	s := start(b, dir)
	fill(b, s.open(""), rows)
	s.stop()
	var took time.Duration
	var memory float64
	n := 0
	b.ResetTimer()
	for b.Loop() {
		s := start(b, dir)
		took += s.took
		memory = max(memory, s.residentMiB())
		n++
		s.stop()
	}
	b.ReportMetric(float64(took.Milliseconds())/float64(n), "ms-to-ready")
	b.ReportMetric(memory, "MiB-idle")
}

// parallel runs f on so many connections and reports operations per second.
func parallel(b *testing.B, db *sql.DB, connections int, query string, f func(st *sql.Stmt, i int) error) {
	b.Run(strconv.Itoa(connections), func(b *testing.B) {
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		st, err := db.Prepare(query)
		if err != nil {
			b.Fatal(err)
		}
		defer st.Close()
		next := make(chan int, connections)
		var workers sync.WaitGroup
		b.ResetTimer()
		began := time.Now()
		for range connections {
			workers.Go(func() {
				for i := range next {
					if err := f(st, i); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		for i := range b.N {
			next <- i
		}
		close(next)
		workers.Wait()
		b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "op/s")
	})
}

// BenchmarkPointSelect and BenchmarkUpdate are prepared statements by primary
// key through TLS on 1, 4 and 16 connections. An update is its own transaction,
// durable when it returns.
func BenchmarkPointSelect(b *testing.B) {
	const rows = 100_000
	db := database(b)
	fill(b, db, rows)
	for _, n := range []int{1, 4, 16} {
		parallel(b, db, n, "SELECT c FROM d.t WHERE id = ?", func(st *sql.Stmt, i int) error {
			var c string
			return st.QueryRow(i * 7919 % rows).Scan(&c)
		})
	}
}

// BenchmarkPointSelectText is BenchmarkPointSelect by drivers that put the values
// into the text of the statement.
func BenchmarkPointSelectText(b *testing.B) {
	const rows = 100_000
	db := database(b)
	fill(b, db, rows)
	for _, n := range []int{1, 4, 16} {
		parallel(b, db, n, "SELECT c FROM d.t WHERE id = ?", func(_ *sql.Stmt, i int) error {
			var c string
			return db.QueryRow("SELECT c FROM d.t WHERE id = " + strconv.Itoa(i*7919%rows)).Scan(&c)
		})
	}
}

func BenchmarkUpdate(b *testing.B) {
	const rows = 100_000
	db := database(b)
	fill(b, db, rows)
	for _, n := range []int{1, 4, 16} {
		parallel(b, db, n, "UPDATE d.t SET k = k + 1 WHERE id = ?", func(st *sql.Stmt, i int) error {
			_, err := st.Exec(i * 7919 % rows)
			return err
		})
	}
}
