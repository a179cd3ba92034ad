// Package userlock has the named locks of GET_LOCK: a session that holds one keeps all others from it until it
// releases it or ends. Names are alike in any case. Who waits gets the lock in the order of asking; a wait that would
// never end, because the holder waits for the one who asks, is refused.
package userlock

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrDeadlock: the holder waits, over others or by himself, for who asks.
var ErrDeadlock = errors.New("userlock: deadlock")

// Owner is a session. Its methods and the Table's may be called by any goroutine.
type Owner struct {
	// ID is its connection.
	ID uint32
	// Hold is asked before a lock is made and told when it is gone, with bytes of memory; nil allows all.
	Hold func(bytes int64) error

	locks   map[string]*lock
	waiting *lock
}

type lock struct {
	name    string
	owner   *Owner
	times   int
	waiters []*waiter // first come, first served
}

type waiter struct {
	owner *Owner
	given chan struct{} // closed when the lock is its
}

// lockBytes is about what a lock takes beside its name, which two maps have.
const lockBytes = 300

// Table has the locks that are held. The zero value is empty.
type Table struct {
	mu    sync.Mutex
	locks map[string]*lock
}

func key(name string) string { return strings.ToLower(name) }

// Lock takes the lock, again if o has it already; it waits for so long, for ever when wait is negative. It says
// whether o has it now. The error is the context's, Hold's or ErrDeadlock.
func (t *Table) Lock(ctx context.Context, o *Owner, name string, wait time.Duration) (bool, error) {
	name = key(name)
	t.mu.Lock()
	l := t.locks[name]
	switch {
	case l == nil:
		defer t.mu.Unlock()
		return true, t.make(o, name)
	case l.owner == o:
		l.times++
		t.mu.Unlock()
		return true, nil
	case wait == 0:
		t.mu.Unlock()
		return false, nil
	case waitsFor(l.owner, o):
		t.mu.Unlock()
		return false, ErrDeadlock
	}
	if err := o.hold(l.bytes()); err != nil {
		t.mu.Unlock()
		return false, err
	}
	w := &waiter{owner: o, given: make(chan struct{})}
	l.waiters = append(l.waiters, w)
	o.waiting = l
	t.mu.Unlock()

	var timeUp <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		timeUp = timer.C
	}
	var err error
	select {
	case <-w.given:
		return true, nil
	case <-timeUp:
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-w.given: // in this moment
		if err != nil {
			t.release(l)
		}
		return err == nil, err
	default:
	}
	o.waiting = nil
	for i, other := range l.waiters {
		if other == w {
			l.waiters = append(l.waiters[:i:i], l.waiters[i+1:]...)
		}
	}
	o.give(l.bytes())
	return false, err
}

// Waits says whether the session with this number waits for a lock.
func (t *Table) Waits(id uint32) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.locks {
		if slices.ContainsFunc(l.waiters, func(w *waiter) bool { return w.owner.ID == id }) {
			return true
		}
	}
	return false
}

// waitsFor: each owner waits for one lock at most, so the way has no branches, and no circle, because none is let in.
func waitsFor(from, to *Owner) bool {
	for from.waiting != nil {
		if from = from.waiting.owner; from == to {
			return true
		}
	}
	return false
}

func (t *Table) make(o *Owner, name string) error {
	l := &lock{name: name, owner: o, times: 1}
	if err := o.hold(l.bytes()); err != nil {
		return err
	}
	if t.locks == nil {
		t.locks = map[string]*lock{}
	}
	t.locks[name] = l
	o.has(l)
	return nil
}

func (o *Owner) has(l *lock) {
	if o.locks == nil {
		o.locks = map[string]*lock{}
	}
	o.locks[l.name] = l
}

// release takes one of the times from the lock; the next one in the queue has it after the last.
func (t *Table) release(l *lock) {
	if l.times--; l.times > 0 {
		return
	}
	delete(l.owner.locks, l.name)
	l.owner.give(l.bytes())
	if len(l.waiters) == 0 {
		delete(t.locks, l.name)
		return
	}
	next := l.waiters[0]
	l.waiters = l.waiters[1:]
	l.owner, l.times = next.owner, 1
	next.owner.waiting = nil
	next.owner.has(l)
	close(next.given)
}

// Unlock releases the lock once. held says that anybody has it, mine that it was o.
func (t *Table) Unlock(o *Owner, name string) (held, mine bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.locks[key(name)]
	if l == nil || l.owner != o {
		return l != nil, false
	}
	t.release(l)
	return true, true
}

// UnlockAll releases all that o has, each as often as it was taken, and counts that.
func (t *Table) UnlockAll(o *Owner) (times int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range o.locks {
		times += l.times
		l.times = 1
		t.release(l)
	}
	return times
}

// User is the connection that has the lock; false: it is free.
func (t *Table) User(name string) (id uint32, used bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.locks[key(name)]; l != nil {
		return l.owner.ID, true
	}
	return 0, false
}

func (l *lock) bytes() int64 { return lockBytes + 2*int64(len(l.name)) }

func (o *Owner) hold(bytes int64) error {
	if o.Hold == nil {
		return nil
	}
	return o.Hold(bytes)
}

func (o *Owner) give(bytes int64) {
	if o.Hold != nil {
		_ = o.Hold(-bytes) // giving back is never refused
	}
}
