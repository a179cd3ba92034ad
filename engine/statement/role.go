package statement

import (
	"errors"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

func roleNames(list []dialect.Account) ([]string, error) {
	names := make([]string, len(list))
	for i, a := range list {
		if a.Host != "" && a.Host != "%" {
			return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'roles with a host part': '%s'@'%s'", a.Name, a.Host).
				WithHint("write %s alone: nobody logs in as a role", a.Name)
		}
		names[i] = a.Name
		if err := accounts.CheckName("", a.Name); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func runCreateRole(s *Call, n *dialect.CreateRole) ([]sql.Row, error) {
	if n.OrReplace && n.IfNotExists {
		return nil, replaceOrLeave()
	}
	names, err := roleNames(n.Roles)
	if err != nil {
		return nil, err
	}
	if err := s.knownSchema(n.Options.DefaultSchema, nil); err != nil {
		return nil, err
	}
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, name := range names {
			if err := s.replaces(n.OrReplace, c, name, catalog.KindRole); err != nil {
				return err
			}
			rec := &catalog.Principal{Name: name}
			if o := n.Options; o.Comment != nil {
				rec.Comment = *o.Comment
			}
			if o := n.Options; o.DefaultSchema != nil {
				rec.DefaultSchema = *o.DefaultSchema
			}
			if err := c.CreateRole(rec); err != nil && !s.skip(n.IfNotExists, err, accounts.ErrExists) {
				return err
			}
		}
		return nil
	})
}

func runAlterRole(s *Call, n *dialect.AlterRole) ([]sql.Row, error) {
	list := []dialect.Account{n.Role}
	if n.Rename != nil {
		list = append(list, *n.Rename)
	}
	names, err := roleNames(list)
	if err != nil {
		return nil, err
	}
	rename := ""
	if len(names) > 1 {
		rename = names[1]
	}
	if err := s.knownSchema(n.Options.DefaultSchema, nil); err != nil {
		return nil, err
	}
	change := accounts.RoleChange{Rename: rename, Comment: n.Options.Comment, DefaultSchema: n.Options.DefaultSchema}
	return nil, s.changeAccounts(func(c *accounts.Tx) error { return c.AlterRole(names[0], change) })
}

func runDropRole(s *Call, n *dialect.DropRole) ([]sql.Row, error) {
	names, err := roleNames(n.Roles)
	if err != nil {
		return nil, err
	}
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, name := range names {
			if err := c.DropRole(name); err != nil && !s.skip(n.IfExists, err, accounts.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

func runGrantRoles(s *Call, n *dialect.GrantRoles) ([]sql.Row, error) {
	roles, err := roleNames(n.Roles)
	if err != nil {
		return nil, err
	}
	until, err := s.until(n.End)
	if err != nil {
		return nil, err
	}
	change := func(tx *catalog.Tx) error {
		c := s.Accounts().In(tx, s.Who())
		return s.eachMember(tx, n.Grantees, roles, false, func(role string, member principal.ID) error {
			return c.GrantRole(role, member, n.AdminOption, until)
		})
	}
	if s.Outside() != nil && namesGroups(n.Grantees) {
		return nil, s.withOutsideGroups(n.Grantees, change)
	}
	return nil, s.Update(s.Context, change)
}

func runRevokeRoles(s *Call, n *dialect.RevokeRoles) ([]sql.Row, error) {
	roles, err := roleNames(n.Roles)
	if err != nil {
		return nil, err
	}
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		return s.eachMember(c.Tx, n.Grantees, roles, n.IgnoreUnknownUser, func(role string, member principal.ID) error {
			err := c.RevokeRole(role, member, n.AdminOptionFor, n.Behaviour == dialect.Restrict)
			if err != nil && (s.skip(n.IfExists, err, accounts.ErrNotHeld) || s.skip(n.IfExists, err, accounts.ErrUnknown)) {
				return nil
			}
			return err
		})
	})
}

// eachMember runs a change for each pair of a role and a grantee. Who may not pass
// a role on does not learn whether a grantee exists: the change is asked about
// himself first.
func (s *Call) eachMember(tx *catalog.Tx, list []dialect.Grantee, roles []string, skipUnknown bool, change func(string, principal.ID) error) error {
	for _, g := range list {
		member, err := s.grantee(tx.Snapshot, g)
		if err != nil && !s.HasSystem(privilege.UserAdmin) {
			for _, role := range roles {
				var denied *accounts.Error
				if refused := change(role, s.Who().ID()); errors.As(refused, &denied) && denied.Kind == accounts.ErrDenied {
					return refused
				}
			}
		}
		switch {
		case err != nil && skipUnknown:
			s.Warn(int(unknownAccount(g).Number), "%s", unknownAccount(g).Message)
			continue
		case err != nil && g.Kind != dialect.GranteeLDAPGroup:
			return unknownAccount(g)
		case err != nil:
			return err
		}
		for _, role := range roles {
			if err := change(role, member); err != nil {
				return err
			}
		}
	}
	return nil
}

// runSetRole chooses which of the user's roles count from now on. What is named
// must be his; what he loses later counts no more.
func runSetRole(s *Call, n *dialect.SetRole) ([]sql.Row, error) {
	snap := s.Snapshot()
	open := accounts.Activatable(snap, s.Who().ID())
	names, err := roleNames(n.Roles)
	if err != nil {
		return nil, err
	}
	var ids []principal.ID
	for _, name := range names {
		p := snap.Principal(name)
		if p == nil || !slices.Contains(open, p.ID) {
			return nil, notGranted(name, s.Who().Name())
		}
		ids = append(ids, p.ID)
	}
	return nil, s.SetRoles(n.Set, ids)
}

func maySetDefaultRole(s *Call, n *dialect.SetDefaultRole) error {
	for _, a := range n.Users {
		if err := mayChange(s, "SET DEFAULT ROLE", a); err != nil {
			return err
		}
	}
	return nil
}

func runSetDefaultRole(s *Call, n *dialect.SetDefaultRole) ([]sql.Row, error) {
	roles, err := roleNames(n.Roles)
	if err != nil {
		return nil, err
	}
	return nil, s.ownAccounts(func(c *accounts.Tx) error {
		for _, a := range n.Users {
			user, err := s.existing("SET DEFAULT ROLE", a)
			if err == nil {
				err = s.refuseOwnProxied(user)
			}
			if err != nil {
				return err
			}
			if err := c.SetDefaultRoles("SET DEFAULT ROLE", user, n.Set == dialect.RolesAll, roles); err != nil {
				return err
			}
		}
		return nil
	})
}
