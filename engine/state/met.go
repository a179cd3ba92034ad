package state

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
)

// RelationUse is a table or view that a statement has opened, for whatever
// purpose and on whoever's behalf.
type RelationUse struct {
	Object access.Object
	View   bool
	Given  bool // the statement writes it with rows of its own: INSERT
	Inside bool // not the statement itself: a function or trigger that has ended
}

// met is what the running statement has met, its routines and triggers included.
type met struct {
	Own     *bucket.Rights // of who logged in, whoever a routine acts for
	Touched []RelationUse
	Given   map[catalog.ID]bool // tables that the statement writes with rows of its own
	// Validates are the tables that a DDL statement changes or refers to, whose
	// rows it checks: see package objects.
	Validates map[catalog.ID]bool
	// Locking are the rights by which it locks what it only reads: see Fence.Note.
	Locking []Term
}

func (m *met) reset() { m.Touched, m.Given, m.Validates, m.Locking = m.Touched[:0], nil, nil, nil }

// LockBy notes a right by which the statement locks what it only reads.
func (s *Session) LockBy(t Term) {
	s.Fence.Note(t)
	s.Locking = append(s.Locking, t)
}

// Touch notes a relation that the statement opens. Everything that hands out a
// table or the text of a view calls it, so a statement cannot reach rows that
// disclosure does not know of.
func (s *Session) Touch(u RelationUse) {
	for i := range s.Touched {
		if t := &s.Touched[i]; t.Object == u.Object {
			t.Given, t.Inside = t.Given && u.Given, t.Inside && u.Inside
			return
		}
	}
	s.Touched = append(s.Touched, u)
}

// NoteChanged remembers a table that the statement writes to.
func (s *Scope) NoteChanged(id catalog.ID) {
	if s.WritesTo == nil {
		s.WritesTo = map[catalog.ID]bool{}
	}
	s.WritesTo[id] = true
}
