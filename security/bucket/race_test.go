package bucket

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// phases lets checkers know what the answer must be: an even phase is stable,
// an odd one has an Update under way. A check that begins and ends in the same
// even phase began after the Update returned, and must answer by it.
type phases struct {
	n       atomic.Uint64
	allowed atomic.Bool
}

func (p *phases) change(allowed bool, update func()) {
	p.n.Add(1)
	update()
	p.allowed.Store(allowed)
	p.n.Add(1)
}

// TestNoCheckAnswersByOldGrants grants and revokes, on every level, while
// others check. Run it with -race.
func TestNoCheckAnswersByOldGrants(t *testing.T) {
	w := newWorld(t)
	d := w.database("d")
	ids := w.tables(d, 3)
	ann, clerks := w.user("ann"), w.role("clerks")
	w.member(ann, clerks)
	var p phases
	var wrong atomic.Pointer[string]
	var checks atomic.Uint64
	stop := make(chan struct{})
	var checkers sync.WaitGroup
	for range 3 {
		checkers.Go(func() {
			r := w.session(ann)
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, id := range ids {
					before := p.n.Load()
					want := p.allowed.Load()
					got := r.Allows(id, kivi.Read)
					if before%2 == 0 && p.n.Load() == before && got != want {
						text := "allowed after REVOKE"
						if want {
							text = "denied after GRANT"
						}
						wrong.Store(&text)
					}
					checks.Add(1)
				}
			}
		})
	}
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	for i := range rounds {
		on, to := []catalog.ID{d, catalog.System, d}[i%3], ann
		if i%2 == 1 {
			to = clerks
		}
		p.change(true, func() { w.grant(to, on, privilege.Select) })
		w.tables(d, 1) // a commit that changes data ids near by
		p.change(false, func() { w.revoke(to, on) })
		p.change(true, func() { w.grant(catalog.Public, on, privilege.Select) })
		p.change(false, func() { w.change(ann, func(p *catalog.Principal) { p.Locked = true }) })
		p.change(true, func() { w.change(ann, func(p *catalog.Principal) { p.Locked = false }) })
		p.change(false, func() { w.revoke(catalog.Public, on) })
	}
	// The checkers must have had a chance: on one processor they might not.
	for from := checks.Load(); checks.Load() < from+100; {
		w.tables(d, 1)
	}
	close(stop)
	checkers.Wait()
	if text := wrong.Load(); text != nil {
		t.Error(*text)
	}
}

// TestChecksAllocateNothing holds while another goroutine grants.
func TestChecksAllocateNothing(t *testing.T) {
	w, r, ids := benchWorld(t, 1000)
	check := func() {
		for _, id := range ids {
			if !r.Allows(id, kivi.Read) {
				t.Error("denied")
			}
		}
		r.Epoch()
	}
	if n := testing.AllocsPerRun(20, check); n != 0 {
		t.Errorf("%v allocations in %d checks", n, len(ids))
	}
	if n := testing.AllocsPerRun(20, func() { r.Atoms(ids[0], ids[0]) }); n != 0 {
		t.Errorf("%v allocations in Atoms", n)
	}
	// A grant to somebody else costs the next check a new view, and nothing after.
	other := w.user("other")
	w.grant(other, ids[0], privilege.Select)
	check()
	if n := testing.AllocsPerRun(20, check); n != 0 {
		t.Errorf("%v allocations after a grant to somebody else", n)
	}
}
