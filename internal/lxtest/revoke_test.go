package lxtest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	lxdb "github.com/lxdb/lxdb/drivers/go"
	"github.com/lxdb/lxdb/internal/lxtest"
)

// How soon a right that was taken away, and an account that was locked or dropped,
// counts, by every way that leads to a session. docs/revocation.md publishes the
// bounds; the test logs what it measured.

// soon is the bound of the document for what runs.
const soon = time.Second

// revokeRoundsEnv is how often each is measured.
const revokeRoundsEnv = "LXDB_REVOKE_ROUNDS"

// revocation is a server with a user for each way, who may read and write r.wide.
type revocation struct {
	t    *testing.T
	s    *lxtest.Server
	root *sql.DB
}

const wideRows = 20_000

func newRevocation(t *testing.T) *revocation {
	s := lxtest.Start(t, withHTTPS())
	r := &revocation{t: t, s: s, root: s.Open("root", s.Root, "")}
	s.Exec("CREATE DATABASE r", "CREATE TABLE r.digit (d INT PRIMARY KEY)", "INSERT INTO r.digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
		"CREATE TABLE r.wide (id INT PRIMARY KEY, v INT)",
		`INSERT INTO r.wide SELECT a.d + 10*b.d + 100*c.d + 1000*d.d + 10000*e.d, 0
			FROM r.digit a, r.digit b, r.digit c, r.digit d, r.digit e WHERE e.d < 2`)
	return r
}

// ways open a user's sessions.
func (r *revocation) ways() map[string]func(user string) *sql.DB {
	cfg := lxdb.Config{Address: r.s.Instance().Endpoints().HTTPS, CAFile: filepath.Join(r.s.Dir, "ca.crt")}
	return map[string]func(string) *sql.DB{
		"mysql": func(user string) *sql.DB { return r.s.Open(user, "pw-"+user, "") },
		"tunnel": func(user string) *sql.DB {
			return r.s.Open(user, "pw-"+user, "", func(c *driver.Config) {
				c.Net = "tunnel-of-" + user
				c.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return lxdb.DialTunnel(ctx, cfg) }
			})
		},
		"https": func(user string) *sql.DB {
			own := cfg
			own.User, own.Password = user, "pw-"+user
			db := sql.OpenDB(lxdb.NewConnector(own))
			r.t.Cleanup(func() { _ = db.Close() })
			return db
		},
	}
}

func (r *revocation) do(statements ...string) {
	r.t.Helper()
	for _, s := range statements {
		if _, err := r.root.Exec(s); err != nil {
			r.t.Fatalf("%s: %v", s, err)
		}
	}
}

// denied says whether an error tells of a right that is missing.
func denied(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "1142") || strings.Contains(err.Error(), "denied") || strings.Contains(err.Error(), "privilege"))
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	r := newRevocation(t)
	for way, open := range r.ways() {
		user := "u" + way
		r.do("CREATE USER "+user+" IDENTIFIED BY 'pw-"+user+"'", "GRANT SELECT, UPDATE ON r.wide TO "+user)
		db := open(user)
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(way, func(t *testing.T) {
			r.nextStatement(t, conn, user)
			r.openTransaction(t, conn, user)
			r.running(t, conn, user, "scan", "SELECT", "SELECT COUNT(*) FROM r.wide WHERE SLEEP(0.0005) = 1")
			r.running(t, conn, user, "join of what was read", "SELECT", "SELECT COUNT(*) FROM r.wide a, r.wide b WHERE a.v + b.v < SLEEP(0)")
			r.running(t, conn, user, "write", "UPDATE", "UPDATE r.wide SET v = v + 1 WHERE SLEEP(0.0005) = 0")
			var changed int
			if err := r.root.QueryRow("SELECT COUNT(*) FROM r.wide WHERE v <> 0").Scan(&changed); err != nil || changed != 0 {
				t.Errorf("the revoked write left %d rows, %v", changed, err)
			}
		})
		_ = conn.Close()
		r.cut(way, user, open)
	}
}

// nextStatement: a prepared statement and a new one are refused as soon as REVOKE has
// returned.
func (r *revocation) nextStatement(t *testing.T, conn *sql.Conn, user string) {
	ctx := t.Context()
	stmt, err := conn.PrepareContext(ctx, "SELECT v FROM r.wide WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	for range 20 {
		var v int
		if err := stmt.QueryRow(7).Scan(&v); err != nil {
			t.Fatal(err)
		}
		r.do("REVOKE SELECT ON r.wide FROM " + user)
		if err := stmt.QueryRow(7).Scan(&v); !denied(err) {
			t.Errorf("prepared, after REVOKE: %v", err)
		}
		if err := conn.QueryRowContext(ctx, "SELECT v FROM r.wide LIMIT 1").Scan(&v); !denied(err) {
			t.Errorf("a new statement, after REVOKE: %v", err)
		}
		r.do("GRANT SELECT ON r.wide TO " + user)
	}
}

// openTransaction: what was written under a right that is gone is not committed.
func (r *revocation) openTransaction(t *testing.T, conn *sql.Conn, user string) {
	ctx := t.Context()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("UPDATE r.wide SET v = 9 WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	r.do("REVOKE UPDATE ON r.wide FROM " + user)
	if err := tx.Commit(); err == nil {
		t.Error("COMMIT passed")
	}
	r.do("GRANT UPDATE ON r.wide TO " + user)
	var v int
	if err := r.root.QueryRow("SELECT v FROM r.wide WHERE id = 1").Scan(&v); err != nil || v != 0 {
		t.Errorf("the row has %d, %v", v, err)
	}
}

// histogram counts how many took less than each of some bounds, and no less than the one before.
func histogram(took []time.Duration) string {
	var bars []string
	left := took // ascending
	for _, bound := range []time.Duration{10 * time.Microsecond, 100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond} {
		n := sort.Search(len(left), func(i int) bool { return left[i] >= bound })
		bars = append(bars, fmt.Sprintf("%d below %v", n, bound))
		left = left[n:]
	}
	return strings.Join(append(bars, fmt.Sprintf("%d above", len(left))), ", ")
}

// running: a statement that runs ends, with an error, within the bound.
func (r *revocation) running(t *testing.T, conn *sql.Conn, user, what, right, text string) {
	var took []time.Duration
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv(revokeRoundsEnv)); err == nil && n > 0 {
		rounds = n
	}
	for range rounds {
		ended := make(chan error, 1)
		go func() {
			_, err := conn.ExecContext(context.Background(), text)
			ended <- err
		}()
		r.awaitRunning(t, user, text)
		r.do("REVOKE " + right + " ON r.wide FROM " + user)
		revoked := time.Now()
		select {
		case err := <-ended:
			took = append(took, time.Since(revoked))
			if !denied(err) {
				t.Errorf("%s: %v", what, err)
			}
		case <-time.After(10 * soon):
			t.Fatalf("%s: still running %v after the REVOKE", what, 10*soon)
		}
		r.do("GRANT " + right + " ON r.wide TO " + user)
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	t.Logf("running %s: ended after REVOKE returned within %v (median %v, 90%% %v, 99%% %v, of %d): %s", what,
		took[len(took)-1], took[len(took)/2], took[len(took)*9/10], took[len(took)*99/100], len(took), histogram(took))
	if worst := took[len(took)-1]; worst > soon {
		t.Errorf("%s: ended %v after the REVOKE", what, worst)
	}
}

// awaitRunning returns when the server runs a statement of the user.
func (r *revocation) awaitRunning(t *testing.T, user, text string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		var n int
		err := r.root.QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE user = ? AND info LIKE ?", user, text[:min(20, len(text)-1)]+"%").Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
	t.Fatalf("%s does not run", text)
}

// cut: the sessions of an account that is locked or dropped end within a second,
// idle or not, and nobody comes in again.
func (r *revocation) cut(way, user string, open func(string) *sql.DB) {
	for _, c := range []struct{ what, text, undo string }{
		{"locked", "ALTER USER " + user + " ACCOUNT LOCK", "ALTER USER " + user + " ACCOUNT UNLOCK"},
		{"given another password", "ALTER USER " + user + " IDENTIFIED BY 'other-password'", "ALTER USER " + user + " IDENTIFIED BY 'pw-" + user + "'"},
		{"dropped", "DROP USER " + user, ""},
	} {
		r.t.Run(way+" "+c.what, func(t *testing.T) {
			db := open(user)
			idle, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer idle.Close()
			busy, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer busy.Close()
			ended := make(chan error, 1)
			text := "SELECT SLEEP(30)"
			go func() {
				_, err := busy.ExecContext(context.Background(), text)
				ended <- err
			}()
			r.awaitRunning(t, user, text)
			r.do(c.text)
			begun := time.Now()
			select {
			case err := <-ended:
				if err == nil {
					t.Error("the statement that ran ended well")
				}
			case <-time.After(10 * soon):
				t.Fatal("the statement runs on")
			}
			took := time.Since(begun)
			t.Logf("%s, %s: a running statement ended %v after", way, c.what, took)
			if took > soon {
				t.Errorf("it took %v", took)
			}
			if _, err := idle.ExecContext(t.Context(), "SELECT 1"); err == nil {
				t.Error("the idle session goes on")
			}
			fresh, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := open(user).PingContext(fresh); err == nil || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a new login: %v", err)
			}
			if c.undo != "" {
				r.do(c.undo)
			}
		})
	}
}
