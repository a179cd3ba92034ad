package catalog

import (
	"context"
	"fmt"
	"sync"
)

// idBlockSize is how many ids are reserved on disk at once. Those left over at
// a stop are lost; 2^32 ids allow for that.
const idBlockSize = 64

// idBlock hands out ids from blocks of kivi's counter. The counter commits by
// itself before an id is used, so no failure can make an id appear twice.
type idBlock struct {
	store store
	mu    sync.Mutex
	first ID
	left  uint32
}

func (b *idBlock) next(ctx context.Context) (ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == 0 {
		first, err := b.store.allocIDs(ctx, idBlockSize)
		if err != nil {
			return 0, fmt.Errorf("allocate object ids: %w", err)
		}
		b.first, b.left = first, idBlockSize
	}
	id := b.first
	b.first++
	b.left--
	return id, nil
}

// AllocID returns an id that was never used, for work that needs one outside an
// Update: the data id of a rewrite. Reserve it while no table refers to it.
func (c *Catalog) AllocID(ctx context.Context) (ID, error) { return c.ids.next(ctx) }
