package access

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// clauseRules are what clause i of an ALTER TABLE may not say beside the others. The library carries clauses out one by one,
// and would find a table that MySQL, which looks at the statement as a whole, never has.
var clauseRules = []func(clauses []sql.Node, i int) error{renamesKey, onePrimary, keyOfDropped, dropsNew, takenName, movedTwice, keysOfTexts}

// keysGoing are the clauses behind clause i that drop a key which is gone with the columns that are dropped until then.
func keysGoing(clauses []sql.Node, i int) (out []sql.Node) {
	if _, ok := clauses[i].(*plan.DropColumn); !ok {
		return nil
	}
	gone := map[string]bool{} // a key that is dropped twice is not there the second time
	for _, c := range clauses[i+1:] {
		if name := droppedKey(c); name != "" && !gone[name] && goesWith(c, clauses[:i+1]) {
			gone[name] = true
			out = append(out, c)
		}
	}
	return out
}

// droppedKey is the key that a clause drops, by its name in small letters; "" if it drops none.
func droppedKey(clause sql.Node) string {
	switch n := clause.(type) {
	case *plan.AlterPK:
		if n.Action == plan.PrimaryKeyAction_Drop {
			return primaryKey
		}
	case *plan.AlterIndex:
		if n.Action == plan.IndexAction_Drop {
			return strings.ToLower(n.IndexName)
		}
	}
	return ""
}

// primaryKey is the name of the primary key, which no other has.
const primaryKey = "primary"

// drops says whether a clause drops a key.
func drops(x catalog.Index) func(clause sql.Node) bool {
	name := strings.ToLower(x.Name)
	if x.Primary {
		name = primaryKey
	}
	return func(clause sql.Node) bool { return droppedKey(clause) == name }
}

// keyAdded are the columns of the key that a clause adds.
func keyAdded(clause sql.Node) []sql.IndexColumn {
	switch n := clause.(type) {
	case *plan.AlterPK:
		if n.Action == plan.PrimaryKeyAction_Create {
			return n.Columns
		}
	case *plan.AlterIndex:
		if n.Action == plan.IndexAction_Create {
			return n.Columns
		}
	}
	return nil
}

// takenName refuses a new name for a column that another column has and keeps.
func takenName(clauses []sql.Node, i int) error {
	var rec *catalog.Table
	was, name := "", ""
	switch n := clauses[i].(type) {
	case *plan.ModifyColumn:
		rec, was, name = recordOf(n.Table), n.Column(), n.NewColumn().Name
	case *plan.RenameColumn:
		rec, was, name = recordOf(n.Table), n.ColumnName, n.NewColumnName
	}
	if rec == nil || strings.EqualFold(was, name) || !hasColumn(rec, name) {
		return nil
	}
	leaves := func(n sql.Node) bool {
		column, _, _ := losesName(n)
		return strings.EqualFold(column, name)
	}
	if slices.ContainsFunc(clauses, leaves) {
		return nil
	}
	return sql.ErrColumnExists.New(name)
}

// movedTwice refuses to change a column that the statement drops, and to put one behind itself.
func movedTwice(clauses []sql.Node, i int) error {
	m, ok := clauses[i].(*plan.ModifyColumn)
	if !ok {
		return nil
	}
	rec := recordOf(m.Table)
	if rec == nil || !hasColumn(rec, m.Column()) {
		return nil
	}
	at := slices.IndexFunc(clauses, dropsColumn(m.Column()))
	again := func(n sql.Node) bool {
		add, ok := n.(*plan.AddColumn)
		return ok && strings.EqualFold(add.Column().Name, m.Column())
	}
	after := ""
	if o := m.Order(); o != nil {
		after = o.AfterColumn
	}
	if at >= 0 && !slices.ContainsFunc(clauses, again) || strings.EqualFold(after, m.Column()) {
		return sqlerr.BadField.Errorf("Unknown column '%s' in '%s'", m.Column(), rec.Name)
	}
	return nil
}

// keysOfTexts refuses to make a text without a bound, or JSON, of a column that a key has as a whole, unless the statement drops that key.
func keysOfTexts(clauses []sql.Node, i int) error {
	m, ok := clauses[i].(*plan.ModifyColumn)
	if !ok || !types.IsTextBlob(m.NewColumn().Type) && !types.IsJSON(m.NewColumn().Type) {
		return nil
	}
	rec := recordOf(m.Table)
	if rec == nil {
		return nil
	}
	at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, m.Column()) })
	if at < 0 {
		return nil
	}
	for _, x := range rec.Indexes {
		whole := func(p catalog.IndexColumn) bool { return p.Column == rec.Columns[at].ID && p.Prefix == 0 }
		switch {
		case !slices.ContainsFunc(x.Columns, whole) || slices.ContainsFunc(clauses, drops(x)):
		case types.IsJSON(m.NewColumn().Type):
			return sql.ErrJSONIndex.New(m.NewColumn().Name)
		default:
			return sql.ErrInvalidBlobTextKey.New(m.NewColumn().Name)
		}
	}
	return nil
}

// renamesKey refuses to rename a key that the table has not, be it one that the statement adds, or that a clause before drops.
func renamesKey(clauses []sql.Node, i int) error {
	n, ok := clauses[i].(*plan.AlterIndex)
	if !ok || n.Action != plan.IndexAction_Rename {
		return nil
	}
	rec := recordOf(n.Table)
	if rec == nil {
		return nil
	}
	there := slices.ContainsFunc(rec.Indexes, func(x catalog.Index) bool { return !x.Primary && strings.EqualFold(x.Name, n.PreviousIndexName) })
	there = there && !slices.ContainsFunc(clauses[:i], func(c sql.Node) bool { return droppedKey(c) == strings.ToLower(n.PreviousIndexName) })
	if !there {
		return sqlerr.KeyDoesNotExist.Errorf("Key '%s' doesn't exist in table '%s'", n.PreviousIndexName, rec.Name)
	}
	return nil
}

// keyOfDropped refuses a new key over a column that the statement drops, and adds no other by that name.
func keyOfDropped(clauses []sql.Node, i int) error {
	for _, part := range keyAdded(clauses[i]) {
		again := func(n sql.Node) bool {
			add, ok := n.(*plan.AddColumn)
			return ok && strings.EqualFold(add.Column().Name, part.Name)
		}
		if slices.ContainsFunc(clauses, dropsColumn(part.Name)) && !slices.ContainsFunc(clauses, again) {
			return sql.ErrKeyColumnDoesNotExist.New(part.Name)
		}
	}
	return nil
}

// dropsNew refuses to drop a CHECK constraint that the table has not, but the statement adds.
func dropsNew(clauses []sql.Node, i int) error {
	drop, ok := clauses[i].(*plan.DropCheck)
	if !ok {
		return nil
	}
	adds := func(n sql.Node) bool {
		add, ok := n.(*plan.CreateCheck)
		return ok && strings.EqualFold(add.Check.Name, drop.Name)
	}
	rec := recordOf(drop.Table)
	has := func(c catalog.Check) bool { return strings.EqualFold(c.Name, drop.Name) }
	if rec == nil || slices.ContainsFunc(rec.Checks, has) || !slices.ContainsFunc(clauses, adds) {
		return nil
	}
	return sqlerr.CheckConstraintNotFound.Errorf("Check constraint '%s' is not found in the table.", drop.Name)
}

// onePrimary refuses PRIMARY KEY in a column that is added or changed where the table has a primary key of others: the
// library would make one of both.
func onePrimary(clauses []sql.Node, i int) error {
	var rec *catalog.Table
	var col *sql.Column
	switch n := clauses[i].(type) {
	case *plan.AddColumn:
		rec, col = recordOf(n.Table), n.Column()
	case *plan.ModifyColumn:
		rec, col = recordOf(n.Table), n.NewColumn()
		if rec != nil && inPrimary(rec, n.Column()) {
			return nil
		}
	}
	if rec == nil || !col.PrimaryKey || !slices.ContainsFunc(rec.Indexes, func(x catalog.Index) bool { return x.Primary }) {
		return nil
	}
	dropped := func(n sql.Node) bool { return droppedKey(n) == primaryKey }
	if slices.ContainsFunc(clauses[:i], dropped) || primaryGoes(rec, clauses[:i]) {
		return nil
	}
	return sql.ErrMultiplePrimaryKeysDefined.New()
}

// primaryGoes says that clauses drop all columns of the primary key.
func primaryGoes(rec *catalog.Table, clauses []sql.Node) bool {
	for _, c := range rec.Columns {
		if inPrimary(rec, c.Name) && !slices.ContainsFunc(clauses, dropsColumn(c.Name)) {
			return false
		}
	}
	return true
}

func inPrimary(rec *catalog.Table, column string) bool {
	at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, column) })
	return at >= 0 && slices.ContainsFunc(rec.Indexes, func(x catalog.Index) bool {
		return x.Primary && slices.ContainsFunc(x.Columns, func(p catalog.IndexColumn) bool { return p.Column == rec.Columns[at].ID })
	})
}
