package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Aside runs a change over tables that are not in the catalog: the temporary ones of one session. own are
// those that there are, and what it returns those that there are afterwards, with the data ids of which
// the rows are to be purged. The change sees the databases and principals of the newest catalog, and of
// tables, views and sequences its own ones alone: names that are taken there mean nothing to it. Nothing is written,
// nothing is published and no hook hears of it; a change of anything but tables fails. After an error own is
// what there is.
func (c *Catalog) Aside(ctx context.Context, own []*Table, change func(*Tx) error) (tables []*Table, purge []ID, err error) {
	tx := &Tx{
		Snapshot: c.snapshot.Load().besides(own), ctx: ctx, txn: nowhere{}, alloc: c.ids.next, tags: map[string][]byte{},
		touches: newTouches(), purge: map[ID]struct{}{}, aside: true,
	}
	defer func() { tx.err = errTxEnded }()
	if err := change(tx); err != nil {
		return nil, nil, err
	}
	if tx.err != nil {
		return nil, nil, tx.err
	}
	if err := tx.checkPurge(); err != nil {
		return nil, nil, err
	}
	return slices.Clip(at[Table](tx.Snapshot, atTable).byID.all()), tx.purges(), nil
}

// besides is the snapshot with these tables in the place of its own, and without views, triggers and sequences. The other
// trees are shared, and stay as they are: nowhere refuses what would change them.
func (s *Snapshot) besides(own []*Table) *Snapshot {
	c := *s
	c.tableData, c.sequenceData = newByKey[ID, Table](), newByKey[ID, Sequence]()
	c.objects = slices.Clone(s.objects)
	for _, i := range []int{atTable, atView, atTrigger, atSequence} {
		c.objects[i] = kinds[i].newCollection()
	}
	for _, t := range own {
		tables(&c).kind.set(&c, t)
	}
	return &c
}

// errAside: a change of what is not in the catalog wants to write into it.
var errAside = errors.New("catalog: a temporary table has nothing in the catalog")

// nowhere is where a change aside writes: records of tables are taken and forgotten.
type nowhere struct{}

func (nowhere) record(key []byte) error {
	if len(key) < 2 || key[1] != byte(recTable) {
		return fmt.Errorf("%w: key %x", errAside, key)
	}
	return nil
}

func (nowhere) get(context.Context, []byte) ([]byte, error)             { return nil, kv.ErrNotFound }
func (n nowhere) put(_ context.Context, key, _ []byte) error            { return n.record(key) }
func (n nowhere) delete(_ context.Context, key []byte) error            { return n.record(key) }
func (nowhere) scan(context.Context, func(key, val []byte) error) error { return errAside }
func (nowhere) commit(context.Context) error                            { return errAside }
func (nowhere) rollback()                                               {}

// Discard purges the rows of data ids that no table refers to, of tables aside. What fails is tried again
// after the next commit.
func (c *Catalog) Discard(ctx context.Context, data ...ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil { // who refers to them is not known
		return
	}
	data = slices.DeleteFunc(slices.Clone(data), c.Snapshot().HasData)
	c.purgeLocked(ctx, data)
}
