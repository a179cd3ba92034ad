package statement

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

func mayShowGrants(s *Call, n *dialect.ShowGrants) error {
	if n.For == nil || s.names(*n.For) {
		return nil
	}
	return s.RequireSystem(privilege.UserAdmin)
}

func (s *Call) rootIsAdmin(snap *catalog.Snapshot) bool {
	return slices.ContainsFunc(snap.GrantsToOn(catalog.Root, catalog.System), func(g *catalog.Grant) bool {
		return g.Options.Has(privilege.SysAdmin)
	})
}

// rolesUsed are the roles whose grants SHOW GRANTS counts as the user's: those that
// USING names, and for oneself those that are active.
func (s *Call) rolesUsed(snap *catalog.Snapshot, id principal.ID, n *dialect.ShowGrants) ([]principal.ID, error) {
	own := n.For == nil || n.For.Account.Current
	if own && len(n.Using) == 0 {
		return s.ActiveRoles(), nil
	}
	names, err := roleNames(n.Using)
	if err != nil {
		return nil, err
	}
	var ids []principal.ID
	open := accounts.Activatable(snap, id)
	for _, name := range names {
		p := snap.Principal(name)
		if p == nil || !slices.Contains(open, p.ID) {
			return nil, notGranted(name, snap.PrincipalByID(id).Name)
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
}

// names says whether a statement names the session's own user.
func (s *Call) names(g dialect.Grantee) bool {
	id, err := s.grantee(s.Snapshot(), g)
	return err == nil && id == s.Who().ID()
}

// grantsTitle is the name of the column as MySQL has it, which programs look for.
func grantsTitle(n *dialect.ShowGrants, user string) []string {
	if n.For == nil || n.For.Account.Current {
		if !strings.Contains(user, "@") {
			user += "@%"
		}
		return []string{"Grants for " + user}
	}
	g := *n.For
	switch {
	case g.Kind == dialect.GranteePublic:
		return []string{"Grants for PUBLIC"}
	case g.Kind == dialect.GranteeLDAPGroup:
		return []string{"Grants for ldapGroup:" + g.Account.Name}
	case g.Account.Host == "":
		g.Account.Host = "%"
	}
	return []string{"Grants for " + g.Account.Name + "@" + g.Account.Host}
}

// usage is MySQL's first line of a user or role that holds nothing on the system.
func usage(p *catalog.Principal) string {
	if p.Kind != catalog.KindUser && p.Kind != catalog.KindRole {
		return ""
	}
	return "GRANT USAGE ON *.* TO " + grant.Account(p)
}

// everywhere says whether a line is of the system.
func everywhere(line string) bool {
	return strings.HasPrefix(line, "GRANT ") && strings.Contains(line, " ON *.* TO ")
}

// withPatterns writes patterns of databases so that they are read as such where
// partial_revokes makes % and _ in db.* themselves.
func (s *Call) withPatterns(snap *catalog.Snapshot, line string) string {
	if !PartialRevokes() {
		return line
	}
	for _, scope := range snap.Scopes(0) {
		if scope.Of == catalog.ScopeDatabases && catalog.IsWild(scope.Pattern) {
			line = strings.Replace(line, " ON "+grant.Quote(scope.Pattern)+".* ", " ON SCHEMAS LIKE "+lex.ShowString(scope.Pattern, s.Reading())+" ", 1)
		}
	}
	return line
}

func runShowGrants(s *Call, n *dialect.ShowGrants) ([]sql.Row, error) {
	snap := s.Snapshot()
	id := s.Who().ID()
	if n.For != nil {
		var err error
		if id, err = s.grantee(snap, *n.For); err != nil {
			return nil, sqlerr.NonexistingGrant.Errorf("There is no such grant defined for user '%s'", n.For.Account.Name)
		}
	}
	using, err := s.rolesUsed(snap, id, n)
	if err != nil {
		return nil, err
	}
	var out []sql.Row
	if id == catalog.Root && s.rootIsAdmin(snap) && !s.BlindAdmins() { // what programs look for that ask whether root may do everything
		out = append(out, sql.Row{"GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"})
	}
	lines := grant.Show(snap, id, using...)
	home := grant.ShowHome(snap, id)
	if first := usage(snap.PrincipalByID(id)); len(out) == 0 && first != "" && (home != "" || !slices.ContainsFunc(lines, everywhere)) {
		out = append(out, sql.Row{first}) // it is first for who reads whose grants these are
		lines = slices.DeleteFunc(lines, func(line string) bool { return line == first })
	}
	if home != "" {
		out = append(out, sql.Row{home})
	}
	for _, line := range append(lines, grant.ShowThrough(snap, id)...) {
		out = append(out, sql.Row{s.withPatterns(snap, line)})
	}
	return out, nil
}
