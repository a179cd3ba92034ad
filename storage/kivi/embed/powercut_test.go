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

// TestPowerCut cuts the power after a random number of acknowledgements, keeps
// none, half or all of what was not synced, and opens what is left.
// LXDB_POWERCUT_ROUNDS raises the number of rounds.
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
			ok(t, powerCut(t, uint64(round), keep, disk, disk, &total))
		})
	}
	t.Logf("%d acknowledged commits, none lost", total.Load())
	if total.Load() == 0 {
		t.Error("nothing was acknowledged")
	}
}

// TestPowerCutIsNoticed is the control: on a disk that forgets log syncs the
// same check must fail. A single cut may come right after a flush, when the
// tables hold everything and the log is not missed; twenty do not.
func TestPowerCutIsNoticed(t *testing.T) {
	var total atomic.Uint64
	for seed := range uint64(20) {
		disk := vfs.NewCrashableMem()
		if powerCut(t, seed, 0, disk, lyingFS{disk}, &total) != nil {
			return
		}
	}
	t.Errorf("%d acknowledged commits survived a disk that syncs nothing", total.Load())
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

// cuttable keeps Link and the cut apart. MemFS.Link takes the lock of the disk
// for reading twice, which never ends when CrashClone asks for it in between.
type cuttable struct {
	vfs.FS
	cut *sync.RWMutex
}

func (c cuttable) Link(from, to string) error {
	c.cut.RLock()
	defer c.cut.RUnlock()
	return c.FS.Link(from, to)
}

// powerCut runs the workload on fs, which writes to disk, and returns what is
// wrong with the store found on disk after the cut.
func powerCut(t *testing.T, seed uint64, keep int, disk *vfs.MemFS, fs vfs.FS, total *atomic.Uint64) error {
	rng := rand.New(rand.NewPCG(seed, 7))
	o := memOptions()
	var cut sync.RWMutex
	o.FS, o.MemtableBytes, o.IngestBytes = cuttable{fs, &cut}, 256<<10, 16<<10
	e, err := Open(o)
	ok(t, err)
	const clients = 4
	acked, enough := make([]atomic.Uint64, clients), make(chan struct{})
	var n atomic.Int64
	limit := int64(20 + rng.IntN(1500))
	w := &workload{e: e, clients: clients, bigEvery: 5, ack: func(id int, count uint64) {
		acked[id].Store(count)
		if n.Add(1) == limit {
			close(enough)
		}
	}}
	ok(t, w.fill())
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for id := range clients {
		wg.Go(func() {
			if err := w.client(id, seed, stop); err != nil {
				t.Error(err)
			}
		})
	}
	<-enough
	before := make([]uint64, clients) // acknowledged before the cut
	for i := range acked {
		before[i] = acked[i].Load()
		total.Add(before[i])
	}
	cut.Lock()
	after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: keep, RNG: rng})
	cut.Unlock()
	close(stop)
	wg.Wait()
	ok(t, e.Close())

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
