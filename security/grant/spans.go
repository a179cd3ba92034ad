package grant

import (
	"math"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// Spans say how long principals of one catalog hold the roles and groups that they hold, however deeply.
type Spans struct {
	s    *catalog.Snapshot
	ends map[principal.ID]map[principal.ID]int64 // of roles, by member
}

// ForGood is the end of what does not end by itself.
const ForGood = math.MaxInt64

// End is an end in words.
func End(at int64) string {
	if at == ForGood {
		return " for good"
	}
	return " until" + strings.TrimPrefix(validUntil(at), " VALID UNTIL")
}

// SpansOf makes them.
func SpansOf(s *catalog.Snapshot) *Spans {
	return &Spans{s: s, ends: map[principal.ID]map[principal.ID]int64{}}
}

// Until is when each of what a principal holds ends, in microseconds since 1970: when the last of the ways to it does.
// The principal itself and PUBLIC are among it, and what is locked: a lock can be undone.
func (h *Spans) Until(p principal.ID) map[principal.ID]int64 {
	until := map[principal.ID]int64{p: ForGood, catalog.Public: ForGood}
	for open := []principal.ID{p, catalog.Public}; len(open) > 0; open = open[1:] {
		at := until[open[0]]
		for _, m := range h.s.MembershipsOf(open[0]) {
			if end := min(at, h.end(m)); end > until[m.Role] {
				until[m.Role] = end
				open = append(open, m.Role)
			}
		}
	}
	return until
}

// Lasts says whether somebody is himself in a role or group, and that does not end.
func (h *Spans) Lasts(member, role principal.ID) bool {
	m := h.s.Membership(member, role)
	return m != nil && h.end(m) == ForGood
}

// end is that of one membership, by what it hangs on, too.
func (h *Spans) end(m *catalog.Membership) int64 {
	ends, known := h.ends[m.Role]
	if !known {
		ends, _ = roleEnds(h.s, m.Role)
		h.ends[m.Role] = ends
	}
	if at := ends[m.Member]; at != 0 {
		return at
	}
	return ForGood
}
