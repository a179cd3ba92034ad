package state

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
)

// How the engine asks package access. Every answer of a session is made there.

// As acts with somebody else's rights, a definer's.
func (a *Identity) As(rights *bucket.Rights) access.Actor { return access.As(rights, a.Audit) }

// May asks for what the session is about to do.
func (a *Identity) May(o access.Object, w access.Want) bool {
	return access.May(a.Actor(), o, w, access.Enforce)
}

// Sees says whether the session holds anything that is about an object, and so
// may know of it.
func (a *Identity) Sees(o access.Object) bool {
	return access.May(a.Actor(), o, access.Any(privilege.About(o.Kind())), access.List)
}

// SeesDatabase says whether the session may know a database's name: anything on
// it or in it will do.
func (a *Identity) SeesDatabase(id catalog.ID) bool {
	return access.May(a.Actor(), access.Inside(id), access.Anything(), access.List)
}

// RequireSystem asks for a system privilege; SYSTEM ADMIN includes them all.
func (a *Identity) RequireSystem(atom privilege.Atom) error {
	if a.May(access.System(), access.SystemPrivilege(atom)) {
		return nil
	}
	return sqlerr.DeniedSystem(atom.String())
}

// HasSystem is requireSystem for who shows more to those that have it.
func (a *Identity) HasSystem(atom privilege.Atom) bool {
	return access.May(a.Actor(), access.System(), access.SystemPrivilege(atom), access.List)
}

// TableObject is a table for the questions of security/access.
func TableObject(t *catalog.Table) access.Object {
	if t.Temporary() {
		return access.Own(privilege.KindTable, t.ID, t.Database)
	}
	return access.In(privilege.KindTable, t.ID, t.Database)
}

// ViewObject is the same for a view.
func ViewObject(v *catalog.View) access.Object {
	return access.In(privilege.KindView, v.ID, v.Database)
}

// RoutineObject is the same for a stored procedure.
func RoutineObject(r *catalog.Routine) access.Object {
	return access.In(privilege.KindRoutine, r.ID, r.Database)
}

// SeesNamed says whether a table exists that the session may know of.
func (s *Session) SeesNamed(database, name string) bool {
	t := TableNamed(s.Inst.Cat.Snapshot(), database, name)
	return t != nil && s.Sees(TableObject(t))
}

// TableNamed finds a table by name, nil without it.
func TableNamed(snap *catalog.Snapshot, database, name string) *catalog.Table {
	if db := snap.Database(database); db != nil {
		return snap.Table(db.ID, name)
	}
	return nil
}

// Virtual reports the name of a read-only database that the engine makes up.
func Virtual(database string) bool {
	switch catalog.FoldName(database) {
	case "information_schema", "mysql", "sys":
		return true
	}
	return false
}

// seesAccounts is for tables that show what everybody holds.
var seesAccounts = access.SystemPrivilege(privilege.UserAdmin).And(privilege.Of(privilege.AuditRead))

// virtualNeeds is what the tables of computed databases need, but for those of
// information_schema, which show everyone what is his.
var virtualNeeds = map[string]access.Want{
	"sys.audit_log":        access.SystemPrivilege(privilege.AuditRead),
	"sys.grants":           seesAccounts,
	"sys.role_memberships": seesAccounts,
	"sys.unbound_names":    access.SystemPrivilege(privilege.SysAdmin),
	"mysql.user":           seesAccounts,
	"mysql.db":             seesAccounts,
	"mysql.tables_priv":    seesAccounts,
	"mysql.columns_priv":   seesAccounts,
	"mysql.procs_priv":     seesAccounts,
	"mysql.global_grants":  seesAccounts,
	"mysql.role_edges":     seesAccounts,
	"mysql.proxies_priv":   seesAccounts,
	"mysql.default_roles":  seesAccounts,
	"mysql.general_log":    seesAccounts,
	"mysql.slow_log":       seesAccounts,
}

// VirtualNeed is what a computed table needs. known is false for a table that there
// is not; a table of information_schema needs nothing and is not known here.
func VirtualNeed(database, name string) (want access.Want, known bool) {
	want, known = virtualNeeds[catalog.FoldName(database+"."+name)]
	return want, known
}
