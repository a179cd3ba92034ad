package catalog

import (
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Principal finds a user, role or group by name.
func (s *Snapshot) Principal(name string) *Principal {
	return s.principalNames.get(FoldPrincipal(name))
}

// PrincipalByID finds a principal.
func (s *Snapshot) PrincipalByID(id principal.ID) *Principal { return s.principals.get(id) }

// Principals lists all principals by id.
func (s *Snapshot) Principals() []*Principal { return s.principals.all() }

// GrantsTo lists the grants to a principal itself, by object and grantor.
func (s *Snapshot) GrantsTo(grantee principal.ID) []*Grant { return s.grantsTo.list(grantee) }

// GrantsOn lists the grants on an object itself, by grantee and grantor.
func (s *Snapshot) GrantsOn(object ID) []*Grant { return s.grantsOn.list(object) }

// Grant finds the row that grantor made for grantee on object.
func (s *Snapshot) Grant(grantee principal.ID, object ID, grantor principal.ID) *Grant {
	return s.grantsTo.get(grantee, uint64(object)<<32|uint64(grantor))
}

// GrantsToOn lists the grants to a principal on one object, by grantor.
func (s *Snapshot) GrantsToOn(grantee principal.ID, object ID) []*Grant {
	var list []*Grant
	s.grantsTo.ascend(grantee, uint64(object)<<32, func(g *Grant) bool {
		if g.Object != object {
			return false
		}
		list = append(list, g)
		return true
	})
	return list
}

// Exception finds what a principal does not hold on an object although he holds
// it on the database; the zero Exception when that is nothing.
func (s *Snapshot) Exception(grantee principal.ID, object ID) Exception {
	if e := s.exceptionsOf.get(grantee, object); e != nil {
		return *e
	}
	return Exception{}
}

// ExceptionsOf lists the exceptions of a principal, by object.
func (s *Snapshot) ExceptionsOf(grantee principal.ID) []*Exception {
	return s.exceptionsOf.list(grantee)
}

// ExceptionsOn lists the exceptions on an object, by grantee.
func (s *Snapshot) ExceptionsOn(object ID) []*Exception { return s.exceptionsOn.list(object) }

// MembershipsOf lists the roles and groups that a principal holds directly.
func (s *Snapshot) MembershipsOf(member principal.ID) []*Membership {
	return s.membershipsOf.list(member)
}

// Membership finds the direct membership of member in role.
func (s *Snapshot) Membership(member, role principal.ID) *Membership {
	return s.membershipsOf.get(member, role)
}

// Held lists the roles and groups that a principal holds, directly and through
// others, the nearest first and each once. PUBLIC is not among them. Locked ones
// give nothing, so they and what they hold are left out unless lockedToo is
// set. A cycle, which an import may hold, ends.
func (s *Snapshot) Held(member principal.ID, lockedToo bool) []principal.ID {
	var held []principal.ID
	seen := map[principal.ID]bool{member: true}
	for from, i := member, 0; ; i++ {
		for _, m := range s.MembershipsOf(from) {
			if role := s.principals.get(m.Role); !seen[m.Role] && role != nil && (lockedToo || !role.Locked) {
				seen[m.Role] = true
				held = append(held, m.Role)
			}
		}
		if i == len(held) {
			return held
		}
		from = held[i]
	}
}

// MembersOf lists the direct members of a role or group.
func (s *Snapshot) MembersOf(role principal.ID) []*Membership { return s.membersOf.list(role) }

// Certificate finds the permission certificate in force of a principal.
func (s *Snapshot) Certificate(p principal.ID) *Certificate { return s.certificates.get(p) }

// Certificates lists all permission certificates by principal.
func (s *Snapshot) Certificates() []*Certificate { return s.certificates.all() }

// Object is what a grant can name.
type Object struct {
	ID       ID
	Kind     privilege.Kind
	Name     string
	Database ID           // 0 for a database and for the system
	Owner    principal.ID // 0 for the system
}

// Object finds what an id names; its Kind is KindNone when that is nothing that
// grants can be on.
func (s *Snapshot) Object(id ID) Object {
	if id == System {
		return Object{ID: id, Kind: privilege.KindSystem}
	}
	if name, ok := virtualNames[id]; ok {
		return Object{ID: id, Kind: privilege.KindDatabase, Name: name}
	}
	if db := s.databases.get(id); db != nil {
		return Object{ID: id, Kind: privilege.KindDatabase, Name: db.Name, Owner: db.Owner}
	}
	if t := s.tables.get(id); t != nil {
		return Object{id, privilege.KindTable, t.Name, t.Database, t.Owner}
	}
	if v := s.views.get(id); v != nil {
		return Object{id, privilege.KindView, v.Name, v.Database, v.Owner}
	}
	if r := s.routines.get(id); r != nil {
		return Object{id, privilege.KindRoutine, r.Name, r.Database, r.Owner}
	}
	return Object{}
}

// Objects lists the tables, views and routines of a database: what a grant on
// the database reaches.
func (s *Snapshot) Objects(database ID) []Object {
	var list []Object
	for _, t := range s.Tables(database) {
		list = append(list, s.Object(t.ID))
	}
	for _, v := range s.Views(database) {
		list = append(list, s.Object(v.ID))
	}
	for _, r := range s.Routines(database) {
		list = append(list, s.Object(r.ID))
	}
	return list
}

// Owned lists what a principal owns, databases first. It walks the whole
// catalog: for DROP USER, not for the path of a statement.
func (s *Snapshot) Owned(owner principal.ID) []Object {
	var list []Object
	for _, db := range s.databases.all() {
		if db.Owner == owner {
			list = append(list, s.Object(db.ID))
		}
	}
	for _, db := range s.databases.all() {
		for _, o := range s.Objects(db.ID) {
			if o.Owner == owner {
				list = append(list, o)
			}
		}
	}
	return list
}
