package grammar

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// EveryNode visits trees, with the parts that the grammar's own walk leaves out.
func EveryNode(visit func(ast.SQLNode) error, nodes ...ast.SQLNode) error {
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		if err := visit(n); err != nil {
			return false, err
		}
		return true, EveryNode(visit, leftOut(n)...)
	}, nodes...)
}

func leftOut(n ast.SQLNode) []ast.SQLNode {
	var out []ast.SQLNode
	switch n := n.(type) {
	case *ast.Explain:
		out = append(out, n.Statement)
	case *ast.DDL:
		if n.OptSelect != nil {
			out = append(out, n.OptSelect.Select)
		}
	case *ast.SetOp:
		if n.With != nil {
			out = append(out, n.With)
		}
		if n.Limit != nil {
			out = append(out, n.Limit)
		}
		out = append(out, n.OrderBy)
	case *ast.While:
		out = append(out, n.Condition)
	case *ast.Repeat:
		out = append(out, n.Condition)
	case *ast.IfStatement:
		for _, c := range n.Conditions {
			out = append(out, c.Expr)
		}
	case *ast.CaseStatement:
		for _, c := range n.Cases {
			out = append(out, c.Case)
		}
		if n.Expr != nil {
			out = append(out, n.Expr)
		}
	}
	return out
}

// AliasOf is the name of a table reference in its statement, in lower case.
func AliasOf(t *ast.AliasedTableExpr) string {
	if !t.As.IsEmpty() {
		return strings.ToLower(t.As.String())
	}
	if name, ok := t.Expr.(ast.TableName); ok {
		return strings.ToLower(name.Name.String())
	}
	return ""
}

// QualifyNames writes a database before the names in a statement that have none.
// The library would look them up in the current database of whoever runs it.
func QualifyNames(stmt ast.SQLNode, database string) {
	ctes := map[string]bool{}
	_ = EveryNode(func(n ast.SQLNode) error {
		if c, ok := n.(*ast.CommonTableExpr); ok {
			ctes[AliasOf(c.AliasedTableExpr)] = true
		}
		return nil
	}, stmt)
	in := func(t ast.TableName, auth *ast.AuthInformation) ast.TableName {
		if t.DbQualifier.IsEmpty() && !ctes[strings.ToLower(t.Name.String())] {
			t.DbQualifier = ast.NewTableIdent(database)
			if names := auth.TargetNames; len(names) == 2 && names[0] == "" {
				auth.TargetNames = []string{database, names[1]}
			}
		}
		return t
	}
	_ = EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.Insert:
			n.Table = in(n.Table, &n.Auth)
		case *ast.AliasedTableExpr:
			if name, ok := n.Expr.(ast.TableName); ok {
				n.Expr = in(name, &n.Auth)
			}
		}
		return nil
	}, stmt)
}

// NameActor makes CURRENT_USER() in a text say who it acts for. The library
// knows one user of a session, and takes USER() for the same.
func NameActor(stmt ast.SQLNode, account string) {
	if ddl, ok := stmt.(*ast.DDL); ok && ddl.TriggerSpec != nil && ddl.TriggerSpec.Body != nil {
		NameActor(ddl.TriggerSpec.Body, account)
	}
	_ = EveryNode(func(n ast.SQLNode) error {
		if f, ok := n.(*ast.FuncExpr); ok && f.Qualifier.IsEmpty() && strings.EqualFold(f.Name.String(), "current_user") {
			f.Name = ast.NewColIdent("concat")
			f.Exprs = ast.SelectExprs{&ast.AliasedExpr{Expr: ast.NewStrVal([]byte(account))}}
		}
		return nil
	}, stmt)
}

// TablesOf lists the base references of a FROM clause; those of derived tables
// and subqueries are SELECTs of their own.
func TablesOf(exprs ast.TableExprs) []*ast.AliasedTableExpr {
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
