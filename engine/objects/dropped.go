package objects

import (
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
)

// AddCheck carries out ADD CHECK … NOT ENFORCED, which rows need not pass. The library would look at them.
func AddCheck(ctx *sql.Context, n *plan.CreateCheck) (sql.RowIter, error) {
	// As the clauses before have left it.
	now, ok, err := n.Database().GetTableInsensitive(ctx, n.Table.Name())
	if err != nil {
		return nil, err
	}
	own, isOwn := lxaccess.OwnTable(now)
	if !ok || !isOwn {
		return nil, sql.ErrTableNotFound.New(n.Table.Name())
	}
	check, err := plan.NewCheckDefinition(ctx, n.Check)
	if err != nil {
		return nil, err
	}
	if err := own.CreateCheck(ctx, check); err != nil {
		return nil, err
	}
	return sql.RowsToRowIter(sql.NewRow(types.NewOkResult(0))), nil
}

// AddForeignKey carries out ADD FOREIGN KEY. The rows are asked when the statement ends, as its clauses have made them.
func AddForeignKey(ctx *sql.Context, n *plan.CreateForeignKey) (sql.RowIter, error) {
	find := func(database, name string) (*table.Table, error) {
		db, err := n.DbProvider.Database(ctx, database)
		if err != nil {
			return nil, err
		}
		t, ok, err := db.GetTableInsensitive(ctx, name)
		if err != nil {
			return nil, err
		}
		own, isOwn := lxaccess.OwnTable(t)
		if !ok || !isOwn {
			return nil, sql.ErrTableNotFound.New(name)
		}
		return own, nil
	}
	fk := *n.FkDef
	child, err := find(fk.Database, fk.Table)
	if err != nil {
		return nil, err
	}
	parent, err := find(fk.ParentDatabase, fk.ParentTable)
	if err != nil {
		return nil, err
	}
	checked := table.ChecksKeys(ctx)
	add := func() error { return plan.ResolveForeignKey(ctx, child, parent, fk, true, checked, false) }
	if checked {
		err = child.RefersTo(ctx, add)
	} else {
		err = add()
	}
	if err != nil {
		return nil, incompatible(err, []*sql.ForeignKeyConstraint{&fk}, fk.Table, len(child.Record().ForeignKeys))
	}
	return sql.RowsToRowIter(sql.NewRow(types.NewOkResult(0))), nil
}

// incompatible words the library's error of a foreign key whose columns are of other types than those that it refers to; before
// is how many keys the table has already.
func incompatible(err error, keys []*sql.ForeignKeyConstraint, of string, before int) error {
	if !sql.ErrForeignKeyColumnTypeMismatch.Is(err) {
		return err
	}
	for _, fk := range keys {
		name := fk.Name
		if name == "" {
			before++
			name = fmt.Sprintf("%s_ibfk_%d", of, before)
		}
		for i, c := range fk.Columns {
			if i < len(fk.ParentColumns) && err.Error() == sql.ErrForeignKeyColumnTypeMismatch.New(c, fk.ParentColumns[i]).Error() {
				return sqlerr.ForeignKeyIncompatibleColumns.Errorf("Referencing column '%s' and referenced column '%s' in foreign key constraint '%s' are incompatible.",
					c, fk.ParentColumns[i], name)
			}
		}
	}
	return err
}

// WithoutKeyTypes has the library find nothing to say of the type that a column of a foreign key gets: that was asked when the
// statement was planned, by who knows whether keys are checked; and with AFTER it would look at the wrong column.
func WithoutKeyTypes(m *plan.ModifyColumn) *plan.ModifyColumn {
	schema := m.TargetSchema()
	names := []string{m.Column()}
	if o := m.Order(); o != nil && o.AfterColumn != "" {
		names = append(names, o.AfterColumn)
	}
	is, differs := m.NewColumn().Type, false
	for _, name := range names {
		at := schema.IndexOfColName(strings.ToLower(name))
		if at < 0 || schema[at].Type.Equals(is) {
			continue
		}
		if !differs {
			schema, differs = schema.Copy(), true
		}
		schema[at].Type = is
	}
	if !differs {
		return m
	}
	out, err := m.WithTargetSchema(schema)
	if own, ok := out.(*plan.ModifyColumn); ok && err == nil {
		return own
	}
	return m
}

// WithUnknownConstraints tells a constraint that is not there, which DROP CONSTRAINT names, from a CHECK
// that DROP CHECK does: the library has one error for both.
func WithUnknownConstraints(resolve analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
		out, same, err := resolve(ctx, a, n, scope, sel, flags)
		if err == nil || !sql.ErrUnknownConstraint.Is(err) {
			return out, same, err
		}
		name := ""
		transform.Inspect(n, func(n sql.Node) bool {
			if drop, ok := n.(*plan.DropConstraint); ok && err.Error() == sql.ErrUnknownConstraint.New(drop.Name).Error() {
				name = drop.Name
			}
			return name == ""
		})
		return nil, transform.SameTree, sqlerr.ConstraintNotFound.Errorf("Constraint '%s' does not exist.", name)
	}
}

// TablesLacking are those of the tables that DROP TABLE IF EXISTS names which were not found, in its order.
func TablesLacking(current string, stmt ast.Statement, lacking map[string]bool) (names []string) {
	n, ok := stmt.(*ast.DDL)
	if !ok || n.Action != ast.DropStr || !n.IfExists || len(lacking) == 0 {
		return nil
	}
	for _, t := range n.FromTables {
		if lacking[catalog.FoldName(t.Name.String())] {
			names = append(names, lxaccess.FirstOf(t.DbQualifier.String(), current)+"."+t.Name.String())
		}
	}
	return names
}

// LacksViews are the views that DROP VIEW IF EXISTS names and that are not there: the library passes over
// them without a word.
func LacksViews(s *state.Session, stmt ast.Statement) (names []string) {
	n, ok := stmt.(*ast.DDL)
	if !ok || n.Action != ast.DropStr || !n.IfExists {
		return nil
	}
	for _, v := range n.FromViews {
		db, err := inDatabase(s, v.DbQualifier.String())
		if err == nil && s.Catalog().View(db.ID, v.Name.String()) == nil {
			names = append(names, db.Name+"."+v.Name.String())
		}
	}
	return names
}

// WithoutViews is for DROP TABLE, to which a view is no table: it is unknown by its own name, where the library tells
// that of the table below it.
func WithoutViews(validate analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
		if drop, ok := n.(*plan.DropTable); ok {
			for _, t := range drop.Tables {
				if view, ok := t.(*plan.SubqueryAlias); ok {
					return nil, transform.SameTree, sql.ErrTableNotFound.New(view.Name())
				}
			}
		}
		return validate(ctx, a, n, scope, sel, flags)
	}
}
