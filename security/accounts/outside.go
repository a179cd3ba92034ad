package accounts

import (
	"context"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// What the server itself does with the accounts of the company's directory. No
// session's user asks for it, so it checks nobody's rights: the directory has
// spoken. It touches outside users and groups and no others, so that an entry
// of the directory can never take over an account of this database.

// AddOutsideUser makes a user whom the directory has just proved, with his home
// database. Errors: ErrExists, ErrInvalid for a name that no account can have.
func (a *Accounts) AddOutsideUser(ctx context.Context, name string) error {
	if err := looksLikeForm("CREATE USER", name); err != nil {
		return err
	}
	return a.change(ctx, a.root(), func(c *Tx) error {
		return c.CreateUser("CREATE USER", &catalog.Principal{Name: name, Plugin: catalog.PluginLDAP})
	})
}

// PinEntry writes down which entry of the directory has proved an outside user, once: another one is another person from
// then on. An account that is no longer in the state of epoch is left as it is.
func (a *Accounts) PinEntry(ctx context.Context, user principal.ID, epoch uint64, uuid string) error {
	return a.opts.Catalog.Update(ctx, func(tx *catalog.Tx) error {
		p := tx.PrincipalByID(user)
		if p == nil || p.Kind != catalog.KindUser || !p.Outside() || p.Epoch != epoch || p.DirectoryUUID != "" {
			return nil
		}
		changed := p.Clone()
		changed.DirectoryUUID = uuid
		return tx.PutPrincipal(changed)
	})
}

// SetOutsideGroups makes an outside user a direct member of exactly those
// outside groups that are named; names that the catalog does not have are
// passed over. It changes nothing for any other user, nor for an account that is
// no longer in the state of epoch: it may have become another entry's while the
// directory was asked. Epoch 0 is any state.
func (a *Accounts) SetOutsideGroups(ctx context.Context, user principal.ID, epoch uint64, groups []string) error {
	wanted := folded(groups)
	diff := func(s *catalog.Snapshot) (join, leave []membershipKey) {
		p := s.PrincipalByID(user)
		if p == nil || p.Kind != catalog.KindUser || !p.Outside() || epoch != 0 && p.Epoch != epoch {
			return nil, nil
		}
		for _, g := range s.Principals() {
			if g.Kind == catalog.KindGroup && g.Outside() {
				join, leave = compare(s, membershipKey{user, g.ID}, wanted[catalog.FoldOutside(g.Name)], join, leave)
			}
		}
		return join, leave
	}
	return a.setMemberships(ctx, diff)
}

// SetOutsideMembers makes those outside users that are named, and no other
// outside users, direct members of an outside group. Users whom the directory
// calls otherwise are left as they are: SetOutsideGroups is for them.
func (a *Accounts) SetOutsideMembers(ctx context.Context, group string, users []string) error {
	wanted := folded(users)
	diff := func(s *catalog.Snapshot) (join, leave []membershipKey) {
		g := s.Principal(group)
		if g == nil || g.Kind != catalog.KindGroup || !g.Outside() {
			return nil, nil
		}
		for _, p := range s.Principals() {
			if p.Kind == catalog.KindUser && p.Outside() && p.DirectoryName == "" {
				join, leave = compare(s, membershipKey{p.ID, g.ID}, wanted[catalog.FoldOutside(p.Name)], join, leave)
			}
		}
		return join, leave
	}
	return a.setMemberships(ctx, diff)
}

// EndOutside ends the sessions of an outside user whom the directory no longer
// knows, and his memberships in its groups.
func (a *Accounts) EndOutside(ctx context.Context, user principal.ID) error {
	if err := a.SetOutsideGroups(ctx, user, 0, nil); err != nil {
		return err
	}
	return a.opts.Catalog.Update(ctx, func(tx *catalog.Tx) error {
		p := tx.PrincipalByID(user)
		if p == nil || !p.Outside() {
			return nil
		}
		changed := p.Clone()
		changed.Epoch++ // what was proved before no longer counts
		return tx.PutPrincipal(changed)
	})
}

// MapOutsideGroups makes each outside group a member of the roles and groups of
// this database that the configuration maps it to, and ends the memberships
// that an earlier configuration made. What cannot be mapped is returned: roles
// that do not exist, and groups whose name something of this database has. Such
// a group gets nothing: who may make accounts would have it with members of his
// choice.
func (a *Accounts) MapOutsideGroups(ctx context.Context, mapped map[string][]string) (missing []string, err error) {
	err = a.opts.Catalog.Update(ctx, func(tx *catalog.Tx) error {
		missing = nil
		wanted := map[membershipKey]bool{}
		for group, roles := range mapped {
			if p := tx.Principal(group); p != nil && !IsOutsideGroup(p, group) {
				missing = append(missing, group)
				continue
			}
			if err := AddOutsideGroup(tx, group); err != nil {
				return err
			}
			member := tx.Principal(group)
			for _, name := range roles {
				role := tx.Principal(name)
				if role == nil || role.Kind != catalog.KindRole && role.Kind != catalog.KindGroup || role.Outside() {
					missing = append(missing, name)
					continue
				}
				wanted[membershipKey{member.ID, role.ID}] = true
			}
		}
		return configureMemberships(tx, wanted)
	})
	return missing, err
}

// configureMemberships makes the memberships of outside groups that the
// configuration asks for. SystemGrantor marks them, so that what a GRANT made
// is left alone.
func configureMemberships(tx *catalog.Tx, wanted map[membershipKey]bool) error {
	for _, g := range tx.Principals() {
		if g.Kind != catalog.KindGroup || !g.Outside() {
			continue
		}
		for _, m := range slices.Clone(tx.MembershipsOf(g.ID)) {
			if wanted[membershipKey{m.Member, m.Role}] {
				continue
			}
			if _, err := tx.EndGiven(*m, func(g catalog.Giver) bool { return g.By == catalog.SystemGrantor }); err != nil {
				return err
			}
		}
	}
	for k := range wanted {
		if old := tx.Membership(k.member, k.role); old != nil && old.NextEnd() != 0 { // which would end
			m := *old
			givers := slices.DeleteFunc(slices.Clone(m.Given()), func(g catalog.Giver) bool { return g.Grantor == catalog.SystemGrantor && g.Until != 0 })
			if !slices.ContainsFunc(givers, func(g catalog.Giver) bool { return g.Grantor == catalog.SystemGrantor }) {
				givers = append(givers, catalog.Giver{Grantor: catalog.SystemGrantor, By: catalog.SystemGrantor})
			}
			m.SetGiven(givers)
			if err := tx.PutMembership(&m); err != nil {
				return err
			}
			continue
		} else if old != nil {
			continue
		}
		if err := tx.PutMembership(&catalog.Membership{Member: k.member, Role: k.role, Grantor: catalog.SystemGrantor}); err != nil {
			return err
		}
	}
	return nil
}

// configured says whether ldap-role-map has made a membership of a group of the directory.
func configured(m *catalog.Membership) bool {
	return slices.ContainsFunc(m.Given(), func(g catalog.Giver) bool { return g.By == catalog.SystemGrantor })
}

// mayForget asks of who drops a group of the directory. Its members are whoever the directory says, and what it holds is
// theirs: USER ADMIN, who takes nothing of that from the group, takes it no more with the group. What ldap-role-map says of
// one would be lost until the next start, and anybody's group could have the name by then.
func (c *Tx) mayForget(op string, p *catalog.Principal) error {
	if !p.Outside() {
		return nil
	}
	roles := c.MembershipsOf(p.ID)
	for _, m := range roles {
		if role := c.PrincipalByID(m.Role); configured(m) && role != nil {
			return &Error{
				Kind: ErrInvalid, Operation: op, Name: p.Name, Reason: "ldap-role-map makes its members those of '" + role.Name + "'",
				Hint: "take it out of the server's settings; where no directory is set any more, SYSTEM ADMIN takes '" + role.Name + "' from it by REVOKE before",
			}
		}
	}
	if !c.admin() && len(roles)+len(c.GrantsTo(p.ID)) > 0 {
		return &Error{
			Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
			Hint: "something was granted to the directory's group, and so to its members: who granted it takes it back",
		}
	}
	return nil
}

// notMapped asks of who takes a role or group away, or its name, that ldap-role-map gives to a group of the directory:
// it ends for all who are in that, and at the next start the settings mean whatever has the name then.
func (c *Tx) notMapped(p *catalog.Principal) error {
	if c.admin() || p.Outside() {
		return nil
	}
	for _, m := range c.MembersOf(p.ID) {
		if member := c.PrincipalByID(m.Member); member != nil && member.Kind == catalog.KindGroup && member.Outside() && configured(m) {
			return &Error{
				Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String(),
				Hint: "ldap-role-map gives it to a group of the company's directory",
			}
		}
	}
	return nil
}

// IsOutsideGroup says whether p is the group that the directory calls by a name.
func IsOutsideGroup(p *catalog.Principal, name string) bool {
	return p.Kind == catalog.KindGroup && p.Outside() && catalog.FoldOutside(p.Name) == catalog.FoldOutside(name)
}

// looksLikeForm refuses an entry of the directory whose name is a form of names here: people who may name themselves there
// would be taken for another, in lists and where somebody writes GRANT.
func looksLikeForm(op, name string) error {
	folded := strings.ToLower(strings.TrimSpace(name))
	if !strings.HasPrefix(folded, "@") && !strings.HasPrefix(folded, "ldapgroup:") {
		return nil
	}
	return &Error{
		Kind: ErrName, Operation: op, Name: name, Reason: "'" + name + "' is a form of names of this database's own",
		Hint: "rename the entry in the directory, or CREATE USER … IDENTIFIED WITH ldap AS its name",
	}
}

type membershipKey struct{ member, role principal.ID }

func folded(names []string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, name := range names {
		out[catalog.FoldOutside(name)] = true
	}
	return out
}

func compare(s *catalog.Snapshot, k membershipKey, want bool, join, leave []membershipKey) (joined, left []membershipKey) {
	switch have := s.Membership(k.member, k.role) != nil; {
	case want && !have:
		join = append(join, k)
	case have && !want:
		leave = append(leave, k)
	}
	return join, leave
}

// setMemberships applies a difference, which it computes again in the
// transaction. Most look-ups find nothing to change and write nothing.
func (a *Accounts) setMemberships(ctx context.Context, diff func(*catalog.Snapshot) (join, leave []membershipKey)) error {
	if join, leave := diff(a.opts.Catalog.Snapshot()); len(join)+len(leave) == 0 {
		return nil
	}
	return a.opts.Catalog.Update(ctx, func(tx *catalog.Tx) error {
		join, leave := diff(tx.Snapshot)
		for _, k := range leave {
			if err := tx.DropMembership(k.member, k.role); err != nil {
				return err
			}
		}
		for _, k := range join {
			if err := tx.PutMembership(&catalog.Membership{Member: k.member, Role: k.role, Grantor: catalog.SystemGrantor}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddOutsideGroup makes the catalog's record of a group of the directory, unless
// there is a group of that name. It asks for nobody's rights.
func AddOutsideGroup(tx *catalog.Tx, name string) error {
	if p := tx.Principal(name); p != nil && p.Kind == catalog.KindGroup {
		return nil
	}
	c := &Tx{Tx: tx}
	return c.create("GRANT", &catalog.Principal{Name: name, Plugin: catalog.PluginLDAP}, catalog.KindGroup)
}
