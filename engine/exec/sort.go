package exec

import (
	"bytes"
	"container/heap"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// SortKey is one expression of ORDER BY.
type SortKey struct {
	Expr expr.Expr
	Key  Key
}

// Sort gives the rows in an order; equal ones stay as they come.
type Sort struct {
	Child Node
	Keys  []SortKey
	// Most is how many of the first rows are wanted; 0 is all of them.
	Most int64
}

// maxTop is up to how many wanted rows only those are kept.
const maxTop = 16384

// Types implements Node.
func (s *Sort) Types() []value.Type { return s.Child.Types() }

// Open implements Node.
func (s *Sort) Open(c *expr.Ctx) (Rows, error) {
	rows, err := s.Child.Open(c)
	if err != nil {
		return nil, err
	}
	if s.Most > 0 && s.Most <= maxTop {
		return &topRows{s: s, child: rows}, nil
	}
	r := &sortRows{s: s, child: rows}
	r.run.buf.width = len(s.Types())
	return r, nil
}

// appendKeys adds the keys of a row, one behind the other.
func appendKeys(c *expr.Ctx, dst []byte, keys []SortKey, r expr.Row) ([]byte, error) {
	for i := range keys {
		v, err := keys[i].Expr.Eval(c, r)
		if err != nil {
			return nil, err
		}
		dst = keys[i].Key.append(dst, v)
	}
	return dst, nil
}

// topRows keeps the first rows only.
type topRows struct {
	s     *Sort
	child Rows
	top   []topRow // a heap, the last one on top; then in their order
	mem   memory
	ready bool
	next  int
	out   Batch
}

type topRow struct {
	key, row []byte
	seq      int
}

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
	t.out.begin(t.s.Types())
	for ; t.next < len(t.top) && !t.out.full(); t.next++ {
		if err := t.out.addEncoded(t.top[t.next].row); err != nil {
			return nil, err
		}
	}
	return t.out.orNil(), nil
}

func (t *topRows) collect(c *expr.Ctx) error {
	var key []byte
	for seq := 0; ; {
		b, err := t.child.Next(c)
		if err != nil || b == nil {
			return err
		}
		row := expr.At{Batch: &b.Batch}
		for i := range b.Len() {
			row.I = b.At(i)
			if key, err = appendKeys(c, key[:0], t.s.Keys, &row); err != nil {
				return err
			}
			seq++
			full := int64(len(t.top)) == t.s.Most
			if full && bytes.Compare(key, t.top[0].key) >= 0 {
				continue
			}
			if err := t.keep(c, key, b, i, seq, full); err != nil {
				return err
			}
		}
	}
}

func (t *topRows) keep(c *expr.Ctx, key []byte, b *Batch, i, seq int, full bool) error {
	var r topRow
	if full { // its memory serves again
		r = t.top[0]
	}
	before := cap(r.key) + cap(r.row)
	r.key, r.row, r.seq = append(r.key[:0], key...), r.row[:0], seq
	for n := range b.Columns {
		r.row = appendValue(r.row, b.Value(n, b.At(i)))
	}
	if err := t.mem.take(c, cap(r.key)+cap(r.row)-before); err != nil {
		return err
	}
	if full {
		t.top[0] = r
		heap.Fix(t, 0)
		return nil
	}
	heap.Push(t, r)
	return nil
}

// Close implements Rows.
func (t *topRows) Close() error {
	t.top, t.ready = nil, true
	t.mem.give()
	return t.child.Close()
}

// sortRows sorts everything: in memory, or in runs on disk that are merged.
type sortRows struct {
	s     *Sort
	child Rows
	run   run
	disk  *merge
	ready bool
	next  int
	out   Batch
}

// Next implements Rows.
func (s *sortRows) Next(c *expr.Ctx) (*Batch, error) {
	if !s.ready {
		if err := s.collect(c); err != nil {
			return nil, err
		}
		s.ready = true
	}
	if err := ended(c); err != nil {
		return nil, err
	}
	s.out.begin(s.s.Types())
	if s.disk != nil {
		return s.disk.batch(&s.out)
	}
	for ; s.next < len(s.run.entries) && !s.out.full(); s.next++ {
		if err := s.out.addEncoded(s.run.row(s.next)); err != nil {
			return nil, err
		}
	}
	return s.out.orNil(), nil
}

func (s *sortRows) collect(c *expr.Ctx) error {
	var row []byte
	for {
		b, err := s.child.Next(c)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		from := expr.At{Batch: &b.Batch}
		for i := range b.Len() {
			from.I = b.At(i)
			if row, err = appendKeys(c, row[:0], s.s.Keys, &from); err != nil {
				return err
			}
			key := len(row)
			for n := range b.Columns {
				row = appendValue(row, b.Value(n, b.At(i)))
			}
			err := s.run.add(c, row, key)
			if err != nil && len(s.run.entries) > 0 {
				if err = s.spill(c); err == nil {
					err = s.run.add(c, row, key)
				}
			}
			if err != nil {
				return err
			}
		}
	}
	s.run.sort()
	if s.disk == nil {
		return nil
	}
	if err := s.spill(c); err != nil {
		return err
	}
	return s.disk.begin()
}

// spill writes what is in memory to disk, sorted.
func (s *sortRows) spill(c *expr.Ctx) error {
	s.run.sort()
	if s.disk == nil {
		s.disk = &merge{}
	}
	if err := s.disk.write(c, &s.run); err != nil {
		return err
	}
	s.run.release()
	return nil
}

// Close implements Rows.
func (s *sortRows) Close() error {
	s.run.release()
	s.ready = true
	err := s.child.Close()
	if s.disk != nil {
		if e := s.disk.close(); err == nil {
			err = e
		}
		s.disk = nil
	}
	return err
}

// run is rows in memory with their keys.
type run struct {
	buf     rowBuffer
	entries []entry
}

// entry is a row of a run: the beginning of its key, to compare most of them by, and where
// the key and the row stand.
type entry struct {
	prefix uint64
	n      int32 // in the buffer
	key    int32 // bytes of the key
}

const entryBytes = 16

func (r *run) add(c *expr.Ctx, row []byte, key int) error {
	if len(r.entries) == cap(r.entries) {
		more := max(64, cap(r.entries))
		if err := r.buf.mem.take(c, more*entryBytes); err != nil {
			return err
		}
		r.entries = append(make([]entry, 0, cap(r.entries)+more), r.entries...)
	}
	n, err := r.buf.put(c, row)
	if err != nil {
		return err
	}
	var prefix uint64
	for i := range min(8, key) {
		prefix |= uint64(row[i]) << (56 - 8*i)
	}
	r.entries = append(r.entries, entry{prefix, int32(n), int32(key)})
	return nil
}

func (r *run) key(e entry) []byte { return r.buf.bytes(int(e.n))[:e.key] }

// row is the row behind the key of entry i.
func (r *run) row(i int) []byte {
	e := r.entries[i]
	return r.buf.bytes(int(e.n))[e.key:]
}

func (r *run) sort() {
	slices.SortFunc(r.entries, func(a, b entry) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		if n := bytes.Compare(r.key(a), r.key(b)); n != 0 {
			return n
		}
		return int(a.n) - int(b.n)
	})
}

func (r *run) release() {
	r.entries = nil
	r.buf.release()
}
