package objects

import (
	"fmt"
	"io"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// showText is SHOW CREATE VIEW or SHOW CREATE PROCEDURE as a plan node. The
// library's own would bind the stored text, which ends the transaction and fails
// for a view that is broken, and it asks for no right.
type showText struct {
	procedure      bool
	database, name string
}

var _ sql.ExecSourceRel = (*showText)(nil)

// ownShow replaces statements of the library's that show a stored text.
func ownShow(s *state.Session, n *ast.Show) (ast.Statement, bool) {
	show := &showText{database: lxaccess.FirstOf(n.Table.DbQualifier.String(), n.Database), name: n.Table.Name.String()}
	switch strings.ToLower(n.Type) {
	case "create view":
	case "create table":
		if s == nil || !isView(s, show.database, show.name) {
			return nil, false
		}
	case "create procedure":
		show.procedure = true
	default:
		return nil, false
	}
	return ast.InjectedStatement{
		Statement: show, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}, true
}

func isView(s *state.Session, database, name string) bool {
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(lxaccess.FirstOf(database, s.GetCurrentDatabase()))
	return db != nil && snap.View(db.ID, name) != nil
}

// WithResolvedChildren implements ast.Injectable.
func (n *showText) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return n, nil
}

func (n *showText) Resolved() bool       { return true }
func (n *showText) IsReadOnly() bool     { return true }
func (n *showText) Children() []sql.Node { return nil }
func (n *showText) String() string       { return "SHOW CREATE" }

func (n *showText) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

func (n *showText) Schema() sql.Schema {
	names := []string{"View", "Create View", "character_set_client", "collation_connection"}
	if n.procedure {
		names = []string{"Procedure", "sql_mode", "Create Procedure", "character_set_client", "collation_connection", "Database Collation"}
	}
	out := make(sql.Schema, len(names))
	for i, name := range names {
		out[i] = &sql.Column{Name: name, Type: types.LongText, Nullable: true}
	}
	return out
}

// RowIter implements sql.ExecSourceRel.
func (n *showText) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	row, err := n.viewRow(ctx, s)
	if n.procedure {
		row, err = n.procedureRow(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	return sql.RowsToRowIter(row), nil
}

func (n *showText) viewRow(ctx *sql.Context, s *state.Session) (sql.Row, error) {
	obj, database := lxaccess.For(s).Resolve(n.database, n.name, nil)
	switch {
	case database == "":
		return nil, sql.ErrNoDatabaseSelected.New()
	case obj.View != nil:
		if !s.May(state.ViewObject(obj.View), lxaccess.MayReadText) {
			return nil, sqlerr.DeniedObject("SHOW VIEW", s.User.Name(), n.name)
		}
		v := obj.View
		return sql.Row{v.Name, s.Inst.Shown(v.Create, v.SQLMode, v.Definer), sessionText(ctx, "character_set_client"), sessionText(ctx, "collation_connection")}, nil
	case obj.Table != nil && s.Sees(state.TableObject(obj.Table)):
		return nil, sqlerr.WrongObject.Errorf("'%s.%s' is not VIEW", database, n.name)
	case obj.Database != nil && lxaccess.For(s).SeesTables(s.Actor(), obj.Database.ID):
		return nil, sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", database, n.name)
	}
	return nil, sqlerr.DeniedObject("SHOW VIEW", s.User.Name(), n.name)
}

// procedureRow shows the text to who may change the procedure or read its
// definition; who may only call it learns that it exists.
func (n *showText) procedureRow(ctx *sql.Context, s *state.Session) (sql.Row, error) {
	database := lxaccess.FirstOf(n.database, s.GetCurrentDatabase())
	snap := s.Inst.Cat.Snapshot()
	absent := sqlerr.SPDoesNotExist.Errorf("PROCEDURE %s does not exist", n.name)
	db := snap.Database(database)
	if db == nil {
		return nil, absent
	}
	r := snap.Routine(db.ID, n.name, false)
	if r == nil || !s.Sees(state.RoutineObject(r)) {
		return nil, absent
	}
	var text any
	if access.May(s.Actor(), state.RoutineObject(r), routineText, access.List) {
		text = s.Inst.Shown(r.Create, r.SQLMode, r.Definer)
	}
	return sql.Row{r.Name, r.SQLMode, text, sessionText(ctx, "character_set_client"), sessionText(ctx, "collation_connection"), db.Collation}, nil
}

// routineText are the rights that show a routine's body.
var routineText = access.Any(privilege.Of(privilege.AlterRoutine, privilege.Alter, privilege.Metadata))

func sessionText(ctx *sql.Context, variable string) string {
	v, err := ctx.GetSessionVariable(ctx, variable)
	if err != nil {
		return ""
	}
	return fmt.Sprint(v)
}
