package shell

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// Format is how results are shown.
type Format string

// Formats are all of them.
var Formats = []Format{"table", "vertical", "csv", "tsv", "json"}

// rowsFormat writes one result.
type rowsFormat interface {
	begin(cols []lxdb.Column) error
	row(values []any) error
	end() error
}

func newFormat(f Format, w io.Writer) rowsFormat {
	switch f {
	case "vertical":
		return &vertical{w: w}
	case "csv":
		return &separated{csv.NewWriter(w)}
	case "tsv":
		c := csv.NewWriter(w)
		c.Comma = '\t'
		return &separated{c}
	case "json":
		return &jsonRows{w: w}
	}
	return &table{w: w}
}

// textOf is a value as text. Bytes that are no text are shown in hexadecimal.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return v
	case []byte:
		if utf8.Valid(v) && !strings.ContainsFunc(string(v), func(r rune) bool { return r < ' ' }) {
			return string(v)
		}
		return fmt.Sprintf("0x%X", v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// shown is a value for a terminal: no control character of a row reaches it.
func shown(v any) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '↵'
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '·'
		}
		return r
	}, textOf(v))
}

// sampled is how many rows decide the widths of a table's columns.
const sampled = 1000

// table draws a frame. Its widths come from the first rows, so that a long result is
// shown as it comes.
type table struct {
	w      io.Writer
	cols   []lxdb.Column
	number []bool
	widths []int
	first  [][]string
	drawn  bool
}

func (t *table) begin(cols []lxdb.Column) error {
	t.cols, t.number, t.widths = cols, make([]bool, len(cols)), make([]int, len(cols))
	for i, c := range cols {
		t.widths[i] = utf8.RuneCountInString(shown(c.Name))
		switch c.Type {
		case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "YEAR":
			t.number[i] = true
		}
	}
	return nil
}

func (t *table) row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = shown(v)
	}
	if t.drawn {
		return t.line(cells)
	}
	for i, c := range cells {
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(c))
	}
	if t.first = append(t.first, cells); len(t.first) >= sampled {
		return t.draw()
	}
	return nil
}

// draw writes what was held back.
func (t *table) draw() error {
	if t.drawn {
		return nil
	}
	t.drawn = true
	names := make([]string, len(t.cols))
	for i, c := range t.cols {
		names[i] = shown(c.Name)
	}
	err := errors.Join(t.rule(), t.line(names), t.rule())
	for _, cells := range t.first {
		err = errors.Join(err, t.line(cells))
	}
	t.first = nil
	return err
}

func (t *table) end() error { return errors.Join(t.draw(), t.rule()) }

func (t *table) rule() error {
	var b strings.Builder
	for _, w := range t.widths {
		b.WriteString("+" + strings.Repeat("-", w+2))
	}
	_, err := fmt.Fprintln(t.w, b.String()+"+")
	return err
}

func (t *table) line(cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		pad := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(c)))
		if t.number[i] {
			c = pad + c
		} else {
			c += pad
		}
		b.WriteString("| " + c + " ")
	}
	_, err := fmt.Fprintln(t.w, b.String()+"|")
	return err
}

// vertical has a line for each value.
type vertical struct {
	w     io.Writer
	cols  []lxdb.Column
	width int
	n     int
}

func (v *vertical) begin(cols []lxdb.Column) error {
	v.cols = cols
	for _, c := range cols {
		v.width = max(v.width, utf8.RuneCountInString(shown(c.Name)))
	}
	return nil
}

func (v *vertical) row(values []any) error {
	v.n++
	_, err := fmt.Fprintf(v.w, "*************************** %d. row ***************************\n", v.n)
	for i, x := range values {
		_, e := fmt.Fprintf(v.w, "%*s: %s\n", v.width, shown(v.cols[i].Name), shown(x))
		err = errors.Join(err, e)
	}
	return err
}

func (v *vertical) end() error { return nil }

// separated is CSV, with or without tabs. NULL is an empty field.
type separated struct{ w *csv.Writer }

func (s *separated) begin(cols []lxdb.Column) error {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return s.w.Write(names)
}

func (s *separated) row(values []any) error {
	fields := make([]string, len(values))
	for i, v := range values {
		if v != nil {
			fields[i] = textOf(v)
		}
	}
	return s.w.Write(fields)
}

func (s *separated) end() error {
	s.w.Flush()
	return s.w.Error()
}

// jsonRows is a line for each row: an object.
type jsonRows struct {
	w    io.Writer
	keys [][]byte
}

func (j *jsonRows) begin(cols []lxdb.Column) error {
	for _, c := range cols {
		key, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		j.keys = append(j.keys, key)
	}
	return nil
}

func (j *jsonRows) row(values []any) error {
	b := []byte{'{'}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := json.Marshal(v)
		if err != nil {
			return err
		}
		b = append(append(append(b, j.keys[i]...), ':'), value...)
	}
	_, err := j.w.Write(append(b, "}\n"...))
	return err
}

func (j *jsonRows) end() error { return nil }
