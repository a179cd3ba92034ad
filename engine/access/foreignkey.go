package access

import (
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
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

// Truncatable refuses TRUNCATE of a table that a key of another table names, in whatever database
// that is: its rows would be left without parents. Who sees nothing of the other table is not told which.
func Truncatable(ctx *sql.Context, rec *catalog.Table) error {
	s := state.Of(ctx)
	if s == nil {
		return nil
	}
	if on, err := ctx.GetSessionVariable(ctx, "foreign_key_checks"); err == nil && fmt.Sprint(on) == "0" {
		return nil
	}
	snap := s.Catalog()
	for _, db := range snap.Databases() {
		for _, t := range snap.Tables(db.ID) {
			for _, fk := range t.ForeignKeys {
				parent := state.TableNamed(snap, fk.ParentDatabase, fk.ParentTable)
				if parent == nil || parent.ID != rec.ID || t.ID == rec.ID {
					continue
				}
				said := ""
				if access.May(access.As(s.Own, nil), state.TableObject(t), access.Any(privilege.About(privilege.KindTable)), access.List) {
					said = fmt.Sprintf(" (`%s`.`%s`, CONSTRAINT `%s`)", db.Name, t.Name, fk.Name)
				}
				return sqlerr.TruncateIllegalForeignKey.Errorf("Cannot truncate a table referenced in a foreign key constraint%s", said)
			}
		}
	}
	return nil
}
