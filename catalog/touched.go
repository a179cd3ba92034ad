package catalog

import (
	"slices"

	"github.com/lxdb/lxdb/security/principal"
)

// Touched says what one Update changed, for the hooks. Every list is sorted
// and without duplicates.
type Touched struct {
	// Principals whose own grants, memberships or account changed, and those
	// dropped: their certificates are out of date.
	Principals []principal.ID
	// Accounts are all principals whose record was put, whatever changed in it.
	Accounts []principal.ID
	// Objects created, changed or dropped (databases, tables, views, triggers,
	// routines, events), and those whose grants changed.
	Objects []ID
	// Data ids whose meaning changed: they were given to a table or sequence, taken from
	// it, or their table moved to another database. What was compiled for such
	// an id must be compiled again.
	Data []ID
	// Certificates of these principals were put or dropped, usually by a
	// BeforeCommit hook, which therefore does not see its own.
	Certificates []principal.ID
	// Security is set when somebody may do more or less than before; then the
	// security epoch rose.
	Security bool
}

// touches collects a Touched.
type touches struct {
	principals, certificates, accounts map[principal.ID]struct{}
	objects, data                      map[ID]struct{}
	security                           bool
}

func newTouches() touches {
	return touches{
		principals: map[principal.ID]struct{}{}, certificates: map[principal.ID]struct{}{}, accounts: map[principal.ID]struct{}{},
		objects: map[ID]struct{}{}, data: map[ID]struct{}{},
	}
}

func (t *touches) touched() Touched {
	return Touched{
		Principals: sorted(t.principals), Objects: sorted(t.objects), Data: sorted(t.data),
		Certificates: sorted(t.certificates), Accounts: sorted(t.accounts), Security: t.security,
	}
}

func sorted[K ~uint32](set map[K]struct{}) []K {
	list := make([]K, 0, len(set))
	for k := range set {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
