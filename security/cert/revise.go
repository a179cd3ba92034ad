package cert

import (
	"slices"
	"sort"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// revised is what Of would compute, made from the permissions in force and the
// objects that changed since, so that a grant does not cost a walk over all that
// its grantee holds. It is nil when that does not do: a change on a database or
// the system decides about entries on other objects.
//
// It relies on the catalog naming, in Touched.Objects, every object whose
// grants or database changed.
func revised(tx *catalog.Tx, before *catalog.Snapshot, last *Permissions, objects []catalog.ID) *Permissions {
	for _, object := range objects {
		if isWide(before.Object(object).Kind) || isWide(tx.Object(object).Kind) {
			return nil
		}
	}
	rec := tx.PrincipalByID(last.Principal)
	p := &Permissions{
		Instance: last.Instance, Principal: last.Principal, Name: rec.Name, Epoch: tx.SecurityEpoch(),
		Until: tx.FirstEnd(last.Principal),
		Roles: rolesOf(tx.Snapshot, last.Principal), Entries: last.Entries,
	}
	for _, object := range objects {
		o := tx.Object(object)
		o.ID = object // of one that was dropped nothing is held
		p.Entries = withEntry(p.Entries, last.Entries, last.reduced(entryOn(tx.Snapshot, last.Principal, o), o.Database))
	}
	return p
}

func isWide(k privilege.Kind) bool {
	return k.Contains() || k == privilege.KindScope
}

// withEntry sets one entry of a list, or takes it out when it says nothing. It
// copies the list before the first change, as long as it is still shared.
func withEntry(list, shared []Entry, e Entry) []Entry {
	i := sort.Search(len(list), func(i int) bool { return list[i].Object >= e.Object })
	found := i < len(list) && list[i].Object == e.Object
	says := !e.isEmpty()
	if found && list[i] == e || !found && !says {
		return list
	}
	if len(list) > 0 && len(shared) > 0 && &list[0] == &shared[0] {
		list = append(make([]Entry, 0, len(list)+1), list...)
	}
	switch {
	case !found:
		return slices.Insert(list, i, e)
	case !says:
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
