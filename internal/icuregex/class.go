package regex

import "strings"

// class translates a class, after its "[".
func (t *translator) class() error {
	set, err := t.parseClass(0)
	if err != nil {
		return err
	}
	t.emitSet(set)
	return nil
}

// emitSet writes a set as a regexp2 class. Case folding is already in it.
func (t *translator) emitSet(set runeSet) {
	if len(set) == 0 {
		t.emit(`(?!)`)
		return
	}
	t.atom = t.out.Len()
	// The shorter of the set and its complement: [^,] reads and runs better
	// than two ranges that reach to the last code point.
	if inverse := set.complement(); len(inverse) > 0 && len(inverse) < len(set) {
		t.out.WriteString("[^")
		inverse.write(&t.out)
	} else {
		t.out.WriteByte('[')
		set.write(&t.out)
	}
	t.out.WriteByte(']')
}

// classParser evaluates one bracketed class. Neighbours are united; && and --
// apply to everything before and everything up to the next operator.
type classParser struct {
	t       *translator
	depth   int
	acc     runeSet // result of the finished operators
	op      byte    // '&' or '-' waiting for cur, 0 for none
	cur     []span  // operand being read
	last    rune    // last single character, a possible range start
	hasLast bool
	empty   bool // nothing read since the class or an operator began
}

func (t *translator) parseClass(depth int) (runeSet, error) {
	if depth > maxNesting {
		return nil, invalid("classes are nested too deeply")
	}
	if set, ok, err := t.posixClass(); ok || err != nil {
		return set, err
	}
	negate := t.in.accept('^')
	p := &classParser{t: t, depth: depth, empty: true}
	if t.in.accept(']') { // first in the class it is a literal
		p.addRune(']')
	}
	for {
		t.skipComments()
		if t.in.eof() {
			return nil, invalid("a class is not closed")
		}
		if t.in.accept(']') {
			break
		}
		if err := p.item(); err != nil {
			return nil, err
		}
	}
	if err := p.apply(); err != nil {
		return nil, err
	}
	set := p.acc
	if t.mode.ignoreCase {
		set = set.folded()
	}
	if negate {
		set = set.complement()
	}
	return set, nil
}

// posixClass reads [:name:] after its "["; false when it is no such thing.
func (t *translator) posixClass() (runeSet, bool, error) {
	if !t.in.looking(":") {
		return nil, false, nil
	}
	rest := string(t.in.src[t.in.pos+1:])
	name, _, found := strings.Cut(rest, ":]")
	if !found || strings.ContainsAny(name, "[]\\") {
		return nil, false, nil
	}
	t.in.pos += len([]rune(name)) + 3
	set, err := property(name)
	return set, true, err
}

// item reads one element or operator of the class.
func (p *classParser) item() error {
	in := &p.t.in
	switch r := in.next(); r {
	case '[':
		set, err := p.t.parseClass(p.depth + 1)
		if err != nil {
			return err
		}
		p.addSet(set)
	case '\\':
		return p.escape()
	case '&':
		if in.accept('&') {
			return p.operator('&')
		}
		p.addRune('&')
	case '-':
		return p.dash()
	default:
		p.addRune(r)
	}
	return nil
}

func (p *classParser) escape() error {
	if p.t.in.eof() {
		return invalid("a class is not closed")
	}
	set, isSet, err := p.t.setEscape()
	if err != nil {
		return err
	}
	if isSet {
		p.addSet(set)
		return nil
	}
	r, err := p.t.charEscape()
	p.addRune(r)
	return err
}

// dash reads what follows a "-": the operator --, a range, or a literal dash.
func (p *classParser) dash() error {
	in := &p.t.in
	if in.accept('-') {
		return p.operator('-')
	}
	if !p.hasLast || in.eof() || in.peek() == ']' || in.peek() == '[' {
		p.addRune('-')
		p.hasLast = false
		return nil
	}
	lo := p.last
	hi := in.next()
	if hi == '\\' {
		if in.eof() {
			return invalid("a class is not closed")
		}
		set, isSet, err := p.t.setEscape()
		if err != nil {
			return err
		}
		if isSet { // [a-\d]: the dash is a literal
			p.addRune('-')
			p.addSet(set)
			return nil
		}
		if hi, err = p.t.charEscape(); err != nil {
			return err
		}
	}
	if hi < lo {
		return invalid("a range of characters runs backwards")
	}
	p.cur = append(p.cur, span{lo, hi})
	p.hasLast = false
	return nil
}

func (p *classParser) addRune(r rune) {
	p.cur = append(p.cur, span{r, r})
	p.last, p.hasLast, p.empty = r, true, false
}

func (p *classParser) addSet(set runeSet) {
	p.cur = append(p.cur, set...)
	p.hasLast, p.empty = false, false
}

// operator ends the operand before && or --.
func (p *classParser) operator(op byte) error {
	err := p.apply()
	p.op = op
	return err
}

// apply combines the operand just read with the result so far.
func (p *classParser) apply() error {
	if p.empty {
		return invalid("a class or an operand of && or -- is empty")
	}
	cur := newSet(p.cur)
	switch p.op {
	case '&':
		p.acc = p.acc.intersect(cur)
	case '-':
		p.acc = p.acc.minus(cur)
	default:
		p.acc = cur
	}
	p.cur, p.hasLast, p.empty = nil, false, true
	return nil
}
