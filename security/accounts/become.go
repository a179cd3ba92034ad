package accounts

import (
	"math"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// mayBecome asks of who says how somebody else's account proves itself, or who gets what it owns: he could be that
// account, so it must hold nothing that he does not hold, too. mayTouch has asked about the system.
func (c *Tx) mayBecome(p *catalog.Principal) error {
	if p == nil || p.ID == c.actor.ID() || c.admin() || !c.holdsMore(p.ID) {
		return nil
	}
	return &Error{
		Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
		Hint: "the account holds rights on objects that you do not hold: who sets its password could use them",
	}
}

// mayLoosen asks of who changes somebody else's account so that less guards it: what it holds must be his, too, as
// when he would be that account. A lock that came from wrong passwords is none of the record, and is lifted by who may
// touch the account at all: somebody has to, each day.
func (c *Tx) mayLoosen(p, changed *catalog.Principal) error {
	if redirects(p, changed) && p.ID != c.actor.ID() && !c.admin() && c.holdsMore(p.ID) {
		return &Error{
			Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
			Hint: "the account holds rights on objects that you do not hold: what it calls by its bare name would be what you put into that schema",
		}
	}
	if p.ID == c.actor.ID() || c.admin() || !c.loosens(p, changed) || !c.holdsMore(p.ID) {
		return nil
	}
	return &Error{
		Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
		Hint: "the account holds rights on objects that you do not hold: you can lock and bound it, and not take away a lock, a limit or what its passwords and connections have to be",
	}
}

// loosens says whether a change takes something away that guards an account.
func (c *Tx) loosens(p, changed *catalog.Principal) bool {
	was, now := p.Rule(), changed.Rule()
	wasBack, wasDays := c.policy.LooksBack(was)
	back, days := c.policy.LooksBack(now)
	return p.Locked && !changed.Locked || !p.Acts() && changed.Acts() || was.PasswordExpired && !now.PasswordExpired && p.Password == changed.Password ||
		!requiresToo(was, now) ||
		less(tries(p), tries(changed)) || tries(p) > 0 && tries(changed) > 0 && lockedFor(changed) < lockedFor(p) ||
		less(c.lifetime(was), c.lifetime(now)) || back < wasBack || days < wasDays || c.policy.AsksCurrent(was) && !c.policy.AsksCurrent(now) ||
		less(was.QueriesPerHour, now.QueriesPerHour) || less(was.UpdatesPerHour, now.UpdatesPerHour) ||
		less(was.ConnectionsPerHour, now.ConnectionsPerHour) || less(was.Connections, now.Connections)
}

// redirects says whether names that an account writes without a schema mean other things: programs of their maker's
// choice would run with the account's rights. Without a default schema that of a role counts, or of another role.
func redirects(p, changed *catalog.Principal) bool { return changed.DefaultSchema != p.DefaultSchema }

// less says whether a bound, of which 0 is none, became a wider one.
func less(was, now int) bool { return was > 0 && (now <= 0 || now > was) }

// tries is how many wrong passwords lock an account, 0 for any number.
func tries(p *catalog.Principal) int {
	if p.PasswordLockDays == 0 {
		return 0
	}
	return p.FailedLoginAttempts
}

// lockedFor is for how many days.
func lockedFor(p *catalog.Principal) int {
	if p.PasswordLockDays < 0 {
		return math.MaxInt
	}
	return p.PasswordLockDays
}

func (c *Tx) lifetime(r catalog.Rules) int {
	if r.LifetimeDays != nil {
		return *r.LifetimeDays
	}
	return c.policy.LifetimeDays
}

// requiresToo says whether REQUIRE lets nobody in whom it kept out.
func requiresToo(was, now catalog.Rules) bool {
	switch was.Transport {
	case "":
		return true
	case catalog.TransportTLS:
		return now.Transport != ""
	case catalog.TransportX509:
		return now.NeedsCertificate()
	}
	kept := func(was, now string) bool { return was == "" || was == now }
	return now.Transport == catalog.TransportSpecified && kept(was.Subject, now.Subject) && kept(was.Issuer, now.Issuer) && kept(was.Cipher, now.Cipher)
}

// mayEnd asks of who takes a role or a group away, from one or from all: what is denied to it is denied to its
// members, and an end of that is an administrator's.
func (c *Tx) mayEnd(p *catalog.Principal) error {
	if c.admin() {
		return nil
	}
	for _, holder := range append([]principal.ID{p.ID}, c.Held(p.ID, true)...) {
		for _, e := range c.ExceptionsOf(holder) {
			if e.Deny != 0 {
				return &Error{
					Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
					Hint: "something is denied to it, and so to its members: who takes it from them would give that back",
				}
			}
		}
	}
	return nil
}

// holdsMore says whether an account holds something on an object that the actor does not hold: by itself, through
// roles and groups, and through the accounts that it may act as. Its home counts for nothing while it is empty.
func (c *Tx) holdsMore(id principal.ID) bool {
	seen := map[principal.ID]bool{id: true, c.actor.ID(): true}
	for open := []principal.ID{id}; len(open) > 0; open = open[1:] {
		home := c.HomeOf(open[0])
		for _, holder := range append([]principal.ID{open[0]}, c.Held(open[0], true)...) {
			for _, g := range c.GrantsTo(holder) {
				account := principal.ID(g.Object)
				switch {
				case g.Object == catalog.System:
				case g.Atoms.HasAny(privilege.Becoming):
					if !seen[account] {
						seen[account] = true
						open = append(open, account)
					}
				case home != nil && g.Object == home.ID && len(c.Contents(home.ID)) == 0:
				case !c.holdsToo(g):
					return true
				}
			}
		}
	}
	return false
}

// holdsToo says whether the actor holds what a grant gives, and may pass on what it lets be passed on, on its object,
// the database around it or the system. What he lost anywhere, by a denial or an exception, or holds for a
// time, he does not hold here: it is not looked into where the grant reaches.
func (c *Tx) holdsToo(g *catalog.Grant) bool {
	held, passes := privilege.FromSystem(c.lastingSystem()), privilege.Set(0)
	on := []catalog.ID{g.Object}
	if database := c.Object(g.Object).Database; database != 0 {
		on = append(on, database)
	}
	var lost privilege.Set
	lasting := grant.Lasting(c.Snapshot, c.actor.ID())
	for _, holder := range c.rights.Holders() {
		for _, id := range on {
			if !lasting[holder] {
				break // through a role that he has for a time
			}
			for _, own := range c.GrantsToOn(holder, id) {
				lasting := own.Atoms.Minus(own.Ends.Atoms())
				held, passes = held.Union(lasting), passes.Union(lasting.Intersect(own.Options.Minus(own.OptionEnds.Atoms())))
			}
		}
		for _, e := range c.ExceptionsOf(holder) {
			lost = lost.Union(e.Atoms).Union(e.Deny)
			passes = passes.Minus(e.Options)
		}
	}
	return held.Minus(lost).HasAll(g.Atoms) && passes.Minus(lost).HasAll(g.Options)
}
