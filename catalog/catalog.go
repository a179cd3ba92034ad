package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Catalog is the open catalog of one store. All methods may be called
// concurrently, except that a hook must not call Update.
type Catalog struct {
	store    store
	snapshot atomic.Pointer[Snapshot]
	ids      *idBlock

	turn   turn       // before mu
	mu     sync.Mutex // serialises Update
	before []func(*Tx, Touched) error
	after  []func(*Snapshot, Touched)
	undone []func(version uint64, cause error)
	failed error // set when disk and memory may differ
	purges []ID  // purges that failed, tried again after the next commit

	reservations reservations

	seal *sealer // nil: records are not sealed

	branch *branched // nil: it is a branch of no other
}

// Snapshot is the newest catalog. A statement takes it once.
func (c *Catalog) Snapshot() *Snapshot { return c.snapshot.Load() }

// BeforeCommit registers a hook that runs in the transaction of every Update
// that changed something, after its function: the hook may change more, and its
// error undoes all. Hooks run in the order in which they were registered.
func (c *Catalog) BeforeCommit(hook func(*Tx, Touched) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = append(c.before, hook)
}

// AfterCommit registers a hook that runs when a change is durable, after the
// new Snapshot was published and before Update returns. It must not fail: a
// cache that cannot be brought up to date has to deny.
func (c *Catalog) AfterCommit(hook func(*Snapshot, Touched)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after = append(c.after, hook)
}

// AfterFailure registers a hook that runs when the hooks of BeforeCommit have run
// and the change did not come about after all.
func (c *Catalog) AfterFailure(hook func(version uint64, cause error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undone = append(c.undone, hook)
}

// Update runs change in one transaction. Updates run one at a time, so change
// must not wait for a client. When Update returns nil the change is durable and
// every later Snapshot shows it; after any error nothing of it is there, on
// disk or in memory. In a context of Rehearsed nothing of it stays.
func (c *Catalog) Update(ctx context.Context, change func(*Tx) error) error {
	if !IsRehearsed(ctx) { // which changes nothing
		if err := c.turn.wait(ctx); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	if IsRehearsed(ctx) {
		return c.rehearseLocked(ctx, change)
	}
	return c.updateLocked(ctx, change)
}

func (c *Catalog) updateLocked(ctx context.Context, change func(*Tx) error) error {
	txn, err := c.store.begin(ctx, false)
	if err != nil {
		return fmt.Errorf("begin catalog transaction: %w", err)
	}
	defer txn.rollback() // ends a transaction that was not committed, also when change panics
	tx := c.newTx(ctx, txn)
	defer func() { tx.err = errTxEnded }()

	if err := c.runLocked(tx, change); err != nil {
		return err
	}
	if err := txn.commit(ctx); err != nil {
		if !errors.Is(err, kv.ErrUndetermined) {
			return c.failedLocked(tx, fmt.Errorf("commit catalog change: %w", err))
		}
		if err := c.recoverLocked(ctx, tx, err); err != nil {
			return c.failedLocked(tx, err)
		}
	}
	if tx.changed {
		c.publishLocked(tx)
	}
	c.purgeLocked(ctx, tx.purges())
	return nil
}

// failedLocked tells that a change which was about to be committed was not.
func (c *Catalog) failedLocked(tx *Tx, cause error) error {
	if tx.changed {
		for _, hook := range c.undone {
			hook(tx.version, cause)
		}
	}
	return cause
}

// newTx makes the working view: a copy of the newest snapshot, one version on.
func (c *Catalog) newTx(ctx context.Context, txn storeTxn) *Tx {
	s := c.snapshot.Load().copy()
	s.version++
	of := s.version
	if c.branch != nil {
		of = c.branch.base + 1
	}
	return &Tx{
		Snapshot: s, of: of, ctx: ctx, txn: txn, alloc: c.ids.next, seal: c.seal, tags: map[string][]byte{},
		touches: newTouches(), purge: map[ID]struct{}{},
	}
}

// runLocked does everything up to the commit.
func (c *Catalog) runLocked(tx *Tx, change func(*Tx) error) error {
	if err := change(tx); err != nil {
		return err
	}
	if tx.changed {
		touched := tx.Touched()
		for _, hook := range c.before {
			if err := hook(tx, touched); err != nil {
				return fmt.Errorf("before commit of catalog change: %w", err)
			}
		}
		if err := c.lastLocked(tx); err != nil {
			return c.failedLocked(tx, err)
		}
		return nil
	}
	if tx.err != nil {
		return tx.err
	}
	return tx.checkPurge()
}

// lastLocked is what comes between the hooks and the commit.
func (c *Catalog) lastLocked(tx *Tx) error {
	if err := tx.writeLate(); err != nil {
		return err
	}
	st := &state{Instance: tx.instance, Version: tx.version, Epoch: tx.epoch, Audited: tx.audited, Level: tx.level}
	if tx.seal != nil {
		st.Seal = tx.seal.seal(st, tx.sum)
	}
	if _, err := put(tx, st, recState); err != nil {
		return err
	}
	if tx.err != nil {
		return tx.err
	}
	return tx.checkPurge()
}

// publishLocked shows a durable change to everybody. The stored snapshot is a
// copy, so that a Tx kept too long cannot reach it.
func (c *Catalog) publishLocked(tx *Tx) {
	published := tx.Snapshot.copy()
	c.snapshot.Store(published)
	touched := tx.Touched()
	for _, hook := range c.after {
		hook(published, touched)
	}
}

// recoverLocked finds out whether a commit of unknown result happened, by
// reading the catalog again. It returns nil when it did.
func (c *Catalog) recoverLocked(ctx context.Context, tx *Tx, cause error) error {
	s, err := c.load(context.WithoutCancel(ctx))
	if err != nil {
		c.failed = fmt.Errorf("%w: %w; reading it again: %w", ErrFailed, cause, err)
		return c.failed
	}
	if s.version != tx.version {
		return fmt.Errorf("commit catalog change: %w", cause)
	}
	return nil
}

// purgeLocked deletes the rows of data ids that nothing refers to any more. A
// failure is not the caller's: his change is committed. What remains is tried
// again after the next commit, and is found by Orphans after a restart.
func (c *Catalog) purgeLocked(ctx context.Context, data []ID) {
	pending := append(c.purges, data...)
	c.purges = nil
	for _, id := range pending {
		if err := c.store.purge(context.WithoutCancel(ctx), id); err != nil {
			c.purges = append(c.purges, id)
		}
	}
	slices.Sort(c.purges)
}
