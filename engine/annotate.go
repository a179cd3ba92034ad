package engine

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/session"
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
		if fk, ok := c.Details.(*ast.ForeignKeyDefinition); ok {
			out = append(out, fk.ReferencedTable)
		}
	}
	return out
}

func likes(n *ast.DDL) []ast.TableName {
	if n.OptLike == nil {
		return nil
	}
	return n.OptLike.LikeTables
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tableUse says what a statement does to one table reference.
type tableUse struct {
	database string // resolves an unqualified name; "" is the current database
	view     *viewUse

	write    bool            // target of UPDATE or DELETE for certain
	assigns  map[string]bool // unqualified columns of a multi-table SET: a target if it has one of them
	reads    bool            // columns are read: SELECT is needed too
	lockRead bool            // FOR UPDATE, FOR SHARE
	onDup    bool            // INSERT … ON DUPLICATE KEY UPDATE

	references, like []ast.TableName // tables that a definition refers to or copies
}

// annotate prepares a statement of the vitess grammar for authorization, and
// refuses what must not run at all. in is set for the text of a stored view or
// trigger. Every table reference that annotate reaches is marked; the
// authorizer denies one that is not, so a corner of the grammar that the walk
// misses is closed, not open.
func annotate(stmt ast.Statement, in *viewUse) error {
	a := annotator{view: in}
	if err := a.statement(stmt); err != nil {
		return err
	}
	return a.walk(stmt)
}

type annotator struct{ view *viewUse }

// walk visits a tree, and the parts that the grammar's own walk leaves out.
func (a annotator) walk(nodes ...ast.SQLNode) error {
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		if err := a.node(n); err != nil {
			return false, err
		}
		switch n := n.(type) {
		case *ast.Explain:
			return true, annotate(n.Statement, a.view)
		case *ast.SetOp:
			if n.With != nil {
				return true, a.walk(n.With)
			}
		case *ast.DDL:
			return true, a.bodies(n)
		case *ast.While:
			return true, a.walk(n.Condition)
		case *ast.Repeat:
			return true, a.walk(n.Condition)
		case *ast.IfStatement:
			for _, c := range n.Conditions {
				if err := a.walk(c.Expr); err != nil {
					return false, err
				}
			}
		}
		return true, nil
	}, nodes...)
}

// bodies annotates the statements inside a DDL statement.
func (a annotator) bodies(n *ast.DDL) error {
	if n.OptSelect != nil {
		if err := a.walk(n.OptSelect.Select); err != nil {
			return err
		}
	}
	if n.TriggerSpec != nil && n.TriggerSpec.Body != nil {
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
		if n.Action == ast.CreateStr && n.TableSpec != nil || n.OptLike != nil || n.OptSelect != nil {
			n.Auth = ast.AuthInformation{
				AuthType: n.Auth.AuthType, TargetType: authNewTable,
				TargetNames: []string{n.Table.DbQualifier.String(), n.Table.Name.String()},
			}
		}
		n.Auth.Extra = &tableUse{view: a.view, reads: true, references: parents(n), like: likes(n)}
		if a.view != nil && (n.ViewSpec != nil || n.TriggerSpec != nil) {
			// It exists; using it needs no right to create it.
			n.Auth = ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore}
		}
	case *ast.DBDDL:
		if kind, ok := map[string]string{ast.CreateStr: authCreateDatabase, ast.DropStr: authDropDatabase}[n.Action]; ok {
			n.Auth = ast.AuthInformation{AuthType: kind, TargetType: ast.AuthTargetType_DatabaseIdentifiers, TargetNames: []string{n.DBName}}
		}
	case *ast.AlterTable:
		for _, part := range n.Statements {
			part.Auth.Extra = &tableUse{reads: true, references: parents(part)}
		}
	case *ast.Show:
		if name := n.Table.Name.String(); name != "" && n.Auth.TargetType == ast.AuthTargetType_TODO && aboutTable[strings.ToLower(n.Type)] {
			n.Auth = ast.AuthInformation{AuthType: authMetadata, TargetType: ast.AuthTargetType_SingleTableIdentifier,
				TargetNames: []string{firstOf(n.Table.DbQualifier.String(), n.Database), name}}
		}
	case *ast.Kill:
		n.Auth = ast.AuthInformation{AuthType: authKill, TargetType: ast.AuthTargetType_Ignore, Extra: n}
	case *ast.Load:
		return session.Errorf(errNotSupported, "42000", "LOAD DATA is not available over this connection").
			WithHint("load a file with lxdb import FILE.csv --table DATABASE.TABLE")
	}
	return nil
}

func (a annotator) node(n ast.SQLNode) error {
	switch n := n.(type) {
	case *ast.CreateUser, *ast.RenameUser, *ast.DropUser, *ast.CreateRole, *ast.DropRole, *ast.GrantPrivilege, *ast.GrantRole,
		*ast.GrantProxy, *ast.RevokePrivilege, *ast.RevokeAllPrivileges, *ast.RevokeRole, *ast.RevokeProxy, *ast.ShowGrants:
		// The library would run these on grant tables of its own.
		return session.Errorf(errNotSupported, "42000", "this form of an account statement is not supported")
	case *ast.Update:
		n.Where = hoistConditions(n.TableExprs, n.Where)
		a.update(n)
	case *ast.Delete:
		n.Where = hoistConditions(n.TableExprs, n.Where)
		a.delete(n)
	case *ast.Insert:
		use := &tableUse{onDup: len(n.OnDup) > 0, view: a.view}
		n.Auth.Extra = use
	case *ast.Select:
		n.Where = hoistConditions(n.From, n.Where)
		if n.Into != nil && (n.Into.Outfile != "" || n.Into.Dumpfile != "") {
			return session.Errorf(errNotSupported, "42000", "SELECT … INTO OUTFILE is not supported").
				WithHint("write the result on the client's side")
		}
		if strings.Contains(strings.ToLower(n.Lock), "update") || strings.Contains(strings.ToLower(n.Lock), "share") {
			for _, t := range tablesOf(n.From) {
				t.Auth.Extra = &tableUse{lockRead: true, reads: true, view: a.view}
			}
		}
	case *ast.AliasedTableExpr:
		if n.Auth.Extra == nil {
			n.Auth.Extra = &tableUse{view: a.view, reads: true}
		}
	}
	return nil
}

func (a annotator) update(n *ast.Update) {
	tables := tablesOf(n.TableExprs)
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
		t.Auth.Extra = &tableUse{
			view: a.view, reads: reads || !single,
			write: single || qualified[aliasOf(t)], assigns: unqualified,
		}
	}
}

func (a annotator) delete(n *ast.Delete) {
	tables := tablesOf(n.TableExprs)
	targets := map[string]bool{}
	for _, t := range n.Targets {
		targets[strings.ToLower(t.Name.String())] = true
	}
	reads := readsColumns(n.Where, n.OrderBy)
	for _, t := range tables {
		t.Auth.Extra = &tableUse{
			view: a.view, reads: reads || len(tables) > 1,
			write: len(targets) == 0 || targets[aliasOf(t)],
		}
	}
}

// tablesOf lists the base references of a FROM clause; those of derived tables
// and subqueries are SELECTs of their own.
func tablesOf(exprs ast.TableExprs) []*ast.AliasedTableExpr {
	var out []*ast.AliasedTableExpr
	var add func(ast.TableExpr)
	add = func(e ast.TableExpr) {
		switch e := e.(type) {
		case *ast.AliasedTableExpr:
			if _, ok := e.Expr.(ast.TableName); ok {
				out = append(out, e)
			}
		case *ast.JoinTableExpr:
			add(e.LeftExpr)
			add(e.RightExpr)
		case *ast.ParenTableExpr:
			for _, x := range e.Exprs {
				add(x)
			}
		}
	}
	for _, e := range exprs {
		add(e)
	}
	return out
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

func aliasOf(t *ast.AliasedTableExpr) string {
	if !t.As.IsEmpty() {
		return strings.ToLower(t.As.String())
	}
	if name, ok := t.Expr.(ast.TableName); ok {
		return strings.ToLower(name.Name.String())
	}
	return ""
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
