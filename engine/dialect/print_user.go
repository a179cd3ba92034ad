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
	if u.Auth.Discard {
		p.WriteString(" DISCARD OLD PASSWORD")
		return
	}
	if u.Auth.DataSource != nil {
		p.WriteString(" LDAP (DATASOURCE ")
		for i, part := range u.Auth.DataSource {
			p.flag(i > 0, ".")
			p.WriteString(lex.QuoteName(part))
		}
		p.WriteString(" USERNAME " + p.quoted(u.Auth.DirectoryName) + ")")
		return
	}
	p.WriteString(" IDENTIFIED")
	if u.Auth.Plugin != "" {
		p.WriteString(" WITH " + lex.QuoteName(u.Auth.Plugin))
	}
	p.flag(u.Auth.DirectoryName != "", " AS "+p.quoted(u.Auth.DirectoryName))
	if u.Auth.Password != nil {
		p.WriteString(" BY ")
		p.secret(*u.Auth.Password)
	}
	p.passwordTail(u.Auth)
}

// passwordTail writes what can stand instead of a password, and behind it.
func (p *printer) passwordTail(a *Auth) {
	if a.Hash != nil {
		p.WriteString(" AS ")
		p.secret(*a.Hash)
	}
	p.flag(a.Random, " BY RANDOM PASSWORD")
	if a.Replace != nil {
		p.WriteString(" REPLACE ")
		p.secret(*a.Replace)
	}
	p.flag(a.Retain, " RETAIN CURRENT PASSWORD")
}

func (p *printer) userOptions(o UserOptions) {
	if o.DefaultRole != nil {
		p.WriteString(" DEFAULT ROLE ")
		p.roleSet(o.DefaultRole.Set, o.DefaultRole.Roles)
	}
	p.require(o.Require)
	p.resources(o)
	p.passwordRules(o)
	p.flag(o.Lock == Lock, " ACCOUNT LOCK")
	p.flag(o.Lock == Unlock, " ACCOUNT UNLOCK")
	p.flag(o.Lock == Deactivate, " ACTIVATED = FALSE")
	p.defaultSchema(o.DefaultSchema)
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
		p.WriteString(" COMMENT " + p.quoted(*o.Comment))
	}
	if o.Attribute != nil {
		p.WriteString(" ATTRIBUTE " + p.quoted(*o.Attribute))
	}
}

func (p *printer) require(r *Require) {
	if r == nil {
		return
	}
	p.WriteString(" REQUIRE")
	switch {
	case *r == Require{}:
		p.WriteString(" NONE")
	case r.SSL:
		p.WriteString(" SSL")
	case r.X509:
		p.WriteString(" X509")
	}
	for _, part := range []struct{ word, text string }{{" SUBJECT ", r.Subject}, {" ISSUER ", r.Issuer}, {" CIPHER ", r.Cipher}} {
		p.flag(part.text != "", part.word+p.quoted(part.text))
	}
}

// resourceWords are the words of a limit of each kind.
var resourceWords = []struct {
	word string
	in   func(*UserOptions) **int
}{
	{"MAX_QUERIES_PER_HOUR", func(o *UserOptions) **int { return &o.MaxQueries }},
	{"MAX_UPDATES_PER_HOUR", func(o *UserOptions) **int { return &o.MaxUpdates }},
	{"MAX_CONNECTIONS_PER_HOUR", func(o *UserOptions) **int { return &o.MaxConnections }},
	{"MAX_USER_CONNECTIONS", func(o *UserOptions) **int { return &o.MaxUserConnections }},
}

func (p *printer) resources(o UserOptions) {
	with := " WITH "
	for _, r := range resourceWords {
		if n := *r.in(&o); n != nil {
			p.WriteString(with + r.word + " " + strconv.Itoa(*n))
			with = " "
		}
	}
}

func (p *printer) passwordRules(o UserOptions) {
	if o.Expire != nil {
		p.WriteString(" PASSWORD EXPIRE")
		switch *o.Expire {
		case ExpireNow:
		case ByDefault:
			p.WriteString(" DEFAULT")
		case Unbounded:
			p.WriteString(" NEVER")
		default:
			p.WriteString(" INTERVAL " + strconv.Itoa(*o.Expire) + " DAY")
		}
	}
	if o.History != nil {
		p.WriteString(" PASSWORD HISTORY " + countOrDefault(*o.History, ""))
	}
	if o.Reuse != nil {
		p.WriteString(" PASSWORD REUSE INTERVAL " + countOrDefault(*o.Reuse, " DAY"))
	}
	if o.RequireCurrent != nil {
		p.WriteString(" PASSWORD REQUIRE CURRENT")
		p.flag(*o.RequireCurrent == CurrentOptional, " OPTIONAL")
		p.flag(*o.RequireCurrent == CurrentDefault, " DEFAULT")
	}
}

func countOrDefault(n int, unit string) string {
	if n == ByDefault {
		return "DEFAULT"
	}
	return strconv.Itoa(n) + unit
}

func (s *CreateUser) write(p *printer) {
	p.WriteString("CREATE ")
	p.flag(s.OrReplace, "OR REPLACE ")
	p.WriteString("USER ")
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
	if s.Auth.Random {
		p.WriteString("TO RANDOM")
	} else {
		p.WriteString("= ")
		p.secret(*s.Auth.Password)
	}
	tail := *s.Auth
	tail.Random = false
	p.passwordTail(&tail)
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
func (s *ShowUsers) String() string      { return canonical(s) }
func (s *ShowCreateUser) String() string { return canonical(s) }

func (s *CreateUser) Redacted() string     { return canonical(s) }
func (s *AlterUser) Redacted() string      { return canonical(s) }
func (s *DropUser) Redacted() string       { return canonical(s) }
func (s *RenameUser) Redacted() string     { return canonical(s) }
func (s *SetPassword) Redacted() string    { return canonical(s) }
func (s *ShowUsers) Redacted() string      { return canonical(s) }
func (s *ShowCreateUser) Redacted() string { return canonical(s) }
