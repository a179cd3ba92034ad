package locks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
)

var bg = context.Background()

const long = 30 * time.Second

func mustLock(t *testing.T, lt *Table, o *Owner, key string) {
	t.Helper()
	if err := lt.Lock(bg, o, []byte(key), 0); err != nil {
		t.Fatalf("lock %s: %v", key, err)
	}
}

// waiting starts a Lock and returns once it waits.
func waiting(t *testing.T, ctx context.Context, lt *Table, o *Owner, key string) <-chan error {
	t.Helper()
	before := lt.waits.Load()
	done := make(chan error, 1)
	go func() { done <- lt.Lock(ctx, o, []byte(key), long) }()
	for deadline := time.Now().Add(long); lt.waits.Load() == before; runtime.Gosched() {
		select {
		case err := <-done:
			t.Fatalf("lock %s did not wait: %v", key, err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("lock %s never began to wait", key)
		}
	}
	return done
}

func noRowsLeft(t *testing.T, lt *Table) {
	t.Helper()
	if n := lt.Stats().Rows; n != 0 {
		t.Fatalf("%d rows are still locked", n)
	}
}

func TestFirstComeFirstServed(t *testing.T) {
	lt := New(nil)
	var a, b, c Owner
	mustLock(t, lt, &a, "k")
	mustLock(t, lt, &a, "k")
	if a.Held() != 1 {
		t.Fatalf("locking twice holds %d rows", a.Held())
	}
	gotB := waiting(t, bg, lt, &b, "k")
	gotC := waiting(t, bg, lt, &c, "k")
	lt.ReleaseAll(&a, 0)
	if err := <-gotB; err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-gotC:
		t.Fatalf("the second waiter got the row as well: %v", err)
	default:
	}
	if err := lt.Lock(bg, &a, []byte("k"), 0); !errors.Is(err, ErrWait) {
		t.Fatalf("a newcomer overtook the queue: %v", err)
	}
	lt.ReleaseAll(&b, 0)
	if err := <-gotC; err != nil {
		t.Fatal(err)
	}
	lt.ReleaseAll(&c, 0)
	noRowsLeft(t, lt)
}

// TestDeadlockAfterOwnerChange: who waits when the row changes hands waits for
// the new owner.
func TestDeadlockAfterOwnerChange(t *testing.T) {
	lt := New(nil)
	var a, b, c Owner
	mustLock(t, lt, &a, "k")
	mustLock(t, lt, &c, "c")
	gotB := waiting(t, bg, lt, &b, "k")
	gotC := waiting(t, bg, lt, &c, "k")
	lt.ReleaseAll(&a, 0)
	if err := <-gotB; err != nil {
		t.Fatal(err)
	}
	if err := lt.Lock(bg, &b, []byte("c"), long); !errors.Is(err, ErrDeadlock) {
		t.Fatalf("b waits for c, which waits for b: %v", err)
	}
	lt.ReleaseAll(&b, 0)
	if err := <-gotC; err != nil {
		t.Fatal(err)
	}
	lt.ReleaseAll(&c, 0)
	noRowsLeft(t, lt)
}

// TestDeadlockAfterLeaving: who stood behind a waiter that gave up waits for
// whoever that one waited for.
func TestDeadlockAfterLeaving(t *testing.T) {
	lt := New(nil)
	var a, b, c Owner
	mustLock(t, lt, &a, "k")
	mustLock(t, lt, &c, "c")
	ctx, cancel := context.WithCancel(bg)
	gotB := waiting(t, ctx, lt, &b, "k")
	gotC := waiting(t, bg, lt, &c, "k")
	cancel()
	if err := <-gotB; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := lt.Lock(bg, &a, []byte("c"), long); !errors.Is(err, ErrDeadlock) {
		t.Fatalf("a waits for c, which waits for a: %v", err)
	}
	// b has left and waits for nobody: no cycle through it.
	mustLock(t, lt, &b, "b")
	gotA := waiting(t, bg, lt, &a, "b")
	lt.ReleaseAll(&b, 0)
	if err := <-gotA; err != nil {
		t.Fatal(err)
	}
	lt.ReleaseAll(&a, 0)
	if err := <-gotC; err != nil {
		t.Fatal(err)
	}
	lt.ReleaseAll(&c, 0)
	noRowsLeft(t, lt)
}

func TestDeadlockWithAWaiterAhead(t *testing.T) {
	lt := New(nil)
	var a, b, c Owner
	mustLock(t, lt, &a, "k")
	mustLock(t, lt, &c, "c")
	gotB := waiting(t, bg, lt, &b, "k") // b waits for a
	gotC := waiting(t, bg, lt, &c, "k") // c waits for b, then a
	if err := lt.Lock(bg, &a, []byte("c"), long); !errors.Is(err, ErrDeadlock) {
		t.Fatalf("the cycle a, c, b, a was missed: %v", err)
	}
	lt.ReleaseAll(&a, 0)
	if err := <-gotB; err != nil {
		t.Fatal(err)
	}
	lt.ReleaseAll(&b, 0)
	if err := <-gotC; err != nil {
		t.Fatal(err)
	}
	lt.ReleaseAll(&c, 0)
	noRowsLeft(t, lt)
}

func TestCommittedSince(t *testing.T) {
	lt := New(nil)
	var o Owner
	key := []byte("k")
	mustLock(t, lt, &o, "k")
	lt.ReleaseAll(&o, 7)
	if !lt.CommittedSince(key, 6) || lt.CommittedSince(key, 7) {
		t.Fatal("the commit that released the row was not noted")
	}
	mustLock(t, lt, &o, "k")
	lt.ReleaseAll(&o, 0) // a rollback
	if lt.CommittedSince(key, 7) {
		t.Fatal("a rollback counts as a commit")
	}
}

// TestStorm locks random rows in random order from many goroutines: the
// counters behind the rows are plain ints, so the race detector sees any two
// owners, and the sum finds a lost one.
func TestStorm(t *testing.T) {
	const clients, rounds, rows = 8, 400, 6
	lt := New(nil)
	var count [rows]int
	var wg sync.WaitGroup
	done := make([][rows]int, clients)
	for g := range clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			for n := range rounds {
				var o Owner
				for range 1 + rng.IntN(3) {
					k := rng.IntN(rows)
					ctx, cancel := context.WithCancel(bg)
					if rng.IntN(10) == 0 {
						cancel()
					}
					err := lt.Lock(ctx, &o, fmt.Appendf(nil, "%d", k), long)
					cancel()
					if errors.Is(err, ErrDeadlock) {
						break
					}
					if err == nil {
						count[k]++
						done[g][k]++
					} else if !errors.Is(err, context.Canceled) {
						t.Error(err)
						return
					}
				}
				lt.ReleaseAll(&o, uint64(n))
			}
		})
	}
	wg.Wait()
	for k := range rows {
		sum := 0
		for g := range clients {
			sum += done[g][k]
		}
		if sum != count[k] {
			t.Errorf("row %d: %d increments, counter %d", k, sum, count[k])
		}
	}
	noRowsLeft(t, lt)
	if w := lt.Waiting(); w != 0 {
		t.Errorf("%d still wait", w)
	}
}

func BenchmarkLockRelease(b *testing.B) {
	lt := New(nil)
	var o Owner
	key := []byte("0123456789abcdef")
	b.ReportAllocs()
	for b.Loop() {
		if err := lt.Lock(bg, &o, key, 0); err != nil {
			b.Fatal(err)
		}
		lt.ReleaseAll(&o, 0)
	}
}
