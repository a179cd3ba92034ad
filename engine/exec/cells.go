package exec

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Rows of a batch that go to files, or wait to be sorted, are kept as cells: what stands in the
// columns, without making values of it. Who reads them knows the types.

// alike says that values of two types stand alike in columns.
func alike(a, b *value.Type) bool {
	return a == b || a.Kind == b.Kind && a.Scale == b.Scale && a.Precision == b.Precision && a.Unsigned == b.Unsigned
}

// copyCell appends a value to a column of another batch.
func copyCell(to, from *expr.Vector, at int) error {
	if alike(to.Type, from.Type) {
		to.AppendFrom(from.Column, at)
		return nil
	}
	return to.Append(from.Value(at))
}

// appendRow keeps a row of a batch as cells of these types.
func appendRow(dst []byte, b *Batch, at int, types []value.Type) ([]byte, error) {
	for n := range b.Columns {
		v := &b.Columns[n]
		if alike(v.Type, &types[n]) {
			dst = appendCell(dst, v, at)
			continue
		}
		other := expr.NewVector(&types[n])
		if err := other.Append(v.Value(at)); err != nil {
			return nil, err
		}
		dst = appendCell(dst, other, 0)
	}
	return dst, nil
}

func appendCell(dst []byte, v *expr.Vector, at int) []byte {
	if v.Nulls[at] {
		return append(dst, 0)
	}
	switch v.Kind {
	case codec.KindInt:
		return appendIntCell(dst, v.Ints[at])
	case codec.KindUint:
		return binary.AppendUvarint(append(dst, 1), v.Uints[at])
	case codec.KindFloat:
		return binary.LittleEndian.AppendUint64(append(dst, 1), math.Float64bits(v.Floats[at]))
	}
	return appendBytes(append(dst, 1), v.Bytes(at))
}

func appendIntCell(dst []byte, n int64) []byte { return binary.AppendVarint(append(dst, 1), n) }

// addRow adds a row that appendRow kept.
func (b *Batch) addRow(row []byte) error {
	for n := range b.Columns {
		var err error
		if row, err = addCell(&b.Columns[n], row); err != nil {
			return err
		}
	}
	b.N++
	return nil
}

var errCell = fmt.Errorf("exec: a row that was kept is damaged")

func addCell(v *expr.Vector, row []byte) (rest []byte, err error) {
	if len(row) == 0 {
		return nil, errCell
	}
	if row[0] == 0 {
		v.AppendNull()
		return row[1:], nil
	}
	row = row[1:]
	switch v.Kind {
	case codec.KindFloat:
		if len(row) < 8 {
			return nil, errCell
		}
		v.Floats = append(v.Floats, math.Float64frombits(binary.LittleEndian.Uint64(row)))
		row = row[8:]
	case codec.KindInt:
		n, used := binary.Varint(row)
		if used <= 0 {
			return nil, errCell
		}
		v.Ints = append(v.Ints, n)
		row = row[used:]
	default:
		n, used := binary.Uvarint(row)
		if used <= 0 {
			return nil, errCell
		}
		row = row[used:]
		if v.Kind == codec.KindUint {
			v.Uints = append(v.Uints, n)
			break
		}
		if uint64(len(row)) < n {
			return nil, errCell
		}
		v.Data = append(v.Data, row[:n]...)
		v.Ends = append(v.Ends, uint32(len(v.Data)))
		row = row[n:]
	}
	v.Nulls = append(v.Nulls, false)
	return row, nil
}
