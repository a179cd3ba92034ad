package table

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// FuzzStoredRow: damaged rows give errors, never a panic, and what is read can
// be printed.
func FuzzStoredRow(f *testing.F) {
	s := allTypes(f)
	txn, view, w := stored(f, s)
	ctx := sql.NewEmptyContext()
	r := rand.New(rand.NewPCG(1, 1))
	raw := txn.Table(s.rec.Data, kivi.Internal("test damages rows"), kivi.Read|kivi.Insert)
	lo, hi := codec.IndexBounds(codec.SpaceData, s.rec.Data, codec.IndexRows)
	for range 20 {
		row := make(sql.Row, len(columnTypes))
		for i, ct := range columnTypes {
			row[i], _, _ = s.cols[i].def.Type.Convert(ctx, ct.random(r))
		}
		noErr(f, w.insert(ctx, row))
	}
	seeds := 0
	scan, err := raw.CurrentScan(ctx, lo, hi, false)
	noErr(f, err)
	for scan.Next() {
		f.Add(append([]byte{}, scan.Value()...))
		seeds++
	}
	noErr(f, scan.Close())
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	empty := txn.Mark()
	f.Fuzz(func(t *testing.T, value []byte) {
		if len(value) == 0 || len(value) > kv.MaxValueBytes {
			return
		}
		defer func() { noErr(t, txn.RollbackTo(empty)) }()
		key := codec.AppendUint(s.AppendKey(nil, codec.IndexRows), 1<<40, 8)
		noErr(t, raw.PutEntry(ctx, key, value))
		reader, err := view.Lookup(ctx, &relation.Index{Primary: true}, []relation.Span{{Lo: key, Point: true}}, s.All(), false)
		noErr(t, err)
		defer reader.Close()
		datums, err := reader.Next(context.Background())
		if err != nil || datums == nil {
			return
		}
		row, err := s.values(context.Background(), datums, s.all)
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
