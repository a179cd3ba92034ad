package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// maxPrepared bounds the prepared statements of one session, as MySQL's
// max_prepared_stmt_count does for a server.
const maxPrepared = 16382

// Stmt is a prepared statement: its syntax tree, kept by the session alone. It
// is bound, authorized and planned anew at every Execute, or run as it was
// compiled when nothing has changed since, so a GRANT, a REVOKE or an ALTER
// TABLE in between counts.
type Stmt struct {
	session *Session
	ast     ast.Statement
	text    string
	params  []session.Column
	columns []session.Column
	closed  bool

	compiled compiled.Variants
	learning
}

// Prepare implements session.Session.
func (s *Session) Prepare(ctx context.Context, text string) (session.Stmt, error) {
	release := s.sql.decisions.Hold()
	p, err := s.prepare(ctx, text)
	release(answerOf(err))
	if err != nil {
		return nil, s.sql.failedText(err)
	}
	return p, nil
}

func (s *Session) prepare(ctx context.Context, text string) (_ session.Stmt, err error) {
	s.calls.Begin()
	defer s.calls.End()
	if err := s.alive(); err != nil {
		return nil, err
	}
	if len(s.stmts) >= maxPrepared {
		return nil, sqlerr.MaxPreparedStmtCountReached.Errorf("Can't create more than max_prepared_stmt_count statements (current value: %d)", maxPrepared)
	}
	defer func() {
		if r := recover(); r != nil {
			err = toClient(panicError(s, r), s.sql.disclosure())
		}
	}()
	mode := s.sql.Reading()
	first, rest := lex.Split(text, mode)
	if strings.TrimSpace(rest) != "" {
		return nil, sqlerr.Syntax.Errorf("You have an error in your SQL syntax: only one statement can be prepared")
	}
	first, altered := dialect.AlterView(first, mode)
	if p := s.prepareAgain(first); p != nil {
		return p, nil
	}
	sctx := s.context(ctx, first)
	sctx, err = s.engine.procs.BeginOperation(sctx)
	if err != nil {
		return nil, toClient(err, s.sql.disclosure())
	}
	defer s.engine.procs.EndOperation(sctx)
	if err := s.sql.CommandBegin(); err != nil {
		return nil, toClient(err, s.sql.disclosure())
	}
	defer s.sql.CommandEnd()
	defer s.tree.Reset()
	if err := s.holdTree(first, mode); err != nil {
		return nil, toClient(err, s.sql.disclosure())
	}
	stmt, err := clientText.One(sctx, first, mode, nil)
	if err != nil {
		return nil, toClient(err, s.sql.disclosure())
	}
	if rec := s.account(); rec != nil {
		if err := s.mustChange(ctx, rec, stmt); err != nil {
			return nil, err
		}
	}
	if err := lxaccess.Preparable(stmt); err != nil {
		return nil, err
	}
	if err := s.altersView(altered, stmt); err != nil {
		return nil, err
	}
	p := &Stmt{session: s, ast: stmt, text: first, learning: learningOf(stmt)}
	if err := p.describe(sctx); err != nil {
		return nil, placed(err, s.sql.disclosure(), stmt, s.sql.GetCurrentDatabase())
	}
	if err := s.held.Keep(statementBytes(first), s.limits(sctx).Session); err != nil {
		return nil, toClient(err, s.sql.disclosure())
	}
	s.stmts[p] = struct{}{}
	return p, nil
}

// describe binds the statement once, which authorizes it, to learn its columns.
func (p *Stmt) describe(ctx *sql.Context) error {
	n, err := countParams(p.ast)
	if err != nil {
		return err
	}
	stmt := p.ast
	switch a := p.ast.(type) {
	case *ast.Call: // what it gives shows when it runs
		p.params = lxplan.AnyParams(n)
		return nil
	case *grammar.Do:
		stmt = a.Select
	case *ast.Explain:
		stmt, p.session.sql.Explains, p.session.sql.Plans = a.Statement, true, !a.Analyze
	case *ast.DDL:
		if a.Temporary && a.Action == ast.DropStr { // what is there shows when it runs
			return nil
		}
	case *grammar.ExplainConnection:
		p.columns = lxplan.ColumnsOf(ctx, explainSchema(a.Explain))
		return nil
	}
	if show, onlyErrors, ok := showsArea(p.ast); ok {
		p.params, p.columns = lxplan.AnyParams(n), lxplan.ColumnsOf(ctx, areaSchema(show, onlyErrors))
		return nil
	}
	defer p.session.sql.firesAll(true)()                         // nothing runs yet
	if changesRows(stmt) && !p.session.engine.opts.libraryOnly { // whose binder refuses what our operators do
		defer p.session.sql.bindOwn()()
	}
	gms := p.session.engine.inst.GMS
	now, _, _, err := lxaccess.For(&p.session.sql.Session).ThroughView(ctx, stmt)
	if err == nil {
		now, err = p.session.asBound(now)
	}
	if err == nil {
		now, err = joined(ctx, now, p.text)
	}
	if err != nil {
		return err
	}
	node, _, err := planbuilder.New(ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser).BindOnly(now, p.text, nil)
	if err != nil {
		return p.session.notBound(stmt, err)
	}
	if err := lxplan.BareVariable(node); err != nil {
		return err
	}
	if n, ok := node.(interface{ Check(*sql.Context) error }); ok {
		if err := n.Check(ctx); err != nil {
			return err
		}
	}
	p.params = lxplan.ParamsOf(ctx, node, n)
	switch a := p.ast.(type) {
	case *grammar.Do:
		return nil // it has no columns
	case *ast.Explain:
		p.columns = lxplan.ColumnsOf(ctx, explainSchema(a))
		return nil
	}
	switch node.(type) {
	case *plan.InsertInto, *plan.Update, *plan.UpdateJoin, *plan.DeleteFrom:
		return nil // they show an intermediate schema until they are planned
	}
	if sch := node.Schema(); !types.IsOkResultSchema(sch) {
		p.columns = lxplan.ColumnsOf(ctx, sch)
	}
	return nil
}

// countParams counts the placeholders, which the grammar names v1, v2, ….
func countParams(stmt ast.Statement) (int, error) {
	n := 0
	err := grammar.EveryNode(func(node ast.SQLNode) error {
		if v, ok := node.(*ast.SQLVal); ok && v.Type == ast.ValArg && !grammar.IsPlace(v) {
			i, err := strconv.Atoi(strings.TrimPrefix(string(v.Val), ":v"))
			if err != nil {
				return fmt.Errorf("placeholder %q: %w", v.Val, err)
			}
			n = max(n, i)
		}
		return nil
	}, stmt)
	return n, err
}

func (p *Stmt) Params() []session.Column  { return p.params }
func (p *Stmt) Columns() []session.Column { return p.columns }

// Execute implements session.Stmt.
func (p *Stmt) Execute(ctx context.Context, args []session.Value) (session.Result, error) {
	p.session.calls.Begin()
	defer p.session.calls.End()
	if p.closed {
		return nil, sqlerr.UnknownStmtHandler.Errorf("Unknown prepared statement handler given to EXECUTE")
	}
	if len(args) != len(p.params) {
		return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: %d values for %d placeholders", len(args), len(p.params))
	}
	return p.session.execute(ctx, execution{stmt: p.ast, text: p.text, prepared: p, args: args})
}

// bindings turns bound values into what the planner takes for them: those of LIMIT and
// OFFSET into whole numbers.
func bindings(connection sql.CollationID, stmt ast.Statement, args []session.Value) (map[string]sql.Expression, error) {
	out := make(map[string]sql.Expression, len(args))
	for i, v := range args {
		lit, err := lxplan.Literal(v, connection)
		if err != nil {
			return nil, err
		}
		out["v"+strconv.Itoa(i+1)] = lit
	}
	return out, rowCounts(stmt, out)
}

// Close implements session.Stmt.
func (p *Stmt) Close() error {
	if !p.closed {
		p.session.keep(p)
	}
	if _, open := p.session.stmts[p]; open {
		_ = p.session.held.Keep(-statementBytes(p.text), 0)
	}
	p.closed = true
	delete(p.session.stmts, p)
	return nil
}
