package dialect

import (
	"cmp"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// Definer is the DEFINER clause of a CREATE or ALTER of a view or stored
// program. Pos and End are its place in the text, so that it can be cut out: the
// SQL grammar does not know all of its forms.
type Definer struct {
	Pos, End int
	Account  Account
}

// FindDefiner finds the clause. Only the words that may stand before it are
// passed over, so DEFINER in a body, a string or a comment is none. The error is
// that of a clause that cannot be read.
func FindDefiner(text string, m lex.Mode) (d Definer, found bool, err error) {
	p := newParser(text, m)
	if !p.accept("CREATE") && !p.accept("ALTER") {
		return Definer{}, false, nil
	}
	p.accept("OR", "REPLACE")
	p.accept("AGGREGATE")
	if p.at("ALGORITHM") && p.punctAt(1, '=') {
		p.i += 3
	}
	if !p.at("DEFINER") || !p.punctAt(1, '=') {
		return Definer{}, false, nil
	}
	d.Pos = p.peek().Pos
	p.i += 2
	d.Account = p.account()
	if p.err != nil {
		return Definer{}, false, p.err
	}
	d.End = p.toks[p.i-1].End
	return d, true, nil
}

// Defines reports whether text begins with CREATE, ALTER or DROP. Every statement
// of every session is asked, so it allocates nothing.
func Defines(text string, m lex.Mode) bool {
	l := lex.New(text, m)
	t := l.Next()
	if t.Kind != lex.Word {
		return false
	}
	word := text[t.Pos:t.End]
	return lex.EqualKeyword(word, "CREATE") || lex.EqualKeyword(word, "ALTER") || lex.EqualKeyword(word, "DROP")
}

// Program is the kind of stored program that a CREATE, ALTER or DROP is about:
// PROCEDURE, FUNCTION, TRIGGER or EVENT, "" for everything else.
func Program(text string, m lex.Mode) string {
	p := newParser(CutDefiner(text, m), m)
	if !p.accept("CREATE") && !p.accept("ALTER") && !p.accept("DROP") {
		return ""
	}
	p.accept("OR", "REPLACE")
	p.accept("AGGREGATE")
	for _, kind := range []string{"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"} {
		if p.at(kind) {
			return kind
		}
	}
	return ""
}

// CutDefiner returns the text without the clause.
func CutDefiner(text string, m lex.Mode) string {
	d, found, err := FindDefiner(text, m)
	if err != nil || !found {
		return text
	}
	end := d.End
	for end < len(text) && strings.IndexByte(" \t\n\v\f\r", text[end]) >= 0 {
		end++
	}
	return text[:d.Pos] + text[end:]
}

// BlankDefiner is CutDefiner with blanks in the clause's place, for a reader
// who counts bytes.
func BlankDefiner(text string, d Definer, m lex.Mode) string {
	b := []byte(lex.OpenComments(text, m))
	for i := d.Pos; i < d.End; i++ {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

// WithInvoker makes the text of a CREATE VIEW say SQL SECURITY INVOKER.
func WithInvoker(text string, m lex.Mode) string {
	p := newParser(text, m)
	if !p.accept("CREATE") {
		return text
	}
	p.accept("OR", "REPLACE")
	if p.at("ALGORITHM") && p.punctAt(1, '=') {
		p.i += 3
	}
	if p.at("DEFINER") && p.punctAt(1, '=') {
		p.i += 2
		p.account()
	}
	at := p.peek()
	if p.err != nil || at.Pos >= len(text) {
		return text
	}
	if p.accept("SQL", "SECURITY") {
		if p.at("INVOKER") {
			return text
		}
		end := p.peek().End
		return text[:at.Pos] + "SQL SECURITY INVOKER" + text[end:]
	}
	return text[:at.Pos] + "SQL SECURITY INVOKER " + text[at.Pos:]
}

// WithDefiner writes the clause of an account into a text that has none, right
// after CREATE [OR REPLACE] [ALGORITHM = x].
func WithDefiner(text string, a Account, m lex.Mode) string {
	p := newParser(text, m)
	if !p.accept("CREATE") {
		return text
	}
	p.accept("OR", "REPLACE")
	if p.at("ALGORITHM") && p.punctAt(1, '=') {
		p.i += 3
	}
	p.peek()
	at := p.toks[p.i-1].End
	return text[:at] + " DEFINER=" + lex.QuoteName(a.Name) + "@" + lex.QuoteName(cmp.Or(a.Host, "%")) + text[at:]
}
