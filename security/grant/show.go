package grant

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Show lists a principal's own grants as the statements that make them, as SHOW
// GRANTS does: by object, what may be passed on in a line of its own. Grants on
// one object from several grantors are one line. A principal without any has
// one USAGE line, an unknown one no line at all. Exceptions come after the grants
// that they are exceptions to. What is granted to the roles in using counts as
// granted to him.
func Show(s *catalog.Snapshot, p principal.ID, using ...principal.ID) []string {
	rec := s.PrincipalByID(p)
	if rec == nil {
		return nil
	}
	to := account(rec)
	var lines []string
	for grants := withThose(s, s.GrantsTo(p), using); len(grants) > 0; {
		var plain, option privilege.Set
		object := s.Object(grants[0].Object)
		for len(grants) > 0 && grants[0].Object == object.ID {
			plain, option = plain.Union(grants[0].Atoms), option.Union(grants[0].Options)
			grants = grants[1:]
		}
		lines = append(lines, statements(s, object, plain.Minus(option), to, "")...)
		lines = append(lines, statements(s, object, option, to, " WITH GRANT OPTION")...)
	}
	lines = append(lines, showExceptions(s, p, to)...)
	for _, m := range s.MembershipsOf(p) {
		if role := s.PrincipalByID(m.Role); role.Kind == catalog.KindRole {
			lines = append(lines, membership(role, m.Admin, to))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "GRANT USAGE ON *.* TO "+to)
	}
	return lines
}

// withThose adds what is granted to some roles, and to what they hold, by object.
func withThose(s *catalog.Snapshot, grants []*catalog.Grant, roles []principal.ID) []*catalog.Grant {
	if len(roles) == 0 {
		return grants
	}
	seen := map[principal.ID]bool{}
	grants = slices.Clone(grants)
	for _, role := range roles {
		for _, id := range append([]principal.ID{role}, s.Held(role, false)...) {
			if !seen[id] {
				seen[id] = true
				grants = append(grants, s.GrantsTo(id)...)
			}
		}
	}
	slices.SortStableFunc(grants, func(a, b *catalog.Grant) int { return cmp.Compare(a.Object, b.Object) })
	return grants
}

// ShowThrough lists the grants to the groups that a principal is in, with a
// comment that names the group. Roles are lines of Show: they are granted to a
// principal, while nobody grants a group.
func ShowThrough(s *catalog.Snapshot, p principal.ID) []string {
	var lines []string
	for _, id := range s.Held(p, false) {
		group := s.PrincipalByID(id)
		if group.Kind != catalog.KindGroup || len(s.GrantsTo(id)) == 0 {
			continue
		}
		for _, line := range Show(s, id) {
			lines = append(lines, line+" /* via "+strings.ReplaceAll(Display(group), "*/", "* /")+" */")
		}
	}
	return lines
}

// statements makes the GRANT statements of one set on one object: one, or two
// on the system, whose own privileges have no ON.
func statements(s *catalog.Snapshot, object catalog.Object, atoms privilege.Set, to, option string) []string {
	if atoms.IsEmpty() {
		return nil
	}
	var system, named []string
	for _, name := range privilege.Describe(atoms, object.Kind) {
		if withoutOn[name] {
			system = append(system, name)
		} else {
			named = append(named, name)
		}
	}
	var lines []string
	if len(system) > 0 {
		lines = append(lines, "GRANT "+strings.Join(system, ", ")+" TO "+to+option)
	}
	if len(named) > 0 {
		lines = append(lines, "GRANT "+strings.Join(named, ", ")+" ON "+target(s, object)+" TO "+to+option)
	}
	return lines
}

// withoutOn are the system privileges that the grammar takes without ON.
var withoutOn = map[string]bool{
	"SYSTEM ADMIN": true, "SYSTEM READ": true, "SYSTEM WRITE": true, "SYSTEM CREATE": true,
	"SYSTEM MONITOR": true, "USER ADMIN": true, "ASSIGN PRIVILEGES": true,
}

func membership(role *catalog.Principal, admin bool, to string) string {
	line := "GRANT " + account(role) + " TO " + to
	if admin {
		line += " WITH ADMIN OPTION"
	}
	return line
}

// target is an object as it stands after ON.
func target(s *catalog.Snapshot, o catalog.Object) string {
	database := s.Object(o.Database).Name
	switch o.Kind {
	case privilege.KindSystem:
		return "*.*"
	case privilege.KindDatabase:
		return Quote(o.Name) + ".*"
	case privilege.KindRoutine:
		word := "PROCEDURE "
		if r := s.RoutineByID(o.ID); r != nil && r.Function {
			word = "FUNCTION "
		}
		return word + Quote(database) + "." + Quote(o.Name)
	}
	name := Quote(database) + "." + Quote(o.Name)
	if o.Kind != privilege.KindNone && !o.Kind.IsRelation() {
		name = o.Kind.String() + " " + name
	}
	return name
}

// account is a principal as it stands after TO.
func account(p *catalog.Principal) string {
	switch p.Kind {
	case catalog.KindPublic:
		return "PUBLIC"
	case catalog.KindGroup:
		return "ldapGroup:" + Quote(p.Name)
	}
	return Quote(p.Name) + "@`%`"
}

// Quote puts a name between backticks, doubling those in it.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
