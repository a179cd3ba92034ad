package conform

import (
	"context"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var writeCases = []testCase{
	{"commit, rollback, and what follows them", func(h *harness) {
		x := h.begin(kv.RepeatableRead)
		h.ok(x.Put([]byte("a"), []byte("1")))
		h.same(h.now("a"), "-")
		h.ok(x.Commit(bg))
		h.same(h.now("a"), "1")
		h.ok(x.Rollback())
		h.same(h.now("a"), "1")
		h.is(x.Commit(bg), kv.ErrClosed)
		h.is(x.Put([]byte("a"), []byte("2")), kv.ErrClosed)
		_, err := x.Get(bg, []byte("a"))
		h.is(err, kv.ErrClosed)
		h.is(x.Lock(bg, 0, []byte("a")), kv.ErrClosed)
		x = h.begin(kv.RepeatableRead)
		h.ok(x.Delete([]byte("a")))
		h.ok(x.Rollback())
		h.same(h.now("a"), "1")
		h.is(x.Commit(bg), kv.ErrClosed)
	}},
	{"marks nest", func(h *harness) {
		h.put("s0=0")
		x := h.begin(kv.RepeatableRead)
		empty := x.Mark()
		h.ok(x.Put([]byte("s1"), []byte("1")))
		m := x.Mark()
		h.ok(x.Put([]byte("s1"), []byte("2"))) // same length: must not be in place
		h.ok(x.Put([]byte("s2"), []byte("2")))
		h.ok(x.Delete([]byte("s0")))
		h.ok(x.RollbackTo(m))
		h.same(h.batch(x, "s0", "s1", "s2"), "0 1 -")
		h.ok(x.Put([]byte("s1"), []byte("9")))
		m2 := x.Mark()
		h.ok(x.Put([]byte("s1"), []byte("8")))
		h.ok(x.RollbackTo(m2))
		h.same(h.get(x, "s1"), "9")
		h.ok(x.RollbackTo(m))
		h.same(h.scan(x, "s", "t", false), "s0=0 s1=1")
		size := x.Size()
		h.ok(x.RollbackTo(empty))
		h.same(h.get(x, "s1"), "-")
		if x.Size() != 0 || size == 0 {
			h.Fatalf("size %d, %d after rollback", size, x.Size())
		}
		h.ok(x.Put([]byte("s3"), []byte("3")))
		h.ok(x.Commit(bg))
		x = h.begin(kv.RepeatableRead)
		h.same(h.scan(x, "s", "t", false), "s0=0 s3=3")
		h.ok(x.Rollback())
	}},
	{"reads at a mark do not meet later writes", func(h *harness) {
		h.put("a=0", "b=0", "c=0")
		x := h.begin(kv.RepeatableRead)
		empty := x.Mark()
		h.ok(x.Put([]byte("a"), []byte("1")))
		m := x.Mark()
		h.ok(x.Put([]byte("a"), []byte("2")))
		h.ok(x.Put([]byte("aa"), []byte("2")))
		h.ok(x.Delete([]byte("b")))
		h.same(h.get(x, "a")+h.get(x, "c"), "20") // fixes the snapshot
		h.put("c=9")
		h.same(h.scan(x.At(m, false), "a", "z", false), "a=1 b=0 c=0")
		h.same(h.scan(x.At(m, true), "a", "z", true), "c=9 b=0 a=1")
		h.same(h.batch(x.At(m, true), "c", "b", "aa", "a"), "9 0 - 1")
		h.same(h.batch(x.At(empty, false), "c", "b", "aa", "a"), "0 0 - 0")
		h.same(h.scan(x.At(empty, true), "a", "z", false), "a=0 b=0 c=9")
		h.same(h.get(x.At(m, false), "a")+h.get(x.At(empty, true), "a"), "10")
		it, err := x.At(m, true).Iter(bg, []byte("a"), []byte("z"), false)
		h.ok(err)
		for it.Next() { // while the statement writes
			h.ok(x.Put(append([]byte("b"), it.Key()...), []byte("3")))
		}
		h.ok(it.Err())
		h.ok(it.Close())
		h.same(h.scan(x.At(m, true), "a", "z", false), "a=1 b=0 c=9")
		h.same(h.scan(x, "a", "z", false), "a=2 aa=2 ba=3 bb=3 bc=3 c=0")
		h.ok(x.RollbackTo(m))
		h.same(h.scan(x, "a", "z", false), "a=1 b=0 c=0")
		h.ok(x.Commit(bg))
		_, err = x.At(m, false).Get(bg, []byte("a"))
		h.is(err, kv.ErrClosed)
	}},
	{"a mark belongs to its transaction", func(h *harness) {
		x, y := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		h.ok(x.Put([]byte("a"), []byte("1")))
		if y.RollbackTo(x.Mark()) == nil || y.RollbackTo(nil) == nil {
			h.Fatal("rolled back to a foreign mark")
		}
		foreign := y.At(x.Mark(), false)
		_, get := foreign.Get(bg, []byte("a"))
		_, batch := foreign.BatchGet(bg, [][]byte{[]byte("a")})
		_, iter := foreign.Iter(bg, []byte("a"), []byte("b"), false)
		if get == nil || batch == nil || iter == nil {
			h.Fatalf("read at a foreign mark: %v, %v, %v", get, batch, iter)
		}
		h.ok(x.Rollback())
		h.ok(y.Rollback())
	}},
	{"limits of keys and values", func(h *harness) {
		x := h.begin(kv.RepeatableRead)
		key, val := repeat('k', kv.MaxKeyBytes), repeat('v', kv.MaxValueBytes)
		h.ok(x.Put(key, val))
		h.is(x.Put(append(key, 'k'), []byte("v")), kv.ErrTooLarge)
		h.is(x.Put([]byte("k"), append(val, 'v')), kv.ErrTooLarge)
		for _, bad := range [][2][]byte{{[]byte("k"), nil}, {[]byte("k"), {}}, {nil, []byte("v")}} {
			if x.Put(bad[0], bad[1]) == nil {
				h.Fatalf("put %q=%q was accepted", bad[0], bad[1])
			}
		}
		h.ok(x.Commit(bg))
		x = h.begin(kv.RepeatableRead)
		v, err := x.Get(bg, key)
		h.ok(err)
		h.same(fmt.Sprint(len(v)), fmt.Sprint(kv.MaxValueBytes))
		h.ok(x.Rollback())
	}},
	{"read-only transactions refuse writes", func(h *harness) {
		x, err := h.e.Begin(bg, kv.TxnOptions{ReadOnly: true})
		h.ok(err)
		h.is(x.Put([]byte("a"), []byte("1")), kv.ErrReadOnly)
		h.is(x.Delete([]byte("a")), kv.ErrReadOnly)
		h.ok(x.Commit(bg))
	}},
	{"a cancelled commit writes nothing", func(h *harness) {
		ctx, cancel := context.WithCancel(bg)
		x := h.begin(kv.RepeatableRead)
		h.ok(x.Lock(bg, 0, []byte("a")))
		h.ok(x.Put([]byte("a"), []byte("1")))
		cancel()
		h.is(x.Commit(ctx), context.Canceled)
		h.same(h.now("a"), "-")
		h.put("a=2") // its lock is gone
	}},
	{"a big transaction", func(h *harness) {
		const n = 50_000
		h.put("big/00000007=old", "big/00000008=old")
		x := h.begin(kv.RepeatableRead)
		for i := range n {
			h.ok(x.Put(fmt.Appendf(nil, "big/%08d", (i*7919)%n), fmt.Appendf(nil, "value %d", i)))
		}
		h.ok(x.Delete([]byte("big/00000008")))
		m := x.Mark()
		h.ok(x.Put([]byte("big/zz"), []byte("gone")))
		h.ok(x.RollbackTo(m))
		h.ok(x.Commit(bg))
		y := h.begin(kv.RepeatableRead)
		it, err := y.Iter(bg, []byte("big/"), []byte("big0"), false)
		h.ok(err)
		rows := 0
		for it.Next() {
			if string(it.Value()) == "old" {
				h.Fatalf("%s kept its old value", it.Key())
			}
			rows++
		}
		h.ok(it.Err())
		h.ok(it.Close())
		h.same(fmt.Sprint(rows), fmt.Sprint(n-1))
		h.same(h.batch(y, "big/00000008", "big/zz"), "- -")
		h.ok(y.Rollback())
	}},
}
