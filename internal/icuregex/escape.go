package regex

import (
	"strconv"
	"unicode"
)

// asIs are the escapes that mean the same to regexp2.
var asIs = map[rune]string{
	'A': `(?:\A)`, 'z': `(?:\z)`, 'G': `(?:\G)`, 'b': `(?:\b)`, 'B': `(?:\B)`,
	'd': `\d`, 'D': `\D`, 'w': `\w`, 'W': `\W`, 's': `\s`, 'S': `\S`,
	'R': `(?>\r\n|` + lineEndClass + `)`,
	// A grapheme cluster, roughly: a base with its marks.
	'X': `(?>\r\n|\P{M}\p{M}*|\p{M}+)`,
}

// escape translates what follows a backslash outside a class.
func (t *translator) escape() error {
	if t.in.eof() {
		return invalid("the pattern ends in a backslash")
	}
	r := t.in.peek()
	if s, ok := asIs[r]; ok {
		t.in.next()
		t.emit(s)
		return nil
	}
	switch {
	case r == 'Z':
		t.in.next()
		m := t.mode
		t.mode.multiline = false
		t.emit(t.dollar())
		t.mode = m
	case r == 'Q':
		t.in.next()
		t.quoted()
	case r == 'E':
		t.in.next() // the end of a \Q that never began means nothing
	case r == 'k':
		t.in.next()
		return t.namedBackReference()
	case r >= '1' && r <= '9':
		t.backReference()
	default:
		set, isSet, err := t.setEscape()
		if err != nil {
			return err
		}
		if isSet {
			t.emitSet(set)
			return nil
		}
		lit, err := t.charEscape()
		if err != nil {
			return err
		}
		t.literal(lit)
	}
	return nil
}

// quoted translates the text between \Q and \E.
func (t *translator) quoted() {
	for !t.in.eof() {
		if t.in.looking(`\E`) {
			t.in.pos += 2
			return
		}
		t.literal(t.in.next())
	}
}

func (t *translator) namedBackReference() error {
	if !t.in.accept('<') {
		return invalid(`\k needs a name in angle brackets`)
	}
	name, err := t.groupName()
	if err != nil {
		return err
	}
	n, ok := t.names[name]
	if !ok {
		return invalid("a back-reference names no group")
	}
	t.emitBackReference(n)
	return nil
}

// backReference reads a group number as ICU does: more digits are taken as long
// as the number is below the count of groups that began so far.
func (t *translator) backReference() {
	n := int(t.in.next() - '0')
	for n < t.groups && !t.in.eof() && isDigit(t.in.peek()) {
		n = n*10 + int(t.in.next()-'0')
	}
	t.maxBackRef = max(t.maxBackRef, n)
	t.emitBackReference(n)
}

func (t *translator) emitBackReference(n int) {
	ref := `\k<` + strconv.Itoa(n) + `>`
	if t.mode.ignoreCase {
		ref = "(?i:" + ref + ")"
	}
	t.emit(ref)
}

// setEscape reads an escape that stands for a set, after its backslash.
func (t *translator) setEscape() (runeSet, bool, error) {
	var set runeSet
	r := t.in.peek()
	switch unicode.ToLower(r) {
	case 'd':
		set = digits
	case 'w':
		set = wordSet()
	case 's':
		set = spaces
	case 'h':
		set = blanks
	case 'v':
		set = lineEnds
	case 'p':
		t.in.next()
		set, err := t.propertyEscape()
		if err == nil && r == 'P' {
			set = set.complement()
		}
		return set, true, err
	case 'n':
		if r == 'N' {
			return nil, false, invalid(`\N{…} is not supported`)
		}
		return nil, false, nil
	default:
		return nil, false, nil
	}
	t.in.next()
	if unicode.IsUpper(r) {
		set = set.complement()
	}
	return set, true, nil
}

// propertyEscape reads {Name} or the one letter after \p.
func (t *translator) propertyEscape() (runeSet, error) {
	if t.in.accept('{') {
		name, ok := t.in.until('}')
		if !ok {
			return nil, invalid("a property name is not closed")
		}
		return property(name)
	}
	if t.in.eof() {
		return nil, invalid("a property name is missing")
	}
	return property(string(t.in.next()))
}

// charEscape reads an escape that stands for one character, after its backslash.
func (t *translator) charEscape() (rune, error) {
	switch r := t.in.next(); r {
	case 'a':
		return 7, nil
	case 'e':
		return 27, nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return t.in.hex(4, 4)
	case 'U':
		return t.in.hex(8, 8)
	case 'x':
		return t.hexEscape()
	case 'c':
		if t.in.eof() {
			return 0, invalid(`\c needs a character`)
		}
		return t.in.next() & 0x1F, nil
	case '0':
		return t.octalEscape()
	default:
		return r, nil
	}
}

func (t *translator) hexEscape() (rune, error) {
	if !t.in.accept('{') {
		return t.in.hex(1, 2)
	}
	r, err := t.in.hex(1, 6)
	if err == nil && !t.in.accept('}') {
		err = invalid(`\x{…} is not closed`)
	}
	return r, err
}

// octalEscape reads up to three digits after \0, at most \0377.
func (t *translator) octalEscape() (rune, error) {
	v, n := rune(0), 0
	for n < 3 && !t.in.eof() && t.in.peek() >= '0' && t.in.peek() <= '7' && v*8 <= 0o370 {
		v = v*8 + t.in.next() - '0'
		n++
	}
	if n == 0 {
		return 0, invalid(`\0 needs octal digits`)
	}
	return v, nil
}
