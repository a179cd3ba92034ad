package tlsconf

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/security/keyfile"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// fixture is a directory with a clock and what was warned about.
type fixture struct {
	dir string
	now time.Time
	log bytes.Buffer
}

func newFixture(t *testing.T) *fixture { return &fixture{dir: t.TempDir(), now: start} }

func (f *fixture) open(names ...string) (*Store, error) {
	return Open(Options{Dir: f.dir, Names: names, Now: func() time.Time { return f.now }, Log: slog.New(slog.NewTextHandler(&f.log, nil))})
}

func (f *fixture) mustOpen(t *testing.T, names ...string) *Store {
	t.Helper()
	s, err := f.open(names...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

// handshake reports both sides' errors. In TLS 1.3 a refused client learns of
// it when it first reads, so the client reads a byte.
func handshake(server, client *tls.Config) (serverErr, clientErr error) {
	a, b := net.Pipe()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(a, server)
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x"))
		}
		_ = a.Close()
		done <- err
	}()
	c := tls.Client(b, client)
	clientErr = c.Handshake()
	if clientErr == nil {
		_, clientErr = c.Read(make([]byte, 1))
	}
	_ = b.Close()
	return <-done, clientErr
}

func TestHandshake(t *testing.T) {
	f := newFixture(t)
	s := f.mustOpen(t, "db.example.org", "192.0.2.7")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, name := range []string{"localhost", "127.0.0.1", "::1", "db.example.org", "192.0.2.7"} {
			c := s.Client(name)
			c.MaxVersion = version
			if se, ce := handshake(s.Server(), c); se != nil || ce != nil {
				t.Errorf("TLS %x as %s: server %v, client %v", version, name, se, ce)
			}
		}
	}
	if _, ce := handshake(s.Server(), s.Client("evil.example.org")); ce == nil {
		t.Error("a client accepted the certificate under a name that is not in it")
	}
	if _, ce := handshake(s.Server(), newFixture(t).mustOpen(t).Client("localhost")); ce == nil {
		t.Error("a client accepted another instance's certificate")
	}
}

func TestOldProtocolsAndSuitesAreRefused(t *testing.T) {
	s := newFixture(t).mustOpen(t)
	old := s.Client("localhost")
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if se, _ := handshake(s.Server(), old); se == nil {
		t.Error("TLS 1.1 was accepted")
	}
	weak := s.Client("localhost")
	weak.MaxVersion = tls.VersionTLS12
	weak.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
	if se, _ := handshake(s.Server(), weak); se == nil {
		t.Error("a suite without authenticated encryption or forward secrecy was accepted")
	}
}

func TestFilesAndSecondStart(t *testing.T) {
	f := newFixture(t)
	first := f.mustOpen(t)
	for _, name := range []string{authorityKeyFile, serverKeyFile} {
		if keyfile.Exposed(f.path(name)) {
			t.Errorf("%s is readable by others", name)
		}
	}
	second := f.mustOpen(t)
	if first.Fingerprint() != second.Fingerprint() || first.AuthorityFingerprint() != second.AuthorityFingerprint() {
		t.Error("a second start changed certificates")
	}
	if got := first.Fingerprint(); len(got) != 32*3-1 || strings.ToUpper(got) != got {
		t.Errorf("fingerprint %q is not in the usual form", got)
	}
	if cert, err := keyfile.ReadCert(first.AuthorityFile()); err != nil || Fingerprint(cert.Raw) != first.AuthorityFingerprint() {
		t.Errorf("AuthorityFile does not hold the authority: %v", err)
	}
	if f.log.Len() != 0 {
		t.Errorf("unexpected warnings: %s", f.log.String())
	}
}

func TestServerCertificateIsRenewed(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *fixture) []string{
		"name added":     func(*testing.T, *fixture) []string { return []string{"new.example.org"} },
		"end is near":    func(_ *testing.T, f *fixture) []string { f.now = f.now.Add(serverLifetime - renewBefore); return nil },
		"expired":        func(_ *testing.T, f *fixture) []string { f.now = f.now.Add(serverLifetime + time.Hour); return nil },
		"clock set back": func(_ *testing.T, f *fixture) []string { f.now = f.now.Add(-2 * Backdate); return nil },
		"key lost": func(t *testing.T, f *fixture) []string {
			return removed(t, f, serverKeyFile)
		},
		"certificate lost": func(t *testing.T, f *fixture) []string { return removed(t, f, serverCertFile) },
		// What a crash between the writing of key and certificate leaves.
		"key of another pair": func(t *testing.T, f *fixture) []string {
			key, err := newKey()
			if err != nil {
				t.Fatal(err)
			}
			if err := keyfile.WriteKey(f.path(serverKeyFile), key); err != nil {
				t.Fatal(err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			before := f.mustOpen(t)
			after := f.mustOpen(t, change(t, f)...)
			if before.Fingerprint() == after.Fingerprint() {
				t.Error("the server certificate was not issued anew")
			}
			if before.AuthorityFingerprint() != after.AuthorityFingerprint() {
				t.Error("the authority changed: every client would need the new file")
			}
			if name == "clock set back" {
				return // the authority itself is not valid yet
			}
			if se, ce := handshake(after.Server(), after.Client("localhost")); se != nil || ce != nil {
				t.Errorf("handshake: server %v, client %v", se, ce)
			}
		})
	}
}

func removed(t *testing.T, f *fixture, names ...string) []string {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(f.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	return nil
}

func TestReloadServesRunningConfiguration(t *testing.T) {
	f := newFixture(t)
	s := f.mustOpen(t)
	config := s.Server()
	if _, ce := handshake(config, s.Client("later.example.org")); ce == nil {
		t.Fatal("the name was in the certificate from the start")
	}
	if err := s.Reload([]string{"later.example.org"}); err != nil {
		t.Fatal(err)
	}
	if se, ce := handshake(config, s.Client("later.example.org")); se != nil || ce != nil {
		t.Errorf("after Reload: server %v, client %v", se, ce)
	}
	old := s.Fingerprint()
	f.now = f.now.Add(serverLifetime)
	if err := s.Renew(); err != nil {
		t.Fatal(err)
	}
	if s.Fingerprint() == old || len(missing(s.Leaf(), []string{"later.example.org"})) > 0 {
		t.Error("Renew did not renew, or forgot the names")
	}
	// A broken file must not take away what is being served.
	if err := os.WriteFile(f.path(serverCertFile), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Renew(); !errors.Is(err, keyfile.ErrMalformed) {
		t.Errorf("Renew with a broken file: %v", err)
	}
	if se, ce := handshake(config, s.Client("localhost")); se != nil || ce != nil {
		t.Errorf("after a failed Renew: server %v, client %v", se, ce)
	}
}

func TestAuthorityFiles(t *testing.T) {
	t.Run("first start cut short", func(t *testing.T) {
		f := newFixture(t)
		f.mustOpen(t)
		key, err := os.ReadFile(f.path(authorityKeyFile))
		if err != nil {
			t.Fatal(err)
		}
		removed(t, f, authorityCertFile, serverCertFile, serverKeyFile)
		s := f.mustOpen(t)
		if after, _ := os.ReadFile(f.path(authorityKeyFile)); !bytes.Equal(key, after) {
			t.Error("the authority's key was replaced")
		}
		if se, ce := handshake(s.Server(), s.Client("localhost")); se != nil || ce != nil {
			t.Errorf("handshake: server %v, client %v", se, ce)
		}
	})
	t.Run("new authority voids the old leaf", func(t *testing.T) {
		f := newFixture(t)
		f.mustOpen(t)
		removed(t, f, authorityCertFile, authorityKeyFile)
		s := f.mustOpen(t)
		if se, ce := handshake(s.Server(), s.Client("localhost")); se != nil || ce != nil {
			t.Errorf("handshake: server %v, client %v", se, ce)
		}
	})
	t.Run("pair does not match", func(t *testing.T) {
		f := newFixture(t)
		f.mustOpen(t)
		key, _ := newKey()
		if err := keyfile.WriteKey(f.path(authorityKeyFile), key); err != nil {
			t.Fatal(err)
		}
		if _, err := f.open(); !errors.Is(err, keyfile.ErrMalformed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("leaf in the place of the authority", func(t *testing.T) {
		f := newFixture(t)
		leaf := f.mustOpen(t).Leaf()
		if err := keyfile.WriteCert(f.path(authorityCertFile), leaf.Raw); err != nil {
			t.Fatal(err)
		}
		if _, err := f.open(); !errors.Is(err, keyfile.ErrMalformed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("key kept elsewhere", func(t *testing.T) {
		f := newFixture(t)
		f.mustOpen(t)
		removed(t, f, authorityKeyFile)
		s := f.mustOpen(t) // nothing to issue: fine
		if _, err := s.IssueClient("ann", time.Hour); !errors.Is(err, ErrNoAuthorityKey) {
			t.Errorf("IssueClient: %v", err)
		}
		f.mustOpen(t, "new.example.org") // served as it is, with a warning
		if !strings.Contains(f.log.String(), "should be renewed") {
			t.Errorf("no warning: %s", f.log.String())
		}
		f.now = f.now.Add(serverLifetime)
		if _, err := f.open(); !errors.Is(err, ErrNoAuthorityKey) {
			t.Errorf("expired and not to be renewed: %v", err)
		}
	})
	t.Run("exposed key is reported", func(t *testing.T) {
		f := newFixture(t)
		f.mustOpen(t)
		if err := os.Chmod(f.path(authorityKeyFile), 0o644); err != nil {
			t.Fatal(err)
		}
		f.mustOpen(t)
		if !strings.Contains(f.log.String(), "readable by others") {
			t.Error("no warning")
		}
	})
}

func TestOperatorsCertificateIsKept(t *testing.T) {
	f := newFixture(t)
	writeOperatorsPair(t, f)
	before, _ := os.ReadFile(f.path(serverCertFile))
	s := f.mustOpen(t, "other.example.org")
	if after, _ := os.ReadFile(f.path(serverCertFile)); !bytes.Equal(before, after) {
		t.Error("the operator's certificate was replaced")
	}
	if s.Leaf().Subject.CommonName != "operator" || !strings.Contains(f.log.String(), "lacks names") {
		t.Errorf("serving %q; log: %s", s.Leaf().Subject.CommonName, f.log.String())
	}
	removed(t, f, serverKeyFile)
	if _, err := f.open(); err == nil {
		t.Error("an operator's certificate without its key was accepted")
	}
}

func writeOperatorsPair(t *testing.T, f *fixture) {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	own := authority{cert: &x509.Certificate{NotAfter: start.Add(authorityLifetime)}, key: key}
	tmpl := &x509.Certificate{DNSNames: []string{"db.example.org"}}
	tmpl.Subject.CommonName = "operator"
	own.cert.Subject.CommonName = "operator's authority"
	der, err := own.issue(tmpl, key.Public(), start, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := keyfile.WriteKey(f.path(serverKeyFile), key); err != nil {
		t.Fatal(err)
	}
	if err := keyfile.WriteCert(f.path(serverCertFile), der); err != nil {
		t.Fatal(err)
	}
}

func TestClientCertificates(t *testing.T) {
	f := newFixture(t)
	s := f.mustOpen(t)
	pair := clientPair(t, s, "ann", time.Hour)
	present := func(c tls.Certificate) (error, error) {
		client := s.Client("localhost")
		// Present it even to a server that did not name its authority.
		client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
		return handshake(s.Server(), client)
	}
	if se, ce := present(pair); se != nil || ce != nil {
		t.Errorf("good certificate: server %v, client %v", se, ce)
	}
	if se, _ := present(clientPair(t, newFixture(t).mustOpen(t), "ann", time.Hour)); se == nil {
		t.Error("a client certificate of another authority was accepted")
	}
	if se, _ := present(s.live.Load().server); se == nil {
		t.Error("a server certificate was accepted from a client")
	}
	f.now = f.now.Add(2 * time.Hour)
	if se, _ := present(pair); se == nil {
		t.Error("an expired client certificate was accepted")
	}
}

func clientPair(t *testing.T, s *Store, name string, lifetime time.Duration) tls.Certificate {
	t.Helper()
	files, err := s.IssueClient(name, lifetime)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := files.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	if keyfile.Exposed(filepath.Join(dir, "client-key.pem")) {
		t.Error("client-key.pem is readable by others")
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "client-cert.pem"), filepath.Join(dir, "client-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if pair.Leaf.Subject.CommonName != name {
		t.Errorf("common name %q, want %q", pair.Leaf.Subject.CommonName, name)
	}
	if ca, err := keyfile.ReadCert(filepath.Join(dir, "cacert.pem")); err != nil || !ca.Equal(s.Authority()) {
		t.Errorf("cacert.pem is not the authority: %v", err)
	}
	return pair
}

func TestClientCertificateLimits(t *testing.T) {
	f := newFixture(t)
	s := f.mustOpen(t)
	for _, name := range []string{"", "a\x00b", "a\nb", strings.Repeat("x", 65)} {
		if _, err := s.IssueClient(name, time.Hour); !errors.Is(err, ErrClientName) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, err := s.IssueClient("ann", 0); err == nil {
		t.Error("a certificate without lifetime was issued")
	}
	if leaf := clientPair(t, s, "ann", 100*365*24*time.Hour).Leaf; leaf.NotAfter.After(start.Add(maxClientLifetime)) {
		t.Errorf("lifetime not bounded: until %v", leaf.NotAfter)
	}
	f.now = start.Add(authorityLifetime - time.Hour)
	if leaf := clientPair(t, s, "ann", 24*time.Hour).Leaf; leaf.NotAfter.After(s.Authority().NotAfter) {
		t.Error("a certificate outlives its authority")
	}
}

func TestServerNames(t *testing.T) {
	got := strings.Join(serverNames([]string{"LOCALHOST.", "::0001", "bad name", "", "x\x00", "*.example.org"}), " ")
	for _, bad := range []string{"bad", "\x00", "LOCALHOST", "0001"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q in %q", bad, got)
		}
	}
	if strings.Count(got, "localhost") > 2 || strings.Count(got, "::1") != 1 || !strings.Contains(got, "*.example.org") {
		t.Errorf("names %q", got)
	}
}
