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

// alteration is what a statement asks of the rows of a table. Its clauses change the definition, one after the other, and
// note here what that means for the rows; when the last one is done, the rows are read once, and written once, by the
// definition that came of them all. Until the catalog names the new data the table is untouched, and after a failure that is purged.
type alteration struct {
	ctx     *sql.Context
	table   *Table          // as the statement found it
	data    catalog.ID      // where the rows are written to; 0 for rows that stay where they are
	release func()          // of the reservation of data
	checks  map[string]bool // the CHECK constraints that are new to the rows, in lower case
	keys    map[string]bool // the foreign keys, likewise
	next    uint64          // of AUTO_INCREMENT = …; 0 without it
}

// alteration is that of the owner's statement, begun with its first clause about the rows of the table.
func (t *Table) alteration(ctx *sql.Context, owner *LockOwner) (*alteration, error) {
	c := owner.change
	for _, a := range c.rows {
		if a.table.schema.rec.ID == t.schema.rec.ID {
			return a, nil
		}
	}
	found := *t
	if rec := t.store.found(owner, t.schema.rec.ID); rec != nil {
		s, err := parseSchema(rec, t.schema.database)
		if err != nil {
			return nil, err
		}
		s.Meter, found.schema = t.schema.Meter, s
	}
	a := &alteration{ctx: ctx, table: &found, checks: map[string]bool{}, keys: map[string]bool{}}
	c.rows = append(c.rows, a)
	return a, nil
}

// found is the definition that the owner's statement has found.
func (st *Store) found(owner *LockOwner, id catalog.ID) *catalog.Table {
	if rec := byID(owner.temporary.list(), id); rec != nil {
		return rec
	}
	return st.cat.Snapshot().TableByID(id)
}

// together makes work a part of the owner's statement, or a statement of its own.
func (st *Store) together(ctx context.Context, owner *LockOwner, work func() error) (err error) {
	if owner.change != nil {
		return work()
	}
	c := st.BeginChange(owner)
	defer func() { err = alongside(err, c.Abandon(ctx)) }() // unless it was committed
	if err := work(); err != nil {
		return err
	}
	return c.Commit(ctx)
}

// RewriteInserter implements sql.RewritableTable. The definition changes at once, and the rows when the statement ends: the
// library, which would compute and convert them by rules of its own, finds the table empty and only closes what it gets.
func (t *Table) RewriteInserter(ctx *sql.Context, oldSchema, newSchema sql.PrimaryKeySchema, oldColumn, newColumn *sql.Column, key []sql.IndexColumn) (sql.RowInserter, error) {
	planned := t.schema.rec
	session, err := t.beginDDL(ctx)
	if err != nil {
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
	t.moved = true
	return noRows{}, t.becomes(ctx, session, to)
}

// changesOnly says whether a new schema has all of the table's columns but for the one that is changed: it was made when the
// statement was planned, and the library opens the table again before it comes here. Else what somebody
// else has added since would be lost.
func (t *Table) changesOnly(schema sql.Schema, from, to *sql.Column) bool {
	is := func(c *sql.Column, name string) bool { return c != nil && strings.EqualFold(c.Name, name) }
	kept, has := 0, make(map[string]bool, len(schema))
	for _, c := range schema {
		has[strings.ToLower(c.Name)] = true
	}
	for i := range t.schema.rec.Columns {
		name := t.schema.rec.Columns[i].Name
		if is(from, name) {
			continue
		}
		if kept++; !has[strings.ToLower(name)] {
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
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	owner, unkeyed := session.MetaLocks(), newColumn == nil && len(schema.PkOrdinals) == 0
	kept := to.Columns
	to.Columns = nil
	present := make(map[uint16]bool, len(kept))
	were := make(map[string]int, len(kept))
	for i := range kept {
		were[strings.ToLower(kept[i].Name)] = i
	}
	for _, c := range schema.Schema {
		changes := newColumn != nil && strings.EqualFold(c.Name, newColumn.Name)
		name := c.Name
		if changes && oldColumn != nil {
			name = oldColumn.Name
		}
		if at, there := were[strings.ToLower(name)]; there && !changes { // as it is: the library knows less of it, and the statement may say something of it in a later clause
			column := kept[at]
			column.NotNull = column.NotNull && !(unkeyed && owner.takesNull(rec.ID, column.ID))
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
			owner.maybeNull(rec.ID, old.ID, newColumn.Nullable)
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
	if err := checkColumnNames(to); err != nil {
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

// becomes makes to the definition of the table, whose rows are written anew when the statement ends. It is under the
// exclusive lock.
func (t *Table) becomes(ctx *sql.Context, session Session, to *catalog.Table) error {
	if err := t.mayAlter(ctx); err != nil {
		return err
	}
	owner, old := session.MetaLocks(), t.schema.rec
	return t.store.together(ctx, owner, func() error {
		a, err := t.alteration(ctx, owner)
		if err != nil {
			return err
		}
		if err := a.moves(owner); err != nil {
			return err
		}
		to.Data = a.data
		err = t.store.UpdateTable(ctx, owner, old, func(tx *catalog.Tx) error {
			now := tx.TableByID(old.ID)
			if now == nil || !sameDefinition(now, old) {
				return errDefinitionChanged
			}
			if err := tx.PutTable(to); err != nil {
				return err
			}
			if old.Data != to.Data {
				tx.Purge(old.Data)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := t.keepsKey(ctx, owner); err != nil {
			return err
		}
		return t.reload(session)
	})
}

// moves allocates the new data id.
func (a *alteration) moves(owner *LockOwner) (err error) {
	if a.data != 0 {
		return nil
	}
	st, old := a.table.store, a.table.schema.rec
	if a.data, err = st.db.AllocID(a.ctx); err != nil {
		return err
	}
	st.estimates.begin(a.data)
	a.release = st.cat.Reserve(a.data)
	owner.ifAbandoned(a.purge)
	return owner.afterChange(a.ctx, func(context.Context) error {
		a.release()
		st.forget(old)
		return nil
	})
}

// purge deletes the new data.
func (a *alteration) purge(ctx context.Context) error {
	a.release()
	st := a.table.store
	st.estimates.forget(a.data)
	st.counters.Forget(a.data)
	return st.db.Purge(ctx, a.data)
}

// settle does what the clauses have left to the end of the statement.
func (a *alteration) settle(owner *LockOwner) error {
	t := a.table
	rec := t.store.record(owner, t.schema.rec.ID)
	if rec == nil {
		return nil // the statement drops it
	}
	now := &Table{store: t.store, access: t.access}
	var err error
	if now.schema, err = a.schemaOf(owner, rec); err != nil {
		return err
	}
	if rec.Data == a.data {
		err = a.rewrite(owner, now)
	} else {
		err = a.complete(owner, now)
	}
	if err == nil {
		err = a.refers(now)
	}
	if err == nil && a.next > 0 && rec.Data != a.data { // last of all: a counter does not go back
		err = t.store.counters.Raise(a.ctx, rec.Data, relation.AutoIncrement, a.next)
	}
	return err
}

// schemaOf is that of the new definition.
func (a *alteration) schemaOf(owner *LockOwner, rec *catalog.Table) (*schema, error) {
	s, err := parseSchema(rec, a.table.schema.database)
	if err == nil && a.table.IsTemporary() { // a copy of a record does not say that of itself
		s.Meter = owner.temporary.meterOf(rec)
	}
	return s, err
}

// rewrite writes all rows as now has them.
func (a *alteration) rewrite(owner *LockOwner, now *Table) error {
	to := now.schema.rec.Clone()
	renewWeights(to)
	err := setLayout(to)
	if err != nil {
		return err
	}
	if now.schema, err = a.schemaOf(owner, to); err != nil {
		return err
	}
	r := &rewriter{table: a.table, to: to, asks: a.checks, next: a.next, out: batches{store: now.store, schema: now.schema}}
	if err := r.all(a.ctx); err != nil {
		return alongside(err, r.out.rollback())
	}
	return now.store.UpdateTable(a.ctx, owner, a.table.schema.rec, func(tx *catalog.Tx) error { return tx.PutTable(to) })
}

// complete is for rows that stay where they are: they get entries in new indexes, and meet new CHECK constraints.
func (a *alteration) complete(owner *LockOwner, now *Table) error {
	if err := now.rowsMeet(a.ctx, a.checks); err != nil {
		return err
	}
	var built []*relation.Index
	for _, x := range now.schema.Indexes {
		if !slices.ContainsFunc(a.table.schema.rec.Indexes, func(old catalog.Index) bool { return old.ID == x.ID }) {
			built = append(built, x)
		}
	}
	if len(built) == 0 {
		return nil
	}
	if err := now.buildIndexes(a.ctx, built); err != nil {
		return err
	}
	owner.ifAbandoned(func(ctx context.Context) error { return now.clearIndexes(ctx, built) })
	return nil
}

// rewriter writes the rows of a table's new definition.
type rewriter struct {
	table *Table          // as the rows are
	to    *catalog.Table  // as they are to be
	asks  map[string]bool // CHECK constraints that are asked whatever they are about
	next  uint64          // as the alteration's
	out   batches
}

// all writes all rows, and what is kept beside them.
func (r *rewriter) all(ctx *sql.Context) error {
	if err := r.carryCounter(ctx); err != nil {
		return err
	}
	if r.next > 0 { // those that get numbers get them from there on
		if err := r.table.store.counters.Raise(ctx, r.to.Data, relation.AutoIncrement, r.next); err != nil {
			return err
		}
	}
	if err := r.carryHistograms(ctx); err != nil {
		return err
	}
	if err := r.refill(ctx); err != nil {
		return err
	}
	return r.out.commit(ctx)
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

// noRows is what the library writes rows into that are written elsewhere: none.
type noRows struct{}

var _ sql.RowInserter = noRows{}

func (noRows) StatementBegin(*sql.Context)              {}
func (noRows) DiscardChanges(*sql.Context, error) error { return nil }
func (noRows) StatementComplete(*sql.Context) error     { return nil }
func (noRows) Close(*sql.Context) error                 { return nil }

// Insert implements sql.RowInserter.
func (noRows) Insert(*sql.Context, sql.Row) error {
	return errors.New("a row of a table that was rewritten")
}

// rewriteSelf rewrites the table for a change of its record, without the library's help.
func (t *Table) rewriteSelf(ctx *sql.Context, change func(*catalog.Table) error) error {
	session, err := t.beginDDL(ctx)
	if err != nil {
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
	return t.becomes(ctx, session, to)
}
