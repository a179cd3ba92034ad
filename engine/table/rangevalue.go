package table

import (
	"cmp"
	"math"
	"math/big"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// columnValue converts the key of a range cut to a value of the column. side is
// how that value compares with the key: 0 equal, -1 smaller, +1 greater; no
// value of the column lies between them. ok is false when that cannot be said.
func columnValue(ctx *sql.Context, st *storage, typ sql.Type, key any) (v any, side int, ok bool) {
	key, err := sql.UnwrapAny(ctx, key)
	if err != nil {
		return nil, 0, false
	}
	if st.kind == codec.KindText || st.kind == codec.KindBytes {
		// Not the column's type: it refuses what is too long, and pads BINARY.
		v, _, err = typ.Convert(ctx, key)
		return v, 0, err == nil
	}
	if i, ok := integer(key); !ok || st.kind != codec.KindInt || !codec.FitsInt(i, st.width) {
		if v, side, out := beyond(ctx, st, key); out {
			return v, side, true
		}
	}
	v, inRange, err := st.typ.Convert(ctx, key)
	if err != nil || v == nil || inRange != sql.InRange {
		return nil, 0, false // converting -1 to an unsigned type may give its greatest value
	}
	if v == key { // the common case: the key has the column's Go type
		return v, 0, true
	}
	side, err = compareKey(ctx, typ, v, key)
	if err != nil || side != 0 && !bothNumbers(v, key) {
		return nil, 0, false
	}
	if d, err := st.toDatum(v); err != nil || d.IsNull() {
		return nil, 0, false
	}
	return v, side, true
}

// beyond recognises a number outside the range of an integer column and returns
// the column's value next to it.
func beyond(ctx *sql.Context, st *storage, key any) (v any, side int, out bool) {
	t, ok := st.typ.(sql.NumberType)
	if !ok || t.IsFloat() {
		return nil, 0, false
	}
	n, ok := number(key)
	if !ok {
		return nil, 0, false
	}
	least, most := codec.Uint(0), codec.Uint(math.MaxUint64>>(64-8*st.width))
	low, high := decimal.Zero, unsigned(most.Uint())
	if t.IsSigned() {
		least, most = codec.Int(math.MinInt64>>(64-8*st.width)), codec.Int(math.MaxInt64>>(64-8*st.width))
		low, high = decimal.NewFromInt(least.Int()), decimal.NewFromInt(most.Int())
	}
	switch {
	case n.LessThan(low):
		v, err := st.value(ctx, least)
		return v, 1, err == nil
	case n.GreaterThan(high):
		v, err := st.value(ctx, most)
		return v, -1, err == nil
	}
	return nil, 0, false
}

// compareKey compares a column's value with the key of a cut. Numbers compare
// as numbers whatever their Go types: the type's own Compare would first round
// 1.5 to the column's type.
func compareKey(ctx *sql.Context, typ sql.Type, v, key any) (int, error) {
	if a, ok := integer(v); ok {
		if b, ok := integer(key); ok {
			return cmp.Compare(a, b), nil
		}
	}
	if a, ok := number(v); ok {
		if b, ok := number(key); ok {
			return a.Cmp(b), nil
		}
	}
	return typ.Compare(ctx, v, key)
}

// integer covers the common case: comparing decimals costs allocations.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case uint8:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint32:
		return int64(v), true
	}
	return 0, false
}

func bothNumbers(a, b any) bool {
	_, x := number(a)
	_, y := number(b)
	return x && y
}

func number(v any) (decimal.Decimal, bool) {
	switch v := v.(type) {
	case int:
		return decimal.NewFromInt(int64(v)), true
	case int8:
		return decimal.NewFromInt(int64(v)), true
	case int16:
		return decimal.NewFromInt(int64(v)), true
	case int32:
		return decimal.NewFromInt(int64(v)), true
	case int64:
		return decimal.NewFromInt(v), true
	case uint:
		return unsigned(uint64(v)), true
	case uint8:
		return unsigned(uint64(v)), true
	case uint16:
		return unsigned(uint64(v)), true
	case uint32:
		return unsigned(uint64(v)), true
	case uint64:
		return unsigned(v), true
	case float32:
		return number(float64(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return decimal.Decimal{}, false
		}
		return decimal.NewFromFloat(v), true
	case decimal.Decimal:
		return v, true
	}
	return decimal.Decimal{}, false
}

func unsigned(v uint64) decimal.Decimal {
	return decimal.NewFromBigInt(new(big.Int).SetUint64(v), 0)
}

// matchesAny says whether the row lies in one of the ranges. values are those
// of the columns that the ranges speak of, in their order.
func matchesAny(ctx *sql.Context, ranges []sql.MySQLRange, values sql.Row) (bool, error) {
	for _, r := range ranges {
		in := true
		for i := 0; i < len(r) && in; i++ {
			var err error
			if in, err = within(ctx, r[i], values[i]); err != nil {
				return false, err
			}
		}
		if in {
			return true, nil
		}
	}
	return false, nil
}

func within(ctx *sql.Context, e sql.MySQLRangeColumnExpr, v any) (bool, error) {
	low, err := above(ctx, e.Typ, e.LowerBound, v)
	if err != nil || !low {
		return false, err
	}
	beyond, err := above(ctx, e.Typ, e.UpperBound, v)
	return !beyond, err
}

// above says whether v lies behind the cut. NULL lies before all values.
func above(ctx *sql.Context, typ sql.Type, c sql.MySQLRangeCut, v any) (bool, error) {
	switch c := c.(type) {
	case sql.BelowNull:
		return true, nil
	case sql.AboveNull:
		return v != nil, nil
	case sql.Below:
		if v == nil || c.Key == nil {
			return false, nil
		}
		x, err := compareKey(ctx, typ, v, c.Key)
		return x >= 0, err
	case sql.Above:
		if v == nil || c.Key == nil {
			return false, nil
		}
		x, err := compareKey(ctx, typ, v, c.Key)
		return x > 0, err
	}
	return false, nil // AboveAll
}
