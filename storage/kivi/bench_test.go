package kivi

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

const benchObject = 2000

// benchDB holds n rows of 100 bytes, flushed to tables and cached.
func benchDB(b *testing.B, n int) *DB {
	b.Helper()
	db, err := Open(Options{Dir: filepath.Join(b.TempDir(), "db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ok(b, db.Close()) })
	i, val := -1, make([]byte, 100)
	rng := rand.New(rand.NewPCG(1, 1))
	err = db.Bulk(bg, benchObject, testWork, func() ([]byte, []byte, bool, error) {
		i++
		for j := range val[:50] {
			val[j] = byte(rng.Uint32())
		}
		return benchKey(i), val, i < n, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

func benchKey(i int) []byte {
	return codec.AppendInt(codec.AppendHeader(make([]byte, 0, 16), codec.SpaceData, benchObject, codec.IndexRows), int64(i), 8)
}

// BenchmarkCommit is a whole transaction: lock, read the newest, write, commit
// with fsync, from 1, 16 and 64 clients on different rows, and on one row.
func BenchmarkCommit(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		for _, hot := range []bool{false, true} {
			if hot && clients == 1 {
				continue
			}
			name := fmt.Sprintf("clients=%d/hot=%v", clients, hot)
			b.Run(name, func(b *testing.B) { benchCommit(b, clients, hot) })
		}
	}
}

func benchCommit(b *testing.B, clients int, hot bool) {
	const rows = 100_000
	db := benchDB(b, rows)
	work := make(chan struct{}, clients)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 1))
			for range work {
				key := benchKey(0)
				if !hot {
					key = benchKey(rng.IntN(rows))
				}
				if err := benchUpdate(db, key); err != nil {
					b.Error(err)
				}
			}
		})
	}
	before, _ := db.Stats()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	b.StopTimer()
	after, _ := db.Stats()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	b.ReportMetric(float64(after.Commits-before.Commits)/float64(max(1, after.Groups-before.Groups)), "commits/group")
}

func benchUpdate(db *DB, key []byte) error {
	x, err := db.Begin(bg, kv.TxnOptions{})
	if err != nil {
		return err
	}
	defer x.Rollback()
	tab := x.Table(benchObject, testWork, Update)
	v, err := tab.LockGet(bg, key)
	if err != nil {
		return err
	}
	if err := tab.Put(bg, key, v); err != nil {
		return err
	}
	return x.Commit(bg)
}

// BenchmarkGet reads random cached rows, singly and in sorted batches.
func BenchmarkGet(b *testing.B) {
	const rows = 200_000
	db := benchDB(b, rows)
	x := begin(b, db)
	defer x.Rollback()
	tab := x.Table(benchObject, testWork, Read)
	rng := rand.New(rand.NewPCG(1, 1))
	b.Run("single", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tab.Get(bg, benchKey(rng.IntN(rows))); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("own transaction", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x, err := db.Begin(bg, kv.TxnOptions{})
			ok(b, err)
			if _, err := x.Table(benchObject, testWork, Read).Get(bg, benchKey(rng.IntN(rows))); err != nil {
				b.Fatal(err)
			}
			ok(b, x.Rollback())
		}
	})
	b.Run("batch of 100 near", func(b *testing.B) {
		keys := make([][]byte, 100)
		b.ReportAllocs()
		for b.Loop() {
			from := rng.IntN(rows - 1000)
			for i := range keys {
				keys[i] = benchKey(from + 10*i)
			}
			if _, err := tab.GetBatch(bg, keys); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/key")
	})
}

// BenchmarkScan walks 10,000 rows; an operation is one row.
func BenchmarkScan(b *testing.B) {
	const rows = 200_000
	db := benchDB(b, rows)
	kinds := []struct {
		name string
		open func(*Table, []byte, []byte) (*Scan, error)
	}{
		{"forward", func(t *Table, lo, hi []byte) (*Scan, error) { return t.Scan(bg, lo, hi, false) }},
		{"reverse", func(t *Table, lo, hi []byte) (*Scan, error) { return t.Scan(bg, lo, hi, true) }},
		{"lock", func(t *Table, lo, hi []byte) (*Scan, error) { return t.LockScan(bg, lo, hi, false) }},
	}
	for _, k := range kinds {
		for _, own := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/own=%v", k.name, own), func(b *testing.B) {
				x := begin(b, db)
				defer x.Rollback()
				tab := x.Table(benchObject, newGuard(benchObject, all), all)
				for i := 0; own && i < 100; i++ {
					ok(b, tab.PutEntry(bg, benchKey(100*i), []byte("own")))
				}
				b.ReportAllocs()
				n := 0
				for n < b.N {
					s, err := k.open(tab, benchKey(0), benchKey(10_000))
					ok(b, err)
					for n < b.N && s.Next() {
						_ = s.Value()
						n++
					}
					ok(b, s.Err())
					ok(b, s.Close())
				}
			})
		}
	}
}
