package exec

import (
	"bytes"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
)

// run is rows in memory with their keys in front.
type run struct {
	buf     rowBuffer
	entries []entry
	long    bool // a key is longer than a prefix
}

// entry is a row of a run: the beginning of its key, by which most are ordered, and where
// the key and the row stand.
type entry struct {
	prefix uint64
	n      int32 // in the buffer
	key    int32 // bytes of the key
}

// entryBytes are those of an entry, and of another while they are sorted.
const entryBytes = 2 * 16

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
	r.long = r.long || key > 8
	r.entries = append(r.entries, entry{prefix, int32(n), int32(key)})
	return nil
}

// row is the key and the row of entry i.
func (r *run) row(i int) (key, row []byte) {
	e := r.entries[i]
	b := r.buf.row(int(e.n))
	return b[:e.key], b[e.key:]
}

func (r *run) key(e entry) []byte { return r.buf.bytes(int(e.n))[:e.key] }

// sort orders the entries: by their prefixes, byte by byte from the last one on, which leaves equal
// ones as they came; then those with equal prefixes whose keys go on.
func (r *run) sort() {
	if len(r.entries) < 256 {
		slices.SortFunc(r.entries, func(a, b entry) int {
			if a.prefix != b.prefix {
				if a.prefix < b.prefix {
					return -1
				}
				return 1
			}
			return r.compareKeys(a, b)
		})
		return
	}
	r.radix()
	if !r.long {
		return
	}
	for from := 0; from < len(r.entries); {
		to := from + 1
		for to < len(r.entries) && r.entries[to].prefix == r.entries[from].prefix {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(r.entries[from:to], r.compareKeys)
		}
		from = to
	}
}

func (r *run) compareKeys(a, b entry) int {
	if n := bytes.Compare(r.key(a), r.key(b)); n != 0 {
		return n
	}
	return int(a.n) - int(b.n)
}

func (r *run) radix() {
	var all, none uint64 = 0, ^uint64(0)
	for i := range r.entries {
		all |= r.entries[i].prefix
		none &= r.entries[i].prefix
	}
	from, to := r.entries, make([]entry, len(r.entries))
	for shift := 0; shift < 64; shift += 8 {
		if (all^none)>>shift&0xFF == 0 {
			continue // the same byte in all
		}
		var starts [256]int
		for i := range from {
			starts[from[i].prefix>>shift&0xFF]++
		}
		sum := 0
		for i, n := range starts {
			starts[i] = sum
			sum += n
		}
		for i := range from {
			at := &starts[from[i].prefix>>shift&0xFF]
			to[*at] = from[i]
			*at++
		}
		from, to = to, from
	}
	r.entries = from
}

func (r *run) release() {
	r.entries, r.long = nil, false
	r.buf.release()
}
