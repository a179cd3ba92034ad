package relation_test

import (
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
	"github.com/lxdb/lxdb/storage/vector"
)

// TestEntriesCoverRows reads columns that an index has itself, and the same with one more that only the row has.
func TestEntriesCoverRows(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	w := s.system(txn, relation.Rewrite).Writer(kivi.Insert, s.counters)
	for id := int64(10); id < 30; id++ {
		row := person(id, "x", 100+id, id%3-1, fmt.Sprint("ssn ", id))
		if id%4 == 0 {
			row[colU], row[colK] = codec.Null(), codec.Null()
		}
		if id%5 == 0 {
			row[colSSN] = codec.Null()
		}
		ok(t, w.Insert(bg, row))
	}
	view := s.system(txn, relation.Rewrite).View(kivi.Read, relation.Snapshot)
	for name, wants := range map[string][][]int{
		"uu": {{colID}, {colU}, {colU, colID}, {colID, colU}}, "kk": {{colID}, {colK}, {colK, colID}, {}}, "covering": {{colID, colK}},
		"ssn_unique": {{colID}}, "ssn_key": {{colID, colK}},
	} {
		x := s.schema.Index(name)
		lo, hi := codec.IndexBounds(codec.SpaceData, s.schema.Record.Data, x.ID)
		for _, columns := range wants {
			if !s.schema.Covers(x, columns) {
				t.Errorf("%s does not cover %v", name, columns)
			}
			for _, reverse := range []bool{false, true} {
				read := func(columns ...int) (out []string) {
					r, err := view.Lookup(bg, x, []relation.Span{{Lo: lo, Hi: hi}}, s.schema.Projection(columns), reverse)
					ok(t, err)
					defer r.Close()
					b := vector.Get(nil)
					defer b.Release()
					for {
						ok(t, r.Fill(bg, b, 3))
						for i := range b.Len() {
							row := make([]codec.Datum, len(columns))
							b.Row(i, row)
							text := ""
							for c := range row {
								text += fmt.Sprint(" ", row[c].IsNull(), " ", row[c].Int())
							}
							out = append(out, text)
						}
						if b.Len() == 0 {
							return out
						}
					}
				}
				covered, rows := read(columns...), read(append(append([]int{}, columns...), colOwner)...)
				if len(covered) != len(rows) || len(rows) < 20 {
					t.Fatalf("%s %v: %d and %d rows", name, columns, len(covered), len(rows))
				}
				for i := range rows {
					if n := len(rows[i]) - len(" false 0"); covered[i] != rows[i][:n] {
						t.Fatalf("%s %v, row %d: %q, and %q in the row", name, columns, i, covered[i], rows[i])
					}
				}
			}
		}
	}
	for name, columns := range map[string][]int{"kk": {colK, colU}, "ssn_key": {colSSN}, "covering": {colOwner}} {
		if s.schema.Covers(s.schema.Index(name), columns) {
			t.Errorf("%s covers %v", name, columns)
		}
	}
}
