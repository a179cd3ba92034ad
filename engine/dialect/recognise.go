package dialect

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// reader reads a statement from its first word on. It returns false, with
// nothing said, when the words after the first show that it is not ours.
type reader func(*parser) (Statement, bool)

// readers has the first words of all security statements.
var readers = map[string]reader{
	"GRANT": readGrant, "REVOKE": readRevoke, "RENAME": readRename, "SHOW": readShow, "SET": readSet,
	"CREATE": readCreate, "ALTER": readAlter, "DROP": readDrop,
	"DENY": readDeny, "CHOWN": readChown, "REVERT": readRevert, "SETUSER": readSetUser,
	"SIMULATE": readSimulate,
	"EXECUTE":  readExecuteAs, "EXEC": readExecuteAs, "CHECK": readCheck, "LIST": readList, "DESC": readDescribe,
	"DESCRIBE": readDescribe, "EXPLAIN": readExplain, "CALL": readCall, "FLUSH": readFlush,
}

// maxLead is the length of the longest of them.
const maxLead = 8

// unbuilt is a statement that is ours and refused, by the words that follow the verb.
type unbuilt struct {
	feature string
	words   []string
}

// refuse recognises one of the statements that are not built.
func (p *parser) refuse(statements []unbuilt) (Statement, bool) {
	for _, u := range statements {
		if p.at(u.words...) {
			p.notSupported(u.feature)
			return nil, true
		}
	}
	return nil, false
}

// objects are the things of the other surfaces that CREATE, ALTER and DROP name.
var objects = []unbuilt{
	{"row policies", []string{"POLICY"}},
	{"security policy functions", []string{"SECURITY", "POLICY"}},
	{"certificate statements", []string{"CERTIFICATE"}},
	{"resource groups", []string{"RESOURCE", "GROUP"}},
	{"credentials", []string{"CREDENTIAL"}},
	{"data sources", []string{"DATA", "SOURCE"}},
	{"data sinks", []string{"DATA", "SINK"}},
	{"directories", []string{"DIRECTORY"}},
	{"temporary sequences", []string{"TEMPORARY", "SEQUENCE"}},
}

func readCreate(p *parser) (Statement, bool) {
	p.next()
	replace := p.accept("OR", "REPLACE")
	switch {
	case replace && p.at("GROUP"):
		p.notSupported("CREATE OR REPLACE of groups")
		return nil, true
	case p.at("USER"):
		return p.createUser(replace), true
	case p.at("ROLE"):
		return p.createRole(replace), true
	case p.at("GROUP"):
		return p.createGroup(), true
	case p.at("SEQUENCE"):
		return p.createSequence(replace), true
	case p.at("CONNECTION", "RULE") && !replace:
		return p.connectionRule(false), true
	case p.atAny(0, "DATABASE", "SCHEMA") && !replace && p.atAuthorization(1):
		return p.createSchema(), true
	case p.atAny(0, "DATABASE", "SCHEMA"):
		return p.databaseClauses(replace, p.createDatabase)
	}
	return p.refuse(objects)
}

func readAlter(p *parser) (Statement, bool) {
	p.next()
	switch {
	case p.at("USER"):
		return p.alterUser(), true
	case p.at("ROLE"):
		return p.alterRole(), true
	case p.at("GROUP"):
		return p.alterGroup(), true
	case p.at("CONNECTION", "RULE"):
		return p.connectionRule(true), true
	case p.atAny(0, "TABLE", "VIEW", "SEQUENCE", "PROCEDURE", "FUNCTION", "DATABASE", "SCHEMA", "EVENT", "TRIGGER") && p.ownerFollows():
		return p.alterOwner(), true
	case p.atAny(0, "DATABASE", "SCHEMA"):
		return p.databaseClauses(false, p.alterDatabase)
	case p.at("TABLE"):
		return p.alterTable()
	case p.at("SEQUENCE"):
		return p.alterSequence(), true
	case p.accept("INSTANCE", "ROTATE", "PERMISSION", "KEY"):
		return &RotatePermissionKey{}, true
	}
	return p.refuse(objects)
}

func readDrop(p *parser) (Statement, bool) {
	p.next()
	switch {
	case p.at("USER"):
		return p.dropUser(), true
	case p.at("ROLE"):
		return p.dropRole(), true
	case p.at("GROUP"):
		return p.dropGroup(), true
	case p.at("CONNECTION", "RULE"):
		return p.dropConnectionRule(), true
	case p.at("SEQUENCE"):
		return p.dropSequence(), true
	}
	return p.refuse(objects)
}

// databaseClauses looks for the clauses of CREATE and ALTER DATABASE that are ours. Without one the statement is
// MySQL's own, but for the name that its parser refuses, which homes of users have.
func (p *parser) databaseClauses(replace bool, ours func() Statement) (Statement, bool) {
	n := 1
	if p.wordAt(1, "IF") {
		for n = 2; p.atAny(n, "NOT", "EXISTS"); n++ {
		}
	}
	feature, own := p.databaseClause(n)
	if feature != "" {
		p.notSupported(feature)
		return nil, true
	}
	if !own && (!p.isName(n) || !strings.Contains(p.value(p.ahead(n)), "/")) || replace {
		return nil, false
	}
	return ours(), true
}

// databaseClause names the first security clause that is not built from the database's name, n
// places ahead, to the end of the statement; "" for none. own says whether there is one of ours.
func (p *parser) databaseClause(n int) (feature string, own bool) {
	const authorization = "CREATE SCHEMA … AUTHORIZATION"
	if p.wordAt(n, "AUTHORIZATION") && (p.isName(n+1) || p.isString(n+1)) {
		return authorization, false
	}
	if p.wordAt(n, "COMMENT") && (p.isString(n+1) || p.punctAt(n+1, '=')) { // of the current database
		own = true
	}
	for n++; ; n++ {
		t := p.ahead(n)
		switch {
		case t.Kind == lex.EOF, t.Kind == lex.Bad, t.Kind == lex.Punct && p.src[t.Pos] == ';':
			return "", own
		case p.wordAt(n, "AUTHORIZATION"):
			return authorization, false
		case p.atAny(n, "GRANT", "REVOKE"):
			return "GRANT and REVOKE clauses in database statements", false
		case p.atAny(n, "AUTHENTICATION", "CHECK_VIEW_RESTRICTIONS"):
			return "Denodo's database options", false
		case p.wordAt(n, "USER"), p.wordAt(n, "COMMENT"),
			p.isString(n) && !p.punctAt(n-1, '=') && !p.atAny(n-1, "SET", "CHARSET", "COLLATE", "ENCRYPTION"):
			own = true
		}
	}
}

// alterTable recognises the row level security switches.
func (p *parser) alterTable() (Statement, bool) {
	n := p.afterReference()
	if p.wordAt(n, "NO") {
		n++
	}
	if p.atAny(n, "ENABLE", "DISABLE", "FORCE") && p.wordAt(n+1, "ROW") {
		p.notSupported("row level security")
		return nil, true
	}
	return nil, false
}

// afterReference is the number of tokens in KIND name and KIND db.name.
func (p *parser) afterReference() int {
	n := 2
	for p.punctAt(n, '.') {
		n += 2
	}
	return n
}

// ownerFollows says whether OWNER TO comes right after KIND ref.
func (p *parser) ownerFollows() bool {
	n := p.afterReference()
	return p.wordAt(n, "OWNER") && p.wordAt(n+1, "TO")
}

func readSet(p *parser) (Statement, bool) {
	p.next()
	assigned := func(n int) bool { return p.punctAt(n, '=') || p.assignAt(n) }
	switch {
	case p.at("PASSWORD"):
		return p.setPassword(), true
	case p.at("ROLE") && !assigned(1):
		return p.setRole(), true
	case p.at("DEFAULT", "ROLE"):
		return p.setDefaultRole(), true
	case p.at("CURRENT", "SCHEMA"):
		p.next()
		return p.setSchema(), true
	case p.at("SCHEMA") && (p.isName(1) || p.wordAt(1, "DEFAULT")):
		return p.setSchema(), true
	case p.at("USER") && !assigned(1):
		return readSetUser(p)
	case p.peek().Kind == lex.String && assigned(1):
		p.notSupported("Denodo's server properties")
	default:
		return nil, false
	}
	return nil, true
}

// readDescribe recognises DESC USER u. With nothing after it, USER is a table, and with a column.
func readDescribe(p *parser) (Statement, bool) {
	p.next()
	if p.atAny(0, "USER", "ROLE") && (p.isName(1) || p.isString(1) || p.ahead(1).Kind == lex.At || p.wordAt(1, "CURRENT_USER")) {
		return p.describePrincipal(), true
	}
	return readSecurity(p)
}

func readExplain(p *parser) (Statement, bool) {
	p.next()
	return readSecurity(p)
}

func readCall(p *parser) (Statement, bool) {
	p.next()
	if p.at("SYS") && p.punctAt(1, '.') && p.wordAt(2, "REFRESH_LDAP_GROUP") {
		p.i += 3
		return p.refreshLDAPGroup(), true
	}
	if p.at("SYS") && p.punctAt(1, '.') && p.wordAt(2, "BIND_NAMES") {
		p.i += 3
		p.expectPunct('(')
		p.expectPunct(')')
		return &BindNames{}, true
	}
	return nil, false
}
