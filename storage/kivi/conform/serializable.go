package conform

import (
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var serializableCases = []testCase{
	{"write skew is refused", func(h *harness) {
		h.put("x=1", "y=1")
		a, b := h.begin(kv.Serializable), h.begin(kv.Serializable)
		h.same(h.get(a, "x")+h.get(b, "y"), "11")
		h.ok(a.Put([]byte("y"), []byte("0")))
		h.ok(b.Put([]byte("x"), []byte("0")))
		h.ok(a.Commit(bg))
		h.is(b.Commit(bg), kv.ErrConflict)
		h.same(h.now("x")+h.now("y"), "10")
	}},
	{"write skew is allowed below serializable", func(h *harness) {
		h.put("x=1", "y=1")
		a, b := h.begin(kv.RepeatableRead), h.begin(kv.RepeatableRead)
		h.same(h.get(a, "x")+h.get(b, "y"), "11")
		h.ok(a.Put([]byte("y"), []byte("0")))
		h.ok(b.Put([]byte("x"), []byte("0")))
		h.ok(a.Commit(bg))
		h.ok(b.Commit(bg))
	}},
	{"reading an absent key is reading", func(h *harness) {
		a, b := h.begin(kv.Serializable), h.begin(kv.Serializable)
		h.same(h.get(a, "x")+h.batch(b, "y"), "--")
		h.ok(a.Put([]byte("y"), []byte("1")))
		h.ok(b.Put([]byte("x"), []byte("1")))
		h.ok(a.Commit(bg))
		h.is(b.Commit(bg), kv.ErrConflict)
	}},
	{"phantoms are refused", func(h *harness) {
		h.needRanges()
		for _, reverse := range []bool{false, true} {
			a, b := h.begin(kv.Serializable), h.begin(kv.Serializable)
			h.scan(a, "p", "q", reverse)
			h.scan(b, "p", "q", reverse)
			h.ok(a.Put([]byte("p1"), []byte("0")))
			h.ok(b.Put([]byte("p2"), []byte("0")))
			h.ok(a.Commit(bg))
			h.is(b.Commit(bg), kv.ErrConflict)
		}
	}},
	{"what was not reached by a scan is not read", func(h *harness) {
		h.needRanges()
		h.put("p1=1", "p5=5")
		first := func(reverse bool) kv.Txn { // reads the first row of the range
			x := h.begin(kv.Serializable)
			it, err := x.Iter(bg, []byte("p"), []byte("q"), reverse)
			h.ok(err)
			if !it.Next() {
				h.Fatal(it.Err())
			}
			h.ok(it.Close())
			return x
		}
		for _, c := range []struct {
			reverse bool
			inside  []string
		}{{false, []string{"p1", "p0"}}, {true, []string{"p5", "p7"}}} {
			x := first(c.reverse)
			h.put("p4=outside the part that was read")
			h.ok(x.Put([]byte("z"), []byte("1")))
			h.ok(x.Commit(bg))
			for _, key := range c.inside {
				x = first(c.reverse)
				h.put(key + "=inside")
				h.ok(x.Put([]byte("z"), []byte("1")))
				h.is(x.Commit(bg), kv.ErrConflict)
			}
		}
	}},
	{"a serializable reader never conflicts", func(h *harness) {
		h.put("x=1")
		a := h.begin(kv.Serializable)
		h.same(h.get(a, "x"), "1")
		h.put("x=2")
		h.same(h.get(a, "x"), "1")
		h.ok(a.Commit(bg))
	}},
	{"locking first avoids the conflict", func(h *harness) {
		if !h.e.Caps().StrictCommit {
			h.Skip("the engine may refuse a commit after a lock wait")
		}
		h.put("x=1")
		a, b := h.begin(kv.Serializable), h.begin(kv.Serializable)
		h.ok(a.Lock(bg, 0, []byte("x")))
		got := run(func() error { return b.Lock(bg, longWait, []byte("x")) })
		h.ok(a.Put([]byte("x"), []byte("2")))
		h.ok(a.Commit(bg))
		h.ok(<-got)
		h.same(h.get(b.Current(), "x"), "2")
		h.ok(b.Put([]byte("x"), []byte("3")))
		h.ok(b.Commit(bg))
	}},
}

func (h *harness) needRanges() {
	if !h.e.Caps().Serializable {
		h.Skip("the engine does not validate ranges")
	}
}
