package program

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// statements reads a list up to one of the words.
func (p *parser) statements(stop ...string) []Statement {
	var out []Statement
	for !p.atAny(stop) {
		if p.peek().Kind == lex.EOF {
			p.unexpected()
		}
		out = append(out, p.statement())
		p.expect(";")
	}
	if len(out) == 0 {
		p.unexpected()
	}
	return out
}

// statement reads one statement, without the semicolon behind it.
func (p *parser) statement() Statement {
	if p.nest++; p.nest > maxNest {
		p.raise(sqlerr.StackOverrunNeedMore.Errorf("Thread stack overrun: blocks are nested too deep"))
	}
	defer func() { p.nest-- }()
	if p.isName(0) && p.is(1, ":") {
		label := p.name()
		p.expect(":")
		return p.labelled(label)
	}
	switch t := p.peek(); {
	case t.Kind == lex.Word:
		if s := p.flow(strings.ToUpper(p.text(t))); s != nil {
			return s
		}
	case t.Kind != lex.Punct || p.text(t) != "(":
		p.unexpected()
	}
	return p.sql()
}

func (p *parser) labelled(label string) Statement {
	if p.scope.label(label) != nil {
		p.raise(sqlerr.SPLabelRedefine.Errorf("Redefining label %s", label))
	}
	switch {
	case p.at("BEGIN"):
		return p.block(label)
	case p.at("LOOP"), p.at("WHILE"), p.at("REPEAT"):
		return p.loop(label)
	}
	p.unexpected()
	return nil
}

// flow reads what is no SQL; nil for what is.
func (p *parser) flow(word string) Statement {
	switch word {
	case "BEGIN":
		return p.block("")
	case "LOOP", "WHILE", "REPEAT":
		return p.loop("")
	case "IF":
		return p.ifStatement()
	case "CASE":
		return p.caseStatement()
	case "LEAVE", "ITERATE":
		return p.jump()
	case "RETURN":
		return p.returnStatement()
	case "SET":
		return p.set()
	case "OPEN", "FETCH", "CLOSE":
		return p.cursorVerb(word)
	case "SIGNAL", "RESIGNAL":
		return p.signal()
	case "GET":
		return p.diagnostics()
	case "CALL":
		return p.call()
	case "DO":
		return p.do()
	case "DECLARE", "END", "ELSE", "ELSEIF", "WHEN", "UNTIL":
		p.unexpected()
	}
	return nil
}

// block reads BEGIN … END.
func (p *parser) block(label string) Statement {
	b := &Block{spot: p.here(), label: label}
	p.expect("BEGIN")
	if p.accept("NOT", "ATOMIC") {
		p.unexpected()
	}
	b.inner = p.push(false)
	b.inner.block = b
	if label != "" {
		b.inner.labels[fold(label)] = b
	}
	b.inner.open = false
	p.declarations(b)
	b.inner.open = true
	for !p.at("END") {
		if p.peek().Kind == lex.EOF {
			p.unexpected()
		}
		b.body = append(b.body, p.statement())
		p.expect(";")
	}
	p.expect("END")
	p.pop()
	p.endLabel(label)
	return b
}

func (p *parser) endLabel(label string) {
	if !p.isName(0) || p.peek().Kind == lex.EOF {
		return
	}
	t := p.peek()
	if end := p.name(); !strings.EqualFold(end, label) {
		if t.Kind == lex.Word && lex.Reserved(p.text(t)) { // END IF of no IF
			p.fail(t.Pos, "")
		}
		p.raise(sqlerr.SPLabelMismatch.Errorf("End-label %s without match", end))
	}
}

func (p *parser) loop(label string) Statement {
	l := &Loop{spot: p.here(), label: label}
	p.push(false)
	if label != "" {
		p.scope.labels[fold(label)] = l
	}
	switch {
	case p.accept("LOOP"):
		l.body = p.statements("END")
		p.expect("END", "LOOP")
	case p.accept("WHILE"):
		l.while = p.expression("DO")
		p.expect("DO")
		l.body = p.statements("END")
		p.expect("END", "WHILE")
	default:
		p.expect("REPEAT")
		l.body = p.statements("UNTIL")
		p.expect("UNTIL")
		l.until = p.expression("END")
		p.expect("END", "REPEAT")
	}
	p.pop()
	p.endLabel(label)
	return l
}

func (p *parser) ifStatement() Statement {
	s := &If{spot: p.here()}
	p.expect("IF")
	for {
		cond := p.expression("THEN")
		p.expect("THEN")
		s.branches = append(s.branches, branch{cond, p.statements("ELSEIF", "ELSE", "END")})
		if !p.accept("ELSEIF") {
			break
		}
	}
	if p.accept("ELSE") {
		s.hasElse, s.other = true, p.statements("END")
	}
	p.expect("END", "IF")
	return s
}

func (p *parser) caseStatement() Statement {
	s := &If{spot: p.here(), isCase: true, slot: -1}
	p.expect("CASE")
	if !p.at("WHEN") {
		s.operand = p.expression("WHEN")
		s.slot = p.prog.newSlot(Variable{Loose: true, Type: value.NullType})
	}
	for p.accept("WHEN") {
		var cond *Expression
		if s.operand == nil {
			cond = p.expression("THEN")
		} else {
			from := p.peek().Pos
			text := p.until("THEN")
			code, err := p.lang.CaseWhen(s.slot, text, p.scope)
			p.check(p.placed(err, from))
			cond = &Expression{Text: text, Code: code, Slot: -1}
		}
		p.expect("THEN")
		s.branches = append(s.branches, branch{cond, p.statements("WHEN", "ELSE", "END")})
	}
	if len(s.branches) == 0 {
		p.unexpected()
	}
	if p.accept("ELSE") {
		s.hasElse, s.other = true, p.statements("END")
	}
	p.expect("END", "CASE")
	return s
}

func (p *parser) jump() Statement {
	j := &Jump{spot: p.here(), again: p.at("ITERATE")}
	verb := strings.ToUpper(p.text(p.next()))
	label := p.name()
	j.to = p.scope.label(label)
	_, loop := j.to.(*Loop)
	if j.to == nil || j.again && !loop {
		p.raise(sqlerr.SPLilabelMismatch.Errorf("%s with no matching label: %s", verb, label))
	}
	return j
}

func (p *parser) returnStatement() Statement {
	r := &Return{spot: p.here()}
	p.expect("RETURN")
	if p.prog.Kind != Function {
		p.raise(sqlerr.SPBadReturn.Errorf("RETURN is only allowed in a FUNCTION"))
	}
	r.value = p.expression(";")
	return r
}

func (p *parser) do() Statement {
	d := &Do{spot: p.here()}
	p.expect("DO")
	for {
		d.values = append(d.values, p.expression(",", ";"))
		if !p.accept(",") {
			return d
		}
	}
}

func (p *parser) call() Statement {
	c := &Call{spot: p.here()}
	p.expect("CALL")
	c.Database, c.Name = p.qualified()
	p.prog.Shows = true
	if !p.accept("(") {
		return c
	}
	for !p.accept(")") {
		if len(c.Args) > 0 {
			p.expect(",")
		}
		from := p.i
		arg := Argument{Value: p.expression(",", ")")}
		if t, ok := p.argumentIn(from, p.i); ok {
			arg.Target = &t
		}
		c.Args = append(c.Args, arg)
	}
	return c
}

// argumentIn is the variable that an argument is. A column of OLD, or of NEW where it must not
// be changed, is none: only an OUT parameter minds.
func (p *parser) argumentIn(from, to int) (Target, bool) {
	if on := p.prog.On; to-from == 3 && p.prog.Kind == Trigger && p.text(p.toks[from+1]) == "." &&
		(!on.Before || !strings.EqualFold(lex.Value(p.src, p.toks[from], p.mode), "new")) {
		return Target{}, false
	}
	return p.targetIn(from, to)
}

// targetIn is the variable that the tokens are.
func (p *parser) targetIn(from, to int) (Target, bool) {
	t := p.toks[from]
	switch n := to - from; {
	case n == 1 && t.Kind == lex.At && t.End > t.Pos+1:
		return Target{Slot: -1, User: p.text(t)[1:]}, true
	case n == 2 && t.Kind == lex.At && t.End == t.Pos+1 && p.quotes(from+1):
		return Target{Slot: -1, User: lex.Value(p.src, p.toks[from+1], p.mode)}, true
	case n == 1 && (t.Kind == lex.Word || t.Kind == lex.Backtick):
		slot, ok := p.scope.variable(lex.Value(p.src, t, p.mode))
		return Target{Slot: slot}, ok
	case n == 3 && p.text(p.toks[from+1]) == ".":
		slot, ok, err := p.scope.assigned(lex.Value(p.src, t, p.mode), lex.Value(p.src, p.toks[from+2], p.mode))
		p.check(err)
		return Target{Slot: slot}, ok
	}
	return Target{}, false
}

// quotes says that token i is in quotes, as the name of a user's variable is behind an @ of its own.
func (p *parser) quotes(i int) bool {
	k := p.toks[i].Kind
	return k == lex.String || k == lex.Double || k == lex.Backtick
}

// target reads one variable of INTO.
func (p *parser) target() Target {
	from := p.i
	if p.peek().Kind == lex.At {
		if t := p.next(); t.End == t.Pos+1 {
			if !p.quotes(p.i) { // else what ends the statement would be taken for a name
				p.unexpected()
			}
			p.next()
		}
	} else {
		name := p.name()
		if p.accept(".") {
			p.name()
		}
		if t, ok := p.targetIn(from, p.i); ok {
			return t
		}
		p.raise(sqlerr.SPUndeclaredVar.Errorf("Undeclared variable: %s", name))
	}
	t, _ := p.targetIn(from, p.i)
	return t
}

func (p *parser) targets() []Target {
	out := []Target{p.target()}
	for p.accept(",") {
		out = append(out, p.target())
	}
	return out
}

// fetched are the targets of FETCH: a variable of the session is none.
func (p *parser) fetched() []Target {
	for n := 0; ; n += 2 {
		if p.ahead(n).Kind == lex.At {
			p.i += n
			p.unexpected()
		}
		if p.text(p.ahead(n+1)) != "," {
			return p.targets()
		}
	}
}

// returns says whether a RETURN stands in a statement.
func returns(s Statement) bool {
	lists := [][]Statement{}
	switch s := s.(type) {
	case *Return:
		return true
	case *Block:
		lists = append(lists, s.body)
		for _, h := range s.handlers {
			lists = append(lists, []Statement{h.body})
		}
	case *Loop:
		lists = append(lists, s.body)
	case *If:
		lists = append(lists, s.other)
		for _, b := range s.branches {
			lists = append(lists, b.body)
		}
	}
	for _, list := range lists {
		for _, s := range list {
			if returns(s) {
				return true
			}
		}
	}
	return false
}
