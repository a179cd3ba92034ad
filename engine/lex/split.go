package lex

import "strings"

// Split returns the first statement of text, without the semicolon that ends
// it, and what follows; rest is "" when only white space, comments and
// semicolons follow. Semicolons inside quotes, comments and the bodies of
// stored programs do not count; no DELIMITER is needed or known.
//
// first is "" when text begins with a semicolon or holds nothing. A text whose
// end cannot be found, because a quote or a block is open, is one statement:
// the parser then says what is wrong with it.
func Split(text string, m Mode) (first, rest string) {
	if strings.IndexByte(text, ';') < 0 {
		return trimSpace(text), ""
	}
	l := New(text, m)
	b := body{src: text}
	for {
		t := l.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return trimSpace(text), ""
		case t.Kind == Punct && text[t.Pos] == ';' && len(b.frames) == 0:
			first = text[:t.Pos]
			if l.versioned { // /*! a; b */ is no way to hide a statement: neither half parses
				return trimSpace(first), text[t.End:]
			}
			return trimSpace(first), significant(text[t.End:], m)
		}
		b.step(t)
	}
}

// significant is text from its first token on, with the comments before it, ""
// when there is none.
func significant(text string, m Mode) string {
	l := New(text, m)
	from := 0
	for {
		t := l.Next()
		switch {
		case t.Kind == EOF:
			return ""
		case t.Kind != Punct || text[t.Pos] != ';' || l.versioned:
			return trimSpace(text[from:])
		}
		from = t.End
	}
}

// trimSpace takes off what MySQL takes for space, and nothing beyond ASCII.
func trimSpace(s string) string { return strings.Trim(s, " \t\n\v\f\r") }
