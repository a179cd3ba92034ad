package grant

import (
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// taking is what a REVOKE removes from each row.
type taking struct {
	atoms   privilege.Set // removed with their options
	options privilege.Set // only the right to pass on is removed
}

// takingOf: GRANT OPTION FOR takes only options. GRANT OPTION in the list takes
// every right to pass on, the atom GRANT included.
func takingOf(r Request) taking {
	named, optionListed := r.atoms()
	var t taking
	if r.GrantOption {
		t.options = named
	} else {
		t.atoms = named
	}
	if optionListed {
		t.atoms = t.atoms.Union(privilege.Of(privilege.Grant).Intersect(privilege.Valid(r.Kind)))
		t.options = privilege.Valid(r.Kind)
	}
	return t
}

// from splits a row into what is taken of it and what is left.
func (t taking) from(g catalog.Grant) (taken taking, left catalog.Grant) {
	taken = taking{g.Atoms.Intersect(t.atoms), g.Options.Intersect(t.options.Union(t.atoms))}
	left = g
	left.Atoms = g.Atoms.Minus(taken.atoms)
	left.Options = g.Options.Minus(taken.options)
	return taken, left
}

// without leaves some atoms out.
func (t taking) without(s privilege.Set) taking { return taking{t.atoms.Minus(s), t.options.Minus(s)} }

func (t taking) isEmpty() bool { return t.atoms.IsEmpty() && t.options.IsEmpty() }

// revoke works out a REVOKE.
func (l *ledger) revoke(actor Actor, r Request) (Notes, error) {
	object := l.tx.Object(r.Object)
	a := l.authorityOf(actor, object)
	t := takingOf(r)
	var notes Notes
	lost := false
	for _, grantee := range r.Grantees {
		lostHere, err := l.take(actor, a, grantee, r, t, &notes)
		if err != nil {
			return nil, err
		}
		lost = lost || lostHere
		if r.Kind == privilege.KindSystem {
			l.forget(grantee)
		}
	}
	if !lost {
		return notes, nil
	}
	dependants := l.cascade(r.Object)
	if len(dependants) > 0 && r.Restrict {
		return nil, fmt.Errorf("%w: %s", ErrDependants, strings.Join(dependants, "; "))
	}
	for _, d := range dependants {
		notes.addf("also revoked: %s", d)
	}
	return notes, nil
}

// take removes from the rows of one grantee what the actor may remove. lost
// says that a right to pass on went with it.
func (l *ledger) take(actor Actor, a authority, grantee principal.ID, r Request, t taking, notes *Notes) (lost bool, err error) {
	var taken taking
	var kept []catalog.Grant // rows that he may not touch
	mine := grantee == actor.ID && actor.ID != 0
	object := l.tx.Object(r.Object)
	for _, g := range l.to(grantee, r.Object) {
		part, left := t.from(g)
		if part.isEmpty() {
			continue
		}
		if !l.mayTake(actor, a, g, part, object) {
			kept = append(kept, g)
			if part, left = t.without(privilege.Of(privilege.Proxy)).from(g); !mine || part.isEmpty() {
				continue
			}
		}
		mine = mine || actor.has(g.Grantor)
		l.set(left)
		taken.atoms = taken.atoms.Union(part.atoms)
		taken.options = taken.options.Union(part.options)
		lost = lost || !part.options.IsEmpty() || part.atoms.Has(privilege.Grant)
	}
	excepted, keptThere := l.except(actor, a, grantee, r, t)
	kept = append(kept, keptThere...)
	taken.atoms = taken.atoms.Union(excepted.atoms)
	taken.options = taken.options.Union(excepted.options)
	lost = lost || !excepted.options.IsEmpty() || excepted.atoms.Has(privilege.Grant)
	mine = mine || !excepted.isEmpty()
	if a.atoms().IsEmpty() && !mine || taken.isEmpty() && len(kept) > 0 {
		return false, fmt.Errorf("%w: no right to revoke this", ErrMayNotGrant)
	}
	if !excepted.isEmpty() {
		where := "the database of " + l.describe(r.Object)
		if l.isDatabase(object) {
			where = "the system"
		}
		notes.addf("%s keeps his rights on %s; what is revoked here is an exception to them until it is granted here again", l.name(grantee), where)
	}
	return lost, l.tell(grantee, r, t, taken, kept, notes)
}

// mayTake is the rule of the package comment, for the part of one row that counts
// on an object: the row's own, or one in the database that the row is on.
func (l *ledger) mayTake(actor Actor, a authority, g catalog.Grant, part taking, object catalog.Object) bool {
	if a.admin || a.assigns || actor.has(g.Grantor) {
		return true
	}
	if g.Grantee == actor.ID { // who is somebody else by PROXY would be himself again: that is his who may say so
		return !part.atoms.Has(privilege.Proxy) || a.atoms().Has(privilege.Proxy)
	}
	if !a.atoms().HasAll(part.atoms.Union(part.options)) {
		return false
	}
	owner := object.Owner
	if actor.has(owner) || l.ownsDatabase(actor, object) {
		return true
	}
	for _, id := range actor.ids() {
		if l.holdsGrant(id, object) {
			return g.Grantee != owner
		}
	}
	return false
}

func (l *ledger) ownsDatabase(actor Actor, object catalog.Object) bool {
	db := l.tx.DatabaseByID(object.Database)
	return db != nil && actor.has(db.Owner)
}

// holdsGrant reports whether a principal has the atom GRANT on an object or its
// database.
func (l *ledger) holdsGrant(p principal.ID, object catalog.Object) bool {
	if object.Kind == privilege.KindSystem {
		return false
	}
	atoms := l.held(p, object.ID)
	for _, g := range l.fromDatabase(p, object) {
		atoms = atoms.Union(g.Atoms)
	}
	return atoms.Has(privilege.Grant)
}

// tell turns what was taken from one grantee into ErrNotGranted or notes.
func (l *ledger) tell(grantee principal.ID, r Request, t, taken taking, kept []catalog.Grant, notes *Notes) error {
	if taken.isEmpty() && !t.isEmpty() {
		if !r.IfExists {
			return fmt.Errorf("%w: %s to %s on %s", ErrNotGranted, privilegeNames(r.Privileges), l.name(grantee), l.describe(r.Object))
		}
		notes.addf("%s was not granted %s on %s", l.name(grantee), privilegeNames(r.Privileges), l.describe(r.Object))
		return nil
	}
	for _, g := range kept {
		notes.addf("%s keeps what %s granted on %s", l.name(grantee), l.name(g.Grantor), l.describe(r.Object))
	}
	if owner := l.tx.Object(r.Object).Owner; owner == grantee && owner != 0 && !taken.atoms.IsEmpty() {
		if l.held(grantee, r.Object).Has(privilege.Grant) { // which ALL leaves
			notes.addf("%s owns %s and keeps GRANT on it, by which he can give himself what was revoked; REVOKE GRANT OPTION takes it", l.name(grantee), l.describe(r.Object))
		} else {
			notes.addf("%s owns %s and no longer holds all rights on it; SYSTEM ADMIN can grant them again", l.name(grantee), l.describe(r.Object))
		}
	}
	return nil
}

func privilegeNames(list []Privilege) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = strings.ToUpper(p.Name)
	}
	return strings.Join(names, ", ")
}
