package privilege

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrUnknownName: no dialect has a privilege of that name.
	ErrUnknownName = errors.New("unknown privilege")
	// ErrWrongKind: the privilege exists and means nothing on that kind of object.
	ErrWrongKind = errors.New("privilege does not apply to this kind of object")
)

// Expand translates a privilege name of any dialect into the atoms it means on
// an object of kind k. Case and the amount of white space do not matter, and a
// stored key (sys_write) is accepted as exactly its atom.
//
// keyword says whether the statement named the kind (ON TABLE t). It decides
// ALTER only: with a keyword it is LeanXcale's (create, drop, truncate, index
// and pass on), without one MySQL's (ALTER TABLE). USAGE is the empty set.
//
// Errors: ErrUnknownName, ErrWrongKind.
func Expand(name string, k Kind, keyword bool) (Set, error) {
	folded := strings.ToUpper(strings.Join(strings.Fields(name), " "))
	if keyword && folded == "ALTER" {
		folded = "ALTER KEYWORD"
	} else if folded == "ALTER KEYWORD" {
		folded = "" // an internal name, no dialect's
	}
	if s, ok := everywhere(folded, k); ok {
		return s, nil
	}
	meaning, ok := meanings[folded]
	if !ok {
		if a, isKey := ByKey(strings.ToLower(folded)); isKey {
			meaning = always(a)
		} else {
			return 0, fmt.Errorf("%w: %q", ErrUnknownName, name)
		}
	}
	s := meaning(k)
	if s == 0 || s.Minus(Valid(k)) != 0 {
		return 0, fmt.Errorf("%w: %s on a %s", ErrWrongKind, strings.TrimSuffix(folded, " KEYWORD"), strings.ToLower(k.String()))
	}
	return s, nil
}

// everywhere answers the names that every known kind takes.
func everywhere(folded string, k Kind) (Set, bool) {
	if !k.Known() {
		return 0, false
	}
	switch folded {
	case "ALL", "ALL PRIVILEGES":
		return All(k), true
	case "USAGE":
		return 0, true
	}
	return 0, false
}

// meaning gives a name's atoms on a kind; the empty set where it has none.
type meaning func(Kind) Set

func always(atoms ...Atom) meaning {
	s := Of(atoms...)
	return func(Kind) Set { return s }
}

// byKind merges what a name means on relations, sequences and routines: a grant
// on a database or the system carries all three.
func byKind(relation, sequence, routine Set) meaning {
	return func(k Kind) Set {
		switch k {
		case KindTable, KindView:
			return relation
		case KindSequence:
			return sequence
		case KindRoutine:
			return routine
		case KindDatabase, KindSystem:
			return relation | sequence | routine
		}
		return 0
	}
}

// onExternal adds the meaning on kinds outside the databases.
func onExternal(m meaning, external map[Kind]Set) meaning {
	return func(k Kind) Set {
		if s, ok := external[k]; ok {
			return s
		}
		return m(k)
	}
}

// execute is by kind of the object: CALL on a routine, reading on a relation. A
// database or the system takes MySQL's meaning only, because widening it to
// SELECT unasked would be an escalation.
func execute(k Kind) Set {
	switch k {
	case KindTable, KindView:
		return Of(Select, Metadata)
	}
	return Of(Execute)
}

func selecting(k Kind) Set {
	if k == KindSequence {
		return Of(SeqSelect)
	}
	return Of(Select)
}

// alterKeyword is LeanXcale's ALTER: whoever holds it administers the object, and makes a view of its name anew.
func alterKeyword(k Kind) Set {
	if k == KindView {
		return Of(Alter, Drop, CreateView, Grant)
	}
	return byKind(
		Of(Alter, Drop, Truncate, Index, Create, Grant),
		Of(Alter, Drop, Create, Grant),
		Of(Alter, AlterRoutine, Drop, Grant))(k).Minus(aimless(k))
}

// meanings has every name in upper case with single spaces. ALL and USAGE are
// in everywhere.
var meanings = map[string]meaning{
	"READ": onExternal(byKind(Of(Select, Metadata), Of(SeqSelect), 0),
		map[Kind]Set{KindDirectory: Of(Read), KindCredential: Of(Read)}),
	"WRITE": onExternal(byKind(Of(Insert, Update, Delete), Of(SeqUse), 0),
		map[Kind]Set{KindDirectory: Of(Read, Write)}),
	"ADMIN": onExternal(always(), map[Kind]Set{
		KindRoutine:    Of(Execute, AlterRoutine, Drop, Metadata),
		KindCredential: Of(Admin, Read), KindDataSource: Of(Admin, Connect, Metadata), KindDataSink: Of(Admin, Connect)}),
	"ALTER KEYWORD": alterKeyword,

	"SELECT":                  selecting,
	"INSERT":                  always(Insert),
	"UPSERT":                  byKind(Of(Insert, Update), 0, 0),
	"UPDATE":                  always(Update),
	"DELETE":                  always(Delete),
	"TRUNCATE":                always(Truncate),
	"ALTER":                   always(Alter),
	"DROP":                    always(Drop),
	"INDEX":                   always(Index),
	"REFERENCES":              always(References),
	"TRIGGER":                 always(Trigger),
	"SHOW VIEW":               always(ShowView),
	"METADATA":                always(Metadata),
	"INDIRECT ACCESS":         always(IndirectAccess),
	"GRANT":                   always(Grant),
	"GRANT OPTION":            always(GrantOption),
	"SELECT SEQUENCE":         always(SeqSelect),
	"USE SEQUENCE":            always(SeqUse),
	"EXECUTE":                 execute,
	"ALTER ROUTINE":           always(AlterRoutine),
	"CONNECT":                 always(Connect),
	"CREATE":                  always(Create),
	"CREATE TABLE":            always(Create),
	"CREATE VIEW":             always(CreateView),
	"CREATE DATA SOURCE":      always(CreateDataSource),
	"CREATE DATA SERVICE":     always(CreateDataService),
	"CREATE FOLDER":           always(CreateFolder),
	"CREATE ROUTINE":          always(CreateRoutine),
	"CREATE TEMPORARY TABLES": always(CreateTemp),
	"EVENT":                   always(Event),
	"SHOW DATABASES":          always(Show),
	"LOCK TABLES":             always(Lock),

	"SYSTEM ADMIN":      always(SysAdmin),
	"SYSTEM_ADMIN":      always(SysAdmin),
	"SYSTEM READ":       always(SysRead),
	"SYSTEM_READ":       always(SysRead),
	"SYSTEM WRITE":      always(SysRead, SysWrite),
	"SYSTEM_WRITE":      always(SysRead, SysWrite),
	"SYSTEM CREATE":     always(SysCreate),
	"SYSTEM_CREATE":     always(SysCreate),
	"SYSTEM MONITOR":    always(SysMonitor),
	"SYSTEM_MONITOR":    always(SysMonitor),
	"USER ADMIN":        always(UserAdmin),
	"SYSTEM_USER_ADMIN": always(UserAdmin),
	"CREATE USER":       always(UserAdmin),
	"ASSIGN PRIVILEGES": always(AssignPrivileges),
	"IMPERSONATE":       always(Impersonate),
	"BECOME ANY USER":   always(Impersonate),
	"PROXY":             always(Proxy),
	"AUDIT READ":        always(AuditRead),
	"AUDIT ADMIN":       always(AuditAdmin),
	"BACKUP":            always(Backup),
	"BACKUP ANY":        always(Backup),
	"BACKUP_ADMIN":      always(Backup),
	"CERTIFICATE ADMIN": always(CertAdmin),
	"FILE":              always(File),
	"UNMASK":            always(Unmask),
	"EXEMPT ROW POLICY": always(RLSExempt),
	"SHUTDOWN":          always(Shutdown),
	"RELOAD":            always(Reload),

	"REFRESH LDAP GROUP": always(RefreshGroup),
	"PROCESS":            always(Process),
	"SET_USER_ID":        always(SetAnyDefiner),
	// SUPER without what would reach data or accounts: those are asked for by name.
	"SUPER":              always(SysMonitor, Process, SetAnyDefiner),
	"REPLICATION CLIENT": always(SysMonitor),
}

// Describe lists the canonical names of s on kind k, in the order of the atoms'
// numbers: what SHOW GRANTS prints. All privileges of the kind are the single
// name ALL PRIVILEGES (followed by those beyond it), none is USAGE. Expanding
// the names again, without a keyword, gives exactly s.
func Describe(s Set, k Kind) []string {
	if s == 0 {
		return []string{"USAGE"}
	}
	var out []string
	whole := s
	if all := All(k); all != 0 && s.HasAll(all) && k != KindUser { // which has one, and that has a name
		out, s = append(out, "ALL PRIVILEGES"), s.Minus(all)
	}
	for _, a := range s.Atoms() {
		name := a.String()
		// Some names mean more than their atom (SYSTEM WRITE also reads):
		// where that would widen the set, the stored key is exact.
		if m, err := Expand(name, k, false); err != nil || m.Minus(whole) != 0 || !m.Has(a) {
			name = strings.ToUpper(a.Key())
		}
		out = append(out, name)
	}
	return out
}
