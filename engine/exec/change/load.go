package change

import (
	"bufio"
	"io"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Load adds the rows of a file to a table: LOAD DATA.
type Load struct {
	// Insert writes them; its Given are the columns of Fields and Set.
	Insert *Insert
	Format *Format
	Fields []LoadField
	// Set are the assignments of SET, over the columns of the row.
	Set []Assign
	// Open begins to read the file.
	Open func() (io.ReadCloser, error)
}

// LoadField is what a field of a line goes to.
type LoadField struct {
	Column   int
	Variable string // instead of a column
}

// loading is a Load that runs.
type loading struct {
	*Load
	*inserting
	lines lines
	text  value.Type // of fields
	limit int        // bytes of a field
	// set has the columns that are given in SET.
	set []bool
	// widths are those of Fields, and width their sum, where that is what ends a field.
	widths []int
	width  int
}

// readAhead is the buffer between the file and its fields.
const readAhead = 16 << 10

// Run implements Change.
func (n *Load) Run(c *expr.Ctx, out *Outcome) (err error) {
	defer writing(c, n.Insert.Rules.Ignore)()
	run, err := n.Insert.start(c, out)
	if err != nil {
		return err
	}
	run.soft = true
	file, err := n.Open()
	if err != nil {
		return err
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
	}()
	if err := c.Charge(readAhead); err != nil {
		return err
	}
	l := &loading{Load: n, inserting: run, limit: c.PacketLimit(), set: make([]bool, len(run.Columns))}
	l.text = value.Text(n.Format.Charset, l.limit)
	l.lines = lines{Format: n.Format, src: bufio.NewReaderSize(file, readAhead), grow: c.Charge}
	for _, a := range n.Set {
		l.set[a.Column] = true
	}
	if n.Format.Fixed {
		if err := l.measure(); err != nil {
			return err
		}
	}
	return l.all(c)
}

func (l *loading) all(c *expr.Ctx) error {
	ended := func() error { return exec.Ended(c) }
	if err := l.lines.skip(ended); err != nil {
		return err
	}
	for i := 0; !l.lines.eof; i++ {
		if i&255 == 255 {
			if err := ended(); err != nil {
				return err
			}
		}
		if err := c.Context().Err(); err != nil {
			return err
		}
		more, err := l.line(c)
		if err != nil || !more {
			return err
		}
	}
	if l.out.InsertID == 0 && l.inserting.number > 0 {
		l.out.InsertID = l.inserting.number
	}
	return nil
}

// line reads a line and adds its row. more is false when the file had no more.
func (l *loading) line(c *expr.Ctx) (more bool, err error) {
	var ok bool
	if l.Format.Fixed {
		ok, err = l.lines.fixed(l.width)
	} else {
		ok, err = l.lines.read(l.limit)
	}
	if err != nil || !ok && l.lines.eof {
		return false, err
	}
	if err := l.one(c, func() error { return l.fill(c, ok) }); err != nil {
		return false, err
	}
	cut, more, err := l.lines.nextLine()
	if err == nil && cut {
		err = l.warn(c, sqlerr.WarnTooManyRecords, "Row %d was truncated; it contained more data than there were input columns", l.target.number)
	}
	return true, err
}

// fill makes the row of a line whose first field was read.
func (l *loading) fill(c *expr.Ctx, ok bool) (err error) {
	if l.Format.Fixed {
		err = l.cut(c)
	} else {
		err = l.fields(c, ok)
	}
	if err != nil {
		return err
	}
	for _, a := range l.Set {
		if a.Value == nil {
			if err := l.usual(c, a.Column); err != nil {
				return err
			}
			continue
		}
		if err := l.assign(c, a.Column, a.Value, expr.Values(l.row)); err != nil {
			return err
		}
		if err := l.noNull(c, a.Column, true); err != nil {
			return err
		}
	}
	return l.usuals(c, l.missing)
}

// fields puts the fields of a line, of which the first was read, where they go to.
func (l *loading) fields(c *expr.Ctx, ok bool) (err error) {
	for i := range l.Fields {
		if i > 0 && ok {
			if ok, err = l.lines.read(l.limit); err != nil {
				return err
			}
		}
		f := &l.Fields[i]
		switch {
		case ok && f.Variable != "":
			err = l.keep(c, f.Variable)
		case ok:
			err = l.take(c, f.Column)
		case f.Variable != "":
			err = c.Session.SetUserVariable(f.Variable, value.Null, l.text)
		default:
			err = l.lacks(c, f.Column)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// measure finds the widths of fields.
func (l *loading) measure() error {
	for i := range l.Fields {
		if l.Fields[i].Variable != "" {
			return sqlerr.LoadFromFixedSizeRowsToVar.Errorf("Can't load value from file with fixed size rows to variable")
		}
		t := &l.Columns[l.Fields[i].Column].Type
		w := width(t)
		if w == 0 {
			if len(l.Format.Line) == 0 {
				return sqlerr.BlobsAndNoTerminated.Errorf("You can't use fixed rowlength with BLOBs; please use 'fields terminated by'")
			}
			w = textWidth
		}
		l.widths = append(l.widths, w)
		l.width += w
	}
	return nil
}

// textWidth is the width of a column whose type has none.
const textWidth = 256

// width is how many bytes a field of a type takes: those of its longest value. It is 0 for
// a type of any length.
func width(t *value.Type) int {
	one := 1
	if t.Collation != nil && t.Collation.MaxBytes > 0 {
		one = t.Collation.MaxBytes
	}
	fraction := 0
	if t.IsTemporal() && t.Scale > 0 {
		fraction = int(t.Scale) + 1
	}
	switch t.Kind {
	case value.TypeTinyInt, value.TypeSmallInt, value.TypeMediumInt, value.TypeInt, value.TypeBigInt:
		digits := map[value.Kind]int{value.TypeTinyInt: 3, value.TypeSmallInt: 5, value.TypeMediumInt: 8, value.TypeInt: 10, value.TypeBigInt: 20}[t.Kind]
		if !t.Unsigned && t.Kind != value.TypeBigInt {
			digits++
		}
		return digits
	case value.TypeDecimal:
		w := int(t.Precision)
		if t.Scale > 0 {
			w++
		}
		if !t.Unsigned {
			w++
		}
		return w
	case value.TypeFloat:
		return 12
	case value.TypeDouble:
		return 22
	case value.TypeYear:
		return 4
	case value.TypeDate:
		return 10
	case value.TypeTime:
		return 10 + fraction
	case value.TypeDateTime, value.TypeTimestamp:
		return 19 + fraction
	case value.TypeChar, value.TypeVarChar:
		return int(t.Length) * one
	case value.TypeBit:
		return int(t.Length)
	case value.TypeEnum, value.TypeSet:
		return membersWidth(t) * one
	}
	return 0
}

// membersWidth is the length of the longest value of an ENUM or SET, in characters.
func membersWidth(t *value.Type) (w int) {
	for i, m := range *t.Members {
		n := utf8.RuneCountInString(m)
		switch {
		case t.Kind == value.TypeEnum:
			w = max(w, n)
		case i > 0:
			w += n + 1
		default:
			w += n
		}
	}
	return w
}

// cut takes the fields of a line by their widths. None of them is NULL.
func (l *loading) cut(c *expr.Ctx) (err error) {
	line := l.lines.field
	defer func() { l.lines.field = line }()
	l.lines.null = false
	rest := line
	for i := range l.Fields {
		column := l.Fields[i].Column
		if len(rest) == 0 {
			err = l.lacks(c, column)
		} else {
			n := min(len(rest), l.widths[i])
			l.lines.field, rest = rest[:n], rest[n:]
			err = l.take(c, column)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// content is the text of the field that was read, in the character set of texts here.
func (l *loading) content(c *expr.Ctx) (value.Value, error) {
	if l.lines.isNull() {
		return value.Null, nil
	}
	set := l.Format.Charset
	if err := c.Borrow(len(l.lines.field)); err != nil {
		return value.Null, err
	}
	text, valid := value.Decode(l.lines.field, set)
	if valid < len(l.lines.field) {
		bad := l.lines.field[valid:]
		return value.Null, sqlerr.InvalidCharacterString.Errorf("Invalid %s character string: '%X'", set.Charset, bad[:min(len(bad), 6)])
	}
	return value.Bytes(text), nil
}

// keep puts the field into a user variable.
func (l *loading) keep(c *expr.Ctx, name string) error {
	v, err := l.content(c)
	if err != nil {
		return err
	}
	return c.Session.SetUserVariable(name, v, l.text)
}

// take puts the field into a column of the row.
func (l *loading) take(c *expr.Ctx, column int) error {
	v, err := l.content(c)
	if err != nil {
		return err
	}
	col := &l.Columns[column]
	if v.IsNull() {
		l.row[column] = v
		if !col.NotNull || column == l.Auto || l.set[column] {
			return nil
		}
		if col.Type.Kind == value.TypeTimestamp {
			return l.now(c, column)
		}
		l.row[column] = implicit(&col.Type)
		return l.warn(c, sqlerr.WarnNullToNotNull, "Column set to default value; NULL supplied to NOT NULL column '%s' at row %d", col.Name, l.target.number)
	}
	return l.store(c, column, v.Clone(), &l.text)
}

// lacks is for a column that a line has no field for.
func (l *loading) lacks(c *expr.Ctx, column int) error {
	col := &l.Columns[column]
	l.row[column] = value.Null
	if column != l.Auto && (col.NotNull || l.Defaults[column] != nil) {
		l.row[column] = implicit(&col.Type)
		if col.NotNull && col.Type.Kind == value.TypeTimestamp {
			if err := l.now(c, column); err != nil {
				return err
			}
		}
	}
	return l.warn(c, sqlerr.WarnTooFewRecords, "Row %d doesn't contain data for all columns", l.target.number)
}

// now gives a TIMESTAMP that takes no NULL the time of the statement, as MySQL does here.
func (l *loading) now(c *expr.Ctx, column int) error {
	from := value.DateTimeOf(6)
	at, _ := value.PackTime(c.Clock())
	return l.store(c, column, value.DateTime(at), &from)
}

// warn warns of a line, or fails in strict mode without IGNORE.
func (l *loading) warn(c *expr.Ctx, code sqlerr.Code, format string, args ...any) error {
	err := code.Errorf(format, args...)
	if c.Writing {
		return err
	}
	return warned(c, value.LevelWarning, err)
}
