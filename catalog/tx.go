package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi/kv"
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
	of      uint64 // the version that the change is of: in a branch that which adopts it will have
	ctx     context.Context
	txn     storeTxn
	alloc   func(context.Context) (ID, error)
	touches touches
	purge   map[ID]struct{}
	changed bool
	aside   bool // of tables that are not in the catalog: see Aside
	seal    *sealer
	late    map[string]*Table // written when the function has ended, by key: see putLate
	tags    map[string][]byte // of the records that this transaction wrote, by key; nil of those it removed
	err     error             // sticky: a storage error, or errTxEnded
}

// RecordedAs says which audit record tells of the change; 0 is none.
func (tx *Tx) RecordedAs(seq uint64) {
	if seq > 0 {
		tx.audited = seq
	}
}

// AllocID returns an id that was never used. It is lost if the Update fails.
func (tx *Tx) AllocID() (ID, error) {
	if tx.err != nil {
		return 0, tx.err
	}
	id, err := tx.alloc(tx.ctx)
	if err == nil && (tx.kindOf(id) != nil || tx.principals.get(principal.ID(id)) != nil || tx.HasData(id)) {
		tx.err = fmt.Errorf("%w: id %d is given a second time: the counter of ids was set back", ErrCorrupt, id)
		return 0, tx.err
	}
	return id, err
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
	if t, ok := any(rec).(*Table); ok {
		kept, err := tx.putLate(recordKey(kind, ids...), t)
		return any(kept).(*T), err
	}
	val, err := encodeRecord(rec)
	if err != nil {
		return nil, err
	}
	kept, err := decodeRecord[T](val)
	if err != nil {
		return nil, err
	}
	if err := tx.write(recordKey(kind, ids...), val); err != nil {
		return nil, err
	}
	tx.changed = true
	return kept, nil
}

// putLate is put for tables, of which one statement may make a thousand versions: only the last of a change is written.
func (tx *Tx) putLate(key []byte, t *Table) (*Table, error) {
	if !t.storable() {
		return nil, fmt.Errorf("%w: %T: text is not valid UTF-8", ErrInvalid, t)
	}
	kept := t.Clone()
	if tx.late == nil {
		tx.late = map[string]*Table{}
	}
	tx.late[string(key)], tx.changed = kept, true
	return kept, nil
}

// writeLate writes what putLate has kept back.
func (tx *Tx) writeLate() error {
	for _, key := range slices.Sorted(maps.Keys(tx.late)) {
		val, err := encodeRecord(tx.late[key])
		if err != nil {
			return err
		}
		if err := tx.write([]byte(key), val); err != nil {
			return err
		}
	}
	tx.late = nil
	return nil
}

// write stores a value under a key, with its tag where records are sealed. The state
// record has none: its seal is one.
func (tx *Tx) write(key, val []byte) error {
	if tx.seal != nil && key[1] != byte(recState) {
		if err := tx.unsum(key); err != nil {
			return err
		}
		val = tx.seal.wrap(key, val)
		_, tag := unwrap(val)
		tx.seal.toggle(&tx.sum, key, tag)
		tx.tags[string(key)] = tag
	}
	if err := tx.txn.put(tx.ctx, key, val); err != nil {
		tx.err = fmt.Errorf("write catalog record: %w", err)
		return tx.err
	}
	return nil
}

// unsum takes what is stored under a key out of the sum.
func (tx *Tx) unsum(key []byte) error {
	if tx.seal == nil {
		return nil
	}
	tag, known := tx.tags[string(key)]
	if !known {
		val, err := tx.txn.get(tx.ctx, key)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			tx.err = fmt.Errorf("read catalog record: %w", err)
			return tx.err
		}
		_, tag = unwrap(val)
	}
	if tag != nil {
		tx.seal.toggle(&tx.sum, key, tag)
	}
	tx.tags[string(key)] = nil
	return nil
}

// sealAll gives every record its tag.
func (tx *Tx) sealAll() error {
	type record struct{ key, val []byte }
	var all []record
	if err := tx.txn.scan(tx.ctx, func(key, val []byte) error {
		all = append(all, record{bytes.Clone(key), bytes.Clone(val)})
		return nil
	}); err != nil {
		return err
	}
	tx.sum, tx.changed = sum{}, true
	for _, r := range all {
		if r.key[1] == byte(recState) {
			continue
		}
		body, _ := unwrap(r.val)
		tx.tags[string(r.key)] = nil // what it was is not in the sum
		if err := tx.write(r.key, body); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) remove(kind recordKind, ids ...uint32) error {
	if tx.err != nil {
		return tx.err
	}
	key := recordKey(kind, ids...)
	delete(tx.late, string(key))
	if err := tx.unsum(key); err != nil {
		return err
	}
	if err := tx.txn.delete(tx.ctx, key); err != nil {
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
