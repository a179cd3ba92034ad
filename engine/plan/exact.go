package plan

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/shopspring/decimal"
)

// exact computes sums and products of integer columns and literals as they are.
// The library's wrap around at 64 bits, so that one too many makes the largest
// number the smallest: nothing that may be stored. The result is an int64, or a
// decimal where that is too small. It is false for whatever else stands in the
// expression, NULL included; that is the library's to compute.
func exact(ctx *sql.Context, row sql.Row, e sql.Expression) (any, bool, error) {
	n, ok, err := exactInt(ctx, row, e)
	if !ok || err != nil {
		return nil, false, err
	}
	if n.large != nil {
		return decimal.NewFromBigInt(n.large, 0), true, nil
	}
	return n.small, true, nil
}

// integer is small, unless large is set.
type integer struct {
	small int64
	large *big.Int
}

func (n integer) big() *big.Int {
	if n.large != nil {
		return n.large
	}
	return big.NewInt(n.small)
}

func exactInt(ctx *sql.Context, row sql.Row, e sql.Expression) (integer, bool, error) {
	switch e := e.(type) {
	case *expression.Wrapper:
		return exactInt(ctx, row, e.Unwrap())
	case *expression.Literal, *expression.GetField:
		v, err := e.Eval(ctx, row)
		n, ok := asInteger(v)
		return n, ok, err
	case *expression.Arithmetic:
		left, ok, err := exactInt(ctx, row, e.LeftChild)
		if !ok || err != nil {
			return integer{}, false, err
		}
		right, ok, err := exactInt(ctx, row, e.RightChild)
		if !ok || err != nil {
			return integer{}, false, err
		}
		n, ok := left.do(e.Op, right)
		return n, ok, nil
	}
	return integer{}, false, nil
}

func asInteger(v any) (integer, bool) {
	switch v := v.(type) {
	case int8:
		return integer{small: int64(v)}, true
	case int16:
		return integer{small: int64(v)}, true
	case int32:
		return integer{small: int64(v)}, true
	case int64:
		return integer{small: v}, true
	case uint8:
		return integer{small: int64(v)}, true
	case uint16:
		return integer{small: int64(v)}, true
	case uint32:
		return integer{small: int64(v)}, true
	case uint64:
		if v <= math.MaxInt64 {
			return integer{small: int64(v)}, true
		}
		return integer{large: new(big.Int).SetUint64(v)}, true
	}
	return integer{}, false
}

func (n integer) do(op string, m integer) (integer, bool) {
	if n.large == nil && m.large == nil {
		if r, ok := small(op, n.small, m.small); ok {
			return integer{small: r}, true
		}
	}
	r := new(big.Int)
	switch op {
	case "+":
		r.Add(n.big(), m.big())
	case "-":
		r.Sub(n.big(), m.big())
	case "*":
		r.Mul(n.big(), m.big())
	default:
		return integer{}, false
	}
	if r.IsInt64() {
		return integer{small: r.Int64()}, true
	}
	return integer{large: r}, true
}

// small is false when the result may not be an int64.
func small(op string, a, b int64) (int64, bool) {
	switch op {
	case "+":
		r := a + b
		return r, (a^r)&(b^r) >= 0
	case "-":
		r := a - b
		return r, (a^b)&(a^r) >= 0
	case "*":
		hi, lo := bits.Mul64(magnitude(a), magnitude(b))
		return a * b, hi == 0 && lo <= math.MaxInt64
	}
	return 0, false
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}
