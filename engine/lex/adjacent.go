package lex

// isQuoted says that a token is a text in quotes.
func (w *writer) isQuoted(t Token) bool {
	return t.Kind == String || t.Kind == Double && !w.mode.ANSIQuotes
}

// continues says that a text stands directly behind another one, which makes one text of them. The SQL parser
// would call itself for each, on a stack that millions of them leave, and copy all that it has each time.
func (w *writer) continues(t Token, form string, changed bool) bool {
	if !w.isQuoted(t) || w.variable || w.bareAt || !w.isQuoted(w.prev) && w.prev.Kind != National || w.lastByte != '\'' && w.lastByte != '"' {
		return false
	}
	return !changed || len(form) > 1 && form[0] == form[len(form)-1] && (form[0] == '\'' || form[0] == '"')
}

// join writes a text into the one before it, whose closing quote it moves.
func (w *writer) join(t Token, form string, changed bool) {
	if !changed {
		form = w.src[t.Pos:t.End]
	}
	quote := w.lastByte
	text := requoted(form[1:len(form)-1], form[0], quote)
	last := len(w.edits) - 1
	if last < 0 || w.edits[last].srcTo != w.prev.End { // it stands as it was written
		w.replace(w.prev.End-1, t.End, text+string(quote))
		return
	}
	w.out = append(append(w.out[:len(w.out)-1], text...), quote)
	w.edits[last].to, w.edits[last].srcTo = len(w.out), t.End
	w.kept, w.lastByte = t.End, quote
}

// requoted is the inside of a literal in quotes of one kind, as it stands in those of another kind.
func requoted(inside string, from, to byte) string {
	if from == to {
		return inside
	}
	out := make([]byte, 0, len(inside)+8)
	for i := 0; i < len(inside); i++ {
		switch c := inside[i]; {
		case c == '\\' && i+1 < len(inside):
			out = append(out, c, inside[i+1])
			i++
		case c == from: // twice
			out = append(out, c)
			i++
		case c == to:
			out = append(out, c, c)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}
