package cert

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// revised is what Of would compute, made from the permissions in force and the
// objects that changed since, so that a grant does not cost a walk over all that
// its grantee holds. It is nil when that does not do: where something is taken from
// a database or the system, entries may come back that it contained.
//
// It relies on the catalog naming, in Touched.Objects, every object whose
// grants or database changed.
func (i *Issuer) revised(tx *catalog.Tx, last *Permissions, objects []catalog.ID) (*Permissions, error) {
	before, id := i.catalog.Snapshot(), last.Principal
	for _, object := range objects {
		if before.Object(object).Kind == privilege.KindScope || tx.Object(object).Kind == privilege.KindScope {
			return nil, nil // it reaches any number of objects
		}
		if isWide(before.Object(object).Kind) || isWide(tx.Object(object).Kind) {
			was, is := rawEntry(before, id, object), rawEntry(tx.Snapshot, id, object)
			if !is.Atoms.HasAll(was.Atoms) || !was.Except.HasAll(is.Except) || last.Paged == nil && is != was {
				return nil, nil
			}
		}
	}
	p := &Permissions{
		Instance: last.Instance, Principal: id, Name: tx.PrincipalByID(id).Name, Epoch: tx.SecurityEpoch(),
		Until: tx.FirstEnd(id),
		Roles: rolesOf(tx.Snapshot, id),
	}
	if last.Paged != nil {
		return i.revisedPages(tx, last, p, objects)
	}
	p.Entries = last.Entries
	for _, object := range objects {
		e := last.reduced(rawEntry(tx.Snapshot, id, object), tx.Object(object).Database)
		p.Entries = withEntry(p.Entries, last.Entries, e)
	}
	return p, nil
}

// revisedPages is revised for permissions in pages. Nothing is looked at there but
// the pages of the objects themselves.
func (i *Issuer) revisedPages(tx *catalog.Tx, last, p *Permissions, objects []catalog.ID) (*Permissions, error) {
	set := make([]Entry, 0, len(objects))
	for _, object := range objects {
		set = append(set, contained(tx.Snapshot, p.Principal, rawEntry(tx.Snapshot, p.Principal, object)))
	}
	made, err := newRewriter(place{p.Instance, p.Principal}, tx).rewrite(*last.Paged, set)
	switch {
	case errors.Is(err, ErrPages), errors.Is(err, ErrMalformed):
		return nil, nil // all of them are made again, from the grants
	case err != nil:
		return nil, fmt.Errorf("store pages of the permission certificate of %q: %w", p.Name, err)
	case made.Entries <= i.again:
		return nil, nil
	}
	p.Paged = &made
	return p, nil
}

// rawEntry is what the catalog grants on one object, whatever else is granted.
func rawEntry(s *catalog.Snapshot, id principal.ID, object catalog.ID) Entry {
	o := s.Object(object)
	o.ID = object // of one that was dropped nothing is held
	return entryOn(s, id, o)
}

// contained is an entry without its atoms when the principal's grants on the
// database and the system give all of them. Its exceptions stay.
func contained(s *catalog.Snapshot, id principal.ID, e Entry) Entry {
	if e.Object == catalog.System {
		return e
	}
	wide := &Permissions{Entries: []Entry{rawEntry(s, id, catalog.System)}}
	database := s.Object(e.Object).Database
	if database != 0 {
		wide.Entries = append(wide.Entries, rawEntry(s, id, database))
	}
	e.Atoms = wide.reduced(e, database).Atoms
	return e
}

func isWide(k privilege.Kind) bool {
	return k.Contains() || k == privilege.KindScope
}

// withEntry sets one entry of a list, or takes it out when it says nothing. It
// copies the list before the first change, as long as it is still shared.
func withEntry(list, shared []Entry, e Entry) []Entry {
	i := sort.Search(len(list), func(i int) bool { return list[i].Object >= e.Object })
	found := i < len(list) && list[i].Object == e.Object
	if found && list[i] == e || !found && e.isEmpty() {
		return list
	}
	if len(list) > 0 && len(shared) > 0 && &list[0] == &shared[0] {
		list = append(make([]Entry, 0, len(list)+1), list...)
	}
	switch {
	case !found:
		return slices.Insert(list, i, e)
	case e.isEmpty():
		return slices.Delete(list, i, i+1)
	}
	list[i] = e
	return list
}

func rolesOf(s *catalog.Snapshot, id principal.ID) []principal.ID {
	var out []principal.ID
	for _, m := range s.MembershipsOf(id) {
		out = append(out, m.Role)
	}
	slices.Sort(out)
	return out
}
