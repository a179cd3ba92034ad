package ldapd

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
)

// between makes f happen between a modify's look at the entry and its change,
// times times.
func (h *house) between(times int, f func(*catalog.Principal)) {
	h.setHook(func(ctx context.Context, what string) {
		if !strings.HasPrefix(what, "edit ") || times == 0 {
			return
		}
		times--
		err := h.catalog.Update(ctx, func(tx *catalog.Tx) error {
			p := tx.Principal(strings.TrimPrefix(what, "edit ")).Clone()
			f(p)
			return tx.PutPrincipal(p)
		})
		if err != nil {
			h.t.Error(err)
		}
	})
}

// TestStaleModify: a modify that meets another change is made from the entry as it
// has become, or refused as busy; it undoes nothing.
func TestStaleModify(t *testing.T) {
	h := newHouse(t)
	h.user("ann")
	c := h.as("root")
	const dn = "uid=ann,ou=users,dc=lxdb"
	title := modifyBody(dn, []string{"add title: Boss"})
	mail := func(p *catalog.Principal) {
		p.Attributes = map[string][]string{"mail": append(p.Attributes["mail"], strings.Repeat("a", len(p.Attributes["mail"])+1)+"@x")}
	}
	h.between(staleTries-1, mail)
	if a := c.call(opModify, title); a.code != success {
		t.Fatalf("modify: %v", a)
	}
	if attrs := h.catalog.Snapshot().Principal("ann").Attributes; len(attrs["mail"]) != staleTries-1 || attrs["title"][0] != "Boss" {
		t.Errorf("attributes %v", attrs)
	}
	h.between(staleTries, mail)
	if a := c.call(opModify, modifyBody(dn, []string{"replace title: Chief"})); a.code != busy {
		t.Errorf("change after change: %v", a)
	}
	// Refused on the entry as it is now, not on the one that was looked at.
	h.between(1, func(p *catalog.Principal) { p.Attributes = nil })
	if a := c.call(opModify, modifyBody(dn, []string{"delete mail: aa@x"})); a.code != noSuchAttribute {
		t.Errorf("taken away meanwhile: %v", a)
	}
}

// TestStaleIdentity: who is locked or gets another password in the middle of his
// own change does not make it.
func TestStaleIdentity(t *testing.T) {
	h := newHouse(t)
	h.user("ann")
	c := h.as("ann")
	h.between(1, func(p *catalog.Principal) { p.Password = "another" })
	if a := c.call(opExtended, passwordBody("", "annpw", "annpw-2")); a.code != insufficientAccess && a.code != noSuchObject {
		t.Errorf("%v", a)
	}
	if p := h.catalog.Snapshot().Principal("ann"); p.Password != "another" {
		t.Errorf("password %s", p.Password)
	}
}
