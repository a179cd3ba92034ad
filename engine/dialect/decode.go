package dialect

import "strings"

// value is what a token stands for: the text of a string or quoted name with
// its escapes undone, the word itself, the characters after @.
func (p *parser) value(t token) string {
	text := p.src[t.pos:t.end]
	switch t.kind {
	case tokString:
		return unquote(text, !p.opts.NoBackslashEscapes)
	case tokDouble:
		return unquote(text, !p.opts.NoBackslashEscapes && !p.opts.ANSIQuotes)
	case tokBacktick:
		return unquote(text, false)
	case tokAt:
		return text[1:]
	}
	return text
}

// unquote undoes doubled quotes and, where they count, backslashes.
func unquote(text string, backslash bool) string {
	quote, body := text[0], text[1:len(text)-1]
	if strings.IndexByte(body, quote) < 0 && (!backslash || strings.IndexByte(body, '\\') < 0) {
		return body
	}
	var b strings.Builder
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

// quoteName writes a name so that it reads back as itself in every SQL mode.
func quoteName(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

var stringEscapes = strings.NewReplacer("'", "''", `\`, `\\`)

// quoteString writes a string literal for a session with backslash escapes.
func quoteString(s string) string { return "'" + stringEscapes.Replace(s) + "'" }
