package plan

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

func isForm(e sql.Expression, kind grammar.FormKind) bool {
	f, ok := e.(*grammar.BoundForm)
	return ok && f.Kind == kind
}

// bareOf is an expression without its name.
func bareOf(e sql.Expression) sql.Expression {
	for {
		a, ok := e.(*expression.Alias)
		if !ok {
			return e
		}
		e = a.Child
	}
}

// alike says that two expressions are the same one.
func alike(a, b sql.Expression) bool {
	a, b = bareOf(a), bareOf(b)
	x, one := a.(*expression.GetField)
	y, two := b.(*expression.GetField)
	if one || two {
		return one && two && x.Id() == y.Id()
	}
	return a.String() == b.String()
}

// rollup repeats the rows for GROUP BY … WITH ROLLUP and groups by what is left of the keys.
func (g *grouping) rollup(child *rel, list []sql.Expression) error {
	var keys []expr.Expr
	for _, e := range list {
		x, err := g.key(e)
		if err != nil {
			return err
		}
		keys = append(keys, x)
	}
	g.c.rollups = true
	g.rolled, g.base = list, len(child.cols)
	g.repeated = exec.NewRollup(child.node, keys)
	types := g.repeated.Types()
	for at := len(types) - 1; at >= g.base; at-- { // the length of the prefix first
		x := expr.NewColumn(at, types[at], "")
		g.keys = append(g.keys, exec.SortKey{Expr: x, Key: exec.KeyOf(&types[at])})
		g.first = append(g.first, x)
		col := column{typ: types[at], rolled: &rolled{keys: list}}
		if at < len(types)-1 {
			col.rolled = &rolled{key: list[at-g.base]}
		}
		g.firstCols = append(g.firstCols, col)
	}
	return nil
}

// rolled marks the columns of a ROLLUP that no expression of the plan names.
type rolled struct {
	key  sql.Expression   // the key that the column is
	keys []sql.Expression // the column says how many of these are not rolled up
}

// ordered brings each total behind the rows that it is of.
func (g *grouping) ordered(r *rel) (*rel, error) {
	s := &scope{cols: r.cols}
	level := len(g.aggs)
	var keys []exec.SortKey
	for i := range g.rolled {
		total, err := g.c.made("<=", expr.NewColumn(level, r.cols[level].typ, ""), expr.IntLiteral(int64(i)))
		if err != nil {
			return nil, err
		}
		at := level + len(g.rolled) - i // the last key comes first
		keys = append(keys, exec.SortKey{Expr: total, Key: exec.KeyOf(total.Type())},
			exec.SortKey{Expr: expr.NewColumn(at, s.cols[at].typ, ""), Key: exec.KeyOf(&s.cols[at].typ).Sorting()})
	}
	return &rel{node: &exec.Sort{Child: r.node, Keys: keys}, cols: r.cols, rows: r.rows}, nil
}

// rolledUp is the column of a key of ROLLUP that an expression is the same as. Of several it is the one of that name,
// or the first in GROUP BY.
func rolledUp(s *scope, e sql.Expression) (found expr.Expr) {
	for i := range s.cols { // the last key comes first
		r := s.cols[i].rolled
		if r == nil || r.key == nil || !alike(r.key, e) {
			continue
		}
		found = expr.NewColumn(i, s.cols[i].typ, e.String())
		if equalFold(nameOf(r.key), nameOf(e)) {
			return found
		}
	}
	return found
}

// nameOf is how an expression is called.
func nameOf(e sql.Expression) string {
	if n, ok := e.(sql.Nameable); ok {
		return n.Name()
	}
	return e.String()
}

// groupingOf converts GROUPING(a, b, …): a bit for each, the last one the lowest.
func (c *converter) groupingOf(s *scope, e *grammar.BoundForm) (expr.Expr, error) {
	for i := range s.cols {
		r := s.cols[i].rolled
		if r == nil || r.key != nil {
			continue
		}
		var sum expr.Expr = expr.IntLiteral(0)
		for n, arg := range e.Bound {
			at := -1
			for k, key := range r.keys {
				if alike(key, arg) {
					at = k
				}
			}
			if at < 0 {
				return nil, sqlerr.FieldInGrouping.Errorf("Argument #%d of GROUPING function is not in GROUP BY", n)
			}
			bit, err := c.made("<=", expr.NewColumn(i, s.cols[i].typ, ""), expr.IntLiteral(int64(at)))
			if err == nil {
				sum, err = c.made("+", expr.Expr(sum), bit)
			}
			if err == nil && n < len(e.Bound)-1 {
				sum, err = c.made("*", sum, expr.IntLiteral(2))
			}
			if err != nil {
				return nil, err
			}
		}
		return sum, nil
	}
	return nil, sqlerr.InvalidGroupFuncUse.Errorf("Invalid use of group function").WithHint("GROUPING stands in a query with WITH ROLLUP")
}

// form converts a form that the library has not.
func (c *converter) form(s *scope, e *grammar.BoundForm) (expr.Expr, error) {
	switch e.Kind {
	case grammar.FormKeptHere:
		if of := c.ofHaving[e.Of]; of != nil {
			return c.expr(s, of)
		}
	case grammar.FormAlias:
		at := -1
		for i := range s.cols { // the first that is computed, before what is a column
			if col := &s.cols[i]; col.alias != "" && strings.EqualFold(col.alias, e.Operator) && (at < 0 || col.computed && !s.cols[at].computed) {
				at = i
			}
		}
		if at >= 0 {
			return expr.NewColumn(at, s.cols[at].typ, s.cols[at].alias), nil
		}
		return nil, sqlerr.BadField.Errorf("Unknown column '%s' in 'having clause'", e.Operator)
	case grammar.FormGrouping:
		return c.groupingOf(s, e)
	case grammar.FormAny, grammar.FormAll:
		return c.quantified(s, e)
	case grammar.FormColumn:
		if e.At > len(s.cols) {
			return nil, sqlerr.BadField.Errorf("Unknown column '%d' in 'order clause'", e.At)
		}
		return expr.NewColumn(e.At-1, s.cols[e.At-1].typ, ""), nil
	case grammar.FormOnce, grammar.FormFirst:
		return c.expr(s, e.Bound[0])
	case grammar.FormAssign:
		x, err := c.expr(s, e.Bound[0])
		if err != nil {
			return nil, err
		}
		return c.b.SetVariable(e.Operator, x)
	}
	return nil, unconverted("form %d", e.Kind)
}

// below marks a node whose columns of ROLLUP are asked for by the one above.
func (c *converter) below(n sql.Node) sql.Node {
	if p, ok := n.(*plan.Project); ok {
		if c.inside == nil {
			c.inside = map[*plan.Project]bool{}
		}
		c.inside[p] = true
	}
	return n
}

// withRolled adds the columns of ROLLUP, and those for subqueries above, to those of a projection.
func (c *converter) withRolled(child, out *rel) *rel {
	p, ok := out.node.(*exec.Project)
	if !ok {
		return out
	}
	list := p.Exprs
	for i := range child.cols {
		if child.cols[i].rolled != nil || child.cols[i].carried {
			list = append(list, expr.NewColumn(i, child.cols[i].typ, ""))
			out.cols = append(out.cols, child.cols[i])
		}
	}
	out.node = exec.NewProject(p.Child, list)
	return out
}
