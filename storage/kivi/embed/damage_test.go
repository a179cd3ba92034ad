package embed

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// newestLog returns the store's newest log and how much of it is used: logs are
// preallocated with zeros.
func newestLog(t *testing.T, dir string) (path string, content []byte, used int) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	ok(t, err)
	slices.Sort(logs)
	if len(logs) == 0 {
		t.Fatal("the store has no log")
	}
	path = logs[len(logs)-1]
	content, err = os.ReadFile(path)
	ok(t, err)
	return path, content, len(bytes.TrimRight(content, "\x00"))
}

// crashCopy copies the files of a running store, as a crash would leave them.
func crashCopy(t *testing.T, from string) (to string) {
	t.Helper()
	to = filepath.Join(t.TempDir(), "copy")
	ok(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

// TestDamagedLogIsRefused flips one bit of a log all of whose commits were
// acknowledged. Opening must say so: what follows the bit must not be dropped
// silently. It covers a store that was never reopened, and the last block.
func TestDamagedLogIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	o := Options{Dir: dir, CacheBytes: 8 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	const commits = 300
	for i := range commits {
		x := begin(t, e, kv.RepeatableRead)
		ok(t, x.Put(fmt.Appendf(nil, "k%04d", i), bytes.Repeat([]byte("v"), 300)))
		ok(t, x.Commit(bg))
	}
	_, _, end := newestLog(t, dir)
	ok(t, e.sealLog(bg))
	for _, at := range []int{end / 10, end / 2, end - 2000, end - 310, end - 5} {
		o.Dir = crashCopy(t, dir)
		path, log, _ := newestLog(t, o.Dir)
		log[at] ^= 0x10
		ok(t, os.WriteFile(path, log, 0o600))
		damaged, err := Open(o)
		if err == nil {
			x := begin(t, damaged, kv.RepeatableRead)
			it, _ := x.Iter(bg, []byte("k"), []byte("l"), false)
			n := 0
			for it.Next() {
				n++
			}
			t.Fatalf("bit at %d of %d: opened with %d of %d commits", at, end, n, commits)
		}
		if !errors.Is(err, kv.ErrCorrupt) || !strings.Contains(err.Error(), "hint: ") {
			t.Errorf("bit at %d: %v, want kv.ErrCorrupt with a hint", at, err)
		}
	}
	// The same copy without damage opens, with everything.
	o.Dir = crashCopy(t, dir)
	healthy, err := Open(o)
	ok(t, err)
	x := begin(t, healthy, kv.RepeatableRead)
	if got := read(t, x, fmt.Sprintf("k%04d", commits-1)); len(got) != 300 {
		t.Errorf("the last commit is %q", got)
	}
	ok(t, x.Rollback())
	ok(t, healthy.Close())
	ok(t, e.Close())
}

// TestDamagedTable flips a bit in a table: reads fail, loudly and typed.
func TestDamagedTable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	o := Options{Dir: dir, CacheBytes: 8 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	x := begin(t, e, kv.RepeatableRead)
	for i := range 5000 {
		ok(t, x.Put(fmt.Appendf(nil, "k%06d", i), fmt.Appendf(nil, "value %d %d", i, i*7919)))
	}
	ok(t, x.Commit(bg))
	ok(t, e.Close()) // flushes
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	ok(t, err)
	if len(tables) != 1 {
		t.Fatalf("tables %v, want one", tables)
	}
	b, err := os.ReadFile(tables[0])
	ok(t, err)
	b[len(b)/3] ^= 1
	ok(t, os.WriteFile(tables[0], b, 0o600))
	e, err = Open(o)
	ok(t, err)
	x = begin(t, e, kv.RepeatableRead)
	it, err := x.Iter(bg, []byte("k"), []byte("l"), false)
	ok(t, err)
	n := 0
	for it.Next() {
		n++
	}
	if !errors.Is(it.Err(), kv.ErrCorrupt) || n >= 5000 {
		t.Errorf("scan of a damaged table: %d rows, %v", n, it.Err())
	}
	_ = it.Close() // reports the damage once more
	ok(t, x.Rollback())
	_ = e.Close()
}

// TestSealWhenIdle: the engine seals by itself once commits cease.
func TestSealWhenIdle(t *testing.T) {
	e := openTest(t, func(o *Options) { o.SealAfter = 1 })
	for i := range 3 {
		ok(t, <-startPut(t, e, "a", "1"))
		until(t, "the log is sealed", func() bool { return e.stats.seals.Load() > int64(i) })
	}
	ok(t, e.Close())
}

// TestSealsDoNotPileUp: seals alone must not grow the log without end.
func TestSealsDoNotPileUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	e, err := Open(Options{Dir: dir, CacheBytes: 8 << 20, Logger: quiet, SealAfter: -1})
	ok(t, err)
	first, _, _ := newestLog(t, dir)
	e.seal.sinceFlush = restFlushBytes - 2*sealBytes
	for range 2 {
		ok(t, <-startPut(t, e, "a", "1"))
		ok(t, e.sealLog(bg))
	}
	until(t, "a new log is begun", func() bool { path, _, _ := newestLog(t, dir); return path != first })
	ok(t, e.Close())
}

// TestFailedSyncIsNeverAcknowledged fails the log's fsync while clients commit.
// The process would exit; here Fatal returns, and nobody may get a nil.
func TestFailedSyncIsNeverAcknowledged(t *testing.T) {
	var failing atomic.Bool
	var fatal atomic.Int64
	disk := vfs.NewCrashableMem()
	o := memOptions()
	o.SealAfter = -1
	o.Fatal = func(string) { fatal.Add(1) }
	o.FS = errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if failing.Load() && isLogSync(op) {
			return errors.New("injected EIO")
		}
		return nil
	}))
	e, err := Open(o)
	ok(t, err)
	ok(t, <-startPut(t, e, "before", "1"))
	failing.Store(true)
	var pending []<-chan error
	for i := range 8 {
		pending = append(pending, startPut(t, e, fmt.Sprintf("during%d", i), "1"))
	}
	for i, done := range pending {
		if err := <-done; !errors.Is(err, kv.ErrUndetermined) && !errors.Is(err, kv.ErrClosed) {
			t.Errorf("commit %d during the failure: %v", i, err)
		}
	}
	if fatal.Load() == 0 {
		t.Error("Fatal was not called")
	}
	x := begin(t, e, kv.RepeatableRead)
	for i := range pending {
		if got := read(t, x, fmt.Sprintf("during%d", i)); got != "-" {
			t.Errorf("during%d is visible: %s", i, got)
		}
	}
	ok(t, x.Rollback())
	failing.Store(false)
	if err := <-startPut(t, e, "after", "1"); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("commit after the failure: %v, want kv.ErrClosed", err)
	}
	if err := e.DeleteRange(bg, []byte("a"), []byte("b")); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("delete range after the failure: %v, want kv.ErrClosed", err)
	}
	_ = e.Close()
	o.FS = disk.CrashClone(vfs.CrashCloneCfg{})
	e, err = Open(o)
	ok(t, err)
	x = begin(t, e, kv.RepeatableRead)
	if got := read(t, x, "before"); got != "1" {
		t.Errorf("the acknowledged commit is %q", got)
	}
	ok(t, x.Rollback())
	ok(t, e.Close())
}
