package table

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

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
