package dialect

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
func Tokens(text string, o Options) (out []Token, ok bool) {
	p := parser{lexer: lexer{src: text, opts: o}}
	for {
		t := p.lexer.next()
		kind := TokenOther
		switch t.kind {
		case tokEOF:
			return out, true
		case tokBad:
			return nil, false
		case tokWord:
			kind = TokenWord
		case tokBacktick:
			kind = TokenName
		case tokString:
			kind = TokenString
		case tokDouble:
			if kind = TokenString; o.ANSIQuotes {
				kind = TokenName
			}
		case tokNumber:
			kind = TokenNumber
		}
		out = append(out, Token{kind, t.pos, t.end, p.value(t)})
	}
}
