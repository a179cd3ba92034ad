package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
)

// groupTable numbers the groups of rows by their keys: by the number that a single key is, or by
// the bytes of all keys. Texts have weights as keys, which are dear to make: equal texts have equal
// ones, so texts that were seen before are found as they stand.
type groupTable struct {
	cols   *keyColumns
	number func(at int) (uint64, bool)
	dense  bool
	typed  bool
	null   int32 // the group of NULL + 1, of a number
	ints   intTable
	table  keyTable
	raw    keyTable
	rawIDs []int32 // the groups of what is in raw
	useRaw bool
	// bytesOnly: numbers are not taken as they stand.
	bytesOnly bool
	learns    bool // raw grows, too, when no groups are added
	asked     int  // of raw
	met       int
	buf       []byte
}

func newGroupTable(list []SortKey) *groupTable {
	t := &groupTable{cols: newKeyColumns(list)}
	for i := range list {
		if k := &list[i].Key; k.class == keyString && !k.collation.Binary() {
			t.useRaw = true
		}
	}
	return t
}

// begin computes the keys of a batch.
func (t *groupTable) begin(c *expr.Ctx, b *Batch) error {
	if err := t.cols.eval(c, b); err != nil {
		return err
	}
	t.number, t.dense, t.typed = t.cols.number()
	t.typed = t.typed && !t.bytesOnly
	if t.asked > 1<<14 && t.met < t.asked/2 { // the texts are nearly all different
		t.useRaw = false
		t.raw.release()
		t.rawIDs, t.asked = nil, 0
	}
	return nil
}

// key is the key of a row as bytes, for shards.
func (t *groupTable) key(c *expr.Ctx, i, at int) ([]byte, error) {
	var err error
	t.buf, err = t.cols.append(c, t.buf[:0], i, at)
	return t.buf, err
}

// find returns the group of row i of the batch, which stands at at: next is the number of a new one.
// It is -1 when a new one is not wanted, or has no memory.
func (t *groupTable) find(c *expr.Ctx, i, at int, next int32, frozen bool) (n int32, fresh bool, err error) {
	if t.typed {
		n, fresh = t.findNumber(c, i, at, next, frozen)
		return n, fresh, nil
	}
	if t.useRaw && t.raw.len() < maxRaw {
		return t.findRaw(c, i, at, next, frozen)
	}
	if t.useRaw {
		var ok bool
		if t.buf, ok = t.cols.raw(t.buf[:0], i, at); ok {
			if n := t.raw.get(t.buf); n >= 0 {
				return t.rawIDs[n], false, nil
			}
		}
	}
	return t.findBytes(c, i, at, next, frozen)
}

// maxRaw bounds the texts that are remembered as they stand.
const maxRaw = 1 << 14

func (t *groupTable) findNumber(c *expr.Ctx, i, at int, next int32, frozen bool) (n int32, fresh bool) {
	if t.dense {
		at = i
	}
	bits, null := t.number(at)
	switch {
	case null && t.null > 0:
		return t.null - 1, false
	case null && frozen:
		return -1, false
	case null:
		t.null = next + 1
		return next, true
	case frozen:
		return t.ints.get(bits, 0), false
	}
	return t.ints.find(c, bits, 0, next)
}

func (t *groupTable) findRaw(c *expr.Ctx, i, at int, next int32, frozen bool) (n int32, fresh bool, err error) {
	raw, ok := t.cols.raw(t.buf[:0], i, at)
	t.buf = raw
	if !ok {
		return t.findBytes(c, i, at, next, frozen)
	}
	t.asked++
	if known := t.raw.get(raw); known >= 0 {
		t.met++
		return t.rawIDs[known], false, nil
	}
	size := len(raw)
	if t.buf, err = t.cols.append(c, raw, i, at); err != nil {
		return 0, false, err
	}
	if n, fresh = t.look(c, t.buf[size:], next, frozen); n >= 0 && (!frozen || t.learns) {
		if _, _, err := t.raw.find(c, t.buf[:size]); err == nil {
			t.rawIDs = append(t.rawIDs, n)
		}
	}
	return n, fresh, nil
}

func (t *groupTable) findBytes(c *expr.Ctx, i, at int, next int32, frozen bool) (n int32, fresh bool, err error) {
	if t.buf, err = t.cols.append(c, t.buf[:0], i, at); err != nil {
		return 0, false, err
	}
	n, fresh = t.look(c, t.buf, next, frozen)
	return n, fresh, nil
}

// look: the numbers of keyTable are those of the groups, as every key is one.
func (t *groupTable) look(c *expr.Ctx, key []byte, next int32, frozen bool) (n int32, fresh bool) {
	if frozen {
		return int32(t.table.get(key)), false
	}
	found, fresh, err := t.table.find(c, key)
	if err != nil {
		return int32(t.table.get(key)), false
	}
	return int32(found), fresh
}

func (t *groupTable) release() {
	t.ints.release()
	t.table.release()
	t.raw.release()
	t.rawIDs = nil
}
