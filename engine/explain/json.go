package explain

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/exec/change"
)

// field is a member of an object, whose order is kept.
type field struct {
	name  string
	value any
}

type object []field

// JSON is FORMAT=JSON: a query_block with the operations around its tables, as MySQL nests them.
func (s *Statement) JSON() string {
	tree := newBuilder(s, nil)
	root := s.tree(tree)
	d := &document{names: newNames(tree), next: root.highest()}
	block := object{{"select_id", 1}}
	switch n := s.Change.(type) {
	case *change.Insert:
		target := object{{"insert", true}, {"table_name", n.Rules.Table.Name()}, {"access_type", "ALL"}}
		block = append(block, field{"table", target})
		block = append(block, d.attached(root)...)
		if len(root.in) > 0 {
			block = append(block, field{"insert_from", d.body(root.in[0])})
		}
	case *change.Update:
		d.change = "update"
		block = append(append(block, d.attached(root)...), d.body(root.in[0])...)
	case *change.Delete:
		d.change = "delete"
		block = append(append(block, d.attached(root)...), d.body(root.in[0])...)
	default:
		block = append(block, d.body(root)...)
	}
	var b strings.Builder
	write(&b, object{{"query_block", block}}, 0)
	return b.String()
}

type document struct {
	names  names
	next   int
	change string // update, delete: of the tables
}

func (d *document) block(o *op, id int) object {
	return append(object{{"select_id", id}}, d.body(o)...)
}

// body is an operator and those below it.
func (d *document) body(o *op) object {
	if o.derived != "" {
		return object{{"table", d.derived(o)}}
	}
	switch x := o.node.(type) {
	case *exec.Scan:
		return append(object{{"table", d.table(x, nil, o)}}, d.attached(o)...)
	case *exec.Filter:
		if s, ok := o.in[0].node.(*exec.Scan); ok {
			return append(append(object{{"table", d.table(s, x, o)}}, d.attached(o)...), d.attached(o.in[0])...)
		}
		return append(append(d.body(o.in[0]), field{"having_condition", d.names.list(x.Conds, " and ")}), d.attached(o)...)
	case *exec.Gate:
		return append(append(d.body(o.in[0]), field{"constant_condition", d.names.list(x.Conds, " and ")}), d.attached(o)...)
	case *exec.Sort:
		return d.operation("ordering_operation", o, object{{"using_filesort", true}, {"sort_key", d.names.keys(x.Keys)}})
	case *exec.Group:
		if len(x.Keys) > 0 {
			return d.operation("grouping_operation", o, object{{"using_temporary_table", true}, {"using_filesort", false}})
		}
	case *exec.Distinct:
		if _, union := o.in[0].node.(*exec.Concat); union {
			return d.union(o.in[0], true)
		}
		return d.operation("duplicates_removal", o, object{{"using_temporary_table", true}, {"using_filesort", false}})
	case *exec.Window:
		return d.operation("windowing", o, object{{"using_temporary_table", true}, {"functions", d.names.window(x)}})
	case *exec.Limit:
		return append(d.body(o.in[0]), field{"limit", limit(x)})
	case *exec.HashJoin, *exec.LoopJoin:
		var list []any
		d.joined(o, "", &list)
		return append(object{{"nested_loop", list}}, d.attached(o)...)
	case *exec.Concat, *exec.SetOp, *exec.Recursive:
		return d.union(o, false)
	case *exec.Values:
		return append(object{{"message", "No tables used"}}, d.attached(o)...)
	case *exec.External:
		return object{{"table", object{{"table_name", x.Name}, {"access_type", "ALL"}}}}
	case *exec.Work:
		return object{{"table", object{{"table_name", "<recursive>"}, {"recursive", true}}}}
	}
	var out object
	for _, below := range o.in {
		out = append(out, d.body(below)...)
	}
	return append(out, d.attached(o)...)
}

func (d *document) operation(name string, o *op, about object) object {
	return append(object{{name, append(about, d.body(o.in[0])...)}}, d.attached(o)...)
}

// attached are the queries in the expressions of an operator.
func (d *document) attached(o *op) object {
	if len(o.subs) == 0 {
		return nil
	}
	var list []any
	for _, s := range o.subs {
		list = append(list, object{{"dependent", s.dependent}, {"cacheable", !s.dependent}, {"query_block", d.block(s.root, s.number)}})
	}
	return object{{"attached_subqueries", list}}
}

// joined flattens joins, which are nested on their left side.
func (d *document) joined(o *op, buffer string, list *[]any) {
	if o.derived == "" {
		switch x := o.node.(type) {
		case *exec.HashJoin:
			d.joined(o.in[0], "", list)
			d.joined(o.in[1], "hash join", list)
			return
		case *exec.LoopJoin:
			d.joined(o.in[0], "", list)
			if buffer = ""; x.Keep {
				buffer = "Block Nested Loop"
			}
			d.joined(o.in[1], buffer, list)
			return
		}
	}
	one := d.body(o)
	if t, ok := one[0].value.(object); ok && buffer != "" {
		one[0].value = append(t, field{"using_join_buffer", buffer})
	}
	*list = append(*list, one)
}

func (d *document) derived(o *op) object {
	plain := *o
	plain.derived = ""
	d.next++
	out := object{{"table_name", o.derived}, {"access_type", "ALL"}}
	if o.rows >= 0 {
		out = append(out, field{"rows_examined_per_scan", whole(o.rows)})
	}
	return append(out, field{"materialized_from_subquery", object{
		{"using_temporary_table", true}, {"dependent", false}, {"cacheable", true}, {"query_block", d.block(&plain, d.next)},
	}})
}

func (d *document) union(o *op, distinct bool) object {
	name := "union_result"
	if x, ok := o.node.(*exec.SetOp); ok {
		if name, distinct = "intersect_result", true; x.Except {
			name = "except_result"
		}
	}
	var list []any
	for i, arm := range o.in {
		id := 1
		if i > 0 {
			d.next++
			id = d.next
		}
		list = append(list, object{{"dependent", false}, {"cacheable", true}, {"query_block", d.block(arm, id)}})
	}
	return object{{name, object{{"using_temporary_table", distinct}, {"query_specifications", list}}}}
}

func (d *document) table(s *exec.Scan, f *exec.Filter, o *op) object {
	var out object
	if d.change != "" {
		out = append(out, field{d.change, s.Keyed})
	}
	src, x := indexOf(s)
	access := accessOf(s, x)
	out = append(out, field{"table_name", called(s.Name)}, field{"access_type", access})
	var possible []any
	for _, i := range s.Possible {
		possible = append(possible, src.Indexes()[i].Name)
	}
	if len(possible) > 0 {
		out = append(out, field{"possible_keys", possible})
	}
	if len(s.Merged) > 0 {
		keys, lengths := merged(s, src)
		out = append(out, field{"key", "union(" + strings.Join(keys, ",") + ")"}, field{"key_length", strings.Join(lengths, ",")})
	}
	if x != nil {
		var parts []any
		for i := range s.Spans {
			parts = append(parts, src.Record().Columns[x.Columns[i]].Name)
		}
		out = append(out, field{"key", x.Name}, field{"used_key_parts", parts}, field{"key_length", keyLength(src, x, len(s.Spans))})
		if refs := d.names.refs(s, access); refs != "" {
			var list []any
			for _, r := range strings.Split(refs, ",") {
				list = append(list, r)
			}
			out = append(out, field{"ref", list})
		}
		if covers(s) {
			out = append(out, field{"using_index", true})
		}
		if s.Reverse {
			out = append(out, field{"backward_index_scan", true})
		}
	}
	if !o.secret {
		out = append(out, field{"rows_examined_per_scan", whole(s.Rows)})
		if o.rows >= 0 && s.Rows > 0 {
			out = append(out, field{"rows_produced_per_join", whole(o.rows)}, field{"filtered", fmt.Sprintf("%.2f", 100*math.Min(1, o.rows/s.Rows))})
		}
	}
	var columns []any
	if src != nil {
		for _, c := range s.Columns {
			if c < len(src.Record().Columns) {
				columns = append(columns, src.Record().Columns[c].Name)
			}
		}
		out = append(out, field{"used_columns", columns})
	}
	if f != nil {
		out = append(out, field{"attached_condition", "(" + d.names.list(f.Conds, ") and (") + ")"})
	}
	return out
}

func whole(n float64) int64 { return int64(math.Max(1, math.Round(n))) }

// write writes a value as MySQL does, two spaces for each level.
func write(b *strings.Builder, v any, depth int) {
	next := "\n" + strings.Repeat("  ", depth+1)
	end := "\n" + strings.Repeat("  ", depth)
	switch v := v.(type) {
	case object:
		b.WriteByte('{')
		for i, f := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(next)
			write(b, f.name, depth+1)
			b.WriteString(": ")
			write(b, f.value, depth+1)
		}
		b.WriteString(end + "}")
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(next)
			write(b, item, depth+1)
		}
		b.WriteString(end + "]")
	case string:
		text, err := json.Marshal(v)
		if err != nil { // no text fails
			text = []byte(`""`)
		}
		b.WriteString(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text)))
	default:
		fmt.Fprint(b, v)
	}
}
