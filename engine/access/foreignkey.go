package access

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/state"
)

// Tied reports whether a foreign key ties a table to one that the statement
// changes, directly or through the tables between that a cascade would reach.
// Keeping a key true is the system's work: who may change the rows of a table
// need hold nothing on the tables behind its keys, nor learn that they exist.
// So the planner finds such a table, opened for nobody: the check of a key reads
// it as the system (package table), and every other way to its rows is closed.
func (s Asker) Tied(rec *catalog.Table) bool {
	if len(s.WritesTo) == 0 {
		return false
	}
	snap := s.Inst.Cat.Snapshot()
	return s.childOfChanged(snap, rec, map[catalog.ID]bool{}) || s.parentOfChanged(snap, rec)
}

// childOfChanged follows the keys of rec upwards.
func (s Asker) childOfChanged(snap *catalog.Snapshot, rec *catalog.Table, seen map[catalog.ID]bool) bool {
	seen[rec.ID] = true
	for _, fk := range rec.ForeignKeys {
		parent := state.TableNamed(snap, fk.ParentDatabase, fk.ParentTable)
		if parent == nil || seen[parent.ID] {
			continue
		}
		if s.WritesTo[parent.ID] || s.childOfChanged(snap, parent, seen) {
			return true
		}
	}
	return false
}

func (s Asker) parentOfChanged(snap *catalog.Snapshot, rec *catalog.Table) bool {
	for id := range s.WritesTo {
		child := snap.TableByID(id)
		if child == nil {
			continue
		}
		for _, fk := range child.ForeignKeys {
			if parent := state.TableNamed(snap, fk.ParentDatabase, fk.ParentTable); parent != nil && parent.ID == rec.ID {
				return true
			}
		}
	}
	return false
}

// TiedInto reports whether a table of the database is tied to one that the
// statement changes.
func (s Asker) TiedInto(db *catalog.Database) bool {
	if s.Session == nil || len(s.WritesTo) == 0 {
		return false
	}
	for _, t := range s.Inst.Cat.Snapshot().Tables(db.ID) {
		if s.Tied(t) {
			return true
		}
	}
	return false
}
