package dialect

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// element takes the text of one statement inside CREATE SCHEMA. GRANT and CREATE SEQUENCE are read as they are anywhere;
// of CREATE TABLE and CREATE VIEW the head is, and what follows ends before the word that begins the next statement, which
// is reserved and so no name. It makes and grants what is in the schema alone.
func (p *parser) element(schema string) (text, shown string) {
	first := p.i
	if p.at("GRANT") {
		if s, _ := readGrant(p); p.err == nil && !isGrantIn(s, schema) {
			p.notSupported("GRANT inside CREATE SCHEMA of what is not in it")
		}
	} else {
		p.createElement(schema)
	}
	if t := p.peek(); p.err == nil && t.Kind != lex.EOF && !p.punctAt(0, ';') && !p.atAny(0, "CREATE", "GRANT") {
		p.unexpected("expected another statement, or the end")
	}
	if p.err != nil {
		return "", ""
	}
	grants := strings.EqualFold(p.src[p.toks[first].Pos:p.toks[first].End], "GRANT") // which names, and has no values
	return p.since(first, false), p.since(first, !grants)
}

// since is the text from a token on to here. blank leaves out values: what stands in a table's definition or in a query may
// be one of a row, or a key.
func (p *parser) since(first int, blank bool) string {
	var text strings.Builder
	end := p.toks[first].Pos
	for _, t := range p.toks[first:p.i] {
		if t.Pos > end { // comments are none of the statement, but for what is in those of a version
			text.WriteByte(' ')
		}
		if blank && p.isValue(t) {
			text.WriteByte('?')
		} else {
			text.WriteString(p.src[t.Pos:t.End])
		}
		end = t.End
	}
	return text.String()
}

func (p *parser) isValue(t lex.Token) bool {
	switch t.Kind {
	case lex.Number, lex.Hex, lex.Bit, lex.String, lex.National:
		return true
	}
	return t.Kind == lex.Double && !p.mode.ANSIQuotes
}

// createElement reads from CREATE on.
func (p *parser) createElement(schema string) {
	p.expect("CREATE")
	replace := p.accept("OR", "REPLACE")
	made := ObjectName{}
	switch {
	case p.at("SEQUENCE"):
		if s, ok := p.createSequence(replace).(*CreateSequence); ok {
			made = s.Name
		}
		p.inSchema(made, schema)
		return
	case p.at("TABLE") && !replace:
		p.next()
	case p.viewFollows():
	default:
		p.notSupported("statements inside CREATE SCHEMA but CREATE TABLE, VIEW and SEQUENCE, and GRANT")
		return
	}
	p.ifNotExists()
	p.inSchema(p.objectName("a name"), schema)
	for depth := 0; p.err == nil; p.next() {
		switch t := p.peek(); {
		case t.Kind == lex.EOF, p.punctAt(0, ';'):
			return
		case t.Kind == lex.Bad:
			p.unexpected("")
		case p.punctAt(0, '('):
			depth++
		case p.punctAt(0, ')'):
			depth--
		case depth == 0 && p.atAny(0, "CREATE", "GRANT") && !p.punctAt(-1, '.'):
			return
		}
	}
}

// viewFollows takes what comes before the name in CREATE VIEW.
func (p *parser) viewFollows() bool {
	if p.accept("ALGORITHM") {
		p.acceptPunct('=')
		p.next()
	}
	if p.accept("DEFINER") {
		p.acceptPunct('=')
		readGrantee(p)
	}
	if p.accept("SQL", "SECURITY") {
		p.next()
	}
	return p.accept("VIEW")
}

// inSchema refuses what is made in another schema.
func (p *parser) inSchema(made ObjectName, schema string) {
	if p.err == nil && made.Database != "" && !strings.EqualFold(made.Database, schema) {
		p.notSupported("statements inside CREATE SCHEMA about what is in another schema")
	}
}

// isGrantIn says whether a statement grants what is in a schema, or the schema.
func isGrantIn(s Statement, schema string) bool {
	g, ok := s.(*Grant)
	return ok && g.Target.In(schema)
}

// In says whether a target is a schema, or in it, where that is the current one. A bare name may be that of another
// schema all the same.
func (t Target) In(schema string) bool {
	its := strings.EqualFold(t.Database, schema)
	switch {
	case t.Pattern, t.Kind == KindUser, t.Scope == ScopeGlobal, t.Scope == ScopeStar:
		return false
	case t.Kind == KindSchema:
		return t.Scope == ScopeObject && strings.EqualFold(t.Name, schema)
	case t.Scope == ScopeObject:
		return its || t.Database == ""
	}
	return its
}
