package ldapfile

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// group is a group of groups.
func group(name string, members ...string) *ldif.Record {
	r := &ldif.Record{DN: "cn=" + name + ",ou=groups,dc=lxdb", Attributes: []ldif.Attribute{{Name: "cn", Values: []string{name}}}}
	if len(members) > 0 {
		var dns []string
		for _, m := range members {
			dns = append(dns, "CN="+m+",OU=groups,dc=lxdb")
		}
		r.Attributes = append(r.Attributes, ldif.Attribute{Name: "member", Values: dns})
	}
	return r
}

// directory is a Source of groups, for what a server of ours refuses to hold.
type directory []*ldif.Record

func (d directory) Search(q ldapconn.Query, each func(*ldif.Record) error) error {
	for _, r := range d {
		if !strings.Contains(q.Filter, "groupOfNames") {
			continue
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func export(t *testing.T, d directory) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := Export(d, ldif.NewWriter(&b), ExportOptions{Suffix: "dc=lxdb"}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestOrder: members come before their groups.
func TestOrder(t *testing.T) {
	text := export(t, directory{group("all", "some", "few"), group("some", "few"), group("few", "gone"), group("alone")})
	last := -1
	for _, name := range []string{"few", "some", "all", "alone"} {
		at := strings.Index(text, "dn: cn="+name+",")
		if at <= last {
			t.Fatalf("%s stands at %d, behind %d:\n%s", name, at, last, text)
		}
		last = at
	}
	if strings.Contains(text, "changetype") {
		t.Errorf("entries and changes are mixed:\n%s", text)
	}
}

// TestCycle: groups that contain each other are added first and joined then.
func TestCycle(t *testing.T) {
	got := export(t, directory{group("a", "b"), group("b", "a", "c"), group("c", "c")})
	want := `version: 1

dn: cn=c,ou=groups,dc=lxdb
changetype: add
cn: c

dn: cn=b,ou=groups,dc=lxdb
changetype: add
cn: b
member: CN=c,OU=groups,dc=lxdb

dn: cn=a,ou=groups,dc=lxdb
changetype: add
cn: a
member: CN=b,OU=groups,dc=lxdb

dn: cn=c,ou=groups,dc=lxdb
changetype: modify
add: member
member: CN=c,OU=groups,dc=lxdb
-

dn: cn=b,ou=groups,dc=lxdb
changetype: modify
add: member
member: CN=a,OU=groups,dc=lxdb
-
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestExpected: what a modify leaves behind is recognized.
func TestExpected(t *testing.T) {
	const modify = "dn: uid=a,dc=x\nchangetype: modify\n"
	for _, c := range []struct {
		changes, have string // the values of mail
		met           bool
	}{
		{"add: mail\nmail: 1\n-\n", "1 2", true},
		{"add: mail\nmail: 1\nmail: 3\n-\n", "1 2", false},
		{"delete: mail\nmail: 1\n-\n", "2", true},
		{"delete: mail\nmail: 1\n-\n", "1 2", false},
		{"delete: mail\n-\n", "", true},
		{"delete: mail\n-\n", "1", false},
		{"replace: mail\nmail: 1\n-\n", "1", true},
		{"replace: mail\nmail: 1\n-\n", "1 2", false},
		{"delete: mail\n-\nadd: rfc822Mailbox\nrfc822Mailbox: 1\n-\n", "1", true},
		{"delete: mail\nmail: 1\n-\nadd: mail\nmail: 1\n-\n", "1", true},
		{"add: mail\nmail: 1\n-\ndelete: mail\nmail: 1\n-\n", "1", false},
	} {
		r, err := ldif.NewReader(strings.NewReader(modify + c.changes)).Next()
		if err != nil {
			t.Fatal(err)
		}
		e := expected(r)["mail"]
		if got := e.met(set(strings.Fields(c.have), e.fold)); got != c.met {
			t.Errorf("%q, then %q: %v", c.changes, c.have, got)
		}
	}
}
