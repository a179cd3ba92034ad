package kivi

import (
	"errors"
	"testing"
)

// A transaction keeps what its handles have asked once, however many statements it has: with one
// entry for each, a loop of a program took memory without end, and each GRANT walked through all.
func TestHandlesThatAskTheSameAreNotedOnce(t *testing.T) {
	const id = 2000
	g, h := newGuard(id, all), newGuard(id, all)
	x := begin(t, openDB(t))
	defer x.Rollback()
	for i := range 1000 {
		ok(t, x.Table(id, g, Read|Insert).PutEntry(bg, benchKey(i), []byte("v")))
		ok(t, x.Table(id, h, Read|Update).PutEntry(bg, benchKey(i), []byte("w")))
		_, err := x.Table(id, g, Read).LockGet(bg, benchKey(i))
		ok(t, err)
	}
	if w, l := len(x.written.list), len(x.locked.list); w != 2 || l != 1 {
		t.Errorf("noted %d that wrote and %d that locked, want 2 and 1", w, l)
	}
	for want := Rights(1); want < 64; want++ { // more than are looked through one by one
		if want&writing != 0 {
			ok(t, x.Table(id, g, want).PutEntry(bg, benchKey(0), []byte("v")))
			ok(t, x.Table(id, g, want).PutEntry(bg, benchKey(0), []byte("v")))
		}
	}
	seen := map[question]bool{}
	for _, q := range x.written.list {
		if seen[q] {
			t.Errorf("%v twice", q)
		}
		seen[q] = true
	}
	if len(x.written.all) != len(x.written.list) {
		t.Errorf("%d in the list, %d beside it", len(x.written.list), len(x.written.all))
	}
}

// What is taken back with a statement is asked again when a handle writes on, its own or one that
// another has stood for.
func TestNotedAgainAfterRollback(t *testing.T) {
	const id = 2000
	for _, few := range []bool{true, false} {
		for _, other := range []bool{false, true} {
			g := newGuard(id, all)
			x := begin(t, openDB(t))
			for want := Rights(1); !few && want < 64; want++ {
				if want&writing != 0 {
					ok(t, x.Table(id, newGuard(id, all), want).PutEntry(bg, benchKey(9), []byte("v")))
				}
			}
			m := x.Mark()
			first, second := x.Table(id, g, Read|Insert), x.Table(id, g, Read|Insert)
			ok(t, first.PutEntry(bg, benchKey(1), []byte("v")))
			ok(t, second.PutEntry(bg, benchKey(2), []byte("v")))
			ok(t, x.RollbackTo(m))
			if len(x.written.list) != m.written || !x.locked.has(first.question()) {
				t.Fatalf("%d noted after the rollback to %d, locks of it: %v", len(x.written.list), m.written, x.locked.list)
			}
			again := first
			if other {
				again = second
			}
			ok(t, again.PutEntry(bg, benchKey(3), []byte("v")))
			g.set(0)
			var denied *DeniedError
			if err := x.Commit(bg); !errors.As(err, &denied) || !denied.Revoked {
				t.Errorf("few %v, other %v: commit after the revoke: %v", few, other, err)
			}
		}
	}
}

// A handle under another policy asks another question.
func TestNotedUnderEachPolicy(t *testing.T) {
	const id = 2000
	g := newGuard(id, 0)
	g.policy.Store(1)
	x := begin(t, openDB(t))
	defer x.Rollback()
	tab := x.Table(id, g, Read|Insert)
	tab.Under(1)
	ok(t, tab.PutEntry(bg, benchKey(1), []byte("v")))
	g.policy.Store(2)
	tab.Under(2)
	ok(t, tab.PutEntry(bg, benchKey(2), []byte("v")))
	var denied *DeniedError
	if err := x.Commit(bg); !errors.As(err, &denied) {
		t.Errorf("commit of what was written under a policy that is gone: %v", err)
	}
}
