package embed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/record"

	"github.com/lxdb/lxdb/storage/kivi/embed/locks"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// ErrInUse: another process (or this one) has the data directory open.
var ErrInUse = errors.New("embed: data directory in use")

// Open opens the store in opts.Dir, creating it when absent, and replays its
// log. A damaged log or manifest is refused with kv.ErrCorrupt, never cut short.
func Open(opts Options) (*Engine, error) {
	opts.ensureDefaults()
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	if !opts.ReadOnly {
		if err := opts.FS.MkdirAll(opts.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("embed: create data directory: %w", err)
		}
	}
	lock, err := pebble.LockDirectory(opts.Dir, opts.FS)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("embed: lock %s: %w; hint: run as the directory's owner", opts.Dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s (%v); hint: stop the other lxdb that uses it, or name another directory",
			ErrInUse, opts.Dir, err)
	}
	e, err := openLocked(opts, lock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return e, nil
}

func openLocked(opts Options, lock *pebble.Lock) (*Engine, error) {
	desc, err := pebble.Peek(opts.Dir, opts.FS)
	if err != nil {
		return nil, fmt.Errorf("embed: look at %s: %w", opts.Dir, err)
	}
	if !desc.Exists && opts.ReadOnly {
		return nil, fmt.Errorf("embed: open %s: %w", opts.Dir, fs.ErrNotExist)
	}
	if !desc.Exists {
		// The first log of a store is begun before its format is raised, so it
		// lacks the chunk check that tells damage from the end of the log.
		// Closing and opening again begins a second one.
		p, _, err := openLSM(opts, lock)
		if err != nil {
			return nil, err
		}
		if err := p.Close(); err != nil {
			return nil, fmt.Errorf("embed: create store: %w", err)
		}
	}
	p, popts, err := openLSM(opts, lock)
	if err != nil {
		return nil, err
	}
	e := &Engine{opts: opts, p: p, popts: popts, dirLock: lock}
	if !opts.ReadOnly {
		if err := e.clearBulkDir(); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	e.start()
	return e, nil
}

func openLSM(opts Options, lock *pebble.Lock) (*pebble.DB, *pebble.Options, error) {
	popts := opts.pebbleOptions()
	defer popts.Cache.Unref() // the DB holds its own reference
	popts.Lock = lock
	p, err := pebble.Open(opts.Dir, popts)
	if err == nil {
		return p, popts, nil
	}
	if isCorruption(err) {
		return nil, nil, fmt.Errorf("%w: open %s: %v; hint: nothing was changed; restore the newest backup, "+
			"and keep this directory: it still holds later commits", kv.ErrCorrupt, opts.Dir, err)
	}
	return nil, nil, fmt.Errorf("embed: open %s: %w", opts.Dir, err)
}

func isCorruption(err error) bool {
	return errors.Is(err, errDamaged) || pebble.IsCorruptionError(err) ||
		errors.Is(err, record.ErrInvalidChunk) || errors.Is(err, record.ErrUnexpectedEOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (e *Engine) start() {
	e.open.none = make(chan struct{}, 1)
	e.snapshots.live = make(map[*snapshot]struct{})
	e.recent.init()
	e.commit.init()
	e.locks = locks.New(e.commit.wake)
	first := e.snapshots.take(e.p, 0, 2)
	e.durable.Store(first)
	e.applied.Store(first)
	e.commit.syncerDone.Add(1)
	go e.syncer()
	e.seal.start(e)
}

// Close waits up to CloseWait for open transactions to end, makes everything
// durable and closes the store. With transactions still open it returns an
// error and leaves the LSM open under them: every acknowledged commit is on
// disk, but the directory stays locked until the process ends.
func (e *Engine) Close() error {
	e.open.once.Do(func() { e.open.err = e.close() })
	return e.open.err
}

func (e *Engine) close() error {
	e.seal.stop()
	e.open.closing.Store(true)
	timeout := time.NewTimer(e.opts.CloseWait)
	defer timeout.Stop()
	for e.open.n.Load() > 0 {
		select {
		case <-e.open.none:
		case <-timeout.C:
			return fmt.Errorf("embed: close: %d transactions or iterators are still open after %v; "+
				"hint: end the sessions first", e.open.n.Load(), e.opts.CloseWait)
		}
	}
	// Nobody can commit any more, and every commit has been acknowledged.
	close(e.commit.syncq)
	e.commit.syncerDone.Wait()
	e.snapshots.weigh()
	e.durable.Load().unref()
	e.applied.Load().unref()
	var err error
	if e.brokenErr() == nil && !e.opts.ReadOnly {
		err = e.p.Flush() // the next Open then replays an empty log
	}
	return errors.Join(err, e.p.Close(), e.dirLock.Close())
}

// Checkpoint writes an openable copy of the store to dir, which must not exist.
// Files are shared with the store where the file system can; commits pause for
// the few milliseconds it takes.
func (e *Engine) Checkpoint(ctx context.Context, dir string) error {
	return e.Quiesce(ctx, func() error {
		// What the log holds is copied, what is flushed is linked.
		if err := e.p.Flush(); err != nil {
			return fmt.Errorf("checkpoint: flush: %w", err)
		}
		if err := e.p.Checkpoint(dir); err != nil {
			return fmt.Errorf("checkpoint to %s: %w", dir, err)
		}
		return nil
	})
}

// Quiesce runs f while no commit is in progress and all earlier ones are
// durable. A checkpoint under running commits copies a log that is being
// written, and about one in 400 such copies does not open.
func (e *Engine) Quiesce(ctx context.Context, f func() error) error {
	return e.exclusive(ctx, f)
}
