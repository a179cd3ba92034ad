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
	if home != nil {
		if err := tx.DropDatabase(home.ID); err != nil {
			return nil, err
		}
	}
	return notes, tx.DropPrincipal(p)
}

// RevokeAll is REVOKE ALL PRIVILEGES, GRANT OPTION FROM: every row of each
// grantee, on every object, goes, with what hung on it. Roles that he holds stay.
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
		l.setException(catalog.Exception{Grantee: p, Object: e.Object})
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
			add(o.ID, kindWord(o.Kind)+target(s, o))
		}
	}
	if home != nil {
		for _, o := range s.Objects(home.ID) {
			add(o.ID, kindWord(o.Kind)+target(s, o))
		}
		for _, e := range s.Events(home.ID) {
			add(e.ID, "event "+Quote(home.Name)+"."+Quote(e.Name))
		}
	}
	for _, db := range s.Databases() {
		definitions(s, db, p, add)
	}
	return held
}

// definitions visits what in a database runs with the rights of p.
func definitions(s *catalog.Snapshot, db *catalog.Database, p principal.ID, add func(catalog.ID, string)) {
	name := func(n string) string { return Quote(db.Name) + "." + Quote(n) }
	for _, v := range s.Views(db.ID) {
		if v.Definer == p {
			add(v.ID, "view "+name(v.Name))
		}
	}
	for _, t := range s.Triggers(db.ID) {
		if t.Definer == p {
			add(t.ID, "trigger "+name(t.Name))
		}
	}
	for _, r := range s.Routines(db.ID) {
		if r.Definer == p {
			add(r.ID, target(s, s.Object(r.ID)))
		}
	}
	for _, e := range s.Events(db.ID) {
		if e.Definer == p {
			add(e.ID, "event "+name(e.Name))
		}
	}
}

// kindWord stands before an object in a message; a routine's is in its target.
func kindWord(k privilege.Kind) string {
	switch k {
	case privilege.KindDatabase:
		return "database "
	case privilege.KindTable:
		return "table "
	case privilege.KindView:
		return "view "
	}
	return ""
}
