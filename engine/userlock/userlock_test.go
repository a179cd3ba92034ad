package userlock

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

func owner(id uint32) *Owner { return &Owner{ID: id} }

// has asks without waiting.
func (t *Table) has(o *Owner, name string) bool {
	got, _ := t.Lock(context.Background(), o, name, 0)
	return got
}

// waits until o waits for something.
func (t *Table) waits(o *Owner) {
	for {
		t.mu.Lock()
		waiting := o.waiting != nil
		t.mu.Unlock()
		if waiting {
			return
		}
		runtime.Gosched()
	}
}

func TestLocksAreCounted(t *testing.T) {
	var table Table
	a, b := owner(1), owner(2)
	if !table.has(a, "X") || !table.has(a, "x") || table.has(b, "x") {
		t.Fatal("x is a's, twice, in any case")
	}
	if held, mine := table.Unlock(b, "x"); !held || mine {
		t.Error("b released a's lock")
	}
	if held, mine := table.Unlock(b, "y"); held || mine {
		t.Error("nobody has y")
	}
	table.Unlock(a, "x")
	if id, used := table.User("X"); !used || id != 1 {
		t.Errorf("%d %v", id, used)
	}
	table.has(a, "y")
	table.has(a, "y")
	if n := table.UnlockAll(a); n != 3 {
		t.Errorf("%d were released", n)
	}
	if !table.has(b, "x") || !table.has(b, "y") {
		t.Error("x and y are free")
	}
}

func TestWaitersInOrder(t *testing.T) {
	var table Table
	first := owner(0)
	table.has(first, "x")
	got := make(chan uint32, 10)
	var all sync.WaitGroup
	for id := range uint32(5) {
		o := owner(id + 1)
		all.Go(func() {
			if ok, err := table.Lock(context.Background(), o, "x", -1); !ok || err != nil {
				t.Errorf("%v %v", ok, err)
			}
			got <- o.ID
			table.UnlockAll(o)
		})
		table.waits(o)
	}
	table.Unlock(first, "x")
	all.Wait()
	for id := range uint32(5) {
		if n := <-got; n != id+1 {
			t.Errorf("%d got it as number %d", n, id+1)
		}
	}
	if len(table.locks) != 0 {
		t.Errorf("%d locks are left", len(table.locks))
	}
}

func TestDeadlock(t *testing.T) {
	var table Table
	owners := []*Owner{owner(0), owner(1), owner(2)}
	for i, o := range owners {
		table.has(o, fmt.Sprint(i))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	for i := range 2 {
		go func() {
			_, err := table.Lock(ctx, owners[i], fmt.Sprint(i+1), -1)
			done <- err
		}()
		table.waits(owners[i])
	}
	if _, err := table.Lock(ctx, owners[2], "0", time.Hour); !errors.Is(err, ErrDeadlock) {
		t.Errorf("a circle of three: %v", err)
	}
	if got, err := table.Lock(ctx, owners[2], "0", 0); got || err != nil {
		t.Errorf("who does not wait: %v %v", got, err)
	}
	cancel()
	for range 2 {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestMemory: what is held is given back, whatever happened to the locks.
func TestMemory(t *testing.T) {
	var table Table
	var mu sync.Mutex
	held, most := int64(0), int64(3000)
	full := errors.New("full")
	hold := func(n int64) error {
		mu.Lock()
		defer mu.Unlock()
		if n > 0 && held+n > most {
			return full
		}
		held += n
		return nil
	}
	var all sync.WaitGroup
	for id := range uint32(4) {
		all.Go(func() {
			o := &Owner{ID: id, Hold: hold}
			r := rand.New(rand.NewPCG(1, uint64(id)))
			for range 2000 {
				name := fmt.Sprint(r.IntN(6))
				switch r.IntN(4) {
				case 0, 1:
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(200))*time.Microsecond)
					_, err := table.Lock(ctx, o, name, time.Duration(r.IntN(3)-1)*50*time.Microsecond)
					if err != nil && !errors.Is(err, full) && !errors.Is(err, ErrDeadlock) && !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					cancel()
				case 2:
					table.Unlock(o, name)
				case 3:
					table.UnlockAll(o)
				}
			}
			table.UnlockAll(o)
		})
	}
	all.Wait()
	if held != 0 || len(table.locks) != 0 {
		t.Errorf("%d bytes and %d locks are left", held, len(table.locks))
	}
}
