// Package kv is the contract between KiVi and the ordered key-value engine
// below it: a transaction interface, its limits and its errors. Every engine
// (embed on one machine, tikv and etcd on several) implements it and passes the
// suite in package conform. The package imports nothing of ours.
//
// An Engine stores one ordered map of byte strings. A Txn reads a snapshot with
// its own writes on top; Current reads the newest committed state instead, and
// is what locking reads, UPDATE and DELETE use. Only durable states are ever
// visible: a value that Get returns survives a power cut.
package kv

import (
	"context"
	"time"
)

// Limits that every engine keeps. They are the smallest of the engines we know
// (TiKV: 6 MB an entry; FoundationDB would need less).
const (
	MaxKeyBytes   = 4 << 10
	MaxValueBytes = 1 << 20
)

// Isolation says what a transaction's plain reads see. Locking reads always see
// the newest committed state, as InnoDB's do.
type Isolation uint8

const (
	// RepeatableRead keeps the snapshot of the transaction's first read.
	RepeatableRead Isolation = iota
	// ReadCommitted takes a new snapshot at each Refresh, one per statement.
	ReadCommitted
	// Serializable also records what was read and validates it at Commit.
	Serializable
)

// Caps says what an engine can promise.
type Caps struct {
	Serializable  bool  // read ranges are validated, not only read keys
	StrictCommit  bool  // whoever holds every row lock never conflicts at Commit
	MaxTxnBytes   int64 // write set limit; ErrTooLarge above it
	DurableOnRead bool  // a value read is on disk
}

// TxnOptions are fixed for the life of a transaction.
type TxnOptions struct {
	Isolation Isolation
	ReadOnly  bool
	// Hold is asked for the memory of what is written and not committed yet, but for little; bytes are negative
	// when they are given back. Its error is that of the write. nil allows all. Whoever ends the
	// transaction calls it, too.
	Hold func(bytes int64) error
}

// Engine is one ordered, transactional, durable key-value store.
// Its methods may be called concurrently.
type Engine interface {
	Begin(ctx context.Context, opts TxnOptions) (Txn, error)
	// AllocID reserves n consecutive numbers of the counter stored at key and
	// returns the first. It commits by itself: numbers are never handed out
	// twice, and those of a failed caller are lost.
	AllocID(ctx context.Context, key []byte, n uint64) (first uint64, err error)
	// DeleteRange removes lo <= key < hi outside any transaction. Only for
	// garbage: keys that no snapshot and no future transaction will read.
	DeleteRange(ctx context.Context, lo, hi []byte) error
	// Bulk writes sorted, new keys as fast as the engine can, all or nothing,
	// durable on return. The keys must lie in a range that nobody reads yet.
	Bulk(ctx context.Context, next func() (key, val []byte, ok bool, err error)) error
	Caps() Caps
	Close() error
}

// Reader reads one consistent state. Returned slices belong to the caller.
type Reader interface {
	// Get returns ErrNotFound for an absent key.
	Get(ctx context.Context, key []byte) ([]byte, error)
	// BatchGet answers in the order of keys, nil for an absent key. Sorted
	// keys are about ten times cheaper than single Gets.
	BatchGet(ctx context.Context, keys [][]byte) ([][]byte, error)
	// Iter walks lo <= key < hi. The caller closes the iterator.
	Iter(ctx context.Context, lo, hi []byte, reverse bool) (Iterator, error)
}

// Iterator stands before the first entry until Next is called. Key and Value
// stay valid until the next call of Next or Close.
type Iterator interface {
	Next() bool
	Key() []byte
	Value() []byte
	Err() error
	Close() error
}

// Mark is a point in a transaction's write set that RollbackTo returns to.
type Mark any

// Txn is a transaction. It is used by one goroutine at a time, except Abandon.
type Txn interface {
	Reader // the snapshot, with the transaction's own writes on top
	// Current reads the newest committed state, own writes on top.
	Current() Reader
	// Refresh moves a ReadCommitted transaction to a new snapshot; on other
	// levels it does nothing.
	Refresh(ctx context.Context) error
	// Lock takes exclusive row locks until the transaction ends. wait == 0
	// means NOWAIT. ErrLockWait leaves the transaction usable; ErrDeadlock has
	// rolled it back.
	Lock(ctx context.Context, wait time.Duration, keys ...[]byte) error
	// Put and Delete buffer a write. They take no lock: whoever may meet
	// another writer of the key locks first. val must not be empty.
	Put(key, val []byte) error
	Delete(key []byte) error
	// Mark and RollbackTo nest; locks taken since the mark stay.
	Mark() Mark
	RollbackTo(Mark) error
	// Keep says how many marks will be kept for longer than a statement, in the
	// order in which they were made: the last one made is among them when there
	// are more than before. What only they still reach is memory of the
	// transaction's. An error is TxnOptions.Hold's, and refuses the mark.
	Keep(marks int) error
	// At reads the snapshot, or the newest committed state, with the own writes
	// as they were at the mark on top: what a statement that writes reads of
	// the table it changes, however often it reads it.
	At(m Mark, current bool) Reader
	// Size is the number of bytes buffered for writing.
	Size() int64
	// Commit returns after the writes are durable. After any error but
	// ErrUndetermined nothing was written.
	Commit(ctx context.Context) error
	// Rollback ends the transaction; after Commit it does nothing.
	Rollback() error
	// Abandon gives the transaction up from outside: any goroutine may call it,
	// also while another one is in a call. When it returns true, the row locks are
	// free, nothing of the transaction will ever be committed, and whatever is
	// called in it fails with why, or soon will. The owner still ends it by
	// Rollback. False: it had ended, or is being committed.
	Abandon(why error) bool
}
