package privilege

import "slices"

// Kind says what sort of object a grant is on. Numbers are stored: frozen.
type Kind uint8

// Kinds of object. The zero Kind takes no atom at all.
const (
	KindNone       Kind = 0
	KindSystem     Kind = 1 // the instance: grants ON *.* and system privileges
	KindDatabase   Kind = 2
	KindTable      Kind = 3
	KindView       Kind = 4
	KindSequence   Kind = 5
	KindRoutine    Kind = 6 // procedures and functions
	KindDirectory  Kind = 7
	KindCredential Kind = 8
	KindDataSource Kind = 9
	KindDataSink   Kind = 10
	KindUser       Kind = 11 // an account, for who may act as it
	KindScope      Kind = 12 // databases of a pattern, or all objects of a kind
)

// nKinds is one more than the highest kind.
const nKinds = 13

var (
	relationAtoms = Of(Select, Insert, Update, Delete, Truncate, Alter, Drop, Index, References, Trigger,
		ShowView, Metadata, IndirectAccess, Grant, GrantOption, Create, CreateView, Lock)
	sequenceAtoms = Of(SeqSelect, SeqUse, Alter, Drop, Create, Metadata, Grant, GrantOption)
	routineAtoms  = Of(Execute, AlterRoutine, Alter, Drop, Metadata, Grant, GrantOption)
	databaseAtoms = relationAtoms.Union(sequenceAtoms).Union(routineAtoms).Union(Of(Connect, CreateDataSource,
		CreateDataService, CreateFolder, CreateRoutine, CreateTemp, Event, Show))
	systemAtoms = databaseAtoms.Union(Of(SysAdmin, SysRead, SysWrite, SysCreate, SysMonitor, UserAdmin,
		AssignPrivileges, Impersonate, AuditRead, AuditAdmin, Backup, CertAdmin, File, Unmask, RLSExempt, Shutdown,
		Reload, Process, SetAnyDefiner, RefreshGroup))
)

// notInAll are the atoms that ALL PRIVILEGES leaves out on every kind: the
// right to grant, and unbounded administration. Ownership includes the first. What calls a
// procedure of the server, or turns one login into another account, is granted by its name.
var notInAll = Of(Grant, GrantOption, Admin, SysAdmin, IndirectAccess, RefreshGroup, Proxy)

// kinds is the one table of kinds: GRANT and REVOKE, SHOW, the parser of
// statements and certificates read it.
var kinds = [nKinds]struct {
	name  string // in messages, and in the target of SHOW GRANTS where that needs it
	valid Set
	// parent is what such objects are in: grants on that reach them. KindNone: nothing.
	parent Kind
	// words may stand after ON; the first is the canonical one.
	words []string
	// plurals name all of them together: ON ALL TABLES.
	plurals []string
}{
	KindNone:       {name: "NONE"},
	KindSystem:     {"SYSTEM", systemAtoms, KindNone, nil, nil},
	KindDatabase:   {"DATABASE", databaseAtoms, KindSystem, []string{"SCHEMA", "DATABASE"}, []string{"DATABASES"}},
	KindTable:      {"TABLE", relationAtoms, KindDatabase, []string{"TABLE"}, []string{"TABLES"}},
	KindView:       {"VIEW", relationAtoms, KindDatabase, []string{"VIEW"}, []string{"VIEWS"}},
	KindSequence:   {"SEQUENCE", sequenceAtoms, KindDatabase, []string{"SEQUENCE"}, []string{"SEQUENCES"}},
	KindRoutine:    {"ROUTINE", routineAtoms, KindDatabase, []string{"PROCEDURE", "FUNCTION", "UDF"}, []string{"PROCEDURES", "FUNCTIONS"}},
	KindDirectory:  {"DIRECTORY", Of(Read, Write, GrantOption), KindDatabase, nil, nil},
	KindCredential: {"CREDENTIAL", Of(Read, Admin, GrantOption), KindDatabase, nil, nil},
	KindDataSource: {"DATA SOURCE", Of(Connect, Metadata, Admin, GrantOption), KindDatabase, nil, nil},
	KindDataSink:   {"DATA SINK", Of(Connect, Admin, GrantOption), KindDatabase, nil, nil},
	KindUser:       {"USER", Of(Impersonate, Proxy, GrantOption), KindSystem, []string{"USER"}, nil},
	KindScope:      {"SCOPE", databaseAtoms, KindSystem, nil, nil},
}

// Words are the object keywords after ON that mean the kind, the canonical one
// first; none where statements cannot name such an object yet.
func (k Kind) Words() []string {
	if k >= nKinds {
		return nil
	}
	return kinds[k].words
}

// Plurals are the words for all objects of the kind; none where grants cannot be on
// all of them.
func (k Kind) Plurals() []string {
	if k >= nKinds {
		return nil
	}
	return kinds[k].plurals
}

// OfPlural is the kind of such a word, in upper case; KindNone for any other.
func OfPlural(word string) Kind {
	for k := range kinds {
		if slices.Contains(kinds[k].plurals, word) {
			return Kind(k)
		}
	}
	return KindNone
}

// IsRelation reports whether the kind is named in statements without a keyword.
func (k Kind) IsRelation() bool { return k == KindTable || k == KindView || k == KindSequence }

// Contains reports whether a grant on an object of kind k reaches other objects,
// those in it.
func (k Kind) Contains() bool {
	for i := range kinds {
		if k != KindNone && kinds[i].parent == k {
			return true
		}
	}
	return false
}

// Kinds lists all kinds of this version.
func Kinds() []Kind {
	list := make([]Kind, 0, nKinds-1)
	for k := KindSystem; k < nKinds; k++ {
		list = append(list, k)
	}
	return list
}

// Known reports whether k names a kind of this version.
func (k Kind) Known() bool { return k > KindNone && k < nKinds }

// String is the kind's SQL keyword.
func (k Kind) String() string {
	if k >= nKinds {
		return "UNKNOWN"
	}
	return kinds[k].name
}

// Valid is the set of atoms that a grant on an object of kind k may carry. A
// grant on a database or the system also covers the objects below, so those
// kinds take the atoms of everything they contain.
func Valid(k Kind) Set {
	if k >= nKinds {
		return 0
	}
	return kinds[k].valid
}

// All is what ALL PRIVILEGES means on kind k: every valid atom that opens something,
// but the right to grant and unbounded administration.
func All(k Kind) Set { return opening(k).Minus(notInAll) }

// opening is what opens something on kind k. CONNECT is for who holds nothing else in a database:
// everything else opens it, too.
func opening(k Kind) Set {
	if k.external() {
		return Valid(k)
	}
	return Valid(k).Minus(nothing(k)).Minus(Of(Connect))
}

// Owner is what the creator of an object gets on it, all of it grantable.
func Owner(k Kind) Set { return opening(k).Minus(Of(GrantOption, SysAdmin, IndirectAccess)) }

// Dropping is what drops an object of kind k, any of it.
func Dropping(k Kind) Set {
	if k == KindRoutine { // MySQL asks for ALTER ROUTINE
		return Of(Drop, AlterRoutine)
	}
	return Of(Drop)
}
