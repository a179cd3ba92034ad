package bench

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Another directory to measure instead of ours, for a ratio taken in one run
// (ldap.sh): its ldaps address, the file of its CA, the file with the password of
// uid=root, and the stored form of userPassword when it is not the password itself.
const (
	ldapEnv         = "LXDB_BENCH_LDAPS"
	ldapCAEnv       = "LXDB_BENCH_LDAP_CA"
	ldapPasswordEnv = "LXDB_BENCH_LDAP_PASSWORD_FILE"
	ldapStoredEnv   = "LXDB_BENCH_LDAP_STORED"
)

const (
	ldapUsers    = 1000
	ldapPassword = "geheim-12345"
)

// ldapServer is a directory with users to measure.
type ldapServer struct {
	address string
	config  *tls.Config
	root    string // password
	next    atomic.Int64
}

// newLDAP starts our server or takes the one that the environment names, and
// fills it.
func newLDAP(b *testing.B) *ldapServer {
	b.Helper()
	s := &ldapServer{address: os.Getenv(ldapEnv)}
	ca, password := os.Getenv(ldapCAEnv), os.Getenv(ldapPasswordEnv)
	if s.address == "" {
		ours := start(b, b.TempDir(), "--ldaps", "127.0.0.1:0")
		b.Cleanup(ours.stop)
		s.address, ca, password = ours.ldaps, filepath.Join(ours.dir, "ca.crt"), filepath.Join(ours.dir, "root.password")
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(password)
	if err != nil {
		b.Fatal(err)
	}
	s.root = strings.TrimSpace(string(text))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	host, _, err := net.SplitHostPort(s.address)
	if err != nil {
		b.Fatal(err)
	}
	s.config = &tls.Config{RootCAs: roots, ServerName: host}
	s.fill(b)
	return s
}

func ldapUser(i int64) string { return fmt.Sprintf("uid=user%04d,ou=users,dc=lxdb", i%ldapUsers) }

// fill adds users, in parallel because each password is hashed.
func (s *ldapServer) fill(b *testing.B) {
	b.Helper()
	stored := os.Getenv(ldapStoredEnv)
	if stored == "" {
		stored = ldapPassword
	}
	const workers = 4
	failed := make(chan error, workers)
	for w := range workers {
		go func() {
			conn, err := s.dial("uid=root,ou=users,dc=lxdb", s.root)
			for i := int64(w); err == nil && i < ldapUsers; i += workers {
				name := fmt.Sprintf("user%04d", i)
				add := ldap.NewAddRequest(ldapUser(i), nil)
				add.Attribute("objectClass", []string{"inetOrgPerson"})
				add.Attribute("cn", []string{"User " + name})
				add.Attribute("sn", []string{name})
				add.Attribute("mail", []string{name + "@example.org"})
				add.Attribute("userPassword", []string{stored})
				if err = conn.Add(add); ldap.IsErrorWithCode(err, ldap.LDAPResultEntryAlreadyExists) {
					err = nil
				}
			}
			if conn != nil {
				_ = conn.Close()
			}
			failed <- err
		}()
	}
	for range workers {
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
}

func (s *ldapServer) dial(user, password string) (*ldap.Conn, error) {
	conn, err := ldap.DialURL("ldaps://"+s.address, ldap.DialWithTLSConfig(s.config))
	if err != nil {
		return nil, err
	}
	if user != "" {
		err = conn.Bind(user, password)
	}
	return conn, err
}

// search finds a user as an application does that was given a login name.
func (s *ldapServer) search(conn *ldap.Conn, i int64) error {
	q := ldap.NewSearchRequest("dc=lxdb", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 10, false,
		fmt.Sprintf("(&(objectClass=inetOrgPerson)(uid=user%04d))", i%ldapUsers), []string{"cn", "mail"}, nil)
	found, err := conn.Search(q)
	if err == nil && len(found.Entries) != 1 {
		err = fmt.Errorf("%d entries", len(found.Entries))
	}
	return err
}

// BenchmarkLDAP is what programs ask of a directory with 1,000 users, inside TLS:
//
//	BindCold      binds as users that have not bound before; the password is hashed
//	BindRepeated  binds as one user again and again
//	Search        searches by uid, as root
//	Login         a search by uid, then a new connection that binds as who was found
//
// Run it with -benchtime 300x or so: there are 1,000 users to bind cold. The
// others take two seconds, whatever the number.
func BenchmarkLDAP(b *testing.B) {
	s := newLDAP(b)
	b.Run("BindCold", func(b *testing.B) {
		conn := s.mustDial(b, "", "")
		for b.Loop() {
			i := s.next.Add(1) - 1
			if i >= ldapUsers {
				b.Fatal("no user is left that has not bound: fewer rounds, please")
			}
			if err := conn.Bind(ldapUser(i), ldapPassword); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("BindRepeated", func(b *testing.B) {
		conn := s.mustDial(b, "", "")
		forSeconds(b, func(int64) error { return conn.Bind(ldapUser(1), ldapPassword) })
	})
	service := s.mustDial(b, "uid=root,ou=users,dc=lxdb", s.root)
	b.Run("Search", func(b *testing.B) {
		forSeconds(b, func(i int64) error { return s.search(service, 7*i) })
	})
	b.Run("Login", func(b *testing.B) {
		forSeconds(b, func(i int64) error {
			if err := s.search(service, i%10); err != nil {
				return err
			}
			conn, err := s.dial(ldapUser(i%10), ldapPassword)
			if err != nil {
				return err
			}
			return conn.Close()
		})
	})
}

func (s *ldapServer) mustDial(b *testing.B, user, password string) *ldap.Conn {
	b.Helper()
	conn, err := s.dial(user, password)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return conn
}

// forSeconds measures do for two seconds instead of b.N rounds.
func forSeconds(b *testing.B, do func(i int64) error) {
	b.Helper()
	begin, n := time.Now(), int64(0)
	for time.Since(begin) < 2*time.Second {
		if err := do(n); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(time.Since(begin).Nanoseconds())/float64(n), "ns/op")
}
