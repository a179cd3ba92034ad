package table

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// batchBytes is how much a rewrite or an index build writes in one transaction.
// Nobody reads the new data before the catalog names it, so it need not appear
// at once.
const batchBytes = 8 << 20

// batches writes into data that nobody reads yet, in transactions of bounded
// size, on the system's account.
type batches struct {
	store  *Store
	schema *schema
	txn    *kivi.Txn
	w      writer
}

// writer returns the writer of the running transaction.
func (b *batches) writer(ctx context.Context) (writer, error) {
	if b.txn != nil && b.txn.Size() < batchBytes {
		return b.w, nil
	}
	if err := b.commit(ctx); err != nil {
		return writer{}, err
	}
	txn, err := b.store.db.Begin(ctx, kv.TxnOptions{Isolation: kv.ReadCommitted})
	if err != nil {
		return writer{}, err
	}
	h := relation.Open(txn, b.schema.Schema, nil, relation.Rewrite, nil)
	b.txn, b.w = txn, b.store.writer(h, kivi.Read|kivi.Alter, b.schema, txn)
	return b.w, nil
}

func (b *batches) commit(ctx context.Context) error {
	txn := b.txn
	b.txn, b.w = nil, writer{}
	if txn == nil {
		return nil
	}
	return txn.Commit(ctx)
}

func (b *batches) rollback() error {
	txn := b.txn
	b.txn, b.w = nil, writer{}
	if txn == nil {
		return nil
	}
	return txn.Rollback()
}

// rewriter fills a new data id with the rows of a table's new definition and
// then switches the table to it. Until the switch the table is untouched, and
// after a failure the new data is purged.
type rewriter struct {
	table   *Table
	to      *catalog.Table // the new definition, with the new data id
	out     batches
	release func() // of the reservation of the data id

	violated map[string]bool // the CHECK constraints that rows do not meet
	failed   error
	ended    bool
}

var _ sql.RowInserter = (*rewriter)(nil)

// RewriteInserter implements sql.RewritableTable. All rows, as they are under the exclusive lock, are written here; the
// library, which would compute and convert by rules of its own, then finds the table empty and only closes what it gets.
func (t *Table) RewriteInserter(ctx *sql.Context, oldSchema, newSchema sql.PrimaryKeySchema, oldColumn, newColumn *sql.Column, key []sql.IndexColumn) (sql.RowInserter, error) {
	planned := t.schema.rec
	if _, err := t.beginDDL(ctx); err != nil {
		return nil, err
	}
	if !sameDefinition(planned, t.schema.rec) || !t.changesOnly(newSchema.Schema, oldColumn, newColumn) {
		return nil, errDefinitionChanged
	}
	if err := t.checkKeyChange(ctx, oldSchema, newSchema, key); err != nil {
		return nil, err
	}
	to, err := t.rewrittenRecord(ctx, newSchema, oldColumn, newColumn, key)
	if err != nil {
		return nil, err
	}
	r, err := t.startRewrite(ctx, to)
	if err != nil {
		return nil, err
	}
	if err := r.refill(ctx); err != nil {
		return nil, alongside(err, r.abort(ctx))
	}
	t.moved = true
	return r, nil
}

// changesOnly says whether a new schema has all of the table's columns but for the one that is changed: it was made when the
// statement was planned, and the library opens the table again before it comes here. Else what somebody
// else has added since would be lost.
func (t *Table) changesOnly(schema sql.Schema, from, to *sql.Column) bool {
	is := func(c *sql.Column, name string) bool { return c != nil && strings.EqualFold(c.Name, name) }
	kept := 0
	for i := range t.schema.rec.Columns {
		name := t.schema.rec.Columns[i].Name
		if is(from, name) {
			continue
		}
		if kept++; schema.IndexOfColName(strings.ToLower(name)) < 0 {
			return false
		}
	}
	for _, c := range schema {
		if !is(to, c.Name) {
			kept--
		}
	}
	return kept == 0
}

func (t *Table) checkKeyChange(ctx *sql.Context, oldSchema, newSchema sql.PrimaryKeySchema, key []sql.IndexColumn) error {
	if len(oldSchema.PkOrdinals) > 0 && len(newSchema.PkOrdinals) == 0 {
		return sql.ValidatePrimaryKeyDrop(ctx, t, oldSchema)
	}
	for _, c := range key {
		at := newSchema.Schema.IndexOfColName(c.Name)
		if at < 0 {
			return sql.ErrKeyColumnDoesNotExist.New(c.Name)
		}
		if col := newSchema.Schema[at]; col.PrimaryKey && c.Length > 0 && types.IsText(col.Type) {
			return sql.ErrUnsupportedIndexPrefix.New(col.Name)
		}
	}
	return nil
}

// rewrittenRecord is the definition after a rewrite, still without a data id.
// Columns keep their ids by name; indexes lose columns that are gone.
func (t *Table) rewrittenRecord(ctx *sql.Context, schema sql.PrimaryKeySchema, oldColumn, newColumn *sql.Column, key []sql.IndexColumn) (*catalog.Table, error) {
	rec := t.schema.rec
	to := rec.Clone()
	kept := to.Columns
	to.Columns = nil
	present := map[uint16]bool{}
	for _, c := range schema.Schema {
		changes := newColumn != nil && strings.EqualFold(c.Name, newColumn.Name)
		name := c.Name
		if changes && oldColumn != nil {
			name = oldColumn.Name
		}
		at := slices.IndexFunc(kept, func(old catalog.Column) bool { return strings.EqualFold(old.Name, name) })
		if at >= 0 && !changes { // as it is: the library knows less of it, and the statement may say something of it in a later clause
			column := kept[at]
			column.NotNull = column.NotNull || !c.Nullable
			present[column.ID] = true
			to.Columns = append(to.Columns, column)
			continue
		}
		column, err := columnRecord(ctx, c)
		if err != nil {
			return nil, err
		}
		old := findColumn(rec, name)
		t.shapeColumn(ctx, &column, old)
		if old != nil {
			column.ID, column.Hidden = old.ID, old.Hidden
		} else {
			column.ID = to.NextColumn
			to.NextColumn++
		}
		present[column.ID] = true
		to.Columns = append(to.Columns, column)
	}
	dropIndexColumns(to, present)
	for _, x := range to.Indexes {
		for i := range x.Columns {
			if at := slices.IndexFunc(to.Columns, func(c catalog.Column) bool { return c.ID == x.Columns[i].Column }); at >= 0 {
				x.Columns[i].Prefix = prefixIn(&to.Columns[at], x.Columns[i].Prefix)
			}
		}
	}
	renewWeights(to)
	if len(key) == 0 {
		key = prefixesOf(rec)
	}
	if err := setPrimaryKey(to, schema, key); err != nil {
		return nil, err
	}
	if err := checkGrown(rec, to); err != nil {
		return nil, err
	}
	if err := checkGenerated(to); err != nil {
		return nil, err
	}
	return to, setLayout(to)
}

// renewWeights: a rewrite writes all entries of indexes anew.
func renewWeights(rec *catalog.Table) {
	for i := range rec.Indexes {
		rec.Indexes[i].CollationVersion = weightsVersion
	}
}

// dropIndexColumns takes columns that are gone out of the secondary indexes.
func dropIndexColumns(rec *catalog.Table, present map[uint16]bool) {
	kept := rec.Indexes[:0]
	for _, x := range rec.Indexes {
		columns := x.Columns[:0]
		for _, c := range x.Columns {
			if present[c.Column] {
				columns = append(columns, c)
			}
		}
		if x.Columns = columns; len(columns) > 0 {
			kept = append(kept, x)
		}
	}
	rec.Indexes = kept
}

// prefixesOf are the prefix lengths of the primary key.
func prefixesOf(rec *catalog.Table) []sql.IndexColumn {
	var out []sql.IndexColumn
	for _, x := range rec.Indexes {
		if !x.Primary {
			continue
		}
		for _, part := range x.Columns {
			for _, c := range rec.Columns {
				if c.ID == part.Column {
					out = append(out, sql.IndexColumn{Name: c.Name, Length: int64(part.Prefix)})
				}
			}
		}
	}
	return out
}

// startRewrite allocates the new data id. It is under the exclusive lock.
func (t *Table) startRewrite(ctx *sql.Context, to *catalog.Table) (*rewriter, error) {
	if err := t.mayAlter(ctx); err != nil {
		return nil, err
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	if to.Data, err = t.store.db.AllocID(ctx); err != nil {
		return nil, err
	}
	t.store.estimates.begin(to.Data)
	schema, err := parseSchema(to, t.schema.database)
	if err != nil {
		return nil, err
	}
	if t.IsTemporary() { // a copy of a record does not say that of itself
		schema.Meter = session.MetaLocks().temporary.meterOf(to)
	}
	r := &rewriter{
		table: t, to: to, release: t.store.cat.Reserve(to.Data),
		out: batches{store: t.store, schema: schema},
	}
	if err := r.carryCounter(ctx); err != nil {
		return nil, alongside(err, r.abort(ctx))
	}
	if err := r.carryHistograms(ctx); err != nil {
		return nil, alongside(err, r.abort(ctx))
	}
	t.purpose = relation.Rewrite
	// On some errors the library drops the inserter without closing it.
	session.MetaLocks().onRelease(func() { _ = r.abort(context.Background()) })
	return r, nil
}

// carryCounter lets AUTO_INCREMENT go on where it was.
func (r *rewriter) carryCounter(ctx context.Context) error {
	if r.table.schema.AutoInc < 0 || r.out.schema.AutoInc < 0 {
		return nil
	}
	next, err := r.table.store.counters.Peek(ctx, r.table.schema.rec.Data, relation.AutoIncrement)
	if err != nil || next <= 1 {
		return err
	}
	return r.table.store.counters.Raise(ctx, r.to.Data, relation.AutoIncrement, next)
}

// Insert implements sql.RowInserter.
func (r *rewriter) Insert(*sql.Context, sql.Row) error {
	return r.fail(errors.New("a row of a table that was rewritten"))
}

func (r *rewriter) fail(err error) error {
	if r.failed == nil {
		r.failed = err
	}
	return err
}

func (r *rewriter) StatementBegin(*sql.Context)          {}
func (r *rewriter) StatementComplete(*sql.Context) error { return nil }

// DiscardChanges implements sql.EditOpenerCloser: Close will purge.
func (r *rewriter) DiscardChanges(_ *sql.Context, cause error) error {
	if cause == nil {
		cause = errors.New("rewrite given up")
	}
	_ = r.fail(cause)
	return nil
}

// Close switches the table to the new data, or gives the new data up.
func (r *rewriter) Close(ctx *sql.Context) error {
	if r.ended {
		return nil
	}
	if r.failed != nil {
		return r.abort(ctx)
	}
	if err := r.out.commit(ctx); err != nil {
		return alongside(err, r.abort(ctx))
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return alongside(err, r.abort(ctx))
	}
	owner, old := session.MetaLocks(), r.table.schema.rec
	err = r.table.store.UpdateTable(ctx, owner, old, func(tx *catalog.Tx) error {
		now := tx.TableByID(old.ID)
		if now == nil || !sameDefinition(now, old) {
			return errDefinitionChanged
		}
		if err := tx.PutTable(r.to); err != nil {
			return err
		}
		tx.Purge(old.Data)
		return nil
	})
	if err != nil {
		return alongside(err, r.abort(ctx))
	}
	r.ended, r.table.purpose, r.table.moved = true, 0, false
	owner.ifAbandoned(r.purge)
	if err := owner.beforeChange(ctx, func(context.Context) error { return r.meets(owner) }); err != nil {
		return err
	}
	if err := r.table.keepsKey(ctx, owner); err != nil {
		return err
	}
	err = owner.afterChange(ctx, func(context.Context) error {
		r.release()
		r.table.store.forget(old)
		return nil
	})
	if err != nil {
		return err
	}
	return r.table.reload(session)
}

// abort gives the new data up, also for a statement that was cancelled. Should
// the purge fail, the sweep at the next start finds it.
func (r *rewriter) abort(ctx context.Context) error {
	if r.ended {
		return nil
	}
	err := r.out.rollback()
	r.ended, r.table.purpose, r.table.moved = true, 0, false
	return errors.Join(err, r.purge(context.WithoutCancel(ctx)))
}

// purge deletes the new data.
func (r *rewriter) purge(ctx context.Context) error {
	r.release()
	r.table.store.forget(r.to)
	return r.table.store.db.Purge(ctx, r.to.Data)
}

// rewriteSelf rewrites the table for a change of its record, without the library's help.
func (t *Table) rewriteSelf(ctx *sql.Context, change func(*catalog.Table) error) error {
	if _, err := t.beginDDL(ctx); err != nil {
		return err
	}
	to := t.schema.rec.Clone()
	if err := change(to); err != nil {
		return err
	}
	renewWeights(to)
	if err := setLayout(to); err != nil {
		return err
	}
	r, err := t.startRewrite(ctx, to)
	if err != nil {
		return err
	}
	if err := r.refill(ctx); err != nil {
		return alongside(err, r.abort(ctx))
	}
	return r.Close(ctx)
}
