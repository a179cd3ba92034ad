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

// readShow reads the SHOW statements about principals and grants.
func readShow(p *parser) (Statement, bool) {
	p.next()
	switch {
	case p.accept("GRANTS"):
		return p.showGrants(), true
	case p.accept("EFFECTIVE", "PRIVILEGES"):
		return p.showEffective(), true
	case p.accept("USERS"):
		return &ShowUsers{}, true
	case p.accept("GROUPS"):
		return &ShowGroups{}, true
	case p.accept("CERTIFICATES"):
		return &ShowCertificates{}, true
	case p.accept("SECURITY"):
		return p.showSecurity(), true
	case p.accept("CREATE", "USER"):
		return &ShowCreateUser{Account: p.account()}, true
	case p.accept("CREATE", "SEQUENCE"):
		return &ShowCreateSequence{Name: p.objectName("a sequence name")}, true
	case p.accept("SEQUENCES"):
		return p.showSequences(), true
	case p.accept("CONNECTION", "RULES"):
		return &ShowConnectionRules{}, true
	}
	return p.refuse([]unbuilt{
		{"row policies", []string{"POLICIES"}},
		{"resource groups", []string{"RESOURCE", "GROUP"}},
		{"credentials", []string{"CREDENTIAL"}},
	})
}

func (p *parser) showGrants() Statement {
	s := &ShowGrants{}
	if p.accept("FOR") {
		g := readGrantee(p)
		s.For = &g
		if p.accept("USING") {
			s.Using = commaList(p, readRole)
		}
	}
	return s
}
