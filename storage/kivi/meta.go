package kivi

import (
	"bytes"
	"context"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Meta is the catalog's part of the store: the keys that begin with
// codec.SpaceMeta. Kind FF there is kivi's own. No guard is asked: the catalog
// decides for itself, and nobody else may hold a Meta.
type Meta struct{ txn *Txn }

func checkMeta(keys ...[]byte) error {
	for _, k := range keys {
		if len(k) < 2 || k[0] != codec.SpaceMeta || k[1] == idCounterKey[1] {
			return fmt.Errorf("%w: key %x is not the catalog's", ErrAssertion, k)
		}
	}
	return nil
}

// Get reads the snapshot.
func (m *Meta) Get(ctx context.Context, key []byte) ([]byte, error) {
	if err := checkMeta(key); err != nil {
		return nil, err
	}
	return m.txn.kv.Get(ctx, key)
}

// CurrentGet reads the newest committed value.
func (m *Meta) CurrentGet(ctx context.Context, key []byte) ([]byte, error) {
	if err := checkMeta(key); err != nil {
		return nil, err
	}
	return m.txn.kv.Current().Get(ctx, key)
}

// LockGet locks the key and reads its newest committed value.
func (m *Meta) LockGet(ctx context.Context, key []byte) ([]byte, error) {
	if err := m.Lock(ctx, key); err != nil {
		return nil, err
	}
	return m.txn.kv.Current().Get(ctx, key)
}

// Lock takes row locks until the transaction ends.
func (m *Meta) Lock(ctx context.Context, keys ...[]byte) error {
	if err := checkMeta(keys...); err != nil {
		return err
	}
	return m.txn.kv.Lock(ctx, m.txn.lockWait, keys...)
}

// Put locks the key and writes it. val must not be empty.
func (m *Meta) Put(ctx context.Context, key, val []byte) error {
	if err := m.Lock(ctx, key); err != nil {
		return err
	}
	return m.txn.kv.Put(key, val)
}

// Delete locks the key and removes it, if it is there.
func (m *Meta) Delete(ctx context.Context, key []byte) error {
	if err := m.Lock(ctx, key); err != nil {
		return err
	}
	return m.txn.kv.Delete(key)
}

// Scan walks the snapshot's keys lo <= key < hi; hi may be the space's end.
func (m *Meta) Scan(ctx context.Context, lo, hi []byte) (kv.Iterator, error) {
	return m.scan(ctx, m.txn.kv, lo, hi)
}

// CurrentScan walks the newest committed state.
func (m *Meta) CurrentScan(ctx context.Context, lo, hi []byte) (kv.Iterator, error) {
	return m.scan(ctx, m.txn.kv.Current(), lo, hi)
}

// metaEnd is where kivi's own kind begins.
var metaEnd = []byte{codec.SpaceMeta, idCounterKey[1]}

func (m *Meta) scan(ctx context.Context, r kv.Reader, lo, hi []byte) (kv.Iterator, error) {
	if len(lo) == 0 || lo[0] != codec.SpaceMeta || len(hi) == 0 {
		return nil, fmt.Errorf("%w: range %x to %x is not the catalog's", ErrAssertion, lo, hi)
	}
	if bytes.Compare(hi, metaEnd) > 0 {
		if hi[0] != codec.SpaceMeta && !bytes.Equal(hi, []byte{codec.SpaceMeta + 1}) {
			return nil, fmt.Errorf("%w: range %x to %x is not the catalog's", ErrAssertion, lo, hi)
		}
		hi = metaEnd
	}
	return r.Iter(ctx, lo, hi, false)
}
