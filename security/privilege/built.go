package privilege

import "strings"

// unbuilt are atoms that open nothing in this version. Who names one in a GRANT is
// refused: he would believe that something is allowed, or that nobody else may do it.
// They are no part of ALL PRIVILEGES, and where an earlier version stored one, no list
// shows it.
var unbuilt = Of(AuditAdmin, Backup, CertAdmin, File, Unmask, RLSExempt, Shutdown, CreateDataSource,
	CreateDataService, CreateFolder, IndirectAccess)

// aimless are atoms that grants on a kind of object may carry, by what earlier versions stored, and that open
// nothing there. CREATE on one table is a right on its name, and none on the table.
func aimless(k Kind) Set {
	switch k {
	case KindTable:
		return Of(Create, CreateView)
	case KindView:
		return Of(Create, Index, Truncate, References, Trigger)
	case KindSequence:
		return Of(Create)
	case KindRoutine:
		return Of(Alter)
	}
	return 0
}

// Level counts the privileges that came to ALL after there were databases with grants of it:
// 1 brought CREATE TEMPORARY TABLES.
const Level = 1

// allBefore1 is what ALL on a database was before.
var allBefore1 = Of(Create, CreateView, CreateRoutine, Event, Show, Lock, Select, Insert, Update, Delete, Truncate, Alter, Drop, Index,
	References, Trigger, ShowView, Metadata, SeqSelect, SeqUse, Execute, AlterRoutine)

// Completed is what s is today, if it was written as ALL, on a database or on all, by a release that did not know all of today's ALL.
func Completed(s Set) Set {
	if s.HasAll(allBefore1) {
		return s.Union(Of(CreateTemp))
	}
	return s
}

// nothing is all that opens nothing on a kind.
func nothing(k Kind) Set { return unbuilt.Union(aimless(k)) }

// unbuiltNames are names of other products' privileges that mean nothing here.
var unbuiltNames = nameSet(`SYSTEM ALERT|SYSTEM_ALERT|MONITOR|CREATE TABLESPACE|REPLICATION SLAVE|CREATE ROLE|DROP ROLE|
	APPLICATION_PASSWORD_ADMIN|AUDIT_ABORT_EXEMPT|AUDIT_ADMIN|AUTHENTICATION_POLICY_ADMIN|BINLOG_ADMIN|BINLOG_ENCRYPTION_ADMIN|
	CLONE_ADMIN|CONNECTION_ADMIN|ENCRYPTION_KEY_ADMIN|FIREWALL_ADMIN|FIREWALL_EXEMPT|FIREWALL_USER|FLUSH_OPTIMIZER_COSTS|
	FLUSH_STATUS|FLUSH_TABLES|FLUSH_USER_RESOURCES|FLUSH_PRIVILEGES|GROUP_REPLICATION_ADMIN|GROUP_REPLICATION_STREAM|
	INNODB_REDO_LOG_ARCHIVE|INNODB_REDO_LOG_ENABLE|MASKING_DICTIONARIES_ADMIN|NDB_STORED_USER|OPTIMIZE_LOCAL_TABLE|
	PASSWORDLESS_USER_ADMIN|PERSIST_RO_VARIABLES_ADMIN|REPLICATION_APPLIER|REPLICATION_SLAVE_ADMIN|RESOURCE_GROUP_ADMIN|
	RESOURCE_GROUP_USER|ROLE_ADMIN|SENSITIVE_VARIABLES_OBSERVER|SERVICE_CONNECTION_ADMIN|SESSION_VARIABLES_ADMIN|SHOW_ROUTINE|
	SKIP_QUERY_REWRITE|SYSTEM_USER|SYSTEM_VARIABLES_ADMIN|TABLE_ENCRYPTION_ADMIN|TELEMETRY_LOG_ADMIN|TP_CONNECTION_ADMIN|
	TRANSACTION_GTID_TAG|VERSION_TOKEN_ADMIN|XA_RECOVER_ADMIN|ALLOW_NONEXISTENT_DEFINER`)

func nameSet(list string) map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Split(list, "|") {
		m[strings.TrimSpace(name)] = true
	}
	return m
}

// Opens reports whether granting a name on an object of kind k allows something in
// this version, behind the object's keyword or without. ALL and USAGE count; a name that no dialect has does not.
func Opens(name string, k Kind, keyword bool) bool {
	folded := strings.ToUpper(strings.Join(strings.Fields(name), " "))
	if _, always := everywhere(folded, k); always {
		return true
	}
	atoms, err := Expand(name, k, keyword)
	return err == nil && (k.external() || !atoms.HasAny(nothing(k)))
}

// Shown is s without what opens nothing on an object of kind k, as lists show it.
func Shown(s Set, k Kind) Set {
	if k.external() {
		return s
	}
	return s.Minus(nothing(k))
}

// KnownElsewhere reports whether a name that Expand does not know, or that opens
// nothing, is a privilege of a product whose language is spoken here.
func KnownElsewhere(name string) bool {
	folded := strings.ToUpper(strings.Join(strings.Fields(name), " "))
	_, mapped := meanings[folded]
	return mapped || unbuiltNames[folded]
}

// external kinds are outside the databases; nothing names them in a statement yet.
func (k Kind) external() bool { return k >= KindDirectory && k <= KindDataSink }
