package value

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError is a text that is no JSON. Its words are those that MySQL puts into
// 3140 and 3141.
type SyntaxError struct {
	What string
	At   int
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%q at position %d", e.What, e.At) }

// ErrJSONTooDeep is for more than MaxJSONDepth levels.
var ErrJSONTooDeep = fmt.Errorf("the JSON document exceeds the maximum depth")

// ParseJSON reads a document that is short, or one's own. The error is a *SyntaxError or
// ErrJSONTooDeep.
func ParseJSON(s []byte) (*JSON, error) { return parseWhole(&jsonParser{s: s}) }

// ReadJSON reads a statement's document and charges what it takes, which may be a hundred
// times its text. It ends with the statement. Other errors are those of ParseJSON.
func ReadJSON(e *Env, s []byte) (*JSON, error) {
	return readJSON(&jsonParser{s: s, env: e})
}

func readJSON(p *jsonParser) (*JSON, error) {
	if err := p.env.Borrow(len(p.s)); err != nil {
		return nil, err
	}
	return parseWhole(p)
}

func parseWhole(p *jsonParser) (*JSON, error) {
	p.space()
	if p.pos == len(p.s) {
		return nil, &SyntaxError{"The document is empty.", 0}
	}
	j, err := p.value(1)
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(p.s) {
		return nil, p.wrong("The document root must not be followed by other values.")
	}
	return j, nil
}

type jsonParser struct {
	s      []byte
	pos    int
	env    *Env // nil: nobody is charged
	nodes  int  // made so far
	stored bool // what AppendStored wrote
}

// chargeEach is after how many parts of a document its statement is asked. Each takes a JSON,
// which is about nodeBytes with the pointer to it (TestNodeBytes).
const (
	chargeEach = 1024
	nodeBytes  = 176
)

// count charges what was made.
func (p *jsonParser) count() error {
	if p.nodes++; p.nodes%chargeEach != 0 || p.env == nil {
		return nil
	}
	if err := p.env.Context().Err(); err != nil {
		return err
	}
	return p.env.Borrow(chargeEach * nodeBytes)
}

func (p *jsonParser) wrong(what string) error { return &SyntaxError{what, p.pos} }

func (p *jsonParser) space() {
	for p.pos < len(p.s) && (p.s[p.pos] == ' ' || p.s[p.pos] == '\t' || p.s[p.pos] == '\n' || p.s[p.pos] == '\r') {
		p.pos++
	}
}

func (p *jsonParser) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

func (p *jsonParser) value(depth int) (*JSON, error) {
	if depth > MaxJSONDepth {
		return nil, ErrJSONTooDeep
	}
	if err := p.count(); err != nil {
		return nil, err
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		text, err := p.text()
		return &JSON{Kind: JSONString, Text: text}, err
	case c == '-' || isDigit(c):
		return p.number()
	case c == storedMark && p.stored:
		return p.marked()
	}
	for word, j := range map[string]*JSON{"null": {}, "true": {Kind: JSONBool, True: true}, "false": {Kind: JSONBool}} {
		if len(p.s)-p.pos >= len(word) && string(p.s[p.pos:p.pos+len(word)]) == word {
			p.pos += len(word)
			return j, nil
		}
	}
	return nil, p.wrong("Invalid value.")
}

func (p *jsonParser) array(depth int) (*JSON, error) {
	j := &JSON{Kind: JSONArray}
	p.pos++
	if p.space(); p.peek() == ']' {
		p.pos++
		return j, nil
	}
	for {
		p.space()
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		j.Items = append(j.Items, item)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return j, nil
		default:
			return nil, p.wrong("Missing a comma or ']' after an array element.")
		}
	}
}

func (p *jsonParser) object(depth int) (*JSON, error) {
	var members []Member
	p.pos++
	if p.space(); p.peek() == '}' {
		p.pos++
		return NewObject(nil), nil
	}
	for {
		p.space()
		if p.peek() != '"' {
			return nil, p.wrong("Missing a name for object member.")
		}
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if p.space(); p.peek() != ':' {
			return nil, p.wrong("Missing a colon after a name of object member.")
		}
		p.pos++
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		members = append(members, Member{key, v})
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return NewObject(members), nil
		default:
			return nil, p.wrong("Missing a comma or '}' after an object member.")
		}
	}
}

func (p *jsonParser) number() (*JSON, error) {
	from := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	digits := p.digits()
	if digits == 0 || digits > 1 && p.s[p.pos-digits] == '0' {
		p.pos = from + 1
		if digits == 0 {
			return nil, p.wrong("Invalid value.")
		}
		return nil, p.wrong("The document root must not be followed by other values.")
	}
	whole := true
	if p.peek() == '.' {
		whole = false
		p.pos++
		if p.digits() == 0 {
			return nil, p.wrong("Miss fraction part in number.")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		whole = false
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		if p.digits() == 0 {
			return nil, p.wrong("Miss exponent in number.")
		}
	}
	text := string(p.s[from:p.pos])
	if whole {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return &JSON{Kind: JSONNumber, Scalar: Int(i)}, nil
		}
		if u, err := strconv.ParseUint(text, 10, 64); err == nil {
			return &JSON{Kind: JSONNumber, Scalar: Uint(u)}, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.pos = from
		return nil, p.wrong("Number too big to be stored in double.")
	}
	return &JSON{Kind: JSONNumber, Scalar: Double(f)}, nil
}

func (p *jsonParser) digits() (n int) {
	for p.pos < len(p.s) && isDigit(p.s[p.pos]) {
		p.pos++
		n++
	}
	return n
}

func (p *jsonParser) text() (string, error) {
	from := p.pos
	p.pos++
	var out []byte
	for p.pos < len(p.s) {
		switch c := p.s[p.pos]; {
		case c == '"':
			p.pos++
			if !utf8.Valid(out) {
				p.pos = from
				return "", p.wrong("Invalid encoding in string.")
			}
			return string(out), nil
		case c == '\\':
			var err error
			if out, err = p.escaped(out, from); err != nil {
				return "", err
			}
		case c < ' ':
			return "", p.wrong("Invalid encoding in string.")
		default:
			out = append(out, c)
			p.pos++
		}
	}
	p.pos = from
	return "", p.wrong("Missing a closing quotation mark in string.")
}

var jsonEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (p *jsonParser) escaped(out []byte, from int) ([]byte, error) {
	p.pos++
	c := p.peek()
	if e, ok := jsonEscapes[c]; ok {
		p.pos++
		return append(out, e), nil
	}
	if c != 'u' {
		p.pos--
		return nil, p.wrong("Invalid escape character in string.")
	}
	r, ok := p.hex4()
	if ok && utf16.IsSurrogate(r) {
		low := rune(0)
		if p.pos+1 < len(p.s) && p.s[p.pos] == '\\' && p.s[p.pos+1] == 'u' {
			p.pos++
			low, ok = p.hex4()
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			p.pos = from
			return nil, p.wrong("The surrogate pair in string is invalid.")
		}
	}
	if !ok {
		p.pos = from
		return nil, p.wrong("Incorrect hex digit after \\u escape in string.")
	}
	return utf8.AppendRune(out, r), nil
}

// hex4 reads uXXXX.
func (p *jsonParser) hex4() (rune, bool) {
	if p.pos+5 > len(p.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.s[p.pos+1:p.pos+5]), 16, 32)
	p.pos += 5
	return rune(n), err == nil
}

// appendBase64 shows a binary string inside a document.
func appendBase64(j *JSON) []byte {
	return fmt.Appendf(nil, "base64:type%d:%s", protocolType(j.Opaque), base64.StdEncoding.EncodeToString([]byte(j.Text)))
}

// protocolType is the number that MySQL's protocol has for a type.
func protocolType(k Kind) int {
	switch k {
	case TypeVarChar:
		return 15
	case TypeTinyText:
		return 249
	case TypeMediumText:
		return 250
	case TypeLongText:
		return 251
	case TypeText:
		return 252
	case TypeChar:
		return 254
	case TypeBit:
		return 16
	case TypeGeometry:
		return 255
	}
	return 252
}
