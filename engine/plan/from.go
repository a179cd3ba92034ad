package plan

import (
	"reflect"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/hint"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// joinSet is what FROM and WHERE come to: tables that are joined in any order, and the
// conditions that the result meets.
type joinSet struct {
	items []*item
	conds []sql.Expression
	pre   []expr.Expr // conditions that were converted already, over the columns of the set
	hints *hint.Block // nil without any
}

// item is one of the tables of a joinSet.
type item struct {
	name string // of a table, as the statement calls it
	cols []column
	// One of these: a table; rows that were converted already; a LEFT JOIN; a node that looks
	// at the items before it.
	source  *table.Source
	places  []int // of cols, in the table
	keyed   bool  // the last of cols is the key of the row
	rel     *rel
	merged  bool // of a derived table that MySQL would put into the query: a row left out is not computed
	left    *joinSet
	right   *joinSet
	on      []sql.Expression
	lateral sql.Node
	kind    exec.JoinKind // of lateral
}

// maxItems bounds the tables of one joinSet, as MySQL does.
const maxItems = 61

// from converts a tree of joins with the conditions above it.
func (c *converter) from(n sql.Node, outer *boundary, want *order) (*rel, error) {
	wishes := c.hinted(n)
	set, err := c.joinSet(n, outer)
	if err != nil {
		return nil, err
	}
	if wishes != nil {
		set.wish(wishes)
	}
	return c.planSet(set, outer, want)
}

func (c *converter) joinSet(n sql.Node, outer *boundary) (*joinSet, error) {
	if c.depth++; c.depth > maxNesting {
		return nil, value.TooDeep("the query")
	}
	defer func() { c.depth-- }()
	switch n := n.(type) {
	case *plan.Filter:
		set, err := c.joinSet(n.Child, outer)
		if err != nil {
			return nil, err
		}
		set.conds = append(set.conds, terms(zeroDates(columnsOf(set), n.Expression))...)
		return set, nil
	case *plan.JoinNode:
		return c.join(n, outer)
	}
	it, err := c.item(n, outer)
	if err != nil {
		return nil, err
	}
	return &joinSet{items: []*item{it}}, nil
}

func (c *converter) join(n *plan.JoinNode, outer *boundary) (*joinSet, error) {
	left, err := c.joinSet(n.Left(), outer)
	if err != nil {
		return nil, err
	}
	var on []sql.Expression
	if n.Filter != nil {
		on = terms(n.Filter)
	}
	switch n.Op {
	case plan.JoinTypeLateralCross, plan.JoinTypeLateralInner, plan.JoinTypeLateralLeft:
		kind := exec.InnerJoin
		if n.Op == plan.JoinTypeLateralLeft {
			kind = exec.LeftJoin
		}
		set := &joinSet{items: []*item{{left: left, lateral: n.Right(), on: on, kind: kind}}}
		return set, c.openLateral(set, outer) // its columns are needed
	}
	right, err := c.joinSet(n.Right(), outer)
	if err != nil {
		return nil, err
	}
	switch n.Op {
	case plan.JoinTypeCross, plan.JoinTypeInner:
		left.items = append(left.items, right.items...)
		left.conds = append(append(left.conds, right.conds...), on...)
		if len(left.items) > maxItems {
			return nil, sqlerr.TooManyTables.Errorf("Too many tables; MySQL can only use %d tables in a join", maxItems)
		}
		return left, nil
	case plan.JoinTypeLeftOuter:
		it := &item{left: left, right: right, on: on}
		it.cols = append(it.cols, columnsOf(left)...)
		for _, col := range columnsOf(right) {
			col.typ.Nullable = true
			it.cols = append(it.cols, col)
		}
		return &joinSet{items: []*item{it}}, nil
	}
	return nil, unconverted("join %s", n.Op)
}

// terms are the parts of a condition that AND joins. An equality of columns that stands in each part of an OR is one of
// them: a join may look rows up by it. (a AND b) OR (a AND c) is a AND (b OR c), also where a part is unknown.
func terms(cond sql.Expression) (out []sql.Expression) {
	for _, e := range expression.SplitConjunction(cond) {
		parts := expression.SplitDisjunction(e)
		if len(parts) == 1 {
			out = append(out, e)
			continue
		}
		first := map[[2]sql.ColumnId]sql.Expression{}
		left := make([][]sql.Expression, len(parts))
		for i, p := range parts {
			left[i] = expression.SplitConjunction(p)
			here := map[[2]sql.ColumnId]sql.Expression{}
			for _, t := range left[i] {
				if pair, ok := columnPair(t); ok && (i == 0 || first[pair] != nil) {
					here[pair] = t
				}
			}
			if first = here; len(first) == 0 {
				break
			}
		}
		if len(first) == 0 {
			out = append(out, e)
			continue
		}
		var rest []sql.Expression
		for i := range left {
			of := slices.DeleteFunc(left[i], func(t sql.Expression) bool {
				pair, ok := columnPair(t)
				return ok && first[pair] != nil
			})
			if len(of) == 0 { // the rest says nothing more
				rest = nil
				break
			}
			rest = append(rest, expression.JoinAnd(of...))
		}
		for _, t := range expression.SplitConjunction(parts[0]) { // in the order in which they are written
			if pair, ok := columnPair(t); ok && first[pair] != nil {
				out = append(out, t)
				delete(first, pair)
			}
		}
		if rest != nil {
			out = append(out, expression.JoinOr(rest...))
		}
	}
	return out
}

// columnPair is what an equality of two columns compares, the smaller id first.
func columnPair(e sql.Expression) (pair [2]sql.ColumnId, ok bool) {
	eq, ok := e.(*expression.Equals)
	if !ok {
		return pair, false
	}
	a, isA := eq.Left().(*expression.GetField)
	b, isB := eq.Right().(*expression.GetField)
	if !isA || !isB || a.Id() == 0 || b.Id() == 0 {
		return pair, false
	}
	return [2]sql.ColumnId{min(a.Id(), b.Id()), max(a.Id(), b.Id())}, true
}

func columnsOf(s *joinSet) (out []column) {
	for _, it := range s.items {
		out = append(out, it.cols...)
	}
	return out
}

// ids lists the columns of a node that has a set of them, in their order.
func ids(n plan.TableIdNode) (out []sql.ColumnId) {
	n.Columns().ForEach(func(id sql.ColumnId) { out = append(out, id) })
	return out
}

func (c *converter) item(n sql.Node, outer *boundary) (*item, error) {
	switch n := n.(type) {
	case *plan.TableAlias:
		it, err := c.item(n.Child, outer)
		if err == nil {
			it.name = n.Name()
			for i := range it.cols {
				it.cols[i].table = n.Name()
			}
		}
		return it, err
	case *plan.ResolvedTable:
		return c.table(n)
	case *plan.SubqueryAlias:
		if n.IsLateral {
			outer = nil // the join gives it one
		}
		if err := DistinctNames(n); err != nil {
			return nil, err
		}
		merged := c.merges(n)
		r, err := c.view(n, outer)
		if err != nil {
			return nil, err
		}
		c.notes.derived(r, n.Name())
		it, err := renamed(r, ids(n))
		if err == nil {
			it.name, it.merged = n.Name(), merged
		}
		return it, err
	case *plan.ValueDerivedTable:
		r, err := c.tuples(n.ExpressionTuples, ids(n), outer)
		if err != nil {
			return nil, err
		}
		return &item{rel: r, cols: r.cols}, nil
	case *plan.RecursiveTable:
		return c.recursiveTable(n)
	case *plan.JSONTable:
		r, err := c.jsonTable(n, outer)
		if err != nil {
			return nil, err
		}
		return &item{rel: r, cols: r.cols}, nil
	}
	r, err := c.scoped(n, outer, nil)
	if err != nil {
		return nil, err
	}
	return &item{rel: r, cols: r.cols}, nil
}

// merges says whether MySQL merges a derived table, and has its list give all digits of its values.
func (c *converter) merges(n *plan.SubqueryAlias) bool {
	list := mergedList(n)
	if list == nil {
		return false
	}
	if c.merged == nil {
		c.merged = map[*plan.Project]bool{}
	}
	c.merged[list] = true
	return true
}

// view is derived, of a view under the collation that its text is read under.
func (c *converter) view(n *plan.SubqueryAlias, outer *boundary) (*rel, error) {
	collation := grammar.CollationOfQuery(n.TextDefinition)
	defer c.under(collation)()
	r, err := c.derived(n, outer)
	if err != nil || r.refine == nil || collation == "" {
		return r, err
	}
	inner, out := r.refine, *r
	out.refine = func(conds []expr.Expr) (*rel, error) { // converts it again, in the middle of what is around it
		defer c.under(collation)()
		return inner(conds)
	}
	return &out, nil
}

// derived converts the query of a derived table. That of a common table expression which is
// named several times runs once, unless conditions of those who name it can make it shorter.
func (c *converter) derived(n *plan.SubqueryAlias, outer *boundary) (*rel, error) {
	if n.IsLateral || !reflect.TypeOf(n.Child).Comparable() || c.derivations[n.Child] < 2 || !n.Correlated.Empty() || len(c.working) > 0 {
		return c.scoped(n.Child, outer, nil)
	}
	if r := c.shared[n.Child]; r != nil {
		return &rel{node: &exec.Shared{Query: r.query}, cols: slices.Clone(r.cols), rows: r.rows}, nil
	}
	r, err := c.scoped(n.Child, nil, nil)
	if err != nil {
		return c.scoped(n.Child, outer, nil)
	}
	if r.refine != nil && !c.volatile(n.Child) {
		return r, nil
	}
	query := &exec.SharedQuery{Node: r.node}
	node := &exec.Shared{Query: query}
	c.subqueries = append(c.subqueries, &exec.Subquery{Node: node}) // which begins and ends with the statement
	if c.shared == nil {
		c.shared = map[sql.Node]*sharedRel{}
	}
	c.shared[n.Child] = &sharedRel{query: query, cols: slices.Clone(r.cols), rows: r.rows}
	return &rel{node: node, cols: r.cols, rows: r.rows}, nil
}

// sharedRel is a query that runs once.
type sharedRel struct {
	query *exec.SharedQuery
	cols  []column
	rows  float64
}

// DistinctNames refuses a derived table, or a view, with two columns of one name. Those that a rewrite has
// made have no name of a client.
func DistinctNames(n *plan.SubqueryAlias) error {
	if strings.HasSuffix(n.Name(), "\x00") {
		return nil
	}
	seen := map[string]bool{}
	for i, c := range headings(n.Child) {
		if len(n.ColumnNames) > 0 {
			c = &sql.Column{Name: n.ColumnNames[i]}
		}
		name := strings.ToLower(c.Name)
		if seen[name] {
			return sqlerr.DupFieldName.Errorf("Duplicate column name '%s'", c.Name)
		}
		seen[name] = true
	}
	return nil
}

// renamed gives the columns of a converted node other ids.
func renamed(r *rel, list []sql.ColumnId) (*item, error) {
	asked := 0
	for i := range r.cols {
		if !r.cols[i].behind {
			asked++
		}
	}
	if len(list) != asked {
		return nil, unconverted("a derived table with %d names for %d columns", len(list), asked)
	}
	out := &rel{node: r.node, rows: r.rows, refine: r.refine}
	for i, id := range list {
		out.cols = append(out.cols, column{id: id, typ: r.cols[i].typ, origin: Origin{Column: r.cols[i].origin.Column, Derived: true}, digits: r.cols[i].digits})
	}
	out.cols = append(out.cols, r.cols[asked:]...)
	return &item{rel: out, cols: out.cols}, nil
}

func (c *converter) table(n *plan.ResolvedTable) (*item, error) {
	if plan.IsDualTable(n.Table) {
		r := &rel{node: &exec.Values{Rows: [][]expr.Expr{{}}}, rows: 1}
		return &item{rel: r}, nil
	}
	t, ok := n.Table.(*table.Table)
	if !ok {
		return c.computed(n)
	}
	src := t.Source()
	if src == nil {
		return nil, unconverted("the types of a table")
	}
	c.momentary = c.momentary || !src.Lasts()
	it := &item{source: src, name: t.Name()}
	list := ids(n)
	types := src.Types()
	if len(list) != len(types) {
		return nil, unconverted("a table that shows some columns")
	}
	for i, id := range list {
		if c.used[id] {
			it.cols = append(it.cols, column{id: id, table: t.Name(), name: t.Schema()[i].Name, typ: types[i], origin: Origin{Column: t.Schema()[i]}})
			it.places = append(it.places, i)
		}
	}
	for _, ch := range c.changes {
		if ch.node == n {
			it.keyed = true
			it.cols = append(it.cols, column{id: ch.key, typ: value.BytesOf(0)})
			it.places = append(it.places, len(types))
		}
	}
	return it, nil
}

// cond is a condition over the columns of a whole joinSet, one item's behind the other's.
type cond struct {
	e    expr.Expr
	mask uint64 // of the items that it looks at
}

// planner joins the items of a set.
type planner struct {
	c       *converter
	set     *joinSet
	outer   *boundary
	want    *order
	start   []int // of each item's columns among those of the set
	conds   []cond
	done    uint64 // the items that are joined
	eager   bool   // an index is wanted, whatever it costs
	merging bool   // one of several indexes is looked for
	out     *rel
	at      map[int]int // from a column of the set to one of out
}

// planSet joins the items of a set and asks its conditions, each as early as possible.
func (c *converter) planSet(set *joinSet, outer *boundary, want *order) (*rel, error) {
	p := &planner{c: c, set: set, outer: outer, want: want, at: map[int]int{}}
	n := 0
	for _, it := range set.items {
		p.start = append(p.start, n)
		n += len(it.cols)
	}
	p.start = append(p.start, n)
	for _, it := range set.items {
		if err := p.knowIndexes(it); err != nil {
			return nil, err
		}
	}
	gates, err := p.classify()
	if err != nil {
		return nil, err
	}
	if err := p.run(); err != nil {
		return nil, err
	}
	out := p.out
	if rest := p.ready(^uint64(0)); len(rest) > 0 {
		out = &rel{node: &exec.Filter{Child: out.node, Conds: rest}, cols: out.cols, rows: out.rows * guess(len(rest))}
	}
	out = p.inOrder(out)
	c.notes.rows(out.node, out.rows)
	if len(gates) > 0 {
		out = &rel{node: &exec.Gate{Child: out.node, Conds: gates}, cols: out.cols, rows: out.rows}
	}
	if want != nil || set.hints != nil && set.hints.Closed {
		return out, nil
	}
	again := *out
	again.refine = func(conds []expr.Expr) (*rel, error) {
		narrow := *set
		narrow.pre = append(set.pre[:len(set.pre):len(set.pre)], conds...)
		return c.planSet(&narrow, outer, nil)
	}
	return &again, nil
}

// inOrder brings the columns into the order of the set.
func (p *planner) inOrder(r *rel) *rel {
	straight := true
	list := make([]expr.Expr, len(r.cols))
	cols := make([]column, len(r.cols))
	types := r.node.Types()
	for from, to := range p.at {
		straight = straight && from == to
		list[from] = expr.NewColumn(to, types[to], "")
		cols[from] = r.cols[to]
	}
	if straight {
		return r
	}
	return &rel{node: exec.NewProject(r.node, list), cols: cols, rows: r.rows}
}

// classify converts the conditions. Those that look at no table are asked once, before
// anything is read.
func (p *planner) classify() (gates []expr.Expr, err error) {
	s := &scope{cols: columnsOf(p.set), outer: p.outer}
	var first []expr.Expr
	all := append([]expr.Expr{}, p.set.pre...)
	for _, e := range p.set.conds {
		list, err := p.c.conditions(s, e)
		if err != nil {
			return nil, err
		}
		if isForm(e, grammar.FormFirst) {
			first = append(first, list...)
			continue
		}
		all = append(all, list...)
	}
	all = append(first, all...) // a table's are asked in this order, before those of several tables
	for _, x := range all {
		mask := p.mask(x)
		switch {
		case mask == 0 && expr.FixedInStatement(x):
			gates = append(gates, x)
		case mask == 0: // RAND() < 0.5: of each row
			p.conds = append(p.conds, cond{x, 1<<len(p.set.items) - 1})
		default:
			p.conds = append(p.conds, cond{x, mask})
		}
	}
	return gates, nil
}

// mask is the items that an expression looks at.
func (p *planner) mask(e expr.Expr) (m uint64) {
	expr.Walk(e, func(e expr.Expr) {
		if col, ok := e.(*expr.Column); ok {
			m |= 1 << p.itemOf(col.Index)
		}
	})
	return m
}

func (p *planner) itemOf(column int) int {
	i := 0
	for column >= p.start[i+1] {
		i++
	}
	return i
}

// ready takes the conditions that look at no other items than these, over the columns of out.
func (p *planner) ready(items uint64) (out []expr.Expr) {
	rest := p.conds[:0]
	for _, cd := range p.conds {
		if cd.mask&^items != 0 {
			rest = append(rest, cd)
			continue
		}
		out = append(out, p.moved(cd.e, p.at))
	}
	p.conds = rest
	return out
}

// moved gives an expression over the columns of the set over others.
func (p *planner) moved(e expr.Expr, at map[int]int) expr.Expr {
	return expr.Transform(e, func(e expr.Expr) expr.Expr {
		col, ok := e.(*expr.Column)
		if !ok {
			return e
		}
		return expr.NewColumn(at[col.Index], col.Of, col.Name)
	})
}
