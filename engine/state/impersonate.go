package state

import (
	"sync/atomic"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
)

// maxImpersonations bounds EXECUTE AS inside EXECUTE AS.
const maxImpersonations = 16

// Acting is who a session acts as, and who let it: the steps from the login on. It
// is immutable, so that other goroutines may look.
type Acting struct {
	steps []step
}

type step struct {
	from     principal.Principal // who he was
	rights   *bucket.Rights
	to       principal.ID
	noRevert bool
	cookie   string
	login    bool // by PROXY: there is no way back, and one on
}

// As is the account that the session acts as.
func (a *Acting) As() principal.ID { return a.steps[len(a.steps)-1].to }

// Acted lists whom somebody acts as by EXECUTE AS, who is now now: the last first.
func (a *Acting) Acted(now principal.Principal) (out []principal.Principal) {
	for i := len(a.steps) - 1; i >= 0; i-- {
		if !a.steps[i].login {
			out = append(out, now)
		}
		now = a.steps[i].from
	}
	return out
}

// Allowed says whether every step would be allowed now.
func (a *Acting) Allowed(snap *catalog.Snapshot) bool {
	for _, s := range a.steps {
		may := accounts.MayImpersonate
		if s.login {
			may = accounts.MayProxy
		}
		if !may(snap, access.As(s.rights, nil), snap.PrincipalByID(s.to), access.List) {
			return false
		}
	}
	return true
}

// Impersonator is the part of an identity that EXECUTE AS changes.
type Impersonator struct{ acting atomic.Pointer[Acting] }

// ActsLike makes the identity that of another session, which acts as the same account: in all that asks who has logged in.
func (i *Impersonator) ActsLike(other *Impersonator) { i.acting.Store(other.acting.Load()) }

// Acting is nil for a session that acts as who logged in.
func (i *Impersonator) Acting() *Acting { return i.acting.Load() }

// Impersonates implements statement.Host.
func (i *Impersonator) Impersonates() bool { return i.acting.Load() != nil }

// Proxy is who has logged in, and those whose grants are his, in a session that PROXY has made another account from its
// login on; nobody in any other, and after a further EXECUTE AS.
func (i *Impersonator) Proxy() (principal.Principal, []principal.ID) {
	if a := i.acting.Load(); a != nil && len(a.steps) == 1 && a.steps[0].login {
		return a.steps[0].from, a.steps[0].rights.Holders()
	}
	return principal.Principal{}, nil
}

// Proxy is nobody in a program, whoever it acts for: who has written one that he lets others call would say by it
// what only they may, of themselves.
func (s *Session) Proxy() (principal.Principal, []principal.ID) {
	if s.Calls != nil || s.inside > 0 {
		return principal.Principal{}, nil
	}
	return s.Impersonator.Proxy()
}

var errNoRevert = sqlerr.SpecificAccessDenied.Errorf("Access denied; the session acts as another account WITH NO REVERT").
	WithHint("a new connection, or one that its pool resets, is its login again")

// BecomeUser implements statement.Host. Whoever calls it has asked for the right, and
// the transaction is committed. What record refuses is not done, as it could not be told of later.
func (s *Session) BecomeUser(by accounts.Impersonation, record func() error) error {
	var steps []step
	if a := s.Acting(); a != nil {
		steps = a.steps
	}
	switch {
	case s.Calls != nil || s.inside > 0:
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'EXECUTE AS in a stored program'").
			WithHint("a program acts for its definer: SQL SECURITY DEFINER")
	case len(steps) > 0 && steps[len(steps)-1].noRevert && !steps[len(steps)-1].login:
		return errNoRevert
	case len(steps) >= maxImpersonations:
		return sqlerr.SpecificAccessDenied.Errorf("Access denied; the session acts as another account %d times over", len(steps)).WithHint("REVERT first")
	}
	if err := record(); err != nil {
		return err
	}
	who := principal.Trusted(by.User.ID, by.User.Name)
	steps = append(steps[:len(steps):len(steps)], step{s.User, s.Rights, by.User.ID, by.NoRevert, by.Cookie, by.Login})
	s.acting.Store(&Acting{steps})
	s.User, s.Rights = who, s.Inst.RightsOf(by.User.ID)
	s.Own = s.Rights
	s.Replan() // what was planned for who he was is planned again
	s.layTemporaries()
	return nil
}

// ReturnUser implements statement.Host. Without a step to take back it does nothing, as
// in other databases, so that programs may send it to be sure.
func (s *Session) ReturnUser(cookie string, record func() error) error {
	if s.Calls != nil || s.inside > 0 {
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'REVERT in a stored program'")
	}
	a := s.Acting()
	if a == nil || a.steps[len(a.steps)-1].login {
		return nil
	}
	last := a.steps[len(a.steps)-1]
	switch {
	case last.noRevert:
		return errNoRevert
	case last.cookie != cookie:
		return sqlerr.SpecificAccessDenied.Errorf("Access denied; REVERT needs the cookie that EXECUTE AS gave")
	}
	if err := record(); err != nil {
		return err
	}
	if rest := a.steps[:len(a.steps)-1]; len(rest) > 0 {
		s.acting.Store(&Acting{rest})
	} else {
		s.acting.Store(nil)
	}
	s.User, s.Rights = last.from, last.rights
	s.Own = s.Rights
	s.Replan()
	s.takeTemporaries()
	return nil
}
