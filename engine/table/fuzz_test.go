package table

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// fuzzSchema is a table with all types and, where they can be, an index on each.
func fuzzSchema(tb testing.TB) *schema {
	tb.Helper()
	rec := &catalog.Table{ID: 5000, Data: 5000, Name: "t"}
	for i, ct := range columnTypes {
		c := catalog.Column{ID: uint16(i + 1), Name: ct.text, Type: ct.text, NotNull: i == 0}
		rec.Columns = append(rec.Columns, c)
	}
	rec.Indexes = []catalog.Index{{Name: primaryName, Primary: true, Columns: []catalog.IndexColumn{{Column: 1}}}}
	if err := setLayout(rec); err != nil {
		tb.Fatal(err)
	}
	s, err := parseSchema(rec, "d")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// FuzzStoredRow: damaged rows and index entries give errors, never a panic, and
// what is read can be printed.
func FuzzStoredRow(f *testing.F) {
	s := fuzzSchema(f)
	ctx := sql.NewEmptyContext()
	r := rand.New(rand.NewPCG(1, 1))
	seeds := 0
	for range 20 {
		row := make(sql.Row, len(columnTypes))
		for i, ct := range columnTypes {
			row[i], _, _ = s.cols[i].def.Type.Convert(ctx, ct.random(r))
		}
		datums, err := s.datums(ctx, row)
		if err != nil {
			f.Fatal(err)
		}
		key, err := s.rowKey(ctx, row)
		if err != nil {
			f.Fatal(err)
		}
		enc, err := s.encode(key, datums)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(key, enc.value)
		f.Add(key, []byte{suffixInKey, 0, byte(len(key) - 1)})
		f.Add(key, append([]byte{suffixInValue}, key...))
		seeds++
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	noChunks := func(_ context.Context, keys [][]byte) ([][]byte, error) { return make([][]byte, len(keys)), nil }
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if len(key) < codec.HeaderBytes {
			return
		}
		if rowKey, err := s.entryRowKey(key, value); err == nil && len(rowKey) <= codec.HeaderBytes {
			t.Errorf("entry %x %x leads to the bare header %x", key, value, rowKey)
		}
		row, err := s.decode(ctx, key, value, s.all, noChunks)
		if err != nil {
			return
		}
		for i, v := range row {
			if v == nil {
				continue
			}
			if _, err := s.cols[i].storage.datum(ctx, v); err != nil {
				t.Logf("%s: %v cannot be written again: %v", columnTypes[i].text, v, err)
			}
		}
	})
}
