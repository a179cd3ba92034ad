package relation

import (
	"context"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/vector"
)

// KeepKeys has Fill put the keys of its rows into a column, for Writer.At: the rows of a
// statement that changes them, which are locked as they are read.
func (r *Reader) KeepKeys(into *vector.Column) error {
	if r.view.mode != Locking {
		return fmt.Errorf("%w: keys of rows that are not locked", kivi.ErrAssertion)
	}
	into.Reset(codec.KindBytes)
	r.keys = into
	return nil
}

func (r *Reader) keepKey(key []byte) error {
	if r.keys == nil {
		return nil
	}
	return r.keys.Append(codec.Bytes(key))
}

// At locks and reads the row with this key, as it is now; nil when it is gone or the
// actor may not change it.
func (w *Writer) At(ctx context.Context, key []byte) (*Stored, error) {
	value, err := w.lockedGet(ctx, key)
	if err != nil || value == nil {
		return nil, err
	}
	return w.loadVisible(ctx, w.space.end(append(w.space.begin(), key...)), value)
}

// Row is a found row as the actor sees it, one datum for each column; it must not be changed.
func (w *Writer) Row(ctx context.Context, r *Stored) ([]codec.Datum, error) {
	if r.row == nil {
		var err error
		if r.row, err = w.whole(ctx, r.key, r.encoded.value); err != nil {
			return nil, err
		}
	}
	if w.limits == nil {
		return r.row, nil
	}
	return w.limits.shown(r.row)
}

// Key is what At finds the row by; it must not be changed.
func (r *Stored) Key() []byte { return r.key }
