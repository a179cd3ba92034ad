package engine

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/witness"
)

// Query implements session.Session.
func (s *Session) Query(ctx context.Context, text string) (res session.Result, rest string, err error) {
	defer func() { // of what reads the text; execute has its own
		if r := recover(); r != nil {
			res, rest, err = nil, "", s.sql.failedText(panicError(s, r))
		}
	}()
	s.calls.Begin()
	defer s.calls.End()
	if err := s.alive(); err != nil { // reading the text may be what does not end
		return nil, text, err
	}
	if res, ran, err := s.textAgain(ctx, text); ran {
		return res, "", err
	}
	sctx := s.context(ctx, "")
	mode := s.sql.Reading()
	var stmt ast.Statement
	first, rest, altered, err := "", text, false, error(ast.ErrEmpty)
	release := s.sql.decisions.Hold() // what is refused while the text is read has the number of its error
	for err == ast.ErrEmpty {
		if strings.TrimSpace(rest) == "" {
			release(witness.Answer{})
			return nil, "", s.sql.failedText(sqlerr.EmptyQuery.Errorf("Query was empty"))
		}
		first, rest = lex.Split(rest, mode)
		first, altered = dialect.AlterView(first, mode)
		if err = grammar.NoPlaceholder(first, mode); err == nil {
			err = s.holdTree(first, mode)
		}
		if err == nil {
			stmt, err = clientText.One(sctx, first, mode, nil)
		}
	}
	if err != nil {
		s.tree.Reset()
		err := toClient(err, lxaccess.ShowValues)
		release(answerOf(err))
		return nil, rest, s.sql.failedText(err) // nothing was opened yet
	}
	err = s.altersView(altered, stmt)
	release(answerOf(err))
	if err != nil {
		return nil, rest, s.sql.failedText(err)
	}
	res, err = s.execute(ctx, execution{stmt: stmt, text: first})
	if err != nil {
		return nil, rest, err
	}
	return res, rest, nil
}

// statement is one execution in progress: everything that must be undone or
// finished once, whatever happens.
type statement struct {
	relied  int                     // answers that the statements around it go on with
	relies  func([]access.Decision) // takes those that it goes on with itself, when it ends
	session *Session
	client  context.Context // the caller's
	ctx     *sql.Context
	iter    sql.RowIter
	own     *ownIter         // instead, of a query that our operators run
	into    []sql.Expression // the user variables that its row goes to
	first   *exec.FirstRow   // how that row is taken
	found   readRows         // instead, of rows that are found by their keys
	change  *lxplan.Changing // instead, of what changes rows
	bound   ast.Statement    // as the binder took it
	ended   bool
	alone   bool   // in a transaction of its own, as DDL is
	inner   bool   // of a program: the statement around it is in the process list
	cleared uint64 // of the session, when it began: see area.go
	stmt    ast.Statement
	ending  state.Ending // of a COMMIT or ROLLBACK
	closing bool         // ran to its end: only its commit can fail

	timer       *time.Timer           // see timer.go
	fired       <-chan struct{}       // closed when it has gone off
	hints       []grammar.HintWarning // why some are not followed
	unset       func()                // gives variables back what SET_VAR took
	viewChecks  []lxaccess.ViewCheck  // of WITH CHECK OPTION
	throughView bool                  // bound is not the client's statement
	computes    bool                  // a value for a program: it is no statement of its own
}

// execution is one statement to run. prepared is nil for text.
type execution struct {
	stmt     ast.Statement
	text     string
	shown    string // to PROCESSLIST, when that is not text
	prepared *Stmt
	args     []session.Value
	using    []string                  // the user variables of an EXECUTE, by placeholder
	kept     bool                      // stmt is what an EXECUTE, whose text this is, has found
	named    string                    // by which name
	written  string                    // the text that prepared was made of by taking out its literals, args
	computes bool                      // a value for a program
	first    *exec.FirstRow            // SELECT … INTO of a program: how its row is taken
	bound    map[string]sql.Expression // what stands for placeholders of an EXECUTE or a program; nil for other statements
	in       *piece                    // of a program
}

// execute runs one statement: as it was compiled before, or through the
// planner.
func (s *Session) execute(ctx context.Context, x execution) (res session.Result, err error) {
	if err := s.alive(); err != nil {
		return nil, err
	}
	shown := x.text
	if x.shown != "" {
		shown = x.shown
	}
	s.lost.Store(false)
	base := s.context(ctx, shown)
	if n, ok := ours.Of(x.stmt); ok {
		shown = n.String() // without passwords
	}
	sctx, err := s.beginQuery(base, shown)
	if err != nil {
		return nil, toClient(err, lxaccess.ShowValues)
	}
	st := &statement{session: s, client: ctx, ctx: sctx, cleared: s.sql.cleared}
	s.sql.decisions.Begin()
	s.waiting.forgetResults()
	s.handedOver()
	defer func() {
		if r := recover(); r != nil {
			err = panicError(s, r)
		}
		if err != nil {
			err = st.fail(err)
			res = nil
		}
		if ok, is := res.(*okResult); is {
			s.sql.countRows(int64(ok.summary.AffectedRows))
		}
	}()
	if err := s.admitStatement(ctx, x.stmt); err != nil {
		return nil, err
	}
	if s.calls.Interrupted() { // before there was a context to end
		return nil, errInterrupted
	}
	if x, err = s.executed(sctx, x); err != nil {
		return nil, err
	}
	if err := st.begin(x); err != nil {
		return nil, err
	}
	st.takeHints(x)
	st.limitTime(x)
	if set, ok := state.NextTransaction(x.stmt); ok {
		return st.setNext(set)
	}
	if res, ok, err := st.tableLocks(x.stmt); ok || err != nil {
		return res, err
	}
	if call, ok := x.stmt.(*ast.Call); ok {
		return st.call(x, call)
	}
	if do, ok := x.stmt.(*grammar.Do); ok {
		return st.do(x, do)
	}
	if o, ok := x.stmt.(*occurrence); ok {
		return st.occur(o)
	}
	if alone, ok := x.stmt.(*objects.Alone); ok {
		return st.standsAlone(alone)
	}
	if res, err := st.again(x); res != nil || err != nil {
		return res, err
	}
	if x, err = st.asWritten(x); err != nil {
		return nil, err
	}
	schema, err := st.plan(x)
	if st.own != nil && err == nil {
		if st.into != nil {
			return st.intoVariables()
		}
		st.iter = st.own
		return newOwnRows(st, st.own), nil
	}
	if err != nil {
		return nil, err
	}
	if st.change != nil {
		return st.runChange(x, st.change, nil)
	}
	return st.result(schema)
}

// begin opens the statement in the session's transaction. DDL and account
// statements commit what is open first, as in MySQL.
func (st *statement) begin(x execution) error {
	s := st.session.sql
	if err := s.CommandBegin(); err != nil {
		return err
	}
	st.stmt = x.stmt
	s.recorded = false
	if show, ok := x.stmt.(*ast.Show); ok && strings.EqualFold(show.Type, "status") {
		for _, name := range []string{"Uptime", "Uptime_since_flush_status"} {
			if err := sql.StatusVariables.SetGlobal(name, uint64(time.Since(st.session.engine.began)/time.Second)); err != nil {
				return err
			}
		}
	}
	if !st.inner {
		s.countArea()
		if !readsArea(x.stmt) {
			s.ClearWarnings()
		}
	}
	if err := objects.PlainDefinition(&s.Session, x.stmt); err != nil {
		return err
	}
	if s.Within > 0 && endsTransaction(x.stmt) {
		return sqlerr.CommitNotAllowedInRoutine.Errorf("Explicit or implicit commit is not allowed in stored function or trigger.")
	}
	if why := s.mourn(); why != nil {
		if _, ok := x.stmt.(*ast.Rollback); !ok {
			return why
		}
	}
	s.ChangesRows = changesRows(x.stmt)
	s.Keeps = keepsTransaction(x.stmt) && !commitsFirst(x.stmt)
	explain, explains := x.stmt.(*ast.Explain)
	s.Explains, s.Plans = explains, explains && !explain.Analyze
	if err := objects.BeginTemporary(&s.Session, x.stmt); err != nil {
		return err
	}
	alone := commitsFirst(x.stmt)
	ddl, isDDL := x.stmt.(*ast.DDL)
	if (s.ChangesRows && !s.Locks.HasTemporaries() || alone || s.Makes || isDDL && ddl.Temporary) && s.ReadsOnly() { // else it depends on the table
		return state.ErrReadOnly
	}
	st.alone = alone
	st.session.fence.Alone.Store(alone)
	begin, ok := x.stmt.(*ast.Begin)
	s.BeginsToWrite = ok && begin.TransactionCharacteristic == ast.TxReadWrite
	s.BeginsSnapshot = ok && strings.Contains(strings.ToUpper(x.text), "CONSISTENT") // which the tree has not
	st.ending = s.EndingOf(st.ctx, x.stmt, x.text)
	if s.Tx != nil && st.alone {
		if err := s.CommitTransaction(st.ctx, s.Tx); err != nil {
			return err
		}
		s.SetIgnoreAutoCommit(false)
	}
	if err := st.readDefinition(x.stmt); err != nil {
		return err
	}
	if s.Tx != nil {
		return s.Tx.BeginStatement(st.ctx, s.Within > 0)
	}
	return nil
}

// readDefinition has the definition of a table read as it will be when rows are written: under the default collation of
// its literals, not the session's. Rows that are there already are checked, and filled, by the same expressions.
func (st *statement) readDefinition(stmt ast.Statement) error {
	s := st.session.sql
	if e, ok := stmt.(*ast.Execute); ok {
		if kept, ok := s.engine.inst.GMS.PreparedDataCache.GetCachedStmt(s.ID(), strings.ToLower(e.Name)); ok {
			stmt = kept
		}
	}
	switch n := stmt.(type) {
	case *ast.AlterTable:
	case *ast.DDL:
		if n.TableSpec == nil || n.OptSelect != nil || n.ViewSpec != nil {
			return nil
		}
	default:
		return nil
	}
	back, err := s.asDefined(st.ctx)
	st.unset = back
	return err
}

// asDefined gives the session the collation of the literals in definitions of tables, until back is called.
func (s *sqlSession) asDefined(ctx *sql.Context) (back func(), err error) {
	now, err := s.Manner(ctx)
	if err != nil {
		return nil, err
	}
	under, own := s.Planning, now
	own.Charset, own.Connection = value.DefaultCollation.Charset, value.DefaultCollation.Name
	if strings.EqualFold(now.Connection, own.Connection) {
		return func() {}, nil
	}
	if err := s.SetCharsets(now, own); err != nil {
		return nil, err
	}
	return func() {
		if err := s.SetCharsets(own, now); err != nil {
			s.engine.inst.Log.Error("variables after a definition", "connection", s.ID(), "err", err)
			return
		}
		s.BackTo(under, now)
	}, nil
}

// setNext runs SET TRANSACTION, which is ours: see oneTransaction.
func (st *statement) setNext(set *ast.Set) (session.Result, error) {
	if err := st.session.sql.SetNext(set); err != nil {
		return nil, err
	}
	st.end()
	return &okResult{session.Summary{Status: st.session.Status()}}, nil
}

// changesRows reports whether stmt is a statement whose reads must not meet its
// own writes.
func changesRows(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.Insert, *ast.Update, *ast.Delete, *grammar.Load:
		return true
	}
	return false
}

func keepsTransaction(stmt ast.Statement) bool {
	switch n := stmt.(type) {
	case *ast.DDL:
		return n.Temporary
	case *ast.Select, *ast.SetOp, *ast.ParenSelect, *grammar.Do, *ast.Show, *ast.Explain, *ast.OtherRead, *ast.Insert, *ast.Update, *ast.Delete, *grammar.Load:
		return true
	case ast.InjectedStatement:
		_, declared := ours.Of(stmt)
		return !declared // SHOW CREATE
	}
	return false
}

// endsTransaction reports what must not run inside a function or trigger, whatever
// procedure it stands in: it ends the transaction of the statement around, or changes
// variables of the session.
func endsTransaction(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.Begin, *ast.Commit, *ast.Rollback, *ast.Set, *ast.Prepare, *ast.Execute:
		return true
	}
	return commitsFirst(stmt)
}

func commitsFirst(stmt ast.Statement) bool {
	switch n := stmt.(type) {
	case *ast.DDL:
		return !n.Temporary
	case *ast.AlterTable, *ast.DBDDL, *ast.LockTables, *ast.Analyze:
		return true
	}
	if objects.Keeps(stmt) {
		return true
	}
	n, ok := ours.Of(stmt)
	return ok && n.Commits()
}

// result runs a statement without rows to its end, and starts streaming one
// with rows.
func (st *statement) result(schema sql.Schema) (session.Result, error) {
	if !types.IsOkResultSchema(schema) && len(schema) > 0 {
		return newRows(st, schema), nil
	}
	summary := session.Summary{}
	for {
		row, err := st.iter.Next(st.ctx)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = st.session.sql.killed()
		}
		if err != nil {
			return nil, err
		}
		if len(row) == 1 {
			if ok, is := row[0].(types.OkResult); is {
				summary.AffectedRows, summary.LastInsertID = ok.RowsAffected, ok.InsertID
				if ok.Info != nil {
					summary.Info = ok.Info.String()
				}
			}
		}
	}
	if err := st.finish(); err != nil {
		return nil, err
	}
	st.session.sql.AfterEnd(st.ending)
	if st.ending.Release {
		st.session.Kill() // the client still gets this answer
	}
	summary.Warnings = st.session.sql.WarningCount()
	summary.Status = st.session.Status()
	return &okResult{summary}, nil
}

// finish closes the iterator, which commits an autocommit statement.
func (st *statement) finish() error {
	if st.ended {
		return nil
	}
	// The library ends the statement's context before it commits.
	st.closing = st.ctx.Err() == nil
	if err := st.closeIter(); err != nil {
		return err
	}
	st.end()
	return nil
}

// closeIter closes the iterator once. The library's own panic when they are closed: what
// undoes a statement after a panic must not meet the same panic again, which would take
// the connection with it.
func (st *statement) closeIter() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(st.session, p)
		}
	}()
	iter := st.iter
	st.iter = nil
	if iter == nil {
		return nil
	}
	return iter.Close(st.ctx)
}

// fail undoes the statement and returns the error for the client. Under
// autocommit the whole transaction goes; inside one, only the statement; after
// a deadlock the whole transaction, because its locks are gone. DDL gives up its
// locks on tables at once.
func (st *statement) fail(cause error) error {
	client := st.undo(cause)
	st.session.sql.countRows(-1)
	if !st.inner { // what fails in a program is noted by its handlers, or with the statement around it
		st.session.sql.failed(client, st.cleared)
	}
	return client
}

func (st *statement) undo(cause error) *session.Error {
	if st.ended {
		return toClient(cause, st.session.sql.disclosure())
	}
	s := st.session.sql
	client := placed(cause, s.disclosure(), st.stmt, s.GetCurrentDatabase())
	if s.NoWait && client.Number == sqlerr.LockWaitTimeout {
		client = sqlerr.LockNowait.Errorf("Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set.")
	}
	if ctxErr := st.ctx.Err(); ctxErr != nil && !st.closing {
		client = toClient(ctxErr, lxaccess.HideValues)
		if st.overdue() {
			client = errTooLong
			sql.IncrementStatusVariable(st.ctx, "Max_execution_time_exceeded", 1)
		}
	}
	if client.Number == sqlerr.QueryInterrupted && st.session.lost.Load() {
		client = errLost
	}
	if why := s.mourn(); why != nil {
		client = toClient(why, lxaccess.HideValues)
	}
	s.decisions.Answered(answerOf(client), !st.inner)
	if t := s.Tx; t != nil {
		switch {
		case client.Number == sqlerr.LockDeadlock || t.Finished:
			s.EndTransaction(t, true)
			s.SetIgnoreAutoCommit(false)
		case !s.InTransaction(), st.alone:
			s.EndTransaction(t, true)
		default:
			if err := t.FailStatement(); err != nil {
				s.engine.inst.Log.Error("statement rollback failed, rolling back the transaction", "connection", s.ID(), "err", err)
				s.EndTransaction(t, true)
				s.SetIgnoreAutoCommit(false)
			}
		}
	}
	_ = st.closeIter() // frees scans; what it would have committed is rolled back
	s.engine.logFailure(s, client, cause)
	st.end()
	return client
}

func (st *statement) end() {
	st.ended = true
	st.stopTimer()
	if st.unset != nil {
		st.unset()
		st.unset = nil
	}
	s := st.session.sql
	s.CommandEnd()
	if st.alone {
		st.session.fence.AfterOwn(st.session.engine.inst.Cat.Snapshot(), errRevoked)
	}
	s.ForgetNext(st.stmt)
	if st.relies != nil {
		st.relies(s.decisions.Since(st.relied))
	}
	s.decisions.End(st.relied, !st.inner)
	if !st.inner {
		st.session.tree.Reset()
		st.session.endQuery(st.ctx)
	}
}

// logFailure notes errors that an operator should see. What a client did wrong
// is the client's business, and the text of statements stays out of the log.
func (e *Engine) logFailure(s *sqlSession, client *session.Error, cause error) {
	if client.Number == sqlerr.UnknownError || client.Number == sqlerr.RunHookError {
		e.inst.Log.Error("statement failed", "connection", s.ID(), "user", s.User.Name(), "err", logged(cause))
	}
}

// altersView refuses a view of variables, and ALTER VIEW, which was read as CREATE OR REPLACE VIEW, where there
// is no such view. Who may know of none is told so, too.
func (s *Session) altersView(altered bool, stmt ast.Statement) error {
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, c := range ddl.ViewSpec.Columns {
		if seen[c.Lowered()] {
			return sqlerr.DupFieldName.Errorf("Duplicate column name '%s'", c.String())
		}
		seen[c.Lowered()] = true
	}
	if grammar.NamesVariables(ddl.ViewSpec) {
		return sqlerr.ViewSelectVariable.Errorf("View's SELECT contains a variable or parameter")
	}
	if !altered {
		return nil
	}
	name := ddl.ViewSpec.ViewName
	asker := lxaccess.For(&s.sql.Session)
	obj, database := asker.Resolve(name.DbQualifier.String(), name.Name.String(), nil)
	if obj.View != nil {
		return nil
	}
	if obj.Database == nil || !asker.SeesTables(s.sql.Actor(), obj.Database.ID) {
		return asker.NoView(database, name.Name.String())
	}
	if obj.Table != nil {
		return sqlerr.WrongObject.Errorf("'%s.%s' is not VIEW", database, name.Name.String())
	}
	return sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", database, name.Name.String())
}
