package dialect

// ChangeOwner is ALTER kind object OWNER TO account, and CHOWN account kind object. Program is EVENT
// or TRIGGER, which nobody owns: the object's name is all that counts of Target, and To is to be its definer.
type ChangeOwner struct {
	Program string
	Target  Target
	To      Account
}

// SetSchema is SET [CURRENT] SCHEMA s; "" is DEFAULT, one's default schema.
type SetSchema struct{ Name string }

// alterOwner reads from the kind on; ALTER is taken.
func (p *parser) alterOwner() Statement {
	s := &ChangeOwner{}
	s.object(p)
	p.expect("OWNER", "TO")
	s.To = p.account()
	return s
}

func (s *ChangeOwner) object(p *parser) {
	for _, word := range []string{"EVENT", "TRIGGER"} {
		if p.at(word) && p.isName(1) {
			p.next()
			n := p.objectName("the name of a program")
			s.Program, s.Target = word, Target{Scope: ScopeObject, Database: n.Database, Name: n.Name}
			return
		}
	}
	s.Target = p.target()
}

// readChown reads CHOWN account kind object.
func readChown(p *parser) (Statement, bool) {
	p.next()
	s := &ChangeOwner{To: p.account()}
	s.object(p)
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
	if s.Program != "" {
		p.WriteString("ALTER " + s.Program + " ")
		ObjectName{s.Target.Database, s.Target.Name}.write(p)
		p.WriteString(" OWNER TO ")
		p.account(s.To)
		return
	}
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
