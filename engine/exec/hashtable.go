package exec

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"

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

// intTable numbers pairs of a number and a group. Its memory is charged.
type intTable struct {
	slots []intSlot // open addressing
	n     int
	seed  uint64
	mem   memory
}

type intSlot struct {
	bits  uint64
	group int32
	id    int32 // number + 1; 0 is free
}

const intSlotBytes = 16

func (t *intTable) hash(bits64 uint64, group int32) int {
	hi, lo := bits.Mul64(bits64^t.seed, 0x9E3779B97F4A7C15^uint64(uint32(group))<<1)
	return int((hi ^ lo) & uint64(len(t.slots)-1))
}

// find returns the number of a pair, which id is when it is new; it is -1 when there is no
// memory for it.
func (t *intTable) find(c *expr.Ctx, bits uint64, group, id int32) (n int32, fresh bool) {
	if 2*(t.n+1) > len(t.slots) && t.grow(c) != nil {
		if n := t.get(bits, group); n >= 0 || 8*(t.n+1) > 7*len(t.slots) {
			return n, false
		}
	}
	for at := t.hash(bits, group); ; at = (at + 1) & (len(t.slots) - 1) {
		s := &t.slots[at]
		if s.id == 0 {
			*s = intSlot{bits, group, id + 1}
			t.n++
			return id, true
		}
		if s.bits == bits && s.group == group {
			return s.id - 1, false
		}
	}
}

// get is -1 for a pair that is not there.
func (t *intTable) get(bits uint64, group int32) int32 {
	if len(t.slots) == 0 {
		return -1
	}
	for at := t.hash(bits, group); ; at = (at + 1) & (len(t.slots) - 1) {
		s := &t.slots[at]
		if s.id == 0 {
			return -1
		}
		if s.bits == bits && s.group == group {
			return s.id - 1
		}
	}
}

func (t *intTable) grow(c *expr.Ctx) error {
	size := max(64, 2*len(t.slots))
	if err := t.mem.take(c, size*intSlotBytes); err != nil {
		return err
	}
	old := t.slots
	if old == nil {
		t.seed = rand.Uint64()
	}
	t.slots = make([]intSlot, size)
	for i := range old {
		if old[i].id == 0 {
			continue
		}
		at := t.hash(old[i].bits, old[i].group)
		for t.slots[at].id != 0 {
			at = (at + 1) & (size - 1)
		}
		t.slots[at] = old[i]
	}
	t.mem.giveSome(len(old) * intSlotBytes)
	return nil
}

func (t *intTable) release() {
	t.mem.give()
	*t = intTable{}
}
