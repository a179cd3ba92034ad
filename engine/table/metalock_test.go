package table

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

func TestMetaLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		locks := NewMetaLocks()
		a, b, c := locks.NewOwner(), locks.NewOwner(), locks.NewOwner()
		noErr(t, a.Shared(ctx, 1, 0))
		noErr(t, b.Shared(ctx, 1, 0))
		noErr(t, c.Exclusive(ctx, 2, 0)) // another table
		if err := c.Exclusive(ctx, 1, time.Second); !errors.Is(err, kv.ErrLockWait) {
			t.Fatalf("exclusive beside shared: %v", err)
		}
		got := make(chan error, 1)
		go func() { got <- c.Exclusive(ctx, 1, time.Hour) }()
		synctest.Wait()
		d := locks.NewOwner()
		if err := d.Shared(ctx, 1, time.Second); !errors.Is(err, kv.ErrLockWait) {
			t.Fatalf("shared passed a waiting exclusive: %v", err)
		}
		a.Release()
		b.Release()
		noErr(t, <-got)
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if err := a.Shared(cancelled, 1, time.Hour); !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled: %v", err)
		}
		c.Release()
		noErr(t, a.Shared(ctx, 1, 0))
		a.Release()
		if n := len(locks.tables); n != 0 {
			t.Errorf("%d entries are left", n)
		}
	})
}

// TestMetaLockUpgrade: two owners that share a table and both want to change it
// do it one after the other.
func TestMetaLockUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		locks := NewMetaLocks()
		a, b := locks.NewOwner(), locks.NewOwner()
		noErr(t, a.Shared(ctx, 1, 0))
		noErr(t, b.Shared(ctx, 1, 0))
		done := make(chan *LockOwner, 2)
		for _, o := range []*LockOwner{a, b} {
			go func() {
				if err := o.Exclusive(ctx, 1, time.Hour); err != nil {
					t.Error(err)
				}
				done <- o
			}()
		}
		synctest.Wait()
		first := <-done
		if len(done) != 0 {
			t.Fatal("both have the exclusive lock")
		}
		first.Release()
		if second := <-done; second == first {
			t.Error("the same owner twice")
		}
	})
}

func noErr(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMetaLockCircle: of those that wait for each other in a circle one gives up at once: who only wants to use a
// table, whoever has closed the circle, else who has closed it.
func TestMetaLockCircle(t *testing.T) {
	type step struct {
		owner     int
		id        codec.ObjectID
		exclusive bool
	}
	use := func(o int, id codec.ObjectID) step { return step{owner: o, id: id} }
	change := func(o int, id codec.ObjectID) step { return step{o, id, true} }
	for _, c := range []struct {
		name   string
		take   []step
		wait   []step // in this order
		victim int    // the first that gives up
	}{
		{"a user closes it", []step{use(0, 1), change(1, 2)}, []step{change(1, 1), use(0, 2)}, 0},
		{"a change closes it", []step{use(0, 1), change(1, 2)}, []step{use(0, 2), change(1, 1)}, 0},
		{"two changes", []step{change(0, 1), change(1, 2)}, []step{change(0, 2), change(1, 1)}, 1},
		{"three", []step{use(0, 1), use(1, 2), change(2, 3)}, []step{use(0, 3), change(2, 2), change(1, 1)}, 0},
		{"behind one that waits", []step{use(0, 1), use(1, 2), change(3, 3)}, []step{change(2, 2), use(0, 2), change(3, 1), use(1, 3)}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				locks := NewMetaLocks()
				var owners [4]*LockOwner
				for i := range owners {
					owners[i] = locks.NewOwner()
					owners[i].Over(locks.NewOwner())
				}
				take := func(s step) error {
					if s.exclusive {
						return owners[s.owner].Exclusive(context.Background(), s.id, time.Hour)
					}
					return owners[s.owner].Shared(context.Background(), s.id, time.Hour)
				}
				for _, s := range c.take {
					noErr(t, take(s))
				}
				type end struct {
					owner int
					err   error
				}
				ends := make(chan end, len(c.wait))
				for _, s := range c.wait {
					go func() { ends <- end{s.owner, take(s)} }()
					synctest.Wait()
				}
				began := time.Now()
				first := <-ends
				if first.owner != c.victim || !errors.Is(first.err, kv.ErrDeadlock) {
					t.Errorf("%d ends first: %v", first.owner, first.err)
				}
				owners[first.owner].Release()
				for range len(c.wait) - 1 {
					e := <-ends
					noErr(t, e.err)
					owners[e.owner].Release()
				}
				if d := time.Since(began); d > 0 {
					t.Errorf("they wait %v", d)
				}
				for _, o := range owners {
					o.Release()
				}
				if n := len(locks.tables); n != 0 {
					t.Errorf("%d entries are left", n)
				}
			})
		})
	}
}
