package table

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Truncate implements sql.TruncateableTable. The library calls it for TRUNCATE
// and for DELETE without WHERE. Only the former ends the transaction; the
// latter comes with the access of a DELETE and must be able to roll back.
// TRUNCATE does not look at the rows and so counts none, as in MySQL.
func (t *Table) Truncate(ctx *sql.Context) (int, error) {
	if t.access.Mode == Write {
		return t.deleteAll(ctx)
	}
	if _, err := t.beginDDL(ctx); err != nil {
		return 0, err
	}
	if err := t.may(ctx, kivi.Truncate); err != nil {
		return 0, err
	}
	return 0, t.switchToEmpty(ctx)
}

// switchToEmpty gives the table a new, empty data id and purges the old one.
// AUTO_INCREMENT starts again.
func (t *Table) switchToEmpty(ctx *sql.Context) error {
	old := t.schema.rec
	data, err := t.store.db.AllocID(ctx)
	if err != nil {
		return err
	}
	err = t.alter(ctx, func(tx *catalog.Tx, rec *catalog.Table) error {
		rec.Data = data
		if err := setLayout(rec); err != nil {
			return err
		}
		tx.Purge(old.Data)
		return nil
	})
	if err != nil {
		return err
	}
	t.store.counters.Forget(old.Data)
	t.store.estimates.forget(old.Data)
	t.store.estimates.begin(data)
	return nil
}

// deleteAll deletes all rows within the transaction.
func (t *Table) deleteAll(ctx *sql.Context) (n int, err error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return 0, err
	}
	if err := session.StatementBegin(ctx); err != nil {
		return 0, err
	}
	if n, err = t.deleteRows(ctx); err != nil {
		return 0, alongside(err, session.StatementDiscard(ctx))
	}
	return n, session.StatementComplete(ctx)
}

func (t *Table) deleteRows(ctx *sql.Context) (n int, err error) {
	v, err := t.view(ctx)
	if err != nil {
		return 0, err
	}
	w, err := (&editor{table: t}).writer(ctx, kivi.Delete)
	if err != nil {
		return 0, err
	}
	rows, err := v.Scan(ctx, t.schema.Projection(nil), false)
	if err != nil {
		return 0, err
	}
	defer func() { err = alongside(err, rows.Close()) }()
	for {
		row, err := rows.Next(ctx)
		if err != nil || row == nil {
			return n, err
		}
		r, err := w.Take(ctx, rows)
		if err != nil {
			return n, err
		}
		if r == nil {
			continue
		}
		if err := w.Writer.Delete(ctx, r); err != nil {
			return n, err
		}
		w.counts(-1)
		n++
	}
}
