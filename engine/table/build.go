package table

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

var _ sql.IndexBuildingTable = (*Table)(nil)

// CreateIndex implements sql.IndexAlterableTable. The entries are written under
// the exclusive lock when the statement ends, before the catalog names the index; a duplicate key or any
// other failure removes them again.
func (t *Table) CreateIndex(ctx *sql.Context, def sql.IndexDef) error {
	switch {
	case def.IsFullText():
		return sql.ErrUnsupportedFeature.New("FULLTEXT indexes")
	case def.IsSpatial():
		return sql.ErrUnsupportedFeature.New("SPATIAL indexes")
	case def.IsVector():
		return sql.ErrUnsupportedFeature.New("VECTOR indexes")
	}
	session, err := t.beginDDL(ctx)
	if err != nil {
		return err
	}
	if err := t.mayAlter(ctx); err != nil {
		return err
	}
	to := t.schema.rec
	x, err := indexRecord(to, def)
	if err != nil {
		return err
	}
	if s, ok := session.(interface {
		WarnOfDuplicate(index, database, table string)
	}); ok && isDuplicate(to, x) {
		s.WarnOfDuplicate(x.Name, t.schema.database, to.Name)
	}
	owner := session.MetaLocks()
	return t.store.together(ctx, owner, func() error {
		if owner.creates(t.store.cat, to.ID) { // its rows, if it gets any, come with their entries
			return t.addIndex(ctx, to, x)
		}
		if _, err := t.alteration(ctx, owner); err != nil {
			return err
		}
		return t.addIndex(ctx, to, x)
	})
}

func (t *Table) addIndex(ctx *sql.Context, to *catalog.Table, x catalog.Index) error {
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		if rec.Data != to.Data || rec.NextIndex != x.ID {
			return errDefinitionChanged
		}
		rec.Indexes = append(rec.Indexes, x)
		rec.NextIndex++
		return nil
	})
}

// isDuplicate says that a table has a secondary index of the same columns, both unique or neither.
func isDuplicate(rec *catalog.Table, x catalog.Index) bool {
	return slices.ContainsFunc(rec.Indexes, func(old catalog.Index) bool {
		return !old.Primary && old.Unique == x.Unique && slices.Equal(old.Columns, x.Columns)
	})
}

func indexRecord(rec *catalog.Table, def sql.IndexDef) (catalog.Index, error) {
	x := catalog.Index{
		ID: rec.NextIndex, Name: def.Name, Unique: def.IsUnique(), Comment: def.Comment, CollationVersion: weightsVersion,
	}
	if x.Name == "" {
		x.Name = strings.Join(def.ColumnNames(), "_")
	}
	if isPrimaryName(x.Name) || findIndex(rec, x.Name) >= 0 {
		return x, sql.ErrDuplicateKey.New(x.Name)
	}
	if x.ID > codec.IndexLast {
		return x, fmt.Errorf("table %s: too many indexes were created", rec.Name)
	}
	for _, c := range def.Columns {
		column := findColumn(rec, c.Name)
		if column == nil {
			return x, sql.ErrKeyColumnDoesNotExist.New(c.Name)
		}
		x.Columns = append(x.Columns, catalog.IndexColumn{Column: column.ID, Prefix: prefixIn(column, uint32(c.Length))})
	}
	return x, nil
}

func findIndex(rec *catalog.Table, name string) int {
	return slices.IndexFunc(rec.Indexes, func(x catalog.Index) bool { return strings.EqualFold(x.Name, name) })
}

// buildIndexes writes the entries of indexes that the table has, and its rows do not have yet.
func (t *Table) buildIndexes(ctx *sql.Context, list []*relation.Index) error {
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	data := t.schema.rec.Data
	err = session.MetaLocks().afterChange(ctx, func(context.Context) error {
		t.store.births.note(data, t.store.cat.Snapshot().Version())
		return nil
	})
	if err != nil {
		return err
	}
	// A build that was cut off by a crash may have left entries under these ids.
	if err := t.clearIndexes(ctx, list); err != nil {
		return err
	}
	out := batches{store: t.store, schema: t.schema}
	err = t.addEntries(ctx, &out, list)
	if err == nil {
		err = out.commit(ctx)
	}
	if err == nil {
		return nil
	}
	return alongside(err, out.rollback(), t.clearIndexes(context.WithoutCancel(ctx), list))
}

// addEntries writes the entries of all rows as they are stored now, under the
// exclusive lock.
func (t *Table) addEntries(ctx *sql.Context, out *batches, list []*relation.Index) (err error) {
	rows, err := t.readAll(ctx)
	if err != nil {
		return err
	}
	defer func() { err = alongside(err, rows.Close()) }()
	for {
		row, err := rows.Next(ctx)
		if err != nil || row == nil {
			return err
		}
		w, err := out.writer(ctx)
		if err != nil {
			return err
		}
		for _, x := range list {
			if err := w.AddEntry(ctx, x, rows, row); err != nil {
				return t.duplicateEntry(ctx, out.schema, row, err)
			}
		}
	}
}

// duplicateEntry words a relation.DuplicateError of a row that exists already.
func (t *Table) duplicateEntry(ctx *sql.Context, s *schema, row []codec.Datum, cause error) error {
	types, env := s.valueTypes(), &value.Env{Location: zoneOf(ctx)}
	if types == nil {
		return cause
	}
	values := make([]value.Value, len(row))
	for i := range row {
		var err error
		if values[i], err = fromStored(env, row[i], &types[i]); err != nil {
			return alongside(cause, err)
		}
	}
	ch := rowChanges{t: &Table{schema: s}, types: types}
	return ch.duplicate(cause, values)
}

// readAll reads all rows as they are now; the caller holds the exclusive lock.
func (t *Table) readAll(ctx *sql.Context) (*relation.Reader, error) {
	whole := *t
	whole.purpose = relation.Rewrite
	v, err := whole.view(ctx)
	if err != nil {
		return nil, err
	}
	return v.Scan(ctx, t.schema.All(), false)
}

// clearIndexes removes all entries of indexes that the catalog does not name.
func (t *Table) clearIndexes(ctx context.Context, list []*relation.Index) error {
	for _, x := range list {
		if err := t.clearIndex(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) clearIndex(ctx context.Context, x *relation.Index) error {
	for {
		out := batches{store: t.store, schema: t.schema}
		w, err := out.writer(ctx)
		if err != nil {
			return err
		}
		n, err := w.ClearIndex(ctx, x)
		if err != nil {
			return alongside(err, out.rollback())
		}
		if err := out.commit(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// DropIndex implements sql.IndexAlterableTable. The entries go in their own
// transactions after the catalog has forgotten the index; its id is not used
// again.
func (t *Table) DropIndex(ctx *sql.Context, name string) error {
	if isPrimaryName(name) {
		return fmt.Errorf("table %s: the primary key is dropped by rewriting the table", t.Name())
	}
	session, err := t.beginDDL(ctx)
	if err != nil {
		return err
	}
	if err := t.mayAlter(ctx); err != nil {
		return err
	}
	was, x := *t, t.schema.Index(name)
	if x == nil {
		return sql.ErrIndexNotFound.New(name)
	}
	err = t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		at := findIndex(rec, name)
		if at < 0 {
			return sql.ErrIndexNotFound.New(name)
		}
		rec.Indexes = slices.Delete(rec.Indexes, at, at+1)
		return nil
	})
	if err != nil {
		return err
	}
	return session.MetaLocks().afterChange(ctx, func(ctx context.Context) error {
		if t.store.cat.Snapshot().TableByData(was.schema.rec.Data) == nil && !t.IsTemporary() { // gone with the rows
			return nil
		}
		return was.clearIndex(ctx, x)
	})
}

// RenameIndex implements sql.IndexAlterableTable.
func (t *Table) RenameIndex(ctx *sql.Context, from, to string) error {
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		at := findIndex(rec, from)
		if at < 0 || rec.Indexes[at].Primary {
			return sql.ErrIndexNotFound.New(from)
		}
		if other := findIndex(rec, to); isPrimaryName(to) || other >= 0 && other != at {
			return sql.ErrDuplicateKey.New(to)
		}
		rec.Indexes[at].Name = to
		return nil
	})
}

// ShouldBuildIndex implements sql.IndexBuildingTable: CreateIndex has built it.
func (t *Table) ShouldBuildIndex(*sql.Context, sql.IndexDef) (bool, error) { return false, nil }

// BuildIndex implements sql.IndexBuildingTable. The library insists on it for
// unique indexes; the entries are written when the statement ends, so it is shown no rows.
func (t *Table) BuildIndex(*sql.Context, sql.IndexDef) (sql.RowInserter, error) {
	t.moved = true
	return noRows{}, nil
}
