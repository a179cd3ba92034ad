package catalog

import (
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Places of the kinds of the database itself in kinds and Snapshot.objects. A
// database is emptied in this order: triggers go with their tables. Kinds that
// others add come after these.
const (
	atDatabase = iota
	atTable
	atView
	atTrigger
	atRoutine
	atEvent
	atSequence
	atScope
	atConnectionRule
)

func databases(s *Snapshot) *collection[Database] { return at[Database](s, atDatabase) }
func tables(s *Snapshot) *collection[Table]       { return at[Table](s, atTable) }
func views(s *Snapshot) *collection[View]         { return at[View](s, atView) }
func triggers(s *Snapshot) *collection[Trigger]   { return at[Trigger](s, atTrigger) }
func routines(s *Snapshot) *collection[Routine]   { return at[Routine](s, atRoutine) }
func events(s *Snapshot) *collection[Event]       { return at[Event](s, atEvent) }
func sequences(s *Snapshot) *collection[Sequence] { return at[Sequence](s, atSequence) }

func at[T any](s *Snapshot, place int) *collection[T] { return s.objects[place].(*collection[T]) }

func builtinKinds() (list []anyKind) {
	newKind(&list, Descriptor[Database]{
		Record: byte(recDatabase), Name: "database", Grants: privilege.KindDatabase,
		Fields: func(r *Database) Fields { return Fields{ID: r.ID, Name: r.Name, Owner: &r.Owner} },
		Check:  checkDatabase, Drop: emptyDatabase,
		NewOwner: func(r *Database, _ principal.ID) { r.HomeOf = 0 },
	})
	newKind(&list, Descriptor[Table]{
		Record: byte(recTable), Name: "table", Grants: privilege.KindTable,
		Fields: func(r *Table) Fields { return Fields{ID: r.ID, Database: r.Database, Name: r.Name, Owner: &r.Owner} },
		Check:  checkTable, Drop: dropTriggers, Changed: changedTable, index: indexData,
	})
	newKind(&list, Descriptor[View]{
		Record: byte(recView), Name: "view", Grants: privilege.KindView,
		Fields: func(r *View) Fields {
			return Fields{ID: r.ID, Database: r.Database, Name: r.Name, Owner: &r.Owner, Definer: &r.Definer, Makers: &r.Makers}
		},
		Check:    func(tx *Tx, r, _ *View) error { return tx.checkRelationName(r.ID, r.Database, r.Name) },
		NewOwner: func(r *View, to principal.ID) { r.Definer = to },
	})
	newKind(&list, Descriptor[Trigger]{
		Record: byte(recTrigger), Name: "trigger",
		Fields: func(r *Trigger) Fields {
			return Fields{ID: r.ID, Database: r.Database, Name: r.Name, Definer: &r.Definer, Makers: &r.Makers}
		},
		Check: checkTrigger, Changed: changedTrigger,
		PartOf: func(r *Trigger) ID { return r.Table },
	})
	newKind(&list, Descriptor[Routine]{
		Record: byte(recRoutine), Name: "routine", Grants: privilege.KindRoutine,
		Fields: func(r *Routine) Fields {
			return Fields{ID: r.ID, Database: r.Database, Name: r.Name, Owner: &r.Owner, Definer: &r.Definer, Makers: &r.Makers}
		},
		Key:      func(r *Routine) string { return routineKey(r.Name, r.Function) },
		NewOwner: func(r *Routine, to principal.ID) { r.Definer = to },
	})
	newKind(&list, Descriptor[Event]{
		Record: byte(recEvent), Name: "event",
		Fields: func(r *Event) Fields {
			return Fields{ID: r.ID, Database: r.Database, Name: r.Name, Definer: &r.Definer, Makers: &r.Makers}
		},
	})
	newKind(&list, Descriptor[Sequence]{
		Record: byte(recSequence), Name: "sequence", Grants: privilege.KindSequence,
		Fields: func(r *Sequence) Fields { return Fields{ID: r.ID, Database: r.Database, Name: r.Name, Owner: &r.Owner} },
		Check:  checkSequence, Changed: changedSequence, index: indexSequence,
	})
	newKind(&list, scopeDescriptor())
	newKind(&list, connectionRuleDescriptor())
	return list
}

func checkDatabase(tx *Tx, rec, _ *Database) error {
	if isVirtual(FoldName(rec.Name)) {
		return fmt.Errorf("%w: database %q", ErrExists, rec.Name)
	}
	if err := tx.checkPrincipals("database", rec.Name, rec.HomeOf); err != nil {
		return err
	}
	if p := tx.principals.get(rec.HomeOf); rec.HomeOf != 0 && p.Kind != KindUser {
		return fmt.Errorf("%w: database %q as the home of the %s %q", ErrInvalid, rec.Name, p.Kind, p.Name)
	}
	return nil
}

// emptyDatabase drops everything in a database. The rows of its tables are
// purged after the commit.
func emptyDatabase(tx *Tx, rec *Database) error {
	for _, c := range tx.objects {
		for _, o := range c.list(rec.ID) {
			if err := c.ofKind().drop(tx, o.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTable(tx *Tx, rec, old *Table) error {
	if rec.Data < FirstID {
		return fmt.Errorf("%w: table %q with id %d and data id %d", ErrInvalid, rec.Name, rec.ID, rec.Data)
	}
	if other := tx.tableData.get(rec.Data); other != nil && other.ID != rec.ID {
		return fmt.Errorf("%w: data id %d of table %q belongs to table %q", ErrInvalid, rec.Data, rec.Name, other.Name)
	}
	if other := tx.sequenceData.get(rec.Data); other != nil {
		return fmt.Errorf("%w: data id %d of table %q belongs to sequence %q", ErrInvalid, rec.Data, rec.Name, other.Name)
	}
	if old != nil && old.Database != rec.Database {
		for _, trigger := range tx.Triggers(old.Database) {
			if trigger.Table == rec.ID {
				return fmt.Errorf("%w: table %q has trigger %q and cannot change database", ErrInvalid, rec.Name, trigger.Name)
			}
		}
	}
	return tx.checkRelationName(rec.ID, rec.Database, rec.Name)
}

// checkRelationName: tables, views and sequences share one name space in a database.
func (tx *Tx) checkRelationName(id, database ID, name string) error {
	t, v, q := tx.Table(database, name), tx.View(database, name), tx.Sequence(database, name)
	if t != nil && t.ID != id || v != nil && v.ID != id || q != nil && q.ID != id {
		return fmt.Errorf("%w: table, view or sequence %q", ErrExists, name)
	}
	return nil
}

func dropTriggers(tx *Tx, rec *Table) error {
	for _, trigger := range tx.Triggers(rec.Database) {
		if trigger.Table != rec.ID {
			continue
		}
		if err := tx.DropTrigger(trigger.ID); err != nil {
			return err
		}
	}
	return nil
}

// changedTable: the rows of a dropped table are purged after the commit.
func changedTable(tx *Tx, rec, old *Table) {
	if rec != nil {
		rec.aside = tx.aside
	}
	switch {
	case old == nil:
		tx.touchData(rec.Data)
	case rec == nil:
		tx.touchData(old.Data)
		tx.Purge(old.Data)
	case old.Data != rec.Data, old.Database != rec.Database:
		tx.touchData(old.Data, rec.Data)
	}
}

func indexData(s *Snapshot, rec *Table, in bool) {
	if in {
		s.tableData.set(rec.Data, rec)
	} else {
		s.tableData.delete(rec.Data)
	}
}

func checkTrigger(tx *Tx, rec, _ *Trigger) error {
	if t := tx.TableByID(rec.Table); t == nil || t.Database != rec.Database {
		return fmt.Errorf("%w: table %d of trigger %q in its database", ErrNotFound, rec.Table, rec.Name)
	}
	return nil
}

func changedTrigger(tx *Tx, rec, old *Trigger) {
	if rec == nil {
		rec = old
	}
	tx.touchObject(rec.Table)
}

// routineKey keeps functions and procedures apart in one name space.
func routineKey(name string, function bool) string {
	if function {
		return "f" + FoldName(name)
	}
	return "p" + FoldName(name)
}

// isVirtual reports whether a folded name is that of a computed database.
func isVirtual(folded string) bool {
	for _, name := range virtualNames {
		if name == folded {
			return true
		}
	}
	return false
}
