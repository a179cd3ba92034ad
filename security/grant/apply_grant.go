package grant

import (
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// grant works out a GRANT.
func (l *ledger) grant(actor Actor, r Request) (Notes, error) {
	object := l.tx.Object(r.Object)
	named, optionListed := r.atoms()
	withOption := r.GrantOption || optionListed
	a := l.grantable(actor, object)
	if err := a.covers(named, r); err != nil {
		return nil, err
	}
	if named.IsEmpty() && !withOption {
		return nil, nil // GRANT USAGE
	}
	var notes Notes
	for _, grantee := range r.Grantees {
		atoms := named
		if atoms.IsEmpty() { // GRANT USAGE … WITH GRANT OPTION, GRANT GRANT OPTION: what he has already
			atoms = l.held(grantee, r.Object)
			if err := a.covers(atoms, Request{Privileges: []Privilege{{"GRANT OPTION", atoms}}}); err != nil {
				return nil, err
			}
			if atoms.IsEmpty() {
				notes.addf("%s holds nothing on %s that a grant option could be for", l.name(grantee), l.describe(r.Object))
			}
		}
		if grantee == actor.ID && !a.ownGift(actor.ID, atoms) {
			return nil, ErrThroughRole
		}
		l.give(actor, a, grantee, r, atoms, withOption)
		l.tellDenied(grantee, object, atoms, &notes)
	}
	return notes, nil
}

// give adds atoms to the rows of one grantee, and ends exceptions to them.
func (l *ledger) give(actor Actor, a authority, grantee principal.ID, r Request, atoms privilege.Set, withOption bool) {
	l.lift(grantee, r.Object, atoms, withOption)
	for _, p := range a.split(atoms) {
		g := l.get(rowKey{grantee, r.Object, p.grantor}, r.Kind)
		if g.Atoms.IsEmpty() {
			g.By = actor.ID
		}
		for _, end := range g.Ends.Parts() { // an option without an end of its own has its atom's, whatever that is from now on
			g.OptionEnds = g.OptionEnds.With(end.Atoms.Intersect(g.Options).Minus(g.OptionEnds.Atoms()), end.At)
		}
		forGood, optionForGood := g.Atoms.Minus(g.Ends.Atoms()), g.Options.Minus(g.OptionEnds.Atoms())
		switch {
		case r.Until == 0:
			g.Ends = g.Ends.With(p.atoms, 0)
		case withOption: // what gives the option takes nothing of the right
			g.Ends = g.Ends.Later(p.atoms.Minus(forGood), r.Until)
		default: // what he has for good he keeps
			g.Ends = g.Ends.With(p.atoms.Minus(forGood), r.Until)
		}
		g.Atoms = g.Atoms.Union(p.atoms)
		if withOption {
			g.OptionEnds = g.OptionEnds.With(p.atoms.Minus(optionForGood), r.Until)
			g.Options = g.Options.Union(p.atoms)
		}
		if owner := l.tx.Object(r.Object).Owner; owner == grantee && owner != 0 && p.grantor == catalog.SystemGrantor && r.Until == 0 {
			g.Apart = g.Apart.Union(p.atoms)
			if withOption {
				g.ApartOptions = g.ApartOptions.Union(p.atoms)
			}
		}
		if !g.Atoms.IsEmpty() {
			l.set(g)
		}
	}
}

// covers checks the subset rule. GRANT USAGE too needs some right to grant:
// otherwise it would tell who exists.
func (a authority) covers(atoms privilege.Set, r Request) error {
	may := a.atoms()
	if may.IsEmpty() {
		return fmt.Errorf("%w: no right to grant on the object", ErrMayNotGrant)
	}
	if may.HasAll(atoms) {
		return nil
	}
	var missing []string
	for _, p := range r.Privileges {
		if !may.HasAll(p.Atoms.Minus(privilege.Of(privilege.GrantOption))) {
			missing = append(missing, p.Name)
		}
	}
	return fmt.Errorf("%w: %s not held with grant option", ErrMayNotGrant, strings.Join(missing, ", "))
}

// ownGift says whether an actor gives atoms by a right of his own, or of the administrators. Another's is that of his
// roles and groups, whose gift stays when he is in them no more.
func (a authority) ownGift(actor principal.ID, atoms privilege.Set) bool {
	for _, p := range a.split(atoms) {
		if p.grantor != actor && p.grantor != catalog.SystemGrantor {
			return false
		}
	}
	return true
}

// held is what a principal has on exactly this object.
func (l *ledger) held(p principal.ID, object catalog.ID) privilege.Set {
	var s privilege.Set
	for _, g := range l.to(p, object) {
		s = s.Union(g.Atoms)
	}
	return s
}

func (l *ledger) name(p principal.ID) string {
	if p == catalog.SystemGrantor {
		return "the administrator"
	}
	if rec := l.tx.PrincipalByID(p); rec != nil {
		return account(rec)
	}
	return fmt.Sprintf("principal %d", p)
}

func (l *ledger) describe(object catalog.ID) string {
	return target(l.tx.Snapshot, l.tx.Object(object))
}
