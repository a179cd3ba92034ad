package instance

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/ldapd"
	"github.com/lxdb/lxdb/security/audit"
)

// ldapMessage is a message with a body of less than 128 bytes.
func ldapMessage(id, op byte, parts ...string) []byte {
	body := ""
	for _, p := range parts {
		body += p
	}
	inner := append([]byte{2, 1, id, op, byte(len(body))}, body...)
	return append([]byte{0x30, byte(len(inner))}, inner...)
}

func ldapText(tag byte, s string) string { return string([]byte{tag, byte(len(s))}) + s }

// TestDirectoryIsServed binds over ldaps as the user that SQL knows.
func TestDirectoryIsServed(t *testing.T) {
	s := mustStart(t, Options{Dir: t.TempDir(), RootPassword: "pw-of-root", LDAP: "127.0.0.1:0", LDAPS: "127.0.0.1:0"})
	at, err := ReadEndpoints(s.dir)
	if err != nil || at.LDAP == "" || at.LDAPS == "" || at.LDAP == at.LDAPS {
		t.Fatalf("endpoints %+v, %v", at, err)
	}
	conn, err := tls.Dial("tcp", at.LDAPS, s.TLS().Client("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ask := func(request []byte, want string) {
		t.Helper()
		if _, err := conn.Write(request); err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 2)
		if _, err := io.ReadFull(conn, head); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, head[1])
		if _, err := io.ReadFull(conn, answer); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(answer, []byte(want)) {
			t.Errorf("answer %s, want it to have %x", hex.EncodeToString(answer), want)
		}
	}
	const root = "uid=root,ou=users,dc=lxdb"
	bind := func(password string) []byte {
		return ldapMessage(1, 0x60, "\x02\x01\x03", ldapText(4, root), ldapText(0x80, password))
	}
	whoAmI := ldapMessage(2, 0x77, ldapText(0x80, "1.3.6.1.4.1.4203.1.11.3"))
	ask(bind("wrong"), "\x0a\x01\x31") // 49
	ask(bind("pw-of-root"), "\x61\x07\x0a\x01\x00")
	ask(whoAmI, "dn:"+root)
	// His new password, set by the other door, ends the connection's identity.
	if err := s.Engine().Accounts().SetPassword(context.Background(), s.Engine().Root(), "root", "another-one"); err != nil {
		t.Fatal(err)
	}
	ask(whoAmI, "\x0a\x01\x00\x04\x00\x04\x00\x8b\x00")
	mustStop(t, s)
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("no notice of disconnection: %v", err)
	}
}

func TestDirectoryIsOff(t *testing.T) {
	s := mustStart(t, Options{Dir: t.TempDir(), LDAP: Off})
	defer mustStop(t, s)
	if at := s.Endpoints(); at.LDAP != "" || at.LDAPS != "" {
		t.Errorf("endpoints %+v", at)
	}
}

// TestAccountErrors: each error of the engine has its counterpart, or the client
// would read "internal error".
func TestAccountErrors(t *testing.T) {
	ctx := context.Background()
	s := mustStart(t, Options{Dir: t.TempDir()})
	defer mustStop(t, s)
	root, accounts := s.Engine().Root(), directoryAccounts{s.Engine().Accounts()}
	long := string(make([]byte, 5000))
	modify := func(name string, c ldapd.Change) error {
		p := s.Engine().Catalog().Snapshot().Principal(name)
		c.ID, c.Modified = p.ID, p.Modified
		return accounts.Modify(ctx, root, name, c)
	}
	steps := []struct {
		what string
		err  error
		want error
	}{
		{"create", accounts.CreateUser(ctx, root, "ann", "ann-secret-1", map[string][]string{"mail": {"a@x"}}), nil},
		{"again", accounts.CreateUser(ctx, root, "ANN", "ann-secret-1", nil), ldapd.ErrExists},
		{"drop nobody", accounts.DropUser(ctx, root, "bob"), ldapd.ErrNotFound},
		{"group", accounts.CreateGroup(ctx, root, "g", []string{"ann"}, nil), nil},
		{"outer group", accounts.CreateGroup(ctx, root, "outer", []string{"g"}, nil), nil},
		{"cycle", modify("g", ldapd.Change{Join: []string{"outer"}}), ldapd.ErrCycle},
		{"bad attribute", modify("ann", ldapd.Change{Attributes: map[string][]string{"mail": {""}}}), ldapd.ErrInvalid},
		{"long password", modify("ann", ldapd.Change{Password: &long}), ldapd.ErrPolicy},
		{"stale", accounts.Modify(ctx, root, "ann", ldapd.Change{ID: 1, Attributes: map[string][]string{}}), ldapd.ErrStale},
		{"rename", accounts.RenameGroup(ctx, root, "g", "h"), nil},
		{"remove", modify("h", ldapd.Change{Leave: []string{"ann"}}), nil},
		{"rename user", accounts.RenameUser(ctx, root, "ann", "anna"), nil},
		{"drop group", accounts.DropGroup(ctx, root, "h"), nil},
	}
	for _, step := range steps {
		if !errors.Is(step.err, step.want) {
			t.Errorf("%s: %v, want %v", step.what, step.err, step.want)
		}
	}
}

// TestAttackE46DirectoryRefusals: what the directory's server refuses by itself is in the
// audit log as SQL's refusals are, with who asked and from where; what a client may not
// see is no exception, and who never bound leaves nothing.
func TestAttackE46DirectoryRefusals(t *testing.T) {
	s := mustDirectory(t, Options{})
	root := mustBind(t, s, "root", "pw-of-root")
	addUser(t, root, "ann", "ann-secret-1")
	addUser(t, root, "bob", "bob-secret-1")
	ann := mustBind(t, s, "ann", "ann-secret-1")
	mail := ldap.NewModifyRequest("uid=ann"+inUsers, nil)
	mail.Replace("mail", []string{"x@example.org"})
	wantCode(t, "own mail", ann.Modify(mail), ldap.LDAPResultInsufficientAccessRights)
	others := ldap.NewModifyRequest("uid=bob"+inUsers, nil)
	others.Replace("userPassword", []string{"stolen-secret-1"})
	wantCode(t, "another's password", ann.Modify(others), ldap.LDAPResultNoSuchObject)
	_, err := ann.PasswordModify(ldap.NewPasswordModifyRequest("uid=bob"+inUsers, "", "stolen-secret-1"))
	wantCode(t, "another's password by its own operation", err, ldap.LDAPResultNoSuchObject)
	wantCode(t, "delete", ann.Del(ldap.NewDelRequest("uid=ann"+inUsers, nil)), ldap.LDAPResultInsufficientAccessRights)
	add := ldap.NewAddRequest("uid=eve"+inUsers, nil)
	add.Attribute("objectClass", []string{"inetOrgPerson"})
	wantCode(t, "add", ann.Add(add), ldap.LDAPResultInsufficientAccessRights)
	nobody := mustBind(t, s, "", "")
	wantCode(t, "nobody", nobody.Modify(mail), ldap.LDAPResultInsufficientAccessRights)

	var denied []string
	var changes int
	if err := s.Engine().Audit().Read(func(r audit.Record) error {
		switch {
		case r.Event == "denied":
			denied = append(denied, r.Name+" "+r.Object+": "+r.Reason)
			if r.Transport != "ldap" || r.Remote == "" || r.Who == 0 || r.Result != audit.Refused || r.Missing != "USER ADMIN" {
				t.Errorf("record %+v", r)
			}
		case r.Event == "change" && r.Transport == "ldap":
			changes++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ann uid=ann" + inUsers + ": LDAP modify: only userPassword can be changed without USER ADMIN",
		"ann uid=bob" + inUsers + ": LDAP modify: no such entry",
		"ann uid=bob" + inUsers + ": LDAP extended operation: no such user",
		"ann uid=ann" + inUsers + ": LDAP delete: this needs USER ADMIN",
		"ann uid=eve" + inUsers + ": LDAP add: this needs USER ADMIN",
	}
	if !slices.Equal(denied, want) {
		t.Errorf("denied:\n%s\nwant:\n%s", strings.Join(denied, "\n"), strings.Join(want, "\n"))
	}
	if changes != 2 {
		t.Errorf("%d changes that came by LDAP say so, want 2", changes)
	}
}
