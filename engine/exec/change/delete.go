package change

import (
	"errors"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
)

// Delete removes the rows of one or several tables that Child finds. A row that is found
// again is gone by then. What its conditions convert is no error in strict mode: nothing is
// stored.
type Delete struct {
	Child   exec.Node
	Targets []DeleteTarget // in the order in which the tables are joined
	// Limited says that no more than Limit rows are deleted. It is for IGNORE, and for a table whose
	// foreign key deletes others of its rows: rows that stay, or are gone, are not counted.
	Limited bool
	Limit   int64

	idle *removing // of an execution that has ended
}

// removing is a Delete that runs.
type removing struct {
	targets []target
	taken   Taken // what rows are taken into, one after the other
}

// errEnough ends what finds rows.
var errEnough = errors.New("as many rows were deleted as LIMIT says")

// DeleteTarget is one of the tables of a Delete.
type DeleteTarget struct {
	Rules *Rules
	Key   int // the column of Child with the keys of its rows
}

// Run implements Change.
func (d *Delete) Run(c *expr.Ctx, out *Outcome) error {
	run := d.idle
	if d.idle = nil; run == nil {
		run = &removing{targets: make([]target, len(d.Targets))}
	}
	for i := range d.Targets {
		if err := run.targets[i].begin(c, d.Targets[i].Rules, nil); err != nil {
			return err
		}
	}
	defer d.rest(run)
	if d.Limited && d.Limit == 0 {
		return nil
	}
	if k, ok := d.Child.(*Keys); ok && len(d.Targets) == 1 {
		key, ok, err := k.one(c)
		if err != nil || ok && key == nil {
			return err
		}
		if ok {
			if err := exec.Ended(c); err != nil {
				return err
			}
			return run.remove(c, 0, key, out)
		}
	}
	remove := func(n int, b *exec.Batch) error {
		for i := range b.Len() {
			if d.Limited && out.Affected >= d.Limit {
				return errEnough
			}
			if err := c.Context().Err(); err != nil {
				return err
			}
			key := b.Value(d.Targets[n].Key, b.At(i))
			if key.IsNull() { // of an outer join
				continue
			}
			if err := run.remove(c, n, key.Bytes(), out); err != nil {
				return err
			}
		}
		return nil
	}
	var err error
	if len(run.targets) > 1 { // one table after the other: rows may refer to rows that are deleted behind them
		err = exec.Passes(c, d.Child, len(run.targets), remove)
	} else {
		err = exec.Each(c, d.Child, func(b *exec.Batch) error { return remove(0, b) })
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// rest keeps what the next execution can use.
func (d *Delete) rest(run *removing) {
	for i := range run.targets {
		run.targets[i].end()
	}
	clear(run.taken.Row)
	d.idle = run
}

// remove deletes the row with a key, if it is still there.
func (run *removing) remove(c *expr.Ctx, n int, key []byte, out *Outcome) error {
	defer c.Settle(c.Transient())
	t := &run.targets[n]
	old, err := t.changes.Take(c, key, &run.taken)
	if err != nil || old == nil {
		return err
	}
	t.number++
	undo := t.undo()
	if err := t.delete(c, old); err != nil {
		if errors.Is(err, ErrGone) {
			return nil
		}
		return t.ignored(c, undone(err, undo))
	}
	out.Affected++
	return nil
}

// delete removes a row that was taken.
func (t *target) delete(c *expr.Ctx, old *Taken) error {
	if t.Triggers != nil {
		if err := t.before(c, OnDelete, old.Row, nil); err != nil {
			return err
		}
	}
	if err := t.changes.Delete(c, old); err != nil {
		return err
	}
	if t.Triggers != nil {
		return t.fired(t.Triggers.After(c, OnDelete, old.Row, nil))
	}
	return nil
}
