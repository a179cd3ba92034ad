// Package privilege is the vocabulary of authorization: atoms (the smallest
// rights, one bit each), sets of them, the kinds of object they apply to, and
// the translation between the names that SQL dialects use and those atoms.
//
// It imports nothing of ours and holds no state. Bit numbers and stored keys
// are part of the on-disk formats (catalog records, permission certificates):
// they are frozen. A new atom takes the next free number; the number of one
// that is given up stays unused.
package privilege

// Atom is the number of one right: its bit in a Set, frozen.
type Atom uint8

// System atoms apply to the whole instance (kind System only).
const (
	SysAdmin         Atom = 0 // everything
	SysRead          Atom = 1 // read every table, present and future
	SysWrite         Atom = 2 // change rows of every table
	SysCreate        Atom = 3 // create objects in every database
	SysMonitor       Atom = 4 // see the instance's state
	UserAdmin        Atom = 5 // create and change principals of less than one's own rights
	AssignPrivileges Atom = 6 // grant what one does not hold
	Impersonate      Atom = 7 // on an account: act as it, by EXECUTE AS; on the system: as every one
	AuditRead        Atom = 8
	AuditAdmin       Atom = 9
	Backup           Atom = 10
	CertAdmin        Atom = 11 // issue application certificates
	File             Atom = 12 // use named directories one has rights on
	Unmask           Atom = 13
	RLSExempt        Atom = 14 // row policies do not apply
	Shutdown         Atom = 15
	Reload           Atom = 16
	Process          Atom = 17 // see other principals' sessions

	SetAnyDefiner Atom = 50 // create objects that run as another principal
	RefreshGroup  Atom = 52 // call SYS.REFRESH_LDAP_GROUP
	Proxy         Atom = 53 // on an account, never the system: log in as oneself and be it
)

// Database atoms.
const (
	Connect           Atom = 18
	Create            Atom = 19 // tables and databases; on a table: a table of that name
	CreateView        Atom = 20
	CreateDataSource  Atom = 21
	CreateDataService Atom = 22
	CreateFolder      Atom = 23
	CreateRoutine     Atom = 24
	CreateTemp        Atom = 25
	Event             Atom = 26
	Show              Atom = 27 // see that the database exists
	Lock              Atom = 28
	AlterRoutine      Atom = 49 // change and drop routines; Alter and Drop are for tables
)

// Relation atoms: tables and views. Alter, Drop, Metadata and Grant also apply
// to sequences and routines.
const (
	Select         Atom = 29
	Insert         Atom = 30
	Update         Atom = 31
	Delete         Atom = 32
	Truncate       Atom = 33
	Alter          Atom = 34
	Drop           Atom = 35
	Index          Atom = 36
	References     Atom = 37
	Trigger        Atom = 38
	ShowView       Atom = 39
	Metadata       Atom = 40 // see the object and its definition
	IndirectAccess Atom = 41
	// Grant lets the holder grant READ, WRITE and ALTER on the object whether
	// or not he holds them. It is part of ALTER ON TABLE, and no grant option.
	Grant Atom = 42
)

// Sequence, routine and remaining atoms.
const (
	SeqSelect Atom = 43 // read the state of a sequence
	SeqUse    Atom = 44 // take the next value
	Execute   Atom = 45
	Read      Atom = 46 // credentials, directories
	Write     Atom = 47 // directories
	Admin     Atom = 48 // the external kinds

	// GrantOption stands for GRANT OPTION in a request. It is never stored as
	// a held atom: the catalog keeps the grantable subset of each grant apart.
	GrantOption Atom = 51
)

// nAtoms is one more than the highest number in use; never above 64.
const nAtoms = 54

// names gives each atom its stored key and the name that SHOW GRANTS prints.
// Keys are frozen, shown names may change.
var names = [nAtoms]struct{ key, shown string }{
	SysAdmin:          {"sys_admin", "SYSTEM ADMIN"},
	SysRead:           {"sys_read", "SYSTEM READ"},
	SysWrite:          {"sys_write", "SYSTEM WRITE"},
	SysCreate:         {"sys_create", "SYSTEM CREATE"},
	SysMonitor:        {"sys_monitor", "SYSTEM MONITOR"},
	UserAdmin:         {"user_admin", "USER ADMIN"},
	AssignPrivileges:  {"assign_privileges", "ASSIGN PRIVILEGES"},
	Impersonate:       {"impersonate", "IMPERSONATE"},
	AuditRead:         {"audit_read", "AUDIT READ"},
	AuditAdmin:        {"audit_admin", "AUDIT ADMIN"},
	Backup:            {"backup", "BACKUP"},
	CertAdmin:         {"cert_admin", "CERTIFICATE ADMIN"},
	File:              {"file", "FILE"},
	Unmask:            {"unmask", "UNMASK"},
	RLSExempt:         {"rls_exempt", "EXEMPT ROW POLICY"},
	Shutdown:          {"shutdown", "SHUTDOWN"},
	Reload:            {"reload", "RELOAD"},
	Process:           {"process", "PROCESS"},
	Connect:           {"connect", "CONNECT"},
	Create:            {"create", "CREATE"},
	CreateView:        {"create_view", "CREATE VIEW"},
	CreateDataSource:  {"create_data_source", "CREATE DATA SOURCE"},
	CreateDataService: {"create_data_service", "CREATE DATA SERVICE"},
	CreateFolder:      {"create_folder", "CREATE FOLDER"},
	CreateRoutine:     {"create_routine", "CREATE ROUTINE"},
	CreateTemp:        {"create_temp", "CREATE TEMPORARY TABLES"},
	Event:             {"event", "EVENT"},
	Show:              {"show", "SHOW DATABASES"},
	Lock:              {"lock", "LOCK TABLES"},
	Select:            {"select", "SELECT"},
	Insert:            {"insert", "INSERT"},
	Update:            {"update", "UPDATE"},
	Delete:            {"delete", "DELETE"},
	Truncate:          {"truncate", "TRUNCATE"},
	Alter:             {"alter", "ALTER"},
	Drop:              {"drop", "DROP"},
	Index:             {"index", "INDEX"},
	References:        {"references", "REFERENCES"},
	Trigger:           {"trigger", "TRIGGER"},
	ShowView:          {"show_view", "SHOW VIEW"},
	Metadata:          {"metadata", "METADATA"},
	IndirectAccess:    {"indirect_access", "INDIRECT ACCESS"},
	Grant:             {"grant", "GRANT"},
	SeqSelect:         {"seq_select", "SELECT SEQUENCE"},
	SeqUse:            {"seq_use", "USE SEQUENCE"},
	Execute:           {"execute", "EXECUTE"},
	Read:              {"obj_read", "READ"},
	Write:             {"obj_write", "WRITE"},
	Admin:             {"obj_admin", "ADMIN"},
	AlterRoutine:      {"alter_routine", "ALTER ROUTINE"},
	SetAnyDefiner:     {"set_any_definer", "SET_ANY_DEFINER"},
	GrantOption:       {"grant_option", "GRANT OPTION"},
	RefreshGroup:      {"refresh_ldap_group", "REFRESH LDAP GROUP"},
	Proxy:             {"proxy", "PROXY"},
}

// Known reports whether a is an atom of this version. A certificate or a record
// with an unknown one was written by a newer version and must be refused.
func (a Atom) Known() bool { return a < nAtoms && names[a].key != "" }

// Key is the atom's frozen name in stored text, "" for an unknown number.
func (a Atom) Key() string {
	if !a.Known() {
		return ""
	}
	return names[a].key
}

// String is the name shown to people, as in SHOW GRANTS.
func (a Atom) String() string {
	if !a.Known() {
		return "UNKNOWN"
	}
	return names[a].shown
}

// ByKey finds an atom by its stored key.
func ByKey(key string) (Atom, bool) {
	a, ok := atomByKey[key]
	return a, ok
}

var atomByKey = func() map[string]Atom {
	m := make(map[string]Atom, nAtoms)
	for i := range names {
		if names[i].key != "" {
			m[names[i].key] = Atom(i)
		}
	}
	return m
}()
