package table

import (
	"context"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
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

// Checksum is a number for the rows that the session may read. Tables of the same rows have the same, in whatever order those lie.
func (t *Table) Checksum(ctx *sql.Context) (sum uint32, err error) {
	types := t.schema.valueTypes()
	if types == nil {
		return 0, errTypeNotKnown
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return 0, err
	}
	v, err := t.view(ctx)
	if err != nil {
		return 0, err
	}
	reader, err := v.Scan(ctx, t.schema.All(), false)
	if err != nil {
		return 0, err
	}
	session.MetaLocks().opened(reader)
	defer func() {
		session.MetaLocks().closed(reader)
		err = alongside(err, reader.Close())
	}()
	env, text := &value.Env{Location: time.UTC}, []byte(nil)
	for {
		row, err := reader.Next(ctx)
		if err != nil || row == nil {
			return sum, err
		}
		text = text[:0]
		for i := range row {
			v, err := fromStored(env, row[i], &types[i])
			if err != nil {
				return 0, err
			}
			if v.IsNull() {
				text = append(text, 0)
				continue
			}
			at := len(text) + 1
			text = value.AppendText(append(text, 1), v, &types[i])
			text = strconv.AppendInt(text, int64(len(text)-at), 10) // where a value ends is a part of it
		}
		sum += crc32.ChecksumIEEE(text)
	}
}
