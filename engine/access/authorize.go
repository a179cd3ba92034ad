package access

import (
	"runtime"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Authorizer answers the planner's question "may this session do that?" for
// every object of a statement, at each bind: when a statement is prepared and
// again at every execution. It is installed on each engine's catalog, never
// through the library's global factory, and denies whatever it does not know.
//
// It is the first of two walls. The second is kivi.Guard below the tables.
type Authorizer struct{}

var _ sql.AuthorizationHandler = Authorizer{}

// authState exists because the library wants a value of an interface with a
// marker method; our state is the session's.
type authState struct{}

func (authState) Error() error                 { return nil }
func (authState) AuthorizationQueryStateImpl() {}

// NewQueryState implements sql.AuthorizationHandler.
func (Authorizer) NewQueryState(*sql.Context) sql.AuthorizationQueryState { return authState{} }

// asker asks the questions about one session's statement.
type asker struct{ *state.Session }

// For asks for a session.
func For(s *state.Session) asker { return asker{s} }

// need is what an authorization type asks for.
type need struct {
	command string // as in "SELECT command denied"
	Want    access.Want
}

// Needs are the privileges by type; a type that is not here is denied.
var Needs = map[string]need{
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
func (Authorizer) HandleAuth(ctx *sql.Context, _ sql.AuthorizationQueryState, auth ast.AuthInformation) error {
	s := state.Of(ctx)
	if s == nil {
		return sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	if use, ok := auth.Extra.(*TableUse); ok && use.change != nil {
		s.Change = use.change
	}
	if auth.AuthType == ast.AuthType_IGNORE {
		return nil
	}
	a := asker{s}
	err := a.authorize(auth)
	if err == nil && auth.AuthType == ast.AuthType_CALL {
		routine.BeginProgram(s.Running)
	}
	if err != nil && len(auth.TargetNames) >= 2 {
		// The library ignores the answer for the body of a trigger: whatever it
		// opens after a refusal, it opens for nobody.
		s.AllowNext(a.DatabaseOf(auth), auth.TargetNames[1], 0, table.Access{Guard: s.Inst.Nobody}, false)
	}
	return err
}

func (s asker) DatabaseOf(auth ast.AuthInformation) string {
	use, _ := auth.Extra.(*TableUse)
	_, database := s.Resolve(auth.TargetNames[0], auth.TargetNames[1], use)
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
	use, _ := auth.Extra.(*TableUse)
	if use == nil && marked[auth.AuthType] && auth.TargetType == ast.AuthTargetType_SingleTableIdentifier {
		return sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	if use == nil {
		use = &TableUse{Reads: true}
	}
	s.Replaces = s.Replaces || use.replaces
	if s.Calls != nil && writes[auth.AuthType] && s.ReadsOnly() {
		return state.ErrReadOnly // begin looks at statements outside programs
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
		if s.CheckCreateDatabase() != nil {
			return sqlerr.DeniedDatabase(s.User.Name(), auth.TargetNames[0])
		}
		return nil
	}
	n, ok := Needs[auth.AuthType]
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
	return s.RequireSystem(privilege.SysAdmin)
}

// HandleAuthNode implements sql.AuthorizationHandler. Nodes that check
// themselves are the library's account statements, which never get this far.
func (Authorizer) HandleAuthNode(*sql.Context, sql.AuthorizationQueryState, sql.AuthorizationCheckerNode) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

// CheckDatabase, CheckSchema and CheckTable are asked only by the library's own
// grant tables, which are off.
func (Authorizer) CheckDatabase(*sql.Context, sql.AuthorizationQueryState, string) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

func (Authorizer) CheckSchema(*sql.Context, sql.AuthorizationQueryState, string, string) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

func (Authorizer) CheckTable(*sql.Context, sql.AuthorizationQueryState, string, string, string) error {
	return sqlerr.DeniedSystem("SYSTEM ADMIN")
}

// object is a relation that a statement names, if it exists.
type object struct {
	Database *catalog.Database
	Table    *catalog.Table
	View     *catalog.View
}

func (o object) Id() catalog.ID {
	switch {
	case o.Table != nil:
		return o.Table.ID
	case o.View != nil:
		return o.View.ID
	}
	return 0
}

func (o object) Object() access.Object {
	kind := privilege.KindTable
	if o.Table == nil {
		kind = privilege.KindView
	}
	return access.In(kind, o.Id(), o.Database.ID)
}

func (s asker) Resolve(database, name string, use *TableUse) (object, string) {
	if database == "" && use != nil && use.View != nil {
		database = use.View.Database
	}
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(database)
	if db == nil {
		return object{}, database
	}
	o := object{Database: db, Table: snap.Table(db.ID, name)}
	if o.Table == nil {
		o.View = snap.View(db.ID, name)
	}
	return o, database
}

// rightsFor are the rights that count: the session's, or for a table below a
// view those of the view's definer, looked up anew at every use.
func (s asker) rightsFor(use *TableUse) *bucket.Rights {
	if use != nil && use.View != nil && !use.View.Invoker {
		return use.View.Rights
	}
	return s.Rights
}

// checkTable allows a statement to go on with one relation and decides how the
// following fetch opens it.
func (s asker) checkTable(n need, kind, database, name string, use *TableUse) error {
	if IsVirtual(database, s.GetCurrentDatabase(), use) {
		return s.checkVirtual(kind, n, name)
	}
	obj, database := s.Resolve(database, name, use)
	rights := s.rightsFor(use)
	if obj.Database == nil || obj.Id() == 0 {
		if use.View != nil && !use.View.Trigger {
			return invalidView(use.View)
		}
		return s.Missing(obj, n.command, name, rights)
	}
	if err := use.checkBound(obj); err != nil {
		return err
	}
	if err := s.checkExplain(obj, use); err != nil {
		return err
	}
	if kind == ast.AuthType_INSERT || kind == ast.AuthType_REPLACE {
		s.NoteChanged(obj.Id())
		s.noteGiven(obj, use)
		if err := s.checkFires(obj, kind, use); err != nil {
			return err
		}
	}
	want := n.Want
	if use.OnDup {
		want = want.And(privilege.Of(privilege.Update))
		if use.Reads {
			want = want.And(privilege.Of(privilege.Select))
		}
	}
	actor, on := s.As(rights), obj.Object()
	if !access.May(actor, on, want, access.Enforce) {
		if use.View != nil {
			return invalidView(use.View)
		}
		return sqlerr.DeniedObject(n.command, s.User.Name(), name)
	}
	switch kind {
	case ast.AuthType_ALTER, ast.AuthType_INDEX, ast.AuthType_FOREIGN_KEY:
		s.noteValidated(obj)
	}
	acc := table.Access{Guard: rights, Latest: use.inTrigger()}
	if use.LockRead && kind == ast.AuthType_SELECT {
		if !access.May(actor, on, state.MayLock, access.Enforce) {
			return sqlerr.DeniedObject("SELECT with locks", s.User.Name(), name)
		}
		s.Fence.Note(state.Term{Rights: rights, On: on, Want: want})
		s.Fence.Note(state.Term{Rights: rights, On: on, Want: state.MayLock})
		acc.Mode = table.LockRead
		s.NoWait = s.NoWait || use.noWait
	}
	s.AllowNext(database, name, obj.Id(), acc, use.View != nil)
	return nil
}

// checkDML answers for one table of an UPDATE or DELETE, which may be its
// target or only read.
func (s asker) checkDML(auth ast.AuthInformation, use *TableUse) error {
	if len(auth.TargetNames) < 2 {
		return sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	database, name := auth.TargetNames[0], auth.TargetNames[1]
	if IsVirtual(database, s.GetCurrentDatabase(), use) {
		return s.checkVirtual(auth.AuthType, need{command: auth.AuthType}, name)
	}
	obj, database := s.Resolve(database, name, use)
	if obj.Database == nil || obj.Id() == 0 {
		return s.Missing(obj, auth.AuthType, name, s.Rights)
	}
	rights := s.rightsFor(use)
	target := use.write
	if obj.Table != nil && auth.AuthType == ast.AuthType_UPDATE {
		for _, c := range obj.Table.Columns {
			target = target || use.assigns[strings.ToLower(c.Name)]
		}
	}
	if !target {
		return s.checkTable(Needs[ast.AuthType_SELECT], ast.AuthType_SELECT, database, name, use)
	}
	s.NoteChanged(obj.Id())
	if err := s.checkFires(obj, auth.AuthType, use); err != nil {
		return err
	}
	atom, right := privilege.Update, kivi.Update
	if auth.AuthType == ast.AuthType_DELETE {
		atom, right = privilege.Delete, kivi.Delete
	}
	actor, on := s.As(rights), obj.Object()
	if !access.May(actor, on, access.One(atom), access.Enforce) {
		return sqlerr.DeniedObject(auth.AuthType, s.User.Name(), name)
	}
	if use.Reads {
		if !access.May(actor, on, access.One(privilege.Select), access.Enforce) {
			return sqlerr.DeniedObject("SELECT", s.User.Name(), name)
		}
		right |= kivi.Read
	}
	s.AllowNext(database, name, obj.Id(), table.Access{Mode: table.Write, Guard: rights, Scan: right, Latest: use.inTrigger()}, use.View != nil)
	return nil
}

// Missing keeps absent and forbidden objects apart only for those who may see
// the database.
func (s asker) Missing(obj object, command, name string, rights *bucket.Rights) error {
	if obj.Database != nil && s.SeesTables(s.As(rights), obj.Database.ID) {
		return nil // the planner says that the table does not exist
	}
	if obj.Database == nil && s.HasSystem(privilege.SysAdmin) {
		return nil
	}
	return sqlerr.DeniedObject(command, s.User.Name(), name)
}

func (s asker) checkDatabase(n need, name string) error {
	if name == "" {
		name = s.GetCurrentDatabase()
	}
	if name == "" {
		return nil // the planner says that no database is selected
	}
	db := s.Inst.Cat.Snapshot().Database(name)
	if db == nil {
		if s.HasSystem(privilege.SysAdmin) {
			return nil
		}
		return sqlerr.DeniedDatabase(s.User.Name(), name)
	}
	if !s.May(access.Database(db.ID), n.Want) {
		return sqlerr.DeniedDatabase(s.User.Name(), name)
	}
	return nil
}

// checkRelated checks the tables that a definition names besides its own.
func (s asker) checkRelated(use *TableUse) error {
	if err := s.checkCascades(use); err != nil {
		return err
	}
	for _, t := range use.References {
		n := need{"REFERENCES", access.One(privilege.References)}
		if err := s.checkTable(n, ast.AuthType_FOREIGN_KEY, t.DbQualifier.String(), t.Name.String(), &TableUse{}); err != nil {
			return err
		}
	}
	for _, t := range use.Like {
		if err := s.checkTable(Needs[ast.AuthType_SELECT], authMetadata, t.DbQualifier.String(), t.Name.String(), &TableUse{}); err != nil {
			return err
		}
	}
	return nil
}

// checkCascades: ALTER alone must not let somebody change rows by way of a parent
// table of his own.
func (s asker) checkCascades(use *TableUse) error {
	if use.cascades.IsEmpty() {
		return nil
	}
	n := need{"DELETE, UPDATE", access.All(use.cascades)}
	return s.checkTable(n, ast.AuthType_FOREIGN_KEY, use.altered.DbQualifier.String(), use.altered.Name.String(), &TableUse{})
}

// checkNewTable: the right to create is the database's.
func (s asker) checkNewTable(n need, database, name string) error {
	if err := s.checkDatabase(n, database); err != nil {
		return sqlerr.DeniedObject(n.command, s.User.Name(), name)
	}
	return nil
}

func (s asker) checkRename(names []string) error {
	for i := 0; i+3 < len(names); i += 4 {
		from := need{"ALTER, DROP", access.All(privilege.Of(privilege.Alter, privilege.Drop))}
		if err := s.checkTable(from, ast.AuthType_ALTER, names[i], names[i+1], &TableUse{}); err != nil {
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
			if err := s.checkDatabase(Needs[ast.AuthType_CREATE], toDB); err != nil {
				return err
			}
		} // else ALTER on the table is enough to name it
		if err := s.RenamesIn(fromDB, toDB); err != nil {
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
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(database)
	if db == nil {
		return sqlerr.DeniedDatabase(s.User.Name(), database)
	}
	on := access.Database(db.ID)
	if r := snap.Routine(db.ID, names[1], false); r != nil {
		on = state.RoutineObject(r)
	}
	if !s.May(on, access.One(privilege.Execute)) {
		return sqlerr.DeniedRoutine(s.User.Name(), database, names[1])
	}
	s.Fence.Note(state.Term{Rights: s.Rights, On: on, Want: access.One(privilege.Execute)})
	return nil
}

func (s asker) CheckCreateDatabase() error {
	if s.May(access.System(), access.Any(privilege.Of(privilege.SysAdmin, privilege.SysCreate, privilege.Create))) {
		return nil
	}
	return sqlerr.DeniedSystem("SYSTEM CREATE")
}

// IsVirtual reports whether an unqualified or qualified name means a read-only
// database that the engine makes up.
func IsVirtual(database, current string, use *TableUse) bool {
	if database == "" {
		database = current
		if use != nil && use.View != nil {
			database = use.View.Database
		}
	}
	return state.Virtual(database)
}

// checkVirtual: everyone reads the virtual databases, whose rows are filtered
// where they are made; nobody changes them.
func (s asker) checkVirtual(kind string, n need, name string) error {
	if kind == ast.AuthType_SELECT || kind == ast.AuthType_LOCK || kind == authMetadata {
		return nil
	}
	return sqlerr.DeniedObject(n.command, s.User.Name(), name)
}
