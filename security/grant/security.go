package grant

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Right is one privilege that counts for a principal, and the way it comes.
type Right struct {
	Privilege string // SELECT; EXCEPT SELECT is an exception to a wider grant, DENY SELECT a denial
	Object    string // as it stands after ON
	Via       string // direct, ldapGroup:g, role:r via ldapGroup:g, PUBLIC
	Grantable bool   // may be passed on
	// Less is the database that an exception or a denial is on or in, 0 for any other
	// right: who holds nothing there need not know of it.
	Less catalog.ID
}

// Security lists everything that counts for a principal now: its own grants,
// those of the roles and groups that it holds, however deeply, and a user's
// through PUBLIC. What comes in two ways is there twice: taking one of them
// away leaves the other. Own grants are first.
func Security(s *catalog.Snapshot, p principal.ID) []Right {
	rec := s.PrincipalByID(p)
	if rec == nil {
		return nil
	}
	rights := rightsOf(s, p, "direct")
	held := s.Held(p, false)
	for _, id := range held {
		rights = append(rights, rightsOf(s, id, Through(s, p, id))...)
	}
	if rec.Kind == catalog.KindUser {
		rights = append(rights, rightsOf(s, catalog.Public, "PUBLIC")...)
	}
	return append(rights, memberOf(s, rec)...)
}

// MemberOf and DefaultSchema are what Security has in the place of a privilege for what somebody is in, and for the
// database that his sessions begin with.
const (
	MemberOf      = "MEMBER OF"
	DefaultSchema = "DEFAULT SCHEMA"
)

// memberOf lists the roles and groups that a principal is in itself, and its default schema.
func memberOf(s *catalog.Snapshot, rec *catalog.Principal) (rights []Right) {
	for _, m := range s.MembershipsOf(rec.ID) {
		if role := s.PrincipalByID(m.Role); role != nil && !role.Locked {
			rights = append(rights, Right{MemberOf, Display(role), "direct", m.Admin, 0})
		}
	}
	if rec.DefaultSchema != "" {
		rights = append(rights, Right{DefaultSchema, Quote(rec.DefaultSchema) + ".*", "direct", false, 0})
	}
	return rights
}

// Through is the shortest way by which a principal holds a role or group: the role, and then via what, up to what the
// principal is in itself.
func Through(s *catalog.Snapshot, p, holder principal.ID) string {
	from := map[principal.ID]principal.ID{p: 0}
	open := []principal.ID{p}
	if rec := s.PrincipalByID(p); rec != nil && rec.Kind == catalog.KindUser {
		from[catalog.Public] = p
		open = append(open, catalog.Public)
	}
	for ; len(open) > 0; open = open[1:] {
		for _, m := range s.MembershipsOf(open[0]) {
			role := s.PrincipalByID(m.Role)
			if _, seen := from[m.Role]; !seen && role != nil && !role.Locked {
				from[m.Role] = open[0]
				open = append(open, m.Role)
			}
		}
	}
	way := []string{}
	for at := holder; at != p && at != 0; at = from[at] {
		way = append(way, Display(s.PrincipalByID(at)))
	}
	return strings.Join(way, " via ")
}

// rightsOf lists the grants to one principal, by object and privilege; those of
// several grantors are one.
func rightsOf(s *catalog.Snapshot, p principal.ID, via string) []Right {
	var rights []Right
	for grants := s.GrantsTo(p); len(grants) > 0; {
		object := s.Object(grants[0].Object)
		var atoms, options privilege.Set
		for len(grants) > 0 && grants[0].Object == object.ID {
			atoms, options = atoms.Union(grants[0].Atoms), options.Union(grants[0].Options)
			grants = grants[1:]
		}
		on := target(s, object)
		for _, part := range []struct {
			atoms     privilege.Set
			grantable bool
		}{{atoms.Minus(options), false}, {options, true}} {
			if part.atoms = privilege.Shown(part.atoms, object.Kind); part.atoms.IsEmpty() {
				continue // which Describe would call USAGE
			}
			for _, name := range privilege.Describe(part.atoms, kindOf(s, object)) {
				rights = append(rights, Right{name, on, via, part.grantable, 0})
			}
		}
	}
	for _, e := range s.ExceptionsOf(p) {
		on := target(s, s.Object(e.Object))
		if !e.Atoms.IsEmpty() {
			for _, name := range privilege.Describe(e.Atoms, e.Kind) {
				rights = append(rights, Right{"EXCEPT " + name, on, via, false, in(s.Object(e.Object))})
			}
		}
		if !e.Options.IsEmpty() {
			for _, name := range privilege.Describe(e.Options, e.Kind) {
				rights = append(rights, Right{"EXCEPT GRANT OPTION FOR " + name, on, via, false, in(s.Object(e.Object))})
			}
		}
	}
	for _, e := range s.ExceptionsOf(p) {
		kind := kindOf(s, s.Object(e.Object))
		if denied := privilege.Shown(e.Deny, s.Object(e.Object).Kind); !denied.IsEmpty() {
			for _, name := range privilege.Describe(denied, kind) {
				rights = append(rights, Right{"DENY " + name, target(s, s.Object(e.Object)), via, false, in(s.Object(e.Object))})
			}
		}
	}
	slices.SortStableFunc(rights, func(a, b Right) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Privilege, b.Privilege))
	})
	return rights
}

// in is the database that an object is or is in.
func in(o catalog.Object) catalog.ID {
	if o.Kind == privilege.KindDatabase {
		return o.ID
	}
	return o.Database
}

// Display is a principal as listings name it: the name, after what it is unless
// it is a user.
func Display(p *catalog.Principal) string {
	switch p.Kind {
	case catalog.KindGroup:
		return "ldapGroup:" + p.Name
	case catalog.KindRole:
		return "role:" + p.Name
	}
	return p.Name
}
