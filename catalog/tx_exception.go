package catalog

import (
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// PutException writes what a principal does not hold on an object, replacing
// what was there. Seq of an existing record is kept.
func (tx *Tx) PutException(rec *Exception) error {
	e := *rec
	if err := tx.checkException(&e); err != nil {
		return err
	}
	e.Seq = tx.of
	if old := tx.exceptionsOf.get(e.Grantee, e.Object); old != nil {
		e.Seq = old.Seq
	}
	tx.leftOut(e.Atoms, e.Options, e.Deny)
	kept, err := put(tx, &e, recException, uint32(e.Grantee), e.Object)
	if err != nil {
		return err
	}
	tx.setException(kept)
	tx.touchObject(e.Object)
	tx.touchPrincipal(e.Grantee)
	return nil
}

func (tx *Tx) checkException(e *Exception) error {
	object := tx.Object(e.Object)
	all := e.Atoms.Union(e.Options).Union(e.Deny)
	switch {
	case tx.principals.get(e.Grantee) == nil:
		return fmt.Errorf("%w: grantee %d", ErrNotFound, e.Grantee)
	case object.Kind == privilege.KindNone:
		return fmt.Errorf("%w: object %d", ErrNotFound, e.Object)
	case object.Kind != e.Kind:
		return fmt.Errorf("%w: exception on object %d as %v, which is %v", ErrInvalid, e.Object, e.Kind, object.Kind)
	case !tx.excepts(object) && e.Deny != all:
		return fmt.Errorf("%w: exception on %v %d, which is in no database", ErrInvalid, e.Kind, e.Object)
	case e.DenyEnds.wrong(e.Deny), e.AdminDenyEnds.wrong(e.AdminDeny):
		return fmt.Errorf("%w: denial of %v with ends %q and %q", ErrInvalid, e.Deny, e.DenyEnds, e.AdminDenyEnds)
	case all.IsEmpty(), e.Atoms.HasAny(e.Options), all.Has(privilege.GrantOption), e.Deny.Has(privilege.SysAdmin), !e.Deny.HasAll(e.AdminDeny), !privilege.Valid(e.Kind).HasAll(all):
		return fmt.Errorf("%w: exception of %v with options %v and denial of %v on %v", ErrInvalid, e.Atoms, e.Options, e.Deny, e.Kind)
	}
	return nil
}

// DropException lifts an exception: what the principal holds on the database
// reaches the object again.
func (tx *Tx) DropException(grantee principal.ID, object ID) error {
	if tx.exceptionsOf.get(grantee, object) == nil {
		return fmt.Errorf("%w: exception of %d on %d", ErrNotFound, grantee, object)
	}
	if err := tx.remove(recException, uint32(grantee), object); err != nil {
		return err
	}
	tx.exceptionsOf.delete(grantee, object)
	tx.exceptionsOn.delete(object, grantee)
	tx.timedDenials.delete(grantee, object)
	tx.touchObject(object)
	tx.touchPrincipal(grantee)
	return nil
}
