package lex

import "strings"

// Value is what a token of text stands for: a string or quoted name with its
// escapes undone, the characters after @, otherwise the token itself.
func Value(text string, t Token, m Mode) string {
	s := text[t.Pos:t.End]
	switch t.Kind {
	case String:
		return unquote(s, !m.NoBackslashEscapes)
	case National:
		return unquote(s[1:], !m.NoBackslashEscapes)
	case Double:
		return unquote(s, !m.NoBackslashEscapes && !m.ANSIQuotes)
	case Backtick:
		return unquote(s, false)
	case At:
		return s[1:]
	}
	return s
}

// unquote undoes doubled quotes and, where they count, backslashes.
func unquote(text string, backslash bool) string {
	quote, body := text[0], text[1:len(text)-1]
	if strings.IndexByte(body, quote) < 0 && (!backslash || strings.IndexByte(body, '\\') < 0) {
		return body
	}
	var b strings.Builder
	b.Grow(len(body))
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c == quote:
			i++ // the first of two
		case c == '\\' && backslash && i+1 < len(body):
			i++
			c = unescape(&b, body[i])
		}
		b.WriteByte(c)
	}
	return b.String()
}

// unescape returns what \c stands for. MySQL keeps the backslash before % and
// _, which mean themselves only inside a pattern.
func unescape(b *strings.Builder, c byte) byte {
	switch c {
	case '0':
		return 0
	case 'b':
		return '\b'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'Z':
		return 26
	case '%', '_':
		b.WriteByte('\\')
	}
	return c
}

// QuoteName writes a name so that it reads back as itself in every SQL mode.
func QuoteName(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

var stringEscapes = strings.NewReplacer("'", "''", `\`, `\\`, "\x00", `\0`)

// QuoteString writes a string literal for a session with backslash escapes.
func QuoteString(s string) string { return "'" + stringEscapes.Replace(s) + "'" }

var shownEscapes = strings.NewReplacer("'", "''", `\`, `\\`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)

// ShowString writes a string literal as definitions show it: on one line where the mode that it is read under
// has escapes, and with nothing but doubled quotes where a backslash is itself.
func ShowString(s string, m Mode) string {
	if m.NoBackslashEscapes {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return "'" + shownEscapes.Replace(s) + "'"
}

// BeforeWith is a text without the WITH that it ends with: what is left of WITH CHECK OPTION behind a query.
func BeforeWith(text string, m Mode) string {
	l := New(text, m)
	last := Token{}
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		if last = t; t.Kind == Bad {
			return text
		}
	}
	if last.Kind != Word || !EqualKeyword(text[last.Pos:last.End], "WITH") {
		return text
	}
	return strings.TrimRight(text[:last.Pos], " \t\r\n\v\f")
}
