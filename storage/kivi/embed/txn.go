package embed

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/lxdb/lxdb/storage/kivi/embed/locks"
	"github.com/lxdb/lxdb/storage/kivi/embed/membuf"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Txn is a kv.Txn.
type Txn struct {
	e       *Engine
	opts    kv.TxnOptions
	current currentReader
	owner   locks.Owner
	// snap is taken at the first read, so that a transaction that locks first
	// reads what it waited for.
	snap *snapshot
	buf  *membuf.Buf
	// reads is what Serializable validates.
	reads []span
	// seen is the newest csn that a Current read may have shown; commit waits
	// until it is durable.
	seen      uint64
	committed uint64
	request   commitReq
	// unwritten is the mark of a state without writes.
	unwritten mark
	held      int64 // of opts.Hold
	periods   []period
	past      int64 // what all periods but the last hold
	ended     error // not nil once the transaction is over; the owner's alone
	// fence is set once: by who ends the transaction, or by Abandon from outside.
	fence atomic.Pointer[error]
}

var _ kv.Txn = (*Txn)(nil)

type mark struct {
	txn *Txn
	buf *membuf.Buf
}

var (
	errEnded     = fmt.Errorf("%w: the transaction has ended", kv.ErrClosed)
	errMark      = errors.New("embed: mark of another transaction")
	errEmpty     = errors.New("embed: empty value")
	errEmptyKey  = errors.New("embed: empty key")
	errKeySize   = fmt.Errorf("%w: a key holds at most %d bytes", kv.ErrTooLarge, kv.MaxKeyBytes)
	errValueSize = fmt.Errorf("%w: a value holds at most %d bytes", kv.ErrTooLarge, kv.MaxValueBytes)
)

// over is why nothing can be done in the transaction any more, nil while it lives.
func (t *Txn) over() error {
	if t.ended != nil {
		return t.ended
	}
	if why := t.fence.Load(); why != nil {
		return *why
	}
	return nil
}

// Abandon implements kv.Txn. It touches nothing that the owner may be using: the
// snapshot, the write set and open iterators go with the owner's Rollback.
func (t *Txn) Abandon(why error) bool {
	if !t.fence.CompareAndSwap(nil, &why) {
		return false
	}
	t.e.locks.Close(&t.owner)
	return true
}

// Refresh implements kv.Txn.
func (t *Txn) Refresh(ctx context.Context) error {
	if err := t.over(); err != nil {
		return err
	}
	if t.opts.Isolation == kv.ReadCommitted && t.snap != nil {
		t.snap.unref()
		t.snap = nil
	}
	return ctx.Err()
}

// Lock implements kv.Txn. A deadlock rolls the transaction back, because only
// that lets the others go on.
func (t *Txn) Lock(ctx context.Context, wait time.Duration, keys ...[]byte) error {
	if err := t.over(); err != nil {
		return err
	}
	for _, k := range keys {
		if err := checkKey(k); err != nil {
			return err
		}
		err := t.e.locks.Lock(ctx, &t.owner, k, wait)
		switch {
		case err == nil:
		case errors.Is(err, locks.ErrDeadlock):
			t.end(kv.ErrDeadlock)
			return kv.ErrDeadlock
		case errors.Is(err, locks.ErrWait):
			return kv.ErrLockWait
		case errors.Is(err, locks.ErrClosed):
			return t.over()
		default:
			return err
		}
	}
	return nil
}

// Put implements kv.Txn.
func (t *Txn) Put(key, val []byte) error {
	switch {
	case len(val) == 0:
		return errEmpty
	case len(val) > kv.MaxValueBytes:
		return errValueSize
	}
	return t.write(key, val)
}

// Delete implements kv.Txn.
func (t *Txn) Delete(key []byte) error { return t.write(key, nil) }

func (t *Txn) write(key, val []byte) error {
	if err := t.over(); err != nil {
		return err
	}
	if t.opts.ReadOnly {
		return kv.ErrReadOnly
	}
	if err := checkKey(key); err != nil {
		return err
	}
	if t.Size()+int64(len(key)+len(val)) > t.e.opts.MaxTxnBytes {
		return fmt.Errorf("%w: a transaction writes at most %d bytes; hint: commit in smaller parts",
			kv.ErrTooLarge, t.e.opts.MaxTxnBytes)
	}
	if err := t.hold(int64(len(key) + len(val))); err != nil {
		return err
	}
	if t.buf == nil {
		t.buf = membuf.New()
	}
	t.overwrite(key)
	t.buf.Set(key, val)
	return nil
}

// period is the time from one mark that is kept to the next. Versions that were there when it began and are written
// over in it live on as long as its mark.
type period struct {
	began int64 // memory of the write set then: a mark cannot hold more
	held  int64 // of it by the mark alone
}

func (p period) bytes() int64 { return markBytes + min(p.began, p.held) }

const (
	markBytes = 1 << 10
	// nodeBytes are those of a node of the write set's tree: the first write to it after a mark copies it.
	nodeBytes = 3 << 10
)

// Keep implements kv.Txn.
func (t *Txn) Keep(marks int) error {
	if t.ended != nil {
		return nil
	}
	for len(t.periods) > max(0, marks) {
		last := t.periods[len(t.periods)-1]
		t.periods = t.periods[:len(t.periods)-1]
		if n := len(t.periods); n > 0 { // the mark before may reach them
			t.past -= t.periods[n-1].bytes()
			t.periods[n-1].held += last.held
		}
	}
	for len(t.periods) < marks {
		if err := t.hold(markBytes); err != nil {
			return err
		}
		if n := len(t.periods); n > 0 {
			t.past += t.periods[n-1].bytes()
		}
		t.periods = append(t.periods, period{began: t.memory()})
	}
	return nil
}

// overwrite notes what the mark that is kept holds alone after a write to key.
func (t *Txn) overwrite(key []byte) {
	n := len(t.periods)
	if n == 0 {
		return
	}
	p := &t.periods[n-1]
	if p.held >= p.began {
		return
	}
	if p.held == 0 { // the path to the first entry, nodes of the lowest level then
		p.held = int64(bits.Len(uint(t.buf.Len()))/5) * nodeBytes
	}
	p.held += nodeBytes
	if old, found := t.buf.Get(key); found {
		p.held += int64(len(old.Key) + len(old.Value))
	}
}

// kept is the memory of what only marks reach.
func (t *Txn) kept() int64 {
	if n := len(t.periods); n > 0 {
		return t.past + t.periods[n-1].bytes()
	}
	return 0
}

// memory is that of the write set.
func (t *Txn) memory() int64 {
	if t.buf == nil {
		return 0
	}
	return t.Size() + entryBytes*int64(t.buf.Len())
}

const (
	// entryBytes are those of an entry of the write set beside its key and value.
	entryBytes = 100
	// freeBytes of a write set are nobody's: most transactions have no more.
	freeBytes = 64 << 10
)

// hold asks for the memory of one more entry, in steps. What a rollback to a mark frees is asked for again only when
// more is needed than there ever was.
func (t *Txn) hold(more int64) error {
	if t.opts.Hold == nil {
		return nil
	}
	need := t.memory() + t.kept() + more + entryBytes
	if need <= freeBytes+t.held {
		return nil
	}
	step := max(freeBytes, need/8, need-t.held)
	if err := t.opts.Hold(step); err != nil {
		return err
	}
	t.held += step
	return nil
}

func checkKey(key []byte) error {
	switch {
	case len(key) == 0:
		return errEmptyKey
	case len(key) > kv.MaxKeyBytes:
		return errKeySize
	}
	return nil
}

// Mark implements kv.Txn.
func (t *Txn) Mark() kv.Mark {
	if t.buf == nil {
		t.unwritten.txn = t
		return &t.unwritten
	}
	return &mark{t, t.buf.Clone()}
}

// RollbackTo implements kv.Txn. The mark stays usable.
func (t *Txn) RollbackTo(m kv.Mark) error {
	if err := t.over(); err != nil {
		return err
	}
	to, ok := m.(*mark)
	if !ok || to.txn != t {
		return errMark
	}
	t.buf = nil
	if to.buf != nil {
		t.buf = to.buf.Clone()
	}
	return nil
}

// Size implements kv.Txn.
func (t *Txn) Size() int64 {
	if t.buf == nil {
		return 0
	}
	return t.buf.Bytes()
}

func (t *Txn) writes() bool { return t.buf != nil && t.buf.Len() > 0 }

// validated: its commit is checked against what was committed meanwhile. A
// transaction that only reads is serial at its snapshot, one that took no
// snapshot depends on nothing but its locks.
func (t *Txn) validated() bool {
	return t.opts.Isolation == kv.Serializable && t.snap != nil && t.writes()
}

// Commit implements kv.Txn. The context is looked at before the commit is
// queued; from then on its result is waited for.
func (t *Txn) Commit(ctx context.Context) error {
	if t.ended != nil {
		return t.ended
	}
	defer t.end(errEnded)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !t.fence.CompareAndSwap(nil, &errEnded) {
		return *t.fence.Load() // abandoned
	}
	switch {
	case !t.writes() && t.seen <= t.e.durableCSN.Load():
		return nil
	case t.Size() >= t.e.opts.IngestBytes:
		return t.e.commitLarge(t)
	}
	t.request.txn = t
	return t.e.submit(&t.request)
}

// Rollback implements kv.Txn.
func (t *Txn) Rollback() error {
	if t.ended == nil {
		t.end(errEnded)
	}
	return nil
}

func (t *Txn) end(why error) {
	t.ended = why
	t.fence.CompareAndSwap(nil, &errEnded)
	t.e.locks.ReleaseAll(&t.owner, t.committed)
	if t.snap != nil {
		if t.validating() {
			t.e.recent.quit(t)
		}
		t.snap.unref()
		t.snap = nil
	}
	t.buf, t.reads, t.periods, t.past = nil, nil, nil, 0
	if t.held > 0 {
		_ = t.opts.Hold(-t.held) // gives back
		t.held = 0
	}
	t.e.leave()
}

// validating: its reads are recorded.
func (t *Txn) validating() bool {
	return t.opts.Isolation == kv.Serializable && !t.opts.ReadOnly
}

// fill adds the write set to the group's batch.
func (t *Txn) fill(b *pebble.Batch) error {
	if t.buf == nil {
		return nil
	}
	var err error
	t.buf.All(func(w membuf.Entry) bool {
		if w.Deleted() {
			err = b.Delete(w.Key, nil)
		} else {
			err = b.Set(w.Key, w.Value, nil)
		}
		return err == nil
	})
	return err
}
