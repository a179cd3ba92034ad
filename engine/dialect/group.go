package dialect

// readGroupName reads the name of a group: a name, never a pattern. In a
// statement about groups ldapGroup: before it says nothing new.
func readGroupName(p *parser) string {
	if p.at("LDAPGROUP") && p.punctAt(1, ':') {
		p.i += 2
	}
	return p.ldapGroup().Account.Name
}

// createGroup reads from GROUP on; CREATE is taken.
func (p *parser) createGroup() Statement {
	p.expect("GROUP")
	return &CreateGroup{IfNotExists: p.ifNotExists(), Groups: commaList(p, readGroupName)}
}

// alterGroup reads from GROUP on; ALTER is taken.
func (p *parser) alterGroup() Statement {
	p.expect("GROUP")
	s := &AlterGroup{Group: readGroupName(p)}
	switch {
	case p.accept("RENAME", "TO"):
		s.Rename = readGroupName(p)
	case p.accept("ADD"):
		s.Add = true
		s.Members = p.members()
	case p.accept("DROP"):
		s.Members = p.members()
	default:
		p.unexpected("expected ADD USER …, DROP USER …, ADD GROUP …, DROP GROUP … or RENAME TO …")
	}
	return s
}

// members reads USER a, b, GROUP g: the keyword holds until the next one.
func (p *parser) members() []Member {
	if !p.at("USER") && !p.at("GROUP") && !p.at("LDAPGROUP") {
		p.unexpected("expected USER or GROUP")
	}
	group := false
	return commaList(p, func(p *parser) Member {
		switch {
		case p.at("LDAPGROUP") && p.punctAt(1, ':'):
			return Member{Group: true, Account: Account{Name: readGroupName(p)}}
		case p.at("USER") && !p.punctAt(1, '('):
			p.i++
			group = false
		case p.accept("GROUP"):
			group = true
		}
		if group {
			return Member{Group: true, Account: Account{Name: readGroupName(p)}}
		}
		return Member{Account: p.account()}
	})
}

// dropGroup reads from GROUP on; DROP is taken.
func (p *parser) dropGroup() Statement {
	p.expect("GROUP")
	return &DropGroup{IfExists: p.ifExists(), Groups: commaList(p, readGroupName)}
}

// showSecurity reads what follows SHOW SECURITY.
func (p *parser) showSecurity() Statement {
	s := &ShowSecurity{}
	if p.accept("FOR") {
		s.For = commaList(p, readGrantee)
	}
	return s
}

// atAuthorization says whether [IF NOT EXISTS] s AUTHORIZATION comes n places
// ahead, which is the form of CREATE SCHEMA that is built.
func (p *parser) atAuthorization(n int) bool {
	if p.wordAt(n, "IF") && p.wordAt(n+1, "NOT") && p.wordAt(n+2, "EXISTS") {
		n += 3
	}
	return p.isName(n) && p.wordAt(n+1, "AUTHORIZATION") || p.atHome(n)
}

// atHome says whether AUTHORIZATION owner comes, without a name: the schema is called as its owner.
func (p *parser) atHome(n int) bool {
	return p.wordAt(n, "AUTHORIZATION") && (p.isName(n+1) || p.isString(n+1)) && !p.wordAt(n+1, "AUTHORIZATION")
}

// createSchema reads from SCHEMA or DATABASE on; CREATE is taken.
func (p *parser) createSchema() Statement {
	p.next()
	s := &CreateSchema{IfNotExists: p.ifNotExists()}
	home := p.atHome(0)
	if !home {
		s.Name = p.name("a schema name")
	}
	p.expect("AUTHORIZATION")
	s.Owner = readGrantee(p)
	if home {
		s.Name = s.Owner.Account.Name
	}
	for p.err == nil && p.atAny(0, "CREATE", "GRANT") {
		text, shown := p.element(s.Name)
		s.Elements, s.Shown = append(s.Elements, text), append(s.Shown, shown)
	}
	return s
}

// createDatabase reads from DATABASE or SCHEMA on; CREATE is taken.
func (p *parser) createDatabase() Statement {
	p.next()
	s := &CreateDatabase{IfNotExists: p.ifNotExists(), Name: p.name("a database name")}
	for p.err == nil {
		if p.databaseOption(&s.DatabaseOptions) {
			continue
		}
		if !p.accept("USER") {
			break
		}
		u := userReader{p: p}
		spec := u.spec(p)
		if spec.Auth == nil {
			p.unexpected("expected IDENTIFIED BY and a password")
		}
		s.Users = append(s.Users, spec)
		p.acceptPunct(',')
	}
	return s
}

// alterDatabase reads from DATABASE or SCHEMA on; ALTER is taken.
func (p *parser) alterDatabase() Statement {
	p.next()
	s := &AlterDatabase{}
	if !p.at("COMMENT") || !p.isString(1) && !p.punctAt(1, '=') {
		s.Name = p.name("a database name")
	}
	for p.databaseOption(&s.DatabaseOptions) {
	}
	return s
}

// databaseOption takes one option of CREATE and ALTER DATABASE. A text by itself is Denodo's description, right after the name.
func (p *parser) databaseOption(o *DatabaseOptions) bool {
	switch {
	case p.err != nil:
		return false
	case p.isString(0) && *o == (DatabaseOptions{}), p.at("COMMENT"):
		if p.accept("COMMENT") {
			p.acceptPunct('=')
		}
		text := p.text("a comment")
		o.Comment = &text
		return true
	}
	n := 0
	if p.at("DEFAULT") {
		n = 1
	}
	var to *string
	switch {
	case p.wordAt(n, "CHARACTER") && p.wordAt(n+1, "SET"):
		n, to = n+2, &o.Charset
	case p.wordAt(n, "CHARSET"):
		n, to = n+1, &o.Charset
	case p.wordAt(n, "COLLATE"):
		n, to = n+1, &o.Collate
	case p.wordAt(n, "ENCRYPTION"), p.wordAt(n, "READ"):
		p.notSupported("ENCRYPTION and READ ONLY beside the comment of a database")
		return false
	default:
		return false
	}
	p.i += n
	p.acceptPunct('=')
	if p.isString(0) {
		*to = p.text("a name")
	} else {
		*to = p.name("a name")
	}
	return true
}

// refreshLDAPGroup reads from the opening parenthesis on.
func (p *parser) refreshLDAPGroup() Statement {
	p.expectPunct('(')
	s := &RefreshLDAPGroup{}
	if !p.isString(0) {
		p.unexpected("expected the name of a group as a quoted string")
	} else {
		s.Group = p.checkName(p.next(), "a group name")
	}
	p.expectPunct(')')
	return s
}
