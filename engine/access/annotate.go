package access

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/privilege"
)

// The grammar marks every table of an UPDATE with UPDATE and every table of a
// DELETE with DELETE, says nothing about the columns that are read, and forgets
// FOR UPDATE. annotate looks at the whole statement once and leaves what the
// authorizer needs in Auth.Extra, which travels with the node through text and
// prepared execution alike.

// Authorization types of our own, beside the grammar's.
const (
	authTruncate       = "LX_TRUNCATE"
	authCreateDatabase = "LX_CREATE_DATABASE"
	authDropDatabase   = "LX_DROP_DATABASE"
	authKill           = "LX_KILL"
	authView           = "LX_VIEW"
	authMetadata       = "LX_METADATA"  // the definition of a table or view
	authNewTable       = "LX_NEW_TABLE" // target type: a table that is to be created
)

// aboutTable are the SHOW statements that describe one table.
var aboutTable = map[string]bool{"columns": true, "fields": true, "index": true, "create table": true, "create view": true}

// parents lists the tables that the foreign keys of a definition refer to.
func parents(n *ast.DDL) []ast.TableName {
	if n.TableSpec == nil {
		return nil
	}
	var out []ast.TableName
	for _, c := range n.TableSpec.Constraints {
		if fk, ok := c.Details.(*ast.ForeignKeyDefinition); ok && !fk.ReferencedTable.Name.IsEmpty() { // of one that is dropped
			out = append(out, fk.ReferencedTable)
		}
	}
	return out
}

// cascades are the rights that the actions of new foreign keys act for: later
// whoever changes the parent deletes or changes rows of this table.
func cascades(n *ast.DDL) privilege.Set {
	if n.TableSpec == nil {
		return 0
	}
	var out privilege.Set
	for _, c := range n.TableSpec.Constraints {
		fk, ok := c.Details.(*ast.ForeignKeyDefinition)
		if !ok {
			continue
		}
		if fk.OnDelete == ast.Cascade {
			out = out.Union(privilege.Of(privilege.Delete))
		}
		if fk.OnDelete == ast.SetNull || fk.OnUpdate == ast.SetNull || fk.OnUpdate == ast.Cascade {
			out = out.Union(privilege.Of(privilege.Update))
		}
	}
	return out
}

// refuseSetDefault: the action parses, nothing carries it out, and the library
// refuses it for its own parser only.
func refuseSetDefault(n *ast.DDL) error {
	if n.TableSpec == nil {
		return nil
	}
	for _, c := range n.TableSpec.Constraints {
		if fk, ok := c.Details.(*ast.ForeignKeyDefinition); ok && (fk.OnDelete == ast.SetDefault || fk.OnUpdate == ast.SetDefault) {
			return sql.ErrForeignKeySetDefault.New()
		}
	}
	return nil
}

func likes(n *ast.DDL) []ast.TableName {
	if n.OptLike == nil {
		return nil
	}
	return n.OptLike.LikeTables
}

// FirstOf is a, or b when a is empty.
func FirstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// TableUse says what a statement does to one table reference.
type TableUse struct {
	database string // resolves an unqualified name; "" is the current database
	View     *state.ViewUse

	write    bool            // target of UPDATE or DELETE for certain
	assigns  map[string]bool // unqualified columns of a multi-table SET: a target if it has one of them
	Reads    bool            // columns are read: SELECT is needed too
	LockRead bool            // FOR UPDATE, FOR SHARE
	noWait   bool            // NOWAIT: do not wait for its rows
	OnDup    bool            // INSERT … ON DUPLICATE KEY UPDATE
	joined   bool            // one of several tables of an UPDATE or DELETE

	replaces bool // CREATE OR REPLACE VIEW
	base     bool // a table of the catalog, whatever temporary one has its name

	References, Like []ast.TableName // tables that a definition refers to or copies
	// cascades is what new foreign keys of an ALTER will do to the rows of altered.
	cascades privilege.Set
	altered  ast.TableName
	// evaluates is set for an ALTER that brings an expression over columns of altered.
	evaluates bool
	hints     *ast.IndexHints
	change    *clause.Change // what a definition says beside what the grammar takes
}

// annotate prepares a statement of the vitess grammar for authorization, and
// refuses what must not run at all. in is set for the text of a stored view or
// trigger. Every table reference that annotate reaches is marked; the
// authorizer denies one that is not, so a corner of the grammar that the walk
// misses is closed, not open.
func annotate(stmt ast.Statement, in *state.ViewUse) error {
	if ddl, ok := stmt.(*ast.DDL); ok && ddl.ViewSpec != nil && in != nil && in.Bound != nil && in.Bound.Database != "" {
		grammar.QualifyNames(ddl.ViewSpec.ViewExpr, in.Bound.Database)
	}
	return annotator{view: in}.walk(stmt)
}

type annotator struct{ view *state.ViewUse }

// walk visits a tree, and the statements inside DDL.
func (a annotator) walk(nodes ...ast.SQLNode) error {
	return grammar.EveryNode(func(n ast.SQLNode) error {
		if err := a.node(n); err != nil {
			return err
		}
		if stmt, ok := n.(ast.Statement); ok { // of a routine's body, too
			if err := a.statement(stmt); err != nil {
				return err
			}
		}
		if ddl, ok := n.(*ast.DDL); ok {
			return a.bodies(ddl)
		}
		return nil
	}, nodes...)
}

// bodies annotates the statements inside a DDL statement.
func (a annotator) bodies(n *ast.DDL) error {
	if err := refuseSetDefault(n); err != nil {
		return err
	}
	if n.TriggerSpec != nil && n.TriggerSpec.Body != nil {
		if err := a.trigger(n); err != nil {
			return err
		}
		if err := annotate(n.TriggerSpec.Body, a.view); err != nil {
			return err
		}
	}
	if n.ProcedureSpec != nil && n.ProcedureSpec.Body != nil {
		return annotate(n.ProcedureSpec.Body, a.view)
	}
	return nil
}

func (a annotator) statement(stmt ast.Statement) error {
	switch n := stmt.(type) {
	case *ast.DDL:
		if n.Action == ast.TruncateStr {
			n.Auth.AuthType = authTruncate
		}
		binaryCollations(n.TableSpec)
		if n.Action == ast.CreateStr {
			uniqueFirst(n.TableSpec)
		}
		if n.Action == ast.CreateStr && n.TableSpec != nil || n.OptLike != nil || n.OptSelect != nil {
			n.Auth = ast.AuthInformation{
				AuthType: n.Auth.AuthType, TargetType: authNewTable,
				TargetNames: []string{n.Table.DbQualifier.String(), n.Table.Name.String()},
			}
		}
		switch { // the grammar asks for rights on the database alone
		case n.ViewSpec != nil && n.Action == ast.CreateStr:
			n.Auth.TargetType = authView
			n.Auth.TargetNames = []string{n.ViewSpec.ViewName.DbQualifier.String(), n.ViewSpec.ViewName.Name.String()}
		case n.Action == ast.DropStr && len(n.FromViews) > 0:
			n.Auth.TargetType, n.Auth.TargetNames = authView, n.FromViews.AuthMultipleTableIdentifiers()
		}
		n.Auth.Extra = &TableUse{View: a.view, Reads: true, References: parents(n), Like: likes(n), replaces: n.ViewSpec != nil && n.OrReplace}
		if use, ok := n.Auth.Extra.(*TableUse); ok && n.Action == ast.AlterStr {
			use.cascades, use.altered, use.evaluates = cascades(n), n.Table, evaluates(n)
		}
		if a.view != nil && (n.ViewSpec != nil || n.TriggerSpec != nil) {
			// It exists; using it needs no right to create it.
			n.Auth = ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore}
		}
		if a.view != nil && a.view.Trigger && n.TriggerSpec != nil {
			n.Auth = ast.AuthInformation{AuthType: authMetadata, TargetType: ast.AuthTargetType_SingleTableIdentifier,
				TargetNames: []string{a.view.Database, n.Table.Name.String()}, Extra: &TableUse{View: a.view}}
		}
	case *ast.DBDDL:
		n.SchemaOrDatabase = "database" // in MySQL the words mean the same
		if kind, ok := map[string]string{ast.CreateStr: authCreateDatabase, ast.DropStr: authDropDatabase}[n.Action]; ok {
			n.Auth = ast.AuthInformation{AuthType: kind, TargetType: ast.AuthTargetType_DatabaseIdentifiers, TargetNames: []string{n.DBName}}
		}
	case *ast.AlterTable:
		// The other clauses name the table as it was called.
		slices.SortStableFunc(n.Statements, func(a, b *ast.DDL) int { return renamesTable(a) - renamesTable(b) })
		for _, part := range n.Statements {
			part.Auth.Extra = &TableUse{Reads: true, References: parents(part)}
		}
	case *ast.Show:
		if name := n.Table.Name.String(); name != "" && n.Auth.TargetType == ast.AuthTargetType_TODO && aboutTable[strings.ToLower(n.Type)] {
			n.Auth = ast.AuthInformation{AuthType: authMetadata, TargetType: ast.AuthTargetType_SingleTableIdentifier,
				TargetNames: []string{FirstOf(n.Table.DbQualifier.String(), n.Database), name}}
		}
	case *ast.Kill:
		n.Auth = ast.AuthInformation{AuthType: authKill, TargetType: ast.AuthTargetType_Ignore, Extra: n}
	}
	return nil
}

func renamesTable(n *ast.DDL) int {
	if n.Action == ast.RenameStr {
		return 1
	}
	return 0
}

// uniqueFirst puts the UNIQUE of columns before the keys that stand by themselves, as MySQL numbers them: a new row that has several
// unique keys of other rows meets the first. The names are those that MySQL makes.
func uniqueFirst(spec *ast.TableSpec) {
	const unique, uniqueKey = ast.ColumnKeyOption(3), ast.ColumnKeyOption(4)
	if spec == nil || len(spec.Indexes) == 0 {
		return
	}
	taken := map[string]bool{}
	for _, x := range spec.Indexes {
		taken[x.Info.Name.Lowered()] = true
	}
	var first []*ast.IndexDefinition
	for _, c := range spec.Columns {
		if c.Type.KeyOpt != unique && c.Type.KeyOpt != uniqueKey {
			continue
		}
		c.Type.KeyOpt = 0
		name := c.Name.String()
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = c.Name.String() + "_" + strconv.Itoa(n)
		}
		taken[strings.ToLower(name)] = true
		first = append(first, &ast.IndexDefinition{Info: &ast.IndexInfo{Type: "unique", Name: ast.NewColIdent(name), Unique: true}, Columns: []*ast.IndexColumn{{Column: c.Name}}})
	}
	spec.Indexes = append(first, spec.Indexes...)
}

// binaryCollations: BINARY behind a text type means the collation of its character
// set that compares codes. The library knows that when the column names the set.
func binaryCollations(spec *ast.TableSpec) {
	if spec == nil {
		return
	}
	charset := defaultCharset
	for _, o := range spec.TableOpts {
		if strings.EqualFold(o.Name, "CHARACTER SET") {
			charset = strings.ToLower(o.Value)
		}
	}
	for _, c := range spec.Columns {
		if c.Type.BinaryCollate && c.Type.Charset == "" && c.Type.Collate == "" {
			c.Type.Charset, c.Type.Collate = charset, charset+"_bin"
		}
	}
}

// noEscape is the escape character of LIKE … ESCAPE ”, which has none: one for private
// use, as the library wants one.
const noEscape = "\U0010FFFD"

// defaultCharset is what columns have that say nothing.
const defaultCharset = "utf8mb4"

// trigger binds a trigger that is only looked at without its body: it may be broken,
// that is how it is found and dropped.
func (a annotator) trigger(n *ast.DDL) error {
	if n.Table.DbQualifier.IsEmpty() && a.view != nil {
		n.Table.DbQualifier = ast.NewTableIdent(a.view.Database)
	}
	n.TriggerSpec.Body = &ast.BeginEndBlock{}
	return nil
}

func (a annotator) node(n ast.SQLNode) error {
	switch n := n.(type) {
	case *ast.CreateUser, *ast.RenameUser, *ast.DropUser, *ast.CreateRole, *ast.DropRole, *ast.GrantPrivilege, *ast.GrantRole,
		*ast.GrantProxy, *ast.RevokePrivilege, *ast.RevokeAllPrivileges, *ast.RevokeRole, *ast.RevokeProxy, *ast.ShowGrants:
		// The library would run these on grant tables of its own.
		return sqlerr.NotSupportedYet.Errorf("this form of an account statement is not supported")
	case *ast.Update:
		n.Where = grammar.HoistConditions(n.TableExprs, n.Where)
		a.update(n)
	case *ast.Delete:
		n.Where = grammar.HoistConditions(n.TableExprs, n.Where)
		a.delete(n)
	case *ast.Insert:
		n.Auth.Extra = &TableUse{OnDup: len(n.OnDup) > 0, Reads: readsStored(n), View: a.view}
	case *ast.Select:
		n.Where = grammar.HoistConditions(n.From, n.Where)
		if err := mayTakeRows(n.Into); err != nil {
			return err
		}
		if strings.Contains(strings.ToLower(n.Lock), "update") || strings.Contains(strings.ToLower(n.Lock), "share") {
			for _, t := range grammar.TablesOf(n.From) {
				t.Auth.Extra = &TableUse{LockRead: true, Reads: true, View: a.view}
			}
		}
	case *ast.SetOp:
		return mayTakeRows(n.Into)
	case *ast.ParenSelect:
		return mayTakeRows(n.GetInto())
	case *ast.Into:
		return mayTakeRows(n)
	case *ast.ComparisonExpr:
		if v, ok := n.Escape.(*ast.SQLVal); ok && v.Type == ast.StrVal && len(v.Val) == 0 {
			v.Val = []byte(noEscape)
		}
	case *ast.AliasedTableExpr:
		if n.Auth.Extra == nil {
			n.Auth.Extra = &TableUse{View: a.view, Reads: true}
		}
		if use, ok := n.Auth.Extra.(*TableUse); ok {
			use.hints = n.Hints
		}
	}
	return nil
}

func (a annotator) update(n *ast.Update) {
	tables := grammar.TablesOf(n.TableExprs)
	single := len(tables) == 1
	reads := readsColumns(n.Where, n.OrderBy, joinConditions(n.TableExprs)...)
	qualified := map[string]bool{}
	unqualified := map[string]bool{}
	for _, e := range n.Exprs {
		reads = reads || readsColumns(nil, nil, e.Expr)
		if e.Name.Qualifier.IsEmpty() {
			unqualified[e.Name.Name.Lowered()] = true
		} else {
			qualified[strings.ToLower(e.Name.Qualifier.Name.String())] = true
		}
	}
	for _, t := range tables {
		t.Auth.Extra = &TableUse{
			View: a.view, Reads: reads || !alone(n.TableExprs), joined: !alone(n.TableExprs),
			write: single || qualified[grammar.AliasOf(t)], assigns: unqualified,
		}
	}
}

func (a annotator) delete(n *ast.Delete) {
	tables := grammar.TablesOf(n.TableExprs)
	targets := map[string]bool{}
	for _, t := range n.Targets {
		targets[strings.ToLower(t.Name.String())] = true
	}
	reads := readsColumns(n.Where, n.OrderBy)
	for _, t := range tables {
		t.Auth.Extra = &TableUse{
			View: a.view, Reads: reads || !alone(n.TableExprs), joined: !alone(n.TableExprs),
			write: len(targets) == 0 || targets[grammar.AliasOf(t)],
		}
	}
}

// NamedTable is a table or view as a client's statement names it.
type NamedTable struct {
	Database, Name, Alias string

	writes  bool
	assigns map[string]bool // unqualified columns that the statement sets: it writes what has one of them
}

// Writes says whether the statement changes the table, nil for a view.
func (n *NamedTable) Writes(t *catalog.Table) bool {
	if n.writes || t == nil {
		return n.writes
	}
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return n.assigns[strings.ToLower(c.Name)] })
}

// AliasOf is what a reference to a table is called, as it was written.
func AliasOf(t *ast.AliasedTableExpr, name ast.TableName) string {
	if t.As.IsEmpty() {
		return name.Name.String()
	}
	return t.As.String()
}

// Named are the tables that a statement names, as annotate has marked it. Not those of the bodies that it defines.
func Named(stmt ast.Statement) (out []NamedTable) {
	add := func(name ast.TableName, writes bool) {
		if !name.IsEmpty() {
			out = append(out, NamedTable{Database: name.DbQualifier.String(), Name: name.Name.String(), Alias: name.Name.String(), writes: writes})
		}
	}
	if n, ok := stmt.(*ast.DDL); ok {
		names := slices.Concat(ast.TableNames{n.Table}, n.FromTables, n.FromViews)
		switch {
		case n.Temporary, n.TriggerSpec != nil, n.ProcedureSpec != nil, n.EventSpec != nil:
			return nil
		case n.ViewSpec != nil:
			names = append(names, n.ViewSpec.ViewName)
		}
		for i, name := range names {
			if !slices.Contains(names[:i], name) {
				add(name, true)
			}
		}
		return out
	}
	grammar.Parts(stmt, func(n any) {
		switch n := n.(type) {
		case *ast.AlterTable:
			add(n.Table, true)
		case *ast.Insert:
			add(n.Table, true)
		case *ast.AliasedTableExpr:
			name, ok := n.Expr.(ast.TableName)
			if !ok || n.Auth.AuthType == ast.AuthType_IGNORE || name.DbQualifier.IsEmpty() && strings.EqualFold(name.Name.String(), "dual") {
				return
			}
			add(name, false)
			last := &out[len(out)-1]
			last.Alias = AliasOf(n, name)
			if use, ok := n.Auth.Extra.(*TableUse); ok {
				last.writes, last.assigns = use.write, use.assigns
			}
		}
	})
	return out
}

// noTable marks a reference to a name that WITH makes: nobody is asked about it. A
// target of UPDATE or DELETE it cannot be.
func noTable(t *ast.AliasedTableExpr) {
	if use, ok := t.Auth.Extra.(*TableUse); ok && use.write {
		return
	}
	t.Auth = ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore}
}

// alone reports one table by itself. A join compares columns even where it
// names none, as USING and NATURAL do.
func alone(from ast.TableExprs) bool {
	if len(from) != 1 {
		return false
	}
	t, ok := from[0].(*ast.AliasedTableExpr)
	if !ok {
		return false
	}
	_, ok = t.Expr.(ast.TableName)
	return ok
}

func joinConditions(exprs ast.TableExprs) []ast.Expr {
	var out []ast.Expr
	for _, e := range exprs {
		if j, ok := e.(*ast.JoinTableExpr); ok && j.Condition.On != nil {
			out = append(out, j.Condition.On)
		}
	}
	return out
}

// readsStored reports whether ON DUPLICATE KEY UPDATE uses what the existing row
// holds. VALUES(c), and a column by the alias of the new row, are the new row's; one by the
// name of a table of the query is that table's.
func readsStored(n *ast.Insert) bool {
	fresh, renamed := map[string]bool{}, map[string]bool{}
	switch rows := n.Rows.(type) {
	case *ast.AliasedValues:
		fresh[strings.ToLower(rows.As.String())] = true
		for _, c := range rows.Columns {
			renamed[c.Lowered()] = true
		}
	case *ast.Select:
		for _, t := range grammar.TablesOf(rows.From) {
			fresh[grammar.AliasOf(t)] = true
		}
		delete(fresh, strings.ToLower(n.Table.Name.String()))
	}
	delete(fresh, "")
	found := false
	for _, e := range n.OnDup {
		_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
			switch n := n.(type) {
			case *ast.ValuesFuncExpr:
				return false, nil
			case *ast.ColName:
				of := strings.ToLower(n.Qualifier.Name.String())
				found = found || !fresh[of] && !(of == "" && renamed[n.Name.Lowered()])
			}
			return !found, nil
		}, e.Expr)
	}
	return found
}

// readsColumns reports whether any of the expressions names a column.
func readsColumns(where *ast.Where, order ast.OrderBy, exprs ...ast.Expr) bool {
	found := false
	visit := func(n ast.SQLNode) (bool, error) {
		if _, ok := n.(*ast.ColName); ok {
			found = true
		}
		return !found, nil
	}
	if where != nil && where.Expr != nil {
		_ = ast.Walk(visit, where.Expr)
	}
	for _, o := range order {
		_ = ast.Walk(visit, o.Expr)
	}
	for _, e := range exprs {
		if e != nil {
			_ = ast.Walk(visit, e)
		}
	}
	return found
}
