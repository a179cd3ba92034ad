package compiled

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/session"
)

// Bounds of AppendTemplate. A plan of a longer statement is worth little beside running it.
const (
	maxTemplate = 4096
	maxValues   = 128
)

// AppendTemplate takes literals out of a statement's text: what is left, with a ? for each of them, is the
// same for all executions of it, and the literals are the values of a prepared statement. It may
// always say no, and leave any literal where it is. It takes those that are nothing but values: compared
// with something, listed after IN, assigned, or put into a row. Where the text of an expression is the name
// of a column, where a number is a column's, and in the arguments of functions they stay.
// The template is appended to out, which should be empty: what is done for each statement needs no room of its own.
func AppendTemplate(out []byte, text string, m lex.Mode) (template []byte, values []session.Value, ok bool) {
	return appendTemplate(out, text, m, nil)
}

// appendTemplate notes where the literals are that were taken out, if cuts is not nil.
func appendTemplate(out []byte, text string, m lex.Mode, cuts *[]lex.Token) (template []byte, values []session.Value, ok bool) {
	if !known(text) || !utf8.ValidString(text) {
		return out, nil, false
	}
	t := templaters.Get().(*templater)
	*t = templater{text: text, mode: m, lexer: lex.New(text, m), out: out, cuts: cuts}
	t.frames = append(t.few[:0], frame{})
	template, ok = t.all()
	values = t.values
	*t = templater{} // nothing of a client's stays
	templaters.Put(t)
	if !ok {
		values = nil
	}
	return template, values, ok
}

// Shape tells texts that differ in some literals alone without reading them token by token: what stands between the literals,
// and how each of them begins.
type Shape struct {
	parts  []string
	quotes []byte // 0 is a number of digits
}

// ShapeOf is that of a text that has a template; nil where a look at the bytes is not enough.
func ShapeOf(text string, m lex.Mode) *Shape {
	var cuts []lex.Token
	if _, _, ok := appendTemplate(nil, text, m, &cuts); !ok || len(cuts) == 0 {
		return nil
	}
	s, from := &Shape{}, 0
	for _, tok := range cuts {
		s.parts = append(s.parts, strings.Clone(text[from:tok.Pos]))
		from = tok.End
		if tok.Kind == lex.Number {
			if _, plain := digits(text[tok.Pos:tok.End]); !plain {
				return nil
			}
			s.quotes = append(s.quotes, 0)
		} else {
			s.quotes = append(s.quotes, text[tok.Pos])
		}
	}
	s.parts = append(s.parts, strings.Clone(text[from:]))
	for i, q := range s.quotes { // what stands behind a literal must be no part of it, whatever it is
		if next := s.parts[i+1]; next != "" && (q == 0 && !endsNumber(next[0]) || next[0] == '\'' || next[0] == '"') {
			return nil
		}
	}
	return s
}

// endsNumber says that a byte is no part of a number or a name that begins with digits.
func endsNumber(c byte) bool {
	return c < 0x80 && c != '.' && c != '_' && c != '$' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
}

// Values are the literals of a text of this shape, as AppendTemplate would find them under the same mode; ok is
// false for every other text, and for some of this shape.
func (s *Shape) Values(text string) (values []session.Value, ok bool) {
	if s == nil || !strings.HasPrefix(text, s.parts[0]) {
		return nil, false
	}
	values = make([]session.Value, 0, len(s.quotes))
	for i, q := range s.quotes {
		text = text[len(s.parts[i]):]
		end := 0
		if q == 0 {
			for end < len(text) && text[end]-'0' <= 9 {
				end++
			}
			n, ok := digits(text[:end])
			if !ok {
				return nil, false
			}
			values = append(values, session.IntValue(n))
		} else {
			if text == "" || text[0] != q {
				return nil, false
			}
			if end = 1 + strings.IndexByte(text[1:], q); end == 0 {
				return nil, false
			}
			v := text[1:end]
			if end++; strings.IndexByte(v, '\\') >= 0 || !utf8.ValidString(v) {
				return nil, false
			}
			values = append(values, session.StringValue(v))
		}
		if text = text[end:]; !strings.HasPrefix(text, s.parts[i+1]) {
			return nil, false
		}
	}
	return values, len(text) == len(s.parts[len(s.quotes)])
}

// templaters are not in use.
var templaters = sync.Pool{New: func() any { return new(templater) }}

// all goes through the text.
func (t *templater) all() (template []byte, ok bool) {
	for {
		tok := t.lexer.Next()
		if tok.Kind == lex.EOF && t.plain(tok) {
			break
		}
		if tok.Kind == lex.EOF || !t.plain(tok) || !t.token(tok) || len(t.out)+tok.End-t.copied > maxTemplate || len(t.values) > maxValues {
			return t.out, false
		}
		if t.ended {
			break
		}
		t.before, t.last, t.end = t.last, t.kindOf(tok), tok.End
	}
	return append(t.out, strings.TrimRight(t.text[t.copied:t.end], " \t\r\n")...), true
}

// known looks at the first word alone, so that other statements cost nothing.
func known(text string) bool {
	if len(text) < 8 {
		return false
	}
	switch text[0] | 0x20 {
	case 's', 'u', 'd', 'i', 'r':
	default:
		return false
	}
	return lex.EqualKeyword(text[:6], "SELECT") || lex.EqualKeyword(text[:6], "UPDATE") || lex.EqualKeyword(text[:6], "DELETE") ||
		lex.EqualKeyword(text[:6], "INSERT") || lex.EqualKeyword(text[:7], "REPLACE")
}

// class is what a token means for the literal behind it.
type class uint8

const (
	other    class = iota
	compares       // = and its like, and the words that take a value
	computes       // + and its like
	opens
	comma
	dot
	list    // IN
	row     // VALUES
	joins   // words before a bracket that is no call's
	literal // a text: another one behind it continues it
	minus
	interval // whose number stays
)

// part is the part of a statement that a token stands in.
type part uint8

const (
	nowhere part = iota
	named        // the expressions of SELECT, and what is compared with them: nothing is taken out, however deep
	from
	where
	set
	rows
)

// frame is what stands between two brackets.
type frame struct {
	part  part
	items bool // of a list or a row: literals behind ( and , are values
	call  bool // of a function: they are not
}

type templater struct {
	text   string
	mode   lex.Mode
	lexer  lex.Lexer
	out    []byte
	copied int // up to where text is in out
	end    int // of the last token
	values []session.Value
	cuts   *[]lex.Token
	frames []frame
	few    [8]frame

	before, last class
	first, ended bool

	space   [upperBytes]byte
	keyword []byte // the last word, if it may be one that is looked at, in upper case
}

// plain says that nothing but blanks stands before a token: no comment.
func (t *templater) plain(tok lex.Token) bool {
	for i := t.end; i < tok.Pos; i++ {
		switch t.text[i] {
		case ' ', '\n', '\t', '\r':
		default:
			return false
		}
	}
	return tok.Kind != lex.Bad
}

func (t *templater) top() *frame { return &t.frames[len(t.frames)-1] }

// token looks at one token; it is false for a statement that has no template.
func (t *templater) token(tok lex.Token) bool {
	switch tok.Kind {
	case lex.Word:
		t.keyword = nil
		if t.last != dot {
			if tok.End-tok.Pos <= len("STRAIGHT_JOIN") {
				t.keyword = upper(&t.space, t.text[tok.Pos:tok.End])
			}
			t.word(tok)
		}
	case lex.Punct:
		return t.punct(tok)
	case lex.Number, lex.String, lex.Double:
		if t.last == literal && tok.Kind != lex.Number {
			return false // goes on with the text before it
		}
		if t.takes() {
			t.take(tok)
		}
	}
	return true
}

func (t *templater) punct(tok lex.Token) bool {
	switch t.text[tok.Pos] {
	case '(':
		t.frames = append(t.frames, t.inside())
		return len(t.frames) < 64
	case ')':
		if len(t.frames) == 1 {
			return false
		}
		t.frames = t.frames[:len(t.frames)-1]
	case ';':
		t.ended = true
		return strings.Trim(t.text[tok.End:], " \t\r\n") == ""
	case '?':
		return false
	}
	return true
}

// inside is what an opening bracket begins.
func (t *templater) inside() frame {
	f := *t.top()
	switch t.last {
	case list:
		f.items = f.part != named
	case row:
		f = frame{part: f.part, items: f.part == rows}
	case comma:
		f.items = f.items || f.part == rows && len(t.frames) == 1
	case opens, compares, computes, joins, minus:
	default:
		f.call = true
	}
	if f.call {
		f.items = false
	}
	return f
}

// takes says that a literal here is a value.
func (t *templater) takes() bool {
	f := t.top()
	if f.part == named || f.call {
		return false
	}
	switch t.last {
	case opens, comma:
		return f.items
	case compares:
		return f.part == where || f.part == set
	case computes:
		return f.part == where || f.part == set
	case minus: // after a comparison it is a sign
		return t.before != interval && (f.part == where || f.part == set || f.items && (t.before == opens || t.before == comma))
	}
	return false
}

// take puts a ? in the place of a literal, if it is of a usual kind.
func (t *templater) take(tok lex.Token) {
	text := t.text[tok.Pos:tok.End]
	var v session.Value
	switch tok.Kind {
	case lex.Double:
		if t.mode.ANSIQuotes {
			return
		}
		v = session.StringValue(lex.Value(t.text, tok, t.mode))
	case lex.String:
		v = session.StringValue(lex.Value(t.text, tok, t.mode))
	default:
		var ok bool
		if v, ok = number(text); !ok {
			return
		}
	}
	t.out = append(append(t.out, t.text[t.copied:tok.Pos]...), '?')
	t.copied = tok.End
	t.values = append(t.values, v)
	if t.cuts != nil {
		*t.cuts = append(*t.cuts, tok)
	}
}

// number is an integer, a decimal with digits on both sides of its point, or a double.
func number(text string) (v session.Value, ok bool) {
	if n, ok := digits(text); ok {
		return session.IntValue(n), true
	}
	switch at := strings.IndexAny(text, ".eE"); {
	case at < 0:
		n, err := strconv.ParseInt(text, 10, 64)
		return session.IntValue(n), err == nil
	case strings.ContainsAny(text, "eE"):
		f, err := strconv.ParseFloat(text, 64)
		return session.Float64Value(f), err == nil
	case at == 0 || at == len(text)-1:
		return v, false
	}
	return session.DecimalValue([]byte(text)), true
}

// digits is an integer as nearly all are written.
func digits(text string) (n int64, ok bool) {
	if len(text) > 18 {
		return 0, false
	}
	for i := range len(text) {
		c := text[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	return n, len(text) > 0
}

// kindOf is what a token means for the next one.
func (t *templater) kindOf(tok lex.Token) class {
	switch tok.Kind {
	case lex.Word:
		return classOf(t.keyword)
	case lex.String, lex.Double, lex.National, lex.Hex, lex.Bit:
		return literal
	case lex.Op:
		switch t.text[tok.Pos:tok.End] {
		case "<=", ">=", "<>", "!=", "<=>":
			return compares
		}
	case lex.Punct:
		switch t.text[tok.Pos] {
		case '=', '<', '>':
			return compares
		case '+', '*', '/', '%':
			return computes
		case '-':
			return minus
		case '(':
			return opens
		case ',':
			return comma
		case '.':
			return dot
		}
	}
	return other
}

// upperBytes is room for the longest word that is looked at.
const upperBytes = 16

// upper is a short word with its ASCII letters in upper case; keywords have no others.
func upper(space *[upperBytes]byte, word string) []byte {
	n := copy(space[:], word)
	for i, c := range space[:n] {
		if 'a' <= c && c <= 'z' {
			space[i] = c - 'a' + 'A'
		}
	}
	return space[:n]
}

func classOf(keyword []byte) class {
	switch string(keyword) {
	case "BETWEEN", "AND", "OR", "LIKE", "XOR":
		return compares
	case "DIV", "MOD":
		return computes
	case "IN":
		return list
	case "INTERVAL":
		return interval
	case "VALUES", "VALUE", "ROW":
		return row
	case "WHERE", "ON", "NOT", "EXISTS", "ANY", "ALL", "SOME", "FROM", "JOIN":
		return joins
	}
	return other
}

// word finds out which part of the statement begins.
func (t *templater) word(tok lex.Token) {
	f := t.top()
	first := !t.first
	t.first = true
	if t.keyword == nil || f.call && string(t.keyword) != "SELECT" {
		return
	}
	next := f.part
	switch string(t.keyword) {
	case "LEFT", "RIGHT":
		if next = from; strings.HasPrefix(strings.TrimLeft(t.text[tok.End:], " \t\r\n"), "(") {
			return // the function
		}
	case "SELECT":
		next = named
	case "FROM", "JOIN", "STRAIGHT_JOIN", "INNER", "CROSS", "NATURAL", "USING":
		next = from
	case "WHERE", "ON":
		next = where
	case "SET":
		next = set
	case "UPDATE":
		if next = set; first {
			next = from
		}
	case "VALUES", "VALUE":
		if f.part == nowhere {
			next = rows
		}
	case "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "WINDOW", "FOR", "LOCK", "UNION", "EXCEPT", "INTERSECT", "PROCEDURE", "INTO":
		if next = named; string(t.keyword) == "INTO" && f.part == nowhere {
			next = nowhere
		}
	default:
		return
	}
	t.enter(next)
}

// enter begins a part. What stands inside of something with a name stays there.
func (t *templater) enter(p part) {
	n := len(t.frames)
	if n > 1 && t.frames[n-2].part == named {
		p = named
	}
	f := &t.frames[n-1]
	f.part, f.items, f.call = p, false, false
}
