package vector

import (
	"math"
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

// SetLen says how many rows the columns have, after they were filled one by one.
func (b *Batch) SetLen(n int) { b.n = n }

// Full says that the batch has as much as it should have.
func (b *Batch) Full() bool { return b.n >= MaxRows || b.Size() >= MaxBytes }

// Size is about how many bytes the values take.
func (b *Batch) Size() (n int) {
	for i := range b.Columns {
		n += b.Columns[i].Size()
	}
	return n
}

// AppendStored adds a stored row, of which show are the columns of the batch. It is false, and
// the batch as before, for a row of unusual form: read that one and Append it.
func (b *Batch) AppendStored(show *codec.Projector, row []byte) (bool, error) {
	cells, usual, err := show.Open(row)
	if !usual || err != nil {
		return false, err
	}
	for i := range b.Columns {
		c := &b.Columns[i]
		null := cells.Null(i)
		c.Nulls = append(c.Nulls, null)
		var bits uint64
		switch c.Kind {
		case codec.KindInt, codec.KindUint, codec.KindFloat:
			if !null {
				bits = cells.Bits(i)
			}
		default:
			if !null {
				v, err := cells.Bytes(i)
				if err != nil {
					return false, err
				}
				c.Data = append(c.Data, v...)
			}
			c.Ends = append(c.Ends, uint32(len(c.Data)))
			continue
		}
		switch c.Kind {
		case codec.KindInt:
			c.Ints = append(c.Ints, int64(bits))
		case codec.KindUint:
			c.Uints = append(c.Uints, bits)
		default:
			c.Floats = append(c.Floats, math.Float64frombits(bits))
		}
	}
	b.n++
	return true, nil
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
