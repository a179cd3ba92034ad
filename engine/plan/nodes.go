package plan

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/value"
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

func printedName(table, name string) string {
	if table == "" {
		return "`" + name + "`"
	}
	return "`" + table + "`.`" + name + "`"
}

// order is one that a node above would like its rows in.
type order struct {
	keys  []orderKey
	limit bool // only few rows are wanted
	met   bool
}

type orderKey struct {
	id   sql.ColumnId
	desc bool
}

// node converts a node of the plan, as the binder made it, whose columns count by their places.
func (c *converter) node(n sql.Node, outer *boundary, want *order) (*rel, error) {
	r, err := c.scoped(n, outer, want)
	if err != nil {
		return nil, err
	}
	return withoutDigits(r), nil
}

// scoped is node for who finds columns by their ids: there may be others behind them (see digits).
func (c *converter) scoped(n sql.Node, outer *boundary, want *order) (*rel, error) {
	if c.leaf != nil { // an expression by itself, without a statement to read rows in
		return nil, unconverted("a query in an expression that is typed by itself")
	}
	if c.depth++; c.depth > maxNesting {
		return nil, value.TooDeep("the query")
	}
	defer func() { c.depth-- }()
	if err := c.ctx.Err(); err != nil { // planning ends as running does
		return nil, err
	}
	r, err := c.nodeOf(n, outer, want)
	if err == nil {
		c.notes.rows(r.node, r.rows)
	}
	return r, err
}

func (c *converter) nodeOf(n sql.Node, outer *boundary, want *order) (*rel, error) {
	switch n := n.(type) {
	case *plan.Project:
		return c.project(n, outer, want)
	case *plan.Filter, *plan.JoinNode, *plan.ResolvedTable, *plan.TableAlias, *plan.SubqueryAlias, *plan.ValueDerivedTable,
		*plan.RecursiveTable, *plan.JSONTable:
		return c.from(n, outer, want)
	case *plan.Having:
		return c.having(n, outer)
	case *plan.GroupBy:
		return c.groupBy(n, outer)
	case *plan.Sort:
		return c.sort(n, outer, 0)
	case *plan.Distinct:
		r, err := c.node(n.Child, outer, nil)
		if err != nil {
			return nil, err
		}
		return c.distinct(r), nil
	case *plan.Limit:
		return c.limit(n, outer)
	case *plan.Offset:
		return c.offset(n, outer)
	case *plan.SetOp:
		return c.setOp(n, outer)
	case *plan.RecursiveCte:
		return c.recursive(n, outer)
	case *plan.Values:
		return c.values(n, outer)
	}
	return nil, unconverted("node %T", n)
}

func (c *converter) distinct(r *rel) *rel {
	return &rel{node: exec.NewDistinct(r.node), cols: r.cols, rows: r.rows / 2}
}

// idOf is the id under which an output is known above.
func idOf(e sql.Expression) sql.ColumnId {
	if x, ok := e.(sql.IdExpression); ok {
		return x.Id()
	}
	return 0
}

func (c *converter) project(n *plan.Project, outer *boundary, want *order) (*rel, error) {
	if s, ok := n.Child.(*plan.Sort); ok && windowsInside(n) {
		child, err := c.windowedSort(s, n, outer, 0)
		if err != nil {
			return nil, err
		}
		return c.projectOver(child, n.Projections, outer)
	}
	child, err := c.scoped(c.below(n.Child), outer, want)
	if err != nil {
		return nil, err
	}
	passes := c.inside[n] && !slices.ContainsFunc(child.cols, func(col column) bool { return col.rolled != nil || col.carried })
	out, err := c.projectSome(child, n.Projections, c.idles[n], outer, c.merged[n] || passes)
	if err != nil || !c.inside[n] {
		return out, err
	}
	return c.withRolled(child, out), nil
}

// windowedSort is a Sort below a Project with functions with OVER: they are computed before.
func (c *converter) windowedSort(n *plan.Sort, above *plan.Project, outer *boundary, most int64) (*rel, error) {
	child, err := c.scoped(c.below(n.Child), outer, nil)
	if err != nil {
		return nil, err
	}
	if child, err = c.windowed(child, outer, above.Projections...); err != nil {
		return nil, err
	}
	return c.sortOver(child, n.SortFields, outer, most)
}

// projectOver computes expressions over a converted node. Later ones may name earlier
// aliases, which the binder resolved to the same expression.
func (c *converter) projectOver(child *rel, list []sql.Expression, outer *boundary) (*rel, error) {
	return c.projectSome(child, list, nil, outer, false)
}

// projectSome is projectOver, which computes those alone that are not idle. Of a list that is merged, computed DECIMALs
// have all their digits in further columns.
func (c *converter) projectSome(child *rel, list []sql.Expression, idle []bool, outer *boundary, merged bool) (*rel, error) {
	plain := child
	child, err := c.windowed(child, outer, list...)
	if err != nil {
		return nil, err
	}
	s := &scope{cols: child.cols, outer: outer}
	out := &rel{rows: child.rows}
	exprs := make([]expr.Expr, len(list))
	for i, e := range list {
		if idle != nil && idle[i] {
			x, err := c.idle(s, e)
			if err != nil {
				return nil, err
			}
			exprs[i] = x
			out.cols = append(out.cols, column{id: idOf(e), typ: *x.Type(), alias: givenName(e), computed: computes(e)})
			continue
		}
		x, err := c.expr(s, e)
		if err != nil {
			return nil, err
		}
		exprs[i] = x
		col := column{id: idOf(e), typ: *x.Type(), alias: givenName(e), computed: computes(e)}
		if col.id != 0 && col.alias != "" && !expr.Changes(x) {
			if s.aliases == nil {
				s.aliases = map[sql.ColumnId]expr.Expr{}
			}
			s.aliases[col.id] = x
		}
		if plain, ok := expr.PlainOf(x).(*expr.Column); ok {
			below := &child.cols[plain.Index]
			col.origin, col.usual, col.over, col.concat, col.grouped = below.origin, below.usual, below.over, below.concat, below.grouped
			if col.id == 0 && col.concat != "" {
				col.id = below.id
			}
			if a, ok := e.(*expression.Alias); ok {
				if f, ok := a.Child.(*expression.GetField); ok {
					col.origin.Table = f.Table()
				}
			}
		}
		out.cols = append(out.cols, col)
	}
	var rounded []expr.Expr
	if merged {
		if rounded, err = c.addDigits(out, exprs); err != nil {
			return nil, err
		}
	}
	over := func(below exec.Node) exec.Node {
		if below = exec.NewProject(below, exprs); rounded != nil {
			below = exec.NewProject(below, rounded)
		}
		return below
	}
	out.node = over(child.node)
	if child == plain && child.refine != nil {
		out.refine = refinedProject(child, exprs, out.cols, over)
	}
	return out, nil
}

// addDigits adds a column for each DECIMAL of a list whose values have more digits than its type. The list gives these
// columns then, each computed once, and what it returns is computed of its rows. It is nil when there are none.
func (c *converter) addDigits(r *rel, list []expr.Expr) (rounded []expr.Expr, err error) {
	for i, x := range list {
		t := *x.Type()
		if t.Kind != value.TypeDecimal || expr.Exactly(x) {
			continue
		}
		if list[i], err = c.b.AllDigits(x); err != nil {
			return nil, err
		}
		r.cols[i].digits = &digits{t}
	}
	for i, x := range list {
		var col expr.Expr = expr.NewColumn(i, *x.Type(), "")
		if of := r.cols[i].digits; of != nil {
			if col, err = c.b.WithDigits(of.typ, col); err != nil {
				return nil, err
			}
		}
		rounded = append(rounded, col)
	}
	for i, x := range list {
		if of := r.cols[i].digits; of != nil {
			rounded = append(rounded, expr.NewColumn(i, *x.Type(), ""))
			r.cols = append(r.cols, column{typ: *x.Type(), digits: of, behind: true})
		}
	}
	if len(rounded) == len(list) {
		return nil, nil
	}
	return rounded, nil
}

// withoutDigits leaves the columns out that addDigits has added.
func withoutDigits(r *rel) *rel {
	if !slices.ContainsFunc(r.cols, func(col column) bool { return col.behind }) {
		return r
	}
	var list []expr.Expr
	var cols []column
	for i, col := range r.cols {
		if !col.behind {
			list = append(list, expr.NewColumn(i, col.typ, ""))
			col.digits = nil
			cols = append(cols, col)
		}
	}
	return &rel{node: exec.NewProject(r.node, list), cols: cols, rows: r.rows}
}

// givenName is the name that an expression has been given, "" without one.
func givenName(e sql.Expression) string {
	if a, ok := e.(*expression.Alias); ok {
		return a.Name()
	}
	return ""
}

// computes says that what a query gives a name is no column.
func computes(e sql.Expression) bool {
	a, ok := e.(*expression.Alias)
	if !ok {
		return false
	}
	_, column := a.Child.(*expression.GetField)
	return !column
}

// having filters groups. Functions with OVER are computed of those that are left.
func (c *converter) having(n *plan.Having, outer *boundary) (*rel, error) {
	p, ok := n.Child.(*plan.Project)
	if !ok || !windowsInside(p) {
		child, err := c.scoped(c.below(n.Child), outer, nil)
		if err != nil {
			return nil, err
		}
		return c.havingOver(child, n, outer)
	}
	child, err := c.scoped(p.Child, outer, nil)
	if err != nil {
		return nil, err
	}
	var before []sql.Expression
	for _, e := range p.Projections {
		if len(overs(child, e)) == 0 {
			before = append(before, e)
		}
	}
	if child, err = c.extended(child, before, outer); err != nil {
		return nil, err
	}
	if child, err = c.havingOver(child, n, outer); err != nil {
		return nil, err
	}
	return c.projectOver(child, p.Projections, outer)
}

// extended adds columns to a converted node, but for those that it has.
func (c *converter) extended(child *rel, list []sql.Expression, outer *boundary) (*rel, error) {
	s := &scope{cols: child.cols, outer: outer}
	out := &rel{rows: child.rows, cols: append([]column{}, child.cols...)}
	var exprs []expr.Expr
	for i := range child.cols {
		exprs = append(exprs, expr.NewColumn(i, child.cols[i].typ, ""))
	}
	for _, e := range list {
		if idOf(e) == 0 || child.byID(idOf(e)) >= 0 {
			continue
		}
		x, err := c.expr(s, e)
		if err != nil {
			return nil, err
		}
		exprs = append(exprs, x)
		out.cols = append(out.cols, column{id: idOf(e), typ: *x.Type(), alias: givenName(e), computed: computes(e)})
	}
	out.node = projected(child.node, exprs)
	return out, nil
}

func (c *converter) havingOver(child *rel, n *plan.Having, outer *boundary) (*rel, error) {
	if l, ok := n.Cond.(*expression.Literal); ok { // as grammar.Divide puts it there: it filters nothing, and is in no way of what does
		if v, is := l.Value().(int8); is && v == 1 {
			return child, nil
		}
	}
	conds, err := c.conditions(&scope{cols: child.cols, outer: outer}, n.Cond)
	if err != nil {
		return nil, err
	}
	return &rel{node: &exec.Filter{Child: child.node, Conds: conds}, cols: child.cols, rows: child.rows / 3}, nil
}

// conditions converts a condition, split at its ANDs.
func (c *converter) conditions(s *scope, cond sql.Expression) ([]expr.Expr, error) {
	c.inCondition++
	defer func() { c.inCondition-- }()
	var out []expr.Expr
	for _, e := range expression.SplitConjunction(cond) {
		c.term = e
		x, err := c.expr(s, e)
		if err != nil {
			return nil, err
		}
		out = append(out, splitAnd(x)...)
	}
	return out, nil
}

func splitAnd(e expr.Expr) []expr.Expr {
	l, ok := e.(*expr.Logic)
	if !ok || l.Or() {
		return []expr.Expr{e}
	}
	var out []expr.Expr
	for _, item := range l.Items {
		out = append(out, splitAnd(item)...)
	}
	return out
}

// sort converts ORDER BY; most is how many rows are wanted, 0 all of them.
func (c *converter) sort(n *plan.Sort, outer *boundary, most int64) (*rel, error) {
	n = overDistinct(n)
	want := wanted(n.SortFields, most)
	child, err := c.scoped(c.below(n.Child), outer, want)
	if err != nil {
		return nil, err
	}
	if want != nil && want.met {
		return child, nil
	}
	return c.sortOver(child, n.SortFields, outer, most)
}

// wanted is the order of plain columns, nil of anything else.
func wanted(fields sql.SortFields, most int64) *order {
	h := &order{limit: most > 0}
	for _, f := range fields {
		if isForm(f.Column, grammar.FormKept) {
			return nil // HAVING comes first
		}
		e := f.Column
		if a, ok := e.(*expression.Alias); ok {
			e = a.Child
		}
		g, ok := e.(*expression.GetField)
		if !ok || f.Order != sql.Ascending && f.Order != sql.Descending {
			return nil
		}
		h.keys = append(h.keys, orderKey{g.Id(), f.Order == sql.Descending})
	}
	return h
}

func (c *converter) sortOver(child *rel, fields sql.SortFields, outer *boundary, most int64) (*rel, error) {
	child, err := c.windowed(child, outer, fields.ToExpressions()...)
	if err != nil {
		return nil, err
	}
	keys, err := c.sortKeys(&scope{cols: child.cols, outer: outer}, fields)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 { // by constants only
		return child, nil
	}
	out := &rel{node: &exec.Sort{Child: child.node, Keys: keys, Most: most}, cols: child.cols, rows: child.rows}
	if most > 0 {
		out.rows = min(out.rows, float64(most))
	}
	c.notes.rows(out.node, out.rows)
	return out, nil
}

func (c *converter) sortKeys(s *scope, fields sql.SortFields) ([]exec.SortKey, error) {
	var keys []exec.SortKey
	for _, f := range fields {
		if isForm(f.Column, grammar.FormKept) {
			continue
		}
		x, err := c.expr(s, f.Column)
		if err != nil {
			return nil, err
		}
		if expr.IsConst(x) {
			continue
		}
		k := exec.KeyOf(x.Type()).Sorting()
		k.Desc = f.Order == sql.Descending
		keys = append(keys, exec.SortKey{Expr: x, Key: k})
	}
	return keys, nil
}

// number is the value of LIMIT or OFFSET.
func number(e sql.Expression) (int64, error) {
	l, ok := e.(*expression.Literal)
	if !ok {
		return 0, unconverted("LIMIT of %T", e)
	}
	n, ok := asInteger(l.Value())
	if !ok || n.large != nil || n.small < 0 {
		return 0, unconverted("LIMIT of %T", l.Value())
	}
	return n.small, nil
}

func (c *converter) limit(n *plan.Limit, outer *boundary) (*rel, error) {
	count, err := number(n.Limit)
	if err != nil {
		return nil, err
	}
	child, skip := n.Child, int64(0)
	if off, ok := child.(*plan.Offset); ok {
		if skip, err = number(off.Offset); err != nil {
			return nil, err
		}
		child = off.Child
	}
	most := int64(0)
	if !n.CalcFoundRows && count <= 1<<31 && skip <= 1<<31 {
		most = count + skip
	}
	r, err := c.atMost(child, outer, most)
	if err != nil {
		return nil, err
	}
	rows := min(r.rows, float64(count))
	return &rel{node: c.limited(&exec.Limit{Child: r.node, Offset: skip, Count: count, CountAll: n.CalcFoundRows}, rows), cols: r.cols, rows: rows}, nil
}

// limited puts a limit below the expressions that are computed of its rows.
func (c *converter) limited(l *exec.Limit, rows float64) exec.Node {
	out := exec.Limited(l)
	for p, ok := out.(*exec.Project); ok; p, ok = p.Child.(*exec.Project) {
		c.notes.rows(p.Child, rows)
	}
	return out
}

// atMost converts a node of which only the first rows are wanted; 0 is all.
func (c *converter) atMost(n sql.Node, outer *boundary, most int64) (*rel, error) {
	switch n := n.(type) {
	case *plan.Sort:
		return c.sort(n, outer, most)
	case *plan.Project:
		if windowsInside(n) { // of all rows
			if s, ok := n.Child.(*plan.Sort); ok {
				child, err := c.windowedSort(s, n, outer, most)
				if err != nil {
					return nil, err
				}
				return c.projectOver(child, n.Projections, outer)
			}
			return c.project(n, outer, nil)
		}
		child, err := c.atMost(c.below(n.Child), outer, most)
		if err != nil {
			return nil, err
		}
		return c.projectOver(child, n.Projections, outer)
	}
	return c.scoped(n, outer, nil)
}

func (c *converter) offset(n *plan.Offset, outer *boundary) (*rel, error) {
	skip, err := number(n.Offset)
	if err != nil {
		return nil, err
	}
	r, err := c.node(n.Child, outer, nil)
	if err != nil {
		return nil, err
	}
	return &rel{node: c.limited(&exec.Limit{Child: r.node, Offset: skip, Count: -1}, r.rows), cols: r.cols, rows: r.rows}, nil
}

// values converts VALUES as a query of its own.
func (c *converter) values(n *plan.Values, outer *boundary) (*rel, error) {
	var ids []sql.ColumnId
	if len(n.ExpressionTuples) > 0 {
		ids = make([]sql.ColumnId, len(n.ExpressionTuples[0]))
	}
	return c.tuples(n.ExpressionTuples, ids, outer)
}

// tuples converts rows of expressions. The type of a column is what fits all of its values.
func (c *converter) tuples(list [][]sql.Expression, ids []sql.ColumnId, outer *boundary) (*rel, error) {
	s := &scope{outer: outer}
	rows := make([][]expr.Expr, len(list))
	for i, tuple := range list {
		if len(tuple) != len(ids) {
			return nil, unconverted("VALUES of several widths")
		}
		for _, e := range tuple {
			x, err := c.expr(s, e)
			if err != nil {
				return nil, err
			}
			rows[i] = append(rows[i], x)
		}
	}
	out := &rel{rows: float64(len(list))}
	v := &exec.Values{Rows: rows}
	for n, id := range ids {
		of := make([]expr.Expr, len(rows))
		for i := range rows {
			of[i] = rows[i][n]
		}
		t, err := c.unite(of)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i][n] = of[i]
		}
		v.Columns = append(v.Columns, t)
		out.cols = append(out.cols, column{id: id, typ: t})
	}
	out.node = v
	return out, nil
}

// unite finds the type that fits all expressions, and converts them to it in place.
func (c *converter) unite(list []expr.Expr) (value.Type, error) {
	if len(list) == 1 {
		return *list[0].Type(), nil
	}
	t, err := c.b.Union(list, "UNION")
	if err != nil {
		return t, err
	}
	for i, e := range list {
		if list[i], err = c.b.As(e, t); err != nil {
			return t, err
		}
	}
	return t, nil
}
