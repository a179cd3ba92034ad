package explain

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// Row is a line of the classic table. An empty text is NULL, and so is a negative number.
type Row struct {
	ID                         int
	SelectType, Table, Type    string
	Possible, Key, KeyLen, Ref string
	Rows, Filtered             float64
	Extra                      []string
	scan                       *exec.Scan
	filter                     *exec.Filter
	subs                       []*sub
}

// Rows are the classic table: a line for each table, query by query.
func (s *Statement) Rows() []*Row {
	b := newBuilder(s, nil)
	return classic(s, s.tree(b), b)
}

func classic(s *Statement, root *op, b *builder) []*Row {
	t := &tabular{names: newNames(b), next: root.highest()}
	kind := "PRIMARY"
	switch n := s.Change.(type) {
	case *change.Insert:
		kind = "INSERT"
		if n.Replace {
			kind = "REPLACE"
		}
		t.rows = append(t.rows, &Row{ID: 1, SelectType: kind, Table: n.Rules.Table.Name(), Type: "ALL", Rows: -1, Filtered: -1})
		kind = "SIMPLE"
	case *change.Update:
		kind = "UPDATE"
	case *change.Delete:
		kind = "DELETE"
	}
	t.block(root, 1, kind)
	if s.Change == nil && len(t.rows) > 0 && !slices.ContainsFunc(t.rows, func(r *Row) bool { return r.ID != 1 }) {
		for _, r := range t.rows {
			r.SelectType = "SIMPLE"
		}
	}
	t.changes(s.Change)
	return t.rows
}

// changes tells the tables that a change does not change from those that it does.
func (t *tabular) changes(c change.Change) {
	targets := map[string]bool{}
	switch c := c.(type) {
	case *change.Update:
		for i := range c.Targets {
			targets[strings.ToLower(called(c.Targets[i].Name))] = true
		}
	default:
		return
	}
	for _, r := range t.rows {
		if r.SelectType == "UPDATE" && !targets[strings.ToLower(r.Table)] {
			r.SelectType = "SIMPLE"
		}
	}
}

// highest is the greatest number of a query.
func (o *op) highest() int {
	most := 1
	for _, below := range o.in {
		most = max(most, below.highest())
	}
	for _, s := range o.subs {
		most = max(most, s.number, s.root.highest())
	}
	return most
}

// tabular makes the lines.
type tabular struct {
	names names
	rows  []*Row
	next  int // the highest number of a query
	later []func()
}

// block adds the lines of one query and of those in it.
func (t *tabular) block(o *op, id int, kind string) {
	later := t.later
	t.later = nil
	at := len(t.rows)
	w := &walked{t: t, id: id, kind: kind}
	w.op(o)
	if own := t.rows[at:]; len(own) > 0 {
		for _, text := range w.extra {
			if !slices.Contains(own[0].Extra, text) {
				own[0].Extra = append(own[0].Extra, text)
			}
		}
	}
	for len(t.later) > 0 {
		next := t.later[0]
		t.later = t.later[1:]
		next()
	}
	t.later = later
}

// walked is one query while its tables are found.
type walked struct {
	t     *tabular
	id    int
	kind  string
	extra []string // of its first table
}

func (w *walked) say(text string) {
	if !slices.Contains(w.extra, text) {
		w.extra = append(w.extra, text)
	}
}

func (w *walked) op(o *op) {
	for _, s := range o.subs {
		kind := "SUBQUERY"
		if s.dependent {
			kind = "DEPENDENT SUBQUERY"
		}
		w.t.later = append(w.t.later, func() { w.t.block(s.root, s.number, kind) })
	}
	if o.derived != "" && w.deriving(o) {
		return
	}
	switch x := o.node.(type) {
	case *exec.Scan:
		w.scan(x, nil, o)
		return
	case *exec.Filter:
		if s, ok := o.in[0].node.(*exec.Scan); ok {
			w.scan(s, x, o)
			return
		}
		w.say("Using where")
	case *exec.Sort:
		w.say("Using filesort")
	case *exec.Group:
		if len(x.Keys) > 0 {
			w.say("Using temporary")
		}
	case *exec.Distinct, *exec.Window, *exec.Rollup:
		w.say("Using temporary")
	case *exec.HashJoin:
		w.op(o.in[0])
		w.joined(o.in[1], "Using join buffer (hash join)")
		return
	case *exec.LoopJoin:
		w.op(o.in[0])
		if x.Keep {
			w.joined(o.in[1], "Using join buffer (Block Nested Loop)")
		} else {
			w.op(o.in[1])
		}
		return
	case *exec.Concat, *exec.SetOp, *exec.Recursive:
		w.union(o)
		return
	case *exec.Values:
		w.add(&Row{Rows: -1, Filtered: -1, Extra: []string{"No tables used"}})
	case *exec.External:
		w.add(&Row{Table: x.Name, Type: "ALL", Rows: o.rows, Filtered: 100})
	case *exec.Work:
		w.add(&Row{Table: "<recursive>", Type: "ALL", Rows: -1, Filtered: -1, Extra: []string{"Recursive"}})
	}
	for _, below := range o.in {
		w.op(below)
	}
}

func (w *walked) add(r *Row) {
	r.ID, r.SelectType = w.id, w.kind
	w.t.rows = append(w.t.rows, r)
}

// joined adds the tables of the right side of a join.
func (w *walked) joined(o *op, extra string) {
	at := len(w.t.rows)
	w.op(o)
	if right := w.t.rows[at:]; len(right) > 0 {
		right[0].Extra = append(right[0].Extra, extra)
	}
}

// deriving adds a derived table, which is a query of its own.
func (w *walked) deriving(o *op) bool {
	w.t.next++
	id := w.t.next
	w.add(&Row{Table: fmt.Sprintf("<derived%d>", id), Type: "ALL", Rows: o.rows, Filtered: 100})
	plain := *o
	plain.derived, plain.subs = "", nil
	w.t.later = append(w.t.later, func() { w.t.block(&plain, id, "DERIVED") })
	return true
}

// union adds the queries of a UNION and its like.
func (w *walked) union(o *op) {
	ids := []string{strconv.Itoa(w.id)}
	w.op(o.in[0])
	name, kind := "union", "UNION"
	switch x := o.node.(type) {
	case *exec.SetOp:
		name, kind = "intersect", "INTERSECT"
		if x.Except {
			name, kind = "except", "EXCEPT"
		}
	}
	for _, arm := range o.in[1:] {
		w.t.next++
		ids = append(ids, strconv.Itoa(w.t.next))
		w.t.block(arm, w.t.next, kind)
	}
	if slices.Contains(w.extra, "Using temporary") || name != "union" {
		w.extra = slices.DeleteFunc(w.extra, func(s string) bool { return s == "Using temporary" })
		w.t.rows = append(w.t.rows, &Row{SelectType: kind + " RESULT", Table: "<" + name + strings.Join(ids, ",") + ">", Type: "ALL", Rows: -1, Filtered: -1, Extra: []string{"Using temporary"}})
	}
}

// scan adds a table; o is the operator whose rows are left.
func (w *walked) scan(s *exec.Scan, f *exec.Filter, o *op) {
	src, x := indexOf(s)
	r := &Row{Table: called(s.Name), Type: accessOf(s, x), Rows: -1, Filtered: -1}
	if !o.secret {
		r.Rows, r.Filtered = math.Max(1, s.Rows), 100
		if f != nil && s.Rows > 0 && o.rows >= 0 {
			r.Filtered = math.Round(10000*math.Min(1, o.rows/s.Rows)) / 100
		}
	}
	if src != nil {
		var possible []string
		for _, i := range s.Possible {
			possible = append(possible, src.Indexes()[i].Name)
		}
		r.Possible = strings.Join(possible, ",")
	}
	if len(s.Merged) > 0 {
		keys, lengths := merged(s, src)
		r.Key, r.KeyLen = strings.Join(keys, ","), strings.Join(lengths, ",")
		r.Extra = append(r.Extra, "Using union("+r.Key+")")
	}
	if x != nil {
		r.Key, r.KeyLen = x.Name, keyLength(src, x, len(s.Spans))
		r.Ref = w.t.names.refs(s, r.Type)
	}
	if f != nil {
		r.Extra = append(r.Extra, "Using where")
		for _, sub := range o.in[0].subs {
			kind := "SUBQUERY"
			if sub.dependent {
				kind = "DEPENDENT SUBQUERY"
			}
			w.t.later = append(w.t.later, func() { w.t.block(sub.root, sub.number, kind) })
		}
	}
	if covers(s) {
		r.Extra = append(r.Extra, "Using index")
	}
	if s.Reverse && x != nil {
		r.Extra = append(r.Extra, "Backward index scan")
	}
	w.add(r)
}

// merged are the indexes that a scan puts together, and the lengths of their parts that are used.
func merged(s *exec.Scan, src *table.Source) (keys, lengths []string) {
	for i := range s.Merged {
		x := &src.Indexes()[s.Merged[i].Index]
		keys, lengths = append(keys, x.Name), append(lengths, keyLength(src, x, len(s.Merged[i].Spans)))
	}
	return keys, lengths
}

// accessOf is MySQL's word for how a table is read.
func accessOf(s *exec.Scan, x *table.IndexInfo) string {
	switch {
	case len(s.Merged) > 0:
		return "index_merge"
	case x == nil:
		return "ALL"
	case len(s.Spans) == 0:
		return "index"
	}
	outer, null := false, false
	for i := range s.Spans {
		span := &s.Spans[i]
		if len(span.Equal) != 1 {
			return "range"
		}
		null = null || span.NullSafe
		outer = outer || !expr.IsConst(span.Equal[0])
	}
	switch {
	case !x.Unique || len(s.Spans) < len(x.Columns) || null:
		return "ref"
	case outer:
		return "eq_ref"
	}
	return "const"
}

// refs are what the columns of an index are compared with.
func (n names) refs(s *exec.Scan, access string) string {
	if access != "ref" && access != "eq_ref" && access != "const" {
		return ""
	}
	var out []string
	for i := range s.Spans {
		e := s.Spans[i].Equal[0]
		p, ok := e.(*expr.Param)
		switch {
		case expr.IsConst(e):
			out = append(out, "const")
		case ok && n.slots[p.Slot] != "":
			out = append(out, n.slots[p.Slot])
		default:
			out = append(out, "func")
		}
	}
	return strings.Join(out, ",")
}

// keyLength is the bytes of the columns of an index that are used, as MySQL would store them.
func keyLength(src *table.Source, x *table.IndexInfo, parts int) string {
	if parts == 0 {
		parts = len(x.Columns)
	}
	n := 0
	for i := range min(parts, len(x.Columns)) {
		t := &src.Types()[x.Columns[i]]
		n += bytesOf(t)
		if t.Nullable && !x.Primary {
			n++
		}
	}
	return strconv.Itoa(n)
}

func bytesOf(t *value.Type) int {
	n := table.KeyBytes(t)
	switch t.Kind {
	case value.TypeVarChar, value.TypeTinyText, value.TypeText, value.TypeMediumText, value.TypeLongText, value.TypeJSON, value.TypeGeometry:
		n += 2 // its length
	}
	return n
}
