package vector

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

var kinds = []codec.Kind{codec.KindInt, codec.KindUint, codec.KindFloat, codec.KindDecimal, codec.KindBytes, codec.KindText}

func randomRow(r *rand.Rand) []codec.Datum {
	row := []codec.Datum{
		codec.Int(r.Int64()), codec.Uint(r.Uint64()), codec.Float(r.Float64()), codec.Bytes([]byte{1, byte(r.Uint32())}),
		codec.Bytes(bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(9))), codec.Text(fmt.Sprint(r.IntN(1000))),
	}
	for i := range row {
		switch r.IntN(5) {
		case 0:
			row[i] = codec.Null()
		case 1:
			row[i] = codec.Absent()
		}
	}
	return row
}

func same(t *testing.T, b *Batch, rows [][]codec.Datum) {
	t.Helper()
	if b.Len() != len(rows) {
		t.Fatalf("%d rows, want %d", b.Len(), len(rows))
	}
	got := make([]codec.Datum, len(kinds))
	for i, want := range rows {
		b.Row(i, got)
		for c := range kinds {
			g, w := got[c], want[c]
			null := w.IsNull() || w.IsAbsent()
			if b.Columns[c].Len() != len(rows) || g.IsNull() != null ||
				!null && (g.Uint() != w.Uint() || !bytes.Equal(g.Bytes(), w.Bytes())) {
				t.Fatalf("row %d, column %d: %+v, want %+v", i, c, g, w)
			}
		}
	}
}

// TestBatch fills, thins out and fills again.
func TestBatch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b := Get(kinds)
	defer b.Release()
	for range 50 {
		var rows [][]codec.Datum
		b.Reset(kinds)
		for range r.IntN(30) {
			rows = append(rows, randomRow(r))
			if err := b.Append(rows[len(rows)-1]); err != nil {
				t.Fatal(err)
			}
		}
		same(t, b, rows)
		var keep []int32
		var kept [][]codec.Datum
		for i := range rows {
			if r.IntN(2) == 0 {
				keep, kept = append(keep, int32(i)), append(kept, rows[i])
			}
		}
		b.Keep(keep)
		same(t, b, kept)
		more := randomRow(r)
		if err := b.Append(more); err != nil {
			t.Fatal(err)
		}
		same(t, b, append(kept, more))
	}
}

func TestExternalIsRefused(t *testing.T) {
	b := Get([]codec.Kind{codec.KindBytes})
	defer b.Release()
	if err := b.Append([]codec.Datum{codec.External(codec.BlobRef{Length: 1})}); err == nil || b.Len() != 0 {
		t.Errorf("taken: %v", err)
	}
}

// TestBatchAllocatesOnce: what was filled once is filled again in the same
// memory.
func TestBatchAllocatesOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	rows := make([][]codec.Datum, MaxRows)
	for i := range rows {
		rows[i] = randomRow(r)
		rows[i][5] = codec.Bytes([]byte("text"))
	}
	b := new(Batch)
	fill := func() {
		b.Reset(kinds)
		for _, row := range rows {
			if err := b.Append(row); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill()
	if !b.Full() {
		t.Error("a batch of MaxRows rows is not full")
	}
	if n := testing.AllocsPerRun(10, fill); n > 0 {
		t.Errorf("%v allocations for a batch that has its memory", n)
	}
}
