package catalog

import (
	"slices"

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

// DeniedName says whether something is denied on the name of a table in a database to one of some, to what they hold, active or not,
// or to PUBLIC.
func (s *Snapshot) DeniedName(database ID, name string, atom privilege.Atom, to []principal.ID) bool {
	r := s.Scope(ScopeTable, name, database)
	if r == nil {
		return false
	}
	denies := func(of principal.ID) bool { return s.Exception(of, r.ID).Deny.Has(atom) }
	return denies(Public) || slices.ContainsFunc(to, func(p principal.ID) bool { return denies(p) || slices.ContainsFunc(s.Held(p, false), denies) })
}

// Held lists the roles and groups that a principal holds, directly and through
// others, the nearest first and each once; for a user those of PUBLIC, too. PUBLIC
// itself is not among them. Locked ones give nothing, so they and what they hold
// are left out unless lockedToo is set. A cycle, which an import may hold, ends.
// Which of a user's roles count in a session is the session's: package bucket.
func (s *Snapshot) Held(member principal.ID, lockedToo bool) []principal.ID {
	var held []principal.ID
	seen := map[principal.ID]bool{member: true}
	for from, i := member, 0; ; i++ {
		direct := s.MembershipsOf(from)
		if p := s.principals.get(member); i == 0 && p != nil && p.Kind == KindUser {
			direct = append(slices.Clip(direct), s.MembershipsOf(Public)...)
		}
		for _, m := range direct {
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

// CertificatePage finds a page that goes with a permission certificate.
func (s *Snapshot) CertificatePage(p principal.ID, node uint32) *CertificatePage {
	return s.pages.get(p, node)
}

// CertificatePages lists the pages of a principal's certificate, by node.
func (s *Snapshot) CertificatePages(p principal.ID) []*CertificatePage { return s.pages.list(p) }

// Certificates lists all permission certificates by principal.
func (s *Snapshot) Certificates() []*Certificate { return s.certificates.all() }
