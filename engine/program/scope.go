package program

import (
	"strings"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// scope is what a block declares.
type scope struct {
	outer   *scope
	handler bool // the statement of a handler: the block around it is the handler's own
	prog    *Program
	block   *Block
	vars    map[string]int
	conds   map[string]condition
	cursors map[string]*declaredCursor
	labels  map[string]Statement
	// open says that the block's declarations are behind: its handlers count.
	open bool

	lang Language
}

type declaredCursor struct {
	number int
	query  *SQL
}

func (p *parser) push(handler bool) *scope {
	s := &scope{
		outer: p.scope, handler: handler, prog: p.prog, lang: p.lang, open: true,
		vars: map[string]int{}, conds: map[string]condition{}, cursors: map[string]*declaredCursor{}, labels: map[string]Statement{},
	}
	p.scope = s
	return s
}

func (p *parser) pop() { p.scope = p.scope.outer }

// newSlot makes a variable.
func (prog *Program) newSlot(v Variable) int {
	prog.Vars = append(prog.Vars, v)
	return len(prog.Vars) - 1
}

func fold(name string) string { return strings.ToLower(name) }

// variable finds a declared variable.
func (s *scope) variable(name string) (slot int, ok bool) {
	name = fold(name)
	for ; s != nil; s = s.outer {
		if slot, ok = s.vars[name]; ok {
			return slot, true
		}
	}
	return 0, false
}

func (s *scope) condition(name string) (condition, bool) {
	name = fold(name)
	for ; s != nil; s = s.outer {
		if c, ok := s.conds[name]; ok {
			return c, true
		}
	}
	return condition{}, false
}

func (s *scope) cursor(name string) *declaredCursor {
	name = fold(name)
	for ; s != nil; s = s.outer {
		if c := s.cursors[name]; c != nil {
			return c
		}
	}
	return nil
}

// label finds the block or loop around that has it. The statement of a handler sees
// none outside itself.
func (s *scope) label(name string) Statement {
	name = fold(name)
	for ; s != nil; s = s.outer {
		if l := s.labels[name]; l != nil {
			return l
		}
		if s.handler {
			return nil
		}
	}
	return nil
}

// TypeOf is that of a variable.
func (s *scope) TypeOf(slot int) *value.Type { return &s.prog.Vars[slot].Type }

// Lookup is what a name means inside SQL: a variable's slot, or none.
func (s *scope) Lookup(qualifier, name string) (slot int, ok bool, err error) {
	if qualifier == "" {
		slot, ok = s.variable(name)
		return slot, ok, nil
	}
	if s.prog.Kind != Trigger {
		return 0, false, nil
	}
	switch fold(qualifier) {
	case "new":
		slot, err = s.row(New, name)
	case "old":
		slot, err = s.row(Old, name)
	default:
		return 0, false, nil
	}
	s.prog.ReadsRow = true
	return slot, err == nil, err
}

// row is the slot of a column of NEW or OLD.
func (s *scope) row(row Row, name string) (int, error) {
	on := s.prog.On
	if row == Old && on.Event == "INSERT" || row == New && on.Event == "DELETE" {
		return 0, sqlerr.TrgNoSuchRowInTrg.Errorf("There is no %s row in on %s trigger", row, on.Event)
	}
	for i := range s.prog.Vars {
		if v := &s.prog.Vars[i]; v.Row == row && strings.EqualFold(v.Name, name) {
			return i, nil
		}
	}
	t, ok := s.lang.Column(name)
	if !ok {
		return 0, sqlerr.BadField.Errorf("Unknown column '%s' in '%s'", name, row)
	}
	return s.prog.newSlot(Variable{Name: name, Type: t, Row: row}), nil
}

// assigned is the target of SET row.name.
func (s *scope) assigned(qualifier, name string) (int, bool, error) {
	row := NotRow
	switch {
	case s.prog.Kind != Trigger:
	case strings.EqualFold(qualifier, "new"):
		row = New
	case strings.EqualFold(qualifier, "old"):
		row = Old
	}
	switch {
	case row == NotRow:
		return 0, false, nil
	case row == Old:
		return 0, false, sqlerr.TrgCantChangeRow.Errorf("Updating of OLD row is not allowed in trigger")
	case !s.prog.On.Before && s.prog.On.Event != "DELETE":
		return 0, false, sqlerr.TrgCantChangeRow.Errorf("Updating of NEW row is not allowed in after trigger")
	}
	slot, err := s.row(New, name)
	if err == nil {
		s.prog.SetsNew, s.prog.Vars[slot].Assigned = true, true
	}
	return slot, err == nil, err
}
