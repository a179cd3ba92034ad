package lex

import "strings"

// unwrap leaves out brackets around the brackets of a subquery, which the parser does not
// know: behind EXISTS, IN, FROM and JOIN they can be nothing else.
func (w *writer) unwrap() {
	ahead := w.lexer
	var opens []Token
	t := ahead.Next()
	for ; w.isPunct(t, '('); t = ahead.Next() {
		opens = append(opens, t)
	}
	if len(opens) < 2 || !w.is(t, "SELECT") && !w.is(t, "WITH") {
		return
	}
	if !w.skipBrackets(&ahead) {
		return
	}
	for i := len(opens) - 2; i >= 0; i-- {
		end := ahead.Next()
		if !w.isPunct(end, ')') {
			return
		}
		w.plan(opens[i], " ")
		w.plan(end, " ")
	}
}

// skipBrackets moves behind the bracket that ends the one which is open.
func (w *writer) skipBrackets(ahead *Lexer) bool {
	for depth := 1; depth > 0; {
		t := ahead.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return false
		case w.isPunct(t, '('):
			depth++
		case w.isPunct(t, ')'):
			depth--
		}
	}
	return true
}

// existence puts brackets around EXISTS (…) beside an operator: to the parser it is a
// condition, and no value.
func (w *writer) existence(s string) string {
	w.unwrap()
	ahead := w.lexer
	if !w.isPunct(ahead.Next(), '(') {
		return ""
	}
	last := ahead
	for depth := 1; depth > 0; {
		last = ahead
		t := ahead.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return ""
		case w.isPunct(t, '('):
			depth++
		case w.isPunct(t, ')'):
			depth--
		}
	}
	if !w.operates(w.prev) && !w.operates(ahead.Next()) {
		return ""
	}
	end := last.Next()
	form := "))"
	if w.planned[end.Pos] == " " {
		form = ")"
	}
	w.plan(end, form)
	return "(" + s
}

// operates says that a token is an operator.
func (w *writer) operates(t Token) bool {
	return t.Kind == Op || t.Kind == Punct && strings.IndexByte("*/%+-<>=!&|^~", w.src[t.Pos]) >= 0
}
