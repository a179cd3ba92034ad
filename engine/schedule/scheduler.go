package schedule

import (
	"context"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
)

// Clock is what the scheduler lives by; tests have one of their own.
type Clock interface {
	Now() time.Time
	// After sends when d has passed; stop gives it up.
	After(d time.Duration) (passed <-chan time.Time, stop func())
}

// Host is the server that events run in.
type Host interface {
	Snapshot() *catalog.Snapshot
	// Run runs an event once.
	Run(e *catalog.Event) error
	// Change writes down what became of an event, if it is still the one that it was: when it ran
	// last, and whether it is Over. One that is Over and no longer enabled is done with.
	Change(e *catalog.Event, change func(cur *catalog.Event)) error
	// Failed tells the operator: the event has failed that many times since he last heard of it.
	Failed(e *catalog.Event, err error, times int)
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// Scheduler runs events while event_scheduler is ON: each in a session of its definer,
// one run of an event at a time.
//
// That an event runs for the last time is written down before it does, so that a crash
// makes no event run twice; what is left of such a one goes at the next start.
type Scheduler struct {
	host    Host
	clock   Clock
	changed chan struct{} // something to look at
	stop    context.CancelFunc
	done    chan struct{} // the loop has ended; nil before it began
	running sync.WaitGroup

	mu    sync.Mutex
	on    bool
	since time.Time // it is on; what was to run before is left out
	known map[catalog.ID]*occurrences
}

// occurrences are the times of one event.
type occurrences struct {
	of      *catalog.Event
	from    time.Time // what comes before is done, or left out
	next    time.Time
	over    bool // there is no next one
	running bool
	ran     int64     // when it ran last, in microseconds since 1970
	told    time.Time // when the operator heard that it failed
	failed  int       // how often it has since
	again   time.Time // before then nobody tries again to write down that it is over
}

// quiet is how long the operator hears nothing more of an event that fails: one that does so
// each second would fill the log. Every run of it is in the audit log.
const quiet = time.Hour

// NewScheduler makes one that is off; without a clock it lives by the wall's.
func NewScheduler(host Host, c Clock) *Scheduler {
	s := &Scheduler{host: host, clock: c, changed: make(chan struct{}, 1), known: map[catalog.ID]*occurrences{}}
	if c == nil {
		s.clock = wallClock{}
	}
	return s
}

// Poke has the loop look again.
func (s *Scheduler) Poke() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Turn switches it on or off. What runs goes on.
func (s *Scheduler) Turn(on bool) {
	if !on {
		s.mu.Lock()
		s.on = false
		s.mu.Unlock()
		return
	}
	s.TurnOnAt(s.clock.Now())
	s.mu.Lock()
	if s.done == nil {
		var ctx context.Context
		ctx, s.stop = context.WithCancel(context.Background())
		s.done = make(chan struct{})
		go s.loop(ctx)
	}
	s.mu.Unlock()
	s.Poke()
}

// TurnOnAt switches it on for who calls Pass himself.
func (s *Scheduler) TurnOnAt(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		return
	}
	s.on, s.since = true, now.Truncate(time.Second)
	for _, k := range s.known { // some may run still
		k.of = nil
	}
}

// On says whether it is.
func (s *Scheduler) On() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on
}

// Wait returns when no event runs.
func (s *Scheduler) Wait() { s.running.Wait() }

// Shut ends the loop: nothing begins from now on.
func (s *Scheduler) Shut() {
	s.mu.Lock()
	stop, done := s.stop, s.done
	s.on = false
	s.mu.Unlock()
	if done != nil {
		stop()
		<-done
	}
}

func (s *Scheduler) loop(ctx context.Context) {
	defer close(s.done)
	for {
		var passed <-chan time.Time
		stop := func() {}
		if wait, any := s.Pass(s.clock.Now()); any {
			passed, stop = s.clock.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-s.changed:
		case <-passed:
		}
		stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// Pass begins what is due, and says how long there is nothing to do.
func (s *Scheduler) Pass(now time.Time) (wait time.Duration, any bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return 0, false
	}
	snap := s.host.Snapshot()
	there := map[catalog.ID]bool{}
	for _, db := range snap.Databases() {
		for _, e := range snap.Events(db.ID) {
			there[e.ID] = true
			k := s.look(e)
			if k.running || !e.Enabled && !e.Over {
				continue
			}
			switch {
			case (e.Over || k.over) && k.again.After(now):
				if left := k.again.Sub(now); !any || left < wait {
					wait, any = left, true
				}
				continue
			case e.Over || k.over:
				s.start(k, func() { s.finish(k, e) })
				continue
			case !k.next.After(now):
				s.begin(k, e, now)
			}
			if left := k.next.Sub(now); !k.over && (!any || left < wait) {
				wait, any = left, true
			}
		}
	}
	for id, k := range s.known {
		if !there[id] && !k.running {
			delete(s.known, id)
		}
	}
	return wait, any
}

// look is what is known of an event, as it is now.
func (s *Scheduler) look(e *catalog.Event) *occurrences {
	k := s.known[e.ID]
	if k == nil {
		k = &occurrences{}
		s.known[e.ID] = k
	}
	if k.of == e {
		return k
	}
	if k.of == nil || k.of.Modified != e.Modified { // somebody made or changed it
		k.from, k.told, k.failed = s.since, time.Time{}, 0
		if made := time.UnixMicro(e.Modified).Truncate(time.Second); made.After(k.from) {
			k.from = made
		}
	}
	k.of = e
	next, ok := Next(e, k.from)
	k.next, k.over = next, !ok
	return k
}

// begin starts a run. Times that pass while it takes are left out.
func (s *Scheduler) begin(k *occurrences, e *catalog.Event, now time.Time) {
	k.from = now.Add(time.Microsecond)
	ran := e.Clone()
	ran.LastExecuted = now.UnixMicro()
	next, ok := Next(ran, k.from)
	k.next, k.over, k.ran = next, !ok, ran.LastExecuted
	ran.Over = k.over
	s.start(k, func() {
		if keeps(ran) {
			if err := s.host.Change(e, func(cur *catalog.Event) { cur.LastExecuted, cur.Over = ran.LastExecuted, ran.Over }); err != nil {
				s.fails(k, e, err)
				return
			}
		}
		if err := s.host.Run(e); err != nil {
			s.fails(k, e, err)
		}
		if ran.Over {
			s.finish(k, ran)
		}
	})
}

// rare is how often an event runs at most whose runs are written down. Of the others it
// is known as long as the server runs: each writing is a change of the catalog, which
// makes sessions look again at what they keep of it.
const rare = time.Minute

func keeps(e *catalog.Event) bool {
	first := time.UnixMicro(e.Starts)
	after, ok := Next(e, first.Add(time.Microsecond))
	return e.Over || e.Every == 0 || !ok || after.Sub(first) >= rare
}

// start runs f beside the loop.
func (s *Scheduler) start(k *occurrences, f func()) {
	k.running = true
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		f()
		s.mu.Lock()
		k.running = false
		s.mu.Unlock()
		s.Poke()
	}()
}

// finish is for an event that does not run again.
func (s *Scheduler) finish(k *occurrences, e *catalog.Event) {
	if err := s.host.Change(e, func(cur *catalog.Event) { cur.Over, cur.Enabled = true, false }); err != nil {
		s.mu.Lock()
		k.again = s.clock.Now().Add(time.Minute)
		s.mu.Unlock()
		s.fails(k, e, err)
	}
}

// fails tells the operator, unless he has heard of this event a short time ago.
func (s *Scheduler) fails(k *occurrences, e *catalog.Event, err error) {
	now := s.clock.Now()
	s.mu.Lock()
	k.failed++
	times, tell := k.failed, k.told.IsZero() || now.Sub(k.told) >= quiet
	if tell {
		k.told, k.failed = now, 0
	}
	s.mu.Unlock()
	if tell {
		s.host.Failed(e, err, times)
	}
}

// Ran says when an event ran last, 0 when it did not since the start.
func (s *Scheduler) Ran(id catalog.ID) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.known[id]; k != nil {
		return k.ran
	}
	return 0
}
