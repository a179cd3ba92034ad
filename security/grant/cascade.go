package grant

import (
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// cascade removes from the rows on an object, and on everything that rows on it
// support, what nobody supports any more. It returns a description of each
// removal. The containers of the object are taken as they are: no row on them
// hangs on a row further down.
func (l *ledger) cascade(object catalog.ID) []string {
	removed := l.settle(object)
	switch l.tx.Object(object).Kind {
	case privilege.KindSystem:
		for _, scope := range l.tx.Scopes(0) {
			removed = append(removed, l.cascade(scope.ID)...)
		}
		for _, db := range l.databases() {
			removed = append(removed, l.cascade(db)...)
		}
	case privilege.KindDatabase:
		for _, scope := range l.tx.Scopes(object) {
			removed = append(removed, l.settle(scope.ID)...)
		}
		for _, o := range l.tx.Objects(object) {
			removed = append(removed, l.settle(o.ID)...)
		}
	case privilege.KindScope:
		if l.tx.ScopeByID(object).Makes() {
			for _, db := range l.tx.Databases() {
				removed = append(removed, l.settle(db.ID)...)
			}
		}
		for _, o := range l.tx.Reached(l.tx.ScopeByID(object)) {
			removed = append(removed, l.cascade(o.ID)...)
		}
	}
	return removed
}

// databases lists everything that is directly below the system.
func (l *ledger) databases() []catalog.ID {
	ids := []catalog.ID{catalog.InformationSchema, catalog.MySQL, catalog.Sys}
	for _, db := range l.tx.Databases() {
		ids = append(ids, db.ID)
	}
	return ids
}

// settle computes the supported part of every row on one object and cuts the
// rest off. The computation starts from the rows of the system with nothing
// else believed, and adds what those support until nothing is added: rows that
// only support each other are never reached.
func (l *ledger) settle(id catalog.ID) []string {
	object := l.tx.Object(id)
	rows := l.on(id)
	supported := make([]catalog.Grant, len(rows))
	may := map[principal.ID]privilege.Set{}
	for i, g := range rows {
		supported[i] = g
		if g.Grantor != catalog.SystemGrantor {
			supported[i].Atoms, supported[i].Options = 0, 0
		}
		if _, known := may[g.Grantor]; !known {
			may[g.Grantor] = l.inherited(g.Grantor, object)
		}
	}
	for changed := true; changed; {
		changed = false
		for i, g := range supported {
			before := may[g.Grantee]
			may[g.Grantee] = before.Union(passable([]catalog.Grant{g}, object.Kind))
			changed = changed || may[g.Grantee] != before
			if g.Grantor == catalog.SystemGrantor {
				continue
			}
			support := may[g.Grantor]
			g.Atoms, g.Options = rows[i].Atoms.Intersect(support), rows[i].Options.Intersect(support)
			changed = changed || g != supported[i]
			supported[i] = g
		}
	}
	return l.cut(rows, supported)
}

// cut writes the supported part of rows into the ledger.
func (l *ledger) cut(rows, supported []catalog.Grant) []string {
	var removed []string
	for i, g := range rows {
		if supported[i] == g {
			continue
		}
		l.set(supported[i])
		what := strings.Join(privilege.Describe(g.Atoms.Minus(supported[i].Atoms), kindOf(l.tx.Snapshot, l.tx.Object(g.Object))), ", ")
		if g.Atoms == supported[i].Atoms {
			what = "GRANT OPTION"
		}
		removed = append(removed, fmt.Sprintf("%s on %s from %s", what, l.describe(g.Object), l.name(g.Grantee)))
	}
	return removed
}
