package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/session"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
)

// maxExplained bounds the decisions of one statement that EXPLAIN SECURITY shows.
const maxExplained = 1000

// ExplainAs implements statement.Host. The statement is asked about in a session of the user's
// own, as every way in asks, with nobody to record what is decided and a catalog that stays as it is.
func (s *sqlSession) ExplainAs(ctx context.Context, user *catalog.Principal, text string) (out []access.Decision, err error) {
	ctx = catalog.Rehearsed(ctx)
	e := s.engine
	who := principal.Trusted(user.ID, user.Name)
	probe := &Session{
		engine: e, opts: session.Options{Remote: s.session.opts.Remote}, id: e.NextID(), stmts: map[*Stmt]struct{}{},
		done: make(chan struct{}), abandoned: make(chan struct{}), held: e.memory.For(), tree: e.memory.For(),
	}
	probe.login.Store(&who)
	if err := probe.start(ctx, probe.id, who); err != nil {
		return nil, err
	}
	e.procs.AddConnection(probe.id, probe.opts.Remote)
	defer e.procs.RemoveConnection(probe.id)
	e.procs.ConnectionReady(probe.sql)
	defer probe.free()
	if user.ID == s.Who().ID() { // with the roles that he has chosen, and the temporary tables that he has made
		probe.sql.Rights, probe.sql.Own = s.Rights, s.Rights
		if s.Calls == nil {
			probe.sql.ActsLike(&s.Impersonator) // what is his login's word is that there, too
		}
		defer s.Locks.LendTemporaries(probe.sql.Locks)()
	}
	if db := s.GetCurrentDatabase(); db != "" {
		_ = probe.use(probe.context(ctx, ""), db) // one that he may not see is none
	}
	probe.sql.Identity.Audit = func(d access.Decision) error {
		same := func(o access.Decision) bool {
			return o.Actor().Principal() == d.Actor().Principal() && o.Object() == d.Object() && o.Wanted() == d.Wanted() && o.Allowed() == d.Allowed()
		}
		if len(out) < maxExplained && !slices.ContainsFunc(out, same) {
			out = append(out, d)
		}
		return nil
	}
	err = probe.asks(ctx, text)
	return out, err
}

// asks asks all that a statement needs, by what asks for who sends it. What only shows when a
// statement runs is an ours.Unsaid.
func (s *Session) asks(ctx context.Context, text string) error {
	sctx := s.context(ctx, text)
	first, _ := dialect.AlterView(text, s.sql.Reading())
	stmt, err := clientText.One(sctx, first, s.sql.Reading(), nil)
	if err != nil {
		return toClient(err, lxaccess.ShowValues)
	}
	if rec := s.account(); rec != nil {
		if err := s.mustChange(ctx, rec, stmt); err != nil {
			return err
		}
	}
	if n, ok := ours.Of(stmt); ok {
		return n.Ask(&ours.Call{Context: sctx, Host: s.sql})
	}
	if err := s.asksItself(sctx, stmt, text); err != nil {
		if _, unsaid := errors.AsType[*ours.Unsaid](err); unsaid {
			return err
		}
		return placed(err, s.sql.disclosure(), stmt, s.sql.GetCurrentDatabase())
	}
	return nil
}

// asksItself is asks for statements that are not of package statement.
func (s *Session) asksItself(ctx *sql.Context, stmt ast.Statement, text string) error {
	switch n := stmt.(type) {
	case *ast.Call:
		a := asker{s: s, ctx: ctx}
		err := a.routine(n.ProcName.Qualifier.String(), n.ProcName.Name.String(), false)
		for _, arg := range n.Params {
			if of := grammar.SelectOf(arg); namesTables(of) {
				a.doubts(errMadeText)
			} else if err == nil {
				err = objects.AskRest(ctx, of, a.function)
			}
		}
		return a.said("CALL", err)
	case *ast.Prepare, *ast.Execute, *ast.Deallocate:
		return ours.Unsayable("PREPARE and EXECUTE")
	case *ast.Set:
		if namesTables(n) { // which are read before the right to set something is asked for
			return ours.Unsayable("SET")
		}
		if err := s.sql.mayAssign(n); err != nil {
			return err
		}
		return ours.Unsayable("SET")
	case *ast.Kill:
		if err := s.sql.mayKill(n); err != nil {
			return err
		}
		return ours.Unsayable("KILL")
	case *ast.LockTables:
		_, _, _, err := s.sql.lockable(ctx, n)
		return err
	case *ast.UnlockTables, *objects.Alone: // which nobody is asked about
		return nil
	case *grammar.Load:
		return s.asksLoad(ctx, n, text)
	case *ast.DDL:
		if n.Temporary && n.Action == ast.DropStr {
			_, _, err := objects.DropsTemporary(&s.sql.Session, n)
			return err
		}
		if n.ViewSpec != nil || n.TriggerSpec != nil || len(n.FromViews) > 0 {
			return s.rehearses(ctx, text)
		}
	}
	if _, err := s.prepare(ctx, text); err != nil {
		return err
	}
	return s.asksMore(ctx, stmt, text)
}

// asksLoad asks what LOAD DATA asks of who may send files: the server's setting, and the table. Whether his client
// sends one is its own affair.
func (s *Session) asksLoad(ctx *sql.Context, n *grammar.Load, text string) error {
	if !n.Local {
		return lxaccess.For(&s.sql.Session).ServerFile()
	}
	if _, on, _ := sql.SystemVariables.GetGlobal(localFiles); isOff(on) {
		return errNoLocalFiles
	}
	_, insert, err := s.loads(ctx, n)
	if err != nil {
		return err
	}
	if err := s.sql.CommandBegin(); err != nil {
		return err
	}
	defer s.sql.CommandEnd()
	if err := (&Stmt{session: s, ast: insert, text: text}).describe(ctx); err != nil {
		return err
	}
	return s.asksMore(ctx, insert, text)
}

// asksMore asks what a statement that was bound asks only when it runs, of its sender and of those for whom its
// triggers and functions act.
func (s *Session) asksMore(ctx *sql.Context, stmt ast.Statement, text string) error {
	a := asker{s: s, ctx: ctx}
	if do, is := stmt.(*grammar.Do); is {
		if do.Kill != nil { // whose connection it is shows when it runs
			return ours.Unsayable("KILL")
		}
		stmt = do.Select
	}
	err := s.sql.CommandBegin()
	if err != nil {
		return err
	}
	defer s.sql.CommandEnd()
	if changesRows(stmt) { // so that its programs meet it, as they will
		audit := s.sql.Identity.Audit
		s.sql.Identity.Audit = nil
		err = (&Stmt{session: s, ast: stmt, text: text}).describe(ctx)
		s.sql.Identity.Audit = audit
	}
	switch stmt.(type) {
	case *ast.DDL, *ast.AlterTable:
		gms := s.engine.inst.GMS
		bound, _, bindErr := planbuilder.New(ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser).BindOnly(stmt, text, nil)
		if err = bindErr; err == nil {
			err = lxaccess.AskClauses(ctx, bound)
		}
	}
	if err == nil {
		err = objects.AskRest(ctx, stmt, a.function)
	}
	if err == nil && changesRows(stmt) {
		err = a.triggers(stmt, s.sql.WritesTo)
	}
	return a.said("a statement whose triggers or functions need what shows when they run", err)
}

// asker asks about programs that do not run: each of their statements is bound as it would be, for the definer that
// it would run as. What depends on the run is a doubt, of which the answer is neither yes nor no.
type asker struct {
	s     *Session
	ctx   *sql.Context
	seen  map[catalog.ID]bool
	doubt error
}

// said is the answer: err is what is refused in any case.
func (a *asker) said(what string, err error) error {
	if err != nil || a.doubt == nil {
		return err
	}
	return ours.Unsayable(what)
}

// doubts notes that something shows only when it runs.
func (a *asker) doubts(err error) { a.doubt = errors.Join(a.doubt, err) }

var errMadeText = errors.New("the text of a statement is made when it runs")

// first says that a program was not asked about yet.
func (a *asker) first(id catalog.ID) bool {
	if a.seen[id] {
		return false
	}
	if a.seen == nil {
		a.seen = map[catalog.ID]bool{}
	}
	a.seen[id] = true
	return true
}

func (a *asker) function(database, name string) error { return a.routine(database, name, true) }

// routine asks for the right to call a routine, and what it does.
func (a *asker) routine(database, name string, function bool) error {
	s := &a.s.sql.Session
	by := routine.CallerOf(s)
	db, rec, err := by.Find(s, database, name, function)
	if err != nil || !a.first(rec.ID) {
		return err
	}
	r := &programs{session: a.s, client: a.ctx, ctx: a.ctx, within: true}
	defer r.end()
	act, err := by.Activate(s, db, rec)
	if err != nil && act == nil {
		return err
	}
	if err == nil {
		err = r.inside(act, func() error {
			p, err := r.read(a.ctx, db, rec)
			if err != nil {
				return err
			}
			return a.body(p)
		})
	}
	return r.lacking(act, rec, nil, err)
}

// trigger asks what a trigger does.
func (a *asker) trigger(t *objects.Trigger) error {
	if !a.first(t.Record.ID) {
		return nil
	}
	s := &a.s.sql.Session
	r := &programs{session: a.s, client: a.ctx, ctx: a.ctx, within: true}
	defer r.end()
	act, err := objects.ActivateTrigger(s, t)
	if err != nil && act == nil {
		return err
	}
	if err == nil {
		err = r.inside(act, func() error {
			p, err := r.readTrigger(a.ctx, t)
			if err == nil {
				err = objects.MayFire(s, t, p)
			}
			if err != nil {
				return err
			}
			return a.body(p)
		})
	}
	return r.lacking(act, nil, t.Record, err)
}

// body asks about the pieces of a program, as who it acts for. What is refused there is refused to the caller, if it
// runs in any case.
func (a *asker) body(p *program.Program) error {
	list, whole := p.Pieces()
	if !whole {
		a.doubts(errMadeText)
	}
	for _, piece := range list {
		var err error
		switch code, is := piece.Code.(*routine.Code); {
		case piece.Call != nil:
			err = a.routine(piece.Call.Database, piece.Call.Name, false)
		case is:
			err = a.piece(code)
		default:
			err = errMadeText
		}
		if e, is := errors.AsType[*session.Error](err); is && piece.Always && deniedCodes[e.Number] {
			return err
		}
		if err != nil {
			a.doubts(err)
		}
	}
	return nil
}

// piece asks about one statement or expression, and the triggers that it fires.
func (a *asker) piece(code *routine.Code) error {
	switch n := code.Tree.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect, *ast.Insert, *ast.Update, *ast.Delete:
	case *ast.Set:
		if namesTables(code.Tree) {
			return errMadeText
		}
		if err := a.s.sql.mayAssign(n); err != nil {
			return err
		}
		return objects.AskRest(a.ctx, n, a.function)
	case *ast.Begin, *ast.Commit, *ast.Rollback, *ast.Savepoint, *ast.RollbackSavepoint, *ast.ReleaseSavepoint:
		return nil
	default:
		return errMadeText
	}
	s := a.s.sql
	leave, err := s.Inside(a.ctx, true)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.CommandBegin(); err != nil {
		return err
	}
	if namesTables(code.Tree) {
		if err := (&Stmt{session: a.s, ast: code.Tree, text: code.Text}).describe(a.ctx); err != nil {
			return toClient(err, s.disclosure())
		}
	}
	if err := objects.AskRest(a.ctx, code.Tree, a.function); err != nil || !changesRows(code.Tree) {
		return err
	}
	return a.triggers(code.Tree, s.WritesTo)
}

// namesTables says that a statement names a table.
func namesTables(stmt ast.Statement) (names bool) {
	_ = grammar.EveryNode(func(n ast.SQLNode) error { // no visit fails
		t, is := n.(ast.TableName)
		names = names || is && !t.IsEmpty() && !(t.DbQualifier.IsEmpty() && strings.EqualFold(t.Name.String(), "dual"))
		return nil
	}, stmt)
	return names
}

// triggers asks about those of the tables that a statement changes. Whether there will be a row for them is known
// of INSERT … VALUES alone.
func (a *asker) triggers(stmt ast.Statement, tables map[catalog.ID]bool) error {
	events, certain := []string{"UPDATE"}, false
	switch n := stmt.(type) {
	case *ast.Insert:
		_, certain = n.Rows.(*ast.AliasedValues)
		events = []string{"INSERT"}
		if n.Action == ast.ReplaceStr {
			events = append(events, "DELETE")
		} else if len(n.OnDup) > 0 {
			events = append(events, "UPDATE")
		}
	case *ast.Delete:
		events = []string{"DELETE"}
	}
	snap := a.s.sql.Snapshot()
	for id := range tables {
		on := snap.TableByID(id)
		for i, event := range events {
			if on == nil {
				break
			}
			list, err := objects.TriggersOf(&a.s.sql.Session, on, event)
			if err != nil {
				return err
			}
			for j := range list {
				err := a.trigger(&list[j])
				if err != nil && certain && i == 0 {
					return err
				}
				if err != nil {
					a.doubts(err)
				}
			}
		}
	}
	return nil
}

// rehearses runs a statement that changes nothing but the catalog, which stays as it is: ctx is one
// of catalog.Rehearsed.
func (s *Session) rehearses(ctx context.Context, text string) error {
	if !catalog.IsRehearsed(ctx) {
		return ours.Unsayable("this statement")
	}
	res, _, err := s.Query(ctx, text)
	if err != nil {
		return err
	}
	return res.Close()
}
