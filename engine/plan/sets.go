package plan

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// bare takes away the conversions that the binder put over one side of a set operation: we
// find the type that fits both sides ourselves. list are the ids of its columns.
func bare(n sql.Node) (sql.Node, []sql.ColumnId) {
	p, ok := n.(*plan.Project)
	if !ok {
		return n, nil
	}
	list := make([]sql.ColumnId, len(p.Projections))
	converts := false
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
			converts = true
		}
		g, ok := inside.(*expression.GetField)
		if !ok {
			return n, nil
		}
		list[i] = g.Id()
	}
	if !converts {
		return n, nil
	}
	return p.Child, list
}

func (c *converter) setOp(n *plan.SetOp, outer *boundary) (*rel, error) {
	ln, names := bare(n.Left())
	rn, _ := bare(n.Right())
	l, err := c.node(ln, outer, nil)
	if err != nil {
		return nil, err
	}
	r, err := c.node(rn, outer, nil)
	if err != nil {
		return nil, err
	}
	out, err := c.combine(l, r, n)
	if err != nil {
		return nil, err
	}
	for i, id := range names {
		if i < len(out.cols) && out.cols[i].id == 0 {
			out.cols[i].id = id
		}
	}
	return c.endSet(out, n, outer)
}

// combine gives both sides the same types and puts them together.
func (c *converter) combine(l, r *rel, n *plan.SetOp) (*rel, error) {
	if len(l.cols) != len(r.cols) {
		return nil, sqlerr.WrongNumberOfColumnsInSelect.Errorf("The used SELECT statements have a different number of columns")
	}
	ln, rn, cols, err := c.sameTypes(l, r)
	if err != nil {
		return nil, err
	}
	out := &rel{cols: cols, rows: l.rows + r.rows}
	switch n.SetOpType {
	case plan.UnionType:
		out.node = &exec.Concat{Parts: []exec.Node{ln, rn}}
		if n.Distinct {
			return c.distinct(out)
		}
		return out, nil
	case plan.IntersectType, plan.ExceptType:
		for i := range cols {
			if err := keyed(&cols[i].typ); err != nil {
				return nil, err
			}
		}
		out.node = &exec.SetOp{Left: ln, Right: rn, Except: n.SetOpType == plan.ExceptType, All: !n.Distinct}
		return out, nil
	}
	return nil, unconverted("set operation %d", n.SetOpType)
}

// sameTypes converts both sides to the types that fit both.
func (c *converter) sameTypes(l, r *rel) (ln, rn exec.Node, cols []column, err error) {
	var le, re []expr.Expr
	for i := range l.cols {
		both := []expr.Expr{expr.NewColumn(i, l.cols[i].typ, ""), expr.NewColumn(i, r.cols[i].typ, "")}
		t, err := c.unite(both)
		if err != nil {
			return nil, nil, nil, err
		}
		t.Nullable = l.cols[i].typ.Nullable || r.cols[i].typ.Nullable
		le, re = append(le, both[0]), append(re, both[1])
		cols = append(cols, column{id: l.cols[i].id, typ: t})
	}
	return projected(l.node, le), projected(r.node, re), cols, nil
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
	return &rel{node: &exec.Limit{Child: r.node, Offset: skip, Count: count}, cols: r.cols, rows: r.rows}, nil
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
		t.Nullable = true
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
		if adapted[i], err = c.b.As(expr.NewColumn(i, next.cols[i].typ, ""), w.cols[i].typ); err != nil {
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
