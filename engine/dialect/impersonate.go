package dialect

import "github.com/lxdb/lxdb/engine/lex"

// Impersonate is EXECUTE AS USER = 'u', SET USER u and SETUSER u: the session goes
// on as somebody else.
type Impersonate struct {
	Account  Account
	NoRevert bool
	// Cookie is the user variable, in lower case, that gets what REVERT must give.
	Cookie string
}

// Revert is REVERT, SET USER and SETUSER: the session is who it was before.
type Revert struct {
	// Cookie is what EXECUTE AS gave: a literal, or the value of a user variable.
	Cookie         *Secret
	CookieVariable string
}

// readExecuteAs reads EXECUTE AS USER = 'u'; EXECUTE name is MySQL's.
func readExecuteAs(p *parser) (Statement, bool) {
	p.next()
	if !p.at("AS") || !p.wordAt(1, "USER") && !p.wordAt(1, "LOGIN") {
		return nil, false
	}
	if p.at("AS", "LOGIN") {
		p.notSupported("EXECUTE AS LOGIN")
		return nil, true
	}
	p.expect("AS", "USER")
	p.expectPunct('=')
	s := &Impersonate{Account: p.namedAccount()}
	switch {
	case p.accept("WITH", "NO", "REVERT"):
		s.NoRevert = true
	case p.accept("WITH", "COOKIE", "INTO"):
		s.Cookie = p.userVariable()
	}
	return s, true
}

// readRevert reads REVERT [WITH COOKIE = …].
func readRevert(p *parser) (Statement, bool) {
	p.next()
	s := &Revert{}
	if p.accept("WITH", "COOKIE") {
		p.expectPunct('=')
		if p.isString(0) {
			cookie := NewSecret(p.text("a cookie"))
			s.Cookie = &cookie
		} else {
			s.CookieVariable = p.userVariable()
		}
	}
	return s, true
}

// readSetUser reads what follows SETUSER and SET USER.
func readSetUser(p *parser) (Statement, bool) {
	p.next()
	if t := p.peek(); t.Kind == lex.EOF || p.punctAt(0, ';') {
		return &Revert{}, true
	}
	return &Impersonate{Account: p.namedAccount()}, true
}

// userVariable takes @name.
func (p *parser) userVariable() string {
	t := p.peek()
	if t.Kind != lex.At {
		p.unexpected("expected a user variable")
		return ""
	}
	if name := p.value(p.next()); name != "" {
		return lex.Lower(name)
	}
	return lex.Lower(p.name("a user variable"))
}

func (s *Impersonate) write(p *printer) {
	p.WriteString("EXECUTE AS USER = ")
	p.account(s.Account)
	p.flag(s.NoRevert, " WITH NO REVERT")
	if s.Cookie != "" {
		p.WriteString(" WITH COOKIE INTO @" + lex.QuoteName(s.Cookie))
	}
}

func (s *Revert) write(p *printer) {
	p.WriteString("REVERT")
	switch {
	case s.Cookie != nil:
		p.WriteString(" WITH COOKIE = ")
		p.secret(*s.Cookie)
	case s.CookieVariable != "":
		p.WriteString(" WITH COOKIE = @" + lex.QuoteName(s.CookieVariable))
	}
}

func (s *Impersonate) String() string   { return canonical(s) }
func (s *Revert) String() string        { return canonical(s) }
func (s *Impersonate) Redacted() string { return canonical(s) }
func (s *Revert) Redacted() string      { return canonical(s) }
