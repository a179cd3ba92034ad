package access

import (
	"context"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// A change through a view over an inner join is one of a single table of it: an UPDATE becomes one of
// the join, and an INSERT one into the table. The tables of the join have names in the
// statement that no client can write.

// joinTable is a table of such a view.
type joinTable struct {
	as, alias string // as the statement calls it, and as the view does
	base      ast.TableName
	rec       *catalog.Table
	ref       *ast.AliasedTableExpr
	use       *state.ViewUse
}

// innerJoin says that a FROM joins tables, and leaves no row without a partner.
func innerJoin(from ast.TableExprs) bool {
	inner := true
	for _, e := range from {
		_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
			switch n := n.(type) {
			case *ast.JoinTableExpr:
				how := strings.ToLower(n.Join)
				for _, not := range []string{"left", "right", "full", "natural"} {
					inner = inner && !strings.Contains(how, not)
				}
				inner = inner && len(n.Condition.Using) == 0
			case *ast.AliasedTableExpr:
				_, table := n.Expr.(ast.TableName)
				inner = inner && table
				return false, nil
			case *ast.JSONTableExpr:
				inner = false
			}
			return inner, nil
		}, e)
	}
	return inner && len(grammar.TablesOf(from)) > 1
}

// join merges a view over a join of tables.
func (m *merger) join(name string, v *catalog.View, spec *ast.ViewSpec, sel *ast.Select, use *state.ViewUse) (*merged, error) {
	if spec.CheckOption != "" {
		return nil, checkedJoin()
	}
	out := &merged{name: name, use: use, from: sel.From}
	for _, ref := range grammar.TablesOf(sel.From) {
		of := ref.Expr.(ast.TableName)
		in := &TableUse{View: use}
		obj, database := m.Resolve(of.DbQualifier.String(), of.Name.String(), in)
		switch {
		case state.Virtual(database) || obj.Sequence != nil:
			return nil, notUpdatable(v.Name, m.command)
		case obj.View != nil:
			return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change through a view that joins a view'")
		case obj.Table == nil:
			return nil, InvalidView(use)
		}
		if err := m.checkExplain(obj, in); err != nil {
			return nil, err
		}
		t := &joinTable{alias: grammar.AliasOf(ref), rec: obj.Table, ref: ref, use: use}
		t.as = t.alias + "\x00"
		t.base.DbQualifier, t.base.Name = ast.NewTableIdent(database), ast.NewTableIdent(obj.Table.Name)
		ref.Expr, ref.As = t.base, ast.NewTableIdent(t.as)
		out.tables = append(out.tables, t)
	}
	return out, out.overJoin(spec, sel)
}

func checkedJoin() error {
	return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change through a view of several tables WITH CHECK OPTION'")
}

// overJoin makes the columns and the condition of a view over its tables.
func (m *merged) overJoin(spec *ast.ViewSpec, sel *ast.Select) error {
	for _, e := range sel.SelectExprs {
		switch e := e.(type) {
		case *ast.StarExpr:
			of := strings.ToLower(e.TableName.Name.String())
			for _, t := range m.tables {
				for i := range t.rec.Columns {
					if c := &t.rec.Columns[i]; !c.Hidden && (of == "" || of == t.alias) {
						m.columns = append(m.columns, mergedColumn{name: c.Name, expr: t.column(c.Name), column: c.Name, of: t.as})
					}
				}
			}
		case *ast.AliasedExpr:
			c := mergedColumn{name: nameOf(e), opaque: hasSubquery([]ast.SQLNode{e.Expr})}
			if !c.opaque {
				x := &ast.Where{Expr: e.Expr}
				if err := m.qualify(x); err != nil {
					return err
				}
				c.expr = x.Expr
			}
			if col, ok := c.expr.(*ast.ColName); ok {
				c.column, c.of = col.Name.String(), col.Qualifier.Name.String()
			}
			m.columns = append(m.columns, c)
		default:
			return notUpdatable(spec.ViewName.Name.String(), "UPDATE")
		}
	}
	m.renamed(spec)
	if err := m.qualify(&m.from); err != nil {
		return err
	}
	if sel.Where == nil {
		return nil
	}
	m.where = append(m.where, sel.Where.Expr)
	return m.qualify(sel.Where)
}

func (t *joinTable) column(name string) *ast.ColName {
	return &ast.ColName{Name: ast.NewColIdent(name), Qualifier: ast.TableName{Name: ast.NewTableIdent(t.as)}}
}

// qualify has the names in a part of the view speak of its tables as the statement calls them.
func (m *merged) qualify(tree any) error {
	return grammar.Outside(tree, func(c *ast.ColName) (ast.Expr, error) {
		of := c.Qualifier.Name.String()
		for _, t := range m.tables {
			if of != "" && !strings.EqualFold(of, t.alias) || !hasColumn(t.rec, c.Name.String()) {
				continue
			}
			c.Qualifier = ast.TableName{Name: ast.NewTableIdent(t.as)}
			return nil, nil
		}
		return nil, sqlerr.ViewInvalid.Errorf("View '%s' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them", m.name)
	}, func(*ast.ColName, *ast.Subquery) error { return nil })
}

// table is the one of a name in the statement.
func (m *merged) table(as string) *joinTable {
	for _, t := range m.tables {
		if t.as == as {
			return t
		}
	}
	return nil
}

// readRowsOf is rowsOf of a view's text; nil where it cannot be read.
func readRowsOf(ctx context.Context, create, mode string, use *state.ViewUse) *ast.Select {
	stmt, err := Parser{CheckOption: true}.One(ctx, create, state.ModeOf(mode), use)
	if err != nil {
		return nil
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil {
		return nil
	}
	return rowsOf(ddl.ViewSpec)
}

// joinsTables says that a view is over a join, itself or by the views below it.
func (t *through) joinsTables(db *catalog.Database, v *catalog.View, depth int) bool {
	sel := readRowsOf(t.ctx, v.Create, v.SQLMode, &state.ViewUse{Database: db.Name, Name: v.Name, Bound: state.NamesBound(v)})
	if sel == nil || depth > maxNestedViews {
		return false
	}
	from := grammar.TablesOf(sel.From)
	if len(from) != 1 {
		return innerJoin(sel.From)
	}
	name := from[0].Expr.(ast.TableName)
	obj, _ := t.Resolve(name.DbQualifier.String(), name.Name.String(), &TableUse{View: &state.ViewUse{Database: db.Name, Name: v.Name}})
	return obj.View != nil && t.joinsTables(obj.Database, obj.View, depth+1)
}

// updateJoin is an UPDATE of a view over a join by itself; done is false for any other.
func (t *through) updateJoin(n *ast.Update) (done bool, err error) {
	ref := n.TableExprs[0].(*ast.AliasedTableExpr)
	use, _ := ref.Auth.Extra.(*TableUse)
	db, v := t.viewNamed(ref.Expr.(ast.TableName))
	if v == nil || use == nil || !t.joinsTables(db, v, 0) {
		return false, nil
	}
	m, err := t.merged(ast.AuthType_UPDATE, db, v, use.Reads, false)
	if err == nil {
		m.whole, err = n, use.noIndexOf(v)
	}
	switch {
	case err != nil:
		return true, err
	case len(n.OrderBy) > 0:
		return true, sqlerr.WrongUsage.Errorf("Incorrect usage of UPDATE and ORDER BY")
	case n.Limit != nil:
		return true, sqlerr.WrongUsage.Errorf("Incorrect usage of UPDATE and LIMIT")
	}
	alias, target := grammar.AliasOf(ref), ""
	for _, e := range n.Exprs {
		if err := m.onlyView("", alias, e.Expr); err != nil {
			return true, err
		}
		if err := m.assigned(e.Name, alias, true); err != nil {
			return true, err
		}
		of := e.Name.Qualifier.Name.String()
		if target != "" && of != target {
			return true, m.severalTables()
		}
		target = of
		w := &ast.Where{Expr: e.Expr}
		if err := m.substitute(w, alias, "", false); err != nil {
			return true, err
		}
		e.Expr = w.Expr
	}
	if err := m.substitute(n.Where, alias, "", false); err != nil {
		return true, err
	}
	for _, of := range m.tables {
		of.ref.Auth = ast.AuthInformation{AuthType: ref.Auth.AuthType, TargetType: ref.Auth.TargetType, TargetNames: []string{of.base.DbQualifier.String(), of.base.Name.String()},
			Extra: &TableUse{View: of.use, write: of.as == target, Reads: true, joined: true}}
	}
	n.TableExprs, n.Where = m.from, and(n.Where, m.where)
	return true, nil
}

func (m *merged) severalTables() error {
	return sqlerr.ViewMultiUpdate.Errorf("Can not modify more than one base table through a join view '%s'", m.name)
}

// notThrough refuses the changes through a view over a join that there are not: a DELETE, and an UPDATE
// with other tables.
func (m *merged) notThrough(kind string) error {
	if kind == ast.AuthType_DELETE {
		return sqlerr.ViewDeleteMergeView.Errorf("Can not delete from join view '%s'", m.name)
	}
	return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'an UPDATE of a view of several tables in a join'")
}

// insertJoin is an INSERT into the one table of a view over a join that its columns are of.
func (t *through) insertJoin(n *ast.Insert, m *merged, view, kind string, use *TableUse) (ast.Statement, error) {
	if len(n.Columns) == 0 {
		return nil, sqlerr.ViewNoInsertFieldList.Errorf("Can not insert into join view '%s' without fields list", m.name)
	}
	seen := map[string]bool{}
	for i := range m.columns {
		c := &m.columns[i]
		key := c.of + "." + strings.ToLower(c.column)
		if c.column == "" || seen[key] {
			return nil, sqlerr.NonInsertableTable.Errorf("The target table %s of the %s is not insertable-into", view, kind)
		}
		seen[key] = true
	}
	var target *joinTable
	given := map[string]bool{}
	for i, name := range n.Columns {
		c := m.column(name.String())
		if c == nil {
			return nil, sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", name.String())
		}
		of := m.table(c.of)
		if target != nil && of != target {
			return nil, m.severalTables()
		}
		target = of
		n.Columns[i] = ast.NewColIdent(c.column)
		given[strings.ToLower(c.column)] = true
	}
	if err := t.complete(&merged{name: m.name, rec: target.rec}, given); err != nil {
		return nil, err
	}
	rows, values := n.Rows.(*ast.AliasedValues)
	if len(n.OnDup) > 0 || values && readsColumns(nil, nil, exprsOf(rows)...) {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'an INSERT into a view of several tables that reads its columns'")
	}
	n.Table = target.base
	n.Auth.TargetNames = []string{target.base.DbQualifier.String(), target.base.Name.String()}
	n.Auth.Extra = &TableUse{View: target.use, Reads: use.Reads}
	return n, nil
}

func exprsOf(rows *ast.AliasedValues) (out []ast.Expr) {
	for _, row := range rows.Values {
		out = append(out, row...)
	}
	return out
}

// Updatable says whether rows of tables may be changed through a view with a text. outer says that an
// outer join does not forbid it.
func (s Asker) Updatable(ctx context.Context, database, create, mode string, outer bool) bool {
	return s.updatable(ctx, database, create, mode, outer, 0)
}

func (s Asker) updatable(ctx context.Context, database, create, mode string, outer bool, depth int) bool {
	sel := readRowsOf(ctx, create, mode, &state.ViewUse{Database: database})
	if sel == nil || depth > maxNestedViews {
		return false
	}
	from := grammar.TablesOf(sel.From)
	if len(from) == 0 || len(from) > 1 && !outer && !innerJoin(sel.From) {
		return false
	}
	for _, ref := range from {
		name := ref.Expr.(ast.TableName)
		obj, of := s.Resolve(name.DbQualifier.String(), name.Name.String(), &TableUse{View: &state.ViewUse{Database: database}})
		if state.Virtual(of) || obj.Sequence != nil || obj.View != nil && !s.updatable(ctx, obj.Database.Name, obj.View.Create, obj.View.SQLMode, outer, depth+1) {
			return false
		}
	}
	return true
}
