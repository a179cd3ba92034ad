package explain

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/exec/change"
)

// Text is FORMAT=TREE: a line for each operator, those that it asks for rows below it.
func (s *Statement) Text() string {
	b := newBuilder(s, nil)
	return textOf(s.tree(b), b)
}

// tree is the whole statement.
func (s *Statement) tree(b *builder) *op {
	switch n := s.Change.(type) {
	case *change.Insert:
		o := &op{title: "Insert into " + n.Rules.Table.Name(), rows: -1}
		if n.Replace {
			o.title = "Replace into " + n.Rules.Table.Name()
		}
		for _, row := range n.Values {
			for _, e := range row {
				o.subs = append(o.subs, b.subqueries(e)...)
			}
		}
		for _, a := range n.OnDuplicate {
			o.subs = append(o.subs, b.subqueries(a.Value)...)
		}
		if n.Source != nil {
			o.in = append(o.in, b.build(&n.Source))
		}
		return o
	case *change.Update:
		o := &op{title: "Update ", rows: -1}
		for i, t := range n.Targets {
			if i > 0 {
				o.title += ", "
			}
			o.title += called(t.Name)
			for _, a := range t.Set {
				o.subs = append(o.subs, b.subqueries(a.Value)...)
			}
		}
		o.in = append(o.in, b.found(&n.Child))
		return o
	case *change.Delete:
		o := &op{title: "Delete from ", rows: -1}
		for i, t := range n.Targets {
			if i > 0 {
				o.title += ", "
			}
			o.title += t.Rules.Table.Name()
		}
		o.in = append(o.in, b.found(&n.Child))
		return o
	}
	return b.build(&s.Root)
}

// found is what finds the rows of a change. A row that is named by its key is found as it is taken.
func (b *builder) found(n *exec.Node) *op {
	if k, ok := (*n).(*change.Keys); ok {
		return b.build(&k.Else)
	}
	return b.build(n)
}

func textOf(root *op, b *builder) string {
	p := &printer{names: newNames(b)}
	p.op(root, 0)
	return p.b.String()
}

type printer struct {
	names names
	b     strings.Builder
}

func (p *printer) line(depth int, text string) {
	p.b.WriteString(strings.Repeat("    ", depth) + "-> " + text + "\n")
}

func (p *printer) op(o *op, depth int) {
	if o.derived != "" {
		p.line(depth, "Derived table "+o.derived)
		depth++
	}
	p.line(depth, p.head(o)+figures(o))
	for i, below := range o.in {
		if _, hash := o.node.(*exec.HashJoin); hash && i == 1 {
			p.line(depth+1, "Hash")
			p.op(below, depth+2)
			continue
		}
		p.op(below, depth+1)
	}
	for _, s := range o.subs {
		how := "run only once"
		if s.dependent {
			how = "dependent"
		}
		p.line(depth+1, fmt.Sprintf("Select #%d (subquery; %s)", s.number, how))
		p.op(s.root, depth+2)
	}
}

// figures are the estimate of an operator, and what was measured of it.
func figures(o *op) string {
	out := ""
	if o.rows >= 0 {
		out = "  (rows=" + number(o.rows) + ")"
	}
	m := o.m
	switch {
	case m == nil:
	case m.loops == 0:
		out += " (never executed)"
	default:
		n := time.Duration(m.loops)
		out += fmt.Sprintf(" (actual time=%s..%s rows=%s loops=%d", millis(m.first/n), millis(m.last/n), number(float64(m.rows)/float64(m.loops)), m.loops)
		if m.most > 0 {
			out += " memory=" + strconv.FormatInt(m.most, 10)
		}
		out += ")"
	}
	return out
}

func number(n float64) string {
	if n >= 10 || n == math.Trunc(n) {
		return strconv.FormatFloat(math.Round(n), 'f', 0, 64)
	}
	return strconv.FormatFloat(n, 'g', 3, 64)
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 3, 64)
}

// head is what an operator does, in MySQL's words where it has some.
func (p *printer) head(o *op) string {
	n := p.names
	switch x := o.node.(type) {
	case nil:
		return o.title
	case *exec.Scan:
		return n.scan(x)
	case *exec.Filter:
		return "Filter: " + conditions(n, x)
	case *exec.Gate:
		return "Filter (asked once): " + n.list(x.Conds, " and ")
	case *exec.Limit:
		return limit(x)
	case *exec.Sort:
		out := "Sort: " + n.keys(x.Keys)
		if x.Most > 0 {
			out += fmt.Sprintf(", limit input to %d row(s) per chunk", x.Most)
		}
		return out
	case *exec.Group:
		return n.group(x)
	case *exec.Distinct:
		return "Temporary table with deduplication"
	case *exec.Concat:
		return "Append"
	case *exec.SetOp:
		return setOp(x)
	case *exec.HashJoin:
		return kind(x.Kind, "Inner hash join", "Left hash join") + n.hashed(x)
	case *exec.LoopJoin:
		out := kind(x.Kind, "Nested loop inner join", "Nested loop left join")
		if x.Keep {
			out = kind(x.Kind, "Block nested loop inner join", "Block nested loop left join")
		}
		if len(x.On) > 0 {
			out += ": " + n.list(x.On, " and ")
		}
		return out
	case *exec.Values:
		if len(x.Rows) == 1 {
			return "Rows fetched before execution"
		}
		return fmt.Sprintf("%d constant rows", len(x.Rows))
	case *exec.External:
		return "Table scan on " + x.Name
	case *exec.Recursive:
		return "Repeat until convergence"
	case *exec.Shared:
		if len(o.in) == 0 {
			return "Materialize CTE if needed (query plan printed elsewhere)"
		}
		return "Materialize CTE if needed"
	case *exec.Work:
		return "Scan new records"
	case *exec.Rollup:
		return "Rollup: " + n.list(x.Keys, ", ")
	case *exec.Window:
		return n.window(x)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", o.node), "*")
}

func conditions(n names, x *exec.Filter) string {
	out := n.list(x.Conds, " and ")
	if len(x.Conds) > 1 {
		return "(" + out + ")"
	}
	return out
}

func kind(k exec.JoinKind, inner, left string) string {
	if k == exec.LeftJoin {
		return left
	}
	return inner
}

func limit(x *exec.Limit) string {
	switch {
	case x.Count < 0:
		return fmt.Sprintf("Offset: %d row(s)", x.Offset)
	case x.Offset > 0:
		return fmt.Sprintf("Limit/Offset: %d/%d row(s)", x.Count, x.Offset)
	}
	return fmt.Sprintf("Limit: %d row(s)", x.Count)
}

func setOp(x *exec.SetOp) string {
	out := "Intersect"
	if x.Except {
		out = "Except"
	}
	if x.All {
		return out + " all"
	}
	return out + " with deduplication"
}

func (n names) keys(keys []exec.SortKey) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = n.expr(k.Expr)
		if k.Key.Desc {
			out[i] += " DESC"
		}
	}
	return strings.Join(out, ", ")
}

func (n names) group(x *exec.Group) string {
	var aggregates []string
	for i := range x.Aggs {
		text := x.Aggs[i].Call.Aggregate.Name + "(" + n.list(x.Aggs[i].Call.Args, ",") + ")"
		if text == "count()" {
			text = "count(0)" // as MySQL has it
		}
		if x.Aggs[i].Distinct {
			text = strings.Replace(text, "(", "(distinct ", 1)
		}
		aggregates = append(aggregates, text)
	}
	list := strings.Join(aggregates, ", ")
	switch {
	case len(x.Keys) == 0:
		return "Aggregate: " + list
	case list == "":
		return "Group by hash of " + n.keys(x.Keys)
	}
	return "Aggregate by hash of " + n.keys(x.Keys) + ": " + list
}

func (n names) hashed(x *exec.HashJoin) string {
	out := make([]string, len(x.Keys))
	for i := range x.Keys {
		op := " = "
		if x.NullSafe[i] {
			op = " <=> "
		}
		out[i] = n.expr(x.RightKeys[i]) + op + n.expr(x.LeftKeys[i])
	}
	text := " (" + strings.Join(out, "), (") + ")"
	if len(x.On) > 0 {
		text += ", extra conditions: " + n.list(x.On, " and ")
	}
	return text
}

func (n names) window(x *exec.Window) string {
	var out []string
	for i := range x.Funcs {
		f := &x.Funcs[i]
		name := f.Name
		if f.Call != nil {
			name = f.Call.Aggregate.Name
		}
		spec := &x.Specs[f.Spec]
		var over []string
		if len(spec.Partition) > 0 {
			over = append(over, "PARTITION BY "+n.keys(spec.Partition))
		}
		if len(spec.Order) > 0 {
			over = append(over, "ORDER BY "+n.keys(spec.Order))
		}
		out = append(out, name+"() OVER ("+strings.Join(over, " ")+")")
	}
	return "Window aggregate: " + strings.Join(out, ", ")
}

// scan is how a table is read.
func (n names) scan(s *exec.Scan) string {
	src, x := indexOf(s)
	backwards := ""
	if s.Reverse {
		backwards = " (reverse)"
	}
	if len(s.Merged) > 0 {
		var parts []string
		for i := range s.Merged {
			x := &src.Indexes()[s.Merged[i].Index]
			parts = append(parts, x.Name+" over ("+n.spans(src, x, s.Merged[i].Spans)+")")
		}
		return "Index merge on " + called(s.Name) + " using union of " + strings.Join(parts, ", ")
	}
	if x == nil {
		return "Table scan on " + called(s.Name) + backwards
	}
	on := called(s.Name) + " using " + x.Name
	how := "Index"
	if covers(s) {
		how = "Covering index"
	}
	switch accessOf(s, x) {
	case "const", "eq_ref":
		return "Single-row " + strings.ToLower(how[:1]) + how[1:] + " lookup on " + on + " (" + n.spans(src, x, s.Spans) + ")"
	case "ref", "ref_or_null":
		return how + " lookup on " + on + " (" + n.spans(src, x, s.Spans) + ")" + backwards
	case "range":
		return how + " range scan on " + on + " over (" + n.spans(src, x, s.Spans) + ")" + backwards
	}
	return how + " scan on " + on + backwards
}
