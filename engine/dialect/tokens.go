package dialect

import "github.com/lxdb/lxdb/engine/lex"

// Token is a piece of a statement for who reads it before the SQL parser does.
type Token struct {
	Kind     TokenKind
	Pos, End int    // in bytes of the text
	Text     string // what it stands for: quotes and escapes are undone
}

// TokenKind tells the kinds of tokens apart.
type TokenKind uint8

const (
	TokenWord   TokenKind = iota // keyword or unquoted name
	TokenName                    // quoted name
	TokenString                  // quoted string
	TokenNumber                  // digits
	TokenOther                   // one character of punctuation, or @name
)

// Tokens cuts a text into tokens. ok is false when a quote or comment does not end:
// such a text is no statement.
func Tokens(text string, m lex.Mode) (out []Token, ok bool) {
	l := lex.New(text, m)
	for {
		t := l.Next()
		kind := TokenOther
		switch t.Kind {
		case lex.EOF:
			return out, true
		case lex.Bad:
			return nil, false
		case lex.Word:
			kind = TokenWord
		case lex.Backtick:
			kind = TokenName
		case lex.String, lex.National:
			kind = TokenString
		case lex.Double:
			if kind = TokenString; m.ANSIQuotes {
				kind = TokenName
			}
		case lex.Number, lex.Hex, lex.Bit:
			kind = TokenNumber
		case lex.Op:
			for i := t.Pos; i < t.End; i++ {
				out = append(out, Token{TokenOther, i, i + 1, text[i : i+1]})
			}
			continue
		}
		out = append(out, Token{kind, t.Pos, t.End, lex.Value(text, t, m)})
	}
}
