package authn

import (
	"context"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

func TestLockouts(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := lockouts{byID: map[principal.ID]*lockout{}}
	rec := catalog.Principal{ID: 1000, Epoch: 1, FailedLoginAttempts: 2, PasswordLockDays: 3}
	locked := func(what string, want bool) {
		t.Helper()
		if got := l.locked(&rec, now); got != want {
			t.Errorf("%s: locked %v", what, got)
		}
	}
	l.failed(&rec, now)
	locked("one failure", false)
	l.succeeded(rec.ID)
	l.failed(&rec, now)
	locked("one failure after a success", false)
	l.failed(&rec, now)
	locked("two in a row", true)
	now = now.Add(3*24*time.Hour - time.Second)
	locked("just before the end", true)
	l.failed(&rec, now) // as from an attempt that began earlier: it moves nothing
	now = now.Add(time.Second)
	locked("three days later", false)
	l.failed(&rec, now)
	locked("counting begins anew", false)

	l.failed(&rec, now)
	locked("again", true)
	other := rec
	other.ID++
	if l.locked(&other, now) {
		t.Error("another account is locked")
	}
	for what, change := range map[string]func(*catalog.Principal){
		"a new password": func(p *catalog.Principal) { p.Epoch++ }, "unlocked": func(p *catalog.Principal) { p.Unlocked = 5 },
		"another rule": func(p *catalog.Principal) { p.FailedLoginAttempts = 9 }, "no rule": func(p *catalog.Principal) { p.FailedLoginAttempts = 0 },
	} {
		p := rec
		change(&p)
		if l.locked(&p, now) {
			t.Errorf("%s: still locked", what)
		}
	}
	rec.PasswordLockDays = -1
	l.failed(&rec, now)
	l.failed(&rec, now)
	now = now.Add(10 * 365 * 24 * time.Hour)
	locked("for good, ten years later", true)
}

// A login that is not hashed again, or is proved by a scramble, is one, too: what
// failed before it does not count.
func TestLockoutsAfterQuickLogins(t *testing.T) {
	h := newHouse(t)
	h.put(catalog.Principal{Name: "ann", Kind: catalog.KindUser, FailedLoginAttempts: 2, PasswordLockDays: 1}, "geheim")
	directory := NewCatalogDirectory(h.catalog, h.hasher, time.Now)
	directory.now = h.auth.now
	h.auth.directory = directory
	nonce := []byte("01234567890123456789")
	for what, quick := range map[string]func() bool{
		"scramble": func() bool {
			_, ok := h.auth.FastCheck(Attempt{User: "ann"}, nonce, scramble("geheim", nonce))
			return ok
		},
		"verified": func() bool { _, err := directory.Verify(context.Background(), "ann", "geheim"); return err == nil },
	} {
		for range 3 {
			if _, err := h.login("ann", "geheim", "10.0.0.1:1"); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if _, err := directory.Verify(context.Background(), "ann", "wrong"); err == nil {
				t.Fatal("a wrong password is right")
			}
			if !quick() {
				t.Fatalf("%s: the quick login failed", what)
			}
			if _, err := directory.Verify(context.Background(), "ann", "wrong"); err == nil {
				t.Fatal("a wrong password is right")
			}
		}
	}
}
