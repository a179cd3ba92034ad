package engine

import (
	"runtime"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// authorizer answers the planner's question "may this session do that?" for
// every object of a statement, at each bind: when a statement is prepared and
// again at every execution. It is installed on each engine's catalog, never
// through the library's global factory, and denies whatever it does not know.
//
// It is the first of two walls. The second is kivi.Guard below the tables.
type authorizer struct{}

var _ sql.AuthorizationHandler = authorizer{}

// authState exists because the library wants a value of an interface with a
// marker method; our state is the session's.
type authState struct{}

func (authState) Error() error                 { return nil }
func (authState) AuthorizationQueryStateImpl() {}

// NewQueryState implements sql.AuthorizationHandler.
func (authorizer) NewQueryState(*sql.Context) sql.AuthorizationQueryState { return authState{} }

// asker asks the questions about one session's statement.
type asker struct{ *state }

// forSession asks for a session.
func forSession(s *state) asker { return asker{s} }

// need is what an authorization type asks for.
type need struct {
	command string // as in "SELECT command denied"
	want    access.Want
}

var needs = map[string]need{
	ast.AuthType_SELECT:         {"SELECT", access.All(privilege.Of(privilege.Select))},
	ast.AuthType_INSERT:         {"INSERT", access.All(privilege.Of(privilege.Insert))},
	ast.AuthType_REPLACE:        {"INSERT, DELETE", access.All(privilege.Of(privilege.Insert, privilege.Delete))},
	ast.AuthType_ALTER:          {"ALTER", access.All(privilege.Of(privilege.Alter))},
	ast.AuthType_INDEX:          {"INDEX", access.Any(privilege.Of(privilege.Index, privilege.Alter))},
	ast.AuthType_DROP:           {"DROP", access.All(privilege.Of(privilege.Drop))},
	authTruncate:                {"TRUNCATE", access.All(privilege.Of(privilege.Truncate))},
	ast.AuthType_FOREIGN_KEY:    {"ALTER", access.All(privilege.Of(privilege.Alter))},
	ast.AuthType_TRIGGER:        {"TRIGGER", access.All(privilege.Of(privilege.Trigger))},
	ast.AuthType_LOCK:           {"LOCK TABLES", access.Any(privilege.Of(privilege.Lock, privilege.Update))},
	ast.AuthType_CREATE:         {"CREATE", access.All(privilege.Of(privilege.Create))},
	ast.AuthType_CREATE_TEMP:    {"CREATE TEMPORARY TABLES", access.Any(privilege.Of(privilege.CreateTemp, privilege.Create))},
	ast.AuthType_CREATE_VIEW:    {"CREATE VIEW", access.All(privilege.Of(privilege.CreateView))},
	ast.AuthType_CREATE_ROUTINE: {"CREATE ROUTINE", access.All(privilege.Of(privilege.CreateRoutine))},
	ast.AuthType_ALTER_ROUTINE:  {"ALTER ROUTINE", access.All(privilege.Of(privilege.AlterRoutine))},
	ast.AuthType_EVENT:          {"EVENT", access.All(privilege.Of(privilege.Event))},
	authDropDatabase:            {"DROP", access.All(privilege.Of(privilege.Drop))},
	authMetadata:                {"SELECT", access.Any(privilege.About(privilege.KindTable))},
}

// HandleAuth implements sql.AuthorizationHandler.
func (authorizer) HandleAuth(ctx *sql.Context, _ sql.AuthorizationQueryState, auth ast.AuthInformation) error {
	s := stateOf(ctx)
	if s == nil {
		return sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	if use, ok := auth.Extra.(*tableUse); ok && use.change != nil {
		s.change = use.change
	}
	if auth.AuthType == ast.AuthType_IGNORE {
		return nil
	}
	a := asker{s}
	err := a.authorize(auth)
	if err == nil && auth.AuthType == ast.AuthType_CALL {
		beginProgram(s.running)
	}
	if err != nil && len(auth.TargetNames) >= 2 {
		// The library ignores the answer for the body of a trigger: whatever it
		// opens after a refusal, it opens for nobody.
		s.allowNext(a.databaseOf(auth), auth.TargetNames[1], 0, table.Access{Guard: s.inst.nobody}, false)
	}
	return err
}

func (s asker) databaseOf(auth ast.AuthInformation) string {
	use, _ := auth.Extra.(*tableUse)
	_, database := s.resolve(auth.TargetNames[0], auth.TargetNames[1], use)
	return database
}

// marked are the types of references that annotate marks. One without a mark
// reached the planner on a way that we do not know.
var marked = map[string]bool{
	ast.AuthType_SELECT: true, ast.AuthType_INSERT: true, ast.AuthType_REPLACE: true, ast.AuthType_UPDATE: true, ast.AuthType_DELETE: true,
}

// writes are the types of what changes rows.
var writes = map[string]bool{
	ast.AuthType_INSERT: true, ast.AuthType_REPLACE: true, ast.AuthType_UPDATE: true, ast.AuthType_DELETE: true,
}

func (s asker) authorize(auth ast.AuthInformation) error {
	use, _ := auth.Extra.(*tableUse)
	if use == nil && marked[auth.AuthType] && auth.TargetType == ast.AuthTargetType_SingleTableIdentifier {
		return sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	if use == nil {
		use = &tableUse{reads: true}
	}
	s.replaces = s.replaces || use.replaces
	if s.calls != nil && writes[auth.AuthType] && s.readsOnly() {
		return errReadOnly // begin looks at statements outside programs
	}
	switch auth.AuthType {
	case ast.AuthType_UPDATE, ast.AuthType_DELETE:
		return s.checkDML(auth, use)
	case ast.AuthType_RENAME:
		return s.checkRename(auth.TargetNames)
	case ast.AuthType_CALL:
		return s.checkCall(auth.TargetNames)
	case ast.AuthType_SHOW, ast.AuthType_VISIBLE, ast.AuthType_SHOW_CREATE_PROCEDURE:
		return nil // what is shown is filtered where it is read: database.go, provider.go
	case ast.AuthType_PROCESS:
		return nil // SHOW PROCESSLIST lists one's own unless PROCESS is held: sessions.go
	case authKill:
		return nil // asked when it runs: kill.go
	case authCreateDatabase:
		if s.checkCreateDatabase() != nil {
			return sqlerr.DeniedDatabase(s.who.Name(), auth.TargetNames[0])
		}
		return nil
	}
	n, ok := needs[auth.AuthType]
	if !ok {
		return sqlerr.DeniedSystem("SYSTEM ADMIN") // FILE, SUPER, RELOAD, replication, and whatever a later grammar adds
	}
	if err := s.checkRelated(use); err != nil {
		return err
	}
	switch auth.TargetType {
	case authNewTable:
		return s.checkNewTable(n, auth.TargetNames[0], auth.TargetNames[1])
	case ast.AuthTargetType_SingleTableIdentifier, ast.AuthTargetType_MultipleTableIdentifiers, ast.AuthTargetType_TableColumn:
		step := 2
		if auth.TargetType == ast.AuthTargetType_TableColumn {
			step = 3
		}
		for i := 0; i+1 < len(auth.TargetNames); i += step {
			if err := s.checkTable(n, auth.AuthType, auth.TargetNames[i], auth.TargetNames[i+1], use); err != nil {
				return err
			}
		}
		return nil
	case ast.AuthTargetType_DatabaseIdentifiers:
		for _, name := range auth.TargetNames {
			if err := s.checkDatabase(n, name); err != nil {
				return err
			}
		}
		return nil
	}
	return s.requireSystem(privilege.SysAdmin)
}

// HandleAuthNode implements sql.AuthorizationHandler. Nodes that check
// themselves are the library's account statements, which never get this far.
func (authorizer) HandleAuthNode(*sql.Context, sql.AuthorizationQueryState, sql.AuthorizationCheckerNode) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

// CheckDatabase, CheckSchema and CheckTable are asked only by the library's own
// grant tables, which are off.
func (authorizer) CheckDatabase(*sql.Context, sql.AuthorizationQueryState, string) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

func (authorizer) CheckSchema(*sql.Context, sql.AuthorizationQueryState, string, string) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

func (authorizer) CheckTable(*sql.Context, sql.AuthorizationQueryState, string, string, string) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

// object is a relation that a statement names, if it exists.
type object struct {
	database *catalog.Database
	table    *catalog.Table
	view     *catalog.View
}

func (o object) id() catalog.ID {
	switch {
	case o.table != nil:
		return o.table.ID
	case o.view != nil:
		return o.view.ID
	}
	return 0
}

func (o object) object() access.Object {
	kind := privilege.KindTable
	if o.table == nil {
		kind = privilege.KindView
	}
	return access.In(kind, o.id(), o.database.ID)
}

func (s asker) resolve(database, name string, use *tableUse) (object, string) {
	if database == "" && use != nil && use.view != nil {
		database = use.view.database
	}
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	snap := s.inst.cat.Snapshot()
	db := snap.Database(database)
	if db == nil {
		return object{}, database
	}
	o := object{database: db, table: snap.Table(db.ID, name)}
	if o.table == nil {
		o.view = snap.View(db.ID, name)
	}
	return o, database
}

// rightsFor are the rights that count: the session's, or for a table below a
// view those of the view's definer, looked up anew at every use.
func (s asker) rightsFor(use *tableUse) *bucket.Rights {
	if use != nil && use.view != nil && !use.view.invoker {
		return use.view.rights
	}
	return s.rights
}

// checkTable allows a statement to go on with one relation and decides how the
// following fetch opens it.
func (s asker) checkTable(n need, kind, database, name string, use *tableUse) error {
	if isVirtual(database, s.GetCurrentDatabase(), use) {
		return s.checkVirtual(kind, n, name)
	}
	obj, database := s.resolve(database, name, use)
	rights := s.rightsFor(use)
	if obj.database == nil || obj.id() == 0 {
		if use.view != nil && !use.view.trigger {
			return invalidView(use.view)
		}
		return s.missing(obj, n.command, name, rights)
	}
	if err := use.checkBound(obj); err != nil {
		return err
	}
	if err := s.checkExplain(obj, use); err != nil {
		return err
	}
	if kind == ast.AuthType_INSERT || kind == ast.AuthType_REPLACE {
		s.noteChanged(obj.id())
		s.noteGiven(obj, use)
		if err := s.checkFires(obj, kind, use); err != nil {
			return err
		}
	}
	want := n.want
	if use.onDup {
		want = want.And(privilege.Of(privilege.Update))
		if use.reads {
			want = want.And(privilege.Of(privilege.Select))
		}
	}
	actor, on := s.as(rights), obj.object()
	if !access.May(actor, on, want, access.Enforce) {
		if use.view != nil {
			return invalidView(use.view)
		}
		return sqlerr.DeniedObject(n.command, s.who.Name(), name)
	}
	switch kind {
	case ast.AuthType_ALTER, ast.AuthType_INDEX, ast.AuthType_FOREIGN_KEY:
		s.noteValidated(obj)
	}
	acc := table.Access{Guard: rights, Latest: use.inTrigger()}
	if use.lockRead && kind == ast.AuthType_SELECT {
		if !access.May(actor, on, mayLock, access.Enforce) {
			return sqlerr.DeniedObject("SELECT with locks", s.who.Name(), name)
		}
		s.fence.note(term{rights: rights, on: on, want: want})
		s.fence.note(term{rights: rights, on: on, want: mayLock})
		acc.Mode = table.LockRead
		s.noWait = s.noWait || use.noWait
	}
	s.allowNext(database, name, obj.id(), acc, use.view != nil)
	return nil
}

// checkDML answers for one table of an UPDATE or DELETE, which may be its
// target or only read.
func (s asker) checkDML(auth ast.AuthInformation, use *tableUse) error {
	if len(auth.TargetNames) < 2 {
		return sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	database, name := auth.TargetNames[0], auth.TargetNames[1]
	if isVirtual(database, s.GetCurrentDatabase(), use) {
		return s.checkVirtual(auth.AuthType, need{command: auth.AuthType}, name)
	}
	obj, database := s.resolve(database, name, use)
	if obj.database == nil || obj.id() == 0 {
		return s.missing(obj, auth.AuthType, name, s.rights)
	}
	rights := s.rightsFor(use)
	target := use.write
	if obj.table != nil && auth.AuthType == ast.AuthType_UPDATE {
		for _, c := range obj.table.Columns {
			target = target || use.assigns[strings.ToLower(c.Name)]
		}
	}
	if !target {
		return s.checkTable(needs[ast.AuthType_SELECT], ast.AuthType_SELECT, database, name, use)
	}
	s.noteChanged(obj.id())
	if err := s.checkFires(obj, auth.AuthType, use); err != nil {
		return err
	}
	atom, right := privilege.Update, kivi.Update
	if auth.AuthType == ast.AuthType_DELETE {
		atom, right = privilege.Delete, kivi.Delete
	}
	actor, on := s.as(rights), obj.object()
	if !access.May(actor, on, access.One(atom), access.Enforce) {
		return sqlerr.DeniedObject(auth.AuthType, s.who.Name(), name)
	}
	if use.reads {
		if !access.May(actor, on, access.One(privilege.Select), access.Enforce) {
			return sqlerr.DeniedObject("SELECT", s.who.Name(), name)
		}
		right |= kivi.Read
	}
	s.allowNext(database, name, obj.id(), table.Access{Mode: table.Write, Guard: rights, Scan: right, Latest: use.inTrigger()}, use.view != nil)
	return nil
}

// missing keeps absent and forbidden objects apart only for those who may see
// the database.
func (s asker) missing(obj object, command, name string, rights *bucket.Rights) error {
	if obj.database != nil && s.seesTables(s.as(rights), obj.database.ID) {
		return nil // the planner says that the table does not exist
	}
	if obj.database == nil && s.hasSystem(privilege.SysAdmin) {
		return nil
	}
	return sqlerr.DeniedObject(command, s.who.Name(), name)
}

func (s asker) checkDatabase(n need, name string) error {
	if name == "" {
		name = s.GetCurrentDatabase()
	}
	if name == "" {
		return nil // the planner says that no database is selected
	}
	db := s.inst.cat.Snapshot().Database(name)
	if db == nil {
		if s.hasSystem(privilege.SysAdmin) {
			return nil
		}
		return sqlerr.DeniedDatabase(s.who.Name(), name)
	}
	if !s.may(access.Database(db.ID), n.want) {
		return sqlerr.DeniedDatabase(s.who.Name(), name)
	}
	return nil
}

// checkRelated checks the tables that a definition names besides its own.
func (s asker) checkRelated(use *tableUse) error {
	if err := s.checkCascades(use); err != nil {
		return err
	}
	for _, t := range use.references {
		n := need{"REFERENCES", access.One(privilege.References)}
		if err := s.checkTable(n, ast.AuthType_FOREIGN_KEY, t.DbQualifier.String(), t.Name.String(), &tableUse{}); err != nil {
			return err
		}
	}
	for _, t := range use.like {
		if err := s.checkTable(needs[ast.AuthType_SELECT], authMetadata, t.DbQualifier.String(), t.Name.String(), &tableUse{}); err != nil {
			return err
		}
	}
	return nil
}

// checkCascades: ALTER alone must not let somebody change rows by way of a parent
// table of his own.
func (s asker) checkCascades(use *tableUse) error {
	if use.cascades.IsEmpty() {
		return nil
	}
	n := need{"DELETE, UPDATE", access.All(use.cascades)}
	return s.checkTable(n, ast.AuthType_FOREIGN_KEY, use.altered.DbQualifier.String(), use.altered.Name.String(), &tableUse{})
}

// checkNewTable: the right to create is the database's.
func (s asker) checkNewTable(n need, database, name string) error {
	if err := s.checkDatabase(n, database); err != nil {
		return sqlerr.DeniedObject(n.command, s.who.Name(), name)
	}
	return nil
}

func (s asker) checkRename(names []string) error {
	for i := 0; i+3 < len(names); i += 4 {
		from := need{"ALTER, DROP", access.All(privilege.Of(privilege.Alter, privilege.Drop))}
		if err := s.checkTable(from, ast.AuthType_ALTER, names[i], names[i+1], &tableUse{}); err != nil {
			return err
		}
		fromDB, toDB := names[i], names[i+2]
		if fromDB == "" {
			fromDB = s.GetCurrentDatabase()
		}
		if toDB == "" {
			toDB = s.GetCurrentDatabase()
		}
		if !strings.EqualFold(fromDB, toDB) {
			if err := s.checkDatabase(needs[ast.AuthType_CREATE], toDB); err != nil {
				return err
			}
		} // else ALTER on the table is enough to name it
		if err := s.renamesIn(fromDB, toDB); err != nil {
			return err
		}
	}
	return nil
}

// maxFrames bounds how deep calls may nest, by what really runs out: the stack.
// It lets procedures call each other some fifty deep.
const maxFrames = 3000

func (s asker) checkCall(names []string) error {
	if len(names) < 2 {
		return sqlerr.DeniedSystem("EXECUTE")
	}
	if runtime.Callers(maxFrames, make([]uintptr, 1)) > 0 {
		return sqlerr.SPRecursionLimit.Errorf("procedures call each other too deep, or themselves: '%s'", names[1])
	}
	database := names[0]
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	snap := s.inst.cat.Snapshot()
	db := snap.Database(database)
	if db == nil {
		return sqlerr.DeniedDatabase(s.who.Name(), database)
	}
	on := access.Database(db.ID)
	if r := snap.Routine(db.ID, names[1], false); r != nil {
		on = routineObject(r)
	}
	if !s.may(on, access.One(privilege.Execute)) {
		return sqlerr.DeniedRoutine(s.who.Name(), database, names[1])
	}
	s.fence.note(term{rights: s.rights, on: on, want: access.One(privilege.Execute)})
	return nil
}

func (s asker) checkCreateDatabase() error {
	if s.may(access.System(), access.Any(privilege.Of(privilege.SysAdmin, privilege.SysCreate, privilege.Create))) {
		return nil
	}
	return sqlerr.DeniedSystem("SYSTEM CREATE")
}

// isVirtual reports whether an unqualified or qualified name means a read-only
// database that the engine makes up.
func isVirtual(database, current string, use *tableUse) bool {
	if database == "" {
		database = current
		if use != nil && use.view != nil {
			database = use.view.database
		}
	}
	return virtual(database)
}

// checkVirtual: everyone reads the virtual databases, whose rows are filtered
// where they are made; nobody changes them.
func (s asker) checkVirtual(kind string, n need, name string) error {
	if kind == ast.AuthType_SELECT || kind == ast.AuthType_LOCK || kind == authMetadata {
		return nil
	}
	return sqlerr.DeniedObject(n.command, s.who.Name(), name)
}
