package expr

import (
	"github.com/lxdb/lxdb/engine/value"
)

// EvalBatch appends to out, whose type must be that of e, the values of e for the rows
// of b that sel names; nil is all rows. They are the values that Eval gives.
func EvalBatch(e Expr, c *Ctx, b *Batch, sel []int32, out *Vector) error {
	switch e := e.(type) {
	case *Column:
		return copyColumn(&b.Columns[e.Index], b, sel, out)
	case *Const:
		return repeat(e.Val, rows(b, sel), out)
	case *Param:
		return repeat(c.Params[e.Slot], rows(b, sel), out)
	case *Call:
		if done, err := arithmeticBatch(e, c, b, sel, out); done || err != nil {
			return err
		}
	case *Compare, *Logic, *In:
		return truthBatch(e, c, b, sel, out)
	}
	return eachRow(e, c, b, sel, out)
}

func eachRow(e Expr, c *Ctx, b *Batch, sel []int32, out *Vector) error {
	at, mark := c.at(b), c.Transient()
	for i := range rows(b, sel) {
		if err := c.goesOn(i); err != nil {
			return err
		}
		at.I = rowAt(sel, i)
		v, err := e.Eval(c, at)
		if err != nil {
			return err
		}
		if err := out.Append(v); err != nil {
			return err
		}
		c.Settle(mark)
	}
	return nil
}

// goesOn looks at the statement's context now and then.
func (c *Ctx) goesOn(i int) error {
	if i&127 == 127 {
		return c.Context().Err()
	}
	return nil
}

// at is a row of b that moves; one for each depth of nesting is kept.
func (c *Ctx) at(b *Batch) *At { return &At{Batch: b} }

func repeat(v value.Value, n int, out *Vector) error {
	for range n {
		if err := out.Append(v); err != nil {
			return err
		}
	}
	return nil
}

// copyColumn copies what sel names; with all rows, the slices as a whole.
func copyColumn(from *Vector, b *Batch, sel []int32, out *Vector) error {
	if sel == nil && out.Len() == 0 && from.Kind == out.Kind && from.Len() == b.N {
		out.Nulls = append(out.Nulls, from.Nulls[:b.N]...)
		out.Ints, out.Uints = append(out.Ints, from.Ints...), append(out.Uints, from.Uints...)
		out.Floats, out.Ends = append(out.Floats, from.Floats...), append(out.Ends, from.Ends...)
		out.Data = append(out.Data, from.Data...)
		return nil
	}
	for i := range rows(b, sel) {
		if err := out.Column.Append(from.Datum(rowAt(sel, i))); err != nil {
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
	switch e := e.(type) {
	case *Logic:
		if !e.or {
			return filterAnd(e, c, b, sel, keep)
		}
		if !volatile(e) {
			return filterOr(e, c, b, sel, keep)
		}
	case *Compare:
		if out, done, err := filterCompare(e, c, b, sel, keep); done || err != nil {
			return out, err
		}
	case *In:
		if out, done := filterIn(e, b, sel, keep); done {
			return out, nil
		}
	case *Call:
		if out, done := filterNull(e, b, sel, keep); done {
			return out, nil
		}
		if out, done, err := filterTruths(e, c, b, sel, keep); done || err != nil {
			return out, err
		}
	}
	return filterRows(e, c, b, sel, keep)
}

func filterRows(e Expr, c *Ctx, b *Batch, sel []int32, keep []int32) ([]int32, error) {
	at, mark := c.at(b), c.Transient()
	for i := range rows(b, sel) {
		if err := c.goesOn(i); err != nil {
			return keep, err
		}
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
		c.Settle(mark)
	}
	return keep, nil
}

// filterOr asks each condition of the rows for which none before it holds, as one row after the other would.
func filterOr(e *Logic, c *Ctx, b *Batch, sel []int32, keep []int32) ([]int32, error) {
	all := make([]int32, rows(b, sel), 3*rows(b, sel)) // keep may be where sel is
	for i := range all {
		all[i] = int32(rowAt(sel, i))
	}
	n := len(all)
	rest, yes := append(all[n:n:2*n], all...), all[2*n:2*n:3*n]
	var err error
	for _, item := range e.Items {
		if len(rest) == 0 { // nobody is left to be asked
			break
		}
		if yes, err = Filter(item, c, b, rest, yes[:0]); err != nil {
			return keep, err
		}
		rest = Without(rest[:0], rest, yes)
	}
	return Without(keep, all, rest), nil
}

// Without appends those of a list that are not in some of it, which stand in its order.
func Without(to, list, some []int32) []int32 {
	for _, n := range list {
		if len(some) > 0 && some[0] == n {
			some = some[1:]
			continue
		}
		to = append(to, n)
	}
	return to
}

// filterAnd narrows the rows condition by condition.
func filterAnd(e *Logic, c *Ctx, b *Batch, sel []int32, keep []int32) ([]int32, error) {
	start := len(keep)
	for i, item := range e.Items {
		if i == 0 {
			var err error
			if keep, err = Filter(item, c, b, sel, keep); err != nil {
				return keep, err
			}
			continue
		}
		now := keep[start:]
		if len(now) == 0 { // also because nil would be all rows
			return keep, nil
		}
		out, err := Filter(item, c, b, now, now[:0])
		if err != nil {
			return keep, err
		}
		keep = keep[:start+len(out)]
	}
	return keep, nil
}

// filterNull is IS NULL and IS NOT NULL of a column.
func filterNull(f *Call, b *Batch, sel []int32, keep []int32) ([]int32, bool) {
	not := f.Function.Name == "is not null"
	if !not && f.Function.Name != "is null" {
		return keep, false
	}
	column, ok := f.Args[0].(*Column)
	if !ok {
		return keep, false
	}
	nulls := b.Columns[column.Index].Nulls
	for i := range rows(b, sel) {
		if at := rowAt(sel, i); nulls[at] != not {
			keep = append(keep, int32(at))
		}
	}
	return keep, true
}

// filterIn is IN (1,2,3) of an integer column.
func filterIn(e *In, b *Batch, sel []int32, keep []int32) ([]int32, bool) {
	column, ok := e.Left.(*Column)
	if !ok || e.set == nil {
		return keep, false
	}
	v := &b.Columns[column.Index]
	for i := range rows(b, sel) {
		if at := rowAt(sel, i); !v.Nulls[at] && e.set[v.Ints[at]] {
			keep = append(keep, int32(at))
		}
	}
	return keep, true
}

// filterTruths is a condition that has a kernel of its own, or NOT of one.
func filterTruths(f *Call, c *Ctx, b *Batch, sel []int32, keep []int32) ([]int32, bool, error) {
	want := True
	if f.Function.Name == "not" {
		inner, ok := f.Args[0].(*Call)
		if !ok {
			return keep, false, nil
		}
		f, want = inner, False
	}
	if f.Function.Truths == nil || rows(b, sel) == 0 {
		return keep, false, nil
	}
	truths, done, err := f.Function.Truths(c, f, b, sel, nil)
	if !done || err != nil {
		return keep, false, err
	}
	for i, t := range truths {
		if t == want {
			keep = append(keep, int32(rowAt(sel, i)))
		}
	}
	return keep, true, nil
}

// truthBatch appends 1, 0 and NULL of a condition.
func truthBatch(e Expr, c *Ctx, b *Batch, sel []int32, out *Vector) error {
	if cmp, ok := e.(*Compare); ok && cmp.op != opNullSafe {
		if done, err := compareBatch(cmp, c, b, sel, out); done || err != nil {
			return err
		}
	}
	return eachRow(e, c, b, sel, out)
}
