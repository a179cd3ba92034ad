package dialect

import "strings"

// Redact returns text fit for a log: when it starts like a security statement,
// every string in it is blanked out, for any of them may be a password. It is
// for text that did not parse; a Statement redacts itself.
func Redact(text string, o Options) string {
	if _, ok := leadOf(text, o); !ok {
		return text
	}
	return blankStrings(text, o)
}

// blankStrings replaces the body of each string literal by ***. A quote that
// does not end hides the rest of the text.
func blankStrings(text string, o Options) string {
	var b strings.Builder
	l := lexer{src: text, opts: o}
	from := 0
	for {
		t := l.next()
		switch {
		case t.kind == tokEOF:
			b.WriteString(text[from:])
			return b.String()
		case t.kind == tokBad:
			b.WriteString(text[from:t.pos])
			b.WriteString(masked)
			return b.String()
		case t.kind == tokString, t.kind == tokDouble && !o.ANSIQuotes:
			b.WriteString(text[from:t.pos])
			b.WriteString("'" + masked + "'")
			from = t.end
		}
	}
}
