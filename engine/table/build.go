package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

var _ sql.IndexBuildingTable = (*Table)(nil)

// CreateIndex implements sql.IndexAlterableTable. The entries are written under
// the exclusive lock before the catalog names the index; a duplicate key or any
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
	to := t.schema.rec.Clone()
	x, err := indexRecord(to, def)
	if err != nil {
		return err
	}
	to.Indexes = append(to.Indexes, x)
	to.NextIndex++
	schema, err := parseSchema(to, t.schema.database)
	if err != nil {
		return err
	}
	built := schema.indexByName(x.Name)
	if err := t.buildIndex(ctx, schema, built); err != nil {
		return err
	}
	session.MetaLocks().ifAbandoned(func(ctx context.Context) error { return t.clearIndex(ctx, schema, built) })
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		if rec.Data != to.Data || rec.NextIndex != x.ID {
			return errDefinitionChanged
		}
		rec.Indexes = append(rec.Indexes, x)
		rec.NextIndex++
		return nil
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
		x.Columns = append(x.Columns, catalog.IndexColumn{Column: column.ID, Prefix: uint32(c.Length)})
	}
	return x, nil
}

func findIndex(rec *catalog.Table, name string) int {
	return slices.IndexFunc(rec.Indexes, func(x catalog.Index) bool { return strings.EqualFold(x.Name, name) })
}

// buildIndex writes the entries of x, an index of schema that t does not have
// yet.
func (t *Table) buildIndex(ctx *sql.Context, schema *schema, x *indexDef) error {
	// A build that was cut off by a crash may have left entries under this id.
	if err := t.clearIndex(ctx, schema, x); err != nil {
		return err
	}
	out := batches{store: t.store, schema: schema}
	err := t.eachStored(ctx, func(key, value []byte) error {
		w, err := out.writer(ctx)
		if err != nil {
			return err
		}
		return w.addEntry(ctx, x, key, value)
	})
	if err == nil {
		err = out.commit(ctx)
	}
	if err == nil {
		return nil
	}
	return alongside(err, out.rollback(), t.clearIndex(context.WithoutCancel(ctx), schema, x))
}

// addEntry writes one row's entry of a new index.
func (w *writer) addEntry(ctx context.Context, x *indexDef, key, value []byte) error {
	r, err := w.load(ctx, key, value)
	if err != nil {
		return err
	}
	e, err := w.schema.entry(x, r.datums, key)
	if err != nil {
		return err
	}
	if !e.unique {
		return w.kt.PutEntry(ctx, e.key, e.value)
	}
	taken, err := w.lockedGet(ctx, e.key)
	if err != nil {
		return err
	}
	if taken == nil {
		return w.kt.PutEntry(ctx, e.key, e.value)
	}
	other, err := w.schema.entryRowKey(e.key, taken)
	if err != nil {
		return err
	}
	row, err := w.schema.decode(ctx, key, value, w.schema.all, view{kt: w.kt, mode: readCurrent}.chunks())
	if err != nil {
		return err
	}
	return w.duplicate(ctx, x, row, other)
}

// eachStored visits all rows as they are stored now, under the exclusive lock.
func (t *Table) eachStored(ctx *sql.Context, visit func(key, value []byte) error) (err error) {
	reader := *t
	reader.rewriting = true
	v, err := reader.view(ctx)
	if err != nil {
		return err
	}
	src, err := t.schema.fullSource(ctx, v, false)
	if err != nil {
		return err
	}
	defer func() { err = alongside(err, src.close()) }()
	for {
		rec, ok, err := src.next(ctx)
		if err != nil || !ok {
			return err
		}
		if err := visit(bytes.Clone(rec.key), bytes.Clone(rec.value)); err != nil {
			return err
		}
	}
}

// clearIndex removes all entries of an index that the catalog does not name.
func (t *Table) clearIndex(ctx context.Context, schema *schema, x *indexDef) error {
	lo, hi := codec.IndexBounds(codec.SpaceData, schema.rec.Data, x.id)
	for {
		out := batches{store: t.store, schema: schema}
		n, err := clearBatch(ctx, &out, lo, hi)
		if err != nil {
			return alongside(err, out.rollback())
		}
		if err := out.commit(ctx); err != nil || n == 0 {
			return err
		}
	}
}

func clearBatch(ctx context.Context, out *batches, lo, hi []byte) (n int, err error) {
	const most = 20_000
	w, err := out.writer(ctx)
	if err != nil {
		return 0, err
	}
	scan, err := w.kt.CurrentScan(ctx, lo, hi, false)
	if err != nil {
		return 0, err
	}
	var keys [][]byte
	for len(keys) < most && scan.Next() {
		keys = append(keys, bytes.Clone(scan.Key()))
	}
	if err := errors.Join(scan.Err(), scan.Close()); err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := w.kt.DeleteEntry(ctx, k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
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
	schema, x := t.schema, t.schema.indexByName(name)
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
	return session.MetaLocks().afterChange(ctx, func(ctx context.Context) error { return t.clearIndex(ctx, schema, x) })
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
// unique indexes; the index is complete, so the rows are not needed.
func (t *Table) BuildIndex(*sql.Context, sql.IndexDef) (sql.RowInserter, error) {
	return builtIndex{}, nil
}

type builtIndex struct{}

func (builtIndex) StatementBegin(*sql.Context)              {}
func (builtIndex) DiscardChanges(*sql.Context, error) error { return nil }
func (builtIndex) StatementComplete(*sql.Context) error     { return nil }
func (builtIndex) Insert(*sql.Context, sql.Row) error       { return nil }
func (builtIndex) Close(*sql.Context) error                 { return nil }
