package conform

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var engineCases = []testCase{
	{"numbers are handed out once", func(h *harness) {
		first, err := h.e.AllocID(bg, []byte("seq"), 10)
		h.ok(err)
		h.same(fmt.Sprint(first), "1")
		first, err = h.e.AllocID(bg, []byte("seq"), 1)
		h.ok(err)
		h.same(fmt.Sprint(first), "11")
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := map[uint64]bool{}
		for range 4 {
			wg.Go(func() {
				for range 25 {
					f, err := h.e.AllocID(bg, []byte("seq"), 100)
					mu.Lock()
					if err != nil || seen[f] || f < 12 || (f-12)%100 != 0 {
						h.Errorf("block %d, seen %v, error %v", f, seen[f], err)
					}
					seen[f] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if _, err := h.e.AllocID(bg, []byte("seq"), 0); err == nil {
			h.Fatal("no numbers were handed out")
		}
		if _, err := h.e.AllocID(bg, []byte("seq"), ^uint64(0)); err == nil {
			h.Fatal("the counter wrapped around")
		}
	}},
	{"delete range", func(h *harness) {
		for i := range 10 {
			h.put(fmt.Sprintf("r%02d=v", i))
		}
		h.ok(h.e.DeleteRange(bg, []byte("r02"), []byte("r08")))
		x := h.begin(kv.RepeatableRead)
		h.same(h.scan(x, "r", "s", false), "r00=v r01=v r08=v r09=v")
		h.same(h.get(x.Current(), "r05"), "-")
		h.ok(x.Rollback())
		h.put("r05=again")
		h.same(h.now("r05"), "again")
		if h.e.DeleteRange(bg, nil, []byte("z")) == nil {
			h.Fatal("an unbounded range was accepted")
		}
	}},
	{"bulk: sorted, visible to whoever begins later", func(h *harness) {
		old := h.begin(kv.RepeatableRead)
		h.same(h.get(old, "other"), "-")
		h.ok(h.e.Bulk(bg, sequence(10_000)))
		x := h.begin(kv.RepeatableRead)
		h.same(h.batch(x, "bulk/00000000", "bulk/00009999", "bulk/00010000"), "value 0 value 9999 -")
		h.ok(x.Rollback())
		h.same(h.get(old.Current(), "bulk/00000007"), "value 7")
		h.ok(old.Rollback())
		h.ok(h.e.Bulk(bg, sequence(0)))
	}},
	{"bulk: all or nothing", func(h *harness) {
		boom := errors.New("boom")
		next := sequence(5000)
		n := 0
		h.is(h.e.Bulk(bg, func() ([]byte, []byte, bool, error) {
			if n++; n == 3000 {
				return nil, nil, false, boom
			}
			return next()
		}), boom)
		for _, keys := range [][]string{{"bulk/2", "bulk/1"}, {"bulk/1", "bulk/1"}, {"bulk/1", ""}} {
			i := 0
			err := h.e.Bulk(bg, func() ([]byte, []byte, bool, error) {
				if i == len(keys) {
					return nil, nil, false, nil
				}
				i++
				return []byte(keys[i-1]), []byte("v"), true, nil
			})
			if err == nil {
				h.Fatalf("bulk of %q was accepted", keys)
			}
		}
		ctx, cancel := context.WithCancel(bg)
		cancel()
		h.is(h.e.Bulk(ctx, sequence(1)), context.Canceled)
		x := h.begin(kv.RepeatableRead)
		h.same(h.scan(x, "bulk", "bulk~", false), "")
		h.ok(x.Rollback())
	}},
	{"transfers keep the sum", func(h *harness) {
		for _, iso := range []kv.Isolation{kv.ReadCommitted, kv.RepeatableRead, kv.Serializable} {
			transfers(h, iso)
		}
	}},
	{"a closed engine", func(h *harness) {
		h.put("a=1")
		h.ok(h.e.Close())
		_, err := h.e.Begin(bg, kv.TxnOptions{})
		h.is(err, kv.ErrClosed)
		_, err = h.e.AllocID(bg, []byte("a"), 1)
		h.is(err, kv.ErrClosed)
		h.is(h.e.DeleteRange(bg, []byte("a"), []byte("b")), kv.ErrClosed)
		h.is(h.e.Bulk(bg, sequence(1)), kv.ErrClosed)
	}},
}

// sequence yields n ascending entries "bulk/%08d".
func sequence(n int) func() ([]byte, []byte, bool, error) {
	i := -1
	return func() ([]byte, []byte, bool, error) {
		i++
		return fmt.Appendf(nil, "bulk/%08d", i), fmt.Appendf(nil, "value %d", i), i < n, nil
	}
}
