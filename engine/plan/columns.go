package plan

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	querypb "github.com/dolthub/vitess/go/vt/proto/query"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// columnTypes maps the library's type codes to ours.
var columnTypes = map[querypb.Type]session.Type{
	sqltypes.Null: session.TypeNull,
	sqltypes.Int8: session.TypeTinyInt, sqltypes.Uint8: session.TypeTinyInt,
	sqltypes.Int16: session.TypeSmallInt, sqltypes.Uint16: session.TypeSmallInt,
	sqltypes.Int24: session.TypeMediumInt, sqltypes.Uint24: session.TypeMediumInt,
	sqltypes.Int32: session.TypeInt, sqltypes.Uint32: session.TypeInt,
	sqltypes.Int64: session.TypeBigInt, sqltypes.Uint64: session.TypeBigInt,
	sqltypes.Float32: session.TypeFloat, sqltypes.Float64: session.TypeDouble, sqltypes.Decimal: session.TypeDecimal,
	sqltypes.Date: session.TypeDate, sqltypes.Time: session.TypeTime, sqltypes.Datetime: session.TypeDateTime,
	sqltypes.Timestamp: session.TypeTimestamp, sqltypes.Year: session.TypeYear,
	sqltypes.Char: session.TypeChar, sqltypes.Binary: session.TypeChar,
	sqltypes.VarChar: session.TypeVarChar, sqltypes.VarBinary: session.TypeVarChar,
	sqltypes.Text: session.TypeText, sqltypes.Blob: session.TypeText,
	sqltypes.Enum: session.TypeEnum, sqltypes.Set: session.TypeSet, sqltypes.Bit: session.TypeBit,
	sqltypes.TypeJSON: session.TypeJSON, sqltypes.Geometry: session.TypeGeometry,
}

const (
	charsetBinary  = 63
	CharsetUTF8MB4 = 255 // utf8mb4_0900_ai_ci
)

// ColumnsOf describes a result to the front end.
func ColumnsOf(ctx *sql.Context, schema sql.Schema) []session.Column {
	out := make([]session.Column, len(schema))
	for i, c := range schema {
		out[i] = columnOf(ctx, c)
	}
	return out
}

func columnOf(ctx *sql.Context, c *sql.Column) session.Column {
	col := session.Column{
		Name: strings.TrimSuffix(c.Name, sqlerr.Nothing), OrgName: strings.TrimSuffix(c.Name, sqlerr.Nothing), Table: c.Source, OrgTable: c.Source, Database: c.DatabaseSource,
		Type:          columnTypes[c.Type.Type()],
		Unsigned:      types.IsUnsigned(c.Type),
		Charset:       charsetBinary,
		Length:        c.Type.MaxTextResponseByteLength(ctx),
		NotNull:       !c.Nullable,
		PrimaryKey:    c.PrimaryKey,
		AutoIncrement: c.AutoIncrement,
	}
	if n, ok := c.Type.(sql.NumberType); ok && n.DisplayWidth() == 1 {
		col.Length = 1 // TINYINT(1), which drivers take for a boolean by that
	}
	col.Binary = types.IsBinaryType(c.Type)
	switch t := c.Type.(type) {
	case sql.DecimalType:
		col.Decimals = t.Scale()
	case sql.DatetimeType:
		col.Decimals = uint8(t.Precision())
	}
	if types.IsFloat(c.Type) || types.IsTimespan(c.Type) {
		col.Decimals = 31 // not fixed; the library's TIME forgets how many digits it was declared with
	}
	if isText(c.Type) && !col.Binary {
		col.Charset = CharsetUTF8MB4
		asText(&col, c.Type)
	}
	if types.IsTextBlob(c.Type) {
		col.Type = blobSize(c.Type)
	}
	return col
}

// asText counts the bytes that a text has when it is shown in utf8mb4; the library has those of its own character set, and
// of a TEXT those of character_set_results.
func asText(col *session.Column, t sql.Type) {
	of, ok := t.(sql.TypeWithCollation)
	if !ok || types.IsJSON(t) {
		return
	}
	set := of.Collation().CharacterSet()
	if col.Charset = uint16(of.Collation()); set == sql.CharacterSet_Unspecified || col.Charset == 0 {
		col.Charset = CharsetUTF8MB4
		return
	}
	length, width := uint64(col.Length), uint64(max(set.MaxLength(), 1))
	if s, is := t.(sql.StringType); is && types.IsTextBlob(t) {
		length, width = uint64(s.MaxByteLength()), 1
	}
	col.Length = uint32(min(length/width*4, 1<<32-1))
}

func isText(t sql.Type) bool {
	return types.IsText(t) || types.IsEnum(t) || types.IsSet(t) || types.IsJSON(t)
}

// blobSize tells the four TEXT and BLOB types apart.
func blobSize(t sql.Type) session.Type {
	s, ok := t.(sql.StringType)
	if !ok {
		return session.TypeText
	}
	switch n := s.MaxByteLength(); {
	case n <= types.TinyTextBlobMax:
		return session.TypeTinyText
	case n <= types.TextBlobMax:
		return session.TypeText
	case n <= types.MediumTextBlobMax:
		return session.TypeMediumText
	}
	return session.TypeLongText
}
