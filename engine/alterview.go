package engine

import (
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// altersView refuses ALTER VIEW, which was read as CREATE OR REPLACE VIEW, where there
// is no such view. Who may know of none is told so, too.
func (s *Session) altersView(altered bool, stmt ast.Statement) error {
	ddl, ok := stmt.(*ast.DDL)
	if !altered || !ok || ddl.ViewSpec == nil {
		return nil
	}
	name := ddl.ViewSpec.ViewName
	asker := lxaccess.For(&s.sql.Session)
	obj, database := asker.Resolve(name.DbQualifier.String(), name.Name.String(), nil)
	if obj.View != nil {
		return nil
	}
	if obj.Database == nil || !asker.SeesTables(s.sql.Actor(), obj.Database.ID) {
		return sqlerr.DeniedDatabase(s.sql.User.Name(), database) // as CREATE OR REPLACE says where there is one
	}
	if obj.Table != nil {
		return sqlerr.WrongObject.Errorf("'%s.%s' is not VIEW", database, name.Name.String())
	}
	return sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", database, name.Name.String())
}
