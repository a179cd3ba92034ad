package dialect

import "github.com/lxdb/lxdb/engine/lex"

// createRole reads from ROLE on; CREATE is taken.
func (p *parser) createRole(replace bool) Statement {
	p.expect("ROLE")
	s := &CreateRole{OrReplace: replace, IfNotExists: p.ifNotExists(), Roles: commaList(p, readRole)}
	s.Comment = p.roleComment()
	p.refuseRoleOptions()
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
	p.accept("SET")
	p.refuseRoleOptions()
	if s.Comment = p.roleComment(); s.Comment == nil {
		p.unexpected("expected RENAME TO or COMMENT")
	}
	p.refuseRoleOptions()
	return s
}

// roleComment reads [COMMENT [=]] 'text', nil for nothing.
func (p *parser) roleComment() *string {
	if p.accept("COMMENT") {
		p.acceptPunct('=')
	} else if !p.isString(0) {
		return nil
	}
	text := p.text("a comment")
	return &text
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
	case p.atAny(0, "WITH", "DEFAULT", "ACTIVATED", "HOME"):
		p.notSupported("options of roles")
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

func (p *printer) comment(text *string) {
	if text != nil {
		p.WriteString(" COMMENT " + lex.QuoteString(*text))
	}
}

func (s *CreateRole) write(p *printer) {
	p.WriteString("CREATE ")
	p.flag(s.OrReplace, "OR REPLACE ")
	p.WriteString("ROLE ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	list(p, s.Roles, writeAccount)
	p.comment(s.Comment)
}

func (s *AlterRole) write(p *printer) {
	p.WriteString("ALTER ROLE ")
	p.account(s.Role)
	if s.Rename != nil {
		p.WriteString(" RENAME TO ")
		p.account(*s.Rename)
	}
	p.comment(s.Comment)
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
