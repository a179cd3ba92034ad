package embed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// workload is what the crash tests run: transfers between accounts, each with a
// counter of its client in the same transaction. After a crash the accounts
// must have the start sum and each counter at least its acknowledged value.
type workload struct {
	e       *Engine
	clients int
	// bigEvery makes each n-th transaction large enough to be ingested; 0: none.
	bigEvery int
	ack      func(client int, n uint64)
}

const (
	workAccounts = 10
	workBalance  = 1000
)

func workAccount(i int) []byte { return fmt.Appendf(nil, "acct/%02d", i) }
func workCounter(i int) []byte { return fmt.Appendf(nil, "ctr/%02d", i) }

func number(v []byte) uint64 { return binary.BigEndian.Uint64(v) }

// fill creates the accounts unless they are there.
func (w *workload) fill() error {
	x, err := w.e.Begin(bg, kv.TxnOptions{})
	if err != nil {
		return err
	}
	defer x.Rollback()
	if _, err := x.Get(bg, workAccount(0)); !errors.Is(err, kv.ErrNotFound) {
		return err
	}
	for i := range workAccounts {
		if err := x.Put(workAccount(i), encodeCounter(workBalance)); err != nil {
			return err
		}
	}
	return x.Commit(bg)
}

// client runs transactions until stop or an error that ends the engine.
func (w *workload) client(id int, seed uint64, stop <-chan struct{}) error {
	rng := rand.New(rand.NewPCG(seed, uint64(id)))
	for n := 1; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		count, err := w.one(id, rng, w.bigEvery > 0 && n%w.bigEvery == 0)
		switch {
		case errors.Is(err, kv.ErrDeadlock), errors.Is(err, kv.ErrConflict):
		case err != nil:
			return err
		default:
			w.ack(id, count)
		}
	}
}

func (w *workload) one(id int, rng *rand.Rand, big bool) (count uint64, err error) {
	iso := []kv.Isolation{kv.RepeatableRead, kv.ReadCommitted, kv.Serializable}[rng.IntN(3)]
	x, err := w.e.Begin(bg, kv.TxnOptions{Isolation: iso})
	if err != nil {
		return 0, err
	}
	defer x.Rollback()
	add := func(key []byte, n int64) error {
		if err := x.Lock(bg, long, key); err != nil {
			return err
		}
		v, err := x.Current().Get(bg, key)
		switch {
		case errors.Is(err, kv.ErrNotFound):
			v = encodeCounter(0)
		case err != nil:
			return err
		}
		count = number(v) + uint64(n)
		return x.Put(key, encodeCounter(count))
	}
	a, b := rng.IntN(workAccounts), rng.IntN(workAccounts)
	if a != b {
		if err := errors.Join(add(workAccount(a), -1), add(workAccount(b), 1)); err != nil {
			return 0, err
		}
	}
	if big {
		for i := range 40 {
			if err := x.Put(fmt.Appendf(nil, "big/%02d/%02d", id, i), make([]byte, 512)); err != nil {
				return 0, err
			}
		}
	}
	if err := add(workCounter(id), 1); err != nil {
		return 0, err
	}
	return count, x.Commit(bg)
}

// verify checks a reopened store against what was acknowledged.
func (w *workload) verify(acked []uint64) error {
	x, err := w.e.Begin(bg, kv.TxnOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer x.Rollback()
	sum := uint64(0)
	for i := range workAccounts {
		v, err := x.Get(bg, workAccount(i))
		if err != nil {
			return fmt.Errorf("account %d: %w", i, err)
		}
		sum += number(v)
	}
	if sum != workAccounts*workBalance {
		return fmt.Errorf("the accounts hold %d, want %d", int64(sum), workAccounts*workBalance)
	}
	for id, want := range acked {
		v, err := x.Get(bg, workCounter(id))
		if errors.Is(err, kv.ErrNotFound) {
			v, err = encodeCounter(0), nil
		}
		if err != nil {
			return err
		}
		if number(v) < want {
			return fmt.Errorf("client %d: %d commits were acknowledged, %d are there", id, want, number(v))
		}
	}
	return nil
}

// TestPowerCut cuts the power at a random operation of the disk, keeps none, half
// or all of what was not synced, and opens what is left. LXDB_POWERCUT_ROUNDS
// raises the number of rounds.
func TestPowerCut(t *testing.T) {
	rounds := 12
	if s := os.Getenv("LXDB_POWERCUT_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		ok(t, err)
		rounds = n
	}
	var total atomic.Uint64
	for round := range rounds {
		keep := []int{0, 50, 100}[round%3]
		t.Run(fmt.Sprintf("%d keep %d%%", round, keep), func(t *testing.T) {
			disk := vfs.NewCrashableMem()
			at := 200 + rand.New(rand.NewPCG(uint64(round), 11)).IntN(2500)
			ok(t, powerCut(t, cutPlan{seed: uint64(round), keep: keep, bigEvery: 5, at: func(diskOp) bool { at--; return at == 0 }}, disk, disk, &total))
		})
	}
	t.Logf("%d acknowledged commits, none lost", total.Load())
	if total.Load() == 0 {
		t.Error("nothing was acknowledged")
	}
}

// TestPowerCutIsNoticed is the control: on a disk that forgets log syncs the
// same check must fail. The cut comes when the log alone has been synced for a
// while, so that no table holds what the log lost.
func TestPowerCutIsNoticed(t *testing.T) {
	for seed := range uint64(5) {
		disk := vfs.NewCrashableMem()
		logSyncs := 0
		at := func(op diskOp) bool {
			switch {
			case !op.log:
				logSyncs = 0
			case op.sync:
				logSyncs++
			}
			return logSyncs == 20
		}
		var total atomic.Uint64
		if powerCut(t, cutPlan{seed: seed, at: at}, disk, lyingFS{disk}, &total) == nil {
			t.Errorf("seed %d: %d acknowledged commits survived a disk that syncs nothing", seed, total.Load())
		}
	}
}

// lyingFS says that logs are synced and does nothing.
type lyingFS struct{ vfs.FS }

type lyingFile struct{ vfs.File }

func (lyingFile) Sync() error                { return nil }
func (lyingFile) SyncData() error            { return nil }
func (lyingFile) SyncTo(int64) (bool, error) { return true, nil }

func lie(name string, f vfs.File, err error) (vfs.File, error) {
	if err == nil && strings.HasSuffix(name, ".log") {
		f = lyingFile{f}
	}
	return f, err
}

func (l lyingFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := l.FS.Create(name, c)
	return lie(name, f, err)
}

func (l lyingFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := l.FS.ReuseForWrite(from, to, c)
	return lie(to, f, err)
}

// diskOp is an operation that changes the disk.
type diskOp struct {
	log  bool // of a log file
	sync bool
}

// cutter asks before each operation that changes the disk whether the power goes
// now, and then cuts once.
type cutter struct {
	vfs.FS
	state *cutState
}

type cutState struct {
	mu   sync.Mutex
	at   func(diskOp) bool
	cut  func()
	done chan struct{} // closed after the cut
	// link keeps Link and the cut apart. MemFS.Link takes the lock of the disk
	// for reading twice, which never ends when CrashClone asks for it in between.
	link sync.RWMutex
}

func (c *cutState) before(name string, sync bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.done:
		return
	default:
	}
	if c.at(diskOp{log: strings.HasSuffix(name, ".log"), sync: sync}) {
		c.link.Lock()
		c.cut()
		c.link.Unlock()
		close(c.done)
	}
}

func (c cutter) Link(from, to string) error {
	c.state.before(to, false)
	c.state.link.RLock()
	defer c.state.link.RUnlock()
	return c.FS.Link(from, to)
}

func (c cutter) Remove(name string) error {
	c.state.before(name, false)
	return c.FS.Remove(name)
}

func (c cutter) Rename(from, to string) error {
	c.state.before(to, false)
	return c.FS.Rename(from, to)
}

func (c cutter) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	c.state.before(name, false)
	f, err := c.FS.Create(name, category)
	return c.file(name, f, err)
}

func (c cutter) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	c.state.before(to, false)
	f, err := c.FS.ReuseForWrite(from, to, category)
	return c.file(to, f, err)
}

func (c cutter) file(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return cutFile{f, name, c.state}, nil
}

type cutFile struct {
	vfs.File
	name  string
	state *cutState
}

func (f cutFile) Write(p []byte) (int, error) {
	f.state.before(f.name, false)
	return f.File.Write(p)
}

func (f cutFile) WriteAt(p []byte, at int64) (int, error) {
	f.state.before(f.name, false)
	return f.File.WriteAt(p, at)
}

func (f cutFile) Sync() error {
	f.state.before(f.name, true)
	return f.File.Sync()
}

func (f cutFile) SyncData() error {
	f.state.before(f.name, true)
	return f.File.SyncData()
}

func (f cutFile) SyncTo(n int64) (bool, error) {
	f.state.before(f.name, true)
	return f.File.SyncTo(n)
}

// cutPlan says when the power goes and what is left.
type cutPlan struct {
	seed     uint64
	at       func(diskOp) bool
	keep     int // per cent of what was not synced
	bigEvery int // see workload
}

// powerCut runs the workload on fs, which writes to disk, cuts the power by plan,
// and returns what is wrong with the store found on disk after the cut.
func powerCut(t *testing.T, plan cutPlan, disk *vfs.MemFS, fs vfs.FS, total *atomic.Uint64) error {
	rng := rand.New(rand.NewPCG(plan.seed, 7))
	const clients = 4
	acked, before := make([]atomic.Uint64, clients), make([]uint64, clients)
	var after *vfs.MemFS
	state := &cutState{done: make(chan struct{}), at: func(diskOp) bool { return false }}
	state.cut = func() {
		for i := range acked { // acknowledged before the cut
			before[i] = acked[i].Load()
			total.Add(before[i])
		}
		after = disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: plan.keep, RNG: rng})
	}
	o := memOptions()
	o.FS, o.MemtableBytes, o.IngestBytes = cutter{fs, state}, 256<<10, 16<<10
	e, err := Open(o)
	ok(t, err)
	w := &workload{e: e, clients: clients, bigEvery: plan.bigEvery, ack: func(id int, count uint64) { acked[id].Store(count) }}
	ok(t, w.fill())
	state.mu.Lock()
	state.at = plan.at // from here on: a store that was never complete is no question
	state.mu.Unlock()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for id := range clients {
		wg.Go(func() {
			if err := w.client(id, plan.seed, stop); err != nil {
				t.Error(err)
			}
		})
	}
	select {
	case <-state.done:
	case <-time.After(time.Minute):
		t.Error("the time for the cut never came")
	}
	close(stop)
	wg.Wait()
	ok(t, e.Close())
	if after == nil {
		return nil
	}

	o.FS = after
	if e, err = Open(o); err != nil {
		return err
	}
	w.e = e
	if err := w.verify(before); err != nil {
		return errors.Join(err, e.Close())
	}
	_, err = w.one(0, rng, true) // and it goes on
	return errors.Join(err, e.Close())
}
