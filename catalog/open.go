package catalog

import (
	"context"
	"fmt"
)

// Sealing says how the records of a store are sealed. The zero Sealing is not at all.
type Sealing struct {
	Key *SealKey
	// First: the store may be one that was never sealed, whose records get their tags now.
	First bool
	// Known: the store was written before, whatever it looks like, so an empty one is
	// refused. Error: ErrEmptied.
	Known bool
	// Adopt seals the records as they are, whatever was done to them: an administrator
	// has looked at them.
	Adopt bool
}

// open is Open on any store.
func open(ctx context.Context, st store, sealing Sealing) (*Catalog, error) {
	c := &Catalog{store: st, ids: &idBlock{store: st}}
	if sealing.Key != nil {
		c.seal = newSealer(*sealing.Key)
	}
	s, err := c.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	adopt := sealing.Adopt || sealing.First && len(s.sealed) == 0 && s.sum == (sum{})
	if adopt {
		s.tampered = nil
	} else if err := s.trustOrFail(); err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	c.snapshot.Store(s)
	if adopt && c.seal != nil && s.instance != "" {
		if err := c.Update(ctx, (*Tx).sealAll); err != nil {
			return nil, fmt.Errorf("seal catalog: %w", err)
		}
	}
	if s.instance == "" {
		if sealing.Known {
			return nil, fmt.Errorf("open catalog: %w", ErrEmptied)
		}
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
