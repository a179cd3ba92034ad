package catalog

import (
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
)

// PutView creates or changes a view.
func (tx *Tx) PutView(rec *View) error {
	if err := tx.checkMember("view", rec.ID, rec.Database, rec.Name, rec.Owner, rec.Definer); err != nil {
		return err
	}
	if err := tx.checkRelationName(rec.ID, rec.Database, rec.Name); err != nil {
		return err
	}
	old := tx.views.get(rec.ID)
	kept, err := put(tx, rec, recView, rec.ID)
	if err != nil {
		return err
	}
	if old != nil {
		tx.viewNames.delete(old.Database, FoldName(old.Name))
		if old.Database != rec.Database {
			tx.touchObject(old.Database, rec.Database)
			tx.touchSecurity()
		}
	}
	tx.setView(kept)
	tx.touchObject(rec.ID)
	return nil
}

// DropView removes a view and the grants on it.
func (tx *Tx) DropView(id ID) error {
	old := tx.views.get(id)
	if old == nil {
		return fmt.Errorf("%w: view %d", ErrNotFound, id)
	}
	if err := tx.dropGrantsOn(id); err != nil {
		return err
	}
	if err := tx.remove(recView, id); err != nil {
		return err
	}
	tx.views.delete(id)
	tx.viewNames.delete(old.Database, FoldName(old.Name))
	tx.touchObject(id)
	return nil
}

// PutTrigger creates or changes a trigger.
func (tx *Tx) PutTrigger(rec *Trigger) error {
	if err := tx.checkMember("trigger", rec.ID, rec.Database, rec.Name, rec.Definer); err != nil {
		return err
	}
	if t := tx.tables.get(rec.Table); t == nil || t.Database != rec.Database {
		return fmt.Errorf("%w: table %d of trigger %q in its database", ErrNotFound, rec.Table, rec.Name)
	}
	if other := tx.Trigger(rec.Database, rec.Name); other != nil && other.ID != rec.ID {
		return fmt.Errorf("%w: trigger %q", ErrExists, rec.Name)
	}
	old := tx.triggers.get(rec.ID)
	kept, err := put(tx, rec, recTrigger, rec.ID)
	if err != nil {
		return err
	}
	if old != nil {
		tx.triggerNames.delete(old.Database, FoldName(old.Name))
	}
	tx.setTrigger(kept)
	tx.touchObject(rec.ID, rec.Table)
	return nil
}

// DropTrigger removes a trigger.
func (tx *Tx) DropTrigger(id ID) error {
	old := tx.triggers.get(id)
	if old == nil {
		return fmt.Errorf("%w: trigger %d", ErrNotFound, id)
	}
	if err := tx.remove(recTrigger, id); err != nil {
		return err
	}
	tx.triggers.delete(id)
	tx.triggerNames.delete(old.Database, FoldName(old.Name))
	tx.touchObject(id, old.Table)
	return nil
}

// PutRoutine creates or changes a stored function or procedure.
func (tx *Tx) PutRoutine(rec *Routine) error {
	if err := tx.checkMember("routine", rec.ID, rec.Database, rec.Name, rec.Owner, rec.Definer); err != nil {
		return err
	}
	if other := tx.Routine(rec.Database, rec.Name, rec.Function); other != nil && other.ID != rec.ID {
		return fmt.Errorf("%w: routine %q", ErrExists, rec.Name)
	}
	old := tx.routines.get(rec.ID)
	kept, err := put(tx, rec, recRoutine, rec.ID)
	if err != nil {
		return err
	}
	if old != nil {
		tx.routineNames.delete(old.Database, routineKey(old.Name, old.Function))
		if old.Database != rec.Database {
			tx.touchObject(old.Database, rec.Database)
			tx.touchSecurity()
		}
	}
	tx.setRoutine(kept)
	tx.touchObject(rec.ID)
	return nil
}

// DropRoutine removes a routine and the grants on it.
func (tx *Tx) DropRoutine(id ID) error {
	old := tx.routines.get(id)
	if old == nil {
		return fmt.Errorf("%w: routine %d", ErrNotFound, id)
	}
	if err := tx.dropGrantsOn(id); err != nil {
		return err
	}
	if err := tx.remove(recRoutine, id); err != nil {
		return err
	}
	tx.routines.delete(id)
	tx.routineNames.delete(old.Database, routineKey(old.Name, old.Function))
	tx.touchObject(id)
	return nil
}

// PutEvent creates or changes an event.
func (tx *Tx) PutEvent(rec *Event) error {
	if err := tx.checkMember("event", rec.ID, rec.Database, rec.Name, rec.Definer); err != nil {
		return err
	}
	if other := tx.Event(rec.Database, rec.Name); other != nil && other.ID != rec.ID {
		return fmt.Errorf("%w: event %q", ErrExists, rec.Name)
	}
	old := tx.events.get(rec.ID)
	kept, err := put(tx, rec, recEvent, rec.ID)
	if err != nil {
		return err
	}
	if old != nil {
		tx.eventNames.delete(old.Database, FoldName(old.Name))
	}
	tx.setEvent(kept)
	tx.touchObject(rec.ID)
	return nil
}

// DropEvent removes an event.
func (tx *Tx) DropEvent(id ID) error {
	old := tx.events.get(id)
	if old == nil {
		return fmt.Errorf("%w: event %d", ErrNotFound, id)
	}
	if err := tx.remove(recEvent, id); err != nil {
		return err
	}
	tx.events.delete(id)
	tx.eventNames.delete(old.Database, FoldName(old.Name))
	tx.touchObject(id)
	return nil
}

// checkMember checks what every record in a database has in common.
func (tx *Tx) checkMember(what string, id, database ID, name string, principals ...principal.ID) error {
	if id < FirstID || name == "" {
		return fmt.Errorf("%w: %s %q with id %d", ErrInvalid, what, name, id)
	}
	if tx.databases.get(database) == nil {
		return fmt.Errorf("%w: database %d of %s %q", ErrNotFound, database, what, name)
	}
	return tx.checkPrincipals(what, name, principals...)
}
