package table

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// editor changes the rows of a table within the session's transaction. The
// marks that a failing statement returns to are kept by the session, because a
// statement may have several editors.
type editor struct {
	table    *Table
	internal bool  // foreign key editor
	begun    error // StatementBegin cannot return one
}

var (
	_ sql.TableEditor      = (*editor)(nil)
	_ sql.ForeignKeyEditor = (*editor)(nil)
)

// Inserter implements sql.InsertableTable.
func (t *Table) Inserter(*sql.Context) sql.RowInserter { return &editor{table: t} }

// Updater implements sql.UpdatableTable.
func (t *Table) Updater(*sql.Context) sql.RowUpdater { return &editor{table: t} }

// Deleter implements sql.DeletableTable.
func (t *Table) Deleter(*sql.Context) sql.RowDeleter { return &editor{table: t} }

// Replacer implements sql.ReplaceableTable.
func (t *Table) Replacer(*sql.Context) sql.RowReplacer { return &editor{table: t} }

// StatementBegin implements sql.EditOpenerCloser.
func (e *editor) StatementBegin(ctx *sql.Context) {
	session, err := sessionOf(ctx)
	if err == nil {
		err = session.StatementBegin(ctx)
	}
	e.begun = err
}

// DiscardChanges implements sql.EditOpenerCloser.
func (e *editor) DiscardChanges(ctx *sql.Context, _ error) error {
	session, err := sessionOf(ctx)
	if err != nil || e.begun != nil {
		return err
	}
	return session.StatementDiscard(ctx)
}

// StatementComplete implements sql.EditOpenerCloser.
func (e *editor) StatementComplete(ctx *sql.Context) error {
	session, err := sessionOf(ctx)
	if err != nil || e.begun != nil {
		return err
	}
	return session.StatementComplete(ctx)
}

// Close implements sql.Closer. Everything was written to the transaction.
func (e *editor) Close(*sql.Context) error { return nil }

// writer opens the table for one kind of change; the guard is asked for that
// right at each operation and again when the transaction commits. Foreign key
// actions change child rows whatever the user may do to the child table.
func (e *editor) writer(ctx *sql.Context, right kivi.Rights) (writer, error) {
	if e.begun != nil {
		return writer{}, e.begun
	}
	purpose := relation.Write
	if e.internal && right != kivi.Insert && e.table.access.Mode != Write {
		purpose = relation.Constraint
	}
	h, _, txn, err := e.table.open(ctx, purpose)
	if err != nil {
		return writer{}, err
	}
	return e.table.store.writer(h, right, e.table.schema, txn), nil
}

// writer converts the library's rows for a relation.Writer.
type writer struct {
	*relation.Writer
	schema *schema
	txn    *kivi.Txn
	rows   *atomic.Int64 // of the table, estimated
}

func (st *Store) writer(h relation.Handle, right kivi.Rights, s *schema, txn *kivi.Txn) writer {
	return writer{h.Writer(right, st.counters), s, txn, &st.estimates.of(s.rec.Data).rows}
}

// counts moves the estimate of the table's rows.
func (w writer) counts(by int64) { w.txn.Tally(w.rows, by) }

// insert adds a row, or fails with a sql.UniqueKeyError that carries the row
// that is in the way.
func (w writer) insert(ctx context.Context, row sql.Row) error {
	datums, err := w.schema.datums(ctx, row)
	if err != nil {
		return err
	}
	return w.duplicate(ctx, w.Insert(ctx, datums), row)
}

// find locks and reads the row that the library names by its values; nil when
// it is gone.
func (w writer) find(ctx context.Context, row sql.Row) (*relation.Stored, error) {
	if w.schema.Primary == nil {
		datums, err := w.schema.datums(ctx, row)
		if err != nil {
			return nil, err
		}
		return w.FindContent(ctx, datums)
	}
	key, err := w.schema.keyDatums(ctx, row)
	if err != nil {
		return nil, err
	}
	return w.Find(ctx, key)
}

func (w writer) replace(ctx context.Context, old *relation.Stored, row sql.Row) error {
	datums, err := w.schema.datums(ctx, row)
	if err != nil {
		return err
	}
	return w.duplicate(ctx, w.Update(ctx, old, datums), row)
}

// duplicate turns a relation.DuplicateError into the library's. A row that the
// actor does not see is not shown, and so can be neither replaced nor changed.
func (w writer) duplicate(ctx context.Context, err error, row sql.Row) error {
	dup, ok := err.(*relation.DuplicateError)
	if !ok {
		return err
	}
	var existing sql.Row
	if dup.Existing != nil {
		if existing, err = w.schema.values(ctx, dup.Existing, w.schema.all); err != nil {
			return err
		}
	}
	values := make([]string, len(dup.Index.Parts))
	for i := range dup.Index.Parts {
		values[i] = fmt.Sprint(row[dup.Index.Parts[i].Column])
	}
	return sql.NewUniqueKeyErr("["+strings.Join(values, ",")+"]", dup.Index.Primary, existing)
}

// Insert implements sql.RowInserter.
func (e *editor) Insert(ctx *sql.Context, row sql.Row) error {
	w, err := e.writer(ctx, kivi.Insert)
	if err != nil {
		return err
	}
	if err := w.insert(ctx, row); err != nil {
		return err
	}
	t := e.table
	w.counts(1)
	return t.store.noteAuto(ctx, t.schema, row)
}

// noteAuto moves the AUTO_INCREMENT counter behind a value that was inserted.
func (st *Store) noteAuto(ctx *sql.Context, s *schema, row sql.Row) error {
	at := s.AutoInc
	if at < 0 || row[at] == nil {
		return nil
	}
	v, err := autoValue(ctx, row[at])
	if err != nil || v == 0 {
		return nil // negative or out of range: outside the sequence
	}
	return st.counters.Raise(ctx, s.rec.Data, relation.AutoIncrement, min(v, math.MaxUint64-1)+1)
}

// Delete implements sql.RowDeleter.
func (e *editor) Delete(ctx *sql.Context, row sql.Row) error {
	w, err := e.writer(ctx, kivi.Delete)
	if err != nil {
		return err
	}
	r, err := w.find(ctx, row)
	if err != nil {
		return err
	}
	if r == nil {
		return nil // a foreign key has deleted it before
	}
	if err := w.Writer.Delete(ctx, r); err != nil {
		return err
	}
	w.counts(-1)
	return nil
}

// Update implements sql.RowUpdater.
func (e *editor) Update(ctx *sql.Context, old, row sql.Row) error {
	w, err := e.writer(ctx, kivi.Update)
	if err != nil {
		return err
	}
	r, err := w.find(ctx, old)
	if err != nil {
		return err
	}
	if r == nil {
		return sql.ErrDeleteRowNotFound.New()
	}
	if err := w.replace(ctx, r, row); err != nil {
		return e.hideValues(ctx, err)
	}
	return e.table.store.noteAuto(ctx, e.table.schema, row)
}

// hideValues takes the values out of a duplicate key error for those who may not
// read the table: columns that an UPDATE leaves alone are part of the key.
func (e *editor) hideValues(ctx *sql.Context, err error) error {
	session, sessionErr := sessionOf(ctx)
	if sessionErr == nil && e.table.guard(session).Allows(e.table.schema.rec.Data, kivi.Read) {
		return err
	}
	switch {
	case sql.ErrPrimaryKeyViolation.Is(err):
		return sql.NewUniqueKeyErr("[hidden]", true, nil)
	case sql.ErrUniqueKeyViolation.Is(err):
		return sql.NewUniqueKeyErr("[hidden]", false, nil)
	}
	return err
}

// PreciseMatch implements sql.IndexAddressable for foreign key editors.
func (e *editor) PreciseMatch() bool { return true }

// GetIndexes implements sql.IndexAddressable.
func (e *editor) GetIndexes(ctx *sql.Context) ([]sql.Index, error) { return e.table.GetIndexes(ctx) }

// IndexedAccess implements sql.IndexAddressable: the rows that a foreign key
// check or action looks at, newest state, locked until the transaction ends. A
// parent may otherwise disappear between the check and the commit. Checks run
// on the system's account: who may insert a child need not see the parents.
func (e *editor) IndexedAccess(*sql.Context, sql.IndexLookup) sql.IndexedTable {
	t := *e.table
	t.project, t.projected, t.names, t.show = nil, nil, nil, nil
	t.access = Access{Mode: LockRead, Scan: kivi.Read, Latest: true}
	t.purpose = relation.Constraint
	return &t
}
