package codec

import (
	"bytes"
	"cmp"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkKeyOrder draws an index of up to four columns and two of its keys, and
// requires: byte order is SQL order, every datum comes back, Skip and Decode
// agree on where the next one begins.
func checkKeyOrder(t *testing.T, input []byte) {
	s := &source{input}
	columns := make([]column, 1+s.below(4))
	a, b := make([]Datum, len(columns)), make([]Datum, len(columns))
	for i := range columns {
		columns[i] = s.column()
		a[i] = s.datum(columns[i])
		b[i] = a[i]
		if s.byte()&1 != 0 { // otherwise equal, so that later columns decide
			b[i] = s.datum(columns[i])
		}
	}
	ka, kb := encodeKey(t, columns, a), encodeKey(t, columns, b)
	want := 0
	for i, c := range columns {
		if want = c.compareDatum(a[i], b[i]); want != 0 {
			break
		}
	}
	if got := bytes.Compare(ka, kb); got != cmp.Compare(want, 0) {
		t.Fatalf("%+v\n%+v < %x\n%+v < %x\ncompare %d, want %d", columns, a, ka, b, kb, got, want)
	}
	checkKeyDecodes(t, columns, a, ka)
}

func encodeKey(t *testing.T, columns []column, row []Datum) []byte {
	key := AppendHeader(nil, SpaceData, 1000, 1)
	for i, c := range columns {
		var err error
		if key, err = c.Append(key, row[i]); err != nil {
			t.Fatalf("%+v %+v: %v", c, row[i], err)
		}
	}
	return key
}

func checkKeyDecodes(t *testing.T, columns []column, row []Datum, key []byte) {
	_, rest, err := DecodeHeader(key)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range columns {
		after, err := c.Skip(rest)
		if err != nil {
			t.Fatalf("%+v: skip %x: %v", c, rest, err)
		}
		if c.Invertible() {
			d, after2, err := c.Decode(nil, rest)
			if err != nil || len(after2) != len(after) {
				t.Fatalf("%+v: decode %x: %v, %d bytes left, skip leaves %d", c, rest, err, len(after2), len(after))
			}
			if c.compareDatum(d, row[i]) != 0 {
				t.Fatalf("%+v: decoded %+v, want %+v", c, d, row[i])
			}
		}
		rest = after
	}
	if len(rest) != 0 {
		t.Fatalf("%d bytes left", len(rest))
	}
}

func FuzzKeyOrder(f *testing.F) {
	f.Fuzz(checkKeyOrder)
}

func TestKeyOrderOfRandomTuples(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	input := make([]byte, 160)
	for range 40_000 {
		r.Read(input)
		checkKeyOrder(t, input)
	}
}

// FuzzDecodeKey reads arbitrary bytes as an index key: no panic, and whatever
// is accepted is exactly what Append writes.
func FuzzDecodeKey(f *testing.F) {
	f.Fuzz(func(t *testing.T, schema, key []byte) {
		s := &source{schema}
		for range 1 + s.below(4) {
			c := s.column()
			rest, err := c.Skip(key)
			if !c.Invertible() {
				if _, _, err := c.Decode(nil, append([]byte{notNullMark ^ c.mask()}, key...)); !errors.Is(err, ErrNotInvertible) {
					t.Fatalf("%+v: text decoded: %v", c, err)
				}
				if err != nil {
					return
				}
				key = rest
				continue
			}
			d, after, derr := c.Decode(nil, key)
			if derr != nil {
				return
			}
			if err != nil || len(after) != len(rest) {
				t.Fatalf("%+v: decode takes %x, skip says %v", c, key, err)
			}
			again, err := c.Append(nil, d)
			if err != nil || !bytes.Equal(again, key[:len(key)-len(rest)]) {
				t.Fatalf("%+v: %x decodes to %+v, which encodes to %x, %v", c, key, d, again, err)
			}
			key = rest
		}
	})
}

// FuzzOpenRow opens arbitrary bytes as a row: no panic, every column readable or
// ErrCorruptRow, and whatever Check accepts is exactly what Encode writes.
func FuzzOpenRow(f *testing.F) {
	layouts := tenColumnLayouts(f)
	f.Fuzz(func(t *testing.T, value []byte) {
		checked := layouts.Check(value)
		row, err := layouts.Open(value)
		if err != nil {
			if checked == nil {
				t.Fatalf("check takes what open refuses: %v", err)
			}
			return
		}
		total := 0
		for i := range row.Layout().Columns() {
			d, err := row.At(i)
			if err != nil && !errors.Is(err, ErrCorruptRow) {
				t.Fatal(err)
			}
			if err != nil && checked == nil {
				t.Fatalf("check takes a row whose column %d is corrupt", i)
			}
			total += len(d.Bytes())
			_ = row.IsNull(i)
		}
		if checked == nil && total > len(value) {
			t.Fatalf("%d bytes read from %d", total, len(value))
		}
	})
}

// TestFuzzTargetsHaveSeeds: a fuzz target without seeds tests nothing in an
// ordinary run, and nobody notices.
func TestFuzzTargetsHaveSeeds(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	targets := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			targets++
			seeds, err := os.ReadDir(filepath.Join("testdata", "fuzz", fn.Name.Name))
			if err != nil || len(seeds) == 0 {
				t.Errorf("%s has no seeds under testdata/fuzz (%v)", fn.Name.Name, err)
			}
		}
	}
	if targets != 3 {
		t.Errorf("%d fuzz targets found, want 3", targets)
	}
}
