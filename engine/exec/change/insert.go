package change

import (
	"errors"
	"slices"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Insert adds rows to a table: those of Values, or those of Source.
type Insert struct {
	Rules *Rules
	// Given are the columns that get a value; a row of Values or Source has one for each.
	Given []int
	// Values are rows of expressions; nil stands for the column's default.
	Values [][]expr.Expr
	// LooksAhead says that something in Values is computed from columns of the row.
	LooksAhead bool
	Source     exec.Node
	// Whole says that Source is computed before the first row is stored: it reads the table, as a stored
	// function in it may.
	Whole bool
	// Replace is REPLACE: rows in the way are deleted.
	Replace bool
	// Keys are the columns of the unique keys, for REPLACE: the row in the way is not deleted
	// if it is as the new one and the last key is the first that says so.
	Keys [][]int
	// OnDuplicate are the assignments of ON DUPLICATE KEY UPDATE. Their expressions are over
	// the columns of the row in the way, of the new row, and of Source.
	OnDuplicate []Assign
	HasDup      bool
	// ZeroIsNumber says that 0 is no AUTO_INCREMENT number to come (NO_AUTO_VALUE_ON_ZERO).
	ZeroIsNumber bool
	// FoundRows says that the client counts rows that ON DUPLICATE KEY UPDATE left alone.
	FoundRows bool

	idle *inserting // of an execution that has ended
}

// inserting is an Insert that runs.
type inserting struct {
	*Insert
	*target
	out *Outcome
	// missing are the columns that no row gives a value to; generates says which are generated.
	missing   []int
	generates []bool
	told      []int // those of them that the client was told to have no default
	open      []int // those of them without a default that BEFORE triggers may set
	source    *exec.Batch
	at        int
	soft      bool // a NULL in a column that takes none is no error without strict mode
	number    uint64
	// spare is a number that was taken for a row that was not inserted: the next one that
	// wants a number gets it.
	spare uint64
}

// Run implements Change.
func (n *Insert) Run(c *expr.Ctx, out *Outcome) error {
	before := c.Writing
	defer func() { c.Writing = before }()
	c.Writing = strict(c, n.Rules.Ignore)
	run, err := n.start(c, out)
	if err != nil {
		return err
	}
	defer run.rest()
	if n.Source == nil {
		err = run.values(c)
	} else {
		err = run.rows(c)
	}
	if err == nil && run.out.InsertID == 0 && run.number > 0 {
		run.out.InsertID = run.number
	}
	return err
}

// start begins one execution.
func (n *Insert) start(c *expr.Ctx, out *Outcome) (*inserting, error) {
	run := n.idle
	if n.idle = nil; run == nil {
		run = &inserting{Insert: n, target: new(target), generates: make([]bool, len(n.Rules.Columns)), soft: n.Rules.Ignore || n.Source != nil || len(n.Values) > 1}
		for i := range n.Rules.Generated {
			run.generates[n.Rules.Generated[i].Column] = true
		}
		for i := range n.Rules.Columns {
			if !slices.Contains(n.Given, i) {
				run.missing = append(run.missing, i)
			}
		}
	}
	if err := run.target.begin(c, n.Rules, nil); err != nil {
		return nil, err
	}
	run.out, run.told, run.open, run.number, run.spare = out, run.told[:0], run.open[:0], 0, 0
	return run, run.complete(c)
}

// rest keeps what the next execution can use.
func (run *inserting) rest() {
	run.target.end()
	run.out, run.source = nil, nil
	run.Insert.idle = run
}

// complete refuses a statement in strict mode that leaves out columns without a default, whether
// there are rows or not; else it warns of them. Where triggers may set them, they are asked for after those, row by row.
func (run *inserting) complete(c *expr.Ctx) error {
	fires := run.Triggers != nil && run.Triggers.Fires(OnInsert)
	for _, col := range run.missing {
		if run.generates[col] {
			continue
		}
		if fires && run.Columns[col].NotNull && run.Defaults[col] == nil && col != run.Auto {
			run.open = append(run.open, col)
			continue
		}
		if run.hasDefault(col) {
			continue
		}
		if err := noDefault(&run.Columns[col]); c.Writing {
			return err
		} else if err := warned(c, value.LevelWarning, err); err != nil {
			return err
		}
		run.told = append(run.told, col)
	}
	return nil
}

func (run *inserting) values(c *expr.Ctx) error {
	for i, list := range run.Values {
		if err := c.Context().Err(); err != nil {
			return err
		}
		if i&1023 == 1023 {
			if err := exec.Ended(c); err != nil {
				return err
			}
		}
		if err := run.wrote(c, c.Transient(), run.begins(), run.fill(c, list)); err != nil {
			return err
		}
	}
	return nil
}

// fill computes the given columns of a row of VALUES. Later ones may look at earlier ones.
func (run *inserting) fill(c *expr.Ctx, list []expr.Expr) error {
	var unset []int
	if run.LooksAhead {
		if err := run.ahead(c); err != nil {
			return err
		}
	}
	for i, e := range list {
		col := run.Given[i]
		if e == nil {
			if c.Writing && !run.generates[col] && !run.hasDefault(col) {
				return noDefault(&run.Columns[col])
			}
			unset = append(unset, col)
			continue
		}
		if err := run.assign(c, col, e, expr.Values(run.row)); err != nil {
			return err
		}
		if err := run.noNull(c, col, run.soft); err != nil {
			return err
		}
	}
	if len(unset) == 0 {
		return run.usuals(c, run.missing)
	}
	unset = append(unset, run.missing...)
	slices.Sort(unset)
	return run.usuals(c, unset)
}

// usuals gives columns, which are in the table's order, their defaults: first those that
// look at no other column.
func (run *inserting) usuals(c *expr.Ctx, columns []int) error {
	later := false
	for _, col := range columns {
		if e := run.Defaults[col]; e != nil && !expr.IsConst(e) {
			later = true
			continue
		}
		if run.generates[col] {
			continue
		}
		if slices.Contains(run.open, col) {
			run.row[col] = value.Null
			continue
		}
		if slices.Contains(run.told, col) {
			run.row[col] = implicit(&run.Columns[col].Type)
			continue
		}
		if err := run.usual(c, col); err != nil {
			return err
		}
	}
	if !later {
		return nil
	}
	for _, col := range columns {
		if e := run.Defaults[col]; e == nil || expr.IsConst(e) || run.generates[col] {
			continue
		}
		if err := run.usual(c, col); err != nil {
			return err
		}
	}
	return nil
}

// rows takes the rows of Source.
func (run *inserting) rows(c *expr.Ctx) error {
	types := run.Source.Types()
	source, list := run.computed()
	return exec.Each(c, source, func(b *exec.Batch) error {
		run.source = b
		for i := range b.Len() {
			if err := c.Context().Err(); err != nil {
				return err
			}
			run.at = b.At(i)
			err := run.one(c, func() error {
				for n, col := range run.Given {
					v, err := value.Null, error(nil)
					if list == nil {
						v = b.Value(n, run.at)
					} else if v, err = list[n].Eval(c, (*sourceRow)(run)); err != nil {
						return err
					}
					if err := run.store(c, col, v, &types[n]); err != nil {
						return err
					}
					if err := run.noNull(c, col, run.soft); err != nil {
						return err
					}
				}
				return run.usuals(c, run.missing)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// sourceRow is the row of Source that is being stored.
type sourceRow inserting

// Value implements expr.Row.
func (r *sourceRow) Value(column int) value.Value { return r.source.Value(column, r.at) }

// computed takes the select list off a query, if something in it is computed: MySQL computes and
// stores a row, from left to right, before it looks at the next one, and of two faults the
// first one in this order is told. A batch would be computed as a whole.
func (run *inserting) computed() (exec.Node, []expr.Expr) {
	if run.Whole {
		return &exec.Whole{Child: run.Source}, nil
	}
	p, ok := run.Source.(*exec.Project)
	if !ok || run.HasDup || !slices.ContainsFunc(p.Exprs, func(e expr.Expr) bool { _, column := e.(*expr.Column); return !column && !expr.IsConst(e) }) {
		return run.Source, nil
	}
	return p.Child, p.Exprs
}

// one makes a row and writes it.
func (run *inserting) one(c *expr.Ctx, fill func() error) error {
	mark, undo := c.Transient(), run.begins()
	return run.wrote(c, mark, undo, fill())
}

// begins begins a row.
func (run *inserting) begins() (undo func() error) {
	t := run.target
	t.number++
	run.out.Records++
	clear(t.row)
	return t.undo()
}

// wrote writes a row that was filled, unless err says that it was not.
func (run *inserting) wrote(c *expr.Ctx, mark int, undo func() error, err error) error {
	defer c.Settle(mark)
	if err == nil {
		err = run.finish(c)
	}
	if err == nil {
		return nil
	}
	if err := run.target.ignored(c, undone(err, undo)); err != nil {
		return err
	}
	run.out.Duplicates++
	return nil
}

// finish writes the row, when all of its columns that are given have their values.
func (run *inserting) finish(c *expr.Ctx) error {
	t := run.target
	auto := run.wantsNumber()
	if auto {
		t.row[t.Auto] = zeroNumber(&t.Columns[t.Auto].Type)
	}
	if err := t.generate(c); err != nil {
		return err
	}
	if t.Triggers != nil {
		if err := t.before(c, OnInsert, nil, t.row); err != nil {
			return err
		}
		if auto = run.wantsNumber(); auto {
			t.row[t.Auto] = zeroNumber(&t.Columns[t.Auto].Type)
		}
		without := run.without()
		if err := t.generate(c); err != nil {
			return err
		}
		if err := t.notNull(c, run.soft); err != nil {
			return err
		}
		if err := run.lacks(c, without); err != nil {
			return err
		}
	} else if err := t.notNull(c, run.soft); err != nil {
		return err
	}
	made, err := run.takeNumber(c, auto)
	if err != nil {
		return err
	}
	if len(t.Generated) > 0 && auto {
		if err := t.generate(c); err != nil {
			return err
		}
	}
	if err := t.check(c); err != nil {
		return err
	}
	t.keep()
	return run.write(c, made)
}

// without are the columns that neither the statement nor a trigger has anything for; they have the implicit default of
// their type now. A NULL in one that a trigger assigns to, whether it came to that or not, is a NULL that it was given,
// as in MySQL's check_inserting_record; the others are what its check_that_all_fields_are_given_values finds.
func (run *inserting) without() []int {
	var out []int
	for _, col := range run.open {
		if run.row[col].IsNull() && !run.Triggers.Assigns(col) {
			run.row[col] = implicit(&run.Columns[col].Type)
			out = append(out, col)
		}
	}
	return out
}

// lacks tells of columns that have nothing but the implicit default. An ENUM has its first member without a word.
func (run *inserting) lacks(c *expr.Ctx, columns []int) error {
	for _, col := range columns {
		if run.Columns[col].Type.Kind == value.TypeEnum {
			continue
		}
		if c.Writing {
			return noDefault(&run.Columns[col])
		}
		if err := warned(c, value.LevelWarning, noDefault(&run.Columns[col])); err != nil {
			return err
		}
	}
	return nil
}

// wantsNumber says that the AUTO_INCREMENT column gets the next number.
func (run *inserting) wantsNumber() bool {
	t := run.target
	if t.Auto < 0 {
		return false
	}
	v := t.row[t.Auto]
	switch v.Class() {
	case value.ClassNull:
		return t.Columns[t.Auto].NotNull
	case value.ClassDouble:
		return v.Double() == 0 && !run.ZeroIsNumber
	}
	return v.Uint() == 0 && !run.ZeroIsNumber
}

func zeroNumber(t *value.Type) value.Value { return implicit(t) }

// numberType is that of the next number.
var numberType = value.BigUint

// takeNumber gives the AUTO_INCREMENT column its number.
func (run *inserting) takeNumber(c *expr.Ctx, auto bool) (made uint64, err error) {
	t := run.target
	if !auto {
		return 0, nil
	}
	if made, run.spare = run.spare, 0; made == 0 {
		if made, err = t.changes.Number(c); err != nil {
			return 0, err
		}
	}
	// A column that is at its end gets its greatest number again, which is taken.
	listen, writing := c.Listen, c.Writing
	c.Listen, c.Writing = nil, false
	run.spare = made // until the row is there
	t.row[t.Auto], err = value.Store(c.Env, value.Uint(made), &numberType, &t.Columns[t.Auto].Type, t.place(t.Auto))
	c.Listen, c.Writing = listen, writing
	if stored := t.row[t.Auto]; err == nil && (stored.Class() == value.ClassInt || stored.Class() == value.ClassUint) {
		made = stored.Uint() // LAST_INSERT_ID() is a number that stands in the table
	}
	return made, err
}

// write puts the row into the table; made is the number that it was given.
func (run *inserting) write(c *expr.Ctx, made uint64) error {
	t := run.target
	for {
		err := t.changes.Insert(c, t.row)
		if err == nil {
			break
		}
		var dup *Duplicate
		if !errors.As(err, &dup) || dup.Row == nil || !run.Replace && !run.HasDup {
			return err
		}
		if run.HasDup {
			return run.instead(c, dup)
		}
		done, err := run.clear(c, dup, made)
		if err != nil || done {
			return err
		}
	}
	run.out.Affected++
	if made > 0 || t.Auto >= 0 && t.row[t.Auto].Class() != value.ClassDouble && t.row[t.Auto].Uint() >= run.spare {
		run.spare = 0
	}
	run.noteNumber(made)
	if t.Triggers != nil {
		return t.fired(t.Triggers.After(c, OnInsert, nil, t.row))
	}
	return nil
}

// noteNumber remembers what the client is told of the AUTO_INCREMENT column.
func (run *inserting) noteNumber(made uint64) {
	t := run.target
	switch {
	case t.Auto < 0:
	case made > 0 && !run.out.Generated:
		run.out.InsertID, run.out.Generated = made, true
	case made == 0 && t.row[t.Auto].Class() != value.ClassDouble:
		run.number = t.row[t.Auto].Uint()
	}
}

// clear deletes the row in the way of a REPLACE. done is true when it is the same row. A number that
// was made for the new row replaces none: the column is at its end, and nobody named that row.
func (run *inserting) clear(c *expr.Ctx, dup *Duplicate, made uint64) (done bool, err error) {
	t := run.target
	old, err := t.changes.Take(c, dup.Row, nil)
	if err != nil {
		return false, err
	}
	if old == nil {
		return false, dup
	}
	if err := t.reaches(c, old.Row, dup); err != nil {
		return false, err
	}
	if made > 0 && SameValue(old.Row[t.Auto], t.row[t.Auto]) {
		return false, dup
	}
	if t.Triggers == nil && run.inPlace() && sameRow(old.Row, t.row) {
		run.out.Affected++
		run.noteNumber(0)
		return true, nil
	}
	if err := t.delete(c, old); err != nil && !errors.Is(err, ErrGone) {
		return false, err
	}
	run.out.Affected++
	run.out.Duplicates++
	return false, nil
}

// inPlace says that no key but the last can find an equal row in the way: NULL is in no
// one's way.
func (run *inserting) inPlace() bool {
	for i, key := range run.Keys {
		if !slices.ContainsFunc(key, func(c int) bool { return run.row[c].IsNull() }) {
			return i == len(run.Keys)-1
		}
	}
	return false
}

// dupRow is the row that the assignments of ON DUPLICATE KEY UPDATE see.
type dupRow struct {
	run   *inserting
	row   []value.Value // the row in the way, as it changes
	given []value.Value // the new one
}

// Value implements expr.Row.
func (r *dupRow) Value(column int) value.Value {
	n := len(r.row)
	switch {
	case column < n:
		return r.row[column]
	case column < 2*n:
		return r.given[column-n]
	}
	return r.run.source.Value(column-2*n, r.run.at)
}

// instead changes the row in the way.
func (run *inserting) instead(c *expr.Ctx, dup *Duplicate) error {
	t := run.target
	old, err := t.changes.Take(c, dup.Row, nil)
	if err != nil {
		return err
	}
	if old == nil {
		return dup
	}
	if err := t.reaches(c, old.Row, dup); err != nil {
		return err
	}
	row := &dupRow{run: run, given: append([]value.Value{}, t.row...)}
	copy(t.row, old.Row)
	row.row = t.row
	changed, err := t.update(c, old, run.OnDuplicate, row)
	if err != nil {
		return err
	}
	switch {
	case changed:
		run.out.Affected += 2
		run.out.Duplicates++
	case run.FoundRows:
		run.out.Affected++
	}
	if changed && t.Auto >= 0 && t.row[t.Auto].Class() != value.ClassDouble {
		run.number = t.row[t.Auto].Uint()
	}
	return nil
}
