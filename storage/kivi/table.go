package kivi

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Table is one object's keys within a transaction, seen through a guard. Every
// method takes and returns full keys, header included, and asks the guard for
// the handle's rights before it does anything.
//
// Three ways to read:
//
//	Get, GetBatch, Scan      the transaction's snapshot: plain SELECT
//	LockGet, LockScan        row lock, then the newest committed value: UPDATE, FOR UPDATE
//	CurrentGet, CurrentScan  newest committed value without a lock: unique and
//	                         foreign key look-ups after Lock
//
// All of them see the transaction's own writes. An absent key is kv.ErrNotFound.
type Table struct {
	txn   *Txn
	id    ObjectID
	guard Guard
	want  Rights
	wrote uint64 // 1 + the turn of txn in which what it asks was in txn.written, 0 for never
	locks bool   // what it asks is in txn.locked
	under uint64 // epoch of the policy that the handle's user applies, 0 without one
	// snapshot and current are what the handle reads from.
	snapshot, current kv.Reader
	one               [1][]byte // the key of a running call
}

// At returns a handle whose reads see the transaction's own writes as they were
// at m. A statement reads the table it writes through the mark of its beginning,
// or it would meet its own rows again: the Halloween problem. Writes go through
// the handle that At was called on.
func (t *Table) At(m Mark) *Table {
	return &Table{
		txn: t.txn, id: t.id, guard: t.guard, want: t.want, under: t.under,
		snapshot: t.txn.kv.At(m.kv, false), current: t.txn.kv.At(m.kv, true),
	}
}

// ID is the object the handle is for.
func (t *Table) ID() ObjectID { return t.id }

// Under says that whoever uses the handle applies the policy that was compiled
// at this epoch of the guard to all that he reads and writes. Only then does the
// handle reach an object that is restricted, and only while the epoch stays.
func (t *Table) Under(policy uint64) {
	if policy != t.under {
		t.under, t.wrote, t.locks = policy, 0, false
	}
}

// Ask asks once more for the handle's rights: for who keeps rows that were read. The
// error is a DeniedError that says Revoked.
func (t *Table) Ask() error {
	if t.allowed() {
		return nil
	}
	return &DeniedError{Object: t.id, Want: t.want, Revoked: true}
}

func (t *Table) ask() error {
	if t.allowed() {
		return nil
	}
	return &DeniedError{Object: t.id, Want: t.want}
}

func (t *Table) question() question { return question{t.id, t.guard, t.want, t.under} }

func (t *Table) allowed() bool {
	return allowed(t.guard, t.id, t.want) || t.under != 0 && t.allowedUnder()
}

func (t *Table) allowedUnder() bool {
	q := t.question()
	return q.allowedUnder()
}

// askWrite asks for a write and notes the handle for Commit.
func (t *Table) askWrite() error {
	if t.want&writing == 0 {
		return &DeniedError{Object: t.id, Want: t.want}
	}
	if t.txn.only != nil && !t.txn.only.Allows(t.id, t.want) {
		return kv.ErrReadOnly
	}
	now := t.txn.turn + 1
	if t.wrote == now {
		return t.ask()
	}
	// Noted before the question, so that a revoke that comes meanwhile finds it.
	t.txn.mu.Lock()
	added := t.txn.written.add(t.question())
	t.txn.mu.Unlock()
	if err := t.ask(); err != nil {
		if added {
			t.txn.mu.Lock()
			t.txn.written.pop()
			t.txn.mu.Unlock()
		}
		return err
	}
	t.wrote = now
	return nil
}

// noteLock notes a handle for Txn.Revoked that locks and does not write; false
// when there is one for it already.
func (t *Table) noteLock() bool {
	if t.wrote == t.txn.turn+1 || t.locks {
		return false
	}
	t.locks = true
	t.txn.mu.Lock()
	defer t.txn.mu.Unlock()
	return t.txn.locked.add(t.question())
}

// unnoteLock takes back a noteLock that said true, before anything was locked.
func (t *Table) unnoteLock() {
	t.locks = false
	t.txn.mu.Lock()
	defer t.txn.mu.Unlock()
	t.txn.locked.pop()
}

func checkKey(id ObjectID, key []byte) error {
	if len(key) < codec.HeaderBytes || key[0] != codec.SpaceData || binary.BigEndian.Uint32(key[1:]) != id {
		return fmt.Errorf("%w: key %x is not of object %d", ErrAssertion, key, id)
	}
	return nil
}

// checkRange wants lo and hi within the object; hi may be its end.
func checkRange(id ObjectID, lo, hi []byte) error {
	from, to := objectRange(id)
	if bytes.Compare(lo, from[:]) < 0 || len(hi) == 0 || bytes.Compare(hi, to[:]) > 0 {
		return fmt.Errorf("%w: range %x to %x is not of object %d", ErrAssertion, lo, hi, id)
	}
	return nil
}

// objectRange is codec.ObjectBounds without an allocation.
func objectRange(id ObjectID) (lo, hi [5]byte) {
	lo[0], hi[0] = codec.SpaceData, codec.SpaceData
	binary.BigEndian.PutUint32(lo[1:], id)
	if id+1 == 0 {
		hi[0]++
	}
	binary.BigEndian.PutUint32(hi[1:], id+1)
	return lo, hi
}

func (t *Table) askKey(key []byte) error {
	if err := checkKey(t.id, key); err != nil {
		return err
	}
	return t.ask()
}

func (t *Table) askKeys(keys [][]byte) error {
	for _, k := range keys {
		if err := checkKey(t.id, k); err != nil {
			return err
		}
	}
	return t.ask()
}

// Get reads the snapshot.
func (t *Table) Get(ctx context.Context, key []byte) ([]byte, error) {
	if err := t.askKey(key); err != nil {
		return nil, err
	}
	return t.snapshot.Get(ctx, key)
}

// GetBatch reads the snapshot and answers in the order of keys, nil for an
// absent one. Use it for two keys or more: sorted look-ups share their work.
func (t *Table) GetBatch(ctx context.Context, keys [][]byte) ([][]byte, error) {
	if err := t.askKeys(keys); err != nil {
		return nil, err
	}
	return t.snapshot.BatchGet(ctx, keys)
}

// Scan walks the snapshot's keys lo <= key < hi, backwards if reverse.
func (t *Table) Scan(ctx context.Context, lo, hi []byte, reverse bool) (*Scan, error) {
	return t.open(ctx, t.snapshot, lo, hi, reverse, false)
}

// CurrentGet reads the newest committed value.
func (t *Table) CurrentGet(ctx context.Context, key []byte) ([]byte, error) {
	if err := t.askKey(key); err != nil {
		return nil, err
	}
	return t.current.Get(ctx, key)
}

// CurrentGetBatch is GetBatch on the newest committed state.
func (t *Table) CurrentGetBatch(ctx context.Context, keys [][]byte) ([][]byte, error) {
	if err := t.askKeys(keys); err != nil {
		return nil, err
	}
	return t.current.BatchGet(ctx, keys)
}

// CurrentScan walks the newest committed state as of its opening.
func (t *Table) CurrentScan(ctx context.Context, lo, hi []byte, reverse bool) (*Scan, error) {
	return t.open(ctx, t.current, lo, hi, reverse, false)
}

// LockGet locks the key, absent or not, and reads its newest committed value.
func (t *Table) LockGet(ctx context.Context, key []byte) ([]byte, error) {
	t.one[0] = key
	if err := t.Lock(ctx, t.one[:]...); err != nil {
		return nil, err
	}
	return t.current.Get(ctx, key)
}

// LockScan walks the newest committed state and locks each key before it
// returns it. A row that was deleted while its lock was waited for is left out;
// one that was changed is returned as it is now. It locks the keys it walks: over
// an index whose entries are written with PutEntry that says nothing about the
// rows, which the caller locks and reads by themselves.
func (t *Table) LockScan(ctx context.Context, lo, hi []byte, reverse bool) (*Scan, error) {
	return t.open(ctx, t.current, lo, hi, reverse, true)
}

// Lock takes the row locks until the transaction ends. kv.ErrLockWait leaves
// the transaction usable; kv.ErrDeadlock has rolled it back.
func (t *Table) Lock(ctx context.Context, keys ...[]byte) error {
	first := t.noteLock() // before the question, so that a revoke that comes meanwhile finds it
	if err := t.askKeys(keys); err != nil {
		if first {
			t.unnoteLock()
		}
		return err
	}
	return t.txn.kv.Lock(ctx, t.txn.lockWait, keys...)
}

// Put locks the key and writes it. val must not be empty.
func (t *Table) Put(ctx context.Context, key, val []byte) error {
	if err := t.writeLocked(ctx, key); err != nil {
		return err
	}
	return t.txn.kv.Put(key, val)
}

// Delete locks the key and removes it, if it is there.
func (t *Table) Delete(ctx context.Context, key []byte) error {
	if err := t.writeLocked(ctx, key); err != nil {
		return err
	}
	return t.txn.kv.Delete(key)
}

func (t *Table) writeLocked(ctx context.Context, key []byte) error {
	if err := checkKey(t.id, key); err != nil {
		return err
	}
	if err := t.askWrite(); err != nil {
		return err
	}
	t.one[0] = key
	return t.txn.kv.Lock(ctx, t.txn.lockWait, t.one[:]...)
}

// PutEntry writes without a lock: for index entries that contain their row's
// primary key, whose row the caller has locked.
func (t *Table) PutEntry(ctx context.Context, key, val []byte) error {
	if err := t.writeEntry(ctx, key); err != nil {
		return err
	}
	return t.txn.kv.Put(key, val)
}

// DeleteEntry removes an index entry without a lock, see PutEntry.
func (t *Table) DeleteEntry(ctx context.Context, key []byte) error {
	if err := t.writeEntry(ctx, key); err != nil {
		return err
	}
	return t.txn.kv.Delete(key)
}

func (t *Table) writeEntry(ctx context.Context, key []byte) error {
	if err := checkKey(t.id, key); err != nil {
		return err
	}
	if err := t.askWrite(); err != nil {
		return err
	}
	return ctx.Err()
}
