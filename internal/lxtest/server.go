package lxtest

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/security/authn"
)

// Server is a running server. Its methods belong to the test's goroutine; what
// they return may be used by any.
type Server struct {
	Addr string         // of the MySQL listener; the same after Restart
	CA   *x509.CertPool // what clients verify the server with
	Root string         // root's password
	Dir  string         // data directory

	t       testing.TB
	log     *slog.Logger
	name    string // unique in the process: names the driver's TLS settings and labels goroutines
	clients []*sql.DB

	change  []func(*instance.Options)
	running *instance.Server // nil while stopped
}

// Option changes how Start starts a server.
type Option func(*Server)

// WithDir uses a data directory that exists already or is to outlive the test.
// A root that has a password keeps it; tell it by WithRootPassword.
func WithDir(dir string) Option { return func(s *Server) { s.Dir = dir } }

// WithLogger sends the server's log somewhere. By default, warnings and errors go
// to the test's log.
func WithLogger(log *slog.Logger) Option { return func(s *Server) { s.log = log } }

// WithRootPassword chooses root's password; the default is RootPassword.
func WithRootPassword(password string) Option { return func(s *Server) { s.Root = password } }

// WithDirectory serves the bundled directory over TLS on an address of its own.
func WithDirectory() Option {
	return With(func(o *instance.Options) { o.LDAPS = "127.0.0.1:0" })
}

// With changes how the server is started.
func With(change func(*instance.Options)) Option {
	return func(s *Server) { s.change = append(s.change, change) }
}

// RootPassword is root's password unless a test chooses another one.
const RootPassword = "pw-root"

// patience ends a shutdown that hangs.
const patience = 30 * time.Second

var started atomic.Int64

// Start starts a server that runs until the test ends.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s := &Server{t: t, Root: RootPassword}
	s.log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	for _, o := range opts {
		o(s)
	}
	s.name = "lxtest-" + strconv.FormatInt(started.Add(1), 10)
	if s.Dir == "" {
		s.Dir = t.TempDir()
	}
	s.run("127.0.0.1:0")
	t.Cleanup(s.Close)
	return s
}

// cheapHash keeps argon2id from being most of the time of a test.
var cheapHash = authn.Params{MemoryKiB: 8, Time: 1, Threads: 1}

// run starts the server. Every goroutine of it inherits a label, by which leaks
// are found although tests with other servers run beside this one.
func (s *Server) run(address string) {
	s.t.Helper()
	var err error
	pprof.Do(context.Background(), pprof.Labels(leakLabel, s.name), func(ctx context.Context) {
		err = s.open(ctx, address)
	})
	if err != nil {
		s.t.Fatalf("start a server: %v", err)
	}
}

func (s *Server) open(ctx context.Context, address string) (err error) {
	opts := instance.Options{Dir: s.Dir, MySQL: address, RootPassword: s.Root, Hash: cheapHash, Logger: s.log}
	for _, change := range s.change {
		change(&opts)
	}
	if s.running, err = instance.Start(ctx, opts); err != nil {
		return err
	}
	identity := s.running.TLS()
	s.Addr = s.running.Endpoints().MySQL
	s.CA = x509.NewCertPool()
	s.CA.AddCert(identity.Authority())
	return driver.RegisterTLSConfig(s.name, identity.Client("localhost"))
}

// DSN is a data source name for go-sql-driver/mysql that verifies the server.
// database may be "".
func (s *Server) DSN(user, password, database string) string {
	return s.config(user, password, database).FormatDSN()
}

func (s *Server) config(user, password, database string) *driver.Config {
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", s.Addr
	cfg.User, cfg.Passwd, cfg.DBName = user, password, database
	cfg.TLSConfig = s.name
	return cfg
}

// Open returns a pool of connections, closed when the server is. It does not
// connect yet: ask it something. change may set further options of the driver.
func (s *Server) Open(user, password, database string, change ...func(*driver.Config)) *sql.DB {
	s.t.Helper()
	cfg := s.config(user, password, database)
	cfg.Logger = quiet{}
	for _, f := range change {
		f(cfg)
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	s.clients = append(s.clients, db)
	return db
}

// quiet keeps the driver from reporting connections that tests end on purpose.
type quiet struct{}

func (quiet) Print(...any) {}

// Exec runs statements as root, one after the other, and fails the test at the
// first error.
func (s *Server) Exec(statements ...string) {
	s.t.Helper()
	db := s.Open("root", s.Root, "")
	defer db.Close()
	db.SetMaxOpenConns(1) // USE and session variables hold from one to the next
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			s.t.Fatalf("%s: %v", text, err)
		}
	}
}

// Engine is what runs behind the wire, for what cannot be asked through it.
func (s *Server) Engine() *engine.Engine { return s.running.Engine() }

// Instance is the running server itself.
func (s *Server) Instance() *instance.Server { return s.running }

// Restart stops the server cleanly and starts it on the same directory and
// address. Connections end; pools connect anew.
func (s *Server) Restart() {
	s.t.Helper()
	if err := s.stop(); err != nil {
		s.t.Fatalf("stop the server: %v", err)
	}
	s.run(s.Addr)
}

// Forget is for a test that has shut the instance down by itself, under a statement
// that cannot be stopped: Close then has nothing to stop, and the directory stays
// locked until that statement ends.
func (s *Server) Forget() {
	for _, db := range s.clients {
		db.Close() // fails: the server is gone
	}
	s.running = nil
}

// Close stops the server and checks what it left behind. Start arranges for it;
// calling it earlier is for tests of what comes after.
func (s *Server) Close() {
	s.t.Helper()
	if s.running == nil {
		return
	}
	for _, db := range s.clients {
		db.Close() // fails for connections that the test has ended from the other side
	}
	if err := s.stop(); err != nil {
		s.t.Errorf("stop the server: %v", err)
	}
	driver.DeregisterTLSConfig(s.name)
	if err := s.checkRemains(); err != nil {
		s.t.Errorf("after the server stopped: %v", err)
	}
}

// stop shuts down and waits for the last goroutine.
func (s *Server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.running.Shutdown(ctx)
	s.running = nil
	if err != nil {
		return err
	}
	return waitForGoroutines(ctx, s.name)
}

// checkRemains looks at the data directory of a stopped server: who may read it,
// whether it opens again, and whether the data is whole.
func (s *Server) checkRemains() error {
	for _, secret := range []string{"ca.key", "server.key"} {
		info, err := os.Stat(filepath.Join(s.Dir, secret))
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			return fmt.Errorf("%s may be read by others: %v", secret, info.Mode())
		}
	}
	e, err := engine.Open(context.Background(), engine.Options{Dir: s.Dir, Logger: s.log})
	if err != nil {
		return fmt.Errorf("the store does not open again: %w", err)
	}
	findings, err := e.Check(context.Background())
	for _, f := range findings {
		err = errors.Join(err, fmt.Errorf("check: %s: %s (%d)", f.Object, f.What, f.Count))
	}
	return errors.Join(err, e.Close())
}
