package dialect

// List is Denodo's LIST USERS, LIST ROLES and LIST DATABASES: those that the viewer may see.
type List struct{ What string } // USERS, ROLES or DATABASES

// DescribePrincipal is DESC USER u and DESC ROLE r.
type DescribePrincipal struct {
	Role    bool
	Account Account
}

func readList(p *parser) (Statement, bool) {
	p.next()
	for _, what := range []string{"USERS", "ROLES", "DATABASES"} {
		if p.accept(what) {
			return &List{what}, true
		}
	}
	return nil, false
}

// describePrincipal reads from USER or ROLE on; DESC is taken.
func (p *parser) describePrincipal() Statement {
	s := &DescribePrincipal{Role: p.at("ROLE")}
	p.next()
	if s.Role {
		s.Account = p.namedAccount()
	} else {
		s.Account = p.account()
	}
	return s
}

func (s *List) write(p *printer) { p.WriteString("LIST " + s.What) }

func (s *DescribePrincipal) write(p *printer) {
	word := "USER "
	if s.Role {
		word = "ROLE "
	}
	p.WriteString("DESC " + word)
	p.account(s.Account)
}

func (s *List) String() string              { return canonical(s) }
func (s *List) Redacted() string            { return canonical(s) }
func (s *DescribePrincipal) String() string { return canonical(s) }

func (s *DescribePrincipal) Redacted() string { return canonical(s) }
