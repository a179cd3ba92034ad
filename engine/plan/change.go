package plan

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/hint"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/principal"
)

// Host is what the conversion of a statement that changes rows asks of the engine.
type Host interface {
	// Bind binds the expressions in the definitions of columns: those of a table, under the collation that its
	// literals have, or of what is only looked at as such.
	Bind(ctx *sql.Context, schema sql.Schema, ofTable bool) (sql.Schema, error)
	// Triggers are those of a table for events, nil without any. The error may be an
	// Unconverted.
	Triggers(ctx *sql.Context, t *table.Table, events ...change.Event) (change.Triggers, error)
	// Ignores says that a DELETE is a DELETE IGNORE, which the binder does not know.
	Ignores() bool
	// Hints are those of the change itself, nil without any.
	Hints() *hint.Block
	// ViewChecks are the conditions of WITH CHECK OPTION that rows of a table have to meet.
	ViewChecks(t *table.Table) []ViewCheck
	// FoundRows says that the client counts rows that an UPDATE found.
	FoundRows() bool
}

// ViewCheck is a condition of a view over the columns of a table: of WITH CHECK OPTION, or, with Reach, what a
// row in the way of REPLACE and ON DUPLICATE KEY UPDATE has to meet.
type ViewCheck struct {
	View, Cond string
	Reach      bool
}

// Changing is a statement that changes rows as our operators run it.
type Changing struct {
	Change change.Change
	// Source is the query of an INSERT.
	Source sql.Node

	// Steady says that it may run again with other parameters.
	Steady bool

	// Notes are for EXPLAIN, of what was converted to be explained.
	Notes *Notes

	asked *expr.Asked
	slots int
	// everyRow: a table changes, no index could have found its rows, and there is no LIMIT.
	everyRow bool
	// Momentary: not even what it was converted from may be used again.
	Momentary  bool
	subqueries []*exec.Subquery

	idle *running // of an execution that has ended
}

// running is what one execution of a Changing needs.
type running struct {
	ctx  expr.Ctx
	said saidID
	out  change.Outcome
}

// Run carries the statement out. args are its parameters.
func (q *Changing) Run(env *value.Env, args []value.Value) (out change.Outcome, err error) {
	r := q.idle
	if q.idle = nil; r == nil {
		r = new(running)
	}
	c, said := &r.ctx, &r.said
	if q.everyRow && env.SafeUpdates {
		return out, errEveryRow
	}
	c.Again(env, q.slots)
	copy(c.Params, args)
	*said = saidID{Session: env.Session}
	if env.Session != nil {
		env.Session = said
	}
	r.out = change.Outcome{}
	err = q.Change.Run(c, &r.out)
	out = r.out
	for _, s := range q.subqueries {
		s.Reset()
	}
	if _, deletes := q.Change.(*change.Delete); said.set && !out.Generated && !deletes {
		out.InsertID = said.id
	}
	err = q.asked.Named(err, c.Params)
	if env.Session != nil {
		env.Session = said.Session
	}
	*said = saidID{}
	c.Again(nil, 0)
	q.idle = r
	return out, err
}

// errEveryRow ends in the space that stands before a reason in MySQL's text.
var errEveryRow = sqlerr.UpdateWithoutKeyInSafeMode.Errorf(
	"You are using safe update mode and you tried to update a table without a WHERE that uses a KEY column. ")

// namesDefault says that DEFAULT(column) stands in an expression.
func namesDefault(e sql.Expression) (yes bool) {
	sql.Inspect(e, func(e sql.Expression) bool {
		p, ok := e.(*place)
		yes = yes || ok && p.kind == grammar.UsualColumn
		return !yes
	})
	return yes
}

// saidID hears of LAST_INSERT_ID(n).
type saidID struct {
	value.Session
	set bool
	id  uint64
}

func (s *saidID) SetLastInsertID(id uint64) {
	s.set, s.id = true, id
	s.Session.SetLastInsertID(id)
}

// ConvertChange makes a Changing of what the library's binder made of an INSERT, REPLACE,
// UPDATE or DELETE. set is how many assignments an UPDATE has; the binder adds more. The error is
// as that of Convert.
func ConvertChange(ctx *sql.Context, n sql.Node, env *value.Env, host Host, set int) (*Changing, error) {
	return (&converter{ctx: ctx, b: functions.NewBuilder(env), writing: writing{host: host}}).change(n, set)
}

// ChangeNoted is ConvertChange of a statement that is explained.
func ChangeNoted(ctx *sql.Context, n sql.Node, env *value.Env, host Host, set int) (*Changing, error) {
	return (&converter{ctx: ctx, b: functions.NewBuilder(env), writing: writing{host: host}, notes: newNotes()}).change(n, set)
}

// ChangeGiven is ConvertChange of what was bound with values that become parameters.
func ChangeGiven(ctx *sql.Context, n sql.Node, env *value.Env, host Host, set int, of Standing) (*Changing, error) {
	c := &converter{ctx: ctx, b: functions.NewBuilder(settled(env)), writing: writing{host: host}}
	c.takeSlots(of)
	return c.change(n, set)
}

func (c *converter) change(n sql.Node, set int) (*Changing, error) {
	rows, beside := n, []sql.Expression(nil)
	if ins, ok := n.(*plan.InsertInto); ok {
		ins, err := withSources(ins)
		if err != nil {
			return nil, err
		}
		n, rows, beside = ins, ins.Source, ins.OnDupExprs // the rows are no child of it
	}
	c.collectUsed(rows, beside...)
	out := &Changing{}
	err := c.fullGroupBy(rows, beside...)
	if err != nil {
		return nil, err
	}
	ignore := false
	switch n := n.(type) {
	case *plan.Update:
		ignore, c.wishes = n.Ignore, c.host.Hints()
		out.Change, err = c.update(n, set)
	case *plan.DeleteFrom:
		ignore, c.wishes = c.host.Ignores(), c.host.Hints()
		c.ignore = ignore
		out.Change, err = c.delete(n)
	case *plan.InsertInto:
		ignore = n.Ignore
		out.Change, err = c.insert(n)
		if _, literal := n.Source.(*plan.Values); !literal {
			out.Source = n.Source
		}
	default:
		err = unconverted("node %T", n)
	}
	for _, s := range c.subqueries {
		s.Ignore = ignore
	}
	out.slots, out.subqueries, out.Momentary = c.slots, c.subqueries, c.momentary
	out.asked, out.Notes = c.asked, c.notes
	out.Steady = err == nil && c.steady()
	out.everyRow = !c.fewOnly && slices.ContainsFunc(c.changes, func(ch *changed) bool { return !ch.found })
	return out, err
}

// writing is what a converter knows of a statement that changes rows.
type writing struct {
	host    Host
	changes []*changed
	fewRows bool // LIMIT: no more rows are locked than it takes
	fewOnly bool // there is a LIMIT, whoever counts the rows
	ignore  bool
	usual   []*change.Rules // of the tables whose defaults are named
	owner   principal.ID    // of the table whose DEFAULT is being converted, else 0
	// usesDefault: a column is set to its DEFAULT.
	usesDefault bool
}

// changed is a table of FROM that the statement changes.
type changed struct {
	node  *plan.ResolvedTable
	t     *table.Table
	ids   []sql.ColumnId
	key   sql.ColumnId // of the column with the keys of its rows
	rules *change.Rules
	set   []expression.SetField
	found bool // conditions say where in an index its rows are, whether the plan uses it or not
}

// found notes that an index could serve to find the rows of a table that the statement changes.
func (c *converter) found(key sql.ColumnId) {
	for _, ch := range c.changes {
		ch.found = ch.found || ch.key == key
	}
}

// lastKeyID is behind all ids of the binder; key columns count down from it.
const lastKeyID sql.ColumnId = 1<<16 - 1

// tablesOf are the tables of a FROM clause, not those of queries in it.
func tablesOf(n sql.Node, visit func(*plan.ResolvedTable)) {
	switch n := n.(type) {
	case *plan.ResolvedTable:
		visit(n)
	case *plan.Filter, *plan.JoinNode, *plan.TableAlias, *plan.Sort, *plan.Limit, *plan.Offset, *plan.Project:
		for _, child := range n.Children() {
			tablesOf(child, visit)
		}
	}
}

// joins says that rows of several tables are put together.
func joins(n sql.Node) (yes bool) {
	transform.Inspect(n, func(n sql.Node) bool {
		_, join := n.(*plan.JoinNode)
		yes = yes || join
		return !yes
	})
	return yes
}

// addChanged notes a table that the statement changes.
func (c *converter) addChanged(n *plan.ResolvedTable, ignore bool, events ...change.Event) (*changed, error) {
	t, ok := n.Table.(*table.Table)
	if !ok {
		return nil, unconverted("a change of table %T", n.Table)
	}
	src := t.Source()
	if src == nil {
		return nil, unconverted("the types of a table")
	}
	if !src.Locks() {
		return nil, unconverted("a change of a table that is not opened for it")
	}
	rules, err := c.rules(t, ignore, events...)
	if err != nil {
		return nil, err
	}
	out := &changed{node: n, t: t, ids: ids(n), key: lastKeyID - sql.ColumnId(len(c.changes)), rules: rules}
	c.changes = append(c.changes, out)
	return out, nil
}

// place is where a node gives a column.
func (r *rel) place(id sql.ColumnId) (int, error) {
	for i := range r.cols {
		if r.cols[i].id == id {
			return i, nil
		}
	}
	return 0, unconverted("the keys of a table are lost")
}

func (c *converter) update(n *plan.Update, given int) (change.Change, error) {
	child := n.Child
	if j, ok := child.(*plan.UpdateJoin); ok {
		child = j.Child
	}
	source, ok := child.(*plan.UpdateSource)
	if !ok || len(n.Returning) > 0 || len(source.UpdateExprs) < given {
		return nil, unconverted("UPDATE of %T", child)
	}
	for _, e := range source.UpdateExprs[:given] {
		if set, ok := e.(*expression.SetField); ok {
			c.usesDefault = c.usesDefault || isDefault(set.RightChild) || namesDefault(set.RightChild)
		}
	}
	for _, e := range source.UpdateExprs[:given] {
		set, ok := e.(*expression.SetField)
		if !ok {
			return nil, unconverted("assignment %T", e)
		}
		if err := c.assigned(source.Child, set, n.Ignore); err != nil {
			return nil, err
		}
	}
	r, err := c.rowsToChange(source.Child)
	if err != nil {
		return nil, err
	}
	c.orderAsIn(source.Child)
	out := &change.Update{Child: r.node, Joined: joins(source.Child)}
	s := &scope{}
	own := map[sql.ColumnId]bool{}
	for _, ch := range c.changes {
		key, err := r.place(ch.key)
		if err != nil {
			return nil, err
		}
		out.Targets = append(out.Targets, change.UpdateTarget{Rules: ch.rules, Name: aliasOf(source.Child, ch), Key: key, At: len(s.cols)})
		own[ch.key] = true
		for i, id := range ch.ids {
			own[id] = true
			s.cols = append(s.cols, column{id: id, table: ch.t.Name(), name: ch.rules.Columns[i].Name, typ: ch.rules.Columns[i].Type, origin: Origin{Column: ch.t.Schema()[i]}})
		}
	}
	for i := range r.cols {
		if !own[r.cols[i].id] {
			s.cols = append(s.cols, r.cols[i])
			out.Others = append(out.Others, i)
		}
	}
	for i, ch := range c.changes {
		for k := range ch.set {
			a, err := c.assignment(s, ch, &ch.set[k])
			if err != nil {
				return nil, err
			}
			out.Targets[i].Set = append(out.Targets[i].Set, a)
		}
	}
	return out, nil
}

// assigned finds the table of an assignment.
func (c *converter) assigned(from sql.Node, set *expression.SetField, ignore bool) error {
	field, ok := set.LeftChild.(*expression.GetField)
	if !ok {
		return unconverted("assignment to %T", set.LeftChild)
	}
	for _, ch := range c.changes {
		if ch.has(field.Id()) {
			ch.set = append(ch.set, *set)
			return nil
		}
	}
	var found *plan.ResolvedTable
	tablesOf(from, func(t *plan.ResolvedTable) {
		if t.Columns().Contains(field.Id()) {
			found = t
		}
	})
	if found == nil {
		return unconverted("a change of what is no table")
	}
	ch, err := c.addChanged(found, ignore, change.OnUpdate)
	if err == nil {
		ch.set = append(ch.set, *set)
	}
	return err
}

func (ch *changed) has(id sql.ColumnId) bool { return ch.column(id) >= 0 }

func (ch *changed) column(id sql.ColumnId) int {
	for i := range ch.ids {
		if ch.ids[i] == id {
			return i
		}
	}
	return -1
}

func (c *converter) assignment(s *scope, ch *changed, set *expression.SetField) (a change.Assign, err error) {
	a.Column = ch.column(set.LeftChild.(*expression.GetField).Id())
	if isDefault(set.RightChild) {
		return a, nil
	}
	for _, g := range ch.rules.Generated {
		if g.Column == a.Column {
			return a, notGenerated(ch.rules, a.Column)
		}
	}
	a.Value, err = c.expr(s, set.RightChild)
	return a, err
}

// sameTable finds the table of FROM that a target is, without an alias.
func (c *converter) sameTable(from, target sql.Node) (found []*plan.ResolvedTable) {
	of, ok := target.(*plan.ResolvedTable)
	if !ok {
		return nil
	}
	own, ok := of.Table.(*table.Table)
	if !ok {
		return nil
	}
	aliased := map[*plan.ResolvedTable]bool{}
	transform.Inspect(from, func(n sql.Node) bool {
		if a, ok := n.(*plan.TableAlias); ok {
			if t, ok := a.Child.(*plan.ResolvedTable); ok {
				aliased[t] = true
			}
		}
		return true
	})
	tablesOf(from, func(t *plan.ResolvedTable) {
		if o, ok := t.Table.(*table.Table); ok && !aliased[t] && o.Record().ID == own.Record().ID {
			found = append(found, t)
		}
	})
	return found
}

// rowsToChange converts what finds the rows.
func (c *converter) rowsToChange(n sql.Node) (*rel, error) {
	switch n.(type) {
	case *plan.Limit, *plan.Offset:
		c.fewRows, c.fewOnly = true, true
	}
	r, err := c.scoped(n, nil, nil)
	if err != nil {
		return nil, err
	}
	return byKey(r), nil
}

// byKey has one row found by its key alone, when nothing else is asked of it.
func byKey(r *rel) *rel {
	f, ok := r.node.(*exec.Filter)
	if !ok {
		return r
	}
	s, ok := f.Child.(*exec.Scan)
	if !ok || s.Index < 0 || !s.Keyed || len(f.Conds) != len(s.Spans) {
		return r
	}
	for _, e := range f.Conds { // what converts something warns of it, for each row
		if cmp, ok := e.(*expr.Compare); !ok || cmp.Rule.How != value.AsInt && cmp.Rule.How != value.AsString {
			return r
		}
	}
	src, ok := s.Source.(*table.Source)
	if !ok {
		return r
	}
	x := src.Indexes()[s.Index]
	if !x.Primary || len(s.Spans) != len(x.Columns) {
		return r
	}
	for i := range s.Spans {
		if span := &s.Spans[i]; len(span.Equal) != 1 || span.NullSafe || !equals(f.Conds, x.Columns[i], s.Columns) {
			return r
		}
	}
	key := len(r.cols) - 1
	only := exec.NewProject(r.node, []expr.Expr{expr.NewColumn(key, r.cols[key].typ, "")})
	return &rel{node: &change.Keys{Source: src, Index: s.Index, Spans: s.Spans, Else: only}, cols: r.cols[key:], rows: 1}
}

func (c *converter) delete(n *plan.DeleteFrom) (change.Change, error) {
	var tables []*plan.ResolvedTable
	if !n.HasExplicitTargets() {
		tablesOf(n.Child, func(t *plan.ResolvedTable) { tables = append(tables, t) })
		if len(tables) != 1 {
			return nil, unconverted("DELETE from %d tables", len(tables))
		}
	} else {
		for _, target := range n.GetDeleteTargets() {
			before := len(tables)
			tablesOf(target, func(of *plan.ResolvedTable) {
				tablesOf(n.Child, func(t *plan.ResolvedTable) {
					if t == of {
						tables = append(tables, t)
					}
				})
			})
			if len(tables) == before { // JOIN … USING: the binder has made it anew
				tables = append(tables, c.sameTable(n.Child, target)...)
			}
			if len(tables) != before+1 {
				return nil, unconverted("DELETE from what is no table")
			}
		}
	}
	for _, t := range tables {
		if _, err := c.addChanged(t, c.ignore, change.OnDelete); err != nil {
			return nil, err
		}
	}
	out, child := &change.Delete{}, n.Child
	if limit, ok := child.(*plan.Limit); ok && len(tables) == 1 && (c.ignore || c.changes[0].t.DeletesItself()) {
		count, err := number(limit.Limit)
		if err != nil {
			return nil, err
		}
		out.Limited, out.Limit, child = true, count, limit.Child
		c.fewOnly = true
	}
	r, err := c.rowsToChange(child)
	if err != nil {
		return nil, err
	}
	c.orderAsIn(n.Child)
	out.Child = r.node
	for _, ch := range c.changes {
		key, err := r.place(ch.key)
		if err != nil {
			return nil, err
		}
		out.Targets = append(out.Targets, change.DeleteTarget{Rules: ch.rules, Key: key})
	}
	return out, nil
}
