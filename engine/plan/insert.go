package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// sourceName begins the names of what the query of an INSERT gives to ON DUPLICATE KEY UPDATE beside the row.
const sourceName = "lx source "

// withSources has the query give the columns that the assignments name and that it does not select.
func withSources(n *plan.InsertInto) (*plan.InsertInto, error) {
	var named []*place
	var within func(e sql.Expression) bool
	within = func(e sql.Expression) bool {
		switch e := e.(type) {
		case *place:
			same := func(p *place) bool { return p.String() == e.String() }
			if e.kind == grammar.SourceColumn && !slices.ContainsFunc(named, same) {
				named = append(named, e)
			}
		case *plan.Subquery:
			transform.InspectExpressions(e.Query, within)
		}
		return true
	}
	for _, e := range n.OnDupExprs {
		sql.Inspect(e, within)
	}
	if len(named) == 0 {
		return n, nil
	}
	var extended func(n sql.Node) (sql.Node, error)
	extended = func(n sql.Node) (sql.Node, error) {
		list, ok := n.(*plan.Project)
		if !ok {
			switch n.(type) {
			case *plan.Limit, *plan.Offset, *plan.Sort:
				child, err := extended(n.Children()[0])
				if err != nil {
					return nil, err
				}
				return n.WithChildren(child)
			}
			return nil, named[0].unknown()
		}
		all := slices.Clone(list.Projections)
		for _, p := range named {
			col := columnBelow(list.Child, p)
			if col == nil {
				return nil, p.unknown()
			}
			all = append(all, expression.NewAlias(sourceName+p.String(), col))
		}
		return plan.NewProject(all, list.Child), nil
	}
	source, err := extended(n.Source)
	if err != nil {
		return nil, err
	}
	out := *n
	out.Source = source
	return &out, nil
}

func (p *place) unknown() error {
	return sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", strings.TrimPrefix(p.table+"."+p.name, "."))
}

// columnBelow finds the column of a table of a query.
func columnBelow(n sql.Node, p *place) (found sql.Expression) {
	if t, ok := n.(plan.TableIdNode); ok {
		for i, col := range n.Schema() {
			if equalFold(col.Name, p.name) && (p.table == "" || equalFold(t.Name(), p.table)) {
				return expression.NewGetFieldWithTable(int(ids(t)[i]), int(t.Id()), col.Type, col.DatabaseSource, t.Name(), col.Name, true)
			}
		}
		return nil
	}
	for _, child := range n.Children() {
		if found = columnBelow(child, p); found != nil {
			return found
		}
	}
	return nil
}

func (c *converter) insert(n *plan.InsertInto) (change.Change, error) {
	dest, ok := n.Destination.(*plan.InsertDestination)
	if !ok || len(n.Returning) > 0 {
		return nil, unconverted("INSERT into %T", n.Destination)
	}
	to, ok := dest.Child.(*plan.ResolvedTable)
	if !ok {
		return nil, unconverted("INSERT into %T", dest.Child)
	}
	t, ok := to.Table.(*table.Table)
	if !ok {
		return nil, unconverted("a change of table %T", to.Table)
	}
	events := []change.Event{change.OnInsert}
	switch {
	case n.IsReplace:
		events = append(events, change.OnDelete)
	case len(n.OnDupExprs) > 0:
		events = append(events, change.OnUpdate)
	}
	rules, err := c.rules(t, n.Ignore, events...)
	if err != nil {
		return nil, err
	}
	out := &change.Insert{Rules: rules, Replace: n.IsReplace, HasDup: len(n.OnDupExprs) > 0, FoundRows: c.host.FoundRows(), ZeroIsNumber: c.zeroIsNumber()}
	if out.Given, err = givenColumns(n, rules); err != nil {
		return nil, err
	}
	if n.IsReplace {
		if out.Keys, err = t.UniqueKeys(c.ctx); err != nil {
			return nil, err
		}
	}
	s := &scope{}
	alias, names := planbuilder.OnDupValuesPrefix, map[string]string(nil)
	if values, literal := n.Source.(*plan.Values); literal {
		if out.Values, err = c.insertValues(values, out.Given, rules); err != nil {
			return nil, err
		}
		out.LooksAhead = change.LooksAhead(out.Values)
		if values.AliasName != "" {
			alias = values.AliasName
		}
		names = values.ColumnNames
	} else {
		r, err := c.node(n.Source, nil, nil)
		if err != nil {
			return nil, err
		}
		width := len(r.cols)
		for schema := n.Source.Schema(); width > 0 && strings.HasPrefix(schema[width-1].Name, sourceName); {
			width--
		}
		if width != len(out.Given) {
			return nil, wrongCount(1)
		}
		if err := sourceForGenerated(rules, out.Given); err != nil {
			return nil, err
		}
		out.Source, out.Whole = r.node, readsFrom(n.Source, t)
		for i, col := range n.Source.Schema() { // the binder gives them other ids there
			s.cols = append(s.cols, column{table: col.Source, name: col.Name, typ: r.cols[i].typ})
		}
	}
	return out, c.onDuplicate(n, out, s, alias, names)
}

func (c *converter) zeroIsNumber() bool {
	return sql.LoadSqlMode(c.ctx).ModeEnabled(sql.NoAutoValueOnZero)
}

func wrongCount(row int) error {
	return sqlerr.WrongValueCount.Errorf("Column count doesn't match value count at row %d", row)
}

// givenColumns are the columns that the statement names.
func givenColumns(n *plan.InsertInto, r *change.Rules) ([]int, error) {
	out := make([]int, 0, len(n.ColumnNames))
	seen := make([]bool, len(r.Columns))
	for _, name := range n.ColumnNames {
		at := -1
		for i := range r.Columns {
			if equalFold(r.Columns[i].Name, name) {
				at = i
			}
		}
		if at < 0 {
			return nil, sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", name)
		}
		if seen[at] {
			return nil, sqlerr.FieldSpecifiedTwice.Errorf("Column '%s' specified twice", name)
		}
		seen[at] = true
		out = append(out, at)
	}
	return out, nil
}

func sourceForGenerated(r *change.Rules, given []int) error {
	for _, g := range r.Generated {
		for _, col := range given {
			if col == g.Column {
				return notGenerated(r, col)
			}
		}
	}
	return nil
}

// insertValues converts rows of VALUES; nil is a column's default.
func (c *converter) insertValues(n *plan.Values, given []int, r *change.Rules) ([][]expr.Expr, error) {
	generated := make([]bool, len(r.Columns))
	for _, g := range r.Generated {
		generated[g.Column] = true
	}
	s := &scope{}
	for i := range r.Columns {
		s.cols = append(s.cols, column{table: r.Table.Name(), name: r.Columns[i].Name, typ: r.Columns[i].Type})
	}
	out := make([][]expr.Expr, len(n.ExpressionTuples))
	for i, tuple := range n.ExpressionTuples {
		if len(tuple) != len(given) {
			return nil, wrongCount(i + 1)
		}
		row := make([]expr.Expr, len(tuple))
		for k, e := range tuple {
			if isDefault(e) {
				continue
			}
			if generated[given[k]] {
				return nil, notGenerated(r, given[k])
			}
			var err error
			if row[k], err = c.expr(s, e); err != nil {
				return nil, err
			}
		}
		out[i] = row
	}
	return out, nil
}

// onDuplicate converts ON DUPLICATE KEY UPDATE. source are the columns of the query that
// the rows come from.
func (c *converter) onDuplicate(n *plan.InsertInto, out *change.Insert, source *scope, alias string, names map[string]string) error {
	s := &scope{}
	r := out.Rules
	for i := range r.Columns {
		s.cols = append(s.cols, column{table: r.Table.Name(), name: r.Columns[i].Name, typ: r.Columns[i].Type})
	}
	for i := range r.Columns {
		name := r.Columns[i].Name
		for from, to := range names {
			if equalFold(from, name) {
				name = to
			}
		}
		s.cols = append(s.cols, column{table: alias, name: name, typ: r.Columns[i].Type})
	}
	s.cols = append(s.cols, source.cols...)
	for _, e := range n.OnDupExprs {
		set, ok := e.(*expression.SetField)
		if !ok {
			return unconverted("assignment %T", e)
		}
		field, ok := set.LeftChild.(*expression.GetField)
		if !ok {
			return unconverted("assignment to %T", set.LeftChild)
		}
		a := change.Assign{Column: -1}
		for i := range r.Columns {
			if strings.EqualFold(r.Columns[i].Name, field.Name()) {
				a.Column = i
			}
		}
		if a.Column < 0 {
			return unconverted("an assignment to no column")
		}
		if isDefault(set.RightChild) {
			out.OnDuplicate = append(out.OnDuplicate, a)
			continue
		}
		for _, g := range r.Generated {
			if g.Column == a.Column {
				return notGenerated(r, a.Column)
			}
		}
		var err error
		if a.Value, err = c.expr(s, set.RightChild); err != nil {
			return err
		}
		out.OnDuplicate = append(out.OnDuplicate, a)
	}
	return nil
}

// ConvertFilling makes a statement of ours that fills a new table with the rows of a query, for
// CREATE TABLE … SELECT: its columns go to those of the same names.
func ConvertFilling(ctx *sql.Context, t *table.Table, q *Query, env *value.Env, host Host, ignore, replace bool) (*Changing, error) {
	c := &converter{ctx: ctx, b: functions.NewBuilder(env), slots: q.slots}
	c.writing = writing{host: host}
	rules, err := c.rules(t, ignore, change.OnInsert, change.OnDelete)
	if err != nil {
		return nil, err
	}
	out := &change.Insert{Rules: rules, Source: q.Root, Replace: replace, ZeroIsNumber: c.zeroIsNumber()}
	for _, col := range q.Names {
		at := -1
		for i := range rules.Columns {
			if equalFold(rules.Columns[i].Name, col.Name) {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("table %s: no column for a column of the query", t.Name())
		}
		out.Given = append(out.Given, at)
	}
	if err := sourceForGenerated(rules, out.Given); err != nil {
		return nil, err
	}
	if replace {
		if out.Keys, err = t.UniqueKeys(ctx); err != nil {
			return nil, err
		}
	}
	for _, s := range q.subqueries {
		s.Ignore = ignore
	}
	return &Changing{Change: out, slots: c.slots, subqueries: append(c.subqueries, q.subqueries...)}, nil
}

// readsFrom says that a table stands in a query or in one that its expressions have. Derived tables are
// complete before the first row is stored.
func readsFrom(n sql.Node, t *table.Table) (yes bool) {
	transform.Inspect(n, func(n sql.Node) bool {
		switch n := n.(type) {
		case *plan.SubqueryAlias:
			return false
		case *plan.ResolvedTable:
			of, ours := n.Table.(*table.Table)
			yes = yes || ours && of.Record().ID == t.Record().ID
		}
		if e, ok := n.(sql.Expressioner); ok && !yes {
			for _, x := range e.Expressions() {
				sql.Inspect(x, func(x sql.Expression) bool {
					if q, ok := x.(*plan.Subquery); ok {
						yes = yes || readsFrom(q.Query, t)
					}
					return !yes
				})
			}
		}
		return !yes
	})
	return yes
}
