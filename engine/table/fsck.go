package table

import (
	"context"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// Check holds the rows of a table against its definition and its indexes. A
// definition that this program cannot read is a finding, too.
func Check(ctx context.Context, txn *kivi.Txn, rec *catalog.Table, database string) ([]relation.Finding, error) {
	s, err := parseSchema(rec, database)
	if err != nil {
		return []relation.Finding{{What: "definition that cannot be read: " + err.Error(), Count: 1}}, nil
	}
	return relation.Check(ctx, txn, s.Schema)
}

// Faults holds the rows of the table against its indexes, as the session's transaction sees them. What it finds has no values
// of rows.
func (t *Table) Faults(ctx *sql.Context) ([]relation.Finding, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.may(ctx, kivi.Read); err != nil {
		return nil, err
	}
	txn, err := session.Txn(ctx)
	if err != nil {
		return nil, err
	}
	return relation.Check(ctx, txn, t.schema.Schema)
}

// Rebuild writes the rows and the indexes of the table anew, in the shape that they have now, and counts them.
func (t *Table) Rebuild(ctx *sql.Context) error {
	if err := t.rewriteSelf(ctx, func(*catalog.Table) error { return nil }); err != nil {
		return err
	}
	if err := CommitOpen(ctx); err != nil { // which gives the lock back
		return err
	}
	return t.Analyze(ctx)
}
