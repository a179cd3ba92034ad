package statement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

func runCreateGroup(s *Call, n *dialect.CreateGroup) ([]sql.Row, error) {
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, name := range n.Groups {
			if err := c.CreateGroup(&catalog.Principal{Name: name}); err != nil && !s.skip(n.IfNotExists, err, accounts.ErrExists) {
				return err
			}
		}
		return nil
	})
}

func runAlterGroup(s *Call, n *dialect.AlterGroup) ([]sql.Row, error) {
	const op = "ALTER GROUP"
	members := make([]accounts.Member, len(n.Members))
	for i, m := range n.Members {
		members[i] = accounts.Member{Name: m.Account.Name, Kind: catalog.KindGroup}
		if !m.Group {
			name, err := s.existing(op, m.Account)
			if err != nil {
				return nil, err
			}
			members[i] = accounts.Member{Name: name, Kind: catalog.KindUser}
		}
	}
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		switch {
		case n.Rename != "":
			return c.RenameGroup(n.Group, n.Rename)
		case n.Add:
			return c.AddMembers(op, n.Group, members)
		}
		return c.RemoveMembers(op, n.Group, members)
	})
}

// runFlush has nothing to do: see dialect.Flush, which refuses the rest.
func runFlush(s *Call, n *dialect.Flush) ([]sql.Row, error) {
	if slices.Contains(n.What, "USER_RESOURCES") {
		s.ForgetUsage()
	}
	return nil, nil
}

func runDropGroup(s *Call, n *dialect.DropGroup) ([]sql.Row, error) {
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, name := range n.Groups {
			if err := c.DropGroup(name); err != nil && !s.skip(n.IfExists, err, accounts.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

// runShowGroups lists all groups with their members to who administers accounts,
// and to everyone else the names of those that he is in.
func runShowGroups(s *Call, _ *dialect.ShowGroups) ([]sql.Row, error) {
	snap := s.Snapshot()
	admin := s.HasSystem(privilege.UserAdmin)
	held := snap.Held(s.Who().ID(), false)
	var out []sql.Row
	for _, g := range snap.Principals() {
		switch {
		case g.Kind != catalog.KindGroup:
		case admin:
			users, groups := memberNames(snap, g.ID)
			out = append(out, sql.Row{g.Name, strings.Join(users, ","), strings.Join(groups, ",")})
		case slices.Contains(held, g.ID):
			out = append(out, sql.Row{g.Name, nil, nil})
		}
	}
	return out, nil
}

// memberNames lists the direct members of a group.
func memberNames(snap *catalog.Snapshot, group principal.ID) (users, groups []string) {
	for _, m := range snap.MembersOf(group) {
		switch p := snap.PrincipalByID(m.Member); p.Kind {
		case catalog.KindUser:
			users = append(users, p.Name)
		case catalog.KindGroup:
			groups = append(groups, p.Name)
		}
	}
	slices.Sort(users)
	slices.Sort(groups)
	return users, groups
}

func mayShowSecurity(s *Call, n *dialect.ShowSecurity) error {
	for _, g := range n.For {
		if !s.names(g) {
			return s.RequireSystem(privilege.UserAdmin)
		}
	}
	return nil
}

// anonymous is Kinetica's user of who has not logged in. Here nobody does anything
// without a login: what everybody has is all that he would have.
const anonymous = "anonymous"

// runShowSecurity lists what principals may do and through whom. Everyone sees
// himself; the others are for who administers accounts.
func runShowSecurity(s *Call, n *dialect.ShowSecurity) ([]sql.Row, error) {
	snap := s.Snapshot()
	admin := s.HasSystem(privilege.UserAdmin)
	type asked struct {
		id   principal.ID
		name string
	}
	var ids []asked
	ask := func(id principal.ID, name string) {
		if a := (asked{id, name}); !slices.Contains(ids, a) { // nobody is listed twice
			ids = append(ids, a)
		}
	}
	for _, g := range n.For {
		id, err := s.grantee(snap, g)
		if err != nil && strings.EqualFold(g.Account.Name, anonymous) && g.Account.Host == "" {
			ask(catalog.Public, anonymous)
			continue
		}
		if err != nil { // its words are for GRANT, and speak of creating users
			return nil, cannotUser("SHOW SECURITY", g.Account.Name).WithHint("SHOW USERS and SHOW GROUPS list whom it can be for")
		}
		ask(id, grant.Display(snap.PrincipalByID(id)))
	}
	if ids == nil {
		for _, p := range snap.Principals() {
			if admin || p.ID == s.Who().ID() {
				ask(p.ID, grant.Display(p))
			}
		}
	}
	var out []sql.Row
	for _, of := range ids {
		for _, r := range grant.Security(snap, of.id) {
			if r.Less != 0 && r.Via != "direct" && !admin && !s.seesDatabase(r.Less) {
				continue // it would name the database to him
			}
			grantable := "NO"
			if r.Grantable {
				grantable = "YES"
			}
			out = append(out, sql.Row{of.name, r.Privilege, r.Object, r.Via, grantable})
		}
	}
	return out, nil
}

// runRefreshLDAPGroup reads the members of a group of the company's directory. The
// groups of the bundled directory are the catalog's, so there is nothing to
// fetch: every change of theirs is in force when it is made.
func runRefreshLDAPGroup(s *Call, n *dialect.RefreshLDAPGroup) ([]sql.Row, error) {
	name := n.Group
	p, outside := s.Snapshot().Principal(name), s.Outside()
	switch {
	case p != nil && p.Kind != catalog.KindGroup, p == nil && outside == nil:
		return nil, unknownGroup(name)
	case p == nil: // nobody has granted it anything, so there is nothing of it here
		_, err := s.lookUpGroups([]string{name})
		return nil, err
	case !p.Outside():
		return nil, nil
	case outside == nil:
		return nil, noOutside(name)
	}
	if err := outside.Refresh(s.Context, p.Name); err != nil {
		return nil, s.outsideFault(err)
	}
	return nil, nil
}

// runBindNames binds what earlier releases did not.
func runBindNames(s *Call, _ *dialect.BindNames) ([]sql.Row, error) {
	n, err := s.BindNames(s.Context)
	if err == nil {
		s.warn(grant.Notes{fmt.Sprintf("%d names bound", n)})
	}
	return nil, err
}
