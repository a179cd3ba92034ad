package embed

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var bg = context.Background()

const long = 30 * time.Second

// gate holds back every fsync of the log while it is shut.
type gate struct {
	mu   sync.Mutex
	cond *sync.Cond
	shut bool
}

func newGate() *gate {
	g := &gate{}
	g.cond = sync.NewCond(&g.mu)
	return g
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	g.shut = shut
	g.mu.Unlock()
	g.cond.Broadcast()
}

// MaybeError implements errorfs.Injector.
func (g *gate) MaybeError(op errorfs.Op) error {
	if isLogSync(op) {
		g.mu.Lock()
		for g.shut {
			g.cond.Wait()
		}
		g.mu.Unlock()
	}
	return nil
}

func (g *gate) String() string { return "gate" }

func isLogSync(op errorfs.Op) bool {
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
		return strings.HasSuffix(op.Path, ".log")
	}
	return false
}

func gatedEngine(t *testing.T) (*Engine, *gate) {
	g := newGate()
	return openTest(t, func(o *Options) {
		o.FS = errorfs.Wrap(vfs.NewMem(), g)
		o.SealAfter = -1
	}), g
}

func begin(t testing.TB, e *Engine, iso kv.Isolation) *Txn {
	t.Helper()
	x, err := e.Begin(bg, kv.TxnOptions{Isolation: iso})
	if err != nil {
		t.Fatal(err)
	}
	return x.(*Txn)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, r kv.Reader, key string) string {
	t.Helper()
	v, err := r.Get(bg, []byte(key))
	if errors.Is(err, kv.ErrNotFound) {
		return "-"
	}
	ok(t, err)
	return string(v)
}

// startPut starts a commit of key=val in the background.
func startPut(t *testing.T, e *Engine, key, val string) <-chan error {
	t.Helper()
	x := begin(t, e, kv.RepeatableRead)
	ok(t, x.Lock(bg, long, []byte(key)))
	ok(t, x.Put([]byte(key), []byte(val)))
	return start(x)
}

func start(x *Txn) <-chan error {
	done := make(chan error, 1)
	go func() { done <- x.Commit(bg) }()
	return done
}

func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(long); !cond(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func (e *Engine) queued() int {
	e.commit.mu.Lock()
	defer e.commit.mu.Unlock()
	return len(e.commit.queue)
}

// applied waits until n commits are applied; with the gate shut none of them
// is durable.
func applied(t *testing.T, e *Engine, csn uint64) {
	t.Helper()
	until(t, fmt.Sprintf("commit %d is applied, and seen", csn), func() bool {
		if e.appliedCSN.Load() < csn {
			return false
		}
		s := acquire(&e.applied)
		defer s.unref()
		return s.csn >= csn
	})
}

func unfinished(t *testing.T, what string, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		t.Fatalf("%s ended before it was durable: %v", what, err)
	default:
	}
}

// Point 3: a lock is released before its owner's commit is durable; whoever
// reads the value by Current commits only after it is.
func TestOnlyDurableIsVisible(t *testing.T) {
	for _, iso := range []kv.Isolation{kv.RepeatableRead, kv.ReadCommitted} {
		t.Run(fmt.Sprint(iso), func(t *testing.T) {
			e, g := gatedEngine(t)
			ok(t, <-startPut(t, e, "a", "old"))
			g.set(true)
			w := startPut(t, e, "a", "new")
			applied(t, e, 2)

			plain := begin(t, e, iso)
			if got := read(t, plain, "a"); got != "old" {
				t.Errorf("a plain read sees %q before it is durable", got)
			}
			ok(t, plain.Commit(bg)) // saw nothing that could be lost: does not wait

			locking := begin(t, e, iso)
			ok(t, locking.Lock(bg, 0, []byte("a"))) // released early
			if got := read(t, locking.Current(), "a"); got != "new" {
				t.Errorf("the locking read sees %q, want the newest", got)
			}
			scanning := begin(t, e, iso)
			it, err := scanning.Current().Iter(bg, []byte("a"), []byte("b"), false)
			ok(t, err)
			ok(t, it.Close())
			d1, d2 := start(locking), start(scanning)
			until(t, "both commits are queued", func() bool { return e.queued() == 2 })
			unfinished(t, "the writer", w)
			unfinished(t, "the locking reader", d1)
			unfinished(t, "the scanning reader", d2)
			g.set(false)
			ok(t, <-w)
			ok(t, <-d1)
			ok(t, <-d2)
			x := begin(t, e, iso)
			if got := read(t, x, "a"); got != "new" {
				t.Errorf("after the acknowledgement: %q", got)
			}
			ok(t, x.Rollback())
			ok(t, e.Close())
		})
	}
}

// Point 5: a validating transaction starts at the applied state, or it would
// conflict with every commit whose fsync it overlaps; its commit waits.
func TestSerializableStartsAtApplied(t *testing.T) {
	e, g := gatedEngine(t)
	g.set(true)
	w := startPut(t, e, "a", "1")
	applied(t, e, 1)
	x, ro := begin(t, e, kv.Serializable), begin(t, e, kv.Serializable)
	for _, s := range []*Txn{x, ro} {
		if got := read(t, s, "a"); got != "1" {
			t.Errorf("serializable sees %q, want the applied value", got)
		}
	}
	ok(t, x.Put([]byte("b"), []byte("2")))
	d1, d2 := start(x), start(ro)
	until(t, "both commits are queued", func() bool { return e.queued() == 2 })
	unfinished(t, "the writer", d1)
	unfinished(t, "the reader", d2)
	g.set(false)
	ok(t, <-w)
	ok(t, <-d1)
	ok(t, <-d2)
	ok(t, e.Close())
}

// Point 2: members of one group conflict with each other.
func TestConflictWithinAGroup(t *testing.T) {
	e := openTest(t, nil)
	a, b := begin(t, e, kv.Serializable), begin(t, e, kv.Serializable)
	read(t, a, "x")
	read(t, b, "y")
	ok(t, a.Put([]byte("y"), []byte("1")))
	ok(t, b.Put([]byte("x"), []byte("1")))
	groups := e.Stats().Groups
	var da, db <-chan error
	ok(t, e.Quiesce(bg, func() error { // holds the lead: both are queued behind it
		da, db = start(a), start(b)
		until(t, "both commits are queued", func() bool { return e.queued() == 2 })
		return nil
	}))
	ea, eb := <-da, <-db
	if (ea == nil) == (eb == nil) || !errors.Is(errors.Join(ea, eb), kv.ErrConflict) {
		t.Errorf("results %v and %v, want one conflict", ea, eb)
	}
	if n := e.Stats().Groups - groups; n != 1 {
		t.Errorf("%d groups, the test wants one", n)
	}
	ok(t, e.Close())
}

// Point 1: a validating transaction that begins while a group is being
// committed either has the group in its snapshot or will be validated against it.
func TestBeginDuringACommit(t *testing.T) {
	e, g := gatedEngine(t)
	early := begin(t, e, kv.Serializable)
	read(t, early, "a") // registered at csn 0, before the group is applied
	g.set(true)
	w := startPut(t, e, "a", "1")
	applied(t, e, 1)
	late := begin(t, e, kv.Serializable)
	if got := read(t, late, "a"); got != "1" {
		t.Errorf("registered after the group: sees %q", got)
	}
	for _, x := range []*Txn{early, late} {
		ok(t, x.Put([]byte("b"), []byte("1")))
	}
	g.set(false)
	ok(t, <-w)
	if err := early.Commit(bg); !errors.Is(err, kv.ErrConflict) {
		t.Errorf("registered before the group: %v, want a conflict", err)
	}
	ok(t, late.Commit(bg))
	e.recent.prune()
	if n := e.recent.keys.Len(); n != 0 {
		t.Errorf("%d commits are remembered for nobody", n)
	}
	ok(t, e.Close())
}

// TestRecentLimit: what one forgotten transaction holds up is bounded, and it
// fails instead of missing a conflict.
func TestRecentLimit(t *testing.T) {
	e := openTest(t, nil)
	e.recent.limit = 10
	x, y := begin(t, e, kv.Serializable), begin(t, e, kv.Serializable)
	read(t, x, "untouched")
	for i := range 50 {
		if i == 45 {
			read(t, y, "untouched")
		}
		ok(t, <-startPut(t, e, fmt.Sprintf("k%02d", i), "v"))
	}
	if n := e.recent.keys.Len(); n > 10 {
		t.Errorf("%d commits remembered, limit 10", n)
	}
	for _, s := range []*Txn{x, y} {
		ok(t, s.Put([]byte("own"), []byte("v")))
	}
	if err := x.Commit(bg); !errors.Is(err, kv.ErrConflict) {
		t.Errorf("validated against forgotten commits: %v", err)
	}
	ok(t, y.Commit(bg))
	ok(t, e.Close())
}

// Point 6, and the first-read rule: the snapshot is taken at the first read.
func TestSnapshotAtFirstRead(t *testing.T) {
	e := openTest(t, nil)
	x := begin(t, e, kv.RepeatableRead)
	ok(t, <-startPut(t, e, "a", "1"))
	if got := read(t, x, "a"); got != "1" {
		t.Errorf("first read sees %q", got)
	}
	ok(t, <-startPut(t, e, "a", "2"))
	if got := read(t, x, "a"); got != "1" {
		t.Errorf("second read sees %q", got)
	}
	ok(t, x.Rollback())
	ok(t, e.Close())
}

// TestHotRowIsPipelined: with the fsync held back, the row passes from one
// transaction to the next, and nobody is acknowledged.
func TestHotRowIsPipelined(t *testing.T) {
	e, g := gatedEngine(t)
	g.set(true)
	const n = 5
	var done []<-chan error
	for i := range n {
		x := begin(t, e, kv.RepeatableRead)
		got := make(chan error, 1)
		go func() {
			err := x.Lock(bg, long, []byte("hot"))
			if err == nil {
				err = x.Put([]byte("hot"), fmt.Appendf(nil, "%d", i))
			}
			if err == nil {
				err = x.Commit(bg)
			}
			got <- err
		}()
		done = append(done, got)
	}
	// Each next holder leads on only while somebody waits for the row, so the
	// last one is left in the queue until the first fsync ends.
	applied(t, e, n-1)
	for _, d := range done {
		unfinished(t, "a commit", d)
	}
	g.set(false)
	for _, d := range done {
		ok(t, <-d)
	}
	ok(t, e.Close())
}

// TestExclusiveRunsAfterEverythingIsDurable: an ingest that became durable
// before an earlier commit could survive a crash that the commit does not.
func TestExclusiveRunsAfterEverythingIsDurable(t *testing.T) {
	e, g := gatedEngine(t)
	g.set(true)
	var commit <-chan error
	second := make(chan error, 1)
	durable := uint64(0)
	ok(t, e.Quiesce(bg, func() error { // holds the lead: one round serves both
		commit = startPut(t, e, "a", "1")
		until(t, "the commit is queued", func() bool { return e.queued() == 1 })
		go func() {
			second <- e.Quiesce(bg, func() error { durable = e.durableCSN.Load(); return nil })
		}()
		until(t, "the request is queued", func() bool { return e.queued() == 2 })
		return nil
	}))
	applied(t, e, 1)
	unfinished(t, "the commit", commit)
	unfinished(t, "the exclusive request", second)
	g.set(false)
	ok(t, <-commit)
	ok(t, <-second)
	if durable != 1 {
		t.Errorf("ran when commit %d was durable, want 1", durable)
	}
	ok(t, e.Close())
}
