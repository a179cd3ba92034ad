package grant

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// exceptionKey names an exception.
type exceptionKey struct {
	grantee principal.ID
	object  catalog.ID
}

// exception is what a principal does not hold on an object by its rows on the
// object's database; the zero value when it holds there all that these give.
func (l *ledger) exception(p principal.ID, object catalog.ID) catalog.Exception {
	if e, ok := l.exceptions[exceptionKey{p, object}]; ok {
		return e
	}
	return l.tx.Exception(p, object)
}

// setException changes one; one that is empty is dropped.
func (l *ledger) setException(e catalog.Exception) {
	e.Options, e.AdminDeny = e.Options.Minus(e.Atoms), e.AdminDeny.Intersect(e.Deny)
	e.DenyEnds, e.AdminDenyEnds = e.DenyEnds.Only(e.Deny), e.AdminDenyEnds.Only(e.AdminDeny)
	l.exceptions[exceptionKey{e.Grantee, e.Object}] = e
}

// fromDatabase lists the rows of a principal on the database of an object, and on the
// scopes that the two are in, as far as they reach the object.
func (l *ledger) fromDatabase(p principal.ID, object catalog.Object) []catalog.Grant {
	var rows []catalog.Grant
	if scope := l.tx.ScopeByID(object.ID); scope != nil && scope.In != "" {
		for _, pattern := range l.tx.Patterns(scope.In) {
			rows = append(rows, l.to(p, pattern.ID)...)
		}
	}
	if object.Database != 0 {
		database := l.tx.Object(object.Database)
		rows = append(l.to(p, database.ID), l.less(l.wider(p, database), p, database.ID)...)
		for _, scope := range l.tx.KindsOver(object) {
			rows = l.less(rows, p, scope.ID)
		}
	}
	return l.less(append(rows, l.wider(p, object)...), p, object.ID)
}

// less is what exceptions on an object leave of rows on something around it.
func (l *ledger) less(rows []catalog.Grant, p principal.ID, object catalog.ID) []catalog.Grant {
	e := l.exception(p, object)
	for i := range rows {
		rows[i].Atoms = rows[i].Atoms.Minus(e.Atoms)
		rows[i].Options = rows[i].Options.Minus(e.Atoms.Union(e.Options))
	}
	return rows
}

// fromSystem lists the rows of a principal on the system, as far as they reach an object.
func (l *ledger) fromSystem(p principal.ID, object catalog.Object) []catalog.Grant {
	rows := l.to(p, catalog.System)
	at := object.Database
	if scope := l.tx.ScopeByID(object.ID); scope != nil && scope.In != "" {
		if named := l.tx.Scope(catalog.ScopeDatabases, catalog.Literal(scope.In), 0); named != nil {
			at = named.ID
		}
	} else if l.isDatabase(object) {
		at = object.ID
	}
	if at == 0 {
		return rows
	}
	e := l.exception(p, at)
	for i := range rows {
		rows[i].Options = rows[i].Options.Minus(e.Atoms.Union(e.Options))
	}
	return rows
}

// around lists what an exception on an object can take of: the rows on its database,
// and for a database, where revokes may be partial, what those on the system give. SYSTEM
// ADMIN gives it anyway.
func (l *ledger) around(p principal.ID, object catalog.Object, partial bool) []catalog.Grant {
	if !l.isDatabase(object) {
		return l.fromDatabase(p, object)
	}
	if !partial {
		return nil
	}
	e := l.exception(p, object.ID)
	var rows []catalog.Grant
	for _, g := range l.fromSystem(p, object) {
		if !g.Atoms.Has(privilege.SysAdmin) {
			valid := privilege.Valid(privilege.KindDatabase)
			g.Atoms = privilege.FromSystem(g.Atoms).Minus(e.Atoms).Intersect(valid)
			g.Options = g.Options.Intersect(valid)
			rows = append(rows, g)
		}
	}
	return rows
}

// isDatabase says whether an object is a database, or the name of one that is not there.
func (l *ledger) isDatabase(object catalog.Object) bool {
	if object.Kind == privilege.KindDatabase {
		return true
	}
	scope := l.tx.ScopeByID(object.ID)
	return scope != nil && scope.Of == catalog.ScopeDatabases && !catalog.IsWild(scope.Pattern)
}

// forget ends exceptions on databases to what a principal holds on the system no more.
func (l *ledger) forget(p principal.ID) {
	var held, options privilege.Set
	for _, g := range l.to(p, catalog.System) {
		held, options = held.Union(g.Atoms), options.Union(g.Options)
	}
	held = privilege.FromSystem(held)
	for _, stored := range l.tx.ExceptionsOf(p) {
		if e := l.exception(p, stored.Object); l.isDatabase(l.tx.Object(e.Object)) {
			e.Atoms, e.Options = e.Atoms.Intersect(held), e.Options.Intersect(options)
			l.setException(e)
		}
	}
}

// except records what a REVOKE on an object takes of what the grantee holds
// there by rows on the database. atoms are among the request's; what he holds by
// a row on the object that the actor may not take, he keeps.
func (l *ledger) except(actor Actor, a authority, grantee principal.ID, r Request, t taking) (taken taking, kept []catalog.Grant) {
	object := l.tx.Object(r.Object)
	var direct taking // what he still has by rows on the object
	for _, g := range l.to(grantee, r.Object) {
		direct.atoms, direct.options = direct.atoms.Union(g.Atoms), direct.options.Union(g.Options)
	}
	var hold taking // what a row that the actor may not touch supports
	for _, g := range l.around(grantee, object, r.Partial) {
		g.Kind = object.Kind
		part, _ := t.from(g)
		part.atoms, part.options = part.atoms.Minus(direct.atoms), part.options.Minus(direct.options)
		switch {
		case part.isEmpty():
		case l.mayTake(actor, a, g, part, object) && (g.Object != catalog.System || a.admin || grantee == actor.ID || actor.has(g.Grantor)):
			taken.atoms = taken.atoms.Union(part.atoms)
			taken.options = taken.options.Union(part.options)
		default:
			kept = append(kept, g)
			hold.atoms = hold.atoms.Union(part.atoms)
			hold.options = hold.options.Union(part.options)
		}
	}
	taken.atoms = taken.atoms.Minus(hold.atoms)
	taken.options = taken.options.Minus(hold.options.Union(hold.atoms))
	if taken.isEmpty() {
		return taken, kept
	}
	e := l.exception(grantee, r.Object)
	e.Grantee, e.Object, e.Kind = grantee, r.Object, r.Kind
	if e.Deny.IsEmpty() { // By is who denied, where something is denied
		e.By = actor.ID
	}
	e.Atoms, e.Options = e.Atoms.Union(taken.atoms), e.Options.Union(taken.options)
	l.setException(e)
	return taken, kept
}

// lift ends exceptions to what is granted on the object itself.
func (l *ledger) lift(grantee principal.ID, object catalog.ID, atoms privilege.Set, withOption bool) {
	e := l.exception(grantee, object)
	if !e.Atoms.Union(e.Options).HasAny(atoms) {
		return
	}
	e.Atoms = e.Atoms.Minus(atoms)
	if withOption {
		e.Options = e.Options.Minus(atoms)
	}
	l.setException(e)
}

// flushExceptions writes the exceptions that differ from those in the catalog.
func (l *ledger) flushExceptions() error {
	keys := make([]exceptionKey, 0, len(l.exceptions))
	for k := range l.exceptions {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b exceptionKey) int {
		return cmp.Or(cmp.Compare(a.grantee, b.grantee), cmp.Compare(a.object, b.object))
	})
	for _, k := range keys {
		e, stored := l.exceptions[k], l.tx.Exception(k.grantee, k.object)
		var err error
		switch empty := e.IsEmpty(); {
		case e == stored, empty && stored.Grantee == 0:
		case empty:
			err = l.tx.DropException(k.grantee, k.object)
		default:
			err = l.tx.PutException(&e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// showExceptions are the statements that make a principal's exceptions again,
// where the grants on databases were made before. An exception to what he does
// not hold on the database any more still counts when he gets it again, but
// nobody can revoke it now: it is given, taken here, and taken again. Denials come last.
func showExceptions(s *catalog.Snapshot, p principal.ID, to string) []string {
	var lines, denials []string
	given := map[catalog.ID]taking{}
	for _, e := range s.ExceptionsOf(p) {
		object := s.Object(e.Object)
		denials = append(denials, denialsOf(s, e, to)...)
		lines = append(lines, revokes(s, object, taking{e.Atoms, e.Options}, to)...)
		if object.Database == 0 { // of a database, to grants on the system: it goes with them
			continue
		}
		var held taking
		own, wider := s.Reaching(p, s.Object(object.Database))
		_, scoped := s.Reaching(p, object)
		for _, g := range slices.Concat(own, wider, scoped) {
			held.atoms, held.options = held.atoms.Union(g.Atoms), held.options.Union(g.Options)
		}
		give := given[object.Database]
		give.atoms = give.atoms.Union(e.Atoms.Union(e.Options).Minus(held.atoms))
		give.options = give.options.Union(e.Options.Minus(held.options))
		given[object.Database] = give
	}
	var first, last []string
	for _, id := range slices.Sorted(maps.Keys(given)) {
		give, database := given[id], s.Object(id)
		first = append(first, statements(s, database, give.atoms.Minus(give.options), to, "")...)
		first = append(first, statements(s, database, give.options, to, " WITH GRANT OPTION")...)
		last = append(last, revokes(s, database, taking{give.atoms, give.options.Minus(give.atoms)}, to)...)
	}
	return slices.Concat(first, lines, last, denials)
}

// denialsOf are the statements of what is denied on one object, what ends in lines of their own.
func denialsOf(s *catalog.Snapshot, e *catalog.Exception, to string) []string {
	object := s.Object(e.Object)
	lines := denies(s, object, e.Deny.Minus(e.DenyEnds.Atoms()), to)
	for _, end := range e.DenyEnds.Parts() {
		for _, line := range denies(s, object, end.Atoms, to) {
			lines = append(lines, line+validUntil(end.At))
		}
	}
	return lines
}

// denies makes the statements of what is denied on one object.
func denies(s *catalog.Snapshot, object catalog.Object, atoms privilege.Set, to string) []string {
	atoms = privilege.Shown(atoms, object.Kind)
	if atoms.IsEmpty() {
		return nil
	}
	return []string{"DENY " + strings.Join(privilege.Describe(atoms, kindOf(s, object)), ", ") + " ON " + literal(s, object) + " TO " + to}
}

// revokes makes the REVOKE statements of what is taken on one object.
func revokes(s *catalog.Snapshot, object catalog.Object, t taking, from string) []string {
	var lines []string
	t = taking{privilege.Shown(t.atoms, object.Kind), privilege.Shown(t.options, object.Kind)}
	if !t.atoms.IsEmpty() {
		lines = append(lines, "REVOKE "+strings.Join(privilege.Describe(t.atoms, kindOf(s, object)), ", ")+" ON "+literal(s, object)+" FROM "+from)
	}
	if !t.options.IsEmpty() {
		lines = append(lines, "REVOKE GRANT OPTION FOR "+strings.Join(privilege.Describe(t.options, kindOf(s, object)), ", ")+" ON "+literal(s, object)+" FROM "+from)
	}
	return lines
}
