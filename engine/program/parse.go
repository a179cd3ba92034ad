package program

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Names says what a name in SQL means: which variable's slot, if it is a variable's.
type Names interface {
	Lookup(qualifier, name string) (slot int, ok bool, err error)
}

// Language reads the parts of a program that are plain SQL.
type Language interface {
	// Type reads a type as DECLARE writes it.
	Type(text string) (value.Type, error)
	// Column is a column of the table that fires a trigger.
	Column(name string) (value.Type, bool)
	// Expression and Statement read SQL in which names may be variables'; slot is that
	// of an expression which is one variable, else -1.
	Expression(text string, names Names) (code any, slot int, err error)
	// CaseWhen reads the comparison of the variable with a value.
	CaseWhen(slot int, text string, names Names) (code any, err error)
	// Statement also says whether it may send rows to the client.
	Statement(text string, names Names, cursor bool) (code any, shows bool, err error)
}

// syntaxPanic carries an error out of the parser.
type syntaxPanic struct{ err error }

type parser struct {
	src   string
	mode  lex.Mode
	toks  []lex.Token
	i     int
	lang  Language
	prog  *Program
	scope *scope
	nest  int
	read  int  // tokens, for heard
	fresh bool // the header is of a client: a reserved word is no name
}

// maxNest bounds blocks in blocks; lex.Bounded has looked at the text before.
const maxNest = 200

// tokens reads all of a text at once.
func (p *parser) tokens() {
	l := lex.New(p.src, p.mode)
	for {
		t := l.Next()
		p.toks = append(p.toks, t)
		if t.Kind == lex.Bad {
			p.fail(t.Pos, "")
		}
		if t.Kind == lex.EOF {
			return
		}
	}
}

// Read reads the header of a CREATE without its body.
func Read(text string, m lex.Mode) (h Header, err error) {
	p := &parser{src: text, mode: m, prog: &Program{Text: text}}
	defer p.caught(&err)
	p.tokens()
	p.header()
	return p.prog.Header, nil
}

// ReadNew is Read for what a client sends: an object is not made under a reserved word. Texts that are stored already are
// read without that, so that nothing becomes unreadable.
func ReadNew(text string, m lex.Mode) (h Header, err error) {
	p := &parser{src: text, mode: m, prog: &Program{Text: text}, fresh: true}
	defer p.caught(&err)
	p.tokens()
	p.header()
	return p.prog.Header, nil
}

// Parse reads the text of a CREATE PROCEDURE, FUNCTION or TRIGGER.
func Parse(text string, m lex.Mode, lang Language) (prog *Program, err error) {
	p := &parser{src: text, mode: m, lang: lang, prog: &Program{Text: text}}
	defer p.caught(&err)
	p.tokens()
	p.header()
	if l, ok := lang.(interface{ Home() string }); ok {
		p.prog.home = l.Home()
	}
	outer := p.push(false)
	p.parameters(outer)
	p.prog.Body = p.statement()
	p.accept(";")
	if p.peek().Kind != lex.EOF {
		p.unexpected()
	}
	if p.prog.Kind == Function && !returns(p.prog.Body) {
		p.raise(sqlerr.SPNoReturn.Errorf("No RETURN found in FUNCTION %s", p.prog.qualified()))
	}
	return p.prog, nil
}

func (h *Header) qualified() string {
	switch {
	case h.Database != "":
		return h.Database + "." + h.Name
	case h.home != "":
		return h.home + "." + h.Name
	}
	return h.Name
}

func (p *parser) caught(err *error) {
	if r := recover(); r != nil {
		s, ok := r.(syntaxPanic)
		if !ok {
			panic(r)
		}
		*err = s.err
	}
}

// raise ends the parser with an error.
func (p *parser) raise(err error) { panic(syntaxPanic{err}) }

func (p *parser) check(err error) {
	if err != nil {
		p.raise(err)
	}
}

func (p *parser) fail(pos int, hint string) {
	near, line := lex.Near(p.src, pos, p.mode, false)
	p.raise(&lex.SyntaxError{Offset: pos, Line: line, Near: near, Hint: hint})
}

func (p *parser) unexpected() { p.fail(p.peek().Pos, "") }

func (p *parser) peek() lex.Token { return p.toks[p.i] }

// tokensBetween are read between two looks at whether the client has gone.
const tokensBetween = 4096

// heard ends the parser when its statement has been stopped: a text of megabytes takes seconds.
func (p *parser) heard() {
	if l, ok := p.lang.(interface{ Stopped() error }); ok {
		p.check(l.Stopped())
	}
}

func (p *parser) ahead(n int) lex.Token { return p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) next() lex.Token {
	t := p.toks[p.i]
	if t.Kind != lex.EOF {
		p.i++
	}
	if p.read++; p.read%tokensBetween == 0 {
		p.heard()
	}
	return t
}

func (p *parser) text(t lex.Token) string { return p.src[t.Pos:t.End] }

// is says whether the token n places ahead is a word or a character.
func (p *parser) is(n int, word string) bool {
	t := p.ahead(n)
	if t.Kind != lex.Word && t.Kind != lex.Punct && t.Kind != lex.Op {
		return false
	}
	return strings.EqualFold(p.text(t), word)
}

func (p *parser) at(words ...string) bool {
	for i, w := range words {
		if !p.is(i, w) {
			return false
		}
	}
	return true
}

func (p *parser) accept(words ...string) bool {
	if !p.at(words...) {
		return false
	}
	p.i += len(words)
	return true
}

func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.unexpected()
		}
	}
}

func (p *parser) isName(n int) bool {
	switch t := p.ahead(n); t.Kind {
	case lex.Word, lex.Backtick:
		return true
	case lex.Double:
		return p.mode.ANSIQuotes
	}
	return false
}

func (p *parser) name() string {
	if t := p.peek(); !p.isName(0) || p.fresh && t.Kind == lex.Word && lex.Reserved(p.text(t)) && (p.i == 0 || !p.is(-1, ".")) {
		p.unexpected()
	}
	return lex.Value(p.src, p.next(), p.mode)
}

// qualified is db.name or name.
func (p *parser) qualified() (database, name string) {
	name = p.name()
	if p.accept(".") {
		database, name = name, p.name()
	}
	return database, name
}

func (p *parser) string() string {
	if k := p.peek().Kind; k != lex.String && (k != lex.Double || p.mode.ANSIQuotes) {
		p.unexpected()
	}
	return lex.Value(p.src, p.next(), p.mode)
}

// until passes over an expression or a statement, up to one of the words outside
// brackets and outside CASE … END, and returns its text.
func (p *parser) until(stop ...string) string {
	from, end := p.peek().Pos, p.peek().Pos
	var open []string // what ends each bracket or CASE
	for p.peek().Kind != lex.EOF {
		if len(open) == 0 && p.atAny(stop) && !p.operand() {
			break
		}
		switch {
		case p.is(0, "("):
			open = append(open, ")")
		case p.is(0, "CASE") && !p.operandName():
			open = append(open, "END")
		case len(open) > 0 && p.is(0, open[len(open)-1]) && !p.operand():
			open = open[:len(open)-1]
		case p.is(0, ")"):
			p.unexpected()
		}
		end = p.next().End
	}
	if end == from {
		p.unexpected()
	}
	return p.src[from:end]
}

func (p *parser) atAny(words []string) bool {
	for _, w := range words {
		if p.is(0, w) {
			return true
		}
	}
	return false
}

// operandName says that the word here is a name: a dot stands before or behind it.
func (p *parser) operandName() bool {
	return p.i > 0 && p.text(p.toks[p.i-1]) == "." || p.is(1, ".")
}

func (p *parser) operand() bool {
	return p.peek().Kind == lex.Word && p.operandName()
}

// expression reads one up to the words.
func (p *parser) expression(stop ...string) *Expression {
	from := p.peek().Pos
	text := p.until(stop...)
	code, slot, err := p.lang.Expression(text, p.scope)
	p.check(p.placed(err, from))
	return &Expression{Text: text, Code: code, Slot: slot}
}

// placed makes a syntax error of a piece speak of the whole text.
func (p *parser) placed(err error, from int) error {
	s, ok := err.(*lex.SyntaxError)
	if !ok {
		return err
	}
	moved := *s
	near := strings.Index(p.src[from:], s.Near)
	if s.Near == "" || near < 0 {
		moved.Line += strings.Count(p.src[:from], "\n")
		return &moved
	}
	moved.Near, moved.Line = lex.Near(p.src, from+near, p.mode, false)
	return &moved
}

func (p *parser) here() spot { return spot{p.scope, p.peek().Pos} }
