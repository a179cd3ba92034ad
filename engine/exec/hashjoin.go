package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Open implements Node.
func (j *HashJoin) Open(*expr.Ctx) (Rows, error) { return j.block().open(), nil }

func newHashRows(j *HashJoin, left, right opener, level int) *hashRows {
	r := &hashRows{j: j, openLeft: left, openRight: right, level: level}
	r.store.types = j.Right.Types()
	r.leftCols, r.rightCols = &keyColumns{}, &keyColumns{}
	alike := true
	for i := range j.Keys {
		r.leftCols.add(j.LeftKeys[i], j.Keys[i])
		r.rightCols.add(j.RightKeys[i], j.Keys[i])
		a, b := j.LeftKeys[i].Type(), j.RightKeys[i].Type()
		alike = alike && a.Kind == b.Kind && a.Scale == b.Scale && a.Unsigned == b.Unsigned && a.Storage() == b.Storage() &&
			r.leftCols.cols[i].alone == r.rightCols.cols[i].alone && // else one stands in no column
			(a.Kind != value.TypeDecimal || expr.Exactly(j.LeftKeys[i]) && expr.Exactly(j.RightKeys[i])) // else one has more digits
		if k := &j.Keys[i]; k.class == keyString && !k.collation.Binary() {
			r.table.useRaw = true
		}
	}
	// Values as they stand are held against each other only where both sides have them alike.
	r.table.bytesOnly = !alike
	r.table.useRaw = r.table.useRaw && alike
	r.table.learns = true
	return r
}

// hashRows keeps the right rows, those of one key in a chain. When there is no memory for
// them, both sides go to shards, which are joined one after the other.
type hashRows struct {
	j                   *HashJoin
	openLeft, openRight opener
	level               int
	left                Rows
	table               groupTable
	leftCols, rightCols *keyColumns
	store               rowStore
	heads               []int32 // by key: the first right row + 1
	tails               []int32
	next                []int32 // by right row: the next one + 1
	mem                 memory
	ready, ended        bool

	rest      pending // of the left side
	restRight *shards
	buf       []byte

	batch *Batch // of the left side
	at    int    // row in it
	chain int32  // right row + 1 to look at
	found bool   // of the left row
	begun bool   // the left row's chain was looked up
	asked int    // how often on was
	pairs pairs
	pair  both
	out   Batch
	own   Batch // memory of out
}

// Next implements Rows.
func (r *hashRows) Next(c *expr.Ctx) (*Batch, error) {
	if !r.ready {
		if err := r.begin(c); err != nil {
			return nil, err
		}
		r.ready = true
	}
	for r.left != nil && !r.ended {
		if err := ended(c); err != nil {
			return nil, err
		}
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
			if err := r.table.begin(c, b); err != nil {
				return nil, err
			}
		}
		if err := r.probe(c); err != nil {
			return nil, err
		}
		if out, err := r.emit(c); out != nil || err != nil {
			return out, err
		}
	}
	return r.rest.Next(c, func(n int) (Rows, error) {
		left, right := r.rest.s.rowsOf(n, r.j.Left.Types()), r.restRight.rowsOf(n, r.store.types)
		return newHashRows(r.j, opened(left), opened(right), r.level+1), nil
	})
}

// opened is an opener of rows that are open.
func opened(rows Rows) opener { return func(*expr.Ctx) (Rows, error) { return rows, nil } }

// begin reads the right side and opens the left one.
func (r *hashRows) begin(c *expr.Ctx) error {
	right, err := r.openRight(c)
	if err != nil {
		return err
	}
	err = r.build(c, right)
	if err = errors.Join(err, right.Close()); err != nil {
		return err
	}
	if r.store.n == 0 && r.restRight == nil && r.j.Kind == InnerJoin {
		return nil
	}
	if r.left, err = r.openLeft(c); err != nil {
		return err
	}
	if r.restRight == nil {
		r.table.cols = r.leftCols
		return nil
	}
	return r.splitLeft(c)
}

func (r *hashRows) build(c *expr.Ctx, right Rows) error {
	r.table.cols = r.rightCols
	for {
		b, err := right.Next(c)
		if err != nil || b == nil {
			return err
		}
		if err := r.rightCols.eval(c, b); err != nil {
			return err
		}
		if r.restRight != nil {
			if err := r.splitRight(c, b, 0); err != nil {
				return err
			}
			continue
		}
		if err := r.keep(c, b); err != nil {
			return err
		}
	}
}

// keep adds the rows of a batch of the right side. When memory ends, what was kept and the rest go to
// shards.
func (r *hashRows) keep(c *expr.Ctx, b *Batch) error {
	if err := r.table.begin(c, b); err != nil {
		return err
	}
	if err := r.mem.take(c, 12*b.Len()); err != nil {
		return r.split(c, b, 0)
	}
	for i := range b.Len() {
		at := b.At(i)
		null, err := r.nullKey(c, r.rightCols, i, at)
		if err != nil {
			return err
		}
		if null {
			continue
		}
		n, fresh, err := r.table.find(c, i, at, int32(len(r.heads)), false)
		if err != nil {
			return err
		}
		if n < 0 || r.store.add(c, b, at) != nil {
			return r.split(c, b, i)
		}
		r.next = append(r.next, 0)
		r.link(n, fresh)
	}
	return nil
}

// link puts the last row that was kept at the end of the chain of its key.
func (r *hashRows) link(n int32, fresh bool) {
	last := int32(len(r.next))
	if fresh {
		r.heads, r.tails = append(r.heads, last), append(r.tails, last)
		return
	}
	r.next[r.tails[n]-1] = last
	r.tails[n] = last
}

// nullKey says that a key is NULL, which equals nothing.
func (r *hashRows) nullKey(c *expr.Ctx, cols *keyColumns, i, at int) (bool, error) {
	for n := range cols.cols {
		if r.j.NullSafe[n] {
			continue
		}
		if null, err := cols.null(c, n, i, at); null || err != nil {
			return null, err
		}
	}
	return false, nil
}

// split writes what was kept to shards, and a batch from row i on.
func (r *hashRows) split(c *expr.Ctx, b *Batch, i int) error {
	var err error
	if r.rest.s, err = newShards(c, r.level); err != nil {
		return err
	}
	if r.restRight, err = newShards(c, r.level); err != nil {
		return err
	}
	for _, kept := range r.store.all() {
		if err := r.rightCols.eval(c, kept); err != nil {
			return err
		}
		if err := r.splitRight(c, kept, 0); err != nil {
			return err
		}
	}
	r.release()
	if err := r.rightCols.eval(c, b); err != nil {
		return err
	}
	return r.splitRight(c, b, i)
}

func (r *hashRows) splitRight(c *expr.Ctx, b *Batch, from int) error {
	for i := from; i < b.Len(); i++ {
		at := b.At(i)
		null, err := r.nullKey(c, r.rightCols, i, at)
		if err != nil {
			return err
		}
		if null {
			continue
		}
		if err := r.toShard(c, r.restRight, r.rightCols, b, i, at); err != nil {
			return err
		}
	}
	return nil
}

func (r *hashRows) toShard(c *expr.Ctx, to *shards, cols *keyColumns, b *Batch, i, at int) (err error) {
	if r.buf, err = cols.append(c, r.buf[:0], i, at); err != nil {
		return err
	}
	n := r.rest.s.of(r.buf)
	types := r.j.Left.Types()
	if to == r.restRight {
		types = r.store.types
	}
	if r.buf, err = appendRow(r.buf[:0], b, at, types); err != nil {
		return err
	}
	return to.add(n, r.buf)
}

// splitLeft writes the left side to shards as well. Rows whose key is NULL find nothing in any of them.
func (r *hashRows) splitLeft(c *expr.Ctx) error {
	for {
		b, err := r.left.Next(c)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := r.leftCols.eval(c, b); err != nil {
			return err
		}
		for i := range b.Len() {
			at := b.At(i)
			null, err := r.nullKey(c, r.leftCols, i, at)
			if err == nil && !(null && r.j.Kind == InnerJoin) {
				err = r.toShard(c, r.rest.s, r.leftCols, b, i, at)
			}
			if err != nil {
				return err
			}
		}
	}
	r.ended = true
	return errors.Join(r.rest.s.finish(), r.restRight.finish(), r.left.Close())
}

// probe finds the pairs of the left batch's next rows, as many as a batch has.
func (r *hashRows) probe(c *expr.Ctx) error {
	r.pairs.reset()
	for r.at < r.batch.Len() && len(r.pairs.left) < batchRows {
		at := r.batch.At(r.at)
		if !r.begun {
			if err := r.look(c, at); err != nil {
				return err
			}
		}
		for r.chain != 0 && len(r.pairs.left) < batchRows {
			right := r.chain - 1
			r.chain = r.next[right]
			if r.j.Kind == LeftJoin && len(r.j.On) > 0 {
				yes, err := r.on(c, at, right)
				if err != nil {
					return err
				}
				if !yes {
					continue
				}
			}
			r.found = true
			r.pairs.add(int32(at), right)
		}
		if r.chain != 0 {
			return nil
		}
		if !r.found && r.j.Kind == LeftJoin {
			r.pairs.add(int32(at), -1)
		}
		r.at++
		r.begun = false
	}
	return nil
}

// look finds the chain of the left row.
func (r *hashRows) look(c *expr.Ctx, at int) error {
	r.chain, r.found, r.begun = 0, false, true
	null, err := r.nullKey(c, r.leftCols, r.at, at)
	if null || err != nil {
		return err
	}
	n, _, err := r.table.find(c, r.at, at, 0, true)
	if n >= 0 && err == nil {
		r.chain = r.heads[n]
	}
	return err
}

// on asks the further conditions about one pair.
func (r *hashRows) on(c *expr.Ctx, at int, right int32) (bool, error) {
	if r.asked++; r.asked&1023 == 0 { // a chain may be long, and none of it joined
		if err := ended(c); err != nil {
			return false, err
		}
	}
	r.pair.width = len(r.j.Left.Types())
	r.pair.left = expr.At{Batch: &r.batch.Batch, I: at}
	r.pair.right = r.pair.right[:0]
	b, place := r.store.at(right)
	for n := range b.Columns {
		r.pair.right = append(r.pair.right, b.Value(n, place))
	}
	return holds(c, r.j.On, &r.pair)
}

// emit makes a batch of the pairs; nil when none of them meets the conditions.
func (r *hashRows) emit(c *expr.Ctx) (*Batch, error) {
	if len(r.pairs.left) == 0 {
		return nil, nil
	}
	r.own.begin(r.j.Types())
	if r.out.Columns == nil {
		r.out.Columns = make([]expr.Vector, len(r.own.Columns))
	}
	copy(r.out.Columns, r.own.Columns)
	width := len(r.batch.Columns)
	whole := r.pairs.whole(r.batch)
	for n := range width {
		if whole {
			r.out.Columns[n] = r.batch.Columns[n]
			continue
		}
		own, from := &r.own.Columns[n], &r.batch.Columns[n]
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
	for n := range r.store.types {
		r.store.gather(&r.own.Columns[width+n], n, r.pairs.right)
	}
	r.out.N, r.out.Sel = len(r.pairs.left), nil
	if r.j.Kind != InnerJoin {
		return &r.out, nil
	}
	for i, e := range r.j.On {
		var err error
		if i == 0 {
			r.pairs.sel, err = expr.Filter(e, c, &r.out.Batch, nil, r.pairs.sel[:0])
		} else {
			r.pairs.sel, err = expr.Filter(e, c, &r.out.Batch, r.pairs.sel, r.pairs.sel[:0])
		}
		if err != nil || len(r.pairs.sel) == 0 {
			return nil, err
		}
		r.out.Sel = r.pairs.sel
	}
	return &r.out, nil
}

func (r *hashRows) release() {
	r.table.release()
	r.store.release()
	r.heads, r.tails, r.next = nil, nil, nil
	r.mem.give()
}

// Close implements Rows.
func (r *hashRows) Close() error {
	r.release()
	r.ready, r.ended = true, true
	err := errors.Join(r.rest.close(), r.restRight.close())
	if r.left != nil {
		err = errors.Join(err, r.left.Close())
		r.left = nil
	}
	return err
}

// pairs are places of left rows and numbers of right ones, -1 for none.
type pairs struct {
	left, right []int32
	sel         []int32
}

func (p *pairs) reset() { p.left, p.right = p.left[:0], p.right[:0] }

func (p *pairs) add(left, right int32) {
	p.left, p.right = append(p.left, left), append(p.right, right)
}

// whole says that the pairs have every row of the batch once, in its order.
func (p *pairs) whole(b *Batch) bool {
	if b.Sel != nil || len(p.left) != b.N {
		return false
	}
	for i, at := range p.left {
		if int(at) != i {
			return false
		}
	}
	return true
}
