package dialect

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// phrases are the privileges of two and more words, with their canonical names;
// where one begins another, the longer comes first. What a name means on which
// kind of object is not decided in this package.
var phrases = []struct {
	words []string
	name  string
}{
	{[]string{"ALL", "PRIVILEGES"}, "ALL"},
	{[]string{"GRANT", "OPTION"}, "GRANT OPTION"},
	{[]string{"CREATE", "TEMPORARY", "TABLES"}, "CREATE TEMPORARY TABLES"},
	{[]string{"CREATE", "DATA", "SOURCE"}, "CREATE DATA SOURCE"},
	{[]string{"CREATE", "DATA", "SERVICE"}, "CREATE DATA SERVICE"},
	{[]string{"CREATE", "TABLESPACE"}, "CREATE TABLESPACE"},
	{[]string{"CREATE", "TABLE"}, "CREATE"},
	{[]string{"CREATE", "VIEW"}, "CREATE VIEW"},
	{[]string{"CREATE", "ROUTINE"}, "CREATE ROUTINE"},
	{[]string{"CREATE", "USER"}, "CREATE USER"},
	{[]string{"CREATE", "ROLE"}, "CREATE ROLE"},
	{[]string{"CREATE", "FOLDER"}, "CREATE FOLDER"},
	{[]string{"DROP", "ROLE"}, "DROP ROLE"},
	{[]string{"ALTER", "ROUTINE"}, "ALTER ROUTINE"},
	{[]string{"SHOW", "DATABASES"}, "SHOW DATABASES"},
	{[]string{"SHOW", "VIEW"}, "SHOW VIEW"},
	{[]string{"LOCK", "TABLES"}, "LOCK TABLES"},
	{[]string{"REPLICATION", "CLIENT"}, "REPLICATION CLIENT"},
	{[]string{"REPLICATION", "SLAVE"}, "REPLICATION SLAVE"},
	{[]string{"INDIRECT", "ACCESS"}, "INDIRECT ACCESS"},
	{[]string{"SELECT", "SEQUENCE"}, "SELECT SEQUENCE"},
	{[]string{"USE", "SEQUENCE"}, "USE SEQUENCE"},
	{[]string{"EXECUTE", "PROCEDURE"}, executeProcedure},
	{[]string{"EXECUTE", "FUNCTION"}, executeFunction},
	{[]string{"EXECUTE", "UDF"}, executeFunction},
	{[]string{"ADMIN", "FUNCTION"}, adminFunction},
	{[]string{"ADMIN", "UDF"}, adminFunction},
}

// words are the privileges of one word. Names with an underscore are dynamic
// privileges and need not stand here.
var words = wordSet(`ALL READ WRITE ALTER SELECT INSERT UPSERT UPDATE DELETE TRUNCATE EXECUTE CONNECT ADMIN METADATA
	CREATE FILE DROP INDEX REFERENCES TRIGGER UNMASK GRANT USAGE EVENT PROCESS RELOAD SHUTDOWN SUPER BACKUP IMPERSONATE PROXY
	MONITOR`)

// systemPhrases are privileges without a target.
var systemPhrases = [][]string{
	{"SYSTEM", "ADMIN"}, {"SYSTEM", "CREATE"}, {"SYSTEM", "MONITOR"}, {"SYSTEM", "READ"}, {"SYSTEM", "WRITE"},
	{"SYSTEM", "ALERT"}, {"USER", "ADMIN"}, {"BECOME", "ANY", "USER"}, {"ASSIGN", "PRIVILEGES"},
	{"REFRESH", "LDAP", "GROUP"}, {"AUDIT", "READ"}, {"AUDIT", "ADMIN"}, {"CERTIFICATE", "ADMIN"}, {"EXEMPT", "ROW", "POLICY"},
}

func wordSet(text string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(text) {
		m[w] = true
	}
	return m
}

func knownPrivilege(word string) bool { return words[word] }

// systemPrivilege is the system privilege that comes next, "" for none.
func (p *parser) systemPrivilege() string {
	for _, phrase := range systemPhrases {
		if p.at(phrase...) {
			return strings.Join(phrase, " ")
		}
	}
	return ""
}

func readSystemPrivilege(p *parser) string {
	name := p.systemPrivilege()
	if name == "" {
		p.unexpected("system privileges and roles cannot be mixed in one statement")
		return ""
	}
	p.i += strings.Count(name, " ") + 1
	return name
}

// readPrivilege reads one entry of the list before ON.
func readPrivilege(p *parser) Privilege {
	if p.at("EXECUTE", "WHEN") || p.at("EXECUTE", "CUSTOM") {
		p.notSupported("EXECUTE WHEN and EXECUTE CUSTOM restrictions")
	}
	v := Privilege{Name: p.privilegeName()}
	if p.punctAt(0, '(') {
		v.Columns = p.columns()
	}
	p.accept("PRIVILEGES")
	return v
}

func (p *parser) privilegeName() string {
	for _, ph := range phrases {
		if p.accept(ph.words...) {
			return ph.name
		}
	}
	if p.at("CREATE") && p.atAny(1, "FUNCTION", "PROCEDURE", "SEQUENCE", "INDEX", "TRIGGER", "EVENT") {
		made := lex.Upper(p.value(p.ahead(1)))
		p.refused("the privilege CREATE "+made+" on an object", "CREATE ROUTINE ON SCHEMA s lets its holder make functions and procedures there, "+
			"CREATE tables and sequences, EVENT events; INDEX and TRIGGER are on a table")
		return ""
	}
	if name := p.systemPrivilege(); name != "" { // GRANT SYSTEM READ ON *.*, as SHOW GRANTS may print it
		return readSystemPrivilege(p)
	}
	t := p.peek()
	if t.Kind != lex.Word {
		p.unexpected("expected a privilege")
		return ""
	}
	name := lex.Upper(p.src[t.Pos:t.End])
	if !words[name] && (strings.IndexByte(name, '_') < 1 || !isASCII(name)) {
		p.unexpected("unknown privilege")
		return ""
	}
	p.next()
	return name
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// checkAll keeps ALL apart: together with other privileges the statement would
// say two things. GRANT alone may stand beside it, for ALL does not include it.
func (p *parser) checkAll(privileges []Privilege) {
	all := slices.ContainsFunc(privileges, func(v Privilege) bool { return v.Name == "ALL" })
	for _, v := range privileges {
		if all && v.Name != "GRANT" && (v.Name != "ALL" || len(privileges) > 2) {
			p.unexpected("ALL includes the other privileges of the list: write it alone")
		}
		if v.Columns != nil && (v.Name == "ALL" || v.Name == "GRANT" || v.Name == "GRANT OPTION") {
			p.unexpected(v.Name + " takes no column list")
		}
	}
}

// columns reads a column list.
func (p *parser) columns() []string {
	p.expectPunct('(')
	cols := commaList(p, readColumn)
	p.expectPunct(')')
	return cols
}

func readColumn(p *parser) string {
	if p.punctAt(1, '(') || p.isName(0) && p.wordAt(1, "AS") {
		p.notSupported("column masks in GRANT and REVOKE")
	}
	return p.name("a column name")
}

// targetColumns reads Kinetica's column list after the object. It applies to
// every privilege of the statement.
func (p *parser) targetColumns(privileges []Privilege) {
	if !p.punctAt(0, '(') {
		return
	}
	open := p.peek()
	cols := p.columns()
	for i := range privileges {
		if privileges[i].Columns != nil {
			p.fail(open, "columns stand before ON or after the object, not in both places")
		}
		privileges[i].Columns = append([]string(nil), cols...)
	}
	p.checkAll(privileges)
}

// kindOfPrivilege moves the object word of EXECUTE PROCEDURE ON p to the
// target, where EXECUTE ON PROCEDURE p has it.
func (p *parser) kindOfPrivilege(b *grantBody) {
	for i, v := range b.privileges {
		kind, name := KindFunction, "EXECUTE"
		switch v.Name {
		case executeProcedure:
			kind = KindProcedure
		case executeFunction:
		case adminFunction:
			name = "ADMIN"
		default:
			continue
		}
		if len(b.privileges) > 1 || b.target.Kind != KindNone && b.target.Kind != kind {
			p.unexpected("write " + name + " ON " + kind.String() + " and the name")
		}
		b.privileges[i].Name = name
		b.target.Kind = kind
		p.checkScope(b.target)
	}
}

// The older Kinetica spelling, only until kindOfPrivilege has seen it.
const (
	executeProcedure = "EXECUTE PROCEDURE"
	executeFunction  = "EXECUTE FUNCTION"
	adminFunction    = "ADMIN FUNCTION"
)
