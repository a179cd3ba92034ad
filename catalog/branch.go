package catalog

import (
	"context"
	"maps"
	"slices"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// branched is what a branch remembers of the changes in it.
type branched struct {
	of      *Catalog
	base    uint64            // the version that it began at
	written map[string][]byte // records by key, as they are without seals; nil of those that were removed
	touches touches
	purge   map[ID]struct{}
}

// Branch is a catalog of its own that begins as c is now. Changes of it are in memory alone and seen by nobody who has
// only c; Adopt makes them one change of c, and until then nothing of them is there after a crash. It is for a
// statement of many parts, each of which has to see what those before it have made. It has none of c's hooks, so
// nothing is signed and recorded before Adopt; its ids are c's.
func (c *Catalog) Branch() (*Catalog, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return nil, c.failed
	}
	now := c.snapshot.Load().copy()
	b := &branched{of: c, base: now.version, written: map[string][]byte{}, touches: newTouches(), purge: map[ID]struct{}{}}
	out := &Catalog{store: branchStore{b}, ids: c.ids, branch: b}
	out.snapshot.Store(now)
	out.AfterCommit(func(_ *Snapshot, t Touched) { b.touches.add(t) })
	return out, nil
}

// Adopt makes what was changed in a branch part of a change of the catalog that it was made of; it comes before anything
// else of that. Error: ErrStaleDraft when the catalog was changed since, and all has to be done anew on another branch.
func (tx *Tx) Adopt(branch *Catalog) error {
	branch.mu.Lock()
	defer branch.mu.Unlock()
	b := branch.branch
	if tx.version != b.base+1 || tx.changed {
		return ErrStaleDraft
	}
	for _, key := range slices.Sorted(maps.Keys(b.written)) {
		if err := tx.replace([]byte(key), b.written[key]); err != nil {
			return err
		}
	}
	s := branch.snapshot.Load().copy()
	s.version, s.epoch, s.audited, s.sum = tx.version, tx.epoch, tx.audited, tx.sum
	tx.Snapshot = s
	tx.touches.add(b.touches.touched())
	if tx.touches.security {
		tx.touchSecurity()
	}
	maps.Copy(tx.purge, b.purge)
	tx.changed = tx.changed || len(b.written) > 0
	return nil
}

// Stale says of a branch that the catalog which it was made of has changed since.
func (c *Catalog) Stale() bool {
	return c.branch != nil && c.branch.of.snapshot.Load().version != c.branch.base
}

// Abandon gives a branch up whose changes were not adopted: the rows go that were written into tables of it, under the
// data ids that it returns.
func (c *Catalog) Abandon(ctx context.Context, branch *Catalog) []ID {
	branch.mu.Lock()
	data := slices.DeleteFunc(sorted(branch.branch.touches.data), c.Snapshot().HasData)
	branch.mu.Unlock()
	c.Discard(ctx, data...)
	return data
}

// replace writes a record, or removes it where val is nil.
func (tx *Tx) replace(key, val []byte) error {
	if val != nil {
		return tx.write(key, val)
	}
	kind, ids, err := parseKey(key)
	if err != nil {
		return err
	}
	return tx.remove(kind, ids...)
}

// add puts what another change touched to what this one did.
func (t *touches) add(more Touched) {
	for _, of := range []struct {
		to map[principal.ID]struct{}
		in []principal.ID
	}{{t.principals, more.Principals}, {t.certificates, more.Certificates}, {t.accounts, more.Accounts}} {
		for _, id := range of.in {
			of.to[id] = struct{}{}
		}
	}
	for _, of := range []struct {
		to map[ID]struct{}
		in []ID
	}{{t.objects, more.Objects}, {t.data, more.Data}} {
		for _, id := range of.in {
			of.to[id] = struct{}{}
		}
	}
	t.security = t.security || more.Security
}

// branchStore keeps what the changes of a branch write.
type branchStore struct{ b *branched }

func (s branchStore) begin(context.Context, bool) (storeTxn, error) {
	return branchTxn{s.b, map[string][]byte{}}, nil
}

func (s branchStore) allocIDs(ctx context.Context, n uint32) (ID, error) {
	return s.b.of.store.allocIDs(ctx, n)
}

func (s branchStore) dataObjects(ctx context.Context) ([]ID, error) {
	return s.b.of.store.dataObjects(ctx)
}

func (s branchStore) purge(_ context.Context, data ID) error {
	s.b.purge[data] = struct{}{} // when it is adopted: until then the rows are those of c
	return nil
}

// branchTxn is one change of a branch.
type branchTxn struct {
	b       *branched
	written map[string][]byte
}

func (t branchTxn) get(context.Context, []byte) ([]byte, error) { return nil, kv.ErrNotFound } // only seals ask
func (t branchTxn) put(_ context.Context, key, val []byte) error {
	if key[1] != byte(recState) { // which is that of the change that adopts the branch
		t.written[string(key)] = slices.Clone(val)
	}
	return nil
}

func (t branchTxn) delete(_ context.Context, key []byte) error {
	t.written[string(key)] = nil
	return nil
}

func (t branchTxn) commit(context.Context) error {
	maps.Copy(t.b.written, t.written)
	return nil
}
func (branchTxn) rollback()                                               {}
func (branchTxn) scan(context.Context, func(key, val []byte) error) error { return errDraft }
