package grammar

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Changeable refuses an UPDATE or DELETE whose tables or conditions cannot be those of one: the
// library's binder knows no numbers for what is wrong with them.
func Changeable(stmt ast.Statement) error {
	var err error
	switch n := stmt.(type) {
	case *ast.Update:
		err = updateTarget(n)
	case *ast.Delete:
		err = deleteTargets(n)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return changesByGroup(stmt)
}

// deleteTargets asks whether the targets of a DELETE of several tables stand in its FROM, each once,
// and are tables.
func deleteTargets(n *ast.Delete) error {
	if len(n.Targets) == 0 {
		return nil
	}
	from := map[string]bool{} // by name in small letters: is it a table
	var add func(ast.TableExpr)
	add = func(e ast.TableExpr) {
		switch e := e.(type) {
		case *ast.AliasedTableExpr:
			name, table := e.Expr.(ast.TableName)
			from[AliasOf(e)] = table && !named(n.With, name)
		case *ast.JSONTableExpr:
			from[strings.ToLower(e.Alias.String())] = false
		case *ast.JoinTableExpr:
			add(e.LeftExpr)
			add(e.RightExpr)
		case *ast.ParenTableExpr:
			for _, x := range e.Exprs {
				add(x)
			}
		}
	}
	for _, e := range n.TableExprs {
		add(e)
	}
	seen := map[string]bool{}
	for _, t := range n.Targets {
		name := t.Name.String()
		key := strings.ToLower(name)
		table, there := from[key]
		switch {
		case !there:
			return sqlerr.UnknownTable.Errorf("Unknown table '%s' in MULTI DELETE", name)
		case seen[key]:
			return sqlerr.NonUniqTable.Errorf("Not unique table/alias: '%s'", name)
		case !table:
			return sqlerr.NonUpdatableTable.Errorf("The target table %s of the DELETE is not updatable", name)
		}
		seen[key] = true
	}
	return nil
}

// named says that a name is one of WITH.
func named(with *ast.With, name ast.TableName) bool {
	if with == nil || !name.DbQualifier.IsEmpty() {
		return false
	}
	for _, cte := range with.Ctes {
		if strings.EqualFold(cte.As.String(), name.Name.String()) {
			return true
		}
	}
	return false
}

// updateTarget refuses an UPDATE of one table that is none: a derived table, JSON_TABLE, or what WITH
// has made.
func updateTarget(n *ast.Update) error {
	if len(n.TableExprs) != 1 {
		return nil
	}
	name, table := "", true
	switch e := n.TableExprs[0].(type) {
	case *ast.AliasedTableExpr:
		of, is := e.Expr.(ast.TableName)
		name, table = of.Name.String(), is && !named(n.With, of)
		if !e.As.IsEmpty() {
			name = e.As.String()
		}
	case *ast.JSONTableExpr:
		name, table = e.Alias.String(), false
	}
	if table {
		return nil
	}
	return sqlerr.NonUpdatableTable.Errorf("The target table %s of the UPDATE is not updatable", name)
}

// changesByGroup refuses aggregates in an UPDATE or DELETE, which have no groups.
func changesByGroup(stmt ast.Statement) error {
	var parts []ast.SQLNode
	switch n := stmt.(type) {
	case *ast.Update:
		parts = []ast.SQLNode{n.TableExprs, n.Exprs, n.Where, n.OrderBy}
	case *ast.Delete:
		parts = []ast.SQLNode{n.TableExprs, n.Where, n.OrderBy}
	}
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *ast.Subquery:
			return false, nil
		case *ast.GroupConcatExpr:
			return false, sqlerr.InvalidGroupFuncUse.Errorf("Invalid use of group function")
		case *ast.FuncExpr:
			if n.IsAggregate() && n.Over == nil {
				return false, sqlerr.InvalidGroupFuncUse.Errorf("Invalid use of group function")
			}
		}
		return true, nil
	}, parts...)
}
