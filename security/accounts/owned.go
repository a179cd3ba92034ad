package accounts

import (
	"errors"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Reassign makes to the owner and definer of everything that from owns.
func Reassign(tx *catalog.Tx, from, to principal.ID) error {
	for _, o := range tx.Owned(from) {
		if err := tx.SetOwner(o.ID, to); err != nil {
			return err
		}
		if o.Kind == privilege.KindNone {
			continue // no grant can be on it
		}
		if err := grant.Own(tx, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// DropOwned drops everything that p owns, databases with their contents.
func DropOwned(tx *catalog.Tx, p principal.ID) error {
	for _, o := range tx.Owned(p) {
		err := tx.Drop(o.ID)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) { // which went with its database
			return err
		}
	}
	return nil
}
