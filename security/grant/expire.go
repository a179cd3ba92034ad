package grant

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
)

// Expire takes away what was granted until now and no longer, with what hung on it.
// The certificates that are made in the same transaction no longer say it; those in
// force end by themselves, should this never run.
func Expire(tx *catalog.Tx, now time.Time) error {
	l := newLedger(tx)
	l.expire(now)
	return l.flush()
}

// expire takes out of the ledger what has ended by then.
func (l *ledger) expire(now time.Time) {
	var objects []catalog.ID
	for _, g := range l.tx.Timed() {
		ended := g.Ends.By(now)
		if ended == 0 {
			continue
		}
		left := *g
		left.Atoms = left.Atoms.Minus(ended)
		l.set(left)
		objects = append(objects, g.Object)
		if g.Object == catalog.System {
			l.forget(g.Grantee)
		}
	}
	for _, id := range objects {
		l.cascade(id)
	}
}

// Expirer runs Expire when something ends.
type Expirer struct {
	catalog *catalog.Catalog
	now     func() time.Time
	report  func(error)

	mu     sync.Mutex
	timer  *time.Timer
	closed bool
}

// retryAfter is when a change that failed is tried again.
const retryAfter = time.Second

// ExpireGrants takes away what has ended while nobody ran, and from then on
// whatever ends, when it does. The issuer of certificates is attached before. It is
// closed before the catalog. A clock that goes back gives nobody back what has ended: now
// should be one that does not.
func ExpireGrants(ctx context.Context, c *catalog.Catalog, now func() time.Time, report func(error)) (*Expirer, error) {
	e := &Expirer{catalog: c, now: now, report: report}
	if e.due(c.Snapshot(), now()) {
		if err := c.Update(ctx, func(tx *catalog.Tx) error { return Expire(tx, now()) }); err != nil {
			return nil, fmt.Errorf("take away grants that have ended: %w", err)
		}
	}
	e.mu.Lock()
	e.timer = time.AfterFunc(time.Hour, e.run)
	e.mu.Unlock()
	c.AfterCommit(func(s *catalog.Snapshot, t catalog.Touched) {
		if len(t.Principals) > 0 {
			e.plan(s)
		}
	})
	e.plan(c.Snapshot())
	return e, nil
}

func (e *Expirer) due(s *catalog.Snapshot, now time.Time) bool {
	return slices.ContainsFunc(s.Timed(), func(g *catalog.Grant) bool { return g.Ends.By(now) != 0 })
}

// plan sets the timer for the first end. It looks at the clock every hour, too, which
// somebody may have moved.
func (e *Expirer) plan(s *catalog.Snapshot) {
	wait, timed := time.Hour, s.Timed()
	for _, g := range timed {
		if parts := g.Ends.Parts(); len(parts) > 0 {
			wait = min(wait, time.UnixMicro(parts[0].At).Sub(e.now()))
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.timer.Reset(max(wait, 0))
	}
}

func (e *Expirer) run() {
	s := e.catalog.Snapshot()
	if e.due(s, e.now()) {
		err := e.catalog.Update(context.Background(), func(tx *catalog.Tx) error { return Expire(tx, e.now()) })
		if err != nil {
			e.report(fmt.Errorf("take away grants that have ended: %w", err))
			e.mu.Lock()
			defer e.mu.Unlock()
			if !e.closed {
				e.timer.Reset(retryAfter)
			}
			return
		}
	}
	e.plan(e.catalog.Snapshot())
}

// Close ends it.
func (e *Expirer) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.timer.Stop()
}
