package compiled

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/fastpath"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
)

// compiledRead is the SELECT of a compiled statement.
type compiledRead struct {
	columns []session.Column
	convert []lxplan.Converter
}

// learnRead knows [Project] [TableAlias] IndexedTableAccess.
func (c *Statement) learnRead(ctx *sql.Context, shape *fastpath.Shape, planned *Planned) bool {
	columns, from, ok := projection(planned.Node)
	if !ok {
		return false
	}
	if alias, ok := from.(*plan.TableAlias); ok {
		from = alias.Child
	}
	_, t, ok := c.lookup(from)
	if !ok || len(columns) != len(planned.Schema) || !c.keyed(shape, t, columns) {
		return false
	}
	c.read = &compiledRead{columns: lxplan.ColumnsOf(ctx, planned.Schema), convert: make([]lxplan.Converter, len(columns))}
	if planned.Columns != nil {
		c.read.columns = planned.Columns
	}
	for i, col := range planned.Schema {
		c.read.convert[i] = lxplan.ConverterFor(col.Type)
	}
	return true
}

// Columns are those of the rows that it reads.
func (c *Statement) Columns() []session.Column { return c.read.columns }

// Rows reads the rows of a SELECT within a statement that has begun, and is false
// when the planner has to. There is one for each key at most.
func (c *Statement) Rows(ctx *sql.Context, s *state.Session, args []session.Value, add func(session.Row)) (bool, error) {
	keys, ok := c.keys(ctx, args)
	if !ok {
		return false, nil
	}
	if err := s.Ensure(ctx); err != nil {
		return false, err
	}
	if err := s.Locks.Shared(ctx, c.rec.ID, s.Settings().MetaWait); err != nil {
		return false, err
	}
	if !c.stillHolds(s) { // it changed while we waited for the lock
		return false, nil
	}
	ctx.ClearWarnings()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	txn, err := s.Txn(ctx)
	if err != nil {
		return false, err
	}
	conv := func(i int, v any) (session.Value, error) { return c.read.convert[i](ctx, v) }
	return true, c.point.Rows(ctx, txn, c.Actor.Guard(), keys, conv, add)
}
