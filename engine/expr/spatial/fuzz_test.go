package spatial

import (
	"bytes"
	"testing"
)

// FuzzGeometry: what is read is written back alike, in both forms, whatever it was made of.
func FuzzGeometry(f *testing.F) {
	for _, text := range []string{"POINT(1 2)", "LINESTRING(0 0,1 1.5,-3e10 4)", "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1))", "MULTIPOINT(1 1,(2 2))",
		"MULTILINESTRING((0 0,1 1),(2 2,3 3))", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", "GEOMETRYCOLLECTION(POINT(1 1),GEOMETRYCOLLECTION EMPTY)", "GEOMCOLLECTION()", "POINT(1"} {
		f.Add([]byte(text))
		if g, ok := decodeWKT(text); ok {
			f.Add(encode(g))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, ok := decodeWKT(string(b)); ok {
			again, ok := decodeWKT(string(appendWKT(nil, g)))
			if !ok || !bytes.Equal(encode(again), encode(g)) {
				t.Fatalf("%q is written as %q", b, appendWKT(nil, g))
			}
		}
		if g, ok := decode(b); ok {
			again, ok := decode(encode(g))
			if !ok || !bytes.Equal(encode(again), encode(g)) {
				t.Fatalf("%x is written as %x", b, encode(g))
			}
		}
	})
}
