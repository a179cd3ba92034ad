package mysql

import (
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// appendTextRow appends a row of the text protocol: every value as a
// length-encoded string.
func appendTextRow(b []byte, cols []session.Column, row session.Row) ([]byte, error) {
	for i := range row {
		b = appendTextValue(b, &cols[i], row[i])
	}
	return b, nil
}

func appendTextValue(b []byte, col *session.Column, v session.Value) []byte {
	switch v.Kind() {
	case session.Null:
		return append(b, lenencNull)
	case session.Bytes:
		return appendLenencBytes(b, v.Bytes())
	}
	// Everything else is shorter than 251 bytes, or nearly always: leave one
	// byte for the length and fill it in afterwards.
	start := len(b)
	b = sqltext.Append(append(b, 0), col, v)
	n := len(b) - start - 1
	if n < lenencNull {
		b[start] = byte(n)
		return b
	}
	return appendLenencBytes(b[:start], append([]byte{}, b[start+1:]...))
}
