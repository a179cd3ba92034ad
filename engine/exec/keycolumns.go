package exec

import (
	"bytes"
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// keyColumns are the values of some keys for the rows of a batch, column by column: a column of
// the batch as it stands, or one that was computed for the batch's rows.
type keyColumns struct {
	exprs []expr.Expr
	keys  []Key
	cols  []keyColumn
	row   expr.At
	// scratch is for keys that are only counted.
	scratch []byte
}

type keyColumn struct {
	vec   *expr.Vector
	own   *expr.Vector // memory of a computed column
	dense bool         // vec has the selected rows only
	alone bool         // there is no column: each row is computed by itself
}

func newKeyColumns(list []SortKey) *keyColumns {
	k := &keyColumns{}
	for i := range list {
		k.add(list[i].Expr, list[i].Key)
	}
	return k
}

func (k *keyColumns) add(e expr.Expr, key Key) {
	col := keyColumn{}
	if _, plain := e.(*expr.Column); !plain {
		col.alone = !expr.Exactly(e) || expr.Grows(e)
		if !col.alone {
			col.own, col.dense = expr.NewVector(e.Type()), true
		}
	}
	k.exprs, k.keys, k.cols = append(k.exprs, e), append(k.keys, key), append(k.cols, col)
}

// eval computes the columns for a batch.
func (k *keyColumns) eval(c *expr.Ctx, b *Batch) error {
	k.row.Batch = &b.Batch
	for i := range k.cols {
		col := &k.cols[i]
		switch e := k.exprs[i].(type) {
		case *expr.Column:
			col.vec = &b.Columns[e.Index]
		default:
			if col.alone {
				continue
			}
			col.own.Reset()
			if err := expr.EvalBatch(e, c, &b.Batch, b.Sel, col.own); err != nil {
				return err
			}
			col.vec = col.own
		}
	}
	return nil
}

// append adds all keys of a row: the i-th of the batch's, which stands at at.
func (k *keyColumns) append(c *expr.Ctx, dst []byte, i, at int) ([]byte, error) {
	dst, _, err := k.appendBefore(c, dst, i, at, nil)
	return dst, err
}

// appendBefore is append to no bytes for a row that is wanted only before a limit, the keys of another
// one: behind is true, and dst not whole, when the first keys tell that it is not. nil is no limit.
func (k *keyColumns) appendBefore(c *expr.Ctx, dst []byte, i, at int, limit []byte) (key []byte, behind bool, err error) {
	for n := range k.cols {
		if n > 0 && limit != nil && bytes.Compare(dst, limit[:min(len(dst), len(limit))]) > 0 {
			return dst, true, nil
		}
		col := &k.cols[n]
		if col.alone {
			k.row.I = at
			mark := c.Transient()
			v, err := k.exprs[n].Eval(c, &k.row)
			if err != nil {
				return nil, false, err
			}
			dst = k.keys[n].append(dst, v)
			c.Settle(mark)
			continue
		}
		dst = k.keys[n].appendAt(dst, col.vec, col.place(i, at))
	}
	return dst, false, nil
}

// length is how many bytes the first keys of a row have.
func (k *keyColumns) length(c *expr.Ctx, first, i, at int) (int, error) {
	part := keyColumns{exprs: k.exprs[:first], keys: k.keys[:first], cols: k.cols[:first], row: k.row}
	var err error
	k.scratch, err = part.append(c, k.scratch[:0], i, at)
	return len(k.scratch), err
}

// null says that key n of a row is NULL.
func (k *keyColumns) null(c *expr.Ctx, n, i, at int) (bool, error) {
	col := &k.cols[n]
	if col.alone {
		defer c.Settle(c.Transient())
		k.row.I = at
		v, err := k.exprs[n].Eval(c, &k.row)
		return v.IsNull(), err
	}
	return col.vec.Nulls[col.place(i, at)], nil
}

func (col *keyColumn) place(i, at int) int {
	if col.dense {
		return i
	}
	return at
}

// raw adds bytes of a row that are equal only where the keys are: the values as they stand. It is
// false where they are not known.
func (k *keyColumns) raw(dst []byte, i, at int) ([]byte, bool) {
	for n := range k.cols {
		col := &k.cols[n]
		if col.alone {
			return dst, false
		}
		at := col.place(i, at)
		if col.vec.Nulls[at] {
			dst = append(dst, 0)
			continue
		}
		switch col.vec.Kind {
		case codec.KindInt:
			dst = appendLast(append(dst, 1), uint64(col.vec.Ints[at]), 8)
		case codec.KindUint:
			dst = appendLast(append(dst, 1), col.vec.Uints[at], 8)
		case codec.KindFloat:
			dst = appendLast(append(dst, 1), math.Float64bits(col.vec.Floats[at]), 8)
		default:
			b := col.vec.Bytes(at)
			dst = append(appendLast(append(dst, 1), uint64(len(b)), 4), b...)
		}
	}
	return dst, true
}

// number is the only key as a number that is equal where the keys are; ok is false where there
// is none for its type.
func (k *keyColumns) number() (get func(at int) (bits uint64, null bool), dense, ok bool) {
	if len(k.cols) != 1 || k.cols[0].alone {
		return nil, false, false
	}
	v := k.cols[0].vec
	if !fits(&k.keys[0], v) {
		return nil, false, false
	}
	switch v.Kind {
	case codec.KindInt:
		return func(at int) (uint64, bool) { return uint64(v.Ints[at]), v.Nulls[at] }, k.cols[0].dense, true
	case codec.KindUint:
		return func(at int) (uint64, bool) { return v.Uints[at], v.Nulls[at] }, k.cols[0].dense, true
	}
	return nil, false, false
}

// fits says that the numbers of a column are equal where its keys are.
func fits(k *Key, v *expr.Vector) bool {
	switch k.class {
	case keyInt:
		return v.Kind == codec.KindInt && v.Type.Kind != value.TypeDecimal || v.Kind == codec.KindUint && !v.Type.HasDate()
	case keyDateTime:
		return v.Kind == codec.KindUint && v.Type.HasDate()
	case keyTime:
		return v.Kind == codec.KindInt && v.Type.Kind == value.TypeTime
	case keyDecimal:
		return v.Kind == codec.KindInt && v.Type.Kind == value.TypeDecimal
	}
	return false
}

// appendAt adds the key of a value in a column.
func (k *Key) appendAt(dst []byte, v *expr.Vector, at int) []byte {
	from := len(dst)
	switch {
	case v.Nulls[at]:
		dst = append(dst, 0)
	case v.Kind == codec.KindInt && k.class == keyInt && v.Type.IsInteger():
		dst = appendIntKey(dst, v.Ints[at])
	case v.Kind == codec.KindUint && k.class == keyInt && !v.Type.HasDate():
		dst = appendUintKey(dst, v.Uints[at])
	case v.Kind == codec.KindInt && k.class == keyDecimal && v.Type.Kind == value.TypeDecimal && v.Ints[at] != 0 && v.Ints[at] != math.MinInt64:
		dst = appendSmallDecimal(append(dst, 1), v.Ints[at], int(v.Type.Scale))
	case k.class == keyString && v.Variable() && v.Type.IsString():
		dst = append(dst, 1)
		if k.collation.Binary() {
			dst = appendEscaped(dst, v.Bytes(at))
		} else {
			dst = k.appendText(dst, v.Bytes(at))
		}
	default:
		return k.append(dst, v.Value(at))
	}
	if k.Desc {
		invert(dst[from:])
	}
	return dst
}
