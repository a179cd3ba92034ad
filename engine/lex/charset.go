package lex

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// FromCharset makes UTF-8 of a statement that is written in another character set, one in which ASCII is ASCII; read
// converts a text. A literal behind the name of a character set has the bytes that were written, whatever they are there:
// one with others than ASCII is written with digits.
func FromCharset(raw string, m Mode, read func([]byte) []byte) string {
	if isASCII(raw) {
		return raw
	}
	if strings.IndexByte(raw, '_') < 0 {
		return string(read([]byte(raw)))
	}
	var b []byte
	from := 0
	l := New(raw, m)
	for t := l.Next(); t.Kind != EOF && t.Kind != Bad; {
		if t.Kind != Word || !IsIntroducer(raw[t.Pos:t.End]) {
			t = l.Next()
			continue
		}
		value, first, end := "", 0, 0
		for t = l.Next(); t.Kind == String || t.Kind == Double && !m.ANSIQuotes; t = l.Next() { // texts beside each other are one
			if end == 0 {
				first = t.Pos
			}
			value, end = value+Value(raw, t, m), t.End
		}
		if isASCII(value) {
			continue
		}
		b = append(b, read([]byte(raw[from:first]))...)
		b = append(append(append(b, " x'"...), hex.EncodeToString([]byte(value))...), '\'')
		from = end
	}
	return string(append(b, read([]byte(raw[from:]))...))
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
