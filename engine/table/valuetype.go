package table

import (
	"reflect"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/proto/query"

	"github.com/lxdb/lxdb/engine/value"
)

// ValueType is a type of the SQL library as our evaluation knows it. It is false for
// types and collations that it does not know.
func ValueType(t sql.Type, nullable bool) (value.Type, bool) {
	out := value.Type{Nullable: nullable, Coercibility: value.Implicit, ASCII: true}
	kind, ok := valueKinds[t.Type()]
	if !ok {
		return out, false
	}
	out.Kind, out.Unsigned = kind.kind, kind.unsigned
	out.Length = kind.length
	if out.IsNumber() || out.IsTemporal() {
		out.Coercibility = value.Numeric
	}
	switch kind.kind {
	case value.TypeNull:
		return value.NullType, true
	case value.TypeFloat, value.TypeDouble:
		out.Scale = value.NotFixed
	case value.TypeDecimal:
		d, ok := t.(sql.DecimalType)
		if !ok {
			return out, false
		}
		out.Precision, out.Scale = d.Precision(), d.Scale()
		out.Length = uint32(out.Precision) + 2
	case value.TypeBit:
		if b, ok := t.(types.BitType); ok {
			out.Length = uint32(b.NumberOfBits())
		}
	case value.TypeDateTime, value.TypeTimestamp:
		if d, ok := t.(sql.DatetimeType); ok {
			out.Scale = uint8(d.Precision())
			if out.Scale > 0 {
				out.Length += uint32(out.Scale) + 1
			}
		}
	case value.TypeGeometry:
		if of, ok := t.(sql.SpatialColumnType); ok {
			out.SRID, out.OneSRID = of.GetSpatialTypeSRID()
			out.Shape = shapes[reflect.TypeOf(t)]
		}
	case value.TypeJSON:
		out.Collation, out.ASCII = value.CollationNamed("utf8mb4_bin"), false
	case value.TypeChar, value.TypeVarChar, value.TypeText, value.TypeEnum, value.TypeSet:
		return textType(out, t)
	}
	return out, true
}

// shapes are the types of columns that take one kind of geometry, by WKB's number of it.
var shapes = map[reflect.Type]uint8{
	reflect.TypeFor[types.PointType](): 1, reflect.TypeFor[types.LineStringType](): 2, reflect.TypeFor[types.PolygonType](): 3,
	reflect.TypeFor[types.MultiPointType](): 4, reflect.TypeFor[types.MultiLineStringType](): 5, reflect.TypeFor[types.MultiPolygonType](): 6,
	reflect.TypeFor[types.GeomCollType](): 7,
}

type valueKind struct {
	kind     value.Kind
	unsigned bool
	length   uint32 // as it is shown at most
}

var valueKinds = map[query.Type]valueKind{
	query.Type_NULL_TYPE: {kind: value.TypeNull},
	query.Type_INT8:      {value.TypeTinyInt, false, 4}, query.Type_UINT8: {value.TypeTinyInt, true, 3},
	query.Type_INT16: {value.TypeSmallInt, false, 6}, query.Type_UINT16: {value.TypeSmallInt, true, 5},
	query.Type_INT24: {value.TypeMediumInt, false, 9}, query.Type_UINT24: {value.TypeMediumInt, true, 8},
	query.Type_INT32: {value.TypeInt, false, 11}, query.Type_UINT32: {value.TypeInt, true, 10},
	query.Type_INT64: {value.TypeBigInt, false, 20}, query.Type_UINT64: {value.TypeBigInt, true, 20},
	query.Type_FLOAT32: {value.TypeFloat, false, 12}, query.Type_FLOAT64: {value.TypeDouble, false, 22},
	query.Type_DECIMAL: {kind: value.TypeDecimal}, query.Type_BIT: {kind: value.TypeBit},
	query.Type_YEAR: {value.TypeYear, true, 4}, query.Type_DATE: {value.TypeDate, false, 10},
	query.Type_TIME: {value.TypeTime, false, 10}, query.Type_DATETIME: {value.TypeDateTime, false, 19},
	query.Type_TIMESTAMP: {value.TypeTimestamp, false, 19},
	query.Type_CHAR:      {kind: value.TypeChar}, query.Type_BINARY: {kind: value.TypeChar},
	query.Type_VARCHAR: {kind: value.TypeVarChar}, query.Type_VARBINARY: {kind: value.TypeVarChar},
	query.Type_TEXT: {kind: value.TypeText}, query.Type_BLOB: {kind: value.TypeText},
	query.Type_ENUM: {kind: value.TypeEnum}, query.Type_SET: {kind: value.TypeSet},
	query.Type_JSON: {kind: value.TypeJSON}, query.Type_GEOMETRY: {kind: value.TypeGeometry},
}

// textType completes the type of a string, an ENUM or a SET.
func textType(out value.Type, t sql.Type) (value.Type, bool) {
	out.ASCII = false
	c, ok := t.(sql.TypeWithCollation)
	if !ok {
		return out, false
	}
	if isByteType(t) {
		out.Collation = value.BinaryCollation
	} else if out.Collation = value.CollationOf(uint16(c.Collation())); out.Collation == nil {
		return out, false
	}
	switch t := t.(type) {
	case sql.EnumType:
		members := t.Values()
		out.Members = &members
	case sql.SetType:
		members := t.Values()
		out.Members = &members
	case sql.StringType:
		out.Length = uint32(min(t.MaxCharacterLength(), 1<<32-1))
		if out.Kind == value.TypeText {
			out.Kind = textSize(t.MaxByteLength())
		}
	}
	return out, true
}

func textSize(bytes int64) value.Kind {
	switch {
	case bytes <= types.TinyTextBlobMax:
		return value.TypeTinyText
	case bytes <= types.TextBlobMax:
		return value.TypeText
	case bytes <= types.MediumTextBlobMax:
		return value.TypeMediumText
	}
	return value.TypeLongText
}

// columnTypes are those of a table's columns; nil for a table that has one that
// our evaluation does not know.
func (s *schema) valueTypes() []value.Type {
	s.typesOnce.Do(func() {
		list := make([]value.Type, len(s.cols))
		for i := range s.cols {
			if s.cols[i].storage.of == (value.Type{}) {
				return
			}
			list[i] = s.cols[i].storage.of
		}
		s.types = list
	})
	return s.types
}
