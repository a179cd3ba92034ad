package change

import (
	"cmp"
	"errors"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Assign gives a column a value. Nil as Value is the column's default.
type Assign struct {
	Column int
	Value  expr.Expr
}

// Check is a CHECK constraint, over the columns of the table.
type Check struct {
	Name string
	Cond expr.Expr
	// View says that it is WITH CHECK OPTION of the view of that name: it has to be true.
	View bool
}

// Rules are what the rows of a table that a statement changes have to meet.
type Rules struct {
	Table   Table
	Columns []TableColumn
	// Defaults are those of the columns, over the row as far as it is known; nil for none.
	Defaults []expr.Expr
	// Generated are the generated columns, in the table's order, over the whole row.
	Generated []Assign
	// OnUpdate are the columns that an UPDATE sets when the row changes otherwise.
	OnUpdate []Assign
	Checks   []Check
	// Reach are conditions of a view: a row in the way of an INSERT that does not meet them is not
	// the statement's to change or delete.
	Reach    []Check
	Triggers Triggers // nil without any
	Auto     int      // the AUTO_INCREMENT column, -1 without one
	// Ignore is IGNORE: a row that does not fit is made to, or left out, with a warning.
	Ignore bool
}

// target is a table while a statement runs.
type target struct {
	*Rules
	changes Changes
	row     []value.Value // the new row, used again for each
	number  int           // of the row, for warnings
	failed  bool          // in a trigger
	back    func() error  // undoes what was written of the row; nil without IGNORE
}

// begin begins an execution. row is for the new rows, nil for one of its own.
func (t *target) begin(c *expr.Ctx, r *Rules, row []value.Value) (err error) {
	if t.Rules, t.number = r, 0; row != nil {
		t.row = row
	} else if t.row == nil {
		t.row = make([]value.Value, len(r.Columns))
	}
	t.changes, err = r.Table.Begin(c)
	return err
}

// end ends it.
func (t *target) end() {
	if t.changes != nil {
		t.changes.End()
		t.changes = nil
	}
	clear(t.row)
}

// strict says that conversions are as strict mode wants them while rows are written.
func strict(c *expr.Ctx, ignore bool) bool { return c.Has(value.ModeStrict) && !ignore }

// writing has the Env treat conversions as strict mode wants them while rows are written.
func writing(c *expr.Ctx, ignore bool) (back func()) {
	before := c.Writing
	c.Writing = strict(c, ignore)
	return func() { c.Writing = before }
}

func (t *target) place(column int) value.Place {
	return value.Place{Column: t.Columns[column].Name, Row: t.number}
}

// store puts a value of a type into a column of the new row.
func (t *target) store(c *expr.Ctx, column int, v value.Value, from *value.Type) error {
	out, err := value.Store(c.Env, v, from, &t.Columns[column].Type, t.place(column))
	if err != nil {
		return err
	}
	t.row[column] = out
	return nil
}

// assign computes an expression over row and puts it into a column.
func (t *target) assign(c *expr.Ctx, column int, e expr.Expr, row expr.Row) error {
	v, err := t.eval(c, e, row)
	if err != nil {
		return err
	}
	return t.store(c, column, v, e.Type())
}

// eval computes a value. With IGNORE a subquery of several rows is NULL, with a warning.
func (t *target) eval(c *expr.Ctx, e expr.Expr, row expr.Row) (value.Value, error) {
	v, err := e.Eval(c, row)
	if err != nil && t.Ignore && codeOf(err) == sqlerr.SubqueryNoOneRow {
		return value.Null, t.ignored(c, err)
	}
	return v, err
}

// generate computes the generated columns.
func (t *target) generate(c *expr.Ctx) error {
	for _, g := range t.Generated {
		if err := t.assign(c, g.Column, g.Value, expr.Values(t.row)); err != nil {
			return err
		}
	}
	return nil
}

// usual gives a column its default.
func (t *target) usual(c *expr.Ctx, column int) error {
	col := &t.Columns[column]
	switch e := t.Defaults[column]; {
	case e != nil:
		return t.assign(c, column, e, expr.Values(t.row))
	case !col.NotNull || column == t.Auto:
		t.row[column] = value.Null
		return nil
	}
	if c.Writing && col.Type.Kind != value.TypeEnum { // a trigger may set it, or else it is a NULL in a column that takes none
		t.row[column] = value.Null
		return nil
	}
	t.row[column] = implicit(&col.Type)
	if col.Type.Kind == value.TypeEnum { // NOT NULL: the first member
		return nil
	}
	return warned(c, value.LevelWarning, noDefault(col))
}

// hasDefault says that a column need not be given a value.
func (t *target) hasDefault(column int) bool {
	col := &t.Columns[column]
	return t.Defaults[column] != nil || !col.NotNull || column == t.Auto || col.Type.Kind == value.TypeEnum
}

func noDefault(col *TableColumn) error {
	return sqlerr.NoDefaultForField.Errorf("Field '%s' doesn't have a default value", col.Name)
}

// notNull asks the columns that take no NULL. soft says that they take the implicit default
// of their type instead, with a warning, where strict mode does not forbid it.
func (t *target) notNull(c *expr.Ctx, soft bool) error {
	replaced := false
	for i := range t.Columns {
		if t.isGenerated(i) {
			continue
		}
		now, err := t.notNullAt(c, i, soft)
		if err != nil {
			return err
		}
		replaced = replaced || now
	}
	if len(t.Generated) == 0 {
		return nil
	}
	if replaced { // what was made of a NULL is made of its replacement
		if err := t.generate(c); err != nil {
			return err
		}
	}
	for _, g := range t.Generated {
		if _, err := t.notNullAt(c, g.Column, soft); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) isGenerated(column int) bool {
	return slices.ContainsFunc(t.Generated, func(g Assign) bool { return g.Column == column })
}

// notNullAt is notNull of one column; replaced says that it had a NULL, and has a value now.
func (t *target) notNullAt(c *expr.Ctx, i int, soft bool) (replaced bool, err error) {
	col := &t.Columns[i]
	if !col.NotNull || !t.row[i].IsNull() {
		return false, nil
	}
	err = badNull(col)
	if c.Writing || !soft {
		return false, err
	}
	t.row[i] = implicit(&col.Type)
	return true, warned(c, value.LevelWarning, err)
}

// noNull is notNull of a column as soon as it is given a value: what later assignments read is
// the replacement of a NULL, and none of them mends it. A trigger may.
func (t *target) noNull(c *expr.Ctx, column int, soft bool) error {
	if t.Triggers != nil || column == t.Auto {
		return nil
	}
	_, err := t.notNullAt(c, column, soft)
	return err
}

func badNull(col *TableColumn) error {
	return sqlerr.BadNull.Errorf("Column '%s' cannot be null", col.Name)
}

// check asks the CHECK constraints: what is not false holds.
func (t *target) check(c *expr.Ctx) error {
	for i := range t.Checks {
		holds, err := t.Checks[i].holds(c, t.row)
		switch {
		case err != nil:
			return err
		case holds:
		case t.Checks[i].View:
			return sqlerr.ViewCheckFailed.Errorf("CHECK OPTION failed '%s'", t.Checks[i].Name)
		default:
			return Violates(t.Checks[i].Name)
		}
	}
	return nil
}

// holds says whether a row meets a constraint.
func (k *Check) holds(c *expr.Ctx, row []value.Value) (bool, error) {
	v, err := k.Cond.Eval(c, expr.Values(row))
	if err != nil || v.IsNull() {
		return !k.View, err
	}
	return value.ToBool(c.Env, v, k.Cond.Type())
}

// Violates is the error of a row that does not meet a CHECK constraint.
func Violates(name string) error {
	return sqlerr.CheckConstraintViolated.Errorf("Check constraint '%s' is violated.", name)
}

// reaches is nil when a row in the way is one that the statement may reach; hidden is what it says of
// another.
func (t *target) reaches(c *expr.Ctx, row []value.Value, hidden error) error {
	for i := range t.Reach {
		v, err := t.Reach[i].Cond.Eval(c, expr.Values(row))
		if err != nil {
			return err
		}
		if yes, err := value.ToBool(c.Env, v, t.Reach[i].Cond.Type()); err != nil || !yes {
			return cmp.Or(err, hidden)
		}
	}
	return nil
}

// codeOf is the number by which IGNORE may know an error; 0 for one of a function, which it does not reach into.
func codeOf(err error) sqlerr.Code {
	var called *sqlerr.Inside
	if errors.As(err, &called) {
		return 0
	}
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e.Number
	}
	var d *Duplicate
	if errors.As(err, &d) {
		return sqlerr.DupEntry
	}
	return 0
}

// ignorable are the errors of a row that IGNORE makes warnings of.
var ignorable = map[sqlerr.Code]bool{
	sqlerr.BadNull: true, sqlerr.DupEntry: true, sqlerr.NoReferencedRow: true, sqlerr.RowIsReferenced: true,
	sqlerr.SubqueryNoOneRow: true, sqlerr.CheckConstraintViolated: true, sqlerr.ViewCheckFailed: true,
}

// ignored is nil, and a warning, for an error that IGNORE passes over.
func (t *target) ignored(c *expr.Ctx, err error) error {
	if !t.Ignore || t.failed || !ignorable[codeOf(err)] {
		return err
	}
	return warned(c, value.LevelWarning, err)
}

// warned makes a warning of an error.
func warned(c *expr.Ctx, level value.Level, err error) error {
	var d *Duplicate
	if errors.As(err, &d) {
		err = d.client()
	}
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return err
	}
	c.Tell(value.Warning{Level: level, Number: e.Number, Text: e.Message})
	return nil
}

// Error implements error. It names the key, not its value.
func (d *Duplicate) Error() string { return "duplicate entry for key " + d.Key }

// Unwrap is the error as the client sees it.
func (d *Duplicate) Unwrap() error { return d.client() }

// maxEntry is how much MySQL shows of a key's value.
const maxEntry = 64

func (d *Duplicate) client() *sqlerr.Error {
	entry := d.Entry
	if len(entry) > maxEntry {
		cut := maxEntry
		for cut > 0 && entry[cut]&0xC0 == 0x80 {
			cut--
		}
		entry = entry[:cut]
	}
	return sqlerr.DupEntry.Errorf("Duplicate entry '%s' for key '%s'", entry, d.Key)
}

// implicit is the value of a column that takes no NULL and was given none, where strict mode
// does not forbid it.
func implicit(t *value.Type) value.Value {
	switch t.Kind {
	case value.TypeTinyInt, value.TypeSmallInt, value.TypeMediumInt, value.TypeInt, value.TypeBigInt:
		if t.Unsigned {
			return value.Uint(0)
		}
		return value.Int(0)
	case value.TypeBit, value.TypeYear, value.TypeSet:
		return value.Uint(0)
	case value.TypeEnum:
		return value.Uint(1)
	case value.TypeFloat, value.TypeDouble:
		return value.Double(0)
	case value.TypeDecimal:
		return value.Dec(value.DecimalOfUnscaled(0, int(t.Scale)))
	case value.TypeDate:
		return value.Date(0)
	case value.TypeDateTime, value.TypeTimestamp:
		return value.DateTime(0)
	case value.TypeTime:
		return value.Time(0)
	case value.TypeJSON:
		j, _ := value.ParseJSON([]byte("null"))
		return value.Document(j)
	}
	if t.Kind == value.TypeChar && t.IsBinary() {
		return value.Bytes(make([]byte, t.Length))
	}
	return value.Bytes(nil)
}
