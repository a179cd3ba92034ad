package engine

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
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
	mu  sync.Mutex
	txn *kivi.Txn // the open transaction, nil without one
	// release frees what the session took beside it: user-level locks.
	release    func()
	locks      *table.LockOwner
	tableLocks *table.LockOwner // of LOCK TABLES
	// terms are the rights that the transaction hangs on beside those that its
	// handles ask about, and those of what LOCK TABLES took.
	terms  []term
	tables []term
	dead   error // the session was given up
	why    error // its transaction was, and the session has not been told yet

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

// use tells whose locks the session takes from now on, and how to free the others.
func (f *fence) use(locks, tableLocks *table.LockOwner, release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.locks, f.tableLocks, f.release = locks, tableLocks, release
	f.terms, f.tables = nil, nil
	if f.dead != nil {
		f.locks.Close(f.dead)
		f.tableLocks.Close(f.dead)
	}
}

// giveUp takes the session's transaction and its LOCK TABLES away from it. The
// session goes on, and is told at its next statement.
func (f *fence) giveUp(why error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.txn != nil && f.txn.Abandon(why)
	if taken {
		f.locks.Close(why)
	}
	if len(f.tables) > 0 {
		f.tableLocks.Close(why)
		f.tables, taken = nil, true
	}
	if taken {
		f.why = why
		f.untold.Store(true)
	}
	return taken
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
	if f.release != nil {
		f.tableLocks.Close(why)
		f.release()
	}
}

// revoked reports whether a right is gone that the session wrote or locked with.
func (f *fence) revoked() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alone.Load() {
		return false
	}
	return lost(f.tables) || f.txn != nil && (f.txn.Revoked() || (f.txn.Holds() || f.locks.Holds()) && lost(f.terms))
}

// # What a transaction hangs on
//
// A transaction that writes asks for its rights again and again, through the guard
// of each handle. What it could do only by another right than the handle's is noted
// here as a term: EXECUTE of a routine that acts for its definer, the right to lock
// what is only read, the right on a view whose tables are locked, LOCK TABLES. When
// one of them is revoked nobody waits for the session's locks.

// term is one such right.
type term struct {
	rights *bucket.Rights
	on     access.Object
	want   access.Want
}

func (t term) held() bool {
	return access.May(access.As(t.rights, nil), t.on, t.want, access.Simulate)
}

func lost(terms []term) bool {
	return slices.ContainsFunc(terms, func(t term) bool { return !t.held() })
}

// mayLock is what a locking read needs beside SELECT.
var mayLock = access.Any(privilege.Of(privilege.Update, privilege.Delete, privilege.Lock))

// note adds a term of the open transaction.
func (f *fence) note(t term) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.terms, t) {
		f.terms = append(f.terms, t)
	}
}

// forget drops the terms of a transaction that has ended.
func (f *fence) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.terms = nil
}

// lockTables notes what LOCK TABLES took, unlockTables that it is free.
func (f *fence) lockTables(terms []term) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables = terms
}

func (f *fence) unlockTables() {
	f.tableLocks.Release()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables = nil
	if f.dead == nil {
		f.tableLocks.Reopen()
	}
}

// afterOwn looks again when a statement ends that commits before it begins: while
// it ran nobody asked, and a table that it has dropped is no longer a term.
func (f *fence) afterOwn(snap *catalog.Snapshot, why error) {
	f.mu.Lock()
	gone := func(t term) bool { return t.on.Kind() == privilege.KindTable && snap.TableByID(t.on.ID()) == nil }
	f.terms, f.tables = slices.DeleteFunc(f.terms, gone), slices.DeleteFunc(f.tables, gone)
	f.mu.Unlock()
	f.alone.Store(false)
	if f.revoked() {
		f.giveUp(why)
	}
}
