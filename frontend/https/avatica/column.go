package avatica

import (
	"math"
	"strconv"

	"github.com/lxdb/lxdb/engine/session"
)

// Type is how clients see a SQL type. Each client looks at another part of it: Java's at
// the id and the rep, phoenixdb at the id, Go's at the name. Ids of JDBC that some of
// them cannot read (CHAR, CLOB, BLOB, …) are not used.
type Type struct {
	id    int32 // of java.sql.Types
	name  string
	rep   Rep
	class string // Java's
	cell  cell
	// signed is meant for numbers.
	signed bool
}

var (
	typeNull      = &Type{0, "NULL", RepObject, "java.lang.Object", cellText, false}
	typeTinyInt   = &Type{-6, "TINYINT", RepPrimitiveByte, "java.lang.Byte", cellByte, true}
	typeSmallInt  = &Type{5, "SMALLINT", RepPrimitiveShort, "java.lang.Short", cellShort, true}
	typeInteger   = &Type{4, "INTEGER", RepPrimitiveInt, "java.lang.Integer", cellInt, true}
	typeBigInt    = &Type{-5, "BIGINT", RepPrimitiveLong, "java.lang.Long", cellLong, true}
	typeDecimal   = &Type{3, "DECIMAL", RepNumber, "java.math.BigDecimal", cellDecimal, true}
	typeReal      = &Type{7, "REAL", RepFloat, "java.lang.Float", cellDouble, true}
	typeDouble    = &Type{8, "DOUBLE", RepPrimitiveDouble, "java.lang.Double", cellDouble, true}
	typeVarchar   = &Type{12, "VARCHAR", RepString, "java.lang.String", cellText, false}
	typeVarbinary = &Type{-3, "VARBINARY", RepByteString, "[B", cellBytes, false}
	typeDate      = &Type{91, "DATE", RepPrimitiveInt, "java.sql.Date", cellDate, false}
	typeTime      = &Type{92, "TIME", RepPrimitiveInt, "java.sql.Time", cellTime, false}
	typeTimestamp = &Type{93, "TIMESTAMP", RepPrimitiveLong, "java.sql.Timestamp", cellTimestamp, false}
	typeBoolean   = &Type{16, "BOOLEAN", RepBoolean, "java.lang.Boolean", cellBool, false}
)

// TypeOf finds the type that clients see of a column. An unsigned type is the next
// larger signed one.
func TypeOf(c *session.Column) *Type {
	switch c.Type {
	case session.TypeNull:
		return typeNull
	case session.TypeTinyInt:
		if c.Unsigned {
			return typeSmallInt
		}
		return typeTinyInt
	case session.TypeSmallInt:
		if c.Unsigned {
			return typeInteger
		}
		return typeSmallInt
	case session.TypeYear:
		return typeSmallInt
	case session.TypeMediumInt:
		return typeInteger
	case session.TypeInt:
		if c.Unsigned {
			return typeBigInt
		}
		return typeInteger
	case session.TypeBigInt:
		if c.Unsigned {
			return typeDecimal
		}
		return typeBigInt
	case session.TypeDecimal:
		return typeDecimal
	case session.TypeFloat:
		return typeReal
	case session.TypeDouble:
		return typeDouble
	case session.TypeDate:
		return typeDate
	case session.TypeTime:
		return typeTime
	case session.TypeDateTime, session.TypeTimestamp:
		return typeTimestamp
	case session.TypeBit, session.TypeGeometry:
		return typeVarbinary
	case session.TypeEnum, session.TypeSet, session.TypeJSON:
		return typeVarchar
	}
	if c.Binary {
		return typeVarbinary
	}
	return typeVarchar
}

// Boolean is the type of the flags in metadata; SQL has none.
func Boolean() *Type { return typeBoolean }

// Column is a result column as clients see it.
type Column struct {
	*Type
	src session.Column
}

// ColumnsOf describes a result.
func ColumnsOf(cols []session.Column) []Column {
	out := make([]Column, len(cols))
	for i := range cols {
		out[i] = Column{Type: TypeOf(&cols[i]), src: cols[i]}
	}
	return out
}

// As returns the column with another type than its own.
func (c Column) As(t *Type) Column {
	c.Type = t
	return c
}

// Values of "nullable".
const (
	notNullable = 0
	nullable    = 1
)

func (c *Column) write(w writer, i int) {
	label, name := c.src.Name, c.src.OrgName
	if label == "" { // clients take "" for null, and fail on that
		label = "EXPR$" + strconv.Itoa(i)
	}
	if name == "" {
		name = label
	}
	null := int64(nullable)
	if c.src.NotNull {
		null = notNullable
	}
	w.int(1, "ordinal", int64(i))
	w.flag(2, "autoIncrement", c.src.AutoIncrement)
	w.flag(3, "caseSensitive", c.src.Binary)
	w.flag(4, "searchable", true)
	w.flag(5, "currency", false)
	w.int(6, "nullable", null)
	w.flag(7, "signed", c.signed)
	w.int(8, "displaySize", int64(min(c.src.Length, math.MaxInt32))) // an int in Java
	w.text(9, "label", label)
	w.text(10, "columnName", name)
	w.text(11, "schemaName", "")
	w.int(12, "precision", int64(c.precision()))
	w.int(13, "scale", int64(c.scale()))
	w.text(14, "tableName", c.src.OrgTable)
	w.text(15, "catalogName", c.src.Database)
	w.flag(16, "readOnly", true)
	w.flag(17, "writable", false)
	w.flag(18, "definitelyWritable", false)
	w.text(19, "columnClassName", c.class)
	w.message(20, "type", c.Type.write)
}

func (t *Type) write(w writer) {
	w.text(0, "type", "scalar")
	w.int32(1, "id", t.id)
	w.text(2, "name", t.name)
	w.enum(3, "rep", uint64(t.rep), t.rep.String())
}

// notFixed is session.Column.Decimals of a column without a number of digits.
const notFixed = 31

func (c *Column) scale() uint8 {
	if c.src.Decimals >= notFixed {
		return 0
	}
	return c.src.Decimals
}

// precision is the number of characters or digits.
func (c *Column) precision() uint32 {
	n := c.src.Length
	switch c.Type {
	case typeDecimal:
		if n > 1 {
			n-- // the sign
		}
		if c.scale() > 0 && n > 1 {
			n-- // the point
		}
	case typeVarchar:
		n /= 4 // bytes of a character at most
	}
	return min(n, math.MaxInt32)
}

// writeParam describes a parameter. Clients choose by it how they send a value.
func (t *Type) writeParam(w writer, i int) {
	w.flag(1, "signed", t.signed)
	w.int(2, "precision", 0)
	w.int(3, "scale", 0)
	w.int32(4, "parameterType", t.id)
	w.text(5, "typeName", t.name)
	w.text(6, "className", t.class)
	w.text(7, "name", "?"+strconv.Itoa(i+1))
}

// ParamsOf describes parameters. Of one whose type is not known clients are told that
// it is a decimal: they then send the text of any value.
func ParamsOf(cols []session.Column) []Type {
	out := make([]Type, len(cols))
	for i := range cols {
		switch t := TypeOf(&cols[i]); {
		case t == typeVarchar || t == typeNull:
			out[i] = *typeDecimal
		case cols[i].Type == session.TypeBit: // bound as a number; text would be its bytes
			out[i] = *typeBigInt
		default:
			out[i] = *t
		}
		out[i].class = "java.lang.Object"
	}
	return out
}

// ID is the type's number in JDBC.
func (t *Type) ID() int32 { return t.id }
