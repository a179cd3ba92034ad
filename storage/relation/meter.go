package relation

import (
	"sync/atomic"

	"github.com/lxdb/lxdb/storage/kivi"
)

// Meter counts what the rows under a data id take: their keys and values, those of index entries and of long values, as
// they are written, before the store makes them smaller.
type Meter struct {
	// Bytes are those of what is committed.
	Bytes atomic.Int64
	// May is asked before a transaction writes so many more.
	May func(txn *kivi.Txn, more int) error
}

// grows counts bytes that are written, or removed when they are negative.
func (w *Writer) grows(by int) error {
	m := w.schema.Meter
	if m == nil || by == 0 {
		return nil
	}
	if by > 0 && m.May != nil {
		if err := m.May(w.txn, by); err != nil {
			return err
		}
	}
	w.txn.Tally(&m.Bytes, int64(by))
	return nil
}

// takes counts a row that comes in the place of another; nil is none.
func (w *Writer) takes(before, after *Stored) error {
	if w.schema.Meter == nil {
		return nil
	}
	n, err := w.schema.size(after)
	if err != nil {
		return err
	}
	was, err := w.schema.size(before)
	if err != nil {
		return err
	}
	return w.grows(n - was)
}

func (s *Schema) size(r *Stored) (int, error) {
	if r == nil {
		return 0, nil
	}
	n := len(r.key) + len(r.encoded.value)
	for _, e := range r.entries {
		n += len(e.key) + len(e.value)
	}
	opened, err := s.layouts.Open(r.encoded.value)
	if err != nil || !opened.HasExternal() {
		return n, err
	}
	for i := range opened.Layout().Columns() {
		d, err := opened.At(i)
		if err != nil {
			return 0, err
		}
		if d.IsExternal() {
			n += int(d.External().Length) + d.External().Chunks()*(len(r.key)+chunkKeyRest)
		}
	}
	return n, nil
}

// chunkKeyRest is what the key of a chunk has beside that of its row: column and number.
const chunkKeyRest = 2 + 4
