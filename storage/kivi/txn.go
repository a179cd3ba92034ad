package kivi

import (
	"context"
	"errors"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Txn is a transaction over tables. It is used by one goroutine at a time.
type Txn struct {
	kv       kv.Txn
	opts     kv.TxnOptions
	lockWait time.Duration
	// written are the handles through which something was written; commit asks
	// their guards again.
	written []*Table
	scans   *Scan // those that are open
}

// Mark is a point that RollbackTo returns to.
type Mark struct {
	kv      kv.Mark
	written int
}

// Table returns a handle for the object's keys with the rights of g. It does no
// I/O and asks nothing yet: each call on the handle asks g for all of want.
func (t *Txn) Table(id ObjectID, g Guard, want Rights) *Table {
	return &Table{txn: t, id: id, guard: g, want: want, snapshot: t.kv, current: t.kv.Current()}
}

// Meta returns the catalog's part of the store. Only package catalog may call
// it; a lint test fences that.
func (t *Txn) Meta() *Meta { return &Meta{txn: t} }

// Refresh begins a statement: a ReadCommitted transaction sees what was
// committed until now, others go on with their snapshot.
func (t *Txn) Refresh(ctx context.Context) error { return t.kv.Refresh(ctx) }

// Mark remembers the state of the writes, in O(1).
func (t *Txn) Mark() Mark { return Mark{kv: t.kv.Mark(), written: len(t.written)} }

// RollbackTo undoes the writes since m. Locks stay, and m stays usable.
func (t *Txn) RollbackTo(m Mark) error {
	if err := t.kv.RollbackTo(m.kv); err != nil {
		return err
	}
	for len(t.written) > m.written {
		last := len(t.written) - 1
		t.written[last].wrote = false
		t.written = t.written[:last]
	}
	return nil
}

// Size is the number of bytes buffered for writing.
func (t *Txn) Size() int64 { return t.kv.Size() }

// ReadOnly says whether the transaction refuses writes.
func (t *Txn) ReadOnly() bool { return t.opts.ReadOnly }

// Isolation is the level the transaction began with.
func (t *Txn) Isolation() kv.Isolation { return t.opts.Isolation }

// SetLockWait changes how long later locks are waited for; 0 does not wait.
func (t *Txn) SetLockWait(d time.Duration) { t.lockWait = d }

// Commit asks the guard of every handle that was written through once more,
// rolls back if one denies, and returns when the writes are durable. After any
// error but kv.ErrUndetermined nothing was written.
func (t *Txn) Commit(ctx context.Context) error {
	t.closeScans()
	for _, tab := range t.written {
		if !allowed(tab.guard, tab.id, tab.want) {
			err := &DeniedError{Object: tab.id, Want: tab.want, Revoked: true}
			return errors.Join(err, t.Rollback())
		}
	}
	t.written = nil
	return t.kv.Commit(ctx)
}

// Rollback ends the transaction; after Commit it does nothing.
func (t *Txn) Rollback() error {
	t.closeScans()
	t.written = nil
	return t.kv.Rollback()
}
