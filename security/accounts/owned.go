package accounts

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Reassign makes to the owner and definer of everything that from owns.
func Reassign(tx *catalog.Tx, from, to principal.ID) error {
	for _, o := range tx.Owned(from) {
		if err := setOwner(tx, o, to); err != nil {
			return err
		}
		if err := grant.Own(tx, o.ID); err != nil {
			return err
		}
	}
	return nil
}

func setOwner(tx *catalog.Tx, o catalog.Object, to principal.ID) error {
	switch o.Kind {
	case privilege.KindDatabase:
		rec := tx.DatabaseByID(o.ID).Clone()
		rec.Owner, rec.HomeOf = to, 0
		return tx.PutDatabase(rec)
	case privilege.KindTable:
		rec := tx.TableByID(o.ID).Clone()
		rec.Owner = to
		return tx.PutTable(rec)
	case privilege.KindView:
		rec := tx.ViewByID(o.ID).Clone()
		// It read what its definer may read, whose account is about to go.
		// From now on it reads as whoever asks, so that the new owner's rights
		// are nobody else's.
		rec.Owner, rec.Definer, rec.Invoker = to, to, true
		return tx.PutView(rec)
	case privilege.KindRoutine:
		rec := tx.RoutineByID(o.ID).Clone()
		rec.Owner, rec.Definer = to, to
		return tx.PutRoutine(rec)
	}
	return nil
}

// DropOwned drops everything that p owns, databases with their contents.
func DropOwned(tx *catalog.Tx, p principal.ID) error {
	for _, o := range tx.Owned(p) {
		var err error
		switch {
		case tx.Object(o.ID).Kind == privilege.KindNone: // went with its database
		case o.Kind == privilege.KindDatabase:
			err = tx.DropDatabase(o.ID)
		case o.Kind == privilege.KindTable:
			err = tx.DropTable(o.ID)
		case o.Kind == privilege.KindView:
			err = tx.DropView(o.ID)
		case o.Kind == privilege.KindRoutine:
			err = tx.DropRoutine(o.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
