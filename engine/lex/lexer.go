package lex

// Mode are the parts of a session's SQL mode that change how a text is read.
type Mode struct {
	NoBackslashEscapes bool // a backslash in a string is itself
	ANSIQuotes         bool // "x" is a name everywhere
	PipesAsConcat      bool // || joins strings
	RealAsFloat        bool // the type REAL is FLOAT
	HighNot            bool // NOT binds as ! does
}

// Kind is what a token is.
type Kind uint8

const (
	EOF      Kind = iota
	Word          // unquoted name or keyword
	Backtick      // `x`
	Double        // "x": a string, or a name under ANSIQuotes and where a name is wanted
	String        // 'x'
	National      // N'x'
	Number        // 1, 1.5, .5, 1e5
	Hex           // x'41', 0x41
	Bit           // b'01', 0b01
	At            // @ with the characters of a host or variable name directly after it
	System        // @@name, @@scope.name
	Op            // an operator of two or three characters
	Punct         // any other character, by itself
	Bad           // a quote or comment that does not end, or a byte that starts nothing
)

// Token is a piece of the text. It holds no copy: Value decodes it.
type Token struct {
	Kind     Kind
	Pos, End int // in bytes
}

// Lexer yields tokens on demand. It sees into versioned comments and skips the
// other ones, as MySQL does.
type Lexer struct {
	src  string
	mode Mode
	pos  int
	last Token // the token before

	versioned bool // inside /*! … */
	gap       gap  // what was skipped before the last token

	// frame, if set, is told of the brackets of versioned comments that count
	// and of those that do not count as a whole.
	frame func(from, to int)
}

// gap is what stands between two tokens.
type gap struct {
	odd              bool // more than blanks, tabs and line ends
	hintFrom, hintTo int  // the first /*+ … */, if any
}

// New returns a lexer at the start of text.
func New(text string, m Mode) Lexer { return Lexer{src: text, mode: m} }

// Next returns the next token, EOF at the end of the text and ever after.
func (l *Lexer) Next() Token {
	l.gap = gap{}
	bad, ok := l.skip()
	if !ok {
		l.last = bad
		return bad
	}
	t := l.scan()
	l.last = t
	return t
}

func (l *Lexer) scan() Token {
	start := l.pos
	if start >= len(l.src) {
		if l.versioned {
			return Token{Bad, start, start}
		}
		return Token{EOF, start, start}
	}
	c := l.src[start]
	if wordBytes[c] {
		return l.word(c)
	}
	switch c {
	case '\'':
		return l.quoted(String, start, !l.mode.NoBackslashEscapes)
	case '"':
		return l.quoted(Double, start, !l.mode.NoBackslashEscapes && !l.mode.ANSIQuotes)
	case '`':
		return l.quoted(Backtick, start, false)
	case '@':
		return l.variable()
	case '.':
		if isDigit(l.at(1)) && !(l.last.Kind == Word && l.last.End == start) {
			return l.fraction(start)
		}
	case 0:
		l.pos++
		return Token{Bad, start, l.pos}
	default:
		if n := l.operator(c); n > 1 {
			l.pos += n
			return Token{Op, start, l.pos}
		}
	}
	l.pos++
	return Token{Punct, start, l.pos}
}

// operator is the length of the operator that starts at l.pos.
func (l *Lexer) operator(c byte) int {
	next := l.at(1)
	switch c {
	case '<':
		switch {
		case next == '=' && l.at(2) == '>':
			return 3
		case next == '=' || next == '>' || next == '<':
			return 2
		}
	case '>':
		if next == '=' || next == '>' {
			return 2
		}
	case '!', ':':
		if next == '=' {
			return 2
		}
	case '&', '|':
		if next == c {
			return 2
		}
	case '-':
		if next == '>' && l.at(2) == '>' {
			return 3
		}
		if next == '>' {
			return 2
		}
	}
	return 1
}

// at is the byte n places ahead, 0 past the end.
func (l *Lexer) at(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

func (l *Lexer) run(in func(byte) bool) {
	for l.pos < len(l.src) && in(l.src[l.pos]) {
		l.pos++
	}
}

// word scans what begins with a letter or digit: a name, a number, or a literal
// with a prefix. Directly after a dot it is a name in any case.
func (l *Lexer) word(c byte) Token {
	start := l.pos
	afterDot := l.last.Kind == Punct && l.last.End == start && start > 0 && l.src[start-1] == '.'
	if !afterDot {
		switch {
		case isDigit(c):
			return l.number()
		case l.at(1) == '\'':
			switch c | 0x20 {
			case 'x':
				return l.digits(Hex, isHexDigit)
			case 'b':
				return l.digits(Bit, isBinaryDigit)
			case 'n':
				return l.quoted(National, start+1, !l.mode.NoBackslashEscapes)
			}
		}
	}
	l.runWord()
	return Token{Word, start, l.pos}
}

func (l *Lexer) runWord() {
	i := l.pos
	for i < len(l.src) && wordBytes[l.src[i]] {
		i++
	}
	l.pos = i
}

// quoted scans to the closing quote of the string whose opening one is at quote.
// A doubled quote stands for itself, and so does whatever follows a backslash
// where those count. No name holds a zero byte.
func (l *Lexer) quoted(kind Kind, quote int, backslash bool) Token {
	start := l.pos
	q := l.src[quote]
	for i := quote + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '\\' && backslash:
			i++
		case c == q && i+1 < len(l.src) && l.src[i+1] == q:
			i++
		case c == q:
			l.pos = i + 1
			return Token{kind, start, l.pos}
		case c == 0 && kind == Backtick:
			l.pos = len(l.src)
			return Token{Bad, start, l.pos}
		}
	}
	l.pos = len(l.src)
	return Token{Bad, start, l.pos}
}

// digits scans x'…' and b'…'. Hexadecimal digits come in pairs.
func (l *Lexer) digits(kind Kind, in func(byte) bool) Token {
	start := l.pos
	l.pos += 2
	l.run(in)
	n := l.pos - start - 2
	if l.at(0) != '\'' || kind == Hex && n%2 != 0 {
		l.pos = len(l.src)
		return Token{Bad, start, l.pos}
	}
	l.pos++
	return Token{kind, start, l.pos}
}

// variable scans @name, @ before a quoted name, and @@name. A host is read like a
// variable's name.
func (l *Lexer) variable() Token {
	start := l.pos
	l.pos++
	if l.at(0) != '@' {
		l.run(isHostByte)
		return Token{At, start, l.pos}
	}
	l.pos++
	if l.at(0) != '`' {
		l.run(isHostByte)
	}
	for l.at(0) == '`' && (l.pos == start+2 || l.src[l.pos-1] == '.') {
		if t := l.quoted(Backtick, l.pos, false); t.Kind == Bad {
			return t
		}
		if l.at(0) == '.' {
			l.run(isHostByte)
		}
	}
	if l.pos == start+2 {
		return Token{Bad, start, l.pos}
	}
	return Token{System, start, l.pos}
}
