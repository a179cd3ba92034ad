package dialect

import "strings"

// Redact returns text fit for a log: when it starts like a security statement,
// everything in it that may be a password is blanked out. It is for text that
// did not parse; a Statement redacts itself.
func Redact(text string, o Options) string {
	if _, ok := leadOf(text, o); !ok {
		return text
	}
	return blankSecrets(text, 0, o)
}

// blankSecrets returns text[from:] with *** for whatever may be a password: a
// string in either kind of quotes, and an unquoted word after BY or PASSWORD,
// where somebody forgot the quotes. A quote that does not end hides the rest.
func blankSecrets(text string, from int, o Options) string {
	var b strings.Builder
	l := lexer{src: text, opts: o}
	due := false // the next token stands where a password does
	for {
		t := l.next()
		secret := false
		switch t.kind {
		case tokEOF:
			b.WriteString(text[min(from, len(text)):])
			return b.String()
		case tokBad:
			if from < t.pos {
				b.WriteString(text[from:t.pos])
			}
			b.WriteString(masked)
			return b.String()
		case tokString, tokDouble:
			secret, due = true, false
		case tokWord:
			word := text[t.pos:t.end]
			secret, due = due, equalKeyword(word, "BY") || equalKeyword(word, "PASSWORD")
		case tokPunct:
			due = due && (text[t.pos] == '=' || text[t.pos] == ':')
		default:
			secret, due = due, false
		}
		if secret && t.pos >= from {
			b.WriteString(text[from:t.pos])
			b.WriteString(quoteString(masked))
			from = t.end
		}
	}
}
