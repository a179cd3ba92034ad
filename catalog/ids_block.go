package catalog

import (
	"context"
	"fmt"
	"math"
	"sync"
)

// idBlockSize is how many ids are reserved on disk at once. Those left over at
// a stop are lost; 2^32 ids allow for that.
const idBlockSize = 64

// idBlock hands out ids from blocks of the counter on disk. The counter commits
// by itself before an id is used, so no failure can make an id appear twice.
type idBlock struct {
	store     store
	mu        sync.Mutex
	from, end uint64 // from <= next id < end
}

func (b *idBlock) next(ctx context.Context) (ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.from == b.end {
		first, err := b.store.allocCounter(ctx, recordKey(recIDCounter), idBlockSize)
		if err != nil {
			return 0, fmt.Errorf("allocate object ids: %w", err)
		}
		b.from = uint64(FirstID) + first
		b.end = b.from + idBlockSize
	}
	if b.from > math.MaxUint32-1 {
		return 0, ErrIDsExhausted
	}
	id := ID(b.from)
	b.from++
	return id, nil
}

// AllocID returns an id that was never used, for work that needs one outside an
// Update: the data id of a rewrite. Reserve it while no table refers to it.
func (c *Catalog) AllocID(ctx context.Context) (ID, error) { return c.ids.next(ctx) }
