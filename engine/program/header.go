package program

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// header reads CREATE … up to the body.
func (p *parser) header() {
	h := &p.prog.Header
	p.expect("CREATE")
	p.accept("OR", "REPLACE")
	if p.accept("DEFINER", "=") {
		p.definer()
	}
	switch {
	case p.accept("PROCEDURE"):
		h.Kind = Procedure
	case p.accept("AGGREGATE"):
		p.unexpected()
	case p.accept("FUNCTION"):
		h.Kind = Function
	case p.accept("TRIGGER"):
		h.Kind = Trigger
	case p.accept("EVENT"):
		h.Kind = Event
	default:
		p.unexpected()
	}
	h.IfNotExists = p.accept("IF", "NOT", "EXISTS")
	h.Database, h.Name = p.qualified()
	switch h.Kind {
	case Trigger:
		p.triggerHeader(&h.On)
	case Event:
		p.eventClauses(&h.Event, false)
	default:
		p.routineHeader(h)
	}
	h.BodyAt = p.peek().Pos
}

// definer passes over an account; package dialect reads it.
func (p *parser) definer() {
	p.next()
	if p.accept("(") {
		p.expect(")")
	}
	if p.peek().Kind == lex.At {
		t := p.next()
		if t.End == t.Pos+1 { // a quoted host
			p.next()
		}
	}
}

func (p *parser) triggerHeader(on *TriggerOn) {
	switch {
	case p.accept("BEFORE"):
		on.Before = true
	case p.accept("AFTER"):
	default:
		p.unexpected()
	}
	for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
		if p.accept(event) {
			on.Event = event
		}
	}
	if on.Event == "" {
		p.unexpected()
	}
	p.expect("ON")
	on.TablePos = p.peek().Pos
	on.Database, on.Table = p.qualified()
	on.TableEnd = p.toks[p.i-1].End
	p.expect("FOR", "EACH", "ROW")
	if p.at("FOLLOWS") || p.at("PRECEDES") {
		on.OrderPos = p.peek().Pos
		on.Follows = p.accept("FOLLOWS") || !p.accept("PRECEDES")
		on.Other = p.name()
		on.OrderEnd = p.toks[p.i-1].End
	}
}

func (p *parser) routineHeader(h *Header) {
	h.paramsAt = p.peek().Pos
	p.expect("(")
	known := map[string]bool{}
	for !p.accept(")") {
		if len(h.Params) > 0 {
			p.expect(",")
		}
		param := p.param(h.Kind)
		if known[fold(param.Name)] {
			p.raise(sqlerr.SPDupParam.Errorf("Duplicate parameter: %s", param.Name))
		}
		known[fold(param.Name)] = true
		h.Params = append(h.Params, param)
	}
	h.paramsEnd = p.toks[p.i-1].End
	if h.Kind == Function {
		p.expect("RETURNS")
		h.Returns = p.typeText()
	}
	h.traitsAt = p.toks[p.i-1].End
	for p.characteristic(h) {
	}
}

func (p *parser) param(of Kind) Param {
	var out Param
	if of == Procedure && p.isName(1) {
		switch {
		case p.accept("IN"):
		case p.accept("OUT"):
			out.Mode = Out
		case p.accept("INOUT"):
			out.Mode = InOut
		}
	}
	out.Name = p.name()
	out.Type = p.typeText()
	return out
}

func (p *parser) characteristic(h *Header) bool {
	switch {
	case p.accept("COMMENT"):
		h.Comment = p.string()
	case p.accept("LANGUAGE", "SQL"):
	case p.accept("NOT", "DETERMINISTIC"):
		h.Deterministic = false
	case p.accept("DETERMINISTIC"):
		h.Deterministic = true
	case p.accept("CONTAINS", "SQL"):
		h.Access = ContainsSQL
	case p.accept("NO", "SQL"):
		h.Access = NoSQL
	case p.accept("READS", "SQL", "DATA"):
		h.Access = ReadsData
	case p.accept("MODIFIES", "SQL", "DATA"):
		h.Access = ModifiesData
	case p.accept("SQL", "SECURITY", "DEFINER"):
		h.Invoker = false
	case p.accept("SQL", "SECURITY", "INVOKER"):
		h.Invoker = true
	default:
		return false
	}
	return true
}

// parameters declares them, when the body is read.
func (p *parser) parameters(s *scope) {
	for _, param := range p.prog.Params {
		name := fold(param.Name)
		t, err := p.lang.Type(param.Type)
		p.check(err)
		s.vars[name] = p.prog.newSlot(Variable{Name: param.Name, Type: t})
	}
	if p.prog.Kind == Function {
		t, err := p.lang.Type(p.prog.Returns)
		p.check(err)
		p.prog.Result = t
	}
}

// typeText passes over a type: its words, a bracket, and what may follow.
func (p *parser) typeText() string {
	from := p.peek().Pos
	if p.peek().Kind != lex.Word {
		p.unexpected()
	}
	first := strings.ToUpper(p.text(p.next()))
	switch first {
	case "DOUBLE":
		p.accept("PRECISION")
	case "NATIONAL":
		p.next()
		p.accept("VARYING")
	case "CHAR", "CHARACTER", "NCHAR":
		_ = p.accept("VARYING")
	case "LONG":
		_ = p.accept("VARCHAR") || p.accept("VARBINARY")
	}
	if p.accept("(") {
		for !p.accept(")") {
			if p.peek().Kind == lex.EOF {
				p.unexpected()
			}
			p.next()
		}
	}
	for p.typeAttribute() {
	}
	return p.src[from:p.toks[p.i-1].End]
}

func (p *parser) typeAttribute() bool {
	for _, word := range []string{"UNSIGNED", "SIGNED", "ZEROFILL", "BINARY", "ASCII", "UNICODE", "BYTE"} {
		if p.accept(word) {
			return true
		}
	}
	if p.accept("CHARACTER", "SET") || p.accept("CHAR", "SET") || p.accept("CHARSET") || p.accept("COLLATE") {
		p.next()
		return true
	}
	return false
}
