package codec

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

func TestHeaderRoundTrip(t *testing.T) {
	for _, h := range []Header{
		{SpaceMeta, 0, 0},
		{SpaceData, FirstFreeID, IndexRows},
		{SpaceData, 0x01020304, IndexLast},
		{SpaceChange, math.MaxUint32, IndexPrivate},
	} {
		key := append(AppendHeader(nil, h.Space, h.Object, h.Index), 9)
		got, datums, err := DecodeHeader(key)
		if err != nil || got != h || !bytes.Equal(datums, []byte{9}) {
			t.Errorf("%+v: got %+v, %x, %v", h, got, datums, err)
		}
		if id, ok := ObjectOf(key); !ok || id != h.Object {
			t.Errorf("%+v: object %d, %v", h, id, ok)
		}
		for n := range HeaderBytes {
			if _, _, err := DecodeHeader(key[:n]); !errors.Is(err, ErrShortKey) {
				t.Errorf("header of %d bytes: %v", n, err)
			}
			if _, ok := ObjectOf(key[:n]); ok {
				t.Errorf("object of a key of %d bytes", n)
			}
		}
	}
}

// TestBounds puts keys of neighbours around each range and asks which are inside.
func TestBounds(t *testing.T) {
	type bound func(Header) (lo, hi []byte)
	object := func(h Header) ([]byte, []byte) { return ObjectBounds(h.Space, h.Object) }
	index := func(h Header) ([]byte, []byte) { return IndexBounds(h.Space, h.Object, h.Index) }
	space := func(h Header) ([]byte, []byte) { return SpaceBounds(h.Space) }
	objects := []ObjectID{0, 1, 255, 256, 0xFFFF, 0x10000, math.MaxUint32 - 1, math.MaxUint32}
	indexes := []uint16{0, 1, 255, 256, IndexLast, IndexBlobs, IndexPrivate}
	var all []Header
	for _, s := range []byte{SpaceMeta, SpaceData, SpaceChange} {
		for _, o := range objects {
			for _, i := range indexes {
				all = append(all, Header{s, o, i})
			}
		}
	}
	check := func(name string, of bound, same func(a, b Header) bool) {
		for _, h := range all {
			lo, hi := of(h)
			for _, other := range all {
				for _, datums := range [][]byte{nil, {0}, {0xFF, 0xFF, 0xFF}} {
					key := append(AppendHeader(nil, other.Space, other.Object, other.Index), datums...)
					inside := bytes.Compare(lo, key) <= 0 && bytes.Compare(key, hi) < 0
					if inside != same(h, other) {
						t.Fatalf("%s %+v: key %x inside %x..%x: %v", name, h, key, lo, hi, inside)
					}
				}
			}
		}
	}
	check("space", space, func(a, b Header) bool { return a.Space == b.Space })
	check("object", object, func(a, b Header) bool { return a.Space == b.Space && a.Object == b.Object })
	check("index", index, func(a, b Header) bool { return a == b })
}

func TestPrefixEnd(t *testing.T) {
	for _, c := range []struct{ prefix, want []byte }{
		{nil, nil},
		{[]byte{0xFF}, nil},
		{[]byte{0xFF, 0xFF}, nil},
		{[]byte{1}, []byte{2}},
		{[]byte{1, 0xFF}, []byte{2}},
		{[]byte{1, 0xFF, 3}, []byte{1, 0xFF, 4}},
		{[]byte{0xFF, 0, 0xFF}, []byte{0xFF, 1}},
	} {
		before := bytes.Clone(c.prefix)
		if got := PrefixEnd(c.prefix); !bytes.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%x: got %x, want %x", c.prefix, got, c.want)
		}
		if !bytes.Equal(before, c.prefix) {
			t.Errorf("%x was changed to %x", before, c.prefix)
		}
		if got := AppendPrefixEnd([]byte{7}, c.prefix); !bytes.Equal(got, append([]byte{7}, c.want...)) {
			t.Errorf("%x appended: got %x", c.prefix, got)
		}
	}
}

func TestNextIsTheSmallestGreaterKey(t *testing.T) {
	key := []byte{1, 0xFF}
	next := Next(key)
	if !bytes.Equal(next, []byte{1, 0xFF, 0}) || !bytes.Equal(key, []byte{1, 0xFF}) {
		t.Fatalf("next of %x is %x", key, next)
	}
}
