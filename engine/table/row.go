package table

import (
	"context"
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// keyDatums converts the primary key of a row, in the order of the key.
func (s *schema) keyDatums(ctx context.Context, row sql.Row) ([]codec.Datum, error) {
	if len(row) != len(s.cols) {
		return nil, s.wrongLength(row)
	}
	out := make([]codec.Datum, len(s.pk))
	for i, c := range s.pk {
		var err error
		if out[i], err = s.cols[c].storage.datum(ctx, row[c]); err != nil {
			return nil, fmt.Errorf("column %s: %w", s.cols[c].def.Name, err)
		}
	}
	return out, nil
}

// datums converts a row.
func (s *schema) datums(ctx context.Context, row sql.Row) ([]codec.Datum, error) {
	if len(row) != len(s.cols) {
		return nil, s.wrongLength(row)
	}
	out := make([]codec.Datum, len(row))
	for i := range s.cols {
		c := &s.cols[i]
		d, err := c.storage.datum(ctx, row[i])
		if err != nil {
			return nil, err
		}
		if d.IsNull() && c.notNull {
			return nil, sql.ErrInsertIntoNonNullableProvidedNull.New(c.def.Name)
		}
		out[i] = d
	}
	return out, nil
}

func (s *schema) wrongLength(row sql.Row) error {
	return fmt.Errorf("table %s: row of %d values for %d columns", s.rec.Name, len(row), len(s.cols))
}

// values converts the datums of the columns at these positions to a row of the
// library.
func (s *schema) values(ctx context.Context, datums []codec.Datum, columns []int) (sql.Row, error) {
	row := make(sql.Row, len(columns))
	for i, ord := range columns {
		var err error
		if row[i], err = s.cols[ord].storage.value(ctx, datums[i]); err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", s.rec.Name, s.cols[ord].def.Name, err)
		}
	}
	return row, nil
}
