package value

import (
	"fmt"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Recode is a text in the character set of a collation: characters that it has not
// are question marks. The bytes are UTF-8 still.
func Recode(s []byte, c *Collation) []byte {
	limit := rune(utf8.MaxRune)
	switch {
	case c.Binary():
		return s
	case c.Charset == "latin1":
		limit = 0xFF
	case c.Charset == "ascii":
		limit = 0x7F
	case c.Charset == "utf8mb3":
		limit = 0xFFFF
	}
	if limit == utf8.MaxRune || asciiOnly(s) {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if _, in := Latin1Byte(r); limit == 0xFF && !in || limit != 0xFF && r > limit {
			r = '?'
		}
		out = utf8.AppendRune(out, r)
		s = s[n:]
	}
	return out
}

// Shown is a value as errors quote it: its beginning, with \xNN for what is no UTF-8.
func Shown(s []byte) string { return shown(s) }

// InvalidText is warning 1300 about bytes that are no text of a character set; it
// shows the first of them that are wrong.
func (e *Env) InvalidText(charset string, s []byte) error {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n <= 1 {
			break
		}
		s = s[n:]
	}
	return e.Warn(sqlerr.InvalidCharacterString, "Invalid %s character string: '%s'", charset, fmt.Sprintf("%X", s[:min(len(s), 6)]))
}
