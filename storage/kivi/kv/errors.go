package kv

import "errors"

// Met while reading.
var (
	// ErrNotFound: the key is absent in the state that was read.
	ErrNotFound = errors.New("kv: not found")
	// ErrCorrupt: a checksum failed. Nothing is repaired silently.
	ErrCorrupt = errors.New("kv: corrupt data")
)

// Met while locking.
var (
	// ErrLockWait: another transaction held the row for longer than the wait.
	// The transaction goes on; only the statement failed.
	ErrLockWait = errors.New("kv: lock wait timeout")
	// ErrDeadlock: the transaction was chosen as victim and is rolled back.
	ErrDeadlock = errors.New("kv: deadlock, transaction rolled back")
)

// Met while writing or committing.
var (
	// ErrConflict: somebody committed what this transaction read or wrote; run it again.
	ErrConflict = errors.New("kv: conflict, run the transaction again")
	// ErrTooLarge: key, value or write set over the limit.
	ErrTooLarge = errors.New("kv: too large")
	// ErrReadOnly: a write in a read-only transaction.
	ErrReadOnly = errors.New("kv: read-only transaction")
	// ErrUndetermined: the engine cannot say whether the commit happened.
	ErrUndetermined = errors.New("kv: commit result unknown")
	// ErrClosed: the engine or the transaction has ended.
	ErrClosed = errors.New("kv: closed")
)
