package grant

import (
	"fmt"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// DropPrincipal removes a user, role or group with his grants, those that hung
// on them, and his home database when it is empty. The caller has checked that
// the actor may do it. Errors: ErrNoGrantee, *OwnsError while the principal
// owns anything else or something runs with his rights.
func DropPrincipal(tx *catalog.Tx, p principal.ID) (Notes, error) {
	rec := tx.PrincipalByID(p)
	if rec == nil {
		return nil, fmt.Errorf("%w: %d", ErrNoGrantee, p)
	}
	if p == catalog.Root || p == catalog.Public {
		return nil, fmt.Errorf("%w: %s is built in", ErrMayNotGrant, rec.Name)
	}
	home := tx.HomeOf(p)
	if held := heldBack(tx.Snapshot, p, home); len(held) > 0 {
		return nil, &OwnsError{Principal: rec.Name, Objects: held}
	}
	l := newLedger(tx)
	notes := l.loseAll(p)
	if err := l.flush(); err != nil {
		return nil, err
	}
	var scopes []catalog.ID
	for _, e := range tx.ExceptionsOf(p) {
		scopes = append(scopes, e.Object)
	}
	if home != nil {
		if err := tx.DropDatabase(home.ID); err != nil {
			return nil, err
		}
	}
	if err := tx.DropPrincipal(p); err != nil {
		return nil, err
	}
	for _, id := range scopes { // what was denied to him on them is gone
		if err := DropUnused(tx, id); err != nil {
			return nil, err
		}
	}
	return notes, nil
}

// RevokeAll is REVOKE ALL PRIVILEGES, GRANT OPTION FROM: every row of each
// grantee, on every object, goes, with what hung on it. Roles that he holds stay, and
// what is denied to him stays denied.
// Only SYSTEM ADMIN may do it. Errors: ErrMayNotGrant, ErrNoGrantee, ErrLastAdmin.
func RevokeAll(tx *catalog.Tx, actor Actor, grantees []principal.ID) (Notes, error) {
	l := newLedger(tx)
	if !l.isAdmin(actor) {
		return nil, fmt.Errorf("%w: SYSTEM ADMIN is needed to revoke everything", ErrMayNotGrant)
	}
	var notes Notes
	for _, p := range grantees {
		if tx.PrincipalByID(p) == nil {
			return nil, fmt.Errorf("%w: %d", ErrNoGrantee, p)
		}
		notes = append(notes, l.loseAll(p)...)
		if owned := tx.Owned(p); len(owned) > 0 {
			notes.addf("%s owns objects and no longer holds rights on them; SYSTEM ADMIN can grant them again", l.name(p))
		}
	}
	return notes, l.flush()
}

// loseAll takes every row from a principal, with what hung on them and the
// exceptions to them.
func (l *ledger) loseAll(p principal.ID) Notes {
	var notes Notes
	rows := l.tx.GrantsTo(p)
	for _, e := range l.tx.ExceptionsOf(p) {
		denial := *e
		denial.Atoms, denial.Options = 0, 0
		l.setException(denial)
	}
	for _, g := range rows {
		lost := *g
		lost.Atoms = 0
		l.set(lost)
	}
	for _, g := range rows {
		if g.Options.IsEmpty() && !g.Atoms.Has(privilege.Grant) {
			continue
		}
		for _, d := range l.cascade(g.Object) {
			notes.addf("also revoked: %s", d)
		}
	}
	return notes
}

// HeldBack lists what keeps a principal from being dropped; none for one that nothing keeps.
func HeldBack(s *catalog.Snapshot, p principal.ID) []string { return heldBack(s, p, s.HomeOf(p)) }

// heldBack lists what keeps a principal from being dropped: what he owns
// besides an empty home database, what is in the home, what runs as him.
func heldBack(s *catalog.Snapshot, p principal.ID, home *catalog.Database) []string {
	var held []string
	seen := map[catalog.ID]bool{}
	add := func(id catalog.ID, what string) {
		if !seen[id] {
			seen[id] = true
			held = append(held, what)
		}
	}
	for _, o := range s.Owned(p) {
		if home == nil || o.ID != home.ID {
			add(o.ID, shown(s, o))
		}
	}
	for _, db := range s.Databases() {
		for _, o := range s.Contents(db.ID) {
			inHome := home != nil && o.Database == home.ID && o.PartOf == 0
			if inHome || o.Definer == p && p != 0 {
				add(o.ID, shown(s, o))
			}
		}
	}
	return held
}

// shown is an object in a message: table `shop`.`t`.
func shown(s *catalog.Snapshot, o catalog.Object) string {
	if o.Kind != privilege.KindNone && o.Kind != privilege.KindDatabase && !o.Kind.IsRelation() { // its target says what it is
		return target(s, o)
	}
	return o.What + " " + target(s, o)
}
