package lex

import (
	"slices"
	"strings"
)

// # What the SQL parser cannot read
//
// Some forms that MySQL has are written as others that mean the same:
//
//	INTERVAL(a, b, …)            the name quoted: a function, not the beginning of an interval
//	IS UNKNOWN                   IS NULL
//	NOT a, REAL                  ! a and FLOAT, in the SQL modes that say so
//	SET x = BINARY               'binary'
//	= ANY (SELECT …), = SOME     IN (SELECT …)
//	<> ALL (SELECT …)            NOT IN (SELECT …)
//	> ANY (SELECT …), = ALL …    > AnyMark ^ (SELECT …), a name that no client can write
//	RESPECT NULLS OVER, FROM FIRST   left out: that is how it is anyhow
//	IGNORE NULLS OVER w, FROM LAST   OVER IgnoreNulls, a name that no client can write
//	GROUP BY … WITH ROLLUP       one key more, RollupMark
//	OVER (w)                     OVER (w ORDER BY BracketMark): OVER w is something else
//	DEFAULT(column)              (DEFAULT(column)): the parser lets no operator stand beside it
//	LOCK TABLE, DROP TABLES      LOCK TABLES, DROP TABLE
//	ANALYZE LOCAL TABLES         ANALYZE TABLE: no log is written
//	DISTINCTROW                  DISTINCT
//	INSERT DELAYED, REPLACE DELAYED   without that word: rows are there at once
//	IN ((SELECT …))              IN (SELECT …), behind EXISTS, FROM and JOIN as well
//	1 + EXISTS (…)               1 + (EXISTS (…))
//	NATURAL INNER JOIN           NATURAL JOIN
//	1.5 PRECEDING                INTERVAL 'FrameMark 1.5' DAY PRECEDING
//	? PRECEDING                  INTERVAL ? FrameUnit PRECEDING

// word is the canonical form of a plain word; empty when it is the word itself.
func (w *writer) word(t Token, s string) string {
	if w.follows(".") { // a name
		if w.respell && !w.variable && w.before.Kind != At {
			return QuoteName(s)
		}
		return ""
	}
	if t.Pos == w.quantifier && t.Pos > 0 {
		return w.quantified
	}
	if t.End == w.dropped && t.End > 0 {
		return " "
	}
	if w.respell {
		if form := w.respelled(s); form != "" {
			return form
		}
	}
	switch len(s) {
	case 2:
		if EqualKeyword(s, "IN") || w.respell && EqualKeyword(s, "AS") {
			w.unwrap()
		}
	case 3:
		if w.mode.HighNot && EqualKeyword(s, "NOT") && w.isPrefixNot() {
			return "!"
		}
	case 4, 6:
		switch {
		case EqualKeyword(s, "BINARY") && w.isSetting():
			return "'binary'"
		case s == FrameUnit && w.beforeBound():
			return "WEEK"
		case EqualKeyword(s, "EXISTS"):
			return w.existence(s)
		case EqualKeyword(s, "FROM"), EqualKeyword(s, "JOIN"):
			w.unwrap()
		}
		if EqualKeyword(s, "TABLES") && (w.followsWord("DROP") || w.analyzes() || w.followsWord("TEMPORARY") && w.is(w.before, "DROP")) {
			return "TABLE"
		}
		if w.mode.RealAsFloat && EqualKeyword(s, "REAL") {
			return "FLOAT"
		}
		if EqualKeyword(s, "WITH") && w.rollup() {
			return ", `" + RollupMark + "` "
		}
		if w.followsBracket() && w.dropsNulls(s) {
			return " "
		}
	case 5:
		if EqualKeyword(s, "LOCAL") && w.analyzes() {
			return " "
		}
		if EqualKeyword(s, "INNER") && w.followsWord("NATURAL") {
			return " "
		}
		if EqualKeyword(s, "TABLE") && (w.followsWord("LOCK") || w.followsWord("UNLOCK")) {
			return "TABLES"
		}
	case 7:
		if EqualKeyword(s, "DELAYED") && (w.followsWord("INSERT") || w.followsWord("REPLACE")) {
			return " "
		}
		if EqualKeyword(s, "DEFAULT") && w.callsDefault() {
			return "(" + s
		}
		if w.followsBracket() && w.dropsNulls(s) {
			return " "
		}
		if EqualKeyword(s, "UNKNOWN") && (w.followsWord("IS") || w.followsWord("NOT") && w.is(w.before, "IS")) {
			return "NULL"
		}
	case 8:
		if EqualKeyword(s, "INTERVAL") && w.callsInterval() {
			return "`interval`"
		}
	case 11:
		if EqualKeyword(s, "DISTINCTROW") {
			return "DISTINCT"
		}
	case len("NO_WRITE_TO_BINLOG"):
		if EqualKeyword(s, "NO_WRITE_TO_BINLOG") && w.analyzes() {
			return " "
		}
	}
	if w.options && isHow(s) {
		return " "
	}
	if w.writing != "" {
		if form := howWrites(w.writing, s); form != "" {
			return form
		}
	}
	return w.functionWord(t, s)
}

// analyzes says that the word stands behind ANALYZE, or behind a word behind it.
func (w *writer) analyzes() bool {
	return w.followsWord("ANALYZE") || w.is(w.before, "ANALYZE") && (w.followsWord("LOCAL") || w.followsWord("NO_WRITE_TO_BINLOG"))
}

// isSetting says that the word is the whole value that SET gives to a variable.
func (w *writer) isSetting() bool {
	if !w.follows("=") && !w.follows(":=") {
		return false
	}
	ahead, first := w.lexer, New(w.src, w.mode)
	next := ahead.Next()
	ends := next.Kind == EOF || next.Kind == Punct && strings.IndexByte(",;", w.src[next.Pos]) >= 0
	return ends && w.is(first.Next(), "SET")
}

// isPrefixNot says that NOT stands before an operand: it is no part of NOT IN, NOT NULL, IS NOT or
// IF NOT EXISTS.
func (w *writer) isPrefixNot() bool {
	if w.followsWord("IS") {
		return false
	}
	ahead := w.lexer
	next := ahead.Next()
	for _, word := range [...]string{"NULL", "IN", "BETWEEN", "LIKE", "REGEXP", "RLIKE", "EXISTS", "DETERMINISTIC", "FOUND", "ENFORCED", "MEMBER"} {
		if w.is(next, word) {
			return false
		}
	}
	return true
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
	some, all := w.is(q, "ANY") || w.is(q, "SOME"), w.is(q, "ALL")
	if !some && !all {
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
		w.quantifier, w.quantified = q.Pos, " "
		switch {
		case some && op == "=":
			return " IN "
		case all && (op == "<>" || op == "!="):
			return " NOT IN "
		case some:
			w.quantified = "`" + AnyMark + "`^"
		default:
			w.quantified = "`" + AllMark + "`^"
		}
		return ""
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

// IgnoreNulls and FromLast stand, as the name of a window, behind an OVER that such words
// come before.
const (
	IgnoreNulls = "IGNORE NULLS\x00"
	FromLast    = "FROM LAST\x00"
)

// FrameMark begins the string that a number which is no integer is written as before
// PRECEDING and FOLLOWING: the SQL parser knows whole numbers and intervals there.
const FrameMark = "frame\x00"

func (w *writer) followsBracket() bool {
	return w.prev.Kind == Punct && w.src[w.prev.Pos] == ')' || w.dropped > 0 && w.dropped == w.prev.End
}

// dropsNulls reports the first of two words that say between a call and OVER what is
// done with NULLs, or where rows are counted from; the second is dropped, too.
func (w *writer) dropsNulls(s string) bool {
	respect, ignore, from := EqualKeyword(s, "RESPECT"), EqualKeyword(s, "IGNORE"), EqualKeyword(s, "FROM")
	if !respect && !ignore && !from {
		return false
	}
	ahead := w.lexer
	second, third := ahead.Next(), ahead.Next()
	over := w.is(third, "OVER")
	last := from && w.is(second, "LAST")
	switch {
	case (respect || ignore) && w.is(second, "NULLS") && over:
	case (last || from && w.is(second, "FIRST")) && (over || w.is(third, "RESPECT") || w.is(third, "IGNORE")):
	default:
		return false
	}
	if ignore {
		w.nulls = IgnoreNulls
	} else if last {
		w.nulls = FromLast
	}
	w.dropped = second.End
	return true
}

// frameNumber is a number before PRECEDING or FOLLOWING that is no integer.
func (w *writer) frameNumber(t Token, s string) string {
	if strings.Trim(s, "0123456789") == "" {
		return ""
	}
	if !w.beforeBound() || w.followsWord("INTERVAL") {
		return ""
	}
	return "INTERVAL " + QuoteString(FrameMark+s) + " DAY"
}

// beforeBound says that PRECEDING or FOLLOWING comes next.
func (w *writer) beforeBound() bool {
	ahead := w.lexer
	next := ahead.Next()
	return w.is(next, "PRECEDING") || w.is(next, "FOLLOWING")
}

// framePlaceholder is a placeholder before PRECEDING or FOLLOWING.
func (w *writer) framePlaceholder() string {
	if !w.beforeBound() || w.followsWord("INTERVAL") {
		return ""
	}
	return "INTERVAL ? " + FrameUnit
}

// FrameUnit is the unit of an interval that is a placeholder by itself, before PRECEDING and
// FOLLOWING. A client's unit is never spelled like that there.
const FrameUnit = "wEeK"

// BracketMark is, as a name, the one key of a window that has nothing but the name of
// another one in its brackets.
const BracketMark = "in brackets\x00"

// closesName says that a bracket ends OVER (w).
func (w *writer) closesName() bool {
	return (w.prev.Kind == Word || w.prev.Kind == Backtick || w.prev.Kind == Double) && w.isPunct(w.before, '(') && w.is(w.earlier, "OVER")
}

// beforeExpression are the words behind which DEFAULT(column) stands in an expression, and never in the definition of a column.
var beforeExpression = strings.Fields(`SELECT DISTINCT DISTINCTROW WHERE HAVING ON AND OR XOR NOT BY WHEN THEN ELSE CASE DIV MOD BETWEEN LIKE RLIKE REGEXP
	RETURN IF ELSEIF WHILE UNTIL`)

// callsDefault is DEFAULT(column) of an expression: what stands before it is no definition
// of a column. Its closing bracket becomes two, and the parser reads one name there: that of
// a column with its table is written as one.
func (w *writer) callsDefault() bool {
	switch w.prev.Kind {
	case Op:
	case Punct:
		if w.src[w.prev.Pos] == ')' {
			return false
		}
	case Word:
		if !slices.ContainsFunc(beforeExpression, w.followsWord) {
			return false
		}
	default:
		return false
	}
	ahead := w.lexer
	open, name, end := ahead.Next(), ahead.Next(), ahead.Next()
	if !w.isPunct(open, '(') || !isName(name) {
		return false
	}
	if w.isPunct(end, '.') {
		column := ahead.Next()
		if !isName(column) {
			return false
		}
		w.plan(name, QuoteName(Value(w.src, name, w.mode)+DefaultMark+Value(w.src, column, w.mode)))
		w.plan(end, " ")
		w.plan(column, " ")
		end = ahead.Next()
	}
	if !w.isPunct(end, ')') {
		return false
	}
	w.plan(end, "))")
	return true
}

func isName(t Token) bool { return t.Kind == Word || t.Kind == Backtick }

// DefaultMark stands between the names of a table and of its column in DEFAULT(…).
const DefaultMark = "\x00"

// AnyMark and AllMark stand, as names, where a quantifier stood, with a ^ to the subquery.
const (
	AnyMark = "any\x00"
	AllMark = "all\x00"
)

// RollupMark is, as a name, the last key of a GROUP BY … WITH ROLLUP.
const RollupMark = "rollup\x00"

// rollup says that WITH is followed by ROLLUP, which is left out.
func (w *writer) rollup() bool {
	ahead := w.lexer
	next := ahead.Next()
	if !w.is(next, "ROLLUP") {
		return false
	}
	w.dropped = next.End
	return true
}
