package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Ends says which atoms of a grant end by themselves, and when: parts of the form
// TIME:ATOMS with commas between them, by time, where TIME is in microseconds since
// 1970 and ATOMS is the number of the set. Atoms in no part have no end. It is text,
// so that grants can be compared.
type Ends string

// End is one part of Ends.
type End struct {
	At    int64 // microseconds since 1970
	Atoms privilege.Set
}

// Parts takes e apart; it is nil for what PutGrant would refuse.
func (e Ends) Parts() []End {
	if e == "" {
		return nil
	}
	var out []End
	for _, part := range strings.Split(string(e), ",") {
		at, atoms, ok := strings.Cut(part, ":")
		t, errT := strconv.ParseInt(at, 10, 64)
		set, errS := strconv.ParseUint(atoms, 10, 64)
		if !ok || errT != nil || errS != nil {
			return nil
		}
		out = append(out, End{t, privilege.Set(set)})
	}
	return out
}

func endsOf(parts []End) Ends {
	slices.SortFunc(parts, func(a, b End) int { return cmp.Compare(a.At, b.At) })
	var b strings.Builder
	for i, p := range parts {
		if p.Atoms == 0 {
			continue
		}
		for j := i + 1; j < len(parts) && parts[j].At == p.At; j++ {
			p.Atoms |= parts[j].Atoms
			parts[j].Atoms = 0
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%d:%d", p.At, uint64(p.Atoms))
	}
	return Ends(b.String())
}

// Atoms are all that end.
func (e Ends) Atoms() (s privilege.Set) {
	for _, p := range e.Parts() {
		s |= p.Atoms
	}
	return s
}

// Only is e for some atoms alone.
func (e Ends) Only(atoms privilege.Set) Ends {
	parts := e.Parts()
	for i := range parts {
		parts[i].Atoms &= atoms
	}
	return endsOf(parts)
}

// With is e where some atoms end at a time; at 0 they have no end.
func (e Ends) With(atoms privilege.Set, at int64) Ends {
	parts := e.Only(^atoms).Parts()
	if at != 0 {
		parts = append(parts, End{at, atoms})
	}
	return endsOf(parts)
}

// By are the atoms that have ended at a time.
func (e Ends) By(now time.Time) (s privilege.Set) {
	for _, p := range e.Parts() {
		if p.At <= now.UnixMicro() {
			s |= p.Atoms
		}
	}
	return s
}

// Later is e where some atoms end no earlier than at a time; at 0 they have no end.
func (e Ends) Later(atoms privilege.Set, at int64) Ends {
	for _, p := range e.Parts() {
		if at != 0 && p.At > at {
			atoms = atoms.Minus(p.Atoms)
		}
	}
	return e.With(atoms, at)
}

// joined are the ends of what one set or another has, each with its own: an atom ends with the later.
func joined(a privilege.Set, ends Ends, b privilege.Set, others Ends) Ends {
	forGood := a.Minus(ends.Atoms()).Union(b.Minus(others.Atoms()))
	out := ends.Only(^forGood)
	for _, p := range others.Parts() {
		out = out.Later(p.Atoms.Minus(forGood), p.At)
	}
	return out
}

// wrong says whether e cannot be the ends of some atoms.
func (e Ends) wrong(atoms privilege.Set) bool {
	return e != "" && (e.Atoms() == 0 || e != e.Only(atoms))
}

// recordVersion is the lowest version that holds g: 2 brought ends, 3 those of options.
func (g *Grant) recordVersion() byte {
	if g.Apart != 0 {
		return 4
	}
	if g.OptionEnds != "" {
		return 3
	}
	if g.Ends != "" {
		return 2
	}
	return 1
}

// Timed lists the grants that have an end, by grantee.
func (s *Snapshot) Timed() []*Grant {
	var out []*Grant
	s.timed.t.Scan(func(p pair[principal.ID, uint64, Grant]) bool { out = append(out, p.rec); return true })
	return out
}

// TimedDenials lists what is denied for a time, by grantee.
func (s *Snapshot) TimedDenials() []*Exception {
	var out []*Exception
	s.timedDenials.t.Scan(func(p pair[principal.ID, ID, Exception]) bool { out = append(out, p.rec); return true })
	return out
}

// TimedMemberships lists the memberships of which a part ends by itself, by member.
func (s *Snapshot) TimedMemberships() []*Membership {
	var out []*Membership
	s.timedMembers.t.Scan(func(p pair[principal.ID, principal.ID, Membership]) bool { out = append(out, p.rec); return true })
	return out
}

// NextEnd is when the first of all that ends by itself does; ok is false when nothing does.
func (s *Snapshot) NextEnd() (at time.Time, ok bool) {
	var first int64
	note := func(at int64) {
		if at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	for _, g := range s.Timed() {
		note(g.Ends.first())
		note(g.OptionEnds.first())
	}
	for _, e := range s.TimedDenials() {
		note(e.DenyEnds.first())
		note(e.AdminDenyEnds.first())
	}
	for _, m := range s.TimedMemberships() {
		note(m.NextEnd())
	}
	return time.UnixMicro(first), first != 0
}

// first is when the first part ends; 0 when none does.
func (e Ends) first() int64 {
	if parts := e.Parts(); len(parts) > 0 {
		return parts[0].At
	}
	return 0
}

// FirstEnd is when the first part of what was granted to a principal, or of what it is in, ends; the zero
// time when nothing does. A denial that ends is no end of a certificate: should nobody take it out, it only lasts.
func (s *Snapshot) FirstEnd(p principal.ID) time.Time {
	var first int64
	s.timed.ascend(p, 0, func(g *Grant) bool {
		if at := g.Ends.first(); at != 0 && (first == 0 || at < first) {
			first = at
		}
		return true
	})
	s.timedMembers.ascend(p, 0, func(m *Membership) bool {
		if at := m.NextEnd(); first == 0 || at < first {
			first = at
		}
		return true
	})
	if first == 0 {
		return time.Time{}
	}
	return time.UnixMicro(first)
}
