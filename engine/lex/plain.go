package lex

import (
	"slices"
	"strings"
)

// Plain is a text, made under a SQL mode, as it is written in the default one: "name" in backticks, backslashes
// doubled where they were themselves, concat(a, b) for a || b, an empty ESCAPE of LIKE without escapes, ! for a NOT that binds so, FLOAT for REAL. It has no
// comments but hints, and versioned comments are what is in them: where a text is read by another server, or stands
// in such a comment itself, as in dumps, they would be something else. A text that is so already stays as it is.
//
// after asks what is put behind the token that ends at a place, as the name of a column that was called by what was
// written; nil for nothing. Where the operands of || cannot be told, the text that comes out means something else
// than text: who needs to be sure reads both.
func Plain(text string, m Mode, after func(end int) string) string {
	p := plainer{src: text, mode: m}
	l := New(text, m)
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		if t.Kind == Bad {
			return text
		}
		p.gaps = append(p.gaps, p.gap(&l, t))
		p.toks = append(p.toks, t)
	}
	p.forms = make([]string, len(p.toks))
	for i := range p.toks {
		p.forms[i] = p.form(i)
	}
	p.operands(0, len(p.toks))
	var b strings.Builder
	for i, t := range p.toks {
		b.WriteString(p.gaps[i])
		b.WriteString(p.forms[i])
		if after != nil {
			b.WriteString(after(t.End))
		}
	}
	return b.String()
}

type plainer struct {
	src   string
	mode  Mode
	toks  []Token
	gaps  []string // what stands before each
	forms []string // how each is written
}

// gap is what is kept of what stands before a token: an optimizer hint that can be told apart from everything else
// by any reader, and otherwise blanks.
func (p *plainer) gap(l *Lexer, t Token) string {
	first, from := len(p.toks) == 0, 0
	if !first {
		from = p.toks[len(p.toks)-1].End
	}
	g := &l.gap
	switch {
	case first:
		return ""
	case !g.odd:
		return p.src[from:t.Pos]
	case g.hintTo > 0:
		if hint := p.src[g.hintFrom:g.hintTo]; !strings.ContainsAny(hint, "'\";\\#\r\n") && !strings.Contains(hint, "--") {
			return " " + hint + " "
		}
	}
	return " "
}

func (p *plainer) text(i int) string {
	if i < 0 || i >= len(p.toks) {
		return ""
	}
	return p.src[p.toks[i].Pos:p.toks[i].End]
}

func (p *plainer) kind(i int) Kind {
	if i < 0 || i >= len(p.toks) {
		return EOF
	}
	return p.toks[i].Kind
}

func (p *plainer) isWord(i int, words ...string) bool {
	return p.kind(i) == Word && slices.ContainsFunc(words, func(w string) bool { return EqualKeyword(p.text(i), w) })
}

// is says that a token is an operator or other character.
func (p *plainer) is(i int, op string) bool {
	return (p.kind(i) == Punct || p.kind(i) == Op) && p.text(i) == op
}

// form is a token by itself.
func (p *plainer) form(i int) string {
	s, t := p.text(i), p.toks[i]
	switch t.Kind {
	case Double:
		if p.mode.ANSIQuotes {
			name := QuoteName(Value(p.src, t, p.mode))
			if i > 0 && p.gaps[i] == "" && wordBytes[p.src[t.Pos-1]] {
				return " " + name
			}
			return name
		}
		fallthrough
	case String, National:
		if p.mode.NoBackslashEscapes {
			return strings.ReplaceAll(s, `\`, `\\`)
		}
	case Word:
		switch {
		case p.is(i-1, "."):
		case p.mode.RealAsFloat && EqualKeyword(s, "REAL"):
			return "FLOAT"
		case p.prefixNot(i):
			return "! "
		}
	}
	return s
}

// prefixNot says that a NOT binds as ! does.
func (p *plainer) prefixNot(i int) bool {
	return p.mode.HighNot && p.isWord(i, "NOT") && !p.isWord(i-1, "IS") &&
		!p.isWord(i+1, "NULL", "IN", "BETWEEN", "LIKE", "REGEXP", "RLIKE", "EXISTS", "MEMBER")
}

// operands writes concat for each || of the tokens from i on, and what no escapes mean to a LIKE, in brackets as well.
func (p *plainer) operands(i, end int) {
	if !p.mode.PipesAsConcat && !p.mode.NoBackslashEscapes {
		return
	}
	behind, like := false, false // an operand, and LIKE
	for i < end {
		if !p.begins(i, behind) {
			behind, like = false, p.isWord(i, "LIKE")
			i++
			continue
		}
		from := i
		i = p.operand(i, end)
		for p.mode.PipesAsConcat && p.is(i, "||") && i+1 < end {
			p.forms[from] = "concat(" + p.forms[from]
			p.forms[i] = ","
			i = p.operand(i+1, end)
			p.forms[i-1] += ")"
		}
		if like && p.mode.NoBackslashEscapes && !p.isWord(i, "ESCAPE") {
			p.forms[i-1] += " ESCAPE ''"
		}
		behind, like = true, false
	}
}

// calls are reserved words that begin an operand.
var calls = strings.Fields(`IF LEFT RIGHT REPEAT REPLACE INSERT MOD CONVERT CHAR CHARACTER DATABASE SCHEMA VALUES DEFAULT EXISTS INTERVAL ROW
	CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP MATCH GROUPING
	RANK ROW_NUMBER CUME_DIST DENSE_RANK FIRST_VALUE LAG LAST_VALUE LEAD NTH_VALUE NTILE PERCENT_RANK CASE NULL TRUE FALSE BINARY JSON_TABLE`)

// begins says that an operand does at a token.
func (p *plainer) begins(i int, behind bool) bool {
	switch p.kind(i) {
	case Word:
		s := p.text(i)
		if !Reserved(s) || p.is(i-1, ".") {
			return !behind || !p.isWord(i, "MEMBER", "SOUNDS", "ESCAPE")
		}
		if p.isWord(i, "INTERVAL") && !p.is(i+1, "(") {
			return false
		}
		return !behind && slices.ContainsFunc(calls, func(w string) bool { return EqualKeyword(s, w) }) || p.mode.HighNot && p.isWord(i, "NOT") && p.prefixNot(i)
	case Punct, Op:
		switch p.text(i) {
		case "(", "{":
			return true
		case "-", "+", "~", "!":
			return !behind
		}
		return false
	}
	return true
}

// operand is where the one ends that begins at a token; what stands in its brackets is written.
func (p *plainer) operand(i, end int) int {
	for i+1 < end && (p.is(i, "-") || p.is(i, "+") || p.is(i, "~") || p.is(i, "!") || p.isWord(i, "BINARY") || p.prefixNot(i)) {
		i++
	}
	switch {
	case p.is(i, "(") || p.is(i, "{"):
		i = p.brackets(i, end)
	case p.isWord(i, "CASE"):
		i = p.choice(i, end)
	case p.kind(i) == String || p.kind(i) == National:
		for i++; p.kind(i) == String || !p.mode.ANSIQuotes && p.kind(i) == Double; i++ {
		}
	case p.kind(i) == At && p.toks[i].End == p.toks[i].Pos+1:
		i += 2
	case p.kind(i) == Word && IsIntroducer(p.text(i)), p.isWord(i, "DATE", "TIME", "TIMESTAMP") && p.kind(i+1) == String:
		i += 2
	default:
		i = p.named(i, end)
	}
	for p.isWord(i, "COLLATE") {
		i += 2
	}
	return min(i, end)
}

// named is an operand that begins with a name.
func (p *plainer) named(i, end int) int {
	called := p.isWord(i, "MATCH")
	for i++; p.is(i, ".") && i+1 < end; i += 2 {
	}
	if p.is(i, "(") && p.kind(i-1) != Number {
		i = p.brackets(i, end)
	}
	if called && p.isWord(i, "AGAINST") && p.is(i+1, "(") {
		i = p.brackets(i+1, end)
	}
	if p.isWord(i, "OVER") {
		if i++; p.is(i, "(") {
			i = p.brackets(i, end)
		} else {
			i++
		}
	}
	if p.is(i, "->") || p.is(i, "->>") {
		i += 2
	}
	return i
}

// brackets is where those end that begin at a token.
func (p *plainer) brackets(i, end int) int {
	depth := 0
	for at := i; at < end; at++ {
		switch {
		case p.is(at, "(") || p.is(at, "{"):
			depth++
		case p.is(at, ")") || p.is(at, "}"):
			if depth--; depth == 0 {
				p.operands(i+1, at)
				return at + 1
			}
		}
	}
	return end
}

// choice is where a CASE ends.
func (p *plainer) choice(i, end int) int {
	depth := 0
	for at := i; at < end; at++ {
		switch {
		case p.isWord(at, "CASE"):
			depth++
		case p.isWord(at, "END") && !p.is(at-1, "."):
			if depth--; depth == 0 {
				p.operands(i+1, at)
				return at + 1
			}
		}
	}
	return end
}

// Contained says that a piece of a definition stays one where the default mode reads it: its quotes, comments and
// brackets end, and no statement does.
func Contained(text string) bool {
	depth := 0
	l := New(text, Mode{})
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		switch {
		case t.Kind == Bad || text[t.Pos] == ';':
			return false
		case t.Kind == Punct && text[t.Pos] == '(':
			depth++
		case t.Kind == Punct && text[t.Pos] == ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}

// ViewQuery is where the query stands in a CREATE or ALTER of a view, without its WITH CHECK OPTION.
func ViewQuery(text string, m Mode) (from, to int, ok bool) {
	p := plainer{src: text, mode: m}
	l := New(text, m)
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		if t.Kind == Bad {
			return 0, 0, false
		}
		p.toks = append(p.toks, t)
	}
	i := 0
	for i < len(p.toks) && !p.isWord(i, "VIEW") {
		i++
	}
	if i++; p.isWord(i, "IF") && p.isWord(i+1, "NOT") {
		i += 3
	}
	if i++; p.is(i, ".") {
		i += 2
	}
	if p.is(i, "(") {
		for i < len(p.toks) && !p.is(i, ")") {
			i++
		}
		i++
	}
	last := len(p.toks) - 1
	if !p.isWord(i, "AS") || i >= last {
		return 0, 0, false
	}
	if p.is(last, ";") {
		last--
	}
	if p.isWord(last, "OPTION") && p.isWord(last-1, "CHECK") {
		if last -= 2; p.isWord(last, "CASCADED", "LOCAL") {
			last--
		}
		if last--; last <= i {
			return 0, 0, false
		}
	}
	if last <= i {
		return 0, 0, false
	}
	return p.toks[i+1].Pos, p.toks[last].End, true
}
