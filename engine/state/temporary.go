package state

import (
	"context"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// What a session knows of its temporary tables. They are its own and nobody else's, and those of one account that it acts
// as: EXECUTE AS begins without any, as a new session does, and REVERT drops what was made meanwhile.

// Temporary is the temporary table that a name means to the statement that runs, nil for none.
//
// It hides the table, view or sequence of the catalog that has its name, as in MySQL, but from its maker alone. A program
// acts for its definer, and its text means what he has written: that a caller makes a table of such a name does not lead it
// elsewhere, nor does what it leaves behind lead its caller elsewhere. Where the catalog has nothing of the name, the
// table is there for what the session says itself, for what acts for its invoker, and for the program of a definer who
// might do with every table of the database what can be done with this one: whoever fires somebody's trigger, or reads
// a view with a function in it, need not know that there is a program at all, and hands it nothing by that.
func (s *Session) Temporary(database catalog.ID, name string) *catalog.Table {
	if s.Locks == nil || s.BaseTables || !s.Locks.HasTemporaries() {
		return nil
	}
	t := s.Locks.Temporary(database, name)
	switch {
	case t == nil || t.Owner == s.User.ID():
		return t
	case s.Inst.Cat.Snapshot().Relation(database, name).ID != 0:
		return nil
	case s.InDefiner() && !access.May(s.Actor(), access.Database(database), usesTables, access.List):
		return nil
	}
	return t
}

// usesTables is what a definer holds on a database whose programs work on the temporary tables of others there.
var usesTables = access.All(privilege.Of(privilege.Select, privilege.Insert, privilege.Update, privilege.Delete, privilege.Alter, privilege.Drop))

// TemporaryNamed is Temporary for a database by name.
func (s *Session) TemporaryNamed(database, name string) *catalog.Table {
	if s.Locks == nil || !s.Locks.HasTemporaries() {
		return nil
	}
	db := s.Inst.Cat.Snapshot().Database(database)
	if db == nil {
		return nil
	}
	return s.Temporary(db.ID, name)
}

// TableNamed finds the table that a name means to the statement that runs, nil without it.
func (s *Session) TableNamed(database, name string) *catalog.Table {
	if t := s.TemporaryNamed(database, name); t != nil {
		return t
	}
	return TableNamed(s.Catalog(), database, name)
}

// UpdateTable is Update for a change of one table, which may be a temporary one.
func (s *Session) UpdateTable(ctx context.Context, rec *catalog.Table, change func(*catalog.Tx) error) error {
	return s.Inst.Store.UpdateTable(ctx, s.Locks, rec, change)
}

// NoteTemporary notes that the statement names a temporary table.
func (s *Scope) NoteTemporary(id catalog.ID) {
	if s.temporary == nil {
		s.temporary = map[catalog.ID]bool{}
	}
	s.temporary[id] = true
}

// NamesTemporary says whether the statement names that temporary table.
func (s *Scope) NamesTemporary(id catalog.ID) bool { return s.temporary[id] }

// UsesTemporaries says whether it names any.
func (s *Scope) UsesTemporaries() bool { return len(s.temporary) > 0 }

// EndTemporaries drops the temporary tables of the session, those of who it was before it acted as somebody else included.
func (s *Session) EndTemporaries() {
	if s.Locks == nil {
		return
	}
	for _, t := range append(s.laid, s.Locks.Hold(nil)) {
		t.End()
	}
	s.laid = nil
}

// layTemporaries begins without any for another account; those that there are come back with takeTemporaries.
func (s *Session) layTemporaries() {
	s.laid = append(s.laid, s.Locks.Hold(s.NewTemporaries()))
}

func (s *Session) takeTemporaries() {
	var before *table.Temporaries
	if last := len(s.laid) - 1; last >= 0 {
		before, s.laid = s.laid[last], s.laid[:last]
	}
	s.Locks.Hold(before).End()
}

// NewTemporaries are those of a session that has none yet, which it is charged for.
func (s *Session) NewTemporaries() *table.Temporaries {
	return s.Inst.Store.NewTemporaries(table.TemporaryBounds{Hold: s.ChargeKept, Rows: func(name string, all, more int64) error {
		if s.HoldRows == nil {
			return nil
		}
		return s.HoldRows(name, all, more)
	}})
}

// ChargeKept charges the session for what it keeps, or gives memory back when the bytes are negative.
func (s *Session) ChargeKept(bytes int) error {
	if s.HoldKept == nil {
		return nil
	}
	return s.HoldKept(bytes)
}
