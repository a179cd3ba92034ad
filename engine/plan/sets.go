package plan

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// bare takes away the conversions that the binder put over one side of a set operation: we
// find the type that fits both sides ourselves. list are the ids of its columns.
func bare(n sql.Node) (sql.Node, []sql.ColumnId) {
	p, ok := n.(*plan.Project)
	if !ok {
		return n, nil
	}
	list := make([]sql.ColumnId, len(p.Projections))
	if _, ok := p.Child.(*plan.SetOp); ok { // nothing else puts one there, and its ids are in disorder
		return p.Child, list
	}
	over := false // an alias without an id is the binder's
	for i, e := range p.Projections {
		a, ok := e.(*expression.Alias)
		if !ok {
			g, ok := e.(*expression.GetField)
			if !ok {
				return n, nil
			}
			list[i] = g.Id()
			continue
		}
		if a.Id() != 0 {
			return n, nil
		}
		inside := a.Child
		if conv, ok := inside.(*expression.Convert); ok {
			inside = conv.Child
		}
		if member, ok := inside.(*expression.EnumToString); ok {
			inside = member.Children()[0]
		}
		g, ok := inside.(*expression.GetField)
		if !ok || g.Name() != a.Name() { // a CAST that is selected has its text for a name
			return n, nil
		}
		list[i], over = g.Id(), true
	}
	if !over {
		return n, nil
	}
	return p.Child, list
}

func (c *converter) setOp(n *plan.SetOp, outer *boundary) (*rel, error) {
	out, err := c.arms(n, outer)
	if err != nil {
		return nil, err
	}
	return c.endSet(out, n, outer)
}

// arms converts the parts of a set operation and puts them together. The types of the
// columns are those that fit all of its parts.
func (c *converter) arms(n *plan.SetOp, outer *boundary) (*rel, error) {
	var names []sql.ColumnId
	var list []sql.Node
	distinct := map[int]bool{} // behind the part of that number
	left := n
	for {
		inner, ids := bare(left.Left())
		right, _ := bare(left.Right())
		list = append([]sql.Node{right}, list...)
		distinct[-len(list)] = left.Distinct
		if names == nil {
			names = ids
		}
		next, ok := inner.(*plan.SetOp)
		if !ok || !oneSet(left, next) || next.Limit != nil || next.Offset != nil || len(next.SortFields) > 0 {
			list = append([]sql.Node{inner}, list...)
			break
		}
		left = next
	}
	rels := make([]*rel, len(list))
	for i, part := range list {
		var err error
		if rels[i], err = c.node(part, outer, nil); err != nil {
			return nil, err
		}
		if len(rels[i].cols) != len(rels[0].cols) {
			return nil, sqlerr.WrongNumberOfColumnsInSelect.Errorf("The used SELECT statements have a different number of columns")
		}
	}
	if err := c.sameTypes(rels); err != nil {
		return nil, err
	}
	out := rels[0]
	for i, r := range rels[1:] {
		var err error
		if out, err = c.combine(out, r, n.SetOpType, distinct[i-len(rels)+1]); err != nil {
			return nil, err
		}
	}
	for i, id := range names {
		if i < len(out.cols) && out.cols[i].id == 0 {
			out.cols[i].id = id
		}
	}
	return out, nil
}

// oneSet says that a set operation and its left side are one over more parts, as MySQL takes them: (a EXCEPT b) EXCEPT c
// brings all three to one type.
func oneSet(n, left *plan.SetOp) bool {
	return n.SetOpType == left.SetOpType && (n.SetOpType == plan.UnionType || n.Distinct == left.Distinct)
}

// combine puts two parts together that have the same types.
func (c *converter) combine(l, r *rel, kind int, distinct bool) (*rel, error) {
	out := &rel{cols: l.cols, rows: l.rows + r.rows}
	switch kind {
	case plan.UnionType:
		out.node = &exec.Concat{Parts: []exec.Node{l.node, r.node}}
		if distinct {
			return c.distinct(out), nil
		}
		return out, nil
	case plan.IntersectType, plan.ExceptType:
		out.node = &exec.SetOp{Left: l.node, Right: r.node, Except: kind == plan.ExceptType, All: !distinct}
		return out, nil
	}
	return nil, unconverted("set operation %d", kind)
}

// sameTypes converts the columns of all parts to the types that fit them.
func (c *converter) sameTypes(rels []*rel) error {
	lists := make([][]expr.Expr, len(rels))
	cols := make([]column, len(rels[0].cols))
	for i := range cols {
		all := make([]expr.Expr, len(rels))
		nullable := false
		for n, r := range rels {
			all[n] = expr.NewColumn(i, r.cols[i].typ, "")
			nullable = nullable || r.cols[i].typ.Nullable
		}
		t, err := c.unite(all)
		if err != nil {
			return err
		}
		t.Nullable = nullable
		cols[i] = column{id: rels[0].cols[i].id, typ: t}
		for n := range rels {
			lists[n] = append(lists[n], all[n])
		}
	}
	for n, r := range rels {
		rels[n] = &rel{node: projected(r.node, lists[n]), cols: cols, rows: r.rows}
	}
	return nil
}

// projected leaves out what changes nothing.
func projected(n exec.Node, list []expr.Expr) exec.Node {
	for i, e := range list {
		if col, ok := e.(*expr.Column); !ok || col.Index != i {
			return exec.NewProject(n, list)
		}
	}
	return n
}

// endSet sorts and cuts the result of a set operation.
func (c *converter) endSet(r *rel, n *plan.SetOp, outer *boundary) (*rel, error) {
	count, skip := int64(-1), int64(0)
	var err error
	if n.Limit != nil {
		if count, err = number(n.Limit); err != nil {
			return nil, err
		}
	}
	if n.Offset != nil {
		if skip, err = number(n.Offset); err != nil {
			return nil, err
		}
	}
	if len(n.SortFields) > 0 {
		fields := byPosition(n, r.cols)
		most := int64(0)
		if count >= 0 && count+skip < 1<<31 {
			most = count + skip
		}
		if r, err = c.sortOver(r, fields, outer, most); err != nil {
			return nil, err
		}
	}
	if count < 0 && skip == 0 {
		return r, nil
	}
	return &rel{node: c.limited(&exec.Limit{Child: r.node, Offset: skip, Count: count}, r.rows), cols: r.cols, rows: r.rows}, nil
}

// byPosition are the sort fields of a set operation, in which the binder put the expression of
// the first SELECT for the number of a column.
func byPosition(n *plan.SetOp, cols []column) sql.SortFields {
	var first sql.Node = n.Left()
	for {
		if p, ok := first.(*plan.Project); ok {
			out := make(sql.SortFields, len(n.SortFields))
			copy(out, n.SortFields)
			for i, f := range out {
				for at, e := range p.Projections {
					if at < len(cols) && e.String() == f.Column.String() {
						if cols[at].id == 0 {
							cols[at].id = fresh(cols)
						}
						out[i].Column = expression.NewGetField(int(cols[at].id), e.Type(), "", true)
						break
					}
				}
			}
			return out
		}
		children := first.Children()
		if len(children) == 0 {
			return n.SortFields
		}
		first = children[0]
	}
}

// fresh is an id that no column has: the binder's are far below.
func fresh(cols []column) sql.ColumnId {
	id := sql.ColumnId(1 << 15)
	for _, col := range cols {
		id = max(id, col.id+1)
	}
	return id
}

// workTable is the table that the recursive part of a query reads.
type workTable struct {
	name string
	work *exec.Work
	cols []column
}

// recursive converts WITH RECURSIVE.
func (c *converter) recursive(n *plan.RecursiveCte, outer *boundary) (*rel, error) {
	c.unsteady = true // its work table is of one execution
	first, err := c.node(n.Left(), outer, nil)
	if err != nil {
		return nil, err
	}
	// Its types are those of the first part, NULL allowed.
	w := &workTable{name: n.Name(), work: &exec.Work{}}
	schema := n.Schema()
	if len(schema) != len(first.cols) {
		return nil, unconverted("a recursive query with %d names for %d columns", len(schema), len(first.cols))
	}
	for i, col := range first.cols {
		t := col.typ
		if t.Kind == value.TypeNull { // of a literal: a text without room
			t = value.BytesOf(0)
		}
		t.Nullable, t.Coercibility = true, min(t.Coercibility, value.Implicit)
		w.cols = append(w.cols, column{name: schema[i].Name, table: n.Name(), typ: t})
		w.work.Columns = append(w.work.Columns, t)
	}
	c.working = append(c.working, w)
	next, err := c.node(n.Right(), outer, nil)
	c.working = c.working[:len(c.working)-1]
	if err != nil {
		return nil, err
	}
	if len(next.cols) != len(first.cols) {
		return nil, sqlerr.WrongNumberOfColumnsInSelect.Errorf("The used SELECT statements have a different number of columns")
	}
	adapted := make([]expr.Expr, len(next.cols))
	start := make([]expr.Expr, len(next.cols))
	for i := range next.cols {
		roomless := first.cols[i].typ.Kind == value.TypeNull
		if adapted[i], err = c.fitted(expr.NewColumn(i, next.cols[i].typ, ""), &w.cols[i], roomless); err != nil {
			return nil, err
		}
		start[i] = expr.NewColumn(i, first.cols[i].typ, "")
	}
	out := &rel{rows: 10 * first.rows}
	out.node = &exec.Recursive{First: first.node, Next: projected(next.node, adapted), Work: w.work, Distinct: n.Union().Distinct}
	for _, col := range w.cols {
		out.cols = append(out.cols, column{typ: col.typ})
	}
	return c.endSet(out, n.Union(), outer)
}

// fitted is a column of the recursive part in the type of the first part, whose texts have no room
// for longer ones; roomless says that it has none for any.
func (c *converter) fitted(e expr.Expr, as *column, roomless bool) (expr.Expr, error) {
	x, err := c.b.As(e, as.typ)
	if err != nil || !roomless && (!as.typ.IsString() || as.typ.IsText() || as.typ.Length == 0 || e.Type().IsString() && e.Type().Length <= as.typ.Length) {
		return x, err
	}
	t, name := as.typ, as.name
	return c.b.CallOf(&expr.Function{
		Name: "fitted", Min: 1, Max: 1, Text: expr.Fixed,
		Result: func(*expr.Call) (value.Type, error) { return t, nil },
		Eval: func(ctx *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
			was := ctx.Writing
			ctx.Writing = ctx.Mode&value.ModeStrict != 0
			defer func() { ctx.Writing = was }()
			return value.Store(ctx.Env, a[0], &t, &t, value.Place{Column: name, Row: 1})
		},
	}, x)
}

// recursiveTable is what the recursive part names. Its ids are lost in the binder: the
// columns are found by their names.
func (c *converter) recursiveTable(n *plan.RecursiveTable) (*item, error) {
	for i := len(c.working) - 1; i >= 0; i-- {
		if w := c.working[i]; equalFold(w.name, n.Name()) {
			cols := append([]column{}, w.cols...)
			return &item{rel: &rel{node: w.work, cols: cols, rows: 100}, cols: cols}, nil
		}
	}
	return nil, unconverted("a recursive table outside of its query")
}
