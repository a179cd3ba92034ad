package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Batch is some rows. It belongs to the Rows that gave it and is valid until their
// next Next or Close, and so are the bytes of its values.
type Batch struct {
	expr.Batch
	// Sel are the places of the rows in the columns, ascending; nil is all of them.
	Sel []int32
}

// Len is the number of rows.
func (b *Batch) Len() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.N
}

// At is the place of row i in the columns.
func (b *Batch) At(i int) int {
	if b.Sel != nil {
		return int(b.Sel[i])
	}
	return i
}

// Value is a value at a place.
func (b *Batch) Value(column, at int) value.Value { return b.Columns[column].Value(at) }

// begin makes b an empty batch of columns of its own.
func (b *Batch) begin(types []value.Type) {
	b.N, b.Sel = 0, nil
	if len(b.Columns) != len(types) {
		b.Columns = make([]expr.Vector, len(types))
		for i := range types {
			b.Columns[i] = *expr.NewVector(&types[i])
		}
		return
	}
	for i := range b.Columns {
		b.Columns[i].Reset()
	}
}

// full says that a batch has as many rows as batches have, or as many bytes.
func (b *Batch) full() bool {
	if b.N >= batchRows {
		return true
	}
	if b.N&15 != 15 {
		return false
	}
	n := 0
	for i := range b.Columns {
		n += len(b.Columns[i].Data)
	}
	return n >= batchBytes
}

// orNil is b, or nil when it has no rows: the end.
func (b *Batch) orNil() *Batch {
	if b.N == 0 {
		return nil
	}
	return b
}
