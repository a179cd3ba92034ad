package table

import (
	"context"
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// rowKey returns the key of a row that has a primary key.
func (s *schema) rowKey(ctx context.Context, row sql.Row) ([]byte, error) {
	key := codec.AppendHeader(make([]byte, 0, 48), codec.SpaceData, s.rec.Data, codec.IndexRows)
	for _, part := range s.primary.parts {
		var err error
		if key, err = part.appendValue(ctx, key, row[part.col]); err != nil {
			return nil, fmt.Errorf("column %s: %w", s.cols[part.col].def.Name, err)
		}
	}
	return key, nil
}

// datums converts a row to datums in the order of the newest layout.
func (s *schema) datums(ctx context.Context, row sql.Row) ([]codec.Datum, error) {
	if len(row) != len(s.cols) {
		return nil, fmt.Errorf("table %s: row of %d values for %d columns", s.rec.Name, len(row), len(s.cols))
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
		out[c.place] = d
	}
	return out, nil
}

// encoded is a row ready to be written: the value, and what left it because it
// is too long for a row.
type encoded struct {
	value  []byte
	chunks []chunk
}

type chunk struct{ key, value []byte }

// encode makes the row value. key is the row's key.
func (s *schema) encode(key []byte, datums []codec.Datum) (encoded, error) {
	var out encoded
	layout := s.layouts.Newest()
	for _, i := range layout.Spill(nil, datums) {
		ref, parts, err := codec.SplitBlob(datums[i].Bytes())
		if err != nil {
			return out, err
		}
		id := layout.Columns()[i].ID
		for n, part := range parts {
			k := codec.AppendChunkKey(nil, s.rec.Data, key[codec.HeaderBytes:], id, uint32(n))
			out.chunks = append(out.chunks, chunk{k, part})
		}
		datums[i] = codec.External(ref)
	}
	value, err := layout.Encode(nil, datums)
	out.value = value
	return out, err
}

// decode reads the columns named by their positions in the schema. get reads
// the chunks of large values.
func (s *schema) decode(ctx context.Context, key, value []byte, columns []int, get chunkReader) (sql.Row, error) {
	opened, err := s.layouts.Open(value)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.rec.Name, err)
	}
	row := make(sql.Row, len(columns))
	for i, ord := range columns {
		c := &s.cols[ord]
		d, err := opened.Column(c.id)
		if err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", s.rec.Name, c.def.Name, err)
		}
		if d.IsAbsent() {
			continue // only nullable columns without a default are added in place
		}
		if d.IsExternal() {
			if d, err = s.readChunks(ctx, key, c.id, d.External(), get); err != nil {
				return nil, fmt.Errorf("table %s, column %s: %w", s.rec.Name, c.def.Name, err)
			}
		}
		if row[i], err = c.storage.value(d); err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", s.rec.Name, c.def.Name, err)
		}
	}
	return row, nil
}

// chunkReader reads values in the order of keys, nil for an absent one, from the
// same state as the row.
type chunkReader func(ctx context.Context, keys [][]byte) ([][]byte, error)

func (s *schema) readChunks(ctx context.Context, key []byte, column uint16, ref codec.BlobRef, get chunkReader) (codec.Datum, error) {
	keys := make([][]byte, ref.Chunks())
	for n := range keys {
		keys[n] = codec.AppendChunkKey(nil, s.rec.Data, key[codec.HeaderBytes:], column, uint32(n))
	}
	chunks, err := get(ctx, keys)
	if err != nil {
		return codec.Datum{}, err
	}
	b, err := codec.JoinBlob(nil, ref, chunks)
	return codec.Bytes(b), err
}

// chunkKeys lists the keys of the chunks that belong to a stored row.
func (s *schema) chunkKeys(key, value []byte) ([][]byte, error) {
	opened, err := s.layouts.Open(value)
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	for i, c := range opened.Layout().Columns() {
		d, err := opened.At(i)
		if err != nil {
			return nil, err
		}
		if !d.IsExternal() {
			continue
		}
		for n := range d.External().Chunks() {
			keys = append(keys, codec.AppendChunkKey(nil, s.rec.Data, key[codec.HeaderBytes:], c.ID, uint32(n)))
		}
	}
	return keys, nil
}
