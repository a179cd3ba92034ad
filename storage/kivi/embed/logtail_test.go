package embed

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// bigCommits makes a store with commits of size bytes, each acknowledged, in a log
// that is not sealed, and says where each ended.
func bigCommits(t *testing.T, commits, size int) (o Options, e *Engine, ends []int) {
	t.Helper()
	o = Options{Dir: filepath.Join(t.TempDir(), "db"), CacheBytes: 8 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	for i := range commits {
		x := begin(t, e, kv.RepeatableRead)
		ok(t, x.Put(fmt.Appendf(nil, "k%04d", i), bytes.Repeat([]byte("v"), size)))
		ok(t, x.Commit(bg))
		_, _, used := newestLog(t, o.Dir)
		ends = append(ends, used)
	}
	return o, e, ends
}

// reopen opens a copy of the store with its newest log changed, and counts the
// commits that are there.
func reopen(t *testing.T, o Options, change func(log []byte) []byte) (int, error) {
	t.Helper()
	o.Dir = crashCopy(t, o.Dir)
	path, log, _ := newestLog(t, o.Dir)
	ok(t, os.WriteFile(path, change(log), 0o600))
	return countRows(t, o)
}

// countRows opens a store and counts what is in it.
func countRows(t *testing.T, o Options) (int, error) {
	t.Helper()
	e, err := Open(o)
	if err != nil {
		return 0, err
	}
	defer e.Close()
	x := begin(t, e, kv.RepeatableRead)
	defer x.Rollback()
	it, err := x.Iter(bg, []byte("k"), []byte("l"), false)
	ok(t, err)
	defer it.Close()
	n := 0
	for it.Next() {
		n++
	}
	return n, it.Err()
}

// A bit that flips anywhere but in the newest commit is told, also near the end of a
// log of large records, and in the last block, which nothing seals.
func TestDamageNearTheEnd(t *testing.T) {
	const commits = 60
	o, e, ends := bigCommits(t, commits, 10_000)
	defer e.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	first := ends[0] + 100
	for range 40 {
		// The newest commit promises the one before it.
		at := first + rng.IntN(ends[commits-2]-first)
		if n, err := reopen(t, o, func(log []byte) []byte { log[at] ^= 0x10; return log }); !errors.Is(err, kv.ErrCorrupt) {
			t.Errorf("bit at %d of %d: opened with %d of %d commits, %v", at, ends[commits-1], n, commits, err)
		}
	}
	ok(t, e.sealLog(bg))
	for _, at := range []int{ends[commits-2] + 50, ends[commits-1] - 5} {
		if n, err := reopen(t, o, func(log []byte) []byte { log[at] ^= 1; return log }); !errors.Is(err, kv.ErrCorrupt) {
			t.Errorf("bit of the sealed last commit: opened with %d of %d commits, %v", n, commits, err)
		}
	}
}

// A log that ends in the middle is none the worse: what was not synced may be torn in
// any way.
func TestTornTailIsNoDamage(t *testing.T) {
	const commits = 20
	o, e, ends := bigCommits(t, commits, 3_000)
	defer e.Close()
	last, end := ends[commits-2], ends[commits-1]
	for name, change := range map[string]func([]byte) []byte{
		"cut":            func(log []byte) []byte { return log[:last+700] },
		"zeros":          func(log []byte) []byte { clear(log[last+700:]); return log },
		"zeros between":  func(log []byte) []byte { clear(log[last+700 : end-100]); return log },
		"other bytes":    func(log []byte) []byte { copy(log[last+40:end], bytes.Repeat([]byte{0xA5}, end)); return log },
		"nothing behind": func(log []byte) []byte { return log[:last] },
	} {
		if n, err := reopen(t, o, change); err != nil || n != commits-1 {
			t.Errorf("%s: %d of %d commits, %v", name, n, commits, err)
		}
	}
	if n, err := reopen(t, o, func(log []byte) []byte { return log }); err != nil || n != commits {
		t.Errorf("unchanged: %d of %d commits, %v", n, commits, err)
	}
}

// A log is longer than what was written to it, and what is behind that is its end.
func TestLogGrowsAhead(t *testing.T) {
	const commits = 60
	o, e, ends := bigCommits(t, commits, 100_000)
	defer e.Close()
	_, log, used := newestLog(t, o.Dir)
	f := &logFile{}
	if lengthen(^uintptr(0), 0, 1) == nil {
		t.Error("a file that is not open grows")
	}
	if f.grow(1); f.size != 0 {
		t.Error("a file grows that cannot")
	}
	if used != ends[commits-1] || len(log) < used+100_000 || len(log) > used+growBytes {
		t.Errorf("a log of %d bytes for %d", len(log), used)
	}
	if n, err := reopen(t, o, func(log []byte) []byte { return log }); err != nil || n != commits {
		t.Errorf("%d of %d commits, %v", n, commits, err)
	}
}

// FuzzCheckLog: no bytes make it panic or loop, and it has one answer.
func FuzzCheckLog(f *testing.F) {
	f.Add([]byte{}, uint32(1))
	f.Add(bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0}, 4000), uint32(1))
	f.Add(append(make([]byte, logBlockBytes), 1, 2, 3), uint32(7))
	f.Fuzz(func(t *testing.T, log []byte, number uint32) {
		if err := checkLog(bytes.NewReader(log), number); err != nil && !errors.Is(err, errDamaged) {
			t.Error(err)
		}
		promise(log, 0, 5)
	})
}
