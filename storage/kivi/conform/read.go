package conform

import (
	"context"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var readCases = []testCase{
	{"scan merges own writes, both ways", func(h *harness) {
		for i := range 10 {
			h.put(fmt.Sprintf("k%02d=v", i))
		}
		x := h.begin(kv.RepeatableRead)
		for _, k := range []string{"k00a", "k03x", "k06", "k09", "k10"} {
			h.ok(x.Put([]byte(k), []byte("own")))
		}
		h.ok(x.Delete([]byte("k07")))
		h.ok(x.Delete([]byte("k99")))
		const want = "k02=v k03=v k03x=own k04=v k05=v k06=own k08=v"
		const back = "k08=v k06=own k05=v k04=v k03x=own k03=v k02=v"
		for _, r := range []kv.Reader{x, x.Current()} {
			h.same(h.scan(r, "k02", "k09", false), want)
			h.same(h.scan(r, "k02", "k09", true), back)
			h.same(h.scan(r, "k05x", "k05y", false), "")
			h.same(h.scan(r, "k05x", "k05y", true), "")
			h.same(h.scan(r, "k09", "l", true), "k10=own k09=own")
			h.same(h.scan(r, "a", "k01", false), "k00=v k00a=own")
		}
		h.ok(x.Rollback())
	}},
	{"scan of own writes only", func(h *harness) {
		x := h.begin(kv.RepeatableRead)
		h.ok(x.Put([]byte("a"), []byte("1")))
		h.ok(x.Put([]byte("b"), []byte("2")))
		h.ok(x.Delete([]byte("b")))
		h.ok(x.Put([]byte("c"), []byte("3")))
		h.same(h.scan(x, "a", "d", false), "a=1 c=3")
		h.same(h.scan(x, "a", "d", true), "c=3 a=1")
		h.same(h.scan(x, "a", "c", true), "a=1")
		h.ok(x.Rollback())
	}},
	{"scan does not meet writes made while it runs", func(h *harness) {
		h.put("a=1", "b=1", "c=1")
		x := h.begin(kv.RepeatableRead)
		it, err := x.Iter(bg, []byte("a"), []byte("z"), false)
		h.ok(err)
		n := 0
		for it.Next() {
			n++
			h.ok(x.Put(append([]byte("x"), it.Key()...), []byte("2")))
		}
		h.ok(it.Err())
		h.ok(it.Close())
		h.same(fmt.Sprint(n), "3")
		h.same(h.scan(x, "x", "y", false), "xa=2 xb=2 xc=2")
		h.ok(x.Rollback())
	}},
	{"batch get answers in order", func(h *harness) {
		h.put("a=1", "b=2", "c=3", "d=4")
		x := h.begin(kv.RepeatableRead)
		h.ok(x.Put([]byte("b"), []byte("own")))
		h.ok(x.Delete([]byte("c")))
		for _, r := range []kv.Reader{x, x.Current()} {
			h.same(h.batch(r, "d", "zz", "b", "a", "c", "0", "d"), "4 - own 1 - - 4")
			h.same(h.batch(r), "")
		}
		h.ok(x.Rollback())
	}},
	{"returned slices belong to the caller", func(h *harness) {
		h.put("a=1")
		x := h.begin(kv.RepeatableRead)
		h.ok(x.Put([]byte("b"), []byte("2")))
		for _, k := range []string{"a", "b"} {
			v, err := x.Get(bg, []byte(k))
			h.ok(err)
			v[0] = 'X'
			vs, err := x.BatchGet(bg, [][]byte{[]byte(k)})
			h.ok(err)
			vs[0][0] = 'X'
		}
		key, val := []byte("c"), []byte("3")
		h.ok(x.Put(key, val))
		key[0], val[0] = 'X', 'X'
		h.same(h.batch(x, "a", "b", "c"), "1 2 3")
		h.ok(x.Rollback())
	}},
	{"repeatable read keeps its snapshot", func(h *harness) {
		h.put("a=1")
		x := h.begin(kv.RepeatableRead)
		h.same(h.get(x, "a"), "1")
		h.put("a=2", "b=2")
		h.ok(x.Refresh(bg))
		h.same(h.get(x, "a"), "1")
		h.same(h.scan(x, "a", "c", false), "a=1")
		h.same(h.get(x.Current(), "a"), "2")
		h.same(h.scan(x.Current(), "a", "c", false), "a=2 b=2")
		h.same(h.batch(x.Current(), "b", "a"), "2 2")
		h.ok(x.Rollback())
	}},
	{"read committed refreshes by statement", func(h *harness) {
		h.put("a=1")
		x := h.begin(kv.ReadCommitted)
		h.same(h.get(x, "a"), "1")
		h.put("a=2")
		h.same(h.get(x, "a"), "1")
		h.ok(x.Refresh(bg))
		h.same(h.get(x, "a"), "2")
		h.ok(x.Rollback())
	}},
	{"an acknowledged commit is seen by whoever begins later", func(h *harness) {
		for i := range 200 {
			h.put(fmt.Sprintf("a=%d", i))
			h.same(h.now("a"), fmt.Sprint(i))
		}
	}},
	{"cancelled reads end", func(h *harness) {
		w := h.begin(kv.RepeatableRead)
		for i := range 5000 {
			h.ok(w.Put(fmt.Appendf(nil, "k%05d", i), []byte("v")))
		}
		h.ok(w.Commit(bg))
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		x, err := h.e.Begin(ctx, kv.TxnOptions{})
		h.ok(err)
		it, err := x.Iter(ctx, []byte("k"), []byte("l"), false)
		h.ok(err)
		n := 0
		for it.Next() {
			if n++; n == 10 {
				cancel()
			}
		}
		h.is(it.Err(), context.Canceled)
		if n >= 5000 {
			h.Fatalf("the scan went on for %d rows after it was cancelled", n-10)
		}
		h.ok(it.Close())
		_, err = x.Get(ctx, []byte("k00001"))
		h.is(err, context.Canceled)
		_, err = x.BatchGet(ctx, [][]byte{[]byte("k00001")})
		h.is(err, context.Canceled)
		_, err = h.e.Begin(ctx, kv.TxnOptions{})
		h.is(err, context.Canceled)
		h.same(h.get(x, "k00001"), "v") // with a live context it goes on
		h.ok(x.Rollback())
	}},
}
