package routine

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
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Activate makes the activation of the routine that a CALL names.
func Activate(s *state.Session, db *catalog.Database, r *catalog.Routine) (*state.Activation, error) {
	a := &state.Activation{
		Outer: s.Calls, Routine: r, Database: db.Name, Mode: r.SQLMode, User: s.User, Rights: s.Rights,
		Execute: state.Term{Rights: s.Rights, On: state.RoutineObject(r), Want: access.One(privilege.Execute)},
		Definer: !r.Invoker || s.InDefiner(), Params: map[string]*sql.StoredProcParam{}, Prepared: map[string]bool{},
	}
	switch {
	case !r.Invoker:
		p := s.Inst.Cat.Snapshot().PrincipalByID(r.Definer)
		if p == nil || p.Kind != catalog.KindUser {
			return nil, sqlerr.NoSuchUser.Errorf("The user specified as a definer of '%s.%s' does not exist", db.Name, r.Name)
		}
		a.User, a.Rights = principal.Trusted(p.ID, p.Name), s.Inst.RightsOf(p.ID)
	case s.InDefiner():
		a.Rights = s.Rights.Within(s.Inst.RightsOf(r.Owner))
	}
	return a, nil
}

// enter makes the session the routine's for one statement of its body. The
// function that it returns makes it what it was.
func enter(s *state.Session, ctx *sql.Context, a *state.Activation) (func(), error) {
	who, rights, database := s.User, s.Rights, s.BaseSession.GetCurrentDatabase()
	outer := s.Scope
	mode, err := sqlMode(s, ctx)
	if err != nil {
		return nil, err
	}
	if err := setMode(s, ctx, a.Mode); err != nil {
		return nil, err
	}
	s.User, s.Rights = a.User, a.Rights
	s.SetCurrentDatabase(a.Database)
	s.Scope = state.Scope{Calls: outer.Calls, ChangesRows: outer.ChangesRows}
	return func() {
		for c := a; c != nil && s.Tx != nil; c = c.Outer { // the body may have begun another transaction
			s.Fence.Note(c.Execute)
		}
		s.User, s.Rights = who, rights
		s.SetCurrentDatabase(database)
		s.Scope = outer
		s.Binding = nil
		if now, err := sqlMode(s, ctx); err == nil {
			a.Mode = now
		}
		if err := setMode(s, ctx, mode); err != nil {
			s.Inst.Log.Error("sql_mode after a routine", "connection", s.ID(), "err", err)
		}
	}, nil
}

func sqlMode(s *state.Session, ctx *sql.Context) (string, error) {
	v, err := s.GetSessionVariable(ctx, sql.SqlModeSessionVar)
	mode, _ := v.(string)
	return mode, err
}

func setMode(s *state.Session, ctx *sql.Context, mode string) error {
	if now, err := sqlMode(s, ctx); err == nil && now == mode {
		return nil
	}
	return s.SetSessionVariable(ctx, sql.SqlModeSessionVar, mode)
}

// bodyRunner runs the statements of one activation's body.
type bodyRunner struct {
	inst *state.Instance
	call *state.Activation
}

var _ sql.StatementRunner = bodyRunner{}

// QueryWithBindings implements sql.StatementRunner. All rows are read before it
// returns: nothing of the statement runs when the session is the caller's again,
// and a cursor outlives the transaction of the statement that opened it.
func (r bodyRunner) QueryWithBindings(ctx *sql.Context, query string, stmt ast.Statement, bindings map[string]ast.Expr, flags *sql.QueryFlags) (sql.Schema, sql.RowIter, *sql.QueryFlags, error) {
	s := state.Of(ctx)
	if s == nil || r.call == nil || s.Calls != r.call {
		return nil, nil, nil, sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	if err := admit(r.call, stmt); err != nil {
		return nil, nil, nil, err
	}
	if !r.call.Execute.Held() {
		return nil, nil, nil, sqlerr.DeniedRoutine(s.User.Name(), r.call.Database, r.call.Routine.Name)
	}
	leave, err := enter(s, ctx, r.call)
	if err != nil {
		return nil, nil, nil, err
	}
	defer leave()
	if r.call.Definer {
		grammar.NameActor(stmt, r.call.User.Name())
	}
	r.call.Made = r.call.Definer && isMade(stmt)
	defer func() { r.call.Made = false }()
	sch, iter, flags, err := r.inst.GMS.QueryWithBindings(ctx, query, stmt, bindings, flags)
	if err != nil {
		return nil, nil, nil, r.hide(err)
	}
	rows, err := readAll(ctx, iter)
	if err != nil {
		return nil, nil, nil, r.hide(err)
	}
	if err := note(r.call, stmt, sch, rows); err != nil {
		return nil, nil, nil, err
	}
	return sch, sql.RowsToRowIter(rows...), flags, nil
}

// MadeText is an error of a statement whose text a definer's routine has made: of
// rows, perhaps, that the caller may not read. Its text quotes that text.
type MadeText struct{ Cause error }

func (e *MadeText) Error() string {
	return "a statement that the routine has made failed: " + e.Cause.Error()
}
func (e *MadeText) Unwrap() error { return e.Cause }

func (r bodyRunner) hide(err error) error {
	if !r.call.Made {
		return err
	}
	return &MadeText{err}
}

// isMade reports a statement that stands for a text which is made while it runs.
func isMade(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.Prepare, *ast.Execute:
		return true
	}
	return false
}

// note looks at what a statement of the body gave.
func note(a *state.Activation, stmt ast.Statement, sch sql.Schema, rows []sql.Row) error {
	if a.Notes == nil {
		return nil
	}
	if sel, ok := stmt.(*ast.Select); ok {
		if into := a.Notes.Into[sel]; into != nil {
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
	if !a.Notes.Shows[stmt] || len(sch) == 0 || types.IsOkResultSchema(sch) {
		return nil
	}
	if a.Schema != nil {
		return sqlerr.NotSupportedYet.Errorf("a procedure that returns more than one result is not supported yet").
			WithHint("return one result; keep what is between in variables or tables")
	}
	a.Schema, a.Result = sch, rows
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
			_ = iter.Close(ctx) // err says what happened, and its kind is asked for
			return nil, err
		}
		rows = append(rows, row)
	}
}

// admit refuses statements that must not stand in a body. A prepared statement
// of the caller's must not run as the definer, so a body executes only what it
// has prepared itself.
func admit(a *state.Activation, stmt ast.Statement) error {
	switch n := stmt.(type) {
	case *ast.Use:
		return NotInRoutine("USE")
	case *ast.Prepare:
		name := strings.ToLower(n.Name)
		for o := a.Outer; o != nil; o = o.Outer {
			delete(o.Prepared, name)
		}
		a.Prepared[name] = true
	case *ast.Execute:
		if a.Definer && !a.Prepared[strings.ToLower(n.Name)] {
			return sqlerr.UnknownStmtHandler.Errorf("Unknown prepared statement handler (%s) given to EXECUTE", n.Name).
				WithHint("a routine that acts for its definer executes only what it has prepared itself")
		}
	}
	return nil
}

// NotInRoutine refuses a statement that MySQL does not take in a body.
func NotInRoutine(what string) error {
	return sqlerr.SPBadStatement.Errorf("%s is not allowed in stored procedures", what)
}

// routineCall is a CALL in a plan: the library's node, run inside its activation.
type routineCall struct {
	call       *plan.Call
	activation *state.Activation
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
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem("SYSTEM ADMIN")
	}
	outer := s.Calls
	s.Calls = n.activation
	defer func() { s.Calls = outer }()
	iter, err := s.Inst.GMS.Analyzer.ExecBuilder.Build(ctx, n.call, row)
	if errors.Is(err, expression.FetchEOF) {
		return nil, sqlerr.SPFetchNoData.Errorf("No data - zero rows fetched, selected, or processed")
	}
	if err != nil || n.activation.Schema == nil {
		return iter, err
	}
	n.call.SetSchema(n.activation.Schema) // the library takes the last one with rows, if any
	return sql.RowsToRowIter(n.activation.Result...), iter.Close(ctx)
}

// WithChildren implements sql.Node.
func (n *routineCall) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

// CallInsideID is above the library's own numbers.
const CallInsideID analyzer.RuleId = 1002

// CallInside puts every CALL of a plan inside the activation that was made when
// it was bound.
func CallInside(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		call, ok := n.(*plan.Call)
		if !ok {
			return n, transform.SameTree, nil
		}
		s := state.Of(ctx)
		if s == nil || s.Binding == nil || !strings.EqualFold(s.Binding.Routine.Name, call.Name) {
			return nil, transform.SameTree, sqlerr.DeniedSystem("SYSTEM ADMIN")
		}
		a := s.Binding
		s.Binding = nil
		bindParams(a, call.Procedure.Params)
		if s.Calls != nil {
			s.Calls.Passed = nil
		}
		call, ok = call.SetStatementRunner(ctx, bodyRunner{s.Inst, a}).(*plan.Call)
		if !ok {
			return nil, transform.SameTree, sqlerr.DeniedSystem("SYSTEM ADMIN")
		}
		return &routineCall{call, a}, transform.NewTree, nil
	})
}

// bindParams cuts the tie from IN parameters to the caller's variables: the body
// changes its own copy.
func bindParams(a *state.Activation, params []plan.ProcedureParam) {
	for _, p := range params {
		if own := a.Params[strings.ToLower(p.Name)]; own != nil && p.Direction == plan.ProcedureParamDirection_In {
			own.Reference = nil
		}
	}
}

// The library keeps the parameters of all procedures in one list of the session,
// for good: a column with the name of a parameter of an earlier call would be
// taken for that one's value. Here each call has its own.
