package lxtest_test

import (
	"context"
	"io"
	"log"
	"net"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/frontend/mysql"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/tlsconf"
)

// startAuthzServer starts a server in a directory of its own, with root's
// password pw-root. It ends with the test.
func startAuthzServer(t testing.TB) authzServer {
	_ = driver.SetLogger(log.New(io.Discard, "", 0)) // it reports killed sessions, which scenarios expect
	s := &inProcess{t: t, dir: t.TempDir()}
	s.start()
	t.Cleanup(func() { s.stop() })
	return &wireServer{
		dsn:   s.dsn,
		again: func() { s.stop(); s.start() },
	}
}

// cheapHash keeps argon2id from being most of the time of a scenario.
var cheapHash = authn.Params{MemoryKiB: 8, Time: 1, Threads: 1}

type inProcess struct {
	t      testing.TB
	dir    string
	engine *engine.Engine
	front  *mysql.Server
	addr   string
	served chan error
}

func (s *inProcess) start() {
	s.t.Helper()
	e, err := engine.Open(context.Background(), engine.Options{Dir: s.dir, RootPassword: "pw-root", Hash: cheapHash})
	if err != nil {
		s.t.Fatal(err)
	}
	keys, err := tlsconf.Open(tlsconf.Options{Dir: s.dir})
	if err != nil {
		s.t.Fatal(err)
	}
	s.engine = e
	directory := authn.NewCatalogDirectory(e.Catalog(), authn.NewHasher(cheapHash, 2))
	s.front, err = mysql.New(mysql.Options{TLS: keys.Server(), Login: login{authn.New(authn.Options{Directory: directory})}, Opener: e})
	if err != nil {
		s.t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	if err := driver.RegisterTLSConfig(s.tlsName(), keys.Client("127.0.0.1")); err != nil {
		s.t.Fatal(err)
	}
	s.addr, s.served = listener.Addr().String(), make(chan error, 1)
	go func() { s.served <- s.front.Serve(listener) }()
}

func (s *inProcess) stop() {
	s.t.Helper()
	if s.engine == nil {
		return
	}
	if err := s.front.Shutdown(context.Background()); err != nil {
		s.t.Error(err)
	}
	<-s.served
	if err := s.engine.Close(); err != nil {
		s.t.Error(err)
	}
	s.engine = nil
	driver.DeregisterTLSConfig(s.tlsName())
}

// tlsName keeps the servers of parallel tests apart in the driver's registry.
func (s *inProcess) tlsName() string { return "lxtest-" + s.t.Name() }

func (s *inProcess) dsn(user, password, database string) string {
	c := driver.NewConfig()
	c.User, c.Passwd, c.DBName = user, password, database
	c.Net, c.Addr, c.TLSConfig = "tcp", s.addr, s.tlsName()
	return c.FormatDSN()
}

// login gives the authenticator the shape that the front end asks for.
type login struct{ *authn.Authenticator }

func (l login) Login(ctx context.Context, user, password, remote string) (principal.Principal, error) {
	return l.Authenticator.Login(ctx, authn.Attempt{User: user, Password: password, Remote: remote})
}
