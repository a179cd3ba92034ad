package dialect

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// ConnectionRule is CREATE and ALTER CONNECTION RULE: which addresses may connect, and who from there. What is
// nil is not said.
type ConnectionRule struct {
	Alter, IfNotExists bool
	Name               string
	Reject             *bool
	Listener           *string // sql, console, ldap; "" is all
	Networks           []string
	Users              []Grantee
	Require            *string // tls, x509, ldap; "" is nothing
	Priority           *int
}

// DropConnectionRule is DROP CONNECTION RULE.
type DropConnectionRule struct {
	IfExists bool
	Name     string
}

// ShowConnectionRules is SHOW CONNECTION RULES.
type ShowConnectionRules struct{}

func (p *parser) connectionRule(alter bool) Statement {
	p.expect("CONNECTION", "RULE")
	s := &ConnectionRule{Alter: alter}
	s.IfNotExists = !alter && p.ifNotExists()
	s.Name = p.name("a name of the rule")
	if p.at("ALLOW") || p.at("REJECT") {
		reject := p.at("REJECT")
		s.Reject = &reject
		p.next()
	} else if !alter {
		p.unexpected("expected ALLOW or REJECT")
	}
	for p.err == nil {
		switch {
		case s.Listener == nil && p.accept("TYPE"):
			s.Listener = p.listener()
		case s.Networks == nil && p.accept("FROM"):
			s.Networks = commaList(p, readNetwork)
		case s.Priority == nil && p.accept("PRIORITY"):
			n, err := strconv.Atoi(p.value(p.peek()))
			if p.peek().Kind != lex.Number || err != nil || n < 0 || n > 1_000_000 {
				p.unexpected("expected a number, 0 to 1000000; lower ones are asked first")
			}
			p.next()
			s.Priority = &n
		case s.Users == nil && p.accept("USER"):
			s.Users = commaList(p, readGrantee)
		case s.Require == nil && p.accept("REQUIRE"):
			s.Require = p.ruleRequire()
		case p.at("DATABASE"):
			// A session names every database whose things it may use, so the one that it
			// begins with would be a wall that is none.
			p.notSupported("DATABASE in connection rules")
		default:
			return s
		}
	}
	return s
}

func (p *parser) listener() *string {
	for word, name := range map[string]string{"SQL": "sql", "CONSOLE": "console", "LDAP": "ldap", "ALL": ""} {
		if p.accept(word) {
			return &name
		}
	}
	if p.at("KIVI") {
		p.notSupported("TYPE KIVI in connection rules")
	}
	p.unexpected("expected SQL, CONSOLE, LDAP or ALL")
	return nil
}

func (p *parser) ruleRequire() *string {
	for word, name := range map[string]string{"TLS": "tls", "SSL": "tls", "X509": "x509", "LDAP": "ldap", "NONE": ""} {
		if p.accept(word) {
			return &name
		}
	}
	p.unexpected("expected TLS, X509, LDAP or NONE")
	return nil
}

// readNetwork reads an address or a network as a string, or without quotes as it is
// written: 10.0.0.0/8.
func readNetwork(p *parser) string {
	first := p.peek()
	text := ""
	if p.isString(0) {
		text = p.value(p.next())
	} else {
		end := first.Pos
		for p.err == nil && p.peek().Kind != lex.EOF && !p.punctAt(0, ',') && !p.punctAt(0, ';') && (p.peek().Pos == end || end == first.Pos) {
			end = p.next().End
		}
		text = p.src[first.Pos:end]
	}
	network, err := netip.ParsePrefix(text)
	if a, alone := netip.ParseAddr(text); alone == nil {
		network, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	if err != nil || network.Addr().Zone() != "" {
		p.fail(first, "expected an address or a network, as '10.0.0.0/8' or '::1'")
		return ""
	}
	if network.Addr().Is4In6() {
		p.fail(first, "write the address as one of IPv4")
		return ""
	}
	return network.Masked().String()
}

func (p *parser) dropConnectionRule() Statement {
	p.expect("CONNECTION", "RULE")
	return &DropConnectionRule{p.ifExists(), p.name("the name of a rule")}
}

func (s *ConnectionRule) write(p *printer) {
	verb := "CREATE"
	if s.Alter {
		verb = "ALTER"
	}
	p.WriteString(verb + " CONNECTION RULE ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	p.WriteString(lex.QuoteName(s.Name))
	if s.Reject != nil {
		p.WriteString(map[bool]string{false: " ALLOW", true: " REJECT"}[*s.Reject])
	}
	if s.Listener != nil {
		name := "ALL"
		if *s.Listener != "" {
			name = strings.ToUpper(*s.Listener)
		}
		p.WriteString(" TYPE " + name)
	}
	p.flag(len(s.Networks) > 0, " FROM ")
	list(p, s.Networks, func(p *printer, n string) { p.WriteString(lex.QuoteString(n)) })
	p.flag(len(s.Users) > 0, " USER ")
	list(p, s.Users, writeGrantee)
	if s.Require != nil {
		name := "NONE"
		if *s.Require != "" {
			name = strings.ToUpper(*s.Require)
		}
		p.WriteString(" REQUIRE " + name)
	}
	if s.Priority != nil {
		p.WriteString(" PRIORITY " + strconv.Itoa(*s.Priority))
	}
}

func (s *DropConnectionRule) write(p *printer) {
	p.WriteString("DROP CONNECTION RULE ")
	p.flag(s.IfExists, "IF EXISTS ")
	p.WriteString(lex.QuoteName(s.Name))
}

func (s *ShowConnectionRules) write(p *printer) { p.WriteString("SHOW CONNECTION RULES") }

func (s *ConnectionRule) String() string        { return canonical(s) }
func (s *DropConnectionRule) String() string    { return canonical(s) }
func (s *ShowConnectionRules) String() string   { return canonical(s) }
func (s *ConnectionRule) Redacted() string      { return canonical(s) }
func (s *DropConnectionRule) Redacted() string  { return canonical(s) }
func (s *ShowConnectionRules) Redacted() string { return canonical(s) }
