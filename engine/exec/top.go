package exec

import (
	"bytes"
	"container/heap"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// topRows keeps the first rows only. When there is no memory for so many, they are sorted as all
// rows are.
type topRows struct {
	s      *Sort
	child  Rows
	pieces *pieces // of what is read, until that is done or must be read as one
	piece  bool    // child is one of them
	keys   *keyColumns
	top    []topRow // a heap, the last one on top; then in their order
	row    []byte
	bound  bound
	mem    memory
	ready  bool
	next   int
	all    *sortRows
	out    Batch
}

type topRow struct {
	key, row []byte
	seq      int
}

// topBytes are those of a topRow beside its key and its row.
const topBytes = 64

func (t *topRows) Len() int           { return len(t.top) }
func (t *topRows) Less(a, b int) bool { return t.top[a].compare(&t.top[b]) > 0 }
func (t *topRows) Swap(a, b int)      { t.top[a], t.top[b] = t.top[b], t.top[a] }
func (t *topRows) Push(x any)         { t.top = append(t.top, x.(topRow)) }
func (t *topRows) Pop() any           { panic("exec: nothing is popped") }

func (t *topRow) compare(o *topRow) int {
	if n := bytes.Compare(t.key, o.key); n != 0 {
		return n
	}
	return t.seq - o.seq
}

// Next implements Rows.
func (t *topRows) Next(c *expr.Ctx) (*Batch, error) {
	if !t.ready {
		if err := t.collect(c); err != nil {
			return nil, err
		}
		t.ready = true
		slices.SortFunc(t.top, func(a, b topRow) int { return a.compare(&b) })
	}
	if t.all != nil {
		return t.rest(c)
	}
	t.out.begin(t.s.Types())
	for ; t.next < len(t.top) && !t.out.full(); t.next++ {
		if err := t.out.addRow(t.top[t.next].row); err != nil {
			return nil, err
		}
	}
	return t.out.orNil(), nil
}

// collect reads everything. Most rows are behind the last one that is kept by their first key alone.
func (t *topRows) collect(c *expr.Ctx) error {
	if t.pieces != nil {
		if done, err := t.together(c); done || err != nil {
			return err
		}
	}
	var key []byte
	for seq := 0; ; {
		b, err := t.child.Next(c)
		if err != nil {
			return err
		}
		if b == nil {
			return t.child.Close()
		}
		if err := t.keys.eval(c, b); err != nil {
			return err
		}
		t.bound.over(t.keys)
		for i := range b.Len() {
			at := b.At(i)
			seq++
			full := int64(len(t.top)) == t.s.Most
			if full && t.bound.behind(i, at) {
				continue
			}
			var limit []byte
			if full {
				limit = t.top[0].key
			}
			var behind bool
			if key, behind, err = t.keys.appendBefore(c, key[:0], i, at, limit); err != nil {
				return err
			}
			if behind || full && bytes.Compare(key, limit) >= 0 {
				continue
			}
			kept, err := t.keep(c, key, b, at, seq, full)
			if err != nil {
				return err
			}
			if !kept && t.piece {
				return errTogether
			}
			if !kept {
				return t.sortAll(c, b, i)
			}
			t.bound.set(t, i, at)
		}
	}
}

// keep takes a row among the first ones, which it is; false says that there is no memory for it.
func (t *topRows) keep(c *expr.Ctx, key []byte, b *Batch, at, seq int, full bool) (kept bool, err error) {
	if t.row, err = appendRow(t.row[:0], b, at, t.s.Types()); err != nil {
		return false, err
	}
	var r topRow
	more := topBytes
	if full { // its memory serves again
		r, more = t.top[0], 0
	}
	more += max(0, len(key)-cap(r.key)) + max(0, len(t.row)-cap(r.row))
	if more > 0 && t.mem.take(c, more) != nil {
		return false, nil
	}
	r.key, r.row, r.seq = fill(r.key, key), fill(r.row, t.row), seq
	if full {
		t.top[0] = r
		heap.Fix(t, 0)
		return true, nil
	}
	heap.Push(t, r)
	return true, nil
}

// fill puts bytes into memory that is no larger than they need.
func fill(to, from []byte) []byte {
	if cap(to) < len(from) {
		to = make([]byte, 0, len(from))
	}
	return append(to[:0], from...)
}

// sortAll goes on with a sort of what was kept, a batch from row i on, and all that follows.
func (t *topRows) sortAll(c *expr.Ctx, b *Batch, i int) error {
	t.all = newSortRows(t.s, t.child)
	slices.SortFunc(t.top, func(a, b topRow) int { return a.seq - b.seq })
	top := t.top
	t.top = nil
	for n := range top { // their memory goes from here to there
		r := &top[n]
		t.row = append(append(t.row[:0], r.key...), r.row...)
		if err := t.all.add(c, t.row, len(r.key)); err != nil {
			return err
		}
		t.mem.giveSome(topBytes + cap(r.key) + cap(r.row))
		*r = topRow{}
	}
	t.mem.give()
	if err := t.all.batch(c, b, i); err != nil {
		return err
	}
	return t.all.begin(c)
}

// rest gives the first rows of all.
func (t *topRows) rest(c *expr.Ctx) (*Batch, error) {
	left := int(t.s.Most) - t.next
	if left <= 0 {
		return nil, nil
	}
	b, err := t.all.Next(c)
	if err != nil || b == nil {
		return nil, err
	}
	if b.N > left {
		t.out = Batch{Batch: b.Batch, Sel: places(nil, b)[:left]}
		b = &t.out
	}
	t.next += b.Len()
	return b, nil
}

// Close implements Rows.
func (t *topRows) Close() error {
	t.top, t.ready = nil, true
	t.mem.give()
	if t.pieces != nil {
		return t.pieces.close()
	}
	if t.all != nil {
		return t.all.Close()
	}
	return t.child.Close()
}

// bound is the first key of the last row that is kept, as a number: rows beyond it are not kept.
type bound struct {
	vec    *columnOf
	desc   bool
	known  bool
	key    []byte // of which row it is
	signed int64
	number uint64
}

// columnOf is a column of whole numbers.
type columnOf struct {
	ints  []int64
	uints []uint64
	nulls []bool
	dense bool
}

// over looks at the first key of a batch.
func (b *bound) over(keys *keyColumns) {
	b.vec = nil
	col := &keys.cols[0]
	if col.alone || !fits(&keys.keys[0], col.vec) || keys.keys[0].class == keyDecimal || col.vec.Type.Kind == value.TypeDate {
		return // its key is no whole number, or another one
	}
	b.desc = keys.keys[0].Desc
	b.vec = &columnOf{nulls: col.vec.Nulls, dense: col.dense}
	if col.vec.Kind == codec.KindInt {
		b.vec.ints = col.vec.Ints
	} else {
		b.vec.uints = col.vec.Uints
	}
}

// behind says that a row is surely behind the last one.
func (b *bound) behind(i, at int) bool {
	if b.vec == nil || !b.known {
		return false
	}
	if b.vec.dense {
		at = i
	}
	if b.vec.nulls[at] {
		return b.desc // NULL comes first, or last
	}
	if b.vec.ints != nil {
		if b.desc {
			return b.vec.ints[at] < b.signed
		}
		return b.vec.ints[at] > b.signed
	}
	if b.desc {
		return b.vec.uints[at] < b.number
	}
	return b.vec.uints[at] > b.number
}

// set learns the bound again when another row is the last one: it is found among those of the batch
// sooner or later, and an older bound only lets more rows pass.
func (b *bound) set(t *topRows, i, at int) {
	if b.vec == nil || int64(len(t.top)) < t.s.Most {
		return
	}
	n, ok := wholeKey(t.top[0].key, b.desc)
	if b.known = ok; !ok {
		return
	}
	b.signed, b.number = int64(n), n
}

// wholeKey reads the number of a key that begins with one; false for NULL.
func wholeKey(key []byte, desc bool) (n uint64, ok bool) {
	flip := byte(0)
	if desc {
		flip = 0xFF
	}
	tag := int(key[0] ^ flip)
	if tag == 0 || tag > wholeZero+8 {
		return 0, false
	}
	size := tag - wholeZero
	if tag < wholeZero {
		size, n = wholeZero-1-tag, ^uint64(0)
	}
	for _, b := range key[1 : 1+size] {
		n = n<<8 | uint64(b^flip)
	}
	return n, true
}
