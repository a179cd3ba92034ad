package table

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// MetaLocks keeps the definition of a table still while transactions use it:
// statements hold a shared lock on the table's identity until their transaction
// ends, DDL holds an exclusive one. A waiting exclusive request stops new
// shared ones, so DDL is not starved. Of those that wait for each other in a circle,
// as DROP DATABASE and a transaction over several of its tables may, one is refused at once, and
// it is no DDL where there is another.
//
// Lock order: the mutex of MetaLocks is a leaf; nothing else is taken under it.
type MetaLocks struct {
	mu     sync.Mutex
	tables map[codec.ObjectID]*metaLock
	spare  []*metaLock // entries to use again: most statements need one, for a moment
}

// maxSpare bounds the entries that are kept for use again.
const maxSpare = 64

type metaLock struct {
	shared    map[*LockOwner]struct{}
	exclusive *LockOwner
	waiting   []*LockOwner  // who wait to have it exclusively
	waiters   int           // all requests that wait: they keep the entry alive
	changed   chan struct{} // closed when a lock is given back; nil while nobody waits
}

// take gives o the lock if it is free.
func (m *metaLock) take(o *LockOwner, exclusive bool) bool {
	switch {
	case m.exclusive != nil:
		return false
	case exclusive:
		if len(m.shared) > 0 {
			return false
		}
		m.exclusive = o
	default:
		if len(m.waiting) > 0 {
			return false
		}
		m.shared[o] = struct{}{}
	}
	return true
}

// NewMetaLocks returns an empty lock table.
func NewMetaLocks() *MetaLocks {
	return &MetaLocks{tables: map[codec.ObjectID]*metaLock{}}
}

// LockOwner holds the metadata locks of one transaction. The session has one
// and calls Release when its transaction ends. It is used by one goroutine at a
// time, except Close and Reopen.
type LockOwner struct {
	locks *MetaLocks
	after []func()                      // unfinished work to give up
	scans map[*relation.Reader]struct{} // open scans

	change    *Change      // the DDL statement that runs
	temporary *Temporaries // of the session; nil: it has none
	under     *LockOwner   // see Over
	by        *waiter

	mu   sync.Mutex              // the rest; taken before MetaLocks.mu
	held map[codec.ObjectID]bool // true: exclusive
	shut error                   // why no lock may be taken
}

// waiter is one goroutine's waiting, whichever of its owners is to have the lock. MetaLocks.mu guards it.
type waiter struct {
	on        *metaLock // nil while it does not wait
	exclusive bool
	doomed    bool // others wait for what it holds, and it for them: it is to give up
}

// NewOwner returns an owner without locks.
func (l *MetaLocks) NewOwner() *LockOwner {
	return &LockOwner{locks: l, by: new(waiter), held: map[codec.ObjectID]bool{}}
}

// Shared takes a shared lock on the table identity id, waiting at most wait.
// The error wraps kv.ErrLockWait or kv.ErrDeadlock, or is that of ctx.
func (o *LockOwner) Shared(ctx context.Context, id codec.ObjectID, wait time.Duration) error {
	if _, held, err := o.has(id); held || err != nil {
		return err
	}
	if err := o.locks.acquire(ctx, o, id, wait, false); err != nil {
		return err
	}
	return o.keep(id, false)
}

// has answers for the locks of the owner and of the one below it.
func (o *LockOwner) has(id codec.ObjectID) (exclusive, held bool, err error) {
	exclusive, held, err = o.hasItself(id)
	if held || err != nil || o.under == nil {
		return exclusive, held, err
	}
	exclusive, held, _ = o.under.hasItself(id)
	return exclusive, held, nil
}

// Over lets o, which has none yet, use the locks of under, which live longer: those of LOCK TABLES.
// One goroutine uses both.
func (o *LockOwner) Over(under *LockOwner) { o.under, o.by = under, under.by }

func (o *LockOwner) hasItself(id codec.ObjectID) (exclusive, held bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	exclusive, held = o.held[id]
	return exclusive, held, o.shut
}

// keep notes a lock that was just taken; an owner that was closed meanwhile gives
// it back.
func (o *LockOwner) keep(id codec.ObjectID, exclusive bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shut != nil {
		o.locks.release(o, id)
		return o.shut
	}
	o.held[id] = exclusive
	return nil
}

// Close gives back every lock, and has the owner refuse further ones with why until
// it is opened again. Any goroutine may call it: what the owner's own goroutine left
// open stays for its Release.
func (o *LockOwner) Close(why error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shut = why
	o.giveBack()
}

// Reopen lets an owner that was closed take locks again.
func (o *LockOwner) Reopen() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shut = nil
}

// Holds says whether the owner has any lock. Any goroutine may ask.
func (o *LockOwner) Holds() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.held) > 0
}

// Waits says whether the owner's goroutine waits for a lock. Any goroutine may ask.
func (o *LockOwner) Waits() bool {
	o.locks.mu.Lock()
	defer o.locks.mu.Unlock()
	return o.by.on != nil
}

// REQUIRES: o.mu.
func (o *LockOwner) giveBack() {
	for id := range o.held {
		o.locks.release(o, id)
		delete(o.held, id)
	}
}

// Exclusive takes the exclusive lock on the table identity id. A shared lock
// that o itself holds is given up first: the caller re-reads the definition
// afterwards, and two transactions that both want to change a table do not
// block each other for ever.
func (o *LockOwner) Exclusive(ctx context.Context, id codec.ObjectID, wait time.Duration) error {
	excl, held, err := o.has(id)
	if excl || err != nil {
		return err
	}
	if held {
		o.mu.Lock()
		o.locks.release(o, id)
		delete(o.held, id)
		o.mu.Unlock()
	}
	if err := o.locks.acquire(ctx, o, id, wait, true); err != nil {
		return err
	}
	return o.keep(id, true)
}

// HoldsExclusive says whether o may change the table.
func (o *LockOwner) HoldsExclusive(id codec.ObjectID) bool {
	exclusive, _, err := o.has(id)
	return exclusive && err == nil
}

// onRelease has f called when the locks are given back, before they are.
func (o *LockOwner) onRelease(f func()) { o.after = append(o.after, f) }

// opened notes a scan of the transaction and closed forgets it. The library
// drops some iterators without closing them; Release closes what is left, which
// would otherwise keep old versions of rows alive for ever.
func (o *LockOwner) opened(s *relation.Reader) {
	if o.scans == nil {
		o.scans = map[*relation.Reader]struct{}{}
	}
	o.scans[s] = struct{}{}
}

func (o *LockOwner) closed(s *relation.Reader) { delete(o.scans, s) }

// Release gives back every lock, closes what the transaction left open and
// gives up work that was left unfinished under a lock.
func (o *LockOwner) Release() {
	for s := range o.scans {
		_ = s.Close() // the transaction is over: nobody is left to tell
		delete(o.scans, s)
	}
	after := o.after
	o.after = nil
	for _, f := range after {
		f()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.giveBack()
}

func (l *MetaLocks) acquire(ctx context.Context, o *LockOwner, id codec.ObjectID, wait time.Duration, exclusive bool) error {
	l.mu.Lock()
	m := l.tables[id]
	if m == nil {
		m = l.entry()
		l.tables[id] = m
	}
	if m.take(o, exclusive) {
		l.mu.Unlock()
		return nil
	}
	m.waiters++
	if exclusive {
		m.waiting = append(m.waiting, o)
	}
	o.by.on, o.by.exclusive = m, exclusive
	o.by.breakCircles()
	err := l.await(ctx, o, m, id, wait, exclusive)
	*o.by = waiter{}
	m.waiters--
	if exclusive {
		m.waiting = slices.Delete(m.waiting, slices.Index(m.waiting, o), slices.Index(m.waiting, o)+1)
		m.wake() // shared requests may have stood behind this one
	}
	l.forget(id, m)
	l.mu.Unlock()
	return err
}

// await is called, and returns, with l.mu held.
func (l *MetaLocks) await(ctx context.Context, o *LockOwner, m *metaLock, id codec.ObjectID, wait time.Duration, exclusive bool) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		if o.by.doomed {
			return fmt.Errorf("definition of table %d: %w", id, kv.ErrDeadlock)
		}
		if m.changed == nil {
			m.changed = make(chan struct{})
		}
		changed := m.changed
		l.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-timer.C:
			err = fmt.Errorf("definition of table %d is in use: %w", id, kv.ErrLockWait)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		l.mu.Lock()
		if err != nil {
			return err
		}
		if m.take(o, exclusive) {
			return nil
		}
	}
}

// breakCircles has somebody give up in every circle of waiting that w, which begins to wait, has closed: whoever
// only wants to use a table, else w. REQUIRES: MetaLocks.mu.
func (w *waiter) breakCircles() {
	for !w.doomed {
		circle := w.circle(w, map[*waiter]bool{})
		if circle == nil {
			return
		}
		victim := w
		if i := slices.IndexFunc(circle, func(c *waiter) bool { return !c.exclusive }); i >= 0 && w.exclusive {
			victim = circle[i]
		}
		victim.doomed = true
		victim.on.wake()
	}
}

// circle is the way from at, which waits, over those that it waits for and back to w.
func (w *waiter) circle(at *waiter, seen map[*waiter]bool) []*waiter {
	for b := range at.blockers() {
		switch {
		case b == at:
		case b == w:
			return []*waiter{at}
		case b.on != nil && !b.doomed && !seen[b]:
			seen[b] = true
			if way := w.circle(b, seen); way != nil {
				return append(way, at)
			}
		}
	}
	return nil
}

// blockers are whom w waits for.
func (w *waiter) blockers() iter.Seq[*waiter] {
	return func(yield func(*waiter) bool) {
		m := w.on
		if m.exclusive != nil && !yield(m.exclusive.by) {
			return
		}
		ahead := slices.Values(m.waiting)
		if w.exclusive {
			ahead = maps.Keys(m.shared)
		}
		for o := range ahead {
			if !yield(o.by) {
				return
			}
		}
	}
}

// entry returns the entry of a table that nobody uses. REQUIRES: l.mu.
func (l *MetaLocks) entry() *metaLock {
	if n := len(l.spare); n > 0 {
		m := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return m
	}
	return &metaLock{shared: map[*LockOwner]struct{}{}}
}

func (l *MetaLocks) release(o *LockOwner, id codec.ObjectID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.tables[id]
	if m == nil {
		return
	}
	delete(m.shared, o)
	if m.exclusive == o {
		m.exclusive = nil
	}
	m.wake()
	l.forget(id, m)
}

func (m *metaLock) wake() {
	if m.changed != nil {
		close(m.changed)
		m.changed = nil
	}
}

// forget drops the entry of a table that nobody uses or waits for.
func (l *MetaLocks) forget(id codec.ObjectID, m *metaLock) {
	if m.exclusive != nil || len(m.shared) > 0 || m.waiters > 0 {
		return
	}
	delete(l.tables, id)
	if len(l.spare) < maxSpare {
		l.spare = append(l.spare, m)
	}
}
