package catalog

import (
	"context"
	"sync"
	"time"
)

// maxTurn bounds how long changes of rights may wait for another one, longestTurn how long those may that are patient.
const maxTurn, longestTurn = time.Second, 10 * time.Second

// turn is had by one whose change takes so long that others have always changed the catalog meanwhile. A REVOKE does
// not wait for it longer than maxTurn, and after it others have at least as long as it was: who takes one after the
// other keeps nobody out.
type turn struct {
	mu    sync.Mutex
	taken *taken
	next  time.Time // when it may be taken again
}

type taken struct {
	over  chan struct{}
	began time.Time
}

type (
	turnKey    struct{}
	patientKey struct{}
)

// Patient is for a change of what there is, and not of who may use it: it waits for a turn that takes longer.
func Patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patientKey{}, true)
}

// Turn keeps others from changing the catalog for a moment, at most until release is called. What is done with the context
// that it returns is not kept out. It does not wait: where somebody else has the turn, or has just had it, nothing is kept.
// A change that needs longer than maxTurn says so, and those who are patient are kept out as long.
func (c *Catalog) Turn(ctx context.Context, needs time.Duration) (of context.Context, release func()) {
	t := &c.turn
	t.mu.Lock()
	defer t.mu.Unlock()
	began := time.Now()
	if t.taken != nil || began.Before(t.next) {
		return ctx, func() {}
	}
	own := &taken{make(chan struct{}), began}
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
	timer := time.AfterFunc(min(max(needs, maxTurn), longestTurn), end)
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
		patience := longestTurn
		if ctx.Value(patientKey{}) == nil {
			patience = time.Until(other.began.Add(maxTurn))
		}
		late := time.NewTimer(patience)
		select {
		case <-other.over:
			late.Stop()
		case <-late.C:
			return nil
		case <-ctx.Done():
			late.Stop()
			return ctx.Err()
		}
	}
}
