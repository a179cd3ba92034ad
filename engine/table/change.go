package table

import (
	"context"
	"errors"

	"github.com/lxdb/lxdb/catalog"
)

// Change is one DDL statement. The library carries a statement out in steps, a
// clause after the other, each of which edits the catalog. A Change keeps the
// edits back and makes them one catalog transaction at the end: a clause that
// fails leaves the table as it was, and so does a crash. Meanwhile the statement
// alone sees what its steps have made; others see the old definition, which its
// metadata lock keeps them from using.
type Change struct {
	store *Store
	owner *LockOwner
	steps []func(*catalog.Tx) error
	view  *catalog.Snapshot // the catalog as the steps make it; nil before the first

	own  []func(*catalog.Tx) error // steps that change temporary tables
	seen []*catalog.Table          // those as these steps make them

	rows   []*alteration                 // what is asked of the rows of tables
	null   map[columnOf]bool             // columns of primary keys that take NULL once the key is gone
	asks   map[catalog.ID]bool           // tables whose AUTO_INCREMENT is asked of before
	before []func(context.Context) error // work that the commit waits for
	after  []func(context.Context) error // clearing up what the old definition had
	undo   []func(context.Context) error // clearing up what the new definition has
}

type columnOf struct {
	table  catalog.ID
	column uint16
}

// maybeNull notes what a clause says of NULL in a column: in that of a primary key it counts when the statement drops the key.
func (o *LockOwner) maybeNull(table catalog.ID, column uint16, null bool) {
	if o.change == nil {
		return
	}
	if o.change.null == nil {
		o.change.null = map[columnOf]bool{}
	}
	o.change.null[columnOf{table, column}] = null
}

// takesNull says what was noted last.
func (o *LockOwner) takesNull(table catalog.ID, column uint16) bool {
	return o.change != nil && o.change.null[columnOf{table, column}]
}

// BeginChange starts a statement's change. There is one at a time.
func (st *Store) BeginChange(owner *LockOwner) *Change {
	c := &Change{store: st, owner: owner}
	owner.change = c
	return c
}

// Change is the DDL statement that runs, or nil.
func (o *LockOwner) Change() *Change { return o.change }

// Apart is for what a function does that the running DDL statement calls: none of it is a step of that statement, and
// nothing that the statement has made so far is seen. back goes on with the statement.
func (o *LockOwner) Apart() (back func()) {
	around := o.change
	o.change = nil
	return func() { o.change = around }
}

// Update makes an edit of the catalog: a step of the running DDL statement, or
// a transaction of its own. A step runs more than once, so it must do the same
// every time.
func (st *Store) Update(ctx context.Context, owner *LockOwner, step func(*catalog.Tx) error) error {
	if owner.change == nil {
		return st.cat.Update(ctx, step)
	}
	return owner.change.add(ctx, step)
}

// Snapshot is the catalog as the owner's statement sees it.
func (st *Store) Snapshot(owner *LockOwner) *catalog.Snapshot {
	if c := owner.change; c != nil && c.view != nil {
		return c.view
	}
	return st.cat.Snapshot()
}

// add tries the step after those before it, and keeps it if all is well.
func (c *Change) add(ctx context.Context, step func(*catalog.Tx) error) error {
	view, err := c.store.cat.Draft(ctx, c.view, step)
	steps := append(c.steps, step)
	if errors.Is(err, catalog.ErrStaleDraft) {
		view, err = c.store.cat.Draft(ctx, nil, func(tx *catalog.Tx) error { return run(tx, steps) })
	}
	if err != nil {
		return err
	}
	c.steps, c.view = steps, view
	return nil
}

// Empty says that nothing was edited.
func (c *Change) Empty() bool { return len(c.steps)+len(c.own) == 0 }

func run(tx *catalog.Tx, steps []func(*catalog.Tx) error) error {
	for _, step := range steps {
		if err := tx.Context().Err(); err != nil {
			return err
		}
		if err := step(tx); err != nil {
			return err
		}
	}
	return nil
}

// Commit makes the edits durable, all at once. After an error nothing is
// changed.
func (c *Change) Commit(ctx context.Context) error {
	err := runAll(ctx, c.before)
	for _, a := range c.rows {
		if err == nil {
			err = a.settle(c.owner)
		}
	}
	adopt, forget := func() {}, func() {}
	if err == nil && len(c.own) > 0 {
		adopt, forget, err = c.store.aside(ctx, c.owner, func(tx *catalog.Tx) error { return run(tx, c.own) })
	}
	if err == nil && len(c.steps) > 0 {
		if err = c.store.cat.Update(catalog.Patient(ctx), func(tx *catalog.Tx) error { return run(tx, c.steps) }); err != nil {
			forget()
		}
	}
	if err != nil {
		return alongside(err, c.Abandon(ctx))
	}
	c.owner.change = nil
	adopt()
	// The statement has happened: what is left over the next start finds.
	return runAll(context.WithoutCancel(ctx), c.after)
}

// Abandon gives the edits up.
func (c *Change) Abandon(ctx context.Context) error {
	if c.owner.change != c {
		return nil
	}
	c.owner.change = nil
	return runAll(context.WithoutCancel(ctx), c.undo)
}

func runAll(ctx context.Context, work []func(context.Context) error) error {
	var errs []error
	for _, f := range work {
		errs = append(errs, f(ctx))
	}
	return errors.Join(errs...)
}

// before runs f before the edits are made durable, or at once without a Change.
func (o *LockOwner) beforeChange(ctx context.Context, f func(context.Context) error) error {
	if o.change == nil {
		return f(ctx)
	}
	o.change.before = append(o.change.before, f)
	return nil
}

// afterChange runs f when the edits are durable, or at once without a Change.
func (o *LockOwner) afterChange(ctx context.Context, f func(context.Context) error) error {
	if o.change == nil {
		return f(ctx)
	}
	o.change.after = append(o.change.after, f)
	return nil
}

// ifAbandoned runs f when the statement fails later.
func (o *LockOwner) ifAbandoned(f func(context.Context) error) {
	if o.change != nil {
		o.change.undo = append(o.change.undo, f)
	}
}

// PurgeIfAbandoned deletes the rows of a table that the owner's statement makes, should it fail
// after they were committed.
func (st *Store) PurgeIfAbandoned(owner *LockOwner, rec *catalog.Table) {
	owner.ifAbandoned(func(ctx context.Context) error {
		if st.cat.Snapshot().TableByID(rec.ID) != nil || byID(owner.temporary.list(), rec.ID) != nil {
			return nil // it was made, whatever its commit said
		}
		st.forget(rec)
		return st.db.Purge(ctx, rec.Data)
	})
}

// Creates says whether the owner's statement is making the table.
func (st *Store) Creates(owner *LockOwner, id catalog.ID) bool { return owner.creates(st.cat, id) }

// creates says whether the running statement is making the table.
func (o *LockOwner) creates(cat *catalog.Catalog, id catalog.ID) bool {
	return o.change != nil && cat.Snapshot().TableByID(id) == nil && byID(o.temporary.list(), id) == nil
}
