package dialect

import "strings"

// Split returns the first statement of text, without the semicolon that ends
// it, and what follows; rest is "" when only white space, comments and
// semicolons follow. Semicolons inside quotes, comments and the bodies of
// stored programs do not count; no DELIMITER is needed or known.
//
// first is "" when text begins with a semicolon or holds nothing. A text whose
// end cannot be found, because a quote or a block is open, is one statement:
// the parser then says what is wrong with it.
func Split(text string, o Options) (first, rest string) {
	if strings.IndexByte(text, ';') < 0 {
		return strings.TrimSpace(text), ""
	}
	l := lexer{src: text, opts: o}
	b := body{src: text}
	for {
		t := l.next()
		switch {
		case t.kind == tokEOF || t.kind == tokBad:
			return strings.TrimSpace(text), ""
		case t.kind == tokPunct && text[t.pos] == ';' && len(b.frames) == 0:
			first = text[:t.pos]
			if l.versioned { // /*! a; b */ is no way to hide a statement: neither half parses
				return strings.TrimSpace(first), text[t.end:]
			}
			return strings.TrimSpace(first), significant(text[t.end:], o)
		}
		b.step(t)
	}
}

// significant is text from its first token on, with the comments before it, ""
// when there is none.
func significant(text string, o Options) string {
	l := lexer{src: text, opts: o}
	from := 0
	for {
		t := l.next()
		switch {
		case t.kind == tokEOF:
			return ""
		case t.kind != tokPunct || text[t.pos] != ';' || l.versioned:
			return strings.TrimSpace(text[from:])
		}
		from = t.end
	}
}
