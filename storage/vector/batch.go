package vector

import (
	"sync"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// MaxRows is the most rows of a batch, and MaxBytes about how much it holds: a
// batch of long texts ends earlier.
const (
	MaxRows  = 1024
	MaxBytes = 256 << 10
)

// Batch is some columns of some rows.
type Batch struct {
	Columns []Column
	n       int
}

var pool = sync.Pool{New: func() any { return new(Batch) }}

// Get returns an empty batch of columns of these kinds. Release gives it back.
func Get(kinds []codec.Kind) *Batch {
	b := pool.Get().(*Batch)
	b.Reset(kinds)
	return b
}

// Release gives a batch back; neither it nor bytes of it may be used afterwards.
func (b *Batch) Release() {
	if b != nil {
		pool.Put(b)
	}
}

// Reset empties the batch and gives it columns of these kinds.
func (b *Batch) Reset(kinds []codec.Kind) {
	b.n = 0
	if cap(b.Columns) < len(kinds) {
		b.Columns = append(b.Columns[:cap(b.Columns)], make([]Column, len(kinds)-cap(b.Columns))...)
	}
	b.Columns = b.Columns[:len(kinds)]
	for i, k := range kinds {
		b.Columns[i].Reset(k)
	}
}

// Len is the number of rows.
func (b *Batch) Len() int { return b.n }

// Full says that the batch has as much as it should have.
func (b *Batch) Full() bool { return b.n >= MaxRows || b.size() >= MaxBytes }

func (b *Batch) size() (n int) {
	for i := range b.Columns {
		n += len(b.Columns[i].Data)
	}
	return n
}

// Append adds a row, one datum for each column.
func (b *Batch) Append(row []codec.Datum) error {
	for i := range b.Columns {
		if err := b.Columns[i].Append(row[i]); err != nil {
			return err
		}
	}
	b.n++
	return nil
}

// Row sets dst to row i. Bytes are part of the batch.
func (b *Batch) Row(i int, dst []codec.Datum) {
	for c := range b.Columns {
		dst[c] = b.Columns[c].Datum(i)
	}
}

// Keep leaves the rows with these numbers, which ascend.
func (b *Batch) Keep(rows []int32) {
	if len(rows) == b.n {
		return
	}
	for i := range b.Columns {
		b.Columns[i].keep(rows)
	}
	b.n = len(rows)
}
