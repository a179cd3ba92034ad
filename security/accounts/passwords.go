package accounts

import (
	"context"
	"errors"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// MaxPast is how many earlier passwords are kept of an account, whatever its rules
// say: each is compared with a new one, which takes a while.
const MaxPast = 24

// NewPassword is a password that somebody wants an account to have.
type NewPassword struct {
	Actor     principal.Principal
	Operation string
	Name      string // of the account; there may be none yet
	Password  string
	Replace   *string // the password that is changed, when it was given
}

// Hash makes the stored form of a new password that the policy, the account's own
// rules and what it had before allow. Errors: ErrPolicy, ErrHistory,
// ErrCurrentMissing, ErrCurrentWrong, ErrCurrentUnasked.
func (a *Accounts) Hash(ctx context.Context, n NewPassword) (string, error) {
	if err := a.checkCurrent(ctx, n); err != nil {
		return "", err
	}
	return a.HashNew(ctx, n.Operation, n.Name, n.Password)
}

// Admits says what Hash would of a new password, as far as that needs no look at those that the
// account has and had. compared: Hash would look. Errors: ErrPolicy, ErrCurrentMissing, ErrCurrentUnasked.
func (a *Accounts) Admits(n NewPassword) (compared bool, err error) {
	p := a.opts.Catalog.Snapshot().Principal(n.Name)
	if p != nil && p.ID == n.Actor.ID() && n.Replace != nil {
		return true, nil
	}
	if err := a.checkCurrent(context.Background(), n); err != nil {
		return false, err
	}
	if err := a.checkPolicy(n.Operation, n.Name, n.Password, p); err != nil {
		return false, err
	}
	if p == nil || p.Kind != catalog.KindUser {
		return false, nil
	}
	history, reuse := a.opts.Policy.LooksBack(p.Rule())
	return history != 0 || reuse != 0, nil
}

// checkCurrent asks who changes his own password for the one he has, where a rule
// says so: somebody at an unattended terminal must not keep the account.
func (a *Accounts) checkCurrent(ctx context.Context, n NewPassword) error {
	p := a.opts.Catalog.Snapshot().Principal(n.Name)
	fail := func(kind error) error { return &Error{Kind: kind, Operation: n.Operation, Name: n.Name} }
	own := p != nil && p.ID == n.Actor.ID()
	switch {
	case n.Replace == nil && own && a.opts.Policy.AsksCurrent(p.Rule()) && a.may(n.Actor) != nil:
		return fail(ErrCurrentMissing)
	case n.Replace == nil:
		return nil
	case !own:
		return fail(ErrCurrentUnasked)
	}
	ok, err := a.opts.Hasher.Verify(ctx, p.Password, *n.Replace)
	if errors.Is(err, authn.ErrPasswordEmpty) || errors.Is(err, authn.ErrPasswordNUL) || errors.Is(err, authn.ErrPasswordTooLong) {
		err = nil
	}
	if err == nil && !ok {
		return fail(ErrCurrentWrong)
	}
	return err
}

// HashNew makes the stored form of a new password that satisfies the policy and
// was not an earlier one of the account, as far as its rules look back. Errors:
// ErrPolicy, ErrHistory.
func (a *Accounts) HashNew(ctx context.Context, op, name, password string) (string, error) {
	p := a.opts.Catalog.Snapshot().Principal(name)
	if err := a.checkPolicy(op, name, password, p); err != nil {
		return "", err
	}
	if p != nil && p.Kind == catalog.KindUser {
		if err := a.checkHistory(ctx, op, p, password); err != nil {
			return "", err
		}
	}
	return a.opts.Hasher.Hash(ctx, password)
}

// checkPolicy asks the policy, of which the account of a name may be p.
func (a *Accounts) checkPolicy(op, name, password string, p *catalog.Principal) error {
	login := name
	if p != nil {
		login = p.LoginName()
	}
	if err := a.opts.Policy.Check(login, password); err != nil {
		return &Error{Kind: ErrPolicy, Operation: op, Name: name, Reason: err.Error(), Hint: a.opts.Policy.Rule(), cause: err}
	}
	return nil
}

func (a *Accounts) checkHistory(ctx context.Context, op string, p *catalog.Principal, password string) error {
	history, reuse := a.opts.Policy.LooksBack(p.Rule())
	if history == 0 && reuse == 0 {
		return nil
	}
	now := a.opts.Now()
	before := append([]catalog.PastPassword{{Hash: p.Password, Until: now.UnixMicro()}}, p.Rule().Past...)
	for i, past := range before {
		if past.Hash == "" || i >= history && !within(past, reuse, now) {
			continue
		}
		used, err := a.opts.Hasher.Verify(ctx, past.Hash, password)
		if err != nil {
			return err
		}
		if used {
			return &Error{
				Kind: ErrHistory, Operation: op, Name: p.Name,
				Reason: "Cannot use these credentials for '" + p.LoginName() + "@" + hostOf(p) + "' because they contradict the password history policy",
				Hint:   "choose a password that the account did not have before",
			}
		}
	}
	return nil
}

// hostOf is the host part as MySQL writes it.
func hostOf(p *catalog.Principal) string {
	if p.Host == "" {
		return "%"
	}
	return p.Host
}

func within(past catalog.PastPassword, days int, now time.Time) bool {
	return now.Sub(time.UnixMicro(past.Until)) < time.Duration(days)*24*time.Hour
}

// GivePassword gives a record another password: what was said about the one before,
// that it has expired, is over.
func GivePassword(p *catalog.Principal, phc string) {
	p.Password = phc
	r := p.Rule()
	r.PasswordExpired = false
	p.SetRules(r)
}

// passwordChanged keeps the old password as far as the rules look back, and lets
// one that somebody else chose without SYSTEM ADMIN be changed at the next login:
// its user then knows that it was set.
func (c *Tx) passwordChanged(old, p *catalog.Principal) {
	r := p.Rule()
	history, reuse := c.policy.LooksBack(r)
	var past []catalog.PastPassword
	now := c.now()
	all := append([]catalog.PastPassword{{Hash: old.Password, Until: now.UnixMicro()}}, r.Past...)
	for i, one := range all {
		if one.Hash != "" && (i+1 < history || within(one, reuse, now)) && len(past) < MaxPast {
			past = append(past, one)
		}
	}
	r.Past = past
	if c.actor.ID() != old.ID && !c.admin() {
		r.PasswordExpired = true
	}
	p.SetRules(r)
}

// admin says whether the actor holds SYSTEM ADMIN.
func (c *Tx) admin() bool {
	return access.Held(access.As(c.rights, nil), access.System()).Has(privilege.SysAdmin)
}

// checkOutside refuses what the company's directory decides about its accounts.
func checkOutside(op string, p *catalog.Principal) error {
	if !p.Outside() {
		return nil
	}
	r := p.Rule()
	why := ""
	switch {
	case p.Password != "", r.OldPassword != "":
		return &Error{
			Kind: ErrInvalid, Operation: op, Name: p.Name, Reason: "the company's directory checks its password",
			Hint: "change it there; ALTER USER … IDENTIFIED WITH caching_sha2_password BY '…' makes the account this database's own",
		}
	case r.PasswordExpired, r.LifetimeDays != nil:
		why = "when a password expires"
	case r.History != nil, r.ReuseDays != nil:
		why = "which passwords can be used again"
	case r.RequireCurrent != nil:
		why = "how a password is changed"
	case p.FailedLoginAttempts != 0, p.PasswordLockDays != 0:
		why = "how many wrong passwords lock an account"
	case p.Host != "":
		return &Error{
			Kind: ErrInvalid, Operation: op, Name: p.Name, Reason: "an account of the company's directory has no host part",
			Hint: "a connection rule says where it may come from",
		}
	default:
		return nil
	}
	return &Error{
		Kind: ErrInvalid, Operation: op, Name: p.Name, Reason: "the company's directory decides " + why,
		Hint: "set it there; ACCOUNT LOCK, REQUIRE and the resource limits work for its accounts, too",
	}
}

// checkRules refuses rules that cannot be kept.
func checkRules(op string, p *catalog.Principal) error {
	if h := p.Rule().History; h != nil && *h > MaxPast {
		return &Error{Kind: ErrInvalid, Operation: op, Name: p.Name, Reason: "PASSWORD HISTORY can be 0 to 24", Hint: "each earlier password is compared with a new one, which takes time; use PASSWORD REUSE INTERVAL"}
	}
	if p.ID == catalog.Root && p.Rule().Transport != "" && p.Rule().Transport != catalog.TransportTLS {
		return &Error{Kind: ErrInvalid, Operation: op, Name: p.Name, Reason: "root is whom the command line logs in as, by a password", Hint: "make another administrator and require a certificate of it"}
	}
	return checkOutside(op, p)
}
