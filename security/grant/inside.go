package grant

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/privilege"
)

// grantable is what an actor may grant on an object. On what others are in - the system, a
// database, a pattern, all of a kind - that is not what is taken from or denied to him on
// something in it: he would give to others, and through them to himself, what he has not.
func (l *ledger) grantable(actor Actor, object catalog.Object) authority {
	a := l.authorityOf(actor, object)
	if a.admin || a.assigns {
		return a
	}
	denied := withGrant(implied(l.deniedInside(actor, object), object))
	for i, p := range a.parts {
		a.parts[i].atoms = p.atoms.Minus(denied).Minus(implied(l.exceptedInside(p, object), object))
	}
	return a
}

// exceptedInside is what a grantor does not hold on something in an object, or may not
// pass on there. The owner of a database could end his exceptions in it by a GRANT.
func (l *ledger) exceptedInside(p part, object catalog.Object) (s privilege.Set) {
	if p.grantor != 0 && (p.grantor == object.Owner || l.ownsDatabase(Actor{ID: p.grantor}, object)) {
		return 0
	}
	for _, e := range l.tx.ExceptionsOf(p.grantor) {
		if l.inside(l.tx.Object(e.Object), object) {
			s = s.Union(e.Atoms).Union(e.Options)
		}
	}
	return s
}

// deniedInside is what is denied to an actor on something in an object, as far as he
// cannot end that himself. What is denied to PUBLIC is denied to every grantee, too.
func (l *ledger) deniedInside(actor Actor, object catalog.Object) (s privilege.Set) {
	for _, id := range l.bound(actor) {
		if id == catalog.Public {
			continue
		}
		for _, e := range l.tx.ExceptionsOf(id) {
			if on := l.tx.Object(e.Object); e.Deny != 0 && l.inside(on, object) {
				s = s.Union(l.lasting(actor, on, *e))
			}
		}
	}
	return s
}

// inside says whether a grant on object can reach something that on is, reaches or is in.
// Two patterns may always meet: a database to come can match both.
func (l *ledger) inside(on, object catalog.Object) bool {
	switch {
	case on.ID == object.ID, on.ID == catalog.System:
		return false // of these themselves: see withheld
	case object.Kind == privilege.KindSystem:
		return true
	case object.Kind == privilege.KindDatabase:
		return on.Database == object.ID || l.everywhere(on)
	case object.Kind != privilege.KindScope:
		return false
	}
	scope := l.tx.ScopeByID(object.ID)
	if scope.Of == catalog.ScopeDatabases {
		return l.inPattern(scope, on)
	}
	other := l.tx.ScopeByID(on.ID)
	switch {
	case other != nil && other.In != "" && scope.Database != 0:
		return false // that database is not there
	case other != nil && other.Of == catalog.ScopeDatabases, on.Kind == privilege.KindDatabase:
		return scope.Database == 0 // else it is over the scope's database: see withheld
	case scope.Database != 0 && on.Database != 0 && scope.Database != on.Database:
		return false
	case other != nil:
		return meet(scope.Of, other.Of)
	}
	for _, o := range l.tx.Reached(scope) {
		if o.ID == on.ID {
			return true
		}
	}
	return false
}

// inPattern is inside for a pattern of databases.
func (l *ledger) inPattern(pattern *catalog.Scope, on catalog.Object) bool {
	if on.Kind == privilege.KindScope && on.Database == 0 {
		other := l.tx.ScopeByID(on.ID)
		if other.In != "" {
			return catalog.Matches(pattern.Pattern, other.In)
		}
		return other.Of != catalog.ScopeDatabases || catalog.IsWild(other.Pattern) || catalog.IsWild(pattern.Pattern)
	}
	database := on.Database
	if on.Kind == privilege.KindDatabase {
		database = on.ID
	}
	for _, o := range l.tx.Reached(pattern) {
		if o.ID == database {
			return true
		}
	}
	return false
}

// everywhere says whether an object is all of a kind in every database.
func (l *ledger) everywhere(on catalog.Object) bool {
	scope := l.tx.ScopeByID(on.ID)
	return scope != nil && scope.Of != catalog.ScopeDatabases && scope.Database == 0 && scope.In == ""
}

// meet says whether things can be in scopes of both kinds: a view is in that of tables.
func meet(a, b catalog.ScopeOf) bool {
	relation := func(of catalog.ScopeOf) bool { return of == catalog.ScopeTables || of == catalog.ScopeViews }
	a, b = a.Plural(), b.Plural()
	return a == b || relation(a) && relation(b)
}

// implied adds to atoms, on the system, those of the system that give any of them.
func implied(atoms privilege.Set, object catalog.Object) privilege.Set {
	if object.Kind != privilege.KindSystem {
		return atoms
	}
	for _, a := range privilege.Valid(privilege.KindSystem).Atoms() {
		if one := privilege.Of(a); privilege.FromSystem(one).HasAny(atoms) {
			atoms = atoms.Union(one)
		}
	}
	return atoms
}

// withGrant adds the right to grant to atoms that it would let its holder give.
func withGrant(atoms privilege.Set) privilege.Set {
	if atoms.HasAny(delegable(privilege.KindDatabase)) {
		atoms = atoms.Union(privilege.Of(privilege.Grant))
	}
	return atoms
}
