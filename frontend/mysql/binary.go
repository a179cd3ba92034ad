package mysql

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/lxdb/lxdb/engine/session"
)

const (
	// rowBitmapOffset is where the first column's bit is in a row's NULL bitmap.
	rowBitmapOffset = 2

	microsPerSecond = 1_000_000
	microsPerDay    = 24 * 3600 * microsPerSecond
)

// appendBinaryRow appends a row of the binary protocol: the column's type, not
// the value's kind, decides the layout, because that is what the client was told.
func appendBinaryRow(b []byte, cols []session.Column, row session.Row) ([]byte, error) {
	b = append(b, headerOK)
	bitmap := len(b)
	for range (len(row) + 7 + rowBitmapOffset) / 8 {
		b = append(b, 0)
	}
	for i := range row {
		if row[i].IsNull() {
			bit := i + rowBitmapOffset
			b[bitmap+bit/8] |= 1 << (bit % 8)
			continue
		}
		var err error
		if b, err = appendBinaryValue(b, &cols[i], row[i]); err != nil {
			return b, fmt.Errorf("column %s: %w", cols[i].Name, err)
		}
	}
	return b, nil
}

func appendBinaryValue(b []byte, col *session.Column, v session.Value) ([]byte, error) {
	switch formOf(col.Type).wire {
	case wireTiny:
		n, err := integer(v)
		return append(b, byte(n)), err
	case wireShort, wireYear:
		n, err := integer(v)
		return binary.LittleEndian.AppendUint16(b, uint16(n)), err
	case wireLong, wireInt24:
		n, err := integer(v)
		return binary.LittleEndian.AppendUint32(b, uint32(n)), err
	case wireLongLong:
		n, err := integer(v)
		return binary.LittleEndian.AppendUint64(b, n), err
	case wireFloat:
		f, err := float(v)
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(f))), err
	case wireDouble:
		f, err := float(v)
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(f)), err
	case wireDate, wireDateTime, wireTimestamp:
		c, err := civil(v)
		return appendBinaryCivil(b, c, col.Type == session.TypeDate), err
	case wireTime:
		micros, err := duration(v)
		return appendBinaryDuration(b, micros), err
	}
	return appendTextValue(b, col, v), nil // all strings
}

func errKind(v session.Value) error {
	return fmt.Errorf("a value of kind %d does not fit the column's type", v.Kind())
}

// integer returns v's bits as an integer. Expressions may yield another kind
// than their declared type, and a number is a number.
func integer(v session.Value) (uint64, error) {
	switch v.Kind() {
	case session.Int, session.Uint:
		return v.Uint(), nil
	case session.Float32:
		return uint64(int64(math.RoundToEven(float64(v.Float32())))), nil
	case session.Float64:
		return uint64(int64(math.RoundToEven(v.Float64()))), nil
	case session.Bytes:
		if n, err := strconv.ParseInt(string(v.Bytes()), 10, 64); err == nil {
			return uint64(n), nil
		}
		return strconv.ParseUint(string(v.Bytes()), 10, 64)
	}
	return 0, errKind(v)
}

func float(v session.Value) (float64, error) {
	switch v.Kind() {
	case session.Float32:
		return float64(v.Float32()), nil
	case session.Float64:
		return v.Float64(), nil
	case session.Int:
		return float64(v.Int()), nil
	case session.Uint:
		return float64(v.Uint()), nil
	case session.Bytes:
		return strconv.ParseFloat(string(v.Bytes()), 64)
	}
	return 0, errKind(v)
}

// civil returns v as a date, which some expressions yield as text.
func civil(v session.Value) (session.Civil, error) {
	switch v.Kind() {
	case session.DateTime:
		return v.Civil(), nil
	case session.Bytes:
		return parseCivil(string(v.Bytes()))
	}
	return session.Civil{}, errKind(v)
}

// duration returns v as a TIME in microseconds.
func duration(v session.Value) (int64, error) {
	switch v.Kind() {
	case session.Duration:
		return v.Micros(), nil
	case session.Bytes:
		return parseDuration(string(v.Bytes()))
	}
	return 0, errKind(v)
}

// appendBinaryCivil appends the shortest of the layouts of 0, 4, 7 and 11 bytes.
func appendBinaryCivil(b []byte, c session.Civil, dateOnly bool) []byte {
	if dateOnly {
		c.Hour, c.Minute, c.Sec, c.Micro = 0, 0, 0, 0
	}
	if c == (session.Civil{}) {
		return append(b, 0)
	}
	n := byte(11)
	switch {
	case c.Micro != 0:
	case c.Hour != 0 || c.Minute != 0 || c.Sec != 0:
		n = 7
	default:
		n = 4
	}
	b = append(b, n)
	b = binary.LittleEndian.AppendUint16(b, c.Year)
	b = append(b, c.Month, c.Day)
	if n == 4 {
		return b
	}
	b = append(b, c.Hour, c.Minute, c.Sec)
	if n == 7 {
		return b
	}
	return binary.LittleEndian.AppendUint32(b, c.Micro)
}

// appendBinaryDuration appends the shortest of the layouts of 0, 8 and 12 bytes.
func appendBinaryDuration(b []byte, micros int64) []byte {
	if micros == 0 {
		return append(b, 0)
	}
	t := magnitude(micros)
	negative := byte(0)
	if micros < 0 {
		negative = 1
	}
	fraction := uint32(t % microsPerSecond)
	n := byte(8)
	if fraction != 0 {
		n = 12
	}
	b = append(b, n, negative)
	b = binary.LittleEndian.AppendUint32(b, uint32(t/microsPerDay))
	seconds := t % microsPerDay / microsPerSecond
	b = append(b, byte(seconds/3600), byte(seconds/60%60), byte(seconds%60))
	if n == 8 {
		return b
	}
	return binary.LittleEndian.AppendUint32(b, fraction)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
