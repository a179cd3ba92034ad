package expr

import (
	"github.com/lxdb/lxdb/engine/value"
)

// BatchExpr is an expression that computes many rows faster than one after the other.
type BatchExpr interface {
	Expr
	// EvalBatch is what the function of that name does.
	EvalBatch(c *Ctx, b *Batch, sel []int32, out *Vector) error
}

// EvalBatch appends to out the values of e for the rows of b that sel names, for all
// rows if sel is nil. The values are those that Eval gives, row by row.
func EvalBatch(e Expr, c *Ctx, b *Batch, sel []int32, out *Vector) error {
	if fast, ok := e.(BatchExpr); ok {
		return fast.EvalBatch(c, b, sel, out)
	}
	return eachRow(e, c, b, sel, out)
}

func eachRow(e Expr, c *Ctx, b *Batch, sel []int32, out *Vector) error {
	at := &At{Batch: b}
	for i := range rows(b, sel) {
		at.I = rowAt(sel, i)
		v, err := e.Eval(c, at)
		if err != nil {
			return err
		}
		if err := out.Append(v); err != nil {
			return err
		}
	}
	return nil
}

func rows(b *Batch, sel []int32) int {
	if sel == nil {
		return b.N
	}
	return len(sel)
}

func rowAt(sel []int32, i int) int {
	if sel == nil {
		return i
	}
	return int(sel[i])
}

// Filter appends to keep the numbers of the rows for which the condition holds, of
// those that sel names (nil: of all). keep may be sel[:0].
func Filter(e Expr, c *Ctx, b *Batch, sel []int32, keep []int32) ([]int32, error) {
	at := &At{Batch: b}
	n := rows(b, sel)
	for i := range n {
		at.I = rowAt(sel, i)
		v, err := e.Eval(c, at)
		if err != nil {
			return keep, err
		}
		holds, err := value.ToBool(c.Env, v, e.Type())
		if err != nil {
			return keep, err
		}
		if holds {
			keep = append(keep, int32(at.I))
		}
	}
	return keep, nil
}
