package engine

import (
	"context"
	"io"
	"math"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// okResult is the outcome of a statement without rows.
type okResult struct{ summary session.Summary }

func (r *okResult) Columns() []session.Column                   { return nil }
func (r *okResult) Next(context.Context) ([]session.Row, error) { return nil, io.EOF }
func (r *okResult) Summary() session.Summary                    { return r.summary }
func (r *okResult) Close() error                                { return nil }

// rows streams a result: one batch is computed when it is asked for, so memory
// is bounded by the batch and by what the operators of the plan hold.
type rows struct {
	st      *statement
	columns []session.Column
	convert []lxplan.Converter
	batch   []session.Row
	values  []session.Value // backing array of batch
	summary session.Summary
	eof     bool
}

func newRows(st *statement, schema sql.Schema) *rows {
	r := &rows{st: st, columns: lxplan.ColumnsOf(st.ctx, schema), convert: make([]lxplan.Converter, len(schema))}
	for i, c := range schema {
		r.convert[i] = lxplan.ConverterFor(c.Type)
	}
	if like, ok := shownLike(st.stmt); ok && len(r.columns) > 0 {
		r.columns[0].Name += " (" + like + ")"
	}
	return r
}

// shownLike is the pattern of SHOW TABLES and SHOW DATABASES, which MySQL has in the heading.
func shownLike(stmt ast.Statement) (like string, ok bool) {
	n, ok := stmt.(*ast.Show)
	if !ok {
		return "", false
	}
	filter := n.Filter
	if n.ShowTablesOpt != nil && filter == nil {
		filter = n.ShowTablesOpt.Filter
	}
	switch strings.ToLower(n.Type) {
	case "tables", "databases", "schemas":
		if filter != nil && filter.Filter == nil {
			like = filter.Like
		}
	}
	return like, like != ""
}

// Still implements session.Kept.
func (r *rows) Still() (func() error, func()) { return r.st.still() }

// still is reliance.still of what the statement goes on with, also when it has ended.
func (st *statement) still() (func() error, func()) {
	r := newReliance(st.session.engine.inst.Cat)
	r.take(st.session.sql.decisions.Since(st.relied))
	if !st.ended {
		st.relies = r.take
	}
	return st.session.waiting.keep(r)
}

func (r *rows) Columns() []session.Column { return r.columns }

// Next implements session.Result.
func (r *rows) Next(ctx context.Context) (_ []session.Row, err error) {
	if r.eof {
		return nil, io.EOF
	}
	calls := &r.st.session.calls
	calls.Begin()
	defer calls.End()
	defer func() {
		if p := recover(); p != nil {
			err = r.st.fail(panicError(r.st.session, p))
		}
	}()
	if ctx != r.st.client && ctx.Done() != nil { // the statement's own context ends it already
		stop := context.AfterFunc(ctx, func() { r.st.session.Cancel() })
		defer stop()
	}
	width := len(r.columns)
	if r.values == nil {
		r.values = make([]session.Value, 0, 16*width)
		r.batch = make([]session.Row, 0, 16)
	}
	r.values, r.batch = r.values[:0], r.batch[:0]
	for len(r.batch) < session.BatchRows {
		row, err := r.st.iter.Next(r.st.ctx)
		if err == io.EOF {
			return r.last()
		}
		if err == nil && calls.Interrupted() {
			err = errInterrupted
		}
		if err != nil {
			return nil, r.st.fail(err)
		}
		start := len(r.values)
		for i, v := range row {
			val, err := r.convert[i](r.st.ctx, v)
			if err != nil {
				return nil, r.st.fail(err)
			}
			r.values = append(r.values, val)
		}
		r.batch = append(r.batch, r.values[start:len(r.values):len(r.values)])
	}
	return r.batch, nil
}

// last ends the statement; its rows count only if its commit succeeds.
func (r *rows) last() ([]session.Row, error) {
	r.eof = true
	if err := r.st.finish(); err != nil {
		return nil, r.st.fail(err)
	}
	r.st.session.sql.countRows(-1)
	r.summary.Warnings = r.st.session.sql.WarningCount()
	r.summary.Status = r.st.session.Status()
	if len(r.batch) == 0 {
		return nil, io.EOF
	}
	return r.batch, nil
}

// Summary implements session.Result.
func (r *rows) Summary() session.Summary { return r.summary }

// Close implements session.Result. Rows that were not fetched are not computed.
func (r *rows) Close() error {
	if r.eof || r.st.ended {
		return nil
	}
	calls := &r.st.session.calls
	calls.Begin()
	defer calls.End()
	r.eof = true
	if err := r.st.finish(); err != nil {
		return r.st.fail(err)
	}
	return nil
}

// panicError logs a panic and keeps its text from the client.
func panicError(s *Session, p any) error {
	s.engine.inst.Log.Error("panic in a statement", "connection", s.ID(), "panic", loggedPanic(p), "stack", string(debug.Stack()))
	return sqlerr.UnknownError.Errorf("internal error").WithHint("see the server log")
}

// Warn implements sql.Session. With sql_notes off, notes are not kept.
func (s *sqlSession) Warn(w *sql.Warning) {
	if strings.EqualFold(w.Level, "Note") {
		if on, err := s.GetSessionVariable(state.NoContext, "sql_notes"); err == nil && isOff(on) {
			return
		}
	}
	if s.lacking != nil && sqlerr.Code(w.Code) == sqlerr.BadTable {
		s.lacking[strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(w.Message, "Unknown table '"), "'"))] = true
		return
	}
	kept := s.BaseSession.WarningCount()
	if kept == 0 {
		s.unkept = 0
	}
	if kept >= mostKept && w.Level != "Error" {
		s.unkept++
		return
	}
	told := lxaccess.For(&s.Session).Worded(w)
	if short := sqlerr.Cut(told.Message); short != told.Message {
		cut := *told
		cut.Message = short
		told = &cut
	}
	s.Session.Warn(told)
}

// mostKept is max_error_count: more conditions are counted, and not kept.
const mostKept = 1024

// WarningCount implements sql.Session: also of those that are not kept.
func (s *sqlSession) WarningCount() uint16 {
	kept := s.BaseSession.WarningCount()
	if kept == 0 {
		return 0
	}
	return uint16(min(uint64(kept)+s.unkept, math.MaxUint16))
}

func isOff(v any) bool {
	on, err := sql.ConvertToBool(state.NoContext, v)
	return err == nil && !on
}

// Warnings implements sql.Session: in their order, as SHOW WARNINGS tells them. The library
// has the newest first.
func (s *sqlSession) Warnings() []*sql.Warning {
	out := s.BaseSession.Warnings()
	slices.Reverse(out)
	return out
}
