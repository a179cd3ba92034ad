package relation_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// sequenceGuard allows what it says, on one object.
type sequenceGuard struct {
	data kivi.ObjectID
	may  atomic.Uint32
}

func (g *sequenceGuard) Allows(data kivi.ObjectID, want kivi.Rights) bool {
	return data == g.data && kivi.Rights(g.may.Load())&want == want
}
func (g *sequenceGuard) Epoch() uint64                                { return uint64(g.may.Load()) }
func (g *sequenceGuard) Restricted(kivi.ObjectID, kivi.Rights) uint64 { return 0 }

func newSequence(cache uint64) *catalog.Sequence {
	return &catalog.Sequence{ID: 2000, Data: 2000, Type: "bigint", Start: 1, First: 1, Increment: 1, Min: 1, Max: 1 << 62, Cache: cache}
}

func allow(data kivi.ObjectID, may kivi.Rights) *sequenceGuard {
	g := &sequenceGuard{data: data}
	g.may.Store(uint32(may))
	return g
}

func openNumbers(t *testing.T, dir string) *kivi.DB {
	t.Helper()
	db, err := kivi.Open(kivi.Options{Dir: dir, InMemory: dir == "", CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	ok(t, err)
	return db
}

// Every number is asked for, those that were reserved before, too.
func TestSequenceAsksTheGuard(t *testing.T) {
	db := openNumbers(t, "")
	defer db.Close()
	all, rec := relation.NewSequences(db), newSequence(100)
	g := allow(rec.Data, kivi.Use|kivi.Read)
	if n, err := all.Next(bg, g, rec); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for _, may := range []kivi.Rights{0, kivi.Read, kivi.Insert | kivi.Update | kivi.Alter} {
		g.may.Store(uint32(may))
		if n, err := all.Next(bg, g, rec); !errors.Is(err, kivi.ErrDenied) {
			t.Errorf("%s: took %d, %v", may, n, err)
		}
		if _, err := all.Raise(bg, g, rec, 500, true, 0); !errors.Is(err, kivi.ErrDenied) {
			t.Errorf("%s: raised, %v", may, err)
		}
		if _, _, err := all.Current(bg, g, rec); (err == nil) != (may&kivi.Read != 0) {
			t.Errorf("%s: current %v", may, err)
		}
		if _, done, err := all.Move(bg, g, rec); (err == nil) != (may&kivi.Alter != 0) {
			t.Errorf("%s: moved %v", may, err)
		} else if err == nil {
			done(0)
		}
	}
	for name, nobody := range map[string]kivi.Guard{"nil": nil, "of another object": allow(2001, kivi.Use|kivi.Read|kivi.Alter)} {
		if _, err := all.Next(bg, nobody, rec); !errors.Is(err, kivi.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := all.State(bg, nobody, rec); !errors.Is(err, kivi.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	g.may.Store(uint32(kivi.Use))
	if n, err := all.Next(bg, g, rec); n != 2 || err != nil {
		t.Errorf("took %d, %v", n, err)
	}
}

// A number comes once, whoever asks and however often the store is opened.
func TestSequenceNeverTwice(t *testing.T) {
	dir, rec := t.TempDir(), newSequence(20)
	g := allow(rec.Data, kivi.Use)
	seen := map[int64]bool{}
	var mu sync.Mutex
	for range 4 {
		db := openNumbers(t, dir)
		all := relation.NewSequences(db)
		var takers sync.WaitGroup
		for range 8 {
			takers.Go(func() {
				for range 40 {
					n, err := all.Next(bg, g, rec)
					mu.Lock()
					if err != nil || seen[n] {
						t.Errorf("%d: twice %v, %v", n, seen[n], err)
					}
					seen[n] = true
					mu.Unlock()
				}
			})
		}
		takers.Wait()
		ok(t, db.Close())
	}
	if len(seen) != 4*8*40 {
		t.Errorf("%d numbers", len(seen))
	}
}

// The numbers are those of a simple model, for all kinds of bounds.
func TestSequenceAgainstModel(t *testing.T) {
	db := openNumbers(t, "")
	defer db.Close()
	rng := rand.New(rand.NewPCG(7, 8))
	for round := range 200 {
		rec := newSequence(uint64(rng.IntN(6)))
		rec.ID, rec.Data = catalog.ID(3000+round), catalog.ID(3000+round)
		rec.Increment = int64(rng.IntN(9) - 4)
		if rec.Increment == 0 {
			rec.Increment = 1 << 61
		}
		rec.Min = int64(rng.IntN(20) - 10)
		rec.Max = rec.Min + 1 + int64(rng.IntN(20))
		rec.First = rec.Min + int64(rng.IntN(int(rec.Max-rec.Min+1)))
		rec.Cycle = rng.IntN(2) == 0
		g, all := allow(rec.Data, kivi.Use|kivi.Read), relation.NewSequences(db)
		next, ended := rec.First, false
		for range 60 {
			got, err := all.Next(bg, g, rec)
			if ended && rec.Cycle {
				if next, ended = rec.Min, false; rec.Increment < 0 {
					next = rec.Max
				}
			}
			if ended {
				if !errors.Is(err, relation.ErrSequenceEnd) {
					t.Fatalf("%+v: took %d behind the end, %v", rec, got, err)
				}
				continue
			}
			if err != nil || got != next {
				t.Fatalf("%+v: took %d, %v; want %d", rec, got, err, next)
			}
			if last, has, err := all.Current(bg, g, rec); err != nil || !has || last != got {
				t.Fatalf("%+v: current is %d, %t, %v; want %d", rec, last, has, err, got)
			}
			if next += rec.Increment; next > rec.Max || next < rec.Min {
				ended = true
			}
		}
	}
}

// What lies under a sequence is read as it was written, or not at all.
func TestSequenceDamage(t *testing.T) {
	db := openNumbers(t, "")
	defer db.Close()
	rec := newSequence(10)
	all := relation.NewSequences(db)
	_, err := all.Next(bg, allow(rec.Data, kivi.Use), rec)
	ok(t, err)
	check := func(rec *catalog.Sequence) string {
		txn, err := db.Begin(bg, kv.TxnOptions{ReadOnly: true})
		ok(t, err)
		defer func() { ok(t, txn.Rollback()) }()
		what, err := relation.CheckSequence(bg, txn, rec)
		ok(t, err)
		return what
	}
	if what := check(rec); what != "" {
		t.Error(what)
	}
	other := *rec
	other.Min, other.First, other.Start = 100, 100, 100
	if check(&other) == "" {
		t.Error("a number outside of the bounds is not found")
	}
	if n, err := relation.NewSequences(db).Next(bg, allow(rec.Data, kivi.Use), &other); !errors.Is(err, kv.ErrCorrupt) {
		t.Errorf("took %d, %v", n, err)
	}
}
