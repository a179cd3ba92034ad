package lex

// What parsers and planners do with a statement takes stack for each level of
// its tree, and time that grows faster than the number of its levels. Neither
// can be interrupted, and a stack that is used up takes the process with it. So
// the height of the tree is bounded before anything else reads the statement.
//
// A planner's time for a chain of operators grows with the square of its length, and a megabyte of them, each chain as
// high as it may be, would take minutes: what the long ones take together is bounded, too.
//
// depth knows next to no grammar, and errs on the high side. Within one pair of
// brackets (or CASE … END), and between two commas, every word and every operator
// may be a level: a chain of operators is a tree as high as the chain is long,
// whichever way it leans. Three things make less of it, as everyday statements
// are long: the word after an operator is a leaf; what AND and OR join is no
// higher than its highest part; and so is a list.
const (
	maxHeight  = 1500
	maxChains  = 10_000_000 // squares of the longer chains of operators, in all
	longChain  = 64
	maxSetOps  = 200 // UNION, INTERSECT, EXCEPT
	maxBlocks  = 60  // BEGIN, IF, CASE, LOOP, REPEAT, WHILE in one another
	bracketFee = 6   // a bracket costs those who come after more than an operator,
	selectFee  = 24  // and a subquery more than a bracket
)

// level is what is known of one pair of brackets.
type level struct {
	kase     bool // CASE … END
	outer    int  // words, AND and OR since the last comma
	inner    int  // operators since the last AND or OR
	mostIn   int  // the highest inner part before
	joins    int  // AND and OR since the last comma
	below    int  // the highest of what stands in brackets since the last comma
	mostPart int  // the highest part before that comma
}

func (l *level) height() int { return l.outer + max(l.inner, l.mostIn) + l.below }

type depth struct {
	levels  []level // outside the current one
	cur     level
	operand bool // an operator or bracket came last: a word is a leaf
	setOps  int
	chains  int  // squares of the long chains that are behind
	words   int  // since the beginning of the statement
	schema  bool // it is CREATE SCHEMA
	body    body
}

// step takes the next token and reports whether the tree is still low enough.
// Brackets that do not match are for the parser to refuse.
func (d *depth) step(text string, t Token) bool {
	switch t.Kind {
	case Word:
		d.word(text[t.Pos:t.End])
	case Op:
		d.operator(text[t.Pos:t.End])
	case Punct:
		d.punct(text[t.Pos])
	default:
		d.operand = false
	}
	d.body.step(t)
	return d.cur.height() <= maxHeight && len(d.levels)*bracketFee <= maxHeight && d.setOps <= maxSetOps && d.chains <= maxChains && len(d.body.frames) <= maxBlocks
}

func (d *depth) operator(op string) {
	if op == "||" || op == "&&" {
		d.join()
		return
	}
	d.cur.inner++
	d.operand = true
}

// join is AND, OR and what is like them.
func (d *depth) join() {
	d.cur.mostIn = max(d.cur.mostIn, d.cur.inner)
	d.chain(d.cur.inner)
	d.cur.inner = 0
	d.cur.outer++
	d.cur.joins++
	d.operand = true
}

// chain counts one that ends.
func (d *depth) chain(n int) {
	if n > longChain {
		d.chains += n * n
	}
}

func (d *depth) word(word string) {
	switch d.words++; d.words {
	case 1:
		d.schema = EqualKeyword(word, "CREATE")
	case 2:
		d.schema = d.schema && (EqualKeyword(word, "SCHEMA") || EqualKeyword(word, "DATABASE"))
	}
	var upper [longestWord]byte
	if len(word) > longestWord {
		d.plain()
		return
	}
	switch string(upper[:upperInto(&upper, word)]) {
	case "AND", "OR", "XOR":
		d.join()
	case "NOT":
		d.cur.outer++
		d.operand = true
	case "IS", "IN", "LIKE", "DIV", "MOD", "RLIKE", "REGEXP", "BINARY":
		d.cur.inner++
		d.operand = true
	case "CASE":
		d.open(true)
	case "END":
		if d.cur.kase {
			d.close()
		} else {
			d.plain()
		}
	case "SELECT":
		d.cur.outer += selectFee
		d.operand = true
	case "CREATE", "GRANT":
		if !d.schema || d.words < 3 || len(d.levels) > 0 {
			d.plain()
			break
		}
		d.part() // its statements stand side by side
		d.operand = false
	case "UNION", "EXCEPT", "INTERSECT":
		d.setOps++
		d.part()
	default:
		d.plain()
	}
}

// longestWord is the length of the longest word that depth knows.
const longestWord = 9

func upperInto(buf *[longestWord]byte, word string) int {
	for i := range len(word) {
		c := word[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[i] = c
	}
	return len(word)
}

func (d *depth) plain() {
	if !d.operand {
		d.cur.outer++
	}
	d.operand = false
}

func (d *depth) punct(c byte) {
	switch c {
	case '(':
		d.open(false)
	case ')':
		d.close()
	case ',', ';':
		if c == ';' {
			d.words, d.schema = 0, false
		}
		d.part()
		d.operand = true
	case '.':
		d.operand = true
	case '?':
		d.operand = false
	default:
		d.cur.inner++
		d.operand = true
	}
}

func (d *depth) open(kase bool) {
	d.levels = append(d.levels, d.cur)
	d.cur = level{kase: kase}
	d.operand = true
}

func (d *depth) close() {
	d.chain(d.cur.inner)
	d.chain(d.cur.joins)
	height := bracketFee + max(d.cur.mostPart, d.cur.height())
	if n := len(d.levels); n > 0 {
		d.cur, d.levels = d.levels[n-1], d.levels[:n-1]
	}
	d.cur.below = max(d.cur.below, height)
	d.operand = false
}

// part begins a new one: nothing in it stands above what came before.
func (d *depth) part() {
	d.chain(d.cur.inner)
	d.chain(d.cur.joins)
	d.cur.mostPart = max(d.cur.mostPart, d.cur.height())
	d.cur = level{kase: d.cur.kase, mostPart: d.cur.mostPart}
}

// Bounded returns the *Error of Canonical for a text that nests too deep, and
// nothing else. It is for those who read a text before it is made canonical: what
// they do for each level is bounded by it, too.
func Bounded(text string, m Mode) error {
	if len(text) <= boundless {
		return nil
	}
	d := depth{body: body{src: text}}
	l := New(text, m)
	for {
		t := l.Next()
		if !d.step(text, t) {
			return &Error{Nested, t.Pos}
		}
		if t.Kind == EOF || t.Kind == Bad {
			return nil
		}
	}
}

// boundless is a length below which no reader is slow, however deep the text.
const boundless = 1 << 10
