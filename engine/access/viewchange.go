package access

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// ThroughView is a statement that changes rows of a view as one of the table below it, for one
// binding; other statements are returned as they are, and changed is false. checks are the
// conditions that WITH CHECK OPTION wants of the rows.
func (s Asker) ThroughView(ctx *sql.Context, stmt ast.Statement) (out ast.Statement, checks []ViewCheck, changed bool, err error) {
	t := &through{Asker: s, ctx: ctx}
	switch n := stmt.(type) {
	case *ast.Insert:
		db, v := s.viewNamed(n.Table)
		if v == nil {
			return stmt, nil, false, nil
		}
		out, err = t.insert(grammar.Clone(n).(*ast.Insert), db, v)
	case *ast.Update:
		if !s.namesView(n.TableExprs) {
			return stmt, nil, false, nil
		}
		out, err = t.update(grammar.Clone(n).(*ast.Update))
	case *ast.Delete:
		if !s.namesView(n.TableExprs) {
			return stmt, nil, false, nil
		}
		out, err = t.delete(grammar.Clone(n).(*ast.Delete))
	default:
		return stmt, nil, false, nil
	}
	return out, t.checks, true, err
}

type through struct {
	Asker
	ctx    *sql.Context
	checks []ViewCheck
}

// viewNamed is the view that a name means, nil for anything else.
func (s Asker) viewNamed(name ast.TableName) (*catalog.Database, *catalog.View) {
	obj, _ := s.Resolve(name.DbQualifier.String(), name.Name.String(), nil)
	return obj.Database, obj.View
}

func (s Asker) namesView(from ast.TableExprs) bool {
	for _, t := range grammar.TablesOf(from) {
		if _, v := s.viewNamed(t.Expr.(ast.TableName)); v != nil {
			return true
		}
	}
	return false
}

// merged is a view that the statement changes.
func (t *through) merged(kind string, db *catalog.Database, v *catalog.View, reads, onDup bool) (*merged, error) {
	if err := t.checkNamed(object{Database: db, View: v}, nil); err != nil {
		return nil, err
	}
	m := &merger{Asker: t.Asker, ctx: t.ctx, command: questions[kind].command}
	switch kind {
	case ast.AuthType_UPDATE:
		m.want = access.One(privilege.Update)
	case ast.AuthType_DELETE:
		m.want = access.One(privilege.Delete)
	default:
		m.want = questions[kind].want
	}
	if reads {
		m.want = m.want.And(privilege.Of(privilege.Select))
	}
	if onDup {
		m.want = m.want.And(privilege.Of(privilege.Update))
	}
	out, err := m.view(db, v, &TableUse{})
	if err != nil {
		return nil, err
	}
	out.asker, out.ctx = t.Asker, t.ctx
	for _, c := range out.checks {
		t.checks = append(t.checks, ViewCheck{Table: out.rec.ID, View: out.name, Cond: grammar.Printed(c)})
	}
	return out, nil
}

// from puts the tables below into FROM for the views that are changed, and their conditions into
// what it returns.
func (t *through) from(kind string, exprs ast.TableExprs) (views map[string]*merged, where []ast.Expr, err error) {
	views = map[string]*merged{}
	for _, ref := range grammar.TablesOf(exprs) {
		use, _ := ref.Auth.Extra.(*TableUse)
		db, v := t.viewNamed(ref.Expr.(ast.TableName))
		if v == nil || use == nil {
			continue
		}
		alias := grammar.AliasOf(ref)
		if !use.write && !t.assigns(use, db, v) {
			continue
		}
		m, err := t.merged(kind, db, v, use.Reads, false)
		if err == nil && len(m.tables) > 0 {
			err = m.notThrough(kind)
		}
		if err == nil {
			err = use.noIndexOf(v)
		}
		if err != nil {
			return nil, nil, err
		}
		if len(m.where) > 0 && outer(exprs) {
			return nil, nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change through a view in an outer join'")
		}
		if ref.As.IsEmpty() {
			ref.As = ast.NewTableIdent(v.Name)
		}
		ref.Expr = m.base
		ref.Auth.TargetNames = []string{m.base.DbQualifier.String(), m.base.Name.String()}
		ref.Auth.Extra = &TableUse{View: m.use, write: true, Reads: use.Reads || len(m.where) > 0, joined: use.joined, hints: use.hints}
		views[alias] = m
		m.among, m.alias = exprs, alias
		for _, w := range m.where {
			x := &ast.Where{Expr: grammar.ClonedExpr(w)}
			if err := qualified(x, ref.As.String()); err != nil {
				return nil, nil, err
			}
			where = append(where, grammar.First(x.Expr))
		}
	}
	return views, where, joins(views, exprs)
}

// joins refuses joins by names that mean something else in the table than in its view.
func joins(views map[string]*merged, exprs ast.TableExprs) error {
	return grammar.EveryNode(func(n ast.SQLNode) error {
		j, ok := n.(*ast.JoinTableExpr)
		if !ok {
			return nil
		}
		for _, m := range views {
			if strings.Contains(strings.ToLower(j.Join), "natural") {
				return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change through a view in a NATURAL JOIN'")
			}
			for i, c := range j.Condition.Using {
				switch {
				case !m.hides(c.String()):
				case m.column(c.String()) != nil:
					return qualifyIt(&ast.ColName{Name: c})
				default:
					j.Condition.Using[i] = nowhere(c)
				}
			}
		}
		return nil
	}, exprs)
}

// assigns says that a statement of several tables assigns to a column of a view by its name alone.
func (t *through) assigns(use *TableUse, db *catalog.Database, v *catalog.View) bool {
	if len(use.assigns) == 0 {
		return false
	}
	m, err := (&merger{Asker: t.Asker, ctx: t.ctx, command: "SELECT", want: access.One(privilege.Select)}).view(db, v, &TableUse{})
	if err != nil {
		return false // it is asked as what it is read as
	}
	for name := range use.assigns {
		if m.column(name) != nil {
			return true
		}
	}
	return false
}

func outer(exprs ast.TableExprs) (yes bool) {
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		if j, ok := n.(*ast.JoinTableExpr); ok && !strings.EqualFold(j.Join, ast.JoinStr) && !strings.Contains(strings.ToLower(j.Join), "inner") && !strings.EqualFold(j.Join, ast.StraightJoinStr) {
			yes = true
		}
		return nil
	}, exprs)
	return yes
}

// qualified gives the names of an expression over a table its alias.
func qualified(tree any, alias string) error {
	set := func(c *ast.ColName) error {
		if c.Qualifier.IsEmpty() {
			c.Qualifier = ast.TableName{Name: ast.NewTableIdent(alias)}
		}
		return nil
	}
	return grammar.Outside(tree, func(c *ast.ColName) (ast.Expr, error) { return nil, set(c) }, func(*ast.ColName, *ast.Subquery) error { return nil })
}

// and adds conditions to a WHERE.
func and(w *ast.Where, conds []ast.Expr) *ast.Where {
	for _, c := range conds {
		if w == nil {
			w = ast.NewWhere(ast.WhereStr, c)
			continue
		}
		w = ast.NewWhere(ast.WhereStr, &ast.AndExpr{Left: &ast.ParenExpr{Expr: w.Expr}, Right: &ast.ParenExpr{Expr: c}})
	}
	return w
}

func (t *through) update(n *ast.Update) (ast.Statement, error) {
	single := alone(n.TableExprs)
	if single {
		if done, err := t.updateJoin(n); done || err != nil {
			return n, err
		}
	}
	views, where, err := t.from(ast.AuthType_UPDATE, n.TableExprs)
	if err != nil {
		return nil, err
	}
	for alias, m := range views {
		m.whole = n
		for _, e := range n.Exprs {
			if err := m.onlyView("", alias, e.Expr); err != nil {
				return nil, err
			}
			if err := m.assigned(e.Name, alias, single); err != nil {
				return nil, err
			}
			w := &ast.Where{Expr: e.Expr}
			if err := m.substitute(w, alias, alias, !single); err != nil {
				return nil, err
			}
			e.Expr = w.Expr
		}
		for _, part := range []any{n.Where, &n.OrderBy, &n.TableExprs} {
			if err := m.substitute(part, alias, alias, !single); err != nil {
				return nil, err
			}
		}
	}
	n.Where = and(n.Where, where)
	return n, nil
}

// assigned is the left side of an assignment.
func (m *merged) assigned(c *ast.ColName, alias string, single bool) error {
	of := c.Qualifier.Name.String()
	if of != "" && !strings.EqualFold(of, alias) {
		return nil
	}
	col := m.column(c.Name.String())
	switch {
	case col == nil && of == "" && !single && !m.hides(c.Name.String()):
		return nil
	case col == nil && of == "" && !single:
		return m.beside(c)
	case col == nil:
		return sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", c.Name.String())
	case col.column == "":
		return sqlerr.NonupdateableColumn.Errorf("Column '%s' is not updatable", c.Name.String())
	}
	c.Name = ast.NewColIdent(col.column)
	c.Qualifier = ast.TableName{Name: ast.NewTableIdent(FirstOf(col.of, alias))}
	return nil
}

func (t *through) delete(n *ast.Delete) (ast.Statement, error) {
	single := alone(n.TableExprs)
	views, where, err := t.from(ast.AuthType_DELETE, n.TableExprs)
	if err != nil {
		return nil, err
	}
	for i := range n.Targets {
		if views[strings.ToLower(n.Targets[i].Name.String())] != nil {
			n.Targets[i].DbQualifier = ast.NewTableIdent("")
		}
	}
	for alias, m := range views {
		m.whole = n
		for _, part := range []any{n.Where, &n.OrderBy, &n.TableExprs} {
			if err := m.substitute(part, alias, alias, !single); err != nil {
				return nil, err
			}
		}
	}
	n.Where = and(n.Where, where)
	return n, nil
}

func (t *through) insert(n *ast.Insert, db *catalog.Database, v *catalog.View) (ast.Statement, error) {
	use, _ := n.Auth.Extra.(*TableUse)
	if use == nil {
		use = &TableUse{Reads: true, OnDup: len(n.OnDup) > 0}
	}
	kind := ast.AuthType_INSERT
	if n.Action == ast.ReplaceStr {
		kind = ast.AuthType_REPLACE
	}
	m, err := t.merged(kind, db, v, use.OnDup && use.Reads, use.OnDup)
	if err != nil {
		return nil, err
	}
	if _, query := n.Rows.(ast.SelectStatement); !query && !named(n) { // otherwise more is in scope
		m.whole = n
	}
	if len(m.tables) > 0 {
		return t.insertJoin(n, m, v.Name, kind, use)
	}
	if len(n.OnDup) > 0 || kind == ast.AuthType_REPLACE {
		for _, w := range m.where {
			t.checks = append(t.checks, ViewCheck{Table: m.rec.ID, View: m.name, Cond: grammar.Printed(w), Reach: true})
		}
	}
	given := map[string]bool{}
	for i := range m.columns {
		c := strings.ToLower(m.columns[i].column)
		if c == "" || given[c] { // not every row of the table can be one of the view
			return nil, sqlerr.NonInsertableTable.Errorf("The target table %s of the %s is not insertable-into", v.Name, kind)
		}
		given[c] = true
	}
	if len(n.Columns) == 0 {
		for i := range m.columns {
			n.Columns = append(n.Columns, ast.NewColIdent(m.columns[i].name))
		}
	}
	clear(given)
	for i, name := range n.Columns {
		c := m.column(name.String())
		if c == nil {
			return nil, sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", name.String())
		}
		n.Columns[i] = ast.NewColIdent(c.column)
		given[strings.ToLower(c.column)] = true
	}
	if err := t.complete(m, given); err != nil {
		return nil, err
	}
	if err := m.duplicate(n, v.Name); err != nil {
		return nil, err
	}
	n.Table = m.base
	n.Auth.TargetNames = []string{m.base.DbQualifier.String(), m.base.Name.String()}
	n.Auth.Extra = &TableUse{View: m.use, OnDup: use.OnDup, Reads: use.Reads}
	return n, nil
}

// complete wants a default of what the view does not have.
func (t *through) complete(m *merged, given map[string]bool) error {
	for i := range m.rec.Columns {
		c := &m.rec.Columns[i]
		if c.NotNull && c.Default == nil && c.Generated == "" && !c.AutoIncrement && !given[strings.ToLower(c.Name)] && strict(t.ctx) {
			db, view, _ := strings.Cut(m.name, ".")
			return sqlerr.NoDefaultForViewField.Errorf("Field of view '%s.%s' underlying table doesn't have a default value", db, view)
		}
	}
	return nil
}

// duplicate has ON DUPLICATE KEY UPDATE, and values that look at other columns, speak of the table.
func (m *merged) duplicate(n *ast.Insert, view string) error {
	to := m.base.Name.String()
	known := []ast.SQLNode{n.OnDup}
	if rows, ok := n.Rows.(*ast.AliasedValues); ok {
		known = append(known, rows)
	}
	if err := m.onlyView(to, view, known...); err != nil {
		return err
	}
	for _, e := range n.OnDup {
		if err := m.assigned(e.Name, view, true); err != nil {
			return err
		}
		e.Name.Qualifier = ast.TableName{}
		if err := m.fresh(n, e.Expr); err != nil {
			return err
		}
		w := &ast.Where{Expr: e.Expr}
		_, query := n.Rows.(*ast.AliasedValues)
		if err := m.substitute(w, view, to, !query || named(n)); err != nil {
			return err
		}
		e.Expr = w.Expr
	}
	if rows, ok := n.Rows.(*ast.AliasedValues); ok {
		return m.substitute(rows, view, "", false)
	}
	return nil
}

// onlyView refuses names of the table below, which stands in the statement now as table: the client
// knows its view only. alias is how the statement calls that.
func (m *merged) onlyView(table, alias string, parts ...ast.SQLNode) error {
	return grammar.EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.ColName:
			of := n.Qualifier.Name.String()
			if of != "" && strings.EqualFold(of, table) && !strings.EqualFold(of, alias) {
				return sqlerr.BadField.Errorf("Unknown column '%s.%s' in 'field list'", of, n.Name.String())
			}
		case *ast.FuncExpr:
			of := grammar.DefaultOf(n)
			if of == nil {
				return nil
			}
			name := of.Name.String()
			if c := m.column(name); c == nil || !strings.EqualFold(c.column, name) {
				return sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", name)
			}
		}
		return nil
	}, parts...)
}

// fresh has VALUES(column), and columns by the alias of the new row, speak of the table.
func (m *merged) fresh(n *ast.Insert, e ast.Expr) error {
	alias := ""
	if rows, ok := n.Rows.(*ast.AliasedValues); ok && len(rows.Columns) == 0 {
		alias = rows.As.String()
	}
	rename := func(c *ast.ColName) error {
		col := m.column(c.Name.String())
		if col == nil || col.column == "" {
			return sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", c.Name.String())
		}
		c.Name = ast.NewColIdent(col.column)
		return nil
	}
	return grammar.EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.ValuesFuncExpr:
			n.Name.Qualifier = ast.TableName{}
			return rename(n.Name)
		case *ast.ColName:
			if alias != "" && strings.EqualFold(n.Qualifier.Name.String(), alias) {
				return rename(n)
			}
		}
		return nil
	}, e)
}

// named says that the new row has a name of its own.
func named(n *ast.Insert) bool {
	rows, ok := n.Rows.(*ast.AliasedValues)
	return ok && !rows.As.IsEmpty()
}

func strict(ctx *sql.Context) bool {
	mode := sql.LoadSqlMode(ctx)
	return mode.ModeEnabled("STRICT_TRANS_TABLES") || mode.ModeEnabled("STRICT_ALL_TABLES")
}
