package dialect

import (
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/security/privilege"
)

// kinds are the object keywords of ON that are built: those of the one table of
// kinds, in package privilege.
var kinds = objectKeywords()

type objectKeyword struct {
	word string
	kind Kind
}

func objectKeywords() (list []objectKeyword) {
	for _, k := range privilege.Kinds() {
		for _, word := range k.Words() {
			list = append(list, objectKeyword{word, kindOf(k, word)})
		}
	}
	return list
}

// kindOf is what a statement calls a kind: procedures and functions, which one
// kind of grants is for, have name spaces of their own.
func kindOf(k privilege.Kind, word string) Kind {
	switch {
	case k == privilege.KindTable:
		return KindTable
	case k == privilege.KindView:
		return KindView
	case k == privilege.KindDatabase:
		return KindSchema
	case k == privilege.KindSequence:
		return KindSequence
	case k == privilege.KindUser:
		return KindUser
	case k == privilege.KindRoutine && word == "PROCEDURE":
		return KindProcedure
	case k == privilege.KindRoutine:
		return KindFunction
	}
	panic("dialect: no kind of statement for " + k.String())
}

// otherKinds are object keywords of the other surfaces. Until they are built
// they are refused by name, so that DIRECTORY kdata is not read as something else.
var otherKinds = [][]string{
	{"EXTERNAL", "TABLE"}, {"CREDENTIAL"}, {"DATA", "SOURCE"}, {"DATA", "SINK"}, {"DIRECTORY"}, {"GRAPH"}, {"CONTEXT"},
	{"STREAM"}, {"CERTIFICATE"}, {"RESOURCE", "GROUP"}, {"WEBSERVICE"}, {"WIDGET"}, {"LISTENER"}, {"DATASOURCE"}, {"FOLDER"},
	{"JDBC"}, {"DF"}, {"WS"}, {"LDAP"}, {"XML"}, {"JSON"}, {"CUSTOM"},
}

// target reads what follows ON. A word is a kind only when an object follows
// it: ON stream TO x names an object called stream.
func (p *parser) target() Target {
	if p.atAny(0, "SCHEMAS", "DATABASES") && p.wordAt(1, "LIKE") && p.isString(2) {
		p.i += 2
		return Target{Scope: ScopeDatabase, Database: p.checkName(p.next(), "a pattern of schemas"), Pattern: true}
	}
	if t, ok := p.allOfKind(); ok {
		return t
	}
	p.refuseOtherTargets()
	for _, k := range kinds {
		if p.at(k.word) && (p.objectAt(1) || lex.Reserved(k.word)) {
			p.i++
			if k.kind == KindUser {
				return p.userTarget()
			}
			return p.object(k.kind)
		}
	}
	return p.object(KindNone)
}

// plurals are the kinds whose objects a grant can be on together.
var plurals = []objectKeyword{
	{"TABLES", KindTable}, {"VIEWS", KindView}, {"SEQUENCES", KindSequence}, {"PROCEDURES", KindProcedure}, {"FUNCTIONS", KindFunction},
}

// allOfKind reads ALL TABLES [IN [SCHEMA] s], TABLES IN [SCHEMA] s and ALL SCHEMAS.
func (p *parser) allOfKind() (Target, bool) {
	n := 0
	if p.at("ALL") {
		n = 1
	}
	if n == 1 && p.atAny(1, "SCHEMAS", "DATABASES") {
		p.i += 2
		return Target{Kind: KindSchema, Scope: ScopeStar}, true
	}
	for _, k := range plurals {
		if !p.wordAt(n, k.word) || n == 0 && !p.wordAt(1, "IN") {
			continue
		}
		p.i += n + 1
		t := Target{Kind: k.kind, Scope: ScopeAll}
		if p.accept("IN") {
			if p.atAny(0, "SCHEMA", "DATABASE") && p.isName(1) {
				p.i++
			}
			t.Database = p.name("a schema")
		}
		return t, true
	}
	return Target{}, false
}

// userTarget reads an account, or * for every one.
func (p *parser) userTarget() Target {
	if p.acceptPunct('*') {
		return Target{Kind: KindUser, Scope: ScopeStar}
	}
	a := p.namedAccount()
	t := Target{Kind: KindUser, Name: a.Name}
	if a.Host != "" && a.Host != "%" {
		t.Host = a.Host
	}
	return t
}

// objectAt says whether a reference may start n places ahead.
func (p *parser) objectAt(n int) bool {
	return p.isName(n) || p.punctAt(n, '*') || p.ahead(n).Kind == lex.String
}

func (p *parser) refuseOtherTargets() {
	switch {
	case p.at("ALL"):
		p.notSupported("ON ALL of what is not TABLES, VIEWS, SEQUENCES, PROCEDURES, FUNCTIONS or SCHEMAS")
	}
	for _, words := range otherKinds {
		if p.at(words...) && p.objectAt(len(words)) {
			name := words[0]
			for _, w := range words[1:] {
				name += " " + w
			}
			p.notSupported("grants ON " + name)
		}
	}
}

// object reads *, *.*, db.*, name and db.name.
func (p *parser) object(kind Kind) Target {
	t := Target{Kind: kind}
	if p.acceptPunct('*') {
		t.Scope = ScopeStar
		if p.acceptPunct('.') {
			p.expectPunct('*')
			t.Scope = ScopeGlobal
		}
		p.checkScope(t)
		return t
	}
	if first := p.peek(); first.Kind == lex.String { // a lone string is a name, a qualified one a mistake
		t.Name = p.checkName(p.next(), "an object name")
		if p.punctAt(0, '.') {
			p.fail(first, "a qualified name is written with backticks or plain, not as a string")
		}
		return t
	}
	t.Name = p.name("an object name")
	if p.acceptPunct('.') {
		t.Database, t.Name = t.Name, ""
		if p.acceptPunct('*') {
			t.Scope = ScopeDatabase
		} else {
			t.Name = p.nameAfterDot("an object name")
		}
		if p.punctAt(0, '.') {
			p.notSupported("object names of three parts")
		}
	}
	p.checkScope(t)
	return t
}

// checkScope refuses references that mean nothing after the keyword.
func (p *parser) checkScope(t Target) {
	switch t.Kind {
	case KindSchema:
		if t.Database != "" || t.Scope == ScopeGlobal {
			p.unexpected("after SCHEMA or DATABASE stands one name, or *")
		}
	case KindNone, KindTable:
	default:
		if t.Scope == ScopeGlobal || t.Scope == ScopeDatabase {
			p.unexpected("after " + t.Kind.String() + " stands a name, or *")
		}
	}
}
