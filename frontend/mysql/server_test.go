package mysql

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// testServer is a Server over the fake engine on a loopback port.
type testServer struct {
	*Server
	t      testing.TB
	addr   string
	engine *fakeEngine
	login  *fakeLogin
}

// startServer starts a server and, at the end of the test, checks that closing
// it leaves neither a connection nor a session.
func startServer(t testing.TB, change ...func(*Options)) *testServer {
	t.Helper()
	opts := Options{TLS: testTLS(), Opener: newFakeEngine(), Login: &fakeLogin{}}
	for _, f := range change {
		f(&opts)
	}
	srv, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	s := &testServer{Server: srv, t: t, addr: l.Addr().String()}
	s.engine, _ = opts.Opener.(*fakeEngine)
	s.login, _ = opts.Login.(*fakeLogin)
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve returned %v, want ErrServerClosed", err)
		}
		if n := srv.Connections(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
		if n := s.engine.sessions(); n != 0 {
			t.Errorf("%d sessions are left open", n)
		}
	})
	return s
}

// open returns a database handle for user, over TLS with the right CA.
func (s *testServer) open(user, password string, change ...func(*driver.Config)) *sql.DB {
	s.t.Helper()
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd = "tcp", s.addr, user, password
	cfg.TLS = &tls.Config{RootCAs: testCA().pool, ServerName: "localhost"}
	cfg.Logger = discardDriverLog{}
	for _, f := range change {
		f(cfg)
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	s.t.Cleanup(func() { db.Close() })
	return db
}

type discardDriverLog struct{}

func (discardDriverLog) Print(...any) {}

// authority is a throw-away CA with one server certificate.
type authority struct {
	pool   *x509.CertPool
	server tls.Certificate
}

var testCA = sync.OnceValue(func() *authority {
	a, err := newAuthority()
	if err != nil {
		panic(err)
	}
	return a
})

func testTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{testCA().server}}
}

func newAuthority() (*authority, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, parsed, key.Public(), caKey)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &authority{pool: pool, server: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}, nil
}

// testTimeout ends a test that would otherwise wait for ever.
const testTimeout = 30 * time.Second

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}
