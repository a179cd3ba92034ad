package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// tableRows are read by each client.
const tableRows = 100_000

const tableQuery = "SELECT id, name, price, ratio, made FROM d.r"

// overHTTPS is a server with both listeners.
type overHTTPS struct {
	*server
	mysql *sql.DB
	https string
	root  string // password
	env   []string
}

func startHTTPS(b *testing.B) *overHTTPS {
	s := &overHTTPS{server: start(b, b.TempDir(), "--https", "127.0.0.1:0")}
	b.Cleanup(s.stop)
	s.mysql, s.https = s.open(""), s.server.https
	s.env = append(os.Environ(), "LXDB_HTTPS="+s.https, "LXDB_MYSQL="+s.addr, "LXDB_PASSWORD="+s.password(), "LXDB_CA="+s.ca(),
		"NODE_EXTRA_CA_CERTS="+s.ca(), "LXDB_QUERY="+tableQuery, "LXDB_TRUST="+filepath.Join(s.dir, "trust.p12"))
	return s
}

func (s *overHTTPS) ca() string { return filepath.Join(s.dir, "ca.crt") }

func (s *overHTTPS) password() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "root.password"))
	if err != nil {
		s.b.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// driver opens our own driver.
func (s *overHTTPS) driver(conns int) *sql.DB {
	db := sql.OpenDB(lxdb.NewConnector(lxdb.Config{Address: s.https, User: "root", Password: s.password(), CAFile: s.ca()}))
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	s.b.Cleanup(func() { _ = db.Close() })
	return db
}

// table makes d.r and says how fast each way of writing it is.
func (s *overHTTPS) table() {
	const batch = 1000
	for _, way := range []struct {
		name string
		db   *sql.DB
	}{{"MySQL port", s.mysql}, {"Go driver over HTTPS", s.driver(1)}} {
		for _, text := range []string{"DROP DATABASE IF EXISTS d", "CREATE DATABASE d",
			"CREATE TABLE d.r (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, price DECIMAL(10,2), ratio DOUBLE, made DATETIME)"} {
			if _, err := way.db.Exec(text); err != nil {
				s.b.Fatal(err)
			}
		}
		began := time.Now()
		for from := 0; from < tableRows; from += batch {
			values := make([]string, batch)
			for i := range batch {
				n := from + i
				values[i] = fmt.Sprintf("(%d,'name of row %d',%d.%02d,%g,'2024-%02d-%02d 10:%02d:00')", n, n, n, n%100, float64(n)/7, n%12+1, n%28+1, n%60)
			}
			if _, err := way.db.Exec("INSERT INTO d.r VALUES " + strings.Join(values, ",")); err != nil {
				s.b.Fatal(err)
			}
		}
		fmt.Printf("%-34s %8.0f rows/s written, %d rows in each INSERT\n", way.name, tableRows/time.Since(began).Seconds(), batch)
	}
}

// scan reads the table three times and returns the fastest.
func (s *overHTTPS) scan(db *sql.DB) time.Duration {
	best := time.Hour
	for range 3 {
		began := time.Now()
		rows, err := db.Query(tableQuery)
		if err != nil {
			s.b.Fatal(err)
		}
		var id int
		var name, price, made string
		var ratio float64
		n := 0
		for rows.Next() {
			if err := rows.Scan(&id, &name, &price, &ratio, &made); err != nil {
				s.b.Fatal(err)
			}
			n++
		}
		if err := rows.Err(); err != nil || n != tableRows {
			s.b.Fatalf("%d rows, %v", n, err)
		}
		best = min(best, time.Since(began))
	}
	return best
}

// program runs a client that prints the rows and the seconds; it is left out where the
// script has not installed it.
func (s *overHTTPS) program(needs string, words ...string) (time.Duration, bool) {
	if needs != "" && os.Getenv(needs) == "" {
		return 0, false
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env, cmd.Stderr = s.env, os.Stderr
	out, err := cmd.Output()
	var rows int
	var seconds float64
	if _, scanErr := fmt.Sscan(string(out), &rows, &seconds); err != nil || scanErr != nil || rows != tableRows {
		s.b.Errorf("%s: %q, %v", strings.Join(words, " "), out, err)
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// BenchmarkHTTPSTable compares the clients that read a whole table.
func BenchmarkHTTPSTable(b *testing.B) {
	for range b.N {
		s := startHTTPS(b)
		s.table()
		base := s.scan(s.mysql)
		show := func(name string, took time.Duration, ok bool) {
			if ok {
				fmt.Printf("%-34s %8.0f rows/s read  %6.2f times the time of the MySQL port\n", name, tableRows/took.Seconds(), took.Seconds()/base.Seconds())
			}
		}
		show("MySQL port, Go", base, true)
		stop := profile(b, "go-client.pprof")
		took := s.scan(s.driver(1))
		stop()
		show("Go driver", took, true)
		curl := `best=99; for i in 1 2 3; do t=$(curl -s -o "$0" -w '%{time_total}' --cacert "$LXDB_CA" -K <(printf 'user = "root:%s"' "$LXDB_PASSWORD") ` +
			`-H 'Accept: application/x-ndjson' -d "{\"sql\": \"$LXDB_QUERY\"}" "https://$LXDB_HTTPS/api/v1/query"); ` +
			`best=$(printf '%s\n%s\n' "$best" "$t" | sort -n | head -1); done; echo $(($(wc -l <"$0") - 2)) "$best"`
		took, ok := s.program("", "bash", "-c", curl, filepath.Join(s.dir, "out"))
		show("curl, a line for each row", took, ok)
		python, node := os.Getenv("LXDB_BENCH_PYTHON"), "LXDB_NODE_MODULES"
		for _, c := range []struct{ name, client string }{{"MySQL port, PyMySQL", "pymysql"}, {"Python module", "lxdb"}, {"phoenixdb", "phoenixdb"}} {
			took, ok = s.program("LXDB_BENCH_PYTHON", python, "clients/read.py", c.client)
			show(c.name, took, ok)
		}
		took, ok = s.program(node, "node", "clients/read.mjs")
		show("@planetscale/database", took, ok)
		if jar := os.Getenv("LXDB_BENCH_JAR"); jar != "" {
			trust := exec.Command("keytool", "-importcert", "-noprompt", "-alias", "lxdb", "-file", s.ca(), "-keystore", filepath.Join(s.dir, "trust.p12"), "-storetype", "PKCS12", "-storepass", "changeit")
			if out, err := trust.CombinedOutput(); err != nil {
				b.Fatalf("keytool: %v: %s", err, out)
			}
			for _, serialization := range []string{"protobuf", "json"} {
				took, ok = s.program("LXDB_BENCH_JAR", "java", "-cp", jar, "clients/Read.java", serialization)
				show("Avatica JDBC, "+serialization, took, ok)
			}
		}
	}
}

// profile writes a CPU profile of what follows, if LXDB_BENCH_PROFILE names a directory.
func profile(b *testing.B, name string) (stop func()) {
	dir := os.Getenv("LXDB_BENCH_PROFILE")
	if dir == "" {
		return func() {}
	}
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		b.Fatal(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		b.Fatal(err)
	}
	return func() { pprof.StopCPUProfile(); f.Close() }
}

// BenchmarkHTTPSPoint measures prepared point selects over connections that stay open.
func BenchmarkHTTPSPoint(b *testing.B) {
	for range b.N {
		s := startHTTPS(b)
		s.table()
		for _, conns := range []int{1, 16, 256} {
			for _, way := range []struct {
				name string
				open func(ctx context.Context, conns int) (worker, error)
			}{
				{"MySQL port, Go", func(ctx context.Context, n int) (worker, error) { return sqlWorker(ctx, s.mysql, n) }},
				{"JSON", s.jsonWorker}, {"Avatica protobuf", s.protoWorker},
				{"Go driver", func(ctx context.Context, n int) (worker, error) { return sqlWorker(ctx, s.driver(n), n) }},
			} {
				s.points(way.name, conns, way.open)
			}
		}
	}
}
