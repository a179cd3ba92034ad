package objects

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/schedule"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Evaluator is a session that computes an expression, outside of any statement. It gives
// its text; ok is false for NULL.
type Evaluator interface {
	Evaluate(ctx *sql.Context, tree ast.Statement, text string) (out string, ok bool, err error)
}

// defineEvent is CREATE, ALTER or DROP of an event as a plan node.
type defineEvent struct {
	text   string
	mode   lex.Mode
	change *program.EventChange // nil: CREATE
}

var _ sql.ExecSourceRel = (*defineEvent)(nil)

// readEvent makes the statement.
func readEvent(text string, creates bool, mode lex.Mode) (ast.Statement, error) {
	n := &defineEvent{text: lex.OpenComments(text, mode), mode: mode}
	if creates {
		if _, err := program.ReadNew(n.text, mode); err != nil {
			return nil, err
		}
	} else {
		change, err := program.ReadEventChange(n.text, mode)
		if err != nil {
			return nil, err
		}
		n.change = &change
	}
	return ast.InjectedStatement{
		Statement: n, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}, nil
}

// WithResolvedChildren implements ast.Injectable.
func (n *defineEvent) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return n, nil
}

func (n *defineEvent) Resolved() bool       { return true }
func (n *defineEvent) IsReadOnly() bool     { return false }
func (n *defineEvent) Children() []sql.Node { return nil }
func (n *defineEvent) String() string       { return "event" }
func (n *defineEvent) Schema() sql.Schema   { return types.OkResultSchema }

// WithChildren implements sql.Node.
func (n *defineEvent) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

// RowIter implements sql.ExecSourceRel.
func (n *defineEvent) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	err := error(nil)
	switch {
	case n.change == nil:
		err = n.create(ctx, s)
	case n.change.Drop:
		err = n.drop(ctx, s)
	default:
		err = n.alter(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	return sql.RowsToRowIter(sql.NewRow(types.NewOkResult(0))), nil
}

// eventDatabase is the database of an event, for who may have events there.
func eventDatabase(s *state.Session, name string) (*catalog.Database, error) {
	db, err := inDatabase(s, name)
	if err != nil {
		return nil, err
	}
	if !s.May(access.Database(db.ID), access.One(privilege.Event)) {
		return nil, sqlerr.DeniedDatabase(s.User.Name(), db.Name)
	}
	return db, nil
}

func (n *defineEvent) create(ctx *sql.Context, s *state.Session) error {
	h, err := program.Read(n.text, n.mode)
	if err != nil {
		return err
	}
	db, err := eventDatabase(s, h.Database)
	if err != nil {
		return err
	}
	if err := CheckName("event", h.Name); err != nil {
		return err
	}
	definer, err := lxaccess.For(s).DefinerOf(ctx, n.text)
	if err != nil {
		return err
	}
	now := time.Now()
	e := &catalog.Event{
		Database: db.ID, Name: h.Name, Definer: definer, Makers: s.Makers(definer), SQLMode: sessionText(ctx, sql.SqlModeSessionVar), Charsets: charsetsNow(ctx, s, db), TimeZone: sessionText(ctx, "time_zone"),
		Enabled: true, Created: now.UnixMicro(), Modified: now.UnixMicro(),
	}
	exists := sqlerr.EventAlreadyExists.Errorf("Event '%s' already exists", h.Name)
	if s.Inst.Cat.Snapshot().Event(db.ID, h.Name) != nil {
		if h.IfNotExists {
			note(ctx, exists)
			return nil
		}
		return exists
	}
	if err := take(ctx, s, e, &h.Event, now); err != nil {
		return err
	}
	late := isLate(e, now)
	if late && !e.Preserve {
		note(ctx, sqlerr.EventCannotCreateInThePast.Errorf("Event execution time is in the past and ON COMPLETION NOT PRESERVE is set. The event was dropped immediately after creation."))
	} else if late {
		e.Enabled = false
		note(ctx, sqlerr.EventExecTimeInThePast.Errorf("Event execution time is in the past. Event has been disabled"))
	}
	if err := n.write(ctx, s, db, e, n.text[h.BodyAt:], true); err != nil || late && !e.Preserve {
		return err
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if tx.Event(db.ID, e.Name) != nil {
			return exists
		}
		id, err := tx.AllocID()
		if err != nil {
			return err
		}
		e.ID = id
		return tx.PutEvent(e)
	})
}

func note(ctx *sql.Context, e *sqlerr.Error) {
	ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(e.Number), Message: e.Message})
}

// isLate says that no time is left that an event could run at.
func isLate(e *catalog.Event, now time.Time) bool {
	if e.Every == 0 {
		return e.At < now.Truncate(time.Second).UnixMicro()
	}
	_, ok := schedule.Next(e, now.Truncate(time.Second))
	return !ok
}

// write gives an event its text, and reads the whole of it once. isNew says that the body is the statement's.
func (n *defineEvent) write(ctx *sql.Context, s *state.Session, db *catalog.Database, e *catalog.Event, body string, isNew bool) error {
	e.Create = EventText(e, strings.TrimRight(body, "; \t\r\n"))
	p, err := read(ctx, s.Inst, db, e.Charsets, e.Create, state.ModeOf(e.SQLMode), nil, isNew)
	if err == nil {
		e.Names = namesIn(s, db, p)
	}
	return err
}

// find is the event that an ALTER or DROP names.
func (n *defineEvent) find(s *state.Session) (*catalog.Database, *catalog.Event, error) {
	db, err := eventDatabase(s, n.change.Database)
	if err != nil {
		return nil, nil, err
	}
	return db, s.Inst.Cat.Snapshot().Event(db.ID, n.change.Name), nil
}

func (n *defineEvent) drop(ctx *sql.Context, s *state.Session) error {
	_, e, err := n.find(s)
	if err != nil {
		return err
	}
	if e == nil {
		if n.change.IfExists {
			note(ctx, sqlerr.SPDoesNotExist.Errorf("Event %s does not exist", n.change.Name))
			return nil
		}
		return unknownEvent(n.change.Name)
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if now := tx.Event(e.Database, e.Name); now == nil || now.ID != e.ID {
			return unknownEvent(n.change.Name)
		}
		return tx.DropEvent(e.ID)
	})
}

func unknownEvent(name string) *sqlerr.Error {
	return sqlerr.EventDoesNotExist.Errorf("Unknown event '%s'", name)
}

// mayRunAs says that the session might name an account as a definer. Nobody may name one that is gone.
func mayRunAs(s *state.Session, id principal.ID) bool {
	if s.Inst.Cat.Snapshot().PrincipalByID(id) == nil {
		return false
	}
	return lxaccess.MayActFor(s.Inst.Cat.Snapshot(), s.As(s.Rights), s.Self(), id)
}

// alter changes an event. One that gets another body, or goes to another database, acts from now
// on for who changed it, or for a definer that he may name; so does one whose definer he may not name.
// Else it stays its definer's: an administrator who pauses what a user has written does not run it as himself.
func (n *defineEvent) alter(ctx *sql.Context, s *state.Session) error {
	c := n.change
	db, old, err := n.find(s)
	if err != nil {
		return err
	}
	if old == nil {
		return unknownEvent(c.Name)
	}
	definer, makers := old.Definer, old.Makers
	if _, names, err := dialect.FindDefiner(n.text, n.mode); err != nil {
		return err
	} else if names || c.Does || c.ToDatabase != "" || !mayRunAs(s, definer) { // names in a body mean what they do in its database
		if definer, err = lxaccess.For(s).DefinerOf(ctx, n.text); err != nil {
			return err
		}
		makers = s.Makers(definer)
		if !c.Does && !names { // nobody said that he answers for what another has written
			makers = append(append(makers, old.Makers...), old.Definer).Without(definer)
		}
	}
	h, err := program.Read(old.Create, state.ModeOf(old.SQLMode))
	if err != nil {
		return err
	}
	now := time.Now()
	e := old.Clone()
	if definer != old.Definer && !c.Does { // whose body it is need not be seen
		ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.UnknownError), Message: fmt.Sprintf("event %s acts for %s now, who did not write its body", c.Name, s.Inst.NameOf(definer))})
	}
	e.Definer, e.Makers, e.Modified, e.Over = definer, makers, now.UnixMicro(), false
	body := old.Create[h.BodyAt:]
	if c.Does {
		body, e.SQLMode, e.Charsets = n.text[c.BodyAt:], sessionText(ctx, sql.SqlModeSessionVar), charsetsNow(ctx, s, db)
	}
	if c.ToName != "" {
		if db, err = n.rename(s, db, e); err != nil {
			return err
		}
	}
	if c.Schedule != nil {
		e.TimeZone, e.LastExecuted = sessionText(ctx, "time_zone"), 0
	}
	if err := take(ctx, s, e, &c.EventClauses, now); err != nil {
		return err
	}
	if (c.Schedule != nil || c.Enable != nil && *c.Enable) && isLate(e, now) {
		if !e.Preserve {
			return sqlerr.EventCannotAlterInThePast.Errorf("Event execution time is in the past and ON COMPLETION NOT PRESERVE is set. The event was not changed. Specify a time in the future.")
		}
		e.Enabled = false
		note(ctx, sqlerr.EventExecTimeInThePast.Errorf("Event execution time is in the past. Event has been disabled"))
	}
	if err := n.write(ctx, s, db, e, body, c.Does); err != nil {
		return err
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		switch now := tx.Event(old.Database, old.Name); {
		case now == nil || now.ID != old.ID:
			return unknownEvent(c.Name)
		case c.ToName != "" && tx.Event(e.Database, e.Name) != nil && tx.Event(e.Database, e.Name).ID != e.ID:
			return sqlerr.EventAlreadyExists.Errorf("Event '%s' already exists", e.Name)
		}
		return tx.PutEvent(e)
	})
}

// rename gives an event the name of RENAME TO.
func (n *defineEvent) rename(s *state.Session, db *catalog.Database, e *catalog.Event) (*catalog.Database, error) {
	to := db
	if n.change.ToDatabase != "" {
		var err error
		if to, err = eventDatabase(s, n.change.ToDatabase); err != nil {
			return nil, err
		}
	}
	if to.ID == db.ID && catalog.FoldName(n.change.ToName) == catalog.FoldName(e.Name) {
		return nil, sqlerr.EventSameName.Errorf("Same old and new event name")
	}
	if err := CheckName("event", n.change.ToName); err != nil {
		return nil, err
	}
	e.Database, e.Name = to.ID, n.change.ToName
	return to, nil
}

// take notes what the clauses say.
func take(ctx *sql.Context, s *state.Session, e *catalog.Event, c *program.EventClauses, now time.Time) error {
	if c.Preserve != nil {
		e.Preserve = *c.Preserve
	}
	if c.Enable != nil {
		e.Enabled, e.OnReplica = *c.Enable, c.OnReplica
	}
	if c.Comment != nil {
		e.Comment = *c.Comment
	}
	if c.Schedule == nil {
		return nil
	}
	e.At, e.Every, e.Unit, e.Starts, e.Ends = 0, 0, "", 0, 0
	t := times{ctx, s}
	if c.Schedule.At != "" {
		return t.moment(&e.At, "AT", c.Schedule.At)
	}
	text, ok, err := t.evaluate("CAST((" + c.Schedule.Every + "\n) AS CHAR)")
	if err != nil {
		return err
	}
	if e.Unit = c.Schedule.Unit; ok {
		e.Every, ok = schedule.Interval(text, e.Unit)
	}
	if !ok {
		return sqlerr.EventIntervalNotPositiveOrTooBig.Errorf("INTERVAL is either not positive or too big")
	}
	e.Starts = now.Truncate(time.Second).UnixMicro()
	if c.Schedule.Starts != "" {
		if err := t.moment(&e.Starts, "STARTS", c.Schedule.Starts); err != nil {
			return err
		}
	}
	if c.Schedule.Ends == "" {
		return nil
	}
	if err := t.moment(&e.Ends, "ENDS", c.Schedule.Ends); err != nil {
		return err
	}
	if e.Ends <= e.Starts {
		return sqlerr.EventEndsBeforeStarts.Errorf("ENDS is either invalid or before STARTS")
	}
	return nil
}

// times computes the expressions of a schedule.
type times struct {
	ctx *sql.Context
	s   *state.Session
}

type noNames struct{}

func (noNames) Lookup(string, string) (int, bool, error) { return -1, false, nil }

func (t times) evaluate(text string) (string, bool, error) {
	lang := &lxaccess.Language{Ctx: t.ctx, Mode: t.s.Reading(), Collation: sql.Collation_Default, Parser: lxaccess.Parser{}}
	code, _, err := lang.Expression(text, noNames{})
	if err != nil {
		return "", false, err
	}
	of, isCode := code.(*routine.Code)
	by, evaluates := t.ctx.Session.(Evaluator)
	if !isCode || !evaluates {
		return "", false, sqlerr.UnknownError.Errorf("internal error")
	}
	return by.Evaluate(t.ctx, of.Tree, of.Text)
}

// moment computes one time, to the second.
func (t times) moment(to *int64, clause, text string) error {
	wrong := sqlerr.WrongValue.Errorf("Incorrect %s value: '%s'", clause, text)
	out, ok, err := t.evaluate("UNIX_TIMESTAMP(CAST((" + text + "\n) AS DATETIME))")
	if err != nil {
		return err
	}
	if whole, _, _ := strings.Cut(out, "."); ok {
		var seconds int64
		for _, d := range whole {
			if d < '0' || d > '9' {
				return wrong
			}
			seconds = seconds*10 + int64(d-'0')
		}
		if ok = seconds > 0; ok {
			*to = seconds * 1e6
		}
	}
	if !ok {
		return wrong
	}
	return nil
}
