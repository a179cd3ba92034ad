package plan

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// EXISTS (SELECT … FROM t WHERE t.a = o.b AND …) that looks at the queries around it by equalities
// only is o.b IN (SELECT t.a FROM t WHERE …), without NULL: the inner rows are read once. Where an
// index finds the inner rows, each outer row asks it instead: few may be asked about.

// existsByKeys is nil for a query that is not of this form.
func (c *converter) existsByKeys(s *scope, n sql.Node) (expr.Expr, error) {
	filter := existsFilter(n)
	if filter == nil || c.attempts == maxAttempts || c.volatile(filter) {
		return nil, nil
	}
	c.attempts++
	defer func() { c.attempts-- }()
	b := &boundary{scope: s}
	set, err := c.joinSet(filter, b)
	if err != nil || len(b.binds) > 0 {
		return nil, left(err)
	}
	inner := &scope{cols: columnsOf(set), outer: b}
	var conds []expr.Expr
	for _, e := range set.conds {
		list, err := c.conditions(inner, e)
		if err != nil {
			return nil, left(err)
		}
		conds = append(conds, list...)
	}
	set.conds = nil
	in := &exec.In{Exists: true}
	var keys, args []expr.Expr
	for _, x := range conds {
		if !asksOuter(x, b) {
			set.pre = append(set.pre, x)
			continue
		}
		k, arg, key, ok := c.existsKey(x, b)
		if !ok || indexed(set, k) {
			return nil, nil
		}
		if k.Type().Kind == value.TypeDecimal && !expr.Exactly(k) {
			if k, err = c.b.AllDigits(k); err != nil {
				return nil, err
			}
		}
		keys, args = append(keys, k), append(args, arg)
		in.Keys, in.Left = append(in.Keys, key), append(in.Left, *arg.Type())
	}
	if len(keys) == 0 {
		return nil, nil
	}
	before := len(b.binds)
	r, err := c.planSet(set, b, nil)
	if err != nil || len(b.binds) != before {
		return nil, left(err)
	}
	in.Subquery = &exec.Subquery{Node: exec.NewProject(r.node, keys)}
	c.subqueries = append(c.subqueries, in.Subquery)
	f := c.subquery(value.Boolean, in.Subquery, in.Eval)
	f.Truths = in.Truths
	return c.b.CallOf(f, args...)
}

// maxAttempts is in how many attempts around it one more is made. Whoever fails converts what stands in it again:
// without a bound thirty of EXISTS in one another would be converted a milliard times.
const maxAttempts = 2

// left is nil for what is not converted: the other way says it again, or knows it.
func left(err error) error {
	if _, is := IsUnconverted(err); is {
		return nil
	}
	return err
}

// existsFilter is the FROM and WHERE of a query whose SELECT list does not matter.
func existsFilter(n sql.Node) sql.Node {
	for {
		switch x := n.(type) {
		case *plan.Project:
			n = x.Child
		case *plan.Filter:
			return x
		default:
			return nil
		}
	}
}

// asksOuter says that an expression looks at the queries around.
func asksOuter(e expr.Expr, b *boundary) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) {
		if p, ok := e.(*expr.Param); ok {
			for _, bind := range b.binds {
				found = found || bind.Slot == p.Slot
			}
		}
	})
	return found
}

// existsKey takes inner = outer apart: the inner side over the columns of the set, the outer one over
// those of the query around.
func (c *converter) existsKey(e expr.Expr, b *boundary) (inner, outer expr.Expr, key exec.Key, ok bool) {
	cmp, is := e.(*expr.Compare)
	if !is || cmp.Operator() != "=" {
		return nil, nil, key, false
	}
	l, r := cmp.Left, cmp.Right
	if asksOuter(l, b) {
		l, r = r, l
	}
	columns := false
	expr.Walk(r, func(e expr.Expr) {
		_, is := e.(*expr.Column)
		columns = columns || is
	})
	if asksOuter(l, b) || columns {
		return nil, nil, key, false
	}
	outer = expr.Transform(r, func(e expr.Expr) expr.Expr {
		if p, ok := e.(*expr.Param); ok {
			for _, bind := range b.binds {
				if bind.Slot == p.Slot {
					return bind.From
				}
			}
		}
		return e
	})
	inner, outer, key, ok = c.comparedAs(cmp.Rule, l, outer)
	return inner, outer, key, ok
}

// indexed says that a column of the set begins an index.
func indexed(set *joinSet, e expr.Expr) bool {
	col, ok := e.(*expr.Column)
	if !ok {
		return false
	}
	n := 0
	for _, it := range set.items {
		at := col.Index - n
		n += len(it.cols)
		if at < 0 || at >= len(it.cols) || it.source == nil {
			continue
		}
		for _, x := range it.source.Indexes() {
			if x.Columns[0] == it.places[at] {
				return true
			}
		}
	}
	return false
}
