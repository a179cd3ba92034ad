package program

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// declarations reads the DECLAREs at the beginning of a block, which come in the
// order variables and conditions, cursors, handlers.
func (p *parser) declarations(b *Block) {
	const (
		variables = iota
		cursors
		handlers
	)
	part := variables
	for p.accept("DECLARE") {
		switch {
		case p.isName(0) && p.is(1, "CURSOR"):
			if part > cursors {
				p.raise(sqlerr.SPCursorAfterHandler.Errorf("Cursor declaration after handler declaration"))
			}
			part = cursors
			p.cursor()
		case (p.at("CONTINUE") || p.at("EXIT") || p.at("UNDO")) && p.is(1, "HANDLER"):
			part = handlers
			p.handler(b)
		case part > variables:
			p.raise(sqlerr.SPVarcondAfterCurshndlr.Errorf("Variable or condition declaration after cursor or handler declaration"))
		case p.isName(0) && p.is(1, "CONDITION"):
			p.declareCondition()
		default:
			p.variables(b)
		}
		p.expect(";")
	}
}

func (p *parser) variables(b *Block) {
	var names []string
	beside := map[string]bool{}
	for {
		name := p.name()
		if _, twice := p.scope.vars[fold(name)]; twice || beside[fold(name)] {
			p.raise(sqlerr.SPDupVar.Errorf("Duplicate variable: %s", name))
		}
		beside[fold(name)] = true
		if names = append(names, name); !p.accept(",") {
			break
		}
	}
	t, err := p.lang.Type(p.typeText())
	p.check(err)
	var init initial
	if p.accept("DEFAULT") {
		init.value = p.expression(";") // the new names are not known yet
	}
	for _, name := range names {
		slot := p.prog.newSlot(Variable{Name: name, Type: t, initial: init.value})
		p.scope.vars[fold(name)] = slot
		init.slots = append(init.slots, slot)
	}
	b.init = append(b.init, init)
}

func (p *parser) cursor() {
	name := p.name()
	p.expect("CURSOR", "FOR")
	if p.scope.cursors[fold(name)] != nil {
		p.raise(sqlerr.SPDupCurs.Errorf("Duplicate cursor: %s", name))
	}
	if !p.at("SELECT") && !p.at("WITH") && !p.at("(") && !p.at("VALUES") && !p.at("TABLE") {
		p.raise(sqlerr.SPBadCursorQuery.Errorf("Cursor statement must be a SELECT"))
	}
	q := &SQL{spot: p.here()}
	q.Text = p.query(q)
	if q.Into != nil {
		p.raise(sqlerr.SPBadCursorSelect.Errorf("Cursor SELECT must not have INTO"))
	}
	code, _, err := p.lang.Statement(q.Text, p.scope, true)
	p.check(p.placed(err, q.pos))
	q.Code = code
	p.scope.cursors[fold(name)] = &declaredCursor{p.prog.Cursors, q}
	p.prog.Cursors++
}

func (p *parser) cursorVerb(word string) Statement {
	if !p.isName(1) {
		return nil
	}
	s := &cursorStatement{spot: p.here()}
	p.next()
	if word == "FETCH" {
		s.kind = cursorFetch
		if p.accept("NEXT") {
			p.expect("FROM")
		} else {
			p.accept("FROM")
		}
	}
	name := p.name()
	c := p.scope.cursor(name)
	if c == nil {
		p.raise(sqlerr.SPCursorMismatch.Errorf("Undefined CURSOR: %s", name))
	}
	s.cursor, s.query = c.number, c.query
	switch word {
	case "CLOSE":
		s.kind = cursorClose
	case "FETCH":
		p.expect("INTO")
		s.into = p.fetched()
	}
	return s
}

func (p *parser) handler(b *Block) {
	h := &handler{of: b, exits: p.at("EXIT")}
	if p.at("UNDO") {
		p.unexpected()
	}
	p.i++
	p.expect("HANDLER", "FOR")
	for {
		c := p.handled()
		for _, other := range b.handlers {
			for _, d := range other.conds {
				if c == d {
					p.raise(sqlerr.SPDupHandler.Errorf("Duplicate handler declared in the same block"))
				}
			}
		}
		for _, d := range h.conds {
			if c == d {
				p.raise(sqlerr.SPDupHandler.Errorf("Duplicate handler declared in the same block"))
			}
		}
		if h.conds = append(h.conds, c); !p.accept(",") {
			break
		}
	}
	p.push(true)
	h.body = p.statement()
	p.pop()
	b.handlers = append(b.handlers, h)
}

// handled reads what a handler is for.
func (p *parser) handled() condition {
	switch {
	case p.accept("SQLWARNING"):
		return condition{class: classWarning}
	case p.accept("SQLEXCEPTION"):
		return condition{class: classException}
	case p.accept("NOT", "FOUND"):
		return condition{class: classNotFound}
	case p.at("SQLSTATE"), p.peek().Kind == lex.Number:
		return p.codeOrState()
	}
	name := p.name()
	c, ok := p.scope.condition(name)
	if !ok {
		p.raise(sqlerr.SPCondMismatch.Errorf("Undefined CONDITION: %s", name))
	}
	return c
}

var fiveCharacters = regexp.MustCompile(`^[0-9A-Z]{5}$`)

func (p *parser) codeOrState() condition {
	if p.accept("SQLSTATE") {
		p.accept("VALUE")
		state := p.string()
		if !fiveCharacters.MatchString(state) || strings.HasPrefix(state, "00") {
			p.raise(sqlerr.SPBadSQLState.Errorf("Bad SQLSTATE: '%s'", state))
		}
		return condition{state: state}
	}
	t := p.next()
	n, err := strconv.ParseUint(p.text(t), 10, 16)
	if err != nil {
		p.fail(t.Pos, "")
	}
	if n == 0 {
		p.raise(sqlerr.WrongValue.Errorf("Incorrect CONDITION value: '0'"))
	}
	return condition{number: uint16(n)}
}

func (p *parser) declareCondition() {
	name := p.name()
	p.expect("CONDITION", "FOR")
	if _, twice := p.scope.conds[fold(name)]; twice {
		p.raise(sqlerr.SPDupCond.Errorf("Duplicate condition: %s", name))
	}
	if !p.at("SQLSTATE") && p.peek().Kind != lex.Number {
		p.unexpected()
	}
	p.scope.conds[fold(name)] = p.codeOrState()
}
