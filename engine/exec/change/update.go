package change

import (
	"errors"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Update changes the rows of one or several tables. Child finds them; it reads the state
// before the statement. An assignment sees the columns of its table as those before it have
// left them, and those of other tables as they were. Of several tables all rows are found
// before one is changed.
type Update struct {
	Child   exec.Node
	Targets []UpdateTarget
	// Others are columns of Child: in expressions they stand behind those of all targets.
	Others []int
	// Joined says that Child joins tables, so that a row may come more than once: it is changed once.
	Joined bool

	idle *changing // of an execution that has ended
}

// UpdateTarget is one of the tables of an Update.
type UpdateTarget struct {
	Rules *Rules
	Name  string // or alias, in errors
	Key   int    // the column of Child with the keys of its rows
	// Set are the assignments; in their expressions the table's columns begin at At.
	Set []Assign
	At  int
}

// changing is a statement that changes rows that Child found.
type changing struct {
	targets []*target
	seen    []map[string]bool // rows that were found already; nil for a single table
	taken   []*Taken
	row     setRow
	out     *Outcome
	// planned are the changes of each of several tables: they are made when all rows were
	// found, a table after the other, as no row may be found as another one has left it.
	planned [][]planned
	// space is what rows are taken into, one after the other.
	space []Taken
	key   []byte // of the only row, instead of one of Child
}

// planned is what a row of one of several tables is to become.
type planned struct {
	key []byte
	set []value.Value // of the assignments, in their order
}

// setRow is the row that assignments see.
type setRow struct {
	own    []value.Value // of all targets
	run    *changing
	spec   []UpdateTarget
	now    int // the target whose assignments are computed
	batch  *exec.Batch
	at     int
	others []int
}

// Value implements expr.Row.
func (r *setRow) Value(column int) value.Value {
	if column < len(r.own) {
		for i := range r.spec {
			at := column - r.spec[i].At
			if taken := r.run.taken[i]; i != r.now && taken != nil && at >= 0 && at < len(taken.Row) {
				return taken.Row[at]
			}
		}
		return r.own[column]
	}
	return r.batch.Value(r.others[column-len(r.own)], r.at)
}

// Run implements Change.
func (u *Update) Run(c *expr.Ctx, out *Outcome) error {
	before := c.Writing
	defer func() { c.Writing = before }()
	run, err := u.begin(c, out)
	if err != nil {
		return err
	}
	defer u.rest(run)
	if k, ok := u.Child.(*Keys); ok && len(u.Targets) == 1 && !u.joined() {
		key, ok, err := k.one(c)
		if err != nil || ok && key == nil {
			return err
		}
		if ok {
			if err := exec.Ended(c); err != nil {
				return err
			}
			run.key = key
			return u.one(c, run)
		}
	}
	err = exec.Each(c, u.Child, func(b *exec.Batch) error {
		run.row.batch = b
		for i := range b.Len() {
			run.row.at = b.At(i)
			if err := u.one(c, run); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || run.planned == nil {
		return err
	}
	return u.carryOut(c, run)
}

// begin begins an execution.
func (u *Update) begin(c *expr.Ctx, out *Outcome) (*changing, error) {
	run := u.idle
	if u.idle = nil; run == nil {
		run = u.prepare()
	}
	run.out = out
	for i := range u.Targets {
		spec := &u.Targets[i]
		c.Writing = strict(c, spec.Rules.Ignore)
		t, n := run.targets[i], len(spec.Rules.Columns)
		if err := t.begin(c, spec.Rules, run.row.own[spec.At:spec.At+n:spec.At+n]); err != nil {
			return nil, err
		}
		if err := t.settable(spec.Set); err != nil {
			return nil, err
		}
		if len(u.Targets) > 1 || u.joined() {
			run.seen[i] = map[string]bool{}
		}
	}
	if len(u.Targets) > 1 {
		if err := u.keysStay(); err != nil {
			return nil, err
		}
		run.planned = make([][]planned, len(u.Targets))
	}
	return run, nil
}

func (u *Update) prepare() *changing {
	n := len(u.Targets)
	run := &changing{taken: make([]*Taken, n), targets: make([]*target, n), seen: make([]map[string]bool, n), space: make([]Taken, n)}
	width := 0
	for i := range u.Targets {
		run.targets[i] = new(target)
		width += len(u.Targets[i].Rules.Columns)
	}
	run.row = setRow{own: make([]value.Value, width), others: u.Others, run: run, spec: u.Targets}
	return run
}

// rest keeps what the next execution can use.
func (u *Update) rest(run *changing) {
	for i, t := range run.targets {
		t.end()
		clear(run.space[i].Row)
		run.taken[i], run.seen[i] = nil, nil
	}
	clear(run.row.own)
	run.out, run.key, run.planned, run.row.batch = nil, nil, nil, nil
	u.idle = run
}

// settable refuses column = DEFAULT for one that has none, whether there are rows or not.
func (t *target) settable(set []Assign) error {
	for _, a := range set {
		if a.Value == nil && !t.hasDefault(a.Column) {
			return noDefault(&t.Columns[a.Column])
		}
	}
	return nil
}

// joined says that a row may come more than once.
func (u *Update) joined() bool { return u.Joined || len(u.Others) > 0 || len(u.Targets) > 1 }

// one changes the rows of all targets that one row of Child speaks of.
func (u *Update) one(c *expr.Ctx, run *changing) error {
	if err := c.Context().Err(); err != nil {
		return err
	}
	defer c.Settle(c.Transient())
	for i := range u.Targets {
		key := run.key
		t := run.targets[i]
		run.taken[i] = nil
		clear(t.row)
		if key == nil {
			v := run.row.batch.Value(u.Targets[i].Key, run.row.at)
			if v.IsNull() { // of an outer join
				continue
			}
			key = v.Bytes()
		}
		taken, err := t.changes.Take(c, key, &run.space[i])
		if err != nil {
			return err
		}
		if taken == nil {
			continue
		}
		copy(t.row, taken.Row)
		if seen := run.seen[i]; seen != nil {
			if seen[string(key)] {
				continue
			}
			if err := c.Charge(len(key) + 64); err != nil {
				return err
			}
			seen[string(key)] = true
		}
		run.taken[i] = taken
	}
	for i := range u.Targets {
		if run.taken[i] == nil {
			continue
		}
		t := run.targets[i]
		run.row.now = i
		run.out.Found++
		t.number++
		if run.planned != nil {
			if err := u.plan(c, run, i); err != nil {
				return err
			}
			continue
		}
		changed, err := t.update(c, run.taken[i], u.Targets[i].Set, &run.row)
		if err := run.count(c, t, changed, err); err != nil {
			return err
		}
	}
	return nil
}

// count counts a row that was changed, or passes over one that IGNORE leaves as it is.
func (run *changing) count(c *expr.Ctx, t *target, changed bool, err error) error {
	if err != nil {
		return t.ignored(c, err)
	}
	if changed {
		run.out.Changed++
		run.out.Affected++
	}
	return nil
}

// update changes one row: the new one is t.row, which is a copy of the old one.
func (t *target) update(c *expr.Ctx, old *Taken, set []Assign, scope expr.Row) (changed bool, err error) {
	if err := t.assignAll(c, set, scope); err != nil {
		return false, err
	}
	return t.write(c, old, set)
}

// assignAll computes the assignments, each over what those before it have left.
func (t *target) assignAll(c *expr.Ctx, set []Assign, scope expr.Row) (err error) {
	for _, a := range set {
		if a.Value == nil && c.Writing && !t.hasDefault(a.Column) {
			return noDefault(&t.Columns[a.Column])
		}
		if a.Value == nil && a.Column == t.Auto {
			t.row[a.Column] = implicit(&t.Columns[a.Column].Type)
		} else if a.Value == nil {
			err = t.usual(c, a.Column)
		} else {
			if err = t.assign(c, a.Column, a.Value, scope); err == nil {
				err = t.noNull(c, a.Column, true)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// write turns a row into t.row, whose assignments were computed.
func (t *target) write(c *expr.Ctx, old *Taken, set []Assign) (changed bool, err error) {
	undo := t.undo()
	if err := t.derive(c, old, set); err != nil {
		return false, err
	}
	if t.Triggers != nil {
		if err := t.before(c, OnUpdate, old.Row, t.row); err != nil {
			return false, err
		}
		if err := t.generate(c); err != nil {
			return false, err
		}
	}
	if err := t.notNull(c, true); err != nil {
		return false, err
	}
	if err := t.check(c); err != nil {
		return false, err
	}
	if changed = !sameRow(old.Row, t.row); changed {
		if err := t.changes.Update(c, old, t.row); err != nil {
			if errors.Is(err, ErrGone) {
				return false, nil
			}
			return false, undone(err, undo)
		}
	}
	if t.Triggers != nil {
		return changed, t.fired(t.Triggers.After(c, OnUpdate, old.Row, t.row))
	}
	return changed, nil
}

// derive computes what follows from the assignments: generated columns, and those that an
// UPDATE sets if it changes anything.
func (t *target) derive(c *expr.Ctx, old *Taken, set []Assign) error {
	if len(t.OnUpdate) > 0 && !sameRow(old.Row, t.row) {
	columns:
		for _, a := range t.OnUpdate {
			for _, given := range set {
				if given.Column == a.Column {
					continue columns
				}
			}
			if err := t.assign(c, a.Column, a.Value, expr.Values(t.row)); err != nil {
				return err
			}
		}
	}
	return t.generate(c)
}

// undo returns what a row that fails is taken back with, where it may have written something
// before it failed.
func (t *target) undo() func() error {
	if !t.Ignore {
		return nil
	}
	t.back = t.changes.Mark()
	return func() error { return t.back() }
}

// before fires the triggers that come before a row is written. What they have done stays when
// IGNORE leaves the row out; an error in one of them is theirs, and ends the statement.
func (t *target) before(c *expr.Ctx, e Event, old, row []value.Value) error {
	err := t.fired(t.Triggers.Before(c, e, old, row))
	if err == nil {
		t.keep()
	}
	return err
}

// keep has what was written for a row so far stay when IGNORE leaves the row out: it is the work of
// the functions in its values.
func (t *target) keep() {
	if t.back != nil {
		t.back = t.changes.Mark()
	}
}

// fired notes that a trigger has failed.
func (t *target) fired(err error) error {
	t.failed = t.failed || err != nil
	return err
}

func undone(err error, undo func() error) error {
	if undo == nil {
		return err
	}
	if e := undo(); e != nil {
		return e
	}
	return err
}
