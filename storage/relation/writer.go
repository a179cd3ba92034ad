package relation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Writer writes the rows of one table. Whoever changes a row locks its key
// first; unique keys are locked, then looked up in the newest committed state,
// so that two writers cannot both find them free.
type Writer struct {
	schema   *Schema
	view     View // the newest committed state, through the same handle
	kt       *kivi.Table
	counters *Counters
	limits   *limits // nil without a policy
	txn      *kivi.Txn
	space    space
	fresh    Stored // what a row is to become
}

// Writer opens the table for changes. The guard is asked for right at each
// operation and again when the transaction commits.
func (h Handle) Writer(right kivi.Rights, counters *Counters) *Writer {
	w := &Writer{}
	w.Open(h, right, counters)
	return w
}

// Open makes a Writer anew, in whose rows nobody is interested any more; see Handle.Writer.
func (w *Writer) Open(h Handle, right kivi.Rights, counters *Counters) {
	*w = Writer{schema: h.schema, kt: h.table(right), counters: counters, txn: h.txn, space: space{w.space.buf[:0]}}
	w.view = View{schema: h.schema, kt: w.kt, mode: Current}
	if h.policy != nil {
		w.limits = &limits{schema: h.schema, policy: h.policy, verbs: verbsOf(right)}
	}
}

// Reset forgets what it has written, and keeps a little memory for Open.
func (w *Writer) Reset() { *w = Writer{space: space{w.space.buf[:0]}} }

// Stored is a row with everything that is written for it.
type Stored struct {
	key     []byte
	row     []codec.Datum // nil when nothing needs it
	entries []entry
	encoded encoded
	few     [2]entry // of entries, at first
}

// DuplicateError: another row has the primary or a unique key of a new one.
type DuplicateError struct {
	Index *Index
	// Existing is the row in the way, as the actor sees it; nil if he does not.
	Existing []codec.Datum
	// Key is that row's, for Writer.At; nil if he does not see it.
	Key []byte
}

// Error implements error. It names the key, not its values.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("relation: duplicate entry for key %s", e.Index.Name)
}

// prepare makes the keys and the value of a row, which are good until the next one is prepared. key is
// the hidden key of a row that exists; nil for a new row, and for any row that has a primary key.
func (w *Writer) prepare(ctx context.Context, row []codec.Datum, key []byte) (*Stored, error) {
	if len(row) != len(w.schema.Columns) {
		return nil, fmt.Errorf("table %s: row of %d values for %d columns", w.schema.Record.Name, len(row), len(w.schema.Columns))
	}
	r := &w.fresh
	*r = Stored{key: key, row: row}
	var err error
	if r.key == nil {
		if r.key, err = w.newKey(ctx, row); err != nil {
			return nil, err
		}
	}
	if r.entries, err = w.schema.entries(r.few[:0], &w.space, row, r.key); err != nil {
		return nil, err
	}
	if r.encoded, err = w.schema.encode(&w.space, r.key, row); err != nil {
		return nil, err
	}
	if w.schema.Primary == nil {
		r.entries = append(r.entries, w.schema.contentEntry(r.key, r.encoded.value))
	}
	return r, nil
}

// newKey is the key of the primary key's values, or of a new hidden row id.
func (w *Writer) newKey(ctx context.Context, row []codec.Datum) ([]byte, error) {
	if w.schema.Primary != nil {
		key, err := w.schema.rowKey(w.space.begin(), row, true)
		return w.space.end(key), err
	}
	id, err := w.counters.Take(ctx, w.schema.Record.Data, RowIDs)
	if err != nil {
		return nil, err
	}
	key := w.schema.AppendKey(make([]byte, 0, 48), codec.IndexRows)
	return codec.AppendUint(key, id, 8), nil
}

// Insert adds a row, one datum for each column, or fails with a DuplicateError.
func (w *Writer) Insert(ctx context.Context, row []codec.Datum) error {
	r, err := w.prepare(ctx, row, nil)
	if err != nil {
		return err
	}
	if err := w.limits.admit(ToInsert, row); err != nil {
		return err
	}
	if w.schema.Primary != nil {
		taken, err := w.lockedGet(ctx, r.key)
		if err != nil {
			return err
		}
		if taken != nil {
			return w.duplicate(ctx, w.schema.Primary, r.key)
		}
	}
	if err := w.checkUnique(ctx, r, nil); err != nil {
		return err
	}
	return w.put(ctx, r)
}

// lockedGet locks a key and reads it, nil when absent.
func (w *Writer) lockedGet(ctx context.Context, key []byte) ([]byte, error) {
	val, err := w.kt.LockGet(ctx, key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return val, err
}

// checkUnique fails if another row has one of r's unique keys. old is the row
// that r replaces, whose keys do not count.
func (w *Writer) checkUnique(ctx context.Context, r, old *Stored) error {
	for i, e := range r.entries {
		if !e.unique || old != nil && bytes.Equal(e.key, old.entries[i].key) {
			continue
		}
		val, err := w.lockedGet(ctx, e.key)
		if err != nil {
			return err
		}
		if val == nil {
			continue
		}
		other, err := w.schema.entryRowKey(e.key, val)
		if err != nil {
			return err
		}
		return w.duplicate(ctx, w.schema.Indexes[i], other)
	}
	return nil
}

// duplicate makes the error for a unique key that the row with key other has.
// The row is locked: ON DUPLICATE KEY UPDATE and REPLACE change it next. Its
// unique key is locked already, so it can neither lose it nor move.
func (w *Writer) duplicate(ctx context.Context, x *Index, other []byte) error {
	value, err := w.kt.LockGet(ctx, other)
	if err != nil {
		return fmt.Errorf("table %s: row of a duplicate key: %w", w.schema.Record.Name, err)
	}
	existing, err := w.whole(ctx, other, value)
	if err != nil {
		return err
	}
	if w.limits != nil {
		visible, err := w.limits.sees([]Verb{ToRead}, existing)
		if err != nil {
			return err
		}
		if !visible {
			return &DuplicateError{Index: x}
		}
		if existing, err = w.limits.shown(existing); err != nil {
			return err
		}
	}
	return &DuplicateError{Index: x, Existing: existing, Key: other}
}

// whole reads all columns of a stored row.
func (w *Writer) whole(ctx context.Context, key, value []byte) ([]codec.Datum, error) {
	row := make([]codec.Datum, len(w.schema.Columns))
	return row, w.schema.read(ctx, w.schema.all, key, value, row, &w.view)
}

// put writes a row whose key and unique keys are locked.
func (w *Writer) put(ctx context.Context, r *Stored) error {
	if err := w.takes(nil, r); err != nil {
		return err
	}
	for _, e := range r.entries {
		if err := w.putEntry(ctx, e); err != nil {
			return err
		}
	}
	return w.putRow(ctx, r)
}

func (w *Writer) putRow(ctx context.Context, r *Stored) error {
	for _, c := range r.encoded.chunks {
		if err := w.kt.PutEntry(ctx, c.key, c.value); err != nil {
			return err
		}
	}
	return w.kt.PutEntry(ctx, r.key, r.encoded.value)
}

// Find locks and reads the row with these primary key values; nil when it is
// gone or the actor may not change it.
func (w *Writer) Find(ctx context.Context, values []codec.Datum) (*Stored, error) {
	if w.limits != nil {
		if at := maskedPart(w.limits.policy, w.schema.Primary); at >= 0 {
			return nil, w.schema.maskedError(at)
		}
	}
	key, err := w.schema.RowKey(values)
	if err != nil {
		return nil, err
	}
	value, err := w.lockedGet(ctx, key)
	if err != nil || value == nil {
		return nil, err
	}
	return w.loadVisible(ctx, key, value)
}

// loadVisible is load for a row that the actor may change, else nil.
func (w *Writer) loadVisible(ctx context.Context, key, value []byte) (*Stored, error) {
	r, err := w.load(ctx, key, value)
	if err != nil || w.limits == nil {
		return r, err
	}
	visible, err := w.limits.sees(w.limits.verbs, r.row)
	if err != nil || !visible {
		return nil, err
	}
	return r, nil
}

// load completes a stored row: its datums and index entries.
func (w *Writer) load(ctx context.Context, key, value []byte) (*Stored, error) {
	s := w.schema
	r := &Stored{key: key, encoded: encoded{value: value}}
	var err error
	if len(s.Indexes) > 0 || w.limits != nil {
		if r.row, err = w.whole(ctx, key, value); err != nil {
			return nil, err
		}
		if r.entries, err = s.entries(r.few[:0], &w.space, r.row, key); err != nil {
			return nil, err
		}
	} else if _, err = s.layouts.Open(value); err != nil {
		return nil, err
	}
	if s.Primary == nil {
		r.entries = append(r.entries, s.contentEntry(key, value))
	}
	return r, nil
}

// FindContent is Find in a table without primary key: a row with these values,
// one datum for each column.
func (w *Writer) FindContent(ctx context.Context, row []codec.Datum) (*Stored, error) {
	if w.limits != nil {
		if at := w.limits.anyMasked(); at >= 0 {
			return nil, w.schema.maskedError(at)
		}
	}
	// The hidden key does not matter for the hash.
	probe := w.schema.AppendKey(nil, codec.IndexRows)
	r, err := w.prepare(ctx, row, probe)
	if err != nil {
		return nil, err
	}
	prefix := w.schema.contentPrefix(r.encoded.value)
	scan, err := w.kt.CurrentScan(ctx, prefix, codec.PrefixEnd(prefix), false)
	if err != nil {
		return nil, err
	}
	defer scan.Close()
	for scan.Next() {
		key, err := w.schema.entryRowKey(scan.Key(), scan.Value())
		if err != nil {
			return nil, err
		}
		value, err := w.lockedGet(ctx, key)
		if err != nil {
			return nil, err
		}
		if value == nil || !bytes.Equal(w.schema.contentPrefix(value), prefix) {
			continue // another transaction changed or deleted it
		}
		if found, err := w.loadVisible(ctx, key, value); found != nil || err != nil {
			return found, err
		}
	}
	return nil, scan.Err()
}

// Take is Find of the row that a reader has just returned, which must be one
// that locks rows.
func (w *Writer) Take(ctx context.Context, r *Reader) (*Stored, error) {
	if r.view.mode != Locking {
		return nil, fmt.Errorf("%w: a row is changed that was not locked", kivi.ErrAssertion)
	}
	return w.loadVisible(ctx, bytes.Clone(r.rec.key), bytes.Clone(r.rec.value))
}

// Delete removes a found row with all that belongs to it.
func (w *Writer) Delete(ctx context.Context, r *Stored) error {
	if err := w.takes(r, nil); err != nil {
		return err
	}
	for _, e := range r.entries {
		if err := w.removeEntry(ctx, e); err != nil {
			return err
		}
	}
	return w.removeRow(ctx, r)
}

// removeEntry locks unique keys: whoever inserts the same one has to wait and
// see whether it really becomes free.
func (w *Writer) removeEntry(ctx context.Context, e entry) error {
	if e.unique {
		return w.kt.Delete(ctx, e.key)
	}
	return w.kt.DeleteEntry(ctx, e.key)
}

func (w *Writer) removeRow(ctx context.Context, r *Stored) error {
	if err := w.removeChunks(ctx, r); err != nil {
		return err
	}
	return w.kt.DeleteEntry(ctx, r.key)
}

func (w *Writer) removeChunks(ctx context.Context, r *Stored) error {
	chunks, err := w.schema.chunkKeys(r.key, r.encoded.value)
	if err != nil {
		return err
	}
	for _, k := range chunks {
		if err := w.kt.DeleteEntry(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// Update turns a found row into row, one datum for each column. Masked columns
// must be as the actor sees them, and keep what is stored. Index entries that
// stay the same are not touched.
func (w *Writer) Update(ctx context.Context, old *Stored, row []codec.Datum) error {
	if w.limits != nil {
		row = slices.Clone(row)
		if err := w.limits.unmask(old.row, row); err != nil {
			return err
		}
		if err := w.limits.admit(ToUpdate, row); err != nil {
			return err
		}
	}
	var key []byte
	if w.schema.Primary == nil {
		key = old.key
	}
	r, err := w.prepare(ctx, row, key)
	if err != nil {
		return err
	}
	moved := !bytes.Equal(r.key, old.key)
	if moved {
		taken, err := w.lockedGet(ctx, r.key)
		if err != nil {
			return err
		}
		if taken != nil {
			return w.duplicate(ctx, w.schema.Primary, r.key)
		}
	}
	if err := w.checkUnique(ctx, r, old); err != nil {
		return err
	}
	if err := w.takes(old, r); err != nil {
		return err
	}
	if err := w.replaceEntries(ctx, old, r); err != nil {
		return err
	}
	if err := w.removeChunks(ctx, old); err != nil {
		return err
	}
	if moved {
		if err := w.kt.DeleteEntry(ctx, old.key); err != nil {
			return err
		}
	}
	return w.putRow(ctx, r)
}

func (w *Writer) replaceEntries(ctx context.Context, old, r *Stored) error {
	for i, e := range r.entries {
		before := old.entries[i]
		same := bytes.Equal(e.key, before.key)
		if same && bytes.Equal(e.value, before.value) {
			continue
		}
		if !same {
			if err := w.removeEntry(ctx, before); err != nil {
				return err
			}
		}
		if err := w.putEntry(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// putEntry locks unique keys, see removeEntry: the entry may stay under its key
// and lead to a row that moved.
func (w *Writer) putEntry(ctx context.Context, e entry) error {
	if e.unique {
		return w.kt.Put(ctx, e.key, e.value)
	}
	return w.kt.PutEntry(ctx, e.key, e.value)
}
