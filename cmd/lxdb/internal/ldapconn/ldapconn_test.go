package ldapconn

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

func TestFoldDN(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"uid=ann,ou=users,dc=lxdb", "UID = Ann , OU=Users,DC=LXDB"},
		{`uid=Bob (the second\, tester),dc=x`, `uid=bob \28the  second\2C tester\29,dc=x`},
		{"uid=Müller,dc=x", "uid=Mu\u0308ller,dc=x"},
		{"cn=a+sn=b,dc=x", "sn=B+cn=A,dc=x"},
		{`cn=\ a,dc=x`, "cn=a,dc=x"},
	} {
		if FoldDN(c.a) != FoldDN(c.b) {
			t.Errorf("%s and %s differ: %s, %s", c.a, c.b, FoldDN(c.a), FoldDN(c.b))
		}
	}
	if FoldDN(`cn=a\,b,dc=x`) == FoldDN("cn=a,b=,dc=x") || FoldDN("no dn") != "no dn" {
		t.Error("different DNs are equal")
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"ann", "Bob (the second, tester)", `a+b=c;d<e>"f"\g`, " edges ", "#x", "Zoë", "a\x00b"} {
		dn := UserDN(name, "dc=lxdb")
		if err := CheckDN(dn); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if attr, value := RDN(dn); attr != "uid" || value != name {
			t.Errorf("%q becomes %s %q", name, attr, value)
		}
		if got := Parent(dn); got != "ou=users,dc=lxdb" {
			t.Errorf("parent of %s: %s", dn, got)
		}
	}
	for _, bad := range []string{"ann", `uid=a\(b,dc=x`, "uid=a<b,dc=x", "uid=a,,dc=x"} {
		if CheckDN(bad) == nil {
			t.Errorf("%s is a DN", bad)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for _, good := range []string{"ldaps://localhost", "ldap://127.0.0.1:389", "ldaps://[::1]:636/", "ldaps://db.example.org:1636"} {
		if err := CheckURL(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "localhost:636", "http://x", "ldapi:///x", "ldaps://", "ldaps://x/dc=y", "ldaps://x?a", "ldaps://u:secret@x", "ldaps://x:y"} {
		if err := CheckURL(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		err     error
		text    string
		refused bool
	}{
		{ldap.NewError(ldap.LDAPResultEntryAlreadyExists, nil), "entry already exists (LDAP result 68)", true},
		{ldap.NewError(ldap.LDAPResultUnwillingToPerform, context.Canceled), "unwilling to perform: context canceled (LDAP result 53)", true},
		{ldap.NewError(ldap.LDAPResultOther, &net.AddrError{Err: "\x1b[2J"}), `other: "\x1b[2J" (LDAP result 80)`, true},
		{ldap.NewError(4711, nil), "refused (LDAP result 4711)", true},
		{ldap.NewError(ldap.LDAPResultUnavailable, nil), "unavailable (LDAP result 52)", false},
		{ldap.NewError(ldap.ErrorNetwork, net.ErrClosed), "connection to the directory: use of closed network connection", false},
	} {
		got := answer(c.err)
		if got.Error() != c.text || Refused(got) != c.refused {
			t.Errorf("got %q, refused %v; want %q", got, Refused(got), c.text)
		}
	}
	if err := answer(ldap.NewError(ldap.LDAPResultNoSuchObject, nil)); !Is(err, EntryExists, NoSuchObject) || Is(err, EntryExists) || Is(net.ErrClosed, NoSuchObject) {
		t.Error("Is mistakes codes")
	}
}

// TestSilentServer: a server that accepts and says nothing holds nobody up.
func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, scheme := range []string{"ldap://", "ldaps://"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		began := time.Now()
		_, err := Dial(ctx, Target{URL: scheme + l.Addr().String()})
		cancel()
		if err == nil || time.Since(began) > dialTimeout/2 {
			t.Errorf("%s: error %v after %v", scheme, err, time.Since(began))
		}
	}
}
