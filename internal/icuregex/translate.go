package regex

import (
	"strconv"
	"strings"
	"unicode"
)

// translator rewrites an ICU pattern as a regexp2 pattern in one pass.
//
// The result uses no option of regexp2 but (?i) for literals: what . ^ $ mean
// under ICU's flags is written out, classes are written as explicit ranges
// with their case folding done, and groups get explicit numbers (regexp2, like
// .NET, would number named groups last).
type translator struct {
	in     input
	out    strings.Builder
	mode   mode
	open   []frame
	groups int
	names  map[string]int
	// maxBackRef is checked at the end: a reference may stand before its group.
	maxBackRef int
	// atom is where the last quantifiable item starts in out, -1 for none.
	atom int
}

// mode is the flags in force; inline flags change it until the group ends.
type mode struct{ ignoreCase, multiline, dotAll, unixLines, comments bool }

// frame is an open group.
type frame struct {
	start int  // where the group starts in out
	mode  mode // to restore at its end
}

func newTranslator(pattern string, flags RegexFlags) *translator {
	return &translator{
		in: input{src: []rune(pattern)},
		mode: mode{
			ignoreCase: flags&RegexFlags_Case_Insensitive != 0,
			multiline:  flags&RegexFlags_Multiline != 0,
			dotAll:     flags&RegexFlags_Dot_All != 0,
			unixLines:  flags&RegexFlags_Unix_Lines != 0,
			comments:   flags&RegexFlags_Comments != 0,
		},
		names: map[string]int{},
		atom:  -1,
	}
}

func (t *translator) run() error {
	for {
		t.skipComments()
		if t.in.eof() {
			break
		}
		if err := t.item(); err != nil {
			return err
		}
		if t.out.Len() > maxTranslatedBytes {
			return invalid("the pattern is too complex")
		}
	}
	switch {
	case len(t.open) > 0:
		return invalid("a parenthesis is not closed")
	case t.maxBackRef > t.groups:
		return invalid("a back-reference names no group")
	}
	return nil
}

// skipComments drops what flag x makes invisible.
func (t *translator) skipComments() {
	if !t.mode.comments {
		return
	}
	for !t.in.eof() {
		switch r := t.in.peek(); {
		case unicode.IsSpace(r):
			t.in.next()
		case r == '#':
			for !t.in.eof() && !lineEnds.has(t.in.peek()) {
				t.in.next()
			}
		default:
			return
		}
	}
}

// item translates one item of the pattern.
func (t *translator) item() error {
	switch r := t.in.next(); r {
	case '\\':
		return t.escape()
	case '[':
		return t.class()
	case '(':
		return t.openGroup()
	case ')':
		return t.closeGroup()
	case '|':
		t.out.WriteByte('|')
		t.atom = -1
	case '*', '+', '?', '{':
		return t.quantifier(r)
	case '.':
		t.emit(t.dot())
	case '^':
		t.emit(t.caret())
	case '$':
		t.emit(t.dollar())
	default:
		t.literal(r)
	}
	return nil
}

// emit writes one quantifiable item.
func (t *translator) emit(s string) {
	t.atom = t.out.Len()
	t.out.WriteString(s)
}

const lineEndClass = `[\n-\r\u0085\u2028\u2029]`

func (t *translator) dot() string {
	switch {
	case t.mode.dotAll && t.mode.unixLines:
		return `[\s\S]`
	case t.mode.dotAll:
		return `(?>\r\n|[\s\S])` // ICU takes CR LF as one
	case t.mode.unixLines:
		return `[^\n]`
	}
	return `[^\n-\r\u0085\u2028\u2029]`
}

func (t *translator) caret() string {
	switch {
	case !t.mode.multiline:
		return `(?:\A)`
	case t.mode.unixLines:
		return `(?:\A|(?<=\n)(?!\z))`
	}
	return `(?:\A|(?<=` + lineEndClass + `)(?!(?<=\r)\n)(?!\z))`
}

func (t *translator) dollar() string {
	end := `\z` // the end, or just before the line end that ends the text
	switch {
	case t.mode.multiline && t.mode.unixLines:
		return `(?=\n|\z)`
	case t.mode.multiline:
		return `(?=` + lineEndClass + `|\z)(?!(?<=\r)\n)`
	case t.mode.unixLines:
		return `(?=\n?` + end + `)`
	}
	return `(?=(?:\r\n|` + lineEndClass + `)?` + end + `)(?!(?<=\r)\n)`
}

// literal writes one character that stands for itself.
func (t *translator) literal(r rune) {
	t.atom = t.out.Len()
	if !t.mode.ignoreCase || unicode.SimpleFold(r) == r {
		writeLiteral(&t.out, r)
		return
	}
	// regexp2 compares lower-case forms, which misses the third form of some
	// letters (Greek final sigma); a class with every form does not.
	if r >= unicode.MaxASCII && unicode.SimpleFold(unicode.SimpleFold(r)) != r {
		t.out.WriteByte('[')
		runeSet{{r, r}}.folded().write(&t.out)
		t.out.WriteByte(']')
		return
	}
	t.out.WriteString("(?i:")
	writeLiteral(&t.out, r)
	t.out.WriteByte(')')
}

func writeLiteral(out *strings.Builder, r rune) {
	if strings.ContainsRune(`\*+?|{}[]()^$.#`, r) {
		out.WriteByte('\\')
	}
	writeControl(out, r)
}

func writeClassRune(out *strings.Builder, r rune) {
	if strings.ContainsRune(`\[]^-`, r) {
		out.WriteByte('\\')
	}
	writeControl(out, r)
}

// writeControl keeps characters that are hard to see out of the pattern.
func writeControl(out *strings.Builder, r rune) {
	if r <= 0xFFFF && !unicode.IsGraphic(r) {
		out.WriteString(`\u`)
		hex := strconv.FormatInt(int64(r), 16)
		out.WriteString("0000"[len(hex):] + hex)
		return
	}
	out.WriteRune(r)
}

// quantifier translates * + ? {n,m} with the suffixes ? (lazy) and +
// (possessive, which regexp2 writes as an atomic group).
func (t *translator) quantifier(r rune) error {
	if t.atom < 0 {
		return invalid("a quantifier has nothing to repeat")
	}
	q := string(r)
	if r == '{' {
		var err error
		if q, err = t.interval(); err != nil {
			return err
		}
	}
	t.skipComments()
	switch {
	case t.in.accept('?'):
		t.out.WriteString(q + "?")
	case t.in.accept('+'):
		all := t.out.String()
		t.out.Reset()
		t.out.WriteString(all[:t.atom] + "(?>" + all[t.atom:] + q + ")")
	default:
		t.out.WriteString(q)
	}
	t.atom = -1
	return nil
}

func (t *translator) interval() (string, error) {
	lo, ok := t.in.decimal()
	hi := lo
	text := "{" + strconv.Itoa(lo)
	if ok && t.in.accept(',') {
		text += ","
		if !t.in.eof() && t.in.peek() != '}' {
			hi, ok = t.in.decimal()
			text += strconv.Itoa(hi)
		}
	}
	if !ok || !t.in.accept('}') || hi < lo {
		return "", invalid("an interval must be {n}, {n,} or {n,m} with n <= m")
	}
	return text + "}", nil
}
