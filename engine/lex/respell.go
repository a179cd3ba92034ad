package lex

import "strings"

// # What is spelled otherwise when the SQL parser refuses it
//
// These forms are looked for only in a text that was refused, so that no other pays for it:
//
//	a JOIN b JOIN c ON x ON y        a JOIN (b JOIN c ON x) ON y
//	a STRAIGHT_JOIN b USING (c)      a JOIN b USING (c)
//	(SELECT …), ((SELECT …))         without the brackets, as a statement and behind AS
//	(SELECT … ORDER BY y) LIMIT 1    the same
//	(SELECT … LIMIT 2) LIMIT 1       SELECT * FROM (SELECT … LIMIT 2) AS BracketTable LIMIT 1
//	(SELECT … ORDER BY y) ORDER BY x likewise
//	CREATE TABLE t (SELECT …)        without the brackets
//	… UNION VALUES ROW(1)            … UNION SELECT * FROM (VALUES ROW(1)) AS BracketTable
//	SELECT 1 AS bit_or               `bit_or`: a function only where a bracket follows
//	CALL next(), d.full(1), file(1)  `next`, d.`full`, `file`: names of programs
//	DROP TRIGGER event               `event`: likewise, also behind IF EXISTS and SHOW CREATE TRIGGER
//	SAVEPOINT start                  `start`: a name, where only one can stand
//	SELECT shared FROM plan          `shared`, `plan`: words that are reserved in the parser alone
//	DROP TABLES, LOCK TABLE          DROP TABLE, LOCK TABLES
//	SELECT 1 UNION SELECT 2 INTO @c  … LIMIT 18446744073709551615 INTO @c
//	SHOW LOCAL VARIABLES             SHOW SESSION VARIABLES
//	CAST(x AS UNSIGNED INT)          CAST(x AS UNSIGNED)
//	TIMESTAMPADD(DAY, a > 1, d)      TIMESTAMPADD(DAY, (a > 1), (d))
//	c INT AS (a = b), DEFAULT (a = b)   AS ((a = b)), DEFAULT ((a = b))
//	DESCRIBE t c, EXPLAIN t 'c%'     SHOW COLUMNS FROM t LIKE 'c%'
//	INSERT t SET a = 1 AS n ON …     INSERT t (a) VALUES (1) AS n ON …

// BracketTable is the name of a query in brackets with a LIMIT of its own. No client can
// write it.
const BracketTable = "brackets\x00"

// Respelled is Canonical for a text that the SQL parser refused. It says whether the text
// is another one now.
func Respelled(text string, m Mode) (Text, bool) {
	first, err := Canonical(text, m)
	if err != nil {
		return Text{}, false
	}
	w := writer{lexer: New(text, m), src: text, mode: m, respell: true}
	w.depth.body.src = text
	for {
		t := w.lexer.Next()
		if t.Kind == Bad || !w.depth.step(text, t) || w.token(t) != nil {
			return Text{}, false
		}
		if t.Kind == EOF {
			again := w.text()
			return again, again.SQL != first.SQL
		}
	}
}

// respelled is the form of a word in such a text; empty when it is the word itself.
func (w *writer) respelled(s string) string {
	switch {
	case w.prev.Kind == EOF && (EqualKeyword(s, "DESC") || EqualKeyword(s, "DESCRIBE") || EqualKeyword(s, "EXPLAIN")):
		return w.describesColumn()
	case EqualKeyword(s, "JOIN") && !w.followsWord("FOR"), EqualKeyword(s, "STRAIGHT_JOIN") && w.prev.Kind != EOF && !w.options:
		return w.nestedJoin(s)
	case EqualKeyword(s, "VALUES"):
		w.inserts = false
		return w.valuesQuery(s)
	case EqualKeyword(s, "INSERT"):
		w.inserts = true
	case EqualKeyword(s, "SET") && w.inserts:
		w.inserts = false
		return w.aliasedRow()
	case EqualKeyword(s, "SELECT"), EqualKeyword(s, "ON"), EqualKeyword(s, "UPDATE"):
		w.inserts = false
	case EqualKeyword(s, "INTO") && w.endsUnion():
		return "LIMIT 18446744073709551615 " + s
	case EqualKeyword(s, "TABLES") && w.followsWord("DROP"):
		return "TABLE"
	case EqualKeyword(s, "TABLE") && (w.followsWord("LOCK") || w.followsWord("UNLOCK")):
		return "TABLES"
	case EqualKeyword(s, "LOCAL") && w.followsWord("SHOW"):
		return "SESSION"
	case EqualKeyword(s, "STORAGE") && w.followsWord("SHOW"):
		return " "
	case (EqualKeyword(s, "INT") || EqualKeyword(s, "INTEGER")) && (w.followsWord("UNSIGNED") || w.followsWord("SIGNED")):
		return " "
	case EqualKeyword(s, "TIMESTAMPADD"), EqualKeyword(s, "TIMESTAMPDIFF"):
		w.bracketedArguments()
		return ""
	case w.followsWord("CALL") && mayName(s):
		return QuoteName(s)
	case w.namesTrigger() && !Reserved(s):
		return QuoteName(s)
	case w.mustBeName(), freeWords[strings.ToUpper(s)] && !w.isOption():
		return QuoteName(s)
	case neverCalled[strings.ToUpper(s)]:
		if ahead := w.lexer; w.isPunct(ahead.Next(), '(') || calledOnly[strings.ToUpper(s)] {
			return QuoteName(s)
		}
	case calledOnly[strings.ToUpper(s)]:
		if ahead := w.lexer; !w.isPunct(ahead.Next(), '(') {
			return QuoteName(s)
		}
	}
	return ""
}

// bracketedArguments puts the arguments behind the first one of a call in brackets: they may be conditions.
func (w *writer) bracketedArguments() {
	ahead := w.lexer
	if !w.isPunct(ahead.Next(), '(') {
		return
	}
	var at []Token
	for depth := 1; depth > 0; {
		t := ahead.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return
		case w.isPunct(t, '('):
			depth++
		case w.isPunct(t, ')'):
			if depth--; depth == 0 {
				at = append(at, t)
			}
		case depth == 1 && w.isPunct(t, ','):
			at = append(at, t)
		}
	}
	for i, t := range at {
		switch {
		case i == 0 && len(at) > 1:
			w.plan(t, ", (")
		case i > 0 && i < len(at)-1:
			w.plan(t, "), (")
		case i > 0:
			w.plan(t, "))")
		}
	}
}

// calledOnly are names that the SQL parser takes for functions wherever they stand.
var calledOnly = map[string]bool{"BIT_AND": true, "BIT_OR": true, "BIT_XOR": true, "GROUP_CONCAT": true, "INPLACE": true, "JSON_ARRAYAGG": true,
	"JSON_OBJECTAGG": true, "NOW": true, "OFF": true, "STD": true, "STDDEV": true, "STDDEV_POP": true, "STDDEV_SAMP": true, "SUBSTR": true, "SUBSTRING": true,
	"VARIANCE": true, "VAR_POP": true, "VAR_SAMP": true}

// neverCalled are words of the SQL parser's that are no functions, nor anything else before a bracket:
// there they are the names of stored functions.
var neverCalled = map[string]bool{"ACCOUNT": true, "ATTRIBUTE": true, "CONTAINED": true, "COPY": true, "ENCRYPTED": true, "EVENT": true, "EXCLUSIVE": true, "FILE": true,
	"FULL": true, "INPLACE": true, "NEXT": true, "NONE": true, "OFF": true, "RELOAD": true, "SHARED": true, "SUPER": true, "VERSIONING": true, "VERSIONS": true,
	"VIEW": true, "YES": true}

// programNames are further words that the SQL parser takes for something else behind CALL; none is reserved.
var programNames = map[string]bool{"AVG": true, "CAST": true, "COMMENT": true, "COUNT": true, "ESCAPE": true, "EXECUTE": true, "EXTRACT": true, "FIRST": true, "FORMAT": true,
	"GET_FORMAT": true, "IDENTIFIED": true, "MAX": true, "MIN": true, "PASSWORD": true, "PLAN": true, "POSITION": true, "PROCESS": true, "SHUTDOWN": true,
	"SQL_CACHE": true, "SQL_NO_CACHE": true, "SUM": true, "TIMESTAMPADD": true, "TIMESTAMPDIFF": true, "TRANSACTIONAL": true, "TRIM": true, "VECTOR": true}

func mayName(s string) bool {
	s = strings.ToUpper(s)
	return neverCalled[s] || calledOnly[s] || programNames[s] || strings.Contains(s, "_")
}

// describesColumn is the form of DESCRIBE where a column, or a pattern of some, stands behind the table.
func (w *writer) describesColumn() string {
	ahead := w.lexer
	table := ahead.Next()
	if !w.isName(table) || explains[strings.ToUpper(w.src[table.Pos:table.End])] {
		return ""
	}
	column := ahead.Next()
	if w.isPunct(column, '.') {
		if !w.isName(ahead.Next()) {
			return ""
		}
		column = ahead.Next()
	}
	text := ""
	switch end := ahead.Next(); {
	case end.Kind != EOF && !w.isPunct(end, ';'):
		return ""
	case w.isText(column):
		text = w.src[column.Pos:column.End]
	case column.Kind == Word:
		text = QuoteString(w.src[column.Pos:column.End])
	case w.isName(column):
		quote := w.src[column.Pos : column.Pos+1]
		text = QuoteString(strings.ReplaceAll(w.src[column.Pos+1:column.End-1], quote+quote, quote))
	default:
		return ""
	}
	w.plan(column, "LIKE "+text)
	return "SHOW COLUMNS FROM"
}

// explains are the words behind EXPLAIN that are no table.
var explains = map[string]bool{"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "REPLACE": true, "WITH": true, "TABLE": true, "VALUES": true,
	"ANALYZE": true, "EXTENDED": true, "PARTITIONS": true, "FORMAT": true, "FOR": true, "SECURITY": true}

// nestedJoin puts what a JOIN joins in brackets when the ON or USING that belongs to it
// comes behind those of other joins.
func (w *writer) nestedJoin(s string) string {
	form := ""
	if EqualKeyword(s, "STRAIGHT_JOIN") && w.conditionOf(nil) == "USING" {
		form = "JOIN"
	}
	if w.followsNatural() {
		return form
	}
	var end Token
	if w.conditionOf(&end) == "" {
		return form
	}
	if form == "" {
		form = s
	}
	before := ") "
	if was, planned := w.planned[end.Pos]; planned {
		before += was
	} else {
		before += w.src[end.Pos:end.End]
	}
	w.plan(end, before)
	return form + " ("
}

// valuesQuery makes a SELECT of VALUES ROW(…), … that is a query of its own.
func (w *writer) valuesQuery(s string) string {
	ahead := w.lexer
	for {
		if !w.is(ahead.Next(), "ROW") || !w.isPunct(ahead.Next(), '(') {
			return ""
		}
		last := Token{}
		for depth := 1; depth > 0; {
			switch last = ahead.Next(); {
			case last.Kind == EOF || last.Kind == Bad:
				return ""
			case w.isPunct(last, '('):
				depth++
			case w.isPunct(last, ')'):
				depth--
			}
		}
		if look := ahead; w.isPunct(look.Next(), ',') {
			ahead = look
			continue
		}
		w.plan(last, ")) AS "+QuoteName(BracketTable))
		return "SELECT * FROM (" + s
	}
}

// aliasedRow makes a list of columns and VALUES of SET a = x, … AS n, behind which the SQL parser knows no alias. Without one the
// text stays as it is.
func (w *writer) aliasedRow() string {
	var names []string
	var left []Token // the columns and their = signs
	ahead := w.lexer
	for {
		at := len(left)
		t := ahead.Next()
		for ; w.isName(t) || w.isPunct(t, '.'); t = ahead.Next() {
			left = append(left, t)
		}
		if at == len(left) || w.text1(t) != "=" && w.text1(t) != ":=" {
			return ""
		}
		names = append(names, w.src[left[at].Pos:left[len(left)-1].End])
		left = append(left, t)
		end, alias := w.assigned(&ahead)
		switch {
		case end.Kind == EOF:
			return ""
		case !alias:
			continue
		}
		for _, t := range left {
			w.plan(t, " ")
		}
		w.plan(end, ") AS")
		return "(" + strings.Join(names, ", ") + ") VALUES ("
	}
}

// assigned reads to the comma behind the value of an assignment, or to the AS before a row's alias. EOF: neither comes.
func (w *writer) assigned(ahead *Lexer) (end Token, alias bool) {
	for depth := 0; ; {
		t := ahead.Next()
		switch {
		case w.isPunct(t, '('):
			depth++
		case w.isPunct(t, ')'):
			depth--
		case t.Kind == EOF, t.Kind == Bad, w.isPunct(t, ';'), depth == 0 && (w.is(t, "ON") || w.is(t, "SET")):
			return Token{Kind: EOF}, false
		case depth == 0 && w.isPunct(t, ','):
			return t, false
		case depth == 0 && w.is(t, "AS"):
			return t, true
		}
	}
}

// unions is where the search for the UNION that a word stands behind has come to in a text.
type unions struct {
	from         Lexer // behind the words that were read
	begun        bool
	union, limit bool // the last query was behind one, and has a LIMIT
	depth        int
}

// endsUnion says that the word which was just read stands behind a UNION, or its like, that has no LIMIT: the SQL parser takes
// an INTO there for one of the last query. Each word of the text is read once for it, however often it is asked.
func (w *writer) endsUnion() bool {
	u := &w.unions
	if !u.begun {
		u.from, u.begun = New(w.src, w.mode), true
	}
	for u.from.pos < w.lexer.pos {
		t := u.from.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return false
		case w.isPunct(t, '('):
			u.depth++
		case w.isPunct(t, ')'):
			u.depth--
		case u.depth > 0:
		case w.is(t, "UNION"), w.is(t, "EXCEPT"), w.is(t, "INTERSECT"):
			u.union, u.limit = true, false
		case w.is(t, "LIMIT"):
			u.limit = true
		case w.isPunct(t, ';'), w.is(t, "INSERT"), w.is(t, "REPLACE"):
			u.union = false
		}
	}
	return u.union && !u.limit && u.depth == 0
}

func (w *writer) followsNatural() bool {
	if w.followsWord("NATURAL") {
		return true
	}
	return (w.followsWord("INNER") || w.followsWord("LEFT") || w.followsWord("RIGHT")) && w.is(w.before, "NATURAL") ||
		w.followsWord("OUTER") && w.is(w.earlier, "NATURAL")
}

// conditionOf finds the ON or USING of the join whose word was just read. With nested it
// says nothing when no other join stands before it.
func (w *writer) conditionOf(nested *Token) string {
	ahead := w.lexer
	pending, inner, natural, depth := 1, false, false, 0
	for before := w.prev; ; {
		t := ahead.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad || w.isPunct(t, ';'):
			return ""
		case w.isPunct(t, '('):
			depth++
		case w.isPunct(t, ')'):
			if depth--; depth < 0 {
				return ""
			}
		case depth > 0:
		case w.isPunct(t, ',') || w.endsTables(t):
			return ""
		case w.is(t, "NATURAL"):
			inner, natural = true, true
		case w.is(t, "JOIN") && natural:
			natural = false // it has no condition
		case w.is(t, "JOIN") && !w.is(before, "FOR") || w.is(t, "STRAIGHT_JOIN"):
			inner = true
			pending++
		case w.is(t, "ON") || w.is(t, "USING"):
			if pending--; pending > 0 {
				break
			}
			if nested != nil {
				if !inner {
					return ""
				}
				*nested = t
			}
			return strings.ToUpper(w.src[t.Pos:t.End])
		}
		before = t
	}
}

// endsTables reports a word behind which no table comes any more.
func (w *writer) endsTables(t Token) bool {
	if t.Kind != Word {
		return false
	}
	switch strings.ToUpper(w.src[t.Pos:t.End]) {
	case "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "LOCK", "WINDOW", "INTO", "SET", "SELECT", "DUPLICATE":
		return true
	}
	return false
}

// wholeQuery is the form of a bracket that opens a query, where the brackets may go.
func (w *writer) wholeQuery(t Token) string {
	if !w.opensQuery(w.lexer) || !w.mayUnwrap() {
		return ""
	}
	q, ok := w.bracketed()
	if !ok {
		return ""
	}
	switch next := strings.ToUpper(w.src[q.next.Pos:q.next.End]); {
	case q.next.Kind == Word && (next == "ORDER" || next == "LIMIT"):
		if q.limit || q.ordered && next == "ORDER" {
			w.plan(q.end, ") AS "+QuoteName(BracketTable))
			return "SELECT * FROM ("
		}
	case w.isPunct(q.next, ')') && w.isPunct(w.prev, '(') && w.prev.End == w.unwrapped:
	case q.next.Kind == Word && next == "INTO" && !w.isPunct(w.prev, '('): // (SELECT 5) INTO @f
	case q.next.Kind == EOF || w.isPunct(q.next, ';') || w.is(q.next, "WITH") && w.followsWord("AS"):
	default:
		return ""
	}
	w.plan(q.end, " ")
	w.unwrapped = t.End
	return " "
}

// definedBy is the bracket around what a column is computed from, or has by default, which the SQL parser reads no
// condition in: it has one more.
func (w *writer) definedBy() string {
	if !w.followsWord("AS") && !w.followsWord("DEFAULT") || w.isPunct(w.before, ',') || w.is(w.earlier, "WINDOW") || w.isPunct(w.earlier, ',') {
		return ""
	}
	l := New(w.src, w.mode)
	if verb := l.Next(); !w.is(verb, "CREATE") && !w.is(verb, "ALTER") {
		return ""
	}
	q, ok := w.bracketed()
	if !ok {
		return ""
	}
	w.plan(q.end, "))")
	return "(("
}

// opensQuery says that a query begins here, perhaps in brackets.
func (w *writer) opensQuery(ahead Lexer) bool {
	t := ahead.Next()
	for w.isPunct(t, '(') {
		t = ahead.Next()
	}
	return w.is(t, "SELECT") || w.is(t, "WITH") || w.is(t, "TABLE") || w.is(t, "VALUES")
}

// mayUnwrap says that a query can stand here without brackets.
func (w *writer) mayUnwrap() bool {
	switch {
	case w.prev.End == 0, w.isPunct(w.prev, ';'), w.isPunct(w.prev, ')'), w.followsWord("AS"), w.followsWord("EXPLAIN"), w.followsWord("DESCRIBE"):
		return true
	case w.isPunct(w.prev, '('):
		return !w.is(w.before, "GROUP_CONCAT") && !w.is(w.before, "JSON_ARRAYAGG") && !w.is(w.before, "JSON_OBJECTAGG") && !w.is(w.before, "OVER")
	}
	return w.brackets == 0 && w.createdTable()
}

// createdTable says that the last word is the name behind CREATE TABLE.
func (w *writer) createdTable() bool {
	return w.isName(w.prev) && (w.is(w.before, "TABLE") || w.is(w.before, "EXISTS") || w.isPunct(w.before, '.'))
}

// bracketed is a query in brackets.
type bracketed struct {
	end, next Token
	limit     bool // it has a LIMIT of its own
	ordered   bool // and an ORDER BY
}

func (w *writer) bracketed() (q bracketed, ok bool) {
	ahead := w.lexer
	for depth := 1; depth > 0; {
		t := ahead.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return q, false
		case w.isPunct(t, '('):
			depth++
		case w.isPunct(t, ')'):
			if depth--; depth == 0 {
				q.end = t
				q.next = ahead.Next()
				return q, true
			}
		case depth == 1 && w.is(t, "LIMIT"):
			q.limit = true
		case depth == 1 && w.is(t, "ORDER"):
			q.ordered = true
		}
	}
	return q, false
}
