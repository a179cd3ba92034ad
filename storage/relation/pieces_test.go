package relation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// TestPieces: the pieces of a stretch have its rows, each once, in their order; and there are none of what one
// reader must read.
func TestPieces(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	h := s.system(txn, relation.Rewrite)
	w := h.Writer(kivi.Insert, s.counters)
	for n, id := range []int64{-1 << 31, -9, -8, 50, 51, 52, 53, 255, 256, 257, 70_000, 1 << 30, 1<<30 + 1, 1<<31 - 1} {
		ok(t, w.Insert(bg, person(id, fmt.Sprint("x", n), id, id%3-1, fmt.Sprint("ssn ", id))))
	}
	view, show := h.View(kivi.Read, relation.Snapshot), s.schema.Projection([]int{colID})
	read := func(r *relation.Reader, err error) (out []int64) {
		t.Helper()
		ok(t, err)
		defer r.Close()
		for {
			row, err := r.Next(bg)
			ok(t, err)
			if row == nil {
				return out
			}
			out = append(out, row[0].Int())
		}
	}
	indexes := []*relation.Index{nil, s.schema.Primary}
	for _, name := range []string{"uu", "kk", "ssn_unique"} {
		indexes = append(indexes, s.schema.Index(name))
	}
	for _, x := range indexes {
		var all relation.Span
		want := read(view.Scan(bg, show, false))
		if x != nil {
			all.Lo, all.Hi = codec.IndexBounds(codec.SpaceData, s.schema.Record.Data, x.ID)
			want = read(view.Lookup(bg, x, []relation.Span{all}, show, false))
		}
		for _, n := range []int{1, 2, 3, 16, 1000} {
			spans, err := view.Pieces(bg, x, all, n)
			ok(t, err)
			if len(spans) != n {
				t.Fatalf("%d pieces of %d", len(spans), n)
			}
			var got []int64
			for _, sp := range spans {
				got = append(got, read(view.Piece(bg, x, sp, show))...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d pieces have %v, want %v", n, got, want)
			}
		}
	}
	none := func(what string, v relation.View, sp relation.Span, x *relation.Index) {
		t.Helper()
		if spans, err := v.Pieces(bg, x, sp, 4); len(spans) > 0 || err != nil {
			t.Errorf("%s: %v, %v", what, spans, err)
		}
	}
	none("locked rows", h.View(kivi.Read, relation.Locking), relation.Span{}, nil)
	none("newest rows", h.View(kivi.Read, relation.Current), relation.Span{}, nil)
	prefix := s.schema.AppendKey(nil, s.schema.Primary.ID)
	none("no row", view, relation.Span{Lo: append(prefix, 1), Hi: append(prefix[:len(prefix):len(prefix)], 2)}, s.schema.Primary)
}
