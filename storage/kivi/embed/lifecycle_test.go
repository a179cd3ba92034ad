package embed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

func TestOptionsNamesEveryFault(t *testing.T) {
	_, err := Open(Options{CacheBytes: -1, MemtableBytes: 1 << 40})
	for _, want := range []string{"Dir is empty", "CacheBytes", "1 GiB"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
}

// TestDirectoryInUse: a second opener, in this process or another, is told.
func TestDirectoryInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	e, err := Open(crashOptions(dir))
	ok(t, err)
	_, err = Open(crashOptions(dir))
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("this process: %v, want ErrInUse with a hint", err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDirEnv+"="+dir)
	out, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(out), ErrInUse.Error()) {
		t.Errorf("another process: %v: %s", err, out)
	}
	ok(t, e.Close())
	e, err = Open(crashOptions(dir))
	ok(t, err)
	ok(t, e.Close())
}

func TestCloseWaitsForTransactions(t *testing.T) {
	e := openTest(t, func(o *Options) { o.CloseWait = long })
	x := begin(t, e, kv.RepeatableRead)
	read(t, x, "a")
	ok(t, x.Put([]byte("a"), []byte("1")))
	it, err := x.Iter(bg, []byte("a"), []byte("b"), false)
	ok(t, err)
	closed := make(chan error, 1)
	go func() { closed <- e.Close() }()
	until(t, "closing", e.open.closing.Load)
	if _, err := e.Begin(bg, kv.TxnOptions{}); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("begin while closing: %v", err)
	}
	unfinished(t, "close", closed)
	ok(t, x.Commit(bg)) // whoever was there may finish
	unfinished(t, "close", closed)
	ok(t, it.Close())
	ok(t, <-closed)
	if n, _ := e.snapshots.oldest(); n != 0 {
		t.Errorf("%d snapshots are left after Close", n)
	}
	if s := e.Stats(); s != (Stats{}) {
		t.Errorf("stats after Close: %+v", s)
	}
}

func TestCloseGivesUpOnAForgottenTransaction(t *testing.T) {
	e := openTest(t, func(o *Options) { o.CloseWait = time.Millisecond })
	x := begin(t, e, kv.RepeatableRead)
	read(t, x, "a")
	err := e.Close()
	if err == nil || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("close with an open transaction: %v", err)
	}
	if got := read(t, x, "a"); got != "-" {
		t.Errorf("the forgotten transaction reads %q", got)
	}
	ok(t, x.Rollback())
}

func TestSnapshotsAreShared(t *testing.T) {
	e := openTest(t, nil)
	age := func() (n int) { return e.Stats().Snapshots }
	var open []*Txn
	for range 10 {
		x := begin(t, e, kv.RepeatableRead)
		read(t, x, "a")
		open = append(open, x)
	}
	if n := age(); n != 1 {
		t.Errorf("10 readers of one state hold %d snapshots", n)
	}
	ok(t, <-startPut(t, e, "a", "1"))
	until(t, "the second snapshot", func() bool { return age() == 2 })
	if s := e.Stats(); s.OldestSnapshot <= 0 || s.OpenTransactions != 10 {
		t.Errorf("stats %+v", s)
	}
	for _, x := range open {
		ok(t, x.Rollback())
	}
	if n := age(); n != 1 {
		t.Errorf("%d snapshots are left for nobody", n)
	}
	ok(t, e.Close())
}

// TestCheckpointUnderLoad: every checkpoint taken while clients commit opens
// and holds a state that existed.
func TestCheckpointUnderLoad(t *testing.T) {
	o := memOptions()
	e, err := Open(o)
	ok(t, err)
	w := &workload{e: e, bigEvery: 20, ack: func(int, uint64) {}}
	ok(t, w.fill())
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for id := range 4 {
		wg.Go(func() {
			if err := w.client(id, 1, stop); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range 12 {
		o.Dir = fmt.Sprintf("checkpoint%d", i)
		ok(t, e.Checkpoint(bg, o.Dir))
		c, err := Open(o)
		if err != nil {
			t.Fatalf("checkpoint %d does not open: %v", i, err)
		}
		ok(t, (&workload{e: c}).verify(nil))
		ok(t, c.Close())
	}
	if err := e.Checkpoint(bg, o.Dir); err == nil {
		t.Error("a checkpoint overwrote another")
	}
	close(stop)
	wg.Wait()
	ok(t, e.Close())
}

// TestBulkLeavesNoFiles: neither a success, nor a failure, nor a crash leaves
// tables lying about after the next start.
func TestBulkLeavesNoFiles(t *testing.T) {
	disk := vfs.NewMem()
	set := func(o *Options) { o.FS = disk }
	e := openTest(t, set)
	files := func() []string {
		names, _ := disk.List("db/bulk")
		return names
	}
	boom := errors.New("boom")
	for _, fail := range []error{nil, boom} {
		n := 0
		err := e.Bulk(bg, func() ([]byte, []byte, bool, error) {
			if n++; n > 100 {
				return nil, nil, false, fail
			}
			return fmt.Appendf(nil, "%v/%04d", fail, n), []byte("v"), true, nil
		})
		if !errors.Is(err, fail) {
			t.Errorf("bulk: %v, want %v", err, fail)
		}
		if f := files(); len(f) != 0 {
			t.Errorf("left behind: %v", f)
		}
	}
	ok(t, e.Close())
	ok(t, disk.MkdirAll("db/bulk", 0o700))
	f, err := disk.Create("db/bulk/7.sst", vfs.WriteCategoryUnspecified)
	ok(t, err)
	ok(t, f.Close())
	e = openTest(t, set)
	if f := files(); len(f) != 0 {
		t.Errorf("a crash's tables survive the start: %v", f)
	}
	ok(t, e.Close())
}

func TestTransactionLimit(t *testing.T) {
	e := openTest(t, func(o *Options) { o.MaxTxnBytes = 100 })
	x := begin(t, e, kv.RepeatableRead)
	ok(t, x.Put([]byte("a"), make([]byte, 90)))
	if err := x.Put([]byte("b"), make([]byte, 20)); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("write set over the limit: %v", err)
	}
	ok(t, x.Put([]byte("b"), make([]byte, 5))) // still usable
	ok(t, x.Commit(bg))
	ok(t, e.Close())
}

func TestQuiesceHonoursContext(t *testing.T) {
	e := openTest(t, nil)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := e.Quiesce(ctx, func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("quiesce: %v", err)
	}
	ok(t, e.Close())
}

// TestScanFlushesOldVersions: a queue-like table does not stay slow, nor do a few rows of it that are
// read again and again.
func TestScanFlushesOldVersions(t *testing.T) {
	scanFlushes(t, 100, 1)
	scanFlushes(t, 10, 5000)
}

// scanFlushes reads so many rows with 300 versions each, often at most.
func scanFlushes(t *testing.T, rows, often int) {
	e := openTest(t, func(o *Options) { o.MemtableBytes = 64 << 20 })
	steps := func() int {
		x := begin(t, e, kv.RepeatableRead)
		defer x.Rollback()
		it, err := x.Iter(bg, []byte("q"), []byte("r"), false)
		ok(t, err)
		for it.Next() {
		}
		ok(t, it.Err())
		stats := it.(*mergeIter).lsm.Stats()
		ok(t, it.Close())
		return stats.ForwardStepCount[pebble.InternalIterCall]
	}
	for range 300 {
		x := begin(t, e, kv.RepeatableRead)
		for i := range rows {
			ok(t, x.Put(fmt.Appendf(nil, "q%02d", i), make([]byte, 100+3000/rows)))
		}
		ok(t, x.Commit(bg))
	}
	if n := steps(); (n < oldVersionSteps) != (often > 1) || n < 100*rows {
		t.Fatalf("%d rows of 300 versions took %d steps", rows, n)
	}
	for range often {
		if steps() < 10*rows {
			break
		}
	}
	until(t, "the old versions are gone", func() bool { return steps() < 1000 })
	if n := e.Stats().ScanFlushes; n == 0 {
		t.Error("no scan asked for a flush")
	}
	ok(t, e.Close())
}

// TestCloseAfterAConflict: a group all of whose members are refused goes to nobody.
// It was sent to the syncer all the same, when nothing kept Close from closing the
// way there: with bad luck the process ended. The race detector sees it.
func TestCloseAfterAConflict(t *testing.T) {
	for range 20 {
		e := openTest(t, nil)
		a, b := begin(t, e, kv.Serializable), begin(t, e, kv.Serializable)
		read(t, b, "k")
		ok(t, b.Put([]byte("other"), []byte("1")))
		ok(t, a.Put([]byte("k"), []byte("1")))
		ok(t, a.Commit(bg))
		var refused <-chan error
		ok(t, e.Quiesce(bg, func() error { // holds the lead, so another goroutine serves the commit
			refused = start(b)
			until(t, "the commit is queued", func() bool { return e.queued() == 1 })
			return nil
		}))
		if err := <-refused; !errors.Is(err, kv.ErrConflict) {
			t.Fatalf("the second commit: %v, want kv.ErrConflict", err)
		}
		ok(t, e.Close())
	}
}
