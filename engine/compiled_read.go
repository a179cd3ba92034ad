package engine

import (
	"context"
	"io"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
)

// compiledRead is the SELECT of a compiled statement.
type compiledRead struct {
	columns []session.Column
	convert []lxplan.Converter
}

// learnRead knows [Project] [TableAlias] IndexedTableAccess.
func (c *compiled) learnRead(ctx *sql.Context, p *Stmt, planned *planned) bool {
	columns, from, ok := projection(planned.node)
	if !ok {
		return false
	}
	if alias, ok := from.(*plan.TableAlias); ok {
		from = alias.Child
	}
	_, t, ok := c.lookup(from)
	if !ok || len(columns) != len(planned.schema) || !c.keyed(p, t, columns) {
		return false
	}
	c.read = &compiledRead{columns: lxplan.ColumnsOf(ctx, planned.schema), convert: make([]lxplan.Converter, len(columns))}
	for i, col := range planned.schema {
		c.read.convert[i] = lxplan.ConverterFor(col.Type)
	}
	return true
}

// read runs a compiled SELECT within a statement that has begun. It returns nil
// when the planner has to. The rows are read at once; there is one for each key
// at most.
func (st *statement) read(c *compiled, args []session.Value) (session.Result, error) {
	keys, ok := c.keys(st.ctx, args)
	if !ok {
		return nil, nil
	}
	s := st.session.sql
	if err := s.Ensure(st.ctx); err != nil {
		return nil, err
	}
	if err := s.Locks.Shared(st.ctx, c.rec.ID, s.Settings().MetaWait); err != nil {
		return nil, err
	}
	if !c.stillHolds(s) { // it changed while we waited for the lock
		return nil, nil
	}
	st.ctx.ClearWarnings()
	if err := st.ctx.Err(); err != nil {
		return nil, err
	}
	txn, err := s.Txn(st.ctx)
	if err != nil {
		return nil, err
	}
	out := &readRows{columns: c.read.columns}
	conv := func(i int, v any) (session.Value, error) { return c.read.convert[i](st.ctx, v) }
	if err := c.point.Rows(st.ctx, txn, c.actor.Guard(), keys, conv, out.add); err != nil {
		return nil, err
	}
	if err := st.finishRead(len(out.rows)); err != nil {
		return nil, err
	}
	out.summary = session.Summary{Warnings: s.WarningCount(), Status: st.session.Status()}
	return out, nil
}

// finishRead does what the library's iterators do when they are closed.
func (st *statement) finishRead(found int) error {
	s := st.session.sql
	if s.Tx != nil && !s.GetIgnoreAutoCommit() && s.Autocommit() {
		if err := s.CommitTransaction(st.ctx, s.Tx); err != nil {
			return err
		}
	}
	s.SetLastQueryInfoInt(sql.RowCount, -1)
	s.SetLastQueryInfoInt(sql.FoundRows, int64(found))
	st.end()
	return nil
}

// readRows is a result whose rows were read already.
type readRows struct {
	columns []session.Column
	rows    []session.Row
	first   [1]session.Row // of rows: most look-ups find one
	summary session.Summary
	done    bool
}

func (r *readRows) add(row session.Row) {
	if r.rows == nil {
		r.rows = r.first[:0]
	}
	r.rows = append(r.rows, row)
}

func (r *readRows) Columns() []session.Column { return r.columns }

// Next implements session.Result.
func (r *readRows) Next(context.Context) ([]session.Row, error) {
	if r.done || len(r.rows) == 0 {
		return nil, io.EOF
	}
	r.done = true
	return r.rows, nil
}

func (r *readRows) Summary() session.Summary { return r.summary }
func (r *readRows) Close() error             { return nil }
