package lex

import "strings"

// Version is what a versioned comment is compared with: the body of
// /*!NNNNN … */ counts when NNNNN, of five or six digits, is at most this number.
// lxdb announces itself as MySQL 8.0.40. Comments for MariaDB alone, /*M! … */,
// are comments.
const Version = 80040

// skip moves to the next character that counts. A comment that does not end is a
// bad token and not a licence to ignore the rest.
func (l *Lexer) skip() (bad Token, ok bool) {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			l.pos++
		case isSpace(c):
			l.gap.odd = true
			l.pos++
		case c == '#', c == '-' && l.at(1) == '-' && (l.pos+2 >= len(l.src) || l.at(2) <= ' ' || l.at(2) == 0x7f):
			l.gap.odd = true
			if i := strings.IndexByte(l.src[l.pos:], '\n'); i >= 0 {
				l.pos += i + 1
			} else {
				l.pos = len(l.src)
			}
		case c == '*' && l.versioned && l.at(1) == '/':
			l.gap.odd = true
			l.bracket(l.pos + 2)
			l.versioned = false
		case c == '/' && l.at(1) == '*':
			l.gap.odd = true
			if start := l.pos; !l.comment() {
				l.pos = len(l.src)
				return Token{Bad, start, start}, false
			}
		default:
			return Token{}, true
		}
	}
	return Token{}, true
}

// comment skips the comment at l.pos, or enters it when it is a versioned one
// whose body counts.
func (l *Lexer) comment() bool {
	body := l.pos + 2
	if body < len(l.src) && l.src[body] == '!' {
		return l.versionedComment(body + 1)
	}
	i := strings.Index(l.src[body:], "*/")
	if i < 0 {
		return false
	}
	if l.src[body] == '+' && l.gap.hintTo == 0 && !l.versioned {
		l.gap.hintFrom, l.gap.hintTo = l.pos, body+i+2
	}
	l.pos = body + i + 2
	return true
}

// versionedComment decides on the comment whose version begins at from. One that
// counts inside another is refused: MySQL closes both at the first end.
func (l *Lexer) versionedComment(from int) bool {
	digits := from
	n := 0
	for digits < len(l.src) && digits < from+6 && isDigit(l.src[digits]) {
		n = n*10 + int(l.src[digits]-'0')
		digits++
	}
	if digits-from < 5 { // no version: the digits, if any, are part of the body
		n, digits = 0, from
	}
	switch {
	case n > Version:
		return l.skipNested(digits)
	case l.versioned:
		return false
	}
	l.bracket(digits)
	l.versioned = true
	return true
}

// skipNested skips a versioned comment that does not count, with the comments in
// it.
func (l *Lexer) skipNested(from int) bool {
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
			l.bracket(from)
			return true
		}
	}
}

// bracket moves on, telling who wants to know what was passed.
func (l *Lexer) bracket(to int) {
	if l.frame != nil {
		l.frame(l.pos, to)
	}
	l.pos = to
}

// OpenComments blanks out the brackets of the versioned comments that count, and
// the others as a whole. Everything else keeps its place. A text whose quotes or
// comments do not end is returned as it is: it parses nowhere.
func OpenComments(text string, m Mode) string {
	if !strings.Contains(text, "/*!") {
		return text
	}
	var b strings.Builder
	kept := 0
	l := New(text, m)
	l.frame = func(from, to int) {
		b.WriteString(text[kept:from])
		if strings.HasSuffix(text[:from], "--") {
			b.WriteString("/**/") // a space here would make the dashes a comment
			from += 4
		}
		for ; from < to; from++ {
			if text[from] == '\n' {
				b.WriteByte('\n') // lines keep their numbers
			} else {
				b.WriteByte(' ')
			}
		}
		kept = to
	}
	for {
		switch l.Next().Kind {
		case EOF:
			return b.String() + text[kept:]
		case Bad:
			return text
		}
	}
}
