package grammar

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Changeable refuses an UPDATE or DELETE, in a current database, whose tables or conditions cannot be those of one: the
// library's binder knows no numbers for what is wrong with them.
func Changeable(stmt ast.Statement, database string) error {
	var err error
	switch n := stmt.(type) {
	case *ast.Update:
		err = updateTarget(n)
	case *ast.Delete:
		err = deleteTargets(n, database)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return changesByGroup(stmt)
}

// source is what a FROM names.
type source struct {
	name, alias, database string
	aliased, table        bool
}

// sourcesOf are what a FROM names, in its order.
func sourcesOf(exprs ast.TableExprs, with *ast.With) (out []source) {
	var add func(ast.TableExpr)
	add = func(e ast.TableExpr) {
		switch e := e.(type) {
		case *ast.AliasedTableExpr:
			name, table := e.Expr.(ast.TableName)
			out = append(out, source{name: name.Name.String(), alias: AliasOf(e), database: name.DbQualifier.String(), aliased: !e.As.IsEmpty(), table: table && !named(with, name)})
		case *ast.JSONTableExpr:
			out = append(out, source{alias: strings.ToLower(e.Alias.String()), aliased: true})
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

// deleteTargets asks whether the targets of a DELETE of several tables stand in its FROM, each once,
// and are tables. A name without a database is an alias, or a table of the current database.
func deleteTargets(n *ast.Delete, database string) error {
	from := sourcesOf(n.TableExprs, n.With)
	seen := map[*source]bool{}
	for _, t := range n.Targets {
		name := t.Name.String()
		if t.DbQualifier.IsEmpty() && database == "" && !boundTo(from) {
			return sqlerr.NoDB.Errorf("No database selected")
		}
		of, err := targeted(from, t, database)
		switch {
		case err != nil:
			return err
		case of == nil:
			return sqlerr.UnknownTable.Errorf("Unknown table '%s' in MULTI DELETE", name)
		case seen[of]:
			return sqlerr.NonUniqTable.Errorf("Not unique table/alias: '%s'", name)
		case !of.table:
			return sqlerr.NonUpdatableTable.Errorf("The target table %s of the DELETE is not updatable", name)
		}
		seen[of] = true
	}
	return nil
}

// targeted finds a target of a DELETE in its FROM, nil if it is not there.
func targeted(from []source, t ast.TableName, database string) (found *source, err error) {
	name, of := t.Name.String(), t.DbQualifier.String()
	bound := of == "" && boundTo(from) // in a program the names of FROM got its database
	for i := range from {
		s := &from[i]
		switch {
		case s.aliased && (of != "" || !strings.EqualFold(name, s.alias)):
			continue
		case s.aliased:
		case !strings.EqualFold(name, s.name):
			continue
		case !bound && !strings.EqualFold(orElse(of, database), orElse(s.database, database)):
			continue
		}
		if found != nil {
			return nil, sqlerr.NonUniqTable.Errorf("Not unique table/alias: '%s'", name)
		}
		found = s
	}
	return found, nil
}

// boundTo says that all tables of a FROM are named with one database.
func boundTo(from []source) bool {
	of := ""
	for _, s := range from {
		switch {
		case s.name == "":
		case s.database == "" || of != "" && !strings.EqualFold(of, s.database):
			return false
		default:
			of = s.database
		}
	}
	return of != ""
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
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
// has made; and of several tables ORDER BY and LIMIT.
func updateTarget(n *ast.Update) error {
	if from := sourcesOf(n.TableExprs, n.With); len(from) > 1 {
		switch {
		case len(n.OrderBy) > 0:
			return sqlerr.WrongUsage.Errorf("Incorrect usage of UPDATE and ORDER BY")
		case n.Limit != nil:
			return sqlerr.WrongUsage.Errorf("Incorrect usage of UPDATE and LIMIT")
		}
		for _, set := range n.Exprs {
			of := set.Name.Qualifier
			for _, t := range from {
				if !t.table && of.DbQualifier.IsEmpty() && strings.EqualFold(of.Name.String(), t.alias) {
					return sqlerr.NonUpdatableTable.Errorf("The target table %s of the UPDATE is not updatable", of.Name.String())
				}
			}
		}
		return nil
	}
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
