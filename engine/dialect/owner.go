package dialect

// ChangeOwner is ALTER kind object OWNER TO account, and CHOWN account kind object.
type ChangeOwner struct {
	Target Target
	To     Account
}

// SetSchema is SET [CURRENT] SCHEMA s; "" is DEFAULT, one's default schema.
type SetSchema struct{ Name string }

// alterOwner reads from the kind on; ALTER is taken.
func (p *parser) alterOwner() Statement {
	s := &ChangeOwner{Target: p.target()}
	p.expect("OWNER", "TO")
	s.To = p.account()
	return s
}

// readChown reads CHOWN account kind object.
func readChown(p *parser) (Statement, bool) {
	p.next()
	s := &ChangeOwner{To: p.account()}
	s.Target = p.target()
	return s, true
}

// setSchema reads from SCHEMA on.
func (p *parser) setSchema() Statement {
	p.expect("SCHEMA")
	p.acceptPunct('=')
	if p.accept("DEFAULT") {
		return &SetSchema{}
	}
	return &SetSchema{Name: p.name("a schema name")}
}

func (s *ChangeOwner) write(p *printer) {
	if s.Target.Kind == KindNone || s.Target.Scope != ScopeObject { // ALTER is the SQL parser's without them
		p.WriteString("CHOWN ")
		p.account(s.To)
		p.WriteString(" ")
		p.target(s.Target)
		return
	}
	p.WriteString("ALTER ")
	p.target(s.Target)
	p.WriteString(" OWNER TO ")
	p.account(s.To)
}

func (s *SetSchema) write(p *printer) {
	p.WriteString("SET SCHEMA ")
	if s.Name == "" {
		p.WriteString("DEFAULT")
		return
	}
	writeName(p, s.Name)
}

func (s *ChangeOwner) String() string   { return canonical(s) }
func (s *SetSchema) String() string     { return canonical(s) }
func (s *ChangeOwner) Redacted() string { return canonical(s) }
func (s *SetSchema) Redacted() string   { return canonical(s) }
