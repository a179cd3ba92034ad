package grant

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// rowKey names a grant row.
type rowKey struct {
	grantee principal.ID
	object  catalog.ID
	grantor principal.ID
}

func keyOf(g catalog.Grant) rowKey { return rowKey{g.Grantee, g.Object, g.Grantor} }

// ledger is the grant rows of a transaction with changes that are not written
// yet: a statement is worked out to its end, cascades included, before the
// first write. A changed row without atoms is one to drop.
type ledger struct {
	tx         *catalog.Tx
	changed    map[rowKey]catalog.Grant
	exceptions map[exceptionKey]catalog.Exception // changed ones; empty is one to drop
}

func newLedger(tx *catalog.Tx) *ledger {
	return &ledger{tx: tx, changed: map[rowKey]catalog.Grant{}, exceptions: map[exceptionKey]catalog.Exception{}}
}

// on lists the rows on an object, by grantee and grantor.
func (l *ledger) on(object catalog.ID) []catalog.Grant {
	return l.merge(l.tx.GrantsOn(object), func(k rowKey) bool { return k.object == object })
}

// to lists the rows of a grantee on an object, by grantor.
func (l *ledger) to(grantee principal.ID, object catalog.ID) []catalog.Grant {
	return l.merge(l.tx.GrantsToOn(grantee, object), func(k rowKey) bool {
		return k.object == object && k.grantee == grantee
	})
}

// wider lists the rows of a grantee on the scopes that an object is in, as far as they
// count there: see catalog.Snapshot.Reaching.
func (l *ledger) wider(grantee principal.ID, object catalog.Object) (rows []catalog.Grant) {
	for _, scope := range l.tx.ScopesOver(object) {
		if scope.Of == catalog.ScopeDatabases && (len(rows) > 0 || len(l.to(grantee, object.ID)) > 0) {
			continue // the nearest alone
		}
		for _, g := range l.to(grantee, scope.ID) {
			g.Atoms = l.tx.Through(scope, object, g.Atoms)
			g.Options = g.Options.Intersect(g.Atoms)
			if g.Atoms != 0 {
				rows = append(rows, g)
			}
		}
	}
	return rows
}

// merge puts the changes among rows that are in the catalog.
func (l *ledger) merge(stored []*catalog.Grant, belongs func(rowKey) bool) []catalog.Grant {
	rows := make([]catalog.Grant, 0, len(stored))
	for _, g := range stored {
		if _, changed := l.changed[keyOf(*g)]; !changed {
			rows = append(rows, *g)
		}
	}
	unchanged := len(rows)
	for k, g := range l.changed {
		if belongs(k) && !g.Atoms.IsEmpty() {
			rows = append(rows, g)
		}
	}
	if unchanged < len(rows) {
		slices.SortFunc(rows, func(a, b catalog.Grant) int {
			return cmp.Or(cmp.Compare(a.Grantee, b.Grantee), cmp.Compare(a.Grantor, b.Grantor))
		})
	}
	return rows
}

// get finds a row; without one it returns an empty row of that key.
func (l *ledger) get(k rowKey, kind privilege.Kind) catalog.Grant {
	if g, ok := l.changed[k]; ok {
		return g
	}
	if g := l.tx.Grant(k.grantee, k.object, k.grantor); g != nil {
		return *g
	}
	return catalog.Grant{Grantee: k.grantee, Object: k.object, Grantor: k.grantor, Kind: kind}
}

func (l *ledger) set(g catalog.Grant) {
	g.Options, g.Ends = g.Options.Intersect(g.Atoms), g.Ends.Only(g.Atoms)
	g.OptionEnds = g.OptionEnds.Only(g.Options)
	for _, end := range g.Ends.Parts() { // an option ends with its atom anyway
		for _, option := range g.OptionEnds.Parts() {
			if option.At >= end.At {
				g.OptionEnds = g.OptionEnds.Only(^end.Atoms.Intersect(option.Atoms))
			}
		}
	}
	g.Apart = g.Apart.Intersect(g.Atoms.Minus(g.Ends.Atoms()))
	g.ApartOptions = g.ApartOptions.Intersect(g.Apart).Intersect(g.Options.Minus(g.OptionEnds.Atoms()))
	l.changed[keyOf(g)] = g
}

// checkAdmin refuses changes after which no user could administer the instance:
// nobody but the owner of the data directory could undo them.
func (l *ledger) checkAdmin() error {
	took := false
	for _, g := range l.changed {
		if stored := l.tx.Grant(g.Grantee, g.Object, g.Grantor); stored != nil {
			took = took || stored.Atoms.Minus(g.Atoms).Has(privilege.SysAdmin)
		}
	}
	if !took {
		return nil
	}
	for _, g := range l.on(catalog.System) {
		p := l.tx.PrincipalByID(g.Grantee)
		if g.Atoms.Has(privilege.SysAdmin) && p != nil && p.Kind == catalog.KindUser && !p.Locked {
			return nil
		}
	}
	return ErrLastAdmin
}

// flush writes the rows that differ from those in the catalog, in the order of
// their keys.
func (l *ledger) flush() error {
	if err := l.checkAdmin(); err != nil {
		return err
	}
	keys := make([]rowKey, 0, len(l.changed))
	for k := range l.changed {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b rowKey) int {
		return cmp.Or(cmp.Compare(a.grantee, b.grantee), cmp.Compare(a.object, b.object), cmp.Compare(a.grantor, b.grantor))
	})
	for _, k := range keys {
		g := l.changed[k]
		stored := l.tx.Grant(k.grantee, k.object, k.grantor)
		var err error
		switch {
		case g.Atoms.IsEmpty() && stored != nil:
			err = l.tx.DropGrant(k.grantee, k.object, k.grantor)
		case g.Atoms.IsEmpty(), stored != nil && *stored == g:
		default:
			err = l.tx.PutGrant(&g)
		}
		if err != nil {
			return err
		}
	}
	if err := l.flushExceptions(); err != nil {
		return err
	}
	return l.dropScopes()
}

// dropScopes drops the scopes among the changes that nothing is on any more.
func (l *ledger) dropScopes() error {
	seen := map[catalog.ID]bool{}
	for k := range l.changed {
		seen[k.object] = true
	}
	for k := range l.exceptions {
		seen[k.object] = true
	}
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		if err := DropUnused(l.tx, id); err != nil {
			return err
		}
	}
	return nil
}
