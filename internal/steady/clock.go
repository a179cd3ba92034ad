// Package steady is a clock that does not go back: not while the process runs, whatever
// is done to the machine's, and not before a moment that is known to have been.
// What is allowed until some time must not come back because somebody moved a clock.
package steady

import (
	"sync"
	"time"
)

// Clock is safe for concurrent use. Where the machine's clock went ahead and came back
// it stays ahead: what ends, ends rather too early.
type Clock struct {
	wall func() time.Time
	runs func() time.Duration // since some moment; nobody can move it

	mu    sync.Mutex
	floor time.Time     // the time was this
	at    time.Duration // when runs said this
}

// New starts at the machine's time.
func New() *Clock { return Beside(time.Now) }

// Beside is New where wall is the clock that somebody may move.
func Beside(wall func() time.Time) *Clock {
	begun := time.Now()
	return start(wall, func() time.Duration { return time.Since(begun) })
}

func start(wall func() time.Time, runs func() time.Duration) *Clock {
	return &Clock{wall: wall, runs: runs, floor: wall().Round(0), at: runs()}
}

// Now is the machine's time, or what has passed since the latest time that was known,
// whichever is later.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	runs := c.runs()
	steady := c.floor.Add(runs - c.at)
	if wall := c.wall().Round(0); wall.After(steady) {
		steady = wall
	}
	c.floor, c.at = steady, runs
	return steady
}

// AtLeast says that it is t or later now. The answer is by how much the clock was behind.
func (c *Clock) AtLeast(t time.Time) (behind time.Duration) {
	now := c.Now()
	if behind = t.Sub(now); behind <= 0 {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.floor = c.floor.Add(behind)
	return behind
}
