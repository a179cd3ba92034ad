package lex

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// ConcatMark stands, as a name, between two ^ where || joins strings: no token of
// the SQL parser does that. No client can write this name, for it holds a zero byte.
const ConcatMark = "||\x00"

// form is the canonical form of a token, when that is not the token itself. It is
// never empty.
func (w *writer) form(t Token) (form string, changed bool, err error) {
	if form, changed = w.planned[t.Pos]; changed {
		return form, true, nil
	}
	form, changed, err = w.plainForm(t)
	if t.Pos == w.closeAt && t.Pos > 0 && w.isText(t) {
		if !changed {
			form = w.src[t.Pos:t.End]
		}
		form, changed = form+")", true
	}
	return form, changed, err
}

func (w *writer) plainForm(t Token) (form string, changed bool, err error) {
	s := w.src[t.Pos:t.End]
	if w.bareAt {
		return userVariable(Value(w.src, t, w.mode)), true, nil
	}
	if w.nulls != "" && w.followsWord("OVER") { // the window gets this name, whatever it is
		form := "`" + w.nulls + "` "
		if w.nulls = ""; s == "(" {
			form = "(" + form
		}
		return form, true, nil
	}
	switch t.Kind {
	case Word:
		if isPlain(s) {
			form := w.word(t, s)
			return form, form != "", nil
		}
		return w.name(t, s)
	case Backtick:
		if s[1] == '@' {
			return w.name(t, Value(w.src, t, w.mode))
		}
		if !utf8.ValidString(s) {
			return "", false, &Error{Encoding, t.Pos}
		}
	case Double:
		if w.mode.ANSIQuotes {
			return w.name(t, Value(w.src, t, w.mode))
		}
		return w.stringLiteral(t, s)
	case String:
		return w.stringLiteral(t, s)
	case National:
		return "_utf8mb3" + literal(Value(w.src, t, w.mode)), true, nil
	case Number:
		if form := w.frameNumber(t, s); form != "" {
			return form, true, nil
		}
		if s[len(s)-1] == '.' {
			return s[:len(s)-1], true, nil
		}
	case Hex, Bit:
		return w.digits(t, s)
	case At:
		return w.at(t, s)
	case System:
		return w.system(t, s)
	case Op, Punct:
		if s == ":=" && w.assigns() {
			return " OR `" + AssignMark + "` OR ", true, nil
		}
		if s == "||" && w.mode.PipesAsConcat {
			return "^`" + ConcatMark + "`^", true, nil
		}
		switch s {
		case "?":
			form := w.framePlaceholder()
			return form, form != "", nil
		case "(":
			if w.respell {
				form := w.wholeQuery(t)
				if form == "" {
					form = w.definedBy()
				}
				return form, form != "", nil
			}
		case ")":
			if w.closesName() {
				return " ORDER BY `" + BracketMark + "`)", true, nil
			}
		case "{":
			form := w.brace()
			return form, form != "", nil
		case "}":
			if w.braces > 0 {
				w.braces--
				return ")", true, nil
			}
		case "=", "<>", "!=", "<", ">", "<=", ">=":
			form := w.membership(t, s)
			return form, form != "", nil
		}
	}
	return "", false, nil
}

// name writes a name in backticks. The SQL parser forgets that a name was quoted
// and takes @x for a variable, but for an alias, which it does not look into.
func (w *writer) name(t Token, name string) (string, bool, error) {
	if strings.HasPrefix(name, "@") && !w.mayBeAt() {
		return "", false, &Error{Name, t.Pos}
	}
	if !utf8.ValidString(name) {
		return "", false, &Error{Encoding, t.Pos}
	}
	if strings.IndexByte(name, 0) >= 0 {
		return "", false, &Error{Syntax, t.Pos}
	}
	form := QuoteName(name)
	return form, form != w.src[t.Pos:t.End], nil
}

// mayBeAt reports whether a name that begins with @ can only be an alias.
func (w *writer) mayBeAt() bool {
	return w.prev.Kind == Word && EqualKeyword(w.src[w.prev.Pos:w.prev.End], "AS")
}

// stringLiteral rewrites a string whose escapes the SQL parser would undo otherwise: \%
// and \_ keep their backslash in MySQL, and every one does without escapes.
func (w *writer) stringLiteral(t Token, s string) (string, bool, error) {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return "", false, nil
	}
	if w.mode.NoBackslashEscapes {
		return literal(Value(w.src, t, w.mode)), true, nil
	}
	for ; i < len(s)-1; i++ {
		if s[i] != '\\' {
			continue
		}
		if i++; s[i] == '%' || s[i] == '_' {
			return literal(Value(w.src, t, w.mode)), true, nil
		}
	}
	return "", false, nil
}

// literal writes a string for the default SQL mode.
func literal(value string) string {
	if strings.IndexByte(value, '\'') < 0 && strings.IndexByte(value, '\\') < 0 {
		return "'" + value + "'"
	}
	return QuoteString(value)
}

// digits writes x'…', 0x…, b'…' and 0b…. After a character set they are a string
// in it, byte by byte.
func (w *writer) digits(t Token, s string) (string, bool, error) {
	quoted := s[1] == '\''
	body := s[2:]
	if quoted {
		body = s[2 : len(s)-1]
	}
	if w.prev.Kind == Word && IsIntroducer(w.src[w.prev.Pos:w.prev.End]) {
		return literal(string(decode(t.Kind, body))), true, nil
	}
	if t.Kind == Bit { // the parser would make a number of it; it is a binary string, as x'…' is
		return "x'" + strings.ToUpper(hex.EncodeToString(decode(Bit, body))) + "'", true, nil
	}
	return "", false, nil
}

// decode returns the bytes that digits stand for; the first is filled up from the
// left.
func decode(k Kind, body string) []byte {
	if k == Hex {
		if len(body)%2 != 0 {
			body = "0" + body
		}
		b, _ := hex.DecodeString(body) // the lexer took digits alone
		return b
	}
	b := make([]byte, (len(body)+7)/8)
	for i := range body {
		if body[len(body)-1-i] == '1' {
			b[len(b)-1-i/8] |= 1 << (i % 8)
		}
	}
	return b
}

// at writes a user variable.
func (w *writer) at(t Token, s string) (string, bool, error) {
	if len(s) == 1 { // what follows is written with it
		return "", false, nil
	}
	form := userVariable(s[1:])
	if form == s[1:] {
		return "", false, nil
	}
	return "@" + form, true, nil
}

// encodedVariable begins the names of variables that the SQL parser cannot read;
// the name itself follows in hexadecimal digits.
const encodedVariable = "__lx_"

// userVariable is the name of a user variable as the SQL parser reads it. The case
// of letters does not count.
func userVariable(name string) string {
	if isUserVariable(name) && !strings.HasPrefix(Lower(name), encodedVariable) {
		return name
	}
	return encodedVariable + hex.EncodeToString([]byte(Lower(name)))
}

// VariableName is what was written for a name that userVariable has made.
func VariableName(form string) string {
	if digits, ok := strings.CutPrefix(form, encodedVariable); ok {
		if name, err := hex.DecodeString(digits); err == nil {
			return string(name)
		}
	}
	return form
}

func isUserVariable(s string) bool { return s != "" && isPlain("a"+s) }

// system writes @@name and @@scope.name without quotes.
func (w *writer) system(t Token, s string) (string, bool, error) {
	if strings.IndexByte(s, '`') < 0 {
		for _, part := range strings.Split(s[2:], ".") {
			if !isPlain(part) {
				return "", false, &Error{Syntax, t.Pos}
			}
		}
		return "", false, nil
	}
	name := strings.ReplaceAll(s[2:], "`", "")
	for _, part := range strings.Split(name, ".") {
		if !isPlain(part) {
			return "", false, &Error{Syntax, t.Pos}
		}
	}
	return "@@" + name, true, nil
}

// IsIntroducer reports the name of a character set before a string in it.
func IsIntroducer(word string) bool {
	return len(word) > 1 && word[0] == '_' && charsets[Lower(word[1:])]
}

var charsets = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(`armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932 dec8
		eucjpms euckr gb18030 gb2312 gbk geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman
		sjis swe7 tis620 ucs2 ujis utf16 utf16le utf32 utf8 utf8mb3 utf8mb4`) {
		m[name] = true
	}
	return m
}()
