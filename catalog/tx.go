package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
)

// errTxEnded: a Tx was kept beyond its Update, or used after a storage error.
var errTxEnded = errors.New("catalog: transaction has ended")

// Tx is a change in progress. The Snapshot in it is a private working view that
// shows the changes made so far, under the version and epoch that they will
// have. A Tx belongs to the function given to Update and ends with it.
//
// A Put or Drop that fails with ErrExists, ErrNotFound or ErrInvalid has changed
// nothing, and the Tx goes on. After any other error Update fails whatever its
// function returns.
type Tx struct {
	*Snapshot
	ctx     context.Context
	txn     storeTxn
	alloc   func(context.Context) (ID, error)
	touches touches
	purge   map[ID]struct{}
	changed bool
	err     error // sticky: a storage error, or errTxEnded
}

// AllocID returns an id that was never used. It is lost if the Update fails.
func (tx *Tx) AllocID() (ID, error) {
	if tx.err != nil {
		return 0, tx.err
	}
	return tx.alloc(tx.ctx)
}

// Context is the one given to Update.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Touched says what was changed so far.
func (tx *Tx) Touched() Touched { return tx.touches.touched() }

// Purge deletes all rows of a data id after the commit. The id must not be in
// use by a table then. Should the process end before that, the orphan sweep of
// the next start finds them.
func (tx *Tx) Purge(data ID) { tx.purge[data] = struct{}{} }

// touchPrincipal marks a principal whose rights or account changed.
func (tx *Tx) touchPrincipal(p principal.ID) {
	tx.touches.principals[p] = struct{}{}
	tx.touchSecurity()
}

func (tx *Tx) touchSecurity() {
	tx.touches.security = true
	tx.Snapshot.epoch = tx.Snapshot.version
}

func (tx *Tx) touchObject(ids ...ID) {
	for _, id := range ids {
		tx.touches.objects[id] = struct{}{}
	}
}

func (tx *Tx) touchData(ids ...ID) {
	for _, id := range ids {
		tx.touches.data[id] = struct{}{}
	}
}

// put writes rec and returns the copy to keep in memory.
func put[T any](tx *Tx, rec *T, kind recordKind, ids ...uint32) (*T, error) {
	if tx.err != nil {
		return nil, tx.err
	}
	val, err := encodeRecord(rec)
	if err != nil {
		return nil, err
	}
	kept, err := decodeRecord[T](val)
	if err != nil {
		return nil, err
	}
	if err := tx.txn.put(tx.ctx, recordKey(kind, ids...), val); err != nil {
		tx.err = fmt.Errorf("write catalog record: %w", err)
		return nil, tx.err
	}
	tx.changed = true
	return kept, nil
}

func (tx *Tx) remove(kind recordKind, ids ...uint32) error {
	if tx.err != nil {
		return tx.err
	}
	if err := tx.txn.delete(tx.ctx, recordKey(kind, ids...)); err != nil {
		tx.err = fmt.Errorf("delete catalog record: %w", err)
		return tx.err
	}
	tx.changed = true
	return nil
}

// checkPurge refuses to purge what a table still uses.
func (tx *Tx) checkPurge() error {
	for data := range tx.purge {
		if t := tx.TableByData(data); t != nil {
			return fmt.Errorf("%w: purge of data id %d, which table %q uses", ErrInvalid, data, t.Name)
		}
		if q := tx.SequenceByData(data); q != nil {
			return fmt.Errorf("%w: purge of data id %d, which sequence %q uses", ErrInvalid, data, q.Name)
		}
	}
	return nil
}

func (tx *Tx) purges() []ID { return sorted(tx.purge) }
