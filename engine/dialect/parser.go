package dialect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/lex"
)

// Parse reads one statement.
//
// ours says whether text is a security statement; when it is not, the
// statement and the error are nil and the SQL parser gets the text. When it is,
// either the statement or the error is set: *SyntaxError, or *NotSupportedError
// for what lxdb knows and has not built. No other parser may be asked then.
//
// One trailing semicolon is allowed; text with several statements goes through
// Split first.
func Parse(text string, m lex.Mode) (st Statement, ours bool, err error) {
	read, ok := leadOf(text, m)
	if !ok {
		return nil, false, nil
	}
	p := newParser(text, m)
	if p.punctAt(0, ';') {
		p.unexpected("there is no statement before the semicolon")
		return nil, true, p.err
	}
	if st, ours = read(p); !ours {
		return nil, false, nil
	}
	p.acceptPunct(';')
	if t := p.peek(); t.Kind != lex.EOF {
		p.unexpected("")
	}
	if p.err != nil {
		return nil, true, p.err
	}
	return st, true, nil
}

// leadOf finds the reader for the first word of text. It is what every
// statement of every session goes through, so it allocates nothing.
func leadOf(text string, m lex.Mode) (reader, bool) {
	l := lex.New(text, m)
	t := l.Next()
	for t.Kind == lex.Punct && text[t.Pos] == ';' {
		t = l.Next()
	}
	if t.Kind != lex.Word || t.End-t.Pos > maxLead {
		return nil, false
	}
	var word [maxLead]byte
	n := copy(word[:], text[t.Pos:t.End])
	for i, c := range word[:n] {
		if c >= 'a' && c <= 'z' {
			word[i] = c - ('a' - 'A')
		}
	}
	read, ok := readers[string(word[:n])]
	return read, ok
}

// parser reads tokens with unlimited look-ahead. After the first error, err, it
// sees only the end of the text.
type parser struct {
	src   string
	mode  lex.Mode
	lexer lex.Lexer
	toks  []lex.Token
	i     int // the current token
	err   error
}

func newParser(text string, m lex.Mode) *parser {
	return &parser{src: text, mode: m, lexer: lex.New(text, m)}
}

// value is what a token stands for.
func (p *parser) value(t lex.Token) string { return lex.Value(p.src, t, p.mode) }

// ahead is the token n places after the current one.
func (p *parser) ahead(n int) lex.Token {
	for p.i+n >= len(p.toks) {
		p.toks = append(p.toks, p.lexer.Next())
	}
	if p.err != nil {
		return lex.Token{Pos: len(p.src), End: len(p.src)}
	}
	return p.toks[p.i+n]
}

func (p *parser) peek() lex.Token { return p.ahead(0) }

func (p *parser) next() lex.Token {
	t := p.peek()
	if t.Kind != lex.EOF {
		p.i++
	}
	return t
}

// wordAt says whether the token n places ahead is the unquoted keyword.
func (p *parser) wordAt(n int, keyword string) bool {
	t := p.ahead(n)
	return t.Kind == lex.Word && lex.EqualKeyword(p.src[t.Pos:t.End], keyword)
}

// at says whether the keywords come next, in this order.
func (p *parser) at(keywords ...string) bool {
	for n, w := range keywords {
		if !p.wordAt(n, w) {
			return false
		}
	}
	return true
}

// atAny says whether one of the keywords comes n places ahead.
func (p *parser) atAny(n int, keywords ...string) bool {
	for _, w := range keywords {
		if p.wordAt(n, w) {
			return true
		}
	}
	return false
}

// accept takes the keywords if they come next.
func (p *parser) accept(keywords ...string) bool {
	if !p.at(keywords...) {
		return false
	}
	p.i += len(keywords)
	return true
}

// expect takes the keywords or fails.
func (p *parser) expect(keywords ...string) {
	for _, w := range keywords {
		if !p.accept(w) {
			p.unexpected("expected " + strings.Join(keywords, " "))
			return
		}
	}
}

func (p *parser) punctAt(n int, c byte) bool {
	t := p.ahead(n)
	return t.Kind == lex.Punct && p.src[t.Pos] == c
}

// assignAt says whether := stands n places ahead.
func (p *parser) assignAt(n int) bool {
	t := p.ahead(n)
	return t.Kind == lex.Op && p.src[t.Pos:t.End] == ":="
}

func (p *parser) acceptPunct(c byte) bool {
	if !p.punctAt(0, c) {
		return false
	}
	p.i++
	return true
}

func (p *parser) expectPunct(c byte) {
	if !p.acceptPunct(c) {
		p.unexpected("expected " + string(c))
	}
}

// unexpected fails at the current token.
func (p *parser) unexpected(hint string) {
	t := p.peek()
	if t.Kind == lex.Bad {
		hint = "a quote or comment that starts here does not end"
	}
	p.fail(t, "%s", hint)
}

// isString says whether the token n places ahead can be a string literal.
func (p *parser) isString(n int) bool {
	t := p.ahead(n)
	return t.Kind == lex.String || t.Kind == lex.Double && !p.mode.ANSIQuotes
}

// text takes a string literal.
func (p *parser) text(what string) string {
	if !p.isString(0) {
		p.unexpected("expected " + what + " as a quoted string")
		return ""
	}
	return p.value(p.next())
}

// isName says whether the token n places ahead can be a name: quoted, or a word
// that is not reserved.
func (p *parser) isName(n int) bool {
	t := p.ahead(n)
	switch t.Kind {
	case lex.Backtick, lex.Double:
		return true
	case lex.Word:
		return !lex.Reserved(p.src[t.Pos:t.End])
	}
	return false
}

// name takes an identifier: plain, in backticks, or in double quotes whatever
// the SQL mode says.
func (p *parser) name(what string) string {
	t := p.peek()
	if !p.isName(0) {
		if t.Kind == lex.Word {
			p.unexpected("a reserved word needs backticks to be " + what)
		} else {
			p.unexpected("expected " + what)
		}
		return ""
	}
	return p.checkName(p.next(), what)
}

// nameAfterDot takes the identifier after a dot, which may be a reserved word.
func (p *parser) nameAfterDot(what string) string {
	if t := p.peek(); t.Kind == lex.Word {
		return p.checkName(p.next(), what)
	}
	return p.name(what)
}

// checkName refuses names that no catalog could hold, so that nothing after the
// parser meets them.
func (p *parser) checkName(t lex.Token, what string) string {
	name := p.value(t)
	switch {
	case name == "":
		p.fail(t, "%s must not be empty", what)
	case !utf8.ValidString(name):
		p.fail(t, "%s is not valid UTF-8", what)
	case strings.IndexByte(name, 0) >= 0:
		p.fail(t, "%s contains a zero byte", what)
	case (t.Kind == lex.Word || t.Kind == lex.At) && strings.IndexFunc(name, invisible) >= 0:
		p.fail(t, "%s contains a character that cannot be seen; put it in backticks if that is meant", what)
	}
	return name
}

// invisible is for the spaces and controls beyond ASCII, which MySQL takes for
// letters of an unquoted name.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r)
}

// commaList reads one or more items.
func commaList[T any](p *parser, read func(*parser) T) []T {
	items := []T{read(p)}
	for p.acceptPunct(',') {
		items = append(items, read(p))
	}
	return items
}

// ifExists takes IF EXISTS, or IF NOT EXISTS.
func (p *parser) ifExists() bool    { return p.accept("IF", "EXISTS") }
func (p *parser) ifNotExists() bool { return p.accept("IF", "NOT", "EXISTS") }
