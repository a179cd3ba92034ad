package engine

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	driver "github.com/go-sql-driver/mysql"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/frontend/mysql"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/tlsconf"
	"github.com/lxdb/lxdb/storage/kivi"
)

// BenchmarkWire measures what the permission checks cost a client: prepared
// statements by primary key through TLS and the MySQL protocol, on a store on
// disk, where an update is durable when it returns. Two servers run in one
// process, one of them with both walls replaced by ones that allow everything;
// blocks of statements go to them in turn, so that what disturbs one disturbs
// the other. on/off is the ratio of the times: 1.00 is "the checks cost nothing".
func BenchmarkWire(b *testing.B) {
	for _, q := range []struct{ name, text string }{
		{"Select", "SELECT c FROM d.t WHERE id = ?"},
		{"Update", "UPDATE d.t SET k = k + 1 WHERE id = ?"},
	} {
		b.Run(q.name, func(b *testing.B) { benchOnOff(b, q.text) })
	}
}

func benchOnOff(b *testing.B, text string) {
	const block, rows = 250, 10_000
	run := func(st *sql.Stmt, from, n int) time.Duration {
		began := time.Now()
		for i := range n {
			id := (from + i) * 7919 % rows
			if strings.HasPrefix(text, "UPDATE") {
				if _, err := st.Exec(id); err != nil {
					b.Fatal(err)
				}
				continue
			}
			var c string
			if err := st.QueryRow(id).Scan(&c); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(began)
	}
	var sides [2]*sql.Stmt
	for i, open := range []bool{false, true} {
		st, err := wireTable(b, open, rows).Prepare(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = st.Close() })
		run(st, 0, block) // login, planning, first pages
		sides[i] = st
	}
	var took [2]time.Duration
	b.ResetTimer()
	for done := 0; done < b.N; done += block {
		n := min(block, b.N-done)
		for i := range sides {
			side := (i + done/block) % 2 // neither always goes first
			took[side] += run(sides[side], done, n)
		}
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	b.ReportMetric(float64(took[0].Nanoseconds())/float64(b.N), "on-ns/op")
	b.ReportMetric(float64(took[1].Nanoseconds())/float64(b.N), "off-ns/op")
	b.ReportMetric(float64(took[0])/float64(took[1]), "on/off")
}

// wireTable starts an engine on disk with a MySQL server before it, fills a
// table, and returns one connection of a user who may use it or, when open, may not.
func wireTable(b *testing.B, open bool, rows int) *sql.DB {
	b.Helper()
	ctx := context.Background()
	params := authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}
	e, err := Open(ctx, Options{Dir: b.TempDir(), RootPassword: "root-secret", Hash: params})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	address, client := wireServer(b, e, open)
	root := wireDial(b, address, client, "root", "root-secret")
	statements := []string{
		"CREATE USER tesla IDENTIFIED BY 'coil-secret'",
		"CREATE DATABASE d",
		"CREATE TABLE d.t (id INT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL)",
		"CREATE TABLE d.seen (id INT PRIMARY KEY)",
		"GRANT READ ON TABLE d.seen TO tesla", // d exists for him, on both sides
	}
	if !open { // so whoever gets at t on the open side was not asked
		statements = append(statements, "GRANT READ, WRITE ON TABLE d.t TO tesla")
	}
	for _, text := range statements {
		if _, err := root.Exec(text); err != nil {
			b.Fatal(err)
		}
	}
	for from := 0; from < rows; from += 1000 {
		var values strings.Builder
		for i := from; i < min(from+1000, rows); i++ {
			fmt.Fprintf(&values, ",(%d,0,'%0119d')", i, i)
		}
		if _, err := root.Exec("INSERT INTO d.t VALUES " + values.String()[1:]); err != nil {
			b.Fatal(err)
		}
	}
	return wireDial(b, address, client, "tesla", "coil-secret")
}

func wireServer(b *testing.B, e *Engine, open bool) (address string, client *tls.Config) {
	b.Helper()
	store, err := tlsconf.Open(tlsconf.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	var opener session.Opener = e
	if open {
		e.inst.GMS.Analyzer.Catalog.AuthHandler = openWall{lxaccess.Authorizer{}}
		opener = openEngine{e}
	}
	server, err := mysql.New(mysql.Options{
		TLS: store.Server(), Opener: opener, Login: mysql.Authn(authn.New(authn.Options{Directory: e.Directory()})),
	})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	b.Cleanup(func() { _ = server.Close() })
	return l.Addr().String(), store.Client("127.0.0.1")
}

func wireDial(b *testing.B, address string, client *tls.Config, user, password string) *sql.DB {
	b.Helper()
	cfg := driver.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr = user, password, "tcp", address
	cfg.TLS = client
	c, err := driver.NewConnector(cfg)
	if err != nil {
		b.Fatal(err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// openWall is the first wall with every gate open: it asks nobody, and what it
// lets through meets allowAll as the second.
type openWall struct{ lxaccess.Authorizer }

func (w openWall) HandleAuth(ctx *gms.Context, _ gms.AuthorizationQueryState, auth ast.AuthInformation) error {
	if len(auth.TargetNames) < 2 {
		return nil
	}
	s, access := sessionOf(ctx), table.Access{Guard: allowAll{}}
	if auth.AuthType == ast.AuthType_UPDATE {
		access.Mode, access.Scan = table.Write, kivi.Update|kivi.Read
	}
	use, _ := auth.Extra.(*lxaccess.TableUse)
	_, database := lxaccess.For(&s.Session).Resolve(auth.TargetNames[0], auth.TargetNames[1], use)
	s.Next = state.Granted{Database: database, Name: auth.TargetNames[1], Access: access}
	return nil
}

// openEngine opens sessions whose compiled statements ask allowAll.
type openEngine struct{ *Engine }

func (e openEngine) OpenSession(ctx context.Context, who principal.Principal, opts session.Options) (session.Session, error) {
	s, err := e.NewSession(ctx, who, opts)
	if err != nil {
		return nil, err
	}
	return openSession{s}, nil
}

type openSession struct{ *Session }

func (s openSession) Prepare(ctx context.Context, text string) (session.Stmt, error) {
	st, err := s.Session.Prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return openStmt{st.(*Stmt)}, nil
}

type openStmt struct{ *Stmt }

func (st openStmt) Execute(ctx context.Context, args []session.Value) (session.Result, error) {
	for _, c := range st.compiled {
		c.Actor = access.As(allowAll{}, nil)
	}
	return st.Stmt.Execute(ctx, args)
}
