package privilege

// systemRow is one privilege of the system in docs/generated/privileges.md.
type systemRow struct{ Name, Opens, Test string }

// systemRows lists the privileges of the whole system that open something, with the file
// of the test that shows it.
func systemRows() []systemRow {
	return []systemRow{
		{"SYSTEM ADMIN", "everything", "testdata/authz/system_opens.txt"},
		{"SYSTEM READ", "reading every table, view and sequence, and what they are made of", "testdata/authz/system_opens.txt"},
		{"SYSTEM WRITE", "SYSTEM READ, and changing rows of every table", "testdata/authz/system_opens.txt"},
		{"SYSTEM CREATE", "making databases, tables, views and routines anywhere", "testdata/authz/system_opens.txt"},
		{"SYSTEM MONITOR", "the metrics of the HTTPS listener", "internal/lxtest/https_test.go"},
		{"USER ADMIN", "making and changing users, roles and groups that hold no more of the system than oneself", "testdata/authz/system_opens.txt"},
		{"ASSIGN PRIVILEGES", "granting and revoking what one does not hold, on databases and what is in them; nothing of the system", "testdata/authz/system_opens.txt"},
		{"BECOME ANY USER", "acting as other users", "testdata/authz/s059_impersonation.txt"},
		{"AUDIT READ", "sys.audit_log and the tables of mysql", "engine/audit_test.go"},
		{"RELOAD", "FLUSH", "testdata/authz/flush.txt"},
		{"REFRESH LDAP GROUP", "CALL SYS.REFRESH_LDAP_GROUP; the same as EXECUTE ON PROCEDURE SYS.REFRESH_LDAP_GROUP", "testdata/authz/sys_procedures.txt"},
		{"PROCESS", "what other users' sessions run", "testdata/authz/system_opens.txt"},
		{"SET_ANY_DEFINER", "making views and routines that act for somebody else", "engine/dialect/definer_test.go"},
		{"SHOW DATABASES", "the names of all databases", "testdata/authz/system_opens.txt"},
	}
}
