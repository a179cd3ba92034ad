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
	c := &changed{now: now, touched: touched, security: touched.Security || len(touched.Principals) > 0, excused: e.excuse()}
	for _, s := range e.sessions.all() {
		s.waiting.changed(c)
		if !c.security {
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

// excused are the running programs that are excused. A right that is given again excuses nobody of the next revoke.
type excused struct {
	mu sync.Mutex
	of []*state.Activation
}

// ended forgets one that runs no more.
func (x *excused) ended(a *state.Activation) {
	if !a.Excused.Load() {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.of = slices.DeleteFunc(x.of, func(b *state.Activation) bool { return a == b })
}

// excuse is for those of asks who may no more, which it gives. What takes a right from the caller of the program that it is
// a statement of is no revoke of what runs: as in MySQL he has called it.
func (e *Engine) excuse() (now []*state.Activation) {
	e.excused.mu.Lock()
	defer e.excused.mu.Unlock()
	e.excused.of = slices.DeleteFunc(e.excused.of, func(a *state.Activation) bool {
		again := a.Execute.Held()
		if again {
			a.Excused.Store(false)
		}
		return again
	})
	for _, a := range e.callers {
		if !a.Execute.Held() {
			a.Excused.Store(true)
			now = append(now, a)
		}
	}
	e.excused.of = append(e.excused.of, now...)
	clear(e.callers)
	e.callers = e.callers[:0]
	return now
}

// changed is a change of the catalog, as those hear of it that rely on rights.
type changed struct {
	now      *catalog.Snapshot
	touched  catalog.Touched
	security bool                // somebody may do more or less than before
	excused  []*state.Activation // whose caller it takes Execute from, and which it is a statement of
	objects  map[catalog.ID]bool // see has
}

// has says whether it is about an object.
func (c *changed) has(id catalog.ID) bool {
	if c.objects == nil {
		c.objects = make(map[catalog.ID]bool, len(c.touched.Objects))
		for _, of := range c.touched.Objects {
			c.objects[of] = true
		}
	}
	return c.objects[id]
}

// excuses says whether it is a statement of what was called by the right.
func (c *changed) excuses(by callRight) bool {
	return slices.ContainsFunc(c.excused, func(a *state.Activation) bool { return a.Execute == by.term && outermost(a) == by.of })
}

func outermost(a *state.Activation) *state.Activation {
	for a != nil && a.Outer != nil {
		a = a.Outer
	}
	return a
}

// mostRights bounds how many rights a reliance tells apart: they are asked for with each change. What is beyond them is
// lost with the next change of anybody's rights.
const mostRights = 1024

// reliance are the rights that rows were read with which wait for their client, each of them once: all results of a CALL
// have one in common. It is told of each change meanwhile: a right that was revoked is seen to be gone then, and not where
// what it was on has been dropped since, and made again.
type reliance struct {
	cat    *catalog.Catalog
	unread int               // results that were not given to their end; of the session's goroutine
	last   *state.Activation // whose calls are noted; likewise

	mu     sync.Mutex
	relied map[readRight]access.Decision
	calls  map[callRight]*calling // the programs that have read them
	on     map[catalog.ID]bool    // what all of them are on
	gone   bool                   // a routine of calls is: one that is made may be by its name
	beyond bool                   // there are more
	epoch  uint64                 // of the first of those
	lost   bool
}

// readRight is a question that was answered yes.
type readRight struct {
	by   any // the rights
	on   access.Object
	want access.Want
}

// callRight is the right to the calls of a program inside one of the client's.
type callRight struct {
	term state.Term
	of   *state.Activation // the client's
}

// calling is the right to a call that has read rows.
type calling struct {
	of      *state.Activation // the first
	term    state.Term
	now     catalog.ID // what the right is on: the routine, or one that was made again by its name
	gone    bool       // that was dropped, and the right with it
	excused bool       // see state.Activation
}

func newReliance(cat *catalog.Catalog) *reliance {
	return &reliance{cat: cat, relied: map[readRight]access.Decision{}, calls: map[callRight]*calling{}, on: map[catalog.ID]bool{}}
}

// called adds the rights to what runs. Whoever comes here is told of changes already.
func (r *reliance) called(calls *state.Activation) {
	if calls == nil || calls == r.last {
		return
	}
	r.last = calls
	r.mu.Lock()
	defer r.mu.Unlock()
	client := outermost(calls)
	for a := calls; a != nil; a = a.Outer {
		by := callRight{a.Execute, client}
		if a.Routine == nil || r.calls[by] != nil || r.full(a.MayGoOn) {
			continue
		}
		r.calls[by] = &calling{of: a, term: a.Execute, now: a.Routine.ID, excused: a.Excused.Load()}
		r.on[a.Routine.ID] = true
	}
}

func (r *reliance) take(relied []access.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range relied {
		by := readRight{d.Actor().Guard(), d.Object(), d.Wanted()}
		if _, known := r.relied[by]; known || r.full(func() bool { return !witness.Lost([]access.Decision{d}) }) {
			continue
		}
		r.relied[by] = d
		r.on[d.Object().ID()] = true
	}
}

// full says that there is no room for another right. It is asked for now, and not again.
func (r *reliance) full(held func() bool) bool {
	if len(r.relied)+len(r.calls) < mostRights {
		return false
	}
	if !r.beyond {
		r.beyond, r.epoch = true, r.cat.Snapshot().SecurityEpoch()
	}
	r.lost = r.lost || !held()
	return true
}

// still is an error when one of them is gone. r may be nil: of what hangs on no rights.
func (r *reliance) still() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.lost {
		r.lost = r.missing(r.cat.Snapshot())
	}
	if r.lost {
		return errLost
	}
	return nil
}

func (r *reliance) missing(now *catalog.Snapshot) bool {
	if r.beyond && now.SecurityEpoch() != r.epoch {
		return true
	}
	for _, d := range r.relied {
		if now.Object(d.Object().ID()).ID != 0 && witness.Lost([]access.Decision{d}) { // of what is gone nobody has a right
			return true
		}
	}
	for _, c := range r.calls {
		if !c.gone && !c.excused && now.RoutineByID(c.now) != nil && !c.term.Held() {
			return true
		}
	}
	return false
}

// changed looks at them after a change of objects, or of the rights on them. A right that goes with what it is on has
// done what it was for: a routine that was dropped was called, and its rows were read.
func (r *reliance) changed(c *changed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost || !c.security && !r.gone && !slices.ContainsFunc(c.touched.Objects, func(id catalog.ID) bool { return r.on[id] }) {
		return
	}
	if r.lost = r.beyond && c.security; r.lost {
		return
	}
	maps.DeleteFunc(r.relied, func(by readRight, d access.Decision) bool {
		if !witness.Lost([]access.Decision{d}) {
			return false
		}
		id := by.on.ID()
		gone := c.now.Object(id).ID == 0 && c.has(id)
		r.lost = r.lost || !gone
		return gone
	})
	r.gone = false
	for by, call := range r.calls {
		r.lost = r.lost || !call.changed(c, by)
		r.on[call.now] = true
		r.gone = r.gone || c.now.RoutineByID(call.now) == nil
	}
}

// changed says whether the rows that the call has read may be given still.
func (call *calling) changed(c *changed, by callRight) bool {
	call.again(c.now)
	switch {
	case call.gone:
		return true
	case call.term.Held():
		call.excused = false
		return true
	case call.excused || c.excuses(by):
		call.excused = true
		return true
	}
	call.gone = c.now.RoutineByID(call.now) == nil && c.has(call.now)
	return call.gone
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
	of map[*reliance]holders
}

// holders are what rows hang on a reliance for.
type holders struct {
	results bool // that the session has given: its next statement ends them
	kept    int  // that somebody has put aside
}

func (w *waiting) holds(r *reliance, set func(h *holders)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.of[r]
	if set(&h); h == (holders{}) {
		delete(w.of, r)
		return
	}
	if w.of == nil {
		w.of = map[*reliance]holders{}
	}
	w.of[r] = h
}

func (w *waiting) add(r *reliance)    { w.holds(r, func(h *holders) { h.results = true }) }
func (w *waiting) forget(r *reliance) { w.holds(r, func(h *holders) { h.results = false }) }

// keep adds what somebody asks for himself: see session.Kept.
func (w *waiting) keep(r *reliance) (still func() error, end func()) {
	w.holds(r, func(h *holders) { h.kept++ })
	return r.still, sync.OnceFunc(func() { w.holds(r, func(h *holders) { h.kept-- }) })
}

func (w *waiting) forgetResults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r, h := range w.of {
		if h.results = false; h.kept == 0 {
			delete(w.of, r)
		} else {
			w.of[r] = h
		}
	}
}

func (w *waiting) changed(c *changed) {
	w.mu.Lock()
	of := slices.Collect(maps.Keys(w.of))
	w.mu.Unlock()
	for _, r := range of {
		r.changed(c)
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
