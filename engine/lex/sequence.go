package lex

import "strings"

// The numbers of sequences are calls of functions for the SQL parser:
//
//	NEXT VALUE FOR a.b       nextval(a.b)
//	CURRENT VALUE FOR a.b    currval(a.b)
//	PREVIOUS VALUE FOR a.b   lastval(a.b)
//
// and an expression of their own, in brackets, behind DEFAULT.

// sequenceCall is what NEXT, CURRENT or PREVIOUS is written as; empty when it is another word.
func (w *writer) sequenceCall(s string) string {
	name := ""
	switch {
	case EqualKeyword(s, "NEXT"):
		name = "nextval"
	case EqualKeyword(s, "CURRENT"):
		name = "currval"
	case EqualKeyword(s, "PREVIOUS"):
		name = "lastval"
	default:
		return ""
	}
	ahead := w.lexer
	val, of, ref := ahead.Next(), ahead.Next(), ahead.Next()
	if !w.is(val, "VALUE") || !w.is(of, "FOR") || !w.isName(ref) {
		return ""
	}
	open, close := " "+name+"(", ")"
	if w.followsWord("DEFAULT") {
		open, close = " ("+open, "))"
	}
	last := ref
	if dot := ahead.Next(); w.isPunct(dot, '.') {
		if second := ahead.Next(); w.isName(second) {
			w.plan(ref, QuoteName(Value(w.src, ref, w.mode)))
			last = second
		}
	}
	w.plan(val, " ")
	w.plan(of, " ")
	w.plan(last, QuoteName(Value(w.src, last, w.mode))+close)
	return open
}

// bracketedCall is a call behind DEFAULT, in brackets.
func (w *writer) bracketedCall(s string) string {
	ahead := w.lexer
	for depth := 0; ; {
		t := ahead.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return ""
		case w.isPunct(t, '('):
			depth++
		case w.isPunct(t, ')'):
			if depth--; depth == 0 {
				w.plan(t, "))")
				return " (" + s
			}
		}
		if depth == 0 {
			return ""
		}
	}
}

func (w *writer) intoFollows() bool {
	ahead := w.lexer
	return w.is(ahead.Next(), "INTO")
}

// Upserts says that UPSERT INTO stands in a text.
func Upserts(text string, m Mode) bool {
	if !strings.Contains(text, "upsert") && !strings.Contains(strings.ToLower(text), "upsert") {
		return false
	}
	l := New(text, m)
	for before := l.Next(); before.Kind != EOF && before.Kind != Bad; {
		t := l.Next()
		if before.Kind == Word && EqualKeyword(text[before.Pos:before.End], "UPSERT") && t.Kind == Word && EqualKeyword(text[t.Pos:t.End], "INTO") {
			return true
		}
		before = t
	}
	return false
}

func (w *writer) isName(t Token) bool {
	return t.Kind == Word || t.Kind == Backtick || t.Kind == Double && w.mode.ANSIQuotes
}
