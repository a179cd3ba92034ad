package grant

import (
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Incomplete says whether earlier releases may have given as ALL what has a newer privilege beside it today.
func Incomplete(s *catalog.Snapshot) bool {
	return s.PrivilegeLevel() < privilege.Level && len(incomplete(s)) > 0
}

// incomplete finds who holds, or is taken or denied, what was ALL.
func incomplete(s *catalog.Snapshot) (of []principal.ID) {
	for _, p := range s.Principals() {
		short := slices.ContainsFunc(s.GrantsTo(p.ID), func(g *catalog.Grant) bool { return onDatabases(s, g.Object) && completed(*g) != *g }) ||
			slices.ContainsFunc(s.ExceptionsOf(p.ID), func(e *catalog.Exception) bool { return completedException(*e) != *e })
		if short {
			of = append(of, p.ID)
		}
	}
	return of
}

// onDatabases says whether a grant on an object is one on databases.
func onDatabases(s *catalog.Snapshot, id catalog.ID) bool {
	return kindOf(s, s.Object(id)) == privilege.KindDatabase || id == catalog.System
}

// Complete gives to who was given ALL by an earlier release what came to ALL since, and takes it from whom that took ALL. What
// is given so is given by the same giver: where he may not give it any more, as he holds less, it is not. It ends with
// what ends of it.
func Complete(tx *catalog.Tx) error {
	l := newLedger(tx)
	var objects []catalog.ID
	for _, p := range incomplete(tx.Snapshot) {
		for _, g := range tx.GrantsTo(p) {
			if onDatabases(tx.Snapshot, g.Object) {
				l.set(completed(*g))
				objects = append(objects, g.Object)
			}
		}
		for _, e := range tx.ExceptionsOf(p) {
			if now := completedException(*e); now != *e {
				if err := tx.PutException(&now); err != nil {
					return err
				}
			}
		}
	}
	slices.Sort(objects) // the system is the first
	for _, id := range slices.Compact(objects) {
		l.cascade(id)
	}
	tx.CompletePrivileges()
	return l.flush()
}

func completed(g catalog.Grant) catalog.Grant {
	newer := privilege.Completed(g.Atoms).Minus(g.Atoms)
	if newer == 0 {
		return g
	}
	if parts := g.Ends.Parts(); len(parts) > 0 { // the first: nothing outlives the rest
		g.Ends = g.Ends.With(newer, parts[0].At)
	}
	g.Atoms = g.Atoms.Union(newer)
	if parts := g.OptionEnds.Parts(); len(parts) > 0 {
		g.OptionEnds = g.OptionEnds.With(privilege.Completed(g.Options).Minus(g.Options), parts[0].At)
	}
	g.Options = privilege.Completed(g.Options)
	return g
}

func completedException(e catalog.Exception) catalog.Exception {
	if parts := e.DenyEnds.Parts(); len(parts) > 0 {
		e.DenyEnds = e.DenyEnds.With(privilege.Completed(e.Deny).Minus(e.Deny), parts[len(parts)-1].At)
	}
	if parts := e.AdminDenyEnds.Parts(); len(parts) > 0 {
		e.AdminDenyEnds = e.AdminDenyEnds.With(privilege.Completed(e.AdminDeny).Minus(e.AdminDeny), parts[len(parts)-1].At)
	}
	e.Atoms, e.Deny, e.AdminDeny = privilege.Completed(e.Atoms), privilege.Completed(e.Deny), privilege.Completed(e.AdminDeny)
	e.Options = privilege.Completed(e.Options).Minus(e.Atoms)
	return e
}
