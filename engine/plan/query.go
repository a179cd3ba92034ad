// Package plan is what stands between the library's planner and us: the rules that
// we add to it, what it must not know, the functions that take the place of its
// own, and the way of values and columns from its rows to session.Value.
package plan

import (
	"errors"
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/hint"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// Origin is the column of a table that a column of a result is, nil for a computed one.
type Origin struct {
	*sql.Column
	Derived bool   // by way of a view or a derived table, whose insides are not told
	Table   string // by the name that it has in the query, where the column has another there
}

// Query is a query as our operators run it. It belongs to one statement.
type Query struct {
	Root exec.Node
	// Names are the columns' names and where they come from, as the library tells
	// them; their types are those of Root.
	Names sql.Schema

	// Origins are the columns of tables that columns are.
	Origins []Origin

	// Steady says that it may run again with other parameters; Momentary, that not even what it was
	// converted from may be used again.
	Steady, Momentary bool

	// Notes are for EXPLAIN, of what was converted to be explained.
	Notes *Notes

	slots      int
	subqueries []*exec.Subquery
	asked      *expr.Asked
}

// Open begins to run the query. args are its parameters.
func (q *Query) Open(env *value.Env, args ...value.Value) (*Running, error) {
	c := expr.NewCtx(env)
	c.Params = make([]value.Value, q.slots)
	copy(c.Params, args)
	rows, err := q.Root.Open(c)
	if err != nil {
		q.reset()
		return nil, q.asked.Named(err, c.Params)
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
func (r *Running) Next() (*exec.Batch, error) {
	b, err := r.rows.Next(r.c)
	if err != nil {
		err = r.q.asked.Named(err, r.c.Params)
	}
	return b, err
}

// TakeFirst says before the first row how that is taken; false where it is computed before it is taken.
func (r *Running) TakeFirst(first *exec.FirstRow) bool { return exec.TakeFirst(r.rows, first) }

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
	return (&converter{ctx: ctx, b: functions.NewBuilder(env)}).query(n)
}

// ConvertGiven is Convert of what was bound with values that become parameters.
func ConvertGiven(ctx *sql.Context, n sql.Node, env *value.Env, of Standing) (*Query, error) {
	c := &converter{ctx: ctx, b: functions.NewBuilder(settled(env))}
	c.takeSlots(of)
	return c.query(n)
}

// ConvertNoted is Convert of a query that is explained.
func ConvertNoted(ctx *sql.Context, n sql.Node, env *value.Env) (*Query, error) {
	return (&converter{ctx: ctx, b: functions.NewBuilder(env), notes: newNotes()}).query(n)
}

func (c *converter) query(n sql.Node) (*Query, error) {
	c.collectUsed(n)
	if err := c.fullGroupBy(n); err != nil {
		return nil, err
	}
	r, err := c.node(n, nil, nil)
	if err != nil {
		return nil, err
	}
	names := headings(n)
	if len(names) != len(r.cols) {
		return nil, unconverted("%d columns of %d", len(r.cols), len(names))
	}
	q := &Query{Root: c.selectLimit(n, r.node), Names: names, slots: c.slots, subqueries: c.subqueries, Steady: c.steady(), Momentary: c.momentary, asked: c.asked}
	for i := range r.cols {
		q.Origins = append(q.Origins, r.cols[i].origin)
	}
	q.Notes = c.notes
	return q, nil
}

// headings are the schema of a query but for the defaults of its columns. For each of them the library asks what is below for all
// of its own, and VALUES goes through all its rows to answer.
func headings(n sql.Node) sql.Schema {
	switch n := n.(type) {
	case *plan.Project:
		out := make(sql.Schema, len(n.Projections))
		for i, e := range n.Projections {
			out[i] = transform.ExpressionToColumn(e, plan.AliasSubqueryString(e))
		}
		return out
	case *plan.Sort:
		return headings(n.Child)
	case *plan.Limit:
		return headings(n.Child)
	case *plan.Offset:
		return headings(n.Child)
	case *plan.Distinct:
		return headings(n.Child)
	case *plan.Having:
		return headings(n.Child)
	case *plan.Filter:
		return headings(n.Child)
	}
	return n.Schema()
}

// converter makes one Query.
type converter struct {
	ctx         *sql.Context
	b           *expr.Builder
	slots       int
	subqueries  []*exec.Subquery
	used        map[sql.ColumnId]bool            // columns that some expression names
	correlated  map[sql.ColumnId]bool            // columns that some subquery names
	idles       map[*plan.Project][]bool         // what is selected in vain
	derivations map[sql.Node]int                 // how often the query of a derived table is named
	shared      map[sql.Node]*sharedRel          // those that run once
	working     []*workTable                     // of the recursive queries around
	ofHaving    map[*grammar.Form]sql.Expression // aggregates that HAVING names
	rollups     bool                             // one was seen
	inside      map[*plan.Project]bool           // projections below others of the same query
	merged      map[*plan.Project]bool           // of derived tables that MySQL merges
	depth       int
	attempts    int // of EXISTS by keys around what is converted
	notes       *Notes
	wishes      *hint.Block                    // hints of a change of rows
	told        map[*item]bool                 // tables whose hints were looked at
	leaf        func(sql.Expression) expr.Expr // of an expression inside a plan of the library; nil in a Query
	kept        bool                           // variables of programs are parameters
	inCondition int                            // conditions around what is converted
	term        sql.Expression                 // that of the last one, of those that AND joins
	calls       bool                           // a stored function was met
	spoken      *value.Collation               // collation_connection of the session, inside what is read under another one
	writing                                    // of a statement that changes rows
	keeping                                    // of one that may run again
}

// selectLimit is sql_select_limit: of a query without a LIMIT of its own.
func (c *converter) selectLimit(n sql.Node, root exec.Node) exec.Node {
	if s, ok := c.ctx.Session.(interface{ InProgram() bool }); ok && s.InProgram() {
		return root
	}
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
	return exec.Limited(&exec.Limit{Child: root, Count: most.small})
}

// maxNesting bounds how deeply nodes stand in each other.
const maxNesting = 500

// column is a column of a converted node.
type column struct {
	id          sql.ColumnId
	table, name string // where ids are lost: of recursive tables
	typ         value.Type
	origin      Origin
	usual       *sql.Column // whose DEFAULT it has, in the row of a group
	over        *grammar.Over
	rolled      *rolled
	carried     bool   // of a group's first row, for the subqueries above
	concat      string // of GROUP_CONCAT: how the binder names it where it forgot its id
	grouped     string // of a column in a group's row: how HAVING names it where the binder forgot its id
	alias       string // that the query gives it
	computed    bool   // what has the alias is no column
	digits      *digits
	behind      bool // it has the digits of another one
}

// digits joins a DECIMAL of a derived table that MySQL merges with a second column, behind those that were asked for. That
// has all digits that were computed: what is computed from the DECIMAL is computed from them.
type digits struct{ typ value.Type }

// is reports whether an expression that names a column means this one.
func (col *column) is(id sql.ColumnId, table, name string) bool {
	switch {
	case id != 0 && col.id == id:
		return true
	case id == 0 && table == "" && col.concat != "":
		return equalFold(col.concat, name)
	case id == 0 && col.grouped != "":
		return equalFold(col.grouped, printedName(table, name))
	}
	return col.id == 0 && col.name != "" && equalFold(col.name, name) && equalFold(col.table, table)
}

// printed is how MySQL prints the column: with the database of its table, if it is one's.
func (col *column) printed(table, name string) string {
	if o := col.origin; o.Column != nil && !o.Derived && o.DatabaseSource != "" && table != "" {
		return "`" + o.DatabaseSource + "`." + printedName(table, name)
	}
	return printedName(table, name)
}

// rel is a converted node.
type rel struct {
	node exec.Node
	cols []column
	rows float64 // a guess
	// refine gives the same rows but for those that conditions over cols, which cannot fail or
	// warn, leave out anyhow; nil when none of them helps. It is nil where that cannot be done.
	refine func(conds []expr.Expr) (*rel, error)
}

// scope is where the columns of an expression are found.
type scope struct {
	cols    []column
	outer   *boundary
	aliases map[sql.ColumnId]expr.Expr // what the list has computed so far, for the subqueries behind
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
			return c.withDigits(s, col, expr.NewColumn(i, col.typ, col.printed(table, name)))
		}
	}
	if x := s.aliases[id]; x != nil {
		return x, nil
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

// withDigits is a column with the digits beyond its type, if it has them.
func (c *converter) withDigits(s *scope, col *column, x *expr.Column) (expr.Expr, error) {
	if col.digits == nil {
		return x, nil
	}
	for i := range s.cols {
		if all := &s.cols[i]; all.behind && all.digits == col.digits {
			return c.b.WithDigits(x.Of, expr.NewColumn(i, all.typ, x.Name), x)
		}
	}
	return x, nil
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

// Lookup is a query for plain columns of the rows whose whole primary key is given, and nothing else.
type Lookup struct {
	Source  *table.Source
	Columns []int
	// Key has the alternatives for each column of the key; one of them may have several.
	Key [][]KeyValue
}

// KeyValue is a parameter, or a constant when Param is negative.
type KeyValue struct {
	Param int
	Value session.Value
}

// Bind is its value in one execution.
func (k KeyValue) Bind(args []session.Value) session.Value {
	if k.Param < 0 {
		return k.Value
	}
	return args[k.Param]
}

// Lookup is nil for any other query.
func (q *Query) Lookup() *Lookup {
	node, columns := plainColumns(q.Root)
	f, ok := node.(*exec.Filter)
	if !ok {
		return nil
	}
	s, ok := f.Child.(*exec.Scan)
	if !ok || s.Index < 0 || s.Keyed || s.Single {
		return nil
	}
	src, ok := s.Source.(*table.Source)
	if !ok || src.Locks() {
		return nil
	}
	l := &Lookup{Source: src, Columns: make([]int, len(columns))}
	for i, c := range columns {
		l.Columns[i] = s.Columns[c]
	}
	x := src.Indexes()[s.Index]
	if !x.Primary || len(s.Spans) != len(x.Columns) || len(f.Conds) != len(s.Spans) {
		return nil
	}
	several := 0
	for i := range s.Spans {
		span := &s.Spans[i]
		if len(span.Equal) > 1 {
			several++
		}
		if span.Equal == nil || span.NullSafe || several > 1 || len(span.Equal) > maxAlternatives || !equals(f.Conds, x.Columns[i], s.Columns) {
			return nil
		}
		list := make([]KeyValue, len(span.Equal))
		for k, e := range span.Equal {
			if list[k], ok = keyValue(e); !ok {
				return nil
			}
		}
		l.Key = append(l.Key, list)
	}
	return l
}

// maxAlternatives bounds the rows that are read by their keys one by one.
const maxAlternatives = 64

// plainColumns goes below projections of columns.
func plainColumns(n exec.Node) (exec.Node, []int) {
	columns := make([]int, len(n.Types()))
	for i := range columns {
		columns[i] = i
	}
	for {
		p, ok := n.(*exec.Project)
		if !ok {
			return n, columns
		}
		for i, c := range columns {
			col, ok := p.Exprs[c].(*expr.Column)
			if !ok {
				return n, nil
			}
			columns[i] = col.Index
		}
		n = p.Child
	}
}

// equals says that one of the conditions is column = value, or column IN (values).
func equals(conds []expr.Expr, column int, places []int) bool {
	for _, e := range conds {
		switch e := e.(type) {
		case *expr.Compare:
			if s, ok := compareSarg(e, places); ok && s.op == "=" && !s.nullSafe && s.column == column {
				return true
			}
		case *expr.In:
			if s, ok := inSarg(e, places); ok && s.column == column {
				return true
			}
		}
	}
	return false
}

func keyValue(e expr.Expr) (KeyValue, bool) {
	switch e := e.(type) {
	case *expr.Param:
		return KeyValue{Param: e.Slot}, e.Given()
	case *expr.Const:
		switch e.Val.Class() {
		case value.ClassInt:
			return KeyValue{-1, session.IntValue(e.Val.Int())}, true
		case value.ClassUint:
			return KeyValue{-1, session.UintValue(e.Val.Uint())}, true
		case value.ClassString:
			return KeyValue{-1, session.BytesValue(e.Val.Bytes())}, !e.Of.IsBinary()
		}
	}
	return KeyValue{}, false
}
