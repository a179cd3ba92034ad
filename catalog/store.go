package catalog

import "context"

// store is what the catalog needs of kivi. It is small so that tests can make
// every one of these calls fail; store_kivi.go has the real one.
type store interface {
	begin(ctx context.Context, readOnly bool) (storeTxn, error)
	allocIDs(ctx context.Context, n uint32) (first ID, err error)
	dataObjects(ctx context.Context) ([]ID, error)
	purge(ctx context.Context, data ID) error
}

// storeTxn is a transaction on the meta space. Its errors are those of package kv.
type storeTxn interface {
	get(ctx context.Context, key []byte) ([]byte, error)
	put(ctx context.Context, key, val []byte) error
	delete(ctx context.Context, key []byte) error
	// scan visits all records of the meta space in the order of their keys,
	// until visit returns an error.
	scan(ctx context.Context, visit func(key, val []byte) error) error
	commit(ctx context.Context) error
	rollback()
}
