package change

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Fill completes the rows of a table whose definition has changed: it computes what they were not stored with.
type Fill struct{ target }

// NewFill is for a table as it will be.
func NewFill(r *Rules) *Fill { return &Fill{target{Rules: r}} }

// Row completes row number n, counted from 1. The columns added get their DEFAULT, or else what is implicit in their
// type; generated columns are computed from the rest.
func (f *Fill) Row(c *expr.Ctx, row []value.Value, added []int, n int) error {
	f.row, f.number = row, n
	for _, i := range added {
		if err := f.fresh(c, i); err != nil {
			return err
		}
	}
	if len(f.Generated) == 0 {
		return nil
	}
	if err := f.generate(c); err != nil {
		return err
	}
	for _, g := range f.Generated {
		if _, err := f.notNullAt(c, g.Column, true); err != nil {
			return err
		}
	}
	return nil
}

// fresh gives a column that rows have not had its value.
func (f *Fill) fresh(c *expr.Ctx, i int) error {
	col := &f.Columns[i]
	switch {
	case f.isGenerated(i) || i == f.Auto:
		return nil
	case f.Defaults[i] != nil:
		if err := f.assign(c, i, f.Defaults[i], expr.Values(f.row)); err != nil {
			return err
		}
		_, err := f.notNullAt(c, i, true)
		return err
	case !col.NotNull:
		f.row[i] = value.Null
		return nil
	}
	f.row[i] = implicit(&col.Type)
	if !col.Type.HasDate() { // which may not be zero in every mode
		return nil
	}
	return f.store(c, i, value.Bytes([]byte(zeroDate)), &value.Type{Kind: value.TypeVarChar, Collation: value.DefaultCollation})
}

const zeroDate = "0000-00-00"

// NotNull is what a stored NULL becomes in a column that takes none any more, in row number n. changed says that the type
// of the column has changed as well: MySQL then copies the table, and words it otherwise.
func (f *Fill) NotNull(c *expr.Ctx, i, n int, changed bool) (value.Value, error) {
	cut := sqlerr.DataTruncated.Errorf("Data truncated for column '%s' at row %d", f.Columns[i].Name, n)
	switch {
	case !c.Has(value.ModeStrict):
		return implicit(&f.Columns[i].Type), warned(c, value.LevelWarning, cut)
	case changed:
		return value.Null, cut
	}
	return value.Null, sqlerr.InvalidUseOfNull.Errorf("Invalid use of NULL value")
}

// Meets asks a row whether it meets the CHECK constraints.
func (f *Fill) Meets(c *expr.Ctx, row []value.Value) error {
	for i := range f.Checks {
		holds, err := f.Checks[i].holds(c, row)
		if err != nil {
			return err
		}
		if !holds {
			return Violates(f.Checks[i].Name)
		}
	}
	return nil
}
