package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
)

// A left side of at most so many rows and bytes is kept.
const (
	blockRowsMax  = 16 * batchRows
	blockBytesMax = 1 << 20
)

// blockJoin joins a small left side, which it keeps, with a right side of any size, which it
// reads once and does not keep: rows come in the order of the right side, and then left rows
// that found none. A left side that turns out to be larger is joined as otherwise says, from
// its first row on.
type blockJoin struct {
	left, right Node
	kind        JoinKind
	on          []expr.Expr
	keys        *HashJoin // nil: every row meets every row
	out         Node
	otherwise   func(left Rows) Rows
}

func (j *HashJoin) block() *blockJoin {
	return &blockJoin{left: j.Left, right: j.Right, kind: j.Kind, on: j.On, keys: j, out: j,
		otherwise: func(left Rows) Rows { return newHashRows(j, opened(left), j.Right.Open, 0) }}
}

func (j *LoopJoin) block() *blockJoin {
	return &blockJoin{left: j.Left, right: j.Right, kind: j.Kind, on: j.On, out: j, otherwise: j.rows}
}

func (j *blockJoin) open() Rows {
	r := &blockRowsOf{j: j, width: len(j.left.Types())}
	r.store.types = j.left.Types()
	if j.keys != nil {
		r.keys = newHashRows(j.keys, nil, nil, 0)
	}
	return r
}

// blockRowsOf are the rows of a blockJoin.
type blockRowsOf struct {
	j     *blockJoin
	width int
	store rowStore  // the left side
	keys  *hashRows // its table and chains are of left rows here
	found []bool    // by left row, of a LEFT JOIN
	begun bool
	left  Rows
	large Rows // what joins instead; it may close left before we do
	right Rows

	batch *Batch // of the right side
	at    int    // row in it
	chain int32  // left row + 1 to look at; 0: the right row was not looked up yet
	alone int    // left row that is asked next whether it found none
	asked int
	pairs pairs // places of right rows and numbers of left ones
	pair  both
	out   Batch
	mem   memory
}

// Next implements Rows.
func (r *blockRowsOf) Next(c *expr.Ctx) (*Batch, error) {
	if !r.begun {
		r.begun = true
		if err := r.begin(c); err != nil {
			return nil, err
		}
	}
	if r.large != nil {
		return r.large.Next(c)
	}
	for r.right != nil {
		if err := ended(c); err != nil {
			return nil, err
		}
		if r.batch == nil || r.at == r.batch.Len() {
			if err := r.nextRight(c); err != nil {
				return nil, err
			}
			continue
		}
		if err := r.meet(c); err != nil {
			return nil, err
		}
		if out, err := r.emit(c); out != nil || err != nil {
			return out, err
		}
	}
	return r.rest(c)
}

// begin reads the left side.
func (r *blockRowsOf) begin(c *expr.Ctx) (err error) {
	if r.left, err = r.j.left.Open(c); err != nil {
		return err
	}
	for {
		b, err := r.left.Next(c)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		kept := 0
		if r.store.n+b.Len() <= blockRowsMax && r.store.mem.taken < blockBytesMax {
			for kept < b.Len() && r.store.add(c, b, b.At(kept)) == nil {
				kept++
			}
		}
		if kept < b.Len() {
			r.tooLarge(b, kept)
			return nil
		}
	}
	if r.store.n == 0 {
		return nil
	}
	if ok, err := r.index(c); err != nil || !ok {
		r.tooLarge(nil, 0)
		return err
	}
	r.right, err = r.j.right.Open(c)
	return err
}

// tooLarge leaves the join to the other way, which gets what was kept, the rest of a batch
// and of the left side.
func (r *blockRowsOf) tooLarge(b *Batch, from int) {
	rest := &replay{pieces: r.store.all(), next: r.left}
	if b != nil {
		sel := make([]int32, 0, b.Len()-from)
		for i := from; i < b.Len(); i++ {
			sel = append(sel, int32(b.At(i)))
		}
		rest.last = &Batch{Batch: b.Batch, Sel: sel}
	}
	r.left, r.large = rest, r.j.otherwise(rest)
}

// index makes the chains of left rows; it is false when there is no memory for them.
func (r *blockRowsOf) index(c *expr.Ctx) (bool, error) {
	if r.j.kind == LeftJoin {
		r.found = make([]bool, r.store.n)
	}
	if r.keys == nil {
		return true, nil
	}
	if r.mem.take(c, 13*r.store.n) != nil {
		return false, nil
	}
	k := r.keys
	k.table.cols = k.leftCols
	for _, b := range r.store.all() {
		if err := k.table.begin(c, b); err != nil {
			return false, err
		}
		for i := range b.N {
			k.next = append(k.next, 0)
			null, err := k.nullKey(c, k.leftCols, i, i)
			if err != nil {
				return false, err
			}
			if null {
				continue
			}
			n, fresh, err := k.table.find(c, i, i, int32(len(k.heads)), false)
			if err != nil || n < 0 {
				return false, err
			}
			k.link(n, fresh)
		}
	}
	k.table.cols = k.rightCols
	return true, nil
}

func (r *blockRowsOf) nextRight(c *expr.Ctx) error {
	b, err := r.right.Next(c)
	if err != nil {
		return err
	}
	r.batch, r.at, r.chain = b, 0, 0
	if b == nil {
		right := r.right
		r.right = nil
		return right.Close()
	}
	if r.keys != nil {
		return r.keys.table.begin(c, b)
	}
	return nil
}

// meet finds the pairs of the right batch's next rows, as many as a batch has.
func (r *blockRowsOf) meet(c *expr.Ctx) error {
	r.pairs.reset()
	for r.at < r.batch.Len() && len(r.pairs.left) < batchRows {
		at := r.batch.At(r.at)
		if r.chain == 0 {
			first, err := r.first(c, at)
			if err != nil {
				return err
			}
			r.chain = first
		}
		for r.chain != 0 && len(r.pairs.left) < batchRows {
			left := r.chain - 1
			r.chain = r.after(left)
			if r.j.kind == LeftJoin {
				yes, err := r.meets(c, left, at)
				if err != nil {
					return err
				}
				if !yes {
					continue
				}
				r.found[left] = true
			}
			r.pairs.add(int32(at), left)
		}
		if r.chain == 0 {
			r.at++
		}
	}
	return nil
}

// first is the first left row + 1 that a right row may meet; 0 is none.
func (r *blockRowsOf) first(c *expr.Ctx, at int) (int32, error) {
	if r.keys == nil {
		return 1, nil
	}
	null, err := r.keys.nullKey(c, r.keys.rightCols, r.at, at)
	if null || err != nil {
		return 0, err
	}
	n, _, err := r.keys.table.find(c, r.at, at, 0, true)
	if n < 0 || err != nil {
		return 0, err
	}
	return r.keys.heads[n], nil
}

// after is the left row + 1 behind another one.
func (r *blockRowsOf) after(left int32) int32 {
	if r.keys != nil {
		return r.keys.next[left]
	}
	if int(left)+1 == r.store.n {
		return 0
	}
	return left + 2
}

// meets asks the further conditions about one pair.
func (r *blockRowsOf) meets(c *expr.Ctx, left int32, at int) (bool, error) {
	if len(r.j.on) == 0 {
		return true, nil
	}
	if r.asked++; r.asked&1023 == 0 {
		if err := ended(c); err != nil {
			return false, err
		}
	}
	piece, place := r.store.at(left)
	r.pair.width = r.width
	r.pair.left = expr.At{Batch: &piece.Batch, I: place}
	r.pair.right = r.pair.right[:0]
	for n := range r.batch.Columns {
		r.pair.right = append(r.pair.right, r.batch.Value(n, at))
	}
	return holds(c, r.j.on, &r.pair)
}

// emit makes a batch of the pairs; nil when none of them meets the conditions.
func (r *blockRowsOf) emit(c *expr.Ctx) (*Batch, error) {
	if len(r.pairs.left) == 0 {
		return nil, nil
	}
	r.out.begin(r.j.out.Types())
	for n := range r.width {
		r.store.gather(&r.out.Columns[n], n, r.pairs.right)
	}
	for n := range r.batch.Columns {
		own, from := &r.out.Columns[r.width+n], &r.batch.Columns[n]
		if alike(own.Type, from.Type) {
			own.AppendAll(from.Column, r.pairs.left)
			continue
		}
		for _, at := range r.pairs.left {
			if err := copyCell(own, from, int(at)); err != nil {
				return nil, err
			}
		}
	}
	r.out.N = len(r.pairs.left)
	if r.j.kind != InnerJoin {
		return &r.out, nil
	}
	for i, e := range r.j.on {
		var sel []int32
		if i > 0 {
			sel = r.pairs.sel
		}
		var err error
		if r.pairs.sel, err = expr.Filter(e, c, &r.out.Batch, sel, r.pairs.sel[:0]); err != nil || len(r.pairs.sel) == 0 {
			return nil, err
		}
		r.out.Sel = r.pairs.sel
	}
	return &r.out, nil
}

// rest are the left rows that found none.
func (r *blockRowsOf) rest(c *expr.Ctx) (*Batch, error) {
	if r.j.kind != LeftJoin {
		return nil, nil
	}
	r.pairs.reset()
	for ; r.alone < len(r.found) && len(r.pairs.right) < batchRows; r.alone++ {
		if !r.found[r.alone] {
			r.pairs.right = append(r.pairs.right, int32(r.alone))
		}
	}
	if len(r.pairs.right) == 0 {
		return nil, nil
	}
	r.out.begin(r.j.out.Types())
	for n := range r.out.Columns {
		if n < r.width {
			r.store.gather(&r.out.Columns[n], n, r.pairs.right)
			continue
		}
		for range r.pairs.right {
			r.out.Columns[n].AppendNull()
		}
	}
	r.out.N = len(r.pairs.right)
	return &r.out, ended(c)
}

// Close implements Rows. What is below is closed once: each of many joins, one over the other,
// that passed on two calls for one would double them.
func (r *blockRowsOf) Close() error {
	r.begun = true
	var err error
	if r.large != nil {
		err = r.large.Close()
		r.large = nil
	}
	if r.right != nil {
		err = errors.Join(err, r.right.Close())
		r.right = nil
	}
	if r.left != nil {
		err = errors.Join(err, r.left.Close())
		r.left = nil
	}
	if r.keys != nil {
		r.keys.release()
	}
	r.store.release()
	r.found, r.alone = nil, 0
	r.mem.give()
	return err
}

// replay are rows that were read and kept, and what comes behind them.
type replay struct {
	pieces []*Batch
	last   *Batch
	next   Rows
}

// Next implements Rows.
func (r *replay) Next(c *expr.Ctx) (*Batch, error) {
	if len(r.pieces) > 0 {
		b := r.pieces[0]
		if r.pieces = r.pieces[1:]; b.N > 0 {
			return b, nil
		}
		return r.Next(c)
	}
	if b := r.last; b != nil {
		r.last = nil
		return b, nil
	}
	return r.next.Next(c)
}

// Close implements Rows.
func (r *replay) Close() error {
	next := r.next
	r.pieces, r.last, r.next = nil, nil, empty{}
	return next.Close()
}
