package dialect

// dropUser reads from USER on; DROP is taken.
func (p *parser) dropUser() Statement {
	p.expect("USER")
	s := &DropUser{IfExists: p.ifExists(), Accounts: commaList(p, readAccount)}
	if p.accept("REASSIGN", "OWNED", "TO") {
		to := p.account()
		s.ReassignTo = &to
	} else {
		s.Behaviour = p.behaviour()
	}
	return s
}

func readRename(p *parser) (Statement, bool) {
	if !p.accept("RENAME", "USER") {
		return nil, false
	}
	return &RenameUser{Pairs: commaList(p, func(p *parser) Renaming {
		r := Renaming{From: p.account()}
		p.expect("TO")
		r.To = p.namedAccount()
		return r
	})}, true
}

// setPassword reads from PASSWORD on; SET is taken.
func (p *parser) setPassword() Statement {
	p.expect("PASSWORD")
	s := &SetPassword{}
	if p.accept("FOR") {
		a := p.account()
		s.For = &a
	}
	u := userReader{p: p, alter: true}
	if p.accept("TO", "RANDOM") {
		s.Auth = u.tail(&Auth{Random: true})
		return s
	}
	if p.assignAt(0) {
		p.i++
	} else {
		p.expectPunct('=')
	}
	if p.at("PASSWORD") {
		p.unexpected("write the password itself; PASSWORD() is gone")
	}
	s.Auth = u.password()
	return s
}

// createRole reads from ROLE on; CREATE is taken.
func (p *parser) createRole() Statement {
	p.expect("ROLE")
	s := &CreateRole{IfNotExists: p.ifNotExists(), Roles: commaList(p, readRole)}
	p.refuseRoleOptions()
	return s
}

func (p *parser) alterRole() Statement {
	p.expect("ROLE")
	p.namedAccount()
	p.accept("SET")
	p.refuseRoleOptions()
	p.notSupported("ALTER ROLE")
	return nil
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
		p.notSupported("roles with a password")
	case p.atAny(0, "GRANT", "REVOKE"):
		p.notSupported("GRANT and REVOKE clauses in role statements")
	case p.isString(0), p.at("COMMENT"):
		p.notSupported("comments on roles")
	case p.atAny(0, "WITH", "DEFAULT", "ACTIVATED", "HOME"):
		p.notSupported("options of roles")
	}
}

// readShow reads the SHOW statements about principals and grants.
func readShow(p *parser) (Statement, bool) {
	p.next()
	switch {
	case p.accept("GRANTS"):
		return p.showGrants(), true
	case p.accept("USERS"):
		return &ShowUsers{}, true
	case p.accept("GROUPS"):
		return &ShowGroups{}, true
	case p.accept("SECURITY"):
		return p.showSecurity(), true
	case p.accept("CREATE", "USER"):
		return &ShowCreateUser{Account: p.account()}, true
	case p.accept("CREATE", "SEQUENCE"):
		return &ShowCreateSequence{Name: p.objectName("a sequence name")}, true
	case p.accept("SEQUENCES"):
		return p.showSequences(), true
	}
	return p.refuse([]unbuilt{
		{"SHOW EFFECTIVE PRIVILEGES", []string{"EFFECTIVE", "PRIVILEGES"}},
		{"row policies", []string{"POLICIES"}},
		{"certificate statements", []string{"CERTIFICATES"}},
		{"resource groups", []string{"RESOURCE", "GROUP"}},
		{"credentials", []string{"CREDENTIAL"}},
	})
}

func (p *parser) showGrants() Statement {
	s := &ShowGrants{}
	if p.accept("FOR") {
		g := readGrantee(p)
		s.For = &g
		if p.at("USING") {
			p.notSupported("SHOW GRANTS … USING roles")
		}
	}
	return s
}
