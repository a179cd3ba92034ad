package state

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// NewTable is what the right to make a table of a name in a database is asked on: the name, where something was
// granted on it or taken by it, else the database. What is held on the database counts on the name, too.
func NewTable(snap *catalog.Snapshot, database catalog.ID, name string) access.Object {
	if r := snap.Scope(catalog.ScopeTable, name, database); r != nil {
		return access.In(privilege.KindScope, r.ID, database)
	}
	return access.Database(database)
}

// NameDenied says whether CREATE on a name is denied to the session, which binds whatever would have it: tables, views and sequences
// share their names.
func (s *Session) NameDenied(database catalog.ID, name string) bool {
	return !s.HasSystem(privilege.SysAdmin) &&
		s.Inst.Cat.Snapshot().DeniedName(database, name, privilege.Create, append(s.Rights.Holders(), s.Rights.Principal()))
}
