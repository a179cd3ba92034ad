package instance

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// dialFrom connects from one of the loopback's addresses and waits for a byte, which
// MySQL's greeting has.
func dialFrom(t *testing.T, from, to string) (net.Conn, error) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	c, err := d.Dial("tcp", to)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = c.Read(make([]byte, 1))
	return c, err
}

func putRule(t *testing.T, s *Server, r catalog.ConnectionRule) {
	t.Helper()
	err := s.engine.Catalog().Update(context.Background(), func(tx *catalog.Tx) (err error) {
		if r.ID, err = tx.AllocID(); err != nil {
			return err
		}
		return tx.PutConnectionRule(&r)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A rule binds before the first byte, on every listener, and ends connections that are open.
func TestConnectionRules(t *testing.T) {
	dir := t.TempDir()
	opts := Options{Dir: dir, HTTPS: "127.0.0.1:0", LDAP: "127.0.0.1:0", LDAPS: "127.0.0.1:0"}
	s := mustStart(t, opts)
	open, err := dialFrom(t, "127.0.0.3", s.Endpoints().MySQL)
	if err != nil {
		t.Fatal(err)
	}
	putRule(t, s, catalog.ConnectionRule{Name: "two", Reject: true, Networks: []string{"127.0.0.2/31"}, Priority: 10})
	for _, to := range []string{s.Endpoints().MySQL, s.Endpoints().HTTPS, s.Endpoints().LDAP, s.Endpoints().LDAPS} {
		if _, err := dialFrom(t, "127.0.0.2", to); err == nil || os.IsTimeout(err) {
			t.Errorf("%s from 127.0.0.2: %v", to, err)
		}
	}
	if _, err := dialFrom(t, "127.0.0.1", s.Endpoints().MySQL); err != nil {
		t.Errorf("from 127.0.0.1: %v", err)
	}
	if _, err := io.Copy(io.Discard, open); os.IsTimeout(err) {
		t.Error("a connection that the rule refuses stays open")
	}
	// One that allows leaves the others of its listener out.
	putRule(t, s, catalog.ConnectionRule{Name: "one", Listener: catalog.ListenerSQL, Networks: []string{"127.0.0.1/32"}, Priority: 20})
	if _, err := dialFrom(t, "127.0.0.9", s.Endpoints().MySQL); err == nil || os.IsTimeout(err) {
		t.Errorf("from 127.0.0.9: %v", err)
	}
	if _, err := dialFrom(t, "127.0.0.1", s.Endpoints().MySQL); err != nil {
		t.Errorf("from 127.0.0.1: %v", err)
	}
	mustStop(t, s)
	if !audited(t, dir, "connection rule two") || !audited(t, dir, "no rule allows") {
		t.Error("refusals are not in the audit log")
	}
	// Rules are there after a restart; the operator can leave them out.
	opts.NoConnectionRules = true
	s = mustStart(t, opts)
	defer mustStop(t, s)
	if _, err := dialFrom(t, "127.0.0.2", s.Endpoints().MySQL); err != nil {
		t.Errorf("without rules: %v", err)
	}
}

func audited(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "audit"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || strings.Contains(string(b), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A rule about users holds for binds of the directory, by a password and by a certificate, and unbinds who is there.
func TestConnectionRulesOfUsersBind(t *testing.T) {
	s := mustDirectory(t, Options{})
	root := mustBind(t, s, "root", "pw-of-root")
	addUser(t, root, "ann", "pw-of-ann")
	addUser(t, root, "bob", "pw-of-bob")
	ann := mustBind(t, s, "ann", "pw-of-ann")
	files, err := s.TLS().IssueClient("ann", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	card, err := tls.X509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := external(s, card); err != nil {
		t.Fatal(err)
	}
	id := s.engine.Catalog().Snapshot().Principal("ann").ID
	putRule(t, s, catalog.ConnectionRule{Name: "noann", Reject: true, Users: []principal.ID{id}, Listener: catalog.ListenerLDAP, Priority: 10})
	for begun := time.Now(); ; {
		if _, err := ann.WhoAmI(nil); err != nil {
			break
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatal("stays bound")
		}
	}
	for _, user := range []string{"ann", "bob"} {
		err := mustBind(t, s, "", "").Bind("uid="+user+inUsers, "pw-of-"+user)
		if user == "bob" && err != nil {
			t.Errorf("bob: %v", err)
		}
		if user == "ann" {
			wantCode(t, "ann", err, ldap.LDAPResultInvalidCredentials)
		}
	}
	if who, err := external(s, card); err == nil {
		t.Errorf("%s bound by a certificate", who)
	}
}
