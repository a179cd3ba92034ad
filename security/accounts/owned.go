package accounts

import (
	"errors"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Reassign makes to the owner and definer of everything that from owns, and the definer of
// triggers and events, which nobody owns. What from wrote then acts as to: the actor must
// be one who may change to, and where there is such a thing hold SET_ANY_DEFINER, unless it will act
// as himself. Errors: ErrDenied.
func (c *Tx) Reassign(from principal.ID, to *catalog.Principal) error {
	if err := c.mayTouch(to); err != nil {
		return err
	}
	if err := c.mayBecome(c.PrincipalByID(from)); err != nil { // whoever gets it may be an account of the actor's
		return err
	}
	anyDefiner := access.SystemPrivilege(privilege.SetAnyDefiner)
	if to.ID != c.actor.ID() && c.defines(from) && !access.May(access.As(c.rights, nil), access.System(), anyDefiner, access.Enforce) {
		return &Error{
			Kind: ErrDenied, Name: to.Name, Reason: privilege.SetAnyDefiner.String(),
			Hint: "views and programs of the account would act as " + to.Name + ": reassign them to yourself, or drop them",
		}
	}
	for _, o := range c.Owned(from) {
		if err := c.SetOwner(o.ID, to.ID); err != nil {
			return err
		}
		if o.Kind == privilege.KindNone {
			continue // no grant can be on it
		}
		if err := grant.Give(c.Tx, o.ID); err != nil {
			return err
		}
	}
	for _, db := range c.Databases() {
		for _, o := range c.Contents(db.ID) {
			if o.Kind != privilege.KindNone || o.Definer != from || from == 0 {
				continue
			}
			if err := c.SetDefiner(o.ID, to.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// defines says whether something acts as p: a view, a routine, a trigger or an event.
func (c *Tx) defines(p principal.ID) bool {
	acts := func(o catalog.Object) bool {
		return o.Definer == p || o.Owner == p && (o.Kind == privilege.KindView || o.Kind == privilege.KindRoutine)
	}
	if p == 0 {
		return false
	}
	if slices.ContainsFunc(c.Owned(p), acts) {
		return true
	}
	return slices.ContainsFunc(c.Databases(), func(db *catalog.Database) bool { return slices.ContainsFunc(c.Contents(db.ID), acts) })
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
