package explain

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/table"
)

// Statement is what is explained: a query, or a change with what finds its rows.
type Statement struct {
	Root   exec.Node     // nil for a change that looks for no rows
	Change change.Change // nil for a query
	Notes  *lxplan.Notes
	// MayCount says whether the reader may know how many rows a table has. What is not asked is not
	// told: nil is no.
	MayCount func(*catalog.Table) bool
}

// op is an operator with those below it.
type op struct {
	node    exec.Node // nil: a line that is no operator
	title   string    // of such a line
	in      []*op
	subs    []*sub
	rows    float64 // a guess; negative: unknown, or not for this reader
	derived string  // it is a derived table that is not merged into the query around
	secret  bool    // a table below it has rows that the reader may not count
	m       *measured
}

// sub is a query inside an expression.
type sub struct {
	number    int
	dependent bool
	root      *op
}

// builder makes the tree of a Statement, and numbers its queries.
type builder struct {
	s      *Statement
	meter  *meter // nil: nothing is measured
	next   int
	known  map[*exec.Subquery]bool
	shared map[*exec.SharedQuery]bool // that were met
	slots  map[int]string             // what stands in them: columns of the rows around
}

func newBuilder(s *Statement, m *meter) *builder {
	return &builder{s: s, meter: m, next: 1, known: map[*exec.Subquery]bool{}, slots: map[int]string{}}
}

// build makes the operators from a place in the tree on. When they are measured, something that
// does it takes the place.
func (b *builder) build(at *exec.Node) *op {
	n := *at
	note := b.s.Notes.Of(n)
	var o *op
	if p, ok := n.(*exec.Project); ok {
		o = b.project(p)
	} else {
		o = b.operator(n, note)
		if b.meter != nil {
			o.m = &measured{Node: n, meter: b.meter}
			*at = o.m
		}
	}
	if note != nil && note.Derived != "" && heavy(n) {
		o.derived = note.Derived
	}
	return o
}

func (b *builder) operator(n exec.Node, note *lxplan.Note) *op {
	o := &op{node: n, rows: -1}
	if note != nil {
		o.rows = note.Rows
	}
	if s, ok := n.(*exec.Scan); ok {
		o.rows = s.Rows
		o.secret = !b.mayCount(s)
	}
	if j, ok := n.(*exec.LoopJoin); ok {
		for _, bind := range j.Binds {
			b.slots[bind.Slot] = shown(bind.From)
		}
	}
	for _, e := range expressions(n) {
		o.subs = append(o.subs, b.subqueries(e)...)
	}
	if shared, ok := n.(*exec.Shared); ok && b.read(shared.Query) {
		return o
	}
	for _, child := range inputs(n) {
		below := b.build(child)
		o.secret = o.secret || below.secret
		o.in = append(o.in, below)
	}
	if o.secret {
		o.rows = -1
	}
	return o
}

// read says that a query which runs once was seen before.
func (b *builder) read(n *exec.SharedQuery) bool {
	before := b.shared[n]
	if b.shared == nil {
		b.shared = map[*exec.SharedQuery]bool{}
	}
	b.shared[n] = true
	return before
}

func (b *builder) mayCount(s *exec.Scan) bool {
	src, ok := s.Source.(*table.Source)
	return ok && b.s.MayCount != nil && b.s.MayCount(src.Record())
}

// project is no line of its own: MySQL shows none.
func (b *builder) project(p *exec.Project) *op {
	var subs []*sub
	for _, e := range p.Exprs {
		subs = append(subs, b.subqueries(e)...)
	}
	o := b.build(&p.Child)
	o.subs = append(o.subs, subs...)
	return o
}

// heavy says that the rows of a node are not those of the tables below it, so that a derived table of
// them is one of its own.
func heavy(n exec.Node) bool {
	for {
		switch x := n.(type) {
		case *exec.Project:
			n = x.Child
		case *exec.Filter:
			n = x.Child
		case *exec.Gate:
			n = x.Child
		case *exec.Group, *exec.Distinct, *exec.Limit, *exec.SetOp, *exec.Concat, *exec.Window, *exec.Sort, *exec.Rollup, *exec.Recursive, *exec.Shared:
			return true
		default:
			return false
		}
	}
}

// subqueries are the queries in an expression that were not met before.
func (b *builder) subqueries(e expr.Expr) (out []*sub) {
	if e == nil {
		return nil
	}
	expr.Walk(e, func(e expr.Expr) {
		call, ok := e.(*expr.Call)
		if !ok {
			return
		}
		q, ok := call.Function.Subject.(*exec.Subquery)
		if !ok || b.known[q] {
			return
		}
		b.known[q] = true
		for i, slot := range q.Slots {
			if i < len(call.Args) {
				b.slots[slot] = shown(call.Args[i])
			}
		}
		b.next++
		q.Number.Store(int32(b.next))
		one := &sub{number: b.next, dependent: len(q.Slots) > 0}
		one.root = b.build(&q.Node)
		out = append(out, one)
	})
	return out
}

// inputs are the places of the nodes below one.
func inputs(n exec.Node) []*exec.Node {
	switch n := n.(type) {
	case *exec.Filter:
		return []*exec.Node{&n.Child}
	case *exec.Gate:
		return []*exec.Node{&n.Child}
	case *exec.Project:
		return []*exec.Node{&n.Child}
	case *exec.Group:
		return []*exec.Node{&n.Child}
	case *exec.Distinct:
		return []*exec.Node{&n.Child}
	case *exec.Limit:
		return []*exec.Node{&n.Child}
	case *exec.Shared:
		return []*exec.Node{&n.Query.Node}
	case *exec.Sort:
		return []*exec.Node{&n.Child}
	case *exec.Rollup:
		return []*exec.Node{&n.Child}
	case *exec.Window:
		return []*exec.Node{&n.Child}
	case *exec.HashJoin:
		return []*exec.Node{&n.Left, &n.Right}
	case *exec.LoopJoin:
		return []*exec.Node{&n.Left, &n.Right}
	case *exec.SetOp:
		return []*exec.Node{&n.Left, &n.Right}
	case *exec.Recursive:
		return []*exec.Node{&n.First, &n.Next}
	case *exec.Concat:
		out := make([]*exec.Node, len(n.Parts))
		for i := range n.Parts {
			out[i] = &n.Parts[i]
		}
		return out
	}
	return nil
}

// expressions are those that a node computes.
func expressions(n exec.Node) (out []expr.Expr) {
	switch n := n.(type) {
	case *exec.Filter:
		return n.Conds
	case *exec.Gate:
		return n.Conds
	case *exec.Project:
		return n.Exprs
	case *exec.Group:
		out = append(keyed(n.Keys), n.First...)
		for i := range n.Aggs {
			out = append(out, n.Aggs[i].Call.Args...)
		}
	case *exec.Sort:
		return keyed(n.Keys)
	case *exec.Rollup:
		return n.Keys
	case *exec.Window:
		for i := range n.Specs {
			out = append(append(out, keyed(n.Specs[i].Partition)...), keyed(n.Specs[i].Order)...)
		}
		for _, c := range n.List {
			out = append(out, c.Expr)
		}
	case *exec.HashJoin:
		return append(append(append(out, n.LeftKeys...), n.RightKeys...), n.On...)
	case *exec.LoopJoin:
		for _, b := range n.Binds {
			out = append(out, b.From)
		}
		return append(out, n.On...)
	case *exec.Values:
		for _, row := range n.Rows {
			out = append(out, row...)
		}
	case *exec.Scan:
		out = append(out, bounds(n.Spans)...)
		for i := range n.Merged {
			out = append(out, bounds(n.Merged[i].Spans)...)
		}
	}
	return out
}

func bounds(spans []exec.Span) (out []expr.Expr) {
	for i := range spans {
		s := &spans[i]
		out = append(append(out, s.Equal...), s.Low, s.High)
		for _, st := range s.Stretches {
			out = append(out, st.Low, st.High)
		}
	}
	return out
}

// covers says that a scan reads an index alone.
func covers(s *exec.Scan) bool {
	src, x := indexOf(s)
	return x != nil && !x.Primary && !s.Keyed && src.Covers(s.Index, s.Columns)
}

func keyed(keys []exec.SortKey) (out []expr.Expr) {
	for _, k := range keys {
		out = append(out, k.Expr)
	}
	return out
}
