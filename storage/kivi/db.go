package kivi

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/embed"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// DefaultLockWait is how long a row lock is waited for unless said otherwise.
const DefaultLockWait = 50 * time.Second

// ErrInUse: another process has the data directory open.
var ErrInUse = embed.ErrInUse

// Options of a DB; zero values mean the defaults.
type Options struct {
	// Dir is the data directory, created when absent.
	Dir string
	// InMemory keeps everything in memory and forgets it on Close; Dir is then
	// only a name and may be empty.
	InMemory bool
	// ReadOnly opens an existing store and writes nothing.
	ReadOnly bool
	// CacheBytes is the block cache, outside the Go heap. Default 256 MiB.
	CacheBytes int64
	// MemtableBytes is the size of one write buffer of the LSM. Default 64 MiB.
	MemtableBytes int64
	// MaxTxnBytes bounds the keys and values one transaction writes; above it
	// writes return kv.ErrTooLarge. Default 256 MiB.
	MaxTxnBytes int64
	// LockWait is the default wait for a row lock. Default 50 s.
	LockWait time.Duration
	// Logger gets the store's events; default slog.Default().
	Logger *slog.Logger
}

// DB is a store of tables. Its methods may be called concurrently.
type DB struct {
	eng      kv.Engine
	lockWait time.Duration
}

// Open opens the store on this machine, creating it when absent.
func Open(o Options) (*DB, error) {
	e, err := embed.Open(embed.Options{
		Dir: o.Dir, InMemory: o.InMemory, CacheBytes: o.CacheBytes, MemtableBytes: o.MemtableBytes,
		MaxTxnBytes: o.MaxTxnBytes, Logger: o.Logger, ReadOnly: o.ReadOnly,
	})
	if err != nil {
		return nil, fmt.Errorf("kivi: open: %w", err)
	}
	return New(e, o), nil
}

// New makes a DB over any engine: for the distributed ones, conformance and
// fakes. Of the options only LockWait is used. The DB closes the engine.
func New(e kv.Engine, o Options) *DB {
	if o.LockWait == 0 {
		o.LockWait = DefaultLockWait
	}
	return &DB{eng: e, lockWait: o.LockWait}
}

// Close ends the store; all transactions must have ended.
func (db *DB) Close() error { return db.eng.Close() }

// Caps says what the engine below promises.
func (db *DB) Caps() kv.Caps { return db.eng.Caps() }

// Begin starts a transaction. It is used by one goroutine at a time and must be
// ended by Commit or Rollback.
func (db *DB) Begin(ctx context.Context, opts kv.TxnOptions) (*Txn, error) {
	t, err := db.eng.Begin(ctx, opts)
	if err != nil {
		return nil, err
	}
	out := &Txn{kv: t, lockWait: db.lockWait, opts: opts}
	out.written.list, out.locked.list = out.few[:0], out.less[:0]
	return out, nil
}

// idCounterKey holds the allocator of object ids. Kind FF of the meta space is
// kivi's own; the catalog uses the others.
var idCounterKey = append([]byte{codec.SpaceMeta, 0xFF}, "object-ids"...)

// AllocIDs reserves n consecutive object ids, n >= 1, and returns the first.
// They are never handed out again, even if the caller fails.
func (db *DB) AllocIDs(ctx context.Context, n uint32) (ObjectID, error) {
	first, err := db.eng.AllocID(ctx, idCounterKey, uint64(n))
	if err != nil {
		return 0, fmt.Errorf("kivi: allocate object id: %w", err)
	}
	first += uint64(codec.FirstFreeID) - 1
	if first+uint64(n)-1 > math.MaxUint32 {
		return 0, fmt.Errorf("kivi: allocate object id: %w: all 32-bit ids are used", kv.ErrTooLarge)
	}
	return ObjectID(first), nil
}

// AllocID is AllocIDs of one.
func (db *DB) AllocID(ctx context.Context) (ObjectID, error) { return db.AllocIDs(ctx, 1) }

// AllocCounter reserves n consecutive numbers of the counter at key, which lies
// in the meta space or among a table's private keys, and returns the first;
// counters start at 1. It commits by itself.
func (db *DB) AllocCounter(ctx context.Context, key []byte, n uint64) (first uint64, err error) {
	h, _, err := codec.DecodeHeader(key)
	private := err == nil && h.Space == codec.SpaceData && h.Index == codec.IndexPrivate
	if !private && (len(key) < 2 || key[0] != codec.SpaceMeta || key[1] == idCounterKey[1]) {
		return 0, fmt.Errorf("%w: key %x is not a counter's", ErrAssertion, key)
	}
	return db.eng.AllocID(ctx, key, n)
}

// PeekCounter is the number that AllocCounter would return first. It writes nothing.
func (db *DB) PeekCounter(ctx context.Context, key []byte) (uint64, error) {
	t, err := db.eng.Begin(ctx, kv.TxnOptions{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer t.Rollback()
	v, err := t.Get(ctx, key)
	if errors.Is(err, kv.ErrNotFound) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	return DecodeCounter(v)
}

// DecodeCounter reads the next free number out of a counter's value.
func DecodeCounter(value []byte) (uint64, error) { return embed.DecodeCounter(value) }

// Purge removes everything of a data id that no catalog record names any more.
// Readers that began before still see it; the space comes back after them.
func (db *DB) Purge(ctx context.Context, data ObjectID) error {
	lo, hi := codec.ObjectBounds(codec.SpaceData, data)
	if err := db.eng.DeleteRange(ctx, lo, hi); err != nil {
		return fmt.Errorf("kivi: purge object %d: %w", data, err)
	}
	return nil
}

// DataObjects lists the data ids that have keys, ascending. It seeks once per
// object, so its cost does not depend on how much they hold.
func (db *DB) DataObjects(ctx context.Context) (ids []ObjectID, err error) {
	t, err := db.eng.Begin(ctx, kv.TxnOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer t.Rollback()
	lo, end := codec.SpaceBounds(codec.SpaceData)
	for lo != nil {
		id, ok, err := firstObject(ctx, t, lo, end)
		if err != nil || !ok {
			return ids, err
		}
		ids = append(ids, id)
		_, lo = codec.ObjectBounds(codec.SpaceData, id)
	}
	return ids, nil
}

func firstObject(ctx context.Context, r kv.Reader, lo, hi []byte) (ObjectID, bool, error) {
	it, err := r.Iter(ctx, lo, hi, false)
	if err != nil {
		return 0, false, err
	}
	if !it.Next() {
		return 0, false, errors.Join(it.Err(), it.Close())
	}
	key := it.Key()
	if len(key) < codec.HeaderBytes {
		return 0, false, errors.Join(fmt.Errorf("%w: key %x has no header", kv.ErrCorrupt, key), it.Close())
	}
	return binary.BigEndian.Uint32(key[1:]), true, it.Close()
}

// Bulk writes sorted entries into a data id that nobody reads yet: a load, a
// rewrite or an index build before the catalog names it. All or nothing, and
// durable on return. The guard is asked for Alter, again whenever it changed.
func (db *DB) Bulk(ctx context.Context, data ObjectID, g Guard, next func() (key, val []byte, ok bool, err error)) error {
	if !allowed(g, data, Alter) {
		return &DeniedError{Object: data, Want: Alter}
	}
	epoch := g.Epoch()
	err := db.eng.Bulk(ctx, func() ([]byte, []byte, bool, error) {
		if now := g.Epoch(); now != epoch {
			if epoch = now; !allowed(g, data, Alter) {
				return nil, nil, false, &DeniedError{Object: data, Want: Alter, Revoked: true}
			}
		}
		key, val, ok, err := next()
		if err == nil && ok {
			err = checkKey(data, key)
		}
		return key, val, ok, err
	})
	if err != nil {
		return fmt.Errorf("kivi: bulk into object %d: %w", data, err)
	}
	return nil
}

// checkpointer is what an engine may offer for backups.
type checkpointer interface {
	Checkpoint(ctx context.Context, dir string) error
}

// ErrUnsupported: the engine below cannot do that.
var ErrUnsupported = errors.New("kivi: not supported by this engine")

// Checkpoint writes an openable copy of the store to dir, which must not exist.
// Commits pause for the few milliseconds it takes.
func (db *DB) Checkpoint(ctx context.Context, dir string) error {
	c, ok := db.eng.(checkpointer)
	if !ok {
		return fmt.Errorf("%w: checkpoint", ErrUnsupported)
	}
	return c.Checkpoint(ctx, dir)
}

// DiskRoom is what is free on the disk of a directory, and how large that disk is, in bytes.
func DiskRoom(dir string) (free, total int64, err error) { return embed.DiskRoom(dir) }

// Stats returns the engine's figures; false when it keeps none.
func (db *DB) Stats() (embed.Stats, bool) {
	e, ok := db.eng.(interface{ Stats() embed.Stats })
	if !ok {
		return embed.Stats{}, false
	}
	return e.Stats(), true
}
