package lex

import "strings"

// # What the SQL parser cannot read
//
// Some forms that MySQL has are written as others that mean the same:
//
//	INTERVAL(a, b, …)            the name quoted: a function, not the beginning of an interval
//	IS UNKNOWN                   IS NULL
//	= ANY (SELECT …), = SOME     IN (SELECT …)
//	<> ALL (SELECT …)            NOT IN (SELECT …)

// word is the canonical form of a plain word; empty when it is the word itself.
func (w *writer) word(t Token, s string) string {
	if w.follows(".") {
		return "" // a name
	}
	if t.Pos == w.quantifier && t.Pos > 0 {
		return " "
	}
	switch len(s) {
	case 7:
		if EqualKeyword(s, "UNKNOWN") && (w.followsWord("IS") || w.followsWord("NOT") && w.is(w.before, "IS")) {
			return "NULL"
		}
	case 8:
		if EqualKeyword(s, "INTERVAL") && w.callsInterval() {
			return "`interval`"
		}
	}
	return ""
}

func (w *writer) is(t Token, word string) bool {
	return t.Kind == Word && EqualKeyword(w.src[t.Pos:t.End], word)
}

func (w *writer) followsWord(word string) bool { return w.is(w.prev, word) }

func (w *writer) follows(op string) bool {
	return (w.prev.Kind == Op || w.prev.Kind == Punct) && w.src[w.prev.Pos:w.prev.End] == op
}

// membership is what an operator before a quantified subquery is written as: the
// quantifier itself then disappears. It is empty for every other operator.
func (w *writer) membership(t Token, op string) string {
	rest := w.src[t.End:]
	for rest != "" && isSpace(rest[0]) {
		rest = rest[1:]
	}
	if rest == "" || strings.IndexByte("aAsS", rest[0]) < 0 { // most operators: not worth a look
		return ""
	}
	ahead := w.lexer
	q := ahead.Next()
	equal := op == "="
	if !(equal && (w.is(q, "ANY") || w.is(q, "SOME")) || !equal && w.is(q, "ALL")) {
		return ""
	}
	for depth := 0; ; depth++ {
		t := ahead.Next()
		if t.Kind == Punct && w.src[t.Pos] == '(' {
			continue
		}
		if depth == 0 || !(w.is(t, "SELECT") || w.is(t, "WITH") || w.is(t, "VALUES") || w.is(t, "TABLE")) {
			return ""
		}
		if w.quantifier = q.Pos; equal {
			return " IN "
		}
		return " NOT IN "
	}
}

// callsInterval reports a function INTERVAL(a, b, …): there is a comma between its
// brackets.
func (w *writer) callsInterval() bool {
	ahead := w.lexer
	for depth := 0; ; {
		t := ahead.Next()
		if t.Kind == EOF || t.Kind == Bad {
			return false
		}
		if t.Kind == Op || t.Kind == Punct {
			switch w.src[t.Pos:t.End] {
			case "(":
				depth++
			case ")":
				depth--
			case ",":
				if depth == 1 {
					return true
				}
			}
		}
		if depth <= 0 {
			return false
		}
	}
}
