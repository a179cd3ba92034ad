package engine

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
)

// relationUse is a table or view that a statement has opened, for whatever
// purpose and on whoever's behalf.
type relationUse struct {
	object access.Object
	view   bool
	given  bool // the statement writes it with rows of its own: INSERT
}

// met is what the running statement has met, its routines and triggers included.
type met struct {
	own     *bucket.Rights // of who logged in, whoever a routine acts for
	touched []relationUse
	given   map[catalog.ID]bool // tables that the statement writes with rows of its own
	// validates are the tables that a DDL statement changes or refers to, whose
	// rows it checks: see change.go.
	validates map[catalog.ID]bool
}

func (m *met) reset() { m.touched, m.given, m.validates = m.touched[:0], nil, nil }

// touch notes a relation that the statement opens. Everything that hands out a
// table or the text of a view calls it, so a statement cannot reach rows that
// disclosure does not know of.
func (s *state) touch(u relationUse) {
	for i := range s.touched {
		if t := &s.touched[i]; t.object == u.object {
			t.given = t.given && u.given
			return
		}
	}
	s.touched = append(s.touched, u)
}

// noteChanged remembers a table that the statement writes to.
func (s *scope) noteChanged(id catalog.ID) {
	if s.writesTo == nil {
		s.writesTo = map[catalog.ID]bool{}
	}
	s.writesTo[id] = true
}
