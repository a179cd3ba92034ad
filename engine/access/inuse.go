package access

import "github.com/lxdb/lxdb/engine/sqlerr"

// checkUnused refuses to change a table that the statement around a function or trigger
// uses: it reads or writes rows of it while the program runs.
func (s Asker) checkUnused(o object) error {
	if o.Table == nil {
		return nil
	}
	for _, uses := range s.Around {
		for _, u := range uses {
			if u.Object == o.Object() && !u.Inside {
				return sqlerr.CantUpdateUsedTable.Errorf("Can't update table '%s' in stored function/trigger because it is already used by statement which invoked this stored function/trigger.", o.Table.Name)
			}
		}
	}
	return nil
}
