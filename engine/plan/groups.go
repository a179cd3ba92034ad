package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// groupBy converts GROUP BY and aggregates without it. What is selected beside the
// aggregates is that of the group's first row.
func (c *converter) groupBy(n *plan.GroupBy, outer *boundary) (*rel, error) {
	child, err := c.toGroup(n, outer)
	if err != nil {
		return nil, err
	}
	list, bare, err := groupKeys(n)
	if err != nil {
		return nil, err
	}
	g := &grouping{c: c, s: &scope{cols: child.cols, outer: outer}, bare: bare}
	if len(list) > 1 && isForm(list[len(list)-1], grammar.FormRollup) {
		if err := g.rollup(child, list[:len(list)-1]); err != nil {
			return nil, err
		}
		child = &rel{node: g.repeated, rows: child.rows}
	} else if err := g.by(list); err != nil {
		return nil, err
	}
	for _, e := range n.SelectedExprs {
		if err := g.selected(e); err != nil {
			return nil, err
		}
	}
	g.carry(child)
	rows := 1.0
	if len(g.keys) > 0 {
		rows = max(1, child.rows/10)
	}
	out := &rel{node: exec.NewGroup(child.node, g.keys, g.aggs, g.first), cols: append(g.aggCols, g.firstCols...), rows: rows}
	if g.repeated != nil {
		return g.ordered(out)
	}
	return out, nil
}

// toGroup converts what is grouped. For MIN and MAX of a column alone, the first row that an index gives in its order is
// enough, or one from each of its ends.
func (c *converter) toGroup(n *plan.GroupBy, outer *boundary) (*rel, error) {
	of, ends := extremes(n)
	if of == nil {
		return c.scoped(n.Child, outer, nil)
	}
	var parts []exec.Node
	for _, desc := range ends {
		_, filtered := n.Child.(*plan.Filter) // an index that only orders may pass many rows by until one is left
		want := &order{keys: []orderKey{{of.Id(), desc}}, limit: !filtered}
		child, err := c.scoped(n.Child, outer, want)
		if err != nil || !want.met {
			return child, err
		}
		part, err := c.firstKnown(child, of)
		if part == nil {
			return child, err
		}
		if parts = append(parts, part); len(parts) == len(ends) {
			node := part
			if len(parts) > 1 {
				node = &exec.Concat{Parts: parts}
			}
			return &rel{node: node, cols: child.cols, rows: float64(len(parts))}, nil
		}
	}
	return nil, nil // there is an end
}

// firstKnown is the first row in which a column is not NULL, nil where the order of its values is another than an index's.
func (c *converter) firstKnown(r *rel, of *expression.GetField) (exec.Node, error) {
	i := slices.IndexFunc(r.cols, func(col column) bool { return col.id == of.Id() })
	if i < 0 || r.cols[i].typ.Kind == value.TypeEnum || r.cols[i].typ.Kind == value.TypeSet { // whose texts are compared
		return nil, nil
	}
	node := r.node
	if col := &r.cols[i]; col.typ.Nullable { // NULL comes first
		known, err := c.b.Call("is not null", expr.NewColumn(i, col.typ, col.printed(of.Table(), of.Name())))
		if err != nil {
			return nil, err
		}
		node = c.filter(node, []expr.Expr{known}, r.rows)
	}
	return c.limited(&exec.Limit{Child: node, Count: 1}, 1), nil
}

// extremes is the column of which MIN, MAX or both are all that is asked for, and at which ends of its order they are: true
// is the last one.
func extremes(n *plan.GroupBy) (of *expression.GetField, ends []bool) {
	if len(n.GroupByExprs) > 0 {
		return nil, nil
	}
	for _, e := range n.SelectedExprs {
		var child sql.Expression
		desc := false
		switch a := bareOf(e).(type) {
		case *aggregation.Min:
			child = a.Child
		case *aggregation.Max:
			child, desc = a.Child, true
		}
		f, ok := child.(*expression.GetField)
		if !ok || f.Id() == 0 || of != nil && of.Id() != f.Id() {
			return nil, nil
		}
		if of = f; !slices.Contains(ends, desc) {
			ends = append(ends, desc)
		}
	}
	if len(ends) > 1 && !tableAlone(n.Child) { // it would be converted twice
		return nil, nil
	}
	return of, ends
}

func tableAlone(n sql.Node) bool {
	if a, ok := n.(*plan.TableAlias); ok {
		n = a.Child
	}
	_, ok := n.(*plan.ResolvedTable)
	return ok
}

// grouping is one GROUP BY.
type grouping struct {
	c                  *converter
	s                  *scope
	keys               []exec.SortKey
	aggs               []exec.Agg
	first              []expr.Expr
	aggCols, firstCols []column
	bare               sql.ColSet // ANY_VALUEs that are keys

	// Of WITH ROLLUP:
	repeated *exec.Rollup
	rolled   []sql.Expression // the keys
	base     int              // the place of the first key's column
}

// groupKeys are the keys of GROUP BY. One that names a column of the result which is ANY_VALUE, bare, is its argument:
// that is no aggregate. Who groups by another aggregate is told that he cannot.
func groupKeys(n *plan.GroupBy) (keys []sql.Expression, bare sql.ColSet, err error) {
	aggregates := map[sql.ColumnId]sql.Expression{}
	for _, e := range n.SelectedExprs {
		if a, ok := e.(sql.Aggregation); ok {
			aggregates[a.Id()] = a
		}
	}
	for _, key := range n.GroupByExprs {
		name := ""
		if a, ok := key.(*expression.Alias); ok {
			name = a.Name()
		}
		key, _, err := transform.Expr(key, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
			f, ok := e.(*expression.GetField)
			if !ok || aggregates[f.Id()] == nil {
				return e, transform.SameTree, nil
			}
			of := aggregates[f.Id()]
			if v, ok := of.(*aggregation.AnyValue); ok {
				bare.Add(f.Id())
				return v.Child, transform.NewTree, nil
			}
			if _, plain := key.(*expression.GetField); name == "" && !plain {
				return nil, transform.SameTree, sqlerr.IllegalReference.Errorf("Reference '%s' not supported (reference to group function)", f.Name())
			}
			return nil, transform.SameTree, sqlerr.WrongGroupField.Errorf("Can't group on '%s'", cmp.Or(name, f.Name()))
		})
		if err != nil {
			return nil, bare, err
		}
		keys = append(keys, key)
	}
	return keys, bare, nil
}

func (g *grouping) by(list []sql.Expression) error {
	for _, e := range list {
		x, err := g.key(e)
		if err != nil {
			return err
		}
		g.keys = append(g.keys, exec.SortKey{Expr: x, Key: exec.KeyOf(x.Type())})
	}
	return nil
}

// key converts a key of GROUP BY.
func (g *grouping) key(e sql.Expression) (expr.Expr, error) { return g.c.expr(g.s, e) }

// selected is one of the expressions that a group gives.
func (g *grouping) selected(e sql.Expression) error {
	if v, ok := e.(*aggregation.AnyValue); ok && g.bare.Contains(v.Id()) {
		x, err := g.firstOf(v.Child)
		if err != nil {
			return err
		}
		g.first, g.firstCols = append(g.first, x), append(g.firstCols, column{id: v.Id(), typ: *x.Type()})
		return nil
	}
	a, is, err := g.c.aggregate(g.s, e)
	if err != nil {
		return err
	}
	if is {
		if len(g.keys) == 0 { // zeros go into the row of a group as they are, and are lost in the value of none
			a.Call.Type().ZeroFill = false
		}
		g.aggs = append(g.aggs, a)
		col := column{id: idOf(e), typ: *a.Call.Type()}
		if concat, ok := e.(*aggregation.GroupConcat); ok {
			col.concat = plan.AliasSubqueryString(concat)
		}
		g.aggCols = append(g.aggCols, col)
		return g.extremeDigits(a)
	}
	x, err := g.firstOf(e)
	if err != nil {
		return err
	}
	t := *x.Type()
	t.Nullable = t.Nullable || len(g.keys) == 0 // of a group of no rows
	g.first = append(g.first, x)
	col := column{id: idOf(e), typ: t}
	if f, ok := e.(*expression.GetField); ok {
		col.grouped = printedName(f.Table(), f.Name())
		if of := named(g.s, f); of != nil {
			col.usual = cmp.Or(of.origin.Column, of.usual)
		}
	}
	g.firstCols = append(g.firstCols, col)
	if all, t := expr.DigitsOf(x); all != nil {
		of := &digits{t}
		g.firstCols[len(g.firstCols)-1].digits = of
		g.first, g.firstCols = append(g.first, all), append(g.firstCols, column{typ: *all.Type(), digits: of, behind: true})
	}
	return nil
}

// extremeDigits adds to a MIN() or MAX() of a DECIMAL that is computed what it is with all digits, as MySQL keeps it.
func (g *grouping) extremeDigits(a exec.Agg) error {
	name := a.Call.Aggregate.Name
	if name != "min" && name != "max" || len(a.Call.Args) != 1 || a.Call.Type().Kind != value.TypeDecimal || expr.Exactly(a.Call.Args[0]) {
		return nil
	}
	arg, err := g.c.b.AllDigits(a.Call.Args[0])
	if err != nil {
		return err
	}
	if a.Call, err = g.c.madeAggregate(name, nil, []expr.Expr{arg}); err != nil {
		return err
	}
	col := &g.aggCols[len(g.aggCols)-1]
	col.digits = &digits{col.typ}
	g.aggs, g.aggCols = append(g.aggs, a), append(g.aggCols, column{typ: *a.Call.Type(), digits: col.digits, behind: true})
	return nil
}

// carry adds the columns that subqueries above the group name and that it does not give:
// without ONLY_FULL_GROUP_BY they are those of its first row.
func (g *grouping) carry(child *rel) {
	for i := range child.cols {
		col := child.cols[i]
		given := func(of column) bool { return of.id == col.id }
		if col.id == 0 || !g.c.correlated[col.id] || slices.ContainsFunc(g.firstCols, given) || slices.ContainsFunc(g.aggCols, given) {
			continue
		}
		g.first = append(g.first, expr.NewColumn(i, col.typ, ""))
		col.carried = true
		col.typ.Nullable = col.typ.Nullable || len(g.keys) == 0
		g.firstCols = append(g.firstCols, col)
	}
}

func (g *grouping) firstOf(e sql.Expression) (expr.Expr, error) {
	for i, k := range g.rolled {
		if alike(k, e) {
			return expr.NewColumn(g.base+i, g.repeated.Types()[g.base+i], ""), nil
		}
	}
	return g.c.expr(g.s, e)
}

// aggregate converts an aggregate function; false for any other expression.
func (c *converter) aggregate(s *scope, e sql.Expression) (a exec.Agg, is bool, err error) {
	if alias, ok := e.(*expression.Alias); ok {
		e = alias.Child
	}
	agg, ok := e.(sql.Aggregation)
	if !ok {
		return a, false, nil
	}
	var name string
	var list []sql.Expression
	var options any
	switch agg := agg.(type) {
	case *aggregation.CountDistinct:
		name, list, a.Distinct = "count", agg.ChildExpressions, true
	case *aggregation.Count:
		name, list = "count", []sql.Expression{agg.Child}
		if l, ok := agg.Child.(*expression.Literal); ok && l.Value() != nil {
			list = nil // every row
		}
	case *aggregation.GroupConcat:
		return c.groupConcat(s, agg)
	default:
		f, ok := e.(sql.FunctionExpression)
		if !ok {
			return a, true, unconverted("aggregate %T", e)
		}
		name, list = strings.ToLower(f.FunctionName()), e.Children()
		if w := agg.Window(); w != nil { // whose expressions stand behind the arguments
			list = list[:len(list)-len(w.ToExpressions())]
		}
		if ours, other := aggregateNames[name]; other {
			name = ours
		}
	}
	args, distinct, err := c.aggregateArgs(s, list)
	if err != nil {
		return a, true, err
	}
	a.Distinct = a.Distinct || distinct
	if a.Distinct && (name == "sum" || name == "avg") && len(args) == 1 && args[0].Type().IsString() { // of the numbers
		number := value.DoubleType
		if args[0], err = c.b.As(args[0], number); err != nil {
			return a, true, err
		}
	}
	a.Call, err = c.madeAggregate(name, options, args)
	return a, true, err
}

// aggregateNames are those that the library calls otherwise than SQL does.
var aggregateNames = map[string]string{
	"anyvalue": "any_value", "bitand": "bit_and", "bitor": "bit_or", "bitxor": "bit_xor", "jsonarray": "json_arrayagg",
	"stddevpop": "stddev_pop", "stddevsamp": "stddev_samp", "varpop": "var_pop", "varsamp": "var_samp",
}

func (c *converter) madeAggregate(name string, options any, args []expr.Expr) (*expr.AggregateCall, error) {
	if expr.LookupAggregate(name) == nil {
		return nil, unconverted("aggregate %s", name)
	}
	return c.b.Aggregate(name, options, args...)
}

func (c *converter) aggregateArgs(s *scope, list []sql.Expression) (args []expr.Expr, distinct bool, err error) {
	for _, e := range list {
		if d, ok := e.(*expression.DistinctExpression); ok {
			distinct, e = true, d.Child
		}
		x, err := c.expr(s, e)
		if err != nil {
			return nil, false, err
		}
		args = append(args, x)
	}
	return args, distinct, nil
}

// groupConcat converts GROUP_CONCAT: its keys of ORDER BY are arguments behind the values.
func (c *converter) groupConcat(s *scope, e *aggregation.GroupConcat) (a exec.Agg, is bool, err error) {
	options := expr.GroupConcat{Separator: hidden(e, "separator").String(), Distinct: hidden(e, "distinct").String() != ""}
	fields := hidden(e, "sf")
	children := e.Children() // the keys come first
	if fields.Len() > len(children) {
		return a, true, unconverted("aggregate group_concat")
	}
	keys, values := children[:fields.Len()], children[fields.Len():]
	for i := range fields.Len() {
		options.Descending = append(options.Descending, fields.Index(i).FieldByName("Order").Uint() == uint64(sql.Descending))
	}
	args, _, err := c.aggregateArgs(s, append(append([]sql.Expression{}, values...), keys...))
	if err != nil {
		return a, true, err
	}
	a.Call, err = c.madeAggregate("group_concat", options, args)
	return a, true, err
}
