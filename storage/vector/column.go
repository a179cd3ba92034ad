package vector

import (
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Column is one column of a batch. Only the slices of its kind are filled; a
// NULL has a place in them like any value.
type Column struct {
	Kind   codec.Kind
	Nulls  []bool
	Ints   []int64   // KindInt
	Uints  []uint64  // KindUint
	Floats []float64 // KindFloat
	// Data are the bytes of all values, one after the other, and Ends where each
	// one ends: KindBytes, KindText and KindDecimal.
	Data []byte
	Ends []uint32
}

// Len is the number of values.
func (c *Column) Len() int { return len(c.Nulls) }

// Size is about how many bytes the values take.
func (c *Column) Size() int { return 8*len(c.Nulls) + len(c.Data) }

// AppendFrom adds value i of a column of the same kind.
func (c *Column) AppendFrom(o *Column, i int) {
	c.Nulls = append(c.Nulls, o.Nulls[i])
	switch c.Kind {
	case codec.KindInt:
		c.Ints = append(c.Ints, o.Ints[i])
	case codec.KindUint:
		c.Uints = append(c.Uints, o.Uints[i])
	case codec.KindFloat:
		c.Floats = append(c.Floats, o.Floats[i])
	default:
		c.Data = append(c.Data, o.Bytes(i)...)
		c.Ends = append(c.Ends, uint32(len(c.Data)))
	}
}

// AppendNull adds a NULL.
func (c *Column) AppendNull() {
	c.Nulls = append(c.Nulls, true)
	switch c.Kind {
	case codec.KindInt:
		c.Ints = append(c.Ints, 0)
	case codec.KindUint:
		c.Uints = append(c.Uints, 0)
	case codec.KindFloat:
		c.Floats = append(c.Floats, 0)
	default:
		c.Ends = append(c.Ends, uint32(len(c.Data)))
	}
}

// AppendAll adds the values with these numbers of a column of the same kind.
func (c *Column) AppendAll(o *Column, rows []int32) {
	for _, i := range rows {
		c.Nulls = append(c.Nulls, o.Nulls[i])
	}
	switch c.Kind {
	case codec.KindInt:
		for _, i := range rows {
			c.Ints = append(c.Ints, o.Ints[i])
		}
	case codec.KindUint:
		for _, i := range rows {
			c.Uints = append(c.Uints, o.Uints[i])
		}
	case codec.KindFloat:
		for _, i := range rows {
			c.Floats = append(c.Floats, o.Floats[i])
		}
	default:
		for _, i := range rows {
			c.Data = append(c.Data, o.Bytes(int(i))...)
			c.Ends = append(c.Ends, uint32(len(c.Data)))
		}
	}
}

// Reset empties the column and gives it a kind; it keeps its memory.
func (c *Column) Reset(kind codec.Kind) {
	c.Kind = kind
	c.Nulls, c.Ints, c.Uints, c.Floats = c.Nulls[:0], c.Ints[:0], c.Uints[:0], c.Floats[:0]
	c.Data, c.Ends = c.Data[:0], c.Ends[:0]
}

// Append adds a value of the column's kind, which it copies. An absent datum is
// NULL; one that stands outside its row must have been read before.
func (c *Column) Append(d codec.Datum) error {
	if d.IsExternal() {
		return fmt.Errorf("vector: a value outside its row")
	}
	null := d.IsNull() || d.IsAbsent()
	switch c.Kind {
	case codec.KindInt:
		c.Ints = append(c.Ints, d.Int())
	case codec.KindUint:
		c.Uints = append(c.Uints, d.Uint())
	case codec.KindFloat:
		c.Floats = append(c.Floats, d.Float())
	default:
		c.Data = append(c.Data, d.Bytes()...)
		c.Ends = append(c.Ends, uint32(len(c.Data)))
	}
	c.Nulls = append(c.Nulls, null)
	return nil
}

// Variable says that the values are byte strings of any length, as a row stores them or computed.
func (c *Column) Variable() bool { return c.Kind == codec.KindBytes || c.Kind == codec.KindText }

// Bytes is value i of a column of bytes; it is part of the column.
func (c *Column) Bytes(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = c.Ends[i-1]
	}
	return c.Data[start:c.Ends[i]:c.Ends[i]]
}

// Datum is value i. Its bytes are part of the column.
func (c *Column) Datum(i int) codec.Datum {
	if c.Nulls[i] {
		return codec.Null()
	}
	switch c.Kind {
	case codec.KindInt:
		return codec.Int(c.Ints[i])
	case codec.KindUint:
		return codec.Uint(c.Uints[i])
	case codec.KindFloat:
		return codec.Float(c.Floats[i])
	}
	return codec.Bytes(c.Bytes(i))
}

// keep leaves the values with these ascending numbers.
func (c *Column) keep(rows []int32) {
	end := uint32(0)
	for to, from := range rows {
		switch c.Kind {
		case codec.KindInt:
			c.Ints[to] = c.Ints[from]
		case codec.KindUint:
			c.Uints[to] = c.Uints[from]
		case codec.KindFloat:
			c.Floats[to] = c.Floats[from]
		default:
			end += uint32(copy(c.Data[end:], c.Bytes(int(from))))
			c.Ends[to] = end
		}
		c.Nulls[to] = c.Nulls[from]
	}
	n := len(rows)
	c.Nulls = c.Nulls[:n]
	c.Ints, c.Uints, c.Floats = c.Ints[:min(n, len(c.Ints))], c.Uints[:min(n, len(c.Uints))], c.Floats[:min(n, len(c.Floats))]
	c.Ends, c.Data = c.Ends[:min(n, len(c.Ends))], c.Data[:end]
}
