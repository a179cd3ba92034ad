package plan

import (
	"math"
	"slices"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Items are joined greedily: the cheapest first, then each time the one that makes the fewest
// rows of those that a condition connects. It takes n squared steps, whatever the joins.

func (p *planner) run() error {
	if err := p.begin(p.first()); err != nil {
		return err
	}
	for p.done != 1<<len(p.set.items)-1 {
		next := p.next()
		if err := p.attach(next); err != nil {
			return err
		}
	}
	return nil
}

// first is the item to begin with: where the fewest rows come from.
func (p *planner) first() int {
	best, rows := 0, math.Inf(1)
	for _, i := range p.choices() {
		if n := p.guessAlone(i); n < rows {
			best, rows = i, n
		}
	}
	return best
}

// guessAlone is how many rows an item has under the conditions on it alone.
func (p *planner) guessAlone(i int) float64 {
	it := p.set.items[i]
	switch {
	case it.source != nil:
		return p.best(it, p.local(i), nil).rows
	case it.rel != nil:
		return it.rel.rows
	case it.left != nil:
		n := 1.0
		for _, l := range it.left.items {
			if l.source != nil {
				n *= float64(l.source.Rows(p.c.ctx))
			}
		}
		return n * guess(len(p.local(i)))
	}
	return 1000
}

// local are the conditions on one item, over its own columns.
func (p *planner) local(i int) (out []expr.Expr) {
	for _, cd := range p.conds {
		if cd.mask == 1<<i {
			out = append(out, p.moved(cd.e, p.ownPlaces(i)))
		}
	}
	return out
}

// take are those, and they are asked no more.
func (p *planner) take(i int) []expr.Expr {
	out := p.local(i)
	p.conds = slices.DeleteFunc(p.conds, func(cd cond) bool { return cd.mask == 1<<i })
	return out
}

func (p *planner) ownPlaces(i int) map[int]int {
	at := map[int]int{}
	for n := range p.set.items[i].cols {
		at[p.start[i]+n] = n
	}
	return at
}

// begin makes the first item the result.
func (p *planner) begin(i int) error {
	it := p.set.items[i]
	var want *order
	if len(p.set.items) == 1 {
		want = p.want
	}
	r, err := p.alone(i, want)
	if err != nil {
		return err
	}
	p.out = &rel{node: r.node, rows: r.rows}
	p.add(i, it, r)
	return nil
}

// add appends an item's columns to those of the result.
func (p *planner) add(i int, it *item, r *rel) {
	for n := range it.cols {
		p.at[p.start[i]+n] = len(p.out.cols)
		p.out.cols = append(p.out.cols, r.cols[n])
	}
	p.done |= 1 << i
}

// alone converts an item with the conditions that look at nothing else.
func (p *planner) alone(i int, want *order) (*rel, error) {
	it := p.set.items[i]
	switch {
	case it.source != nil:
		conds := p.take(i)
		a := p.merge(it, conds, p.best(it, conds, want))
		if want != nil {
			want.met = a.ordered
		}
		return p.scan(it, conds, a), nil
	case it.rel != nil:
		conds := p.take(i)
		if len(conds) == 0 {
			return it.rel, nil
		}
		from := it.rel
		if !p.closed(it) {
			var err error
			if from, err = it.rel.under(conds); err != nil {
				return nil, err
			}
		}
		out := &rel{cols: it.rel.cols, rows: from.rows * guess(len(conds))}
		if out.node = p.c.filter(from.node, conds, out.rows); it.merged {
			out.node = p.c.filtered(from.node, conds, out.rows)
		}
		return out, nil
	}
	return p.leftJoin(i)
}

// next chooses the item to join.
func (p *planner) next() int {
	best, score := -1, math.Inf(1)
	for _, i := range p.choices() {
		rows := p.guessAlone(i)
		connected := false
		for _, cd := range p.conds {
			if cd.mask&(1<<i) != 0 && cd.mask&^(p.done|1<<i) == 0 && cd.mask&p.done != 0 {
				connected = true
			}
		}
		s := rows
		if !connected {
			s = 1e12 + rows // a product: as late as possible
		}
		if s < score {
			best, score = i, s
		}
	}
	return best
}

// attach joins one more item to the result.
func (p *planner) attach(i int) error {
	it := p.set.items[i]
	var on []expr.Expr // over the columns of the set
	rest := p.conds[:0]
	for _, cd := range p.conds {
		if cd.mask&(1<<i) != 0 && cd.mask&^(p.done|1<<i) == 0 && cd.mask != 1<<i {
			on = append(on, cd.e)
			continue
		}
		rest = append(rest, cd)
	}
	p.conds = rest
	j := &joining{p: p, kind: exec.InnerJoin, left: p.out, at: p.at, on: on, isRight: func(col int) bool { return p.itemOf(col) == i }, rightAt: p.start[i]}
	if it.source != nil {
		j.local = p.take(i)
		j.source = it
	} else {
		r, err := p.alone(i, nil)
		if err != nil {
			return err
		}
		j.right = r
	}
	node, rows := j.node()
	p.c.notes.rows(node, rows)
	width := len(p.out.cols)
	p.out = &rel{node: node, cols: p.out.cols, rows: rows}
	for n, col := range it.cols {
		p.at[p.start[i]+n] = width + n
		p.out.cols = append(p.out.cols, col)
	}
	p.done |= 1 << i
	if ready := p.ready(p.done); len(ready) > 0 {
		p.out = &rel{node: &exec.Filter{Child: p.out.node, Conds: ready}, cols: p.out.cols, rows: p.out.rows * guess(len(ready))}
	}
	return nil
}

// joining is one join: how the right side is met is decided by what it costs.
type joining struct {
	p    *planner
	kind exec.JoinKind
	left *rel
	at   map[int]int // from columns of on to those of left
	// on are the conditions over both sides; isRight says which columns are of the right
	// one, whose first has the number rightAt.
	on      []expr.Expr
	isRight func(col int) bool
	rightAt int
	// The right side: a table with the conditions on it alone, or rows.
	source *item
	local  []expr.Expr
	right  *rel
}

// hashCost is what keeping a row costs, in rows of a scan.
const hashCost = 2

func (j *joining) node() (exec.Node, float64) {
	var scanned access
	if j.source != nil {
		scanned = j.p.best(j.source, j.local, nil)
		if node, rows, ok := j.lookup(scanned); ok {
			return node, rows
		}
		j.right = j.p.scan(j.source, j.local, scanned)
	}
	width := len(j.left.cols)
	over := map[int]int{}
	for from, to := range j.at {
		over[from] = to
	}
	for n := range j.right.cols {
		over[j.rightAt+n] = width + n
	}
	h := &exec.HashJoin{Left: j.left.node, Right: j.right.node, Kind: j.kind}
	for _, e := range j.on {
		l, r, key, safe, ok := j.equality(e)
		if ok {
			h.LeftKeys, h.RightKeys = append(h.LeftKeys, l), append(h.RightKeys, r)
			h.Keys, h.NullSafe = append(h.Keys, key), append(h.NullSafe, safe)
			continue
		}
		h.On = append(h.On, j.p.moved(e, over))
	}
	if len(h.Keys) == 0 {
		rows := j.left.rows * j.right.rows * guess(len(j.on))
		return &exec.LoopJoin{Left: h.Left, Right: h.Right, Kind: j.kind, On: h.On, Keep: true}, j.atLeast(rows)
	}
	return h, j.atLeast(math.Max(j.left.rows, j.right.rows))
}

func (j *joining) atLeast(rows float64) float64 {
	if j.kind == exec.LeftJoin {
		return math.Max(rows, j.left.rows)
	}
	return math.Max(1, rows)
}

// equality takes left = right apart, over each side's own columns.
func (j *joining) equality(e expr.Expr) (l, r expr.Expr, key exec.Key, safe, ok bool) {
	cmp, is := e.(*expr.Compare)
	if !is || cmp.Operator() != "=" && cmp.Operator() != "<=>" {
		return nil, nil, key, false, false
	}
	l, r = cmp.Left, cmp.Right
	if j.side(l) == 2 && j.side(r) == 1 {
		l, r = r, l
	}
	if j.side(l) != 1 || j.side(r) != 2 {
		return nil, nil, key, false, false
	}
	own := map[int]int{}
	for n := range j.right.cols {
		own[j.rightAt+n] = n
	}
	l, r, key, ok = j.p.c.comparedAs(cmp.Rule, j.p.moved(l, j.at), j.p.moved(r, own))
	return l, r, key, cmp.Operator() == "<=>", ok
}

// side is 1 for an expression over the left side, 2 for one over the right side, 3 for
// both, 0 for neither.
func (j *joining) side(e expr.Expr) (side int) {
	expr.Walk(e, func(e expr.Expr) {
		if col, ok := e.(*expr.Column); ok {
			if j.isRight(col.Index) {
				side |= 2
			} else {
				side |= 1
			}
		}
	})
	return side
}

// lookup is a join that finds the right rows by an index, for each left row.
func (j *joining) lookup(scanned access) (exec.Node, float64, bool) {
	if len(j.on) == 0 {
		return nil, 0, false
	}
	var binds []exec.Bind
	slots := map[int]int{}
	conds := append([]expr.Expr{}, j.local...)
	for _, e := range j.on {
		conds = append(conds, expr.Transform(e, func(e expr.Expr) expr.Expr {
			col, ok := e.(*expr.Column)
			if !ok {
				return e
			}
			if j.isRight(col.Index) {
				return expr.NewColumn(col.Index-j.rightAt, col.Of, col.Name)
			}
			slot, known := slots[col.Index]
			if !known {
				slot = j.p.c.newSlot()
				slots[col.Index] = slot
				binds = append(binds, exec.Bind{Slot: slot, From: expr.NewColumn(j.at[col.Index], col.Of, col.Name)})
			}
			return expr.NewParam(slot, col.Of)
		}))
	}
	no, only := j.p.hashWish(j.source)
	j.p.eager = no
	a := j.p.best(j.source, conds, nil)
	j.p.eager = false
	if a.index < 0 || a.equal == 0 {
		return nil, 0, false
	}
	loop := j.left.rows * (10 + a.rows*lookupCost)
	hash := scanned.cost + scanned.rows*hashCost + j.left.rows
	if (only || loop >= hash && !no) && j.hashable() {
		return nil, 0, false
	}
	r := j.p.scan(j.source, conds, a)
	return &exec.LoopJoin{Left: j.left.node, Right: r.node, Kind: j.kind, Binds: binds}, j.atLeast(j.left.rows * a.rows), true
}

// hashable says that some condition is an equality of both sides.
func (j *joining) hashable() bool {
	j.right = &rel{cols: j.source.cols}
	defer func() { j.right = nil }()
	for _, e := range j.on {
		if _, _, _, _, ok := j.equality(e); ok {
			return true
		}
	}
	return false
}

// comparedAs gives both sides of a comparison as values whose keys are equal where they
// compare as equal.
func (c *converter) comparedAs(rule value.Comparison, l, r expr.Expr) (lk, rk expr.Expr, key exec.Key, ok bool) {
	switch rule.How {
	case value.AsInt, value.AsDecimal, value.AsDouble, value.AsString:
		if key, ok = exec.KeyFor(rule); !ok {
			return nil, nil, key, false
		}
		for _, t := range []*value.Type{l.Type(), r.Type()} {
			if !exec.KeyFits(key, t) {
				return nil, nil, key, false
			}
		}
		return l, r, key, true
	case value.AsDateTime, value.AsTime:
		a, b := l.Type(), r.Type()
		if rule.How == value.AsDateTime && a.HasDate() && b.HasDate() || rule.How == value.AsTime && a.Kind == b.Kind && a.Kind == value.TypeTime {
			return l, r, exec.KeyOf(a), true
		}
	}
	return nil, nil, key, false
}

// leftJoin converts a LEFT JOIN. Conditions that look at its left side only are asked there.
func (p *planner) leftJoin(i int) (*rel, error) {
	it := p.set.items[i]
	left := *it.left
	width := len(columnsOf(&left))
	at := map[int]int{}
	for n := range width {
		at[p.start[i]+n] = n
	}
	keep := p.conds[:0]
	for _, cd := range p.conds {
		if cd.mask != 1<<i || !inside(cd.e, p.start[i], p.start[i]+width) {
			keep = append(keep, cd)
			continue
		}
		left.pre = append(left.pre, p.moved(cd.e, at))
	}
	p.conds = keep
	l, err := p.c.planSet(&left, p.outer, nil)
	if err != nil {
		return nil, err
	}
	return p.c.outerJoin(p, l, it)
}

// inside says that all columns of an expression lie in a stretch.
func inside(e expr.Expr, from, to int) bool {
	yes := true
	expr.Walk(e, func(e expr.Expr) {
		if col, ok := e.(*expr.Column); ok && (col.Index < from || col.Index >= to) {
			yes = false
		}
	})
	return yes
}

// outerJoin joins the right side of a LEFT JOIN to its left side.
func (c *converter) outerJoin(p *planner, l *rel, it *item) (*rel, error) {
	width := len(l.cols)
	s := &scope{cols: append(append([]column{}, l.cols...), columnsOf(it.right)...), outer: p.outer}
	j := &joining{p: p, kind: exec.LeftJoin, left: l, at: map[int]int{}, isRight: func(col int) bool { return col >= width }, rightAt: width}
	own := map[int]int{}
	for n := range s.cols {
		if n < width {
			j.at[n] = n
			continue
		}
		own[n] = n - width
	}
	right := *it.right
	for _, e := range it.on {
		list, err := c.conditions(s, e)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			if j.side(x) == 2 {
				right.pre = append(right.pre, p.moved(x, own))
			} else {
				j.on = append(j.on, x)
			}
		}
	}
	if len(right.items) == 1 && right.items[0].source != nil && len(right.conds) == 0 {
		j.source, j.local = right.items[0], right.pre
	} else {
		var err error
		if j.right, err = c.planSet(&right, p.outer, nil); err != nil {
			return nil, err
		}
	}
	node, rows := j.node()
	c.notes.rows(node, rows)
	return &rel{node: node, cols: it.cols, rows: rows}, nil
}

// openLateral converts the items that look at those before them.
func (c *converter) openLateral(set *joinSet, outer *boundary) error {
	for _, it := range set.items {
		if it.lateral == nil {
			continue
		}
		l, err := c.planSet(it.left, outer, nil)
		if err != nil {
			return err
		}
		b := &boundary{scope: &scope{cols: l.cols, outer: outer}}
		right, err := c.lateralItem(it.lateral, b)
		if err != nil {
			return err
		}
		r := right.rel
		j := &exec.LoopJoin{Left: l.node, Right: r.node, Kind: it.kind, Binds: b.binds}
		it.cols = append(append([]column{}, l.cols...), right.cols...)
		for n := len(l.cols); n < len(it.cols) && it.kind == exec.LeftJoin; n++ {
			it.cols[n].typ.Nullable = true
		}
		s := &scope{cols: it.cols, outer: outer}
		for _, e := range it.on {
			list, err := c.conditions(s, e)
			if err != nil {
				return err
			}
			j.On = append(j.On, list...)
		}
		it.rel = &rel{node: j, cols: it.cols, rows: l.rows * r.rows}
		it.left, it.lateral = nil, nil
	}
	return nil
}
