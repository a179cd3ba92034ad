package authn

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestDelayGrowsAndEnds(t *testing.T) {
	h := newHouse(t)
	h.user("ann", "geheim")
	for range freePerPair {
		h.login("ann", "wrong", "10.0.0.1:1")
	}
	if len(h.waited) != 0 {
		t.Fatalf("waited %v within the free failures", h.waited)
	}
	for i := range 8 {
		h.login("ann", "wrong", fmt.Sprintf("10.0.0.1:%d", i)) // another port is the same address
	}
	if len(h.waited) != 8 || h.waited[0] != firstDelay || h.waited[1] != 2*firstDelay || h.waited[7] != maxPairDelay {
		t.Errorf("waited %v", h.waited)
	}
	// From elsewhere, and for others from here, nothing changed.
	h.waited = nil
	if _, err := h.login("ann", "geheim", "10.0.0.2:1"); err != nil || len(h.waited) != 0 {
		t.Errorf("from another address: %v, waited %v", err, h.waited)
	}
	h.login("bob", "wrong", "10.0.0.1:1")
	if len(h.waited) != 0 {
		t.Errorf("another account waited %v", h.waited)
	}
	// The right password gets through, late, and clears the record.
	if _, err := h.login("ann", "geheim", "10.0.0.1:1"); err != nil || len(h.waited) != 1 {
		t.Errorf("right password: %v, waited %v", err, h.waited)
	}
	h.waited = nil
	if h.login("ann", "wrong", "10.0.0.1:1"); len(h.waited) != 0 {
		t.Errorf("after a success: waited %v", h.waited)
	}
}

func TestUnknownUsersAreDelayedAlike(t *testing.T) {
	h := newHouse(t)
	h.user("ann", "geheim")
	for range freePerPair + 3 {
		h.login("ann", "wrong", "10.0.0.1")
	}
	known := h.waited
	h.waited = nil
	for range freePerPair + 3 {
		h.login("nobody", "wrong", "10.0.0.2")
	}
	if fmt.Sprint(known) != fmt.Sprint(h.waited) || len(known) != 3 {
		t.Errorf("known user waited %v, unknown %v", known, h.waited)
	}
}

func TestAddressIsDelayedOverAccounts(t *testing.T) {
	h := newHouse(t)
	for i := range freePerAddress + 8 {
		h.login(fmt.Sprintf("user%d", i), "wrong", "10.0.0.1")
	}
	if len(h.waited) != 8 || h.waited[0] != firstDelay || h.waited[7] != maxAddressDelay {
		t.Errorf("waited %v", h.waited)
	}
	// Others behind the address wait a little and never queue or are refused.
	h.user("ann", "geheim")
	h.auth.wait = func(_ context.Context, d time.Duration) error { h.waited = append(h.waited, d); return nil }
	h.waited = nil
	for range 50 {
		if _, err := h.login("ann", "geheim", "10.0.0.1"); err != nil {
			t.Fatal(err)
		}
	}
	if len(h.waited) != 50 || h.waited[49] != maxAddressDelay {
		t.Errorf("waited %v", h.waited)
	}
	h.waited = nil
	h.mu.Lock()
	h.now = h.now.Add(forgetAfter + time.Second)
	h.mu.Unlock()
	if h.login("user", "wrong", "10.0.0.1"); len(h.waited) != 0 {
		t.Errorf("waited %v after a quiet time", h.waited)
	}
}

// TestParallelGuessesQueue: attempts at the same instant get turns one after
// another, and too many are refused without any work.
func TestParallelGuessesQueue(t *testing.T) {
	f := newFailures()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	try := Attempt{User: "ann", Remote: "10.0.0.1"}
	for range 20 {
		f.end(try, false, now)
	}
	last := time.Duration(-1)
	refused := false
	for range 20 {
		delay, ok := f.begin(try, now)
		if !ok {
			refused = true
			break
		}
		if delay <= last {
			t.Fatalf("turn after %v, the one before after %v", delay, last)
		}
		last = delay
	}
	if !refused || last > maxQueue {
		t.Errorf("refused %t, last turn after %v", refused, last)
	}
	if _, ok := f.begin(try, now.Add(maxQueue)); !ok {
		t.Error("refused when the queue had passed")
	}
}

func TestRefusedByQueue(t *testing.T) {
	h := newHouse(t)
	h.user("ann", "geheim")
	h.auth.wait = func(context.Context, time.Duration) error { return nil } // the clock stands still
	var last error
	for range 40 {
		_, last = h.login("ann", "wrong", "10.0.0.1")
	}
	if !errors.Is(last, ErrTooMany) {
		t.Errorf("got %v", last)
	}
}

func TestTrackingIsBounded(t *testing.T) {
	f := newFailures()
	f.max = 10
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range 100 {
		f.end(Attempt{User: "ann", Remote: fmt.Sprint(i)}, false, now)
	}
	if f.order.Len() != 10 || len(f.keys) != 10 {
		t.Errorf("%d and %d entries, want 10", f.order.Len(), len(f.keys))
	}
}
