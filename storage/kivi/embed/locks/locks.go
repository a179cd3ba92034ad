// Package locks is the row lock table of the embedded engine: exclusive locks
// by key, first come first served, with deadlock detection before every wait.
//
// # Why the wait-for graph needs no re-linking
//
// Waiters of a row form a queue, and a waiter is said to wait for whoever
// stands directly before it: the first for the owner, each other one for its
// predecessor. When the row is released its first waiter becomes the owner, so
// the second, which waited for it already, waits for the right transaction
// without a change. Only a waiter that gives up (timeout, cancellation) hands
// its place on: its follower then waits for its predecessor. Each transaction
// has at most one outgoing edge, so looking for a cycle is following a chain.
//
// Lock order: Owner.mu, shard.mu, then Table.graph. The graph mutex is taken only when
// somebody waits.
package locks

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// ErrWait: the row is held by somebody else and the wait is over.
var ErrWait = errors.New("locks: wait timeout")

// ErrDeadlock: waiting would close a cycle. Nothing was queued; the caller has
// to end the transaction, because its locks are what the others wait for.
var ErrDeadlock = errors.New("locks: deadlock")

const nShards = 64

// ErrClosed: the owner has given up its locks for good.
var ErrClosed = errors.New("locks: owner closed")

// Owner holds locks: one per transaction, used by one goroutine at a time, except
// Table.Close. The zero value is ready to use.
type Owner struct {
	mu     sync.Mutex // held and closed; taken before shard.mu
	held   []*row
	few    [4]*row // of held, at first
	closed bool
	// waitsFor is guarded by Table.graph.
	waitsFor *Owner
}

// Held is the number of rows locked.
func (o *Owner) Held() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.held)
}

type row struct {
	shard *shard
	key   string
	// owner and queue are guarded by shard.mu.
	owner *Owner
	queue []*waiter
}

type waiter struct {
	owner   *Owner
	granted chan struct{}
}

type shard struct {
	mu   sync.Mutex
	rows map[string]*row
	free []*row // recycled rows, bounded
	// lastCommit is the newest commit that released a lock of this shard.
	lastCommit atomic.Uint64
	_          [24]byte // keep neighbours off one cache line
}

const maxFreeRows = 64

// Table is the lock table of one engine. Its methods may be called concurrently.
type Table struct {
	seed      maphash.Seed
	shards    [nShards]shard
	graph     sync.Mutex
	waiting   atomic.Int64
	waits     atomic.Int64
	deadlocks atomic.Int64
	onWait    func()
}

// New returns an empty table. onWait, if not nil, is called each time a
// transaction starts to wait; it must not block.
func New(onWait func()) *Table {
	t := &Table{seed: maphash.MakeSeed(), onWait: onWait}
	for i := range t.shards {
		t.shards[i].rows = make(map[string]*row)
	}
	return t
}

// Waiting is the number of transactions that wait now.
func (t *Table) Waiting() int64 { return t.waiting.Load() }

// Stats are totals since the table was made, and the rows locked now.
type Stats struct {
	Waits, Deadlocks int64
	Rows             int
}

// Stats locks each shard in turn: for metrics and tests.
func (t *Table) Stats() Stats {
	s := Stats{Waits: t.waits.Load(), Deadlocks: t.deadlocks.Load()}
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.Lock()
		s.Rows += len(sh.rows)
		sh.mu.Unlock()
	}
	return s
}

func (t *Table) shardOf(key []byte) *shard {
	return &t.shards[maphash.Bytes(t.seed, key)&(nShards-1)]
}

// Lock takes key for o and blocks up to wait; wait <= 0 does not block. It
// returns nil at once when o holds the key. Other results: ErrWait, ErrDeadlock
// or the context's error, after which o holds what it held before.
func (t *Table) Lock(ctx context.Context, o *Owner, key []byte, wait time.Duration) error {
	sh := t.shardOf(key)
	sh.mu.Lock()
	r := sh.rows[string(key)]
	if r == nil {
		r = sh.newRow(key)
		r.owner = o
		sh.mu.Unlock()
		return t.keep(o, r)
	}
	if r.owner == o {
		sh.mu.Unlock()
		return nil
	}
	if wait <= 0 {
		sh.mu.Unlock()
		return ErrWait
	}
	w, err := t.enqueue(r, o)
	sh.mu.Unlock()
	if err != nil {
		return err
	}
	if err := t.await(ctx, r, w, wait); err != nil {
		return err
	}
	return t.keep(o, r)
}

// keep notes a lock that was just taken; an owner that was closed meanwhile passes
// it on.
func (t *Table) keep(o *Owner, r *row) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		t.release(r, 0)
		return ErrClosed
	}
	if o.held == nil {
		o.held = o.few[:0]
	}
	o.held = append(o.held, r)
	return nil
}

// enqueue adds o to r's queue unless that closes a cycle. REQUIRES: shard.mu.
func (t *Table) enqueue(r *row, o *Owner) (*waiter, error) {
	before := r.owner
	if n := len(r.queue); n > 0 {
		before = r.queue[n-1].owner
	}
	t.graph.Lock()
	defer t.graph.Unlock()
	for x := before; x != nil; x = x.waitsFor {
		if x == o {
			t.deadlocks.Add(1)
			return nil, ErrDeadlock
		}
	}
	o.waitsFor = before
	w := &waiter{owner: o, granted: make(chan struct{})}
	r.queue = append(r.queue, w)
	return w, nil
}

func (t *Table) await(ctx context.Context, r *row, w *waiter, wait time.Duration) error {
	t.waits.Add(1)
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	if t.onWait != nil {
		t.onWait()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var cause error
	select {
	case <-w.granted:
		return nil
	case <-timer.C:
		cause = ErrWait
	case <-ctx.Done():
		cause = fmt.Errorf("lock wait: %w", ctx.Err())
	}
	if t.leave(r, w) {
		return cause
	}
	return nil // granted while we were giving up
}

// leave takes w out of the queue; false when it was granted in the meantime.
func (t *Table) leave(r *row, w *waiter) bool {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	before := r.owner
	for i, x := range r.queue {
		if x != w {
			before = x.owner
			continue
		}
		t.graph.Lock()
		w.owner.waitsFor = nil
		if i+1 < len(r.queue) {
			r.queue[i+1].owner.waitsFor = before
		}
		t.graph.Unlock()
		r.queue = append(r.queue[:i], r.queue[i+1:]...)
		return true
	}
	return false
}

// ReleaseAll gives up every lock of o. committed is the commit sequence number
// of what o wrote, 0 when it wrote nothing that stays.
func (t *Table) ReleaseAll(o *Owner, committed uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t.releaseAll(o, committed)
}

// Close gives up every lock of o, and lets it take no other one. Any goroutine may
// call it, also while another one waits for a lock of o's.
func (t *Table) Close(o *Owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	t.releaseAll(o, 0)
}

// REQUIRES: o.mu.
func (t *Table) releaseAll(o *Owner, committed uint64) {
	for i, r := range o.held {
		o.held[i] = nil
		t.release(r, committed)
	}
	o.held = o.held[:0]
}

func (t *Table) release(r *row, committed uint64) {
	sh := r.shard
	sh.mu.Lock()
	if committed > sh.lastCommit.Load() {
		sh.lastCommit.Store(committed)
	}
	if len(r.queue) == 0 {
		delete(sh.rows, r.key)
		if len(sh.free) < maxFreeRows {
			r.owner, r.key = nil, ""
			sh.free = append(sh.free, r)
		}
		sh.mu.Unlock()
		return
	}
	w := r.queue[0]
	r.queue[0] = nil
	r.queue = r.queue[1:]
	t.graph.Lock()
	w.owner.waitsFor = nil
	t.graph.Unlock()
	r.owner = w.owner
	sh.mu.Unlock()
	close(w.granted)
}

// CommittedSince says whether a lock of key's shard was released by a commit
// newer than csn. False is exact for key itself while the caller holds it;
// true may be about another key.
func (t *Table) CommittedSince(key []byte, csn uint64) bool {
	return t.shardOf(key).lastCommit.Load() > csn
}

func (sh *shard) newRow(key []byte) *row {
	var r *row
	if n := len(sh.free); n > 0 {
		r = sh.free[n-1]
		sh.free = sh.free[:n-1]
		r.queue = nil
	} else {
		r = &row{shard: sh}
	}
	r.key = string(key)
	sh.rows[r.key] = r
	return r
}
