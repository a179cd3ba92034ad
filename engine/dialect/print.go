package dialect

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// printer writes canonical text. Secrets are blanked out unless reveal is set, as
// Replayed and the round-trip tests do.
type printer struct {
	strings.Builder
	reveal bool
	// reader is the mode of the session that the text is for; nil is one with backslash escapes.
	reader *lex.Mode
}

// quoted writes a string literal for whoever reads the text.
func (p *printer) quoted(s string) string {
	if p.reader != nil {
		return lex.ShowString(s, *p.reader)
	}
	return lex.QuoteString(s)
}

func canonical(st Statement) string {
	var p printer
	st.write(&p)
	return p.String()
}

// flag writes text when on is set.
func (p *printer) flag(on bool, text string) {
	if on {
		p.WriteString(text)
	}
}

// list writes items with commas between them.
func list[T any](p *printer, items []T, write func(*printer, T)) {
	for i, item := range items {
		p.flag(i > 0, ", ")
		write(p, item)
	}
}

func (p *printer) secret(s Secret) {
	if p.reveal {
		p.WriteString(p.quoted(s.Reveal()))
		return
	}
	p.WriteString(p.quoted(lex.Masked))
}

func (p *printer) behaviour(b Behaviour) {
	p.flag(b == Restrict, " RESTRICT")
	p.flag(b == Cascade, " CASCADE")
}

func writeName(p *printer, name string) { p.WriteString(lex.QuoteName(name)) }

func writeKeyword(p *printer, word string) { p.WriteString(word) }

func (p *printer) account(a Account) {
	switch {
	case a.Current:
		p.WriteString("CURRENT_USER")
		return
	case a.External:
		p.WriteString(lex.QuoteName("@" + a.Name))
	default:
		p.WriteString(lex.QuoteName(a.Name))
	}
	if a.Host != "" {
		p.WriteString("@" + lex.QuoteName(a.Host))
	}
}

func writeAccount(p *printer, a Account) { p.account(a) }

func writeGrantee(p *printer, g Grantee) {
	switch g.Kind {
	case GranteePublic:
		p.WriteString("PUBLIC")
		return
	case GranteeLDAPGroup:
		p.WriteString("ldapGroup:" + lex.QuoteName(g.Account.Name))
		return
	case GranteeUser:
		p.WriteString("USER ")
	case GranteeRole:
		p.WriteString("ROLE ")
	}
	p.account(g.Account)
}

// String is the account in canonical form: `u`, `u`@`host`, `@u`, CURRENT_USER.
func (a Account) String() string {
	var p printer
	p.account(a)
	return p.String()
}

// String is the grantee in canonical form.
func (g Grantee) String() string {
	var p printer
	writeGrantee(&p, g)
	return p.String()
}

// Replayed is a CREATE USER or ROLE with its secrets, for who may read them: SHOW CREATE
// USER shows an account as a statement that makes it again, for a session of that mode to send.
func Replayed(s interface{ write(*printer) }, m lex.Mode) string {
	p := printer{reveal: true, reader: &m}
	s.write(&p)
	return p.String()
}
