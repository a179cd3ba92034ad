package dialect

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// account reads [USER-like] account: name[@host], @external, CURRENT_USER, USER().
func (p *parser) account() Account {
	if p.acceptCurrentUser() {
		return Account{Current: true}
	}
	return p.namedAccount()
}

func readAccount(p *parser) Account { return p.account() }

func (p *parser) acceptCurrentUser() bool {
	switch {
	case p.at("CURRENT_USER") && p.punctAt(1, '(') && p.punctAt(2, ')'), p.at("USER") && p.punctAt(1, '(') && p.punctAt(2, ')'):
		p.i += 3
		return true
	}
	return p.accept("CURRENT_USER")
}

// namedAccount reads an account that is written by name; roles are, too.
func (p *parser) namedAccount() Account {
	t := p.peek()
	if t.Kind == lex.At {
		return p.externalAccount(p.next())
	}
	var a Account
	switch {
	case t.Kind == lex.String:
		a.Name = p.checkName(p.next(), "an account name")
	case p.atAny(0, "LDAPGROUP", "USER", "ROLE", "PUBLIC", "SYSTEM"):
		p.unexpected("this word has a meaning of its own here: an account of that name needs backticks")
	default:
		a.Name = p.name("an account name")
	}
	if name, ok := strings.CutPrefix(a.Name, "@"); ok {
		a = Account{Name: name, External: true}
		if name == "" {
			p.fail(t, "an account name must not be empty")
		}
	}
	if p.peek().Kind == lex.At {
		if a.External {
			p.unexpected("an external account has no host part; write a connection rule instead")
		}
		a.Host = p.host(p.next())
	}
	return a
}

func readRole(p *parser) Account { return p.namedAccount() }

// externalAccount reads @name, whose @ is taken.
func (p *parser) externalAccount(at lex.Token) Account {
	name := p.value(at)
	if name == "" {
		name = p.name("an external account name")
	} else {
		p.checkName(at, "an external account name")
	}
	if p.peek().Kind == lex.At {
		p.unexpected("an external account has no host part; write a connection rule instead")
	}
	return Account{Name: name, External: true}
}

// host reads what follows the @ of an account. An empty one in quotes is none.
func (p *parser) host(at lex.Token) string {
	if p.value(at) != "" {
		return p.checkName(at, "a host name")
	}
	t := p.peek()
	switch t.Kind {
	case lex.String, lex.Double, lex.Backtick, lex.Word:
		p.next()
		if p.value(t) == "" {
			return ""
		}
		return p.checkName(t, "a host name")
	}
	p.unexpected("expected a host name")
	return ""
}

// readGrantee reads one entry of TO or FROM.
func readGrantee(p *parser) Grantee {
	switch {
	case p.at("PUBLIC") && p.ahead(1).Kind != lex.At:
		p.i++
		return Grantee{Kind: GranteePublic}
	case p.at("LDAPGROUP") && p.punctAt(1, ':'):
		p.i += 2
		return p.ldapGroup()
	case p.at("LDAP", "GROUP") && (p.isName(2) || p.isString(2)):
		p.i += 2
		return p.ldapGroup()
	case p.atAny(0, "USER", "ROLE") && (p.isName(1) || p.isString(1) || p.ahead(1).Kind == lex.At || p.wordAt(1, "CURRENT_USER")):
		kind := GranteeUser
		if p.at("ROLE") {
			kind = GranteeRole
		}
		p.i++
		if kind == GranteeRole {
			return Grantee{Kind: kind, Account: p.namedAccount()}
		}
		return Grantee{Kind: kind, Account: p.account()}
	}
	return Grantee{Account: p.account()}
}

// ldapGroup reads the name after ldapGroup: — a name, never a pattern or filter.
func (p *parser) ldapGroup() Grantee {
	if p.peek().Kind == lex.String {
		return Grantee{Kind: GranteeLDAPGroup, Account: Account{Name: p.checkName(p.next(), "a group name")}}
	}
	return Grantee{Kind: GranteeLDAPGroup, Account: Account{Name: p.name("a group name")}}
}
