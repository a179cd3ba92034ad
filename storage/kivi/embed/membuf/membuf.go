// Package membuf is the private write set of one transaction: an ordered map
// of byte strings. A few writes are a sorted list, more of them a copy-on-write
// B-tree, so that Clone costs next to nothing in both cases, which is what
// makes savepoints, statement rollback and a scan's stable view cheap: a
// statement scans the clone it started with and never meets its own writes.
//
// A Buf is used by one goroutine at a time; a clone may be read by another.
package membuf

import (
	"bytes"
	"slices"

	"github.com/tidwall/btree"
)

// degree 32 makes nodes of about 3 KiB: what one write after a Clone copies on
// the path to its key.
const degree = 32

// fewEntries is up to where a list is cheaper than a tree, whose first node has
// 63 places.
const fewEntries = 16

// Entry is one buffered write. Its slices belong to the buffer and are never
// changed in place.
type Entry struct {
	Key   []byte
	Value []byte // nil: the key is deleted
}

// Deleted says whether the entry hides an older value.
func (e Entry) Deleted() bool { return e.Value == nil }

// Buf is an ordered set of writes, the last one of each key. The zero value is
// empty.
type Buf struct {
	few   []Entry // ascending; all of them while there is no tree
	tree  *btree.BTreeG[Entry]
	hint  btree.PathHint
	bytes int64
	space []byte // of short keys and values to come
	room  [4]Entry
}

func less(a, b Entry) bool { return bytes.Compare(a.Key, b.Key) < 0 }

func compare(e Entry, key []byte) int { return bytes.Compare(e.Key, key) }

// New returns an empty buffer.
func New() *Buf { return &Buf{} }

// Set stores a copy of a write; val nil means delete.
func (b *Buf) Set(key, val []byte) {
	e := Entry{Key: b.keep(key)}
	if val != nil {
		e.Value = b.keep(val)
	}
	b.bytes += int64(len(key) + len(val))
	if old, replaced := b.set(e); replaced {
		b.bytes -= int64(len(old.Key) + len(old.Value))
	}
}

func (b *Buf) set(e Entry) (old Entry, replaced bool) {
	if b.tree != nil {
		return b.tree.SetHint(e, &b.hint)
	}
	at, found := slices.BinarySearchFunc(b.few, e.Key, compare)
	if found {
		old, b.few[at] = b.few[at], e
		return old, true
	}
	if len(b.few) < fewEntries {
		if b.few == nil {
			b.few = b.room[:0]
		}
		b.few = slices.Insert(b.few, at, e)
		return old, false
	}
	b.tree = btree.NewBTreeGOptions(less, btree.Options{NoLocks: true, Degree: degree})
	for _, f := range b.few {
		b.tree.Load(f)
	}
	clear(b.few)
	b.few = nil
	return b.tree.SetHint(e, &b.hint)
}

const (
	// Short strings share an allocation. It is small, because the last string that
	// is still needed keeps all of it.
	spaceBytes = 512
	shortBytes = 256
)

func (b *Buf) keep(s []byte) []byte {
	if len(s) > shortBytes {
		return bytes.Clone(s)
	}
	if cap(b.space)-len(b.space) < len(s) {
		b.space = make([]byte, 0, spaceBytes)
	}
	from := len(b.space)
	b.space = append(b.space, s...)
	return b.space[from:len(b.space):len(b.space)]
}

// Get returns the buffered write of key.
func (b *Buf) Get(key []byte) (Entry, bool) {
	if b.tree != nil {
		return b.tree.GetHint(Entry{Key: key}, &b.hint)
	}
	at, found := slices.BinarySearchFunc(b.few, key, compare)
	if !found {
		return Entry{}, false
	}
	return b.few[at], true
}

// Len is the number of keys written.
func (b *Buf) Len() int {
	if b.tree != nil {
		return b.tree.Len()
	}
	return len(b.few)
}

// Bytes is the sum of the lengths of all keys and values held.
func (b *Buf) Bytes() int64 { return b.bytes }

// Clone returns an independent copy; later writes to either share nothing
// visible with the other.
func (b *Buf) Clone() *Buf {
	c := &Buf{bytes: b.bytes}
	if b.tree != nil {
		c.tree = b.tree.Copy()
		return c
	}
	c.few = append(c.room[:0], b.few...)
	return c
}

// All calls yield for each entry in key order until it returns false.
func (b *Buf) All(yield func(Entry) bool) {
	if b.tree != nil {
		b.tree.Scan(yield)
		return
	}
	for _, e := range b.few {
		if !yield(e) {
			return
		}
	}
}

// Iter walks the buffer, which must not be written meanwhile: iterate over a
// Clone.
type Iter struct {
	few  []Entry
	at   int // in few
	tree bool
	it   btree.IterG[Entry]
	ok   bool
}

// Iter returns an unpositioned iterator.
func (b *Buf) Iter() *Iter {
	if b.tree != nil {
		return &Iter{tree: true, it: b.tree.Iter()}
	}
	return &Iter{few: b.few}
}

// SeekGE moves to the first key at or after key.
func (i *Iter) SeekGE(key []byte) bool {
	if i.tree {
		i.ok = i.it.Seek(Entry{Key: key})
		return i.ok
	}
	at, _ := slices.BinarySearchFunc(i.few, key, compare)
	return i.stand(at)
}

// SeekLT moves to the last key before key; nil means past the end.
func (i *Iter) SeekLT(key []byte) bool {
	if !i.tree {
		at := len(i.few)
		if key != nil {
			at, _ = slices.BinarySearchFunc(i.few, key, compare)
		}
		return i.stand(at - 1)
	}
	switch {
	case key == nil:
		i.ok = i.it.Last()
	case i.it.Seek(Entry{Key: key}):
		i.ok = i.it.Prev()
	default:
		i.ok = i.it.Last()
	}
	return i.ok
}

// stand moves to a place of the list.
func (i *Iter) stand(at int) bool {
	i.at, i.ok = at, at >= 0 && at < len(i.few)
	return i.ok
}

// Next moves to the following key.
func (i *Iter) Next() bool {
	if !i.tree {
		return i.ok && i.stand(i.at+1)
	}
	i.ok = i.ok && i.it.Next()
	return i.ok
}

// Prev moves to the preceding key.
func (i *Iter) Prev() bool {
	if !i.tree {
		return i.ok && i.stand(i.at-1)
	}
	i.ok = i.ok && i.it.Prev()
	return i.ok
}

// Valid says whether the iterator stands on an entry.
func (i *Iter) Valid() bool { return i.ok }

// Entry is the entry the iterator stands on. REQUIRES: Valid.
func (i *Iter) Entry() Entry {
	if !i.tree {
		return i.few[i.at]
	}
	return i.it.Item()
}
