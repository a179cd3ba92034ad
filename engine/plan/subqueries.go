package plan

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// inner converts the query of a subquery. What it names of the queries around it are the
// arguments of the call that it becomes.
func (c *converter) inner(s *scope, n sql.Node) (*rel, *exec.Subquery, []expr.Expr, error) {
	b := &boundary{scope: s}
	r, err := c.node(n, b, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	q := &exec.Subquery{Node: r.node}
	var args []expr.Expr
	for _, bind := range b.binds {
		q.Slots = append(q.Slots, bind.Slot)
		args = append(args, bind.From)
	}
	q.Volatile = c.volatile(n)
	c.subqueries = append(c.subqueries, q)
	return r, q, args, nil
}

// withAllDigits has the query of a subquery give DECIMALs with the digits beyond their types, as MySQL compares them; r gets the
// types that it gives then. It says whether there are any.
func (c *converter) withAllDigits(r *rel, q *exec.Subquery) (bool, error) {
	p, ok := r.node.(*exec.Project)
	if !ok || len(p.Exprs) != len(r.cols) {
		return false, nil
	}
	list, any := slices.Clone(p.Exprs), false
	for i, x := range list {
		if x.Type().Kind != value.TypeDecimal || expr.Exactly(x) {
			continue
		}
		all, err := c.b.AllDigits(x)
		if err != nil {
			return false, err
		}
		list[i], r.cols[i].typ, any = all, *all.Type(), true
	}
	if any {
		r.node = exec.NewProject(p.Child, list)
		q.Node = r.node
	}
	return any, nil
}

// volatile says that a query may give something else each time.
func (c *converter) volatile(n sql.Node) bool {
	found := false
	var node func(n sql.Node)
	node = func(n sql.Node) {
		if x, ok := n.(sql.Expressioner); ok {
			for _, e := range x.Expressions() {
				sql.Inspect(e, func(e sql.Expression) bool {
					switch e := e.(type) {
					case *plan.Subquery: // the library says so of each that names a column of the queries around it
						node(e.Query)
					case sql.NonDeterministicExpression:
						found = found || e.IsNonDeterministic()
					}
					return !found
				})
			}
		}
		for _, child := range n.Children() {
			node(child)
		}
	}
	node(n)
	return found
}

func (c *converter) subquery(t value.Type, q *exec.Subquery, eval func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error)) *expr.Function {
	return &expr.Function{
		Name: "subquery", Subject: q, Max: -1, Null: expr.Own, Text: expr.Fixed, Volatile: q.Volatile, Stable: true, Eval: eval,
		Result: func(*expr.Call) (value.Type, error) { return t, nil },
		Print:  func([]expr.Expr) string { return q.String() },
	}
}

// rowOf is a subquery of several columns, for comparisons of rows: each of them is the column of
// the one row that there may be. It is false for any other expression.
func (c *converter) rowOf(s *scope, e sql.Expression) (row expr.Expr, is bool, err error) {
	items, is, err := c.itemsOf(s, e)
	if !is || err != nil {
		return nil, is, err
	}
	row, err = c.made("row", items...)
	return row, true, err
}

func (c *converter) itemsOf(s *scope, e sql.Expression) (items []expr.Expr, is bool, err error) {
	sub, ok := e.(*plan.Subquery)
	if !ok || len(sub.Query.Schema()) < 2 {
		return nil, false, nil
	}
	r, q, args, err := c.inner(s, sub.Query)
	if err != nil {
		return nil, true, err
	}
	items = make([]expr.Expr, len(r.cols))
	for i := range r.cols {
		one := exec.ColumnOf{Subquery: q, Column: i}
		if items[i], err = c.b.CallOf(c.subquery(nullable(r.cols[i].typ), q, one.Eval), args...); err != nil {
			return nil, true, err
		}
	}
	return items, true, nil
}

// leftOf are the values on the left of IN: those of a row, of a subquery of several columns, or one.
func (c *converter) leftOf(s *scope, e sql.Expression) ([]expr.Expr, error) {
	if items, is, err := c.itemsOf(s, e); is || err != nil {
		return items, err
	}
	list := []sql.Expression{e}
	if tuple, ok := e.(expression.Tuple); ok {
		list = tuple
	}
	items := make([]expr.Expr, len(list))
	for i, l := range list {
		x, err := c.expr(s, l)
		if err != nil {
			return nil, err
		}
		items[i] = x
	}
	return items, nil
}

// compared converts a comparison, whose sides may be rows.
func (c *converter) compared(s *scope, name string, sides ...sql.Expression) (expr.Expr, error) {
	args := make([]expr.Expr, len(sides))
	for i, e := range sides {
		row, is, err := c.rowOf(s, e)
		if err == nil && !is {
			row, err = c.expr(s, plainBeside(e, sides))
		}
		if err != nil {
			return nil, err
		}
		args[i] = row
	}
	return c.made(name, args...)
}

func wrongColumns(n int) error {
	return sqlerr.OperandColumns.Errorf("Operand should contain %d column(s)", n)
}

func (c *converter) scalar(s *scope, e *plan.Subquery) (expr.Expr, error) {
	r, q, args, err := c.inner(s, e.Query)
	if err != nil {
		return nil, err
	}
	if len(r.cols) != 1 {
		return nil, wrongColumns(1)
	}
	t := r.cols[0].typ
	t.Nullable = true
	eval := q.Scalar
	more, err := c.withAllDigits(r, q)
	if err != nil {
		return nil, err
	}
	if more {
		eval = func(x *expr.Ctx, f *expr.Call, args []value.Value) (value.Value, error) {
			v, err := q.Scalar(x, f, args)
			if v.Class() == value.ClassDecimal {
				v = value.Dec(v.Decimal().WithoutZeros(int(t.Scale)))
			}
			return v, err
		}
	}
	return c.b.CallOf(c.subquery(t, q, eval), args...)
}

func (c *converter) exists(s *scope, e *plan.ExistsSubquery) (expr.Expr, error) {
	if in, err := c.existsByKeys(s, e.Query.Query); in != nil || err != nil {
		return in, err
	}
	_, q, args, err := c.inner(s, e.Query.Query)
	if err != nil {
		return nil, err
	}
	f := c.subquery(value.Boolean, q, q.Exists)
	f.Truths = q.Truths
	return c.b.CallOf(f, args...)
}

func (c *converter) inSubquery(s *scope, e *plan.InSubquery) (expr.Expr, error) {
	return c.inQuery(s, e, false)
}

func (c *converter) notInSubquery(s *scope, e *plan.InSubquery) (expr.Expr, error) {
	return c.inQuery(s, e, true)
}

// inQuery converts left IN (SELECT …).
func (c *converter) inQuery(s *scope, e *plan.InSubquery, not bool) (expr.Expr, error) {
	sub, ok := e.RightChild.(*plan.Subquery)
	if !ok {
		return nil, unconverted("IN %T", e.RightChild)
	}
	left, err := c.leftOf(s, e.LeftChild)
	if err != nil {
		return nil, err
	}
	r, q, args, err := c.inner(s, sub.Query)
	if err != nil {
		return nil, err
	}
	if len(r.cols) != len(left) {
		return nil, wrongColumns(len(left))
	}
	if _, err := c.withAllDigits(r, q); err != nil {
		return nil, err
	}
	in := &exec.In{Subquery: q, Not: not}
	keys := make([]exec.Key, len(left))
	comparable := true
	for i, x := range left {
		args = append(args, x)
		lt := *x.Type()
		in.Left = append(in.Left, lt)
		equal, err := c.b.Call("=", expr.NewColumn(i, lt, ""), expr.NewColumn(len(left)+i, r.cols[i].typ, ""))
		if err != nil {
			return nil, err
		}
		in.Equal = append(in.Equal, equal)
		cmp, ok := equal.(*expr.Compare)
		if !ok {
			comparable = false
			continue
		}
		if _, _, key, ok := c.comparedAs(cmp.Rule, cmp.Left, cmp.Right); ok {
			keys[i] = key
		} else {
			comparable = false
		}
	}
	if comparable {
		in.Keys = keys
	}
	t := value.Boolean
	t.Nullable = true
	f := c.subquery(t, q, in.Eval)
	f.Truths = in.Truths
	return c.b.CallOf(f, args...)
}

// quantified converts left op ANY (SELECT …) and left op ALL (SELECT …).
func (c *converter) quantified(s *scope, e *grammar.BoundForm) (expr.Expr, error) {
	top := c.term == sql.Expression(e)
	sub, ok := e.Bound[1].(*plan.Subquery)
	if !ok {
		return nil, unconverted("ANY %T", e.Bound[1])
	}
	if _, row := e.Bound[0].(expression.Tuple); row {
		return nil, wrongColumns(1)
	}
	r, q, args, err := c.inner(s, sub.Query)
	if err != nil {
		return nil, err
	}
	if len(r.cols) != 1 {
		return nil, wrongColumns(1)
	}
	if _, err := c.withAllDigits(r, q); err != nil {
		return nil, err
	}
	left, err := c.expr(s, e.Bound[0])
	if err != nil {
		return nil, err
	}
	var right expr.Expr = expr.NewColumn(1, r.cols[0].typ, "")
	if k := r.cols[0].typ.Kind; (k == value.TypeEnum || k == value.TypeSet) && len(args) == 0 && e.Operator != "=" && e.Operator != "<>" &&
		(top || !left.Type().Nullable && !r.cols[0].typ.Nullable) { // where NULL is as good as false MySQL asks for MIN() or MAX(), which are texts
		if right, err = c.b.Call("concat", right); err != nil {
			return nil, err
		}
	}
	compare, err := c.b.Call(e.Operator, expr.NewColumn(0, *left.Type(), ""), right)
	if err != nil {
		return nil, err
	}
	of := &exec.Quantified{In: exec.In{Subquery: q, Equal: []expr.Expr{compare}}, All: e.Kind == grammar.FormAll}
	return c.b.CallOf(c.subquery(nullable(value.Boolean), q, of.Eval), append(args, left)...)
}
