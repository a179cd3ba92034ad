package catalog

import "github.com/lxdb/lxdb/security/principal"

// The objects of the database itself, by kind. Put creates or changes one, a
// changed name or database renames it; Drop removes it with the grants on it.

// Database finds a database by name.
func (s *Snapshot) Database(name string) *Database { return databases(s).byName.get(0, FoldName(name)) }

// DatabaseByID finds a database.
func (s *Snapshot) DatabaseByID(id ID) *Database { return databases(s).byID.get(id) }

// Databases lists all databases by id; virtual ones have no records.
func (s *Snapshot) Databases() []*Database { return databases(s).byID.all() }

// HomeOf finds the home database of a user. It bears his name unless one of the
// two was renamed, and only then has to be searched for.
func (s *Snapshot) HomeOf(user principal.ID) *Database {
	p := s.principals.get(user)
	if p == nil {
		return nil
	}
	if db := s.Database(p.Name); db != nil && db.HomeOf == user {
		return db
	}
	for _, db := range s.Databases() {
		if db.HomeOf == user {
			return db
		}
	}
	return nil
}

// PutDatabase creates or changes a database.
func (tx *Tx) PutDatabase(rec *Database) error { return databases(tx.Snapshot).kind.Put(tx, rec) }

// DropDatabase removes a database with everything in it, and all grants on
// either. The rows of its tables are purged after the commit.
func (tx *Tx) DropDatabase(id ID) error { return databases(tx.Snapshot).kind.Delete(tx, id) }

// Table finds a base table by name.
func (s *Snapshot) Table(database ID, name string) *Table {
	return tables(s).byName.get(database, FoldName(name))
}

// TableByID finds a base table by its identity.
func (s *Snapshot) TableByID(id ID) *Table { return tables(s).byID.get(id) }

// TableByData finds the base table whose rows have the data id in their keys.
func (s *Snapshot) TableByData(data ID) *Table { return s.tableData.get(data) }

// Tables lists the base tables of a database by name.
func (s *Snapshot) Tables(database ID) []*Table { return tables(s).byName.list(database) }

// Bereft finds a foreign key of a table that stays which refers to one that goes: nobody could write
// into it any more. It walks the whole catalog: for what drops many tables.
func (s *Snapshot) Bereft(goes func(ID) bool) (fk ForeignKey, found bool) {
	for _, db := range s.Databases() {
		for _, t := range s.Tables(db.ID) {
			if goes(t.ID) {
				continue
			}
			for _, fk := range t.ForeignKeys {
				parents := s.Database(fk.ParentDatabase)
				if parents == nil {
					continue
				}
				if p := s.Table(parents.ID, fk.ParentTable); p != nil && goes(p.ID) {
					return fk, true
				}
			}
		}
	}
	return ForeignKey{}, false
}

// PutTable creates or changes a table. Who gives it a new Data id also calls
// Purge for the old one.
func (tx *Tx) PutTable(rec *Table) error { return tables(tx.Snapshot).kind.Put(tx, rec) }

// DropTable removes a table, its triggers and the grants on it. Its rows are
// purged after the commit.
func (tx *Tx) DropTable(id ID) error { return tables(tx.Snapshot).kind.Delete(tx, id) }

// View finds a view by name.
func (s *Snapshot) View(database ID, name string) *View {
	return views(s).byName.get(database, FoldName(name))
}

// Relation finds the table, view or sequence of a name, which share their names. It is
// the zero Object without one.
func (s *Snapshot) Relation(database ID, name string) Object {
	if t := s.Table(database, name); t != nil {
		return s.Object(t.ID)
	}
	if v := s.View(database, name); v != nil {
		return s.Object(v.ID)
	}
	if q := s.Sequence(database, name); q != nil {
		return s.Object(q.ID)
	}
	return Object{}
}

// ViewByID finds a view.
func (s *Snapshot) ViewByID(id ID) *View { return views(s).byID.get(id) }

// Views lists the views of a database by name.
func (s *Snapshot) Views(database ID) []*View { return views(s).byName.list(database) }

// PutView creates or changes a view.
func (tx *Tx) PutView(rec *View) error { return views(tx.Snapshot).kind.Put(tx, rec) }

// DropView removes a view and the grants on it.
func (tx *Tx) DropView(id ID) error { return views(tx.Snapshot).kind.Delete(tx, id) }

// Trigger finds a trigger by name.
func (s *Snapshot) Trigger(database ID, name string) *Trigger {
	return triggers(s).byName.get(database, FoldName(name))
}

// Triggers lists the triggers of a database by name.
func (s *Snapshot) Triggers(database ID) []*Trigger { return triggers(s).byName.list(database) }

// PutTrigger creates or changes a trigger.
func (tx *Tx) PutTrigger(rec *Trigger) error { return triggers(tx.Snapshot).kind.Put(tx, rec) }

// DropTrigger removes a trigger.
func (tx *Tx) DropTrigger(id ID) error { return triggers(tx.Snapshot).kind.Delete(tx, id) }

// Routine finds a stored function or procedure by name.
func (s *Snapshot) Routine(database ID, name string, function bool) *Routine {
	return routines(s).byName.get(database, routineKey(name, function))
}

// RoutineByID finds a routine.
func (s *Snapshot) RoutineByID(id ID) *Routine { return routines(s).byID.get(id) }

// Routines lists the routines of a database by name, functions first.
func (s *Snapshot) Routines(database ID) []*Routine { return routines(s).byName.list(database) }

// PutRoutine creates or changes a stored function or procedure.
func (tx *Tx) PutRoutine(rec *Routine) error { return routines(tx.Snapshot).kind.Put(tx, rec) }

// DropRoutine removes a routine and the grants on it.
func (tx *Tx) DropRoutine(id ID) error { return routines(tx.Snapshot).kind.Delete(tx, id) }

// Event finds an event by name.
func (s *Snapshot) Event(database ID, name string) *Event {
	return events(s).byName.get(database, FoldName(name))
}

// Events lists the events of a database by name.
func (s *Snapshot) Events(database ID) []*Event { return events(s).byName.list(database) }

// PutEvent creates or changes an event.
func (tx *Tx) PutEvent(rec *Event) error { return events(tx.Snapshot).kind.Put(tx, rec) }

// DropEvent removes an event.
func (tx *Tx) DropEvent(id ID) error { return events(tx.Snapshot).kind.Delete(tx, id) }
