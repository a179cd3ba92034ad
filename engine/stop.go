package engine

import (
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/sqlerr"
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
func (e *Engine) giveUpRevoked(_ *catalog.Snapshot, touched catalog.Touched) {
	if !touched.Security && len(touched.Principals) == 0 {
		return
	}
	for _, s := range e.sessions.all() {
		if s.fence.Revoked() && s.fence.GiveUp(errRevoked) {
			if _, running := s.calls.Running(); running {
				s.Cancel()
			}
		}
		s.endLost()
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
