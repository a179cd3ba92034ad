package catalog

import (
	"context"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Open reads the catalog of db, and creates it in an empty store: the user root
// (who has no password yet and so cannot log in), PUBLIC and the instance id.
// The caller keeps ownership of db and closes it after the catalog's last use.
func Open(ctx context.Context, db *kivi.DB) (*Catalog, error) {
	return open(ctx, kiviStore{db}, Sealing{})
}

// OpenSealed is Open for a store whose records are sealed. Error: ErrTampered.
func OpenSealed(ctx context.Context, db *kivi.DB, s Sealing) (*Catalog, error) {
	return open(ctx, kiviStore{db}, s)
}

// KV is the kivi transaction that the change is part of: rows written in it are
// committed with the catalog's records, or not at all. Only Update ends it.
func (tx *Tx) KV() *kivi.Txn {
	if t, ok := tx.txn.(kiviTxn); ok {
		return t.txn
	}
	return nil
}

type kiviStore struct{ db *kivi.DB }

func (s kiviStore) begin(ctx context.Context, readOnly bool) (storeTxn, error) {
	txn, err := s.db.Begin(ctx, kv.TxnOptions{ReadOnly: readOnly})
	if err != nil {
		return nil, err
	}
	return kiviTxn{txn, txn.Meta()}, nil
}

func (s kiviStore) allocIDs(ctx context.Context, n uint32) (ID, error) { return s.db.AllocIDs(ctx, n) }
func (s kiviStore) dataObjects(ctx context.Context) ([]ID, error)      { return s.db.DataObjects(ctx) }
func (s kiviStore) purge(ctx context.Context, data ID) error           { return s.db.Purge(ctx, data) }

type kiviTxn struct {
	txn  *kivi.Txn
	meta *kivi.Meta
}

func (t kiviTxn) get(ctx context.Context, key []byte) ([]byte, error) { return t.meta.Get(ctx, key) }
func (t kiviTxn) put(ctx context.Context, key, val []byte) error      { return t.meta.Put(ctx, key, val) }
func (t kiviTxn) delete(ctx context.Context, key []byte) error        { return t.meta.Delete(ctx, key) }
func (t kiviTxn) commit(ctx context.Context) error                    { return t.txn.Commit(ctx) }
func (t kiviTxn) rollback()                                           { _ = t.txn.Rollback() } // nothing to do about a failure

func (t kiviTxn) scan(ctx context.Context, visit func(key, val []byte) error) error {
	lo, hi := codec.SpaceBounds(codec.SpaceMeta)
	it, err := t.meta.Scan(ctx, lo, hi)
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		if err := visit(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	return it.Err()
}
