package access

import (
	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
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

// Asker asks the questions about one session's statement.
type Asker struct{ *state.Session }

// For asks for a session.
func For(s *state.Session) Asker { return Asker{s} }

// question is what an authorization type asks for.
type question struct {
	command string // as in "SELECT command denied"
	want    access.Want
	kind    string // the authorization type
	check   check  // of its own; else that of the target
	free    bool   // nobody is asked
	marked  bool   // annotate marks its tables: one without a mark came on a way that we do not know
	writes  bool   // rows
}

// of is the question as one of that authorization type.
func (q question) of(kind string) question {
	q.kind = kind
	return q
}

// check answers for one target of a statement, which has so many names.
type check struct {
	names int
	ask   func(s Asker, q question, names []string, use *TableUse) error
}

// LOCK TABLES wants both on each table: as in MySQL who may not read one does not keep others from it.
var (
	MayLockTables = access.Any(privilege.Of(privilege.Lock, privilege.Update))
	ReadsLocked   = access.One(privilege.Select)
)

var (
	selects  = question{command: "SELECT", want: access.One(privilege.Select), marked: true}
	creates  = question{command: "CREATE", want: access.One(privilege.Create)}
	metadata = question{command: "SELECT", want: access.Any(privilege.About(privilege.KindTable))}
)

// questions are all that the planner may ask. A type that is not here is denied:
// FILE, SUPER, RELOAD, replication, and whatever a later grammar adds.
var questions = map[string]question{
	ast.AuthType_SELECT:  selects,
	ast.AuthType_INSERT:  {command: "INSERT", want: access.One(privilege.Insert), marked: true, writes: true},
	ast.AuthType_REPLACE: {command: "INSERT, DELETE", want: access.All(privilege.Of(privilege.Insert, privilege.Delete)), marked: true, writes: true},
	ast.AuthType_UPDATE:  {command: "UPDATE", check: check{2, Asker.checkDML}, marked: true, writes: true},
	ast.AuthType_DELETE:  {command: "DELETE", check: check{2, Asker.checkDML}, marked: true, writes: true},

	ast.AuthType_ALTER:          {command: "ALTER", want: access.One(privilege.Alter)},
	ast.AuthType_INDEX:          {command: "INDEX", want: access.Any(privilege.Of(privilege.Index, privilege.Alter))},
	ast.AuthType_DROP:           {command: "DROP", want: access.One(privilege.Drop)},
	authTruncate:                {command: "TRUNCATE", want: access.One(privilege.Truncate)},
	ast.AuthType_FOREIGN_KEY:    {command: "ALTER", want: access.One(privilege.Alter)},
	ast.AuthType_TRIGGER:        {command: "TRIGGER", check: check{2, Asker.checkTrigger}},
	ast.AuthType_LOCK:           {command: "SELECT", want: MayLockTables},
	ast.AuthType_CREATE:         creates,
	ast.AuthType_CREATE_TEMP:    {command: "CREATE TEMPORARY TABLES", want: access.One(privilege.CreateTemp)},
	ast.AuthType_CREATE_VIEW:    {command: "CREATE VIEW", want: access.One(privilege.CreateView)},
	ast.AuthType_CREATE_ROUTINE: {command: "CREATE ROUTINE", want: access.One(privilege.CreateRoutine)},
	ast.AuthType_ALTER_ROUTINE:  {command: "ALTER ROUTINE", want: access.One(privilege.AlterRoutine)},
	ast.AuthType_EVENT:          {command: "EVENT", want: access.One(privilege.Event)},
	ast.AuthType_RENAME:         {check: check{4, Asker.checkRename}},
	ast.AuthType_CALL:           {check: check{2, Asker.checkCall}},
	authCreateDatabase:          {check: check{1, Asker.checkNewDatabase}},
	authDropDatabase:            {command: "DROP", want: access.One(privilege.Drop)},
	authMetadata:                metadata,

	// What is shown is filtered where it is read (package objects); SHOW PROCESSLIST
	// lists one's own unless PROCESS is held, and KILL asks when it runs.
	ast.AuthType_SHOW: {free: true}, ast.AuthType_VISIBLE: {free: true}, ast.AuthType_SHOW_CREATE_PROCEDURE: {free: true},
	ast.AuthType_PROCESS: {free: true}, authKill: {free: true},
}

// checks answer by the type of what a statement is about.
var checks = map[string]check{
	ast.AuthTargetType_SingleTableIdentifier:    {2, Asker.checkTable},
	ast.AuthTargetType_MultipleTableIdentifiers: {2, Asker.checkTable},
	ast.AuthTargetType_TableColumn:              {3, Asker.checkTable},
	ast.AuthTargetType_DatabaseIdentifiers:      {1, Asker.checkDatabase},
	authNewTable:                                {2, Asker.checkNewTable},
	authView:                                    {2, Asker.checkView},
}

// HandleAuth implements sql.AuthorizationHandler.
func (Authorizer) HandleAuth(ctx *sql.Context, _ sql.AuthorizationQueryState, auth ast.AuthInformation) (err error) {
	if state.Of(ctx) == nil {
		return sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	if err := ctx.Err(); err != nil { // asked for each clause and table, it ends the binding of thousands
		return err
	}
	s := For(state.Of(ctx))
	use, marked := auth.Extra.(*TableUse)
	if !marked {
		use = &TableUse{Reads: true}
	}
	if use.change != nil {
		s.Change = use.change
	}
	if auth.AuthType == ast.AuthType_IGNORE {
		return nil
	}
	s.Replaces = s.Replaces || use.replaces
	q, known := questions[auth.AuthType]
	q.kind = auth.AuthType
	c, own := q.check, q.check.ask != nil
	if !own {
		c = checks[auth.TargetType]
	}
	names := auth.TargetNames
	long := longName(auth)
	switch {
	case long != nil:
		err, c = long, check{}
	case !known, !marked && q.marked && auth.TargetType == ast.AuthTargetType_SingleTableIdentifier, own && len(names) < c.names:
		err = sqlerr.DeniedSystem("SYSTEM ADMIN")
	case q.writes && s.Calls != nil && s.ReadsOnly() && !s.Locks.HasTemporaries():
		err = state.ErrReadOnly // begin looks at statements outside programs
	case q.free:
		c = check{}
	case c.ask == nil:
		err = s.RequireSystem(privilege.SysAdmin)
	case !own:
		err = s.checkRelated(use)
	}
	for ; err == nil && c.ask != nil && len(names) >= min(c.names, 2); names = names[min(c.names, len(names)):] {
		err = c.ask(s, q, names, use)
	}
	if err != nil && len(auth.TargetNames) >= 2 {
		// The library ignores the answer for the body of a trigger: whatever it
		// opens after a refusal, it opens for nobody.
		_, database := s.Resolve(auth.TargetNames[0], auth.TargetNames[1], use)
		s.Next = state.Granted{Database: database, Name: auth.TargetNames[1], Access: table.Access{Guard: s.Inst.Nobody}}
	}
	return err
}

// longName is the error about a name that is too long, whether the session may know of what is called so or not.
func longName(auth ast.AuthInformation) error {
	for i, name := range auth.TargetNames {
		if auth.TargetType == ast.AuthTargetType_TableColumn && i%3 == 2 { // a column's, which is looked for in its table
			continue
		}
		if long := sqlerr.LongName(name); long != nil {
			return long
		}
	}
	return nil
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

func (s Asker) checkDatabase(q question, names []string, _ *TableUse) error {
	name := names[0]
	if name == "" {
		name = s.GetCurrentDatabase()
	}
	if name == "" {
		return nil // the planner says that no database is selected
	}
	db := s.Inst.Cat.Snapshot().Database(name)
	if db == nil {
		computed := state.Virtual(name) && (q.command == "DROP" || q.command == "ALTER") // there, and nobody's to change
		if s.HasSystem(privilege.SysAdmin) && !computed {
			return nil
		}
		return sqlerr.DeniedDatabase(s.User.Name(), name)
	}
	if !s.May(access.Database(db.ID), q.want) {
		return sqlerr.DeniedDatabase(s.User.Name(), name)
	}
	return nil
}

// checkTrigger answers for DROP TRIGGER, which asks for TRIGGER on its table itself. The name is a
// trigger's, whatever tables are called so: one that is hidden and none are the same. CREATE
// TRIGGER is ours and asks elsewhere.
func (s Asker) checkTrigger(q question, names []string, use *TableUse) error {
	if obj, _ := s.Resolve(names[0], names[1], use); obj.Database != nil && s.SeesDatabase(obj.Database.ID) {
		return nil
	}
	return sqlerr.DeniedObject(q.command, s.User.Name(), names[1])
}

// checkRelated checks the tables that a definition names besides its own.
func (s Asker) checkRelated(use *TableUse) error {
	if err := s.checkCascades(use); err != nil {
		return err
	}
	if err := s.checkEvaluates(use); err != nil {
		return err
	}
	for _, t := range use.References {
		q := question{command: "REFERENCES", want: access.One(privilege.References), kind: ast.AuthType_FOREIGN_KEY}
		if err := s.checkTable(q, []string{t.DbQualifier.String(), t.Name.String()}, &TableUse{base: true}); err != nil {
			return err
		}
	}
	if err := s.checkParent(use); err != nil {
		return err
	}
	for _, t := range use.Like {
		if err := s.checkTable(selects.of(authMetadata), []string{t.DbQualifier.String(), t.Name.String()}, &TableUse{}); err != nil {
			return err
		}
	}
	return nil
}

// checkCascades: ALTER alone must not let somebody change rows by way of a parent
// table of his own.
func (s Asker) checkCascades(use *TableUse) error {
	if use.cascades.IsEmpty() {
		return nil
	}
	q := question{command: "DELETE, UPDATE", want: access.All(use.cascades), kind: ast.AuthType_FOREIGN_KEY}
	return s.checkTable(q, []string{use.altered.DbQualifier.String(), use.altered.Name.String()}, &TableUse{})
}

// checkNewTable: the right to create is the database's, or the name's.
func (s Asker) checkNewTable(q question, names []string, use *TableUse) error {
	if database := FirstOf(names[0], s.GetCurrentDatabase()); state.Virtual(database) && s.HasSystem(privilege.SysAdmin) {
		if s.SeesVirtual(database, names[1]) { // is there, as CREATE TABLE says; IF NOT EXISTS notes it
			return nil
		}
		return sqlerr.DeniedDatabase(s.User.Name(), database)
	}
	db := s.Inst.Cat.Snapshot().Database(FirstOf(names[0], s.GetCurrentDatabase()))
	if db != nil && q.want == creates.want {
		if !s.May(state.NewTable(s.Inst.Cat.Snapshot(), db.ID, names[1]), q.want) {
			return sqlerr.DeniedObject(q.command, s.User.Name(), names[1])
		}
		return nil
	}
	err := s.checkDatabase(q, names, use)
	if err != nil && q.kind != ast.AuthType_CREATE_TEMP { // of which MySQL says that it is the database
		return sqlerr.DeniedObject(q.command, s.User.Name(), names[1])
	}
	return err
}

// ReplacesView is what CREATE OR REPLACE VIEW and ALTER VIEW want on a view that is there, as in MySQL; rights on its
// database reach it.
var ReplacesView = access.All(privilege.Of(privilege.CreateView, privilege.Drop))

// checkView answers for a view that is made, replaced or dropped. What is no view that the session may know of is told
// by objects.DropView, to who may know what is in the database.
func (s Asker) checkView(q question, names []string, use *TableUse) error {
	obj, database := s.Resolve(names[0], names[1], use)
	switch {
	case q.kind == ast.AuthType_CREATE_VIEW && state.Virtual(database): // computed, and kept nowhere
		return sqlerr.DeniedDatabase(s.User.Name(), database)
	case q.kind == ast.AuthType_CREATE_VIEW:
		if use.replaces && obj.View != nil && access.May(s.Actor(), obj.Object(), ReplacesView, access.List) {
			return nil // DropView asks again
		}
		if err := s.checkDatabase(q, names, use); err != nil {
			return err
		}
		if db := s.Inst.Cat.Snapshot().Database(database); db != nil && s.NameDenied(db.ID, names[1]) {
			return sqlerr.DeniedObject(q.command, s.User.Name(), names[1])
		}
		return nil
	case state.Virtual(database):
		return s.checkVirtual(q, use, database, names[1])
	case obj.View == nil:
		obj.Table, obj.Sequence = nil, nil
		return s.Missing(obj, q.command, names[1], s.Rights)
	case !s.May(obj.Object(), q.want):
		return sqlerr.DeniedObject(q.command, s.User.Name(), names[1])
	}
	return nil
}

// NoView refuses ALTER VIEW of what is no view to who may not hear that: it asks what is asked of a view that is there,
// for EXPLAIN SECURITY and the audit log have the questions, too.
func (s Asker) NoView(database, name string) error {
	if err := s.checkView(questions[ast.AuthType_CREATE_VIEW].of(ast.AuthType_CREATE_VIEW), []string{database, name}, &TableUse{}); err != nil {
		return err
	}
	return sqlerr.DeniedDatabase(s.User.Name(), database)
}

// checkRename answers for one table and its new name.
func (s Asker) checkRename(_ question, names []string, use *TableUse) error {
	if len(names) < 4 {
		return nil
	}
	from := question{command: "ALTER, DROP", want: access.All(privilege.Of(privilege.Alter, privilege.Drop)), kind: ast.AuthType_ALTER}
	if _, v := s.viewNamed(ast.TableName{DbQualifier: ast.NewTableIdent(names[0]), Name: ast.NewTableIdent(names[1])}); v != nil {
		from.kind = ast.AuthType_RENAME // RENAME TABLE is for views, too; ALTER TABLE is not
	}
	if err := s.checkTable(from, names, &TableUse{}); err != nil {
		return err
	}
	fromDB, toDB := FirstOf(names[0], s.GetCurrentDatabase()), FirstOf(names[2], s.GetCurrentDatabase())
	if obj, _ := s.Resolve(names[0], names[1], nil); obj.Table != nil && !catalog.SameName(names[1], names[3]) {
		if err := s.mayTakeTable(obj, names[3]); err != nil {
			return err
		}
	}
	if !catalog.SameName(fromDB, toDB) {
		if err := s.checkDatabase(creates, []string{toDB}, use); err != nil {
			return err
		}
	}
	if err := s.RenamesIn(fromDB, toDB); err != nil {
		return err
	}
	return s.checkNewName(names)
}

// checkNewName asks, as MySQL does, for the right to make what is renamed under its new name. Of what an earlier part of the statement
// makes it is asked when it is renamed.
func (s Asker) checkNewName(names []string) error {
	obj, _ := s.Resolve(names[0], names[1], nil)
	if obj.Database == nil || catalog.SameName(names[1], names[3]) {
		return nil
	}
	allowed := true
	switch {
	case obj.View != nil:
		allowed = s.May(access.Database(obj.Database.ID), access.One(privilege.CreateView)) && !s.NameDenied(obj.Database.ID, names[3])
	case obj.Table != nil && !obj.Table.Temporary():
		allowed = s.May(state.NewTable(s.Inst.Cat.Snapshot(), obj.Database.ID, names[3]), creates.want)
	}
	if !allowed {
		return sqlerr.DeniedObject(creates.command, s.User.Name(), names[3])
	}
	return nil
}

// checkCall answers where the library binds a CALL: when it prepares one. The engine
// calls.
func (s Asker) checkCall(_ question, names []string, _ *TableUse) error {
	_, _, err := routine.CallerOf(s.Session).Find(s.Session, names[0], names[1], false)
	return err
}

func (s Asker) checkNewDatabase(_ question, names []string, _ *TableUse) error {
	if s.CheckCreateDatabase(names[0]) != nil {
		return sqlerr.DeniedDatabase(s.User.Name(), names[0])
	}
	return nil
}

var createsDatabases = access.Any(privilege.Of(privilege.SysAdmin, privilege.SysCreate, privilege.Create))

// MayKnowDatabases: who may make databases hears of every name whether it is taken.
func (s Asker) MayKnowDatabases() bool {
	return access.May(s.Actor(), access.System(), createsDatabases, access.List)
}

// CheckCreateDatabase asks for the right to make a database of a name: on the system,
// or on a pattern that it matches.
func (s Asker) CheckCreateDatabase(name string) error {
	if access.May(s.Actor(), access.System(), createsDatabases, access.List) {
		if !s.takenNamed(name) && s.May(access.System(), createsDatabases) {
			return nil
		}
	} else if scope := s.createsNamed(name); scope != 0 && s.May(access.In(privilege.KindScope, scope, 0), access.One(privilege.Create)) {
		return nil
	} else {
		s.May(access.System(), createsDatabases) // the refusal is audited
	}
	return sqlerr.DeniedSystem("SYSTEM CREATE")
}

// createsNamed is a pattern on which somebody who counts for the actor holds CREATE, 0
// for none: of each, the nearest to the name that anything was granted to him on.
func (s Asker) createsNamed(name string) catalog.ID {
	snap := s.Inst.Cat.Snapshot()
	patterns := snap.Patterns(name)
	for _, holder := range s.Rights.Holders() {
		for _, p := range patterns {
			rows := snap.GrantsToOn(holder, p.ID)
			for _, g := range rows {
				if g.Atoms.Has(privilege.Create) && !s.deniedNamed(snap, patterns) {
					return p.ID
				}
			}
			if len(rows) > 0 {
				break
			}
		}
	}
	return 0
}

// takenNamed says whether CREATE is denied to the actor on databases of a name, or was taken
// from his rights on the system there. Neither binds SYSTEM ADMIN.
func (s Asker) takenNamed(name string) bool {
	if s.HasSystem(privilege.SysAdmin) {
		return false
	}
	snap := s.Inst.Cat.Snapshot()
	patterns := snap.Patterns(name)
	if s.deniedNamed(snap, patterns) {
		return true
	}
	create := privilege.Of(privilege.Create)
	for _, p := range patterns {
		taken := snap.Exception(s.Rights.Principal(), p.ID).Atoms.HasAny(create)
		if taken && !s.createsBesides(snap) {
			return true
		}
	}
	return false
}

// createsBesides says whether a role, a group or PUBLIC gives the actor the right to make
// databases, of which his own exceptions take nothing.
func (s Asker) createsBesides(snap *catalog.Snapshot) bool {
	for _, holder := range s.Rights.Holders() {
		for _, g := range snap.GrantsToOn(holder, catalog.System) {
			if holder != s.Rights.Principal() && privilege.FromSystem(g.Atoms).Has(privilege.Create) {
				return true
			}
		}
	}
	return false
}

// deniedNamed asks all that the actor holds, active or not.
func (s Asker) deniedNamed(snap *catalog.Snapshot, patterns []*catalog.Scope) bool {
	holders := append(s.Rights.Holders(), snap.Held(s.Rights.Principal(), false)...)
	for _, holder := range append(holders, catalog.Public) {
		for _, p := range patterns {
			if snap.Exception(holder, p.ID).Deny.Has(privilege.Create) {
				return true
			}
		}
	}
	return false
}

// checkVirtual: everyone reads information_schema, whose rows are filtered where
// they are made; other tables say what they need. Nobody changes them. The rows are those that the
// session may see, and in a definer's view those that its definer may.
func (s Asker) checkVirtual(q question, use *TableUse, database, name string) error {
	rights := s.rightsFor(use)
	reads := q.kind == ast.AuthType_SELECT || q.kind == ast.AuthType_LOCK || q.kind == authMetadata
	want, known := state.VirtualNeed(database, name)
	given := state.Granted{Database: database, Name: name, Access: table.Access{Guard: rights}}
	if rights != s.Rights {
		given.As, given.Once = rights, true
	}
	may := func(want access.Want) bool { return access.May(s.As(rights), access.System(), want, access.Enforce) }
	switch {
	case !reads:
	case known && may(want), catalog.SameName(database, sql.InformationSchemaDatabaseName):
		s.Next = given
		return nil
	case use != nil && use.View != nil && !use.View.Trigger && known:
		return InvalidView(use.View)
	case !known && s.HasSystem(privilege.SysAdmin):
		return nil // he hears that there is no such table; nobody else can tell
	}
	return sqlerr.DeniedObject(q.command, s.User.Name(), name)
}

// SeesVirtual says whether the session may know a computed table.
func (s Asker) SeesVirtual(database, name string) bool {
	want, known := state.VirtualNeed(database, name)
	return known && access.May(s.Actor(), access.System(), want, access.List)
}
