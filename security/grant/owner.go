package grant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// OwnerRows are the rights of the owner of a new object: every atom of its
// kind, all of which he may pass on. They are ordinary rows, which he or an
// administrator can revoke.
func OwnerRows(kind privilege.Kind, object catalog.ID, owner principal.ID) []catalog.Grant {
	all := privilege.Owner(kind)
	return []catalog.Grant{{
		Grantee: owner, Object: object, Kind: kind, Atoms: all, Options: all,
		Grantor: catalog.SystemGrantor, By: owner,
	}}
}

// Own gives an object that was created in tx to its owner. What somebody else took from
// him on that name he does not get by making it again.
func Own(tx *catalog.Tx, object catalog.ID) error {
	o := tx.Object(object)
	e := tx.Exception(o.Owner, object)
	if o.Owner == 0 || e.By == o.Owner || e.Atoms|e.Options == 0 {
		return Give(tx, object)
	}
	for _, row := range OwnerRows(o.Kind, object, o.Owner) {
		row.Atoms = row.Atoms.Minus(withGrant(e.Atoms))
		row.Options = row.Options.Minus(withGrant(e.Atoms.Union(e.Options)))
		if row.Atoms.IsEmpty() {
			continue
		}
		if err := tx.PutGrant(&row); err != nil {
			return err
		}
	}
	if o.Kind == privilege.KindDatabase {
		return adopt(tx, o)
	}
	return nil
}

// Hand gives an object to another owner, by whom of its makers' accounts the list says, with an owner's rights.
// Who owned it loses those, with what hung on them, and keeps what was granted to him apart from them: on the object
// by whoever gave it, and on what it is in. That is told, and so is which triggers stop its changes.
func Hand(tx *catalog.Tx, object catalog.ID, to principal.ID, by ...principal.ID) (Notes, error) {
	from := tx.Object(object).Owner
	l := newLedger(tx)
	notes := l.surrender(from, object)
	if err := l.flush(); err != nil {
		return nil, err
	}
	if err := tx.SetOwner(object, to, by...); err != nil {
		return nil, err
	}
	if err := Give(tx, object); err != nil {
		return nil, err
	}
	return append(notes, l.stopping(object)...), nil
}

// surrender takes from the owner of an object what he holds on it as such.
func (l *ledger) surrender(owner principal.ID, id catalog.ID) (notes Notes) {
	if owner == 0 || l.tx.PrincipalByID(owner) == nil {
		return nil
	}
	g := l.get(rowKey{owner, id, catalog.SystemGrantor}, l.tx.Object(id).Kind)
	if g.Atoms.IsEmpty() {
		return nil
	}
	for _, end := range g.Ends.Parts() { // what somebody gave for a time, owning gives for good
		g.Apart = g.Apart.Union(end.Atoms)
	}
	g.Atoms, g.Options = g.Apart, g.ApartOptions
	g.Apart, g.ApartOptions = 0, 0
	l.set(g)
	for _, d := range l.cascade(id) {
		notes.addf("also revoked: %s", d)
	}
	if kept := l.held(owner, id); !kept.IsEmpty() {
		notes.addf("%s keeps what was granted to him on %s: %s", l.name(owner), l.describe(id), strings.Join(privilege.Describe(kept, kindOf(l.tx.Snapshot, l.tx.Object(id))), ", "))
	}
	return notes
}

// stopping tells which triggers of a table that gets another owner, or of those in a database, stop its changes from now on:
// those of who holds TRIGGER on it no more. Nobody else becomes their definer by it: they would do what somebody wrote with
// rights of an account that has not asked for it.
func (l *ledger) stopping(id catalog.ID) (notes Notes) {
	o := l.tx.Object(id)
	database := o.Database
	switch o.Kind {
	case privilege.KindDatabase:
		database = id
	case privilege.KindTable:
	default:
		return nil
	}
	for _, trigger := range l.tx.Triggers(database) {
		if o.Kind == privilege.KindTable && trigger.Table != id || trigger.Definer == 0 || l.mayTrigger(trigger.Definer, l.tx.Object(trigger.Table)) {
			continue
		}
		notes.addf("the trigger %s stops changes of %s: %s holds TRIGGER on it no more; grant it to him, drop the trigger, or give it to another definer (ALTER TRIGGER … OWNER TO)",
			Quote(trigger.Name), l.describe(trigger.Table), l.name(trigger.Definer))
	}
	return notes
}

// Define makes somebody the definer of an event, or of a trigger of a table: a trigger of who holds
// TRIGGER on that not is told, for it stops changes of the table.
func Define(tx *catalog.Tx, program, table catalog.ID, to principal.ID, by ...principal.ID) (notes Notes, err error) {
	l := newLedger(tx)
	if err := tx.SetDefiner(program, to, by...); err != nil {
		return nil, err
	}
	if table != 0 && !l.mayTrigger(to, tx.Object(table)) {
		notes.addf("the trigger stops changes of %s: %s does not hold TRIGGER on it", l.describe(table), l.name(to))
	}
	return notes, nil
}

// mayTrigger says whether a principal's triggers on a table run: by itself, and by all that it holds.
func (l *ledger) mayTrigger(p principal.ID, table catalog.Object) bool {
	var held privilege.Set
	ids := append([]principal.ID{p, catalog.Public}, l.tx.Held(p, false)...)
	for _, id := range ids {
		for _, g := range slices.Concat(l.to(id, table.ID), l.fromDatabase(id, table)) {
			held = held.Union(g.Atoms)
		}
		for _, g := range l.fromSystem(id, table) {
			held = held.Union(privilege.FromSystem(g.Atoms))
		}
	}
	return held.Minus(l.denied(Actor{ID: p, Via: ids[1:]}, table)).Has(privilege.Trigger)
}

// Give gives an object to its owner, whatever was taken from him on it.
func Give(tx *catalog.Tx, object catalog.ID) error {
	o := tx.Object(object)
	if o.Kind == privilege.KindNone || o.Owner == 0 {
		return fmt.Errorf("%w: %d, to be owned", ErrNoObject, object)
	}
	for _, row := range OwnerRows(o.Kind, object, o.Owner) {
		if had := tx.Grant(row.Grantee, object, row.Grantor); had != nil { // what he was granted before he got it
			row.Apart = had.Atoms.Minus(had.Ends.Atoms())
			row.ApartOptions = had.Options.Minus(had.Ends.Atoms().Union(had.OptionEnds.Atoms())).Intersect(row.Apart)
		}
		if err := tx.PutGrant(&row); err != nil {
			return err
		}
	}
	if e := tx.Exception(o.Owner, object); e.Object != 0 && e.Deny == 0 {
		if err := tx.DropException(o.Owner, object); err != nil {
			return err
		}
	} else if e.Object != 0 {
		e.Atoms, e.Options = 0, 0
		if err := tx.PutException(&e); err != nil {
			return err
		}
	}
	if o.Kind == privilege.KindDatabase {
		return adopt(tx, o)
	}
	return nil
}

// Moved keeps the grants on a table, view or routine that tx has just moved to
// another database. What hung on rights on the old database, whose holders may
// have none on the new one, becomes the administrator's grant.
func Moved(tx *catalog.Tx, object catalog.ID) error {
	l := newLedger(tx)
	rows := l.on(object)
	l.settle(object)
	for _, g := range rows {
		left := l.get(keyOf(g), g.Kind)
		atoms, options := g.Atoms.Minus(left.Atoms), g.Options.Minus(left.Options)
		if atoms.IsEmpty() && options.IsEmpty() {
			continue
		}
		admins := l.get(rowKey{g.Grantee, object, catalog.SystemGrantor}, g.Kind)
		if admins.Atoms.IsEmpty() {
			admins.By = g.By
		}
		for _, p := range g.Ends.Parts() { // what ends ends there, too
			admins.Ends = admins.Ends.With(p.Atoms.Intersect(atoms.Union(options)).Minus(admins.Atoms.Minus(admins.Ends.Atoms())), p.At)
		}
		admins.Ends = admins.Ends.Only(^atoms.Union(options).Minus(g.Ends.Atoms()))
		forGood := admins.Options.Minus(admins.OptionEnds.Atoms())
		admins.OptionEnds = admins.OptionEnds.With(options.Minus(g.OptionEnds.Atoms()), 0)
		for _, p := range g.OptionEnds.Parts() {
			admins.OptionEnds = admins.OptionEnds.Later(p.Atoms.Intersect(options).Minus(forGood), p.At)
		}
		admins.Atoms = admins.Atoms.Union(atoms).Union(options)
		admins.Options = admins.Options.Union(options)
		l.set(admins)
	}
	return l.flush()
}
