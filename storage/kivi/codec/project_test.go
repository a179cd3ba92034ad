package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

var projected6 = []Column{
	{ID: 1, Kind: KindInt, Width: 4, NotNull: true}, {ID: 2, Kind: KindText}, {ID: 3, Kind: KindUint, Width: 3},
	{ID: 4, Kind: KindBytes}, {ID: 5, Kind: KindFloat, Width: 8}, {ID: 6, Kind: KindFloat, Width: 4},
}

// TestProjectorAgreesWithRow reads random rows of two schema versions, narrow,
// wide and with external values, both ways.
func TestProjectorAgreesWithRow(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	first := mustLayout(t, 1, projected6...)
	second := mustLayout(t, 2, append([]Column{{ID: 9, Kind: KindText}}, projected6...)...)
	layouts, err := NewLayouts(first, second)
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][]uint16{{1}, {9, 2, 1}, {4, 3, 77, 5, 6}, {2, 2}, {}} {
		p := NewProjector(layouts, ids)
		got := make([]Datum, len(ids))
		for range 300 {
			value := randomRow(t, r, layouts.Layout(1+uint32(r.IntN(2))))
			if r.IntN(4) == 0 {
				value = value[:r.IntN(len(value))] // cut off
			}
			sameColumns(t, layouts, p, value, got)
		}
	}
}

func sameColumns(t *testing.T, layouts *Layouts, p *Projector, value []byte, got []Datum) {
	t.Helper()
	err := p.Read(value, got)
	row, openErr := layouts.Open(value)
	if (err == nil) != (openErr == nil) {
		t.Fatalf("row %x: projector %v, row %v", value, err, openErr)
	}
	if err != nil {
		return
	}
	cells, usual, err := p.Open(value)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range p.ids {
		want, err := row.Column(id)
		if err != nil {
			t.Fatal(err)
		}
		g := got[i]
		if g.tag != want.tag || g.bits != want.bits || !bytes.Equal(g.bytes, want.bytes) || g.text != "" {
			t.Fatalf("row %x, column %d: %+v, want %+v", value, id, g, want)
		}
		if usual {
			sameCell(t, &cells, i, want)
		}
	}
}

func sameCell(t *testing.T, c *Cells, i int, want Datum) {
	t.Helper()
	if null := want.IsNull() || want.IsAbsent(); null || c.Null(i) {
		if null != c.Null(i) {
			t.Fatalf("column %d: NULL is %v, want %+v", i, c.Null(i), want)
		}
		return
	}
	if want.tag != tagBytes {
		if got := c.Bits(i); got != want.bits {
			t.Fatalf("column %d: %x, want %+v", i, got, want)
		}
		return
	}
	if got, err := c.Bytes(i); err != nil || !bytes.Equal(got, want.bytes) {
		t.Fatalf("column %d: %x, %v, want %+v", i, got, err, want)
	}
}

func randomRow(t testing.TB, r *rand.Rand, l *Layout) []byte {
	t.Helper()
	row := make([]Datum, len(l.Columns()))
	for i, c := range l.Columns() {
		if !c.NotNull && r.IntN(4) == 0 {
			continue
		}
		switch c.Kind {
		case KindInt:
			row[i] = Int(int64(int32(r.Uint32())))
		case KindUint:
			row[i] = Uint(r.Uint64N(1 << (8 * c.Width)))
		case KindFloat:
			row[i] = Float(float64(r.Float32()))
		default:
			n := r.IntN(20)
			if r.IntN(8) == 0 {
				n = 40_000 // two of them make a wide row
			}
			row[i] = Bytes(bytes.Repeat([]byte{byte(r.Uint32())}, n))
			if r.IntN(8) == 0 {
				row[i] = External(BlobRef{Length: r.Uint32(), Sum: r.Uint32()})
			}
		}
	}
	value, err := l.Encode(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func BenchmarkProjector(b *testing.B) {
	l := mustLayout(b, 1, projected6...)
	layouts, err := NewLayouts(l)
	if err != nil {
		b.Fatal(err)
	}
	value := randomRow(b, rand.New(rand.NewPCG(3, 3)), l)
	p, out := NewProjector(layouts, []uint16{1, 3}), make([]Datum, 2)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Read(value, out); err != nil {
			b.Fatal(err)
		}
	}
}
