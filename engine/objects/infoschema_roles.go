package objects

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// The tables of information_schema about roles: those of the session, as MySQL shows
// them, from the catalog.

// yes is a column that says YES or NO.
func yes(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// hostOf is the host part of an account as tables show it.
func hostOf(p *catalog.Principal) string {
	if p.Host == "" {
		return "%"
	}
	return p.Host
}

// applicableRoles visits the memberships in roles that count for the session's user:
// his own, those of his groups and roles, and those of everybody, each once.
func applicableRoles(s *state.Session, visit func(member, role *catalog.Principal, m *catalog.Membership)) {
	snap, id := s.Inst.Cat.Snapshot(), s.Self()
	if id == 0 {
		return
	}
	for _, from := range append([]principal.ID{id, catalog.Public}, snap.Held(id, false)...) {
		for _, m := range snap.MembershipsOf(from) {
			member, role := snap.PrincipalByID(m.Member), snap.PrincipalByID(m.Role)
			if role != nil && role.Kind == catalog.KindRole && !role.Locked {
				visit(member, role, m)
			}
		}
	}
}

// roleRow is a row of APPLICABLE_ROLES and of its part that one may pass on.
func roleRow(s *state.Session, member, role *catalog.Principal, m *catalog.Membership) sql.Row {
	user := s.Inst.Cat.Snapshot().PrincipalByID(s.User.ID())
	if member.ID == catalog.Public {
		member = user // it is everybody's
	}
	return sql.Row{
		user.LoginName(), hostOf(user), member.LoginName(), hostOf(member), role.Name, "%", yes(m.Admin),
		yes(slices.Contains(user.DefaultRoles, role.ID)), yes(m.Member == catalog.Public),
	}
}

func applicableRoleRows(_ *sql.Context, s *state.Session) (out []sql.Row) {
	applicableRoles(s, func(member, role *catalog.Principal, m *catalog.Membership) {
		out = append(out, roleRow(s, member, role, m))
	})
	return out
}

func administrableRoleRows(_ *sql.Context, s *state.Session) (out []sql.Row) {
	applicableRoles(s, func(member, role *catalog.Principal, m *catalog.Membership) {
		if m.Admin {
			out = append(out, roleRow(s, member, role, m))
		}
	})
	return out
}

// enabledRoleRows are the roles that count in the session, with what they hold.
func enabledRoleRows(_ *sql.Context, s *state.Session) (out []sql.Row) {
	snap := s.Inst.Cat.Snapshot()
	user := snap.PrincipalByID(s.Self())
	if user == nil {
		return nil
	}
	for _, id := range s.Rights.Holders() {
		if p := snap.PrincipalByID(id); p != nil && p.Kind == catalog.KindRole {
			mandatory := snap.Membership(catalog.Public, id) != nil
			out = append(out, sql.Row{p.Name, "%", yes(user != nil && slices.Contains(user.DefaultRoles, id)), yes(mandatory)})
		}
	}
	return out
}

// The order of the members of the sets in ROLE_TABLE_GRANTS and ROLE_ROUTINE_GRANTS.
var (
	tableSet = []privilege.Atom{
		privilege.Select, privilege.Insert, privilege.Update, privilege.Delete, privilege.Create, privilege.Drop, privilege.Grant,
		privilege.References, privilege.Index, privilege.Alter, privilege.CreateView, privilege.ShowView, privilege.Trigger,
	}
	routineSet = []privilege.Atom{privilege.Execute, privilege.AlterRoutine, privilege.Grant}
)

// setOf writes atoms as the bits of a SET.
func setOf(atoms privilege.Set, members []privilege.Atom) (bits uint64) {
	for i, a := range members {
		if atoms.Has(a) {
			bits |= 1 << i
		}
	}
	return bits
}

// roleGrants visits the grants on objects of a kind to the roles that count in the
// session.
func roleGrants(s *state.Session, kinds []privilege.Kind, visit func(grantor, grantee *catalog.Principal, g *catalog.Grant, object catalog.Object, database string)) {
	snap := s.Inst.Cat.Snapshot()
	for _, id := range s.Rights.Holders() {
		role := snap.PrincipalByID(id)
		if role == nil || role.Kind != catalog.KindRole {
			continue
		}
		for _, g := range snap.GrantsTo(id) {
			object := snap.Object(g.Object)
			db := snap.DatabaseByID(object.Database)
			if !slices.Contains(kinds, object.Kind) || db == nil {
				continue
			}
			grantor := snap.PrincipalByID(g.Grantor)
			if grantor == nil {
				grantor = snap.PrincipalByID(catalog.Root)
			}
			visit(grantor, role, g, object, db.Name)
		}
	}
}

func roleTableRows(_ *sql.Context, s *state.Session) (out []sql.Row) {
	roleGrants(s, []privilege.Kind{privilege.KindTable, privilege.KindView},
		func(grantor, grantee *catalog.Principal, g *catalog.Grant, object catalog.Object, database string) {
			out = append(out, sql.Row{
				grantor.LoginName(), hostOf(grantor), grantee.Name, "%", infoCatalog, database, object.Name,
				setOf(g.Atoms, tableSet), yes(g.Options != 0),
			})
		})
	return out
}

func roleRoutineRows(_ *sql.Context, s *state.Session) (out []sql.Row) {
	roleGrants(s, []privilege.Kind{privilege.KindRoutine},
		func(grantor, grantee *catalog.Principal, g *catalog.Grant, object catalog.Object, database string) {
			out = append(out, sql.Row{
				grantor.LoginName(), hostOf(grantor), grantee.Name, "%", infoCatalog, database, object.Name,
				infoCatalog, database, object.Name, setOf(g.Atoms, routineSet), yes(g.Options != 0),
			})
		})
	return out
}

// defaultRoles lists the default roles of a user that he still holds.
func defaultRoles(snap *catalog.Snapshot, p *catalog.Principal) (out []*catalog.Principal) {
	open := accounts.Activatable(snap, p.ID)
	for _, id := range p.DefaultRoles {
		if role := snap.PrincipalByID(id); role != nil && slices.Contains(open, id) {
			out = append(out, role)
		}
	}
	return out
}
