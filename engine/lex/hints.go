package lex

import "strings"

// IndexHints spells USE, FORCE and IGNORE INDEX (…) as the SQL parser takes them: with
// INDEX for KEY, and with PRIMARY in quotes.
func IndexHints(text string, m Mode) string {
	var out strings.Builder
	from := 0
	// state counts what of USE INDEX ( has been read; 3 is inside.
	state := 0
	l := New(text, m)
	for t := l.Next(); t.Kind != EOF && t.Kind != Bad; t = l.Next() {
		word := strings.ToUpper(text[t.Pos:t.End])
		switch {
		case t.Kind == Word && (word == "USE" || word == "FORCE" || word == "IGNORE"):
			state = 1
		case t.Kind == Word && state == 1 && (word == "INDEX" || word == "KEY"):
			out.WriteString(text[from:t.Pos] + "INDEX")
			from, state = t.End, 2
		case t.Kind == Punct && state == 2 && word == "(":
			state = 3
		case state == 3 && t.Kind == Word && word == "PRIMARY":
			out.WriteString(text[from:t.Pos] + "`PRIMARY`")
			from = t.End
		case state == 3 && !(t.Kind == Punct && word == ")"):
		default:
			state = 0
		}
	}
	return out.String() + text[from:]
}
