package engine

import (
	"context"
	"io"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
)

// programs runs the stored programs of one statement of the client: those that it
// calls, and those that these call.
type programs struct {
	session *Session
	client  context.Context
	ctx     *sql.Context // of the statement

	results  []*part   // for the client
	reliance *reliance // of all of them; nil: none yet
	outputs  []output  // of placeholders
	budget   *query.Budget
	within   bool // part of the statement around: functions and triggers
	alone    bool // nobody gets results: an event
	last     session.Summary
	one      oneStatement
	relies   func([]access.Decision) // takes what the next statement relies on
}

// oneStatement is a statement of a program that computes with others: an assignment, whose function
// may write. What those have written is undone when the value does not fit in the end.
type oneStatement struct {
	open, begun bool // begun: a statement has run
	relied      int
}

// asOne runs what is one statement.
func (r *programs) asOne(run func() error) error {
	if r.within || r.one.open { // the statement around it is the one
		return run()
	}
	r.one.open = true
	err := run()
	one := r.one
	r.one = oneStatement{}
	if !one.begun {
		return err
	}
	s := r.session.sql
	leave, failed := s.Inside(r.ctx, false)
	if failed != nil {
		return failed
	}
	defer leave()
	if err == nil && s.Tx != nil && !s.GetIgnoreAutoCommit() && s.Autocommit() {
		err = s.CommitTransaction(r.ctx, s.Tx)
	}
	if err != nil {
		(&statement{session: r.session, client: r.client, ctx: r.ctx, inner: true, relied: one.relied}).undo(err)
	}
	s.Tx.EndStatement()
	return err
}

// part says whether a statement that begins now is part of another one.
func (r *programs) part(ctx *sql.Context) (bool, error) {
	if r.within || !r.one.open {
		return r.within, nil
	}
	s := r.session.sql
	if r.one.begun {
		return true, nil
	}
	r.one.begun, r.one.relied = true, s.decisions.Relied()
	if s.Tx == nil {
		return true, nil
	}
	return true, s.Tx.BeginStatement(ctx, false)
}

// end gives back what was charged, but for results that wait: those are the session's.
func (r *programs) end() {
	if r.budget != nil {
		r.budget.End()
	}
}

// handOver leaves the charge of the results to the session.
func (r *programs) handOver() {
	if r.budget == nil {
		return
	}
	s := r.session
	s.handedOver() // those of a CALL before, that nobody has read
	s.handed, r.budget = r.budget, nil
	for _, p := range r.results {
		p.session, p.budget = s, s.handed
	}
}

// handedOver gives back what is still charged for results that a CALL has left.
func (s *Session) handedOver() {
	if s.handed != nil {
		s.handed.End()
		s.handed = nil
	}
}

func (r *programs) charge(bytes int) error {
	if r.budget == nil {
		r.budget = (&statement{session: r.session, ctx: r.ctx}).budget()
	}
	return r.budget.Charge(bytes)
}

// part is one result of CALL.
type part struct {
	columns []session.Column
	rows    []session.Row
	last    []session.Row // that were given last
	summary session.Summary
	next    *part
	err     error // of the statement, after this result
	session *Session
	relies  *reliance     // nil for what hangs on no rights: an OK, and what a procedure gave in its parameters
	given   bool          // to its end
	charged int           // bytes, for what was not given yet
	budget  *query.Budget // that they are charged to: the session's handed, while it is
}

var (
	_ session.Several = (*part)(nil)
	_ session.Kept    = (*part)(nil)
)

// Still implements session.Kept.
func (p *part) Still() (func() error, func()) {
	if p.relies == nil {
		return p.relies.still, func() {}
	}
	return p.session.waiting.keep(p.relies)
}

func (p *part) Columns() []session.Column { return p.columns }
func (p *part) Summary() session.Summary  { return p.summary }
func (p *part) Close() error              { return nil }

// Next implements session.Result.
func (p *part) Next(context.Context) ([]session.Row, error) {
	clear(p.last) // the client has them
	if p.last = nil; len(p.rows) == 0 {
		p.uncharge(p.charged)
		if p.relies != nil && !p.given {
			p.given = true
			if p.relies.unread--; p.relies.unread == 0 {
				p.session.waiting.forget(p.relies)
			}
		}
		return nil, io.EOF
	}
	if err := p.relies.still(); err != nil {
		p.session.waiting.forget(p.relies)
		p.rows, p.next, p.err = nil, nil, nil
		p.session.handedOver()
		return nil, err
	}
	n, bytes, size := 0, 0, 0
	for n < min(len(p.rows), session.BatchRows) && bytes < mostHanded {
		for _, v := range p.rows[n] {
			bytes += len(v.Bytes())
		}
		size += rowSize(p.rows[n])
		n++
	}
	p.uncharge(size)
	p.last, p.rows = p.rows[:n], p.rows[n:]
	return p.last, nil
}

func (p *part) uncharge(bytes int) {
	p.charged -= bytes
	if p.budget != nil && p.session.handed == p.budget {
		_ = p.budget.Charge(-bytes)
	}
}

// More implements session.Several.
func (p *part) More() (session.Result, error) {
	if p.err != nil || p.next == nil {
		return nil, p.err
	}
	return p.next, nil
}

// output is what a procedure has given to an OUT or INOUT parameter.
type output struct {
	name  string
	value value.Value
	typ   *value.Type
}

// outputRow makes a result of what placeholders were given, as MySQL's protocol has it.
func (r *programs) outputRow() error {
	if len(r.outputs) == 0 {
		return nil
	}
	schema, row := make(sql.Schema, len(r.outputs)), make(session.Row, len(r.outputs))
	for i, o := range r.outputs {
		t, err := lxplan.LibraryType(o.typ)
		if err != nil {
			return err
		}
		x, err := lxplan.LibraryValue(o.value, o.typ)
		if err != nil {
			return err
		}
		schema[i] = &sql.Column{Name: o.name, Type: t, Nullable: true}
		if row[i], err = lxplan.ConverterFor(t)(r.ctx, x); err != nil {
			return err
		}
	}
	p := &part{columns: lxplan.ColumnsOf(r.ctx, schema), summary: session.Summary{Status: r.session.Status(), Outputs: true}}
	if err := r.keepHeading(p); err != nil {
		return err
	}
	r.results = append(r.results, p)
	return r.keepRow(p, row)
}

// several strings the results together; after them comes the error or an OK.
func (r *programs) several(err error) session.Result {
	if err == nil {
		ok := &part{summary: r.last}
		ok.summary.Info = ""
		ok.summary.Warnings, ok.summary.Status = r.session.sql.WarningCount(), r.session.Status()
		r.results = append(r.results, ok)
	}
	for i, p := range r.results[1:] {
		r.results[i].next = p
	}
	r.results[len(r.results)-1].err = err
	r.handOver()
	return r.results[0]
}

// run runs one statement of a program, or one expression, in the session as it is
// now. Rows go to take, or to the client.
func (r *programs) run(x execution, ctx *sql.Context, fresh bool, take func([]value.Value, []value.Type) error) (err error) {
	s := r.session
	inner := ctx
	if fresh { // NOW() is that of this statement
		inner = s.context(ctx, x.text)
	} else {
		inner = ctx.WithContext(ctx.Context)
		inner.ApplyOpts(sql.WithPid(s.engine.pids.Add(1)))
	}
	within, err := r.part(ctx)
	if err != nil {
		return err
	}
	leave, err := s.sql.Inside(ctx, within)
	if err != nil {
		return err
	}
	defer leave()
	st := &statement{session: s, client: r.client, ctx: inner, inner: true, computes: x.computes, first: x.first, relied: s.sql.decisions.Relied(), relies: r.relies}
	r.relies = nil
	var relied []access.Decision
	if st.relies == nil {
		st.relies = func(d []access.Decision) { relied = d }
	}
	before := len(r.results)
	defer func() {
		if p := recover(); p != nil {
			err = panicError(s, p)
		}
		if err != nil && !st.ended {
			err = st.fail(err)
		}
		if !within {
			s.sql.Tx.EndStatement()
		}
		r.rely(r.results[before:], relied)
	}()
	if r.within && answersRows(x.stmt) { // before what else it does is asked
		return sqlerr.SPNoResultSet.Errorf("Not allowed to return a result set from a %s", r.kind())
	}
	if x.computes {
		if err := grammar.Ungrouped(x.stmt); err != nil {
			return err
		}
	}
	if x, err = s.executed(inner, x); err != nil {
		return err
	}
	if err := st.begin(x); err != nil {
		return err
	}
	return r.carryOut(st, x, take)
}

// answersRows says that a statement of an administrator's tells what it has done in rows.
func answersRows(stmt ast.Statement) bool {
	switch n := stmt.(type) {
	case *ast.Analyze:
		return true
	case ast.InjectedStatement:
		of, ok := n.Statement.(interface{ Shows() bool })
		return ok && of.Shows()
	}
	return false
}

// carryOut runs a statement that has begun.
func (r *programs) carryOut(st *statement, x execution, take func([]value.Value, []value.Type) error) (err error) {
	if call, ok := x.stmt.(*ast.Call); ok { // EXECUTE of one
		err := r.written(x, call)
		if err == nil {
			st.end()
		}
		return err
	}
	if do, ok := x.stmt.(*grammar.Do); ok {
		var v victimNumber
		x.stmt, take = do.Select, v.take
		defer func() {
			if err == nil {
				err = r.session.sql.killComputed(do, v)
			}
		}()
	}
	if set, ok := state.NextTransaction(x.stmt); ok {
		res, err := st.setNext(set)
		if err != nil {
			return err
		}
		return r.keep(res)
	}
	if x.in != nil && x.prepared != nil {
		if done, err := r.again(st, x, take); done {
			return err
		}
		if err := x.in.bind(&x); err != nil {
			return err
		}
	}
	schema, err := st.plan(x)
	if err != nil {
		return err
	}
	if st.change != nil {
		res, err := st.runChange(x, st.change, nil)
		if err != nil {
			return err
		}
		return r.keep(res)
	}
	if st.own != nil && st.into != nil {
		res, err := st.intoVariables()
		if err != nil {
			return err
		}
		return r.keep(res)
	}
	if take != nil {
		return st.rowsTo(schema, take)
	}
	if st.own != nil {
		st.iter = st.own
		return r.keep(newOwnRows(st, st.own))
	}
	res, err := st.result(schema)
	if err != nil {
		return err
	}
	return r.keep(res)
}

// mostHanded is about how many bytes of kept rows go to a client before it is asked again whether it may have them.
const mostHanded = 64 << 10

// rely notes what results hang on that the statement has given which ends.
func (r *programs) rely(results []*part, relied []access.Decision) {
	if len(results) == 0 {
		return
	}
	if r.reliance == nil {
		r.reliance = newReliance(r.session.engine.inst.Cat)
		r.session.waiting.add(r.reliance) // before it is asked who is excused: the two are told of a change one after the other
	}
	r.reliance.take(relied)
	r.reliance.called(r.session.sql.Calls)
	for _, p := range results {
		if p.relies == nil {
			p.session, p.relies = r.session, r.reliance
			r.reliance.unread++
		}
	}
}

// keep reads a result for the client.
func (r *programs) keep(res session.Result) error {
	cols := res.Columns()
	if len(cols) == 0 {
		r.last = res.Summary()
		r.session.sql.countRows(int64(r.last.AffectedRows))
		return nil
	}
	if r.within {
		_ = res.Close()
		return sqlerr.SPNoResultSet.Errorf("Not allowed to return a result set from a %s", r.kind())
	}
	p := &part{columns: cols}
	if !r.alone {
		if err := r.keepHeading(p); err != nil {
			_ = res.Close()
			return err
		}
	}
	for {
		rows, err := res.Next(r.client)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if r.alone {
			continue
		}
		for _, row := range rows {
			if err := r.keepRow(p, row); err != nil {
				_ = res.Close()
				return err
			}
		}
	}
	p.summary = res.Summary()
	r.last = session.Summary{}
	if !r.alone {
		r.results = append(r.results, p)
	}
	return nil
}

// kind is what runs inside the statement.
func (r *programs) kind() string {
	for a := r.session.sql.Calls; a != nil; a = a.Outer {
		switch {
		case a.Routine == nil:
			return "trigger"
		case a.Routine.Function:
			return "function"
		}
	}
	return "function"
}

// What a result, one of its columns and one of its values take beside their names and texts.
const (
	resultBytes = 256
	columnBytes = 160
	valueBytes  = 40
)

// rowSize is what a kept row is charged for, in bytes.
func rowSize(row session.Row) int {
	size := 24 + len(row)*valueBytes
	for _, v := range row {
		size += len(v.Bytes())
	}
	return size
}

// keepHeading charges for a result: also one without rows takes memory.
func (r *programs) keepHeading(p *part) error {
	size := resultBytes + len(p.columns)*columnBytes
	for _, c := range p.columns {
		size += len(c.Name)
	}
	p.charged += size
	return r.charge(size)
}

func (r *programs) keepRow(p *part, row session.Row) error {
	size := rowSize(row)
	if err := r.charge(size); err != nil {
		return err
	}
	p.charged += size
	kept := make(session.Row, len(row))
	for i, v := range row {
		if v.Kind() == session.Bytes {
			v = session.BytesValue(append([]byte{}, v.Bytes()...))
		}
		kept[i] = v
	}
	p.rows = append(p.rows, kept)
	return nil
}

// rowsTo reads the rows of a query as values of ours.
func (st *statement) rowsTo(schema sql.Schema, take func([]value.Value, []value.Type) error) error {
	if st.own != nil {
		st.iter = st.own
		return st.ownTo(take)
	}
	types := make([]value.Type, len(schema))
	for i, c := range schema {
		t, ok := table.ValueType(c.Type, true)
		if !ok {
			t = value.Text(value.DefaultCollation, 1<<14)
		}
		types[i] = t
	}
	for {
		row, err := st.iter.Next(st.ctx)
		if err == io.EOF {
			return st.finish()
		}
		if err == nil && st.session.calls.Interrupted() {
			err = errInterrupted
		}
		if err != nil {
			return err
		}
		if len(row) != len(types) {
			continue
		}
		values := make([]value.Value, len(row))
		for i, v := range row {
			if values[i], err = lxplan.ValueOf(st.ctx, v, schema[i].Type, &types[i]); err != nil {
				return err
			}
		}
		if err := take(values, types); err != nil {
			return err
		}
	}
}

func (st *statement) ownTo(take func([]value.Value, []value.Type) error) error {
	if st.first != nil && !st.own.running.TakeFirst(st.first) {
		st.first = nil
	}
	sent := 0
	for {
		batch, err := st.own.running.Next()
		if err == nil && st.session.calls.Interrupted() {
			err = errInterrupted
		}
		if err != nil {
			return st.told(err)
		}
		if batch == nil {
			break
		}
		types := make([]value.Type, len(batch.Columns))
		for c := range batch.Columns {
			types[c] = *batch.Columns[c].Type
		}
		for i := range batch.Len() {
			row := make([]value.Value, len(types))
			for c := range row {
				row[c] = batch.Columns[c].Value(batch.At(i)).Clone()
			}
			if err := take(row, types); err != nil {
				return err
			}
			sent++
		}
	}
	st.closing = st.ctx.Err() == nil
	if err := st.own.Close(st.ctx); err != nil {
		return err
	}
	return st.finishRead(sent)
}

// setUser sets a user variable.
func (r *programs) setUser(name string, v value.Value, t *value.Type) error {
	of, x, err := lxplan.Exported(v, t)
	if err != nil {
		return err
	}
	return r.session.sql.SetUserVariable(r.ctx, name, x, of)
}

// host is an activation's.
func (r *programs) host(a *state.Activation) *programHost {
	return &programHost{programs: r, activation: a}
}
