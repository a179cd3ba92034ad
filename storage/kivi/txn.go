package kivi

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Txn is a transaction over tables. It is used by one goroutine at a time.
type Txn struct {
	kv       kv.Txn
	opts     kv.TxnOptions
	lockWait time.Duration
	scans    *Scan // those that are open
	tallies  tallies
	only     Guard // of what may be written at all; nil: of all
	since    atomic.Uint64

	mu sync.Mutex // the rest, for Revoked
	// written is what handles have asked through which something was written; commit asks again.
	written noted
	// locked is what others have asked that have locked rows.
	locked    noted
	few, less [2]question // of both, at first
	// turn counts what was taken out of written.
	turn uint64
}

// noted are questions that were asked, each once: a transaction may have a handle for each
// of a million statements.
type noted struct {
	list []question
	all  map[question]struct{} // of list, when it is long
}

// question is what a handle asks.
type question struct {
	id    ObjectID
	guard Guard
	want  Rights
	under uint64
}

func (q *question) allowed() bool {
	return allowed(q.guard, q.id, q.want) || q.under != 0 && q.allowedUnder()
}

func (q *question) allowedUnder() bool {
	return q.guard != nil && q.want != 0 && q.guard.Restricted(q.id, q.want) == q.under
}

// fewNoted are looked through one by one.
const fewNoted = 8

func (n *noted) has(q question) bool {
	if n.all == nil {
		return slices.Contains(n.list, q)
	}
	_, found := n.all[q]
	return found
}

// add notes a question and says whether it was not there yet.
func (n *noted) add(q question) bool {
	if n.has(q) {
		return false
	}
	n.list = append(n.list, q)
	if n.all != nil {
		n.all[q] = struct{}{}
	} else if len(n.list) > fewNoted {
		n.all = make(map[question]struct{}, 2*len(n.list))
		for _, q := range n.list {
			n.all[q] = struct{}{}
		}
	}
	return true
}

// pop takes back the last one.
func (n *noted) pop() question {
	last := len(n.list) - 1
	q := n.list[last]
	n.list[last] = question{}
	n.list = n.list[:last]
	delete(n.all, q)
	return q
}

// Mark is a point that RollbackTo returns to.
type Mark struct {
	kv      kv.Mark
	written int
	tallied int
}

// Table returns a handle for the object's keys with the rights of g. It does no
// I/O and asks nothing yet: each call on the handle asks g for all of want.
func (t *Txn) Table(id ObjectID, g Guard, want Rights) *Table {
	return &Table{txn: t, id: id, guard: g, want: want, snapshot: t.kv, current: t.kv.Current()}
}

// Ask is Table.Ask of a handle that nobody needs; under is what Table.Under would be told, 0 for nothing.
func (t *Txn) Ask(id ObjectID, g Guard, want Rights, under uint64) error {
	h := Table{txn: t, id: id, guard: g, want: want, under: under}
	return h.Ask()
}

// Meta returns the catalog's part of the store. Only package catalog may call
// it; a lint test fences that.
func (t *Txn) Meta() *Meta { return &Meta{txn: t} }

// Refresh begins a statement: a ReadCommitted transaction sees what was
// committed until now, others go on with their snapshot.
func (t *Txn) Refresh(ctx context.Context) error { return t.kv.Refresh(ctx) }

// Pin takes the snapshot that the transaction reads, which its first read would take.
func (t *Txn) Pin(ctx context.Context) error {
	if _, err := t.kv.Get(ctx, []byte{0}); err != nil && !errors.Is(err, kv.ErrNotFound) {
		return err
	}
	return nil
}

// From notes, once, the version of the catalog that was in force before the transaction took its snapshot; Since is it, 0
// where nobody has said. Who reads tells by it what is younger than what the snapshot has.
func (t *Txn) From(version uint64) { t.since.CompareAndSwap(0, version) }

// Since is what From has noted.
func (t *Txn) Since() uint64 { return t.since.Load() }

// Mark remembers the state of the writes, in O(1).
func (t *Txn) Mark() Mark {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Mark{kv: t.kv.Mark(), written: len(t.written.list), tallied: t.tallies.mark()}
}

// RollbackTo undoes the writes since m. Locks stay, and m stays usable.
func (t *Txn) RollbackTo(m Mark) error {
	if err := t.kv.RollbackTo(m.kv); err != nil {
		return err
	}
	t.tallies.rollbackTo(m.tallied)
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.written.list) > m.written {
		t.locked.add(t.written.pop()) // the locks stay
		t.turn++
	}
	return nil
}

// Keep says how many marks will be kept for longer than a statement; see kv.Txn.
func (t *Txn) Keep(marks int) error { return t.kv.Keep(marks) }

// Holds says whether anything was written or locked. Any goroutine may ask.
func (t *Txn) Holds() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.written.list)+len(t.locked.list) > 0
}

// Size is the number of bytes buffered for writing.
func (t *Txn) Size() int64 { return t.kv.Size() }

// WriteOnly refuses writes of all objects but those that g allows, with kv.ErrReadOnly: what is READ ONLY to SQL changes
// the tables that are its session's own.
func (t *Txn) WriteOnly(g Guard) { t.only = g }

// Writes says whether the transaction takes writes of an object, whoever may do them.
func (t *Txn) Writes(id ObjectID) bool {
	return !t.opts.ReadOnly && (t.only == nil || t.only.Allows(id, Update))
}

// Isolation is the level the transaction began with.
func (t *Txn) Isolation() kv.Isolation { return t.opts.Isolation }

// Records says that the transaction notes what it reads, to be refused if that has changed at its
// commit. One that does not may be read by several goroutines at once, each with a Scan of its own.
func (t *Txn) Records() bool { return t.opts.Isolation == kv.Serializable && !t.opts.ReadOnly }

// SetLockWait changes how long later locks are waited for; 0 does not wait.
func (t *Txn) SetLockWait(d time.Duration) { t.lockWait = d }

// Commit asks the guard of every handle that was written through once more,
// rolls back if one denies, and returns when the writes are durable. After any
// error but kv.ErrUndetermined nothing was written.
func (t *Txn) Commit(ctx context.Context) error {
	t.closeScans()
	if q := t.refused(); q != nil {
		err := &DeniedError{Object: q.id, Want: q.want, Revoked: true}
		return errors.Join(err, t.Rollback())
	}
	err := t.kv.Commit(ctx)
	if err == nil {
		t.tallies.committed()
	}
	return err
}

// refused is what something was written with and would not be allowed now.
func (t *Txn) refused() *question {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.written.list {
		if !t.written.list[i].allowed() {
			q := t.written.list[i]
			return &q
		}
	}
	return nil
}

// Revoked says whether a right is gone that rows were written or locked with. Any
// goroutine may ask.
func (t *Txn) Revoked() bool {
	if t.refused() != nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.locked.list, func(q question) bool { return !q.allowed() })
}

// Abandon gives the transaction up from outside; any goroutine may call it, see
// kv.Txn. A transaction that is being committed, or has ended, is left alone.
func (t *Txn) Abandon(why error) bool { return t.kv.Abandon(why) }

// Rollback ends the transaction; after Commit it does nothing.
func (t *Txn) Rollback() error {
	t.closeScans()
	return t.kv.Rollback()
}
