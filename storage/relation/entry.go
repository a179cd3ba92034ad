package relation

import (
	"crypto/sha256"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// contentIndex is the index of a table without primary key that finds a row by
// what is in it: the SQL library names the row to delete by its values.
const contentIndex = codec.IndexLast + 1

// entry is an index entry: its key, and the value, which leads to the row.
type entry struct {
	key, value []byte
	unique     bool // the key alone identifies it: a duplicate is a violation
}

// How the value of an index entry leads to the row's key.
const (
	suffixInKey   byte = 0 // u16: where the datums of the primary key begin in the entry's key
	suffixInValue byte = 1 // the datums follow
)

// AppendKey appends the beginning of every key of an index.
func (s *Schema) AppendKey(dst []byte, index uint16) []byte {
	return codec.AppendHeader(dst, codec.SpaceData, s.Record.Data, index)
}

// RowKey is the key of the row with these primary key values, in the order of
// the key.
func (s *Schema) RowKey(values []codec.Datum) ([]byte, error) { return s.rowKey(nil, values, false) }

// AppendRowKey appends what RowKey makes.
func (s *Schema) AppendRowKey(dst []byte, values []codec.Datum) ([]byte, error) {
	return s.rowKey(dst, values, false)
}

func (s *Schema) rowKey(dst []byte, values []codec.Datum, wholeRow bool) ([]byte, error) {
	if dst == nil {
		dst = make([]byte, 0, 48)
	}
	key := s.AppendKey(dst, codec.IndexRows)
	for i := range s.Primary.Parts {
		p := &s.Primary.Parts[i]
		at := i
		if wholeRow {
			at = p.Column
		}
		var err error
		if key, err = p.Append(key, values[at]); err != nil {
			return nil, fmt.Errorf("column %s: %w", s.Columns[p.Column].Name, err)
		}
	}
	return key, nil
}

// entry makes the index entry of a row.
func (s *Schema) entry(in *space, x *Index, row []codec.Datum, rowKey []byte) (entry, error) {
	key := s.AppendKey(in.begin(), x.ID)
	null := false
	for i := range x.Parts {
		p := &x.Parts[i]
		d := row[p.Column]
		null = null || d.IsNull()
		var err error
		if key, err = p.Append(key, d); err != nil {
			return entry{}, fmt.Errorf("index %s: %w", x.Name, err)
		}
	}
	suffix := rowKey[codec.HeaderBytes:]
	if x.Unique && !null {
		key = in.end(key)
		value := in.end(append(append(in.begin(), suffixInValue), suffix...))
		return entry{key, value, true}, nil
	}
	at := len(key)
	key = in.end(append(key, suffix...))
	return entry{key, in.end(append(in.begin(), suffixInKey, byte(at>>8), byte(at))), false}, nil
}

// entries appends all secondary index entries of a row.
func (s *Schema) entries(out []entry, in *space, row []codec.Datum, rowKey []byte) ([]entry, error) {
	for _, x := range s.Indexes {
		e, err := s.entry(in, x, row, rowKey)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// entryRowKey returns the key of the row that an index entry stands for.
func (s *Schema) entryRowKey(key, value []byte) ([]byte, error) {
	row := s.AppendKey(make([]byte, 0, 48), codec.IndexRows)
	switch {
	case len(value) > 1 && value[0] == suffixInValue:
		return append(row, value[1:]...), nil
	case len(value) == 3 && value[0] == suffixInKey:
		if at := int(value[1])<<8 | int(value[2]); at < len(key) {
			return append(row, key[at:]...), nil
		}
	}
	return nil, fmt.Errorf("table %s: %w: index entry", s.Record.Name, codec.ErrCorruptKey)
}

// contentEntry is the entry that finds a row of a table without primary key. A
// hash is enough: rows of equal content are equal to whoever deletes one. Long
// values count with the checksum in their reference.
func (s *Schema) contentEntry(rowKey, value []byte) entry {
	key := s.contentPrefix(value)
	at := len(key)
	key = append(key, rowKey[codec.HeaderBytes:]...)
	return entry{key: key, value: []byte{suffixInKey, byte(at >> 8), byte(at)}}
}

func (s *Schema) contentPrefix(value []byte) []byte {
	key := s.AppendKey(make([]byte, 0, 48), contentIndex)
	sum := sha256.Sum256(value)
	return append(key, sum[:hashBytes]...)
}
