package routine

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/privilege"
)

// A trigger's body acts for its definer in the session of whoever changes the
// table. Statements whose right is asked of the session would act for that
// person instead, so only those stand in a body that touch nothing but tables,
// which are opened for the definer, and the trigger's own variables. CALL is not
// among them: a procedure runs with the rights of the session.

// TriggerBody refuses what a trigger must not do. It is asked at CREATE TRIGGER
// and again whenever the stored text is read.
func TriggerBody(body ast.Statement) error {
	if err := (bodyChecker{trigger: true}).statement(body, true); err != nil {
		return err
	}
	if err := triggerStatement(body, declared{}); err != nil {
		return err
	}
	return grammar.EveryNode(func(n ast.SQLNode) error {
		if t, ok := n.(*ast.AliasedTableExpr); ok {
			return RealTable(t)
		}
		return nil
	}, body)
}

// RealTable keeps the made-up databases out of triggers, and out of views that
// triggers read: their rows are those that the session may see.
func RealTable(t *ast.AliasedTableExpr) error {
	name, ok := t.Expr.(ast.TableName)
	if ok && state.Virtual(name.DbQualifier.String()) {
		return sqlerr.CommitNotAllowedInRoutine.Errorf("a trigger must not read %s", name.DbQualifier)
	}
	return nil
}

// TriggerNeeds is what the definer of a trigger must hold on the table that
// fires it, when he creates it and whenever it fires: the row's columns are read
// and changed for him.
func TriggerNeeds(body ast.Statement) privilege.Set {
	need := privilege.Of(privilege.Trigger)
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.ColName:
			if isRow(n) {
				need = need.Union(privilege.Of(privilege.Select))
			}
		case *ast.SetVarExpr:
			if isRow(n.Name) {
				need = need.Union(privilege.Of(privilege.Update))
			}
		}
		return nil
	}, body)
	return need
}

// Qualify writes the trigger's database before the names in it. The library
// would look them up in the current database of whoever fires it.
func Qualify(n *ast.DDL, database string) {
	if n.Table.DbQualifier.IsEmpty() {
		n.Table.DbQualifier = ast.NewTableIdent(database)
	}
	grammar.QualifyNames(n.TriggerSpec.Body, database)
}

// isRow reports a column of NEW or OLD.
func isRow(c *ast.ColName) bool {
	q := c.Qualifier.Name.String()
	return strings.EqualFold(q, "new") || strings.EqualFold(q, "old")
}

// declared are the local variables of a body. A name that is none of them means
// a variable of the session.
type declared map[string]bool

func triggerStatement(stmt ast.Statement, local declared) error {
	switch n := stmt.(type) {
	case ast.SelectStatement, *ast.Insert, *ast.Update, *ast.Delete,
		*ast.OpenCursor, *ast.FetchCursor, *ast.CloseCursor, *ast.Leave, *ast.Iterate, *ast.Signal, *ast.Resignal:
		return nil
	case *ast.Set:
		return triggerSet(n, local)
	case *ast.Declare:
		if n.Variables != nil {
			for _, name := range n.Variables.Names {
				local[name.Lowered()] = true
			}
		}
		if n.Handler != nil && n.Handler.Statement != nil {
			return triggerStatement(n.Handler.Statement, local)
		}
		return nil
	case *ast.BeginEndBlock:
		return triggerStatements(local, n.Statements)
	case *ast.Loop:
		return triggerStatements(local, n.Statements)
	case *ast.Repeat:
		return triggerStatements(local, n.Statements)
	case *ast.While:
		return triggerStatements(local, n.Statements)
	case *ast.IfStatement:
		for _, c := range n.Conditions {
			if err := triggerStatements(local, c.Statements); err != nil {
				return err
			}
		}
		return triggerStatements(local, n.Else)
	case *ast.CaseStatement:
		for _, c := range n.Cases {
			if err := triggerStatements(local, c.Statements); err != nil {
				return err
			}
		}
		return triggerStatements(local, n.Else)
	}
	return sqlerr.CommitNotAllowedInRoutine.Errorf("this statement is not allowed in a trigger").
		WithHint("a trigger reads and changes tables; CALL, DDL, transactions and PREPARE would act for whoever fires it")
}

func triggerStatements(local declared, list ast.Statements) error {
	for _, stmt := range list {
		if err := triggerStatement(stmt, local); err != nil {
			return err
		}
	}
	return nil
}

// triggerSet allows NEW's columns, local and user variables.
func triggerSet(n *ast.Set, local declared) error {
	for _, e := range n.Exprs {
		switch {
		case e.Scope == ast.SetScope_User:
		case e.Scope == ast.SetScope_None && e.Name.Qualifier.IsEmpty() && local[e.Name.Name.Lowered()]:
		case e.Scope == ast.SetScope_None && isRow(e.Name):
		default:
			return sqlerr.CommitNotAllowedInRoutine.Errorf("a trigger must not change variables of the session or the server")
		}
	}
	return nil
}
