package relation_test

import (
	"bytes"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
	"github.com/lxdb/lxdb/storage/vector"
)

// TestFillAgreesWithNext reads a table with long and spilled values row by row and
// in batches: whole, by an index, both ways, and few rows at a time.
func TestFillAgreesWithNext(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	w := s.system(txn, relation.Rewrite).Writer(kivi.Insert, s.counters)
	long := string(bytes.Repeat([]byte("x"), 200_000))
	for id := int64(10); id < 16; id++ {
		ok(t, w.Insert(bg, person(id, long[:id*5000], 100+id, 10*id, long[:id*10_000])))
	}
	view := s.system(txn, relation.Rewrite).View(kivi.Read, relation.Snapshot)
	show := s.schema.Projection([]int{colSSN, colID, colOwner})
	kk := s.schema.Index("kk")
	lo, hi := codec.IndexBounds(codec.SpaceData, s.schema.Record.Data, kk.ID)
	open := map[string]func(reverse bool) (*relation.Reader, error){
		"scan": func(reverse bool) (*relation.Reader, error) { return view.Scan(bg, show, reverse) },
		"index": func(reverse bool) (*relation.Reader, error) {
			return view.Lookup(bg, kk, []relation.Span{{Lo: lo, Hi: hi}}, show, reverse)
		},
	}
	for name, open := range open {
		for _, reverse := range []bool{false, true} {
			for _, most := range []int{1, 3, vector.MaxRows} {
				rows, err := open(reverse)
				ok(t, err)
				batches, err := open(reverse)
				ok(t, err)
				if n := sameReaders(t, rows, batches, most); n != 13 {
					t.Errorf("%s, reverse %v, %d rows at a time: %d rows", name, reverse, most, n)
				}
			}
		}
	}
}

func sameReaders(t *testing.T, rows, batches *relation.Reader, most int) (n int) {
	t.Helper()
	defer rows.Close()
	defer batches.Close()
	b := vector.Get(nil)
	defer b.Release()
	for {
		ok(t, batches.Fill(bg, b, most))
		if b.Len() > most {
			t.Fatalf("%d rows, not %d", b.Len(), most)
		}
		got := make([]codec.Datum, 3)
		for i := range b.Len() {
			b.Row(i, got)
			want, err := rows.Next(bg)
			ok(t, err)
			for c := range want {
				if got[c].IsNull() != want[c].IsNull() || got[c].Int() != want[c].Int() || !bytes.Equal(got[c].Bytes(), want[c].Bytes()) {
					t.Fatalf("row %d, column %d differs", n, c)
				}
			}
			n++
		}
		if b.Len() == 0 {
			return n
		}
	}
}
