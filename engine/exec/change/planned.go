package change

import (
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// What a planned change takes beside its key and its values, and a value, about.
const plannedBytes, valueBytes = 96, 64

// keysStay refuses an assignment to a key by which rows are found, when the table is changed
// by another name as well.
func (u *Update) keysStay() error {
	for i := range u.Targets {
		for k := range i {
			a, b := &u.Targets[k], &u.Targets[i]
			if a.Rules.Table.Same(b.Rules.Table) && (a.setsKey() || b.setsKey()) {
				return sqlerr.MultiUpdateKeyConflict.Errorf("Primary key/partition key update is not allowed since the table is updated both as '%s' and '%s'.", a.Name, b.Name)
			}
		}
	}
	return nil
}

func (t *UpdateTarget) setsKey() bool {
	return slices.ContainsFunc(t.Set, func(a Assign) bool { return slices.Contains(t.Rules.Table.Key(), a.Column) })
}

// plan computes the assignments of a row of one of several tables, and keeps them.
func (u *Update) plan(c *expr.Ctx, run *changing, i int) error {
	t, spec := run.targets[i], &u.Targets[i]
	if err := t.assignAll(c, spec.Set, &run.row); err != nil {
		return t.ignored(c, err)
	}
	key := run.row.batch.Value(spec.Key, run.row.at).Bytes()
	size := plannedBytes + len(key)
	for _, a := range spec.Set {
		size += valueBytes + t.row[a.Column].Size()
	}
	if err := c.Charge(size); err != nil {
		return err
	}
	p := planned{key: slices.Clone(key), set: make([]value.Value, len(spec.Set))}
	for n, a := range spec.Set {
		p.set[n] = t.row[a.Column].Clone()
	}
	run.planned[i] = append(run.planned[i], p)
	return nil
}

// carryOut makes the planned changes. A row is read again right before: it may have been
// changed as a row of a table before, or by a foreign key, and then it has what was assigned
// put over it; or it is gone.
func (u *Update) carryOut(c *expr.Ctx, run *changing) error {
	mark := c.Transient()
	for i, t := range run.targets {
		set := u.Targets[i].Set
		t.number = 0
		for _, p := range run.planned[i] {
			if err := c.Context().Err(); err != nil {
				return err
			}
			c.Settle(mark)
			t.number++
			now, err := t.changes.Take(c, p.key, nil)
			if err != nil {
				return err
			}
			if now == nil {
				continue
			}
			copy(t.row, now.Row)
			for n, a := range set {
				t.row[a.Column] = p.set[n]
			}
			changed, err := t.write(c, now, set)
			if err := run.count(c, t, changed, err); err != nil {
				return err
			}
		}
	}
	return nil
}
