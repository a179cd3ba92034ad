package dialect

import (
	"errors"
	"strconv"

	"github.com/lxdb/lxdb/engine/lex"
)

// grantBody is what GRANT and REVOKE share up to TO or FROM. Exactly one of
// privileges, system, kinds and roles is filled.
type grantBody struct {
	privileges []Privilege
	target     Target
	system     []string
	kinds      []KindPrivilege
	roles      []Account
}

func readGrant(p *parser) (Statement, bool) {
	p.next()
	p.refuseOtherGrants()
	if p.at("ALL") && !p.onFollows() && !p.atKindPrivilege() {
		p.refused("ALL PRIVILEGES without ON", "GRANT ALL PRIVILEGES ON *.* is every right on databases and what is in them, SYSTEM ADMIN is everything")
	}
	b := p.grantBody()
	if b.privileges == nil && p.at("FROM") {
		p.unexpected("GRANT … TO; FROM is for REVOKE")
	}
	p.expect("TO")
	grantees := commaList(p, readGrantee)
	grantOption, adminOption, end := p.grantTail()
	switch {
	case b.privileges != nil:
		if adminOption {
			p.unexpected("privileges are passed on WITH GRANT OPTION")
		}
		return &Grant{Privileges: b.privileges, Target: b.target, Grantees: grantees, GrantOption: grantOption, End: end}, true
	case b.system != nil:
		return &GrantSystem{Privileges: b.system, Grantees: grantees, GrantOption: grantOption || adminOption, End: end}, true
	case b.kinds != nil:
		return &GrantKinds{b.kinds, grantees, grantOption || adminOption, end}, true
	}
	if grantOption {
		p.unexpected("roles are passed on WITH ADMIN OPTION")
	}
	return &GrantRoles{Roles: b.roles, Grantees: grantees, AdminOption: adminOption, End: end}, true
}

// grantTail reads what may follow the grantees of GRANT.
func (p *parser) grantTail() (grantOption, adminOption bool, end *End) {
	for p.err == nil {
		switch {
		case p.at("WHERE"):
			p.notSupported("row filters in GRANT (WHERE)")
		case p.at("AS"):
			p.refused("GRANT … AS user", "it is how a binary log repeats grants; who grants is who is logged in, or whom he acts as by EXECUTE AS")
		case p.at("IDENTIFIED"), p.at("REQUIRE"):
			p.unexpected("GRANT makes no accounts: CREATE USER first")
		case !grantOption && !adminOption && p.accept("WITH", "GRANT", "OPTION"):
			grantOption = true
		case !grantOption && !adminOption && p.accept("WITH", "ADMIN", "OPTION"):
			adminOption = true
		case end == nil && p.at("VALID", "UNTIL"):
			end = p.end()
		case end == nil && p.at("FOR"):
			end = p.end()
		default:
			return grantOption, adminOption, end
		}
	}
	return false, false, nil
}

// end reads VALID UNTIL 'time' or FOR 2 HOURS, nil for neither.
func (p *parser) end() *End {
	switch {
	case p.accept("VALID", "UNTIL"):
		return &End{Until: p.text("a time")}
	case p.accept("FOR"):
		return p.duration()
	}
	return nil
}

// duration reads 2 HOURS. What is more than any time is as much as a number holds.
func (p *parser) duration() *End {
	n, err := strconv.Atoi(p.value(p.peek()))
	if p.peek().Kind != lex.Number || err != nil && !errors.Is(err, strconv.ErrRange) || n < 1 {
		p.unexpected("expected how long, as in FOR 2 HOURS")
		return nil
	}
	p.next()
	for _, unit := range []string{"SECOND", "MINUTE", "HOUR", "DAY", "WEEK"} {
		if p.accept(unit) || p.accept(unit+"S") {
			return &End{Amount: n, Unit: unit}
		}
	}
	p.unexpected("expected SECONDS, MINUTES, HOURS, DAYS or WEEKS")
	return nil
}

func readRevoke(p *parser) (Statement, bool) {
	p.next()
	if s, ok := p.revokeCertificate(); ok {
		return s, true
	}
	ifExists := p.ifExists()
	denial := p.accept("DENY")
	grantOptionFor := !denial && p.accept("GRANT", "OPTION", "FOR")
	adminOptionFor := !denial && !grantOptionFor && p.accept("ADMIN", "OPTION", "FOR")
	if !denial && !grantOptionFor && !adminOptionFor && p.atRevokeAll() {
		return p.revokeAll(ifExists), true
	}
	p.refuseOtherGrants()
	b := p.grantBody()
	if denial {
		p.deniable(&b)
	}
	if !p.accept("FROM") && !p.accept("TO") {
		p.unexpected("expected FROM or TO and who loses it")
	}
	grantees := commaList(p, readGrantee)
	if p.at("WHERE") {
		p.notSupported("row filters in REVOKE (WHERE)")
	}
	behaviour := p.behaviour()
	ignore := p.accept("IGNORE", "UNKNOWN", "USER")
	switch {
	case b.privileges != nil:
		if adminOptionFor {
			p.unexpected("ADMIN OPTION FOR is for roles; privileges have a GRANT OPTION")
		}
		return &Revoke{ifExists, denial, grantOptionFor, b.privileges, b.target, grantees, behaviour, ignore}, true
	case b.system != nil:
		return &RevokeSystem{ifExists, grantOptionFor || adminOptionFor, b.system, grantees, behaviour, ignore}, true
	case b.kinds != nil:
		return &RevokeKinds{ifExists, grantOptionFor || adminOptionFor, b.kinds, grantees, behaviour, ignore}, true
	}
	if grantOptionFor {
		p.unexpected("GRANT OPTION FOR is for privileges; roles have an ADMIN OPTION")
	}
	return &RevokeRoles{ifExists, adminOptionFor, b.roles, grantees, behaviour, ignore}, true
}

func readDeny(p *parser) (Statement, bool) {
	p.next()
	p.refuseOtherGrants()
	b := p.grantBody()
	p.deniable(&b)
	p.expect("TO")
	s := &Deny{Privileges: b.privileges, Target: b.target, Grantees: commaList(p, readGrantee)}
	s.End = p.end()
	switch {
	case p.at("WHERE"):
		p.notSupported("row filters in DENY (WHERE)")
	case p.at("WITH"):
		p.unexpected("a denial has no option; REVOKE DENY ends it")
	}
	return s, true
}

// deniable gives system privileges their target; roles are revoked, not denied.
func (p *parser) deniable(b *grantBody) {
	for _, name := range b.system {
		b.privileges = append(b.privileges, Privilege{Name: name})
		b.target = Target{Scope: ScopeGlobal}
	}
	if b.kinds != nil { // there is no such word for what is denied
		p.refused("DENY "+b.kinds[0].Action+" "+b.kinds[0].Kind, "write DENY … ON ALL TABLES, or of another kind, or ON *.*")
	}
	if b.roles != nil {
		p.unexpected("privileges are denied ON an object; a role is revoked")
	}
}

// atRevokeAll recognises ALL [PRIVILEGES], GRANT OPTION with no ON after it.
func (p *parser) atRevokeAll() bool {
	n := 1
	if p.wordAt(1, "PRIVILEGES") {
		n = 2
	}
	return p.at("ALL") && p.punctAt(n, ',') && p.wordAt(n+1, "GRANT") && p.wordAt(n+2, "OPTION")
}

func (p *parser) revokeAll(ifExists bool) Statement {
	p.expect("ALL")
	p.accept("PRIVILEGES")
	p.expectPunct(',')
	p.expect("GRANT", "OPTION")
	if p.at("ON") {
		p.unexpected("REVOKE ALL PRIVILEGES, GRANT OPTION takes everything everywhere; for one object write REVOKE ALL ON …")
	}
	if !p.accept("FROM") && !p.accept("TO") {
		p.unexpected("expected FROM or TO and who loses everything")
	}
	grantees := commaList(p, readGrantee)
	return &RevokeAll{ifExists, grantees, p.accept("IGNORE", "UNKNOWN", "USER")}
}

func (p *parser) behaviour() Behaviour {
	switch {
	case p.accept("RESTRICT"):
		return Restrict
	case p.accept("CASCADE"):
		return Cascade
	}
	return BehaviourDefault
}

// refuseOtherGrants names the forms of GRANT and REVOKE that are not built.
func (p *parser) refuseOtherGrants() {
	switch {
	case p.at("PRIVILEGE", "EXEC"):
		p.notSupported("PRIVILEGE EXEC")
	case p.at("CREATE", "DIRECTORY"):
		p.notSupported("directory privileges")
	case p.at("CERTIFICATE") && p.isName(1) && !p.atAny(1, "READ", "ADMIN"):
		p.notSupported("certificate statements")
	}
}

// grantBody reads privileges with their target, system privileges or roles. An
// ON before TO or FROM decides for privileges; system privileges come before
// roles, so that a role cannot be named to look like one (conflict C8).
func (p *parser) grantBody() grantBody {
	switch {
	case p.onFollows():
		b := grantBody{privileges: commaList(p, readPrivilege)}
		p.checkAll(b.privileges)
		p.expect("ON")
		if onAccounts(b.privileges) && !p.at("USER") && (!p.punctAt(0, '*') || !p.punctAt(1, '.')) {
			if t := p.peek(); b.privileges[0].Name == "PROXY" && (t.Kind == lex.String || t.Kind == lex.Backtick) && p.value(t) == "" { // MySQL's root has it
				p.refused("PROXY on every account", "SYSTEM ADMIN grants PROXY on any; a login becomes one")
			}
			b.target = p.userTarget()
		} else {
			b.target = p.target()
		}
		p.onTables(&b)
		p.targetColumns(b.privileges)
		p.kindOfPrivilege(&b)
		return b
	case p.systemPrivilege() != "":
		return grantBody{system: commaList(p, readSystemPrivilege)}
	case p.atKindPrivilege():
		return grantBody{kinds: commaList(p, readKindPrivilege)}
	}
	p.refuseBarePrivilege()
	return grantBody{roles: commaList(p, readRole)}
}

// onAccounts says whether the one privilege is on accounts only.
func onAccounts(privileges []Privilege) bool {
	return len(privileges) == 1 && (privileges[0].Name == "IMPERSONATE" || privileges[0].Name == "PROXY")
}

// onFollows looks for ON outside parentheses before TO, FROM or the end.
func (p *parser) onFollows() bool {
	depth := 0
	for n := 0; ; n++ {
		t := p.ahead(n)
		switch {
		case t.Kind == lex.EOF || t.Kind == lex.Bad:
			return false
		case p.punctAt(n, '('):
			depth++
		case p.punctAt(n, ')'):
			depth--
		case depth > 0:
		case p.wordAt(n, "ON"):
			return true
		case p.wordAt(n, "TO"), p.wordAt(n, "FROM"):
			return false
		}
	}
}

// refuseBarePrivilege explains a privilege without ON, which would otherwise be
// taken for a role.
func (p *parser) refuseBarePrivilege() {
	t := p.peek()
	if t.Kind != lex.Word {
		return
	}
	word := lex.Upper(p.src[t.Pos:t.End])
	switch {
	case word == "ALL":
		p.unexpected("write ON and an object, or for everything REVOKE ALL PRIVILEGES, GRANT OPTION FROM …")
	case lex.Reserved(word) && knownPrivilege(word), word == "EXECUTE" && p.ahead(1).Kind == lex.Word && !p.atAny(1, "TO", "FROM"):
		p.unexpected("privileges need ON and an object; a role of that name needs backticks")
	}
}

// atKindPrivilege is for LeanXcale 2.x: SELECT TABLE, CREATE ANY, ALL PRIVILEGES VIEW.
func (p *parser) atKindPrivilege() bool {
	if p.at("CREATE", "FUNCTION") { // Kinetica's
		return true
	}
	n := 1
	if p.at("ALL", "PRIVILEGES") {
		n = 2
	}
	return p.atAny(0, "ALL", "CREATE", "ALTER", "DROP", "SELECT", "USAGE", "INSERT", "DELETE", "UPDATE", "REFERENCES", "COMMENT", "BACKUP") &&
		p.atAny(n, "TABLE", "INDEX", "VIEW", "SEQUENCE", "TRIGGER", "PROCEDURE", "ANY")
}

func readKindPrivilege(p *parser) KindPrivilege {
	if !p.atKindPrivilege() {
		p.unexpected("expected a privilege with a kind of object, as SELECT TABLE")
		return KindPrivilege{}
	}
	word := func() string {
		t := p.next()
		return lex.Upper(p.src[t.Pos:t.End])
	}
	k := KindPrivilege{Action: word()}
	if k.Action == "ALL" {
		p.accept("PRIVILEGES")
	}
	k.Kind = word()
	if k.Kind == "FUNCTION" {
		p.accept("PRIVILEGES")
	}
	switch k.Action {
	case "COMMENT":
		p.refused("the privilege COMMENT "+k.Kind, "comments are changed with ALTER")
	case "BACKUP":
		p.refused("the privilege BACKUP "+k.Kind, "a backup is a dump, which needs SYSTEM READ, or a copy of the data directory, which needs no account")
	}
	return k
}

// onTables reads GRANT CREATE ON TABLES, which without IN would be a table of that name.
func (p *parser) onTables(b *grantBody) {
	t := b.target
	creates := len(b.privileges) == 1 && b.privileges[0].Name == "CREATE"
	if creates && t.Kind == KindNone && t.Scope == ScopeObject && t.Database == "" && lex.EqualKeyword(t.Name, "TABLES") {
		b.target = Target{Kind: KindTable, Scope: ScopeAll}
	}
}
