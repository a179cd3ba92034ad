package codec

import (
	"bytes"
	"strings"
)

// Weigher turns text into weights: bytes whose order is the order of a
// collation. Equal text has equal weights; nothing else of the text remains, so
// text cannot be read back from a key, only from the row.
type Weigher interface {
	// AppendWeights appends the weights of s. A string that begins another
	// must give weights that begin the other's.
	AppendWeights(dst []byte, s string) []byte
	// AppendEnd appends what stands behind the weights of the whole of s and not behind
	// those of its beginning: the end, where some characters stand before it, and what
	// else tells texts of the same weights apart.
	AppendEnd(dst []byte, s string) []byte
	// Most is how many bytes the weights of a character have; ligatures may have more.
	Most() int
	// PadSpace says that trailing spaces do not count.
	PadSpace() bool
	// Version changes whenever the weights of some text change. An index
	// keeps the version it was built with and is rebuilt when it differs.
	Version() uint16
}

// AppendText appends the weights of s under w, escaped and ended like a byte
// string. Under a PAD SPACE collation trailing spaces are left out, so that
// strings that differ only in them have one key.
func AppendText(dst []byte, s string, w Weigher) []byte {
	dst = AppendTextPrefix(dst, s, w)
	from := len(dst)
	dst = escapeFrom(w.AppendEnd(dst, s), from)
	return append(dst, escape, endMark)
}

// AppendTextPrefix appends the weights of s without the end mark: the common
// beginning of the keys of all text that begins with s, for LIKE 'abc%' scans
// together with PrefixEnd. Under PAD SPACE the range is wider than asked when s
// ends in spaces; the reader compares the rows anyway.
func AppendTextPrefix(dst []byte, s string, w Weigher) []byte {
	if w.PadSpace() {
		s = strings.TrimRight(s, " ")
	}
	from := len(dst)
	return escapeFrom(w.AppendWeights(dst, s), from)
}

// escapeFrom escapes, in place, the zero bytes that were appended since from.
func escapeFrom(dst []byte, from int) []byte {
	src := len(dst) - 1
	n := bytes.Count(dst[from:], zeros[:1])
	for range n {
		dst = append(dst, 0)
	}
	// From the end, so that nothing is overwritten before it moved.
	for at := len(dst) - 1; at > src; src-- {
		b := dst[src]
		if b == escape {
			dst[at] = escaped00
			at--
		}
		dst[at] = b
		at--
	}
	return dst
}

// AppendWeight appends one weight as a number whose byte order is its own, one
// byte below 0x7F, two below 0x4000, three below 0x200000, else five. A
// Weigher over a table of rune weights uses it.
func AppendWeight(dst []byte, weight uint32) []byte {
	u := uint64(weight) + 1 // no weight begins with 00, which would be escaped
	switch {
	case u < 0x80:
		return append(dst, byte(u))
	case u < 0x4000:
		return append(dst, 0x80|byte(u>>8), byte(u))
	case u < 0x200000:
		return append(dst, 0xC0|byte(u>>16), byte(u>>8), byte(u))
	default:
		return append(dst, 0xE0|byte(u>>32), byte(u>>24), byte(u>>16), byte(u>>8), byte(u))
	}
}

// Binary is the Weigher of the binary collations: text orders by its bytes.
var Binary Weigher = binaryWeigher{}

type binaryWeigher struct{}

func (binaryWeigher) AppendWeights(dst []byte, s string) []byte { return append(dst, s...) }
func (binaryWeigher) AppendEnd(dst []byte, _ string) []byte     { return dst }
func (binaryWeigher) Most() int                                 { return 4 }
func (binaryWeigher) PadSpace() bool                            { return false }
func (binaryWeigher) Version() uint16                           { return 1 }
