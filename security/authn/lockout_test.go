package authn

import (
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
	l.succeeded(&rec)
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
