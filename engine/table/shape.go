package table

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/proto/query"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// The library has no TIME(3), FLOAT(6,2), DECIMAL UNSIGNED or ZEROFILL. Such a column is one of the
// library's nearest type for the planner; what its type says beyond that is its shape,
// which stands behind that type in the record. It counts for what is stored, for
// evaluation and for what is shown.

var (
	shaped = regexp.MustCompile(`^(time|float|double|decimal\(\d+,\d+\))(\(\d+(?:,\d+)?\))?( unsigned(?: zerofill)?)?$`)
	filled = regexp.MustCompile(`^((?:tiny|small|medium|big)?int unsigned)(\(\d+\))( zerofill)$`)
)

// splitShape takes the text of a column type apart.
func splitShape(text string) (library, shape string) {
	m := shaped.FindStringSubmatch(text)
	if m == nil {
		m = filled.FindStringSubmatch(text)
	}
	if m == nil {
		return text, ""
	}
	return m[1], m[2] + m[3]
}

// Shape is what the text of a column type says beyond the library's type.
func Shape(text string) string {
	_, shape := splitShape(text)
	return shape
}

// withShape is the text of a type with a shape; one that it cannot have is left out.
func withShape(library, shape string) string {
	if _, kept := splitShape(library + shape); kept == shape {
		return library + shape
	}
	return library
}

// Shapes is a session that runs a statement which defines columns.
type Shapes interface {
	// ColumnShape is what the statement says of a column's type beyond the library's types;
	// false for a column that it does not define.
	ColumnShape(table, column string) (string, bool)
	// KeyName is what it calls the index of a foreign key over columns; empty for no name.
	KeyName(table string, columns []string) string
}

// shapeColumn completes the record of a column that the library has made: by what the
// statement says, or by what the column was before.
func (t *Table) shapeColumn(ctx *sql.Context, c *catalog.Column, before *catalog.Column) {
	if s, ok := ctx.Session.(Shapes); ok {
		if shape, defined := s.ColumnShape(t.schema.rec.Name, c.Name); defined {
			c.Type = withShape(c.Type, shape)
			return
		}
	}
	if before == nil {
		return
	}
	if library, shape := splitShape(before.Type); library == c.Type {
		c.Type = withShape(library, shape)
	}
}

// ShapeNew completes the record of a new table by the shapes of its columns.
func ShapeNew(rec *catalog.Table, shapes map[string]string) {
	for i := range rec.Columns {
		c := &rec.Columns[i]
		c.Type = withShape(c.Type, shapes[strings.ToLower(c.Name)])
	}
}

// CopyShapes is ShapeNew for CREATE TABLE … LIKE.
func CopyShapes(rec, from *catalog.Table) {
	for i := range rec.Columns {
		if old := findColumn(from, rec.Columns[i].Name); old != nil {
			if library, shape := splitShape(old.Type); library == rec.Columns[i].Type {
				rec.Columns[i].Type = withShape(library, shape)
			}
		}
	}
}

// Shaped says that a column's type is more than the library's.
func Shaped(c *catalog.Column) bool {
	if c == nil {
		return false
	}
	_, shape := splitShape(c.Type)
	return shape != "" || c.Type == "time"
}

// ShownType is a column's type as SHOW COLUMNS and information_schema have it; c is nil for a
// column that no table of ours has.
func ShownType(t sql.Type, c *catalog.Column) string {
	switch t := t.(type) {
	case sql.EnumType:
		return membersShown("enum", t.Values())
	case sql.SetType:
		return membersShown("set", t.Values())
	}
	text := t.String()
	if c == nil {
		return withoutCollation(text)
	}
	library, _ := splitShape(text) // the library's TIME is time(6)
	_, shape := splitShape(c.Type)
	if width, fills := strings.CutSuffix(shape, " zerofill"); fills {
		name, _ := strings.CutSuffix(library, " unsigned")
		return name + strings.TrimSuffix(width, " unsigned") + " unsigned zerofill"
	}
	return withoutCollation(library) + shape
}

func withoutCollation(text string) string {
	text, _, _ = strings.Cut(text, " COLLATE ")
	text, _, _ = strings.Cut(text, " CHARACTER SET ")
	return text
}

func membersShown(name string, members []string) string {
	quoted := make([]string, len(members))
	for i, m := range members {
		quoted[i] = lex.ShowString(m, lex.Mode{})
	}
	return name + "(" + strings.Join(quoted, ",") + ")"
}

// LibraryType is the text of a type without what a column's record adds.
func LibraryType(t sql.Type) string { return typeText(t) }

// CollationName is that of a text, an ENUM or a SET.
func CollationName(t sql.Type) (string, bool) {
	c, ok := t.(sql.TypeWithCollation)
	if !ok || isByteType(t) {
		return "", false
	}
	return c.Collation().Name(), true
}

// Described is what information_schema says of a column's type.
type Described struct {
	Type                string
	HasDigits, HasScale bool // of a time with fractions, and of FLOAT and DOUBLE with digits
	Digits              uint32
	Precision, Scale    uint64
	HasDefault          bool   // of a TIMESTAMP that has a moment as its default
	Default             string // on the clock of the session
}

// DescribeColumn reads a column's record, for a session with this time zone.
func DescribeColumn(c *catalog.Column, zone *time.Location) (d Described, err error) {
	t, err := parseType(c.Type)
	if err != nil {
		return d, err
	}
	d.Type = ShownType(t, c)
	d.shownMoment(c, t, zone)
	st := &storage{typ: t}
	st.setShape(c)
	switch st.of.Kind {
	case value.TypeTime:
		d.HasDigits, d.Digits = true, uint32(st.of.Scale)
	case value.TypeFloat, value.TypeDouble:
		d.HasScale = st.of.Scale < value.NotFixed
		d.Precision, d.Scale = uint64(st.of.Precision), uint64(st.of.Scale)
	}
	return d, nil
}

// reshape makes a type what its shape says.
func reshape(t *value.Type, shape string) {
	digits, fills := strings.CutSuffix(shape, " zerofill")
	digits, unsigned := strings.CutSuffix(digits, " unsigned")
	t.Unsigned = t.Unsigned || unsigned
	first, second, both := strings.Cut(strings.Trim(digits, "()"), ",")
	m, _ := strconv.Atoi(first)
	d, _ := strconv.Atoi(second)
	switch {
	case fills && t.IsInteger():
		t.ZeroFill, t.Length = true, uint32(m)
	case t.Kind == value.TypeTime:
		t.Scale = uint8(m)
		if m > 0 {
			t.Length = 11 + uint32(m)
		}
	case both:
		t.Precision, t.Scale, t.Length = uint8(m), uint8(d), uint32(m)
	}
	if fills && !t.IsInteger() {
		t.ZeroFill = true
		switch {
		case t.Kind == value.TypeDecimal && t.Scale > 0:
			t.Length = uint32(t.Precision) + 1 // the point
		case t.Kind == value.TypeDecimal:
			t.Length = uint32(t.Precision)
		case both:
		case t.Kind == value.TypeFloat:
			t.Length = 12
		default:
			t.Length = 22
		}
	}
}

// ShapedType is a type as our evaluation knows it, with what its text says beyond the library's.
func ShapedType(t sql.Type, shape string) (value.Type, bool) {
	out, ok := ValueType(t, true)
	if _, known := splitShape(typeText(t) + shape); ok && known == shape {
		reshape(&out, shape)
	}
	return out, ok
}

// ColumnType is that of a column of a record, which may have no value yet.
func ColumnType(c *catalog.Column) (value.Type, bool) {
	t, err := parseType(c.Type)
	if err != nil {
		return value.Type{}, false
	}
	_, shape := splitShape(c.Type)
	return ShapedType(t, shape)
}

// setShape is for a column's storage.
func (s *storage) setShape(c *catalog.Column) {
	of, ok := ValueType(s.typ, !c.NotNull)
	if !ok {
		return
	}
	_, shape := splitShape(c.Type)
	reshape(&of, shape)
	s.of, s.shaped = of, shape != "" && !(of.ZeroFill && of.IsInteger()) || of.Kind == value.TypeTime
}

// fit gives a datum the shape of its column, as a row keeps it.
func (s *storage) fit(d codec.Datum, v any) (codec.Datum, error) {
	if d.IsNull() {
		return d, nil
	}
	switch s.typ.Type() {
	case query.Type_TIME:
		return codec.Int(value.RoundTime(d.Int(), int(s.of.Scale), false)), nil
	case query.Type_FLOAT32, query.Type_FLOAT64:
		return s.fitFloat(d.Float(), v)
	}
	if s.of.Unsigned && s.negative(d) {
		return d, sql.ErrValueOutOfRange.New(v, s.typ)
	}
	return d, nil
}

func (s *storage) fitFloat(f float64, v any) (codec.Datum, error) {
	if s.of.Scale < value.NotFixed {
		scale := math.Pow10(int(s.of.Scale))
		if most := math.Pow10(int(s.of.Precision)-int(s.of.Scale)) - 1/scale; math.Abs(f) >= most+0.5/scale {
			return codec.Datum{}, sql.ErrValueOutOfRange.New(v, s.typ)
		}
		f = value.RoundFixed(f, int(s.of.Scale))
		if s.width == 4 {
			f = float64(float32(f))
		}
	}
	if s.of.Unsigned && f < 0 {
		return codec.Datum{}, sql.ErrValueOutOfRange.New(v, s.typ)
	}
	return codec.Float(f), nil
}

func (s *storage) negative(d codec.Datum) bool {
	v, err := s.value(context.Background(), d)
	n, ok := number(v)
	return err == nil && ok && n.IsNegative()
}
