package table

import (
	"fmt"
	"io"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// rowIter turns rows into rows of the library.
type rowIter struct {
	schema  *schema
	reader  *relation.Reader
	project []int
	checked []int            // columns that ranges speak of; the reader shows them behind those of project
	ranges  []sql.MySQLRange // of the look-up; Reader.Check says which of them a row must lie in
	owner   *LockOwner
}

var _ sql.RowIter = (*rowIter)(nil)

// Next implements sql.RowIter.
func (it *rowIter) Next(ctx *sql.Context) (sql.Row, error) {
	for {
		row, err := it.reader.Next(ctx)
		if err != nil {
			return nil, err
		}
		if row == nil {
			return nil, io.EOF
		}
		if n := it.reader.Check(); n > 0 {
			in, err := it.meets(ctx, checksOf(it.ranges, n), row[len(it.project):])
			if err != nil {
				return nil, fmt.Errorf("table %s: range check: %w", it.schema.rec.Name, err)
			}
			if !in {
				continue
			}
		}
		return it.schema.values(ctx, row[:len(it.project)], it.project)
	}
}

func (it *rowIter) meets(ctx *sql.Context, ranges []sql.MySQLRange, datums []codec.Datum) (bool, error) {
	values, err := it.schema.values(ctx, datums, it.checked)
	if err != nil {
		return false, err
	}
	return matchesAny(ctx, ranges, values)
}

// Close implements sql.RowIter.
func (it *rowIter) Close(*sql.Context) error {
	it.owner.closed(it.reader)
	return it.reader.Close()
}
