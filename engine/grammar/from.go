package grammar

import (
	"reflect"
	"slices"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// sources puts right what the library makes of FROM: an outer join ON TRUE is no cross
// join, and a name stands for one table.
func sources(stmt ast.Statement) (err error) {
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.JoinTableExpr:
			if n.Condition.On == ast.BoolVal(true) && n.Join != ast.JoinStr {
				n.Condition.On = ast.NewIntVal([]byte("1"))
			}
		case *ast.ParenTableExpr:
			crossed(n)
		case *ast.Select:
			if err == nil && len(n.From) > 0 {
				err = uniqueNames(n.From)
			}
		case *ast.SetOp:
			if err == nil {
				err = setOp(n)
			}
		case *ast.With:
			if err == nil {
				err = recursive(n)
			}
			seen := map[string]bool{}
			for _, c := range n.Ctes {
				if values, ok := c.AliasedTableExpr.Expr.(*ast.ValuesStatement); ok {
					c.AliasedTableExpr.Expr = ofValues(values)
				}
				if name := c.As.String(); err == nil && seen[strings.ToLower(name)] {
					err = notUnique(name)
				}
				seen[strings.ToLower(c.As.String())] = true
			}
		}
	}}.walk(reflect.ValueOf(stmt))
	return err
}

// ofValues is VALUES ROW(…) as the query over it: the binder knows no other in WITH.
func ofValues(values *ast.ValuesStatement) *ast.Subquery {
	of := &ast.AliasedTableExpr{Expr: values, As: ast.NewTableIdent("values\x00"), Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE}}
	return &ast.Subquery{Select: &ast.Select{SelectExprs: ast.SelectExprs{&ast.StarExpr{}}, From: ast.TableExprs{of}}}
}

// crossed makes one join of several tables in brackets: the binder knows no comma there.
func crossed(n *ast.ParenTableExpr) {
	for len(n.Exprs) > 1 {
		pair := &ast.JoinTableExpr{LeftExpr: n.Exprs[0], RightExpr: n.Exprs[1], Join: ast.JoinStr}
		n.Exprs = append(ast.TableExprs{pair}, n.Exprs[2:]...)
	}
}

// setOp keeps what the library loses of UNION, INTERSECT and EXCEPT: which column a position
// in ORDER BY means, and the ORDER BY and LIMIT of a first part that is such an operation.
func setOp(n *ast.SetOp) error {
	for _, o := range n.OrderBy {
		at, is := position(o.Expr)
		if !is {
			continue
		}
		columns, known := selected(n.Left)
		if at < 1 || known && at > columns {
			return sqlerr.BadField.Errorf("Unknown column '%s' in 'order clause'", ast.String(o.Expr))
		}
		o.Expr = form(&Form{Kind: FormColumn, At: at})
	}
	first := withoutParens(n.Left)
	for _, part := range []ast.SelectStatement{first, withoutParens(n.Right)} {
		if s, ok := part.(*ast.SetOp); ok {
			differentColumns(s)
		}
	}
	if s, ok := first.(*ast.SetOp); ok && (s.Limit != nil || len(s.OrderBy) > 0) {
		t := &ast.AliasedTableExpr{Expr: &ast.Subquery{Select: s}, As: ast.NewTableIdent("first\x00"), Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE}}
		n.Left = &ast.Select{SelectExprs: ast.SelectExprs{&ast.StarExpr{}}, From: ast.TableExprs{t}}
	}
	return nil
}

func withoutParens(s ast.SelectStatement) ast.SelectStatement {
	for {
		p, ok := s.(*ast.ParenSelect)
		if !ok {
			return s
		}
		s = p.Select
	}
}

// differentColumns lets a set operation inside another one select no column twice: its
// columns are a set to the binder.
func differentColumns(n *ast.SetOp) {
	var first ast.SelectStatement = n
	for {
		if n, ok := first.(*ast.SetOp); ok {
			first = withoutParens(n.Left)
			continue
		}
		break
	}
	s, ok := first.(*ast.Select)
	if !ok {
		return
	}
	seen := map[string]bool{}
	for _, e := range s.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if !ok {
			continue
		}
		c, ok := a.Expr.(*ast.ColName)
		if !ok {
			// what has a name of its own has a number of its own, too; of most literals the binder
			// says so, and their name could be that of a column
			_, literal := a.Expr.(*ast.SQLVal)
			if v, ok := a.Expr.(*ast.SQLVal); ok && v.Type == ast.ValArg || literal && len(s.GroupBy)+len(s.OrderBy) == 0 && s.Having == nil {
				literal = false
			}
			if !literal && a.As.IsEmpty() && a.InputExpression != "" {
				a.As = ast.NewColIdent(a.InputExpression)
			}
			continue
		}
		name := c.Name.Lowered() // of two tables, too: a name may be qualified or not
		if seen[name] {
			if a.As.IsEmpty() {
				a.As = c.Name
			}
			a.Expr = form(&Form{Kind: FormOnce}, c)
		}
		seen[name] = true
	}
}

func notUnique(name string) error {
	return sqlerr.NonUniqTable.Errorf("Not unique table/alias: '%s'", name)
}

// uniqueNames refuses a FROM in which two tables have one name. Tables of two databases
// may.
func uniqueNames(from ast.TableExprs) error {
	seen := map[string]bool{}
	var visit func(e ast.TableExpr) error
	one := func(database, name string) error {
		key := strings.ToLower(database + "." + name)
		if name != "" && seen[key] {
			return notUnique(name)
		}
		seen[key] = true
		return nil
	}
	visit = func(e ast.TableExpr) error {
		switch e := e.(type) {
		case *ast.JoinTableExpr:
			if err := visit(e.LeftExpr); err != nil {
				return err
			}
			return visit(e.RightExpr)
		case *ast.ParenTableExpr:
			for _, inner := range e.Exprs {
				if err := visit(inner); err != nil {
					return err
				}
			}
		case *ast.JSONTableExpr:
			return one("", e.Alias.String())
		case *ast.AliasedTableExpr:
			if !e.As.IsEmpty() {
				return one("", e.As.String())
			}
			if t, ok := e.Expr.(ast.TableName); ok {
				return one(t.DbQualifier.String(), t.Name.String())
			}
		}
		return nil
	}
	for _, e := range from {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// UnknownTable finds a column that a name is put before which no table in the statement
// has, or a table that is there and shows no such column where its name stands. The library says of it that there is no such table.
func UnknownTable(stmt ast.Statement, err error, exists func(ast.TableName) bool) error {
	if err := hiddenTable(stmt, err, exists); err != nil {
		return err
	}
	var columns []*ast.ColName
	tables := map[string]bool{}
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.ColName:
			if !n.Qualifier.IsEmpty() {
				columns = append(columns, n)
			}
		case *ast.AliasedTableExpr:
			tables[AliasOf(n)] = true
			if t, ok := n.Expr.(ast.TableName); ok {
				tables[strings.ToLower(t.Name.String())] = true
			}
		case *ast.JSONTableExpr:
			tables[strings.ToLower(n.Alias.String())] = true
		}
	}}.walk(reflect.ValueOf(stmt))
	for _, c := range columns {
		if name := c.Qualifier.Name.String(); !tables[strings.ToLower(name)] && strings.HasSuffix(strings.ToLower(err.Error()), ": "+strings.ToLower(name)) {
			if place := nowhere(stmt, c); place != "" {
				if db := c.Qualifier.DbQualifier.String(); db != "" {
					name = db + "." + name
				}
				return sqlerr.UnknownTable.Errorf("Unknown table '%s' in %s", name, place)
			}
			return sqlerr.BadField.Errorf("Unknown column '%s.%s' in 'field list'", name, c.Name.String())
		}
	}
	return err
}

// hiddenTable is the error of t.* in a query without t, and of t.c in a HAVING which does not see it; nil for others.
func hiddenTable(stmt ast.Statement, err error, exists func(ast.TableName) bool) (out error) {
	says := func(t ast.TableName) bool {
		return !t.IsEmpty() && strings.HasSuffix(strings.ToLower(err.Error()), ": "+strings.ToLower(t.Name.String()))
	}
	there := true // what the statement reads under that name
	rewriter{node: func(n any) {
		if t, ok := n.(*ast.AliasedTableExpr); ok {
			if name, ok := t.Expr.(ast.TableName); ok && says(ast.TableName{Name: name.Name}) {
				there = there && exists(name)
			}
		}
	}}.walk(reflect.ValueOf(stmt))
	if !there {
		return nil
	}
	rewriter{node: func(n any) {
		s, ok := n.(*ast.Select)
		if !ok || out != nil {
			return
		}
		own := map[string]bool{}
		namesOf(own, s.From...)
		for _, e := range s.SelectExprs {
			if star, ok := e.(*ast.StarExpr); ok && says(star.TableName) && !own[strings.ToLower(star.TableName.Name.String())] {
				out = sqlerr.BadTable.Errorf("Unknown table '%s'", ast.String(star.TableName))
			}
		}
		rewriter{node: func(n any) {
			if c, ok := n.(*ast.ColName); ok && says(c.Qualifier) && own[strings.ToLower(c.Qualifier.Name.String())] && out == nil {
				out = sqlerr.BadField.Errorf("Unknown column '%s.%s' in 'having clause'", ast.String(c.Qualifier), c.Name.String())
			}
		}}.walk(reflect.ValueOf(&s.Having))
	}}.walk(reflect.ValueOf(stmt))
	return out
}

// nowhere is the place of a column in a query, or an expression, that has no tables at all to look for it in, nor stands in a
// query that has some; empty for others.
func nowhere(stmt ast.Statement, c *ast.ColName) (place string) {
	has := func(list any) (found bool) {
		rewriter{skip: isSubquery, node: func(n any) { found = found || n == any(c) }}.walk(reflect.ValueOf(list))
		return found
	}
	switch s := stmt.(type) {
	case *ast.ParenSelect:
		return nowhere(s.Select, c)
	case *ast.SetOp:
		if place = nowhere(s.Left, c); place == "" {
			place = nowhere(s.Right, c)
		}
		return place
	case *ast.Select:
		switch {
		case slices.ContainsFunc(s.From, isSource):
			return ""
		case has(&s.SelectExprs):
			return "field list"
		case has(&s.Where):
			return "where clause"
		case has(&s.OrderBy):
			return "order clause"
		}
		return ""
	case *ast.Set:
		if has(&s.Exprs) {
			return "field list"
		}
	}
	return ""
}

// isSource tells a table of FROM from DUAL, which the parser puts where there is none.
func isSource(e ast.TableExpr) bool {
	a, ok := e.(*ast.AliasedTableExpr)
	if !ok {
		return true
	}
	t, ok := a.Expr.(ast.TableName)
	return !ok || !t.DbQualifier.IsEmpty() || !strings.EqualFold(t.Name.String(), "dual")
}
