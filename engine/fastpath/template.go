package fastpath

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/session"
)

// Bounds of Template. Longer statements gain nothing from it.
const (
	maxTemplate = 1024
	maxValues   = 32
)

// Template takes the plain literals out of a statement's text: what is left, with
// a ? for each of them, is the same for all executions of it, and the literals
// are the values of a prepared statement. Like Match it may always say no, and
// it does so for all that would need more than a look: comments, escapes,
// quotes other than ', literals with a prefix or a sign, fractions, placeholders
// and variables, a second statement.
func Template(text string) (template string, values []session.Value, ok bool) {
	if len(text) > maxTemplate || !known(text) || !utf8.ValidString(text) {
		return "", nil, false
	}
	t := templater{text: text}
	t.out.Grow(len(text))
	for t.at < len(text) {
		if !t.step() {
			return "", nil, false
		}
	}
	return t.out.String(), t.values, true
}

// known looks at the first word alone, so that other statements cost nothing.
func known(text string) bool {
	if len(text) < 6 {
		return false
	}
	switch text[0] | 0x20 {
	case 's', 'u', 'd', 'i':
	default:
		return false
	}
	switch strings.ToLower(text[:6]) {
	case "select", "update", "delete", "insert":
		return true
	}
	return false
}

type templater struct {
	text   string
	at     int
	out    strings.Builder
	values []session.Value
	last   byte // the token before: a sign, w for a word, l for a literal
}

func (t *templater) step() bool {
	c := t.text[t.at]
	switch {
	case c == ' ' || c == '\n' || c == '\t' || c == '\r':
		t.out.WriteByte(c)
		t.at++
		return true
	case isDigit(c):
		return t.number()
	case isLetter(c):
		return t.word()
	}
	switch c {
	case '\'':
		return t.quoted()
	case '`':
		return t.name()
	case ',', '(', ')', '=', '.', '*', '+', '-':
		// A minus after a minus is a comment, or a sign.
		if c == '-' && t.last == '-' {
			return false
		}
		t.out.WriteByte(c)
		t.last = c
		t.at++
		return true
	case ';':
		end := strings.TrimRight(t.text[t.at+1:], " \t\r\n") == ""
		t.at = len(t.text)
		return end
	}
	return false
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func (t *templater) word() bool {
	from := t.at
	for t.at < len(t.text) && (isLetter(t.text[t.at]) || isDigit(t.text[t.at]) || t.text[t.at] == '$') {
		t.at++
	}
	t.out.WriteString(t.text[from:t.at])
	t.last = 'w'
	return t.at == len(t.text) || t.text[t.at] < utf8.RuneSelf
}

// name copies `name`.
func (t *templater) name() bool {
	n := strings.IndexByte(t.text[t.at+1:], '`')
	if n < 0 || strings.HasPrefix(t.text[t.at+n+2:], "`") || strings.IndexByte(t.text[t.at:t.at+n+2], '?') >= 0 {
		return false
	}
	t.out.WriteString(t.text[t.at : t.at+n+2])
	t.at += n + 2
	t.last = 'w'
	return true
}

// number takes an integer that nothing stands against, such as 5 but not 5.0,
// 5e1, 0x5 or 5a.
func (t *templater) number() bool {
	from := t.at
	for t.at < len(t.text) && isDigit(t.text[t.at]) {
		t.at++
	}
	if t.at < len(t.text) && (isLetter(t.text[t.at]) || strings.IndexByte(".$", t.text[t.at]) >= 0 || t.text[t.at] >= utf8.RuneSelf) {
		return false
	}
	switch t.last {
	case '=', '(', ',', '+', '-':
	default:
		return false
	}
	n, err := strconv.ParseInt(t.text[from:t.at], 10, 64)
	return err == nil && t.literal(session.IntValue(n))
}

// quoted takes 'text' without escapes. A word before it could be its character
// set or its type, a string before it a part of it.
func (t *templater) quoted() bool {
	n := strings.IndexByte(t.text[t.at+1:], '\'')
	if n < 0 {
		return false
	}
	inside := t.text[t.at+1 : t.at+1+n]
	t.at += n + 2
	if strings.IndexByte(inside, '\\') >= 0 || t.at < len(t.text) && t.text[t.at] == '\'' {
		return false
	}
	switch t.last {
	case '=', '(', ',':
		return t.literal(session.StringValue(inside))
	}
	return false
}

func (t *templater) literal(v session.Value) bool {
	t.out.WriteByte('?')
	t.values = append(t.values, v)
	t.last = 'l'
	return len(t.values) <= maxValues
}
