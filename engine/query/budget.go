package query

import (
	"sync/atomic"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Memory is what the queries of one server may take together.
type Memory struct {
	taken atomic.Int64
}

// What one statement may take, and all of a server together: a hundred sessions then
// live in 24 GiB.
const (
	MaxStatement = 256 << 20
	maxServer    = 16 << 30
)

// Budget is the memory of one statement. It is used by one goroutine at a time.
type Budget struct {
	memory *Memory
	taken  int64
}

// For begins a statement.
func (m *Memory) For() *Budget { return &Budget{memory: m} }

// Charge takes bytes, or gives them back when they are negative.
func (b *Budget) Charge(bytes int) error {
	n := int64(bytes)
	if n > 0 && b.taken+n > MaxStatement {
		return sqlerr.CapacityExceeded.Errorf("Memory capacity of %d bytes for 'max_statement_memory' exceeded. The statement was not executed.", MaxStatement).
			WithHint("ask for fewer or shorter rows at once")
	}
	if all := b.memory.taken.Add(n); n > 0 && all > maxServer {
		b.memory.taken.Add(-n)
		return sqlerr.CapacityExceeded.Errorf("Memory capacity of %d bytes for the statements of all sessions exceeded. The statement was not executed.", int64(maxServer)).
			WithHint("try again later")
	}
	b.taken += n
	return nil
}

// End gives back what is left.
func (b *Budget) End() {
	b.memory.taken.Add(-b.taken)
	b.taken = 0
}
