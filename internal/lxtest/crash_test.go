package lxtest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/instance"
)

// The crash test kills a real server process with SIGKILL in the middle of
// mixed commits and grants, starts it again on the same directory, and checks
// that everything acknowledged is there and nothing is half done.

const (
	crashServerEnv = "LXDB_CRASH_SERVER_DIR"
	crashRoundsEnv = "LXDB_CRASH_ROUNDS" // make crash sets 50
	crashWriters   = 4
	crashTables    = 3 // whose grants change all the time
	crashSequences = 2 // one of them without a cache
)

// TestCrashServer is the process that is killed: a server, until the end.
func TestCrashServer(t *testing.T) {
	dir := os.Getenv(crashServerEnv)
	if dir == "" {
		t.Skip("run by TestCrashOfAServer in a process of its own")
	}
	s, err := instance.Start(context.Background(), instance.Options{Dir: dir, MySQL: "127.0.0.1:0", RootPassword: "pw-root"})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("ready %s\n", s.Endpoints().MySQL)
	select {}
}

// crashRun is the model: what was acknowledged in all rounds so far.
type crashRun struct {
	t     *testing.T
	dir   string
	child *exec.Cmd
	addr  string

	acks  atomic.Int64
	mu    sync.Mutex
	acked [crashWriters]int // highest acknowledged number of each writer
	// grants is what tesla may hold on each table: one state when acknowledged,
	// both while a change is in flight.
	grants [crashTables]map[bool]bool
	// taken are the numbers that each sequence has given.
	taken [crashSequences]map[int64]bool
}

func TestCrashOfAServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	rounds := 2
	if n, err := strconv.Atoi(os.Getenv(crashRoundsEnv)); err == nil {
		rounds = n
	}
	r := &crashRun{t: t, dir: t.TempDir()}
	r.start()
	defer r.kill()
	r.setUp()
	for round := range rounds {
		r.load(60 + 37*round%200)
		r.start()
		r.verify(round)
	}
	t.Logf("%d kills, %d acknowledged commits and grants, none lost", rounds, r.acks.Load())
}

// start runs the server process until it says that it is ready.
func (r *crashRun) start() {
	r.t.Helper()
	r.child = exec.Command(os.Args[0], "-test.run=^TestCrashServer$", "-test.timeout=0")
	r.child.Env = append(os.Environ(), crashServerEnv+"="+r.dir)
	r.child.Stderr = os.Stderr
	out, err := r.child.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.child.Start(); err != nil {
		r.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			r.addr = addr
			return
		}
		r.t.Log("server:", lines.Text())
	}
	r.t.Fatalf("the server ended before it was ready: %v", r.child.Wait())
}

func (r *crashRun) kill() {
	_ = r.child.Process.Kill()
	_ = r.child.Wait() // says that it was killed
}

func (r *crashRun) open(user, password string) *sql.DB {
	r.t.Helper()
	pem, err := os.ReadFile(filepath.Join(r.dir, "ca.crt"))
	if err != nil {
		r.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr = user, password, "tcp", r.addr
	cfg.TLS = &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
	cfg.Logger = quiet{}
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	return sql.OpenDB(c)
}

// quiet drops the driver's remarks about connections that break: they are killed.
type quiet struct{}

func (quiet) Print(...any) {}

func (r *crashRun) setUp() {
	r.t.Helper()
	db := r.open("root", "pw-root")
	defer db.Close()
	statements := []string{
		"CREATE DATABASE d", "CREATE USER tesla IDENTIFIED BY 'pw-tesla'",
		"CREATE TABLE d.a (writer INT, n INT, PRIMARY KEY (writer, n))",
		"CREATE TABLE d.b (id INT PRIMARY KEY AUTO_INCREMENT, writer INT, n INT, UNIQUE KEY (writer, n))",
		"CREATE TABLE d.last (writer INT PRIMARY KEY, n INT)",
		"CREATE SEQUENCE d.s0 CACHE 3", "CREATE SEQUENCE d.s1 NOCACHE INCREMENT BY -2",
	}
	for i := range crashSequences {
		r.taken[i] = map[int64]bool{}
	}
	for w := range crashWriters {
		statements = append(statements, fmt.Sprintf("INSERT INTO d.last VALUES (%d, 0)", w))
	}
	for i := range crashTables {
		statements = append(statements, fmt.Sprintf("CREATE TABLE d.g%d (id INT PRIMARY KEY)", i))
		r.grants[i] = map[bool]bool{false: true}
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			r.t.Fatalf("%s: %v", s, err)
		}
	}
}

// load writes and grants from several connections and kills the server after
// about so many acknowledgements.
func (r *crashRun) load(acks int) {
	db := r.open("root", "pw-root")
	defer db.Close()
	until := r.acks.Load() + int64(acks)
	enough := make(chan struct{})
	var once sync.Once
	ack := func() {
		if r.acks.Add(1) >= until {
			once.Do(func() { close(enough) })
		}
	}
	var workers sync.WaitGroup
	for w := range crashWriters {
		workers.Go(func() { r.write(db, w, ack) })
	}
	for i := range crashTables {
		workers.Go(func() { r.grant(db, i, ack) })
	}
	for i := range 2 * crashSequences {
		workers.Go(func() { r.take(db, i%crashSequences, ack) })
	}
	<-enough
	r.kill()
	workers.Wait()
}

// write commits one number after another into three tables until the server dies.
func (r *crashRun) write(db *sql.DB, w int, ack func()) {
	for n := r.acked[w] + 1; ; n++ {
		tx, err := db.Begin()
		if err != nil {
			return
		}
		for _, s := range []string{
			"INSERT INTO d.a VALUES (?, ?)", "INSERT INTO d.b (writer, n) VALUES (?, ?)", "UPDATE d.last SET writer = ?, n = ? WHERE writer = " + strconv.Itoa(w),
		} {
			if _, err := tx.Exec(s, w, n); err != nil {
				_ = tx.Rollback()
				return
			}
		}
		if tx.Commit() != nil {
			return
		}
		r.mu.Lock()
		r.acked[w] = n
		r.mu.Unlock()
		ack()
	}
}

// take takes numbers of a sequence until the server dies. None comes twice.
func (r *crashRun) take(db *sql.DB, i int, ack func()) {
	for {
		var n int64
		if db.QueryRow(fmt.Sprintf("SELECT NEXT VALUE FOR d.s%d", i)).Scan(&n) != nil {
			return
		}
		r.mu.Lock()
		if r.taken[i][n] {
			r.t.Errorf("sequence s%d gave %d twice", i, n)
		}
		r.taken[i][n] = true
		r.mu.Unlock()
		ack()
	}
}

// grant gives and takes the same right until the server dies.
func (r *crashRun) grant(db *sql.DB, i int, ack func()) {
	for held := r.grants[i][true]; ; held = !held {
		statement := fmt.Sprintf("GRANT READ ON TABLE d.g%d TO tesla", i)
		if held {
			statement = fmt.Sprintf("REVOKE READ ON TABLE d.g%d FROM tesla", i)
		}
		r.setGrant(i, held, !held) // either, until it is acknowledged
		if _, err := db.Exec(statement); err != nil {
			return
		}
		r.setGrant(i, !held)
		ack()
	}
}

func (r *crashRun) setGrant(i int, states ...bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.grants[i])
	for _, s := range states {
		r.grants[i][s] = true
	}
}

// verify compares the restarted server with the model, and takes over what was
// in flight and did happen.
func (r *crashRun) verify(round int) {
	r.t.Helper()
	db := r.open("root", "pw-root")
	defer db.Close()
	for w := range crashWriters {
		numbers := map[string]int{}
		for name, query := range map[string]string{
			"a": "SELECT COALESCE(MAX(n), 0) FROM d.a WHERE writer = ?", "count of a": "SELECT COUNT(*) FROM d.a WHERE writer = ?",
			"b": "SELECT COALESCE(MAX(n), 0) FROM d.b WHERE writer = ?", "count of b": "SELECT COUNT(*) FROM d.b WHERE writer = ?",
			"last": "SELECT n FROM d.last WHERE writer = ?",
		} {
			var n int
			if err := db.QueryRow(query, w).Scan(&n); err != nil {
				r.t.Fatalf("round %d: %s: %v", round, query, err)
			}
			numbers[name] = n
		}
		n := numbers["last"]
		for name, got := range numbers {
			if got != n {
				r.t.Fatalf("round %d: writer %d is half done: %s is %d, last is %d", round, w, name, got, n)
			}
		}
		if n < r.acked[w] || n > r.acked[w]+1 {
			r.t.Fatalf("round %d: writer %d had %d acknowledged, found %d", round, w, r.acked[w], n)
		}
		r.acked[w] = n
	}
	r.verifyGrants(round, db)
}

// verifyGrants wants SHOW GRANTS, the certificates and the model to agree.
func (r *crashRun) verifyGrants(round int, root *sql.DB) {
	r.t.Helper()
	var shown strings.Builder
	rows, err := root.Query("SHOW GRANTS FOR tesla")
	if err != nil {
		r.t.Fatal(err)
	}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			r.t.Fatal(err)
		}
		shown.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	tesla := r.open("tesla", "pw-tesla")
	defer tesla.Close()
	for i := range crashTables {
		listed := strings.Contains(shown.String(), fmt.Sprintf("`g%d`", i))
		var n int
		allowed := tesla.QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM d.g%d", i)).Scan(&n) == nil
		if listed != allowed || !r.grants[i][allowed] {
			r.t.Fatalf("round %d: table g%d: listed %v, allowed %v, possible %v", round, i, listed, allowed, maps.Collect(maps.All(r.grants[i])))
		}
		r.setGrant(i, allowed)
	}
}
