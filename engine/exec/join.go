package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// JoinKind says which rows a join gives.
type JoinKind uint8

const (
	InnerJoin JoinKind = iota
	LeftJoin           // and left rows that found none, with NULLs
)

// HashJoin joins rows whose keys are equal: it keeps the left side when that is small, the right
// one otherwise. Its columns are those of the left side, then those of the right one.
type HashJoin struct {
	Left, Right Node
	Kind        JoinKind
	// LeftKeys and RightKeys are compared as Keys say; NullSafe of them find NULL, too.
	LeftKeys, RightKeys []expr.Expr
	Keys                []Key
	NullSafe            []bool
	On                  []expr.Expr // further conditions over both rows
	types               []value.Type
}

// LoopJoin opens the right side for each left row, whose values stand in slots then.
type LoopJoin struct {
	Left, Right Node
	Kind        JoinKind
	Binds       []Bind      // of the right side's slots
	On          []expr.Expr // conditions over both rows
	// Keep: the right side does not look at the left row. It is read once; a small left side, or
	// else the right one, is kept.
	Keep  bool
	types []value.Type
}

// Bind sets a slot from a row.
type Bind struct {
	Slot int
	From expr.Expr
}

// set puts values into slots. They are kept beyond the row.
func set(c *expr.Ctx, binds []Bind, r expr.Row) error {
	for _, b := range binds {
		v, err := b.From.Eval(c, r)
		if err != nil {
			return err
		}
		c.Params[b.Slot] = v.Clone()
	}
	return nil
}

// joined are the types of both sides. Those of a right side that may be missing can be NULL.
func joined(left, right Node, kind JoinKind) []value.Type {
	out := append([]value.Type{}, left.Types()...)
	for _, t := range right.Types() {
		t.Nullable = t.Nullable || kind == LeftJoin
		out = append(out, t)
	}
	return out
}

// Types implements Node.
func (j *HashJoin) Types() []value.Type {
	if j.types == nil {
		j.types = joined(j.Left, j.Right, j.Kind)
	}
	return j.types
}

// Types implements Node.
func (j *LoopJoin) Types() []value.Type {
	if j.types == nil {
		j.types = joined(j.Left, j.Right, j.Kind)
	}
	return j.types
}

// both is a left row with a right one behind it.
type both struct {
	left  expr.At
	width int
	right []value.Value
}

// Value implements expr.Row.
func (r *both) Value(column int) value.Value {
	if column < r.width {
		return r.left.Value(column)
	}
	return r.right[column-r.width]
}

// emit adds the joined row to a batch. Without a right side its columns are NULL.
func (r *both) emit(out *Batch, right bool) error {
	for i := range r.width {
		out.Columns[i].AppendFrom(r.left.Batch.Columns[i].Column, r.left.I)
	}
	for i, v := range r.right {
		if !right {
			v = value.Null
		}
		if err := out.Columns[r.width+i].Append(v); err != nil {
			return err
		}
	}
	out.N++
	return nil
}
