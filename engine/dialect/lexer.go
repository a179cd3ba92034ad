package dialect

import "strings"

// Options are the parts of a session's SQL mode that change where tokens end.
type Options struct {
	NoBackslashEscapes bool // a backslash in a string is itself
	ANSIQuotes         bool // "x" is an identifier everywhere
}

// versionID is what a versioned comment is compared with: the body of /*!NNNNN … */
// counts when NNNNN is at most this number. lxdb announces itself as MySQL 8.0.40.
const versionID = 80040

type tokenKind uint8

const (
	tokEOF      tokenKind = iota
	tokWord               // unquoted identifier or keyword
	tokBacktick           // `x`
	tokDouble             // "x": a string, or a name where the grammar wants a name
	tokString             // 'x'
	tokNumber
	tokAt    // @ with the characters of a host or variable name directly after it
	tokPunct // any other character, by itself
	tokBad   // a quote or comment that does not end
)

// token is a piece of the text. It holds no copy: value decodes it.
type token struct {
	kind     tokenKind
	pos, end int // in bytes
}

// lexer yields tokens on demand. It sees into versioned comments and skips the
// other ones, as MySQL does.
type lexer struct {
	src       string
	pos       int
	opts      Options
	versioned bool // inside /*! … */
	afterDot  bool // the last token was a dot: digits start a name, not a number
	afterName bool // the last token was a name: a dot qualifies it, .5 is no number
	// frame, if set, is told of the brackets of versioned comments that count
	// and of those that do not count as a whole.
	frame func(from, to int)
}

// next returns the next token, tokEOF at the end of the text and ever after.
func (l *lexer) next() token {
	if bad, ok := l.skipSpace(); !ok {
		return bad
	}
	t := l.scan()
	l.afterDot = t.kind == tokPunct && l.src[t.pos] == '.'
	l.afterName = t.kind == tokWord || t.kind == tokBacktick || t.kind == tokDouble
	return t
}

func (l *lexer) scan() token {
	start := l.pos
	if start >= len(l.src) {
		if l.versioned {
			return token{tokBad, start, start}
		}
		return token{tokEOF, start, start}
	}
	switch c := l.src[start]; {
	case c == '\'':
		return l.quoted(tokString, c, !l.opts.NoBackslashEscapes)
	case c == '"':
		return l.quoted(tokDouble, c, !l.opts.NoBackslashEscapes && !l.opts.ANSIQuotes)
	case c == '`':
		return l.quoted(tokBacktick, c, false)
	case c == '@':
		l.pos++
		l.run(isHostByte)
		return token{tokAt, start, l.pos}
	case isDigit(c), c == '.' && !l.afterDot && isDigit(l.at(1)) && !l.afterName:
		return l.number()
	case isWordByte(c):
		l.run(isWordByte)
		return token{tokWord, start, l.pos}
	}
	l.pos++
	return token{tokPunct, start, l.pos}
}

// at is the byte n places ahead, 0 past the end.
func (l *lexer) at(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

func (l *lexer) run(in func(byte) bool) {
	for l.pos < len(l.src) && in(l.src[l.pos]) {
		l.pos++
	}
}

// quoted scans to the closing quote. A doubled quote stands for itself, and so
// does whatever follows a backslash where those count.
func (l *lexer) quoted(kind tokenKind, quote byte, backslash bool) token {
	start := l.pos
	for i := start + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '\\' && backslash:
			i++
		case c == quote && i+1 < len(l.src) && l.src[i+1] == quote:
			i++
		case c == quote:
			l.pos = i + 1
			return token{kind, start, l.pos}
		}
	}
	l.pos = len(l.src)
	return token{tokBad, start, l.pos}
}

// number scans digits, a fraction and an exponent, 0x… and 0b…. Digits that run
// into letters are a name (1st), as in MySQL.
func (l *lexer) number() token {
	start := l.pos
	l.run(isWordByte)
	word := l.src[start:l.pos]
	if l.afterDot && word != "" {
		return token{tokWord, start, l.pos}
	}
	if strings.TrimLeft(word, "0123456789") == "" {
		if l.at(0) == '.' {
			l.pos++
			l.run(isDigit)
		}
		l.exponent()
		return token{tokNumber, start, l.pos}
	}
	if isRadix(word) {
		return token{tokNumber, start, l.pos}
	}
	if digits, ok := strings.CutSuffix(asciiLower(word), "e"); ok && isDigits(digits) && (l.at(0) == '+' || l.at(0) == '-') && isDigit(l.at(1)) {
		l.pos++
		l.run(isDigit)
		return token{tokNumber, start, l.pos}
	}
	if mantissa, exp, ok := strings.Cut(asciiLower(word), "e"); ok && isDigits(mantissa) && isDigits(exp) {
		return token{tokNumber, start, l.pos}
	}
	return token{tokWord, start, l.pos}
}

// exponent scans e5, E-5 after a fraction.
func (l *lexer) exponent() {
	if l.at(0)|0x20 != 'e' {
		return
	}
	n := 1
	if l.at(1) == '+' || l.at(1) == '-' {
		n = 2
	}
	if isDigit(l.at(n)) {
		l.pos += n
		l.run(isDigit)
	}
}

// skipSpace moves to the next character that counts. A comment that does not
// end is a bad token and not a licence to ignore the rest.
func (l *lexer) skipSpace() (bad token, ok bool) {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '#', c == '-' && l.at(1) == '-' && (l.pos+2 >= len(l.src) || l.at(2) <= ' '):
			if i := strings.IndexByte(l.src[l.pos:], '\n'); i >= 0 {
				l.pos += i + 1
			} else {
				l.pos = len(l.src)
			}
		case c == '*' && l.at(1) == '/' && l.versioned:
			l.bracket(l.pos, l.pos+2)
			l.versioned = false
		case c == '/' && l.at(1) == '*':
			if start := l.pos; !l.comment() {
				l.pos = len(l.src)
				return token{tokBad, start, start}, false
			}
		default:
			return token{}, true
		}
	}
	return token{}, true
}

// comment skips the comment at l.pos, or enters it when it is a versioned one
// whose body counts.
func (l *lexer) comment() bool {
	body := l.pos + 2
	if body < len(l.src) && l.src[body] == '!' && !l.versioned {
		digits := body + 1
		for digits < len(l.src) && digits < body+7 && isDigit(l.src[digits]) {
			digits++
		}
		n := 0
		for _, c := range l.src[body+1 : digits] {
			n = n*10 + int(c-'0')
		}
		switch {
		case digits-body-1 < 5: // no version: the digits, if any, are part of the body
			l.bracket(l.pos, body+1)
			l.versioned = true
			return true
		case n <= versionID:
			l.bracket(l.pos, digits)
			l.versioned = true
			return true
		}
		return l.skipNested(digits)
	}
	i := strings.Index(l.src[min(body, len(l.src)):], "*/")
	if i < 0 {
		return false
	}
	l.pos = body + i + 2
	return true
}

// bracket moves on to a position, telling who wants to know what was passed.
func (l *lexer) bracket(from, to int) {
	if l.frame != nil {
		l.frame(from, to)
	}
	l.pos = to
}

// skipNested skips a versioned comment that does not count, with the plain
// comments in it.
func (l *lexer) skipNested(from int) bool {
	for depth := 1; ; {
		shut := strings.Index(l.src[from:], "*/")
		if shut < 0 {
			return false
		}
		if open := strings.Index(l.src[from:from+shut], "/*"); open >= 0 {
			depth++
			from += open + 2
			continue
		}
		from += shut + 2
		if depth--; depth == 0 {
			l.bracket(l.pos, from)
			return true
		}
	}
}
