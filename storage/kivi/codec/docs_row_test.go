package codec

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// rowDocument is what the row blocks of row.md have defined so far.
type rowDocument struct {
	layouts *Layouts
	types   map[versioned]documented
}

// versioned names a column; each block numbers its own.
type versioned struct {
	version uint32
	id      uint16
}

func TestRowDocument(t *testing.T) {
	d := &rowDocument{types: map[versioned]documented{}}
	runExamples(t, "row.md", map[string]func(*testing.T, example){
		"row": d.checkRow, "read": d.checkRead, "corrupt-row": d.checkCorrupt, "blob": checkBlobExample,
	})
}

func (rd *rowDocument) checkRow(t *testing.T, e example) {
	var version uint32
	var columns []Column
	var row []Datum
	var value []byte
	for _, line := range e.lines {
		switch word := strings.Fields(line); word[0] {
		case "version":
			if _, err := fmt.Sscanf(line, "version %d", &version); err != nil {
				e.fail(t, line, "%v", err)
			}
		case "column":
			c, d, err := rd.parseColumn(version, line)
			if err != nil {
				e.fail(t, line, "%v", err)
				return
			}
			columns, row = append(columns, c), append(row, d)
		default:
			bytesOf, _, _ := strings.Cut(line, "|")
			value = append(value, parseHex(t, bytesOf)...)
		}
	}
	l, err := NewLayout(version, columns)
	if err != nil {
		e.fail(t, e.lines[0], "%v", err)
		return
	}
	if err := rd.add(l); err != nil {
		e.fail(t, e.lines[0], "%v", err)
		return
	}
	if got, err := l.Encode(nil, row); err != nil || !bytes.Equal(got, value) {
		e.fail(t, e.lines[0], "encodes to\n% x, %v, documented is\n% x", got, err, value)
	}
	opened, err := rd.layouts.Open(value)
	if err != nil {
		e.fail(t, e.lines[0], "%v", err)
		return
	}
	for i := range row {
		if got, err := opened.At(i); err != nil || !equalDatum(got, row[i]) {
			e.fail(t, e.lines[0], "column %d decodes to %+v, %v", columns[i].ID, got, err)
		}
	}
}

// add keeps the layout; a second row of one version uses the first's.
func (rd *rowDocument) add(l *Layout) (err error) {
	switch {
	case rd.layouts == nil:
		rd.layouts, err = NewLayouts(l)
	case rd.layouts.Layout(l.version) == nil:
		rd.layouts, err = rd.layouts.With(l)
	case fmt.Sprint(rd.layouts.Layout(l.version).columns) != fmt.Sprint(l.columns):
		err = fmt.Errorf("version %d has other columns than before", l.version)
	}
	return err
}

// parseColumn reads "column id type [not null] = value".
func (rd *rowDocument) parseColumn(version uint32, line string) (Column, Datum, error) {
	left, value, ok := strings.Cut(line, " = ")
	if !ok {
		return Column{}, Datum{}, errors.New("no value")
	}
	left, notNull := strings.CutSuffix(strings.TrimSpace(left), "not null")
	word := strings.Fields(left)
	var id uint16
	if _, err := fmt.Sscan(word[1], &id); err != nil {
		return Column{}, Datum{}, err
	}
	c, err := parseColumn(word[2:])
	if err != nil {
		return Column{}, Datum{}, err
	}
	rd.types[versioned{version, id}] = c
	d, err := c.parse(strings.TrimSpace(value))
	return Column{ID: id, Kind: c.Kind, Width: c.Width, NotNull: notNull}, d, err
}

func (rd *rowDocument) checkRead(t *testing.T, e example) {
	var row Row
	for _, line := range e.lines {
		if hexed, ok := strings.CutPrefix(line, "row "); ok {
			var err error
			if row, err = rd.layouts.Open(parseHex(t, hexed)); err != nil {
				e.fail(t, line, "%v", err)
				return
			}
			continue
		}
		var id uint16
		name, value, _ := strings.Cut(line, "=")
		if _, err := fmt.Sscan(name, &id); err != nil || row.Layout() == nil {
			e.fail(t, line, "want id = value after a row: %v", err)
			return
		}
		want := Absent()
		if value = strings.TrimSpace(value); value != "absent" {
			var err error
			if want, err = rd.types[versioned{row.Layout().Version(), id}].parse(value); err != nil {
				e.fail(t, line, "%v", err)
			}
		}
		if got, err := row.Column(id); err != nil || !equalDatum(got, want) {
			e.fail(t, line, "reads %+v, %v", got, err)
		}
	}
}

func (rd *rowDocument) checkCorrupt(t *testing.T, e example) {
	for _, line := range e.lines {
		hexed, name, _ := strings.Cut(line, "|")
		want := errorNames[strings.TrimSpace(name)]
		if err := rd.layouts.Check(parseHex(t, hexed)); want == nil || !errors.Is(err, want) {
			e.fail(t, line, "check: %v", err)
		}
	}
}

func checkBlobExample(t *testing.T, e example) {
	for _, line := range e.lines {
		var want BlobRef
		var chunks, times int
		var text string
		if _, err := fmt.Sscanf(line, "%d %x %d | %q times %d", &want.Length, &want.Sum, &chunks, &text, &times); err != nil {
			e.fail(t, line, "%v", err)
			continue
		}
		got, parts, err := SplitBlob(bytes.Repeat([]byte(text), times))
		if err != nil || got != want || len(parts) != chunks {
			e.fail(t, line, "splits to %d %08x, %d chunks, %v", got.Length, got.Sum, len(parts), err)
		}
	}
}
