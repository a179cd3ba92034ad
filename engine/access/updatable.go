package access

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
)

// A change through a view is written as one of the table below it. The right on the view is
// the caller's, that on what the view is over its definer's, or the caller's for an invoker's
// view, at each view on the way down.

// ViewCheck is a condition of WITH CHECK OPTION that rows of a table have to meet.
type ViewCheck struct {
	Table catalog.ID
	View  string // as errors name it
	Cond  string // over the columns of the table
	// Reach says that it is not about the new row: REPLACE and ON DUPLICATE KEY UPDATE find no other row
	// in their way than those that meet it.
	Reach bool
}

// merged is a view over one table, or over a join: then tables are those of it, from joins them,
// and base and rec are empty.
type merged struct {
	tables  []*joinTable
	from    ast.TableExprs
	name    string // database.view
	base    ast.TableName
	rec     *catalog.Table
	use     *state.ViewUse // on whose behalf the table is opened
	columns []mergedColumn
	where   []ast.Expr // over the table's columns, without qualifiers
	checks  []ast.Expr // those of WITH CHECK OPTION
	asker   Asker
	among   ast.TableExprs // of the statement that changes it
	alias   string
	whole   ast.SQLNode  // the statement, for its WITH; nil where the scopes around a name are not known
	ctx     *sql.Context // that it is read in

	grown int // parts of expressions that were put in the place of names
}

// maxGrown bounds what views that name a computed column twice make of each other: in a chain
// of them the expression doubles at each.
const maxGrown = 20_000

// mergedColumn is a column of a view, as an expression over the table's columns.
type mergedColumn struct {
	name   string
	expr   ast.Expr
	column string // the table's column that it is; empty for one that is computed
	of     string // which table of a join
	hidden bool   // * leaves it out
	opaque bool   // it has a subquery: what that names is not for the statement
	parts  int    // of expr; 0 before they were counted
}

// size is how many parts the column's expression has.
func (c *mergedColumn) size() int {
	if c.parts == 0 {
		_ = grammar.EveryNode(func(ast.SQLNode) error { c.parts++; return nil }, c.expr)
	}
	return c.parts
}

func (m *merged) column(name string) *mergedColumn {
	for i := range m.columns {
		if strings.EqualFold(m.columns[i].name, name) {
			return &m.columns[i]
		}
	}
	return nil
}

// hides says that the table has a column of a name that means something else, or nothing, in the view.
func (m *merged) hides(name string) bool {
	if c := m.column(name); c != nil {
		return !strings.EqualFold(c.column, name)
	}
	for _, t := range m.tables {
		if hasColumn(t.rec, name) {
			return true
		}
	}
	return m.rec != nil && hasColumn(m.rec, name)
}

// merger makes one merged.
type merger struct {
	Asker
	ctx     *sql.Context
	command string // as errors call the statement: UPDATE
	want    access.Want
	depth   int
}

// view merges a view that a statement changes, or that another view is over.
func (m *merger) view(db *catalog.Database, v *catalog.View, outer *TableUse) (*merged, error) {
	obj := object{Database: db, View: v}
	if err := outer.checkBound(obj); err != nil {
		return nil, err
	}
	rights := m.rightsFor(outer)
	if !access.May(m.As(rights), obj.Object(), m.want, access.Enforce) {
		if outer.View != nil {
			return nil, InvalidView(outer.View)
		}
		return nil, sqlerr.DeniedObject(m.command, m.User.Name(), v.Name)
	}
	if err := m.checkExplain(obj, outer); err != nil {
		return nil, err
	}
	if m.depth++; m.depth > maxNestedViews {
		return nil, sqlerr.ViewRecursive.Errorf("'%s.%s' contains view recursion, or more than %d views", db.Name, v.Name, maxNestedViews)
	}
	m.Touch(state.RelationUse{Object: state.ViewObject(v), View: true})
	var enclosing *bucket.Rights
	if outer.View != nil {
		enclosing = rights
	}
	use, err := m.useFor(db, v, enclosing, outer.View != nil)
	if err != nil {
		return nil, err
	}
	stmt, err := Parser{CheckOption: true}.One(m.ctx, v.Create, state.ModeOf(v.SQLMode), use)
	if err != nil {
		return nil, err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil {
		return nil, InvalidView(use)
	}
	sel := rowsOf(ddl.ViewSpec)
	from := grammar.TablesOf(ast.TableExprs{})
	if sel != nil {
		from = grammar.TablesOf(sel.From)
	}
	if len(from) == 0 || len(from) > 1 && !innerJoin(sel.From) {
		return nil, notUpdatable(v.Name, m.command)
	}
	if err := selfContained(sel); err != nil {
		return nil, err
	}
	if m.depth > 1 || use.Collation != m.GetCollation().Name() { // what it is merged into is read under another one
		underCollation(sel, use.Collation)
	}
	if len(from) > 1 {
		return m.join(db.Name+"."+v.Name, v, ddl.ViewSpec, sel, use)
	}
	return m.overTable(db, v, ddl.ViewSpec, sel, from[0], use)
}

// underCollation has the expressions of a view mean in another text what they do in its own.
func underCollation(sel *ast.Select, collation string) {
	for _, e := range sel.SelectExprs {
		if a, ok := e.(*ast.AliasedExpr); ok && !hasSubquery([]ast.SQLNode{a.Expr}) {
			a.As = ast.NewColIdent(nameOf(a))
			a.Expr = grammar.Under(collation, a.Expr)
		}
	}
	if sel.Where != nil {
		sel.Where.Expr = grammar.Under(collation, sel.Where.Expr)
	}
	grammar.Parts(&sel.From, func(n any) {
		if j, ok := n.(*ast.JoinTableExpr); ok && j.Condition.On != nil {
			j.Condition.On = grammar.Under(collation, j.Condition.On)
		}
	})
}

// overTable merges a view over one table, or over one view.
func (m *merger) overTable(db *catalog.Database, v *catalog.View, spec *ast.ViewSpec, sel *ast.Select, from *ast.AliasedTableExpr, use *state.ViewUse) (*merged, error) {
	if m.dependent(sel, from, use) {
		return nil, notUpdatable(v.Name, m.command)
	}
	below, err := m.below(from, use)
	if err != nil || below == nil {
		if err == nil {
			err = notUpdatable(v.Name, m.command)
		}
		return nil, err
	}
	out := &merged{name: db.Name + "." + v.Name, tables: below.tables, from: below.from, base: below.base, rec: below.rec, use: below.use, where: below.where, checks: below.checks}
	if len(out.tables) > 0 && spec.CheckOption != "" {
		return nil, checkedJoin()
	}
	return out, out.over(below, spec, sel, grammar.AliasOf(from))
}

// dependent says that a subquery of the select list names a column of the view's table.
func (m *merger) dependent(sel *ast.Select, from *ast.AliasedTableExpr, use *state.ViewUse) (yes bool) {
	name := from.Expr.(ast.TableName)
	outer, _ := m.Resolve(name.DbQualifier.String(), name.Name.String(), &TableUse{View: use})
	has := func(obj object, column string) bool {
		switch {
		case obj.Table != nil:
			return hasColumn(obj.Table, column)
		case obj.View != nil:
			return true // it may
		}
		return false
	}
	_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
		sub, ok := n.(*ast.Subquery)
		if !ok {
			return true, nil
		}
		var inner []object
		aliases := map[string]bool{}
		_ = grammar.EveryNode(func(n ast.SQLNode) error {
			if ref, ok := n.(*ast.AliasedTableExpr); ok {
				aliases[grammar.AliasOf(ref)] = true
				if of, ok := ref.Expr.(ast.TableName); ok {
					obj, _ := m.Resolve(of.DbQualifier.String(), of.Name.String(), &TableUse{View: use})
					inner = append(inner, obj)
				}
			}
			return nil
		}, sub)
		_ = grammar.EveryNode(func(n ast.SQLNode) error {
			c, ok := n.(*ast.ColName)
			if !ok {
				return nil
			}
			of := strings.ToLower(c.Qualifier.Name.String())
			if of != "" {
				yes = yes || !aliases[of]
				return nil
			}
			own := false
			for _, obj := range inner {
				own = own || has(obj, c.Name.String())
			}
			yes = yes || !own && has(outer, c.Name.String())
			return nil
		}, sub)
		return false, nil
	}, sel.SelectExprs)
	return yes
}

// rowsOf is the query of a view whose rows are rows of its tables; nil for other views.
func rowsOf(spec *ast.ViewSpec) *ast.Select {
	sel, ok := spec.ViewExpr.(*ast.Select)
	if !ok || strings.EqualFold(spec.Algorithm, "temptable") || sel.With != nil || len(sel.GroupBy) > 0 || grammar.HasHaving(sel) ||
		sel.Limit != nil || sel.QueryOpts.Distinct || len(sel.Window) > 0 {
		return nil
	}
	whole := false // something that is about more rows than one
	_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *ast.Subquery:
			return false, nil
		case *ast.FuncExpr:
			whole = whole || n.IsAggregate() || n.Over != nil
		case *ast.ColName, *ast.SQLVal, *ast.NullVal, ast.BoolVal, *ast.BinaryExpr, *ast.UnaryExpr, *ast.ParenExpr, *ast.CaseExpr, *ast.ConvertExpr, *ast.ConvertUsingExpr,
			*ast.CollateExpr, *ast.ComparisonExpr, *ast.RangeCond, *ast.IsExpr, *ast.AndExpr, *ast.OrExpr, *ast.XorExpr, *ast.NotExpr, *ast.IntervalExpr, *ast.SubstrExpr,
			*ast.TrimExpr, ast.ValTuple, *ast.ExistsExpr:
		case ast.Expr: // an aggregate, a window
			whole = true
		}
		return true, nil
	}, sel.SelectExprs)
	for _, e := range sel.From {
		if ref, ok := e.(*ast.AliasedTableExpr); ok {
			_, table := ref.Expr.(ast.TableName)
			whole = whole || !table
		}
	}
	if whole {
		return nil
	}
	return sel
}

// selfContained refuses a view whose text names tables or stored functions beside its own
// table: merged into the caller's statement they would be looked up among the caller's names
// and with his rights, and a view's condition would be what he makes of it.
func selfContained(sel *ast.Select) error {
	refuse := func(what string) error {
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change through a view that has %s'", what).
			WithHint("change the table below it, or call a procedure that does")
	}
	visit := func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.Subquery, *ast.ExistsExpr:
			return refuse("a subquery")
		case *ast.FuncExpr:
			if !n.Qualifier.IsEmpty() || !lxplan.BuiltIn(n.Name.Lowered()) {
				return refuse("a stored function")
			}
		}
		return nil
	}
	for _, e := range sel.SelectExprs {
		if a, ok := e.(*ast.AliasedExpr); ok && hasSubquery([]ast.SQLNode{a.Expr}) {
			continue // the column is opaque
		}
		if err := grammar.EveryNode(visit, e); err != nil {
			return err
		}
	}
	return grammar.EveryNode(visit, sel.From, sel.Where)
}

// below is what a view is over; nil for what has no rows that could be changed.
func (m *merger) below(from *ast.AliasedTableExpr, use *state.ViewUse) (*merged, error) {
	name := from.Expr.(ast.TableName)
	in := &TableUse{View: use}
	obj, database := m.Resolve(name.DbQualifier.String(), name.Name.String(), in)
	switch {
	case state.Virtual(database) || obj.Sequence != nil:
		return nil, nil
	case obj.View != nil:
		return m.view(obj.Database, obj.View, in)
	case obj.Table == nil:
		return nil, InvalidView(use)
	}
	if err := m.checkExplain(obj, in); err != nil {
		return nil, err
	}
	out := &merged{rec: obj.Table, use: use}
	out.base.DbQualifier, out.base.Name = ast.NewTableIdent(database), ast.NewTableIdent(obj.Table.Name)
	for i := range obj.Table.Columns {
		c := &obj.Table.Columns[i]
		out.columns = append(out.columns, mergedColumn{name: c.Name, expr: &ast.ColName{Name: ast.NewColIdent(c.Name)}, column: c.Name, hidden: c.Hidden})
	}
	return out, nil
}

// over puts a view over what is below it. alias is how the view calls that.
func (m *merged) over(below *merged, spec *ast.ViewSpec, sel *ast.Select, alias string) error {
	for _, e := range sel.SelectExprs {
		switch e := e.(type) {
		case *ast.StarExpr:
			for _, c := range below.columns {
				if !c.hidden {
					m.columns = append(m.columns, c)
				}
			}
		case *ast.AliasedExpr:
			c := mergedColumn{name: nameOf(e), opaque: hasSubquery([]ast.SQLNode{e.Expr})}
			if !c.opaque {
				x, err := below.substituted(e.Expr, alias, "", false)
				if err != nil {
					return err
				}
				c.expr = x
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
	var own []ast.Expr
	if sel.Where != nil {
		x, err := below.substituted(sel.Where.Expr, alias, "", false)
		if err != nil {
			return err
		}
		own = append(own, x)
	}
	m.where = append(append([]ast.Expr{}, below.where...), own...)
	switch spec.CheckOption {
	case ast.ViewCheckOptionCascaded:
		m.checks = m.where
	case ast.ViewCheckOptionLocal:
		m.checks = append(append([]ast.Expr{}, below.checks...), own...)
	}
	return nil
}

// nameOf is what a view calls an expression of its select list.
func nameOf(e *ast.AliasedExpr) string {
	if !e.As.IsEmpty() {
		return e.As.String()
	}
	if col, ok := e.Expr.(*ast.ColName); ok {
		return col.Name.String()
	}
	return ast.String(e.Expr)
}

// renamed gives the columns the names that CREATE VIEW has for them.
func (m *merged) renamed(spec *ast.ViewSpec) {
	if len(spec.Columns) == len(m.columns) {
		for i := range spec.Columns {
			m.columns[i].name = spec.Columns[i].String()
		}
	}
}

// substituted is an expression over the columns of m as one over the columns of its table, which get
// the qualifier to. others says that names which m has not may be another table's.
func (m *merged) substituted(e ast.Expr, alias, to string, others bool) (ast.Expr, error) {
	w := &ast.Where{Expr: grammar.ClonedExpr(e)}
	err := m.substitute(w, alias, to, others)
	return w.Expr, err
}

func (m *merged) substitute(tree any, alias, to string, others bool) error {
	return grammar.Outside(tree, func(c *ast.ColName) (ast.Expr, error) {
		of := c.Qualifier.Name.String()
		if of != "" && !strings.EqualFold(of, alias) || strings.HasPrefix(c.Name.String(), "@") {
			return nil, nil
		}
		col := m.column(c.Name.String())
		if col == nil {
			if of == "" && others && !m.hides(c.Name.String()) {
				return nil, nil
			}
			if of == "" && others {
				return nil, m.beside(c)
			}
			return nil, sqlerr.BadField.Errorf("Unknown column '%s' in 'where clause'", c.Name.String())
		}
		if col.opaque {
			return nil, opaqueColumn(c)
		}
		if m.grown += col.size(); m.grown > maxGrown {
			return nil, value.TooDeep("the view")
		}
		x := &ast.Where{Expr: grammar.ClonedExpr(col.expr)}
		if to == "" {
			return x.Expr, nil
		}
		err := grammar.Outside(x, func(c *ast.ColName) (ast.Expr, error) {
			return &ast.ColName{Name: c.Name, Qualifier: ast.TableName{Name: ast.NewTableIdent(to)}}, nil
		}, func(*ast.ColName, *ast.Subquery) error { return nil })
		return x.Expr, err
	}, func(c *ast.ColName, sub *ast.Subquery) error {
		of := c.Qualifier.Name.String()
		switch {
		case of == "" && m.column(c.Name.String()) != nil && m.hides(c.Name.String()):
			return qualifyIt(c)
		case of == "" && m.hides(c.Name.String()):
			return m.inner(c, sub)
		case of == "" && len(m.tables) > 0 && m.column(c.Name.String()) != nil:
			m.outOfJoin(c, sub, m.column(c.Name.String()))
			return nil
		case of == "" || !strings.EqualFold(of, alias):
			return nil
		}
		col := m.column(c.Name.String())
		if col == nil {
			return sqlerr.BadField.Errorf("Unknown column '%s' in 'where clause'", c.Name.String())
		}
		if col.column == "" {
			return qualifyIt(c)
		}
		c.Name = ast.NewColIdent(col.column)
		c.Qualifier = ast.TableName{}
		if at := FirstOf(col.of, to); at != "" {
			c.Qualifier = ast.TableName{Name: ast.NewTableIdent(at)}
		}
		return nil
	})
}

func opaqueColumn(c *ast.ColName) error {
	return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'the column %s of a view, which has a subquery, in a change through it'", c.Name.String())
}
