package grant

import (
	"fmt"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// deny works out a DENY: the grantees, and who holds them, have it no more on the
// object and on what is in it, whoever gave it. Grants stay as they are and count
// again when the denial ends.
func (l *ledger) deny(actor Actor, r Request) (Notes, error) {
	object := l.tx.Object(r.Object)
	named, err := deniable(r)
	if err != nil {
		return nil, err
	}
	var notes Notes
	for _, grantee := range r.Grantees {
		if err := l.mayDeny(actor, grantee, object, named, r); err != nil {
			return nil, err
		}
		e := l.exception(grantee, r.Object)
		if e.Deny.IsEmpty() || l.isAdmin(actor) {
			e.By = actor.ID
		}
		if l.isAdmin(actor) {
			e.AdminDenyEnds = denialEnds(e.AdminDeny, e.AdminDenyEnds, named, r.Until)
			e.AdminDeny = e.AdminDeny.Union(named)
		}
		e.DenyEnds = denialEnds(e.Deny, e.DenyEnds, named, r.Until)
		e.Grantee, e.Object, e.Kind, e.Deny = grantee, r.Object, r.Kind, e.Deny.Union(named)
		l.setException(e)
		if longer := named.Minus(e.DenyEnds.Atoms()); r.Until != 0 && !longer.IsEmpty() {
			notes.addf("%s is denied to %s on %s without an end already; REVOKE DENY ends that", longer, l.name(grantee), l.describe(r.Object))
		}
		if l.isAdmin(Actor{ID: grantee, Via: l.tx.Held(grantee, false)}) {
			notes.addf("%s holds SYSTEM ADMIN, which no denial binds", l.name(grantee))
		}
	}
	return notes, nil
}

// denialEnds are the ends of denied atoms after some more were denied until a time, 0 for ever. Nobody's denial is made
// shorter by another: what ends later, or never, stays so.
func denialEnds(denied privilege.Set, ends catalog.Ends, named privilege.Set, until int64) catalog.Ends {
	if until == 0 {
		return ends.With(named, 0)
	}
	return ends.Later(named.Minus(denied.Minus(ends.Atoms())), until)
}

// deniable is what a DENY names. SYSTEM ADMIN is above denials, and a grant option goes
// with what it is for.
func deniable(r Request) (privilege.Set, error) {
	named, option := r.atoms()
	switch {
	case option, named.IsEmpty():
		return 0, fmt.Errorf("%w: %s cannot be denied", ErrInvalid, privilegeNames(r.Privileges))
	case named.Has(privilege.SysAdmin):
		return 0, fmt.Errorf("%w: SYSTEM ADMIN cannot be denied, it is revoked", ErrInvalid)
	}
	return named, nil
}

// mayDeny is the rule for who denies, and who ends a denial: SYSTEM ADMIN, ASSIGN
// PRIVILEGES, and of what he may pass on the owner of the object or its database.
// Whoever else holds the right to grant, as LeanXcale's ALTER gives it, denies it
// everybody but the owner. A grant option is not enough: it gives what is one's own, and a
// denial takes what others gave.
func (l *ledger) mayDeny(actor Actor, grantee principal.ID, object catalog.Object, atoms privilege.Set, r Request) error {
	a := l.authorityOf(actor, object)
	if a.admin || a.assigns {
		return nil
	}
	if err := a.covers(atoms, r); err != nil {
		return err
	}
	if object.Owner != 0 && actor.has(object.Owner) || l.ownsDatabase(actor, object) {
		return nil
	}
	for _, id := range actor.ids() {
		if id != 0 && l.holdsGrant(id, object) && grantee != object.Owner && grantee != catalog.Public && !l.holds(object.Owner, grantee) {
			return nil
		}
	}
	return fmt.Errorf("%w: a denial is the owner's", ErrMayNotGrant)
}

// holds says whether member holds a role or group, however deeply.
func (l *ledger) holds(member, role principal.ID) bool {
	for _, id := range l.tx.Held(member, true) {
		if id == role {
			return true
		}
	}
	return false
}

// undeny works out a REVOKE DENY. What an administrator denied only one ends.
func (l *ledger) undeny(actor Actor, r Request) (Notes, error) {
	object := l.tx.Object(r.Object)
	named, err := deniable(r)
	if err != nil {
		return nil, err
	}
	var notes Notes
	for _, grantee := range r.Grantees {
		if err := l.mayDeny(actor, grantee, object, named, r); err != nil {
			return nil, err
		}
		e := l.exception(grantee, r.Object)
		if e.AdminDeny.HasAny(named) && !l.isAdmin(actor) {
			return nil, fmt.Errorf("%w: an administrator denied it", ErrMayNotGrant)
		}
		if !e.Deny.HasAny(named) {
			if !r.IfExists {
				return nil, fmt.Errorf("%w: %s is not denied to %s on %s", ErrNotGranted, privilegeNames(r.Privileges), l.name(grantee), l.describe(r.Object))
			}
			notes.addf("%s is not denied to %s on %s", privilegeNames(r.Privileges), l.name(grantee), l.describe(r.Object))
			continue
		}
		e.Deny = e.Deny.Minus(named)
		l.setException(e)
	}
	return notes, nil
}

// denied is what of an actor's rights on an object a denial binds.
func (l *ledger) denied(actor Actor, object catalog.Object) privilege.Set {
	var s privilege.Set
	for _, on := range l.over(object) {
		for _, id := range l.bound(actor) {
			s = s.Union(l.through(on, object, l.exception(id, on.ID).Deny))
		}
	}
	return s
}

// withheld is what of an object an actor may not pass on because it is denied to him,
// as far as he cannot end that himself.
func (l *ledger) withheld(actor Actor, object catalog.Object) privilege.Set {
	var s privilege.Set
	for _, on := range l.over(object) {
		for _, id := range l.bound(actor) {
			s = s.Union(l.through(on, object, l.lasting(actor, on, l.exception(id, on.ID))))
		}
	}
	return implied(s, object)
}

// lasting is what of a denial on an object the actor cannot end: he ends those on what he
// owns, but for an administrator's.
func (l *ledger) lasting(actor Actor, on catalog.Object, e catalog.Exception) privilege.Set {
	if on.Owner != 0 && actor.has(on.Owner) || l.ownsDatabase(actor, on) {
		return e.AdminDeny
	}
	return e.Deny
}

// over lists an object, what it is in, and the scopes that reach either.
func (l *ledger) over(object catalog.Object) []catalog.Object {
	list := []catalog.Object{object}
	if object.Database != 0 {
		list = append(list, l.tx.Object(object.Database))
	}
	for _, o := range list {
		for _, scope := range l.tx.ScopesOver(o) {
			list = append(list, l.tx.Object(scope.ID))
		}
	}
	if object.ID != catalog.System {
		list = append(list, l.tx.Object(catalog.System))
	}
	return list
}

// through is what of a denial on something over an object is one on the object.
func (l *ledger) through(on, object catalog.Object, denied privilege.Set) privilege.Set {
	scope := l.tx.ScopeByID(on.ID)
	if denied == 0 || scope == nil || scope.Of == catalog.ScopeDatabases || on.ID == object.ID {
		return denied
	}
	for _, over := range l.tx.ScopesOver(object) {
		if over.ID == on.ID {
			return l.tx.Through(scope, object, denied)
		}
	}
	return l.tx.Through(scope, l.tx.Object(object.Database), denied) // over its database
}

// bound lists whose denials bind an actor: those of all that he holds, whether or not he
// has it active.
func (l *ledger) bound(actor Actor) []principal.ID {
	ids := append(actor.ids(), l.tx.Held(actor.ID, false)...)
	if p := l.tx.PrincipalByID(actor.ID); p != nil && p.Kind == catalog.KindUser {
		ids = append(ids, catalog.Public)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id principal.ID) bool { return id == 0 })
}

// tellDenied notes what of a GRANT does not count until a denial ends.
func (l *ledger) tellDenied(grantee principal.ID, object catalog.Object, atoms privilege.Set, notes *Notes) {
	if denied := l.denied(Actor{ID: grantee}, object).Intersect(atoms); !denied.IsEmpty() {
		notes.addf("%s stays denied to %s on %s; REVOKE DENY ends that", denied, l.name(grantee), l.describe(object.ID))
	}
}
