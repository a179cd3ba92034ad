package statement

import (
	"cmp"
	"errors"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

// namesOf are the scopes of one thing of a name.
var namesOf = map[dialect.Kind]catalog.ScopeOf{
	dialect.KindNone: catalog.ScopeTable, dialect.KindTable: catalog.ScopeTable, dialect.KindView: catalog.ScopeView,
	dialect.KindSequence: catalog.ScopeSequence, dialect.KindProcedure: catalog.ScopeProcedure, dialect.KindFunction: catalog.ScopeFunction,
}

// meant is the object of an ON clause that leaves its kind out where the privileges are those of routines alone, as
// Kinetica's GRANT EXECUTE ON f: a routine of that name, unless there is something else of it, too. What the actor may
// not know of is not there.
func (s *Call) meant(snap *catalog.Snapshot, on dialect.Target, privs []dialect.Privilege) (dialect.Target, error) {
	db := snap.Database(cmp.Or(on.Database, s.GetCurrentDatabase()))
	other := func(p dialect.Privilege) bool { return p.Name != "EXECUTE" && p.Name != "ADMIN" }
	if on.Kind != dialect.KindNone || on.Scope != dialect.ScopeObject || db == nil || slices.ContainsFunc(privs, other) {
		return on, nil
	}
	var kinds []dialect.Kind
	for _, kind := range []dialect.Kind{dialect.KindFunction, dialect.KindProcedure} {
		if r := snap.Routine(db.ID, on.Name, kind == dialect.KindFunction); r != nil && s.sees(privilege.KindRoutine, r.ID, db.ID) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return on, nil
	}
	if o := snap.Relation(db.ID, on.Name); o.ID != 0 && s.sees(o.Kind, o.ID, db.ID) {
		kinds = append(kinds, dialect.KindTable)
	}
	if schema := snap.Database(on.Name); on.Database == "" && schema != nil && s.seesDatabase(schema.ID) {
		kinds = append(kinds, dialect.KindSchema)
	}
	if len(kinds) > 1 {
		return on, sqlerr.Syntax.Errorf("'%s' is ambiguous: it is a %v and a %v", on.Name, kinds[0], kinds[1]).
			WithHint("write ON %v %s or ON %v %s", kinds[0], on.Name, kinds[1], on.Name)
	}
	on.Kind = kinds[0]
	return on, nil
}

// namedTarget is the name of something that is not there, for DENY and REVOKE: what they
// take is taken by the name. absent is the answer to who may not say so, and to a REVOKE of what is not
// taken there. Who may is whose the database is, or who may name any.
func (s *Call) namedTarget(tx *catalog.Tx, p piece, to []dialect.Grantee, req grant.Request, absent error) (target, error) {
	on := p.on
	of, known := namesOf[on.Kind]
	if e := (*sqlerr.Error)(nil); errors.As(absent, &e) && e.Number == sqlerr.WrongObject {
		return target{}, absent // it is there, as something else
	}
	if !known || on.Scope != dialect.ScopeObject || !req.Denial && !req.Revoke || on.Database == "" && on.Kind == dialect.KindNone {
		return target{}, absent
	}
	database := on.Database
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	scope := catalog.Scope{Of: of, Pattern: on.Name, In: database}
	db := tx.Database(database)
	switch {
	case database == "" || isVirtual(tx.Snapshot, database):
		return target{}, absent
	case db != nil && !s.ownsOrAssigns(db):
		return target{}, absent
	case db == nil && !s.mayNameAnyDatabase(tx, req):
		return target{}, absent
	case db != nil:
		scope.In, scope.Database = "", db.ID
		if there := hiddenThing(tx.Snapshot, db, on); there.ID != 0 { // which the owner has not kept for himself
			return target{id: there.ID, kind: there.Kind, name: database + "." + on.Name}, nil
		}
	}
	if of == catalog.ScopeTable && onlySequence(p.privileges) {
		scope.Of = catalog.ScopeSequence
	}
	if of.Kind().IsRelation() && req.Revoke { // tables, views and sequences share their names
		for _, other := range []catalog.ScopeOf{catalog.ScopeTable, catalog.ScopeView, catalog.ScopeSequence} {
			r := tx.ScopeIn(other, on.Name, scope.In)
			if scope.Database != 0 {
				r = tx.Scope(other, on.Name, scope.Database)
			}
			if r != nil && s.anyOn(tx, r.ID, to) {
				scope.Of = other
			}
		}
	}
	id, err := tx.ScopeLike(scope)
	return target{id: id, kind: privilege.KindScope, of: scope.Of.Kind(), name: database + "." + on.Name, absent: absent}, err
}

// ownsOrAssigns says whether the actor may take anything in a database from anybody.
func (s *Call) ownsOrAssigns(db *catalog.Database) bool {
	if s.HasSystem(privilege.SysAdmin) || s.HasSystem(privilege.AssignPrivileges) {
		return true
	}
	for _, id := range s.Holders() {
		if id == db.Owner && id != 0 {
			return true
		}
	}
	return false
}

// hiddenThing is what is there under a name that the actor did not see.
func hiddenThing(snap *catalog.Snapshot, db *catalog.Database, on dialect.Target) catalog.Object {
	switch on.Kind {
	case dialect.KindProcedure, dialect.KindFunction:
		if r := snap.Routine(db.ID, on.Name, on.Kind == dialect.KindFunction); r != nil {
			return snap.Object(r.ID)
		}
		return catalog.Object{}
	}
	return snap.Relation(db.ID, on.Name)
}

// onlySequence says whether privileges mean something on a sequence and not on a table.
func onlySequence(privs []dialect.Privilege) bool {
	for _, p := range privs {
		if _, err := privilege.Expand(p.Name, privilege.KindSequence, false); err != nil {
			return false
		}
		if _, err := privilege.Expand(p.Name, privilege.KindTable, false); err != nil {
			return true
		}
	}
	return false
}
