package expr

import (
	"bytes"

	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// verdict takes the order of each selected row that has one: i is its place among the
// selected, r its number. null is for rows that have none.
type verdict func(i, r, order int, null bool)

// orders calls say for each selected row. done is false when there is no kernel for
// the two sides; nothing was said then.
func orders(e *Compare, c *Ctx, b *Batch, sel []int32, say verdict) (done bool, err error) {
	if !exactly(e.Left) || !exactly(e.Right) {
		return false, nil
	}
	if !simple(e.Left) || !simple(e.Right) {
		return false, nil
	}
	l, r, ok := operandsOf(e.Left, e.Right, c, b, sel)
	defer c.give(l)
	defer c.give(r)
	if !ok {
		return false, nil
	}
	n := rows(b, sel)
	switch e.Rule.How {
	case value.AsInt, value.AsTime:
		if x, ok := l.signed(); ok {
			if y, ok := r.signed(); ok && sameTimes(e.Rule.How, &l, &r) {
				loop(&x, &y, n, sel, say)
				return true, nil
			}
		}
		return unsignedOrders(e.Rule.How, &l, &r, n, sel, say), nil
	case value.AsDateTime:
		return unsignedOrders(e.Rule.How, &l, &r, n, sel, say), nil
	case value.AsDouble:
		x, okx := l.double()
		y, oky := r.double()
		if okx && oky {
			loop(&x, &y, n, sel, say)
		}
		return okx && oky, nil
	case value.AsDecimal:
		scale := max(l.scaleOf(), r.scaleOf())
		x, okx := l.scaled(scale)
		y, oky := r.scaled(scale)
		if okx && oky {
			loop(&x, &y, n, sel, say)
		}
		return okx && oky, nil
	case value.AsString:
		return textOrders(e.Rule.Collation, &l, &r, n, sel, say), nil
	}
	return false, nil
}

// simple says that an operand is one whose whole batch may be computed: it neither
// warns nor fails where the row form would not have come to it.
func simple(e Expr) bool {
	switch e := e.(type) {
	case *Column, *Const, *Param:
		return true
	case *Call:
		switch e.Function.Name {
		case "+", "-", "*":
			return simple(e.Args[0]) && simple(e.Args[1]) && e.Arg(0).IsNumber() && e.Arg(1).IsNumber()
		}
	}
	return false
}

// sameTimes: a TIME is compared with a TIME, an integer with an integer.
func sameTimes(how value.How, l, r *operand) bool {
	time := func(o *operand) bool { return o.of.Kind == value.TypeTime }
	if how == value.AsTime {
		return time(l) && time(r)
	}
	return !time(l) && !time(r)
}

func unsignedOrders(how value.How, l, r *operand, n int, sel []int32, say verdict) bool {
	if how == value.AsTime || how == value.AsDateTime && !(dateSide(l) && dateSide(r)) {
		return false
	}
	if how == value.AsInt && (dateSide(l) || dateSide(r)) { // as a number a date is no packed one
		return false
	}
	x, okx := l.unsigned(how)
	y, oky := r.unsigned(how)
	if okx && oky {
		loop(&x, &y, n, sel, say)
	}
	return okx && oky
}

func dateSide(o *operand) bool { return o.of.HasDate() }

func loop[T int64 | uint64 | float64](x, y *side[T], n int, sel []int32, say verdict) {
	for i := range n {
		row := rowAt(sel, i)
		a, anull := x.at(i, row)
		b, bnull := y.at(i, row)
		order := 0
		if a < b {
			order = -1
		} else if a > b {
			order = 1
		}
		say(i, row, order, anull || bnull)
	}
}

// textOrders compares strings where they stand.
func textOrders(coll *value.Collation, l, r *operand, n int, sel []int32, say verdict) bool {
	if !l.text() || !r.text() || coll.Binary() && (ownBytes(l.of) || ownBytes(r.of)) {
		return false
	}
	for i := range n {
		row := rowAt(sel, i)
		a, anull := l.bytes(i, row)
		b, bnull := r.bytes(i, row)
		if anull || bnull {
			say(i, row, 0, true)
			continue
		}
		order := 0
		if !bytes.Equal(a, b) {
			order = coll.Compare(a, b)
		}
		say(i, row, order, false)
	}
	return true
}

// ownBytes says that a text of t stands here with other bytes than in its character set.
func ownBytes(t *value.Type) bool {
	return t != nil && t.IsString() && t.Collation != nil && t.Collation.MaxBytes == 1 && !t.IsBinary()
}

func (o *operand) text() bool {
	if o.constant {
		return o.val.IsNull() || o.val.Class() == value.ClassString
	}
	return o.of.IsString() && o.vec.Variable()
}

func (o *operand) bytes(i, row int) ([]byte, bool) {
	if o.constant {
		return o.val.Bytes(), o.val.IsNull()
	}
	if o.dense {
		row = i
	}
	return o.vec.Bytes(row), o.vec.Nulls[row]
}

// filterCompare keeps the rows that compare as the operator wants. The commonest case,
// a column of integers beside a constant, has a loop of its own.
func filterCompare(e *Compare, c *Ctx, b *Batch, sel []int32, keep []int32) ([]int32, bool, error) {
	if e.op == opNullSafe {
		return keep, false, nil
	}
	if out, done := filterIntConst(e, c, b, sel, keep); done {
		return out, true, nil
	}
	holds := [3]bool{e.op.holds(-1), e.op.holds(0), e.op.holds(1)}
	done, err := orders(e, c, b, sel, func(_, r, order int, null bool) {
		if !null && holds[order+1] {
			keep = append(keep, int32(r))
		}
	})
	return keep, done, err
}

func filterIntConst(e *Compare, c *Ctx, b *Batch, sel []int32, keep []int32) ([]int32, bool) {
	column, ok := e.Left.(*Column)
	if !ok || e.Rule.How != value.AsInt || !column.Of.IsInteger() {
		return keep, false
	}
	v := &b.Columns[column.Index]
	var k value.Value
	switch r := e.Right.(type) {
	case *Const:
		k = r.Val
	case *Param:
		k = c.Params[r.Slot]
	}
	if v.Kind != codec.KindInt || k.Class() != value.ClassInt {
		return keep, false
	}
	low, high := bounds(e.op, k.Int())
	wanted := e.op != opNotEqual
	if sel == nil {
		for i, n := range v.Ints[:b.N] {
			if (n >= low && n <= high) == wanted && !v.Nulls[i] {
				keep = append(keep, int32(i))
			}
		}
		return keep, true
	}
	for _, i := range sel {
		if n := v.Ints[i]; (n >= low && n <= high) == wanted && !v.Nulls[i] {
			keep = append(keep, i)
		}
	}
	return keep, true
}

// bounds are the numbers between which the operator holds; of <> those where not.
// Nothing is between them when low is above high.
func bounds(op compareOp, k int64) (low, high int64) {
	const least, most = -1 << 63, 1<<63 - 1
	switch op {
	case opLess:
		if k == least {
			return 1, 0
		}
		return least, k - 1
	case opLessEqual:
		return least, k
	case opGreater:
		if k == most {
			return 1, 0
		}
		return k + 1, most
	case opGreaterEqual:
		return k, most
	}
	return k, k
}

// compareBatch appends 1, 0 and NULL.
func compareBatch(e *Compare, c *Ctx, b *Batch, sel []int32, out *Vector) (bool, error) {
	return orders(e, c, b, sel, func(_, _, order int, null bool) {
		n := int64(0)
		if !null && e.op.holds(order) {
			n = 1
		}
		out.Ints, out.Nulls = append(out.Ints, n), append(out.Nulls, null)
	})
}
