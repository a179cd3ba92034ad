package dialect

import "github.com/lxdb/lxdb/engine/lex"

func writeMember(p *printer, m Member) {
	if m.Group {
		p.WriteString("GROUP " + lex.QuoteName(m.Account.Name))
		return
	}
	p.WriteString("USER ")
	p.account(m.Account)
}

func (s *CreateGroup) write(p *printer) {
	p.WriteString("CREATE GROUP ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	list(p, s.Groups, writeName)
}

func (s *AlterGroup) write(p *printer) {
	p.WriteString("ALTER GROUP " + lex.QuoteName(s.Group))
	switch {
	case s.Rename != "":
		p.WriteString(" RENAME TO " + lex.QuoteName(s.Rename))
		return
	case s.Add:
		p.WriteString(" ADD ")
	default:
		p.WriteString(" DROP ")
	}
	list(p, s.Members, writeMember)
}

func (s *DropGroup) write(p *printer) {
	p.WriteString("DROP GROUP ")
	p.flag(s.IfExists, "IF EXISTS ")
	list(p, s.Groups, writeName)
}

func (s *ShowGroups) write(p *printer) { p.WriteString("SHOW GROUPS") }

func (s *ShowSecurity) write(p *printer) {
	p.WriteString("SHOW SECURITY")
	if len(s.For) > 0 {
		p.WriteString(" FOR ")
		list(p, s.For, writeGrantee)
	}
}

func (s *CreateSchema) write(p *printer) {
	p.WriteString("CREATE SCHEMA ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	p.WriteString(lex.QuoteName(s.Name) + " AUTHORIZATION ")
	writeGrantee(p, s.Owner)
	for _, e := range s.Elements {
		p.WriteString(" " + e)
	}
}

func (s *CreateDatabase) write(p *printer) {
	p.WriteString("CREATE DATABASE ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	p.WriteString(lex.QuoteName(s.Name))
	p.databaseOptions(s.DatabaseOptions)
	for _, u := range s.Users {
		p.WriteString(" USER ")
		writeUserSpec(p, u)
	}
}

func (s *AlterDatabase) write(p *printer) {
	p.WriteString("ALTER DATABASE")
	if s.Name != "" {
		p.WriteString(" " + lex.QuoteName(s.Name))
	}
	p.databaseOptions(s.DatabaseOptions)
}

func (p *printer) databaseOptions(o DatabaseOptions) {
	if o.Comment != nil {
		p.WriteString(" COMMENT = " + lex.QuoteString(*o.Comment))
	}
	if o.Charset != "" {
		p.WriteString(" CHARACTER SET = " + lex.QuoteString(o.Charset))
	}
	if o.Collate != "" {
		p.WriteString(" COLLATE = " + lex.QuoteString(o.Collate))
	}
}

func (s *RefreshLDAPGroup) write(p *printer) {
	p.WriteString("CALL SYS.REFRESH_LDAP_GROUP(" + lex.QuoteString(s.Group) + ")")
}

func (s *BindNames) write(p *printer) { p.WriteString("CALL SYS.BIND_NAMES()") }

func (s *CreateGroup) String() string      { return canonical(s) }
func (s *AlterGroup) String() string       { return canonical(s) }
func (s *DropGroup) String() string        { return canonical(s) }
func (s *ShowGroups) String() string       { return canonical(s) }
func (s *ShowSecurity) String() string     { return canonical(s) }
func (s *CreateSchema) String() string     { return canonical(s) }
func (s *CreateDatabase) String() string   { return canonical(s) }
func (s *AlterDatabase) String() string    { return canonical(s) }
func (s *RefreshLDAPGroup) String() string { return canonical(s) }
func (s *BindNames) String() string        { return canonical(s) }

func (s *CreateGroup) Redacted() string  { return canonical(s) }
func (s *AlterGroup) Redacted() string   { return canonical(s) }
func (s *DropGroup) Redacted() string    { return canonical(s) }
func (s *ShowGroups) Redacted() string   { return canonical(s) }
func (s *ShowSecurity) Redacted() string { return canonical(s) }

// Redacted has what is made without the values that stand in it.
func (s *CreateSchema) Redacted() string {
	shown := *s
	shown.Elements = s.Shown
	return canonical(&shown)
}

func (s *CreateDatabase) Redacted() string   { return canonical(s) }
func (s *AlterDatabase) Redacted() string    { return canonical(s) }
func (s *RefreshLDAPGroup) Redacted() string { return canonical(s) }
func (s *BindNames) Redacted() string        { return canonical(s) }
