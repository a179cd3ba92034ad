package state

import "sync/atomic"

// Calls counts the calls of a session: odd while one runs.
type Calls struct {
	Now     atomic.Uint64
	Stopped atomic.Uint64 // the last call that was cancelled
}

func (c *Calls) Begin() { c.Now.Add(1) }

// End must follow begin, on every way out.
func (c *Calls) End() { c.Now.Add(1) }

// Running returns the number of the call that runs.
func (c *Calls) Running() (uint64, bool) {
	n := c.Now.Load()
	return n, n%2 == 1
}

// Interrupted reports whether the call that runs was cancelled.
func (c *Calls) Interrupted() bool {
	n, running := c.Running()
	return running && c.Stopped.Load() == n
}
