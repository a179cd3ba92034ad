package query

import (
	"sync/atomic"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Memory is what the statements and sessions of one server may take together.
type Memory struct {
	// Limit is max_server_memory in bytes; 0 is ServerLimit.
	Limit int64
	// Dir is where what is too much is written to: tmpdir; "" is the system's.
	Dir string
	// Room is what is free on the disk of Dir, and how large that is, in bytes; nil: nobody knows.
	Room func() (free, total int64, err error)

	taken   atomic.Int64
	peak    atomic.Int64
	refused atomic.Int64
	files   atomic.Int64
	disk    atomic.Int64
}

// Used is the memory that is taken now.
func (m *Memory) Used() int64 { return m.taken.Load() }

// Peak is the most that was taken at once.
func (m *Memory) Peak() int64 { return m.peak.Load() }

// Refused is how often memory was refused, which most operators answer with a file.
func (m *Memory) Refused() int64 { return m.refused.Load() }

// Files is how many temporary files were made.
func (m *Memory) Files() int64 { return m.files.Load() }

func (m *Memory) limit() int64 {
	if m.Limit == 0 {
		return ServerLimit()
	}
	return m.Limit
}

// add counts bytes; it says no when the server would have taken too many.
func (m *Memory) add(n int64, force bool) bool {
	all := m.taken.Add(n)
	if n <= 0 {
		return true
	}
	if all > m.limit() && !force {
		m.taken.Add(-n)
		return false
	}
	for peak := m.peak.Load(); all > peak && !m.peak.CompareAndSwap(peak, all); peak = m.peak.Load() {
	}
	return true
}

// Held is what a session keeps between its statements, and what its statements take: max_session_memory
// is for both together.
type Held struct {
	memory *Memory
	taken  atomic.Int64
	kept   atomic.Int64
	waits  atomic.Int64 // of what a front end has read and nobody has taken yet
}

// For begins a session.
func (m *Memory) For() *Held { return &Held{memory: m} }

// Keep takes bytes for what outlives a statement, or gives them back when they are negative.
func (h *Held) Keep(bytes int, limit int64) error {
	err := h.take(int64(bytes), limit, false)
	if err == nil {
		h.kept.Add(int64(bytes))
	}
	return err
}

// Wait is Keep for what a front end has read of a request that is not whole yet. A session that begins anew
// still has it: EndWait is for one that ends.
func (h *Held) Wait(bytes int, limit int64) error {
	err := h.take(int64(bytes), limit, false)
	if err == nil {
		h.waits.Add(int64(bytes))
	}
	return err
}

// EndWait gives back what waits.
func (h *Held) EndWait() { _ = h.Wait(-int(h.waits.Load()), 0) }

// Write is Keep for what an open transaction has written: its end gives it back.
func (h *Held) Write(bytes, limit int64) error { return h.take(bytes, limit, false) }

// Reset gives back what is kept: the session ends, or begins anew.
func (h *Held) Reset() { _ = h.Keep(-int(h.kept.Load()), 0) }

func (h *Held) take(n, limit int64, force bool) error {
	all := h.taken.Add(n)
	if n > 0 && !force && limit > 0 && all > limit {
		h.taken.Add(-n)
		h.memory.refused.Add(1)
		return exceeded(limit, SessionVariable, "close prepared statements, set user variables to NULL, or ask for less at once")
	}
	if !h.memory.add(n, force) {
		h.taken.Add(-n)
		h.memory.refused.Add(1)
		return exceeded(h.memory.limit(), ServerVariable, "other sessions have it: try again later")
	}
	return nil
}

func exceeded(limit int64, name, hint string) error {
	return sqlerr.CapacityExceeded.Errorf("Memory capacity of %d bytes for '%s' exceeded. The statement was not executed.", limit, name).WithHint("%s", hint)
}

// Budget is the memory of one statement. It is used by one goroutine at a time.
type Budget struct {
	session *Held
	limits  Limits
	taken   int64
	disk    atomic.Int64 // of its temporary files
	spilled func()       // hears of each temporary file

	// Its methods, once an Env has them.
	charging, keeping func(int) error
	overdrawing       func(int)
	filing            func() (value.File, error)
}

// For begins a statement.
func (h *Held) For(limits Limits, spilled func()) *Budget {
	return &Budget{session: h, limits: limits, spilled: spilled}
}

// Into lets an Env take from the budget.
func (b *Budget) Into(env *value.Env) {
	if b.charging == nil {
		b.charging, b.keeping, b.overdrawing, b.filing = b.Charge, b.Keep, b.Overdraw, b.Temporary
	}
	env.Budget, env.Keep, env.Overdraw, env.Temporary = b.charging, b.keeping, b.overdrawing, b.filing
}

// Charge takes bytes, or gives them back when they are negative.
func (b *Budget) Charge(bytes int) error { return b.charge(bytes, b.limits.Statement) }

// Keep is Charge up to three quarters of what the statement may take: the rest is for texts
// and whatever else cannot go to a file.
func (b *Budget) Keep(bytes int) error { return b.charge(bytes, b.limits.Statement/4*3) }

func (b *Budget) charge(bytes int, most int64) error {
	n := int64(bytes)
	if n > 0 && b.taken+n > most {
		b.session.memory.refused.Add(1)
		return exceeded(b.limits.Statement, StatementVariable, "ask for fewer or shorter rows at once")
	}
	if err := b.session.take(n, b.limits.Session, false); err != nil {
		return err
	}
	b.taken += n
	return nil
}

// Overdraw takes the little that an operator needs to write to files what it has no memory for.
func (b *Budget) Overdraw(bytes int) {
	_ = b.session.take(int64(bytes), 0, true)
	b.taken += int64(bytes)
}

// End gives back what is left.
func (b *Budget) End() {
	_ = b.session.take(-b.taken, 0, true)
	b.taken = 0
}

// Used is what the session and its statements take now, in bytes.
func (h *Held) Used() int64 { return h.taken.Load() }

// Kept is what is kept now, in bytes.
func (h *Held) Kept() int64 { return h.kept.Load() }
