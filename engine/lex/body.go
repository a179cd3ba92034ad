package lex

// body follows the nesting of a stored program, so that Split knows which
// semicolons are inside it.
//
// The words are mostly not reserved in MySQL (a column may be called end, IF
// and REPEAT are functions too), so position decides: BEGIN, IF, LOOP, REPEAT
// and WHILE open a block, and END closes one, only where a statement may start.
// CASE alone nests inside expressions as well; its END stands where no operand
// is missing.
type body struct {
	src    string
	part   bodyPart
	of     string // PROCEDURE, FUNCTION, TRIGGER, EVENT
	frames []frame
	prev   Token // the token before the current one; EOF at first

	paren  int  // depth of parentheses in the header
	start  bool // the current token begins a statement
	label  bool // the token before began one, and may be a label
	ending bool // after END: everything up to the semicolon repeats a keyword or label
	until  bool // after UNTIL: END ends the REPEAT
	skip   int  // tokens to pass over before a statement starts: FOLLOWS name

	declare   bool // in DECLARE
	condition conditionPart
}

// bodyPart is how far the statement was read.
type bodyPart uint8

const (
	bodyVerb   bodyPart = iota // before the word that says what is created
	bodyHeader                 // between it and the first statement
	bodyInside
	bodyNone // not a stored program
)

// frame is an open block.
type frame uint8

const (
	frameBlock frame = iota + 1 // BEGIN … END, LOOP, and WHILE after its DO
	frameRepeat
	frameIf
	frameWhile      // before DO
	frameCase       // the statement
	frameExpression // CASE … END in an expression
)

// conditionPart is where a DECLARE … HANDLER FOR stands.
type conditionPart uint8

const (
	conditionNone conditionPart = iota
	conditionFor                // FOR comes next
	conditionNext               // a condition comes next
	conditionRest               // SQLSTATE or NOT was read
	conditionDone               // a comma or the handler's statement comes next
)

// step takes the next token of the statement.
func (b *body) step(t Token) {
	if b.part == bodyNone {
		return
	}
	word := ""
	if t.Kind == Word {
		word = Upper(b.src[t.Pos:t.End])
	}
	switch b.part {
	case bodyVerb:
		b.verb(word)
	case bodyHeader:
		b.header(t, word)
	case bodyInside:
		b.inside(t, word)
	}
	b.prev = t
}

// char is the last character of a punctuation token or operator, 0 for others.
func (b *body) char(t Token) byte {
	if t.Kind == Punct || t.Kind == Op || t.Kind == At && t.End == t.Pos+1 {
		return b.src[t.End-1]
	}
	return 0
}

func (b *body) prevWord() string { return Upper(b.src[b.prev.Pos:b.prev.End]) }

func (b *body) push(f frame) { b.frames = append(b.frames, f) }

func (b *body) pop() {
	if len(b.frames) > 0 {
		b.frames = b.frames[:len(b.frames)-1]
	}
}

// top is the innermost block, 0 for none.
func (b *body) top() frame {
	if len(b.frames) == 0 {
		return 0
	}
	return b.frames[len(b.frames)-1]
}

// verb looks for what CREATE or ALTER makes. Before that word only OR REPLACE,
// AGGREGATE and DEFINER = account may stand.
func (b *body) verb(word string) {
	if b.prev.Kind == EOF {
		if word != "CREATE" && word != "ALTER" {
			b.part = bodyNone
		}
		return
	}
	if c := b.char(b.prev); c == '=' || c == '@' {
		return // a definer
	}
	switch word {
	case "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT":
		b.part, b.of = bodyHeader, word
	case "TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE":
		b.part = bodyNone
	}
}

// header waits for the first statement: after the parameters of a routine,
// after FOR EACH ROW, after DO.
func (b *body) header(t Token, word string) {
	const routine = "routine with its parameters read"
	switch c := b.char(t); {
	case c == '(':
		b.paren++
		return
	case c == ')':
		if b.paren--; b.paren == 0 && (b.of == "PROCEDURE" || b.of == "FUNCTION") {
			b.of = routine
		}
		return
	case b.paren > 0:
		return
	}
	switch {
	case b.of == "TRIGGER" && word == "ROW" && b.prevWord() == "EACH", b.of == "EVENT" && word == "DO":
		b.part, b.start = bodyInside, true
	case b.of == routine && b.isStatement(word):
		b.part, b.start = bodyInside, true
		b.inside(t, word)
	}
}

// isStatement says whether word begins the body of a routine: it is neither one
// of its characteristics nor part of the type after RETURNS.
func (b *body) isStatement(word string) bool {
	switch word {
	case "BEGIN", "IF", "CASE", "LOOP", "REPEAT", "WHILE", "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "RETURN", "CALL",
		"WITH", "DO", "TRUNCATE", "CREATE", "DROP", "ALTER", "TABLE", "VALUES", "GRANT", "REVOKE", "SIGNAL", "RESIGNAL", "EXECUTE":
		return true
	case "SET": // RETURNS SET('a'), CHARACTER SET
		prev := b.prevWord()
		return prev != "RETURNS" && prev != "CHARACTER" && prev != "CHAR"
	}
	return false
}

// inside follows the statements of the body.
func (b *body) inside(t Token, word string) {
	start, label := b.start, b.label
	b.start, b.label = false, false
	switch c := b.char(t); {
	case c == ';':
		b.start, b.ending, b.until, b.declare, b.condition = true, false, false, false, conditionNone
		return
	case b.ending:
		return
	case c == ':' && label:
		b.start = true
		return
	case b.skip > 0:
		b.skip--
		b.start = b.skip == 0
		return
	case b.condition != conditionNone:
		if start = b.handler(t, word); !start {
			return
		}
	}
	if !start || !b.opens(t, word) {
		b.expression(word)
	}
}

// opens takes the first token of a statement and says whether it shaped the nesting.
func (b *body) opens(t Token, word string) bool {
	switch word {
	case "BEGIN", "LOOP":
		b.push(frameBlock)
		b.start = true
	case "REPEAT":
		b.push(frameRepeat)
		b.start = true
	case "IF":
		b.push(frameIf)
	case "WHILE":
		b.push(frameWhile)
	case "CASE":
		b.push(frameCase)
	case "END":
		b.pop()
		b.ending = true
	case "ELSE":
		b.start = true
	case "UNTIL":
		b.until = b.top() == frameRepeat
	case "DECLARE":
		b.declare = true
	case "FOLLOWS", "PRECEDES":
		b.skip = 1
	default:
		b.label = t.Kind == Word || t.Kind == Backtick
		return false
	}
	return true
}

// expression follows the words inside a statement.
func (b *body) expression(word string) {
	switch word {
	case "CASE":
		if b.char(b.prev) != '.' {
			b.push(frameExpression)
		}
	case "END":
		switch {
		case b.operandMissing():
		case b.top() == frameExpression:
			b.pop()
		case b.until:
			b.pop()
			b.ending = true
		}
	case "THEN":
		b.start = b.top() == frameIf || b.top() == frameCase
	case "DO":
		if b.top() == frameWhile {
			b.frames[len(b.frames)-1] = frameBlock
			b.start = true
		}
	case "HANDLER":
		if b.declare {
			b.condition = conditionFor
		}
	}
}

// operandMissing says whether the current word must be an operand, because an
// operator or a keyword stands before it: WHEN end > 3, t.end.
func (b *body) operandMissing() bool {
	if c := b.char(b.prev); c != 0 {
		return c != ')' && c != '?'
	}
	if b.prev.Kind != Word {
		return false
	}
	switch b.prevWord() {
	case "CASE", "WHEN", "THEN", "ELSE", "AND", "OR", "XOR", "NOT", "DIV", "MOD", "LIKE", "IN", "IS", "BETWEEN", "REGEXP",
		"RLIKE", "BINARY", "COLLATE", "INTERVAL", "ESCAPE":
		return true
	}
	return false
}

// handler reads the conditions of DECLARE … HANDLER FOR and says whether t is
// the first token of its statement.
func (b *body) handler(t Token, word string) (statement bool) {
	switch b.condition {
	case conditionFor:
		b.condition = conditionNext
	case conditionNext:
		b.condition = conditionDone
		if word == "SQLSTATE" || word == "NOT" {
			b.condition = conditionRest
		}
	case conditionRest:
		if word != "VALUE" {
			b.condition = conditionDone
		}
	case conditionDone:
		if b.char(t) == ',' {
			b.condition = conditionNext
			return false
		}
		b.condition = conditionNone
		return true
	}
	return false
}
