package table

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// indexDef is an index made ready for writing and scanning its keys. It is
// immutable.
type indexDef struct {
	id       uint16
	name     string
	comment  string
	unique   bool
	primary  bool
	prefixed bool // some part keeps only the beginning of its column
	ordered  bool // the order of the keys is the order of the values
	parts    []keyPart
}

// keyPart is one column of an index.
type keyPart struct {
	col    int // position in the schema
	field  codec.Field
	st     *storage
	prefix int // characters, or bytes of a byte string; 0 is the whole value
	limit  int // most bytes of weights; longer ones end in a hash
}

// Bytes of weights that the parts of a primary key and of a secondary index may
// have together. Both stand in one key, whose limit is kv.MaxKeyBytes; escaping
// and fixed-width parts take the rest.
const (
	primaryWeights   = 1600
	secondaryWeights = 1600
	hashBytes        = 16
)

func newIndexDef(s *schema, rec *catalog.Index) (*indexDef, error) {
	x := &indexDef{
		id: rec.ID, name: rec.Name, comment: rec.Comment,
		unique: rec.Unique || rec.Primary, primary: rec.Primary, ordered: true,
	}
	budget := secondaryWeights
	if rec.Primary {
		budget = primaryWeights
	}
	for _, c := range rec.Columns {
		at := s.columnByID(c.Column)
		if at < 0 {
			return nil, fmt.Errorf("no column %d", c.Column)
		}
		st := s.cols[at].storage
		if !st.ordered {
			return nil, fmt.Errorf("a column of type %s cannot be indexed", st.typ)
		}
		if st.kind == codec.KindText && rec.CollationVersion != weightsVersion {
			return nil, fmt.Errorf("its keys have version %d of the collations, this program %d; hint: export the table "+
				"with the program that wrote it and load it again", rec.CollationVersion, weightsVersion)
		}
		part := keyPart{
			col: at, st: st, prefix: int(c.Prefix), limit: budget / len(rec.Columns),
			field: codec.Field{
				Kind: st.kind, Width: uint8(st.width), Weigher: st.weigher, Desc: c.Desc,
				Nullable: !s.cols[at].notNull && !rec.Primary,
			},
		}
		x.prefixed = x.prefixed || part.prefix > 0
		x.ordered = x.ordered && part.prefix == 0 && !c.Desc && !part.mayExceed()
		x.parts = append(x.parts, part)
	}
	return x, nil
}

// mayExceed says whether some value of the column has more weights than the
// limit, so that its key is no longer in order.
func (p *keyPart) mayExceed() bool {
	st, ok := p.st.typ.(sql.StringType)
	if !ok {
		return false
	}
	each := int64(1)
	if p.st.kind == codec.KindText {
		each = 4
		if p.st.weigher != codec.Binary {
			each = 3 // three bytes reach past the largest weight in use; unknown characters have five, all equal
		}
	}
	return st.MaxCharacterLength()*each > int64(p.limit)
}

// appendValue appends a value of the SQL library.
func (p *keyPart) appendValue(ctx context.Context, dst []byte, v any) ([]byte, error) {
	d, err := p.st.datum(ctx, v)
	if err != nil {
		return dst, err
	}
	return p.append(dst, d)
}

// append appends the part of a key. Text and bytes over the limit are cut and
// end in a hash of the whole: equal values keep equal keys, which is what
// uniqueness needs, and a range over them is checked against the row.
func (p *keyPart) append(dst []byte, d codec.Datum) ([]byte, error) {
	if !p.variable() || d.IsNull() {
		return p.field.Append(dst, d)
	}
	from := len(dst)
	if p.field.Nullable {
		dst = codec.AppendNotNull(dst)
	}
	weights := p.weights(d.Bytes())
	if len(weights) > p.limit {
		sum := sha256.Sum256(weights)
		weights = append(weights[:p.limit-hashBytes:p.limit-hashBytes], sum[:hashBytes]...)
	}
	dst = codec.AppendBytes(dst, weights)
	if p.field.Desc {
		codec.Invert(dst, from)
	}
	return dst, nil
}

func (p *keyPart) variable() bool {
	return p.field.Kind == codec.KindText || p.field.Kind == codec.KindBytes
}

// weights returns what the part keeps of a value, uncut.
func (p *keyPart) weights(b []byte) []byte {
	if p.prefix > 0 {
		b = p.cut(b)
	}
	if p.field.Kind == codec.KindBytes || p.st.weigher == codec.Binary {
		return b
	}
	return p.st.weigher.AppendWeights(nil, string(b))
}

func (p *keyPart) cut(b []byte) []byte {
	if p.field.Kind == codec.KindBytes {
		return b[:min(p.prefix, len(b))]
	}
	at := 0
	for n := 0; n < p.prefix && at < len(b); n++ {
		_, size := utf8.DecodeRune(b[at:])
		at += size
	}
	return b[:at]
}

// inexact says whether the part's key of this value could be that of another
// value too.
func (p *keyPart) inexact(d codec.Datum) bool {
	return p.prefix > 0 || p.variable() && !d.IsNull() && len(p.weights(d.Bytes())) > p.limit
}

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

// entry makes the index entry of a row. datums are in the order of the newest
// layout; rowKey is the key of the row.
func (s *schema) entry(x *indexDef, datums []codec.Datum, rowKey []byte) (entry, error) {
	key := codec.AppendHeader(make([]byte, 0, 64), codec.SpaceData, s.rec.Data, x.id)
	null := false
	for i := range x.parts {
		p := &x.parts[i]
		d := datums[s.cols[p.col].place]
		null = null || d.IsNull()
		var err error
		if key, err = p.append(key, d); err != nil {
			return entry{}, fmt.Errorf("index %s: %w", x.name, err)
		}
	}
	suffix := rowKey[codec.HeaderBytes:]
	if x.unique && !null {
		value := append(append(make([]byte, 0, 1+len(suffix)), suffixInValue), suffix...)
		return entry{key, value, true}, nil
	}
	at := len(key)
	return entry{append(key, suffix...), []byte{suffixInKey, byte(at >> 8), byte(at)}, false}, nil
}

// entryRowKey returns the key of the row that an index entry stands for.
func (s *schema) entryRowKey(key, value []byte) ([]byte, error) {
	row := codec.AppendHeader(make([]byte, 0, 48), codec.SpaceData, s.rec.Data, codec.IndexRows)
	switch {
	case len(value) > 1 && value[0] == suffixInValue:
		return append(row, value[1:]...), nil
	case len(value) == 3 && value[0] == suffixInKey:
		if at := int(value[1])<<8 | int(value[2]); at < len(key) {
			return append(row, key[at:]...), nil
		}
	}
	return nil, fmt.Errorf("table %s: %w: index entry", s.rec.Name, codec.ErrCorruptKey)
}

// entries makes all secondary index entries of a row.
func (s *schema) entries(datums []codec.Datum, rowKey []byte) ([]entry, error) {
	out := make([]entry, len(s.indexes))
	for i, x := range s.indexes {
		e, err := s.entry(x, datums, rowKey)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func sortIndexes(list []*indexDef) {
	sort.Slice(list, func(i, j int) bool {
		return strings.ToLower(list[i].name) < strings.ToLower(list[j].name)
	})
}
