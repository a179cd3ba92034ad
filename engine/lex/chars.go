package lex

// Keywords are compared byte by byte and in ASCII only: Unicode folding would
// let the Kelvin sign stand for a K, and two readers could disagree on what a
// statement is.

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// wordBytes are those of unquoted names: letters, digits, _ $ and everything
// beyond ASCII.
var wordBytes = func() (t [256]bool) {
	for i := range t {
		c := byte(i)
		t[i] = c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_' || c == '$' || c >= 0x80
	}
	return t
}()

// isHostByte is for what may follow @ without quotes: host names, addresses, variables.
func isHostByte(c byte) bool { return wordBytes[c] || c == '.' }

func isHexDigit(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isBinaryDigit(c byte) bool { return c == '0' || c == '1' }

// isPlain reports a name that every reader takes for one word: ASCII letters,
// digits and _, no digit first.
func isPlain(s string) bool {
	if s == "" || isDigit(s[0]) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || c == '$' || !wordBytes[c] {
			return false
		}
	}
	return true
}

// Lower and Upper change the case of ASCII letters alone; they copy only when
// there are any.
func Lower(s string) string { return mapASCII(s, 'A', 'Z', 'a'-'A') }
func Upper(s string) string { return mapASCII(s, 'a', 'z', -('a' - 'A')) }

func mapASCII(s string, lo, hi byte, shift int) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= lo && s[i] <= hi {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= lo && b[i] <= hi {
					b[i] = byte(int(b[i]) + shift)
				}
			}
			return string(b)
		}
	}
	return s
}

// EqualKeyword compares a piece of text with an upper-case keyword.
func EqualKeyword(s, keyword string) bool {
	if len(s) != len(keyword) {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != keyword[i] {
			return false
		}
	}
	return true
}
