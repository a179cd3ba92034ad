package codec

import "encoding/binary"

// ObjectID is the data id that stands in a key: a table, sequence, view or any
// other object. Ids are allocated once and never reused, so a key of a dropped
// object can never be read as one of a new object.
type ObjectID = uint32

// Spaces, the first byte of every key. 0x00 and 0xFF are never used: they are
// the open ends of ranges.
const (
	SpaceMeta   byte = 0x10 // catalog records; only package catalog
	SpaceData   byte = 0x20 // rows and index entries
	SpaceChange byte = 0x30 // change log
)

// Reserved object ids. 10..99 are virtual databases; FirstFreeID is the first
// id that the allocator hands out.
const (
	ObjectSystem ObjectID = 1 // object of system-wide grants
	ObjectRoot   ObjectID = 2 // user root
	ObjectPublic ObjectID = 3 // role PUBLIC
	FirstFreeID  ObjectID = 1000
)

// Index numbers within an object.
const (
	IndexRows    uint16 = 0      // clustered rows: primary key or hidden row id
	IndexFirst   uint16 = 1      // first secondary index
	IndexLast    uint16 = 65000  // last secondary index
	IndexBlobs   uint16 = 0xFFFE // chunks of large values
	IndexPrivate uint16 = 0xFFFF // the table's own notes: auto-increment mark, statistics
)

// HeaderBytes is the length of the head of every key: space, object, index.
const HeaderBytes = 7

const (
	objectAt    = 1 // offset of the object id
	indexAt     = 5 // offset of the index number
	objectBytes = 5 // space and object
)

// Header is the fixed head of every key.
type Header struct {
	Space  byte
	Object ObjectID
	Index  uint16
}

// AppendHeader appends the seven bytes that every key begins with.
func AppendHeader(dst []byte, space byte, object ObjectID, index uint16) []byte {
	return append(dst, space,
		byte(object>>24), byte(object>>16), byte(object>>8), byte(object),
		byte(index>>8), byte(index))
}

// DecodeHeader returns the head of key and the datums after it.
func DecodeHeader(key []byte) (h Header, datums []byte, err error) {
	if len(key) < HeaderBytes {
		return Header{}, nil, ErrShortKey
	}
	h = Header{
		Space:  key[0],
		Object: binary.BigEndian.Uint32(key[objectAt:]),
		Index:  binary.BigEndian.Uint16(key[indexAt:]),
	}
	return h, key[HeaderBytes:], nil
}

// ObjectOf returns the object of a key and whether the key has a whole header.
// It is what a permission check reads, so it looks at nothing else.
func ObjectOf(key []byte) (ObjectID, bool) {
	if len(key) < HeaderBytes {
		return 0, false
	}
	return binary.BigEndian.Uint32(key[objectAt:]), true
}

// SpaceBounds returns the range lo <= key < hi of all keys of a space.
func SpaceBounds(space byte) (lo, hi []byte) {
	lo = []byte{space}
	return lo, PrefixEnd(lo)
}

// ObjectBounds returns the range lo <= key < hi of all keys of an object: its
// rows, indexes, chunks and private entries.
func ObjectBounds(space byte, object ObjectID) (lo, hi []byte) {
	lo = AppendHeader(nil, space, object, 0)[:objectBytes:objectBytes]
	return lo, PrefixEnd(lo)
}

// IndexBounds returns the range lo <= key < hi of all keys of one index.
func IndexBounds(space byte, object ObjectID, index uint16) (lo, hi []byte) {
	lo = AppendHeader(nil, space, object, index)
	return lo, PrefixEnd(lo)
}

// PrefixEnd returns the smallest key that is greater than every key beginning
// with prefix, in a new slice. It is nil when there is none: for an empty
// prefix and for one of 0xFF bytes only, which no key of ours has.
func PrefixEnd(prefix []byte) []byte {
	return AppendPrefixEnd(make([]byte, 0, len(prefix)), prefix)
}

// AppendPrefixEnd appends PrefixEnd(prefix) to dst; nothing when there is none
// (and then returns nil if dst was empty).
func AppendPrefixEnd(dst, prefix []byte) []byte {
	n := len(prefix)
	for n > 0 && prefix[n-1] == 0xFF {
		n--
	}
	if n == 0 {
		if len(dst) == 0 {
			return nil
		}
		return dst
	}
	dst = append(dst, prefix[:n]...)
	dst[len(dst)-1]++
	return dst
}

// Next returns the smallest key greater than key
// itself, in a new slice. As an exclusive upper bound it makes key inclusive.
func Next(key []byte) []byte {
	return append(append(make([]byte, 0, len(key)+1), key...), 0)
}
