package grant

import (
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// delegable is what the atom GRANT lets its holder pass on: READ, WRITE and
// ALTER in LeanXcale's sense, as far as the kind of object has them.
func delegable(k privilege.Kind) privilege.Set {
	var s privilege.Set
	if k == privilege.KindScope {
		k = privilege.KindDatabase
	}
	for _, name := range []string{"READ", "WRITE", "ALTER"} {
		if atoms, err := privilege.Expand(name, k, true); err == nil {
			s = s.Union(atoms)
		}
	}
	return s
}

// passable is what rows of one principal on one object let him pass on to
// objects of kind k there.
func passable(rows []catalog.Grant, k privilege.Kind) privilege.Set {
	var s privilege.Set
	for _, g := range rows {
		s = s.Union(g.Options)
		if g.Atoms.Has(privilege.Grant) && g.Kind != privilege.KindSystem {
			s = s.Union(delegable(k))
		}
	}
	if all := privilege.All(k); !all.IsEmpty() && s.HasAll(all) { // who may let others do everything may let them in
		s = s.Union(privilege.Of(privilege.Connect))
	}
	return s.Intersect(privilege.Valid(k))
}

// inherited is what a principal may pass on on an object because of rows on
// what contains it: its database, but for exceptions, and the system.
func (l *ledger) inherited(p principal.ID, object catalog.Object) privilege.Set {
	if object.Kind == privilege.KindSystem {
		return 0
	}
	s := passable(l.fromSystem(p, object), object.Kind)
	return s.Union(passable(l.fromDatabase(p, object), object.Kind))
}

// mayPass is what a principal by itself may pass on on an object. Who is denied the
// right to grant has only his grant options.
func (l *ledger) mayPass(p principal.ID, object catalog.Object, denied privilege.Set) privilege.Set {
	may := l.inherited(p, object).Union(passable(l.to(p, object.ID), object.Kind))
	if denied.Has(privilege.Grant) {
		may = 0
		for _, g := range slices.Concat(l.to(p, object.ID), l.fromDatabase(p, object), l.fromSystem(p, object)) {
			may = may.Union(g.Options.Intersect(privilege.Valid(object.Kind)))
		}
	}
	return may.Minus(withGrant(denied))
}

// isAdmin reports whether the actor holds SYSTEM ADMIN.
func (l *ledger) isAdmin(actor Actor) bool {
	for _, id := range actor.ids() {
		for _, g := range l.to(id, catalog.System) {
			if id != 0 && g.Atoms.Has(privilege.SysAdmin) {
				return true
			}
		}
	}
	return false
}

// authority is what an actor may pass on on one object, by the principal that
// has the right: the grantor that the rows will name.
type authority struct {
	admin   bool
	assigns bool // ASSIGN PRIVILEGES: what he may give he may take, too
	parts   []part
}

type part struct {
	grantor principal.ID
	atoms   privilege.Set
}

func (l *ledger) authorityOf(actor Actor, object catalog.Object) authority {
	if l.isAdmin(actor) {
		return authority{admin: true, parts: []part{{catalog.SystemGrantor, privilege.Valid(object.Kind)}}}
	}
	var a authority
	denied := l.withheld(actor, object)
	for _, id := range actor.ids() {
		if atoms := l.mayPass(id, object, denied); id != 0 && !atoms.IsEmpty() {
			a.parts = append(a.parts, part{id, atoms})
		}
	}
	if l.mayAssign(actor, object) {
		a.assigns = true
		a.parts = append(a.parts, part{catalog.SystemGrantor, privilege.Valid(object.Kind)})
	}
	return a
}

// mayAssign reports whether the actor has ASSIGN PRIVILEGES, which is about databases
// and what is in them: it gives nothing of the system.
func (l *ledger) mayAssign(actor Actor, object catalog.Object) bool {
	if object.Kind != privilege.KindDatabase && object.Kind != privilege.KindScope && object.Database == 0 {
		return false
	}
	if l.denied(actor, object).Has(privilege.AssignPrivileges) {
		return false
	}
	for _, id := range actor.ids() {
		for _, g := range l.to(id, catalog.System) {
			if id != 0 && g.Atoms.Has(privilege.AssignPrivileges) {
				return true
			}
		}
	}
	return false
}

func (a authority) atoms() privilege.Set {
	var s privilege.Set
	for _, p := range a.parts {
		s = s.Union(p.atoms)
	}
	return s
}

// split shares atoms out to the grantors: all to one where one may pass all of
// them on, otherwise each atom to the first who may.
func (a authority) split(atoms privilege.Set) []part {
	for _, p := range a.parts {
		if p.atoms.HasAll(atoms) {
			return []part{{p.grantor, atoms}}
		}
	}
	var parts []part
	for _, p := range a.parts {
		if take := p.atoms.Intersect(atoms); !take.IsEmpty() {
			parts = append(parts, part{p.grantor, take})
			atoms = atoms.Minus(take)
		}
	}
	return parts
}
