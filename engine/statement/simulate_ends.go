package statement

import (
	"maps"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// otherEnds lists what somebody was granted, or denied, on an object before a change and after it, and until another time
// then. What he gains and loses at once stands elsewhere.
func otherEnds(before, after *catalog.Snapshot, p *catalog.Principal, o catalog.Object) (out []sql.Row) {
	for _, of := range []struct {
		what string
		ends func(*catalog.Snapshot) map[privilege.Atom]int64
	}{
		{"holds", func(s *catalog.Snapshot) map[privilege.Atom]int64 {
			until := map[privilege.Atom]int64{}
			for _, g := range s.GrantsToOn(p.ID, o.ID) {
				note(until, g.Atoms, g.Ends)
			}
			return until
		}},
		{"may pass on", func(s *catalog.Snapshot) map[privilege.Atom]int64 {
			until := map[privilege.Atom]int64{}
			for _, g := range s.GrantsToOn(p.ID, o.ID) {
				ends := g.OptionEnds
				for _, e := range g.Ends.Parts() { // an option ends with its right at the latest
					for _, atom := range e.Atoms.Intersect(g.Options).Atoms() {
						if at := endOf(ends, atom); at > e.At {
							ends = ends.With(privilege.Of(atom), e.At)
						}
					}
				}
				note(until, g.Options, ends)
			}
			return until
		}},
		{"is denied", func(s *catalog.Snapshot) map[privilege.Atom]int64 {
			until := map[privilege.Atom]int64{}
			e := s.Exception(p.ID, o.ID)
			note(until, e.Deny, e.DenyEnds)
			return until
		}},
	} {
		changed := map[int64]privilege.Set{}
		was := of.ends(before)
		for atom, at := range of.ends(after) {
			if old, held := was[atom]; held && old != at {
				changed[at] = changed[at].Union(privilege.Of(atom))
			}
		}
		for _, at := range slices.Sorted(maps.Keys(changed)) {
			if names := privilege.Describe(privilege.Shown(changed[at], o.Kind), o.Kind); len(names) > 0 {
				out = append(out, sql.Row{grant.Display(p), of.what + grant.End(at), strings.Join(names, ", "), grant.Target(after, o)})
			}
		}
	}
	return out
}

// note keeps of each atom when the last that gives it ends.
func note(until map[privilege.Atom]int64, atoms privilege.Set, ends catalog.Ends) {
	for _, atom := range atoms.Atoms() {
		until[atom] = max(until[atom], endOf(ends, atom))
	}
}

func endOf(ends catalog.Ends, atom privilege.Atom) int64 {
	for _, e := range ends.Parts() {
		if e.Atoms.Has(atom) {
			return e.At
		}
	}
	return grant.ForGood
}

// otherSpans lists who would be in a role or group until another time than before, by whatever lies between.
func otherSpans(before, after *catalog.Snapshot) (out []sql.Row) {
	if len(before.TimedMemberships())+len(after.TimedMemberships()) == 0 {
		return nil
	}
	earlier, later := grant.SpansOf(before), grant.SpansOf(after)
	for _, p := range after.Principals() {
		was, is := earlier.Until(p.ID), later.Until(p.ID)
		var roles []principal.ID
		for id, at := range is {
			if old, held := was[id]; held && old != at {
				roles = append(roles, id)
			}
		}
		slices.Sort(roles)
		for _, id := range roles {
			out = append(out, sql.Row{grant.Display(p), "holds" + grant.End(is[id]), "MEMBERSHIP", grant.Display(after.PrincipalByID(id))})
		}
	}
	return out
}
