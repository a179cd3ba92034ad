package exec

import (
	"bytes"
	"hash/maphash"

	"github.com/lxdb/lxdb/engine/expr"
)

// keyTable numbers keys: equal ones have one number. Its memory is charged.
type keyTable struct {
	slots  []int32 // number + 1, open addressing; 0 is free
	hashes []uint32
	keys   rowBuffer
	lens   []int32
	seed   maphash.Seed
}

const keyEntryBytes = 16 // of slots, hashes and lens, for each key

// find returns the number of a key, adding it when it is new.
func (t *keyTable) find(c *expr.Ctx, key []byte) (n int, fresh bool, err error) {
	if 2*(len(t.hashes)+1) > len(t.slots) {
		if err := t.grow(c); err != nil {
			return 0, false, err
		}
	}
	h, at := t.look(key)
	if s := t.slots[at]; s != 0 {
		return int(s - 1), false, nil
	}
	n, err = t.keys.put(c, key)
	if err != nil {
		return 0, false, err
	}
	t.slots[at] = int32(n + 1)
	t.hashes, t.lens = append(t.hashes, h), append(t.lens, int32(len(key)))
	return n, true, nil
}

// get returns the number of a key, -1 when it is not there.
func (t *keyTable) get(key []byte) int {
	if len(t.slots) == 0 {
		return -1
	}
	_, at := t.look(key)
	return int(t.slots[at]) - 1
}

// look returns the slot of a key, or the free one where it would be.
func (t *keyTable) look(key []byte) (h uint32, at int) {
	full := maphash.Bytes(t.seed, key)
	h = uint32(full >> 32)
	mask := len(t.slots) - 1
	at = int(uint32(full)) & mask
	for {
		s := t.slots[at]
		if s == 0 || t.hashes[s-1] == h && bytes.Equal(t.key(int(s-1)), key) {
			return h, at
		}
		at = (at + 1) & mask
	}
}

func (t *keyTable) key(n int) []byte { return t.keys.bytes(n)[:t.lens[n]] }

func (t *keyTable) grow(c *expr.Ctx) error {
	size := max(64, 2*len(t.slots))
	if err := t.keys.mem.take(c, (size-len(t.slots))*keyEntryBytes); err != nil {
		return err
	}
	if t.slots == nil {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]int32, size)
	for n := range t.hashes {
		at := int(uint32(maphash.Bytes(t.seed, t.key(n)))) & (size - 1)
		for t.slots[at] != 0 {
			at = (at + 1) & (size - 1)
		}
		t.slots[at] = int32(n + 1)
	}
	return nil
}

// len is how many keys there are.
func (t *keyTable) len() int { return len(t.hashes) }

func (t *keyTable) release() {
	t.keys.release()
	*t = keyTable{}
}
