package accounts

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// A membership in a role is the gift of whose right to pass the role on was used, as a grant on
// an object is: of the administrators, for whom who made the role gives, too, or of a principal
// that holds it WITH ADMIN OPTION. When that is lost, what hung on it goes.

// givesBy is by whose right the actor passes a role on: SystemGrantor for SYSTEM ADMIN and for who
// made it, as long as it holds nothing of the system that he does not hold, too; or who holds it WITH ADMIN OPTION, himself before his
// roles and groups. ok is false for who may not.
func (c *Tx) givesBy(role *catalog.Principal) (by principal.ID, ok bool) {
	if c.heldSystem().Has(privilege.SysAdmin) {
		return catalog.SystemGrantor, true
	}
	if role.Creator != 0 && role.Creator == c.actor.ID() && c.rights.Live() && c.lastingSystem().HasAll(SystemAtoms(c.Snapshot, role.ID)) {
		return catalog.SystemGrantor, true
	}
	for _, id := range c.rights.Holders() {
		if m := c.Membership(id, role.ID); m != nil && m.Admin && id != catalog.Public {
			return id, true
		}
	}
	return 0, false
}

// give adds what one giver gives to a membership, or makes it. until is when that ends, in microseconds since 1970, 0 for
// never: what he gave for good stays so, and of what he gave for a time the last word counts, as of a grant.
func (c *Tx) give(member principal.ID, role *catalog.Principal, by principal.ID, admin bool, until int64) error {
	m := catalog.Membership{Member: member, Role: role.ID}
	var givers []catalog.Giver
	if old := c.Membership(member, role.ID); old != nil {
		m, givers = *old, slices.Clone(old.Given())
	}
	i := slices.IndexFunc(givers, func(g catalog.Giver) bool { return g.Grantor == by })
	if i < 0 {
		i, givers = len(givers), append(givers, catalog.Giver{Grantor: by, By: c.actor.ID(), Until: until})
	}
	g := givers[i]
	if g.By == catalog.SystemGrantor && until == 0 { // what a directory said somebody says now, too
		g.By = c.actor.ID()
	}
	switch {
	case g.Until == 0:
	case !admin || until == 0:
		g.Until = until
	default: // what gives the ADMIN OPTION takes nothing of the role
		g.Until = max(g.Until, until)
	}
	switch {
	case !admin:
	case !g.Admin, g.AdminUntil != 0:
		g.Admin, g.AdminUntil = true, until
	}
	givers[i] = g
	if old := c.Membership(member, role.ID); old != nil && slices.Equal(givers, old.Given()) {
		return nil
	}
	m.SetGiven(givers)
	return c.PutMembership(&m)
}

// settleRole takes from the memberships in a role what nobody gives any more, and says of each what was
// lost. It believes the administrators alone, and adds what those may give who have it from there,
// until nothing is added: members who only keep each other in the role are never reached.
func (c *Tx) settleRole(role *catalog.Principal) (lost []string, err error) {
	may := catalog.StillGive(c.MembersOf(role.ID))
	for _, m := range c.MembersOf(role.ID) {
		was := *m
		left, err := c.EndGiven(was, func(g catalog.Giver) bool { return !may[g.Grantor] })
		if err != nil {
			return nil, err
		}
		p := c.PrincipalByID(m.Member)
		switch now := c.Membership(m.Member, role.ID); {
		case !left:
			if err := c.mayEnd(role); err != nil {
				return nil, err
			}
			if err := c.noDefault(m.Member, role.ID); err != nil {
				return nil, err
			}
			lost = append(lost, role.Name+" from "+p.Name)
		case was.Admin && !now.Admin:
			lost = append(lost, "ADMIN OPTION FOR "+role.Name+" from "+p.Name)
		}
	}
	return lost, nil
}

// noDefault takes a role that somebody does not hold any more from his default roles.
func (c *Tx) noDefault(member, role principal.ID) error {
	p := c.PrincipalByID(member)
	if p == nil || !slices.Contains(p.DefaultRoles, role) {
		return nil
	}
	changed := p.Clone()
	changed.DefaultRoles = slices.DeleteFunc(changed.DefaultRoles, func(id principal.ID) bool { return id == role })
	return c.put("REVOKE", changed)
}

// hung settles a role after somebody lost the right to pass it on: what hung on it is told, or
// with restrict refused. Errors: ErrDependants, ErrDenied.
func (c *Tx) hung(role *catalog.Principal, restrict bool) error {
	lost, err := c.settleRole(role)
	if len(lost) > 0 && !access.May(access.As(c.rights, nil), access.System(), access.SystemPrivilege(privilege.UserAdmin), access.List) {
		lost = []string{role.Name + " from others, who had it through that"} // he may not list who has it
	}
	switch {
	case err != nil:
		return err
	case len(lost) > 0 && restrict:
		return &Error{Kind: ErrDependants, Operation: "REVOKE", Name: role.Name, Reason: "others depend on the grant: " + list(lost), Hint: "CASCADE takes it from them, too"}
	}
	for _, l := range lost {
		c.notes = append(c.notes, "also revoked: "+l)
	}
	return nil
}

// stopGiving ends what a principal that is dropped gave of the roles that it may pass on.
func (c *Tx) stopGiving(p *catalog.Principal) error {
	for _, m := range c.MembershipsOf(p.ID) {
		role := c.PrincipalByID(m.Role)
		if !m.Admin || role == nil {
			continue
		}
		if err := c.DropMembership(p.ID, role.ID); err != nil {
			return err
		}
		if err := c.hung(role, false); err != nil {
			return err
		}
	}
	return nil
}

// Notes are sentences about what else a change took away.
func (c *Tx) Notes() []string { return c.notes }

// list joins what was lost, at most shown of them.
func list(lost []string) string {
	const shown = 10
	text := ""
	for i, l := range lost[:min(len(lost), shown)] {
		if i > 0 {
			text += "; "
		}
		text += l
	}
	if n := len(lost) - shown; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// RevokeRole ends a membership, or its ADMIN OPTION, whoever gave it; what hung on that ends, too,
// unless restrict refuses. Errors: ErrDenied, ErrUnknown, ErrNotHeld, ErrMandatory, ErrDependants.
func (c *Tx) RevokeRole(name string, member principal.ID, adminOnly, restrict bool) error {
	role, err := c.passableRole(name)
	if err != nil {
		return err
	}
	p, m := c.PrincipalByID(member), c.Membership(member, role.ID)
	if m == nil || adminOnly && !m.Admin {
		if member != catalog.Public {
			if err := c.notMandatory(role); err != nil {
				return err
			}
		}
		return notHeld(role.Name, p.Name)
	}
	passed, through := m.Admin, c.Held(role.ID, true)
	if adminOnly {
		kept, givers := *m, slices.Clone(m.Given())
		for i := range givers {
			givers[i].Admin, givers[i].AdminUntil = false, 0
		}
		kept.SetGiven(givers)
		err = c.PutMembership(&kept)
	} else {
		if err := c.mayEnd(role); err != nil {
			return err
		}
		err = errors.Join(c.DropMembership(member, role.ID), c.noDefault(member, role.ID))
	}
	if err == nil && passed {
		err = c.hung(role, restrict)
	}
	if err == nil && !adminOnly && p.Kind == catalog.KindUser {
		c.tellGiven(p, role, append(through, role.ID))
	}
	return err
}

// tellGiven tells what stays with others, or with a second account of the same person, that somebody gave through a role which
// he has lost: it is the role's gift.
func (c *Tx) tellGiven(p, role *catalog.Principal, through []principal.ID) {
	now := c.Held(p.ID, true)
	through = slices.DeleteFunc(through, func(id principal.ID) bool { return slices.Contains(now, id) })
	stays := grant.GivenThrough(c.Snapshot, p.ID, through)
	for _, r := range c.Principals() {
		for _, m := range c.MembersOf(r.ID) {
			member := c.PrincipalByID(m.Member)
			if member == nil || !slices.ContainsFunc(m.Given(), func(g catalog.Giver) bool { return g.By == p.ID && slices.Contains(through, g.Grantor) }) {
				continue
			}
			stays = append(stays, r.Name+" to "+grant.Account(member))
		}
	}
	if len(stays) == 0 {
		return
	}
	what := list(stays)
	if !access.May(access.As(c.rights, nil), access.System(), access.SystemPrivilege(privilege.UserAdmin), access.List) {
		what = "what others have of it" // whom he may not list
	}
	c.notes = append(c.notes, "not revoked, as "+role.Name+" gave it and may still give it, by "+p.Name+": "+what)
}
