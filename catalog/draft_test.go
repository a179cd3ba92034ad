package catalog

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// TestDraft: changes are tried on top of each other, and nothing of them is there until Update makes them.
func TestDraft(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	ctx := context.Background()
	with := func(name string) func(*Tx) error {
		return func(tx *Tx) error { return tx.PutDatabase(&Database{ID: mustID(t, tx), Name: name}) }
	}
	before := c.Snapshot().Version()
	var draft *Snapshot
	for i := range 3 {
		next, err := c.Draft(ctx, draft, with(fmt.Sprint("d", i)))
		if err != nil {
			t.Fatal(err)
		}
		if draft != nil && draft.Database(fmt.Sprint("d", i)) != nil {
			t.Error("a draft changes when another one is made of it")
		}
		draft = next
	}
	if draft.Database("d0") == nil || draft.Database("d2") == nil || draft.Version() != before+1 {
		t.Errorf("the draft of version %d is incomplete", draft.Version())
	}
	if _, err := c.Draft(ctx, draft, with("D1")); !errors.Is(err, ErrExists) {
		t.Errorf("a name that the draft has: %v", err)
	}
	if now := c.Snapshot(); now.Version() != before || now.Database("d0") != nil {
		t.Error("a draft was made durable")
	}
	mustUpdate(t, c, with("other"))
	if _, err := c.Draft(ctx, draft, with("d3")); !errors.Is(err, ErrStaleDraft) {
		t.Errorf("a draft of an older catalog: %v", err)
	}
	if next, err := c.Draft(ctx, nil, with("d3")); err != nil || next.Database("other") == nil || next.Database("d0") != nil {
		t.Errorf("a draft of the newest catalog: %v", err)
	}
}
