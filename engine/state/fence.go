package state

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

// Fence is what other goroutines may reach of a session: enough to take away, at
// once and for good, what the session keeps from others, its row locks and its locks
// on definitions, without touching anything that its own goroutine may be using. The
// library has loops that cannot be stopped; their goroutines go on until they come
// back, and meet errors only.
//
// Lock order: fence.mu, then those of the transaction and of the lock owner.
type Fence struct {
	mu  sync.Mutex
	txn *kivi.Txn // the open transaction, nil without one
	// release frees what the session took beside it: user-level locks.
	release    func()
	locks      *table.LockOwner
	tableLocks *table.LockOwner // of LOCK TABLES
	// terms are the rights that the transaction hangs on beside those that its
	// handles ask about, and those of what LOCK TABLES took.
	terms  []Term
	tables []Term
	held   []Held // what LOCK TABLES named, for reading too
	dead   error  // the session was given up
	why    error  // its transaction was, and the session has not been told yet

	// told is whether why may be set: looked at before each statement.
	untold atomic.Bool
	// Alone is set while a statement runs that commits before it begins: what its
	// own transaction holds is the system's work, not the user's.
	Alone atomic.Bool
}

// join makes txn the session's open transaction.
func (f *Fence) join(txn *kivi.Txn) error {
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
func (f *Fence) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.txn = nil
	if f.dead == nil && f.locks != nil {
		f.locks.Reopen()
	}
}

// Use tells whose locks the session takes from now on, and how to free the others.
func (f *Fence) Use(locks, tableLocks *table.LockOwner, release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.locks, f.tableLocks, f.release = locks, tableLocks, release
	f.terms, f.tables, f.held = nil, nil, nil
	if f.dead != nil {
		f.locks.Close(f.dead)
		f.tableLocks.Close(f.dead)
	}
}

// Waits says whether the session waits for the definition of a table.
func (f *Fence) Waits() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.locks != nil && f.locks.Waits()
}

// GiveUp takes the session's transaction and its LOCK TABLES away from it. The
// session goes on, and is told at its next statement.
func (f *Fence) GiveUp(why error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.txn != nil && f.txn.Abandon(why)
	if taken {
		f.locks.Close(why)
	}
	if len(f.tables) > 0 {
		f.tableLocks.Close(why)
		f.tables, f.held, taken = nil, nil, true
	}
	if taken {
		f.why = why
		f.untold.Store(true)
	}
	return taken
}

// GivenUp returns, once, why the transaction was taken away.
func (f *Fence) GivenUp() error {
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

// Kill gives the session up for good.
func (f *Fence) Kill(why error) {
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

// Revoked reports whether a right is gone that the session wrote or locked with.
func (f *Fence) Revoked() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Alone.Load() {
		return false
	}
	return lost(f.tables) || f.txn != nil && (f.txn.Revoked() || (f.txn.Holds() || f.locks.Holds()) && lost(f.terms))
}

// Holds reports whether the session has written or locked anything: rows, or tables.
func (f *Fence) Holds() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.tables) > 0 || f.txn != nil && f.txn.Holds()
}

// # What a transaction hangs on
//
// A transaction that writes asks for its rights again and again, through the guard
// of each handle. What it could do only by another right than the handle's is noted
// here as a term: EXECUTE of a routine that acts for its definer, the right to lock
// what is only read, the right on a view whose tables are locked, LOCK TABLES. When
// one of them is revoked nobody waits for the session's locks.

// Term is one such right.
type Term struct {
	Rights *bucket.Rights
	On     access.Object
	Want   access.Want
}

// Held asks whether the right is there still.
func (t Term) Held() bool {
	return access.May(access.As(t.Rights, nil), t.On, t.Want, access.Simulate)
}

func lost(terms []Term) bool {
	return slices.ContainsFunc(terms, func(t Term) bool { return !t.Held() })
}

// MayLock is what a locking read needs beside SELECT.
var MayLock = access.Any(privilege.Of(privilege.Update, privilege.Delete, privilege.Lock))

// Note adds a term of the open transaction.
func (f *Fence) Note(t Term) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.terms, t) {
		f.terms = append(f.terms, t)
	}
}

// forget drops the terms of a transaction that has ended.
func (f *Fence) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.terms = nil
}

// Held is a table as LOCK TABLES named it.
type Held struct {
	Database, Alias string
	Write           bool
	ID              catalog.ID // 0: it is computed
}

// LockTables notes what LOCK TABLES took, unlockTables that it is free.
func (f *Fence) LockTables(held []Held, terms []Term) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.tables = held, terms
}

// Held are the only tables that the session may name; none means all.
func (f *Fence) Held() []Held {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.held
}

// HasTables says that LOCK TABLES has taken tables for writing.
func (f *Fence) HasTables() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.tables) > 0
}

// UnlockTables frees what LOCK TABLES took.
func (f *Fence) UnlockTables() {
	f.tableLocks.Release()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables, f.held = nil, nil
	if f.dead == nil {
		f.tableLocks.Reopen()
	}
}

// AfterOwn looks again when a statement ends that commits before it begins: while
// it ran nobody asked, and a table that it has dropped is no longer a term.
func (f *Fence) AfterOwn(snap *catalog.Snapshot, why error) {
	f.mu.Lock()
	gone := func(t Term) bool { return t.On.Kind() == privilege.KindTable && snap.TableByID(t.On.ID()) == nil }
	f.terms, f.tables = slices.DeleteFunc(f.terms, gone), slices.DeleteFunc(f.tables, gone)
	f.mu.Unlock()
	f.Alone.Store(false)
	if f.Revoked() {
		f.GiveUp(why)
	}
}
