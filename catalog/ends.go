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

// recordVersion is the lowest version that holds g: 2 brought ends.
func (g *Grant) recordVersion() byte {
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

// FirstEnd is when the first part of what was granted to a principal ends; the zero
// time when nothing does.
func (s *Snapshot) FirstEnd(p principal.ID) time.Time {
	var first int64
	s.timed.ascend(p, 0, func(g *Grant) bool {
		if parts := g.Ends.Parts(); len(parts) > 0 && (first == 0 || parts[0].At < first) {
			first = parts[0].At
		}
		return true
	})
	if first == 0 {
		return time.Time{}
	}
	return time.UnixMicro(first)
}
