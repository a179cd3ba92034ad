package accounts

import (
	"maps"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// KeepsRules refuses changes of accounts, roles and groups by which connection rules would mean other people than who
// made them, with SYSTEM ADMIN, has meant: USER ADMIN drops nobody whom a rule names, and makes no rule be about
// somebody stronger, or not be about him any more, and nobody makes rules keep out the last who could change them.
// before is the catalog that the change began with. Errors: ErrDenied, ErrLockout.
func (c *Tx) KeepsRules(before *catalog.Snapshot) error {
	touched := c.Touched()
	if !before.AsksLogins() || !touched.Security && len(touched.Principals)+len(touched.Accounts) == 0 {
		return nil
	}
	if !c.heldSystem().Has(privilege.SysAdmin) {
		if err := c.keepsNamed(before); err != nil {
			return err
		}
		if err := c.keepsStronger(before, touched.Principals); err != nil {
			return err
		}
	}
	e := &Error{
		Kind: ErrLockout, Reason: "by the connection rules, and as whom PROXY lets them log in, nobody with SYSTEM ADMIN could connect any more",
		Hint: "change the CONNECTION RULE first",
	}
	if adminAdmitted(before, false) && !adminAdmitted(c.Snapshot, false) {
		return e
	}
	if EndsKeepOut(before, c.Snapshot) {
		e.Reason += ", when what is held for a time has ended"
		return e
	}
	return nil
}

// keepsNamed refuses to drop whom a rule names: one that rejects him, or who holds him, would reject nobody, and one
// that allows him nobody but others.
func (c *Tx) keepsNamed(before *catalog.Snapshot) error {
	for _, r := range before.ConnectionRules() {
		for _, id := range r.Users {
			if p := before.PrincipalByID(id); p != nil && c.PrincipalByID(id) == nil {
				return &Error{
					Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
					Hint: "CONNECTION RULE '" + r.Name + "' is about it: somebody with SYSTEM ADMIN drops it, or changes the rule first",
				}
			}
		}
	}
	return nil
}

// keepsStronger refuses what makes other rules be about somebody else who holds more of the system than the actor.
func (c *Tx) keepsStronger(before *catalog.Snapshot, touched []principal.ID) error {
	held := c.lastingSystem()
	earlier, later := grant.SpansOf(before), grant.SpansOf(c.Snapshot)
	for _, id := range usersIn(before, c.Snapshot, touched, func(*catalog.Principal) bool { return true }) {
		p := c.PrincipalByID(id)
		if id == c.actor.ID() || p == nil || before.PrincipalByID(id) == nil {
			continue
		}
		was, is := ruleSpans(before, earlier.Until(id)), ruleSpans(c.Snapshot, later.Until(id))
		if maps.Equal(was, is) || held.HasAll(SystemAtoms(before, id).Union(SystemAtoms(c.Snapshot, id))) {
			continue
		}
		name := ""
		for _, r := range before.ConnectionRules() {
			if was[r.ID] != is[r.ID] {
				name = r.Name
				break
			}
		}
		return &Error{
			Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
			Hint: "CONNECTION RULE '" + name + "' would be about other accounts, one of which holds more of the system than you do",
		}
	}
	return nil
}

// ruleSpans are the rules that name accounts, roles or groups and are about somebody, and until when each is, by when what
// he holds ends. A rule that would be about him for another time is about somebody else, too: nobody asks when it ends.
func ruleSpans(s *catalog.Snapshot, until map[principal.ID]int64) map[catalog.ID]int64 {
	about := map[catalog.ID]int64{}
	for _, r := range s.ConnectionRules() {
		for _, id := range r.Users {
			if at := until[id]; at > about[r.ID] {
				about[r.ID] = at
			}
		}
	}
	return about
}

// usersIn are the users among some principals and all that are in them, before a change or after it, by way of those that
// count.
func usersIn(before, after *catalog.Snapshot, some []principal.ID, counts func(*catalog.Principal) bool) (users []principal.ID) {
	seen := map[principal.ID]bool{}
	open := slices.Clone(some)
	for i := 0; i < len(open); i++ {
		id := open[i]
		if seen[id] {
			continue
		}
		seen[id] = true
		for _, s := range []*catalog.Snapshot{before, after} {
			p := s.PrincipalByID(id)
			if p == nil || !counts(p) {
				continue
			}
			if p.Kind == catalog.KindUser && !slices.Contains(users, id) {
				users = append(users, id)
			}
			if id == catalog.Public {
				for _, p := range s.Principals() {
					if p.Kind == catalog.KindUser {
						open = append(open, p.ID)
					}
				}
			}
			for _, m := range s.MembersOf(id) {
				open = append(open, m.Member)
			}
		}
	}
	return users
}

// EndsKeepOut says whether the rules let nobody in any more who holds SYSTEM ADMIN, when what is held for a time has ended.
func EndsKeepOut(before, after *catalog.Snapshot) bool {
	return adminAdmitted(before, true) && !adminAdmitted(after, true)
}

// adminAdmitted says whether the rules let somebody in who holds SYSTEM ADMIN, from anywhere: now, or for good, when what
// is held for a time has ended.
func adminAdmitted(s *catalog.Snapshot, forGood bool) bool {
	var holders []principal.ID
	for _, g := range s.GrantsOn(catalog.System) {
		if g.Atoms.Has(privilege.SysAdmin) && (!forGood || !g.Ends.Atoms().Has(privilege.SysAdmin)) {
			holders = append(holders, g.Grantee)
		}
	}
	unlocked := func(p *catalog.Principal) bool { return p.Kind == catalog.KindUser || !p.Locked }
	users := usersIn(s, s, holders, unlocked)
	return slices.ContainsFunc(users, func(id principal.ID) bool {
		if is := ProxyOf(s, id); is != nil && !(is.Acts() && slices.Contains(users, is.ID)) {
			return false // he is somebody else from his login on, or nobody
		}
		p := s.PrincipalByID(id)
		if p == nil || p.Locked || !forGood {
			return p != nil && !p.Locked && s.AdmitsAnywhere(id, nil)
		}
		counting := grant.Counting(s, id)
		return slices.ContainsFunc(holders, func(by principal.ID) bool { return counting[by] }) && s.AdmitsAnywhere(id, HeldForGood(s, id))
	})
}

// HeldForGood are a user and what he holds that does not end by itself.
func HeldForGood(s *catalog.Snapshot, id principal.ID) []principal.ID {
	return slices.Collect(maps.Keys(grant.Lasting(s, id)))
}
