package engine

import (
	"regexp"
	"slices"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/witness"
)

// programHost runs the SQL of one program.
type programHost struct {
	*programs
	activation *state.Activation

	env   *value.Env // of expressions that are kept
	under uint64     // the settings that env was made of
	ctx   *expr.Ctx
	steps uint // how often it was asked whether to go on
	begun *exec.FirstRow
}

var _ program.Host = (*programHost)(nil)

// heldEvery is how many statements of variables alone run, one after the other, before the right to run them is
// looked at again.
const heldEvery = 16

// Stopped implements program.Host.
func (h *programHost) Stopped(alone bool) error {
	if err := h.programs.ctx.Err(); err != nil {
		return err
	}
	s := h.session
	if s.calls.Interrupted() {
		return errInterrupted
	}
	if h.steps++; alone && h.steps%heldEvery != 1 {
		return nil
	}
	if !alone { // it may take long: the next is not to rely on what was found before
		h.steps = 0
	}
	if err := h.activation.MayAct(&s.engine.inst); err != nil {
		return err
	}
	r := h.activation.Routine
	if r == nil {
		if h.alone && !h.activation.Execute.Held() { // an event, whose definer has lost EVENT
			return sqlerr.DeniedDatabase(h.session.sql.User.Name(), h.activation.Database)
		}
		return nil
	}
	if !h.activation.MayGoOn() {
		return sqlerr.DeniedRoutine(h.caller(), h.activation.Database, r.Name)
	}
	// MySQL lets DROP wait until nobody runs it. Here it is the calls that end: who drops
	// what does not end has no other way.
	if s.engine.inst.Cat.Snapshot().RoutineByID(r.ID) == nil {
		kind := "PROCEDURE"
		if r.Function {
			kind = "FUNCTION"
		}
		return sqlerr.SPDoesNotExist.Errorf("%s %s.%s does not exist", kind, h.activation.Database, r.Name)
	}
	return nil
}

// caller is who has called the program: who its definer is, is not for him.
func (h *programHost) caller() string {
	if outer := h.activation.Outer; outer != nil {
		return outer.User.Name()
	}
	return h.session.login.Load().Name()
}

// evaluation is the context of expressions that are kept, at this moment. timeless is for
// those that do not ask the clock.
func (h *programHost) evaluation(f *program.Frame, timeless bool) *expr.Ctx {
	if h.ctx == nil || h.under != h.session.sql.Planning {
		h.env = h.session.sql.Evaluation(h.programs.ctx)
		h.env.Writing = h.env.Has(value.ModeStrict)
		h.under = h.session.sql.Planning
		h.ctx = expr.NewCtx(h.env)
	}
	if !h.within && !timeless {
		h.env.Now = time.Now()
	}
	h.ctx.Params = f.Vars
	return h.ctx
}

// Eval implements program.Host.
func (h *programHost) Eval(f *program.Frame, e *program.Expression) (value.Value, *value.Type, error) {
	if e.Slot >= 0 {
		return f.Vars[e.Slot], f.Type(e.Slot), nil
	}
	code, ok := e.Code.(*routine.Code)
	if !ok {
		return value.Null, nil, sqlerr.UnknownError.Errorf("internal error")
	}
	if x := h.kept(f, code); x != nil {
		c := h.evaluation(f, code.Timeless)
		c.Env.Writing = false
		v, err := x.Eval(c, nil)
		c.Env.Writing = c.Env.Has(value.ModeStrict)
		return v.Clone(), x.Type(), h.told(err)
	}
	v, t := value.Null, &value.NullType
	err := h.query(f, code, true, nil, func(row []value.Value, types []value.Type) error {
		v, t = row[0], &types[0]
		return nil
	})
	return v, t, err
}

// kept is an expression that was compiled for many executions, nil where it has to run
// as a query.
func (h *programHost) kept(f *program.Frame, code *routine.Code) expr.Expr {
	loose := value.Type{}
	for slot := range f.Loose {
		if slices.Contains(code.Uses, slot) {
			loose = f.Loose[slot]
		}
	}
	if under := h.session.sql.Planning; code.Under != under || code.Dynamic != loose {
		code.Kept, code.Left, code.Under, code.Dynamic = nil, false, under, loose
	}
	if code.Kept != nil || code.Left {
		return code.Kept
	}
	code.Left = true
	if h.session.engine.opts.libraryOnly {
		return nil
	}
	values, _, err := (&piece{h, f, code}).variables()
	if err != nil {
		return nil
	}
	leave, err := h.session.sql.Inside(h.programs.ctx, false)
	if err != nil {
		return nil
	}
	defer leave()
	x, err := h.compile(code, values)
	if err != nil {
		return nil // as a query it says what is wrong
	}
	code.Kept, code.Left = x, false
	code.Timeless = timeless.MatchString(code.Text) && !clocks.MatchString(code.Text) && !slices.ContainsFunc(code.Uses, func(slot int) bool {
		return f.Program.Vars[slot].Loose || f.Program.Vars[slot].Type.IsTemporal()
	})
	return x
}

// timeless is what does not ask the clock: no function, unless clocks has a name of one that
// takes no brackets.
var (
	timeless = regexp.MustCompile(`^SELECT \([^()]*\)$`)
	clocks   = regexp.MustCompile(`(?i)current_|localtime|utc_|date|time|interval`)
)

func (h *programHost) compile(code *routine.Code, values map[string]sql.Expression) (x expr.Expr, err error) {
	defer func() {
		if p := recover(); p != nil {
			x, err = nil, panicError(h.session, p)
		}
	}()
	gms := h.session.engine.inst.GMS
	binder := planbuilder.New(h.programs.ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser)
	binder.SetBindingsWithExpr(values)
	tree, err := joined(h.programs.ctx, code.Tree, code.Text)
	if err != nil {
		return nil, err
	}
	bound, _, err := binder.BindOnly(tree, code.Text, &sql.QueryFlags{})
	if err != nil {
		return nil, err
	}
	if err := lxplan.BareVariable(bound); err != nil {
		return nil, err
	}
	return lxplan.Scalar(h.programs.ctx, bound, h.session.sql.Evaluation(h.programs.ctx))
}

// query runs a piece of SQL: a statement, or what computes a value.
func (h *programHost) query(f *program.Frame, code *routine.Code, computes bool, first *exec.FirstRow, take func([]value.Value, []value.Type) error) error {
	x, err := (&piece{h, f, code}).execution()
	if err != nil {
		return err
	}
	x.computes, x.first = computes, first
	return h.run(x, h.programs.ctx, !h.within, take)
}

// True implements program.Host.
func (h *programHost) True(f *program.Frame, e *program.Expression) (bool, error) {
	v, t, err := h.Eval(f, e)
	if err != nil || v.IsNull() {
		return false, err
	}
	env := h.evaluation(f, true).Env
	env.Writing = false
	defer func() { env.Writing = env.Has(value.ModeStrict) }()
	return value.ToBool(env, v, t)
}

// Store implements program.Host.
func (h *programHost) Store(v value.Value, from, to *value.Type, name string) (value.Value, error) {
	if h.ctx == nil || h.under != h.session.sql.Planning {
		h.evaluation(&program.Frame{}, false)
	}
	h.env.Writing = h.env.Has(value.ModeStrict)
	out, err := value.Store(h.env, v, from, to, value.Place{Column: name, Row: 1})
	return out.Clone(), h.told(err)
}

// Nearest implements program.Host.
func (h *programHost) Nearest(v value.Value, from, to *value.Type, name string) (value.Value, error) {
	env := *h.evaluation(&program.Frame{}, true).Env
	env.Writing, env.Listen = false, nil
	out, err := value.Store(&env, v, from, to, value.Place{Column: name, Row: 1})
	return out.Clone(), err
}

// told is an error of a conversion as the client may see it: what the variables hold may
// come from rows that are not for his eyes.
func (h *programHost) told(err error) error {
	if err == nil {
		return nil
	}
	return (&statement{session: h.session}).told(err)
}

// SetUser implements program.Host.
func (h *programHost) SetUser(name string, v value.Value, t *value.Type) error {
	return h.setUser(name, v, t)
}

// Run implements program.Host.
func (h *programHost) Run(f *program.Frame, s *program.SQL, take func([]value.Value, []value.Type) error) error {
	code, ok := s.Code.(*routine.Code)
	if !ok {
		return sqlerr.UnknownError.Errorf("internal error")
	}
	h.activation.Made = h.activation.Definer && s.Made
	defer func() { h.activation.Made = false }()
	var first *exec.FirstRow
	run := func() error { return h.query(f, code, s.Into == nil && take != nil, first, take) }
	if s.Into != nil {
		first = &exec.FirstRow{By: func(column int, compute func() error) error {
			if column >= len(s.Into) || s.Into[column].Slot < 0 { // variables of the user are not strict
				return compute()
			}
			return h.strictly(h.Strict, compute)
		}}
		// Where that is not how it is computed, a query without a table is one expression beside the other all the same.
		if s.Plain && slices.ContainsFunc(s.Into, func(to program.Target) bool { return to.Slot >= 0 }) {
			all := run
			run = func() error {
				return h.asOne(func() error { return h.strictly(func() bool { return first.Types == nil && h.Strict() }, all) })
			}
		}
	}
	err := run()
	if err != nil && first != nil && first.Begun() {
		h.begun = first
	}
	if err != nil && h.activation.Made && !h.own() {
		return &routine.MadeText{Cause: err}
	}
	return err
}

// Begun implements program.Host.
func (h *programHost) Begun() *program.Begun {
	first := h.begun
	if h.begun = nil; first == nil {
		return nil
	}
	out := &program.Begun{Failed: first.Failed}
	for i := range first.Values {
		v, t := unfinished(first, i)
		out.Values, out.Types = append(out.Values, v), append(out.Types, t)
	}
	return out
}

// own says that all that runs acts for who has logged in, of whom nothing is to be hidden.
func (h *programHost) own() bool {
	for a := h.activation; a != nil; a = a.Outer {
		if a.User.ID() != h.session.login.Load().ID() || !a.Rights.Whole() {
			return false
		}
	}
	return true
}

// Open implements program.Host.
func (h *programHost) Open(f *program.Frame, s *program.SQL, take func([]value.Value, []value.Type) error) (func() error, error) {
	var relied []access.Decision
	h.relies = func(d []access.Decision) { relied = d }
	err := h.Run(f, s, take)
	h.relies = nil
	return func() error {
		if witness.Lost(relied) {
			return errLost
		}
		return nil
	}, err
}

// Charge implements program.Host.
func (h *programHost) Charge(bytes int) error { return h.charge(bytes) }

// Call implements program.Host.
func (h *programHost) Call(f *program.Frame, c *program.Call) error {
	db, rec, err := routine.CallerOf(&h.session.sql.Session).Find(&h.session.sql.Session, c.Database, c.Name, false)
	if err != nil {
		return err
	}
	return h.call(db, rec, len(c.Args), func() ([]argument, error) {
		args := make([]argument, len(c.Args))
		for i, a := range c.Args {
			var v value.Value
			var t *value.Type
			err := h.Strictly(func() (err error) {
				v, t, err = h.Eval(f, a.Value)
				return err
			})
			if err != nil {
				return nil, err
			}
			args[i] = argument{value: v, typ: *t}
			if to := a.Target; to != nil {
				args[i].set = func(v value.Value, t *value.Type) error { return f.Assign(*to, v, t) }
			}
		}
		return args, nil
	})
}

var levels = map[string]program.Level{"Note": program.Note, "Warning": program.Warning, "Error": program.Error}

// Conditions implements program.Host.
func (h *programHost) Conditions() []program.Condition {
	warnings := h.session.sql.Warnings()
	h.session.sql.countArea() // @@warning_count is of what stands there now
	if len(warnings) == 0 {
		return nil
	}
	out := make([]program.Condition, 0, len(warnings))
	for _, w := range warnings {
		out = append(out, h.session.condition(w))
	}
	return out
}

// Clear implements program.Host.
func (h *programHost) Clear() {
	h.session.sql.countArea()
	h.session.sql.ClearWarnings()
}

// Cleared implements program.Host.
func (h *programHost) Cleared() uint64 { return h.session.sql.cleared }

// maxRaised bounds what a session keeps of conditions beside its diagnostics area.
const maxRaised = 256

// Add implements program.Host. The library's entry has no SQLSTATE and no items: the
// session keeps them beside it.
func (h *programHost) Add(c program.Condition) {
	level := [...]string{program.Note: "Note", program.Warning: "Warning", program.Error: "Error"}[c.Level]
	w := &sql.Warning{Level: level, Code: int(c.Number), Message: c.Message}
	c.Err = nil
	h.session.keepRaised(w, c)
	h.session.sql.BaseSession.Warn(w)
}

// keepRaised keeps what a program says of an entry of the diagnostics area.
func (s *Session) keepRaised(w *sql.Warning, c program.Condition) {
	if s.raised == nil || len(s.raised) >= maxRaised {
		kept := make(map[*sql.Warning]program.Condition, maxRaised)
		for _, w := range s.sql.Warnings() {
			if c, ok := s.raised[w]; ok && len(kept) < maxRaised/2 {
				kept[w] = c
			}
		}
		s.raised = kept
	}
	s.raised[w] = c
}

// condition is an entry of the diagnostics area.
func (s *Session) condition(w *sql.Warning) program.Condition {
	if c, raised := s.raised[w]; raised {
		return c
	}
	return program.Condition{Level: levels[w.Level], Number: uint16(w.Code), State: sqlerr.Code(w.Code).State(), Message: w.Message}
}

// strictCodes are the warnings of a conversion that a strict sql_mode makes errors.
var strictCodes = map[sqlerr.Code]bool{
	sqlerr.TruncatedWrongValue: true, sqlerr.TruncatedWrongValueForField: true, sqlerr.WarnDataOutOfRange: true,
	sqlerr.DataTruncated: true, sqlerr.DivisionByZero: true, sqlerr.BadNull: true,
}

// Strictly implements program.Host.
func (h *programHost) Strictly(run func() error) error {
	return h.asOne(func() error { return h.strictly(h.Strict, run) })
}

// AsOne implements program.Host.
func (h *programHost) AsOne(run func() error) error { return h.asOne(run) }

func (r *programs) strictly(strict func() bool, run func() error) error {
	s := r.session.sql
	before := s.WarningCount()
	err := run()
	if err != nil || s.WarningCount() == before || !strict() {
		return err
	}
	all := slices.Clone(s.Warnings())
	for i := int(before); i < len(all); i++ {
		w := all[i]
		if _, raised := r.session.raised[w]; raised || w.Level != "Warning" || !strictCodes[sqlerr.Code(w.Code)] {
			continue // what a function has left was decided there
		}
		s.BaseSession.ClearWarnings()
		for j, other := range all {
			if j != i {
				s.BaseSession.Warn(other)
			}
		}
		return sqlerr.Code(w.Code).Errorf("%s", w.Message)
	}
	return nil
}

// Strict implements program.Host.
func (h *programHost) Strict() bool {
	return h.evaluation(&program.Frame{}, true).Env.Has(value.ModeStrict)
}

// Number implements program.Host.
func (h *programHost) Number(v value.Value, t *value.Type) (int64, error) {
	env := h.evaluation(&program.Frame{}, true).Env
	env.Writing = false
	return value.ToInt(env, v, t)
}

// RowCount implements program.Host.
func (h *programHost) RowCount() int64 { return h.session.sql.GetLastQueryInfoInt(sql.RowCount) }

// Counted implements program.Host.
func (h *programHost) Counted(rows int64) { h.session.sql.countRows(rows) }

// Condition implements program.Host.
func (h *programHost) Condition(err error) (program.Condition, bool) {
	if h.programs.ctx.Err() != nil || h.session.calls.Interrupted() {
		return program.Condition{}, false
	}
	e := toClient(err, h.session.sql.disclosure())
	switch e.Number {
	case sqlerr.QueryInterrupted, sqlerr.SessionWasKilled, sqlerr.QueryTimeout, sqlerr.Shutdown:
		return program.Condition{}, false
	}
	return program.Condition{Number: uint16(e.Number), State: e.State, Message: e.Message}, true
}
