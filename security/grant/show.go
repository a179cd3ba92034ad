package grant

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

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
	to, ends := account(rec), endings(s)
	var lines []string
	for grants := withThose(s, s.GrantsTo(p), using); len(grants) > 0; {
		var plain, option privilege.Set
		var timed []*catalog.Grant
		object := s.Object(grants[0].Object)
		for len(grants) > 0 && grants[0].Object == object.ID {
			g := grants[0]
			grants = grants[1:]
			of := ends[keyOf(*g)]
			ended, passed := atomsOf(of.atoms), atomsOf(of.options)
			plain, option = plain.Union(g.Atoms.Minus(ended)), option.Union(g.Options.Minus(ended).Minus(passed))
			if ended|passed != 0 {
				timed = append(timed, g)
			}
		}
		lines = append(lines, statements(s, object, plain.Minus(option), to, "")...)
		lines = append(lines, statements(s, object, option, to, " WITH GRANT OPTION")...)
		for _, g := range timed {
			of := ends[keyOf(*g)]
			passing := g.Options.Minus(atomsOf(of.options))
			for _, end := range of.atoms {
				until := validUntil(end.At)
				lines = append(lines, statements(s, object, end.Atoms.Minus(passing), to, until)...)
				lines = append(lines, statements(s, object, end.Atoms.Intersect(passing), to, " WITH GRANT OPTION"+until)...)
			}
			for _, end := range of.options {
				lines = append(lines, statements(s, object, end.Atoms, to, " WITH GRANT OPTION"+validUntil(end.At))...)
			}
		}
	}
	lines = append(lines, showExceptions(s, p, to)...)
	for _, role := range rolesOf(s, using) {
		for _, e := range s.ExceptionsOf(role) {
			lines = append(lines, denialsOf(s, e, to)...)
		}
	}
	lines = append(lines, memberships(s, p, false, to)...)
	lines = append(lines, memberships(s, p, true, to)...)
	if len(lines) == 0 {
		lines = append(lines, "GRANT USAGE ON *.* TO "+to)
	}
	return lines
}

// ShowHome is the statement that takes from a user what CREATE USER gives him on his home database and
// he does not hold, "" where he holds it. It comes before the grants, so that it excepts nothing of them.
// GRANT is named beside ALL, which leaves it: who has that alone gives himself the rest. A home that is another's
// here may still be made for him elsewhere, if his account is made there first.
func ShowHome(s *catalog.Snapshot, p principal.ID) string {
	rec := s.PrincipalByID(p)
	if rec == nil || rec.Kind != catalog.KindUser || p == catalog.Root {
		return ""
	}
	if home := s.HomeOf(p); home != nil && home == s.Database(rec.LoginName()) {
		var held privilege.Set
		for _, g := range s.GrantsToOn(p, home.ID) {
			held = held.Union(g.Options.Minus(g.Ends.Atoms().Union(g.OptionEnds.Atoms())))
		}
		if privilege.Owner(privilege.KindDatabase).Minus(held) == 0 {
			return ""
		}
	}
	return "REVOKE IF EXISTS ALL, GRANT ON " + Quote(catalog.Literal(rec.LoginName())) + ".* FROM " + account(rec)
}

// rowEnds say of a row what of it will go when, and what of it may be passed on no more before that.
type rowEnds struct{ atoms, options []catalog.End }

func atomsOf(ends []catalog.End) (s privilege.Set) {
	for _, end := range ends {
		s = s.Union(end.Atoms)
	}
	return s
}

// endings say of each row what of it will go when: with an end of its own, or with that of what it hangs on.
// The ends are tried one after the other, as Expire will take them.
func endings(s *catalog.Snapshot) map[rowKey]rowEnds {
	timed := s.Timed()
	if len(timed) == 0 {
		return nil
	}
	var moments []int64
	for _, g := range timed {
		for _, end := range append(g.Ends.Parts(), g.OptionEnds.Parts()...) {
			moments = append(moments, end.At)
		}
	}
	slices.Sort(moments)
	out := map[rowKey]rowEnds{}
	for _, at := range slices.Compact(moments) {
		l := newLedger(&catalog.Tx{Snapshot: s})
		l.expire(time.UnixMicro(at))
		for k, left := range l.changed {
			was, of := s.Grant(k.grantee, k.object, k.grantor), out[k]
			lost := was.Atoms.Minus(left.Atoms).Minus(atomsOf(of.atoms))
			options := was.Options.Minus(left.Options).Intersect(left.Atoms).Minus(atomsOf(of.options))
			if lost != 0 {
				of.atoms = append(of.atoms, catalog.End{At: at, Atoms: lost})
			}
			if options != 0 {
				of.options = append(of.options, catalog.End{At: at, Atoms: options})
			}
			if lost|options != 0 {
				out[k] = of
			}
		}
	}
	return out
}

// validUntil is the clause of a statement for an end; "" for 0.
func validUntil(at int64) string {
	if at == 0 {
		return ""
	}
	return " VALID UNTIL '" + time.UnixMicro(at).UTC().Format(time.RFC3339Nano) + "'"
}

// withThose adds what is granted to some roles, and to what they hold, by object.
func withThose(s *catalog.Snapshot, grants []*catalog.Grant, roles []principal.ID) []*catalog.Grant {
	if len(roles) == 0 {
		return grants
	}
	grants = slices.Clone(grants)
	for _, id := range rolesOf(s, roles) {
		grants = append(grants, s.GrantsTo(id)...)
	}
	slices.SortStableFunc(grants, func(a, b *catalog.Grant) int { return cmp.Compare(a.Object, b.Object) })
	return grants
}

// rolesOf are some roles with what they hold, each once.
func rolesOf(s *catalog.Snapshot, roles []principal.ID) []principal.ID {
	var out []principal.ID
	for _, role := range roles {
		for _, id := range append([]principal.ID{role}, s.Held(role, false)...) {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// ShowThrough lists the grants to the groups that a principal is in, with a
// comment that names the group. Roles are lines of Show: they are granted to a
// principal, while nobody grants a group.
func ShowThrough(s *catalog.Snapshot, p principal.ID) []string {
	var lines []string
	for _, id := range s.Held(p, false) {
		group := s.PrincipalByID(id)
		if group.Kind != catalog.KindGroup || len(s.GrantsTo(id))+len(s.ExceptionsOf(id)) == 0 {
			continue
		}
		for _, line := range Show(s, id) {
			lines = append(lines, line+" /* via "+strings.ReplaceAll(Display(group), "*/", "* /")+" */")
		}
	}
	return lines
}

// memberships makes the statements that give a principal its roles, by name: those
// that it may pass on, or the others. What ends has a line for each end; a role that is held longer than the right to
// pass it on is in both.
func memberships(s *catalog.Snapshot, p principal.ID, admin bool, to string) (lines []string) {
	roles := map[int64][]string{}
	for _, m := range s.MembershipsOf(p) {
		role := s.PrincipalByID(m.Role)
		if role.Kind != catalog.KindRole || admin && !m.Admin {
			continue
		}
		held, passed := roleEnds(s, m.Role)
		until := held[p]
		if admin {
			until = passed[p]
		} else if m.Admin && passed[p] == until {
			continue
		}
		roles[until] = append(roles[until], account(role))
	}
	option := ""
	if admin {
		option = " WITH ADMIN OPTION"
	}
	for _, until := range slices.Sorted(maps.Keys(roles)) {
		slices.Sort(roles[until])
		lines = append(lines, "GRANT "+strings.Join(roles[until], ",")+" TO "+to+option+validUntil(until))
	}
	return lines
}

// statements makes the GRANT statements of one set on one object: those of the system
// alone have no ON, and GRANT, which programs that read MySQL's would take for the
// grant option, has a line of its own.
func statements(s *catalog.Snapshot, object catalog.Object, atoms privilege.Set, to, option string) []string {
	kind := kindOf(s, object)
	atoms = privilege.Shown(atoms, object.Kind) // all objects of a kind have the right to make some
	if atoms.IsEmpty() {
		return nil
	}
	var system, named, passing, proxy []string
	for _, name := range privilege.Describe(atoms, kind) {
		switch {
		case withoutOn[name]:
			system = append(system, name)
		case name == privilege.Grant.String():
			passing = append(passing, name)
		case name == privilege.Proxy.String():
			proxy = append(proxy, name)
		default:
			named = append(named, name)
		}
	}
	var lines []string
	if len(system) > 0 {
		lines = append(lines, "GRANT "+strings.Join(system, ", ")+" TO "+to+option)
	}
	if len(proxy) > 0 { // as MySQL's programs read it: without the word USER
		lines = append(lines, "GRANT PROXY ON "+account(s.PrincipalByID(principal.ID(object.ID)))+" TO "+to+option)
	}
	for _, names := range [][]string{named, passing} {
		if len(names) > 0 {
			lines = append(lines, "GRANT "+strings.Join(names, ", ")+" ON "+literal(s, object)+" TO "+to+option)
		}
	}
	return lines
}

// withoutOn are the system privileges that the grammar takes without ON.
var withoutOn = map[string]bool{
	"SYSTEM ADMIN": true, "SYSTEM READ": true, "SYSTEM WRITE": true, "SYSTEM CREATE": true,
	"SYSTEM MONITOR": true, "USER ADMIN": true, "ASSIGN PRIVILEGES": true,
}

// literal is an object as it stands after ON in SHOW GRANTS: in the name of a database % and _
// are no pattern, wherever the line is read.
func literal(s *catalog.Snapshot, o catalog.Object) string {
	if o.Kind == privilege.KindDatabase {
		return Quote(catalog.Literal(o.Name)) + ".*"
	}
	return target(s, o)
}

// target is an object as it stands after ON.
func target(s *catalog.Snapshot, o catalog.Object) string {
	database := s.Object(o.Database).Name
	switch o.Kind {
	case privilege.KindSystem:
		return "*.*"
	case privilege.KindDatabase:
		return Quote(o.Name) + ".*"
	case privilege.KindScope:
		return scopeTarget(s, s.ScopeByID(o.ID))
	case privilege.KindUser:
		return "USER " + account(s.PrincipalByID(principal.ID(o.ID)))
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
	if p.Host != "" {
		return Quote(p.LoginName()) + "@" + Quote(p.Host)
	}
	return Quote(p.Name) + "@`%`"
}

// Quote puts a name between backticks, doubling those in it.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Target is an object as a statement names it after ON.
func Target(s *catalog.Snapshot, o catalog.Object) string { return target(s, o) }

// Account is a user or role as a statement names him.
func Account(p *catalog.Principal) string { return account(p) }
