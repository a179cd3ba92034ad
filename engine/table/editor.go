package table

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi"
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
// right at each operation and again when the transaction commits.
func (e *editor) writer(ctx *sql.Context, right kivi.Rights) (*writer, error) {
	if e.begun != nil {
		return nil, e.begun
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	txn, err := session.Txn(ctx)
	if err != nil {
		return nil, err
	}
	guard := e.table.guard(session)
	if e.internal && right != kivi.Insert && e.table.access.Mode != Write {
		guard = kivi.Internal("foreign key action")
	}
	data := e.table.schema.rec.Data
	return &writer{e.table.store, e.table.schema, txn.Table(data, guard, right)}, nil
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
	t.store.estimates.add(t.schema.rec.Data, 1)
	return w.noteAuto(ctx, row)
}

// noteAuto moves the AUTO_INCREMENT counter behind a value that was inserted.
func (w *writer) noteAuto(ctx *sql.Context, row sql.Row) error {
	at := w.schema.autoInc
	if at < 0 || row[at] == nil {
		return nil
	}
	v, err := autoValue(ctx, row[at])
	if err != nil || v == 0 {
		return nil // negative or out of range: outside the sequence
	}
	return w.store.raise(ctx, counterID{w.schema.rec.Data, autoCounter}, v+1)
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
		return sql.ErrDeleteRowNotFound.New()
	}
	if err := w.remove(ctx, r); err != nil {
		return err
	}
	e.table.store.estimates.add(e.table.schema.rec.Data, -1)
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
	return w.noteAuto(ctx, row)
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
	t.project, t.projected, t.names = nil, nil, nil
	t.access = Access{Mode: LockRead, Guard: kivi.Internal("foreign key check"), Scan: kivi.Read, Latest: true}
	return &t
}
