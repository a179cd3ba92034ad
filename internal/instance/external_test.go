package instance

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/security/keyfile"
	"github.com/lxdb/lxdb/security/tlsconf"
)

func issue(t *testing.T, s *tlsconf.Store, name string, lifetime time.Duration) tls.Certificate {
	t.Helper()
	files, err := s.IssueClient(name, lifetime)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// external binds with a certificate and says who that is.
func external(s *Server, cert tls.Certificate) (string, error) {
	config := s.TLS().Client("127.0.0.1")
	// Not chosen by the server's hint: an attacker sends what he has.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	conn, err := ldap.DialURL("ldaps://"+s.Endpoints().LDAPS, ldap.DialWithTLSConfig(config))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.ExternalBind(); err != nil {
		return "", err
	}
	who, err := conn.WhoAmI(nil)
	if err != nil {
		return "", err
	}
	return who.AuthzID, nil
}

func TestExternal(t *testing.T) {
	ctx := context.Background()
	s := mustDirectory(t, Options{})
	accounts, root := s.Engine().Accounts(), s.Engine().Root()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const year = 365 * 24 * time.Hour
	must(accounts.CreateUser(ctx, root, "ann", "", nil)) // no password: the certificate is all she has
	ann := issue(t, s.TLS(), "ann", year)
	refused := func(what string, cert tls.Certificate) {
		t.Helper()
		if who, err := external(s, cert); err == nil {
			t.Errorf("%s: logged in as %s", what, who)
		}
	}
	accepted := func(what, want string, cert tls.Certificate) {
		t.Helper()
		if who, err := external(s, cert); err != nil || who != "dn:uid="+want+inUsers {
			t.Errorf("%s: %q, %v", what, who, err)
		}
	}
	accepted("good", "ann", ann)
	accepted("other case", "ann", issue(t, s.TLS(), "ANN", year))
	refused("unknown user", issue(t, s.TLS(), "nobody", year))
	refused("a name with more behind it", issue(t, s.TLS(), "ann,ou=users", year))
	refused("expired", issue(t, s.TLS(), "ann", time.Nanosecond))

	other, err := tlsconf.Open(tlsconf.Options{Dir: t.TempDir()})
	must(err)
	refused("another authority", issue(t, other, "ann", year))
	server, err := tls.LoadX509KeyPair(filepath.Join(s.dir, "server.crt"), filepath.Join(s.dir, "server.key"))
	must(err)
	refused("the server's certificate", server)
	refused("a certificate for servers only", signed(t, s.dir, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }))
	refused("a certificate from tomorrow", signed(t, s.dir, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(24 * time.Hour) }))
	refused("a certificate for any use", signed(t, s.dir, func(c *x509.Certificate) { c.ExtKeyUsage = nil }))
	accepted("the same, right", "ann", signed(t, s.dir, func(*x509.Certificate) {}))
	stolen := ann
	stolen.PrivateKey = server.PrivateKey
	refused("a certificate without its key", stolen)

	must(accounts.CreateGroup(ctx, root, "devs", nil, nil))
	refused("a group", issue(t, s.TLS(), "devs", year))
	must(accounts.LockUser(ctx, root, "ann"))
	refused("locked", ann)
	must(accounts.UnlockUser(ctx, root, "ann"))
	accepted("unlocked", "ann", ann)
	must(accounts.RenameUser(ctx, root, "ann", "anna"))
	refused("renamed", ann)
	early := signed(t, s.dir, func(c *x509.Certificate) { c.NotBefore = c.NotBefore.Add(-time.Minute) }) // issued a minute ago
	must(accounts.CreateUser(ctx, root, "ann", "", nil))
	refused("another one of that name", early)
	must(accounts.DropUser(ctx, root, "ann"))
	refused("dropped", issue(t, s.TLS(), "ann", year))
}

// TestAttackE12CertificateHasEnded: a client certificate that had ended is not valid again because somebody set
// the machine's clock back.
func TestAttackE12CertificateHasEnded(t *testing.T) {
	opts := Options{Dir: t.TempDir(), RootPassword: "pw-of-root", MySQL: Off, LDAPS: "127.0.0.1:0"}
	s := mustStart(t, opts)
	if err := s.Engine().Accounts().CreateUser(context.Background(), s.Engine().Root(), "ann", "", nil); err != nil {
		t.Fatal(err)
	}
	short, long := issue(t, s.TLS(), "ann", 24*time.Hour), issue(t, s.TLS(), "ann", 365*24*time.Hour)
	for _, cert := range []tls.Certificate{short, long} {
		if _, err := external(s, cert); err != nil {
			t.Fatal(err)
		}
	}
	mustStop(t, s)
	ahead := opts // as it was two days later
	ahead.Audit.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	s = mustStart(t, ahead)
	if _, err := external(s, long); err != nil {
		t.Fatal(err)
	}
	mustStop(t, s)
	s = mustStart(t, opts) // and the clock is back
	defer mustStop(t, s)
	if who, err := external(s, short); err == nil {
		t.Errorf("a certificate of yesterday: %s", who)
	}
	if _, err := external(s, long); err != nil {
		t.Errorf("one that has not ended: %v", err)
	}
}

// signed makes a certificate for ann by the instance's own authority, as edit
// would have it.
func signed(t *testing.T, dir string, edit func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	caCert, err := keyfile.ReadCert(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	caKey, err := keyfile.ReadKey(filepath.Join(dir, "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "ann"},
		NotBefore: time.Now().Add(-tlsconf.Backdate), NotAfter: time.Now().Add(48 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	edit(c)
	der, err := x509.CreateCertificate(rand.Reader, c, caCert, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestExternalOnStartTLS: the other way to TLS takes certificates as well.
func TestExternalOnStartTLS(t *testing.T) {
	s := mustStart(t, Options{Dir: t.TempDir(), MySQL: Off, LDAP: "127.0.0.1:0"})
	defer mustStop(t, s)
	if _, err := os.Stat(filepath.Join(s.dir, "root.password")); err != nil {
		t.Fatal(err)
	}
	conn, err := ldap.DialURL("ldap://" + s.Endpoints().LDAP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	wantCode(t, "without TLS", conn.ExternalBind(), ldap.LDAPResultInappropriateAuthentication)
	config := s.TLS().Client("127.0.0.1")
	config.Certificates = []tls.Certificate{issue(t, s.TLS(), "root", time.Hour)}
	if err := conn.StartTLS(config); err != nil {
		t.Fatal(err)
	}
	if err := conn.ExternalBind(); err != nil {
		t.Fatal(err)
	}
	if who, err := conn.WhoAmI(nil); err != nil || who.AuthzID != "dn:uid=root"+inUsers {
		t.Errorf("who %v, %v", who, err)
	}
}

// TestNoExternalBesideACompanysDirectory: who the company has dismissed must not
// come in by a certificate of ours.
func TestNoExternalBesideACompanysDirectory(t *testing.T) {
	outside := new(Outside)
	for key, value := range map[string]string{"ldap-url": "ldaps://127.0.0.1:1", "ldap-user-base": "ou=people,dc=example,dc=org"} {
		if known, _, err := outside.Set(key, value); !known || err != nil {
			t.Fatalf("%s: %v, %v", key, known, err)
		}
	}
	s := mustDirectory(t, Options{Outside: outside})
	_, err := external(s, issue(t, s.TLS(), "root", time.Hour))
	wantCode(t, "root's certificate", err, ldap.LDAPResultAuthMethodNotSupported)
}
