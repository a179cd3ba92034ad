package dialect

import "strings"

// Keywords are compared byte by byte and in ASCII only: Unicode folding would
// let the Kelvin sign stand for a K, and two readers could disagree on what a
// statement is.

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isWordByte is for unquoted identifiers: letters, digits, _ $ and everything beyond ASCII.
func isWordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_' || c == '$' || c >= 0x80
}

// isHostByte is for what may follow @ without quotes: host names, addresses, variables.
func isHostByte(c byte) bool { return isWordByte(c) || c == '.' }

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isRadix(s string) bool {
	if len(s) < 3 || s[0] != '0' {
		return false
	}
	switch s[1] {
	case 'x':
		return strings.Trim(asciiLower(s[2:]), "0123456789abcdef") == ""
	case 'b':
		return strings.Trim(s[2:], "01") == ""
	}
	return false
}

func asciiLower(s string) string {
	return mapASCII(s, 'A', 'Z', 'a'-'A')
}

func asciiUpper(s string) string {
	return mapASCII(s, 'a', 'z', -('a' - 'A'))
}

// mapASCII adds shift to the bytes between lo and hi; it copies only when there are any.
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

// equalKeyword compares a piece of text with an upper-case keyword.
func equalKeyword(s, keyword string) bool {
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
