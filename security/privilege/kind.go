package privilege

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
)

// nKinds is one more than the highest kind.
const nKinds = 11

var (
	relationAtoms = Of(Select, Insert, Update, Delete, Truncate, Alter, Drop, Index, References, Trigger,
		ShowView, Metadata, IndirectAccess, Grant, GrantOption, Create, CreateView, Lock)
	sequenceAtoms = Of(SeqSelect, SeqUse, Alter, Drop, Create, Metadata, Grant, GrantOption)
	routineAtoms  = Of(Execute, AlterRoutine, Alter, Drop, Metadata, Grant, GrantOption)
	databaseAtoms = relationAtoms.Union(sequenceAtoms).Union(routineAtoms).Union(Of(Connect, CreateDataSource,
		CreateDataService, CreateFolder, CreateRoutine, CreateTemp, Event, Show))
	systemAtoms = databaseAtoms.Union(Of(SysAdmin, SysRead, SysWrite, SysCreate, SysMonitor, UserAdmin,
		AssignPrivileges, Impersonate, AuditRead, AuditAdmin, Backup, CertAdmin, File, Unmask, RLSExempt, Shutdown,
		Reload, Process, SetAnyDefiner))
)

// notInAll are the atoms that ALL PRIVILEGES leaves out on every kind: the
// right to grant, and unbounded administration. Ownership includes the first.
var notInAll = Of(Grant, GrantOption, Admin, SysAdmin, IndirectAccess)

var kinds = [nKinds]struct {
	name  string
	valid Set
}{
	KindNone:       {"NONE", 0},
	KindSystem:     {"SYSTEM", systemAtoms},
	KindDatabase:   {"DATABASE", databaseAtoms},
	KindTable:      {"TABLE", relationAtoms},
	KindView:       {"VIEW", relationAtoms},
	KindSequence:   {"SEQUENCE", sequenceAtoms},
	KindRoutine:    {"ROUTINE", routineAtoms},
	KindDirectory:  {"DIRECTORY", Of(Read, Write, GrantOption)},
	KindCredential: {"CREDENTIAL", Of(Read, Admin, GrantOption)},
	KindDataSource: {"DATA SOURCE", Of(Connect, Metadata, Admin, GrantOption)},
	KindDataSink:   {"DATA SINK", Of(Connect, Admin, GrantOption)},
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

// All is what ALL PRIVILEGES means on kind k: every valid atom but the right to
// grant and unbounded administration.
func All(k Kind) Set { return Valid(k).Minus(notInAll) }

// Owner is what the creator of an object gets on it, all of it grantable.
func Owner(k Kind) Set { return Valid(k).Minus(Of(GrantOption, SysAdmin, IndirectAccess)) }
