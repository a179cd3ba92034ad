package engine

import (
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
)

// How the engine asks package access. Every answer of a session is made there.

// as acts with somebody else's rights, a definer's.
func (a *acting) as(rights *bucket.Rights) access.Actor { return access.As(rights, a.audit) }

// may asks for what the session is about to do.
func (a *acting) may(o access.Object, w access.Want) bool {
	return access.May(a.Actor(), o, w, access.Enforce)
}

// sees says whether the session holds anything that is about an object, and so
// may know of it.
func (a *acting) sees(o access.Object) bool {
	return access.May(a.Actor(), o, access.Any(privilege.About(o.Kind())), access.List)
}

// seesDatabase says whether the session may know a database's name: anything on
// it or in it will do.
func (a *acting) seesDatabase(id catalog.ID) bool {
	return access.May(a.Actor(), access.Inside(id), access.Anything(), access.List)
}

// requireSystem asks for a system privilege; SYSTEM ADMIN includes them all.
func (a *acting) requireSystem(atom privilege.Atom) error {
	if a.may(access.System(), access.SystemPrivilege(atom)) {
		return nil
	}
	return sqlerr.DeniedSystem(atom.String())
}

// hasSystem is requireSystem for who shows more to those that have it.
func (a *acting) hasSystem(atom privilege.Atom) bool {
	return access.May(a.Actor(), access.System(), access.SystemPrivilege(atom), access.List)
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

func (s *state) seesNamed(database, name string) bool {
	t := tableNamed(s.inst.cat.Snapshot(), database, name)
	return t != nil && s.sees(tableObject(t))
}

func tableNamed(snap *catalog.Snapshot, database, name string) *catalog.Table {
	if db := snap.Database(database); db != nil {
		return snap.Table(db.ID, name)
	}
	return nil
}

// virtual reports the name of a read-only database that the engine makes up.
func virtual(database string) bool {
	switch strings.ToLower(database) {
	case "information_schema", "mysql", "sys":
		return true
	}
	return false
}
