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
	Targets []DeleteTarget
	// Limited says that no more than Limit rows are deleted. It is for IGNORE: rows that stay
	// are not counted.
	Limited bool
	Limit   int64
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
	targets := make([]*target, len(d.Targets))
	for i := range d.Targets {
		t, err := d.Targets[i].Rules.begin(c)
		if err != nil {
			return err
		}
		targets[i] = t
	}
	if d.Limited && d.Limit == 0 {
		return nil
	}
	err := exec.Each(c, d.Child, func(b *exec.Batch) error {
		for i := range b.Len() {
			if d.Limited && out.Affected >= d.Limit {
				return errEnough
			}
			if err := c.Context().Err(); err != nil {
				return err
			}
			for n, t := range targets {
				key := b.Value(d.Targets[n].Key, b.At(i))
				if key.IsNull() { // of an outer join
					continue
				}
				if err := t.remove(c, key.Bytes(), out); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// remove deletes the row with a key, if it is still there.
func (t *target) remove(c *expr.Ctx, key []byte, out *Outcome) error {
	defer c.Settle(c.Transient())
	old, err := t.changes.Take(c, key)
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
		if err := t.Triggers.Before(c, OnDelete, old.Row, nil); err != nil {
			return err
		}
	}
	if err := t.changes.Delete(c, old); err != nil {
		return err
	}
	if t.Triggers != nil {
		return t.Triggers.After(c, OnDelete, old.Row, nil)
	}
	return nil
}
