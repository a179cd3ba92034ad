package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
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

	converted int  // the column that a change of a column converts
	null      bool // the row that is on its way has NULL there
	failed    error
	ended     bool
}

var _ sql.RowInserter = (*rewriter)(nil)

// RewriteInserter implements sql.RewritableTable. The library then streams the
// rows of t, as they are under the exclusive lock, through Insert.
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
	t.relabel = t.converting(ctx, r, oldColumn, newColumn)
	return r, nil
}

// converting makes of the values of a column, as the library reads them, those of its new type, as an UPDATE would: with
// MySQL's warnings, and errors in strict mode. The library then finds nothing to convert: it would do so by rules of its
// own, and cut numbers without a word. From ENUM to ENUM it goes by the labels, and would take our numbers for old ones:
// there those alone are looked for that are gone.
func (t *Table) converting(ctx *sql.Context, r *rewriter, oldColumn, newColumn *sql.Column) func(sql.Row) error {
	to := r.out.schema
	if oldColumn == nil || newColumn == nil {
		return nil
	}
	_, wasEnum := oldColumn.Type.(sql.EnumType)
	_, isEnum := newColumn.Type.(sql.EnumType)
	at, in := t.schema.columnByName(oldColumn.Name), to.columnByName(newColumn.Name)
	if at < 0 || in < 0 {
		return nil
	}
	kept, made := &t.schema.rec.Columns[at], &to.rec.Columns[in]
	if bare(kept.Generated, t.Name()) != bare(made.Generated, t.Name()) {
		return func(sql.Row) error { return errComputedOtherwise }
	}
	if kept.Type == made.Type {
		return nil
	}
	was, is := t.schema.valueTypes(), to.valueTypes()
	if was == nil || is == nil {
		return nil
	}
	before, after := was[at], is[in]
	from, into := t.schema.cols[at].storage, to.cols[in].storage
	mode := modeOf(ctx)
	env := value.Env{Mode: mode, Writing: mode&value.ModeStrict != 0, Location: zoneOf(ctx), Now: ctx.QueryTime(), Listen: func(w value.Warning) {
		ctx.Session.Warn(&sql.Warning{Level: levels[w.Level], Code: int(w.Number), Message: w.Text})
	}}
	place := value.Place{Column: newColumn.Name}
	r.converted = in
	needed, alike := computes(to.rec, newColumn.Name), sameUse(&before, &after)
	labelType := value.Type{Kind: value.TypeVarChar, Length: before.Length, Collation: before.Collation}
	return func(row sql.Row) error {
		place.Row++
		if r.null = row[at] == nil; r.null {
			return nil
		}
		d, err := from.datum(ctx, row[at])
		if err != nil {
			return err
		}
		v, err := fromStored(&env, d, &before)
		if err != nil {
			return err
		}
		whole := v
		given := &before
		if after.IsTemporal() && (before.Kind == value.TypeEnum || before.Kind == value.TypeSet) { // a time is made of its text
			v, given = value.Bytes(value.AppendText(nil, v, &before)), &labelType
		}
		if v, err = value.Store(&env, v, given, &after, place); err != nil {
			return err
		}
		if needed && !(alike && bytes.Equal(value.AppendText(nil, whole, &before), value.AppendText(nil, v, &after))) {
			return errNeeded
		}
		if wasEnum && isEnum {
			if v.Uint() == 0 {
				row[at] = uint16(0)
			}
			return nil
		}
		if d, err = toStored(&env, v, &after); err != nil {
			return err
		}
		if row[at], err = into.value(ctx, d); err != nil && after.HasDate() { // with a month or day of 0: the library has no such dates
			return sqlerr.TruncatedWrongValue.Errorf("Incorrect %s value: '%s' for column '%s' at row %d", newColumn.Type, value.AppendText(nil, v, &after), place.Column, place.Row)
		}
		return err
	}
}

// Generated columns are kept as they are when a table is rewritten. What would compute them otherwise is refused.
var (
	errNeeded = sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change of values that generated columns are computed from'").
			WithHint("drop the generated columns, change the column, and add them again")
	errComputedOtherwise = sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a change of how a column of a table with rows is computed'").
				WithHint("drop the column and add it again")
)

// bare is an expression without what the binder may add to it: quotes, the table's name, and brackets round it.
func bare(expr, table string) string {
	parts := strings.Split(expr, "'")
	for i := 0; i < len(parts); i += 2 { // between texts, in which the same may stand
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(parts[i], "`", ""), table+".", "")
	}
	expr = strings.Join(parts, "'")
	for strings.HasPrefix(expr, "(") && strings.HasSuffix(expr, ")") {
		expr = expr[1 : len(expr)-1]
	}
	return expr
}

// computes says whether generated columns are computed from a column.
func computes(rec *catalog.Table, column string) bool {
	name := strings.ToLower("`" + strings.ReplaceAll(column, "`", "``") + "`")
	return slices.ContainsFunc(rec.Columns, func(c catalog.Column) bool { return strings.Contains(strings.ToLower(c.Generated), name) })
}

// sameUse says whether expressions use values of two types alike where they are the same text.
func sameUse(a, b *value.Type) bool {
	whole := func(t *value.Type) bool { return t.Kind >= value.TypeTinyInt && t.Kind <= value.TypeBigInt }
	text := func(t *value.Type) bool { return t.Kind >= value.TypeVarChar && t.Kind <= value.TypeLongText }
	switch {
	case whole(a) && whole(b):
		return true
	case text(a) && text(b):
		return a.Collation == b.Collation
	}
	return a.Kind == value.TypeDecimal && b.Kind == value.TypeDecimal && a.Scale == b.Scale
}

var levels = [...]string{value.LevelNote: "Note", value.LevelWarning: "Warning", value.LevelError: "Error"}

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
	to.Columns = nil
	present := map[uint16]bool{}
	for _, c := range schema.Schema {
		column, err := columnRecord(ctx, c)
		if err != nil {
			return nil, err
		}
		name := c.Name
		if oldColumn != nil && newColumn != nil && strings.EqualFold(name, newColumn.Name) {
			name = oldColumn.Name
		}
		old := findColumn(rec, name)
		t.shapeColumn(ctx, &column, old)
		if old != nil {
			column.ID, column.Hidden = old.ID, old.Hidden
			if c != newColumn && column.Generated != "" {
				column.Virtual = old.Virtual // the library was not told, see schema.addColumn
			}
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
func (r *rewriter) Insert(ctx *sql.Context, row sql.Row) error {
	w, err := r.out.writer(ctx)
	if err != nil {
		return r.fail(err)
	}
	if r.null { // of which the library makes the document null
		row[r.converted] = nil
	}
	if err := w.insert(ctx, row); err != nil {
		return r.fail(err)
	}
	w.counts(1)
	return r.table.store.noteAuto(ctx, r.out.schema, row)
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
	r.ended, r.table.purpose, r.table.relabel = true, 0, nil
	owner.ifAbandoned(r.purge)
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
	r.ended, r.table.purpose, r.table.relabel = true, 0, nil
	return errors.Join(err, r.purge(context.WithoutCancel(ctx)))
}

// purge deletes the new data.
func (r *rewriter) purge(ctx context.Context) error {
	r.release()
	r.table.store.forget(r.to)
	return r.table.store.db.Purge(ctx, r.to.Data)
}

// rewriteSelf rewrites the table for a change of its record that leaves the
// values of the rows as they are, without the library's help.
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
	if err := t.eachRow(ctx, func(row sql.Row) error { return r.Insert(ctx, row) }); err != nil {
		return alongside(err, r.abort(ctx))
	}
	return r.Close(ctx)
}

// eachRow visits all rows as they are now; the caller holds the exclusive lock.
func (t *Table) eachRow(ctx *sql.Context, visit func(sql.Row) error) (err error) {
	whole := *t
	whole.purpose, whole.project = relation.Rewrite, nil
	rows, err := whole.PartitionRows(ctx, wholeTable{})
	if err != nil {
		return err
	}
	defer func() { err = alongside(err, rows.Close(ctx)) }()
	for {
		row, err := rows.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name(), err)
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}
