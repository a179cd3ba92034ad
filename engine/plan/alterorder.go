package plan

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// OrderColumnsID is above the library's own numbers.
const OrderColumnsID analyzer.RuleId = 1010

// OrderColumns gives each clause of an ALTER TABLE the columns as the clauses
// before it leave them. The library forgets FIRST, the new place of a MODIFY and
// the new name of a CHANGE when it plans the next clause, which then writes
// values into other columns.
func OrderColumns(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	if drop, ok := n.(*plan.DropColumn); ok {
		return n, transform.SameTree, keepsColumns([]sql.Node{drop}, drop.TargetSchema())
	}
	block, ok := n.(*plan.Block)
	if !ok || !ChangesDefinitions(block) {
		return n, transform.SameTree, nil
	}
	var now sql.Schema // nil until a clause says what it began with
	children := slices.Clone(block.Children())
	for i, c := range children {
		if err := ctx.Err(); err != nil {
			return nil, transform.SameTree, err
		}
		target, ok := c.(sql.SchemaTarget)
		if !ok {
			continue
		}
		if now == nil {
			now = target.TargetSchema().Copy()
			if err := keepsColumns(children[i:], now); err != nil {
				return nil, transform.SameTree, err
			}
		}
		if target, ok = children[i].(sql.SchemaTarget); !ok {
			continue
		}
		if err := takesName(now, children[i]); err != nil {
			return nil, transform.SameTree, err
		}
		fixed, err := target.WithTargetSchema(reordered(now, target.TargetSchema()))
		if err != nil {
			return nil, transform.SameTree, err
		}
		children[i] = fixed
		now = afterClause(now, fixed)
	}
	out, err := block.WithChildren(children...)
	return out, transform.NewTree, err
}

// keepsColumns puts an ADD COLUMN before the DROP COLUMN that would leave none, and refuses that without one.
func keepsColumns(clauses []sql.Node, now sql.Schema) error {
	drops := 0
	for _, c := range clauses {
		if _, ok := c.(*plan.DropColumn); ok {
			drops++
		}
	}
	if drops < len(now) {
		return nil
	}
	for i := range clauses {
		drop, ok := clauses[i].(*plan.DropColumn)
		if !ok || len(now) != 1 || ColumnAt(now, drop.Column) < 0 {
			now = afterClause(now, clauses[i])
			continue
		}
		at := slices.IndexFunc(clauses[i:], func(n sql.Node) bool {
			add, ok := n.(*plan.AddColumn)
			return ok && !strings.EqualFold(add.Column().Name, drop.Column)
		})
		if at < 0 {
			return sqlerr.CantRemoveAllFields.Errorf("You can't delete all columns with ALTER TABLE; use DROP TABLE instead")
		}
		add := clauses[i+at]
		copy(clauses[i+1:], clauses[i:i+at])
		clauses[i] = add
		now = afterClause(now, add)
	}
	return nil
}

// takesName refuses a clause that gives a column the name of another one, which a later clause renames: clauses are
// carried out one after the other.
func takesName(now sql.Schema, clause sql.Node) error {
	from, to := "", ""
	switch n := clause.(type) {
	case *plan.RenameColumn:
		from, to = n.ColumnName, n.NewColumnName
	case *plan.ModifyColumn:
		from, to = n.Column(), n.NewColumn().Name
	}
	if strings.EqualFold(from, to) || ColumnAt(now, to) < 0 {
		return nil
	}
	return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'columns that take each other's names in one ALTER TABLE'").
		WithHint("use a third name, and a second ALTER TABLE")
}

// reordered is now, with the library's own columns where it has them: those know
// what keys and defaults the clauses before have changed.
func reordered(now, library sql.Schema) sql.Schema {
	if slices.EqualFunc(now, library, func(a, b *sql.Column) bool { return strings.EqualFold(a.Name, b.Name) }) {
		return library
	}
	at := make(map[string]*sql.Column, len(library))
	for i := len(library) - 1; i >= 0; i-- { // the first of a name
		at[strings.ToLower(library[i].Name)] = library[i]
	}
	out, own := make(sql.Schema, len(now)), make([]sql.Column, len(now))
	for i, c := range now {
		if known := at[strings.ToLower(c.Name)]; known != nil {
			c = known
		}
		own[i] = *c
		out[i] = &own[i]
	}
	return out
}

// WithoutClauses keeps a rule of the library from the clauses of an ALTER TABLE, for which it has nothing to say: it gives
// columns in expressions their places in rows, and the rows of an ALTER TABLE are ours. It walks all columns for each
// column of each clause.
func WithoutClauses(next analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
		if block, ok := n.(*plan.Block); ok && ChangesDefinitions(block) {
			return n, transform.SameTree, nil
		}
		return next(ctx, a, n, scope, sel, flags)
	}
}

// ColumnAt finds a column by name, -1 without it.
func ColumnAt(schema sql.Schema, name string) int {
	return slices.IndexFunc(schema, func(c *sql.Column) bool { return strings.EqualFold(c.Name, name) })
}

// afterClause is the schema that a clause leaves behind.
func afterClause(now sql.Schema, clause sql.Node) sql.Schema {
	switch n := clause.(type) {
	case *plan.AddColumn:
		return placed(now, n.Column().Copy(), n.Order(), len(now))
	case *plan.AlterPK: // what the library's own columns know, which are not found by a new name
		out := now.Copy()
		for _, c := range out {
			c.PrimaryKey = n.Action == plan.PrimaryKeyAction_Create && (c.PrimaryKey || isPart(n.Columns, c.Name))
		}
		return out
	case *plan.DropColumn:
		if at := ColumnAt(now, n.Column); at >= 0 {
			return slices.Delete(slices.Clone(now), at, at+1)
		}
	case *plan.RenameColumn:
		if at := ColumnAt(now, n.ColumnName); at >= 0 {
			out := now.Copy()
			out[at].Name = n.NewColumnName
			return out
		}
	case *plan.ModifyColumn:
		if at := ColumnAt(now, n.Column()); at >= 0 {
			changed := n.NewColumn().Copy()
			changed.PrimaryKey, changed.Source = now[at].PrimaryKey, now[at].Source
			changed.Nullable = changed.Nullable && !changed.PrimaryKey
			return placed(slices.Delete(slices.Clone(now), at, at+1), changed, n.Order(), at)
		}
	}
	return now
}

func isPart(key []sql.IndexColumn, name string) bool {
	return slices.ContainsFunc(key, func(c sql.IndexColumn) bool { return strings.EqualFold(c.Name, name) })
}

// placed puts a column where its clause says, or else at position other.
func placed(schema sql.Schema, c *sql.Column, order *sql.ColumnOrder, other int) sql.Schema {
	at := other
	switch {
	case order == nil:
	case order.First:
		at = 0
	default:
		if after := ColumnAt(schema, order.AfterColumn); after >= 0 {
			at = after + 1
		}
	}
	return slices.Insert(slices.Clone(schema), at, c)
}

// ChangesDefinitions names the nodes that edit the catalog in steps.
func ChangesDefinitions(n sql.Node) bool {
	switch n := n.(type) {
	case *plan.Block:
		for _, c := range n.Children() {
			if !ChangesDefinitions(c) {
				return false
			}
		}
		return true
	case *plan.AddColumn, *plan.DropColumn, *plan.RenameColumn, *plan.ModifyColumn, *plan.AlterPK, *plan.AlterIndex,
		*plan.AlterDefaultSet, *plan.AlterDefaultDrop, *plan.AlterTableCollation, *plan.AlterAutoIncrement,
		*plan.CreateIndex, *plan.DropIndex, *plan.CreateForeignKey, *plan.DropForeignKey, *plan.CreateCheck, *plan.DropCheck,
		*plan.DropConstraint, *plan.RenameTable, *plan.RenameForeignKey, *plan.CreateTable, *plan.TableCopier, *plan.DropTable,
		*plan.CreateView, *plan.DropView:
		return true
	}
	return false
}
