package conform

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// briefWait proves that a lock is held: waiting for it ends in ErrLockWait.
const briefWait = 5 * time.Millisecond

var lockCases = []testCase{
	{"update waits, then sees the newest", func(h *harness) {
		h.put("w=1")
		a, b := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		h.same(h.get(b, "w"), "1")
		h.ok(a.Lock(bg, 0, []byte("w")))
		h.is(b.Lock(bg, 0, []byte("w")), kv.ErrLockWait)
		h.is(b.Lock(bg, briefWait, []byte("w")), kv.ErrLockWait)
		got := run(func() error { return b.Lock(bg, longWait, []byte("w")) })
		h.ok(a.Put([]byte("w"), []byte("2")))
		h.ok(a.Commit(bg))
		h.ok(<-got)
		h.same(h.get(b.Current(), "w"), "2")
		h.same(h.get(b, "w"), "1")
		h.ok(b.Put([]byte("w"), []byte("3")))
		if err := b.Commit(bg); h.e.Caps().StrictCommit {
			h.ok(err)
			h.same(h.now("w"), "3")
		}
	}},
	{"rollback and lock wait leave the right locks", func(h *harness) {
		a, b := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		m := a.Mark()
		h.ok(a.Lock(bg, 0, []byte("l1"), []byte("l1"), []byte("l2")))
		h.ok(a.RollbackTo(m)) // locks stay
		h.is(b.Lock(bg, 0, []byte("l2")), kv.ErrLockWait)
		h.ok(b.Put([]byte("l3"), []byte("usable")))
		h.ok(a.Rollback())
		h.ok(b.Lock(bg, 0, []byte("l1"), []byte("l2")))
		h.ok(b.Commit(bg))
		h.same(h.now("l3"), "usable")
	}},
	{"abandon gives up the locks and fences the transaction", func(h *harness) {
		h.put("ab=1")
		why := errors.New("given up")
		a, b := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		h.ok(a.Lock(bg, 0, []byte("ab"), []byte("ab2")))
		h.ok(a.Put([]byte("ab"), []byte("2")))
		m := a.Mark()
		waits := run(func() error { return b.Lock(bg, longWait, []byte("ab")) })
		if !a.Abandon(why) || a.Abandon(errors.New("twice")) {
			h.Error("a transaction is abandoned once")
		}
		h.ok(<-waits)
		_, err := a.Get(bg, []byte("ab"))
		h.is(err, why)
		_, err = a.Iter(bg, []byte("a"), []byte("b"), false)
		h.is(err, why)
		h.is(a.Lock(bg, 0, []byte("free")), why)
		h.is(a.Put([]byte("ab"), []byte("3")), why)
		h.is(a.RollbackTo(m), why)
		h.is(a.Refresh(bg), why)
		h.is(a.Commit(bg), why)
		h.ok(a.Rollback())
		h.ok(b.Commit(bg))
		h.same(h.now("ab"), "1")
		c := h.begin(kv.RepeatableRead)
		h.ok(c.Put([]byte("ab"), []byte("4")))
		h.ok(c.Commit(bg))
		if c.Abandon(why) {
			h.Error("a transaction that was committed was abandoned")
		}
		h.same(h.now("ab"), "4")
	}},
	{"abandon while a lock is waited for", func(h *harness) {
		why := errors.New("given up")
		a, b, c := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		h.ok(a.Lock(bg, 0, []byte("aw")))
		waits := run(func() error { return b.Lock(bg, longWait, []byte("aw")) })
		if !b.Abandon(why) {
			h.Error("a waiting transaction was not abandoned")
		}
		h.ok(a.Rollback())
		h.is(<-waits, why)
		h.ok(c.Lock(bg, longWait, []byte("aw"))) // it was passed on
		h.ok(b.Rollback())
		h.ok(c.Rollback())
	}},
	{"locks of absent keys", func(h *harness) {
		a, b := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		h.ok(a.Lock(bg, 0, []byte("none")))
		h.is(b.Lock(bg, 0, []byte("none")), kv.ErrLockWait)
		h.ok(a.Rollback())
		h.ok(b.Rollback())
	}},
	{"deadlock: one victim, rolled back whole", func(h *harness) {
		txns := []kv.Txn{h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)}
		key := func(i int) []byte { return fmt.Appendf(nil, "d%d", i%len(txns)) }
		for i, t := range txns {
			h.ok(t.Lock(bg, 0, key(i)))
			h.ok(t.Put(key(i), fmt.Appendf(nil, "%d", i)))
		}
		errs := make([]error, len(txns))
		var wg sync.WaitGroup
		for i, t := range txns {
			wg.Go(func() {
				if errs[i] = t.Lock(bg, longWait, key(i+1)); errs[i] == nil {
					errs[i] = t.Commit(bg)
				}
			})
		}
		wg.Wait() // nobody rolls the victim back by hand
		victims := 0
		for i, err := range errs {
			switch {
			case errors.Is(err, kv.ErrDeadlock):
				victims++
				h.is(txns[i].Commit(bg), kv.ErrDeadlock)
				h.is(txns[i].Put(key(i), []byte("x")), kv.ErrDeadlock)
				h.same(h.now(string(key(i))), "-")
				h.ok(txns[i].Rollback())
			default:
				h.ok(err)
				h.same(h.now(string(key(i))), fmt.Sprint(i))
			}
		}
		h.same(fmt.Sprint(victims), "1")
	}},
	{"a cancelled lock wait leaves the transaction usable", func(h *harness) {
		a, b := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		h.ok(a.Lock(bg, 0, []byte("c")))
		ctx, cancel := context.WithCancel(bg)
		got := run(func() error { return b.Lock(ctx, longWait, []byte("c")) })
		cancel()
		h.is(<-got, context.Canceled)
		h.ok(b.Put([]byte("d"), []byte("1")))
		h.ok(b.Commit(bg))
		h.ok(a.Rollback())
		h.put("c=1")
	}},
	{"hot row: no update is lost", func(h *harness) {
		const clients, rounds = 8, 40
		h.put("hot=0")
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for range rounds {
					for {
						err := increment(h.e, []byte("hot"))
						if err == nil {
							break
						}
						if !errors.Is(err, kv.ErrConflict) {
							h.Error(err)
							return
						}
					}
				}
			})
		}
		wg.Wait()
		h.same(h.now("hot"), fmt.Sprint(clients*rounds))
	}},
}

func increment(e kv.Engine, key []byte) error {
	t, err := e.Begin(bg, kv.TxnOptions{})
	if err != nil {
		return err
	}
	defer t.Rollback()
	if err := t.Lock(bg, longWait, key); err != nil {
		return err
	}
	v, err := t.Current().Get(bg, key)
	if err != nil {
		return err
	}
	var n int
	if _, err := fmt.Sscan(string(v), &n); err != nil {
		return err
	}
	if err := t.Put(key, fmt.Appendf(nil, "%d", n+1)); err != nil {
		return err
	}
	return t.Commit(bg)
}
