package csvload

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
)

// column is a column of the table, with what its fields may be.
type column struct {
	name     string
	sqlType  string
	nullable bool
	// omittable columns get a value when a row has none.
	omittable bool
	// generated columns take no value.
	generated bool
	convert   func(field string) (any, error)
}

// columnsOf reads the columns of a table, nil when there is none.
func columnsOf(rows sqlconn.Rows) ([]column, error) {
	at := map[string]int{}
	for i, name := range rows.Columns {
		at[strings.ToLower(name)] = i
	}
	for _, name := range []string{"field", "type", "null", "default", "extra"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("SHOW COLUMNS has no column %q", name)
		}
	}
	var out []column
	for _, row := range rows.Rows {
		cell := func(name string) string { return sqlconn.Text(row[at[name]]) }
		extra := strings.ToLower(cell("extra"))
		c := column{name: cell("field"), sqlType: strings.ToLower(cell("type")), nullable: strings.EqualFold(cell("null"), "yes")}
		c.generated = strings.Contains(extra, "virtual generated") || strings.Contains(extra, "stored generated")
		c.omittable = c.nullable || row[at["default"]] != nil || strings.Contains(extra, "auto_increment") ||
			strings.Contains(extra, "default_generated") || c.generated
		c.convert = converter(c.sqlType)
		out = append(out, c)
	}
	return out, nil
}

var typeForm = regexp.MustCompile(`^(\w+)(?:\((\d+)(?:,\s*(\d+))?\))?(.*)$`)

// converter makes the check of a column type. A type without one of its own is
// left to the server.
func converter(sqlType string) func(string) (any, error) {
	m := typeForm.FindStringSubmatch(strings.ToLower(sqlType))
	if m == nil {
		return asText
	}
	size, hasSize := number(m[2])
	scale, _ := number(m[3])
	switch name := m[1]; name {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint":
		return integer(name, strings.Contains(m[4], "unsigned"))
	case "decimal", "numeric":
		if !hasSize {
			size = 10
		}
		return decimal(size, scale)
	case "float", "double":
		return float
	case "date":
		return dates("a date like 2024-12-31", func(f string) bool { return dateForm.MatchString(f) && checkDate(f) == nil })
	case "datetime", "timestamp":
		return datetimes(size)
	case "char", "varchar":
		if !hasSize {
			size = 1
		}
		return text(size, utf8.RuneCountInString, "characters")
	case "binary", "varbinary":
		return text(size, func(s string) int { return len(s) }, "bytes")
	case "tinytext", "tinyblob":
		return text(math.MaxUint8, func(s string) int { return len(s) }, "bytes")
	case "text", "blob":
		return text(math.MaxUint16, func(s string) int { return len(s) }, "bytes")
	}
	return asText
}

func number(digits string) (int, bool) {
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

func asText(field string) (any, error) { return field, nil }

func text(most int, length func(string) int, unit string) func(string) (any, error) {
	return func(field string) (any, error) {
		if n := length(field); n > most {
			return nil, fmt.Errorf("%s has %d %s, at most %d fit", quote(field), n, unit, most)
		}
		return field, nil
	}
}

// integer binds what fits as a number and what only an unsigned column holds as text.
func integer(name string, unsigned bool) func(string) (any, error) {
	bits := map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}[name]
	shown := name
	if unsigned {
		shown += " unsigned"
	}
	return func(field string) (any, error) {
		n, err := strconv.ParseInt(field, 10, 64)
		tooLarge := errors.Is(err, strconv.ErrRange)
		if err != nil && !tooLarge {
			return nil, fmt.Errorf("%s is not a whole number", quote(field))
		}
		if unsigned {
			u, err := strconv.ParseUint(field, 10, 64)
			if err == nil && (bits == 64 || u < 1<<bits) {
				return strconv.FormatUint(u, 10), nil
			}
		} else if low := int64(-1) << (bits - 1); !tooLarge && n >= low && n <= ^low {
			return n, nil
		}
		return nil, fmt.Errorf("%s is out of the range of %s", quote(field), shown)
	}
}

var decimalNumber = regexp.MustCompile(`^[+-]?([0-9]+)(?:\.([0-9]*))?$`)

// decimal refuses what would be rounded: a load must not change values.
func decimal(digits, scale int) func(string) (any, error) {
	return func(field string) (any, error) {
		m := decimalNumber.FindStringSubmatch(field)
		if m == nil {
			return nil, fmt.Errorf("%s is not a decimal number", quote(field))
		}
		whole, fraction := strings.TrimLeft(m[1], "0"), strings.TrimRight(m[2], "0")
		switch {
		case len(fraction) > scale:
			return nil, fmt.Errorf("%s has %d decimals, at most %d fit", quote(field), len(fraction), scale)
		case len(whole) > digits-scale:
			return nil, fmt.Errorf("%s has %d digits before the point, at most %d fit", quote(field), len(whole), digits-scale)
		}
		return field, nil
	}
}

func float(field string) (any, error) {
	f, err := strconv.ParseFloat(field, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%s is not a number", quote(field))
	}
	return f, nil
}

func isDatetime(field string) bool {
	return dateForm.MatchString(field) && checkDate(field) == nil ||
		datetimeForm.MatchString(field) && checkDatetime(field) == nil
}

func dates(what string, ok func(string) bool) func(string) (any, error) {
	return func(field string) (any, error) {
		if !ok(field) {
			return nil, fmt.Errorf("%s is not %s", quote(field), what)
		}
		return strings.Replace(field, "T", " ", 1), nil
	}
}

// datetimes refuses fractions of a second that the column would round.
func datetimes(scale int) func(string) (any, error) {
	convert := dates("a date and time like 2024-12-31 23:59:59", isDatetime)
	return func(field string) (any, error) {
		if _, fraction, _ := strings.Cut(field, "."); len(strings.TrimRight(fraction, "0")) > scale && isDatetime(field) {
			return nil, fmt.Errorf("%s has fractions of a second that do not fit, the column keeps %d digits", quote(field), scale)
		}
		return convert(field)
	}
}

// quote shows a field in a message, cut to a length that fits a line.
func quote(field string) string {
	const most = 40
	if r := []rune(field); len(r) > most {
		return strconv.Quote(string(r[:most])) + "…"
	}
	return strconv.Quote(field)
}
