package engine

import (
	"context"
	"errors"
	"io"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/exec"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// asksRows says that a statement is a query, which our own operators may run.
func asksRows(x execution) bool {
	switch x.stmt.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect:
		return true
	}
	return false
}

// convert makes a query of ours of what was bound. It is nil for one that is left to the
// library.
func (st *statement) convert(bound sql.Node, flags *sql.QueryFlags) (*ownIter, error) {
	s := st.session.sql
	e := st.session.engine
	if e.opts.libraryOnly {
		return nil, nil
	}
	if err := lxplan.BareVariable(bound); err != nil {
		return nil, err
	}
	env := s.Evaluation(st.ctx)
	q, err := lxplan.Convert(st.ctx, bound, env)
	if why, left := lxplan.IsUnconverted(err); left {
		e.left.Add(why)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := lxplan.BareVariable(bound); err != nil { // of what the library keeps, a rule says it
		return nil, err
	}
	if err := validate(st.ctx, e.inst.GMS.Analyzer, bound, flags); err != nil {
		return nil, err
	}
	e.left.Own()
	return st.open(q, query.Columns(st.ctx, q), env)
}

// open begins to run a query.
func (st *statement) open(q *lxplan.Query, columns []session.Column, env *value.Env, params ...value.Value) (*ownIter, error) {
	budget := st.budget()
	budget.Into(env)
	running, err := q.Open(env, params...)
	if err != nil {
		budget.End()
		return nil, st.told(err)
	}
	st.session.current.runs(q, nil, st.session.sql.Touched)
	return &ownIter{q: q, columns: columns, running: running, budget: budget, current: &st.session.current}, nil
}

// intoVariables gives user variables the values of the only row of SELECT … INTO. Of several rows they
// keep the first one's, as in MySQL.
func (st *statement) intoVariables() (session.Result, error) {
	r := &programs{session: st.session, client: st.client, ctx: st.ctx}
	first := &exec.FirstRow{By: func(_ int, compute func() error) error { return compute() }}
	st.first = first
	n := 0
	var held program.Held // until all is read: a variable that the query reads, too, is there what it was before
	err := st.rowsTo(nil, func(row []value.Value, types []value.Type) error {
		if n++; n > 1 {
			return sqlerr.TooManyRows.Errorf("Result consisted of more than one row")
		}
		for i, to := range st.into {
			held.Add(to.(*expression.UserVar).Name, row[i], &types[i])
		}
		return nil
	})
	if failed := held.Give(r.setUser); failed != nil {
		return nil, failed
	}
	if err != nil && first.Begun() { // MySQL's Query_dumpvar::send_data asks no user variable whether its value failed
		for i, to := range st.into {
			v, t := unfinished(first, i)
			if failed := r.setUser(to.(*expression.UserVar).Name, v, t); failed != nil {
				return nil, failed
			}
		}
	}
	if err != nil {
		return nil, err
	}
	s := st.session.sql
	if n == 0 {
		s.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.SPFetchNoData), Message: "No data - zero rows fetched, selected, or processed"})
	}
	return &okResult{session.Summary{AffectedRows: uint64(n), Warnings: s.WarningCount(), Status: st.session.Status()}}, nil
}

// unfinished is what a user variable gets of a row of which something could not be computed: what its own column came
// to, and of one that failed NULL, or 0 or an empty text where that cannot be NULL, as MySQL's error_int and its siblings
// have it. A number too large is 0 (raise_integer_overflow, raise_float_overflow).
func unfinished(first *exec.FirstRow, column int) (value.Value, *value.Type) {
	v, t := first.Values[column], &first.Types[column]
	var e *session.Error
	large := errors.As(first.Failed[column], &e) && e.Number == sqlerr.DataOutOfRange && t.Result() != value.ResultDecimal
	switch {
	case first.Failed[column] == nil:
	case t.IsTemporal() || t.Nullable && !large:
		v, t = value.Null, &value.NullType
	case t.IsString():
		v = value.String("")
	default:
		v, t = value.Int(0), &value.BigInt
	}
	return v, t
}

// told is an error of evaluation as its client may see it: its text has values of rows
// and constants of views in it, and the one decision on those is disclosure.
func (st *statement) told(err error) error {
	var e *session.Error
	if !errors.As(err, &e) || e.Number.NamesOnly() || program.Signalled(err) || st.session.sql.disclosure() == lxaccess.ShowValues {
		return err
	}
	return lxaccess.Bare(e.Number, err)
}

// validated are the library's checks of a bound query that ours does not make itself.
var validated = map[string]bool{
	"validateOrderBy": true, "validateOperands": true, "validateIntervalUsage": true, "validateAggregations": true,
}

func validate(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, flags *sql.QueryFlags) error {
	for _, rule := range analyzer.DefaultValidationRules {
		if !validated[rule.Id.String()] {
			continue
		}
		if _, _, err := rule.Apply(ctx, a, n, nil, analyzer.DefaultRuleSelector, flags); err != nil {
			return err
		}
	}
	return nil
}

// ownIter is a query of ours that runs. The library never sees it: it is a RowIter so
// that a statement has one thing to close.
type ownIter struct {
	q       *lxplan.Query
	columns []session.Column
	running *lxplan.Running
	budget  *query.Budget
	closed  bool
	done    func() // of a query that may run again
	current *current
}

// Next implements sql.RowIter.
func (*ownIter) Next(*sql.Context) (sql.Row, error) { return nil, io.EOF }

// Close implements sql.RowIter.
func (o *ownIter) Close(*sql.Context) error {
	if o.closed {
		return nil
	}
	o.closed = true
	o.current.runs(nil, nil, nil)
	if o.done != nil {
		defer o.done()
	}
	defer o.budget.End()
	return o.running.Close()
}

// ownRows streams the result of a query of ours.
type ownRows struct {
	st      *statement
	own     *ownIter
	columns []session.Column
	writer  query.Writer
	batch   *exec.Batch
	at      int
	sent    int64
	summary session.Summary
	eof     bool
}

func newOwnRows(st *statement, own *ownIter) *ownRows {
	return &ownRows{st: st, own: own, columns: own.columns}
}

// Still implements session.Kept.
func (r *ownRows) Still() (func() error, func()) { return r.st.still() }

func (r *ownRows) Columns() []session.Column { return r.columns }

// Next implements session.Result.
func (r *ownRows) Next(ctx context.Context) (_ []session.Row, err error) {
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
	if r.batch == nil || r.at == r.batch.Len() {
		r.at = 0
		r.batch, err = r.own.running.Next()
		if err == nil && calls.Interrupted() {
			err = errInterrupted
		}
		if err != nil {
			return nil, r.st.fail(r.st.told(err))
		}
		if r.batch == nil {
			return nil, r.last()
		}
	}
	rows := r.writer.Rows(r.batch, r.at, session.BatchRows)
	r.at += len(rows)
	r.sent += int64(len(rows))
	return rows, nil
}

// last ends the statement; its rows count only if its commit succeeds.
func (r *ownRows) last() error {
	r.eof = true
	found, counted := r.own.running.Found()
	if !counted {
		found = r.sent
	}
	// The library ends the statement's context before it commits.
	r.st.closing = r.st.ctx.Err() == nil
	err := r.own.Close(r.st.ctx)
	if err == nil {
		err = r.st.finishRead(int(found))
	}
	if err != nil {
		return r.st.fail(err)
	}
	r.summary.Warnings = r.st.session.sql.WarningCount()
	r.summary.Status = r.st.session.Status()
	return io.EOF
}

// Summary implements session.Result.
func (r *ownRows) Summary() session.Summary { return r.summary }

// Close implements session.Result. Rows that were not fetched are not computed.
func (r *ownRows) Close() error {
	if r.eof || r.st.ended {
		return nil
	}
	calls := &r.st.session.calls
	calls.Begin()
	defer calls.End()
	if err := r.last(); err != io.EOF {
		return err
	}
	return nil
}
