package lex

import "strings"

// The units of intervals that are of more than one part are words of their own for
// the SQL parser, which takes any name after INTERVAL but no such word. In quotes they
// are names. In frames of windows it is the other way round.

// isComposedUnit says that a token is such a unit of an INTERVAL that is no frame's.
func (w *writer) isComposedUnit(t Token) bool {
	if t.Kind == Backtick && w.interval && composedUnit(w.src[t.Pos+1:t.End-1]) {
		w.interval = false // it was in quotes before
	}
	if t.Kind != Word {
		return false
	}
	word := w.src[t.Pos:t.End]
	if EqualKeyword(word, "INTERVAL") {
		w.interval = true
		return false
	}
	if !w.interval || len(word) < 8 || strings.IndexByte(word, '_') < 0 || !composedUnit(word) {
		return false
	}
	if w.prev.Kind == Punct && w.src[w.prev.Pos] == '(' { // of EXTRACT
		return false
	}
	ahead := w.lexer
	next := ahead.Next()
	if next.Kind != Word {
		return true
	}
	after := w.src[next.Pos:next.End]
	return !EqualKeyword(after, "PRECEDING") && !EqualKeyword(after, "FOLLOWING")
}

func composedUnit(word string) bool {
	for _, u := range [...]string{"DAY_HOUR", "DAY_MICROSECOND", "DAY_MINUTE", "DAY_SECOND", "HOUR_MICROSECOND", "HOUR_MINUTE", "HOUR_SECOND",
		"MINUTE_MICROSECOND", "MINUTE_SECOND", "SECOND_MICROSECOND", "YEAR_MONTH"} {
		if EqualKeyword(word, u) {
			return true
		}
	}
	return false
}
