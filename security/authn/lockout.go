package authn

import (
	"errors"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// ErrLockedOut: the account has FAILED_LOGIN_ATTEMPTS and had as many.
var ErrLockedOut = errors.New("the account is locked after too many wrong passwords")

// lockouts lock accounts that ask for it after wrong passwords in a row, as MySQL
// does: whoever sets it lets strangers lock the account. What is counted lives as
// long as the process. Attempts that are being checked at the same moment are
// not held back for each other, so a few more than allowed can be tried at once.
type lockouts struct {
	mu   sync.Mutex
	byID map[principal.ID]*lockout
}

type lockout struct {
	rule     lockRule
	failures int
	until    time.Time // zero: not locked
}

// lockRule is everything after whose change counting begins anew.
type lockRule struct {
	epoch          uint64
	unlocked       int64
	attempts, days int
}

// forever is further away than any PASSWORD_LOCK_TIME.
const forever = 200 * 365 * 24 * time.Hour

func ruleOf(rec *catalog.Principal) (lockRule, bool) {
	r := lockRule{rec.Epoch, rec.Unlocked, rec.FailedLoginAttempts, rec.PasswordLockDays}
	return r, r.attempts > 0 && r.days != 0
}

func (l *lockouts) locked(rec *catalog.Principal, now time.Time) bool {
	rule, on := ruleOf(rec)
	if !on {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.byID[rec.ID]
	if k == nil || k.rule != rule {
		return false
	}
	if !k.until.IsZero() && !now.Before(k.until) {
		delete(l.byID, rec.ID) // served
		return false
	}
	return !k.until.IsZero()
}

func (l *lockouts) failed(rec *catalog.Principal, now time.Time) {
	rule, on := ruleOf(rec)
	if !on {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.byID[rec.ID]
	if k == nil || k.rule != rule {
		k = &lockout{rule: rule}
		l.byID[rec.ID] = k
	}
	k.failures++
	if k.failures >= rule.attempts && k.until.IsZero() {
		k.until = now.Add(forever)
		if rule.days > 0 {
			k.until = now.Add(time.Duration(rule.days) * 24 * time.Hour)
		}
	}
}

func (l *lockouts) succeeded(id principal.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byID, id)
}
