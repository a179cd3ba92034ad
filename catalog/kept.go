package catalog

import (
	"slices"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// What REVOKE or DENY took on an object was said of its name, too. It outlives the object:
// a dump that is read back drops and makes again what is in it, and a program that
// changes tables makes the new one beside the old one and exchanges the names. A restriction that
// went with the object would be gone then without a word, while the wider grant
// that it takes from goes on. So it stays on a scope of the name, and whatever is given the
// name has it. Grants do not stay: who makes the object again gives it to nobody.

// keep puts what is taken on an object on a scope of its name. The object keeps it as well,
// where it only gets another name.
func (tx *Tx) keep(o Object) error {
	taken := tx.ExceptionsOn(o.ID)
	if len(taken) == 0 || tx.err != nil {
		return tx.err
	}
	scope, ok := tx.scopeOfName(o)
	if !ok {
		return nil
	}
	var kept []Exception
	for _, e := range taken {
		k := *e
		if scope.In != "" { // the database is gone, with what was granted on it
			k.Atoms, k.Options = k.Atoms.Intersect(tx.around(k.Grantee, &scope)), k.Options.Intersect(tx.around(k.Grantee, &scope))
		}
		if k.By == k.Grantee && k.Deny == 0 { // he took it from himself, on what is his
			continue
		}
		if !k.IsEmpty() {
			kept = append(kept, k)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	id, err := tx.ScopeLike(scope)
	if err != nil {
		return err
	}
	for _, k := range kept {
		if err := tx.addException(tx.Object(id), k); err != nil {
			return err
		}
	}
	return nil
}

// ScopeLike finds a scope, or makes it.
func (tx *Tx) ScopeLike(scope Scope) (ID, error) {
	if known := scopes(tx.Snapshot).byName.get(scope.Database, scopeKey(scope.Of, scope.Pattern, scope.In)); known != nil {
		return known.ID, nil
	}
	var err error
	if scope.ID, err = tx.AllocID(); err != nil {
		return 0, err
	}
	return scope.ID, tx.PutScope(&scope)
}

// scopeOfName is the scope of an object's name. A scope in a database that goes is that of
// the database's name.
func (tx *Tx) scopeOfName(o Object) (scope Scope, ok bool) {
	if o.Kind == privilege.KindDatabase {
		return Scope{Of: ScopeDatabases, Pattern: Literal(o.Name)}, true
	}
	if r := tx.ScopeByID(o.ID); r != nil {
		db := tx.DatabaseByID(r.Database)
		if db == nil {
			return Scope{}, false
		}
		return Scope{Of: r.Of, Pattern: r.Pattern, In: db.Name}, true
	}
	of := tx.nameOf(o)
	return Scope{Of: of, Pattern: o.Name, Database: o.Database}, of != ""
}

// nameOf is what the scope of an object's name is of, "" for what no statement names.
func (s *Snapshot) nameOf(o Object) ScopeOf {
	for _, plural := range s.scopeOf(o) {
		for of, p := range plurals {
			if p == plural {
				return of
			}
		}
	}
	return ""
}

// around is what a principal holds around a thing in a database that is not there, when one of that
// name is made again.
func (s *Snapshot) around(p principal.ID, scope *Scope) (held privilege.Set) {
	wide := s.Patterns(scope.In)
	for _, of := range s.scopeOf(Object{ID: scope.ID, Kind: scope.Of.Kind()}) {
		if r := s.Scope(of, "", 0); r != nil {
			wide = append(wide, r)
		}
	}
	for _, r := range wide {
		for _, g := range s.GrantsToOn(p, r.ID) {
			held = held.Union(g.Atoms)
		}
	}
	return held
}

// addException adds to what is taken from a principal on an object.
func (tx *Tx) addException(o Object, e Exception) error {
	now, valid := tx.Exception(e.Grantee, o.ID), privilege.Valid(o.Kind)
	if now.Grantee == 0 || now.AdminDeny == 0 && e.AdminDeny != 0 {
		now.By = e.By
	}
	now.Grantee, now.Object, now.Kind = e.Grantee, o.ID, o.Kind
	now.Atoms = now.Atoms.Union(e.Atoms).Intersect(valid)
	now.Options = now.Options.Union(e.Options).Intersect(valid).Minus(now.Atoms)
	now.DenyEnds = joined(now.Deny, now.DenyEnds, e.Deny, e.DenyEnds).Only(valid)
	now.AdminDenyEnds = joined(now.AdminDeny, now.AdminDenyEnds, e.AdminDeny, e.AdminDenyEnds).Only(valid)
	now.Deny, now.AdminDeny = now.Deny.Union(e.Deny).Intersect(valid), now.AdminDeny.Union(e.AdminDeny).Intersect(valid)
	if now.IsEmpty() {
		return nil
	}
	return tx.PutException(&now)
}

// findKept gives an object what was taken by its name before it was there.
func (tx *Tx) findKept(o Object) error {
	if scopes(tx.Snapshot).byID.len() == 0 || o.Kind == privilege.KindScope {
		return nil
	}
	if o.Kind == privilege.KindDatabase {
		if err := tx.takeOver(tx.Scope(ScopeDatabases, Literal(o.Name), 0), o); err != nil {
			return err
		}
		return tx.findInside(o)
	}
	names := []ScopeOf{tx.nameOf(o)}
	if o.Kind.IsRelation() { // which share their names
		names = []ScopeOf{ScopeTable, ScopeView, ScopeSequence}
	}
	for _, of := range names {
		if err := tx.takeOver(tx.Scope(of, o.Name, o.Database), o); err != nil {
			return err
		}
	}
	return nil
}

// findInside moves what was taken in a database of a name into the one that has it now.
func (tx *Tx) findInside(database Object) error {
	for _, r := range tx.Scopes(0) {
		if r.In == "" || FoldName(r.In) != FoldName(database.Name) {
			continue
		}
		id, err := tx.ScopeLike(Scope{Of: r.Of, Pattern: r.Pattern, Database: database.ID})
		if err != nil {
			return err
		}
		if err := tx.takeOver(r, tx.Object(id)); err != nil {
			return err
		}
	}
	return nil
}

// takeOver moves exceptions from a scope to an object; the scope ends with its last use.
func (tx *Tx) takeOver(from *Scope, to Object) error {
	if from == nil {
		return nil
	}
	for _, e := range slices.Clone(tx.ExceptionsOn(from.ID)) {
		if err := tx.addException(to, *e); err != nil {
			return err
		}
		if err := tx.DropException(e.Grantee, from.ID); err != nil {
			return err
		}
	}
	if len(tx.GrantsOn(from.ID)) > 0 {
		return nil
	}
	return tx.DropScope(from.ID)
}

// isKept says whether an id is a scope of something that is not there, which nothing can be
// granted on but, on the name of a table in a database that is there, the right to make it.
func (s *Snapshot) isKept(id ID, atoms privilege.Set) bool {
	r := s.ScopeByID(id)
	if r != nil && r.Of == ScopeTable && r.Database != 0 && atoms == privilege.Of(privilege.Create) {
		return false
	}
	return r != nil && (r.Named() || r.In != "")
}
