package table

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/proto/query"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// storage says how values of one SQL type are stored, and converts between the
// Go values of the SQL library and datums. It is immutable.
type storage struct {
	typ     sql.Type
	kind    codec.Kind
	width   int           // bytes; 0 for text and bytes
	weigher codec.Weigher // of text
	ordered bool          // the key order is the type's order, so it can be indexed
	toDatum func(v any) (codec.Datum, error)
	toValue func(d codec.Datum) (any, error)
	moment  bool // TIMESTAMP: kept in UTC, seen in the session's time zone
	shaped  bool // of has more than the library's type: see fit
	of      value.Type
}

// storageOf returns the storage of a column type, or an error for a type that
// has none.
func storageOf(t sql.Type) (*storage, error) {
	s := &storage{typ: t, ordered: true}
	switch t.Type() {
	case query.Type_INT8, query.Type_INT16, query.Type_INT24, query.Type_INT32, query.Type_INT64:
		s.integer(t.Type())
	case query.Type_UINT8, query.Type_UINT16, query.Type_UINT24, query.Type_UINT32, query.Type_UINT64:
		s.unsigned(t.Type())
	case query.Type_FLOAT32, query.Type_FLOAT64:
		s.float(t.Type() == query.Type_FLOAT32)
	case query.Type_DECIMAL:
		return s, s.decimal(t)
	case query.Type_DATE, query.Type_DATETIME, query.Type_TIMESTAMP:
		s.time(t.Type() == query.Type_DATE)
		s.moment = t.Type() == query.Type_TIMESTAMP
	case query.Type_TIME:
		s.timespan()
	case query.Type_YEAR:
		s.year()
	case query.Type_BIT, query.Type_ENUM, query.Type_SET:
		s.bits(t.Type())
	case query.Type_CHAR, query.Type_VARCHAR, query.Type_TEXT, query.Type_BINARY, query.Type_VARBINARY, query.Type_BLOB:
		s.text(t)
	case query.Type_JSON:
		s.json()
	case query.Type_GEOMETRY:
		s.geometry()
	default:
		return nil, fmt.Errorf("columns of type %s cannot be stored", t)
	}
	return s, nil
}

// relationType is what rows and keys know of the type.
func (s *storage) relationType() relation.Type {
	t := relation.Type{Name: s.typ.String(), Kind: s.kind, Width: s.width, Weigher: s.weigher, Weights: weightsVersion, Unordered: !s.ordered}
	if c, ok := s.typ.(sql.TypeWithCollation); ok && s.kind == codec.KindText {
		t.Former = formerWeigherOf(c.Collation())
		if of := value.CollationOf(uint16(c.Collation())); of != nil {
			t.Earlier = of.EarlierWeigher()
		}
	}
	if st, ok := s.typ.(sql.StringType); ok {
		t.Longest = st.MaxCharacterLength()
	}
	return t
}

// datum converts v, which may be any value that the type accepts.
func (s *storage) datum(ctx context.Context, v any) (codec.Datum, error) {
	d, err := s.convert(ctx, v)
	if err != nil || !s.shaped {
		return d, err
	}
	return s.fit(d, v)
}

func (s *storage) convert(ctx context.Context, v any) (codec.Datum, error) {
	if v == nil {
		return codec.Null(), nil
	}
	if clock, ok := v.(time.Time); ok && s.moment {
		packed, err := storedFrom(clock.UTC(), zoneOf(ctx))
		return codec.Uint(uint64(packed)), err
	}
	d, err := s.toDatum(v)
	if err != errWrongGoType {
		return d, err
	}
	// The library mostly hands over converted values, but not on every path.
	if v, err = sql.UnwrapAny(ctx, v); err != nil {
		return d, err
	}
	if r, ok := IntRangeOf(s.typ); ok {
		fitted, fits, number := r.Fit(v)
		if number && !fits {
			return d, sql.ErrValueOutOfRange.New(v, s.typ)
		}
		v = fitted
	}
	conv, inRange, err := s.typ.Convert(ctx, v)
	if err != nil {
		return d, err
	}
	if inRange != sql.InRange {
		return d, sql.ErrValueOutOfRange.New(v, s.typ)
	}
	if _, ok := conv.(time.Time); ok && s.moment {
		return s.convert(ctx, conv)
	}
	if d, err = s.toDatum(conv); err == errWrongGoType {
		return d, fmt.Errorf("type %s: unexpected Go value %T", s.typ, conv)
	}
	return d, err
}

// value converts back; the result is what the type's Convert gives.
func (s *storage) value(ctx context.Context, d codec.Datum) (any, error) {
	if d.IsNull() {
		return nil, nil
	}
	v, err := s.toValue(d)
	if t, ok := v.(time.Time); ok && s.moment && codec.DateTime(d.Uint()) != storedZero {
		return shownIn(t, zoneOf(ctx)), nil
	}
	return v, err
}

var errWrongGoType = fmt.Errorf("table: value of an unexpected Go type")

func (s *storage) integer(t query.Type) {
	s.kind = codec.KindInt
	s.width = intWidth(t)
	s.toDatum = func(v any) (codec.Datum, error) {
		switch v := v.(type) {
		case int8:
			return codec.Int(int64(v)), nil
		case int16:
			return codec.Int(int64(v)), nil
		case int32:
			return codec.Int(int64(v)), nil
		case int64:
			if codec.FitsInt(v, s.width) {
				return codec.Int(v), nil
			}
		}
		return codec.Datum{}, errWrongGoType
	}
	switch t {
	case query.Type_INT8:
		s.toValue = func(d codec.Datum) (any, error) { return int8(d.Int()), nil }
	case query.Type_INT16:
		s.toValue = func(d codec.Datum) (any, error) { return int16(d.Int()), nil }
	case query.Type_INT64:
		s.toValue = func(d codec.Datum) (any, error) { return d.Int(), nil }
	default:
		s.toValue = func(d codec.Datum) (any, error) { return int32(d.Int()), nil }
	}
}

func (s *storage) unsigned(t query.Type) {
	s.kind = codec.KindUint
	s.width = intWidth(t)
	s.toDatum = func(v any) (codec.Datum, error) {
		switch v := v.(type) {
		case uint8:
			return codec.Uint(uint64(v)), nil
		case uint16:
			return codec.Uint(uint64(v)), nil
		case uint32:
			return codec.Uint(uint64(v)), nil
		case uint64:
			if codec.FitsUint(v, s.width) {
				return codec.Uint(v), nil
			}
		}
		return codec.Datum{}, errWrongGoType
	}
	switch t {
	case query.Type_UINT8:
		s.toValue = func(d codec.Datum) (any, error) { return uint8(d.Uint()), nil }
	case query.Type_UINT16:
		s.toValue = func(d codec.Datum) (any, error) { return uint16(d.Uint()), nil }
	case query.Type_UINT64:
		s.toValue = func(d codec.Datum) (any, error) { return d.Uint(), nil }
	default:
		s.toValue = func(d codec.Datum) (any, error) { return uint32(d.Uint()), nil }
	}
}

func intWidth(t query.Type) int {
	switch t {
	case query.Type_INT8, query.Type_UINT8:
		return 1
	case query.Type_INT16, query.Type_UINT16:
		return 2
	case query.Type_INT24, query.Type_UINT24:
		return 3
	case query.Type_INT32, query.Type_UINT32:
		return 4
	}
	return 8
}

func (s *storage) float(single bool) {
	s.kind, s.width = codec.KindFloat, 8
	if single {
		s.width = 4
	}
	s.toDatum = func(v any) (codec.Datum, error) {
		switch v := v.(type) {
		case float32:
			return codec.Float(float64(v)), nil
		case float64:
			if single {
				v = float64(float32(v))
			}
			return codec.Float(v), nil
		}
		return codec.Datum{}, errWrongGoType
	}
	s.toValue = func(d codec.Datum) (any, error) {
		if single {
			return float32(d.Float()), nil
		}
		return d.Float(), nil
	}
}

func (s *storage) decimal(t sql.Type) error {
	dt, ok := t.(sql.DecimalType)
	if !ok {
		return fmt.Errorf("columns of type %s cannot be stored", t)
	}
	precision, scale := int(dt.Precision()), int32(dt.Scale())
	if s.kind, s.width, ok = codec.DecimalKind(precision); !ok {
		return fmt.Errorf("columns of type %s cannot be stored", t)
	}
	s.toDatum = func(v any) (codec.Datum, error) {
		d, ok := v.(decimal.Decimal)
		if !ok {
			return codec.Datum{}, errWrongGoType
		}
		d = d.Round(scale)
		unscaled := d.Coefficient()
		if up := d.Exponent() + scale; up > 0 {
			unscaled.Mul(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(up)), nil))
		} else if up < 0 { // Round left trailing digits beyond the scale: they are zeros
			unscaled.Quo(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-up)), nil))
		}
		return codec.Decimal(nil, unscaled, precision)
	}
	s.toValue = func(d codec.Datum) (any, error) {
		unscaled, err := d.Decimal(precision)
		if err != nil {
			return nil, err
		}
		return decimal.NewFromBigInt(unscaled, -scale), nil
	}
	return nil
}

// time stores the wall clock, which the library takes for that of UTC.
func (s *storage) time(date bool) {
	s.kind, s.width = codec.KindUint, codec.DateTimeWidth
	if date {
		s.width = codec.DateWidth
	}
	s.toDatum = func(v any) (codec.Datum, error) {
		t, ok := v.(time.Time)
		if !ok {
			return codec.Datum{}, errWrongGoType
		}
		packed, err := codec.DateTimeOf(t.UTC())
		if err != nil {
			return codec.Datum{}, err
		}
		if date {
			return codec.Uint(uint64(packed.Date())), nil
		}
		return codec.Uint(uint64(packed)), nil
	}
	s.toValue = func(d codec.Datum) (any, error) {
		packed := codec.DateTime(d.Uint())
		if date {
			packed = codec.Date(d.Uint()).DateTime()
		}
		t, ok := packed.Time(time.UTC)
		if !ok {
			return nil, fmt.Errorf("type %s: stored date %d does not exist", s.typ, d.Uint())
		}
		return t, nil
	}
}

func (s *storage) timespan() {
	s.kind, s.width = codec.KindInt, codec.TimeWidth
	s.toDatum = func(v any) (codec.Datum, error) {
		if t, ok := v.(types.Timespan); ok {
			return codec.Int(int64(t)), nil
		}
		return codec.Datum{}, errWrongGoType
	}
	s.toValue = func(d codec.Datum) (any, error) { return types.Timespan(d.Int()), nil }
}

func (s *storage) year() {
	s.kind, s.width = codec.KindUint, codec.YearWidth
	s.toDatum = func(v any) (codec.Datum, error) {
		if y, ok := v.(int16); ok && y >= 0 {
			return codec.Uint(uint64(y)), nil
		}
		return codec.Datum{}, errWrongGoType
	}
	s.toValue = func(d codec.Datum) (any, error) { return int16(d.Uint()), nil }
}

// bits stores BIT as a number, ENUM as the member's index, SET as a bit set.
func (s *storage) bits(t query.Type) {
	s.kind, s.width = codec.KindUint, codec.SetWidth
	if t == query.Type_ENUM {
		s.width = codec.EnumWidth
	}
	s.toDatum = func(v any) (codec.Datum, error) {
		switch v := v.(type) {
		case uint16:
			if t == query.Type_ENUM {
				return codec.Uint(uint64(v)), nil
			}
		case uint64:
			if t != query.Type_ENUM {
				return codec.Uint(v), nil
			}
		}
		return codec.Datum{}, errWrongGoType
	}
	s.toValue = func(d codec.Datum) (any, error) {
		if t == query.Type_ENUM {
			return uint16(d.Uint()), nil
		}
		return d.Uint(), nil
	}
}

func (s *storage) text(t sql.Type) {
	if isByteType(t) {
		s.kind = codec.KindBytes
		s.toDatum = func(v any) (codec.Datum, error) {
			switch v := v.(type) {
			case []byte:
				return codec.Bytes(v), nil
			case string:
				return codec.Bytes([]byte(v)), nil
			}
			return codec.Datum{}, errWrongGoType
		}
		s.toValue = func(d codec.Datum) (any, error) { return append([]byte{}, d.Bytes()...), nil }
		return
	}
	s.kind = codec.KindText
	s.weigher = weigherOf(t.(sql.TypeWithCollation).Collation())
	s.toDatum = func(v any) (codec.Datum, error) {
		switch v := v.(type) {
		case string:
			return codec.Bytes([]byte(v)), nil
		case []byte:
			return codec.Bytes(v), nil
		}
		return codec.Datum{}, errWrongGoType
	}
	s.toValue = func(d codec.Datum) (any, error) { return string(d.Bytes()), nil }
}

// json stores the document as text.
func (s *storage) json() {
	s.kind, s.ordered = codec.KindBytes, false
	s.toDatum = func(v any) (codec.Datum, error) {
		switch v := v.(type) {
		case Document:
			return codec.Bytes(v.AppendStored(nil)), nil
		case sql.JSONWrapper:
			b, err := types.MarshallJson(v)
			return codec.Bytes(b), err
		}
		return codec.Datum{}, errWrongGoType
	}
	s.toValue = func(d codec.Datum) (any, error) {
		j, err := value.ParseStoredJSON(d.Bytes())
		if err != nil {
			return nil, fmt.Errorf("stored JSON: %w", err)
		}
		return Document{j}, nil
	}
}

// Document is a document of ours as a value of the library's: no decimal and no date in it
// becomes something else on the way.
type Document struct{ *value.JSON }

// Clone is the document itself, which nobody changes.
func (d Document) Clone(context.Context) sql.JSONWrapper { return d }

// ToInterface is the document as the library computes with it.
func (d Document) ToInterface() (any, error) {
	v, err := decodeJSON(d.Append(nil))
	if err != nil {
		return nil, err
	}
	return v.Val, nil
}

// GetBytes is its text.
func (d Document) GetBytes() ([]byte, error) { return d.Append(nil), nil }

// decodeJSON reads a document as the library's Convert does, with numbers as
// float64, except integers that a float64 would round.
func decodeJSON(b []byte) (types.JSONDocument, error) {
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return types.JSONDocument{}, fmt.Errorf("stored JSON: %w", err)
	}
	return types.JSONDocument{Val: jsonNumbers(v)}, nil
}

func jsonNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return jsonNumber(string(v))
	case []any:
		for i := range v {
			v[i] = jsonNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = jsonNumbers(v[k])
		}
	}
	return v
}

func jsonNumber(text string) any {
	const exact = 1 << 53
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && (i > exact || i < -exact) {
		return i
	}
	if u, err := strconv.ParseUint(text, 10, 64); err == nil && u > math.MaxInt64 {
		return u
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil { // out of range: keep what was written
		return text
	}
	return f
}

// geometry stores the library's own serialization: SRID and WKB.
func (s *storage) geometry() {
	s.kind, s.ordered = codec.KindBytes, false
	s.toDatum = func(v any) (codec.Datum, error) {
		g, ok := v.(types.GeometryValue)
		if !ok {
			return codec.Datum{}, errWrongGoType
		}
		return codec.Bytes(g.Serialize()), nil
	}
	s.toValue = func(d codec.Datum) (any, error) {
		v, _, err := types.GeometryType{}.Convert(context.Background(), d.Bytes())
		return v, err
	}
}
