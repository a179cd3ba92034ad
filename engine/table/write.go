package table

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// contentIndex is the index of a table without primary key that finds a row by
// what is in it: the library names the row to delete by its values.
const contentIndex = codec.IndexLast + 1

// writer writes the rows of one schema through one handle. Whoever changes a
// row locks its key first; unique keys are locked, then looked up in the newest
// committed state, so that two writers cannot both find them free.
type writer struct {
	store  *Store
	schema *schema
	kt     *kivi.Table
}

// stored is a row with everything that is written for it.
type stored struct {
	key     []byte
	datums  []codec.Datum
	entries []entry
	encoded encoded
}

// prepare makes the keys and the value of a row. key is the hidden key of a row
// that exists; nil for a new row, and for any row that has a primary key.
func (w *writer) prepare(ctx context.Context, row sql.Row, key []byte) (*stored, error) {
	datums, err := w.schema.datums(ctx, row)
	if err != nil {
		return nil, err
	}
	r := &stored{key: key, datums: datums}
	if r.key == nil {
		if r.key, err = w.newKey(ctx, datums); err != nil {
			return nil, err
		}
	}
	if r.entries, err = w.schema.entries(datums, r.key); err != nil {
		return nil, err
	}
	// encode replaces long values by references, so it comes last.
	if r.encoded, err = w.schema.encode(r.key, datums); err != nil {
		return nil, err
	}
	if w.schema.primary == nil {
		r.entries = append(r.entries, w.schema.contentEntry(r))
	}
	return r, nil
}

// newKey is the key of the primary key's values, or of a new hidden row id.
func (w *writer) newKey(ctx context.Context, datums []codec.Datum) ([]byte, error) {
	s := w.schema
	key := codec.AppendHeader(make([]byte, 0, 48), codec.SpaceData, s.rec.Data, codec.IndexRows)
	if s.primary == nil {
		id, err := w.store.take(ctx, counterID{s.rec.Data, rowCounter})
		if err != nil {
			return nil, err
		}
		return codec.AppendUint(key, id, 8), nil
	}
	for i := range s.primary.parts {
		p := &s.primary.parts[i]
		var err error
		if key, err = p.append(key, datums[s.cols[p.col].place]); err != nil {
			return nil, fmt.Errorf("column %s: %w", s.cols[p.col].def.Name, err)
		}
	}
	return key, nil
}

// contentEntry is the entry that finds a row of a table without primary key. A
// hash is enough: rows of equal content are equal to whoever deletes one. Long
// values count with the checksum in their reference.
func (s *schema) contentEntry(r *stored) entry {
	key := s.contentPrefix(r.encoded.value)
	at := len(key)
	key = append(key, r.key[codec.HeaderBytes:]...)
	return entry{key: key, value: []byte{suffixInKey, byte(at >> 8), byte(at)}}
}

func (s *schema) contentPrefix(value []byte) []byte {
	key := codec.AppendHeader(make([]byte, 0, 48), codec.SpaceData, s.rec.Data, contentIndex)
	sum := sha256.Sum256(value)
	return append(key, sum[:hashBytes]...)
}

// insert adds a row, or fails with a sql.UniqueKeyError that carries the row
// that is in the way.
func (w *writer) insert(ctx context.Context, row sql.Row) error {
	r, err := w.prepare(ctx, row, nil)
	if err != nil {
		return err
	}
	if w.schema.primary != nil {
		taken, err := w.lockedGet(ctx, r.key)
		if err != nil {
			return err
		}
		if taken != nil {
			return w.duplicate(ctx, w.schema.primary, row, r.key)
		}
	}
	if err := w.checkUnique(ctx, row, r, nil); err != nil {
		return err
	}
	return w.put(ctx, r)
}

// lockedGet locks a key and reads it, nil when absent.
func (w *writer) lockedGet(ctx context.Context, key []byte) ([]byte, error) {
	val, err := w.kt.LockGet(ctx, key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return val, err
}

// checkUnique fails if another row has one of r's unique keys. old is the row
// that r replaces, whose keys do not count.
func (w *writer) checkUnique(ctx context.Context, row sql.Row, r, old *stored) error {
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
		return w.duplicate(ctx, w.schema.indexes[i], row, other)
	}
	return nil
}

// duplicate makes the error for a unique key that the row with key other has.
// The row is locked: ON DUPLICATE KEY UPDATE and REPLACE change it next. Its
// unique key is locked already, so it can neither lose it nor move.
func (w *writer) duplicate(ctx context.Context, x *indexDef, row sql.Row, other []byte) error {
	value, err := w.kt.LockGet(ctx, other)
	if err != nil {
		return fmt.Errorf("table %s: row of a duplicate key: %w", w.schema.rec.Name, err)
	}
	existing, err := w.schema.decode(ctx, other, value, w.schema.all, view{kt: w.kt, mode: readCurrent}.chunks())
	if err != nil {
		return err
	}
	values := make([]string, len(x.parts))
	for i, p := range x.parts {
		values[i] = fmt.Sprint(row[p.col])
	}
	return sql.NewUniqueKeyErr("["+strings.Join(values, ",")+"]", x.primary, existing)
}

// put writes a row whose key and unique keys are locked.
func (w *writer) put(ctx context.Context, r *stored) error {
	for _, e := range r.entries {
		if err := w.putEntry(ctx, e); err != nil {
			return err
		}
	}
	return w.putRow(ctx, r)
}

func (w *writer) putRow(ctx context.Context, r *stored) error {
	for _, c := range r.encoded.chunks {
		if err := w.kt.PutEntry(ctx, c.key, c.value); err != nil {
			return err
		}
	}
	return w.kt.PutEntry(ctx, r.key, r.encoded.value)
}

// find locks and reads the row that the library names by its values; nil when
// it is gone.
func (w *writer) find(ctx context.Context, row sql.Row) (*stored, error) {
	if w.schema.primary == nil {
		return w.findByContent(ctx, row)
	}
	key, err := w.schema.rowKey(ctx, row)
	if err != nil {
		return nil, err
	}
	value, err := w.lockedGet(ctx, key)
	if err != nil || value == nil {
		return nil, err
	}
	return w.load(ctx, key, value)
}

// load completes a stored row: its datums and index entries.
func (w *writer) load(ctx context.Context, key, value []byte) (*stored, error) {
	s := w.schema
	opened, err := s.layouts.Open(value)
	if err != nil {
		return nil, err
	}
	r := &stored{key: key, encoded: encoded{value: value}}
	if len(s.indexes) == 0 {
		return r, nil
	}
	get := view{kt: w.kt, mode: readCurrent}.chunks()
	r.datums = make([]codec.Datum, len(s.cols))
	for i := range s.cols {
		c := &s.cols[i]
		d, err := opened.Column(c.id)
		if err != nil {
			return nil, err
		}
		switch {
		case d.IsAbsent():
			d = codec.Null()
		case d.IsExternal():
			if d, err = s.readChunks(ctx, key, c.id, d.External(), get); err != nil {
				return nil, err
			}
		}
		r.datums[c.place] = d
	}
	r.entries, err = s.entries(r.datums, key)
	return r, err
}

func (w *writer) findByContent(ctx context.Context, row sql.Row) (*stored, error) {
	// The hidden key does not matter for the hash.
	probe := codec.AppendHeader(nil, codec.SpaceData, w.schema.rec.Data, codec.IndexRows)
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
		found, err := w.load(ctx, key, value)
		if err != nil {
			return nil, err
		}
		found.entries = append(found.entries, w.schema.contentEntry(found))
		return found, nil
	}
	return nil, scan.Err()
}

// remove deletes a locked row with all that belongs to it.
func (w *writer) remove(ctx context.Context, r *stored) error {
	for _, e := range r.entries {
		if err := w.removeEntry(ctx, e); err != nil {
			return err
		}
	}
	return w.removeRow(ctx, r)
}

// removeEntry locks unique keys: whoever inserts the same one has to wait and
// see whether it really becomes free.
func (w *writer) removeEntry(ctx context.Context, e entry) error {
	if e.unique {
		return w.kt.Delete(ctx, e.key)
	}
	return w.kt.DeleteEntry(ctx, e.key)
}

func (w *writer) removeRow(ctx context.Context, r *stored) error {
	chunks, err := w.schema.chunkKeys(r.key, r.encoded.value)
	if err != nil {
		return err
	}
	for _, k := range chunks {
		if err := w.kt.DeleteEntry(ctx, k); err != nil {
			return err
		}
	}
	return w.kt.DeleteEntry(ctx, r.key)
}

// replace turns the locked row old into row. Index entries that stay the same
// are not touched.
func (w *writer) replace(ctx context.Context, old *stored, row sql.Row) error {
	var key []byte
	if w.schema.primary == nil {
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
			return w.duplicate(ctx, w.schema.primary, row, r.key)
		}
	}
	if err := w.checkUnique(ctx, row, r, old); err != nil {
		return err
	}
	if err := w.replaceEntries(ctx, old, r); err != nil {
		return err
	}
	if err := w.removeRow(ctx, old); err != nil {
		return err
	}
	return w.putRow(ctx, r)
}

func (w *writer) replaceEntries(ctx context.Context, old, r *stored) error {
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
func (w *writer) putEntry(ctx context.Context, e entry) error {
	if e.unique {
		return w.kt.Put(ctx, e.key, e.value)
	}
	return w.kt.PutEntry(ctx, e.key, e.value)
}
