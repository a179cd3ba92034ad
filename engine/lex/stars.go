package lex

import "strings"

// Star is a * in a SELECT list.
type Star struct{ Pos, End int }

// Stars finds the * of the SELECT lists in a text, those behind the name of a table, too. They
// stand behind the beginning of a list, a comma or a point, where no operator and no argument of
// COUNT does.
func Stars(text string, m Mode) (stars []Star) {
	l := New(text, m)
	var before Token
	for t := l.Next(); t.Kind != EOF && t.Kind != Bad; t = l.Next() {
		if t.Kind == Punct && text[t.Pos] == '*' && beginsItem(text, before) {
			stars = append(stars, Star{t.Pos, t.End})
		}
		before = t
	}
	return stars
}

// beginsItem says that behind a token an item of a SELECT list may begin, or end with a *.
func beginsItem(text string, t Token) bool {
	switch s := text[t.Pos:t.End]; t.Kind {
	case Punct:
		return s == "," || s == "."
	case Word:
		return beginsList[strings.ToUpper(s)]
	}
	return false
}

var beginsList = map[string]bool{"SELECT": true, "DISTINCT": true, "DISTINCTROW": true, "ALL": true, "HIGH_PRIORITY": true, "STRAIGHT_JOIN": true,
	"SQL_SMALL_RESULT": true, "SQL_BIG_RESULT": true, "SQL_BUFFER_RESULT": true, "SQL_NO_CACHE": true, "SQL_CALC_FOUND_ROWS": true}
