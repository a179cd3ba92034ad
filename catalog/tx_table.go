package catalog

import (
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/security/principal"
)

// PutDatabase creates or changes a database.
func (tx *Tx) PutDatabase(rec *Database) error {
	old := tx.databases.get(rec.ID)
	folded := FoldName(rec.Name)
	switch other := tx.databaseNames.get(folded); {
	case rec.ID < FirstID, rec.Name == "":
		return fmt.Errorf("%w: database %q with id %d", ErrInvalid, rec.Name, rec.ID)
	case other != nil && other.ID != rec.ID, isVirtual(folded):
		return fmt.Errorf("%w: database %q", ErrExists, rec.Name)
	}
	if err := tx.checkPrincipals("database", rec.Name, rec.Owner, rec.HomeOf); err != nil {
		return err
	}
	if p := tx.principals.get(rec.HomeOf); rec.HomeOf != 0 && p.Kind != KindUser {
		return fmt.Errorf("%w: database %q as the home of the %s %q", ErrInvalid, rec.Name, p.Kind, p.Name)
	}
	kept, err := put(tx, rec, recDatabase, rec.ID)
	if err != nil {
		return err
	}
	if old != nil {
		tx.databaseNames.delete(FoldName(old.Name))
	}
	tx.setDatabase(kept)
	tx.touchObject(rec.ID)
	return nil
}

// DropDatabase removes a database with everything in it, and all grants on
// either. The rows of its tables are purged after the commit.
func (tx *Tx) DropDatabase(id ID) error {
	old := tx.databases.get(id)
	if old == nil {
		return fmt.Errorf("%w: database %d", ErrNotFound, id)
	}
	if err := tx.emptyDatabase(id); err != nil {
		return err
	}
	if err := tx.dropGrantsOn(id); err != nil {
		return err
	}
	if err := tx.remove(recDatabase, id); err != nil {
		return err
	}
	tx.databases.delete(id)
	tx.databaseNames.delete(FoldName(old.Name))
	tx.touchObject(id)
	return nil
}

func (tx *Tx) emptyDatabase(id ID) error {
	for _, t := range tx.Tables(id) {
		if err := tx.DropTable(t.ID); err != nil {
			return err
		}
	}
	for _, v := range tx.Views(id) {
		if err := tx.DropView(v.ID); err != nil {
			return err
		}
	}
	for _, r := range tx.Routines(id) {
		if err := tx.DropRoutine(r.ID); err != nil {
			return err
		}
	}
	for _, e := range tx.Events(id) {
		if err := tx.DropEvent(e.ID); err != nil {
			return err
		}
	}
	return nil
}

// PutTable creates or changes a table; a changed name or database renames it.
// Who gives it a new Data id also calls Purge for the old one.
func (tx *Tx) PutTable(rec *Table) error {
	old := tx.tables.get(rec.ID)
	if err := tx.checkTable(rec); err != nil {
		return err
	}
	kept, err := put(tx, rec, recTable, rec.ID)
	if err != nil {
		return err
	}
	tx.touchObject(rec.ID)
	if old == nil {
		tx.touchData(rec.Data)
	} else {
		tx.tableNames.delete(old.Database, FoldName(old.Name))
		tx.tableData.delete(old.Data)
		if old.Data != rec.Data || old.Database != rec.Database {
			tx.touchData(old.Data, rec.Data)
		}
		if old.Database != rec.Database {
			// Grants on either database reach other tables than before.
			tx.touchObject(old.Database, rec.Database)
			tx.touchSecurity()
		}
	}
	tx.setTable(kept)
	return nil
}

func (tx *Tx) checkTable(rec *Table) error {
	if rec.ID < FirstID || rec.Data < FirstID || rec.Name == "" {
		return fmt.Errorf("%w: table %q with id %d and data id %d", ErrInvalid, rec.Name, rec.ID, rec.Data)
	}
	if tx.databases.get(rec.Database) == nil {
		return fmt.Errorf("%w: database %d of table %q", ErrNotFound, rec.Database, rec.Name)
	}
	if err := tx.checkPrincipals("table", rec.Name, rec.Owner); err != nil {
		return err
	}
	if other := tx.tableData.get(rec.Data); other != nil && other.ID != rec.ID {
		return fmt.Errorf("%w: data id %d of table %q belongs to table %q", ErrInvalid, rec.Data, rec.Name, other.Name)
	}
	if old := tx.tables.get(rec.ID); old != nil && old.Database != rec.Database {
		for _, trigger := range tx.Triggers(old.Database) {
			if trigger.Table == rec.ID {
				return fmt.Errorf("%w: table %q has trigger %q and cannot change database", ErrInvalid, rec.Name, trigger.Name)
			}
		}
	}
	return tx.checkRelationName(rec.ID, rec.Database, rec.Name)
}

// checkRelationName: tables and views share one name space in a database.
func (tx *Tx) checkRelationName(id, database ID, name string) error {
	t, v := tx.Table(database, name), tx.View(database, name)
	if t != nil && t.ID != id || v != nil && v.ID != id {
		return fmt.Errorf("%w: table or view %q", ErrExists, name)
	}
	return nil
}

// DropTable removes a table, its triggers and the grants on it. Its rows are
// purged after the commit.
func (tx *Tx) DropTable(id ID) error {
	old := tx.tables.get(id)
	if old == nil {
		return fmt.Errorf("%w: table %d", ErrNotFound, id)
	}
	for _, trigger := range tx.Triggers(old.Database) {
		if trigger.Table != id {
			continue
		}
		if err := tx.DropTrigger(trigger.ID); err != nil {
			return err
		}
	}
	if err := tx.dropGrantsOn(id); err != nil {
		return err
	}
	if err := tx.remove(recTable, id); err != nil {
		return err
	}
	tx.tables.delete(id)
	tx.tableNames.delete(old.Database, FoldName(old.Name))
	tx.tableData.delete(old.Data)
	tx.touchObject(id)
	tx.touchData(old.Data)
	tx.Purge(old.Data)
	return nil
}

// checkPrincipals checks that owners and definers exist; 0 is nobody.
func (tx *Tx) checkPrincipals(what, name string, ids ...principal.ID) error {
	for _, id := range ids {
		if id != 0 && tx.principals.get(id) == nil {
			return fmt.Errorf("%w: principal %d of %s %q", ErrNotFound, id, what, name)
		}
	}
	return nil
}

// isVirtual reports whether a folded name is that of a computed database.
func isVirtual(folded string) bool {
	for _, name := range virtualNames {
		if strings.EqualFold(name, folded) {
			return true
		}
	}
	return false
}
