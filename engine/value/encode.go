package value

import "unicode/utf8"

// Encode is the bytes that a text has in the character set of its collation, which
// LENGTH, HEX and the hashes are about. s is UTF-8, as texts are inside; a character
// that the set has not is a question mark. The result may be s itself.
func Encode(s []byte, c *Collation) []byte {
	if c.width() > 1 || c.Binary() || asciiOnly(s) {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		b, ok := byte('?'), true
		if c.Charset == "latin1" {
			b, ok = Latin1Byte(r)
		} else if r < utf8.RuneSelf {
			b = byte(r)
		}
		if !ok {
			b = '?'
		}
		out, s = append(out, b), s[n:]
	}
	return out
}

// Decode is the text that bytes are in the character set of c: the inverse of Encode.
// valid is how many bytes of b are text; the rest of them is no text of this set.
func Decode(b []byte, c *Collation) (text []byte, valid int) {
	switch {
	case c.Binary() || asciiOnly(b):
		return b, len(b)
	case c.Charset == "latin1":
		out := make([]byte, 0, len(b)+len(b)/2)
		for _, x := range b {
			out = utf8.AppendRune(out, latin1Rune(x))
		}
		return out, len(b)
	}
	for valid < len(b) {
		r, n := utf8.DecodeRune(b[valid:])
		if r == utf8.RuneError && n <= 1 || n > c.MaxBytes {
			break
		}
		valid += n
	}
	return b[:valid], valid
}

// DecodeAll is Decode with a question mark for each byte that is no text.
func DecodeAll(b []byte, c *Collation) []byte {
	text, valid := Decode(b, c)
	if valid == len(b) {
		return text
	}
	out := append(make([]byte, 0, len(b)), text...)
	for valid < len(b) {
		more, n := Decode(b[valid:], c)
		out = append(out, more...)
		if valid += n; valid < len(b) {
			out, valid = append(out, '?'), valid+1
		}
	}
	return out
}

func asciiOnly(s []byte) bool {
	for _, b := range s {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
