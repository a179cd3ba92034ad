// Command go runs the conformance cases with Go's clients: go-sql-driver/mysql at the
// MySQL port and our own driver over HTTPS. ../../clients-https.sh sets LXDB_*; the
// arguments are cases.json and the clients.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/go-sql-driver/mysql"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// A testCase is one of cases.json.
type testCase struct {
	Name    string
	Connect how
	Type    string
	Values  []*[2]string
	Error   any
	Steps   []step
	Except  map[string]allowed
}

type how struct{ User, Password, CA, As string }

type allowed struct {
	Note  string
	Skip  bool
	Error any
	Out   []*string
}

type step struct {
	On                      int
	SQL                     string
	Params                  []*[2]string
	Rows                    *[][]*string
	Affected                *int64
	Error                   any
	Limited                 bool
	Begin, Commit, Rollback bool
	Batch, Count, Cancel    string
	From, To                int
	Tables, Columns, Key    string
	Want                    any
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: go CASES CLIENT…")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var file struct{ Cases []testCase }
	if err := json.Unmarshal(text, &file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, client := range os.Args[2:] {
		for _, c := range file.Cases {
			report(client, c)
		}
	}
}

func env(name string) string { return os.Getenv("LXDB_" + name) }

// report runs a case and prints what came of it.
func report(client string, c testCase) {
	r := &runner{client: client, conns: map[int]*sql.Conn{}, pools: map[int]*sql.DB{}}
	defer r.close()
	a, limited := c.Except[client]
	result := map[bool]string{false: "ok", true: "limit"}[limited]
	note := a.Note
	if a.Skip {
		result = "none"
	} else if err := r.run(c, a); err != nil {
		result, note = "failed", fmt.Sprintf("%.500s", err)
	}
	line, err := json.Marshal(map[string]string{"client": client, "case": c.Name, "result": result, "note": note})
	if err != nil {
		panic(err) // of strings
	}
	fmt.Println(string(line))
}

type runner struct {
	client string
	pools  map[int]*sql.DB
	conns  map[int]*sql.Conn
	tx     *sql.Tx
}

func (r *runner) close() {
	for _, c := range r.conns {
		c.Close()
	}
	for _, db := range r.pools {
		db.Close()
	}
}

// open makes a pool; a connection is made at its first use.
func (r *runner) open(h how) (*sql.DB, error) {
	user, password, ca := env("USER"), env("PASSWORD"), env("CA")
	if h.As == "reader" {
		user, password = env("READER"), env("READER_PASSWORD")
	}
	if h.User != "" {
		user = h.User
	}
	if h.Password != "" {
		password = h.Password
	}
	if h.CA == "other" {
		ca = env("OTHER_CA")
	}
	var db *sql.DB
	if r.client == "lxdb-go" {
		db = sql.OpenDB(lxdb.NewConnector(lxdb.Config{Address: env("HTTPS"), User: user, Password: password, Database: env("DATABASE"), CAFile: ca}))
	} else {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		cfg := mysql.NewConfig()
		cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = user, password, "tcp", net.JoinHostPort(env("HOST"), env("PORT")), env("DATABASE")
		cfg.Logger = &mysql.NopLogger{} // refusals are expected
		cfg.TLS = &tls.Config{RootCAs: roots, ServerName: env("HOST")}
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		db = sql.OpenDB(connector)
	}
	return db, nil
}

func (r *runner) on(n int, h how) (*sql.Conn, error) {
	if c := r.conns[n]; c != nil {
		return c, nil
	}
	db := r.pools[n]
	if db == nil {
		var err error
		if db, err = r.open(h); err != nil {
			return nil, err
		}
		r.pools[n] = db
	}
	c, err := db.Conn(context.Background())
	if err == nil {
		r.conns[n] = c
	}
	return c, err
}

func (r *runner) run(c testCase, a allowed) error {
	switch {
	case c.Type != "":
		return failing(a.Error, r.types(c, a))
	case c.Error != nil:
		db, err := r.open(c.Connect)
		if err != nil {
			return err
		}
		defer db.Close()
		want := c.Error
		if a.Error != nil {
			want = a.Error
		}
		return failing(want, db.Ping())
	}
	for _, s := range c.Steps {
		want := s.Error
		if s.Limited {
			want = a.Error
		}
		if err := failing(want, r.step(s, c)); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) types(c testCase, a allowed) error {
	conn, err := r.on(1, how{})
	if err != nil {
		return err
	}
	for _, text := range []string{"DROP TABLE IF EXISTS cf_t", "CREATE TABLE cf_t (id INT PRIMARY KEY, v " + c.Type + ")"} {
		if _, err := r.exec(conn, text, nil); err != nil {
			return err
		}
	}
	want := [][]*string{}
	for i, v := range c.Values {
		if _, err := r.exec(conn, "INSERT INTO cf_t VALUES (?, ?)", []*[2]string{{"int", strconv.Itoa(i)}, v}); err != nil {
			return err
		}
		var out *string
		if v != nil {
			text := spread(v)
			out = &text
		}
		if a.Out != nil {
			out = a.Out[i]
		}
		want = append(want, []*string{out})
	}
	got, err := query(conn, nil, "SELECT v FROM cf_t ORDER BY id", nil)
	if err != nil {
		return err
	}
	if err := same(got, want, "read by a text"); err != nil {
		return err
	}
	for i := range want {
		got, err := query(conn, nil, "SELECT v FROM cf_t WHERE id = ?", []*[2]string{{"int", strconv.Itoa(i)}})
		if err != nil {
			return err
		}
		if err := same(got, want[i:i+1], "read by a prepared statement"); err != nil {
			return err
		}
	}
	_, err = r.exec(conn, "DROP TABLE cf_t", nil)
	return err
}
