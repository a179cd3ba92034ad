package cert

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// A certificate with many entries says only the hash of a tree's root. The tree
// is made of pages, which the catalog keeps beside it: a page of level 0 has the
// entries of 256 consecutive object ids, one above it the hashes of 16 pages. So
// a change of one entry makes one page of each level anew and signs one small
// certificate, whatever else the principal holds.
const (
	pageBits   = 8
	fanBits    = 4
	fan        = 1 << fanBits
	pagesLevel = 0
	maxLevel   = (32 - pageBits) / fanBits
)

// A certificate has pages from more entries than inlineEntries on, and does
// without them again from inlineAgain down: a principal that gains and loses one
// right in turn does not change form each time.
const (
	inlineEntries = 256
	inlineAgain   = 128
)

// hash is the SHA-256 of a page and of where it belongs.
type hash [sha256.Size]byte

// Paged is what a certificate says of its pages.
type Paged struct {
	Entries int   // in all pages
	Level   uint8 // of the root, whose number is 0
	Root    hash
}

// place is where a page belongs: a principal's of one instance, and a node of
// the tree. It is part of the hash, so no page can stand in for another.
type place struct {
	instance  Instance
	principal principal.ID
}

// nodeOf numbers the nodes of a tree: the level, then the object id without the
// bits that the node covers.
func nodeOf(level uint8, number uint32) uint32 { return uint32(level)<<24 | number }

func (p place) hash(node uint32, data []byte) (out hash) {
	h := sha256.New()
	h.Write([]byte("lxdb permission page 1\x00"))
	h.Write(p.instance[:])
	var ids [8]byte
	binary.BigEndian.PutUint32(ids[:4], uint32(p.principal))
	binary.BigEndian.PutUint32(ids[4:], node)
	h.Write(ids[:])
	h.Write(data)
	h.Sum(out[:0])
	return out
}

// encodePage is a page of level 0: the sets and the lists of objects and of
// exceptions, each with its length before it, and the list of denials.
func encodePage(entries []Entry) []byte {
	sets, objects, exceptions, denials := packEntries(entries)
	out := make([]byte, 0, len(sets)+len(objects)+len(exceptions)+len(denials)+9)
	for _, part := range [][]byte{sets, objects, exceptions} {
		out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
	}
	return append(out, denials...)
}

// decodePage is the inverse, as strict as decodeExtension.
func decodePage(number uint32, in []byte) ([]Entry, error) {
	var parts [3][]byte
	for i := range parts {
		n, rest, err := uvarint(in)
		if err != nil {
			return nil, err
		}
		if n > uint64(len(rest)) {
			return nil, fmt.Errorf("%w: page cut short", ErrMalformed)
		}
		parts[i], in = rest[:n], rest[n:]
	}
	entries, err := unpackEntries(parts[0], parts[1], parts[2], in)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%w: empty page", ErrMalformed)
	}
	for _, e := range []Entry{entries[0], entries[len(entries)-1]} { // they ascend
		if e.Object>>pageBits != number {
			return nil, fmt.Errorf("%w: object %d in page %d", ErrMalformed, e.Object, number)
		}
	}
	return entries, nil
}

// inner is a page above level 0: the hashes of those below it, zero where there
// is none.
type inner [fan]hash

func (n *inner) encode() []byte {
	out := make([]byte, 2, 2+fan*len(hash{}))
	var present uint16
	for i, h := range n {
		if h != (hash{}) {
			present |= 1 << i
			out = append(out, h[:]...)
		}
	}
	binary.BigEndian.PutUint16(out, present)
	return out
}

func decodeInner(in []byte) (*inner, error) {
	if len(in) < 2 {
		return nil, fmt.Errorf("%w: page cut short", ErrMalformed)
	}
	present := binary.BigEndian.Uint16(in)
	if in = in[2:]; present == 0 || len(in) != bits.OnesCount16(present)*len(hash{}) {
		return nil, fmt.Errorf("%w: hashes of a page", ErrMalformed)
	}
	n := new(inner)
	for i := range n {
		if present&(1<<i) == 0 {
			continue
		}
		if in = in[copy(n[i][:], in):]; n[i] == (hash{}) {
			return nil, fmt.Errorf("%w: hashes of a page", ErrMalformed)
		}
	}
	return n, nil
}

// only finds the one child, -1 when there are more.
func (n *inner) only() int {
	found := -1
	for i, h := range n {
		if h == (hash{}) {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = i
	}
	return found
}

// packed is a page of level 0 in memory: eight bytes an entry instead of 32.
type packed struct {
	base  catalog.ID
	sets  []privilege.Set
	cells []cell // by low, each once
}

// cell is one entry; the last three are places in sets, from 1, 0 for none.
type cell struct {
	low                 uint8
	restricted          bool
	atoms, except, deny uint16
}

func pack(entries []Entry) *packed {
	p := &packed{base: entries[0].Object &^ (1<<pageBits - 1), cells: make([]cell, len(entries))}
	index := map[privilege.Set]uint16{0: 0}
	at := func(s privilege.Set) uint16 {
		i, ok := index[s]
		if !ok {
			p.sets = append(p.sets, s)
			i = uint16(len(p.sets)) // at most three for each of 256 entries
			index[s] = i
		}
		return i
	}
	for i, e := range entries {
		p.cells[i] = cell{uint8(e.Object), e.Restricted, at(e.Atoms), at(e.Except), at(e.Deny)}
	}
	p.sets = append([]privilege.Set(nil), p.sets...)
	return p
}

func (p *packed) entry(c cell) Entry {
	e := Entry{Object: p.base | catalog.ID(c.low), Restricted: c.restricted}
	if c.atoms > 0 {
		e.Atoms = p.sets[c.atoms-1]
	}
	if c.except > 0 {
		e.Except = p.sets[c.except-1]
	}
	if c.deny > 0 {
		e.Deny = p.sets[c.deny-1]
	}
	return e
}
