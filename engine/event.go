package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/schedule"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// occurrence is one run of an event, as a statement of the session that runs it: it is in
// the process list, may be killed, and has the budget of a statement.
type occurrence struct {
	*ast.Select // nothing: it makes this a statement
	event       *catalog.Event
	database    *catalog.Database
}

// eventHost is a server for the scheduler.
type eventHost struct{ *Engine }

var _ schedule.Host = eventHost{}

// Snapshot implements schedule.Host.
func (h eventHost) Snapshot() *catalog.Snapshot { return h.inst.Cat.Snapshot() }

// Run implements schedule.Host.
func (h eventHost) Run(e *catalog.Event) error { return h.runEvent(e) }

// Change implements schedule.Host.
func (h eventHost) Change(e *catalog.Event, change func(cur *catalog.Event)) error {
	return h.inst.Cat.Update(context.Background(), func(tx *catalog.Tx) error {
		cur := tx.Event(e.Database, e.Name)
		if cur == nil || cur.ID != e.ID || cur.Modified != e.Modified {
			return nil
		}
		cur = cur.Clone()
		change(cur)
		if cur.Over && !cur.Enabled {
			cur.Over = false
			if !cur.Preserve {
				return tx.DropEvent(cur.ID)
			}
			cur.Create = objects.EventText(cur, objects.EventBody(cur))
		}
		return tx.PutEvent(cur)
	})
}

// Failed implements schedule.Host: what the event's statements say is not for the log.
func (h eventHost) Failed(e *catalog.Event, err error, times int) {
	told := toClient(err, lxaccess.HideValues)
	h.inst.Log.Error("event failed", "event", h.eventName(e), "definer", h.inst.NameOf(e.Definer), "number", told.Number, "sqlstate", told.State, "times", times)
}

func (e *Engine) openEvents() error {
	e.events = schedule.NewScheduler(eventHost{e}, e.opts.clock)
	e.inst.EventRan = e.events.Ran
	e.inst.ViewColumns = viewColumnsOf
	e.inst.Cat.AfterCommit(func(*catalog.Snapshot, catalog.Touched) { e.events.Poke() })
	if !e.opts.EventScheduler {
		return nil
	}
	if err := sql.SystemVariables.AssignValues(map[string]any{schedulerVariable: "ON"}); err != nil {
		return err
	}
	e.events.Turn(true)
	return nil
}

// eventName is an event's whole name, for people.
func (e *Engine) eventName(ev *catalog.Event) string {
	name := sql.QuoteIdentifier(ev.Name)
	if db := e.inst.Cat.Snapshot().DatabaseByID(ev.Database); db != nil {
		return sql.QuoteIdentifier(db.Name) + "." + name
	}
	return name
}

// runEvent runs an event once, in a session of its definer that ends with it.
func (e *Engine) runEvent(ev *catalog.Event) (err error) {
	defer func() {
		if listen := e.opts.AuditStatement; listen != nil {
			listen(ours.Event{Name: runOfEvent, Who: ev.Definer, Text: "EVENT " + e.eventName(ev), Err: err})
		}
	}()
	ctx := context.Background()
	told := audit.Record{
		Event: runOfEvent, Result: audit.Done, Object: "event " + e.eventName(ev), ObjectID: ev.ID,
		Origin: audit.Origin{Who: ev.Definer, Name: e.inst.NameOf(ev.Definer)},
	}
	s, db, err := e.eventSession(ctx, ev)
	if err != nil {
		return e.eventEnded(told, audit.Refused, err)
	}
	defer s.Close()
	told.Origin = s.sql.AuditOrigin()
	if err := auditError(e.refusals.Ran(ev.Definer, told)); err != nil {
		return err
	}
	if err := s.occur(ctx, &occurrence{&ast.Select{}, ev, db}); err != nil {
		return e.eventEnded(told, audit.Failed, err)
	}
	return nil
}

// runOfEvent is what the audit log calls it: a record when it begins, as a login leaves one, and
// another one when it fails.
const runOfEvent = "event.run"

// eventEnded records how a run ended that did not come to its end: by its number, since the text of
// an error may quote rows.
func (e *Engine) eventEnded(told audit.Record, how audit.Result, err error) error {
	answer := answerOf(toClient(err, lxaccess.HideValues))
	told.Result, told.Code, told.State = how, answer.Code, answer.State
	return errors.Join(err, e.refusals.Ran(told.Who, told))
}

// eventSession is the session of one run.
func (e *Engine) eventSession(ctx context.Context, ev *catalog.Event) (*Session, *catalog.Database, error) {
	snap := e.inst.Cat.Snapshot()
	db, definer := snap.DatabaseByID(ev.Database), snap.PrincipalByID(ev.Definer)
	if db == nil || definer == nil || definer.Kind != catalog.KindUser {
		return nil, nil, sqlerr.NoSuchUser.Errorf("The user specified as a definer of event %s does not exist", e.eventName(ev))
	}
	if why := e.inst.Outgrown(ev.Makers, ev.Definer); why != "" {
		return nil, nil, sqlerr.SpecificAccessDenied.Errorf("Access denied; event %s %s", e.eventName(ev), why).WithHint(state.MakeAgain)
	}
	s, err := e.newSession(ctx, principal.Trusted(definer.ID, definer.Name), session.Options{
		Remote: "localhost", Attributes: map[string]string{"program_name": "event_scheduler"},
	}, true)
	if err != nil {
		return nil, nil, err
	}
	if err := s.sql.SetSessionVariable(s.context(ctx, ""), "time_zone", ev.TimeZone); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, db, nil
}

func (s *Session) occur(ctx context.Context, o *occurrence) error {
	s.calls.Begin()
	defer s.calls.End()
	res, err := s.execute(ctx, execution{stmt: o, text: "EVENT " + s.engine.eventName(o.event)})
	if err != nil {
		return err
	}
	return res.Close()
}

// occur runs the body as a program of the definer. What it shows nobody sees.
func (st *statement) occur(o *occurrence) (session.Result, error) {
	s := &st.session.sql.Session
	if !s.May(access.Database(o.database.ID), access.One(privilege.Event)) {
		return nil, sqlerr.DeniedDatabase(s.User.Name(), o.database.Name)
	}
	st.ctx.ClearWarnings()
	r := &programs{session: st.session, client: st.client, ctx: st.ctx, alone: true}
	defer r.end()
	a := &state.Activation{
		Makers: o.event.Makers, Names: o.event.Names, Database: o.database.Name, Mode: o.event.SQLMode, Charsets: o.event.Charsets.Or(), User: s.User, Rights: s.Rights, Definer: true, Prepared: map[string]bool{},
		Execute: state.Term{Rights: s.Rights, On: access.Database(o.database.ID), Want: access.One(privilege.Event)},
	}
	leave, err := r.enter(a)
	if err != nil {
		return nil, err
	}
	defer leave()
	p, err := objects.ReadProgram(st.ctx, s.Inst, o.database, o.event.Charsets, o.event.Create, state.ModeOf(o.event.SQLMode), nil)
	if err != nil {
		return nil, err
	}
	f := program.NewFrame(p, r.host(a))
	defer f.End()
	if err := f.Run(); err != nil {
		return nil, err
	}
	st.end()
	return &okResult{session.Summary{Status: st.session.Status()}}, nil
}

var _ objects.Evaluator = (*sqlSession)(nil)

// Evaluate implements objects.Evaluator.
func (s *sqlSession) Evaluate(ctx *sql.Context, tree ast.Statement, text string) (string, bool, error) {
	if reads(tree) {
		return "", false, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'subqueries in the schedule of an event'").
			WithHint("compute it before, and write the value")
	}
	if catalog.IsRehearsed(ctx) && calls(tree) {
		return "", false, ours.Unsayable("an event whose schedule is computed by functions")
	}
	gms := s.engine.inst.GMS
	bound, flags, err := planbuilder.New(ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser).BindOnly(tree, text, &sql.QueryFlags{})
	if err == nil {
		err = lxplan.BareVariable(bound)
	}
	if err != nil {
		return "", false, err
	}
	x, err := lxplan.Scalar(ctx, bound, s.Evaluation(ctx))
	if err != nil {
		return s.evaluateOnce(ctx, bound, flags)
	}
	v, err := x.Eval(expr.NewCtx(s.Evaluation(ctx)), nil)
	if err != nil || v.IsNull() {
		return "", false, err
	}
	return strings.TrimSpace(string(value.AppendText(nil, v, x.Type()))), true, nil
}

// calls says that an expression calls a function other than those of the time: it may do something.
func calls(tree ast.Statement) (yes bool) {
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		if f, is := n.(*ast.FuncExpr); is && (!f.Qualifier.IsEmpty() || !slices.Contains([]string{"now", "current_timestamp", "curdate", "current_date", "timestamp"}, f.Name.Lowered())) {
			yes = true
		}
		return nil
	}, tree)
	return yes
}

// reads says that an expression asks for rows.
func reads(tree ast.Statement) (yes bool) {
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		_, is := n.(*ast.Subquery)
		yes = yes || is
		return nil
	}, tree)
	return yes
}

// evaluateOnce leaves an expression with variables of the user to the library.
func (s *sqlSession) evaluateOnce(ctx *sql.Context, bound sql.Node, flags *sql.QueryFlags) (string, bool, error) {
	gms := s.engine.inst.GMS
	analyzed, err := gms.Analyzer.Analyze(ctx, bound, nil, flags)
	if err != nil {
		return "", false, err
	}
	iter, err := gms.Analyzer.ExecBuilder.Build(ctx, analyzed, nil)
	if err != nil {
		return "", false, err
	}
	row, err := iter.Next(ctx)
	if err = errors.Join(err, iter.Close(ctx)); err != nil || len(row) != 1 || row[0] == nil {
		return "", false, err
	}
	out, _, err := types.LongText.Convert(ctx, row[0])
	text, _ := out.(string)
	return strings.TrimSpace(text), true, err
}
