package catalog

import (
	"github.com/lxdb/lxdb/security/principal"
)

// Snapshot is the catalog at one version. It never changes, may be kept as long
// as wanted and read from any goroutine. Look-ups return nil for what does not
// exist; names are matched without case. Returned records are shared: Clone
// before changing one.
type Snapshot struct {
	instance string
	version  uint64
	epoch    uint64

	databases     byKey[ID, Database]
	databaseNames byKey[string, Database]

	tables     byKey[ID, Table]
	tableNames byPair[ID, string, Table]
	tableData  byKey[ID, Table] // by Table.Data

	views     byKey[ID, View]
	viewNames byPair[ID, string, View]

	triggers     byKey[ID, Trigger]
	triggerNames byPair[ID, string, Trigger]

	routines     byKey[ID, Routine]
	routineNames byPair[ID, string, Routine] // by routineKey

	events     byKey[ID, Event]
	eventNames byPair[ID, string, Event]

	principals     byKey[principal.ID, Principal]
	principalNames byKey[string, Principal]

	grantsTo byPair[principal.ID, uint64, Grant] // object and grantor
	grantsOn byPair[ID, uint64, Grant]           // grantee and grantor

	exceptionsOf byPair[principal.ID, ID, Exception] // grantee, object
	exceptionsOn byPair[ID, principal.ID, Exception]

	membershipsOf byPair[principal.ID, principal.ID, Membership] // member, role
	membersOf     byPair[principal.ID, principal.ID, Membership] // role, member

	certificates byKey[principal.ID, Certificate]
}

func newSnapshot() *Snapshot {
	return &Snapshot{
		databases: newByKey[ID, Database](), databaseNames: newByKey[string, Database](),
		tables: newByKey[ID, Table](), tableNames: newByPair[ID, string, Table](), tableData: newByKey[ID, Table](),
		views: newByKey[ID, View](), viewNames: newByPair[ID, string, View](),
		triggers: newByKey[ID, Trigger](), triggerNames: newByPair[ID, string, Trigger](),
		routines: newByKey[ID, Routine](), routineNames: newByPair[ID, string, Routine](),
		events: newByKey[ID, Event](), eventNames: newByPair[ID, string, Event](),
		principals: newByKey[principal.ID, Principal](), principalNames: newByKey[string, Principal](),
		grantsTo: newByPair[principal.ID, uint64, Grant](), grantsOn: newByPair[ID, uint64, Grant](),
		exceptionsOf: newByPair[principal.ID, ID, Exception](), exceptionsOn: newByPair[ID, principal.ID, Exception](),
		membershipsOf: newByPair[principal.ID, principal.ID, Membership](),
		membersOf:     newByPair[principal.ID, principal.ID, Membership](),
		certificates:  newByKey[principal.ID, Certificate](),
	}
}

// copy makes a working copy in O(1): the trees are shared until written. Only
// Update calls it, under its mutex, because copying marks the original's trees.
func (s *Snapshot) copy() *Snapshot {
	return &Snapshot{
		instance: s.instance, version: s.version, epoch: s.epoch,
		databases: s.databases.copy(), databaseNames: s.databaseNames.copy(),
		tables: s.tables.copy(), tableNames: s.tableNames.copy(), tableData: s.tableData.copy(),
		views: s.views.copy(), viewNames: s.viewNames.copy(),
		triggers: s.triggers.copy(), triggerNames: s.triggerNames.copy(),
		routines: s.routines.copy(), routineNames: s.routineNames.copy(),
		events: s.events.copy(), eventNames: s.eventNames.copy(),
		principals: s.principals.copy(), principalNames: s.principalNames.copy(),
		grantsTo: s.grantsTo.copy(), grantsOn: s.grantsOn.copy(),
		exceptionsOf: s.exceptionsOf.copy(), exceptionsOn: s.exceptionsOn.copy(),
		membershipsOf: s.membershipsOf.copy(), membersOf: s.membersOf.copy(),
		certificates: s.certificates.copy(),
	}
}

// Instance is the random id given to the store when it was created, 32 hex digits.
func (s *Snapshot) Instance() string { return s.instance }

// Version rises by one with each Update that changed something.
func (s *Snapshot) Version() uint64 { return s.version }

// SecurityEpoch is the version of the last change after which somebody may do
// more or less than before.
func (s *Snapshot) SecurityEpoch() uint64 { return s.epoch }

// Database finds a database by name.
func (s *Snapshot) Database(name string) *Database { return s.databaseNames.get(FoldName(name)) }

// DatabaseByID finds a database.
func (s *Snapshot) DatabaseByID(id ID) *Database { return s.databases.get(id) }

// Databases lists all databases by id; virtual ones have no records.
func (s *Snapshot) Databases() []*Database { return s.databases.all() }

// HomeOf finds the home database of a user. It bears his name unless one of the
// two was renamed, and only then has to be searched for.
func (s *Snapshot) HomeOf(user principal.ID) *Database {
	p := s.principals.get(user)
	if p == nil {
		return nil
	}
	if db := s.Database(p.Name); db != nil && db.HomeOf == user {
		return db
	}
	for _, db := range s.databases.all() {
		if db.HomeOf == user {
			return db
		}
	}
	return nil
}

// Table finds a base table by name.
func (s *Snapshot) Table(database ID, name string) *Table {
	return s.tableNames.get(database, FoldName(name))
}

// TableByID finds a base table by its identity.
func (s *Snapshot) TableByID(id ID) *Table { return s.tables.get(id) }

// TableByData finds the base table whose rows have the data id in their keys.
func (s *Snapshot) TableByData(data ID) *Table { return s.tableData.get(data) }

// Tables lists the base tables of a database by name.
func (s *Snapshot) Tables(database ID) []*Table { return s.tableNames.list(database) }

// View finds a view by name.
func (s *Snapshot) View(database ID, name string) *View {
	return s.viewNames.get(database, FoldName(name))
}

// ViewByID finds a view.
func (s *Snapshot) ViewByID(id ID) *View { return s.views.get(id) }

// Views lists the views of a database by name.
func (s *Snapshot) Views(database ID) []*View { return s.viewNames.list(database) }

// Trigger finds a trigger by name.
func (s *Snapshot) Trigger(database ID, name string) *Trigger {
	return s.triggerNames.get(database, FoldName(name))
}

// Triggers lists the triggers of a database by name.
func (s *Snapshot) Triggers(database ID) []*Trigger { return s.triggerNames.list(database) }

// Routine finds a stored function or procedure by name.
func (s *Snapshot) Routine(database ID, name string, function bool) *Routine {
	return s.routineNames.get(database, routineKey(name, function))
}

// RoutineByID finds a routine.
func (s *Snapshot) RoutineByID(id ID) *Routine { return s.routines.get(id) }

// Routines lists the routines of a database by name, functions first.
func (s *Snapshot) Routines(database ID) []*Routine { return s.routineNames.list(database) }

// Event finds an event by name.
func (s *Snapshot) Event(database ID, name string) *Event {
	return s.eventNames.get(database, FoldName(name))
}

// Events lists the events of a database by name.
func (s *Snapshot) Events(database ID) []*Event { return s.eventNames.list(database) }

// routineKey keeps functions and procedures apart in one tree.
func routineKey(name string, function bool) string {
	if function {
		return "f" + FoldName(name)
	}
	return "p" + FoldName(name)
}
