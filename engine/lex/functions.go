package lex

import "strings"

// # Functions whose arguments are more than a list
//
// These forms are written as calls with commas, or as operators that engine/grammar makes
// calls of:
//
//	DATE'…', TIME'…', TIMESTAMP'…'        `date literal`('…'): the SQL parser takes them for texts
//	{d '…'}, {t '…'}, {ts '…'}, {fn x}    the same, and (x)
//	SUBSTRING(s FROM n FOR m)             SUBSTRING(s, n, m); also without FOR
//	TRIM(BOTH FROM s)                     TRIM(BOTH ' ' FROM s)
//	WEIGHT_STRING(s AS CHAR(n))           WEIGHT_STRING(s, 'CHAR', n)
//	JSON_VALUE(j, p RETURNING t …)        JSON_VALUE(j, p, 'RETURNING', 't', …)
//	a SOUNDS LIKE b, a MEMBER OF(b)       a <=> mark | b
//	ROW(a, b)                             (a, b), but in VALUES ROW(…)
//	STD(ALL x)                            STD(x)
//	TIMESTAMPADD(SQL_TSI_DAY, …)          TIMESTAMPADD(DAY, …)
//	CAST(x AS FLOAT(30))                  CAST(x AS DOUBLE)
//	CAST(x AS CHAR(n) CHARACTER SET c BINARY)  CAST(x AS CHAR(n) `c mark`), and so without CHARACTER SET

// Marks are names that stand for an operator the SQL parser lacks, between <=> and |. No
// client can write them: they hold a zero byte.
const (
	SoundsMark = "sounds like\x00"
	MemberMark = "member of\x00"
)

// BinaryMark stands behind the name of the character set of a cast whose collation is the binary one of that set; it
// alone is for that of the connection.
const BinaryMark = " bin\x00"

// functionWord is the canonical form of a word that belongs to such a form; empty when it
// is the word itself.
func (w *writer) functionWord(t Token, s string) string {
	switch len(s) {
	case 3:
		if EqualKeyword(s, "ROW") {
			return w.rowWord()
		}
		if EqualKeyword(s, "ALL") {
			return w.allWord()
		}
		if EqualKeyword(s, "MID") {
			w.planSubstring()
		}
	case 4:
		if EqualKeyword(s, "DATE") || EqualKeyword(s, "TIME") {
			return w.literalWord(s)
		}
		if form := w.sequenceCall(s); form != "" {
			return form
		}
		if EqualKeyword(s, "CHAR") && (w.followsWord("AS") || w.follows(",")) {
			w.planBinary()
		}
		if EqualKeyword(s, "FROM") && (w.followsWord("BOTH") || w.followsWord("LEADING") || w.followsWord("TRAILING")) && w.src[w.before.Pos:w.before.End] == "(" {
			return "' ' FROM"
		}
	case 5:
		if EqualKeyword(s, "FLOAT") && w.followsWord("AS") {
			return w.floatWord(t)
		}
	case 6:
		if EqualKeyword(s, "UPSERT") && w.intoFollows() {
			return "INSERT" // the rest is written into the tree
		}
		if EqualKeyword(s, "SUBSTR") {
			w.planSubstring()
		}
		if EqualKeyword(s, "SOUNDS") {
			return w.operatorWords("LIKE", SoundsMark)
		}
		if EqualKeyword(s, "MEMBER") {
			return w.operatorWords("OF", MemberMark)
		}
	case 7:
		if EqualKeyword(s, "NEXTVAL") && w.followsWord("DEFAULT") {
			return w.bracketedCall(s)
		}
		return w.sequenceCall(s)
	case 8:
		return w.sequenceCall(s)
	case 9:
		if EqualKeyword(s, "TIMESTAMP") {
			return w.literalWord(s)
		}
		if EqualKeyword(s, "SUBSTRING") {
			w.planSubstring()
		}
	case 10:
		if EqualKeyword(s, "JSON_VALUE") {
			w.planJSONValue()
		}
	case 13:
		if EqualKeyword(s, "WEIGHT_STRING") {
			w.planWeight()
		}
	}
	if len(s) > 8 && s[3] == '_' && EqualKeyword(s[:8], "SQL_TSI_") && w.follows("(") {
		return s[8:]
	}
	return ""
}

// plan writes another form at a token that comes later.
func (w *writer) plan(t Token, form string) {
	if w.planned == nil {
		w.planned = map[int]string{}
	}
	w.planned[t.Pos] = form
}

// literalWord makes a call of a word before a text.
func (w *writer) literalWord(word string) string {
	ahead := w.lexer
	t := ahead.Next()
	if !w.isText(t) || w.followsWord("DEFAULT") { // a default is written without brackets
		return ""
	}
	w.closeAt = t.Pos
	return "`" + strings.ToLower(word) + " literal`("
}

func (w *writer) isText(t Token) bool {
	return t.Kind == String || t.Kind == Double && !w.mode.ANSIQuotes
}

// brace is {d '…'} and its like: what stands in the place of the brace. The word after it
// is planned.
func (w *writer) brace() string {
	ahead := w.lexer
	word := ahead.Next()
	if word.Kind != Word {
		return ""
	}
	w.braces++
	w.plan(word, " ")
	if next := ahead.Next(); w.isText(next) {
		for short, long := range map[string]string{"D": "date", "T": "time", "TS": "timestamp"} {
			if w.is(word, short) {
				w.plan(word, "`"+long+" literal`(")
				w.closeAt = next.Pos
			}
		}
	}
	return "("
}

// rowWord leaves ROW out before a bracket.
func (w *writer) rowWord() string {
	if w.followsWord("VALUES") {
		w.valuesRow = w.brackets + 1
	}
	ofValues := w.followsWord("VALUES") || w.valuesRow == w.brackets+1 && w.isPunct(w.prev, ',')
	ahead := w.lexer
	t := ahead.Next()
	if ofValues || w.followsWord("EACH") || t.Kind != Punct || w.src[t.Pos] != '(' {
		return ""
	}
	w.plan(t, " ")
	return "("
}

// allOf are the aggregates that take ALL before their argument, which says what is so without it.
var allOf = map[string]bool{"AVG": true, "BIT_AND": true, "BIT_OR": true, "BIT_XOR": true, "COUNT": true, "MAX": true, "MIN": true, "STD": true,
	"STDDEV": true, "STDDEV_POP": true, "STDDEV_SAMP": true, "SUM": true, "VARIANCE": true, "VAR_POP": true, "VAR_SAMP": true}

// allWord leaves ALL out in such a call.
func (w *writer) allWord() string {
	if w.follows("(") && w.before.Kind == Word && allOf[strings.ToUpper(w.src[w.before.Pos:w.before.End])] {
		return " "
	}
	return ""
}

// floatWord is FLOAT(p), which is a FLOAT or a DOUBLE.
func (w *writer) floatWord(t Token) string {
	ahead := w.lexer
	open, digits, end := ahead.Next(), ahead.Next(), ahead.Next()
	if w.text1(open) != "(" || digits.Kind != Number || w.text1(end) != ")" {
		return ""
	}
	n := w.src[digits.Pos:digits.End]
	if len(n) > 2 || len(n) == 2 && n > "53" {
		return ""
	}
	w.plan(open, " ")
	w.plan(digits, " ")
	w.plan(end, " ")
	if len(n) == 2 && n > "24" {
		return "DOUBLE"
	}
	return "FLOAT"
}

// planBinary is BINARY behind CHAR and its length, with or without a character set on either side.
func (w *writer) planBinary() {
	ahead := w.lexer
	t := ahead.Next()
	if w.text1(t) == "(" {
		for t.Kind != EOF && w.text1(t) != ")" {
			t = ahead.Next()
		}
		t = ahead.Next()
	}
	var words []Token
	set := ""
	for binary := false; ; {
		switch {
		case w.is(t, "BINARY") && !binary:
			binary = true
		case set == "" && (w.is(t, "CHARSET") || w.is(t, "CHARACTER")):
			if w.is(t, "CHARACTER") {
				words = append(words, t)
				if t = ahead.Next(); !w.is(t, "SET") {
					return
				}
			}
			words = append(words, t)
			if t = ahead.Next(); t.Kind != Word {
				return
			}
			set = w.src[t.Pos:t.End]
		default:
			if !binary || w.text1(t) != ")" {
				return
			}
			for _, word := range words[1:] {
				w.plan(word, " ")
			}
			w.plan(words[0], " `"+set+BinaryMark+"`")
			return
		}
		words = append(words, t)
		t = ahead.Next()
	}
}

// operatorWords writes an operator of two words as <=> mark |.
func (w *writer) operatorWords(second, mark string) string {
	ahead := w.lexer
	t := ahead.Next()
	if !w.is(t, second) || w.prev.Kind == EOF || second == "OF" && w.text1(ahead.Next()) != "(" {
		return ""
	}
	w.plan(t, "|")
	return "<=> `" + mark + "`"
}

// text1 is a token of one character, or of an operator.
func (w *writer) text1(t Token) string {
	if t.Kind != Punct && t.Kind != Op {
		return ""
	}
	return w.src[t.Pos:t.End]
}

// inside calls visit for the tokens of the call that begins behind the current token, but
// not for those of brackets inside it; it ends with the closing bracket. visit stops it by
// giving false. It says whether the call had an end.
func (w *writer) inside(visit func(t Token, ahead *Lexer) bool) bool {
	ahead := w.lexer
	if w.text1(ahead.Next()) != "(" {
		return false
	}
	for depth := 1; ; {
		t := ahead.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return false
		case w.text1(t) == "(":
			depth++
		case w.text1(t) == ")":
			if depth--; depth == 0 {
				return visit(t, &ahead)
			}
		case depth == 1:
			if !visit(t, &ahead) {
				return false
			}
		}
	}
}

// planSubstring puts commas in the place of FROM and FOR.
func (w *writer) planSubstring() {
	w.inside(func(t Token, _ *Lexer) bool {
		if w.is(t, "FROM") || w.is(t, "FOR") {
			w.plan(t, ",")
		}
		return !w.is(t, "SELECT")
	})
}

// planWeight is WEIGHT_STRING(s AS CHAR(n)).
func (w *writer) planWeight() {
	w.inside(func(t Token, ahead *Lexer) bool {
		if !w.is(t, "AS") {
			return true
		}
		kind, open, n, end := ahead.Next(), ahead.Next(), ahead.Next(), ahead.Next()
		if (w.is(kind, "CHAR") || w.is(kind, "BINARY")) && w.text1(open) == "(" && n.Kind == Number && w.text1(end) == ")" {
			w.plan(t, ",")
			w.plan(kind, "'"+w.src[kind.Pos:kind.End]+"'")
			w.plan(open, ",")
			w.plan(end, " ")
		}
		return false
	})
}

// planJSONValue makes arguments of RETURNING and of what stands before ON EMPTY and ON
// ERROR: 'RETURNING', 'type', 'ON EMPTY', value, 'ON ERROR', value. A word NULL or ERROR is
// the text 'NULL' or 'ERROR' behind the name of its clause and ':'.
func (w *writer) planJSONValue() {
	var clause []Token // tokens since RETURNING or the last ON …
	returning := false
	w.inside(func(t Token, ahead *Lexer) bool {
		switch {
		case !returning && clause == nil && !(w.is(t, "RETURNING") || w.is(t, "DEFAULT") || w.is(t, "NULL") && w.on(*ahead) || w.is(t, "ERROR")):
			return true
		case w.is(t, "RETURNING") && clause == nil:
			w.returning(t, ahead)
			returning = true
		case w.is(t, "ON") && len(clause) > 0:
			what := ahead.Next()
			if !w.is(what, "EMPTY") && !w.is(what, "ERROR") {
				return false
			}
			w.handler(clause, t, what)
			clause, returning = nil, true
		default:
			if w.text1(t) != ")" {
				clause = append(clause, t)
			}
		}
		return true
	})
}

// on says that ON EMPTY or ON ERROR comes next.
func (w *writer) on(ahead Lexer) bool {
	if !w.is(ahead.Next(), "ON") {
		return false
	}
	t := ahead.Next()
	return w.is(t, "EMPTY") || w.is(t, "ERROR")
}

// returning makes one text of the type after RETURNING.
func (w *writer) returning(t Token, ahead *Lexer) {
	kind := ahead.Next()
	from, to := kind.Pos, kind.End
	tokens := []Token{}
	for {
		look := *ahead
		next := look.Next()
		word := next.Kind == Word && !w.is(next, "DEFAULT") && !w.is(next, "NULL") && !w.is(next, "ERROR")
		if !word && w.text1(next) != "(" {
			break
		}
		tokens, to, *ahead = append(tokens, next), next.End, look
		if word {
			continue
		}
		for next.Kind != EOF && next.Kind != Bad && w.text1(next) != ")" {
			next = ahead.Next()
			tokens, to = append(tokens, next), next.End
		}
	}
	w.plan(t, ", 'RETURNING',")
	w.plan(kind, QuoteString(w.src[from:to]))
	for _, t := range tokens {
		w.plan(t, " ")
	}
}

// handler writes value ON EMPTY as , 'ON EMPTY', value.
func (w *writer) handler(clause []Token, on, what Token) {
	name := "ON " + strings.ToUpper(w.src[what.Pos:what.End])
	word := strings.ToUpper(w.src[clause[0].Pos:clause[0].End])
	if word == "DEFAULT" {
		w.plan(clause[0], ", '"+name+"',")
	} else {
		w.plan(clause[0], ", '"+name+":', '"+word+"'")
	}
	w.plan(on, " ")
	w.plan(what, " ")
}
