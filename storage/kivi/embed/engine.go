package embed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/lxdb/lxdb/storage/kivi/embed/locks"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Engine is a kv.Engine on one machine. See doc.go and DESIGN.md.
type Engine struct {
	opts    Options
	p       *pebble.DB
	popts   *pebble.Options
	dirLock *pebble.Lock
	locks   *locks.Table

	// durable is the newest snapshot on disk: what plain reads see.
	durable atomic.Pointer[snapshot]
	// applied is the newest snapshot at all: where Serializable begins.
	applied    atomic.Pointer[snapshot]
	snapshots  snapshotSet
	durableCSN atomic.Uint64
	appliedCSN atomic.Uint64
	// nextCSN is raised before a group is applied, so whoever read the LSM and
	// then loads it gets a number no smaller than that of anything it saw.
	nextCSN atomic.Uint64

	commit leader
	recent recentCommits
	seal   sealer
	stats  counters
	old    oldVersions

	open    openCount
	broken  atomic.Pointer[error]
	bulkSeq atomic.Uint64
}

var _ kv.Engine = (*Engine)(nil)

// Caps is what one machine can promise: everything.
func (e *Engine) Caps() kv.Caps {
	return kv.Caps{Serializable: true, StrictCommit: true, MaxTxnBytes: e.opts.MaxTxnBytes, DurableOnRead: true}
}

// Begin starts a transaction. It does no I/O and takes no snapshot yet: that
// happens at the first read.
func (e *Engine) Begin(ctx context.Context, opts kv.TxnOptions) (kv.Txn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if e.opts.ReadOnly && !opts.ReadOnly {
		return nil, kv.ErrReadOnly
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	t := &Txn{e: e, opts: opts}
	t.current.t = t
	return t, nil
}

// allocWait is how long AllocID waits for a neighbour, which holds the counter
// only while its own small transaction is applied.
const allocWait = 10 * time.Second

// AllocID implements kv.Engine; the first number of a new counter is 1.
func (e *Engine) AllocID(ctx context.Context, key []byte, n uint64) (uint64, error) {
	if n == 0 {
		return 0, errors.New("embed: AllocID of no numbers")
	}
	t, err := e.Begin(ctx, kv.TxnOptions{})
	if err != nil {
		return 0, err
	}
	defer t.Rollback()
	if err := t.Lock(ctx, allocWait, key); err != nil {
		return 0, err
	}
	first := uint64(1)
	switch v, err := t.Current().Get(ctx, key); {
	case errors.Is(err, kv.ErrNotFound):
	case err != nil:
		return 0, err
	default:
		if first, err = DecodeCounter(v); err != nil {
			return 0, fmt.Errorf("counter %x: %w", key, err)
		}
	}
	if first+n < first {
		return 0, fmt.Errorf("counter %x: %w: exhausted", key, kv.ErrTooLarge)
	}
	if err := t.Put(key, encodeCounter(first+n)); err != nil {
		return 0, err
	}
	return first, t.Commit(ctx)
}

// DeleteRange implements kv.Engine. Readers with an older snapshot still see
// the keys; the space comes back when the last of them is gone.
func (e *Engine) DeleteRange(ctx context.Context, lo, hi []byte) error {
	if len(lo) == 0 || len(hi) == 0 {
		return errors.New("embed: DeleteRange without bounds")
	}
	if e.opts.ReadOnly {
		return kv.ErrReadOnly
	}
	return e.exclusive(ctx, func() error {
		if err := e.p.DeleteRange(lo, hi, pebble.Sync); err != nil {
			return fmt.Errorf("delete range: %w", err)
		}
		e.publish()
		return nil
	})
}

// enter counts a user of the LSM; the engine is not closed before leave.
func (e *Engine) enter() error {
	e.open.n.Add(1)
	if e.open.closing.Load() {
		e.leave()
		return fmt.Errorf("%w: the engine is closing", kv.ErrClosed)
	}
	return nil
}

func (e *Engine) leave() {
	if e.open.n.Add(-1) == 0 && e.open.closing.Load() {
		select {
		case e.open.none <- struct{}{}:
		default:
		}
	}
}

// openCount counts open transactions, iterators and running calls.
type openCount struct {
	n       atomic.Int64
	closing atomic.Bool
	none    chan struct{} // cap 1: n reached zero while closing
	once    sync.Once
	err     error
}

// fail stops all commits for good: the log is broken.
func (e *Engine) fail(err error) error {
	err = fmt.Errorf("%w: the log failed: %v", kv.ErrClosed, err)
	if e.broken.CompareAndSwap(nil, &err) {
		(&lsmLogger{e.opts.Logger, e.opts.Fatal}).Fatalf("%v", err)
	}
	return err
}

func (e *Engine) brokenErr() error {
	if p := e.broken.Load(); p != nil {
		return *p
	}
	return nil
}
