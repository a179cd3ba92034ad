package access

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// inner sees to a name in a subquery of a change through a view that the view has not and a
// table of it has. It is a column of a table in there, or none: in the tables below it must not be
// found, and no answer tells that it is there.
func (m *merged) inner(c *ast.ColName, sub *ast.Subquery) error {
	switch has, known := m.within(c, sub); {
	case !known:
		return qualifyIt(c)
	case !has && len(m.among) > 0:
		return m.beside(c)
	case !has:
		c.Name = nowhere(c.Name)
	}
	return nil
}

// outOfJoin has a name in a subquery that means a column of a view over a join speak of the table
// that it is of: another table of the join, which the view hides, may have one of the same name.
func (m *merged) outOfJoin(c *ast.ColName, sub *ast.Subquery, col *mergedColumn) {
	if has, known := m.within(c, sub); known && !has {
		c.Name = ast.NewColIdent(col.column)
		c.Qualifier = ast.TableName{Name: ast.NewTableIdent(col.of)}
	}
}

// within says whether a table in a subquery has the column that a name in it may mean.
func (m *merged) within(c *ast.ColName, sub *ast.Subquery) (has, known bool) {
	queries, ok := around(sub, c)
	if !ok {
		return false, false
	}
	for _, q := range queries {
		for _, ref := range references(q.From) {
			if has, known := m.shows(ref, c.Name.String()); has || !known {
				return has, known
			}
		}
	}
	return false, true
}

// noIndexOf refuses the index hints of a view: which indexes its tables have is not the view's to tell.
func (u *TableUse) noIndexOf(v *catalog.View) error {
	if u.hints == nil {
		return nil
	}
	for _, name := range u.hints.Indexes {
		if !strings.HasPrefix(name.String(), lex.NextHint) {
			return sqlerr.KeyDoesNotExist.Errorf("Key '%s' doesn't exist in table '%s'", name, v.Name)
		}
	}
	return nil
}

// qualifyIt is for a name that may be one of the table below the view: what a view hides is not
// found by trying.
func qualifyIt(c *ast.ColName) error {
	return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'the column %s in this place of a change through a view'", c.Name.String()).
		WithHint("write the table before its name, or change the table below the view")
}

// nowhere is a name that means nothing, and that errors show as it is.
func nowhere(name ast.ColIdent) ast.ColIdent { return ast.NewColIdent(name.String() + sqlerr.Nothing) }

// beside sees to a name without a table before it, in a statement of several tables, that the view
// has not and its table has: it is another table's, or nothing.
func (m *merged) beside(c *ast.ColName) error {
	var owner string
	for _, ref := range references(m.among) {
		alias := aliasOf(ref)
		if strings.EqualFold(alias, m.alias) {
			continue
		}
		has, known := m.shows(ref, c.Name.String())
		if !known || has && owner != "" {
			return qualifyIt(c)
		}
		if has {
			owner = alias
		}
	}
	if owner == "" {
		c.Name = nowhere(c.Name)
		return nil
	}
	c.Qualifier = ast.TableName{Name: ast.NewTableIdent(owner)}
	return nil
}

// around lists the queries whose tables a name may mean, from the subquery on; not ok where they
// are not known. A derived table and a WITH see nothing of the query that they stand in.
func around(sub *ast.Subquery, c *ast.ColName) (queries []*ast.Select, ok bool) {
	found := false
	var walk func(n ast.SQLNode, outer []*ast.Select) error
	walk = func(n ast.SQLNode, outer []*ast.Select) error {
		return ast.Walk(func(x ast.SQLNode) (bool, error) {
			switch x := x.(type) {
			case *ast.AliasedTableExpr:
				if of, derived := x.Expr.(*ast.Subquery); derived && len(outer) > 0 {
					if x.Lateral {
						return true, nil // it is among what it sees, and is not known
					}
					return false, walk(of, outer[:len(outer)-1])
				}
			case *ast.Select:
				if ast.SQLNode(x) != n {
					return false, walk(x, append(outer[:len(outer):len(outer)], x))
				}
			case *ast.ColName:
				if x == c {
					queries, found = outer, true
				}
			}
			return true, nil
		}, n)
	}
	ok = true
	if err := walk(sub, nil); err != nil {
		return nil, false
	}
	return queries, ok && found && len(queries) > 0
}

// references lists what FROM joins: tables, derived tables, and others, of which nothing is known.
func references(from ast.TableExprs) (out []ast.TableExpr) {
	for _, e := range from {
		switch e := e.(type) {
		case *ast.JoinTableExpr:
			out = append(out, references(ast.TableExprs{e.LeftExpr, e.RightExpr})...)
		case *ast.ParenTableExpr:
			out = append(out, references(e.Exprs)...)
		default:
			out = append(out, e)
		}
	}
	return out
}

func aliasOf(ref ast.TableExpr) string {
	if t, ok := ref.(*ast.AliasedTableExpr); ok {
		return grammar.AliasOf(t)
	}
	return ""
}

// shows says whether a part of FROM has a column of a name.
func (m *merged) shows(ref ast.TableExpr, column string) (has, known bool) {
	names, known := m.namesOf(ref, 0)
	for _, name := range names {
		if strings.EqualFold(name, column) {
			return true, known
		}
	}
	return false, known
}

// maxNamed bounds the derived tables, views and WITH in each other whose columns are looked for.
const maxNamed = 32

// namesOf lists the columns of a part of FROM. Of what the session may not read there are none: the
// statement is refused before a name in it is looked for.
func (m *merged) namesOf(ref ast.TableExpr, depth int) (names []string, known bool) {
	t, ok := ref.(*ast.AliasedTableExpr)
	if !ok || m.whole == nil || depth > maxNamed {
		return nil, false
	}
	switch e := t.Expr.(type) {
	case *ast.Subquery:
		return m.outputs(e.Columns, e.Select, depth+1)
	case ast.TableName:
		return m.namesOfTable(e, depth)
	}
	return nil, false
}

func (m *merged) namesOfTable(name ast.TableName, depth int) (names []string, known bool) {
	s := m.asker
	obj, _ := s.Resolve(name.DbQualifier.String(), name.Name.String(), nil)
	if name.DbQualifier.IsEmpty() {
		switch ctes := m.ctes(name.Name.String()); {
		case len(ctes) > 1 || len(ctes) == 1 && obj.ID() != 0: // which of them is meant is a matter of the place
			return nil, false
		case len(ctes) == 1:
			of, ok := ctes[0].Expr.(*ast.Subquery)
			if !ok {
				return nil, false
			}
			columns := ctes[0].Columns
			if len(columns) == 0 {
				columns = of.Columns
			}
			return m.outputs(columns, of.Select, depth+1)
		}
	}
	if obj.ID() == 0 || !access.May(s.Actor(), obj.Object(), access.One(privilege.Select), access.List) {
		return nil, true // as refused, whatever it has
	}
	if obj.View != nil {
		return m.namesOfView(obj, depth)
	}
	if obj.Table == nil {
		return nil, false
	}
	for i := range obj.Table.Columns {
		names = append(names, obj.Table.Columns[i].Name)
	}
	return names, true
}

// namesOfView are in the text of a view: each * in it is written out.
func (m *merged) namesOfView(obj object, depth int) (names []string, known bool) {
	stmt, err := Parser{}.One(m.ctx, obj.View.Create, state.ModeOf(obj.View.SQLMode), &state.ViewUse{})
	if err != nil {
		return nil, false
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil {
		return nil, false
	}
	return m.outputs(ddl.ViewSpec.Columns, ddl.ViewSpec.ViewExpr, maxNamed) // its tables are not the statement's
}

// ctes are the definitions that a statement has by WITH of a name.
func (m *merged) ctes(name string) (out []*ast.CommonTableExpr) {
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		if c, ok := n.(*ast.CommonTableExpr); ok && strings.EqualFold(c.As.String(), name) {
			out = append(out, c)
		}
		return nil
	}, m.whole)
	return out
}

// outputs lists the columns of a query, of which some list may give others.
func (m *merged) outputs(columns ast.Columns, query ast.SelectStatement, depth int) (names []string, known bool) {
	if len(columns) > 0 {
		for _, c := range columns {
			names = append(names, c.String())
		}
		return names, true
	}
	switch q := query.(type) {
	case *ast.ParenSelect:
		return m.outputs(nil, q.Select, depth)
	case *ast.SetOp:
		return m.outputs(nil, q.Left, depth)
	case *ast.Select:
		for _, e := range q.SelectExprs {
			more, ok := m.output(q, e, depth)
			if !ok {
				return nil, false
			}
			names = append(names, more...)
		}
		return names, true
	}
	return nil, false
}

// output lists the names of one entry of a select list.
func (m *merged) output(q *ast.Select, e ast.SelectExpr, depth int) (names []string, known bool) {
	switch e := e.(type) {
	case *ast.AliasedExpr:
		c, isColumn := e.Expr.(*ast.ColName)
		switch {
		case !e.As.IsEmpty():
			return []string{e.As.String()}, true
		case isColumn:
			return []string{strings.TrimSuffix(c.Name.String(), sqlerr.Nothing)}, true
		}
		return []string{e.InputExpression}, true
	case *ast.StarExpr:
		for _, ref := range references(q.From) {
			if of := e.TableName.Name.String(); of != "" && !strings.EqualFold(of, aliasOf(ref)) {
				continue
			}
			more, ok := m.namesOf(ref, depth+1)
			if !ok {
				return nil, false
			}
			names = append(names, more...)
		}
		return names, true
	}
	return nil, false
}
