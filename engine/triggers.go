package engine

import (
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// Triggers run on our interpreter, one row after the other, as programs of their
// definer inside the statement. This rule stands in the place of the library's, which
// binds bodies into the statement and runs them with its rows: a sub-select of a body
// would read those.

// withTriggers is a rule of the analyzer.
func withTriggers(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	if !flags.DmlIsSet() {
		return n, transform.SameTree, nil
	}
	s := sessionOf(ctx)
	if s == nil {
		return n, transform.SameTree, nil
	}
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		w := firing{session: s, flags: flags}
		switch n := n.(type) {
		case *plan.InsertInto:
			return w.insert(n)
		case *plan.Update:
			return w.update(n)
		case *plan.DeleteFrom:
			return w.delete(n)
		}
		return n, transform.SameTree, nil
	})
}

// firing puts triggers around one change.
type firing struct {
	session *sqlSession
	flags   *sql.QueryFlags
	table   *table.Table
}

// programs are the triggers of the table that a change is for.
func (w *firing) programs(on sql.Node, event string) (before, after []objects.Trigger, err error) {
	w.table = nil
	transform.Inspect(on, func(n sql.Node) bool {
		if t, ok := n.(sql.TableNode); ok && w.table == nil {
			w.table, _ = lxaccess.OwnTable(t.UnderlyingTable())
		}
		return w.table == nil
	})
	if w.table == nil {
		return nil, nil, nil
	}
	all, err := objects.TriggersOf(&w.session.Session, w.table.Record(), event)
	for _, t := range all {
		if t.Header.On.Before {
			before = append(before, t)
		} else {
			after = append(after, t)
		}
	}
	return before, after, err
}

func (w *firing) node(list []objects.Trigger, old, new int) *triggerNode {
	return &triggerNode{session: w.session, list: list, columns: w.table.Schema(), old: old, new: new}
}

// around makes the library's node for it: what stands on the right runs for each row.
func (w *firing) around(child sql.Node, event plan.TriggerEvent, at plan.TriggerTime, logic *triggerNode) sql.Node {
	w.flags.Set(sql.QFlagTrigger)
	return plan.NewTriggerExecutor(child, logic, event, at, sql.TriggerDefinition{Name: logic.list[0].Record.Name})
}

func (w *firing) insert(n *plan.InsertInto) (sql.Node, transform.TreeIdentity, error) {
	before, after, err := w.programs(n.Destination, "INSERT")
	if err != nil || len(before)+len(after) == 0 {
		return n, transform.SameTree, err
	}
	out := sql.Node(n)
	if len(before) > 0 {
		logic := w.node(before, -1, 0)
		logic.generated = n.Destination.Schema()
		out = n.WithSource(w.around(n.Source, plan.InsertTrigger, plan.BeforeTrigger, logic))
	}
	if len(after) > 0 {
		out = w.around(out, plan.InsertTrigger, plan.AfterTrigger, w.node(after, -1, 0))
	}
	return out, transform.NewTree, nil
}

func (w *firing) update(n *plan.Update) (sql.Node, transform.TreeIdentity, error) {
	if join, ok := n.Child.(*plan.UpdateJoin); ok {
		return w.joined(n, join)
	}
	before, after, err := w.programs(n.Child, "UPDATE")
	if err != nil {
		return nil, transform.SameTree, err
	}
	if len(before)+len(after) == 0 {
		return n, transform.SameTree, nil
	}
	width := len(w.table.Schema())
	out := sql.Node(n)
	if len(before) > 0 {
		if out, err = n.WithChildren(w.around(n.Child, plan.UpdateTrigger, plan.BeforeTrigger, w.node(before, 0, width))); err != nil {
			return nil, transform.SameTree, err
		}
	}
	if len(after) > 0 {
		out = w.around(out, plan.UpdateTrigger, plan.AfterTrigger, w.node(after, 0, width))
	}
	return out, transform.NewTree, nil
}

// joined puts triggers around an UPDATE of several tables. The rows there are those of the
// join, old and new, which the library splits into those of the tables by their names.
func (w *firing) joined(n *plan.Update, join *plan.UpdateJoin) (sql.Node, transform.TreeIdentity, error) {
	source, ok := join.Child.(*plan.UpdateSource)
	if !ok {
		return nil, transform.SameTree, fmt.Errorf("UPDATE of %T", join.Child)
	}
	schema, out := source.Child.Schema(), sql.Node(n)
	inner, same := sql.Node(join), transform.SameTree
	var after []*triggerNode
	for at := 0; at < len(schema); {
		name, from := schema[at].Source, at
		for at < len(schema) && schema[at].Source == name {
			at++
		}
		of := tableCalled(source, name)
		if of == nil {
			continue
		}
		list, later, err := w.programs(of, "UPDATE")
		if err != nil {
			return nil, same, err
		}
		if w.table == nil || !w.session.WritesTo[w.table.Record().ID] {
			continue
		}
		logic := func(list []objects.Trigger) *triggerNode { // the table itself gives no columns by now
			return &triggerNode{session: w.session, list: list, columns: schema[from:at], old: from, new: len(schema) + from, seen: map[uint64]bool{}}
		}
		if len(list) > 0 {
			inner = w.around(inner, plan.UpdateTrigger, plan.BeforeTrigger, logic(list))
		}
		if len(later) > 0 {
			after = append(after, logic(later))
		}
	}
	if inner == sql.Node(join) && len(after) == 0 {
		return n, same, nil
	}
	out, err := n.WithChildren(inner)
	if err != nil {
		return nil, same, err
	}
	for _, logic := range after {
		out = w.around(out, plan.UpdateTrigger, plan.AfterTrigger, logic)
	}
	return out, transform.NewTree, nil
}

// tableCalled is the table of a FROM that is called so there.
func tableCalled(n sql.Node, name string) (found sql.Node) {
	transform.Inspect(n, func(n sql.Node) bool {
		if t, ok := n.(sql.TableNode); ok && found == nil && strings.EqualFold(t.Name(), name) {
			found = n
		}
		return found == nil
	})
	return found
}

func (w *firing) delete(n *plan.DeleteFrom) (sql.Node, transform.TreeIdentity, error) {
	out := sql.Node(n)
	for i, target := range n.GetDeleteTargets() {
		before, after, err := w.programs(target, "DELETE")
		if err != nil || len(before)+len(after) == 0 {
			if err != nil {
				return nil, transform.SameTree, err
			}
			continue
		}
		if n.HasExplicitTargets() || i > 0 {
			return nil, transform.SameTree, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'DELETE of joined tables with triggers'").
				WithHint("delete from table '%s' by a statement of its own", w.table.Record().Name)
		}
		if len(before) > 0 {
			if out, err = n.WithChildren(w.around(n.Child, plan.DeleteTrigger, plan.BeforeTrigger, w.node(before, 0, -1))); err != nil {
				return nil, transform.SameTree, err
			}
		}
		if len(after) > 0 {
			out = w.around(out, plan.DeleteTrigger, plan.AfterTrigger, w.node(after, 0, -1))
		}
		return out, transform.NewTree, nil
	}
	return n, transform.SameTree, nil
}

// triggerNode runs triggers for a row that the library hands to it. old and new say
// where the two rows begin in it; -1 is none.
type triggerNode struct {
	session   *sqlSession
	list      []objects.Trigger
	columns   sql.Schema
	generated sql.Schema // with expressions that can be evaluated
	old, new  int
	seen      map[uint64]bool // of a join, which gives a row more than once: the rows that were fired for
	assigned  map[int]bool    // columns that those that have fired assign to
}

var _ sql.ExecSourceRel = (*triggerNode)(nil)

func (t *triggerNode) Resolved() bool       { return true }
func (t *triggerNode) IsReadOnly() bool     { return false }
func (t *triggerNode) Children() []sql.Node { return nil }
func (t *triggerNode) Schema() sql.Schema   { return types.OkResultSchema }
func (t *triggerNode) String() string       { return "triggers" }

// WithChildren implements sql.Node.
func (t *triggerNode) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(t, len(children), 0)
	}
	return t, nil
}

// RowIter implements sql.ExecSourceRel. What BEFORE triggers assign is written into the
// row: the library goes on with it.
func (t *triggerNode) RowIter(ctx *sql.Context, row sql.Row) (sql.RowIter, error) {
	if again, err := t.again(ctx, row); again || err != nil {
		return sql.RowsToRowIter(), err
	}
	for i := range t.list {
		if err := t.fire(ctx, &t.list[i], row); err != nil {
			return nil, err
		}
	}
	return sql.RowsToRowIter(), nil
}

// again says that the row of a join has nothing to fire for: the table's row was there
// before, or an outer join has none.
func (t *triggerNode) again(ctx *sql.Context, row sql.Row) (bool, error) {
	if t.seen == nil {
		return false, nil
	}
	old, none := row[t.old:t.old+len(t.columns)], true
	for _, v := range old {
		none = none && v == nil
	}
	key, err := sql.HashOf(ctx, old)
	if err != nil || none || t.seen[key] {
		return true, err
	}
	t.seen[key] = true
	return false, nil
}

func (t *triggerNode) fire(ctx *sql.Context, trigger *objects.Trigger, row sql.Row) error {
	return t.run(ctx, trigger, func(f *program.Frame, h *programHost) error {
		for slot := range f.Program.Vars {
			v := &f.Program.Vars[slot]
			if v.Row == program.NotRow {
				continue
			}
			at := t.at(v)
			if at < 0 || at >= len(row) {
				return fmt.Errorf("trigger %s: no column %s in a row of %d", trigger.Record.Name, v.Name, len(row))
			}
			var err error
			if f.Vars[slot], err = lxplan.ValueOf(ctx, row[at], t.columns[t.column(v.Name)].Type, &v.Type); err != nil {
				return err
			}
		}
		if err := f.Run(); err != nil || !f.Program.SetsNew {
			return err
		}
		return t.changed(ctx, f, row)
	})
}

// run makes the frame of a trigger in its activation.
func (t *triggerNode) run(ctx *sql.Context, trigger *objects.Trigger, body func(*program.Frame, *programHost) error) error {
	for a := t.session.Calls; a != nil; a = a.Outer {
		if a.Trigger == trigger.Record.ID {
			return routine.Recursion()
		}
	}
	r := &programs{session: t.session.session, client: ctx, ctx: ctx, within: true}
	defer r.end()
	a, err := objects.ActivateTrigger(&t.session.Session, trigger)
	if err != nil && a != nil {
		return r.lacking(a, nil, trigger.Record, err)
	}
	if err != nil {
		return err
	}
	err = r.inside(a, func() error {
		p, err := r.readTrigger(ctx, trigger)
		if err != nil {
			return err
		}
		if err := objects.MayFire(&t.session.Session, trigger, p); err != nil {
			return err
		}
		h := r.host(a)
		f := program.NewFrame(p, h)
		defer f.End()
		return body(f, h)
	})
	return r.lacking(a, nil, trigger.Record, err)
}

// rowTriggers are the triggers of a table for a change that our operators carry out.
type rowTriggers struct {
	ctx           *sql.Context
	before, after [3]*triggerNode // by event
	any           bool
}

var (
	_          change.Triggers = (*rowTriggers)(nil)
	eventNames                 = [...]string{change.OnInsert: "INSERT", change.OnUpdate: "UPDATE", change.OnDelete: "DELETE"}
)

// Before implements change.Triggers.
func (r *rowTriggers) Before(_ *expr.Ctx, e change.Event, old, row []value.Value) error {
	return r.before[e].each(r.ctx, old, row, true)
}

// After implements change.Triggers.
func (r *rowTriggers) After(_ *expr.Ctx, e change.Event, old, row []value.Value) error {
	return r.after[e].each(r.ctx, old, row, false)
}

// Fires implements change.Triggers.
func (r *rowTriggers) Fires(e change.Event) bool { return r.before[e] != nil }

// Assigns implements change.Triggers.
func (r *rowTriggers) Assigns(column int) bool { return r.before[change.OnInsert].assigned[column] }

// each fires the triggers for a row of values. BEFORE triggers change the new one.
func (t *triggerNode) each(ctx *sql.Context, old, row []value.Value, before bool) error {
	if t == nil {
		return nil
	}
	for i := range t.list {
		err := t.run(ctx, &t.list[i], func(f *program.Frame, h *programHost) error {
			vars := f.Program.Vars
			for slot := range vars {
				from := row
				switch vars[slot].Row {
				case program.NotRow:
					continue
				case program.Old:
					from = old
				}
				at := t.column(vars[slot].Name)
				if vars[slot].Assigned {
					t.assigned[at] = true
				}
				if at < 0 || at >= len(from) {
					return fmt.Errorf("trigger %s: no column %s in a row of %d", t.list[i].Record.Name, vars[slot].Name, len(from))
				}
				f.Vars[slot] = from[at]
			}
			if err := f.Run(); err != nil || !before || !f.Program.SetsNew {
				return err
			}
			for slot := range vars {
				if vars[slot].Row == program.New {
					row[t.column(vars[slot].Name)] = f.Vars[slot]
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *triggerNode) column(name string) int { return lxplan.ColumnAt(t.columns, name) }

// at is where a variable's column stands in the row.
func (t *triggerNode) at(v *program.Variable) int {
	column, from := t.column(v.Name), t.new
	if v.Row == program.Old {
		from = t.old
	}
	if column < 0 || from < 0 {
		return -1
	}
	return from + column
}

// changed writes what the trigger has assigned to NEW into the row.
func (t *triggerNode) changed(ctx *sql.Context, f *program.Frame, row sql.Row) error {
	for slot := range f.Program.Vars {
		v := &f.Program.Vars[slot]
		if v.Row != program.New {
			continue
		}
		x, err := lxplan.LibraryValue(f.Vars[slot], &v.Type)
		if err != nil {
			return err
		}
		if x != nil {
			if x, _, err = t.columns[t.column(v.Name)].Type.Convert(ctx, x); err != nil {
				return err
			}
		}
		row[t.at(v)] = x
	}
	for i, c := range t.generated {
		if c.Generated == nil {
			continue
		}
		x, err := c.Generated.Eval(ctx, row[t.new:t.new+len(t.columns)])
		if err != nil {
			return err
		}
		row[t.new+i] = x
	}
	return nil
}

// readTrigger gives the program of a trigger, as this session reads it.
func (r *programs) readTrigger(ctx *sql.Context, t *objects.Trigger) (*program.Program, error) {
	known := r.session.programs[t.Record.ID]
	if known.of == any(t.Record) && known.table == t.Table {
		return known.program, nil
	}
	p, err := objects.ReadProgram(ctx, &r.session.engine.inst, t.Database, t.Record.Charsets, t.Record.Create, t.Mode, t.Table)
	if err != nil {
		return nil, err
	}
	r.session.keepProgram(t.Record.ID, t.Record, p)
	k := r.session.programs[t.Record.ID]
	k.table = t.Table
	r.session.programs[t.Record.ID] = k
	return p, nil
}
