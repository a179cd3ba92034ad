package grant

import (
	"fmt"

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

// Give gives an object to its owner, whatever was taken from him on it.
func Give(tx *catalog.Tx, object catalog.ID) error {
	o := tx.Object(object)
	if o.Kind == privilege.KindNone || o.Owner == 0 {
		return fmt.Errorf("%w: %d, to be owned", ErrNoObject, object)
	}
	for _, row := range OwnerRows(o.Kind, object, o.Owner) {
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
