package lex

// More forms that are written as others:
//
//	@a := b                      @a OR AssignMark OR b: nothing binds less than OR
//	SELECT SQL_NO_CACHE …        without the words that say how, not what
//	DELETE LOW_PRIORITY QUICK …  without them, and so INSERT, REPLACE and UPDATE with LOW_PRIORITY and HIGH_PRIORITY
//	DELETE IGNORE …              DELETE /*IgnoreMark*/ …

// AssignMark stands, as a name, between two ORs where := was.
const AssignMark = "assign\x00"

// IgnoreMark stands, as a comment, behind a DELETE that says IGNORE.
const IgnoreMark = "/*ignore\x00*/"

// howWrites is the canonical form of an option of a statement that changes rows, which says
// how and not what; empty for every other word. of is the word that the statement begins with.
func howWrites(of, s string) string {
	deletes := EqualKeyword(of, "DELETE")
	switch {
	case EqualKeyword(s, "LOW_PRIORITY"), deletes && EqualKeyword(s, "QUICK"), EqualKeyword(of, "INSERT") && EqualKeyword(s, "HIGH_PRIORITY"):
		return " "
	case deletes && EqualKeyword(s, "IGNORE"):
		return " " + IgnoreMark + " "
	}
	return ""
}

// writes reports the first word of a statement that changes rows.
func writes(s string) bool {
	return len(s) >= 6 && len(s) <= 7 && (EqualKeyword(s, "DELETE") || EqualKeyword(s, "UPDATE") || EqualKeyword(s, "INSERT") || EqualKeyword(s, "REPLACE"))
}

// forms is what the writer remembers for these.
type forms struct {
	options  bool   // SELECT and its options were the last words
	writing  string // the word DELETE, INSERT, REPLACE or UPDATE, when it and its options were
	brackets int    // that are open
	set      bool   // in a statement SET
}

func (w *writer) isPunct(t Token, c byte) bool { return t.Kind == Punct && w.src[t.Pos] == c }

// isHow reports a word behind SELECT that changes nothing of what comes out.
func isHow(s string) bool {
	for _, word := range [...]string{"HIGH_PRIORITY", "SQL_SMALL_RESULT", "SQL_BIG_RESULT", "SQL_BUFFER_RESULT", "SQL_NO_CACHE"} {
		if EqualKeyword(s, word) {
			return true
		}
	}
	return false
}

// assigns reports a := that is a part of an expression: not that of SET @a := ….
func (w *writer) assigns() bool {
	if w.prev.Kind != At && !w.variable {
		return false
	}
	before := w.before
	if w.variable { // @ and the name are two tokens
		before = w.earlier
	}
	return !(w.set && w.brackets == 0 && (w.is(before, "SET") || w.isPunct(before, ',')))
}

// remember follows the tokens for these forms.
func (w *writer) remember(t Token) {
	if t.Kind != Word {
		w.options, w.writing = false, ""
	}
	switch t.Kind {
	case Punct:
		switch w.src[t.Pos] {
		case '(':
			w.brackets++
		case ')':
			w.brackets--
		case ';':
			w.set = false
		}
	case Word:
		s := w.src[t.Pos:t.End]
		switch {
		case EqualKeyword(s, "SELECT"):
			w.options = true
		case writes(s):
			w.writing = s
		case w.writing != "":
			if howWrites(w.writing, s) == "" {
				w.writing = ""
			}
		case w.options && !isHow(s):
			w.options = EqualKeyword(s, "ALL") || EqualKeyword(s, "DISTINCT") || EqualKeyword(s, "DISTINCTROW") || EqualKeyword(s, "STRAIGHT_JOIN") ||
				EqualKeyword(s, "SQL_CALC_FOUND_ROWS")
		}
		w.set = w.set || EqualKeyword(s, "SET") && w.beginsStatement()
	}
}

// beginsStatement reports that a statement, or one of a program, can begin at this token.
func (w *writer) beginsStatement() bool {
	return w.prev.End == 0 || w.isPunct(w.prev, ';') || w.isPunct(w.prev, ':') || w.followsWord("BEGIN") || w.followsWord("THEN") ||
		w.followsWord("ELSE") || w.followsWord("DO") || w.followsWord("LOOP") || w.followsWord("REPEAT")
}
