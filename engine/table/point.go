package table

import (
	"bytes"
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/proto/query"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// Point reads whole rows by their primary key without the library's iterators:
// for statements that are compiled once and run often. It belongs to one
// definition of the table and is immutable; whoever keeps one compares Record
// with the newest catalog record under the shared metadata lock.
type Point struct {
	store  *Store
	schema *schema
	show   *relation.Projection
	direct []direct // by position in show
}

// direct says how a column's datum becomes a session.Value without a detour
// through the library's types.
type direct uint8

const (
	viaLibrary direct = iota
	directInt
	directUint
	directText
	directDouble
)

// Point returns the reader for the columns at these positions of the table's
// (projected) schema. It is false for a table without a primary key, for one
// with a prefix in it, and for one that has to show whole rows because some of
// its columns are computed.
func (t *Table) Point(columns []int) (*Point, bool) {
	s := t.schema
	if s.Primary == nil || s.Primary.Prefixed || s.Primary.Former || s.sql.HasVirtualColumns() {
		return nil, false
	}
	shown := t.columns()
	show := make([]int, len(columns))
	p := &Point{store: t.store, schema: s, direct: make([]direct, len(columns))}
	for i, c := range columns {
		if c < 0 || c >= len(shown) {
			return nil, false
		}
		show[i] = shown[c]
		p.direct[i] = directly(s.cols[show[i]].def.Type)
	}
	for _, c := range s.pk {
		if keyKind(s.cols[c].storage) == session.Null {
			return nil, false
		}
	}
	p.show = s.Projection(show)
	return p, true
}

func directly(t sql.Type) direct {
	switch t.Type() {
	case query.Type_INT8, query.Type_INT16, query.Type_INT24, query.Type_INT32, query.Type_INT64:
		return directInt
	case query.Type_UINT8, query.Type_UINT16, query.Type_UINT24, query.Type_UINT32, query.Type_UINT64:
		return directUint
	case query.Type_CHAR, query.Type_VARCHAR, query.Type_TEXT:
		return directText
	case query.Type_FLOAT64:
		return directDouble
	}
	return viaLibrary
}

// keyKind is the kind of bound value that a key part takes as it is; Null when
// there is none.
func keyKind(st *storage) session.Kind {
	switch directly(st.typ) {
	case directInt:
		return session.Int
	case directUint:
		return session.Uint
	case directText:
		if st.typ.Type() != query.Type_TEXT {
			return session.Bytes
		}
	}
	return session.Null
}

// IsPrimary reports whether the index is that of the primary key.
func (i *Index) IsPrimary() bool { return i.def.Primary }

// Record is the catalog record that the reader was made for.
func (p *Point) Record() *catalog.Table { return p.schema.rec }

// KeyColumns are the names of the primary key's columns in the order of the
// key.
func (p *Point) KeyColumns() []string {
	out := make([]string, len(p.schema.pk))
	for i, c := range p.schema.pk {
		out[i] = p.schema.cols[c].def.Name
	}
	return out
}

// AppendKey appends the key of the row whose primary key has these values, in the order
// of KeyColumns. It is false for a value that is not one of the column's as it
// stands (another type, out of range, too long, NULL): what comparing with it
// means is the planner's business.
func (p *Point) AppendKey(ctx context.Context, dst []byte, values []session.Value) ([]byte, bool) {
	s := p.schema
	if len(values) != len(s.pk) {
		return dst, false
	}
	var few [4]codec.Datum
	datums := few[:0]
	for i, v := range values {
		d, ok := bound(ctx, &s.Primary.Parts[i], s.cols[s.pk[i]].storage, v)
		if !ok {
			return dst, false
		}
		datums = append(datums, d)
	}
	dst, err := s.AppendRowKey(dst, datums)
	return dst, err == nil
}

// bound converts a bound value to the datum of a part of the key, if that loses
// nothing.
func bound(ctx context.Context, p *relation.Part, st *storage, v session.Value) (codec.Datum, bool) {
	switch keyKind(st) {
	case session.Int:
		i := v.Int()
		if v.Kind() != session.Int && (v.Kind() != session.Uint || i < 0) || !codec.FitsInt(i, st.width) {
			return codec.Datum{}, false
		}
		return codec.Int(i), true
	case session.Uint:
		u := v.Uint()
		if v.Kind() != session.Uint && (v.Kind() != session.Int || v.Int() < 0) || !codec.FitsUint(u, st.width) {
			return codec.Datum{}, false
		}
		return codec.Uint(u), true
	case session.Bytes:
		return boundText(ctx, p, st, v)
	}
	return codec.Datum{}, false
}

func boundText(ctx context.Context, p *relation.Part, st *storage, v session.Value) (codec.Datum, bool) {
	if v.Kind() != session.Bytes || !utf8.Valid(v.Bytes()) {
		return codec.Datum{}, false
	}
	conv, inRange, err := st.typ.Convert(ctx, string(v.Bytes()))
	if err != nil || inRange != sql.InRange || conv == nil {
		return codec.Datum{}, false
	}
	d, err := st.datum(ctx, conv)
	if err != nil || p.Inexact(d) {
		return codec.Datum{}, false
	}
	return d, true
}

// Converter makes the value of column i of the result from one of the library.
type Converter func(i int, v any) (session.Value, error)

// Rows reads the rows with these keys from the transaction's snapshot under the
// guard and calls emit for each one that exists, in the order of the keys. Keys
// may be given in any order and more than once; they are sorted in place. The
// values passed to emit are its own; those of the first row stand in space, if it has room for them.
func (p *Point) Rows(ctx context.Context, txn *kivi.Txn, g kivi.Guard, keys [][]byte, space session.Row, conv Converter, emit func(session.Row)) error {
	if err := p.store.within(txn, p.schema.rec); err != nil {
		return err
	}
	h := relation.Open(txn, p.schema.Schema, g, relation.Query, nil)
	visit := func(datums []codec.Datum) error {
		row := space
		if space = nil; cap(row) < len(datums) {
			row = make(session.Row, len(datums))
		}
		row = row[:len(datums)]
		err := p.row(ctx, datums, conv, len(keys) > 1, row)
		if err == nil {
			emit(row)
		}
		return err
	}
	if len(keys) == 1 {
		return h.One(ctx, keys[0], p.show, visit)
	}
	return h.View(kivi.Read, relation.Snapshot).Get(ctx, keys, p.show, visit)
}

func (p *Point) row(ctx context.Context, datums []codec.Datum, conv Converter, shared bool, row session.Row) (err error) {
	for i, d := range datums {
		if d.IsNull() {
			continue
		}
		switch p.direct[i] {
		case directInt:
			row[i] = session.IntValue(d.Int())
		case directUint:
			row[i] = session.UintValue(d.Uint())
		case directText:
			b := d.Bytes()
			if shared {
				b = bytes.Clone(b)
			}
			row[i] = session.BytesValue(b)
		case directDouble:
			row[i] = session.Float64Value(d.Float())
		default:
			c := &p.schema.cols[p.show.Columns()[i]]
			val, err := c.storage.value(ctx, d)
			if err != nil {
				return fmt.Errorf("table %s, column %s: %w", p.schema.rec.Name, c.def.Name, err)
			}
			if row[i], err = conv(i, val); err != nil {
				return err
			}
		}
	}
	return nil
}

// MetaLockWait is how long a statement of this session waits for the definition
// of a table.
func MetaLockWait(ctx *sql.Context) time.Duration { return metaLockWait(ctx) }
