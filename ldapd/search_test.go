package ldapd

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// oneControl is the content of a Controls sequence with one control.
func oneControl(oid string, critical bool, value []byte) []byte {
	b, one := open(nil, tagSequence)
	b = appendBool(appendText(b, tagOctets, oid), tagBoolean, critical)
	if value != nil {
		b = appendText(b, tagOctets, string(value))
	}
	return shut(b, one)
}

func pageValue(size int, cookie string) []byte {
	b, seq := open(nil, tagSequence)
	return shut(appendText(appendInt(b, tagInteger, size), tagOctets, cookie), seq)
}

func TestControls(t *testing.T) {
	h := newHouse(t)
	c := h.as("root")
	body := query{base: "dc=lxdb", filter: "(objectClass=nothing)"}.body(t)
	page := oneControl(pagedControl, true, pageValue(5, ""))
	for _, x := range []struct {
		what     string
		op       tag
		body     []byte
		controls []byte
		want     code
	}{
		{"ManageDsaIT", opSearch, body, oneControl(manageDsaITControl, true, nil), success},
		{"unknown", opSearch, body, oneControl("1.2.3", false, nil), success},
		{"unknown, critical", opSearch, body, oneControl("1.2.3", true, nil), criticalExtension},
		{"unknown, critical, on a bind", opBind, bindBody(3, "", ""), oneControl("1.2.3", true, nil), criticalExtension},
		{"pages of a delete", opDelete, []byte("uid=x,ou=users,dc=lxdb"), page, criticalExtension},
		{"two pages", opSearch, body, append(page[:len(page):len(page)], page...), protocolError},
		{"pages without a value", opSearch, body, oneControl(pagedControl, true, nil), protocolError},
		{"somebody's cookie", opSearch, body, oneControl(pagedControl, true, pageValue(5, "cookie")), unwilling},
		{"cookie of nowhere", opSearch, body, oneControl(pagedControl, true, pageValue(5, "\x01\x03\x00\x00\x00\x00")), unwilling},
		{"giving up", opSearch, body, oneControl(pagedControl, true, pageValue(0, "\x01\x20\x00\x00\x00\x00")), success},
	} {
		if x.op == opBind {
			defer c.bind("", "")
		}
		if a := c.call(x.op, x.body, x.controls...); a.code != x.want {
			t.Errorf("%s: %v", x.what, a)
		}
		if x.op == opBind {
			c = h.as("root")
		}
	}
}

// TestPagesSeeChanges: what is added or dropped between two pages moves nobody
// else to another page.
func TestPagesSeeChanges(t *testing.T) {
	h := newHouse(t)
	h.user("a", "b", "c", "d")
	c := h.as("root")
	q := query{base: "ou=users,dc=lxdb", scope: scopeOne, filter: "(objectClass=*)", attrs: []string{"1.1"}, page: 2}
	var seen []string
	for {
		list, a := c.search(q)
		if a.code != success || !a.hasPage {
			t.Fatal(a)
		}
		for _, f := range list {
			seen = append(seen, strings.TrimSuffix(strings.TrimPrefix(f.dn, "uid="), ",ou=users,dc=lxdb"))
		}
		if len(seen) == 2 {
			if err := h.drop(context.Background(), "a"); err != nil { // the last one sent
				t.Fatal(err)
			}
			h.user("e")
		}
		if q.cookie = a.page; q.cookie == "" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != "root a b c d e" {
		t.Errorf("pages: %s", got)
	}
}

func TestServersLimits(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.Entries = 2 })
	h.user("a", "b")
	q := query{base: "ou=users,dc=lxdb", scope: scopeOne, filter: "(objectClass=*)"}
	c := h.as("root")
	if list, a := c.search(q); a.code != sizeLimitExceeded || len(list) != 2 {
		t.Errorf("%d entries, %v", len(list), a)
	}
	q.page = 100
	if list, a := c.search(q); a.code != success || len(list) != 2 || a.page == "" {
		t.Errorf("page: %d entries, %v", len(list), a)
	}
	quick := newHouse(t, func(o *Options) { o.Limits.Search = time.Nanosecond })
	if _, a := quick.as("root").search(q); a.code != timeLimitExceeded {
		t.Errorf("time limit: %v", a)
	}
	narrow := newHouse(t, func(o *Options) { o.Limits.LargeMessageBytes = 100_000 }).as("root")
	if a := narrow.call(opAdd, addBody("uid=zoe,ou=users,dc=lxdb", []string{"nosuch: " + strings.Repeat("x", 90_000)})); a.code != undefinedAttribute {
		t.Errorf("90 kB: %v", a)
	}
	if _, err := narrow.conn.Write([]byte{0x30, 0x83, 0x03, 0x0D, 0x40}); err != nil { // the head of 200,000 bytes
		t.Fatal(err)
	}
	if a := narrow.closed(); a.code != busy || a.name != noticeOID {
		t.Errorf("200 kB of 100: %+v", a)
	}
}

func TestFilterBounds(t *testing.T) {
	h := newHouse(t)
	c := h.as("root")
	wide := "(|" + strings.Repeat("(cn=x)", maxFilterNodes) + ")"
	deep := strings.Repeat("(!", maxFilterDepth) + "(cn=x)" + strings.Repeat(")", maxFilterDepth)
	for _, f := range []string{wide, deep} {
		if _, a := c.search(query{base: "dc=lxdb", filter: f}); a.code != unwilling {
			t.Errorf("%.20s…: %v", f, a)
		}
	}
	if _, a := c.search(query{base: "dc=lxdb", filter: deep[2 : len(deep)-1]}); a.code != success {
		t.Errorf("the deepest that is possible: %v", a)
	}
}

func BenchmarkSearch(b *testing.B) {
	h := newHouse(b)
	const users = 20_000
	err := h.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		for i := range users {
			id, err := tx.AllocID()
			if err != nil {
				return err
			}
			name := fmt.Sprintf("user%05d", i)
			if err := tx.PutPrincipal(&catalog.Principal{ID: principal.ID(id), Name: name, Kind: catalog.KindUser,
				Attributes: map[string][]string{"mail": {name + "@example.org"}}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	c := h.as("root")
	for _, q := range []query{
		{base: "dc=lxdb", scope: scopeSub, filter: "(&(objectClass=person)(uid=USER12345))"},
		{base: "dc=lxdb", scope: scopeSub, filter: "(mail=user12345@example.org)"},
		{base: "dc=lxdb", scope: scopeSub, filter: "(cn=*2345)", attrs: []string{"1.1"}},
	} {
		b.Run(q.filter, func(b *testing.B) {
			b.ReportAllocs()
			_ = c.conn.SetDeadline(time.Time{})
			for range b.N {
				if list, a := c.search(q); a.code != success || len(list) == 0 {
					b.Fatal(len(list), a)
				}
			}
		})
	}
}
