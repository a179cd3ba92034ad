// Package membuf is the private write set of one transaction: an ordered map
// of byte strings kept as a copy-on-write B-tree. Clone is O(1), which is what
// makes savepoints, statement rollback and a scan's stable view cheap: a
// statement scans the clone it started with and never meets its own writes.
//
// A Buf is used by one goroutine at a time; a clone may be read by another.
package membuf

import (
	"bytes"

	"github.com/tidwall/btree"
)

// degree 32 makes nodes of about 3 KiB: what one write after a Clone copies on
// the path to its key.
const degree = 32

// Entry is one buffered write. Its slices belong to the buffer and are never
// changed in place.
type Entry struct {
	Key   []byte
	Value []byte // nil: the key is deleted
}

// Deleted says whether the entry hides an older value.
func (e Entry) Deleted() bool { return e.Value == nil }

// Buf is an ordered set of writes, the last one of each key. The zero value is
// not usable; see New.
type Buf struct {
	tree  *btree.BTreeG[Entry]
	bytes int64
	hint  btree.PathHint
}

func less(a, b Entry) bool { return bytes.Compare(a.Key, b.Key) < 0 }

// New returns an empty buffer.
func New() *Buf {
	return &Buf{tree: btree.NewBTreeGOptions(less, btree.Options{NoLocks: true, Degree: degree})}
}

// Set stores a write; val nil means delete. It keeps both slices: the caller
// must not change them afterwards.
func (b *Buf) Set(key, val []byte) {
	old, replaced := b.tree.SetHint(Entry{key, val}, &b.hint)
	if replaced {
		b.bytes -= int64(len(old.Key) + len(old.Value))
	}
	b.bytes += int64(len(key) + len(val))
}

// Get returns the buffered write of key.
func (b *Buf) Get(key []byte) (Entry, bool) {
	return b.tree.GetHint(Entry{Key: key}, &b.hint)
}

// Len is the number of keys written.
func (b *Buf) Len() int { return b.tree.Len() }

// Bytes is the sum of the lengths of all keys and values held.
func (b *Buf) Bytes() int64 { return b.bytes }

// Clone returns an independent copy in O(1); later writes to either share
// nothing visible with the other.
func (b *Buf) Clone() *Buf { return &Buf{tree: b.tree.Copy(), bytes: b.bytes} }

// All calls yield for each entry in key order until it returns false.
func (b *Buf) All(yield func(Entry) bool) { b.tree.Scan(yield) }

// Iter walks the buffer, which must not be written meanwhile: iterate over a
// Clone.
type Iter struct {
	it btree.IterG[Entry]
	ok bool
}

// Iter returns an unpositioned iterator.
func (b *Buf) Iter() *Iter { return &Iter{it: b.tree.Iter()} }

// SeekGE moves to the first key at or after key.
func (i *Iter) SeekGE(key []byte) bool {
	i.ok = i.it.Seek(Entry{Key: key})
	return i.ok
}

// SeekLT moves to the last key before key; nil means past the end.
func (i *Iter) SeekLT(key []byte) bool {
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

// Next moves to the following key.
func (i *Iter) Next() bool {
	i.ok = i.ok && i.it.Next()
	return i.ok
}

// Prev moves to the preceding key.
func (i *Iter) Prev() bool {
	i.ok = i.ok && i.it.Prev()
	return i.ok
}

// Valid says whether the iterator stands on an entry.
func (i *Iter) Valid() bool { return i.ok }

// Entry is the entry the iterator stands on. REQUIRES: Valid.
func (i *Iter) Entry() Entry { return i.it.Item() }
