package engine

import (
	"context"
	"io"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/session"
)

// read runs a compiled SELECT. It returns nil when the planner has to.
func (st *statement) read(c *compiled.Statement, args []session.Value) (session.Result, error) {
	out := &readRows{columns: c.Columns()}
	if ok, err := c.Rows(st.ctx, &st.session.sql.Session, args, out.add); !ok || err != nil {
		return nil, err
	}
	if err := st.finishRead(len(out.rows)); err != nil {
		return nil, err
	}
	out.summary = session.Summary{Warnings: st.session.sql.WarningCount(), Status: st.session.Status()}
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
