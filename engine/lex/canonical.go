package lex

import "strings"

// Text is a statement as the SQL parser reads it: in the default SQL mode,
// without comments but optimizer hints, every token in a form that both lexers
// read alike.
type Text struct {
	SQL   string
	src   string
	edits []edit
}

// edit is a piece of the source that stands otherwise in the canonical text.
type edit struct {
	from, to       int // in SQL
	srcFrom, srcTo int
}

// Canonical returns the canonical text of one statement, or an *Error. A text that
// is canonical already is handed on as it is, and nothing is allocated.
func Canonical(text string, m Mode) (Text, error) {
	w := writer{lexer: New(text, m), src: text, mode: m}
	w.depth.body.src = text
	for {
		t := w.lexer.Next()
		if t.Kind == Bad {
			return Text{}, &Error{Syntax, t.Pos}
		}
		if !w.depth.step(text, t) {
			return Text{}, &Error{Nested, t.Pos}
		}
		if err := w.token(t); err != nil {
			return Text{}, err
		}
		if t.Kind == EOF {
			return w.text(), nil
		}
	}
}

// writer copies a text, token by token, from the first change on.
type writer struct {
	lexer Lexer
	src   string
	mode  Mode
	depth depth

	out   []byte
	kept  int // how far the source was copied
	edits []edit

	prev      Token // in the source
	before    Token // the one before it
	lastByte  byte  // of the canonical text so far; 0 before the first token
	respell   bool  // the SQL parser refused the text
	unwrapped int   // where the last bracket ended that was left out around a query
	unions    unions
	inserts   bool // INSERT was read, and no VALUES, SELECT or SET behind it
	verb      bool // prev may be followed by a hint
	bareAt    bool // prev is an @ alone: a quoted name must follow directly
	variable  bool // prev is that name
	interval  bool // INTERVAL was read, and its unit was not

	planned   map[int]string // forms of tokens that come later, by their position
	closeAt   int            // the text that a bracket follows; 0: none
	braces    int            // how many { were brackets
	valuesRow int            // the brackets around VALUES ROW, plus one; 0: none

	forms
	earlier    Token  // the one before before
	dropped    int    // where a word ends that is left out
	nulls      string // IgnoreNulls or FromLast, until OVER
	quantifier int    // where the next word is that membership has read; 0: nowhere
	quantified string // what is written for it
}

func (w *writer) text() Text {
	if w.edits == nil {
		return Text{SQL: w.src, src: w.src}
	}
	return Text{SQL: string(append(w.out, w.src[w.kept:]...)), src: w.src, edits: w.edits}
}

// replace puts text in the place of src[from:to].
func (w *writer) replace(from, to int, text string) {
	if w.out == nil {
		w.out = make([]byte, 0, len(w.src)+len(text)+16)
	}
	w.out = append(w.out, w.src[w.kept:from]...)
	at := len(w.out)
	w.out = append(w.out, text...)
	w.edits = append(w.edits, edit{at, len(w.out), from, to})
	w.kept = to
	if text != "" {
		w.lastByte = text[len(text)-1]
	}
}

// token writes a token with what stands before it.
func (w *writer) token(t Token) error {
	if w.bareAt && (t.Pos != w.prev.End || t.Kind != String && t.Kind != Double && t.Kind != Backtick) {
		return &Error{Syntax, w.prev.Pos}
	}
	if (t.Kind == At || t.Kind == System) && w.prev.Kind >= Backtick && w.prev.Kind <= Bit {
		return &Error{Syntax, t.Pos} // the SQL parser would take it for an alias
	}
	form, changed, err := w.form(t)
	if err != nil {
		return err
	}
	if !changed && w.isComposedUnit(t) {
		form, changed = "`"+w.src[t.Pos:t.End]+"`", true
	}
	if w.continues(t, form, changed) {
		w.join(t, form, changed)
		w.remember(t)
		w.follow(t)
		w.earlier, w.before, w.prev = w.before, w.prev, t
		return nil
	}
	first := byte(0)
	if t.Kind != EOF {
		if first = w.src[t.Pos]; changed {
			first = form[0]
		}
	}
	w.space(t, first)
	switch {
	case changed:
		w.replace(t.Pos, t.End, form)
	case t.Kind != EOF:
		w.lastByte = w.src[t.End-1]
	}
	w.remember(t)
	w.follow(t)
	w.earlier, w.before, w.prev = w.before, w.prev, t
	return nil
}

// space writes what stands between the last token and this one.
func (w *writer) space(t Token, first byte) {
	g := &w.lexer.gap
	from := w.prev.End
	switch {
	case g.odd && (w.lastByte == 0 || t.Kind == EOF):
		w.replace(from, t.Pos, "")
	case g.odd && w.verb && g.hintTo > 0:
		w.replace(from, t.Pos, " "+w.src[g.hintFrom:g.hintTo]+" ")
	case g.odd:
		w.replace(from, t.Pos, " ")
	case t.Pos == from && w.touches(t, first):
		w.replace(t.Pos, t.Pos, " ")
	}
}

// touches reports whether the SQL parser would read the last token and this one
// otherwise when nothing stands between them.
func (w *writer) touches(t Token, first byte) bool {
	if w.lastByte == 0 || t.Kind == EOF || w.bareAt {
		return false
	}
	switch w.lastByte {
	case '-', '/':
		return first == w.lastByte
	case ':':
		return w.prev.Kind == Punct
	}
	kind := w.prev.Kind
	if w.variable {
		kind = At
	}
	switch kind {
	case Number, Hex, Bit:
		return wordBytes[first] || first == '.'
	case Word:
		word := w.src[w.prev.Pos:w.prev.End]
		return t.Kind == At || t.Kind == System || first == '\'' && len(word) == 1 ||
			first == '(' && EqualKeyword(word, "AS") || // it would lose the bracket of a view's definition
			beginsColumns(word) || EqualKeyword(word, "NOT") && (w.before.Kind == Punct || beginsColumns(w.src[w.before.Pos:w.before.End])) // and the first byte of a column that is called by what was written
	case Backtick, String, Double, National:
		return t.Kind == At || t.Kind == System
	case At, System:
		return wordBytes[first] || strings.IndexByte(".'\"`@", first) >= 0
	}
	return false
}

// follow remembers what the token means for the next one.
func (w *writer) follow(t Token) {
	w.variable = w.bareAt
	w.bareAt = t.Kind == At && t.End == t.Pos+1
	w.verb = t.Kind == Word && isVerb(w.src[t.Pos:t.End])
}

// beginsColumns reports a word that the first column of a query may follow.
func beginsColumns(word string) bool {
	switch len(word) {
	case 3:
		return EqualKeyword(word, "ALL")
	case 6:
		return EqualKeyword(word, "SELECT")
	case 8:
		return EqualKeyword(word, "DISTINCT")
	case 11:
		return EqualKeyword(word, "DISTINCTROW")
	}
	return len(word) > 4 && EqualKeyword(word[:4], "SQL_") || EqualKeyword(word, "STRAIGHT_JOIN")
}

// isVerb reports a word that an optimizer hint may follow.
func isVerb(word string) bool {
	switch len(word) {
	case 6:
		return EqualKeyword(word, "SELECT") || EqualKeyword(word, "INSERT") || EqualKeyword(word, "UPDATE") || EqualKeyword(word, "DELETE")
	case 7:
		return EqualKeyword(word, "REPLACE")
	}
	return false
}
