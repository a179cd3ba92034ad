package dialect

import (
	"strconv"

	"github.com/lxdb/lxdb/engine/lex"
)

func writePrivilege(p *printer, v Privilege) {
	p.WriteString(v.Name)
	if len(v.Columns) > 0 {
		p.WriteString(" (")
		list(p, v.Columns, writeName)
		p.WriteString(")")
	}
}

// String is the target in canonical form, without ON.
func (t Target) String() string {
	var p printer
	p.target(t)
	return p.String()
}

func (p *printer) target(t Target) {
	if t.Scope == ScopeAll {
		p.WriteString("ALL " + t.Kind.String() + "S")
		p.flag(t.Database != "", " IN SCHEMA "+lex.QuoteName(t.Database))
		return
	}
	if t.Pattern {
		p.WriteString("SCHEMAS LIKE " + lex.QuoteString(t.Database))
		return
	}
	if t.Kind != KindNone {
		p.WriteString(t.Kind.String() + " ")
	}
	switch t.Scope {
	case ScopeStar:
		p.WriteString("*")
	case ScopeGlobal:
		p.WriteString("*.*")
	case ScopeDatabase:
		p.WriteString(lex.QuoteName(t.Database) + ".*")
	case ScopeObject:
		if t.Database != "" {
			p.WriteString(lex.QuoteName(t.Database) + ".")
		}
		p.WriteString(lex.QuoteName(t.Name))
		p.flag(t.Host != "", "@"+lex.QuoteName(t.Host))
	}
}

func (p *printer) on(privileges []Privilege, t Target) {
	list(p, privileges, writePrivilege)
	p.WriteString(" ON ")
	p.target(t)
}

func (p *printer) to(grantees []Grantee) {
	p.WriteString(" TO ")
	list(p, grantees, writeGrantee)
}

func (p *printer) revoke(ifExists, optionFor bool, option string) {
	p.WriteString("REVOKE ")
	p.flag(ifExists, "IF EXISTS ")
	p.flag(optionFor, option+" OPTION FOR ")
}

func (p *printer) from(grantees []Grantee, b Behaviour, ignoreUnknown bool) {
	p.WriteString(" FROM ")
	list(p, grantees, writeGrantee)
	p.behaviour(b)
	p.flag(ignoreUnknown, " IGNORE UNKNOWN USER")
}

func (p *printer) end(e *End) {
	switch {
	case e == nil:
	case e.Until != "":
		p.WriteString(" VALID UNTIL " + lex.QuoteString(e.Until))
	default:
		p.WriteString(" FOR " + strconv.Itoa(e.Amount) + " " + e.Unit + "S")
	}
}

func (s *Grant) write(p *printer) {
	p.WriteString("GRANT ")
	p.on(s.Privileges, s.Target)
	p.to(s.Grantees)
	p.flag(s.GrantOption, " WITH GRANT OPTION")
	p.end(s.End)
}

func (s *Deny) write(p *printer) {
	p.WriteString("DENY ")
	p.on(s.Privileges, s.Target)
	p.to(s.Grantees)
	p.end(s.End)
}

func (s *Revoke) write(p *printer) {
	p.revoke(s.IfExists, s.GrantOptionFor, "GRANT")
	p.flag(s.Denial, "DENY ")
	p.on(s.Privileges, s.Target)
	p.from(s.Grantees, s.Behaviour, s.IgnoreUnknownUser)
}

func (s *RevokeAll) write(p *printer) {
	p.revoke(s.IfExists, false, "")
	p.WriteString("ALL PRIVILEGES, GRANT OPTION")
	p.from(s.Grantees, BehaviourDefault, s.IgnoreUnknownUser)
}

func writeKindPrivilege(p *printer, k KindPrivilege) { p.WriteString(k.Action + " " + k.Kind) }

func (s *GrantKinds) write(p *printer) {
	p.WriteString("GRANT ")
	list(p, s.Privileges, writeKindPrivilege)
	p.to(s.Grantees)
	p.flag(s.GrantOption, " WITH GRANT OPTION")
	p.end(s.End)
}

func (s *RevokeKinds) write(p *printer) {
	p.revoke(s.IfExists, s.GrantOptionFor, "GRANT")
	list(p, s.Privileges, writeKindPrivilege)
	p.from(s.Grantees, s.Behaviour, s.IgnoreUnknownUser)
}

func (s *GrantSystem) write(p *printer) {
	p.WriteString("GRANT ")
	list(p, s.Privileges, writeKeyword)
	p.to(s.Grantees)
	p.flag(s.GrantOption, " WITH GRANT OPTION")
	p.end(s.End)
}

func (s *RevokeSystem) write(p *printer) {
	p.revoke(s.IfExists, s.GrantOptionFor, "GRANT")
	list(p, s.Privileges, writeKeyword)
	p.from(s.Grantees, s.Behaviour, s.IgnoreUnknownUser)
}

func (s *GrantRoles) write(p *printer) {
	p.WriteString("GRANT ")
	list(p, s.Roles, writeAccount)
	p.to(s.Grantees)
	p.flag(s.AdminOption, " WITH ADMIN OPTION")
	p.end(s.End)
}

func (s *RevokeRoles) write(p *printer) {
	p.revoke(s.IfExists, s.AdminOptionFor, "ADMIN")
	list(p, s.Roles, writeAccount)
	p.from(s.Grantees, s.Behaviour, s.IgnoreUnknownUser)
}

func (s *ShowGrants) write(p *printer) {
	p.WriteString("SHOW GRANTS")
	if s.For != nil {
		p.WriteString(" FOR ")
		writeGrantee(p, *s.For)
		p.flag(len(s.Using) > 0, " USING ")
		list(p, s.Using, writeAccount)
	}
}

func (s *Grant) String() string        { return canonical(s) }
func (s *Deny) String() string         { return canonical(s) }
func (s *Revoke) String() string       { return canonical(s) }
func (s *RevokeAll) String() string    { return canonical(s) }
func (s *GrantKinds) String() string   { return canonical(s) }
func (s *RevokeKinds) String() string  { return canonical(s) }
func (s *GrantSystem) String() string  { return canonical(s) }
func (s *RevokeSystem) String() string { return canonical(s) }
func (s *GrantRoles) String() string   { return canonical(s) }
func (s *RevokeRoles) String() string  { return canonical(s) }
func (s *ShowGrants) String() string   { return canonical(s) }

func (s *Grant) Redacted() string        { return canonical(s) }
func (s *Deny) Redacted() string         { return canonical(s) }
func (s *Revoke) Redacted() string       { return canonical(s) }
func (s *RevokeAll) Redacted() string    { return canonical(s) }
func (s *GrantKinds) Redacted() string   { return canonical(s) }
func (s *RevokeKinds) Redacted() string  { return canonical(s) }
func (s *GrantSystem) Redacted() string  { return canonical(s) }
func (s *RevokeSystem) Redacted() string { return canonical(s) }
func (s *GrantRoles) Redacted() string   { return canonical(s) }
func (s *RevokeRoles) Redacted() string  { return canonical(s) }
func (s *ShowGrants) Redacted() string   { return canonical(s) }
