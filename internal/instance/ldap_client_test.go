package instance

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/catalog"
)

const (
	inUsers  = ",ou=users,dc=lxdb"
	inGroups = ",ou=groups,dc=lxdb"
)

// mustDirectory starts an instance with a directory on ldaps.
func mustDirectory(t *testing.T, opts Options) *Server {
	t.Helper()
	opts.Dir, opts.RootPassword, opts.MySQL, opts.LDAPS = t.TempDir(), "pw-of-root", Off, "127.0.0.1:0"
	s := mustStart(t, opts)
	t.Cleanup(func() { mustStop(t, s) })
	return s
}

func mustBind(t *testing.T, s *Server, user, password string) *ldap.Conn {
	t.Helper()
	conn, err := ldap.DialURL("ldaps://"+s.Endpoints().LDAPS, ldap.DialWithTLSConfig(s.TLS().Client("127.0.0.1")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if user != "" {
		if err := conn.Bind("uid="+user+inUsers, password); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

func addUser(t *testing.T, conn *ldap.Conn, name, password string) {
	t.Helper()
	add := ldap.NewAddRequest("uid="+name+inUsers, nil)
	add.Attribute("objectClass", []string{"inetOrgPerson"})
	add.Attribute("userPassword", []string{password})
	add.Attribute("mail", []string{name + "@example.org"})
	if err := conn.Add(add); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, code uint16) {
	t.Helper()
	if !ldap.IsErrorWithCode(err, code) {
		t.Errorf("%s: %v, want %d %s", what, err, code, ldap.LDAPResultCodeMap[code])
	}
}

// TestAttackE48NoBindWithoutAPassword: nobody binds as an account that has no password, root neither.
func TestAttackE48NoBindWithoutAPassword(t *testing.T) {
	s := mustDirectory(t, Options{})
	ctx := context.Background()
	if err := s.Engine().Accounts().CreateUser(ctx, s.Engine().Root(), "ann", "", nil); err != nil {
		t.Fatal(err)
	}
	mustBind(t, s, "root", "pw-of-root")
	err := s.Engine().Catalog().Update(ctx, func(tx *catalog.Tx) error {
		root := *tx.PrincipalByID(catalog.Root)
		root.Password = ""
		root.Epoch++
		return tx.PutPrincipal(&root)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"root", "ann"} {
		for _, password := range []string{"", "pw-of-root", user, "\x00"} {
			conn := mustBind(t, s, "", "")
			_, err := conn.SimpleBind(&ldap.SimpleBindRequest{Username: "uid=" + user + inUsers, Password: password, AllowEmptyPassword: true})
			if err == nil {
				t.Errorf("%s, who has no password, binds with %q", user, password)
			}
		}
	}
}

// state is all that a modify could have changed.
func state(s *catalog.Snapshot, name string) string {
	p := s.Principal(name)
	text := fmt.Sprint(p.Modified, p.Epoch, p.Password, p.Attributes)
	for _, m := range s.MembersOf(p.ID) {
		text += fmt.Sprint(" ", m.Member)
	}
	return text
}

// TestModifyIsOneTransaction: a modify whose last part is refused changes nothing.
func TestModifyIsOneTransaction(t *testing.T) {
	s := mustDirectory(t, Options{PasswordMinLength: 8})
	conn := mustBind(t, s, "root", "pw-of-root")
	addUser(t, conn, "ann", "ann-secret-1")
	addUser(t, conn, "bob", "bob-secret-1")
	for _, g := range [][2]string{{"inner", "uid=ann" + inUsers}, {"outer", "cn=inner" + inGroups}} {
		add := ldap.NewAddRequest("cn="+g[0]+inGroups, nil)
		add.Attribute("objectClass", []string{"groupOfNames"})
		add.Attribute("description", []string{"before"})
		add.Attribute("member", []string{g[1]})
		if err := conn.Add(add); err != nil {
			t.Fatal(err)
		}
	}
	before := s.Engine().Catalog().Snapshot()

	group := ldap.NewModifyRequest("cn=inner"+inGroups, nil)
	group.Replace("description", []string{"after"})
	group.Delete("member", []string{"uid=ann" + inUsers})
	group.Add("member", []string{"uid=bob" + inUsers, "cn=outer" + inGroups}) // the second closes a cycle
	wantCode(t, "cycle", conn.Modify(group), ldap.LDAPResultUnwillingToPerform)

	user := ldap.NewModifyRequest("uid=ann"+inUsers, nil)
	user.Replace("mail", []string{"other@example.org"})
	user.Replace("userPassword", []string{"short"})
	wantCode(t, "short password", conn.Modify(user), ldap.LDAPResultConstraintViolation)

	own := ldap.NewModifyRequest("uid=root"+inUsers, nil)
	own.Replace("mail", []string{"root@example.org"})
	own.Delete("userPassword", []string{"wrong-one"})
	own.Add("userPassword", []string{"long-enough"})
	wantCode(t, "wrong old password", conn.Modify(own), ldap.LDAPResultInvalidCredentials)

	after := s.Engine().Catalog().Snapshot()
	for _, name := range []string{"inner", "outer", "ann", "bob", "root"} {
		if was, is := state(before, name), state(after, name); was != is {
			t.Errorf("%s was changed: %s, before %s", name, is, was)
		}
	}

	version := after.Version()
	group.Changes[2].Modification.Vals = []string{"uid=bob" + inUsers}
	if err := conn.Modify(group); err != nil {
		t.Fatal(err)
	}
	after = s.Engine().Catalog().Snapshot()
	p := after.Principal("inner")
	if m := after.MembersOf(p.ID); len(m) != 1 || m[0].Member != after.Principal("bob").ID || p.Attributes["description"][0] != "after" {
		t.Errorf("after a modify: %v %v", m, p.Attributes)
	}
	if after.Version() != version+1 {
		t.Errorf("a modify took %d catalog versions, want 1", after.Version()-version)
	}
}

// TestModifiesAtOnce: clients that change different attributes of one entry at
// the same time do not undo each other.
func TestModifiesAtOnce(t *testing.T) {
	s := mustDirectory(t, Options{})
	addUser(t, mustBind(t, s, "root", "pw-of-root"), "ann", "ann-secret-1")
	const rounds = 8
	var wg sync.WaitGroup
	for _, attr := range []string{"description", "telephoneNumber", "title"} {
		conn := mustBind(t, s, "root", "pw-of-root")
		wg.Go(func() {
			for i := range rounds {
				m := ldap.NewModifyRequest("uid=ann"+inUsers, nil)
				m.Add(attr, []string{fmt.Sprint(10 + i)})
				for {
					err := conn.Modify(m)
					if err == nil {
						break
					}
					if !ldap.IsErrorWithCode(err, ldap.LDAPResultBusy) {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	attrs := s.Engine().Catalog().Snapshot().Principal("ann").Attributes
	for _, attr := range []string{"description", "telephoneNumber", "title"} {
		if len(attrs[attr]) != rounds {
			t.Errorf("%s has %d values, want %d: %v", attr, len(attrs[attr]), rounds, attrs[attr])
		}
	}
}
