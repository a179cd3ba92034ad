package relation

import (
	"context"
	"fmt"
	"slices"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// encoded is a row ready to be written: the value, and what left it because it
// is too long for a row.
type encoded struct {
	value  []byte
	chunks []chunk
}

type chunk struct{ key, value []byte }

// encode makes the row value. key is the row's key.
func (s *Schema) encode(in *space, key []byte, row []codec.Datum) (encoded, error) {
	var out encoded
	layout := s.layouts.Newest()
	if !s.straight {
		placed := make([]codec.Datum, len(layout.Columns()))
		for i := range s.Columns {
			placed[s.Columns[i].place] = row[i]
		}
		row = placed
	}
	for n, i := range layout.Spill(nil, row) {
		if n == 0 && s.straight {
			row = slices.Clone(row) // it is the caller's
		}
		ref, parts, err := codec.SplitBlob(row[i].Bytes())
		if err != nil {
			return out, err
		}
		id := layout.Columns()[i].ID
		for n, part := range parts {
			k := codec.AppendChunkKey(nil, s.Record.Data, key[codec.HeaderBytes:], id, uint32(n))
			out.chunks = append(out.chunks, chunk{k, part})
		}
		row[i] = codec.External(ref)
	}
	value, err := layout.Encode(in.begin(), row)
	out.value = in.end(value)
	return out, err
}

// read sets dst to the projected columns of a stored row. Chunks of
// large values are read from the same state as the row. Columns that are younger than the row are NULL: only
// nullable ones without a default are added in place.
func (s *Schema) read(ctx context.Context, p *Projection, key, value []byte, dst []codec.Datum, chunks *View) error {
	if err := p.reads.Read(value, dst); err != nil {
		return fmt.Errorf("table %s: %w", s.Record.Name, err)
	}
	for i := range dst {
		switch {
		case dst[i].IsAbsent():
			dst[i] = codec.Null()
		case dst[i].IsExternal():
			c := &s.Columns[p.columns[i]]
			d, err := s.readChunks(ctx, key, c.ID, dst[i].External(), chunks)
			if err != nil {
				return fmt.Errorf("table %s, column %s: %w", s.Record.Name, c.Name, err)
			}
			dst[i] = d
		}
	}
	return nil
}

func (s *Schema) readChunks(ctx context.Context, key []byte, column uint16, ref codec.BlobRef, from *View) (codec.Datum, error) {
	keys := make([][]byte, ref.Chunks())
	for n := range keys {
		keys[n] = codec.AppendChunkKey(nil, s.Record.Data, key[codec.HeaderBytes:], column, uint32(n))
	}
	chunks, err := from.entries(ctx, keys)
	if err != nil {
		return codec.Datum{}, err
	}
	b, err := codec.JoinBlob(nil, ref, chunks)
	return codec.Bytes(b), err
}

// chunkKeys lists the keys of the chunks that belong to a stored row.
func (s *Schema) chunkKeys(key, value []byte) ([][]byte, error) {
	opened, err := s.layouts.Open(value)
	if err != nil || !opened.HasExternal() {
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
			keys = append(keys, codec.AppendChunkKey(nil, s.Record.Data, key[codec.HeaderBytes:], c.ID, uint32(n)))
		}
	}
	return keys, nil
}
