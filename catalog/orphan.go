package catalog

import (
	"context"
	"fmt"
	"sync"
)

// reservations are the data ids that running work fills before a table refers
// to them. They live in memory only: after a crash nobody works any more.
type reservations struct {
	mu  sync.Mutex
	ids map[ID]int
}

// Reserve keeps a data id from being taken for an orphan while rows are written
// to it. Release it after the Update that makes a table refer to it, or when
// the work was given up.
func (c *Catalog) Reserve(data ID) (release func()) {
	r := &c.reservations
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil {
		r.ids = map[ID]int{}
	}
	r.ids[data]++
	var once sync.Once
	return func() {
		once.Do(func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.ids[data]--; r.ids[data] == 0 {
				delete(r.ids, data)
			}
		})
	}
}

// Reserved says whether somebody holds a data id.
func (c *Catalog) Reserved(data ID) bool { return c.reservations.has(data) }

func (r *reservations) has(data ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[data] > 0
}

// Orphans lists the data ids that have rows in kivi, belong to no table or sequence and are
// not reserved: left by a crash between a commit and its purge, or in the
// middle of a rewrite.
func (c *Catalog) Orphans(ctx context.Context) ([]ID, error) {
	present, err := c.store.dataObjects(ctx)
	if err != nil {
		return nil, fmt.Errorf("list data ids: %w", err)
	}
	// The order matters. Rows seen above were written under a reservation that
	// is still held, or released after the table was published; so asking for
	// reservations first and tables second misses neither.
	var unreserved []ID
	for _, id := range present {
		if id >= FirstID && !c.reservations.has(id) {
			unreserved = append(unreserved, id)
		}
	}
	s := c.Snapshot()
	var orphans []ID
	for _, id := range unreserved {
		if !s.HasData(id) {
			orphans = append(orphans, id)
		}
	}
	return orphans, nil
}

// Sweep purges the orphans and returns their ids.
func (c *Catalog) Sweep(ctx context.Context) ([]ID, error) {
	orphans, err := c.Orphans(ctx)
	if err != nil {
		return nil, err
	}
	for i, id := range orphans {
		if err := c.store.purge(ctx, id); err != nil {
			return orphans[:i], fmt.Errorf("purge data id %d: %w", id, err)
		}
	}
	return orphans, nil
}
