package schedule

import (
	"errors"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
)

// stoppedClock says what a test says.
type stoppedClock struct{ now time.Time }

func (c *stoppedClock) Now() time.Time { return c.now }

func (c *stoppedClock) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// failingHost is a server in which nothing works.
type failingHost struct {
	changes int
	told    []int
}

func (h *failingHost) Snapshot() *catalog.Snapshot { return nil }
func (h *failingHost) Run(*catalog.Event) error    { return errors.New("it fails") }
func (h *failingHost) Change(*catalog.Event, func(*catalog.Event)) error {
	h.changes++
	return errors.New("nothing can be written")
}
func (h *failingHost) Failed(_ *catalog.Event, _ error, times int) { h.told = append(h.told, times) }

// An event that fails each second is told of at once, and then once an hour.
func TestFailuresDoNotFillTheLog(t *testing.T) {
	clock, host := &stoppedClock{moment(t, "2040-01-01 00:00:00", "UTC")}, &failingHost{}
	s := NewScheduler(host, clock)
	e := &catalog.Event{ID: 7, Every: 1, Unit: "SECOND", TimeZone: "UTC", Starts: clock.now.UnixMicro()}
	for range 2*3600 + 1 {
		s.mu.Lock()
		s.begin(s.look(e), e, clock.now)
		s.mu.Unlock()
		s.Wait()
		clock.now = clock.now.Add(time.Second)
	}
	if len(host.told) != 3 || host.told[0] != 1 || host.told[1] != 3600 || host.told[2] != 3600 {
		t.Errorf("told %v", host.told)
	}
	changed := *e
	changed.Modified++ // who mends it hears whether that has helped
	s.mu.Lock()
	s.begin(s.look(&changed), &changed, clock.now)
	s.mu.Unlock()
	s.Wait()
	if len(host.told) != 4 || host.told[3] != 1 {
		t.Errorf("told %v after a change", host.told)
	}
}

// That an event is over is tried to be written down again, and not all the time.
func TestOverIsWrittenDownLater(t *testing.T) {
	clock, host := &stoppedClock{moment(t, "2040-01-01 00:00:00", "UTC")}, &failingHost{}
	s := NewScheduler(host, clock)
	e := &catalog.Event{ID: 7, Over: true}
	s.mu.Lock()
	k := s.look(e)
	s.mu.Unlock()
	s.finish(k, e)
	if host.changes != 1 || !k.again.Equal(clock.now.Add(time.Minute)) {
		t.Errorf("%d tries, again at %v", host.changes, k.again)
	}
}
