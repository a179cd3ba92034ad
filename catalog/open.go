package catalog

import (
	"context"
	"fmt"
)

// open is Open on any store.
func open(ctx context.Context, st store) (*Catalog, error) {
	c := &Catalog{store: st, ids: idBlock{store: st}}
	s, err := c.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	c.snapshot.Store(s)
	if s.instance == "" {
		if err := c.bootstrap(ctx); err != nil {
			return nil, fmt.Errorf("create catalog: %w", err)
		}
	}
	if c.Snapshot().lacksUUID() {
		if err := c.Update(ctx, (*Tx).giveUUIDs); err != nil {
			return nil, fmt.Errorf("complete the principals of an older version: %w", err)
		}
	}
	return c, nil
}
