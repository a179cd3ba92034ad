package engine

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/witness"
)

// # How a statement ends before its time
//
// Cancel ends its context: tables, iterators, waits for locks and most functions of
// the library look at it. A stored program looks at it before each of its
// statements. What does neither comes back when it is done; stopTime later the
// session is given up instead (abandon): its locks are free, its transaction is
// fenced, the front end is told to close the connection without waiting, and the
// process may end under it. docs/cancel.md lists what is known to need that.

// stopTime is what a cancelled call gets to come back.
const stopTime = 500 * time.Millisecond

var (
	errInterrupted = sqlerr.QueryInterrupted.Errorf("Query execution was interrupted")
	errKilled      = sqlerr.SessionWasKilled.Errorf("Session was killed")
	errRevoked     = sqlerr.TableAccessDenied.Errorf("the transaction was rolled back: a privilege that it had written or locked with was revoked").
			WithHint("begin again; SHOW GRANTS says what you hold")
	errUnread = sqlerr.TableAccessDenied.Errorf("the statement or transaction was ended: a privilege that it had read with was revoked").
			WithHint("begin again; SHOW GRANTS says what you hold")
	errLost = sqlerr.TableAccessDenied.Errorf("privilege changed during execution").
		WithHint("ask the owner for a GRANT, see SHOW GRANTS")
)

// Cancel implements session.Session.
func (s *Session) Cancel() {
	n, running := s.calls.Running()
	if running && s.calls.Stopped.Swap(n) != n {
		time.AfterFunc(stopTime, func() {
			if now, _ := s.calls.Running(); now == n {
				s.abandon()
			}
		})
	}
	s.interrupt()
	if in := s.inner.Load(); in != nil {
		in.Cancel()
	}
}

// interrupt ends the context of what the session does.
func (s *Session) interrupt() {
	if s.errand != nil {
		s.errand.interrupt()
		return
	}
	s.engine.procs.Kill(s.ID())
}

// Done implements session.Session.
func (s *Session) Done() <-chan struct{} { return s.done }

// Abandoned implements session.Session.
func (s *Session) Abandoned() <-chan struct{} { return s.abandoned }

// Kill ends the session from outside: its statement is cancelled and its front
// end told to close the connection. A front end that does not is not waited for.
func (s *Session) Kill() {
	s.killOnce.Do(func() {
		close(s.done)
		time.AfterFunc(stopTime, func() {
			if s.engine.sessions.get(s.id) == s {
				s.abandon()
			}
		})
	})
	s.Cancel()
}

// abandon gives the session up although its goroutine has not let go of it. It may
// be called from any goroutine.
func (s *Session) abandon() {
	s.abandonOnce.Do(func() {
		s.killOnce.Do(func() { close(s.done) })
		s.fence.Kill(errKilled)
		s.engine.sessions.abandon(s)
		if _, running := s.calls.Running(); running {
			s.engine.inst.Log.Warn("a statement does not end: its session was given up", "connection", s.id, "user", s.login.Load().Name())
		}
		close(s.abandoned)
	})
	if s.errand != nil {
		s.errand.of.abandon() // the goroutine is its
	} else if in := s.inner.Load(); in != nil {
		in.fence.Kill(errKilled)
	}
}

// alive refuses statements after Kill, whatever the front end does, and those of who
// has too many that do not end.
func (s *Session) alive() error {
	select {
	case <-s.done:
		return errKilled
	default:
		return s.engine.sessions.mayBegin(s)
	}
}

// giveUpRevoked takes the transactions away that wrote or locked with a right that is
// gone, so that nobody waits for their locks until an idle session comes back.
func (e *Engine) giveUpRevoked(now *catalog.Snapshot, touched catalog.Touched) {
	e.excuse()
	security := touched.Security || len(touched.Principals) > 0
	for _, s := range e.sessions.all() {
		s.waiting.changed(now, touched.Objects)
		if !security {
			continue
		}
		why := errRevoked
		if !s.fence.Holds() { // nothing of it is undone
			why = errUnread
		}
		if s.fence.Revoked() && s.fence.GiveUp(why) {
			if _, running := s.calls.Running(); running {
				s.Cancel()
			}
		}
		s.endLost()
	}
}

// asks notes, before a change of rights is there, which callers of the programs that make it may call them. Changes
// come one after the other: the one that is committed next is this.
func (e *Engine) asks(tx *catalog.Tx, touched catalog.Touched) error {
	e.callers = e.callers[:0]
	if !touched.Security && len(touched.Principals) == 0 {
		return nil
	}
	by, _ := witness.SourceOf(tx.Context()).(*sqlSession) // whose goroutine this is
	for by != nil {
		for a := by.Calls; a != nil; a = a.Outer {
			if a.Routine != nil && a.Execute.Held() {
				e.callers = append(e.callers, a)
			}
		}
		if by.session == nil || by.session.errand == nil {
			break
		}
		by = by.session.errand.of.sql
	}
	return nil
}

// excuse is for those of asks who may no more. What takes a right from the caller of the program that it is a statement
// of is no revoke of what runs: as in MySQL he has called it.
func (e *Engine) excuse() {
	for _, a := range e.callers {
		a.Excused = a.Excused || !a.Execute.Held()
	}
	clear(e.callers)
	e.callers = e.callers[:0]
}

// reliance are the rights that rows were read with which wait for their client. It is told of each change meanwhile: a
// right that was revoked is seen to be gone then, and not where what it was on has been dropped since, and made again.
type reliance struct {
	cat    *catalog.Catalog // nil for what no rows wait for: an OK, and what a procedure gave in its parameters
	mu     sync.Mutex
	relied []access.Decision
	calls  []calling // the programs that have read them
	lost   bool
}

// calling is the right to a call that has read rows.
type calling struct {
	of   *state.Activation
	term state.Term
	now  catalog.ID // what the right is on: the routine, or one that was made again by its name
	gone bool       // that was dropped, and the right with it
}

func (r *reliance) begin(cat *catalog.Catalog, calls *state.Activation) {
	r.cat = cat
	for a := calls; a != nil; a = a.Outer {
		if a.Routine != nil {
			r.calls = append(r.calls, calling{of: a, term: a.Execute, now: a.Routine.ID})
		}
	}
}

func (r *reliance) take(relied []access.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relied = append(r.relied, relied...)
}

func (r *reliance) copy() *reliance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &reliance{cat: r.cat, relied: slices.Clone(r.relied), calls: slices.Clone(r.calls), lost: r.lost}
}

// still is an error when one of them is gone.
func (r *reliance) still() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cat != nil && !r.lost {
		now := r.cat.Snapshot()
		r.lost = slices.ContainsFunc(r.relied, func(d access.Decision) bool {
			return now.Object(d.Object().ID()).ID != 0 && witness.Lost([]access.Decision{d}) // of what is gone nobody has a right
		}) || slices.ContainsFunc(r.calls, func(c calling) bool {
			return !c.gone && !c.of.Excused && now.RoutineByID(c.now) != nil && !c.term.Held()
		})
	}
	if r.lost {
		return errLost
	}
	return nil
}

// changed looks at them after a change of objects, or of the rights on them. A right that goes with what it is on has
// done what it was for: a routine that was dropped was called, and its rows were read.
func (r *reliance) changed(now *catalog.Snapshot, objects []catalog.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost {
		return
	}
	r.relied = slices.DeleteFunc(r.relied, func(d access.Decision) bool {
		if !witness.Lost([]access.Decision{d}) {
			return false
		}
		id := d.Object().ID()
		gone := now.Object(id).ID == 0 && slices.Contains(objects, id)
		r.lost = r.lost || !gone
		return gone
	})
	for i := range r.calls {
		c := &r.calls[i]
		if c.again(now); c.gone || c.of.Excused || c.term.Held() {
			continue
		}
		c.gone = now.RoutineByID(c.now) == nil && slices.Contains(objects, c.now)
		r.lost = r.lost || !c.gone
	}
}

// again goes over to a routine that was made by the name of one that is gone, and that the caller may call: who revokes
// that from him by the name means what he has of both.
func (c *calling) again(now *catalog.Snapshot) {
	if now.RoutineByID(c.now) != nil {
		return
	}
	db := now.Database(c.of.Database)
	if db == nil {
		return
	}
	made := now.Routine(db.ID, c.of.Routine.Name, c.of.Routine.Function)
	if made == nil {
		return
	}
	if t := (state.Term{Rights: c.term.Rights, On: state.RoutineObject(made), Want: c.term.Want}); t.Held() {
		c.term, c.now, c.gone = t, made.ID, false
	}
}

// waiting are the reliances of a session. The zero value is none.
type waiting struct {
	mu sync.Mutex
	of map[*reliance]bool // true for those of results that the session has given: its next statement ends them
}

func (w *waiting) add(r *reliance, result bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of = map[*reliance]bool{}
	}
	w.of[r] = result
}

func (w *waiting) forget(r *reliance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.of, r)
}

// keep adds what somebody asks for himself: see session.Kept.
func (w *waiting) keep(r *reliance) (still func() error, end func()) {
	w.add(r, false)
	return r.still, func() { w.forget(r) }
}

func (w *waiting) forgetResults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.DeleteFunc(w.of, func(_ *reliance, result bool) bool { return result })
}

func (w *waiting) changed(now *catalog.Snapshot, objects []catalog.ID) {
	w.mu.Lock()
	of := slices.Collect(maps.Keys(w.of))
	w.mu.Unlock()
	for _, r := range of {
		r.changed(now, objects)
	}
}

// endLost ends a statement that relies on a right which is gone, whatever it does: the
// guard would stop it at the next rows that it reads, but it may have read all that
// it needs, or take long for each.
func (s *Session) endLost() {
	d := s.decisions.Load()
	if d == nil || !d.Lost() || s.lost.Swap(true) {
		return
	}
	if _, running := s.calls.Running(); running {
		s.Cancel()
		return
	}
	s.interrupt() // between two fetches of its rows
}

// mourn ends what is left of a transaction that was taken away, and says why.
// ROLLBACK is what happened, so it is no error.
func (s *sqlSession) mourn() error {
	why := s.session.fence.GivenUp()
	if why == nil {
		return nil
	}
	s.EndTransaction(s.Tx, true)
	s.SetIgnoreAutoCommit(false)
	s.Fence.UnlockTables()
	return why
}

var _ sql.Session = (*sqlSession)(nil)

// endable has every operator look at the statement's context before it is opened. The
// library's joins open their inner side for each row of the outer one, and look at
// nothing when the rows come from memory: recursive queries, VALUES, derived tables.
type endable struct{}

// Build implements sql.NodeExecBuilder: nil leaves the node to the library.
func (endable) Build(ctx *sql.Context, n sql.Node, row sql.Row) (sql.RowIter, error) {
	if add, ok := n.(*plan.CreateCheck); ok && ctx.Err() == nil {
		return objects.AddCheck(ctx, add)
	}
	if add, ok := n.(*plan.CreateForeignKey); ok && ctx.Err() == nil {
		return objects.AddForeignKey(ctx, add)
	}
	if m, ok := n.(*plan.ModifyColumn); ok && ctx.Err() == nil {
		if of := objects.WithoutKeyTypes(m); of != m {
			return sessionOf(ctx).engine.inst.GMS.Analyzer.ExecBuilder.Build(ctx, of, row)
		}
	}
	return nil, ctx.Err()
}
