package plan

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// fullGroupBy is ONLY_FULL_GROUP_BY: what a grouped query selects beside aggregates must be
// the same in all rows of a group. beside are expressions that may have queries of their own.
func (c *converter) fullGroupBy(root sql.Node, beside ...sql.Expression) error {
	if !sql.LoadSqlMode(c.ctx).ModeEnabled(sql.OnlyFullGroupBy) {
		return nil
	}
	var err error
	var node func(n sql.Node, derived, grouped bool)
	inside := func(derived bool) func(e sql.Expression) bool {
		return func(e sql.Expression) bool {
			if q, ok := e.(*plan.Subquery); ok { // that of EXISTS is a child of it
				node(q.Query, derived, false)
			}
			return err == nil
		}
	}
	node = func(n sql.Node, derived, grouped bool) {
		if err != nil {
			return
		}
		if x, ok := n.(sql.Expressioner); ok {
			for _, e := range x.Expressions() {
				sql.Inspect(e, inside(derived))
			}
		}
		switch n := n.(type) {
		case *plan.SubqueryAlias:
			node(n.Child, true, false)
			return
		case *plan.Distinct:
			if p, ok := n.Child.(*plan.Project); ok {
				if err = distinctOrder(p); err != nil {
					return
				}
			}
			grouped = false
		case *plan.Project:
			if g := groupBelow(n.Child); g != nil && !grouped {
				err = c.grouped(n, g, derived)
				grouped = true
			}
		case *plan.Sort, *plan.Having:
		default:
			grouped = false
		}
		for _, child := range n.Children() {
			node(child, derived, grouped)
		}
	}
	node(root, false, false)
	for _, e := range beside {
		sql.Inspect(e, inside(false))
	}
	return err
}

// clauseBelow is what stands below a clause of the same SELECT; nil where its grouping or its
// FROM is reached.
func clauseBelow(n sql.Node) sql.Node {
	switch n := n.(type) {
	case *plan.Project:
		return n.Child
	case *plan.Sort:
		return n.Child
	case *plan.Having:
		return n.Child
	}
	return nil
}

// groupBelow is the grouping of the query that a projection is the list of.
func groupBelow(n sql.Node) *plan.GroupBy {
	for ; n != nil; n = clauseBelow(n) {
		if g, ok := n.(*plan.GroupBy); ok {
			return g
		}
	}
	return nil
}

// grouped checks one query, given by its last projection. Errors below a view or a derived
// table name no columns.
func (c *converter) grouped(p *plan.Project, g *plan.GroupBy, derived bool) error {
	d := &dependencies{names: map[sql.ColumnId]string{}}
	d.from(g.Child)
	keys, _, err := groupKeys(g)
	if err != nil {
		return err
	}
	if n := len(keys); n > 0 && isForm(keys[n-1], grammar.FormRollup) {
		keys = keys[:n-1]
	}
	var known sql.ColSet
	for _, k := range keys {
		if f, ok := bareOf(k).(*expression.GetField); ok {
			known.Add(f.Id())
		}
	}
	known = d.closure(known)
	for i, e := range p.Projections {
		if id, free := d.free(e, keys, known); free {
			return notGrouped(i+1, "SELECT list", d.names[id], len(keys) == 0, derived)
		}
	}
	for n := p.Child; n != nil; n = clauseBelow(n) {
		if s, ok := n.(*plan.Sort); ok {
			for i, f := range s.SortFields {
				if id, free := d.free(f.Column, keys, known); free {
					return notGrouped(i+1, "ORDER BY clause", d.names[id], len(keys) == 0, derived)
				}
			}
		}
	}
	return nil
}

func notGrouped(at int, where, name string, alone, derived bool) error {
	column := " '" + name + "'"
	if derived {
		column = ""
	}
	if alone {
		return sqlerr.MixOfGroupFuncAndFields.Errorf("In aggregated query without GROUP BY, expression #%d of %s contains nonaggregated column%s; "+
			"this is incompatible with sql_mode=only_full_group_by", at, where, column)
	}
	return sqlerr.WrongFieldWithGroup.Errorf("Expression #%d of %s is not in GROUP BY clause and contains nonaggregated column%s which is not functionally dependent "+
		"on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by", at, where, column)
}

// dependencies are which columns of FROM and WHERE say what others are.
type dependencies struct {
	names map[sql.ColumnId]string
	rules []dependency
}

type dependency struct{ from, to sql.ColSet }

// free finds a column in an expression that is not known.
func (d *dependencies) free(e sql.Expression, keys []sql.Expression, known sql.ColSet) (id sql.ColumnId, free bool) {
	named := func(column sql.ColumnId) {
		if _, ours := d.names[column]; ours && !free && !known.Contains(column) {
			id, free = column, true
		}
	}
	sql.Inspect(e, func(e sql.Expression) bool {
		if e == nil || free {
			return false
		}
		for _, k := range keys {
			if alike(k, e) {
				return false
			}
		}
		switch e := e.(type) {
		case sql.Aggregation:
			return false
		case *grammar.BoundForm:
			if e.Kind == grammar.FormGrouping { // it has an error of its own
				return false
			}
		case *expression.GetField:
			named(e.Id())
		case *plan.Subquery:
			e.Correlated().ForEach(named)
		}
		return !free
	})
	return id, free
}

// closure adds what some columns say.
func (d *dependencies) closure(known sql.ColSet) sql.ColSet {
	known = known.Copy()
	for again := true; again; {
		again = false
		for _, r := range d.rules {
			if r.from.SubsetOf(known) && !r.to.SubsetOf(known) {
				known.UnionWith(r.to)
				again = true
			}
		}
	}
	return known
}

// from learns of the tables, joins and conditions below a grouping.
func (d *dependencies) from(n sql.Node) {
	switch n := n.(type) {
	case *plan.Filter:
		d.from(n.Child)
		d.equalities(n.Expression, nil)
	case *plan.JoinNode:
		d.from(n.Left())
		before := map[sql.ColumnId]bool{}
		for id := range d.names {
			before[id] = true
		}
		d.from(n.Right())
		if n.Filter == nil {
			return
		}
		if n.Op.IsLeftOuter() {
			d.equalities(n.Filter, before)
		} else {
			d.equalities(n.Filter, nil)
		}
	case *plan.TableAlias:
		d.table(n.Child, n.Name())
	case *plan.ResolvedTable:
		d.table(n, n.Name())
	case *plan.SubqueryAlias:
		d.derived(n)
	case plan.TableIdNode:
		d.named(n, n.Name())
	default:
		for _, c := range n.Children() {
			d.from(c)
		}
	}
}

// table learns that the primary key says all of the row.
func (d *dependencies) table(n sql.Node, alias string) {
	t, ok := n.(*plan.ResolvedTable)
	if !ok {
		d.from(n)
		return
	}
	list := ids(t)
	schema := t.Schema()
	var key, all sql.ColSet
	database := ""
	if t.SqlDatabase != nil {
		database = t.SqlDatabase.Name() + "."
	}
	for i, id := range list {
		if i < len(schema) {
			d.names[id] = database + alias + "." + schema[i].Name
			if schema[i].PrimaryKey {
				key.Add(id)
			}
		}
		all.Add(id)
	}
	if !key.Empty() {
		d.rules = append(d.rules, dependency{key, all})
	}
}

func (d *dependencies) named(n plan.TableIdNode, alias string) []sql.ColumnId {
	list := ids(n)
	schema := n.Schema()
	for i, id := range list {
		if i < len(schema) {
			d.names[id] = alias + "." + schema[i].Name
		}
	}
	return list
}

// derived learns what the query of a derived table says: of its columns that are columns
// below, and of its own groups.
func (d *dependencies) derived(n *plan.SubqueryAlias) {
	list := d.named(n, n.Name())
	below := n.Child
	for {
		switch x := below.(type) {
		case *plan.Limit:
			below = x.Child
			continue
		case *plan.Sort:
			below = x.Child
			continue
		case *plan.Distinct:
			below = x.Child
			continue
		}
		break
	}
	p, ok := below.(*plan.Project)
	if !ok || len(p.Projections) != len(list) {
		if t, is := below.(plan.TableIdNode); is && len(ids(t)) == len(list) {
			in := &dependencies{names: map[sql.ColumnId]string{}}
			in.from(below)
			d.renamed(in, ids(t), list)
		}
		return
	}
	in := &dependencies{names: map[sql.ColumnId]string{}}
	inner := make([]sql.ColumnId, len(list))
	for i, e := range p.Projections {
		if f, ok := bareOf(e).(*expression.GetField); ok {
			inner[i] = f.Id()
		}
	}
	g := groupBelow(p.Child)
	if g == nil {
		in.from(p.Child)
		d.renamed(in, inner, list)
		return
	}
	var key, all sql.ColSet
	for i, id := range list {
		all.Add(id)
		for _, k := range g.GroupByExprs {
			if alike(k, p.Projections[i]) {
				key.Add(id)
			}
		}
	}
	if key.Len() == len(g.GroupByExprs) {
		d.rules = append(d.rules, dependency{key, all})
	}
}

// renamed takes over what is known of columns inside a derived table.
func (d *dependencies) renamed(in *dependencies, inner, outer []sql.ColumnId) {
	for i := range inner {
		d.implied(in, inner, outer, []int{i})
	}
	for _, r := range in.rules { // keys of several columns
		var places []int
		for i, id := range inner {
			if id != 0 && r.from.Contains(id) {
				places = append(places, i)
			}
		}
		if len(places) > 1 {
			d.implied(in, inner, outer, places)
		}
	}
}

// implied adds what some columns of a derived table say.
func (d *dependencies) implied(in *dependencies, inner, outer []sql.ColumnId, places []int) {
	var known, from, to sql.ColSet
	for _, i := range places {
		if inner[i] == 0 {
			return
		}
		known.Add(inner[i])
		from.Add(outer[i])
	}
	known = in.closure(known)
	for i, id := range inner {
		if id != 0 && known.Contains(id) {
			to.Add(outer[i])
		}
	}
	d.rules = append(d.rules, dependency{from, to})
}

// equalities learns that what is equal is known together. left, if any, are the columns on
// the left of an outer join, which say those of its right side, but not the other way round.
func (d *dependencies) equalities(cond sql.Expression, left map[sql.ColumnId]bool) {
	for _, e := range expression.SplitConjunction(cond) {
		eq, ok := e.(*expression.Equals)
		if !ok {
			continue
		}
		a, isA := eq.Left().(*expression.GetField)
		b, isB := eq.Right().(*expression.GetField)
		switch {
		case isA && isB:
			if left == nil || left[a.Id()] {
				d.rules = append(d.rules, dependency{sql.NewColSet(a.Id()), sql.NewColSet(b.Id())})
			}
			if left == nil || left[b.Id()] {
				d.rules = append(d.rules, dependency{sql.NewColSet(b.Id()), sql.NewColSet(a.Id())})
			}
		case left != nil:
		case isA && constant(eq.Right()):
			d.rules = append(d.rules, dependency{to: sql.NewColSet(a.Id())})
		case isB && constant(eq.Left()):
			d.rules = append(d.rules, dependency{to: sql.NewColSet(b.Id())})
		}
	}
}

func constant(e sql.Expression) bool {
	switch e.(type) {
	case *expression.Literal, *Given, *Variable, *expression.BindVar, *expression.UserVar, *expression.SystemVar:
		return true
	}
	return false
}
