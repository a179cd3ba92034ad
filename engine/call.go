package engine

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
)

// argument is one of a call. set takes what an OUT parameter has in the end; nil where
// nothing can.
type argument struct {
	value value.Value
	typ   value.Type
	set   func(v value.Value, t *value.Type) error
	out   bool // a placeholder: the client gets the value with the results
}

// call runs CALL.
func (st *statement) call(x execution, n *ast.Call) (session.Result, error) {
	if n.AsOf != nil {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'AS OF'")
	}
	r := &programs{session: st.session, client: st.client, ctx: st.ctx}
	defer r.end()
	err := r.written(x, n)
	if err == nil {
		err = r.outputRow()
	}
	if err != nil {
		if len(r.results) == 0 {
			return nil, err
		}
		return r.several(st.fail(err)), nil
	}
	if last := st.session.sql; last.GetLastQueryInfoInt(sql.RowCount) < 0 { // as CALL itself changes none
		last.SetLastQueryInfoInt(sql.RowCount, 0)
	}
	st.end()
	return r.several(nil), nil
}

// do runs DO: what its expressions give is forgotten, what they warn of stays.
func (st *statement) do(x execution, n *grammar.Do) (session.Result, error) {
	r := &programs{session: st.session, client: st.client, ctx: st.ctx}
	defer r.end()
	if x.prepared != nil {
		var err error
		if x.bound, err = bindings(st.session.sql.GetCollation(), n, x.args); err != nil {
			return nil, err
		}
	}
	if x.bound == nil {
		x.bound = map[string]sql.Expression{}
	}
	var v victimNumber
	if err := r.run(execution{stmt: n.Select, text: x.text, bound: x.bound}, st.ctx, false, v.take); err != nil {
		return nil, err
	}
	if err := st.session.sql.killComputed(n, v); err != nil {
		return nil, err
	}
	st.end()
	return &okResult{session.Summary{Warnings: st.session.sql.WarningCount(), Status: st.session.Status()}}, nil
}

// standsAlone runs GET DIAGNOSTICS, SIGNAL or RESIGNAL.
func (st *statement) standsAlone(n *objects.Alone) (session.Result, error) {
	r := &programs{session: st.session, client: st.client, ctx: st.ctx}
	defer r.end()
	f := program.NewFrame(n.Program, r.host(&state.Activation{}))
	defer f.End()
	if err := f.RunAlone(); err != nil {
		return nil, err
	}
	st.end()
	return &okResult{session.Summary{Warnings: st.session.sql.WarningCount(), Status: st.session.Status()}}, nil
}

// written runs a CALL as the client wrote it, or as text was made.
func (r *programs) written(x execution, n *ast.Call) error {
	ended, err := r.session.sql.runsNamed(x.named)
	if err != nil {
		return err
	}
	defer ended()
	db, rec, err := routine.CallerOf(&r.session.sql.Session).Find(&r.session.sql.Session, n.ProcName.Qualifier.String(), n.ProcName.Name.String(), false)
	if err != nil {
		return err
	}
	return r.call(db, rec, len(n.Params), func() ([]argument, error) {
		values := x.bound
		if x.prepared != nil {
			var err error
			if values, err = bindings(r.session.sql.GetCollation(), x.stmt, x.args); err != nil {
				return nil, err
			}
		}
		args := make([]argument, len(n.Params))
		for i, e := range n.Params {
			if err := r.argument(&args[i], e, x, values); err != nil {
				return nil, err
			}
		}
		return args, nil
	})
}

// argument computes one of the client's.
func (r *programs) argument(a *argument, e ast.Expr, x execution, values map[string]sql.Expression) error {
	if c, ok := e.(*ast.ColName); ok && strings.HasPrefix(c.Name.String(), "@") && !strings.HasPrefix(c.Name.String(), "@@") {
		name := c.Name.String()[1:]
		a.set = func(v value.Value, t *value.Type) error { return r.setUser(name, v, t) }
	}
	if v, ok := e.(*ast.SQLVal); ok && v.Type == ast.ValArg {
		a.out = true
		if i, err := strconv.Atoi(strings.TrimPrefix(string(v.Val), ":v")); err == nil && i > 0 && i <= len(x.using) {
			name := x.using[i-1]
			a.out, a.set = false, func(v value.Value, t *value.Type) error { return r.setUser(name, v, t) }
		}
	}
	tree := grammar.SelectOf(e)
	if err := lxplan.ExactDecimals(tree); err != nil {
		return err
	}
	one := execution{stmt: tree, text: "SELECT", bound: values, computes: true}
	if values == nil {
		one.bound = map[string]sql.Expression{}
	}
	strict := func() bool { return r.session.sql.Evaluation(r.ctx).Has(value.ModeStrict) }
	return r.strictly(strict, func() error {
		return r.run(one, r.ctx, false, func(row []value.Value, types []value.Type) error {
			a.value, a.typ = row[0], types[0]
			return nil
		})
	})
}

// read gives the program of a routine, as this session reads it.
func (r *programs) read(ctx *sql.Context, db *catalog.Database, rec *catalog.Routine) (*program.Program, error) {
	known := r.session.programs[rec.ID]
	if known.of == any(rec) {
		return known.program, nil
	}
	p, err := objects.ReadProgram(ctx, &r.session.engine.inst, db, rec.Charsets, rec.Create, state.ModeOf(rec.SQLMode), nil)
	if err != nil {
		return nil, err
	}
	r.session.keepProgram(rec.ID, rec, p)
	return p, nil
}

// keptProgram is a program that a session has read, of a record.
type keptProgram struct {
	of      any
	table   *catalog.Table // of a trigger
	program *program.Program
}

// maxPrograms bounds what a session keeps.
const maxPrograms = 256

func (s *Session) keepProgram(id catalog.ID, of any, p *program.Program) {
	if s.programs == nil || len(s.programs) >= maxPrograms {
		for p := range s.bodies {
			s.bodies.forget(s.plans, p)
		}
		s.programs = map[catalog.ID]keptProgram{}
	}
	if old := s.programs[id].program; old != nil {
		s.bodies.forget(s.plans, old)
	}
	s.programs[id] = keptProgram{of: of, program: p}
}

// maxDepth bounds programs that call each other.
const maxDepth = 120

// call runs a procedure of n arguments, which are computed when nothing else is in the way.
func (r *programs) call(db *catalog.Database, rec *catalog.Routine, n int, arguments func() ([]argument, error)) error {
	s := &r.session.sql.Session
	if err := r.recursion(rec); err != nil {
		return err
	}
	a, err := routine.CallerOf(s).Activate(s, db, rec)
	if err != nil && a != nil {
		return r.lacking(a, rec, nil, err)
	}
	if err != nil {
		return err
	}
	p, err := r.callable(a, db, rec, n)
	if err != nil {
		return err
	}
	h := r.host(a)
	f := program.NewFrame(p, h)
	defer f.End()
	var args []argument
	leave, left := func() {}, false
	defer func() {
		if !left {
			leave()
		}
	}()
	err = r.asOne(func() (err error) { // the body is not part of it
		if args, err = arguments(); err == nil {
			err = given(f, h, db, rec, args) // under the caller's sql_mode, as in MySQL
		}
		if err != nil {
			return err
		}
		entered, err := r.enter(a)
		if err == nil {
			leave = entered
		}
		return err
	})
	if err != nil {
		return err
	}
	err = f.Run()
	left = true
	leave()
	if err != nil {
		return r.lacking(a, rec, nil, err)
	}
	for i := range args {
		if p.Params[i].Mode != program.In {
			if args[i].out {
				r.outputs = append(r.outputs, output{p.Params[i].Name, f.Vars[i].Clone(), &p.Vars[i].Type})
				continue
			}
			if err := args[i].set(f.Vars[i], &p.Vars[i].Type); err != nil {
				return err
			}
		}
	}
	return nil
}

// given puts the arguments of a call into the parameters.
func given(f *program.Frame, h *programHost, db *catalog.Database, rec *catalog.Routine, args []argument) error {
	p := f.Program
	for i := range args {
		if p.Params[i].Mode != program.In && args[i].set == nil && !args[i].out {
			return sqlerr.SPNotVarArg.Errorf("OUT or INOUT argument %d for routine %s.%s is not a variable or NEW pseudo-variable in BEFORE trigger", i+1, db.Name, rec.Name)
		}
		if p.Params[i].Mode == program.Out {
			continue
		}
		v, err := h.Store(args[i].value, &args[i].typ, &p.Vars[i].Type, p.Params[i].Name)
		if err == nil {
			err = f.Put(i, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// known is the program of a routine, which is read in its own database and sql_mode.
func (r *programs) known(a *state.Activation, db *catalog.Database, rec *catalog.Routine) (*program.Program, error) {
	if known := r.session.programs[rec.ID]; known.of == any(rec) {
		return known.program, nil
	}
	leave, err := r.enter(a)
	if err != nil {
		return nil, err
	}
	defer leave()
	return r.read(r.ctx, db, rec)
}

// callable is the program of a procedure that takes n arguments.
func (r *programs) callable(a *state.Activation, db *catalog.Database, rec *catalog.Routine, n int) (*program.Program, error) {
	p, err := r.known(a, db, rec)
	if err != nil {
		return nil, err
	}
	if n != len(p.Params) {
		return nil, sqlerr.SPWrongNoOfArgs.Errorf("Incorrect number of arguments for PROCEDURE %s.%s; expected %d, got %d", db.Name, rec.Name, len(p.Params), n)
	}
	return p, nil
}

// lacking is an error of a program that acts for its definer, as its caller hears it: what
// another account lacks, and which one, is for who may read the program.
func (r *programs) lacking(a *state.Activation, rec *catalog.Routine, t *catalog.Trigger, err error) error {
	s := &r.session.sql.Session
	var e *session.Error
	if err == nil || !errors.As(err, &e) || !deniedCodes[e.Number] || program.Signalled(err) || a.User.ID() == s.User.ID() {
		return err
	}
	if rec != nil && (rec.Invoker || !a.MayGoOn()) || objects.ShowsProgram(s, rec, t) {
		return err
	}
	return e.Number.Errorf("the definer of the program does not hold a right that it needs").
		WithHint("whoever may read the program hears which one")
}

// deniedCodes are the errors that name an account and what it may not do.
var deniedCodes = map[sqlerr.Code]bool{
	sqlerr.TableAccessDenied: true, sqlerr.ColumnAccessDenied: true, sqlerr.DBAccessDenied: true, sqlerr.ProcAccessDenied: true,
	sqlerr.SpecificAccessDenied: true,
}

// enter makes the session that of an activation, and counts it.
func (r *programs) enter(a *state.Activation) (func(), error) {
	leave, err := routine.Enter(&r.session.sql.Session, r.ctx, a)
	if err != nil {
		return nil, err
	}
	return func() {
		s := &r.session.sql.Session
		for c := a; c != nil && s.Tx != nil; c = c.Outer { // the body may have begun another transaction
			if c.Routine != nil && !c.Excused.Load() {
				s.Fence.Note(c.Execute)
			}
		}
		leave()
		r.session.engine.excused.ended(a)
	}, nil
}

// recursion refuses to call a procedure that calls itself deeper than the session allows.
func (r *programs) recursion(rec *catalog.Routine) error {
	same, all := 0, 1
	for a := r.session.sql.Calls; a != nil; a = a.Outer {
		all++
		if a.Routine != nil && a.Routine.ID == rec.ID {
			same++
		}
	}
	limit := 0
	if v, err := r.session.sql.GetSessionVariable(r.ctx, "max_sp_recursion_depth"); err == nil {
		if n, ok := v.(int64); ok {
			limit = int(n)
		}
	}
	if same > limit {
		return sqlerr.SPRecursionLimit.Errorf("Recursive limit %d (as set by the max_sp_recursion_depth variable) was exceeded for routine %s", limit, rec.Name)
	}
	if all > maxDepth {
		return sqlerr.StackOverrunNeedMore.Errorf("Thread stack overrun: more than %d programs call each other", maxDepth)
	}
	return nil
}

// placeholder is the name of one.
func placeholder(kind string, i int) string { return kind + strconv.Itoa(i+1) }

var _ objects.Caller = (*sqlSession)(nil)

// CallFunction implements objects.Caller: it runs a stored function inside the statement
// that calls it.
func (s *sqlSession) CallFunction(ctx *sql.Context, by routine.Caller, db *catalog.Database, rec *catalog.Routine, args []value.Value, types []value.Type) (value.Value, error) {
	if s.Calls.Runs(rec.ID) {
		return value.Null, routine.Recursion()
	}
	r := &programs{session: s.session, client: ctx, ctx: ctx, within: true}
	defer r.end()
	a, err := by.Activate(&s.Session, db, rec)
	if err != nil && a != nil {
		return value.Null, r.lacking(a, rec, nil, err)
	}
	if err != nil {
		return value.Null, err
	}
	p, err := r.known(a, db, rec)
	if err != nil {
		return value.Null, r.lacking(a, rec, nil, err)
	}
	h := r.host(a)
	f := program.NewFrame(p, h)
	defer f.End()
	for i := range args { // under the caller's sql_mode
		v, err := h.Store(args[i], &types[i], &p.Vars[i].Type, p.Params[i].Name)
		if err == nil {
			err = f.Put(i, v)
		}
		if err != nil {
			return value.Null, err
		}
	}
	if err = r.lacking(a, rec, nil, r.inside(a, f.Run)); err != nil {
		return value.Null, &sqlerr.Inside{Err: err}
	}
	return f.Returned, nil
}

// inside runs a function or trigger as part of a statement. It begins with a copy of what stands in the area: the
// conditions of the statement so far, and before a statement that empties nothing those of the last one. They stay; what
// a function leaves is added, and of a trigger what it has failed of. LAST_INSERT_ID() and FOUND_ROWS() are those of the
// statement again when it ends, as MySQL's manual has it: the trigger of the next row begins with them, too.
func (r *programs) inside(a *state.Activation, run func() error) error {
	s := r.session.sql
	depth := 0
	for o := s.Calls; o != nil; o = o.Outer {
		depth++
	}
	if depth > maxDepth {
		return sqlerr.StackOverrunNeedMore.Errorf("Thread stack overrun: more than %d programs call each other", maxDepth)
	}
	leave, err := r.enter(a)
	if err != nil {
		return err
	}
	defer leave()
	for _, of := range []string{sql.LastInsertId, sql.FoundRows} {
		defer s.SetLastQueryInfoInt(of, s.GetLastQueryInfoInt(of))
	}
	before, cleared := s.Warnings(), s.cleared
	err = run()
	left := slices.DeleteFunc(s.Warnings(), func(w *sql.Warning) bool { return slices.Contains(before, w) })
	if len(left) == 0 && s.cleared == cleared {
		return err
	}
	if err == nil && a.Routine == nil {
		left = nil
	}
	s.ClearWarnings()
	for _, w := range before {
		s.BaseSession.Warn(w)
	}
	for _, w := range left {
		s.session.keepRaised(w, s.session.condition(w))
		s.BaseSession.Warn(w)
	}
	s.cleared = cleared // nothing of the statement's was forgotten
	return err
}
