package table

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// errDefinitionChanged: another session changed the table between planning and
// the lock.
var errDefinitionChanged = sqlerr.TableDefChanged.Errorf("Table definition has changed, please retry transaction")

// beginDDL commits what the session has open, as every DDL statement does, and
// takes the table's metadata lock exclusively until the session's next
// transaction ends. Afterwards t uses the newest definition.
func (t *Table) beginDDL(ctx *sql.Context) (Session, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	id := t.schema.rec.ID
	if !session.MetaLocks().HoldsExclusive(id) {
		// One statement may change several tables: it commits once, and keeps
		// the locks that it has.
		if session.MetaLocks().change == nil {
			if err := CommitOpen(ctx); err != nil {
				return nil, err
			}
		}
		// Begun before the lock is taken: a session may give locks back when it
		// begins a transaction.
		if _, err := session.Txn(ctx); err != nil {
			return nil, err
		}
		if err := session.MetaLocks().Exclusive(ctx, id, metaLockWait(ctx)); err != nil {
			return nil, err
		}
	}
	return session, t.reload(session)
}

// CommitOpen ends the session's transaction. The next use begins a new one.
func CommitOpen(ctx *sql.Context) error {
	tx := ctx.GetTransaction()
	ts, ok := ctx.Session.(sql.TransactionSession)
	if tx == nil || !ok {
		return nil
	}
	if err := ts.CommitTransaction(ctx, tx); err != nil {
		return err
	}
	ctx.SetTransaction(nil)
	return nil
}

// reload moves t to the newest definition.
func (t *Table) reload(session Session) error {
	rec := t.store.record(session.MetaLocks(), t.schema.rec.ID)
	if rec == nil {
		return sql.ErrTableNotFound.New(t.Name())
	}
	s, err := t.store.schema(rec, t.schema.database, session.MetaLocks().temporary.meter(rec))
	if err != nil {
		return err
	}
	t.schema = s
	return nil
}

// mayAlter asks the guard for the right to rewrite the table's data.
func (t *Table) mayAlter(ctx *sql.Context) error { return t.may(ctx, kivi.Alter) }

func (t *Table) may(ctx *sql.Context, want kivi.Rights) error {
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	if session.MetaLocks().creates(t.store.cat, t.schema.rec.ID) {
		return nil // the right to create it was asked of the database
	}
	data := t.schema.rec.Data
	if rec := byID(session.MetaLocks().temporary.list(), t.schema.rec.ID); rec != nil {
		data = rec.Data
	} else if rec := t.store.cat.Snapshot().TableByID(t.schema.rec.ID); rec != nil {
		data = rec.Data // rights are on what others see, not on what this statement has rewritten
	}
	return relation.May(t.guard(session), data, want)
}

// alter changes the table's record in one catalog transaction. change gets a
// copy to edit.
func (t *Table) alter(ctx *sql.Context, change func(*catalog.Tx, *catalog.Table) error) error {
	if err := ctx.Err(); err != nil { // a CREATE TABLE may have a thousand clauses
		return err
	}
	session, err := t.beginDDL(ctx)
	if err != nil {
		return err
	}
	owner := session.MetaLocks()
	return t.store.together(ctx, owner, func() error {
		err := t.store.UpdateTable(ctx, owner, t.schema.rec, func(tx *catalog.Tx) error {
			rec := tx.TableByID(t.schema.rec.ID)
			if rec == nil {
				return sql.ErrTableNotFound.New(t.Name())
			}
			changed := rec.Clone()
			if err := change(tx, changed); err != nil {
				return err
			}
			return tx.PutTable(changed)
		})
		if err != nil {
			return err
		}
		if err := t.keepsKey(ctx, owner); err != nil {
			return err
		}
		if err := t.reload(session); err != nil {
			return err
		}
		if err := checkColumnNames(t.schema.rec); err != nil { // a statement that fails here leaves nothing of it
			return err
		}
		return checkGenerated(t.schema.rec)
	})
}

// keepsKey asks, when the statement ends, whether the AUTO_INCREMENT column still has a key that begins with it.
func (t *Table) keepsKey(ctx context.Context, owner *LockOwner) error {
	if owner.change == nil || owner.change.asks[t.schema.rec.ID] {
		return nil
	}
	if owner.change.asks == nil {
		owner.change.asks = map[catalog.ID]bool{}
	}
	owner.change.asks[t.schema.rec.ID] = true
	return owner.beforeChange(ctx, func(context.Context) error {
		rec := t.store.record(owner, t.schema.rec.ID)
		if rec == nil {
			return nil
		}
		at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return c.AutoIncrement })
		leads := func(x catalog.Index) bool { return x.Columns[0].Column == rec.Columns[at].ID }
		if at < 0 || slices.ContainsFunc(rec.Indexes, leads) {
			return nil
		}
		return sqlerr.WrongAutoKey.Errorf("Incorrect table definition; there can be only one auto column and it must be defined as a key")
	})
}

// AddColumn implements sql.AlterableTable for columns that need no rewrite:
// nullable ones without a default. Rows that are older than the column show
// NULL; the new layout is for the rows written from now on.
func (t *Table) AddColumn(ctx *sql.Context, column *sql.Column, order *sql.ColumnOrder) error {
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	owner := session.MetaLocks()
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		if findColumn(rec, column.Name) != nil {
			return sql.ErrColumnExists.New(column.Name)
		}
		c, err := columnRecord(ctx, column)
		if err != nil {
			return err
		}
		t.shapeColumn(ctx, &c, nil)
		if c.NotNull || c.Default != nil || c.Generated != "" {
			return fmt.Errorf("column %s: rows need its value, so the table must be rewritten", c.Name)
		}
		c.ID = rec.NextColumn
		rec.NextColumn++
		if rec.Columns, err = placeColumn(rec.Columns, c, order); err != nil {
			return err
		}
		had := len(rec.Layouts)
		if found := t.store.found(owner, rec.ID); found != nil && found.Data == rec.Data { // no row has one that a clause before has made
			had = min(had, len(found.Layouts))
		}
		rec.Layouts = rec.Layouts[:had]
		layout, err := newLayout(rec.Layouts[had-1].Version+1, rec.Columns)
		if err != nil {
			return err
		}
		rec.Layouts, rec.Version = append(rec.Layouts, layout), layout.Version
		return nil
	})
}

// placeColumn inserts a column; without an order at the end.
func placeColumn(columns []catalog.Column, c catalog.Column, order *sql.ColumnOrder) ([]catalog.Column, error) {
	switch {
	case order == nil:
		return append(columns, c), nil
	case order.First:
		return slices.Insert(columns, 0, c), nil
	}
	for i := range columns {
		if strings.EqualFold(columns[i].Name, order.AfterColumn) {
			return slices.Insert(columns, i+1, c), nil
		}
	}
	return nil, sql.ErrColumnNotFound.New(order.AfterColumn)
}

// DropColumn implements sql.AlterableTable. Columns are dropped by a rewrite.
func (t *Table) DropColumn(_ *sql.Context, name string) error {
	return fmt.Errorf("column %s: dropping it needs a rewrite of the table", name)
}

// ModifyColumn implements sql.AlterableTable for changes that leave the rows as
// they are: name, default, comment, position.
func (t *Table) ModifyColumn(ctx *sql.Context, name string, column *sql.Column, order *sql.ColumnOrder) error {
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	if column.AutoIncrement && column.Default != nil {
		return sqlerr.InvalidDefault.Errorf("Invalid default value for '%s'", column.Name)
	}
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, name) })
		if at < 0 {
			return sql.ErrTableColumnNotFound.New(rec.Name, name)
		}
		old := rec.Columns[at]
		c, err := columnRecord(ctx, column)
		if err != nil {
			return err
		}
		t.shapeColumn(ctx, &c, &old)
		c.ID, c.Absent, c.Hidden = old.ID, old.Absent, old.Hidden
		c.Virtual = old.Virtual // not stored differently, see schema.addColumn
		session.MetaLocks().maybeNull(rec.ID, old.ID, column.Nullable)
		c.NotNull = c.NotNull || inPrimaryKey(rec, old.ID)
		if !sameStorage(&old, &c) {
			return fmt.Errorf("column %s: the change needs a rewrite of the table", name)
		}
		rec.Columns[at] = c
		if err := checkGrown(t.schema.rec, rec); err != nil {
			return err
		}
		if order == nil {
			return nil
		}
		rec.Columns, err = placeColumn(slices.Delete(rec.Columns, at, at+1), c, order)
		return err
	})
}

func inPrimaryKey(rec *catalog.Table, column uint16) bool {
	for _, x := range rec.Indexes {
		if x.Primary {
			return slices.ContainsFunc(x.Columns, func(c catalog.IndexColumn) bool { return c.Column == column })
		}
	}
	return false
}

// sameStorage says whether rows and keys stay as they are when a column changes
// from a to b.
func sameStorage(a, b *catalog.Column) bool {
	return (a.Type == b.Type || onlyWider(a, b)) && a.NotNull == b.NotNull && a.Generated == b.Generated &&
		a.AutoIncrement == b.AutoIncrement
}

// onlyWider says that a column becomes the VARCHAR that it was with room for more, or the ENUM or SET with more members behind
// those that it had: what is stored, and the keys of it, mean what they did.
func onlyWider(from, to *catalog.Column) bool {
	a, known := ColumnType(from)
	b, still := ColumnType(to)
	if !known || !still || a.Kind != b.Kind || a.Collation != b.Collation {
		return false
	}
	switch a.Kind {
	case value.TypeVarChar:
		return a.Length <= b.Length
	case value.TypeEnum, value.TypeSet:
		return len(*a.Members) <= len(*b.Members) && slices.Equal(*a.Members, (*b.Members)[:len(*a.Members)])
	}
	return false
}

// mostLayouts bounds how many shapes the rows of one table have.
const mostLayouts = 32

// ShouldRewriteTable implements sql.RewritableTable.
func (t *Table) ShouldRewriteTable(ctx *sql.Context, oldSchema, newSchema sql.PrimaryKeySchema, oldColumn, newColumn *sql.Column) bool {
	switch {
	case len(oldSchema.PkOrdinals) != len(newSchema.PkOrdinals), newColumn == nil:
		return true
	case oldColumn == nil:
		// Rows without primary key are found by their content in one layout; and a record holds all layouts.
		return t.schema.Primary == nil || len(t.schema.rec.Layouts) >= mostLayouts
	}
	before := findColumn(t.schema.rec, oldColumn.Name)
	after, err := columnRecord(ctx, newColumn)
	if err != nil || before == nil {
		return true
	}
	t.shapeColumn(ctx, &after, before)
	after.NotNull = after.NotNull || inPrimaryKey(t.schema.rec, before.ID)
	return !sameStorage(before, &after)
}

// CreatePrimaryKey implements sql.PrimaryKeyAlterableTable; the library rewrites
// the table instead.
func (t *Table) CreatePrimaryKey(*sql.Context, []sql.IndexColumn) error {
	return fmt.Errorf("table %s: a primary key is added by rewriting the table", t.Name())
}

// DropPrimaryKey implements sql.PrimaryKeyAlterableTable, see CreatePrimaryKey.
func (t *Table) DropPrimaryKey(*sql.Context) error {
	return fmt.Errorf("table %s: the primary key is dropped by rewriting the table", t.Name())
}

// ModifyDefaultCollation implements sql.CollationAlterableTable: for columns
// that are added later. The library calls it for CONVERT TO as well.
func (t *Table) ModifyDefaultCollation(ctx *sql.Context, c sql.CollationID) error {
	if s, ok := ctx.Session.(interface{ ConvertsColumns() bool }); ok && s.ConvertsColumns() {
		return t.ModifyStoredCollation(ctx, c)
	}
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		rec.Collation = c.Name()
		return nil
	})
}

// ModifyStoredCollation implements sql.CollationAlterableTable: CONVERT TO
// CHARACTER SET. All text columns get the collation and the rows are rewritten,
// because their keys change.
func (t *Table) ModifyStoredCollation(ctx *sql.Context, collation sql.CollationID) error {
	return t.rewriteSelf(ctx, func(rec *catalog.Table) error {
		rec.Collation = collation.Name()
		for i := range t.schema.cols {
			typ, ok := t.schema.cols[i].def.Type.(sql.TypeWithCollation)
			if !ok || isByteType(t.schema.cols[i].def.Type) {
				continue
			}
			converted, err := typ.WithNewCollation(collation)
			if err != nil {
				return err
			}
			rec.Columns[i].Type = typeText(converted)
		}
		return checkGrown(t.schema.rec, rec)
	})
}

// sameDefinition says whether a change planned for a still fits b.
func sameDefinition(a, b *catalog.Table) bool {
	text := func(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }
	return a == b || a.Data == b.Data && slices.EqualFunc(a.Columns, b.Columns, func(x, y catalog.Column) bool {
		same := text(x.Default, y.Default) && text(x.Absent, y.Absent)
		x.Default, x.Absent = y.Default, y.Absent
		return same && x == y
	}) && reflect.DeepEqual(a.Indexes, b.Indexes)
}

// GetChecks implements sql.CheckTable. While a statement is bound for our operators, which
// take them from Checks, there are none: the binder would look for their columns in all tables
// of a join.
func (t *Table) GetChecks(ctx *sql.Context) ([]sql.CheckDefinition, error) {
	if s, ok := ctx.Session.(interface{ BindsOwn() bool }); ok && s.BindsOwn() {
		return nil, nil
	}
	return t.Checks(), nil
}

// Checks are the CHECK constraints of the table.
func (t *Table) Checks() []sql.CheckDefinition {
	out := make([]sql.CheckDefinition, len(t.schema.rec.Checks))
	for i, c := range t.schema.rec.Checks {
		out[i] = sql.CheckDefinition{Name: c.Name, CheckExpression: c.Expr, Enforced: c.Enforced}
	}
	return out
}

// CreateCheck implements sql.CheckAlterableTable. All rows have to meet a constraint that is enforced.
func (t *Table) CreateCheck(ctx *sql.Context, check *sql.CheckDefinition) error {
	if err := readable(check.CheckExpression); err != nil {
		return err
	}
	session, err := t.beginDDL(ctx)
	if err != nil {
		return err
	}
	owner := session.MetaLocks()
	return t.store.together(ctx, owner, func() error {
		c := catalog.Check{Name: check.Name, Expr: check.CheckExpression, Enforced: check.Enforced}
		if c.Name == "" {
			c.Name = freeCheckName(t.schema.rec)
		}
		if c.Enforced && !owner.creates(t.store.cat, t.schema.rec.ID) {
			a, err := t.alteration(ctx, owner)
			if err != nil {
				return err
			}
			a.checks[strings.ToLower(c.Name)] = true
		}
		return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
			if findCheck(rec, c.Name) >= 0 {
				return sql.ErrDuplicateEntry.New(c.Name)
			}
			rec.Checks = append(rec.Checks, c)
			return nil
		})
	})
}

func freeCheckName(rec *catalog.Table) string {
	taken := make(map[string]bool, len(rec.Checks))
	for i := range rec.Checks {
		taken[strings.ToLower(rec.Checks[i].Name)] = true
	}
	for i := 1; ; i++ {
		if name := fmt.Sprintf("%s_chk_%d", rec.Name, i); !taken[strings.ToLower(name)] {
			return name
		}
	}
}

func findCheck(rec *catalog.Table, name string) int {
	return slices.IndexFunc(rec.Checks, func(c catalog.Check) bool { return strings.EqualFold(c.Name, name) })
}

// DropCheck implements sql.CheckAlterableTable.
func (t *Table) DropCheck(ctx *sql.Context, name string) error {
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		at := findCheck(rec, name)
		if at < 0 {
			return sql.ErrUnknownConstraint.New(name)
		}
		rec.Checks = slices.Delete(rec.Checks, at, at+1)
		return nil
	})
}
