package compiled

import (
	"strconv"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/rowexec"

	"github.com/lxdb/lxdb/engine/fastpath"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
)

// compiledWrite is the UPDATE, DELETE or INSERT of a compiled statement: the
// analyzed plan itself, which the library runs again with other values in it.
// The plan belongs to one prepared statement of one session, which runs one
// execution at a time, to its end, so the values are written into it.
type compiledWrite struct {
	node  sql.Node
	flags *sql.QueryFlags
	// params are the literals that stand for the bound values, nil for those
	// that only the key is made of.
	params   []*expression.Literal
	literals []*expression.Literal // all that are in the plan's expressions
	schema   sql.Schema
	auto     *expression.Literal // given for the AUTO_INCREMENT column; never 0
	// ranges is the look-up of the row; nil for INSERT.
	ranges sql.MySQLRange
}

// learnUpdate knows Update(UpdateSource(IndexedTableAccess)) with simple
// assignments. Computed columns, ON UPDATE, checks, foreign keys and triggers
// all show in the plan as something else.
func (c *Statement) learnUpdate(shape *fastpath.Shape, planned *Planned) bool {
	update, ok := planned.Node.(*plan.Update)
	if !ok || update.Ignore || update.IsJoin || len(update.Checks()) > 0 || len(update.Returning) > 0 {
		return false
	}
	source, ok := update.Child.(*plan.UpdateSource)
	if !ok || source.Ignore || !c.learnTarget(shape, planned, source.Child) {
		return false
	}
	for _, e := range source.UpdateExprs {
		set, ok := e.(*expression.SetField)
		if !ok || !c.simple(set.LeftChild) || !c.simple(set.RightChild) {
			return false
		}
	}
	return c.learnParams(c.key, planned)
}

// learnDelete knows DeleteFrom(IndexedTableAccess).
func (c *Statement) learnDelete(shape *fastpath.Shape, planned *Planned) bool {
	del, ok := planned.Node.(*plan.DeleteFrom)
	if !ok || del.HasExplicitTargets() || !c.learnTarget(shape, planned, del.Child) {
		return false
	}
	return c.learnParams(c.key, planned)
}

// learnTarget takes the look-up of the row that is changed.
func (c *Statement) learnTarget(shape *fastpath.Shape, planned *Planned, n sql.Node) bool {
	access, t, ok := c.lookup(n)
	if !ok || !c.keyed(shape, t, nil) {
		return false
	}
	for _, alternatives := range c.key {
		if len(alternatives) != 1 {
			return false
		}
	}
	lookup, err := access.GetLookup(nil, nil)
	if err != nil {
		return false
	}
	ranges, ok := lookup.Ranges.(sql.MySQLRangeCollection)
	if !ok || len(ranges) != 1 || len(ranges[0]) != len(c.key) || lookup.IsReverse {
		return false
	}
	c.write = c.newWrite(planned)
	c.write.ranges = ranges[0]
	return true
}

func (c *Statement) newWrite(planned *Planned) *compiledWrite {
	return &compiledWrite{node: planned.Node, flags: planned.Flags, params: make([]*expression.Literal, len(planned.Args))}
}

// learnInsert knows InsertInto(InsertDestination, Project(Values)) of one row
// into a table whose defaults are literals.
func (c *Statement) learnInsert(planned *Planned) bool {
	ins, ok := planned.Node.(*plan.InsertInto)
	if !ok || ins.IsReplace || ins.Ignore || len(ins.OnDupExprs) > 0 || len(ins.Checks()) > 0 || len(ins.Returning) > 0 {
		return false
	}
	dest, ok := ins.Destination.(*plan.InsertDestination)
	if !ok {
		return false
	}
	target, err := plan.GetInsertable(dest)
	if err != nil {
		return false
	}
	t, ok := target.(*table.Table)
	if !ok || t.Record() != c.rec {
		return false
	}
	project, ok := ins.Source.(*plan.Project)
	if !ok {
		return false
	}
	values, ok := project.Child.(*plan.Values)
	if !ok || len(values.ExpressionTuples) != 1 {
		return false
	}
	c.write = c.newWrite(planned)
	tuple, generates := values.ExpressionTuples[0], false
	for _, e := range tuple {
		if !c.simple(e) {
			return false
		}
	}
	for _, e := range project.Projections {
		if auto, ok := e.(*expression.AutoIncrement); ok {
			if generates, ok = c.learnAuto(auto.Child, tuple); !ok {
				return false
			}
			e = auto.Child
		}
		if !c.simple(e) {
			return false
		}
	}
	if generates != (ins.FirstGeneratedAutoIncRowIdx == 0) {
		return false
	}
	return c.learnParams(nil, planned)
}

// learnAuto takes an AUTO_INCREMENT column that is either left out, and then
// always generated, or given as an integer. Whether a given value is 0, which
// stands for a generated one, is part of the plan: see bind.
func (c *Statement) learnAuto(given sql.Expression, tuple []sql.Expression) (generates, ok bool) {
	if a, ok := given.(*lxplan.Assigned); ok {
		given = a.Child
	}
	field, ok := given.(*expression.GetField)
	if !ok {
		return true, true
	}
	if field.Index() < 0 || field.Index() >= len(tuple) {
		return false, false
	}
	e := tuple[field.Index()]
	if w, ok := e.(*expression.Wrapper); ok {
		e = w.Unwrap()
	}
	c.write.auto, ok = e.(*expression.Literal)
	return false, ok && !isZero(c.write.auto.Val)
}

// isZero is true for whatever might be taken for 0.
func isZero(v any) bool {
	switch v := v.(type) {
	case int8:
		return v == 0
	case int16:
		return v == 0
	case int32:
		return v == 0
	case int64:
		return v == 0
	case uint64:
		return v == 0
	}
	return true
}

// simple knows the expressions that have no state and whose analysis does not
// depend on the values in them. It collects the literals.
func (c *Statement) simple(e sql.Expression) bool {
	switch e := e.(type) {
	case *expression.Literal:
		c.write.literals = append(c.write.literals, e)
		return true
	case *expression.GetField:
		return true
	case *expression.Wrapper:
		return c.simple(e.Unwrap())
	case *lxplan.Assigned:
		return c.simple(e.Child)
	case *expression.Arithmetic:
		return (e.Op == "+" || e.Op == "-") && c.simple(e.LeftChild) && c.simple(e.RightChild)
	case *sql.ColumnDefaultValue:
		if e == nil {
			return true
		}
		_, ok := e.Expr.(*expression.Literal)
		return ok && e.IsLiteral()
	}
	return false
}

// learnParams finds the literals of the bound values in the plan. Each value
// must be in the key, or be found exactly once, and not both.
func (c *Statement) learnParams(key [][]fastpath.Operand, planned *Planned) bool {
	inKey := make([]bool, len(planned.Args))
	for _, alternatives := range key {
		for _, o := range alternatives {
			if o.Param >= 0 {
				inKey[o.Param] = true
			}
		}
	}
	for i := range planned.Args {
		bound, ok := planned.Bindings["v"+strconv.Itoa(i+1)].(*expression.Literal)
		if !ok {
			return false
		}
		found := 0
		for _, l := range c.write.literals {
			if l == bound {
				found++
			}
		}
		if inKey[i] != (found == 0) || found > 1 {
			return false
		}
		if found == 1 {
			c.write.params[i] = bound
		}
	}
	c.write.schema = planned.Schema
	return true
}

// Open runs an UPDATE, DELETE or INSERT within a statement that has begun. It
// is false when the planner has to.
func (c *Statement) Open(ctx *sql.Context, s *state.Session, args []session.Value) (sql.RowIter, bool, error) {
	w := c.write
	if ok, err := w.bind(ctx, c, args); !ok || err != nil {
		return nil, false, err
	}
	if err := s.Ensure(ctx); err != nil {
		return nil, false, err
	}
	if s.Tx.Opts.ReadOnly {
		return nil, false, nil
	}
	if err := s.Locks.Shared(ctx, c.rec.ID, s.Settings().MetaWait); err != nil {
		return nil, false, err
	}
	if !c.stillHolds(s) {
		return nil, false, nil
	}
	ctx.ClearWarnings()
	iter, err := s.Inst.GMS.Analyzer.ExecBuilder.Build(ctx, w.node, nil)
	if err != nil {
		return nil, false, err
	}
	iter, _, err = rowexec.FinalizeIters(ctx, w.node, w.flags, iter)
	return iter, err == nil, err
}

// Schema is that of the library's answer to a change.
func (c *Statement) Schema() sql.Schema { return c.write.schema }

// bind writes the values of one execution into the plan.
func (w *compiledWrite) bind(ctx *sql.Context, c *Statement, args []session.Value) (bool, error) {
	if w.ranges != nil {
		if _, ok := c.keys(ctx, args); !ok {
			return false, nil
		}
		for i, alternatives := range c.key {
			lit, err := lxplan.Literal(alternatives[0].Bind(args), ctx.GetCollation())
			if err != nil {
				return false, err
			}
			typ := w.ranges[i].Typ
			v, _, err := typ.Convert(ctx, lit.(*expression.Literal).Val)
			if err != nil {
				return false, nil
			}
			w.ranges[i] = sql.ClosedRangeColumnExpr(v, v, typ)
		}
	}
	for i, l := range w.params {
		if l == nil {
			continue
		}
		lit, err := lxplan.Literal(args[i], ctx.GetCollation())
		if err != nil {
			return false, err
		}
		l.Val = lit.(*expression.Literal).Val
		if l == w.auto && isZero(l.Val) {
			return false, nil
		}
	}
	return true, nil
}
