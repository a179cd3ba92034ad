package relation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Counters hands out AUTO_INCREMENT values and hidden row ids. It reserves
// blocks in kivi, where they survive a crash: a number may be skipped, never
// given twice. Numbers do not come back with a rollback. There is one for each
// store; its methods may be called concurrently.
type Counters struct {
	db  *kivi.DB
	mu  sync.Mutex
	all map[counterID]*counter
}

// NewCounters returns the counters of a store.
func NewCounters(db *kivi.DB) *Counters { return &Counters{db: db, all: map[counterID]*counter{}} }

type counterID struct {
	data kivi.ObjectID
	of   Counter
}

// Counter says which of a table's two counters is meant. The texts stand in keys.
type Counter string

// The counters.
const (
	AutoIncrement Counter = "auto"
	RowIDs        Counter = "row" // hidden row ids of a table without primary key
)

// maxBlock is the largest block; blocks begin with one number and double, so
// that a small table skips little after a restart.
const maxBlock = 1024

type counter struct {
	mu    sync.Mutex
	next  uint64 // to hand out
	end   uint64 // reserved up to here, exclusive; 0 before the first block
	block uint64
}

func (c *Counters) get(id counterID) *counter {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.all[id]
	if n == nil {
		n = &counter{block: 1}
		c.all[id] = n
	}
	return n
}

// Forget drops what is kept of data that is gone.
func (c *Counters) Forget(data kivi.ObjectID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, counterID{data, AutoIncrement})
	delete(c.all, counterID{data, RowIDs})
}

// key is where a counter's reserved numbers are kept.
func (id counterID) key() []byte {
	return append(codec.AppendHeader(nil, codec.SpaceData, id.data, codec.IndexPrivate), id.of...)
}

// ErrNoNumber says that a counter is at its end.
var ErrNoNumber = errors.New("no number is left")

// reserve makes a block available that has more than extra numbers, if there are so many,
// and least numbers otherwise; mu is held.
func (n *counter) reserve(ctx context.Context, db *kivi.DB, id counterID, extra, least uint64) error {
	size := n.block
	if extra <= math.MaxUint64-size {
		size += extra
	} else {
		size = extra
	}
	first, err := db.AllocCounter(ctx, id.key(), size)
	if errors.Is(err, kv.ErrTooLarge) && least > 0 && least < size {
		size = least
		first, err = db.AllocCounter(ctx, id.key(), size)
	}
	if errors.Is(err, kv.ErrTooLarge) {
		return fmt.Errorf("counter of table data %d: %w", id.data, ErrNoNumber)
	}
	if err != nil {
		return fmt.Errorf("counter of table data %d: %w", id.data, err)
	}
	if n.end == 0 || n.next == n.end {
		n.next = first
	}
	n.end = first + size
	n.block = min(2*n.block, maxBlock)
	return nil
}

// Take returns a number that nobody else gets.
func (c *Counters) Take(ctx context.Context, data kivi.ObjectID, of Counter) (uint64, error) {
	id := counterID{data, of}
	n := c.get(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		if err := n.reserve(ctx, c.db, id, 0, 1); err != nil {
			return 0, err
		}
	}
	v := n.next
	n.next++
	return v, nil
}

// Peek returns the number that Take would return. It reserves none: who describes a table may do so when it is gone, and
// what he wrote would stay.
func (c *Counters) Peek(ctx context.Context, data kivi.ObjectID, of Counter) (uint64, error) {
	id := counterID{data, of}
	n := c.get(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.end > 0 {
		return n.next, nil // the block behind this one begins at its end
	}
	next, err := c.db.PeekCounter(ctx, id.key())
	if err != nil {
		return 0, fmt.Errorf("counter of table data %d: %w", id.data, err)
	}
	return next, nil
}

// Raise makes the counter go on at v or later.
func (c *Counters) Raise(ctx context.Context, data kivi.ObjectID, of Counter, v uint64) error {
	id := counterID{data, of}
	n := c.get(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.end == 0 {
		err := n.reserve(ctx, c.db, id, 0, 1)
		if errors.Is(err, ErrNoNumber) {
			return nil // it is behind every number already
		}
		if err != nil {
			return err
		}
	}
	if v <= n.next {
		return nil
	}
	if v >= n.end {
		err := n.reserve(ctx, c.db, id, v-n.end, v-n.end)
		if err != nil && !(errors.Is(err, ErrNoNumber) && v == n.end) {
			return err
		}
	}
	n.next = v
	return nil
}
