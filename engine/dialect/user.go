package dialect

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// createUser reads from USER on; CREATE is taken.
func (p *parser) createUser(replace bool) Statement {
	p.expect("USER")
	s := &CreateUser{OrReplace: replace, IfNotExists: p.ifNotExists()}
	if p.at("ADMIN") && p.isName(1) && !p.atAny(1, userClauses...) {
		p.notSupported("CREATE USER ADMIN")
	}
	u := userReader{p: p}
	s.Users = u.specs()
	u.options(false)
	s.Options = u.opts
	return s
}

// userClauses are the words that start a clause after an account.
var userClauses = []string{
	"IDENTIFIED", "WITH", "PASSWORD", "COMMENT", "ACCOUNT", "ACTIVATED", "DEFAULT", "REQUIRE", "RESOURCE", "HOME",
	"ATTRIBUTE", "FAILED_LOGIN_ATTEMPTS", "PASSWORD_LOCK_TIME", "LDAP", "DISCARD",
}

// alterUser reads from USER on; ALTER is taken.
func (p *parser) alterUser() Statement {
	p.expect("USER")
	s := &AlterUser{IfExists: p.ifExists()}
	u := userReader{p: p, alter: true}
	s.Users = u.specs()
	set := p.accept("SET")
	if set && len(s.Users) > 1 {
		p.unexpected("ALTER USER … SET changes one account at a time")
	}
	u.first = &s.Users[0]
	before := p.i
	u.options(set)
	s.Options = u.opts
	if p.i == before && (set || s.unchanged()) {
		p.unexpected("expected what to change: IDENTIFIED BY, ACCOUNT LOCK, SET PASSWORD = …")
	}
	return s
}

// unchanged says whether the statement would do nothing.
func (s *AlterUser) unchanged() bool {
	for _, u := range s.Users {
		if u.Auth != nil {
			return false
		}
	}
	return s.Options == UserOptions{}
}

// userReader reads accounts and the facets after them, each once.
type userReader struct {
	p     *parser
	alter bool
	first *UserSpec // whose password SET PASSWORD = is
	opts  UserOptions
}

func (u *userReader) specs() []UserSpec {
	return commaList(u.p, u.spec)
}

func (u *userReader) spec(p *parser) UserSpec {
	s := UserSpec{Account: p.namedAccountOrCurrent(u.alter)}
	s.Auth = u.auth()
	return s
}

// namedAccountOrCurrent allows CURRENT_USER where an existing account is meant.
func (p *parser) namedAccountOrCurrent(current bool) Account {
	if current {
		return p.account()
	}
	return p.namedAccount()
}

// auth reads how the account proves itself, nil for nothing.
func (u *userReader) auth() *Auth {
	p := u.p
	switch {
	case p.at("LDAP") && p.punctAt(1, '('):
		return u.denodoLDAP()
	case p.isString(0) && u.alter: // Denodo: the description
		u.comment(p.text("a description"))
	case p.isString(0):
		return u.bareStrings()
	case p.at("WITH", "PASSWORD"), p.at("PASSWORD") && (p.isString(1) || p.punctAt(1, '=')):
		p.accept("WITH")
		p.expect("PASSWORD")
		p.acceptPunct('=')
		return u.password()
	case p.accept("IDENTIFIED"):
		return u.identified()
	case u.alter && p.accept("DISCARD", "OLD", "PASSWORD"):
		return &Auth{Discard: true}
	}
	return nil
}

// bareStrings reads Denodo's 'password' 'description'.
func (u *userReader) bareStrings() *Auth {
	a := u.password()
	if u.p.isString(0) {
		u.comment(u.p.text("a description"))
	}
	return a
}

// password reads the secret and refuses the hashed forms after it.
func (u *userReader) password() *Auth {
	p := u.p
	secret := NewSecret(p.text("a password"))
	switch {
	case p.atAny(0, "ENCRYPTED", "SHA512", "TRANSFER"):
		p.notSupported("passwords that are hashed already (ENCRYPTED, SHA512)")
	case p.at("AND", "IDENTIFIED"):
		p.notSupported("several authentication factors")
	}
	return u.tail(&Auth{Password: &secret})
}

// tail reads what may follow a new password of an account that has one.
func (u *userReader) tail(a *Auth) *Auth {
	p := u.p
	if !u.alter {
		return a
	}
	if p.accept("REPLACE") {
		current := NewSecret(p.text("the current password"))
		a.Replace = &current
	}
	a.Retain = p.accept("RETAIN", "CURRENT", "PASSWORD")
	return a
}

// identified reads what follows IDENTIFIED.
func (u *userReader) identified() *Auth {
	p := u.p
	if p.accept("BY") {
		return u.identifiedBy()
	}
	p.expect("WITH")
	a := &Auth{}
	if p.peek().Kind == lex.String {
		a.Plugin = p.checkName(p.next(), "a plugin name")
	} else {
		a.Plugin = p.name("a plugin name")
	}
	if strings.EqualFold(a.Plugin, PluginLDAP) || strings.EqualFold(a.Plugin, "authentication_ldap_simple") {
		a.Plugin = PluginLDAP
		if p.accept("AS") || p.accept("BY") { // MySQL's documentation has both
			a.DirectoryName = p.text("the user's name or DN in the directory")
		}
		return a
	}
	switch {
	case p.accept("BY"):
		by := u.identifiedBy()
		by.Plugin = a.Plugin
		return by
	case p.accept("AS"):
		hash := NewSecret(p.text("a stored password"))
		a.Hash = &hash
		return u.tail(a)
	case p.at("INITIAL"), p.at("AND", "IDENTIFIED"):
		p.notSupported("several authentication factors")
	}
	return a
}

// denodoLDAP reads LDAP ([DATASOURCE name] USERNAME 'name') ['description'].
func (u *userReader) denodoLDAP() *Auth {
	p := u.p
	p.i += 2
	a := &Auth{Plugin: PluginLDAP}
	if p.accept("DATASOURCE") {
		a.DataSource = append(a.DataSource, p.name("a data source name"))
		for p.acceptPunct('.') && p.err == nil {
			a.DataSource = append(a.DataSource, p.name("a data source name"))
		}
	}
	p.expect("USERNAME")
	a.DirectoryName = p.text("the user's name or DN in the directory")
	p.expectPunct(')')
	if p.isString(0) {
		u.comment(p.text("a description"))
	}
	return a
}

func (u *userReader) identifiedBy() *Auth {
	p := u.p
	switch {
	case p.accept("RANDOM", "PASSWORD"):
		return u.tail(&Auth{Random: true})
	case p.at("CERTIFICATE"):
		p.notSupported("IDENTIFIED BY CERTIFICATE")
	case p.accept("PASSWORD"):
		if p.isString(0) && isOldHash(p.value(p.peek())) {
			p.notSupported("passwords that are hashed already (IDENTIFIED BY PASSWORD)")
		}
	}
	return u.password()
}

// isOldHash recognises the hash of old MySQL dumps, *94BDCE…: 40 hexadecimal
// digits. Taken for a password it would let in whoever has read the dump.
func isOldHash(s string) bool {
	return len(s) == 41 && s[0] == '*' && strings.Trim(lex.Lower(s[1:]), "0123456789abcdef") == ""
}

// options reads the facets after the accounts in any order. In the SET form
// they may have commas between them, and PASSWORD is one of them.
func (u *userReader) options(set bool) {
	p := u.p
	for p.err == nil {
		u.refuseOtherOptions()
		switch {
		case set && p.at("PASSWORD"):
			p.i++
			p.acceptPunct('=')
			if u.first.Auth != nil {
				p.unexpected("the password is set twice")
			}
			u.first.Auth = u.password()
		case p.accept("ACCOUNT", "LOCK"):
			u.lock(Lock)
		case p.accept("ACCOUNT", "UNLOCK"):
			u.lock(Unlock)
		case p.accept("COMMENT"):
			p.acceptPunct('=')
			u.comment(p.text("a comment"))
		case p.accept("FAILED_LOGIN_ATTEMPTS"):
			u.count(&u.opts.FailedLogins)
		case p.accept("PASSWORD_LOCK_TIME", "UNBOUNDED"):
			u.set(&u.opts.LockDays, Unbounded)
		case p.accept("PASSWORD_LOCK_TIME"):
			u.count(&u.opts.LockDays)
		case p.accept("ATTRIBUTE"):
			u.attribute(p.text("a JSON object"))
		case p.accept("REQUIRE"):
			u.require()
		case p.at("PASSWORD") && p.atAny(1, "EXPIRE", "HISTORY", "REUSE", "REQUIRE"):
			p.i++
			u.passwordRule()
		case u.resource():
		case p.at("DEFAULT", "ROLE"):
			u.defaultRole()
		case p.at("WITH"), p.at("ACTIVATED"), p.at("DEFAULT"):
			u.kineticaOption()
		default:
			return
		}
		if set && p.punctAt(0, ',') && p.ahead(1).Kind == lex.Word {
			p.i++
		}
	}
}

// count reads a number as MySQL limits it here.
func (u *userReader) count(into **int) {
	p := u.p
	t := p.peek()
	n, err := strconv.Atoi(p.value(t))
	if t.Kind != lex.Number || err != nil || n < 0 || n > 32767 {
		p.unexpected("expected a number from 0 to 32767")
		return
	}
	p.next()
	u.set(into, n)
}

func (u *userReader) set(into **int, n int) {
	if *into != nil {
		u.p.unexpected("this is set twice")
	}
	*into = &n
}

// defaultRole reads DEFAULT ROLE roles, or NONE or ALL of an account that is there.
func (u *userReader) defaultRole() {
	p := u.p
	if u.opts.DefaultRole != nil {
		p.unexpected("the default roles are set twice")
	}
	p.expect("DEFAULT", "ROLE")
	d := &DefaultRoles{}
	if u.alter {
		d.Set, d.Roles = p.roleSet(false)
	} else {
		d.Roles = commaList(p, readRole)
	}
	u.opts.DefaultRole = d
}

// kineticaOption reads [WITH] ACTIVATED = … and [WITH] DEFAULT SCHEMA = ….
func (u *userReader) kineticaOption() {
	p := u.p
	p.accept("WITH")
	switch {
	case p.accept("ACTIVATED"):
		p.acceptPunct('=')
		switch {
		case p.accept("TRUE"):
			u.lock(Unlock)
		case p.accept("FALSE"):
			u.lock(Deactivate)
		default:
			p.unexpected("expected TRUE or FALSE")
		}
	case p.accept("DEFAULT", "SCHEMA"):
		p.acceptPunct('=')
		schema := ""
		if !p.accept("DEFAULT") {
			schema = p.name("a schema name")
		}
		if u.opts.DefaultSchema != nil {
			p.unexpected("the default schema is set twice")
		}
		u.opts.DefaultSchema = &schema
	case p.accept("COMMENT"):
		p.acceptPunct('=')
		u.comment(p.text("a comment"))
	default:
		p.unexpected("expected ACTIVATED, COMMENT or DEFAULT SCHEMA")
	}
}

func (u *userReader) lock(s LockState) {
	if u.opts.Lock != LockUnchanged {
		u.p.unexpected("the account is locked or unlocked twice; ACTIVATED = TRUE is the same as ACCOUNT UNLOCK")
	}
	u.opts.Lock = s
}

func (u *userReader) comment(text string) {
	if u.opts.Comment != nil {
		u.p.unexpected("the comment is set twice")
	}
	u.opts.Comment = &text
}

func (u *userReader) attribute(text string) {
	if u.opts.Attribute != nil {
		u.p.unexpected("the attribute is set twice")
	}
	u.opts.Attribute = &text
}

// refuseOtherOptions names the clauses that are not built.
func (u *userReader) refuseOtherOptions() {
	p := u.p
	n := 0
	if p.at("WITH") {
		n = 1
	}
	switch {
	case p.wordAt(n, "RESOURCE") && p.wordAt(n+1, "GROUP"):
		p.notSupported("resource groups")
	case p.wordAt(n, "HOME") && p.wordAt(n+1, "DIRECTORY"):
		p.notSupported("home directories")
	case p.atAny(0, "ADD", "MODIFY", "DROP") && p.ahead(1).Kind == lex.Number:
		p.notSupported("several authentication factors")
	case p.atAny(0, "GRANT", "REVOKE"):
		p.notSupported("GRANT and REVOKE clauses in account statements")
	}
}
