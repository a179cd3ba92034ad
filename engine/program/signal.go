package program

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// conditionItems are what SIGNAL may set of a condition.
var conditionItems = []string{
	"CLASS_ORIGIN", "SUBCLASS_ORIGIN", "MESSAGE_TEXT", "MYSQL_ERRNO", "CONSTRAINT_CATALOG", "CONSTRAINT_SCHEMA", "CONSTRAINT_NAME",
	"CATALOG_NAME", "SCHEMA_NAME", "TABLE_NAME", "COLUMN_NAME", "CURSOR_NAME",
}

func (p *parser) signal() Statement {
	s := &Signal{spot: p.here(), again: p.at("RESIGNAL")}
	p.next()
	switch {
	case p.at("SQLSTATE"):
		s.state = p.codeOrState().state
	case p.isName(0) && !p.at("SET"):
		name := p.name()
		c, ok := p.scope.condition(name)
		if !ok {
			p.raise(sqlerr.SPCondMismatch.Errorf("Undefined CONDITION: %s", name))
		}
		if c.state == "" {
			p.raise(sqlerr.SignalBadConditionType.Errorf("SIGNAL/RESIGNAL can only use a CONDITION defined with SQLSTATE"))
		}
		s.state = c.state
	case !s.again:
		p.unexpected()
	}
	if !p.accept("SET") {
		return s
	}
	for {
		item := signalItem{name: p.item(conditionItems)}
		for _, other := range s.items {
			if other.name == item.name {
				p.raise(sqlerr.DupSignalSet.Errorf("Duplicate condition information item '%s'", item.name))
			}
		}
		p.expect("=")
		item.value = p.simple()
		if s.items = append(s.items, item); !p.accept(",") {
			return s
		}
	}
}

// simple reads a literal or a variable: SIGNAL takes no other expressions.
func (p *parser) simple() *Expression {
	from := p.i
	switch k := p.peek().Kind; {
	case k == lex.At && p.peek().End == p.peek().Pos+1:
		p.next()
		p.next()
	case k == lex.Word && (p.text(p.peek())[0] == '_' || p.at("DATE") || p.at("TIME") || p.at("TIMESTAMP")) && p.ahead(1).Kind == lex.String:
		p.next() // a character set, or what the text is to be
		p.next()
	case k == lex.Punct, k == lex.Op, k == lex.EOF:
		p.unexpected()
	default:
		p.next()
		for p.accept(".") {
			p.next()
		}
		for k == lex.String && p.peek().Kind == lex.String {
			p.next()
		}
	}
	if p.peek().Kind != lex.EOF && !p.at(",") && !p.at(";") && !p.at("END") {
		p.unexpected()
	}
	return p.piece(from, p.i)
}

func (p *parser) item(of []string) string {
	word := strings.ToUpper(p.text(p.peek()))
	if !slices.Contains(of, word) {
		p.unexpected()
	}
	p.next()
	return word
}

func (p *parser) diagnostics() Statement {
	s := &Diagnostics{spot: p.here()}
	p.expect("GET")
	s.stacked = p.accept("STACKED")
	if !s.stacked {
		p.accept("CURRENT")
	}
	p.expect("DIAGNOSTICS")
	items := []string{"NUMBER", "ROW_COUNT"}
	if p.accept("CONDITION") {
		from := p.i
		for p.number(from); !p.is(1, "="); p.next() {
			if t := p.peek(); t.Kind == lex.EOF || t.Kind == lex.Op || t.Kind == lex.Punct && p.text(t) != "." {
				p.unexpected()
			}
		}
		s.number = p.piece(from, p.i)
		items = append([]string{"RETURNED_SQLSTATE"}, conditionItems...)
	}
	for {
		into := p.target()
		p.expect("=")
		s.items = append(s.items, diagnosticItem{p.item(items), into})
		if !p.accept(",") {
			return s
		}
	}
}

// number passes over the beginning of the number of a condition: a literal, with its sign, or a variable.
func (p *parser) number(from int) {
	if p.at("(") || p.at("?") {
		p.unexpected()
	}
	if t := p.next(); (t.Kind == lex.Op || t.Kind == lex.Punct) && p.text(t) != "-" && p.text(t) != "+" {
		p.i = from
		p.unexpected()
	}
}

// piece is an expression that ends where it is known to.
func (p *parser) piece(from, to int) *Expression {
	text := p.src[p.toks[from].Pos:p.toks[to-1].End]
	code, slot, err := p.lang.Expression(text, p.scope)
	p.check(p.placed(err, p.toks[from].Pos))
	return &Expression{Text: text, Code: code, Slot: slot}
}
