package engine

import "sync/atomic"

// calls counts the calls of a session: odd while one runs.
type calls struct {
	now     atomic.Uint64
	stopped atomic.Uint64 // the last call that was cancelled
	// program is the goroutine that runs a stored program, 0 without one.
	program atomic.Uint64
}

func (c *calls) begin() { c.now.Add(1) }

// end must follow begin, on every way out.
func (c *calls) end() { c.now.Add(1) }

// running returns the number of the call that runs.
func (c *calls) running() (uint64, bool) {
	n := c.now.Load()
	return n, n%2 == 1
}

// interrupted reports whether the call that runs was cancelled.
func (c *calls) interrupted() bool { return c.stopped.Load() == c.now.Load() }
