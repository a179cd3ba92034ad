package lxtest_test

import (
	"crypto/tls"
	"database/sql"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	lxdb "github.com/lxdb/lxdb/drivers/go"
	"github.com/lxdb/lxdb/internal/lxtest"
)

// serialOf is how people write the serial number of a client certificate.
func serialOf(t *testing.T, pair tls.Certificate) string {
	t.Helper()
	return pair.Leaf.SerialNumber.Text(16)
}

func clientCertificate(t *testing.T, s *lxtest.Server, name string) tls.Certificate {
	t.Helper()
	files, err := s.Instance().TLS().IssueClient(name, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// openWith opens connections that show a client certificate.
func openWith(t *testing.T, s *lxtest.Server, user string, pair tls.Certificate) *sql.DB {
	t.Helper()
	config := s.Instance().TLS().Client("localhost")
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	name := "certificate-of-" + serialOf(t, pair)
	if err := driver.RegisterTLSConfig(name, config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { driver.DeregisterTLSConfig(name) })
	return s.Open(user, "pw-"+user, "", func(c *driver.Config) { c.TLSConfig = name })
}

// A revoked client certificate ends what it opened: the sessions of accounts that need one,
// with whatever runs in them. Others of the same account stay.
func TestRevokedCertificateEndsItsSessions(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t)
	s.Exec("CREATE USER ann IDENTIFIED BY 'pw-ann' REQUIRE X509", "CREATE USER bob IDENTIFIED BY 'pw-bob'", "CREATE USER cid IDENTIFIED BY 'pw-cid' REQUIRE X509")
	lost, other, bobs, cids := clientCertificate(t, s, "ann"), clientCertificate(t, s, "ann"), clientCertificate(t, s, "bob"), clientCertificate(t, s, "cid")
	conn := func(user string, pair tls.Certificate) *sql.Conn {
		c, err := openWith(t, s, user, pair).Conn(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", user, err)
		}
		return c
	}
	idle, running, stays, needsNone, neighbour := conn("ann", lost), conn("ann", lost), conn("ann", other), conn("bob", bobs), conn("cid", cids)
	ended := make(chan error, 1)
	go func() {
		var n int
		ended <- running.QueryRowContext(t.Context(), "SELECT SLEEP(60)").Scan(&n)
	}()
	root := s.Open("root", s.Root, "")
	waitForStatement(t, root, "SLEEP(60)", true)
	s.Exec("REVOKE CERTIFICATE '"+serialOf(t, lost)+"'", "REVOKE CERTIFICATE '"+serialOf(t, bobs)+"'")
	begun := time.Now()
	if err := <-ended; err == nil {
		t.Error("the running statement came to its end")
	}
	if took := time.Since(begun); took > soon {
		t.Errorf("cut after %v", took)
	}
	if err := idle.PingContext(t.Context()); err == nil {
		t.Error("the idle session goes on")
	}
	for what, c := range map[string]*sql.Conn{"another certificate": stays, "who needs none": needsNone, "a neighbour": neighbour} {
		if err := c.PingContext(t.Context()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := openWith(t, s, "ann", other).PingContext(t.Context()); err != nil {
		t.Errorf("logs in with the other: %v", err)
	}
	// The authority of client certificates vouches for all of them.
	s.Exec("REVOKE CERTIFICATE '" + s.Instance().TLS().Authority().SerialNumber.Text(16) + "'")
	if err := neighbour.PingContext(t.Context()); err == nil {
		t.Error("a session goes on whose authority is revoked")
	}
	if err := openWith(t, s, "cid", clientCertificate(t, s, "cid")).PingContext(t.Context()); err == nil {
		t.Error("logged in by a revoked authority")
	}
}

// What opened a session by HTTPS ends it as well.
func TestRevokedCertificateEndsHTTPS(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	s.Exec("CREATE USER ann IDENTIFIED BY 'pw-ann' REQUIRE X509")
	pair := clientCertificate(t, s, "ann")
	config := s.Instance().TLS().Client("127.0.0.1")
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	db := sql.OpenDB(lxdb.NewConnector(lxdb.Config{Address: s.Instance().Endpoints().HTTPS, User: "ann", Password: "pw-ann", TLS: config}))
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Exec("REVOKE CERTIFICATE '" + serialOf(t, pair) + "'")
	if _, err := c.ExecContext(t.Context(), "DO 1"); err == nil {
		t.Error("the session goes on")
	}
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("another is opened")
	}
}

// A connection rule about users holds on every listener, whoever is asked there, and one that asks for a client certificate
// ends what a certificate opened that counts no more.
func TestConnectionRulesOfUsers(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	s.Exec("CREATE USER ann IDENTIFIED BY 'pw-ann'", "CREATE USER bob IDENTIFIED BY 'pw-bob'")
	lost, other := clientCertificate(t, s, "ann"), clientCertificate(t, s, "ann")
	s.Exec("CREATE CONNECTION RULE all_others ALLOW PRIORITY 20", "CREATE CONNECTION RULE card ALLOW USER ann REQUIRE X509 PRIORITY 10")
	if err := s.Open("ann", "pw-ann", "").PingContext(t.Context()); err == nil {
		t.Error("logs in without a certificate")
	}
	idle, err := openWith(t, s, "ann", lost).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Exec("REVOKE CERTIFICATE '" + serialOf(t, lost) + "'")
	for begun := time.Now(); idle.PingContext(t.Context()) == nil; {
		if time.Since(begun) > soon {
			t.Fatal("the session of a revoked certificate goes on")
		}
	}
	if err := openWith(t, s, "ann", lost).PingContext(t.Context()); err == nil {
		t.Error("logs in by a revoked certificate")
	}
	if err := openWith(t, s, "ann", other).PingContext(t.Context()); err != nil {
		t.Errorf("logs in with the other: %v", err)
	}
	// HTTPS, with a password and inside a session.
	config := s.Instance().TLS().Client("127.0.0.1")
	db := sql.OpenDB(lxdb.NewConnector(lxdb.Config{Address: s.Instance().Endpoints().HTTPS, User: "bob", Password: "pw-bob", TLS: config}))
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Exec("CREATE CONNECTION RULE nobob REJECT USER bob TYPE CONSOLE PRIORITY 1")
	if err := s.Open("bob", "pw-bob", "").PingContext(t.Context()); err != nil {
		t.Errorf("a rule of another listener: %v", err)
	}
	if _, err := c.ExecContext(t.Context(), "DO 1"); err == nil {
		t.Error("the session by HTTPS goes on")
	}
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("another is opened")
	}
}
