package table

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// counters hands out AUTO_INCREMENT values and hidden row ids. It reserves
// blocks in kivi, where they survive a crash: a number may be skipped, never
// given twice. Numbers do not come back with a rollback.
type counters struct {
	mu  sync.Mutex
	all map[counterID]*counter
}

type counterID struct {
	data codec.ObjectID
	kind counterKind
}

type counterKind string

const (
	autoCounter counterKind = "auto" // AUTO_INCREMENT
	rowCounter  counterKind = "row"  // hidden row id of a table without primary key
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

func (c *counters) get(id counterID) *counter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[counterID]*counter{}
	}
	n := c.all[id]
	if n == nil {
		n = &counter{block: 1}
		c.all[id] = n
	}
	return n
}

func (c *counters) forget(data codec.ObjectID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, counterID{data, autoCounter})
	delete(c.all, counterID{data, rowCounter})
}

// reserve makes at least one number available; mu is held.
func (n *counter) reserve(ctx context.Context, db *kivi.DB, id counterID, extra uint64) error {
	key := codec.AppendHeader(nil, codec.SpaceData, id.data, codec.IndexPrivate)
	key = append(key, id.kind...)
	size := n.block
	if extra < math.MaxUint64-size {
		size += extra
	}
	first, err := db.AllocCounter(ctx, key, size)
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

// take returns a number that nobody else gets.
func (st *Store) take(ctx context.Context, id counterID) (uint64, error) {
	n := st.counters.get(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		if err := n.reserve(ctx, st.db, id, 0); err != nil {
			return 0, err
		}
	}
	v := n.next
	n.next++
	return v, nil
}

// peek returns the number that take would return.
func (st *Store) peek(ctx context.Context, id counterID) (uint64, error) {
	n := st.counters.get(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		if err := n.reserve(ctx, st.db, id, 0); err != nil {
			return 0, err
		}
	}
	return n.next, nil
}

// raise makes the counter go on at v or later.
func (st *Store) raise(ctx context.Context, id counterID, v uint64) error {
	n := st.counters.get(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.end == 0 {
		if err := n.reserve(ctx, st.db, id, 0); err != nil {
			return err
		}
	}
	if v <= n.next {
		return nil
	}
	if v >= n.end {
		if err := n.reserve(ctx, st.db, id, v-n.end); err != nil {
			return err
		}
	}
	n.next = v
	return nil
}

func (t *Table) autoCounter() counterID { return counterID{t.schema.rec.Data, autoCounter} }

// PeekNextAutoIncrementValue implements sql.AutoIncrementGetter.
func (t *Table) PeekNextAutoIncrementValue(ctx *sql.Context) (uint64, error) {
	if t.schema.autoInc < 0 {
		return 0, nil
	}
	return t.store.peek(ctx, t.autoCounter())
}

// GetNextAutoIncrementValue implements sql.AutoIncrementTable. A given value
// moves the counter behind it and is returned.
func (t *Table) GetNextAutoIncrementValue(ctx *sql.Context, given any) (uint64, error) {
	if given == nil {
		return t.store.take(ctx, t.autoCounter())
	}
	v, err := autoValue(ctx, given)
	if err != nil {
		return 0, err
	}
	return v, t.store.raise(ctx, t.autoCounter(), v+1)
}

func autoValue(ctx *sql.Context, given any) (uint64, error) {
	v, inRange, err := types.Uint64.Convert(ctx, given)
	if err != nil || inRange != sql.InRange {
		return 0, err
	}
	u := v.(uint64)
	if u == math.MaxUint64 {
		return 0, nil // nothing can come after it
	}
	return u, nil
}

// AutoIncrementSetter implements sql.AutoIncrementTable.
func (t *Table) AutoIncrementSetter(*sql.Context) sql.AutoIncrementSetter { return autoSetter{t} }

type autoSetter struct{ table *Table }

// SetAutoIncrementValue implements ALTER TABLE … AUTO_INCREMENT. A counter only
// rises: MySQL, too, ignores a value below the numbers in use.
func (s autoSetter) SetAutoIncrementValue(ctx *sql.Context, v uint64) error {
	if err := s.table.mayAlter(ctx); err != nil {
		return err
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	t, owner := s.table, session.MetaLocks()
	return owner.beforeChange(ctx, func(ctx context.Context) error {
		rec := t.store.Snapshot(owner).TableByID(t.schema.rec.ID) // the data may be rewritten by then
		if rec == nil {
			return sql.ErrTableNotFound.New(t.Name())
		}
		return t.store.raise(ctx, counterID{rec.Data, autoCounter}, v)
	})
}

// AcquireAutoIncrementLock implements sql.AutoIncrementSetter. Values of
// concurrent inserts interleave, as with innodb_autoinc_lock_mode = 2.
func (s autoSetter) AcquireAutoIncrementLock(*sql.Context) (func(), error) { return func() {}, nil }

func (s autoSetter) Close(*sql.Context) error { return nil }
