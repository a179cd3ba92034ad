package catalog

import (
	"context"
	"sync"
	"time"
)

// maxTurn bounds how long all other changes may wait for one.
const maxTurn = time.Second

// turn is had by one whose change takes so long that others have always changed the catalog meanwhile. Nobody waits
// for it longer than maxTurn, and after it others have at least as long as it was: who takes one after the other
// keeps nobody out.
type turn struct {
	mu    sync.Mutex
	taken *taken
	next  time.Time // when it may be taken again
}

type taken struct{ over chan struct{} }

type turnKey struct{}

// Turn keeps others from changing the catalog for a moment, at most until release is called. What is done with the context
// that it returns is not kept out. It does not wait: where somebody else has the turn, or has just had it, nothing is kept.
func (c *Catalog) Turn(ctx context.Context) (of context.Context, release func()) {
	t := &c.turn
	t.mu.Lock()
	defer t.mu.Unlock()
	began := time.Now()
	if t.taken != nil || began.Before(t.next) {
		return ctx, func() {}
	}
	own := &taken{make(chan struct{})}
	t.taken = own
	end := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.taken == own {
			t.taken = nil
			now := time.Now()
			t.next = now.Add(now.Sub(began))
			close(own.over)
		}
	}
	timer := time.AfterFunc(maxTurn, end)
	return context.WithValue(ctx, turnKey{}, own), func() {
		timer.Stop()
		end()
	}
}

// wait lets the one go first who has the turn.
func (t *turn) wait(ctx context.Context) error {
	for {
		t.mu.Lock()
		other := t.taken
		t.mu.Unlock()
		if other == nil || ctx.Value(turnKey{}) == other {
			return nil
		}
		select {
		case <-other.over:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
