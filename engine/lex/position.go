package lex

import (
	"sort"
	"strings"
)

// Start is the place in the source of the token that stands at or after pos in the
// canonical text.
func (x *Text) Start(pos int) int {
	pos = min(max(pos, 0), len(x.SQL))
	for pos < len(x.SQL) && isSpace(x.SQL[pos]) {
		pos++
	}
	n := sort.Search(len(x.edits), func(i int) bool { return pos < x.edits[i].from })
	if n == 0 {
		return pos
	}
	if e := &x.edits[n-1]; pos < e.to {
		return e.srcFrom
	}
	return pos + x.edits[n-1].shift()
}

// End is the end in the source of the token that stands before pos in the
// canonical text.
func (x *Text) End(pos int) int {
	pos = min(max(pos, 0), len(x.SQL))
	for pos > 0 && isSpace(x.SQL[pos-1]) {
		pos--
	}
	n := sort.Search(len(x.edits), func(i int) bool { return pos <= x.edits[i].from })
	if n == 0 {
		return pos
	}
	if e := &x.edits[n-1]; pos <= e.to {
		return e.srcTo
	}
	return pos + x.edits[n-1].shift()
}

// shift is how much further on in the source stands what follows an edit. Edits follow each other, and a statement may
// have a million: the one that decides is looked for, not counted up to.
func (e *edit) shift() int { return e.srcTo - e.to }

// Source returns the source of a piece of the canonical text. With comments in it
// that may be half of what a versioned comment holds: then the canonical text is
// its own source.
func (x *Text) Source(from, to int) string {
	to = min(to, len(x.SQL))
	if x.edits == nil {
		return x.SQL[min(from, to):to]
	}
	s := x.src[min(x.Start(from), x.End(to)):x.End(to)]
	if strings.Contains(s, "/*") || strings.Contains(s, "*/") {
		return x.SQL[min(from, to):to]
	}
	return s
}

// nearBytes is how much of a text a syntax error shows, as in MySQL.
const nearBytes = 80

// Near is what a syntax error says of a place in the source: the text from there
// on, shortened, without what may be a password, and its line. It goes to who sent
// the text, but programs log what goes wrong. secret is set for a statement that
// may hold a password wherever it stands.
func Near(text string, pos int, m Mode, secret bool) (near string, line int) {
	pos = min(max(pos, 0), len(text))
	if near = text[pos:]; secret || hints(text) {
		near = blankSecrets(text, pos, m)
	}
	if len(near) > nearBytes {
		near = strings.ToValidUTF8(near[:nearBytes], "")
	}
	return near, 1 + strings.Count(text[:pos], "\n")
}

// Changed reports whether the canonical text differs from its source.
func (x *Text) Changed() bool { return x.edits != nil }

// TokenBefore is the place in the canonical text of the token that ends at pos or
// is the last one before it; the end of the text when pos is past every token.
func (x *Text) TokenBefore(pos int) int {
	if pos > len(x.SQL) {
		return len(x.SQL)
	}
	l := New(x.SQL, Mode{})
	last := 0
	for {
		t := l.Next()
		if t.Kind == EOF || t.Kind == Bad || t.Pos >= pos {
			return last
		}
		last = t.Pos
	}
}
