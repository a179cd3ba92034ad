package avatica

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// cell is how the values of a column are written.
type cell uint8

const (
	cellText cell = iota
	cellBool
	cellByte
	cellShort
	cellInt
	cellLong
	cellDecimal
	cellDouble
	cellBytes
	cellDate
	cellTime
	cellTimestamp
)

// integerReps are the reps of values of the cells that are integers.
var integerReps = [...]Rep{
	cellByte: RepByte, cellShort: RepShort, cellInt: RepInteger, cellLong: RepLong,
	cellDate: RepInteger, cellTime: RepInteger, cellTimestamp: RepLong,
}

// RowWriter appends rows of one result in one of the formats.
type RowWriter struct {
	format  Format
	columns []Column
	buf     []byte
	count   int
	row     []byte // scratch
	text    []byte // scratch
}

// NewRowWriter makes the writer for a result.
func NewRowWriter(f Format, columns []Column) *RowWriter {
	return &RowWriter{format: f, columns: columns}
}

// Len is how many bytes there are, and Count how many rows.
func (w *RowWriter) Len() int   { return len(w.buf) }
func (w *RowWriter) Count() int { return w.count }

// Take returns the rows and begins anew.
func (w *RowWriter) Take() (rows []byte, count int) {
	rows, count = w.buf, w.count
	w.buf, w.count = nil, 0
	return rows, count
}

// Add appends a row. After an error the row is not there.
func (w *RowWriter) Add(row session.Row) error {
	if len(row) != len(w.columns) {
		return fmt.Errorf("a row of %d values for %d columns", len(row), len(w.columns))
	}
	var err error
	if w.format == JSON {
		err = w.addJSON(row)
	} else {
		err = w.addProto(row)
	}
	if err == nil {
		w.count++
	}
	return err
}

// number is the integer of a cell.
func (c *Column) number(v session.Value) (int64, error) {
	switch v.Kind() {
	case session.Int:
		return v.Int(), nil
	case session.Uint:
		if v.Uint() <= math.MaxInt64 {
			return int64(v.Uint()), nil
		}
	case session.DateTime:
		return c.instant(v.Civil())
	case session.Duration:
		if ms := v.Micros() / 1000; v.Micros() >= 0 && ms < 24*60*60*1000 {
			return ms, nil
		}
		return 0, sqlerr.DataOutOfRange.Errorf("a TIME of column '%s' is not a time of day, which is all that this protocol can carry", c.src.Name).
			WithHint("select CAST(… AS CHAR)")
	}
	return 0, fmt.Errorf("a value of kind %d in column %q of type %s", v.Kind(), c.src.Name, c.name)
}

func (c *Column) instant(t session.Civil) (int64, error) {
	if t.Month == 0 || t.Day == 0 {
		return 0, sqlerr.DataOutOfRange.Errorf("a date of column '%s' has a zero in it, which this protocol cannot carry", c.src.Name).
			WithHint("select CAST(… AS CHAR)")
	}
	at := time.Date(int(t.Year), time.Month(t.Month), int(t.Day), int(t.Hour), int(t.Minute), int(t.Sec), 0, time.UTC)
	if c.cell == cellDate {
		return at.Unix() / (24 * 60 * 60), nil // a date is a whole number of days, before 1970 too
	}
	return at.UnixMilli() + int64(t.Micro/1000), nil
}

func double(v session.Value) float64 {
	switch v.Kind() {
	case session.Float32:
		// The shortest decimal that is this float: 1.1 stays 1.1 for who reads doubles.
		var digits [32]byte
		f, err := strconv.ParseFloat(string(strconv.AppendFloat(digits[:0], float64(v.Float32()), 'g', -1, 32)), 64)
		if err != nil {
			return float64(v.Float32())
		}
		return f
	case session.Int:
		return float64(v.Int())
	case session.Uint:
		return float64(v.Uint())
	}
	return v.Float64()
}

// textOf is the value as text; the bytes are valid until the next call.
func (w *RowWriter) textOf(c *Column, v session.Value) []byte {
	if v.Kind() == session.Bytes {
		return v.Bytes()
	}
	w.text = sqltext.Append(w.text[:0], &c.src, v)
	return w.text
}

// Field numbers of Frame, Row, ColumnValue and TypedValue.
const (
	frameRow    = 3
	rowValue    = 1
	scalarValue = 4

	typedRep    = 1
	typedBool   = 2
	typedText   = 3
	typedNumber = 4
	typedBytes  = 5
	typedDouble = 6
	typedNull   = 7
)

func (w *RowWriter) addProto(row session.Row) error {
	b := w.row[:0]
	for i := range row {
		c := &w.columns[i]
		v := row[i]
		if v.IsNull() {
			b = appendTyped(b, RepNull, 2)
			b = protowire.AppendVarint(protowire.AppendTag(b, typedNull, protowire.VarintType), 1)
			continue
		}
		switch c.cell {
		case cellText, cellDecimal:
			rep := RepString
			if c.cell == cellDecimal {
				rep = RepBigDecimal
			}
			b = appendTypedBytes(b, rep, typedText, validUTF8(w.textOf(c, v)))
		case cellBytes:
			b = appendTypedBytes(b, RepByteString, typedBytes, w.textOf(c, v))
		case cellDouble:
			b = appendTyped(b, RepDouble, 9)
			b = protowire.AppendFixed64(protowire.AppendTag(b, typedDouble, protowire.Fixed64Type), math.Float64bits(double(v)))
		case cellBool:
			b = appendTyped(b, RepBoolean, 2)
			b = protowire.AppendVarint(protowire.AppendTag(b, typedBool, protowire.VarintType), protowire.EncodeBool(v.Int() != 0))
		default:
			n, err := c.number(v)
			if err != nil {
				return err
			}
			z := protowire.EncodeZigZag(n)
			b = appendTyped(b, integerReps[c.cell], 1+protowire.SizeVarint(z))
			b = protowire.AppendVarint(protowire.AppendTag(b, typedNumber, protowire.VarintType), z)
		}
	}
	w.row = b
	w.buf = protowire.AppendBytes(protowire.AppendTag(w.buf, frameRow, protowire.BytesType), b)
	return nil
}

// appendTyped begins a value of a row: ColumnValue, TypedValue and its type. rest is the
// size of the field that follows.
func appendTyped(b []byte, rep Rep, rest int) []byte {
	typed := 2 + rest // every Rep takes one byte
	b = protowire.AppendTag(b, rowValue, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(1+protowire.SizeVarint(uint64(typed))+typed))
	b = protowire.AppendTag(b, scalarValue, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(typed))
	return append(b, typedRep<<3, byte(rep))
}

func appendTypedBytes(b []byte, rep Rep, num protowire.Number, v []byte) []byte {
	b = appendTyped(b, rep, 1+protowire.SizeBytes(len(v)))
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
}

func (w *RowWriter) addJSON(row session.Row) error {
	start := len(w.buf)
	b := w.buf
	if w.count > 0 {
		b = append(b, ',')
	}
	b = append(b, '[')
	for i := range row {
		if i > 0 {
			b = append(b, ',')
		}
		c := &w.columns[i]
		v := row[i]
		if v.IsNull() {
			b = append(b, "null"...)
			continue
		}
		switch c.cell {
		case cellText:
			b = AppendJSONString(b, w.textOf(c, v))
		case cellDecimal:
			b = append(b, w.textOf(c, v)...)
		case cellBytes:
			raw := w.textOf(c, v)
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, raw)
			b = append(b, '"')
		case cellDouble:
			b = strconv.AppendFloat(b, double(v), 'g', -1, 64)
		case cellBool:
			b = strconv.AppendBool(b, v.Int() != 0)
		default:
			n, err := c.number(v)
			if err != nil {
				w.buf = w.buf[:start]
				return err
			}
			b = strconv.AppendInt(b, n, 10)
		}
	}
	w.buf = append(b, ']')
	return nil
}
