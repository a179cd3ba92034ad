package plan

import (
	"reflect"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/value"
)

// A derived table or view that MySQL merges into the query around it computes what is asked of
// it and no more: no error, no warning and no call is of a column that nobody names. One that
// MySQL materializes computes all of its columns.

// survey walks a statement for the columns that its expressions name.
type survey struct {
	c     *converter
	depth int // of subqueries
	// nameless are the columns whose ids the binder has lost: all of the name count as asked for.
	nameless map[string]bool
	pending  []pending
	read     map[listed]bool
}

// listed is a place in a list.
type listed struct {
	of    *plan.Project
	place int
}

// pending is an expression of a merged derived table that nobody has asked for yet.
type pending struct {
	listed
	e     sql.Expression
	ids   []sql.ColumnId // under which it is asked for
	name  string
	depth int
}

// collectUsed finds the columns that expressions name: tables are read for no others. beside are
// expressions that the node does not have.
func (c *converter) collectUsed(n sql.Node, beside ...sql.Expression) {
	c.used, c.correlated, c.derivations = map[sql.ColumnId]bool{}, map[sql.ColumnId]bool{}, map[sql.Node]int{}
	c.idles = map[*plan.Project][]bool{}
	s := &survey{c: c, nameless: map[string]bool{}, read: map[listed]bool{}}
	s.node(n, true)
	for _, e := range beside {
		s.expression(e)
	}
	for again := true; again; {
		again = false
		rest := s.pending
		s.pending = nil
		for _, p := range rest {
			if !s.asked(&p) {
				s.pending = append(s.pending, p)
				continue
			}
			again = true
			s.read[p.listed] = true
			for _, id := range p.ids { // a list below that orders by it gives it
				c.used[id] = true
			}
			s.depth = p.depth
			s.expression(p.e)
		}
	}
	for _, p := range s.pending {
		if s.read[p.listed] { // by another who names the same query
			continue
		}
		if c.idles[p.of] == nil {
			c.idles[p.of] = make([]bool, len(p.of.Projections))
		}
		c.idles[p.of][p.place] = true
		if _, plain := bareOf(p.e).(*expression.GetField); !plain { // it is converted for what is wrong with it
			s.depth = p.depth
			s.expression(p.e)
		}
	}
}

func (s *survey) asked(p *pending) bool {
	for _, id := range p.ids {
		if s.c.used[id] {
			return true
		}
	}
	return s.nameless[p.name]
}

func (s *survey) expression(e sql.Expression) {
	c := s.c
	transform.InspectExpr(e, func(e sql.Expression) bool {
		switch e := e.(type) {
		case *expression.GetField:
			c.used[e.Id()] = true
			if s.depth > 0 {
				c.correlated[e.Id()] = true
			}
			if e.Id() == 0 {
				s.nameless[strings.ToLower(e.Name())] = true
			}
		case *grammar.BoundForm:
			if e.Kind == grammar.FormAlias {
				s.nameless[e.Operator] = true
			}
			if e.Kind == grammar.FormKept {
				if c.ofHaving == nil {
					c.ofHaving = map[*grammar.Form]sql.Expression{}
				}
				c.ofHaving[e.Form] = e.Bound[0]
			}
		case *plan.Subquery:
			s.depth++
			s.node(e.Query, true)
			s.depth--
		}
		return false
	})
}

// node walks a node; whole says that all of its columns are those of a result.
func (s *survey) node(n sql.Node, whole bool) {
	alias, derived := n.(*plan.SubqueryAlias)
	if derived {
		if reflect.TypeOf(alias.Child).Comparable() {
			s.c.derivations[alias.Child]++
		}
		if p := mergedList(alias); p != nil && !whole {
			s.merged(alias, p)
			return
		}
	}
	if x, ok := n.(sql.Expressioner); ok {
		for _, e := range x.Expressions() {
			s.expression(e)
		}
	}
	switch n.(type) {
	case *plan.Project, *plan.GroupBy, *plan.UpdateSource, *plan.DeleteFrom:
		whole = false
	case *plan.Filter, *plan.Having, *plan.Sort, *plan.JoinNode, *plan.TableAlias:
	default:
		whole = true
	}
	for _, child := range n.Children() {
		s.node(child, whole)
	}
}

// merged walks a derived table whose columns are computed for those who ask.
func (s *survey) merged(n *plan.SubqueryAlias, list *plan.Project) {
	under, schema := ids(n), n.Schema()
	if sort, ok := n.Child.(*plan.Sort); ok {
		for _, e := range sort.Expressions() {
			s.expression(e)
		}
	}
	for i := range list.Projections {
		s.pend(list, i, under[i], schema[i].Name)
	}
	below := list.Child
	if sort, ok := below.(*plan.Sort); ok {
		for _, e := range sort.Expressions() {
			s.expression(e)
		}
		below = sort.Child
	}
	if ordered, ok := below.(*plan.Project); ok { // what ORDER BY names is computed below it
		for i, e := range ordered.Projections {
			if a, named := e.(*expression.Alias); named {
				s.pend(ordered, i, 0, a.Name())
			} else {
				s.expression(e)
			}
		}
		below = ordered.Child
	}
	s.node(below, false)
}

// pend puts an expression off until somebody asks for it, as a column of that id or of its own.
func (s *survey) pend(list *plan.Project, place int, id sql.ColumnId, name string) {
	p := pending{listed: listed{list, place}, e: list.Projections[place], name: strings.ToLower(name), depth: s.depth}
	for _, id := range []sql.ColumnId{id, idOf(p.e)} {
		if id != 0 {
			p.ids = append(p.ids, id)
		}
	}
	s.pending = append(s.pending, p)
}

// mergedList is what a derived table selects that MySQL merges: of one SELECT over tables, without groups,
// DISTINCT, LIMIT, windows, subqueries among what is selected, and assignments to variables. It is nil for any other.
func mergedList(n *plan.SubqueryAlias) *plan.Project {
	below := n.Child
	if sort, ok := below.(*plan.Sort); ok {
		below = sort.Child
	}
	p, ok := below.(*plan.Project)
	if !ok || len(p.Projections) != len(ids(n)) || windowsInside(p) {
		return nil
	}
	if b := blockOf(fromOf(p)); b != nil && b.Closed { // NO_MERGE
		return nil
	}
	for _, e := range p.Projections {
		if _, plain := bareOf(e).(*expression.GetField); plain {
			continue
		}
		if assigns(e) || subqueryInside(e) {
			return nil
		}
	}
	if !tablesOnly(fromOf(p)) {
		return nil
	}
	return p
}

// fromOf is what stands below a list, and below what sorts for it.
func fromOf(p *plan.Project) sql.Node {
	sort, ok := p.Child.(*plan.Sort)
	if !ok {
		return p.Child
	}
	if named, ok := sort.Child.(*plan.Project); ok && !windowsInside(named) {
		return named.Child
	}
	return sort.Child
}

// tablesOnly says that a node is the FROM and WHERE of a query, of tables, without assignments.
func tablesOnly(n sql.Node) bool {
	switch n := n.(type) {
	case *plan.Filter:
		return !assigns(n.Expression) && tablesOnly(n.Child)
	case *plan.JoinNode:
		return tablesOnly(n.Left()) && tablesOnly(n.Right())
	case *plan.TableAlias:
		return tablesOnly(n.Child)
	case *plan.ResolvedTable:
		return !plan.IsDualTable(n.Table)
	case *plan.SubqueryAlias, *plan.JSONTable:
		return true
	}
	return false
}

func assigns(e sql.Expression) bool {
	return anyIn(e, func(e sql.Expression) bool { return isForm(e, grammar.FormAssign) })
}

func subqueryInside(e sql.Expression) bool {
	return anyIn(e, func(e sql.Expression) bool { _, is := e.(*plan.Subquery); return is })
}

func anyIn(e sql.Expression, is func(sql.Expression) bool) bool {
	found := false
	transform.InspectExpr(e, func(e sql.Expression) bool {
		found = found || is(e)
		return found
	})
	return found
}

// idle is NULL in the place of an expression that nobody reads. What is wrong with it is said all the same.
func (c *converter) idle(s *scope, e sql.Expression) (expr.Expr, error) {
	t := value.NullType
	if _, plain := bareOf(e).(*expression.GetField); !plain {
		x, err := c.expr(s, e)
		if err != nil {
			return nil, err
		}
		t = *x.Type()
	}
	return expr.NewConst(value.Null, t), nil
}

// again says that an expression may be computed once more.
func again(e expr.Expr) bool {
	yes := true
	expr.Walk(e, func(e expr.Expr) {
		switch e := e.(type) {
		case *expr.SetVariable:
			yes = false
		case *expr.Call:
			yes = yes && !e.Function.Volatile
		}
	})
	return yes
}

// mostAgain is how many operators and operands conditions have from columns that they name once more. A column that they
// name sixty times, of a view that names its own sixty times, and so on, would be millions, for each row.
const mostAgain = 1 << 12

// filtered asks conditions below the expressions that are computed of the rows: those of a row that they leave out are not.
func (c *converter) filtered(n exec.Node, conds []expr.Expr, rows float64) exec.Node {
	p, ok := n.(*exec.Project)
	if !ok {
		return c.filter(n, conds, rows)
	}
	below, many, left := make([]expr.Expr, len(conds)), make([]int, len(p.Exprs)), mostAgain
	for i, e := range conds {
		plain := true
		below[i] = expr.Transform(e, func(e expr.Expr) expr.Expr {
			col, ok := e.(*expr.Column)
			if !ok || !plain {
				return e
			}
			from := p.Exprs[col.Index]
			if many[col.Index]++; many[col.Index] > 1 {
				left -= expr.Size(from, left)
			}
			plain = left >= 0 && again(from)
			return from
		})
		if !plain {
			return c.filter(n, conds, rows)
		}
	}
	return exec.NewProject(c.filtered(p.Child, below, rows), p.Exprs)
}

func (c *converter) filter(n exec.Node, conds []expr.Expr, rows float64) exec.Node {
	f := &exec.Filter{Child: n, Conds: conds}
	c.notes.rows(f, rows)
	return f
}
