package engine

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/session"
)

// learning is what is known of a statement before it is planned to run again.
type learning struct {
	never  bool
	exact  []int  // values that decide about the plan: of LIMIT, and numbers of columns
	misses int    // plans that could not be kept
	once   bool   // of a program: it is planned to be kept when it runs again
	under  uint64 // the catalog that they were made for
}

// maxMisses is how often a statement is planned to be kept before it is left to be planned
// for each execution, until the catalog changes.
const maxMisses = 3

// learningOf finds out what a statement's tree says.
func learningOf(stmt ast.Statement) (l learning) {
	switch stmt.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect, *ast.Insert, *ast.Update, *ast.Delete:
	default:
		return learning{never: true}
	}
	add := func(list ...ast.Expr) {
		for _, e := range list {
			if v, ok := e.(*ast.SQLVal); ok && v.Type == ast.ValArg {
				if n, err := strconv.Atoi(strings.TrimPrefix(string(v.Val), ":v")); err == nil {
					l.exact = append(l.exact, n-1)
				}
			}
		}
	}
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.Select:
			l.never = l.never || n.Into != nil
			for _, e := range n.GroupBy {
				add(e)
			}
		case *ast.Order:
			add(n.Expr)
		case *ast.Limit:
			if n != nil {
				add(n.Rowcount, n.Offset)
			}
		}
		return nil
	}, stmt)
	return l
}

// seenOnce says that the statement runs for the first time, if that is a reason to wait.
func (l *learning) seenOnce() bool {
	once := l.once
	l.once = false
	return once
}

// values are those of an execution.
func (x *execution) values() compiled.Values {
	if x.in != nil {
		return compiled.Values{Args: x.args, Vars: x.in.values()}
	}
	return compiled.Values{Args: x.args}
}

// again runs the statement as it was planned before, or is planned now to run again. It returns
// nothing when it cannot be, or when the planner has to look at it anew.
func (st *statement) again(x execution) (session.Result, error) {
	p := x.prepared
	if p == nil || p.never || p.seenOnce() || st.session.engine.opts.planEverything || st.session.engine.opts.libraryOnly {
		return nil, nil
	}
	s := &st.session.sql.Session
	c := p.compiled.ForValues(x.args)
	if c != nil && !c.Holds(s) {
		st.session.plans.Drop(c)
		c = nil
	}
	if x.written != "" {
		sql.IncrementStatusVariable(st.ctx, "Questions", 1)
		if c != nil && c.Reads() {
			sql.IncrementStatusVariable(st.ctx, "Com_select", 1)
		}
	}
	planned := c == nil
	if planned {
		if c = st.learn(x); c == nil || !c.Holds(s) {
			return nil, nil
		}
		st.session.plans.Add(c, &p.compiled, p.text)
	}
	if ok, err := c.Open(st.ctx, s); !ok || err != nil {
		return nil, err
	}
	res, err := st.runAgain(x, c)
	switch left := &st.session.engine.left; {
	case res == nil:
	case c.Reads():
		left.Own()
	default:
		left.Changed()
	}
	if res != nil && !planned {
		st.session.compiledRuns++
		st.session.plans.Use(c)
	}
	return res, err
}

func (st *statement) runAgain(x execution, c *compiled.Statement) (session.Result, error) {
	if !c.Reads() {
		return st.changeAgain(x, c)
	}
	if keys, ok := c.Points(st.ctx, x.args); ok && x.in == nil { // programs want values, not what is sent
		out := &st.found
		out.columns = c.Columns()
		if err := c.Rows(st.ctx, &st.session.sql.Session, keys, out.cells[:0], out.add); err != nil {
			return nil, err
		}
		if err := st.finishRead(len(out.rows)); err != nil {
			return nil, err
		}
		out.summary = session.Summary{Warnings: st.session.sql.WarningCount(), Status: st.session.Status()}
		return out, nil
	}
	env := st.session.sql.Evaluation(st.ctx)
	q, params, done, err := c.Convert(st.ctx, env, x.values())
	if err != nil {
		if _, left := lxplan.IsUnconverted(err); left {
			return nil, nil
		}
		return nil, err
	}
	columns := c.Columns()
	if done == nil { // it was made for these values
		columns = query.Columns(st.ctx, q)
	}
	own, err := st.open(q, columns, env, params...)
	if err != nil {
		if done != nil {
			done()
		}
		return nil, err
	}
	own.done = done
	st.own, st.iter = own, own
	return newOwnRows(st, own), nil
}

func (st *statement) changeAgain(x execution, c *compiled.Statement) (session.Result, error) {
	defer st.session.sql.bindOwn()()
	st.bound = x.stmt
	in := st.evaluated()
	defer in.End()
	q, params, err := c.ConvertChange(st.ctx, &in.Env, changeHost{st}, x.values())
	if err != nil {
		if _, left := lxplan.IsUnconverted(err); left {
			return nil, nil
		}
		return nil, err
	}
	defer clear(params) // the change has them, and their memory is used again
	return st.changeIn(in, x, q, params)
}

// asWritten is the statement of a text whose literals were taken out of it, when it was not planned to
// run again: it is planned as it was written.
func (st *statement) asWritten(x execution) (execution, error) {
	if x.written == "" {
		return x, nil
	}
	stmt, err := clientText.One(st.ctx, x.written, st.session.sql.Reading(), nil)
	if err != nil {
		return x, err
	}
	return execution{stmt: stmt, text: x.written}, nil
}

// learn plans the statement to run again, for values of the same kinds. It is nil where that cannot be:
// then nothing has happened, and the planner says what is wrong, if anything is.
func (st *statement) learn(x execution) (c *compiled.Statement) {
	s, p := st.session.sql, x.prepared
	version := s.Inst.Cat.Snapshot().Version()
	if p.under != version {
		p.under, p.misses = version, 0
	}
	if p.misses >= maxMisses {
		return nil
	}
	kinds, ok := compiled.KindsOf(x.args, p.exact)
	if !ok || st.ready(x, asksRows(x), changesRows(x.stmt)) != nil {
		return nil
	}
	before := slices.Clone(st.session.sql.Warnings())
	back, witness := s.Try(), &compiled.Witness{Audit: s.Identity.Audit, Locked: len(s.Locking)}
	s.Identity.Audit = witness.Hear
	defer func() {
		_ = recover() // the planner meets it, too
		s.Identity.Audit = witness.Audit
		back()
		st.area(before)
		if c == nil {
			p.misses++
		}
	}()
	values, of, err := st.standing(x)
	if err != nil {
		return nil
	}
	finish := st.bindToKeep(x, values, of)
	if finish == nil {
		return nil
	}
	if made := compiled.New(&s.Session, version, witness, kinds); made != nil {
		finish(made)
		return made
	}
	return nil
}

// standing is what stands for the values of an execution.
func (st *statement) standing(x execution) (values map[string]sql.Expression, of lxplan.Standing, err error) {
	if x.in != nil {
		values, of.Vars, err = x.in.variables()
		return values, of, err
	}
	values, of.Given, err = st.givens(x)
	return values, of, err
}

// givens stand for what a client has bound.
func (st *statement) givens(x execution) (map[string]sql.Expression, []*lxplan.Given, error) {
	values, given := make(map[string]sql.Expression, len(x.args)), make([]*lxplan.Given, len(x.args))
	for i, v := range x.args {
		lit, err := lxplan.LiteralOf(v, st.ctx.GetCollation())
		if err != nil {
			return nil, nil, err
		}
		given[i] = lxplan.NewGiven(i)
		given[i].Set(lit)
		values["v"+strconv.Itoa(i+1)] = given[i]
	}
	for _, i := range x.prepared.exact {
		lit, err := lxplan.LiteralOf(x.args[i], st.ctx.GetCollation())
		if err != nil {
			return nil, nil, err
		}
		values["v"+strconv.Itoa(i+1)], given[i] = lit, nil
	}
	return values, given, rowCounts(x.stmt, values)
}

// bindToKeep binds and converts the statement. The function that it returns gives that to what
// is kept.
func (st *statement) bindToKeep(x execution, values map[string]sql.Expression, of lxplan.Standing) (finish func(*compiled.Statement)) {
	own := asksRows(x)
	if !own {
		defer st.session.sql.bindOwn()()
	}
	bound, flags, err := st.bind(x, values)
	if own {
		err = st.session.notBound(x.stmt, err)
	}
	if err != nil || st.throughView || lxplan.BareVariable(bound) != nil {
		return nil
	}
	kept, env, a := compiled.Bound{Node: bound, Of: of}, st.session.sql.Evaluation(st.ctx), st.session.engine.inst.GMS.Analyzer
	if own {
		plain, err := lxplan.Convert(st.ctx, bound, env)
		if err != nil || plain.Momentary || validate(st.ctx, a, bound, flags) != nil {
			return nil
		}
		q, err := lxplan.ConvertGiven(st.ctx, bound, env, of)
		if err != nil || !q.Steady || !lxplan.SameTypes(q, plain) {
			q = nil
		}
		if q == nil && of.Alike() {
			return nil // one of them may be lost in what was bound
		}
		columns := query.Columns(st.ctx, plain)
		return func(c *compiled.Statement) { c.Query(kept, q, columns) }
	}
	set := st.assignments()
	plain, err := lxplan.ConvertChange(st.ctx, bound, env, changeHost{st}, set)
	if err != nil || plain.Momentary || plain.Source != nil && validate(st.ctx, a, plain.Source, flags) != nil {
		return nil
	}
	q, err := lxplan.ChangeGiven(st.ctx, bound, env, changeHost{st}, set, of)
	if err != nil || !q.Steady {
		q = nil
	}
	if q == nil && of.Alike() {
		return nil
	}
	return func(c *compiled.Statement) { c.Change(kept, set, q) }
}

// area makes the diagnostics area what it was before: what planning has told is told again
// when the statement runs. One of a client begins with nothing there.
func (st *statement) area(before []*sql.Warning) {
	s := st.session.sql
	if !st.inner {
		s.ClearWarnings()
		return
	}
	s.BaseSession.ClearWarnings()
	for _, w := range before {
		s.BaseSession.Warn(w)
	}
}

// counted notes what ROW_COUNT() and FOUND_ROWS() say of a statement that has read rows.
// What computes a value for a program is no statement.
func (st *statement) counted(found int) {
	if st.computes {
		return
	}
	s, count := st.session.sql, int64(-1)
	if n, ok := st.stmt.(*ast.Select); ok && n.Into != nil || st.into != nil {
		count = int64(found)
	}
	s.countRows(count)
	s.SetLastQueryInfoInt(sql.FoundRows, int64(found))
}

// finishRead does what the library's iterators do when they are closed.
func (st *statement) finishRead(found int) error {
	s := st.session.sql
	if s.Tx != nil && !s.GetIgnoreAutoCommit() && s.Autocommit() {
		if err := s.CommitTransaction(st.ctx, s.Tx); err != nil {
			return err
		}
	}
	st.counted(found)
	st.end()
	return nil
}

// readRows is a result whose rows were read already.
type readRows struct {
	columns []session.Column
	rows    []session.Row
	first   [1]session.Row // of rows: most look-ups find one
	cells   [4]session.Value
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
