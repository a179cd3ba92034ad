package embed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/lxdb/lxdb/storage/kivi/embed/membuf"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// view is what a read sees: the snapshot or the newest committed state, with a
// write set on top: the transaction's present one or that of a mark.
type view struct {
	own     *membuf.Buf // nil: nothing written
	current bool
}

// Get implements kv.Reader on the snapshot.
func (t *Txn) Get(ctx context.Context, key []byte) ([]byte, error) {
	return t.get(ctx, key, view{own: t.buf})
}

// BatchGet implements kv.Reader on the snapshot.
func (t *Txn) BatchGet(ctx context.Context, keys [][]byte) ([][]byte, error) {
	return t.batchGet(ctx, keys, view{own: t.buf})
}

// Iter implements kv.Reader on the snapshot.
func (t *Txn) Iter(ctx context.Context, lo, hi []byte, reverse bool) (kv.Iterator, error) {
	return t.iter(ctx, lo, hi, reverse, view{own: t.buf})
}

// currentReader reads the newest committed state, durable or not; see Txn.seen.
// A Serializable transaction's newest state is its snapshot: if somebody has
// committed since, the commit fails.
type currentReader struct{ t *Txn }

// Current implements kv.Txn.
func (t *Txn) Current() kv.Reader { return &t.current }

// Get implements kv.Reader.
func (r *currentReader) Get(ctx context.Context, key []byte) ([]byte, error) {
	return r.t.get(ctx, key, view{own: r.t.buf, current: true})
}

// BatchGet implements kv.Reader.
func (r *currentReader) BatchGet(ctx context.Context, keys [][]byte) ([][]byte, error) {
	return r.t.batchGet(ctx, keys, view{own: r.t.buf, current: true})
}

// Iter implements kv.Reader.
func (r *currentReader) Iter(ctx context.Context, lo, hi []byte, reverse bool) (kv.Iterator, error) {
	return r.t.iter(ctx, lo, hi, reverse, view{own: r.t.buf, current: true})
}

// markReader reads with the write set of a mark.
type markReader struct {
	t    *Txn
	view view
	err  error // not nil for a foreign mark
}

// At implements kv.Txn. A foreign mark makes every read fail.
func (t *Txn) At(m kv.Mark, current bool) kv.Reader {
	at, ok := m.(*mark)
	if !ok || at.txn != t {
		return &markReader{err: errMark}
	}
	return &markReader{t: t, view: view{own: at.buf, current: current}}
}

// Get implements kv.Reader.
func (r *markReader) Get(ctx context.Context, key []byte) ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r.t.get(ctx, key, r.view)
}

// BatchGet implements kv.Reader.
func (r *markReader) BatchGet(ctx context.Context, keys [][]byte) ([][]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r.t.batchGet(ctx, keys, r.view)
}

// Iter implements kv.Reader.
func (r *markReader) Iter(ctx context.Context, lo, hi []byte, reverse bool) (kv.Iterator, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r.t.iter(ctx, lo, hi, reverse, r.view)
}

// usable is asked at the start of every read.
func (t *Txn) usable(ctx context.Context) error {
	if err := t.over(); err != nil {
		return err
	}
	return ctx.Err()
}

// source returns what to read from, taking the snapshot at the first read.
func (t *Txn) source(current bool) pebble.Reader {
	if current && t.opts.Isolation != kv.Serializable {
		return t.e.p
	}
	if t.snap != nil {
		return t.snap.lsm
	}
	switch {
	case t.validating():
		// It may commit only if nobody changed what it read, so it starts at
		// the newest applied state: the durable one is often already behind.
		t.snap = t.e.recent.join(t, &t.e.applied)
	case t.opts.Isolation == kv.Serializable:
		t.snap = acquire(&t.e.applied)
	default:
		t.snap = acquire(&t.e.durable)
	}
	t.seen = max(t.seen, t.snap.csn)
	return t.snap.lsm
}

// noteSeen is called after a read of the newest state.
func (t *Txn) noteSeen(current bool) {
	if current {
		t.seen = max(t.seen, t.e.nextCSN.Load())
	}
}

func (t *Txn) get(ctx context.Context, key []byte, v view) ([]byte, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	if v.own != nil {
		if w, ok := v.own.Get(key); ok {
			if w.Deleted() {
				return nil, kv.ErrNotFound
			}
			return bytes.Clone(w.Value), nil
		}
	}
	src := t.source(v.current)
	val, closer, err := src.Get(key)
	t.noteSeen(v.current)
	if t.validating() {
		t.reads = append(t.reads, span{lo: bytes.Clone(key), point: true})
	}
	if err != nil {
		return nil, readError(err)
	}
	out := bytes.Clone(val)
	return out, closer.Close()
}

func (t *Txn) batchGet(ctx context.Context, keys [][]byte, v view) ([][]byte, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	out := make([][]byte, len(keys))
	order := make([]int, 0, len(keys))
	for i, k := range keys {
		if v.own != nil {
			if w, ok := v.own.Get(k); ok {
				out[i] = bytes.Clone(w.Value) // nil when deleted
				continue
			}
		}
		if t.validating() {
			t.reads = append(t.reads, span{lo: bytes.Clone(k), point: true})
		}
		order = append(order, i)
	}
	if len(order) == 0 {
		return out, nil
	}
	byKey := func(a, b int) bool { return bytes.Compare(keys[order[a]], keys[order[b]]) < 0 }
	if !sort.SliceIsSorted(order, byKey) {
		sort.Slice(order, byKey)
	}
	return out, t.seekSorted(ctx, keys, order, out, v)
}

// seekSorted looks up keys[order[...]], which ascend, with one iterator: its
// next seek starts where the last one stopped.
func (t *Txn) seekSorted(ctx context.Context, keys [][]byte, order []int, out [][]byte, v view) error {
	src := t.source(v.current)
	it, err := src.NewIter(&pebble.IterOptions{LowerBound: keys[order[0]]})
	t.noteSeen(v.current)
	if err != nil {
		return readError(err)
	}
	for n, i := range order {
		if n%checkEvery == checkEvery-1 && ctx.Err() != nil {
			return errors.Join(ctx.Err(), it.Close())
		}
		if !it.SeekGE(keys[i]) {
			if it.Error() != nil {
				break
			}
			continue // past the last key: the rest is absent
		}
		if !bytes.Equal(it.Key(), keys[i]) {
			continue
		}
		val, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(readError(err), it.Close())
		}
		out[i] = bytes.Clone(val)
	}
	return readError(errors.Join(it.Error(), it.Close()))
}

func readError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pebble.ErrNotFound):
		return kv.ErrNotFound
	case isCorruption(err):
		return fmt.Errorf("%w: %s; hint: restore from a backup", kv.ErrCorrupt, whatIsDamaged(err))
	}
	return fmt.Errorf("embed: read: %w", err)
}

// whatIsDamaged is the first line of the LSM's error: others hold its own marks, and a trace of its calls.
func whatIsDamaged(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(first, "; <corruption detail carrier>")
}
