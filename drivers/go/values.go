package lxdb

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const wallClock = "2006-01-02 15:04:05.999999"

// toJSON is a parameter as the server takes it: an object where JSON has no form of its
// own.
func toJSON(p any) any {
	switch p := p.(type) {
	case []byte:
		if p == nil {
			return nil
		}
		return map[string]string{"base64": base64.StdEncoding.EncodeToString(p)}
	case time.Time:
		return map[string]string{"datetime": p.UTC().Format(wallClock)}
	}
	return p
}

type kind uint8

const (
	kindText kind = iota
	kindInteger
	kindFloat
	kindBytes
	kindTime
)

func kindOf(name string) kind {
	switch name {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR":
		return kindInteger
	case "FLOAT", "DOUBLE":
		return kindFloat
	case "BIT", "GEOMETRY":
		return kindBytes
	case "DATE", "DATETIME", "TIMESTAMP":
		return kindTime
	}
	if strings.HasSuffix(name, "BINARY") || strings.HasSuffix(name, "BLOB") {
		return kindBytes
	}
	return kindText
}

// readRow reads a line that is a JSON array. It is written out, because most of the time
// of a large result was spent in the general decoder.
func readRow(line []byte, columns []Column, dest []any, parseTime bool) error {
	rest, err := line[1:], error(nil)
	for i := range columns {
		n := valueLen(rest)
		if n == 0 || n >= len(rest) || i >= len(dest) || (rest[n] == ']') != (i == len(columns)-1) {
			return fmt.Errorf("lxdb: a row that is none of %d columns", len(columns))
		}
		if dest[i], err = columns[i].value(rest[:n], parseTime); err != nil {
			return err
		}
		rest = rest[n+1:]
	}
	return nil
}

// valueLen is how long the JSON value at the beginning of b is: a text, or what stands
// before the next comma or bracket.
func valueLen(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		for i, c := range b {
			if c == ',' || c == ']' {
				return i
			}
		}
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// value makes Go's value of a JSON one.
func (c *Column) value(raw []byte, parseTime bool) (any, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	switch c.kind {
	case kindInteger:
		if c.Unsigned {
			n, err := strconv.ParseUint(string(raw), 10, 64)
			return n, c.fault(err)
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return n, c.fault(err)
	case kindFloat:
		f, err := strconv.ParseFloat(string(raw), 64)
		return f, c.fault(err)
	}
	s, err := unquote(raw)
	switch {
	case err != nil:
		return nil, c.fault(err)
	case c.kind == kindBytes:
		b, err := base64.StdEncoding.DecodeString(s)
		return b, c.fault(err)
	case parseTime && c.kind == kindTime:
		return c.time(s)
	}
	return s, nil
}

func unquote(raw []byte) (s string, err error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", errors.New("no text")
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

func (c *Column) fault(err error) error {
	if err != nil {
		return fmt.Errorf("lxdb: a value of column %q is no %s", c.Name, c.Type)
	}
	return nil
}

// time reads MySQL's text of a date. The zero date is the zero time.
func (c *Column) time(s string) (any, error) {
	if len(s) >= 10 && s[:10] == "0000-00-00" {
		return time.Time{}, nil
	}
	layout := wallClock
	if c.Type == "DATE" {
		layout = wallClock[:10]
	}
	t, err := time.Parse(layout, s)
	return t, c.fault(err)
}
