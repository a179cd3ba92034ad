package embed

import (
	"bytes"
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/lxdb/lxdb/storage/kivi/embed/membuf"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// checkEvery is how many entries pass between two looks at the context.
const checkEvery = 256

// mergeIter walks the LSM and the write set together. The write set's entry
// wins when both have the key, and a deleted one hides it.
type mergeIter struct {
	ctx     context.Context
	txn     *Txn
	lsm     *pebble.Iterator
	own     *membuf.Iter // nil: nothing written when the iterator was made
	lo, hi  []byte       // kept for own and for narrowing the read span
	reverse bool
	started bool
	lsmOK   bool
	fromOwn bool // the current entry is own's
	both    bool // both stand on the current key
	read    int  // index of the read span, -1 for none
	since   uint64
	n       int
	err     error
	closed  bool
}

var _ kv.Iterator = (*mergeIter)(nil)

func (t *Txn) iter(ctx context.Context, lo, hi []byte, reverse bool, v view) (kv.Iterator, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	if err := t.e.enter(); err != nil {
		return nil, err
	}
	it := &mergeIter{ctx: ctx, txn: t, reverse: reverse, read: -1, since: ^uint64(0)}
	src := t.source(v.current)
	if v.current && t.opts.Isolation != kv.Serializable {
		it.since = t.e.appliedCSN.Load() // all of it is in the iterator made next
	}
	var err error
	it.lsm, err = src.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: lo, UpperBound: hi})
	t.noteSeen(v.current)
	if err != nil {
		t.e.leave()
		return nil, readError(err)
	}
	record, written := t.validating(), v.own != nil && v.own.Len() > 0
	if written || record {
		it.lo, it.hi = bytes.Clone(lo), bytes.Clone(hi)
	}
	if written {
		it.own = v.own.Clone().Iter()
	}
	if record {
		it.read = len(t.reads)
		t.reads = append(t.reads, span{lo: it.lo, hi: it.hi})
	}
	return it, nil
}

// Next implements kv.Iterator.
func (it *mergeIter) Next() bool {
	if it.err != nil || it.closed {
		return false
	}
	if it.n++; it.n%checkEvery == 0 {
		if it.err = it.txn.usable(it.ctx); it.err != nil {
			return false
		}
	}
	if !it.started {
		it.started = true
		it.first()
	} else {
		it.step()
	}
	for it.choose() {
		if !it.fromOwn || !it.own.Entry().Deleted() {
			return true
		}
		it.step()
	}
	it.err = readError(it.lsm.Error())
	return false
}

func (it *mergeIter) first() {
	if it.reverse {
		it.lsmOK = it.lsm.Last()
		if it.own != nil {
			it.own.SeekLT(it.hi)
		}
		return
	}
	it.lsmOK = it.lsm.First()
	if it.own != nil {
		it.own.SeekGE(it.lo)
	}
}

// step leaves the current key on whichever side has it.
func (it *mergeIter) step() {
	if it.fromOwn {
		if it.reverse {
			it.own.Prev()
		} else {
			it.own.Next()
		}
	}
	if it.lsmOK && (!it.fromOwn || it.both) {
		if it.reverse {
			it.lsmOK = it.lsm.Prev()
		} else {
			it.lsmOK = it.lsm.Next()
		}
	}
}

// choose decides which side has the next key; false at the end.
func (it *mergeIter) choose() bool {
	it.fromOwn, it.both = it.ownInside(), false
	if !it.fromOwn {
		return it.lsmOK
	}
	if !it.lsmOK {
		return it.lsm.Error() == nil
	}
	c := bytes.Compare(it.own.Entry().Key, it.lsm.Key())
	if it.reverse {
		c = -c
	}
	it.fromOwn, it.both = c <= 0, c == 0
	return true
}

func (it *mergeIter) ownInside() bool {
	if it.own == nil || !it.own.Valid() {
		return false
	}
	k := it.own.Entry().Key
	if it.reverse {
		return bytes.Compare(k, it.lo) >= 0
	}
	return it.hi == nil || bytes.Compare(k, it.hi) < 0
}

// Key implements kv.Iterator.
func (it *mergeIter) Key() []byte {
	if it.fromOwn {
		return it.own.Entry().Key
	}
	return it.lsm.Key()
}

// Value implements kv.Iterator.
func (it *mergeIter) Value() []byte {
	if it.fromOwn {
		return it.own.Entry().Value
	}
	v, err := it.lsm.ValueAndErr()
	if err != nil {
		it.err = readError(err)
	}
	return v
}

// Fresh says that no other transaction has committed the current key since the
// iterator was made. It is exact only while the caller holds the key's lock, and
// spares a locking scan the second read of each row.
func (it *mergeIter) Fresh() bool {
	return it.since == ^uint64(0) || it.fromOwn || !it.txn.e.locks.CommittedSince(it.lsm.Key(), it.since)
}

// Err implements kv.Iterator.
func (it *mergeIter) Err() error { return it.err }

// Close implements kv.Iterator.
func (it *mergeIter) Close() error {
	if it.closed {
		return nil
	}
	it.closed = true
	it.narrow()
	it.txn.e.old.note(it.txn.e, it.lsm.Stats(), it.n)
	err := it.lsm.Close()
	it.txn.e.leave()
	return readError(err)
}

// narrow cuts the recorded span to what was really walked, so that a LIMIT
// does not conflict with the rest of the table.
func (it *mergeIter) narrow() {
	t := it.txn
	if it.read < 0 || it.read >= len(t.reads) || it.err != nil || !it.started {
		return
	}
	if !it.fromOwn && !it.lsmOK {
		return // walked to the end
	}
	if it.reverse {
		t.reads[it.read].lo = bytes.Clone(it.Key())
	} else {
		t.reads[it.read].hi = append(bytes.Clone(it.Key()), 0)
	}
}
