package engine

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
)

// How the engine asks package access. Every answer of a session is made there.

// actor is who acts now: the session's user.
func (a *acting) actor() access.Actor { return access.As(a.rights, a.audit) }

// as acts with somebody else's rights, a definer's.
func (a *acting) as(rights *bucket.Rights) access.Actor { return access.As(rights, a.audit) }

// may asks for what the session is about to do.
func (a *acting) may(o access.Object, w access.Want) bool {
	return access.May(a.actor(), o, w, access.Enforce)
}

// sees says whether the session holds anything that is about an object, and so
// may know of it.
func (a *acting) sees(o access.Object) bool {
	return access.May(a.actor(), o, access.Any(privilege.About(o.Kind())), access.List)
}

// seesDatabase says whether the session may know a database's name: anything on
// it or in it will do.
func (a *acting) seesDatabase(id catalog.ID) bool {
	return access.May(a.actor(), access.Inside(id), access.Anything(), access.List)
}

// requireSystem asks for a system privilege; SYSTEM ADMIN includes them all.
func (a *acting) requireSystem(atom privilege.Atom) error {
	if a.may(access.System(), access.SystemPrivilege(atom)) {
		return nil
	}
	return deniedSystem(atom.String())
}

// hasSystem is requireSystem for who shows more to those that have it.
func (a *acting) hasSystem(atom privilege.Atom) bool {
	return access.May(a.actor(), access.System(), access.SystemPrivilege(atom), access.List)
}

func tableObject(t *catalog.Table) access.Object {
	return access.In(privilege.KindTable, t.ID, t.Database)
}

func viewObject(v *catalog.View) access.Object {
	return access.In(privilege.KindView, v.ID, v.Database)
}

func routineObject(r *catalog.Routine) access.Object {
	return access.In(privilege.KindRoutine, r.ID, r.Database)
}
