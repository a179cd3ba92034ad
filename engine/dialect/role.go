package dialect

import "github.com/lxdb/lxdb/engine/lex"

// createRole reads from ROLE on; CREATE is taken.
func (p *parser) createRole(replace bool) Statement {
	p.expect("ROLE")
	s := &CreateRole{OrReplace: replace, IfNotExists: p.ifNotExists(), Roles: commaList(p, readRole)}
	s.Options = p.roleOptions(false)
	return s
}

// alterRole reads from ROLE on; ALTER is taken.
func (p *parser) alterRole() Statement {
	p.expect("ROLE")
	s := &AlterRole{Role: p.namedAccount()}
	if p.accept("RENAME", "TO") {
		to := p.namedAccount()
		s.Rename = &to
		return s
	}
	if s.Options = p.roleOptions(p.accept("SET")); s.Options == (RoleOptions{}) {
		p.unexpected("expected RENAME TO, COMMENT or DEFAULT SCHEMA")
	}
	return s
}

// roleOptions reads 'comment' and [WITH] COMMENT [=] 'text' and [WITH] DEFAULT SCHEMA [=] s, in any order. In the SET
// form they may have commas between them.
func (p *parser) roleOptions(set bool) (o RoleOptions) {
	for p.err == nil {
		p.refuseRoleOptions()
		into, value := &o.Comment, ""
		switch {
		case p.isString(0), p.accept("COMMENT"), p.accept("WITH", "COMMENT"):
			p.acceptPunct('=')
			value = p.text("a comment")
		case p.accept("DEFAULT", "SCHEMA"), p.accept("WITH", "DEFAULT", "SCHEMA"):
			into = &o.DefaultSchema
			p.acceptPunct('=')
			if !p.accept("DEFAULT") {
				value = p.name("a schema name")
			}
		default:
			return o
		}
		if *into != nil {
			p.unexpected("this is set twice")
		}
		*into = &value
		if set && p.punctAt(0, ',') && p.ahead(1).Kind == lex.Word {
			p.i++
		}
	}
	return o
}

// dropRole reads from ROLE on; DROP is taken.
func (p *parser) dropRole() Statement {
	p.expect("ROLE")
	return &DropRole{IfExists: p.ifExists(), Roles: commaList(p, readRole)}
}

func (p *parser) refuseRoleOptions() {
	switch {
	case p.at("WITH", "RESOURCE"), p.at("RESOURCE"):
		p.notSupported("resource groups")
	case p.at("IDENTIFIED"):
		p.refused("roles with a password", "a role that is granted and no default role waits for SET ROLE")
	case p.atAny(0, "GRANT", "REVOKE"):
		p.notSupported("GRANT and REVOKE clauses in role statements")
	case p.at("ACTIVATED"), p.at("WITH", "ACTIVATED"):
		p.refused("ACTIVATED of roles", "nobody logs in as a role: REVOKE it, or DROP ROLE")
	case p.at("HOME"), p.at("WITH", "HOME"):
		p.notSupported("home directories")
	}
}

// setRole reads from ROLE on; SET is taken.
func (p *parser) setRole() Statement {
	p.expect("ROLE")
	s := &SetRole{}
	if p.accept("DEFAULT") {
		s.Set = RolesDefault
		return s
	}
	s.Set, s.Roles = p.roleSet(true)
	return s
}

// setDefaultRole reads from DEFAULT ROLE on; SET is taken.
func (p *parser) setDefaultRole() Statement {
	p.expect("DEFAULT", "ROLE")
	s := &SetDefaultRole{}
	s.Set, s.Roles = p.roleSet(false)
	p.expect("TO")
	s.Users = commaList(p, readAccount)
	return s
}

// roleSet reads NONE, ALL [EXCEPT roles] or roles.
func (p *parser) roleSet(except bool) (RoleSet, []Account) {
	switch {
	case p.accept("NONE"):
		return RolesNone, nil
	case except && p.accept("ALL", "EXCEPT"):
		return RolesAllExcept, commaList(p, readRole)
	case p.accept("ALL"):
		return RolesAll, nil
	}
	return RolesListed, commaList(p, readRole)
}

func (p *printer) roleSet(set RoleSet, roles []Account) {
	switch set {
	case RolesNone:
		p.WriteString("NONE")
	case RolesAll:
		p.WriteString("ALL")
	case RolesDefault:
		p.WriteString("DEFAULT")
	case RolesAllExcept:
		p.WriteString("ALL EXCEPT ")
	}
	list(p, roles, writeAccount)
}

func (p *printer) roleOptions(o RoleOptions) {
	if o.Comment != nil {
		p.WriteString(" COMMENT " + p.quoted(*o.Comment))
	}
	p.defaultSchema(o.DefaultSchema)
}

func (p *printer) defaultSchema(name *string) {
	switch {
	case name == nil:
	case *name == "":
		p.WriteString(" DEFAULT SCHEMA DEFAULT")
	default:
		p.WriteString(" DEFAULT SCHEMA " + lex.QuoteName(*name))
	}
}

func (s *CreateRole) write(p *printer) {
	p.WriteString("CREATE ")
	p.flag(s.OrReplace, "OR REPLACE ")
	p.WriteString("ROLE ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	list(p, s.Roles, writeAccount)
	p.roleOptions(s.Options)
}

func (s *AlterRole) write(p *printer) {
	p.WriteString("ALTER ROLE ")
	p.account(s.Role)
	if s.Rename != nil {
		p.WriteString(" RENAME TO ")
		p.account(*s.Rename)
	}
	p.roleOptions(s.Options)
}

func (s *DropRole) write(p *printer) {
	p.WriteString("DROP ROLE ")
	p.flag(s.IfExists, "IF EXISTS ")
	list(p, s.Roles, writeAccount)
}

func (s *SetRole) write(p *printer) {
	p.WriteString("SET ROLE ")
	p.roleSet(s.Set, s.Roles)
}

func (s *SetDefaultRole) write(p *printer) {
	p.WriteString("SET DEFAULT ROLE ")
	p.roleSet(s.Set, s.Roles)
	p.WriteString(" TO ")
	list(p, s.Users, writeAccount)
}

func (s *CreateRole) String() string     { return canonical(s) }
func (s *AlterRole) String() string      { return canonical(s) }
func (s *DropRole) String() string       { return canonical(s) }
func (s *SetRole) String() string        { return canonical(s) }
func (s *SetDefaultRole) String() string { return canonical(s) }

func (s *CreateRole) Redacted() string     { return canonical(s) }
func (s *AlterRole) Redacted() string      { return canonical(s) }
func (s *DropRole) Redacted() string       { return canonical(s) }
func (s *SetRole) Redacted() string        { return canonical(s) }
func (s *SetDefaultRole) Redacted() string { return canonical(s) }
