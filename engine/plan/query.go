package plan

import (
	"errors"
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/value"
)

// Origin is the column of a table that a column of a result is, nil for a computed one.
type Origin struct {
	*sql.Column
	Derived bool // by way of a view or a derived table, whose insides are not told
}

// Query is a query as our operators run it. It belongs to one statement.
type Query struct {
	Root exec.Node
	// Names are the columns' names and where they come from, as the library tells
	// them; their types are those of Root.
	Names sql.Schema

	// Origins are the columns of tables that columns are.
	Origins []Origin

	slots      int
	subqueries []*exec.Subquery
}

// Open begins to run the query.
func (q *Query) Open(env *value.Env) (*Running, error) {
	c := expr.NewCtx(env)
	c.Params = make([]value.Value, q.slots)
	rows, err := q.Root.Open(c)
	if err != nil {
		q.reset()
		return nil, err
	}
	return &Running{q, c, rows}, nil
}

func (q *Query) reset() {
	for _, s := range q.subqueries {
		s.Reset()
	}
}

// Running is a Query that was opened.
type Running struct {
	q    *Query
	c    *expr.Ctx
	rows exec.Rows
}

// Next gives the next rows, nil at the end.
func (r *Running) Next() (*exec.Batch, error) { return r.rows.Next(r.c) }

// Found is how many rows there would have been without LIMIT, if that was asked for.
func (r *Running) Found() (int64, bool) { return exec.Found(r.rows) }

// Close frees what the query holds.
func (r *Running) Close() error {
	r.q.reset()
	return r.rows.Close()
}

// Unconverted says why a query is left to the library's executor.
type Unconverted struct{ Why string }

func (u *Unconverted) Error() string { return "not converted: " + u.Why }

func unconverted(format string, args ...any) error {
	return &Unconverted{fmt.Sprintf(format, args...)}
}

// Convert makes a Query of what the library's binder made of a statement. The error is
// an *Unconverted for one that has something that we do not know, and what is wrong
// with the statement otherwise.
func Convert(ctx *sql.Context, n sql.Node, env *value.Env) (*Query, error) {
	c := &converter{ctx: ctx, b: functions.NewBuilder(env)}
	c.collectUsed(n)
	if err := c.fullGroupBy(n); err != nil {
		return nil, err
	}
	r, err := c.node(n, nil, nil)
	if err != nil {
		return nil, err
	}
	names := n.Schema()
	if len(names) != len(r.cols) {
		return nil, unconverted("%d columns of %d", len(r.cols), len(names))
	}
	q := &Query{Root: c.selectLimit(n, r.node), Names: names, slots: c.slots, subqueries: c.subqueries}
	for i := range r.cols {
		q.Origins = append(q.Origins, r.cols[i].origin)
	}
	return q, nil
}

// converter makes one Query.
type converter struct {
	ctx        *sql.Context
	b          *expr.Builder
	slots      int
	subqueries []*exec.Subquery
	used       map[sql.ColumnId]bool            // columns that some expression names
	working    []*workTable                     // of the recursive queries around
	ofHaving   map[*grammar.Form]sql.Expression // aggregates that HAVING names
	rollups    bool                             // one was seen
	inside     map[*plan.Project]bool           // projections below others of the same query
	depth      int
	leaf       func(sql.Expression) expr.Expr // of an expression inside a plan of the library; nil in a Query
	kept       bool                           // variables of programs are parameters
	writing                                   // of a statement that changes rows
}

// selectLimit is sql_select_limit: of a query without a LIMIT of its own.
func (c *converter) selectLimit(n sql.Node, root exec.Node) exec.Node {
	unset, v := sql.HasDefaultValue(c.ctx, c.ctx.Session, "sql_select_limit")
	most, ok := asInteger(v)
	if unset || !ok || most.large != nil || most.small < 0 {
		return root
	}
	switch n := n.(type) {
	case *plan.Limit:
		return root
	case *plan.SetOp:
		if n.Limit != nil {
			return root
		}
	}
	return &exec.Limit{Child: root, Count: most.small}
}

// maxNesting bounds how deeply nodes stand in each other.
const maxNesting = 500

// column is a column of a converted node.
type column struct {
	id          sql.ColumnId
	table, name string // where ids are lost: of recursive tables
	typ         value.Type
	origin      Origin
	over        *grammar.Over
	rolled      *rolled
	concat      string // of GROUP_CONCAT: how the binder names it where it forgot its id
}

// is reports whether an expression that names a column means this one.
func (col *column) is(id sql.ColumnId, table, name string) bool {
	switch {
	case id != 0 && col.id == id:
		return true
	case id == 0 && table == "" && col.concat != "":
		return equalFold(col.concat, name)
	}
	return col.id == 0 && col.name != "" && equalFold(col.name, name) && equalFold(col.table, table)
}

// rel is a converted node.
type rel struct {
	node exec.Node
	cols []column
	rows float64 // a guess
}

// scope is where the columns of an expression are found.
type scope struct {
	cols  []column
	outer *boundary
}

// boundary is where a subquery begins: what it names of the queries around it comes in
// through slots.
type boundary struct {
	scope *scope
	binds []exec.Bind
	ids   []sql.ColumnId
}

// column finds a column of the scope, or of the queries around it.
func (c *converter) column(s *scope, id sql.ColumnId, table, name string) (expr.Expr, error) {
	for i := range s.cols {
		if col := &s.cols[i]; col.is(id, table, name) {
			return expr.NewColumn(i, col.typ, printedName(table, name)), nil
		}
	}
	if s.outer == nil {
		return nil, unconverted("column %d not found", id)
	}
	for i, known := range s.outer.ids {
		if known == id && id != 0 {
			b := s.outer.binds[i]
			return expr.NewParam(b.Slot, *b.From.Type()), nil
		}
	}
	from, err := c.column(s.outer.scope, id, table, name)
	if err != nil {
		return nil, err
	}
	slot := c.newSlot()
	s.outer.ids = append(s.outer.ids, id)
	s.outer.binds = append(s.outer.binds, exec.Bind{Slot: slot, From: from})
	return expr.NewParam(slot, *from.Type()), nil
}

func (c *converter) newSlot() int {
	c.slots++
	return c.slots - 1
}

// IsUnconverted says whether err is one, and why.
func IsUnconverted(err error) (why string, is bool) {
	var u *Unconverted
	if errors.As(err, &u) {
		return u.Why, true
	}
	return "", false
}
