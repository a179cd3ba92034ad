package engine

import (
	"sync"
	"sync/atomic"

	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/storage/kivi"
)

// fence is what other goroutines may reach of a session: enough to take away, at
// once and for good, what the session keeps from others, its row locks and its locks
// on definitions, without touching anything that its own goroutine may be using. The
// library has loops that cannot be stopped; their goroutines go on until they come
// back, and meet errors only.
//
// Lock order: fence.mu, then those of the transaction and of the lock owner.
type fence struct {
	mu    sync.Mutex
	txn   *kivi.Txn // the open transaction, nil without one
	sess  *sqlSession
	locks *table.LockOwner
	dead  error // the session was given up
	why   error // its transaction was, and the session has not been told yet

	// told is whether why may be set: looked at before each statement.
	untold atomic.Bool
	// alone is set while a statement runs that commits before it begins: what its
	// own transaction holds is the system's work, not the user's.
	alone atomic.Bool
}

// join makes txn the session's open transaction.
func (f *fence) join(txn *kivi.Txn) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead != nil {
		return f.dead
	}
	f.txn = txn
	return nil
}

// leave forgets the transaction, which has ended, and lets the session take locks
// again.
func (f *fence) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.txn = nil
	if f.dead == nil && f.locks != nil {
		f.locks.Reopen()
	}
}

// use tells whose locks the session takes from now on.
func (f *fence) use(s *sqlSession) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sess, f.locks = s, s.locks
	if f.dead != nil {
		f.locks.Close(f.dead)
	}
}

// giveUp takes the session's transaction away from it. The session goes on, and is
// told at its next statement.
func (f *fence) giveUp(why error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.txn == nil || !f.txn.Abandon(why) {
		return false
	}
	f.locks.Close(why)
	f.why = why
	f.untold.Store(true)
	return true
}

// givenUp returns, once, why the transaction was taken away.
func (f *fence) givenUp() error {
	if !f.untold.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	why := f.why
	f.why = nil
	f.untold.Store(false)
	return why
}

// kill gives the session up for good.
func (f *fence) kill(why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = why
	if f.txn != nil {
		f.txn.Abandon(why) // one that is being committed ends by itself
	}
	if f.locks != nil {
		f.locks.Close(why)
	}
	if f.sess != nil {
		_ = f.sess.engine.releaseUserLocks(f.sess) // it has no errors
	}
}

// revoked reports whether the open transaction wrote, or locked to write, with a
// right that is gone.
func (f *fence) revoked() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.txn != nil && !f.alone.Load() && f.txn.Revoked()
}
