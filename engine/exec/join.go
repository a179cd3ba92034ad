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

// HashJoin joins rows whose keys are equal: it keeps the right side. Its columns are those
// of the left side, then those of the right one.
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
	// Keep: the right side does not look at the left row. It is read once and kept.
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

// Open implements Node.
func (j *HashJoin) Open(c *expr.Ctx) (Rows, error) {
	r := &hashRows{j: j, width: len(j.Left.Types())}
	r.pair.width = r.width
	r.pair.right = make([]value.Value, len(j.Right.Types()))
	return r, nil
}

// hashRows keeps the right rows, those of one key in a chain.
type hashRows struct {
	j     *HashJoin
	left  Rows
	width int
	table keyTable
	rows  rowBuffer
	heads []int32 // by key: the first right row + 1
	tails []int32
	next  []int32 // by right row: the next one + 1
	ready bool
	key   []byte

	batch *Batch // of the left side
	at    int    // row in it
	chain int32  // right row + 1 to look at
	found bool   // of the left row
	begun bool   // the left row's chain was looked up
	ended bool   // there are no more left rows
	pair  both
	out   Batch
	mem   memory
}

// keysOf adds the keys of a row; false when one is NULL, which equals nothing.
func (j *HashJoin) keysOf(c *expr.Ctx, dst []byte, list []expr.Expr, r expr.Row) ([]byte, bool, error) {
	for i, e := range list {
		v, err := e.Eval(c, r)
		if err != nil {
			return nil, false, err
		}
		if v.IsNull() && !j.NullSafe[i] {
			return dst, false, nil
		}
		dst = j.Keys[i].append(dst, v)
	}
	return dst, true, nil
}

func (r *hashRows) build(c *expr.Ctx) error {
	var scratch []byte
	return each(c, r.j.Right, func(b *Batch) (err error) {
		if err := r.mem.take(c, 12*b.Len()); err != nil {
			return err
		}
		row := expr.At{Batch: &b.Batch}
		for i := range b.Len() {
			row.I = b.At(i)
			var ok bool
			if r.key, ok, err = r.j.keysOf(c, r.key[:0], r.j.RightKeys, &row); err != nil {
				return err
			}
			if !ok {
				continue
			}
			if scratch, err = r.rows.add(c, b, i, scratch); err != nil {
				return err
			}
			if err := r.link(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// link puts the last row behind those of its key.
func (r *hashRows) link(c *expr.Ctx) error {
	n, fresh, err := r.table.find(c, r.key)
	if err != nil {
		return err
	}
	r.next = append(r.next, 0)
	last := int32(len(r.next))
	if fresh {
		r.heads, r.tails = append(r.heads, last), append(r.tails, last)
		return nil
	}
	r.next[r.tails[n]-1] = last
	r.tails[n] = last
	return nil
}

// Next implements Rows.
func (r *hashRows) Next(c *expr.Ctx) (*Batch, error) {
	if !r.ready {
		if err := r.build(c); err != nil {
			return nil, err
		}
		r.ready = true
		if r.rows.len() == 0 && r.j.Kind == InnerJoin {
			return nil, nil
		}
		var err error
		if r.left, err = r.j.Left.Open(c); err != nil {
			return nil, err
		}
	}
	if r.left == nil || r.ended {
		return nil, nil
	}
	r.out.begin(r.j.Types())
	for !r.out.full() {
		if r.batch == nil || r.at == r.batch.Len() {
			b, err := r.left.Next(c)
			if err != nil {
				return nil, err
			}
			if b == nil {
				r.ended = true
				break
			}
			r.batch, r.at, r.begun = b, 0, false
		}
		if err := r.probe(c); err != nil {
			return nil, err
		}
	}
	return r.out.orNil(), ended(c)
}

// probe joins the left row until it is done or the output is full.
func (r *hashRows) probe(c *expr.Ctx) error {
	r.pair.left = expr.At{Batch: &r.batch.Batch, I: r.batch.At(r.at)}
	if !r.begun {
		key, ok, err := r.j.keysOf(c, r.key[:0], r.j.LeftKeys, &r.pair.left)
		if err != nil {
			return err
		}
		r.chain, r.found, r.begun = 0, false, true
		if ok {
			if n := r.table.get(key); n >= 0 {
				r.chain = r.heads[n]
			}
		}
		r.key = key
	}
	for r.chain != 0 {
		if r.out.full() {
			return nil
		}
		r.rows.read(int(r.chain-1), r.pair.right)
		r.chain = r.next[r.chain-1]
		yes, err := holds(c, r.j.On, &r.pair)
		if err != nil {
			return err
		}
		if !yes {
			continue
		}
		r.found = true
		if err := r.pair.emit(&r.out, true); err != nil {
			return err
		}
	}
	if !r.found && r.j.Kind == LeftJoin {
		if err := r.pair.emit(&r.out, false); err != nil {
			return err
		}
	}
	r.at++
	r.begun = false
	return nil
}

// Close implements Rows.
func (r *hashRows) Close() error {
	r.table.release()
	r.rows.release()
	r.heads, r.tails, r.next, r.ready = nil, nil, nil, true
	r.mem.give()
	if r.left == nil {
		return nil
	}
	left := r.left
	r.left = nil
	return left.Close()
}
