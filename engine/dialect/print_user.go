package dialect

import (
	"strconv"

	"github.com/lxdb/lxdb/engine/lex"
)

func writeUserSpec(p *printer, u UserSpec) {
	p.account(u.Account)
	if u.Auth == nil {
		return
	}
	if u.Auth.DataSource != nil {
		p.WriteString(" LDAP (DATASOURCE ")
		for i, part := range u.Auth.DataSource {
			p.flag(i > 0, ".")
			p.WriteString(lex.QuoteName(part))
		}
		p.WriteString(" USERNAME " + lex.QuoteString(u.Auth.DirectoryName) + ")")
		return
	}
	p.WriteString(" IDENTIFIED")
	if u.Auth.Plugin != "" {
		p.WriteString(" WITH " + lex.QuoteName(u.Auth.Plugin))
	}
	p.flag(u.Auth.DirectoryName != "", " AS "+lex.QuoteString(u.Auth.DirectoryName))
	if u.Auth.Password != nil {
		p.WriteString(" BY ")
		p.secret(*u.Auth.Password)
	}
}

func (p *printer) userOptions(o UserOptions) {
	p.flag(o.Lock == Lock, " ACCOUNT LOCK")
	p.flag(o.Lock == Unlock, " ACCOUNT UNLOCK")
	if o.DefaultSchema != nil {
		p.WriteString(" DEFAULT SCHEMA ")
		if *o.DefaultSchema == "" {
			p.WriteString("DEFAULT")
		} else {
			p.WriteString(lex.QuoteName(*o.DefaultSchema))
		}
	}
	if o.FailedLogins != nil {
		p.WriteString(" FAILED_LOGIN_ATTEMPTS " + strconv.Itoa(*o.FailedLogins))
	}
	if o.LockDays != nil {
		days := strconv.Itoa(*o.LockDays)
		if *o.LockDays == Unbounded {
			days = "UNBOUNDED"
		}
		p.WriteString(" PASSWORD_LOCK_TIME " + days)
	}
	if o.Comment != nil {
		p.WriteString(" COMMENT " + lex.QuoteString(*o.Comment))
	}
}

func (s *CreateUser) write(p *printer) {
	p.WriteString("CREATE USER ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	list(p, s.Users, writeUserSpec)
	p.userOptions(s.Options)
}

func (s *AlterUser) write(p *printer) {
	p.WriteString("ALTER USER ")
	p.flag(s.IfExists, "IF EXISTS ")
	list(p, s.Users, writeUserSpec)
	p.userOptions(s.Options)
}

func (s *DropUser) write(p *printer) {
	p.WriteString("DROP USER ")
	p.flag(s.IfExists, "IF EXISTS ")
	list(p, s.Accounts, writeAccount)
	p.behaviour(s.Behaviour)
	if s.ReassignTo != nil {
		p.WriteString(" REASSIGN OWNED TO ")
		p.account(*s.ReassignTo)
	}
}

func (s *RenameUser) write(p *printer) {
	p.WriteString("RENAME USER ")
	list(p, s.Pairs, func(p *printer, r Renaming) {
		p.account(r.From)
		p.WriteString(" TO ")
		p.account(r.To)
	})
}

func (s *SetPassword) write(p *printer) {
	p.WriteString("SET PASSWORD ")
	if s.For != nil {
		p.WriteString("FOR ")
		p.account(*s.For)
		p.WriteString(" ")
	}
	p.WriteString("= ")
	p.secret(s.Password)
}

func (s *CreateRole) write(p *printer) {
	p.WriteString("CREATE ROLE ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	list(p, s.Roles, writeAccount)
}

func (s *DropRole) write(p *printer) {
	p.WriteString("DROP ROLE ")
	p.flag(s.IfExists, "IF EXISTS ")
	list(p, s.Roles, writeAccount)
}

func (s *ShowUsers) write(p *printer) { p.WriteString("SHOW USERS") }

func (s *ShowCreateUser) write(p *printer) {
	p.WriteString("SHOW CREATE USER ")
	p.account(s.Account)
}

func (s *CreateUser) String() string     { return canonical(s) }
func (s *AlterUser) String() string      { return canonical(s) }
func (s *DropUser) String() string       { return canonical(s) }
func (s *RenameUser) String() string     { return canonical(s) }
func (s *SetPassword) String() string    { return canonical(s) }
func (s *CreateRole) String() string     { return canonical(s) }
func (s *DropRole) String() string       { return canonical(s) }
func (s *ShowUsers) String() string      { return canonical(s) }
func (s *ShowCreateUser) String() string { return canonical(s) }

func (s *CreateUser) Redacted() string     { return canonical(s) }
func (s *AlterUser) Redacted() string      { return canonical(s) }
func (s *DropUser) Redacted() string       { return canonical(s) }
func (s *RenameUser) Redacted() string     { return canonical(s) }
func (s *SetPassword) Redacted() string    { return canonical(s) }
func (s *CreateRole) Redacted() string     { return canonical(s) }
func (s *DropRole) Redacted() string       { return canonical(s) }
func (s *ShowUsers) Redacted() string      { return canonical(s) }
func (s *ShowCreateUser) Redacted() string { return canonical(s) }
