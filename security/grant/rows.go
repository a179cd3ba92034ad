package grant

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Row is one privilege of one grant, exception or denial as it is kept: what several gave is a row for each giver,
// so that one sees what is left when one of them takes his back.
type Row struct {
	Effect    string // GRANT; EXCEPT is what a wider grant does not give here, DENY a denial
	Privilege string
	Object    catalog.Object
	Target    string       // the object as it stands after ON
	Grantable bool         // may be passed on
	Grantor   principal.ID // whose right to grant was used: SystemGrantor is an administrator's
	By        principal.ID // who sent the statement
	Until     int64        // microseconds since 1970; 0 has no end
}

// Effects of rows.
const (
	Granted  = "GRANT"
	Excepted = "EXCEPT"
	Denied   = "DENY"
)

// Ledger reads the rows of a snapshot. What ends with what it hangs on is worked out once for all of them.
type Ledger struct {
	s    *catalog.Snapshot
	ends map[rowKey]rowEnds
}

// Read is the ledger of a snapshot.
func Read(s *catalog.Snapshot) *Ledger { return &Ledger{s, endings(s)} }

// Of visits what is granted to a principal itself, and what is taken or denied there.
func (l *Ledger) Of(p principal.ID, visit func(Row) error) error {
	for _, g := range l.s.GrantsTo(p) {
		row := Row{Effect: Granted, Grantor: g.Grantor, By: g.By}
		left, of := g.Atoms, l.ends[keyOf(*g)]
		passing := g.Options.Minus(atomsOf(of.options))
		for _, end := range of.atoms {
			row.Until = end.At
			if err := l.parts(row, g.Object, end.Atoms, passing, visit); err != nil {
				return err
			}
			left = left.Minus(end.Atoms)
		}
		for _, end := range of.options { // what may be passed on for a shorter time than it is held is in two rows
			row.Until = end.At
			if err := l.parts(row, g.Object, end.Atoms, end.Atoms, visit); err != nil {
				return err
			}
		}
		row.Until = 0
		if err := l.parts(row, g.Object, left, passing, visit); err != nil {
			return err
		}
	}
	for _, e := range l.s.ExceptionsOf(p) {
		type part struct {
			effect string
			atoms  privilege.Set
			prefix string
			until  int64
		}
		kept := []part{{Excepted, e.Atoms, "", 0}, {Excepted, e.Options, "GRANT OPTION FOR ", 0}, {Denied, e.Deny.Minus(e.DenyEnds.Atoms()), "", 0}}
		for _, end := range e.DenyEnds.Parts() {
			kept = append(kept, part{Denied, end.Atoms, "", end.At})
		}
		for _, part := range kept {
			err := l.parts(Row{Effect: part.effect, By: e.By, Until: part.until}, e.Object, part.atoms, 0, func(r Row) error {
				r.Privilege = part.prefix + r.Privilege
				return visit(r)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// parts makes a row for each privilege of a set.
func (l *Ledger) parts(row Row, object catalog.ID, atoms, options privilege.Set, visit func(Row) error) error {
	row.Object = l.s.Object(object)
	row.Target = target(l.s, row.Object)
	for _, part := range []struct {
		atoms     privilege.Set
		grantable bool
	}{{atoms.Minus(options), false}, {atoms.Intersect(options), true}} {
		shown := privilege.Shown(part.atoms, row.Object.Kind)
		if shown.IsEmpty() {
			continue // which Describe would call USAGE
		}
		for _, name := range privilege.Describe(shown, kindOf(l.s, row.Object)) {
			row.Privilege, row.Grantable = name, part.grantable
			if err := visit(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// Place says where an object is: what it is, its database and its name in there, each empty where there is none.
func Place(s *catalog.Snapshot, o catalog.Object) (kind, database, name string) {
	if scope := s.ScopeByID(o.ID); scope != nil {
		switch word := strings.ToUpper(strings.TrimPrefix(string(scope.Of), "a ")); {
		case scope.Of == catalog.ScopeDatabases:
			return privilege.KindDatabase.String(), scope.Pattern, ""
		case scope.Named():
			return word, databaseOf(s, scope), scope.Pattern
		default:
			return "ALL " + word, databaseOf(s, scope), ""
		}
	}
	if o.Kind == privilege.KindDatabase {
		return o.Kind.String(), o.Name, ""
	}
	kind, database, name = o.Kind.String(), s.Object(o.Database).Name, o.Name
	if r := s.RoutineByID(o.ID); r != nil {
		kind = "PROCEDURE"
		if r.Function {
			kind = "FUNCTION"
		}
	}
	return kind, database, name
}

// GivenThrough says what somebody gave by the right of roles and groups, which is theirs and stays with whom it was given
// to: SELECT on `shop`.`t` to `bob`@`%`.
func GivenThrough(s *catalog.Snapshot, by principal.ID, through []principal.ID) (given []string) {
	gives := func(id principal.ID) bool {
		return slices.ContainsFunc(s.GrantsTo(id), func(g *catalog.Grant) bool { return g.Options != 0 || g.Atoms.Has(privilege.Grant) })
	}
	through = slices.DeleteFunc(slices.Clone(through), func(id principal.ID) bool { return !gives(id) })
	if len(through) == 0 {
		return nil // the common case, for which not all grants are read
	}
	for _, p := range s.Principals() {
		for _, g := range s.GrantsTo(p.ID) {
			if g.By == by && slices.Contains(through, g.Grantor) {
				what := strings.Join(privilege.Describe(privilege.Shown(g.Atoms, s.Object(g.Object).Kind), kindOf(s, s.Object(g.Object))), ", ")
				given = append(given, what+" on "+target(s, s.Object(g.Object))+" to "+account(p))
			}
		}
	}
	return given
}
