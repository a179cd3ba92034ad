package catalog

import (
	"context"
	"errors"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// A catalog of many batches reloads as it was, and one bad record anywhere in
// it keeps it shut.
func TestLoadManyBatches(t *testing.T) {
	ctx := context.Background()
	db := openKivi(t, "")
	c := mustOpen(t, db)
	mustUpdate(t, c, func(tx *Tx) error { return fill(tx, 5*loadBatchRecords+7) })
	again := mustOpen(t, db).Snapshot()
	checkTrees(t, again)
	if dump(again) != dump(c.Snapshot()) {
		t.Fatal("the reload differs")
	}
	for _, id := range []ID{FirstID + 1_000_000, FirstID + 1_000_000 + 3*loadBatchRecords, FirstID + 1_000_000 + 5*loadBatchRecords + 6} {
		key := recordKey(recTable, id)
		rewriteMeta(t, c, key, func(val []byte) []byte { return val[:len(val)-1] })
		if _, err := Open(ctx, db); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("with a damaged table %d: %v, want ErrCorrupt", id, err)
		}
		rewriteMeta(t, c, key, func(val []byte) []byte { return append(val, '}') })
	}
	if dump(mustOpen(t, db).Snapshot()) != dump(c.Snapshot()) {
		t.Fatal("the repaired catalog differs")
	}
}

// rewriteMeta changes the stored bytes of one record behind the catalog's back.
func rewriteMeta(t *testing.T, c *Catalog, key []byte, change func([]byte) []byte) {
	t.Helper()
	ctx := context.Background()
	txn, err := c.store.(kiviStore).db.Begin(ctx, kv.TxnOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = txn.Rollback() }()
	val, err := txn.Meta().Get(ctx, key)
	if err == nil {
		err = txn.Meta().Put(ctx, key, change(val))
	}
	if err == nil {
		err = txn.Commit(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
}
