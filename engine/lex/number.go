package lex

// number scans what begins with a digit. Digits that run into letters are a name
// (1st), but for an exponent (1e5) and the prefixes 0x and 0b; what follows a
// whole number directly begins another token (1e5x is 1e5 and x).
func (l *Lexer) number() Token {
	start := l.pos
	if l.src[start] == '0' {
		switch l.at(1) {
		case 'x':
			if l.prefixed(isHexDigit) {
				return Token{Hex, start, l.pos}
			}
		case 'b':
			if l.prefixed(isBinaryDigit) {
				return Token{Bit, start, l.pos}
			}
		}
	}
	l.run(isDigit)
	switch c := l.at(0); {
	case c == '.':
		return l.fraction(start)
	case !wordBytes[c]:
		return Token{Number, start, l.pos}
	case c|0x20 == 'e' && l.exponent():
		return Token{Number, start, l.pos}
	}
	l.runWord()
	return Token{Word, start, l.pos}
}

// prefixed takes 0x… or 0b… if that is all of the word.
func (l *Lexer) prefixed(in func(byte) bool) bool {
	start := l.pos
	l.pos += 2
	l.run(in)
	if l.pos > start+2 && !wordBytes[l.at(0)] {
		return true
	}
	l.pos = start
	return false
}

// fraction scans from the dot on. An exponent without digits is not MySQL's.
func (l *Lexer) fraction(start int) Token {
	l.pos++
	l.run(isDigit)
	if l.at(0)|0x20 == 'e' && !l.exponent() {
		l.pos = len(l.src)
		return Token{Bad, start, l.pos}
	}
	return Token{Number, start, l.pos}
}

// exponent takes e5, E-5 and reports whether it is there.
func (l *Lexer) exponent() bool {
	n := 1
	if l.at(1) == '+' || l.at(1) == '-' {
		n = 2
	}
	if !isDigit(l.at(n)) {
		return false
	}
	l.pos += n
	l.run(isDigit)
	return true
}
