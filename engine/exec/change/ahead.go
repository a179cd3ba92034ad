package change

import (
	"github.com/lxdb/lxdb/engine/expr"
)

// LooksAhead says that something in VALUES is computed from columns of the row.
func LooksAhead(rows [][]expr.Expr) bool {
	found := false
	for _, row := range rows {
		for _, e := range row {
			if e != nil {
				expr.Walk(e, func(e expr.Expr) {
					_, column := e.(*expr.Column)
					found = found || column
				})
			}
		}
	}
	return found
}

// ahead puts into a row of VALUES what its columns are before they are given a value: their
// default where that is a literal, else NULL, or the type's implicit value in a column that
// takes none. Expressions that name a column which stands later, or nowhere, see it.
func (run *inserting) ahead(c *expr.Ctx) error {
	for col := range run.Columns {
		e := run.Defaults[col]
		switch {
		case run.generates[col]:
		case e != nil && expr.IsConst(e):
			if err := run.assign(c, col, e, expr.Values(run.row)); err != nil {
				return err
			}
		case run.Columns[col].NotNull || col == run.Auto:
			run.row[col] = implicit(&run.Columns[col].Type)
		}
	}
	return nil
}
