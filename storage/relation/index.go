package relation

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"unicode/utf8"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Index is an index made ready for writing and scanning its keys. It is
// immutable.
type Index struct {
	ID       uint16
	Name     string
	Comment  string
	Unique   bool
	Primary  bool
	Prefixed bool // some part keeps only the beginning of its column
	Ordered  bool // the order of the keys is the order of the values
	Former   bool // it keeps the weights of an earlier version: texts are not in the order that they compare in
	Parts    []Part
}

// Part is one column of an index.
type Part struct {
	Column int // position in the schema
	Field  codec.Field
	Prefix int // characters, or bytes of a byte string; 0 is the whole value
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

func newIndex(s *Schema, rec *catalog.Index) (*Index, error) {
	x := &Index{
		ID: rec.ID, Name: rec.Name, Comment: rec.Comment,
		Unique: rec.Unique || rec.Primary, Primary: rec.Primary, Ordered: true,
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
		col := &s.Columns[at]
		if col.Unordered {
			return nil, fmt.Errorf("a column of type %s cannot be indexed", col.Type.Name)
		}
		weigher := col.Weigher
		switch {
		case col.Kind != codec.KindText || rec.CollationVersion == col.Weights:
		case col.Earlier != nil && rec.CollationVersion == col.Weights-1:
			x.Ordered = x.Ordered && col.Earlier == weigher
			weigher = col.Earlier
		case col.Former != nil && rec.CollationVersion == col.Weights-2:
			weigher, x.Former = col.Former, true
		default:
			return nil, fmt.Errorf("its keys have version %d of the collations, this program %d; hint: export the table "+
				"with the program that wrote it and load it again", rec.CollationVersion, col.Weights)
		}
		part := Part{
			Column: at, Prefix: int(c.Prefix), limit: budget / len(rec.Columns),
			Field: codec.Field{
				Kind: col.Kind, Width: uint8(col.Width), Weigher: weigher, Desc: c.Desc,
				Nullable: !col.NotNull && !rec.Primary,
			},
		}
		x.Prefixed = x.Prefixed || part.Prefix > 0
		x.Ordered = x.Ordered && part.Prefix == 0 && !c.Desc && !part.mayExceed(col.Longest)
		x.Parts = append(x.Parts, part)
	}
	return x, nil
}

// mayExceed says whether some value of the column has more weights than the
// limit, so that its key is no longer in order.
func (p *Part) mayExceed(longest int64) bool {
	each := int64(1)
	if p.Field.Kind == codec.KindText {
		each = int64(p.Field.Weigher.Most())
		longest++ // its end
	}
	return longest*each > int64(p.limit)
}

// Append appends the part of a key. Text and bytes over the limit are cut and
// end in a hash of the whole: equal values keep equal keys, which is what
// uniqueness needs, and a range over them is checked against the row.
func (p *Part) Append(dst []byte, d codec.Datum) ([]byte, error) {
	if !p.variable() || d.IsNull() {
		return p.Field.Append(dst, d)
	}
	from := len(dst)
	if p.Field.Nullable {
		dst = codec.AppendNotNull(dst)
	}
	weights := p.whole(d.Bytes())
	if len(weights) > p.limit {
		sum := sha256.Sum256(weights)
		weights = append(weights[:p.limit-hashBytes:p.limit-hashBytes], sum[:hashBytes]...)
	}
	dst = codec.AppendBytes(dst, weights)
	if p.Field.Desc {
		codec.Invert(dst, from)
	}
	return dst, nil
}

// Stem appends what the keys of all values have in common that begin with d, text
// or bytes. Of a long d it is the beginning that keys keep.
func (p *Part) Stem(dst []byte, d codec.Datum) []byte {
	from := len(dst)
	if p.Field.Nullable {
		dst = codec.AppendNotNull(dst)
	}
	weights := p.weights(d.Bytes())
	weights = weights[:min(len(weights), max(0, p.limit-hashBytes))]
	at := len(dst)
	dst = codec.AppendBytes(dst, weights)
	dst = dst[:max(at, len(dst)-codec.EndMarkBytes)]
	if p.Field.Desc {
		codec.Invert(dst, from)
	}
	return dst
}

func (p *Part) variable() bool {
	return p.Field.Kind == codec.KindText || p.Field.Kind == codec.KindBytes
}

// whole returns what the part keeps of a value, uncut.
func (p *Part) whole(b []byte) []byte { return p.weighed(b, true) }

// weights are those that all values have which begin with this one.
func (p *Part) weights(b []byte) []byte { return p.weighed(b, false) }

func (p *Part) weighed(b []byte, ends bool) []byte {
	if p.Prefix > 0 {
		b = p.cut(b)
	}
	if p.Field.Kind == codec.KindBytes || p.Field.Weigher == codec.Binary {
		return b
	}
	if p.Field.Weigher.PadSpace() {
		b = bytes.TrimRight(b, " ")
	}
	s := string(b)
	weights := p.Field.Weigher.AppendWeights(nil, s)
	if ends {
		weights = p.Field.Weigher.AppendEnd(weights, s)
	}
	return weights
}

func (p *Part) cut(b []byte) []byte {
	if p.Field.Kind == codec.KindBytes {
		return b[:min(p.Prefix, len(b))]
	}
	at := 0
	for n := 0; n < p.Prefix && at < len(b); n++ {
		_, size := utf8.DecodeRune(b[at:])
		at += size
	}
	return b[:at]
}

// Inexact says whether the part's key of this value could be that of another
// value too.
func (p *Part) Inexact(d codec.Datum) bool {
	return p.Prefix > 0 || p.variable() && !d.IsNull() && len(p.whole(d.Bytes())) > p.limit
}
