package regex

import "unicode"

// input is a cursor over a pattern or a replacement.
type input struct {
	src []rune
	pos int
}

func (in *input) eof() bool  { return in.pos >= len(in.src) }
func (in *input) peek() rune { return in.src[in.pos] }

func (in *input) next() rune {
	in.pos++
	return in.src[in.pos-1]
}

// accept takes the next character if it is r.
func (in *input) accept(r rune) bool {
	if in.eof() || in.peek() != r {
		return false
	}
	in.pos++
	return true
}

// looking says whether s comes next.
func (in *input) looking(s string) bool {
	for i, r := range []rune(s) {
		if in.pos+i >= len(in.src) || in.src[in.pos+i] != r {
			return false
		}
	}
	return true
}

// until takes everything up to end and end itself.
func (in *input) until(end rune) (string, bool) {
	for i := in.pos; i < len(in.src); i++ {
		if in.src[i] == end {
			s := string(in.src[in.pos:i])
			in.pos = i + 1
			return s, true
		}
	}
	return "", false
}

// hex takes lo to hi hexadecimal digits.
func (in *input) hex(lo, hi int) (rune, error) {
	v, n := rune(0), 0
	for n < hi && !in.eof() && hexValue(in.peek()) >= 0 {
		v = v<<4 | hexValue(in.next())
		n++
		if v > unicode.MaxRune {
			return 0, invalid("the code point is too large")
		}
	}
	if n < lo {
		return 0, invalid("hexadecimal digits are missing")
	}
	return v, nil
}

// decimal takes a number; false when there is none or it is too large to repeat.
func (in *input) decimal() (int, bool) {
	v, any := 0, false
	for !in.eof() && isDigit(in.peek()) {
		v, any = v*10+int(in.next()-'0'), true
		if v > maxRepeat {
			return 0, false
		}
	}
	return v, any
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isNameRune(r rune, first bool) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || !first && isDigit(r)
}

func hexValue(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r - '0'
	case r >= 'a' && r <= 'f':
		return r - 'a' + 10
	case r >= 'A' && r <= 'F':
		return r - 'A' + 10
	}
	return -1
}
