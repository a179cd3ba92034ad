package authn

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
)

// TestVerifiedPasswords: a password that was just right is not hashed again; any
// other one is, and so is the same after a change of the account.
func TestVerifiedPasswords(t *testing.T) {
	h := newHouse(t)
	id := h.put(catalog.Principal{Name: "ann", Kind: catalog.KindUser}, "geheim")
	directory := NewCatalogDirectory(h.catalog, h.hasher, time.Now)
	directory.now = h.auth.now
	h.auth.directory = directory
	// With every slot taken, what has to be hashed waits until its time is over.
	login := func(what, user, password string, ok, hashes bool) {
		t.Helper()
		for range cap(h.hasher.slots) {
			h.hasher.slots <- struct{}{}
		}
		hurry, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := directory.Verify(hurry, user, password)
		for range cap(h.hasher.slots) {
			<-h.hasher.slots
		}
		if (err != nil) != hashes {
			t.Errorf("%s: without hashing: %v", what, err)
		}
		if _, err := h.login(user, password, "10.0.0.1:1"); (err == nil) != ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	edit := func(f func(*catalog.Principal)) {
		t.Helper()
		err := h.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
			p := tx.PrincipalByID(id).Clone()
			f(p)
			return tx.PutPrincipal(p)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	login("first", "ann", "geheim", true, true)
	login("again", "ann", "geheim", true, false)
	login("other case of the name", "ANN", "geheim", true, false)
	login("wrong", "ann", "Geheim", false, true)
	login("after a wrong one", "ann", "geheim", true, false)
	h.now = h.now.Add(verifiedFor + time.Second)
	login("after a minute", "ann", "geheim", true, true)
	h.now = h.now.Add(verifiedFor - time.Second)
	login("within the next", "ann", "geheim", true, false)
	h.now = h.now.Add(2 * time.Second)
	login("hits do not prolong it", "ann", "geheim", true, true)

	edit(func(p *catalog.Principal) { p.Locked = true })
	login("locked", "ann", "geheim", false, true)
	edit(func(p *catalog.Principal) { p.Locked = false })
	login("unlocked", "ann", "geheim", true, true)
	phc, err := h.hasher.Hash(context.Background(), "another")
	if err != nil {
		t.Fatal(err)
	}
	edit(func(p *catalog.Principal) { p.Password = phc })
	login("old password", "ann", "geheim", false, true)
	login("new password", "ann", "another", true, true)
	edit(func(p *catalog.Principal) { p.Name = "anna" })
	login("old name", "ann", "another", false, true)
	if !errors.Is(h.lastReason(), ErrUnknownUser) {
		t.Errorf("reason %v", h.lastReason())
	}
	login("new name", "anna", "another", true, true)
}
