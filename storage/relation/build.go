package relation

import (
	"bytes"
	"context"
	"errors"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// AddEntry writes the entry that a new index has for the row that a reader of
// whole rows has just returned. It fails with a DuplicateError.
func (w *Writer) AddEntry(ctx context.Context, x *Index, r *Reader, row []codec.Datum) error {
	e, err := w.schema.entry(nil, x, row, r.rec.key)
	if err != nil {
		return err
	}
	if err := w.grows(len(e.key) + len(e.value)); err != nil {
		return err
	}
	if !e.unique {
		return w.kt.PutEntry(ctx, e.key, e.value)
	}
	taken, err := w.lockedGet(ctx, e.key)
	if err != nil {
		return err
	}
	if taken == nil {
		return w.kt.PutEntry(ctx, e.key, e.value)
	}
	other, err := w.schema.entryRowKey(e.key, taken)
	if err != nil {
		return err
	}
	return w.duplicate(ctx, x, other)
}

// clearMost is how many entries ClearIndex removes at most.
const clearMost = 20_000

// ClearIndex removes entries of an index that the catalog does not name and
// returns how many; 0 when none is left. Only DDL may call it: an index that is
// in use would miss rows.
func (w *Writer) ClearIndex(ctx context.Context, x *Index) (n int, err error) {
	if w.limits != nil {
		return 0, &kivi.DeniedError{Object: w.kt.ID(), Want: kivi.Alter}
	}
	lo, hi := codec.IndexBounds(codec.SpaceData, w.schema.Record.Data, x.ID)
	scan, err := w.kt.CurrentScan(ctx, lo, hi, false)
	if err != nil {
		return 0, err
	}
	var keys [][]byte
	size := 0
	for len(keys) < clearMost && scan.Next() {
		keys = append(keys, bytes.Clone(scan.Key()))
		size += len(scan.Key()) + len(scan.Value())
	}
	if err := errors.Join(scan.Err(), scan.Close()); err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := w.kt.DeleteEntry(ctx, k); err != nil {
			return 0, err
		}
	}
	return len(keys), w.grows(-size)
}
