package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/hint"
	"github.com/lxdb/lxdb/engine/value"
)

// sarg is a condition that can bound a column of a table: column op something that
// stands still while the table is read.
type sarg struct {
	column   int // of the table
	op       string
	rule     value.Comparison
	with     []expr.Expr // several of = : alternatives
	nullSafe bool
	any      []exec.Stretch // of the op "or"
}

// access is a way to the rows of a table.
type access struct {
	index   int // -1: all rows
	spans   []exec.Span
	rows    float64 // a guess of how many come
	read    float64 // and of how many are read for them
	cost    float64 // in rows read one after the other
	ordered bool    // they come in the order that was wanted
	reverse bool
	equal   int // columns of the index that equal something
	merged  []exec.Merged
	// possible are the indexes that the conditions bound.
	possible []int
}

// lookupCost is what one row found by an index costs, in rows of a scan.
const lookupCost = 12

// lockCost is what a lock costs that others may wait for, in rows of a scan.
const lockCost = 1000

// sargs finds the conditions over a table's columns that can bound one. places are the
// columns' places in the table.
func sargs(conds []expr.Expr, places []int) (out []sarg) {
	for _, e := range conds {
		if s, ok := sargOf(e, places); ok {
			out = append(out, s)
		}
	}
	return out
}

func sargOf(e expr.Expr, places []int) (s sarg, ok bool) {
	switch e := e.(type) {
	case *expr.Compare:
		return compareSarg(e, places)
	case *expr.Logic:
		return orSarg(e, places)
	case *expr.In:
		return inSarg(e, places)
	case *expr.Call:
		if e.Function.Name == "is null" && len(e.Args) == 1 {
			if col, ok := e.Args[0].(*expr.Column); ok {
				return sarg{column: places[col.Index], op: "=", with: []expr.Expr{expr.NullLiteral()}, nullSafe: true}, true
			}
		}
	}
	return s, false
}

var mirrored = map[string]string{"=": "=", "<=>": "<=>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func compareSarg(e *expr.Compare, places []int) (s sarg, ok bool) {
	op := e.Operator()
	l, r := e.Left, e.Right
	col, isCol := l.(*expr.Column)
	if !isCol || !expr.FixedInStatement(r) {
		if col, isCol = r.(*expr.Column); !isCol || !expr.FixedInStatement(l) {
			return s, false
		}
		op, r = mirrored[op], l
	}
	if op == "" || mirrored[op] == "" {
		return s, false
	}
	s = sarg{column: places[col.Index], op: op, rule: e.Rule, with: []expr.Expr{r}}
	if op == "<=>" {
		s.op, s.nullSafe = "=", true
	}
	return s, true
}

// orSarg: a = 1 OR a = 2 is a list.
func orSarg(e *expr.Logic, places []int) (s sarg, ok bool) {
	if !e.Or() {
		return s, false
	}
	for i, item := range e.Items {
		one, ok := sargOf(item, places)
		if !ok || one.op != "=" {
			return stretchesSarg(e, places)
		}
		if i == 0 {
			s = one
			continue
		}
		if one.column != s.column || one.nullSafe || s.nullSafe || one.rule != s.rule {
			return s, false
		}
		s.with = append(s.with, one.with...)
	}
	return s, true
}

// stretchesSarg: a BETWEEN 1 AND 3 OR a BETWEEN 7 AND 9 OR a = 11 is a list of stretches.
func stretchesSarg(e *expr.Logic, places []int) (s sarg, ok bool) {
	for i, item := range e.Items {
		parts := []expr.Expr{item}
		if and, ok := item.(*expr.Logic); ok && !and.Or() {
			parts = and.Items
		}
		var st exec.Stretch
		for n, part := range parts {
			one, ok := sargOf(part, places)
			if !ok || one.nullSafe || one.any != nil || i+n > 0 && (one.column != s.column || one.rule != s.rule) {
				return s, false
			}
			s.column, s.rule = one.column, one.rule
			if len(one.with) != 1 { // a IN (1, 3): a stretch for each
				if len(parts) > 1 {
					return s, false
				}
				for _, e := range one.with[1:] {
					s.any = append(s.any, exec.Stretch{Low: e, High: e, LowInclusive: true, HighInclusive: true})
				}
			}
			switch one.op {
			case ">", ">=":
				st.Low, st.LowInclusive = one.with[0], one.op == ">="
			case "<", "<=":
				st.High, st.HighInclusive = one.with[0], one.op == "<="
			default:
				st = exec.Stretch{Low: one.with[0], High: one.with[0], LowInclusive: true, HighInclusive: true}
			}
		}
		s.any = append(s.any, st)
	}
	s.op = "or"
	return s, true
}

func inSarg(e *expr.In, places []int) (s sarg, ok bool) {
	col, isCol := e.Left.(*expr.Column)
	if !isCol {
		return s, false
	}
	rule, same := e.Rule()
	if !same {
		return s, false
	}
	for _, item := range e.Items {
		if !expr.FixedInStatement(item) {
			return s, false
		}
	}
	return sarg{column: places[col.Index], op: "=", rule: rule, with: e.Items}, true
}

// best chooses how to read a table under conditions. must says that one of these columns has to be
// bound by them: otherwise the access is none.
func (p *planner) best(it *item, conds []expr.Expr, want *order) access {
	total := math.Max(1, float64(it.source.Rows(p.c.ctx)))
	list := sargs(conds, it.places)
	out := access{index: -1, rows: total * p.left(it, conds, nil, len(conds)), read: total, cost: total}
	if it.source.Locks() { // what is read is locked, whether it is wanted or not
		out.cost *= lockCost
	}
	var possible []int
	for n, x := range it.source.Indexes() {
		yes, forced := p.mayUse(it, x.Name)
		if !yes {
			continue
		}
		a := access{index: n}
		share, many := 1.0, 1.0
		for _, col := range x.Columns {
			span, eq, ok := p.span(it, list, col)
			if !ok {
				break
			}
			a.spans = append(a.spans, span)
			if (!eq || len(span.Equal) > 1) && !p.mayRange(it, x.Name) {
				a.spans = a.spans[:len(a.spans)-1]
				break
			}
			if !eq {
				share *= 0.2
				if span.Low == nil || span.High == nil {
					share *= 1.5
				}
				break
			}
			a.equal++
			many *= float64(len(span.Equal))
			if distinct := it.source.Distinct(p.c.ctx, n, a.equal); distinct > 0 {
				share = many / float64(distinct)
			} else {
				share *= equalShare(total) * float64(len(span.Equal))
			}
		}
		if a.equal == len(x.Columns) && x.Unique {
			share = float64(manyOf(a.spans)) / total
		} else if len(a.spans) == 1 {
			if told, ok := p.share(it, x.Columns[0], a.spans[0]); ok {
				share = told
			}
		}
		a.rows = math.Max(1, total*math.Min(1, share))
		if !(x.Unique && a.equal == len(x.Columns)) {
			a.rows = p.dive(it, n, a, total)
		}
		a.ordered, a.reverse = p.orders(it, x.Columns, x.Ordered, a, want)
		if len(a.spans) == 0 && !(a.ordered && (x.Primary || want.limit)) {
			continue
		}
		a.cost = a.rows * lookupCost
		if it.source.Covers(n, it.places) {
			a.cost = a.rows + 4
		}
		if x.Primary {
			a.cost = a.rows + 4
		}
		if x.Unique && a.equal == len(x.Columns) { // whatever is there, no more rows come than values
			a.cost = math.Min(a.cost, a.rows)
		}
		if a.ordered && want.limit && len(a.spans) == 0 {
			a.cost = math.Min(a.cost, 1000)
		}
		if (forced || p.eager) && out.index < 0 {
			out.cost = forcedCost
		}
		if len(a.spans) > 0 {
			possible = append(possible, n)
		}
		if better(&a, &out) {
			a.read = a.rows
			a.rows *= p.left(it, conds, x.Columns[:len(a.spans)], len(conds)-len(a.spans))
			out = a
		}
	}
	out.possible = possible
	if it.keyed && len(possible) > 0 {
		p.c.found(it.cols[len(it.cols)-1].id)
	}
	return out
}

// mostMerged bounds the indexes that are put together.
const mostMerged = 16

// merge is an access by several indexes, where one condition is an OR of which an index serves each side, and that
// costs less than the best by one index.
func (p *planner) merge(it *item, conds []expr.Expr, one access) access {
	if it.source.Locks() || it.keyed || one.ordered { // what is locked is read as it is now, and would be read at different moments
		return one
	}
	dived := p.c.dived // of the indexes under all conditions
	defer func() { p.c.dived, p.merging, p.eager = dived, false, false }()
	p.merging = true
	best, wanted := one, false
	if b := p.set.hints; b != nil {
		wanted = slices.ContainsFunc(b.Merge, func(x hint.Index) bool { return x.Table == strings.ToLower(it.name) })
		p.eager = wanted
	}
	for i, e := range conds {
		or, ok := e.(*expr.Logic)
		if !ok || !or.Or() || len(or.Items) > mostMerged {
			continue
		}
		out := access{index: -1}
		for _, side := range or.Items {
			parts := []expr.Expr{side}
			if and, ok := side.(*expr.Logic); ok && !and.Or() {
				parts = and.Items
			}
			if ok = !slices.ContainsFunc(parts, func(e expr.Expr) bool { return !silent(it.cols, e) }); !ok {
				break
			}
			under := append(slices.Clone(parts), conds[:i]...)
			p.c.dived = nil
			a := p.best(it, append(under, conds[i+1:]...), nil)
			if ok = a.index >= 0 && len(a.spans) > 0; !ok {
				break
			}
			out.merged = append(out.merged, exec.Merged{Index: a.index, Spans: a.spans, Cond: side})
			out.cost += a.cost
			out.read += a.read
			out.rows += a.rows
			out.possible = append(out.possible, a.index)
		}
		if ok && (out.cost < best.cost || wanted && best.merged == nil) {
			slices.Sort(out.possible)
			out.possible = slices.Compact(out.possible)
			best = out
		}
	}
	return best
}

func better(a, b *access) bool {
	ca, cb := a.cost, b.cost
	if a.ordered && !b.ordered {
		cb += b.rows * 2 // it would be sorted
	}
	if b.ordered && !a.ordered {
		ca += a.rows * 2
	}
	return ca < cb || ca == cb && a.equal > b.equal
}

// guess is the share of rows that so many conditions leave.
func guess(conds int) float64 { return math.Pow(0.3, float64(min(conds, 4))) }

// equalShare is the share of rows that equal something, of an index that is not unique.
func equalShare(total float64) float64 {
	return math.Max(1/total, math.Min(0.1, 10/math.Sqrt(total)/10))
}

func manyOf(spans []exec.Span) int {
	n := 1
	for _, s := range spans {
		n *= max(1, len(s.Equal))
	}
	return n
}

// span is what the conditions say about a column; eq that it equals something.
func (p *planner) span(it *item, list []sarg, col int) (out exec.Span, eq, ok bool) {
	var rule value.Comparison
	src := it.source
	for _, s := range list {
		if s.column == col && s.op == "=" {
			rule = s.rule
			out.Equal, out.NullSafe = s.with, s.nullSafe
			if len(s.with) == 1 {
				break
			}
		}
	}
	if out.Equal == nil {
		for _, s := range list {
			if s.column != col || s.op == "=" {
				continue
			}
			rule, ok = s.rule, true
			switch s.op {
			case "or":
				out.Stretches = s.any
			case ">", ">=":
				out.Low, out.LowInclusive = s.with[0], s.op == ">="
			case "<", "<=":
				out.High, out.HighInclusive = s.with[0], s.op == "<="
			}
		}
		if !ok {
			return out, false, false
		}
	}
	if out.Low != nil || out.High != nil {
		out.Stretches = nil // the row is held against all conditions, and one of them is enough to find it
	}
	// Both ends of a stretch are compared alike, or the looser one is left out.
	for _, s := range list {
		if out.Equal == nil && s.column == col && s.op != "=" && s.rule != rule {
			return out, false, false
		}
	}
	out.Convert = func(e *value.Env, v value.Value, t *value.Type) (value.Value, *value.Type, bool) {
		return src.Bound(col, rule, e, v, t)
	}
	return out, out.Equal != nil, true
}

// orders says whether an access gives rows in the wanted order: the index's columns behind
// those that equal one value, all of them the same way.
func (p *planner) orders(it *item, columns []int, ordered bool, a access, want *order) (yes, reverse bool) {
	if want == nil || len(want.keys) == 0 || !ordered {
		return false, false
	}
	reverse = want.keys[0].desc
	at := 0
	for _, k := range want.keys {
		place := -1
		for i := range it.cols {
			if it.cols[i].id == k.id {
				place = it.places[i]
			}
		}
		for at < a.equal && columns[at] != place && len(a.spans[at].Equal) == 1 {
			at++
		}
		if place < 0 || at == len(columns) || columns[at] != place || k.desc != reverse {
			return false, false
		}
		at++
	}
	return true, reverse
}

// scan makes the node that reads a table, with the conditions above it.
func (p *planner) scan(it *item, conds []expr.Expr, a access) *rel {
	types := make([]value.Type, len(it.cols))
	for i := range it.cols {
		types[i] = it.cols[i].typ
	}
	places := it.places
	if it.keyed {
		places = places[:len(places)-1]
	}
	s := exec.NewScan(it.source, places, types)
	s.Keyed = it.keyed
	s.Index, s.Spans, s.Ordered, s.Reverse = a.index, a.spans, a.ordered, a.reverse
	s.Single = it.source.Locks() && (!it.keyed || p.c.fewRows)
	s.Name, s.Rows, s.Possible, s.Merged = it.name, a.read, a.possible, a.merged
	out := &rel{node: s, cols: it.cols, rows: a.rows}
	if len(conds) > 0 {
		out.node = &exec.Filter{Child: s, Conds: conds}
		p.c.notes.rows(out.node, a.rows)
	}
	return out
}

// Conditions on a derived table or a view reach the tables below it, so that their indexes
// serve: those that a column of it is bounded by. They are asked of rows that the query inside
// would have left out, perhaps because its reader may not see them: so they must be conditions
// of which nothing is heard but the rows that stay.

// under is r as some conditions want it, with rows of it left out that these leave out anyhow.
func (r *rel) under(conds []expr.Expr) (*rel, error) {
	if r.refine == nil {
		return r, nil
	}
	var silent []expr.Expr
	for _, e := range conds {
		if r.silent(e) {
			silent = append(silent, e)
		}
	}
	if len(silent) == 0 {
		return r, nil
	}
	narrow, err := r.refine(silent)
	if err != nil || narrow == nil {
		return r, err
	}
	return narrow, nil
}

// silent says that a condition bounds a column, and neither fails nor warns whatever it holds.
func (r *rel) silent(e expr.Expr) bool { return silent(r.cols, e) }

func silent(cols []column, e expr.Expr) bool {
	places := make([]int, len(cols))
	for i := range places {
		places[i] = i
	}
	s, ok := sargOf(e, places)
	if !ok {
		return false
	}
	t := &cols[s.column].typ
	if _, isNull := e.(*expr.Call); isNull {
		return true
	}
	switch s.rule.How {
	case value.AsInt, value.AsDecimal, value.AsDouble:
		return t.IsNumber()
	case value.AsString:
		return t.IsString()
	case value.AsDateTime, value.AsTime:
		return t.IsTemporal()
	}
	return false
}

// refinedProject is refine of a list of expressions, of those that are columns; over computes the list over a node.
func refinedProject(child *rel, list []expr.Expr, cols []column, over func(exec.Node) exec.Node) func(conds []expr.Expr) (*rel, error) {
	return func(conds []expr.Expr) (*rel, error) {
		var below []expr.Expr
		for _, e := range conds {
			plain := true
			moved := expr.Transform(e, func(e expr.Expr) expr.Expr {
				col, ok := e.(*expr.Column)
				if !ok {
					return e
				}
				var from *expr.Column
				if col.Index < len(list) { // else it has the digits of another one
					from, _ = list[col.Index].(*expr.Column)
				}
				if from == nil {
					plain = false
					return e
				}
				return from
			})
			if plain {
				below = append(below, moved)
			}
		}
		if len(below) == 0 {
			return nil, nil
		}
		narrow, err := child.refine(below)
		if err != nil || narrow == nil {
			return nil, err
		}
		return &rel{node: over(narrow.node), cols: cols, rows: narrow.rows}, nil
	}
}
