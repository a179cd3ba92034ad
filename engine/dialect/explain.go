package dialect

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// Check is CHECK privilege [ON object] [FOR principal] and CHECK ROLE OF role: may
// he? Exactly one of Privilege and Role is set.
type Check struct {
	Privilege *Privilege
	Role      *Account
	On        *Target // nil for a privilege on the system
	For       *Grantee
	IfExists  bool // what does not exist is a NO
}

// ShowEffective is SHOW EFFECTIVE PRIVILEGES [FOR principal] [ON object].
type ShowEffective struct {
	For *Grantee
	On  *Target
}

// ExplainSecurity is EXPLAIN SECURITY [FOR account] statement: what the statement
// would ask for, and what the answers would be.
type ExplainSecurity struct {
	For  *Account
	Text string // of the statement
}

// Simulate is SIMULATE GRANT …, SIMULATE REVOKE … and SIMULATE DENY …: who would gain or lose what.
type Simulate struct{ Statement Statement }

// readCheck reads CHECK privilege and CHECK ROLE; CHECK TABLE is MySQL's.
func readCheck(p *parser) (Statement, bool) {
	p.next()
	if t := p.peek(); t.Kind != lex.Word || p.atAny(0, "TABLE", "TABLES") {
		return nil, false
	}
	s := &Check{}
	if p.accept("ROLE", "OF") {
		role := p.namedAccount()
		s.Role = &role
	} else {
		s.Privilege = &Privilege{Name: p.privilegeName()}
		p.accept("PRIVILEGES")
		p.accept("PERMISSION")
		if p.accept("ON") {
			b := grantBody{privileges: []Privilege{*s.Privilege}, target: p.target()}
			p.kindOfPrivilege(&b)
			s.Privilege, s.On = &b.privileges[0], &b.target
		}
	}
	s.For = p.forGrantee()
	s.IfExists = p.ifExists()
	return s, true
}

func (p *parser) forGrantee() *Grantee {
	if !p.accept("FOR") {
		return nil
	}
	g := readGrantee(p)
	return &g
}

// showEffective reads what follows SHOW EFFECTIVE PRIVILEGES.
func (p *parser) showEffective() Statement {
	s := &ShowEffective{For: p.forGrantee()}
	if p.accept("ON") {
		on := p.target()
		s.On = &on
	}
	return s
}

// readSecurity reads EXPLAIN SECURITY; EXPLAIN security names a table.
func readSecurity(p *parser) (Statement, bool) {
	if next := p.ahead(1); !p.at("SECURITY") || next.Kind != lex.Word && p.src[next.Pos:next.End] != "(" {
		return nil, false
	}
	p.next()
	s := &ExplainSecurity{}
	if p.accept("FOR") {
		account := p.account()
		s.For = &account
	}
	from := p.peek().Pos
	if first := p.peek(); first.Kind != lex.Word && p.src[first.Pos:first.End] != "(" {
		p.unexpected("expected the statement to explain")
		return s, true
	}
	for p.err == nil && p.peek().Kind != lex.EOF {
		if p.peek().Kind == lex.Bad {
			p.unexpected("")
		}
		p.next()
	}
	s.Text = strings.TrimRight(p.src[from:], "; \t\r\n")
	return s, true
}

// readSimulate reads SIMULATE GRANT, SIMULATE REVOKE and SIMULATE DENY.
func readSimulate(p *parser) (Statement, bool) {
	p.next()
	var inner Statement
	switch {
	case p.at("GRANT"):
		inner, _ = readGrant(p)
	case p.at("REVOKE"):
		inner, _ = readRevoke(p)
	case p.at("DENY"):
		inner, _ = readDeny(p)
	default:
		return nil, false
	}
	return &Simulate{inner}, true
}

func (s *Check) write(p *printer) {
	p.WriteString("CHECK ")
	if s.Role != nil {
		p.WriteString("ROLE OF ")
		p.account(*s.Role)
	} else {
		writePrivilege(p, *s.Privilege)
	}
	if s.On != nil {
		p.WriteString(" ON ")
		p.target(*s.On)
	}
	p.forGrantee(s.For)
	p.flag(s.IfExists, " IF EXISTS")
}

func (p *printer) forGrantee(g *Grantee) {
	if g != nil {
		p.WriteString(" FOR ")
		writeGrantee(p, *g)
	}
}

func (s *ShowEffective) write(p *printer) {
	p.WriteString("SHOW EFFECTIVE PRIVILEGES")
	p.forGrantee(s.For)
	if s.On != nil {
		p.WriteString(" ON ")
		p.target(*s.On)
	}
}

func (s *ExplainSecurity) write(p *printer) {
	p.WriteString("EXPLAIN SECURITY ")
	if s.For != nil {
		p.WriteString("FOR ")
		p.account(*s.For)
		p.WriteString(" ")
	}
	p.WriteString(s.Text)
}

func (s *Simulate) write(p *printer) {
	p.WriteString("SIMULATE ")
	s.Statement.write(p)
}

func (s *Check) String() string           { return canonical(s) }
func (s *ShowEffective) String() string   { return canonical(s) }
func (s *ExplainSecurity) String() string { return canonical(s) }
func (s *Simulate) String() string        { return canonical(s) }
func (s *Check) Redacted() string         { return canonical(s) }
func (s *ShowEffective) Redacted() string { return canonical(s) }
func (s *Simulate) Redacted() string      { return canonical(s) }

// Redacted has the statement without what may be a password in it.
func (s *ExplainSecurity) Redacted() string {
	shown := *s
	shown.Text = lex.Redact(s.Text)
	return canonical(&shown)
}
