package objects

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/variable"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// showText is SHOW CREATE of a view or a stored program as a plan node. The
// library's own would bind the stored text, which ends the transaction and fails
// for a view that is broken, and it asks for no right.
type showText struct {
	program        string // Procedure, Function, Trigger, Event; "" is a view
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
		show.program = "Procedure"
	case "create function":
		show.program = "Function"
	case "create trigger":
		show.program = "Trigger"
	case "create event":
		show.program = "Event"
	default:
		return nil, false
	}
	return ast.InjectedStatement{
		Statement: show, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}, true
}

// isView reports whether a name is a view's that the session may know of.
func isView(s *state.Session, database, name string) bool {
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(lxaccess.FirstOf(database, s.GetCurrentDatabase()))
	if db == nil {
		return false
	}
	v := snap.View(db.ID, name)
	return v != nil && s.Sees(state.ViewObject(v))
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
	switch n.program {
	case "Procedure", "Function":
		names = []string{n.program, "sql_mode", "Create " + n.program, "character_set_client", "collation_connection", "Database Collation"}
	case "Event":
		names = []string{"Event", "sql_mode", "time_zone", "Create Event", "character_set_client", "collation_connection", "Database Collation"}
	case "Trigger":
		names = []string{"Trigger", "sql_mode", "SQL Original Statement", "character_set_client", "collation_connection", "Database Collation", "Created"}
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
	show := n.viewRow
	switch n.program {
	case "Procedure", "Function":
		show = n.routineRow
	case "Trigger":
		show = n.triggerRow
	case "Event":
		show = n.eventRow
	}
	row, err := show(ctx, s)
	if err != nil {
		return nil, err
	}
	for i, cell := range row {
		if text, ok := cell.(string); ok {
			row[i] = withoutZeros(text)
		}
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
		plain, ok := plainView(ctx, v.Create, v.SQLMode)
		if !ok {
			return nil, notPlain(v.SQLMode) // made before CREATE VIEW refused it
		}
		text := s.Inst.Shown(plain, "", v.Definer)
		if v.Invoker { // its owner may have got it from somebody else
			text = dialect.WithInvoker(text, lex.Mode{})
		}
		made := v.Charsets.Or()
		return sql.Row{v.Name, text, shownClient(ctx, made.Client), made.Connection}, nil
	case obj.Table != nil && s.Sees(state.TableObject(obj.Table)):
		return nil, sqlerr.WrongObject.Errorf("'%s.%s' is not VIEW", database, n.name)
	case obj.Database != nil && lxaccess.For(s).SeesTables(s.Actor(), obj.Database.ID):
		return nil, sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", database, n.name)
	}
	return nil, sqlerr.DeniedObject("SHOW VIEW", s.User.Name(), n.name)
}

// triggerRow shows a trigger to who holds TRIGGER on its table; nobody else hears that
// there is one.
func (n *showText) triggerRow(ctx *sql.Context, s *state.Session) (sql.Row, error) {
	snap := s.Inst.Cat.Snapshot()
	if db := snap.Database(lxaccess.FirstOf(n.database, s.GetCurrentDatabase())); db != nil {
		if t := snap.Trigger(db.ID, n.name); t != nil && showsTrigger(s, t) {
			client, connection, database := shownCharsets(ctx, s, db, t.Charsets)
			return sql.Row{t.Name, variable.StoredModes(t.SQLMode), s.Inst.Shown(withoutOrder(t), t.SQLMode, t.Definer), client, connection, database,
				time.UnixMicro(t.Created).UTC().Format("2006-01-02 15:04:05.00")}, nil
		}
	}
	return nil, sqlerr.TriggerDoesNotExist.Errorf("Trigger does not exist")
}

// withoutOrder is the text of a trigger without FOLLOWS or PRECEDES, as in MySQL: the trigger that it names may have
// been dropped, or stand behind this one in a dump. The order in which triggers are listed is theirs.
func withoutOrder(t *catalog.Trigger) string {
	h, err := program.Read(t.Create, state.ModeOf(t.SQLMode))
	if err != nil || h.On.OrderEnd == 0 {
		return t.Create
	}
	return t.Create[:h.On.OrderPos] + strings.TrimLeft(t.Create[h.On.OrderEnd:], " \t\r\n\v\f")
}

// routineRow shows the text to who may change the routine or read its
// definition; who may only call it learns that it exists.
func (n *showText) routineRow(ctx *sql.Context, s *state.Session) (sql.Row, error) {
	database := lxaccess.FirstOf(n.database, s.GetCurrentDatabase())
	snap := s.Inst.Cat.Snapshot()
	absent := sqlerr.SPDoesNotExist.Errorf("%s %s does not exist", strings.ToUpper(n.program), n.name)
	db := snap.Database(database)
	if db == nil {
		return nil, absent
	}
	r := snap.Routine(db.ID, n.name, n.program == "Function")
	if r == nil || !s.Sees(state.RoutineObject(r)) {
		return nil, absent
	}
	var text any
	if access.May(s.Actor(), state.RoutineObject(r), routineText, access.List) {
		text = shownRoutine(ctx, s, db, r)
	}
	client, connection, collation := shownCharsets(ctx, s, db, r.Charsets)
	return sql.Row{r.Name, variable.StoredModes(r.SQLMode), text, client, connection, collation}, nil
}

func shownRoutine(ctx *sql.Context, s *state.Session, db *catalog.Database, r *catalog.Routine) string {
	mode := state.ModeOf(r.SQLMode)
	h, err := program.Read(r.Create, mode)
	if p := s.Inst.Cat.Snapshot().PrincipalByID(r.Definer); err == nil && p != nil {
		returns := ""
		if r.Function {
			returns = newParameterTypes(ctx, s).of(db, r, h.Returns).shown(mode)
		}
		return h.Canonical(r.Create, lex.QuoteName(p.LoginName())+"@"+lex.QuoteName(hostOf(p)), returns, mode)
	}
	return s.Inst.Shown(r.Create, r.SQLMode, r.Definer)
}

// routineText are the rights that show a routine's body.
var routineText = access.Any(privilege.Of(privilege.AlterRoutine, privilege.Alter, privilege.Metadata))

// charsetsNow is what is kept with a text that is made now: of a program of a database, or of a view, where that is nil.
func charsetsNow(ctx *sql.Context, s *state.Session, db *catalog.Database) *catalog.Charsets {
	c := &catalog.Charsets{Client: strings.ToLower(sessionText(ctx, "character_set_client")), Connection: strings.ToLower(sessionText(ctx, "collation_connection"))}
	if db != nil {
		c.Database = s.Inst.CollationOf(db).Name()
	}
	return c
}

// madeUnder is what a program of a database was made under.
func madeUnder(s *state.Session, db *catalog.Database, made *catalog.Charsets) (client, connection, database string) {
	c := made.Or()
	return c.Client, c.Connection, s.Inst.CollationIn(db, made).Name()
}

// shownCharsets are those that stand beside its text.
func shownCharsets(ctx *sql.Context, s *state.Session, db *catalog.Database, made *catalog.Charsets) (client, connection, database string) {
	client, connection, database = madeUnder(s, db, made)
	return shownClient(ctx, client), connection, database
}

// shownClient is the character set in which a definition is read back. Dumps ask for the bytes of definitions as they are
// kept, without a conversion, and have the restore read these under this character set: we keep all in utf8mb4.
func shownClient(ctx *sql.Context, client string) string {
	if results := sessionText(ctx, "character_set_results"); results == "binary" || results == "" || results == "<nil>" {
		return "utf8mb4"
	}
	return client
}

func sessionText(ctx *sql.Context, variable string) string {
	v, err := ctx.GetSessionVariable(ctx, variable)
	if err != nil {
		return ""
	}
	return fmt.Sprint(v)
}

// plainView is the text of a CREATE VIEW as it means the same under the default sql_mode, in which dumps are read:
// they name no mode for a view. False is for one that cannot be written so.
func plainView(ctx *sql.Context, create, mode string) (string, bool) {
	m := state.ModeOf(mode)
	create = lex.OpenComments(create, m)
	if lex.Plain(create, m, nil) == create {
		return create, true
	}
	from, to, ok := lex.ViewQuery(create, m)
	if ok {
		var query string
		if query, ok = grammar.Plain(ctx, create[from:to], m); ok {
			return strings.TrimSpace(lex.Plain(create[:from], m, nil) + " " + query + " " + lex.Plain(create[to:], m, nil)), true
		}
	}
	return create, m == lex.Mode{} // with its comments it means what it says
}

// plainQuery is the query of a view so; empty where it cannot be written.
func plainQuery(ctx *sql.Context, query, mode string) string {
	m := state.ModeOf(mode)
	text, ok := grammar.Plain(ctx, lex.OpenComments(query, m), m)
	switch {
	case ok:
		return text
	case m == lex.Mode{}:
		return query
	}
	return ""
}

func notPlain(mode string) error {
	return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'such a view under the sql_mode %s'", mode).
		WithHint("write it in the default sql_mode: definitions are shown in that, for dumps to be read")
}
