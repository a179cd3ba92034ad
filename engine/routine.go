package engine

import (
	"errors"
	"io"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// activate makes the activation of the routine that a CALL names.
func activate(s *state, db *catalog.Database, r *catalog.Routine) (*activation, error) {
	a := &activation{
		outer: s.calls, routine: r, database: db.Name, mode: r.SQLMode, who: s.who, rights: s.rights,
		execute: term{rights: s.rights, on: routineObject(r), want: access.One(privilege.Execute)},
		definer: !r.Invoker || s.inDefiner(), params: map[string]*sql.StoredProcParam{}, prepared: map[string]bool{},
	}
	switch {
	case !r.Invoker:
		p := s.inst.cat.Snapshot().PrincipalByID(r.Definer)
		if p == nil || p.Kind != catalog.KindUser {
			return nil, sqlerr.NoSuchUser.Errorf("The user specified as a definer of '%s.%s' does not exist", db.Name, r.Name)
		}
		a.who, a.rights = principal.Trusted(p.ID, p.Name), s.inst.rightsOf(p.ID)
	case s.inDefiner():
		a.rights = s.rights.Within(s.inst.rightsOf(r.Owner))
	}
	return a, nil
}

// enter makes the session the routine's for one statement of its body. The
// function that it returns makes it what it was.
func enter(s *state, ctx *sql.Context, a *activation) (func(), error) {
	who, rights, database := s.who, s.rights, s.BaseSession.GetCurrentDatabase()
	outer := s.scope
	mode, err := sqlMode(s, ctx)
	if err != nil {
		return nil, err
	}
	if err := setMode(s, ctx, a.mode); err != nil {
		return nil, err
	}
	s.who, s.rights = a.who, a.rights
	s.SetCurrentDatabase(a.database)
	s.scope = scope{calls: outer.calls, changesRows: outer.changesRows}
	return func() {
		for c := a; c != nil && s.tx != nil; c = c.outer { // the body may have begun another transaction
			s.fence.note(c.execute)
		}
		s.who, s.rights = who, rights
		s.SetCurrentDatabase(database)
		s.scope = outer
		s.binding = nil
		if now, err := sqlMode(s, ctx); err == nil {
			a.mode = now
		}
		if err := setMode(s, ctx, mode); err != nil {
			s.inst.log.Error("sql_mode after a routine", "connection", s.ID(), "err", err)
		}
	}, nil
}

func sqlMode(s *state, ctx *sql.Context) (string, error) {
	v, err := s.GetSessionVariable(ctx, sql.SqlModeSessionVar)
	mode, _ := v.(string)
	return mode, err
}

func setMode(s *state, ctx *sql.Context, mode string) error {
	if now, err := sqlMode(s, ctx); err == nil && now == mode {
		return nil
	}
	return s.SetSessionVariable(ctx, sql.SqlModeSessionVar, mode)
}

// bodyRunner runs the statements of one activation's body.
type bodyRunner struct {
	inst *instance
	call *activation
}

var _ sql.StatementRunner = bodyRunner{}

// QueryWithBindings implements sql.StatementRunner. All rows are read before it
// returns: nothing of the statement runs when the session is the caller's again,
// and a cursor outlives the transaction of the statement that opened it.
func (r bodyRunner) QueryWithBindings(ctx *sql.Context, query string, stmt ast.Statement, bindings map[string]ast.Expr, flags *sql.QueryFlags) (sql.Schema, sql.RowIter, *sql.QueryFlags, error) {
	s := stateOf(ctx)
	if s == nil || r.call == nil || s.calls != r.call {
		return nil, nil, nil, sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	if err := admit(r.call, stmt); err != nil {
		return nil, nil, nil, err
	}
	if !r.call.execute.held() {
		return nil, nil, nil, sqlerr.DeniedRoutine(s.who.Name(), r.call.database, r.call.routine.Name)
	}
	leave, err := enter(s, ctx, r.call)
	if err != nil {
		return nil, nil, nil, err
	}
	defer leave()
	if r.call.definer {
		nameActor(stmt, r.call.who.Name())
	}
	sch, iter, flags, err := r.inst.gms.QueryWithBindings(ctx, query, stmt, bindings, flags)
	if err != nil {
		return nil, nil, nil, err
	}
	rows, err := readAll(ctx, iter)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := note(r.call, stmt, sch, rows); err != nil {
		return nil, nil, nil, err
	}
	return sch, sql.RowsToRowIter(rows...), flags, nil
}

// note looks at what a statement of the body gave.
func note(a *activation, stmt ast.Statement, sch sql.Schema, rows []sql.Row) error {
	if a.notes == nil {
		return nil
	}
	if sel, ok := stmt.(*ast.Select); ok {
		if into := a.notes.into[sel]; into != nil {
			sel.Into = into // the library took it away, for good
			switch len(rows) {
			case 0:
				return expression.FetchEOF
			case 1:
				return nil
			}
			return sqlerr.TooManyRows.Errorf("Result consisted of more than one row")
		}
	}
	if !a.notes.shows[stmt] || len(sch) == 0 || types.IsOkResultSchema(sch) {
		return nil
	}
	if a.schema != nil {
		return sqlerr.NotSupportedYet.Errorf("a procedure that returns more than one result is not supported yet").
			WithHint("return one result; keep what is between in variables or tables")
	}
	a.schema, a.result = sch, rows
	return nil
}

func readAll(ctx *sql.Context, iter sql.RowIter) ([]sql.Row, error) {
	var rows []sql.Row
	for {
		row, err := iter.Next(ctx)
		if err == io.EOF {
			return rows, iter.Close(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, iter.Close(ctx))
		}
		rows = append(rows, row)
	}
}

// admit refuses statements that must not stand in a body. A prepared statement
// of the caller's must not run as the definer, so a body executes only what it
// has prepared itself.
func admit(a *activation, stmt ast.Statement) error {
	switch n := stmt.(type) {
	case *ast.Use:
		return notInRoutine("USE")
	case *ast.Prepare:
		name := strings.ToLower(n.Name)
		for o := a.outer; o != nil; o = o.outer {
			delete(o.prepared, name)
		}
		a.prepared[name] = true
	case *ast.Execute:
		if a.definer && !a.prepared[strings.ToLower(n.Name)] {
			return sqlerr.UnknownStmtHandler.Errorf("Unknown prepared statement handler (%s) given to EXECUTE", n.Name).
				WithHint("a routine that acts for its definer executes only what it has prepared itself")
		}
	}
	return nil
}

func notInRoutine(what string) error {
	return sqlerr.SPBadStatement.Errorf("%s is not allowed in stored procedures", what)
}

// routineCall is a CALL in a plan: the library's node, run inside its activation.
type routineCall struct {
	call       *plan.Call
	activation *activation
}

var (
	_ sql.ExecSourceRel = (*routineCall)(nil)
	_ sql.Expressioner  = (*routineCall)(nil)
)

func (n *routineCall) Resolved() bool       { return n.call.Resolved() }
func (n *routineCall) IsReadOnly() bool     { return n.call.IsReadOnly() }
func (n *routineCall) Schema() sql.Schema   { return n.call.Schema() }
func (n *routineCall) Children() []sql.Node { return nil }
func (n *routineCall) String() string       { return n.call.String() }

// Expressions implements sql.Expressioner: the arguments.
func (n *routineCall) Expressions() []sql.Expression { return n.call.Expressions() }

// WithExpressions implements sql.Expressioner.
func (n *routineCall) WithExpressions(args ...sql.Expression) (sql.Node, error) {
	made, err := n.call.WithExpressions(args...)
	if err != nil {
		return nil, err
	}
	call, ok := made.(*plan.Call)
	if !ok {
		return nil, sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	return &routineCall{call, n.activation}, nil
}

// RowIter implements sql.ExecSourceRel: the body has run when it returns.
func (n *routineCall) RowIter(ctx *sql.Context, row sql.Row) (sql.RowIter, error) {
	s := stateOf(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	outer := s.calls
	s.calls = n.activation
	defer func() { s.calls = outer }()
	iter, err := s.inst.gms.Analyzer.ExecBuilder.Build(ctx, n.call, row)
	if errors.Is(err, expression.FetchEOF) {
		return nil, sqlerr.SPFetchNoData.Errorf("No data - zero rows fetched, selected, or processed")
	}
	if err != nil || n.activation.schema == nil {
		return iter, err
	}
	n.call.SetSchema(n.activation.schema) // the library takes the last one with rows, if any
	return sql.RowsToRowIter(n.activation.result...), iter.Close(ctx)
}

// WithChildren implements sql.Node.
func (n *routineCall) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

// callInsideID is above the library's own numbers.
const callInsideID analyzer.RuleId = 1002

// callInside puts every CALL of a plan inside the activation that was made when
// it was bound.
func callInside(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		call, ok := n.(*plan.Call)
		if !ok {
			return n, transform.SameTree, nil
		}
		s := stateOf(ctx)
		if s == nil || s.binding == nil || !strings.EqualFold(s.binding.routine.Name, call.Name) {
			return nil, transform.SameTree, sqlerr.DeniedSystem("SYSTEM ADMIN")
		}
		a := s.binding
		s.binding = nil
		bindParams(a, call.Procedure.Params)
		if s.calls != nil {
			s.calls.passed = nil
		}
		call, ok = call.SetStatementRunner(ctx, bodyRunner{s.inst, a}).(*plan.Call)
		if !ok {
			return nil, transform.SameTree, sqlerr.DeniedSystem("SYSTEM ADMIN")
		}
		return &routineCall{call, a}, transform.NewTree, nil
	})
}

// bindParams cuts the tie from IN parameters to the caller's variables: the body
// changes its own copy.
func bindParams(a *activation, params []plan.ProcedureParam) {
	for _, p := range params {
		if own := a.params[strings.ToLower(p.Name)]; own != nil && p.Direction == plan.ProcedureParamDirection_In {
			own.Reference = nil
		}
	}
}

// The library keeps the parameters of all procedures in one list of the session,
// for good: a column with the name of a parameter of an earlier call would be
// taken for that one's value. Here each call has its own.
