package access

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
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
		for _, from := range q.From {
			if !plainTables(from) {
				return false, false
			}
		}
		for _, ref := range grammar.TablesOf(q.From) {
			if has, known := m.hasColumn(ref.Expr.(ast.TableName), c.Name.String()); has || !known {
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
	for _, e := range m.among {
		if !plainTables(e) {
			return qualifyIt(c)
		}
	}
	var owner string
	for _, ref := range grammar.TablesOf(m.among) {
		alias := grammar.AliasOf(ref)
		if strings.EqualFold(alias, m.alias) {
			continue
		}
		has, known := m.hasColumn(ref.Expr.(ast.TableName), c.Name.String())
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

// around lists the queries around a name, from the subquery on; not ok where there is more to
// look at than queries over tables.
func around(sub *ast.Subquery, c *ast.ColName) (queries []*ast.Select, ok bool) {
	found := false
	var walk func(n ast.SQLNode, outer []*ast.Select) error
	walk = func(n ast.SQLNode, outer []*ast.Select) error {
		return ast.Walk(func(x ast.SQLNode) (bool, error) {
			switch x := x.(type) {
			case *ast.With:
				ok = ok && x == nil
			case *ast.SetOp:
				ok = ok && x == nil
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

// plainTables says whether a part of FROM is made of tables alone.
func plainTables(e ast.TableExpr) bool {
	switch e := e.(type) {
	case *ast.AliasedTableExpr:
		_, ok := e.Expr.(ast.TableName)
		return ok
	case *ast.JoinTableExpr:
		return plainTables(e.LeftExpr) && plainTables(e.RightExpr)
	case *ast.ParenTableExpr:
		for _, x := range e.Exprs {
			if !plainTables(x) {
				return false
			}
		}
		return true
	}
	return false
}

// hasColumn says whether a table has a column of a name. Of one that the session may not read it
// does not: the statement is refused before a name in it is looked for. It is not known of a view,
// and in a statement with WITH.
func (m *merged) hasColumn(name ast.TableName, column string) (has, known bool) {
	s := m.asker
	obj, _ := s.Resolve(name.DbQualifier.String(), name.Name.String(), nil)
	if obj.View != nil || m.with {
		return false, false
	}
	if obj.Table == nil || !access.May(s.Actor(), obj.Object(), access.One(privilege.Select), access.List) {
		return false, true // as refused, whatever it has
	}
	for i := range obj.Table.Columns {
		if strings.EqualFold(obj.Table.Columns[i].Name, column) {
			return true, true
		}
	}
	return false, true
}
