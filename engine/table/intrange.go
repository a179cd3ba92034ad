package table

import (
	"math"
	"math/big"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/dolthub/vitess/go/vt/proto/query"
	"github.com/shopspring/decimal"
)

// IntRange is what an integer type holds. The library's conversions cut unsigned
// and decimal numbers to the width of an unsigned column without a word (300
// becomes 44 in a TINYINT UNSIGNED) and large decimals to a float's precision, so
// numbers are brought into the range here, before it converts them.
type IntRange struct {
	Min int64
	Max uint64
}

var intRanges = map[query.Type]IntRange{
	sqltypes.Int8: {math.MinInt8, math.MaxInt8}, sqltypes.Uint8: {0, math.MaxUint8},
	sqltypes.Int16: {math.MinInt16, math.MaxInt16}, sqltypes.Uint16: {0, math.MaxUint16},
	sqltypes.Int24: {-1 << 23, 1<<23 - 1}, sqltypes.Uint24: {0, 1<<24 - 1},
	sqltypes.Int32: {math.MinInt32, math.MaxInt32}, sqltypes.Uint32: {0, math.MaxUint32},
	sqltypes.Int64: {math.MinInt64, math.MaxInt64}, sqltypes.Uint64: {0, math.MaxUint64},
}

// IntRangeOf is the range of an integer type; false for every other type.
func IntRangeOf(t sql.Type) (IntRange, bool) {
	if t == nil {
		return IntRange{}, false
	}
	r, ok := intRanges[t.Type()]
	return r, ok
}

// Contains reports whether every number of o is one of r.
func (r IntRange) Contains(o IntRange) bool { return r.Min <= o.Min && o.Max <= r.Max }

// Fit returns a number as the integer of the range that it is stored as, an int64
// or a uint64: rounded, half away from zero, and where it does not fit the end of
// the range that is nearest. number is false for what is no number; it is for
// the library to convert.
func (r IntRange) Fit(v any) (out any, fits, number bool) {
	switch v := v.(type) {
	case int8:
		return r.signed(int64(v))
	case int16:
		return r.signed(int64(v))
	case int32:
		return r.signed(int64(v))
	case int64:
		return r.signed(v)
	case int:
		return r.signed(int64(v))
	case uint8:
		return r.unsigned(uint64(v))
	case uint16:
		return r.unsigned(uint64(v))
	case uint32:
		return r.unsigned(uint64(v))
	case uint64:
		return r.unsigned(v)
	case uint:
		return r.unsigned(uint64(v))
	case float32:
		return r.float(float64(v))
	case float64:
		return r.float(v)
	case decimal.Decimal:
		return r.big(v.Round(0).BigInt())
	}
	return v, true, false
}

func (r IntRange) signed(v int64) (any, bool, bool) {
	switch {
	case v < r.Min:
		return r.Min, false, true
	case v > 0 && uint64(v) > r.Max:
		return r.top(), false, true
	}
	return v, true, true
}

func (r IntRange) unsigned(v uint64) (any, bool, bool) {
	if v > r.Max {
		return r.top(), false, true
	}
	if v <= math.MaxInt64 {
		return int64(v), true, true
	}
	return v, true, true
}

func (r IntRange) top() any {
	if r.Max <= math.MaxInt64 {
		return int64(r.Max)
	}
	return r.Max
}

func (r IntRange) float(v float64) (any, bool, bool) {
	switch {
	case math.IsNaN(v), math.IsInf(v, -1):
		return r.Min, false, true
	case math.IsInf(v, 1):
		return r.top(), false, true
	}
	n, _ := new(big.Float).SetFloat64(math.Round(v)).Int(nil)
	return r.big(n)
}

func (r IntRange) big(n *big.Int) (any, bool, bool) {
	switch {
	case n.IsInt64():
		return r.signed(n.Int64())
	case n.IsUint64():
		return r.unsigned(n.Uint64())
	case n.Sign() < 0:
		return r.Min, false, true
	}
	return r.top(), false, true
}

// FloatRange is what a FLOAT holds.
type FloatRange struct{}

// Fit is IntRange.Fit for a FLOAT. Values of other types than DOUBLE and DECIMAL
// are left to the library: none of them is out of range.
func (FloatRange) Fit(v any) (out any, fits, number bool) {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case decimal.Decimal:
		f = v.InexactFloat64()
	default:
		return v, true, false
	}
	switch {
	case f > math.MaxFloat32:
		return float64(math.MaxFloat32), false, true
	case f < -math.MaxFloat32:
		return float64(-math.MaxFloat32), false, true
	}
	return v, true, true
}
