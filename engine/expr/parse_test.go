package expr_test

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	. "github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// parser reads the expressions of the text files in testdata. The real grammar is
// above this package; this one knows what expressions look like and no statements.
type parser struct {
	b       *Builder
	toks    []token
	pos     int
	columns map[string]Expr
}

type token struct {
	kind rune // 'n'umber, 's'tring, 'i'dentifier, 'o'perator, 'x' hex, 'e'nd
	text string
}

// parse reads an expression; columns are what its names stand for.
func parse(b *Builder, text string, columns map[string]Expr) (e Expr, err error) {
	p := &parser{b: b, toks: scan(text), columns: columns}
	defer func() {
		if r := recover(); r != nil {
			if e, ok := r.(error); ok {
				err = e
				return
			}
			err = fmt.Errorf("%v", r)
		}
	}()
	e = p.expr(0)
	if p.peek().kind != 'e' {
		panic(fmt.Sprintf("%q is left over in %q", p.peek().text, text))
	}
	return e, nil
}

var longOps = []string{"<=>", "->>", "->", "<=", ">=", "<>", "!=", "<<", ">>", ":=", "&&", "||"}

func scan(s string) (toks []token) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n':
			i++
		case c == '\'' || c == '"':
			text, n := quoted(s[i:])
			toks, i = append(toks, token{'s', text}), i+n
		case c == '`':
			n := strings.IndexByte(s[i+1:], '`')
			toks, i = append(toks, token{'c', s[i+1 : i+1+n]}), i+n+2
		case (c == 'x' || c == 'X' || c == 'b' || c == 'B') && i+1 < len(s) && s[i+1] == '\'':
			text, n := quoted(s[i+1:])
			kind := 'x'
			if c == 'b' || c == 'B' {
				kind = 'b'
			}
			toks, i = append(toks, token{kind, text}), i+1+n
		case c == '0' && i+1 < len(s) && (s[i+1] == 'x' || s[i+1] == 'b'):
			j := i + 2
			for j < len(s) && isWord(s[j]) {
				j++
			}
			toks, i = append(toks, token{rune(s[i+1]), s[i+2 : j]}), j
		case c >= '0' && c <= '9' || c == '.' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			j := i
			for j < len(s) && (isWord(s[j]) || s[j] == '.' || (s[j] == '-' || s[j] == '+') && (s[j-1] == 'e' || s[j-1] == 'E')) {
				j++
			}
			toks, i = append(toks, token{'n', s[i:j]}), j
		case isWord(c) || c == '@':
			j := i
			for j < len(s) && (isWord(s[j]) || s[j] == '@') {
				j++
			}
			toks, i = append(toks, token{'i', s[i:j]}), j
		default:
			op := s[i : i+1]
			for _, long := range longOps {
				if strings.HasPrefix(s[i:], long) {
					op = long
					break
				}
			}
			toks, i = append(toks, token{'o', op}), i+len(op)
		}
	}
	return append(toks, token{'e', ""})
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || unicode.IsLetter(rune(c)) || c >= '0' && c <= '9'
}

// quoted reads a string with its escapes; n is how long it stands in the text.
func quoted(s string) (text string, n int) {
	var out []byte
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			if at := strings.IndexByte("0bnrtZ", s[i]); at >= 0 {
				out = append(out, "\x00\b\n\r\t\x1a"[at])
			} else if s[i] == '%' || s[i] == '_' {
				out = append(out, '\\', s[i])
			} else {
				out = append(out, s[i])
			}
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			out = append(out, s[i])
			i++
		case s[i] == s[0]:
			return string(out), i + 1
		default:
			out = append(out, s[i])
		}
	}
	panic("a string without an end")
}

func (p *parser) peek() token { return p.toks[p.pos] }

func (p *parser) next() token {
	t := p.toks[p.pos]
	p.pos++
	return t
}

// is says whether the next tokens are these words or operators, and takes them.
func (p *parser) is(words ...string) bool {
	for i, w := range words {
		if p.pos+i >= len(p.toks) {
			return false
		}
		t := p.toks[p.pos+i]
		if t.kind != 'i' && t.kind != 'o' || !strings.EqualFold(t.text, w) {
			return false
		}
	}
	p.pos += len(words)
	return true
}

func (p *parser) want(word string) {
	if !p.is(word) {
		panic(fmt.Sprintf("%q instead of %q", p.peek().text, word))
	}
}

func (p *parser) call(name string, args ...Expr) Expr {
	e, err := p.b.Call(name, args...)
	if err != nil {
		panic(err)
	}
	return e
}

// levels are the binary operators, the weakest first.
var levels = [][]string{
	{"or", "||"}, {"xor"}, {"and", "&&"}, {"not"}, {"="}, {"|"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "div", "%", "mod"}, {"^"},
}

func (p *parser) expr(level int) Expr {
	if level == len(levels) {
		return p.unary()
	}
	switch level {
	case 3:
		if p.is("not") {
			return p.call("not", p.expr(3))
		}
		return p.expr(4)
	case 4:
		return p.comparison()
	}
	e := p.expr(level + 1)
	for {
		op := ""
		for _, o := range levels[level] {
			if p.is(o) {
				op = map[string]string{"&&": "and", "||": "or", "mod": "%"}[o]
				if op == "" {
					op = o
				}
				break
			}
		}
		if op == "" {
			return e
		}
		if (op == "+" || op == "-") && p.is("interval") {
			n, unit := p.interval()
			e = p.call(map[string]string{"+": "date_add", "-": "date_sub"}[op], e, n, unit)
			continue
		}
		e = p.call(op, e, p.expr(level+1))
	}
}

func (p *parser) interval() (n, unit Expr) {
	n = p.expr(0)
	return n, TextLiteral(strings.ToUpper(p.next().text), value.DefaultCollation)
}

func (p *parser) comparison() Expr {
	e := p.expr(5)
	for {
		not := p.pos
		negated := p.is("not")
		var out Expr
		switch {
		case p.is("between"):
			low := p.expr(5)
			p.want("and")
			out = p.call("between", e, low, p.expr(5))
		case p.is("in"):
			p.want("(")
			out = p.call("in", append([]Expr{e}, p.list(")")...)...)
		case p.is("like"):
			args := []Expr{e, p.expr(5)}
			if p.is("escape") {
				args = append(args, p.expr(5))
			}
			out = p.call("like", args...)
		case p.is("regexp") || p.is("rlike"):
			out = p.call("regexp_like", e, p.expr(5))
		case p.is("member", "of"):
			p.want("(")
			out = p.call("member of", e, p.list(")")[0])
		case p.is("sounds", "like"):
			out = p.call("=", p.call("soundex", e), p.call("soundex", p.expr(5)))
		case p.is("is"):
			e = p.isWhat(e)
			continue
		default:
			p.pos = not
			op := ""
			for _, o := range []string{"=", "<=>", "<>", "!=", "<", "<=", ">", ">="} {
				if p.is(o) {
					op = o
				}
			}
			if op == "" {
				return e
			}
			e = p.call(op, e, p.expr(5))
			continue
		}
		if negated {
			out = p.call("not", out)
		}
		e = out
	}
}

func (p *parser) isWhat(e Expr) Expr {
	name := "is "
	if p.is("not") {
		name += "not "
	}
	switch word := strings.ToLower(p.next().text); word {
	case "unknown":
		return p.call(name+"null", e)
	default:
		return p.call(name+word, e)
	}
}

func (p *parser) unary() Expr {
	switch {
	case p.is("-"):
		return p.call("neg", p.unary())
	case p.is("+"):
		return p.unary()
	case p.is("~"):
		return p.call("~", p.unary())
	case p.is("!"):
		return p.call("not", p.unary())
	case p.is("binary"):
		return p.cast(p.unary(), value.BytesOf(0), CastFull)
	case p.is("interval", "("):
		args := p.list(")")
		if len(args) > 1 {
			return p.call("interval", args...)
		}
		unit := TextLiteral(strings.ToUpper(p.next().text), value.DefaultCollation)
		p.want("+")
		return p.call("date_add", p.expr(8), args[0], unit)
	case p.is("interval"):
		n, unit := p.interval()
		p.want("+")
		return p.call("date_add", p.expr(8), n, unit)
	}
	e := p.primary()
	for {
		switch {
		case p.is("collate"):
			e = p.call("collate", e, TextLiteral(p.next().text, value.DefaultCollation))
		case p.is("->>"):
			e = p.call("json_unquote", p.call("json_extract", e, p.primary()))
		case p.is("->"):
			e = p.call("json_extract", e, p.primary())
		default:
			return e
		}
	}
}

func (p *parser) list(end string) (out []Expr) {
	if p.is(end) {
		return nil
	}
	for {
		out = append(out, p.expr(0))
		if p.is(end) {
			return out
		}
		p.want(",")
	}
}

func (p *parser) primary() Expr {
	switch t := p.next(); t.kind {
	case 'n':
		return number(t.text)
	case 's':
		s := t.text
		for p.peek().kind == 's' {
			s += p.next().text
		}
		return TextLiteral(s, p.b.Env.Collation())
	case 'x', 'b':
		return bytesOf(t)
	case 'c':
		return p.column(t.text)
	case 'o':
		if t.text == "(" {
			items := p.list(")")
			return p.call("row", items...)
		}
		panic("unexpected " + t.text)
	case 'i':
		return p.word(t.text)
	}
	panic("the expression ends early")
}

func (p *parser) column(name string) Expr {
	e := p.columns[strings.ToLower(name)]
	if e == nil {
		panic("no column " + name)
	}
	return e
}

func bytesOf(t token) Expr {
	if t.kind == 'b' {
		n, _ := new(big.Int).SetString(t.text, 2)
		if n == nil {
			n = new(big.Int)
		}
		return BytesLiteral(n.FillBytes(make([]byte, (len(t.text)+7)/8)), true)
	}
	if len(t.text)%2 == 1 {
		t.text = "0" + t.text
	}
	b, err := hex.DecodeString(t.text)
	if err != nil {
		panic(err)
	}
	return BytesLiteral(b, true)
}

func number(text string) Expr {
	if strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err)
		}
		return DoubleLiteral(f)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return IntLiteral(n)
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return UintLiteral(n)
	}
	d, _ := value.ParseDecimal([]byte(text))
	return DecimalLiteral(d)
}

// word is a name: of a literal, a column or a function.
func (p *parser) word(name string) Expr {
	lower := strings.ToLower(name)
	switch lower {
	case "null":
		return NullLiteral()
	case "true":
		return must1(p.b.Call("=", IntLiteral(1), IntLiteral(1)))
	case "false":
		return must1(p.b.Call("=", IntLiteral(1), IntLiteral(0)))
	case "case":
		return p.caseWhen()
	case "date", "time", "timestamp":
		if p.peek().kind == 's' {
			return must1(p.b.TemporalLiteral(lower, p.next().text))
		}
	case "current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "utc_date", "utc_time", "utc_timestamp", "current_user":
		if !p.is("(") {
			return p.call(lower)
		}
		p.pos--
	}
	if p.peek().kind == 's' && strings.HasPrefix(lower, "_") {
		s := p.next().text
		if lower == "_binary" {
			return BytesLiteral([]byte(s), false)
		}
		return TextLiteral(s, value.CharsetNamed(lower[1:]))
	}
	if !p.is("(") {
		return p.column(name)
	}
	return p.function(lower)
}

func must1(e Expr, err error) Expr {
	if err != nil {
		panic(err)
	}
	return e
}

func (p *parser) caseWhen() Expr {
	var args []Expr
	name := "case"
	if !p.is("when") {
		name = "case of"
		args = append(args, p.expr(0))
		p.want("when")
	}
	for {
		args = append(args, p.expr(0))
		p.want("then")
		args = append(args, p.expr(0))
		if !p.is("when") {
			break
		}
	}
	if p.is("else") {
		args = append(args, p.expr(0))
	}
	p.want("end")
	return p.call(name, args...)
}

// function reads the arguments, the opening bracket being read. The forms with words
// among their arguments become calls with the words as texts.
func (p *parser) function(name string) Expr {
	word := func() Expr { return TextLiteral(strings.ToUpper(p.next().text), value.DefaultCollation) }
	switch name {
	case "cast", "convert":
		e := p.expr(0)
		if p.is("using") {
			cs := TextLiteral(p.next().text, value.DefaultCollation)
			p.want(")")
			return p.call("convert using", e, cs)
		}
		if !p.is("as") {
			p.want(",")
		}
		t, how := p.typeName()
		p.want(")")
		return p.cast(e, t, how)
	case "extract":
		unit := word()
		p.want("from")
		return p.call(name, append([]Expr{unit}, p.list(")")...)...)
	case "timestampadd", "timestampdiff", "get_format":
		unit := word()
		p.want(",")
		return p.call(name, append([]Expr{unit}, p.list(")")...)...)
	case "date_add", "date_sub", "adddate", "subdate":
		d := p.expr(0)
		p.want(",")
		if !p.is("interval") {
			return p.call(name, append([]Expr{d}, p.list(")")...)...)
		}
		n, unit := p.interval()
		p.want(")")
		return p.call(strings.Replace(strings.Replace(name, "adddate", "date_add", 1), "subdate", "date_sub", 1), d, n, unit)
	case "trim":
		return p.trim()
	case "position":
		e := p.expr(5)
		p.want("in")
		return p.call("locate", append([]Expr{e}, p.list(")")...)...)
	case "substring", "substr", "mid":
		args := []Expr{p.expr(0)}
		for !p.is(")") {
			if !p.is("from") && !p.is("for") {
				p.want(",")
			}
			args = append(args, p.expr(0))
		}
		return p.call(name, args...)
	case "char":
		args := []Expr{p.expr(0)}
		for p.is(",") {
			args = append(args, p.expr(0))
		}
		if p.is("using") {
			cs := TextLiteral(p.next().text, value.DefaultCollation)
			p.want(")")
			return p.call("char using", append([]Expr{cs}, args...)...)
		}
		p.want(")")
		return p.call(name, args...)
	}
	return p.call(name, p.list(")")...)
}

func (p *parser) trim() Expr {
	name := "trim"
	for _, side := range []string{"leading", "trailing", "both"} {
		if p.is(side) && side != "both" {
			name += " " + side
		}
	}
	if p.is("from") {
		return p.call(name, p.list(")")...)
	}
	e := p.expr(0)
	if p.is("from") {
		return p.call(name, p.list(")")[0], e)
	}
	p.want(")")
	return p.call(name, e)
}

func (p *parser) cast(e Expr, t value.Type, how CastKind) Expr {
	return must1(p.b.Cast(e, t, how))
}

// typeName reads the type of a CAST.
func (p *parser) typeName() (value.Type, CastKind) {
	name := strings.ToLower(p.next().text)
	var n []int
	if p.is("(") {
		for _, e := range p.list(")") {
			v := e.(*Const).Val
			n = append(n, int(v.Int()))
		}
	}
	arg := func(i, otherwise int) int {
		if i < len(n) {
			return n[i]
		}
		return otherwise
	}
	switch name {
	case "signed", "unsigned":
		if !p.is("integer") {
			p.is("int")
		}
		if name == "signed" {
			return value.BigInt, CastFull
		}
		return value.BigUint, CastFull
	case "decimal":
		return value.DecimalOf(arg(0, 10), arg(1, 0)), CastFull
	case "double":
		return value.DoubleType, CastFull
	case "float":
		return value.Type{Kind: value.TypeFloat, Scale: value.NotFixed}, CastFull
	case "date":
		return value.DateOfDay, CastFull
	case "time":
		return value.TimeOf(arg(0, 0)), CastFull
	case "datetime":
		return value.DateTimeOf(arg(0, 0)), CastFull
	case "year":
		return value.Type{Kind: value.TypeYear, Length: 4}, CastFull
	case "json":
		return value.JSONType, CastFull
	case "binary":
		return value.BytesOf(arg(0, 0)), sized(n)
	case "char", "nchar":
		c := p.b.Env.Collation()
		if p.is("character", "set") || p.is("charset") {
			c = value.CharsetNamed(p.next().text)
		}
		return value.Text(c, arg(0, 0)), sized(n)
	}
	panic("no type " + name)
}

func sized(n []int) CastKind {
	if len(n) > 0 {
		return CastCut
	}
	return CastFull
}
