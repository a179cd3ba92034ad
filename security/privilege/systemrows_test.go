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
		{"BECOME ANY USER", "acting as other users who hold no right of the system that one lacks; IMPERSONATE ON USER u is for that user, whatever he holds or gets later", "testdata/authz/s059_impersonation.txt"},
		{"AUDIT READ", "sys.audit_log and the tables of mysql", "engine/audit_test.go"},
		{"RELOAD", "FLUSH", "testdata/authz/flush.txt"},
		{"REFRESH LDAP GROUP", "CALL SYS.REFRESH_LDAP_GROUP; the same as EXECUTE ON PROCEDURE SYS.REFRESH_LDAP_GROUP", "testdata/authz/sys_procedures.txt"},
		{"PROCESS", "what other users' sessions run", "testdata/authz/system_opens.txt"},
		{"SET_ANY_DEFINER", "making views and programs that act for somebody else who holds no right of the system that one lacks", "testdata/authz/elevated_definers.txt"},
		{"SHOW DATABASES", "the names of all databases", "testdata/authz/system_opens.txt"},
	}
}

// accountRows lists the privileges on one account.
func accountRows() []systemRow {
	return []systemRow{
		{"IMPERSONATE", "acting as that account, by EXECUTE AS, and going back", "testdata/authz/s059_impersonation.txt"},
		{"PROXY", "being that account from one's own login on, with its rights and none of one's own (MySQL's GRANT PROXY ON u TO v). It is a user's, who can hold it on one account. Who passes it on holds it WITH GRANT OPTION, as whom he logged in, and USER ADMIN over the account that gets it. CURRENT_USER() is u, USER() and @@proxy_user are v, and the audit log has both. A lock of u's logins does not end it, ACTIVATED=FALSE does; sessions end with it", "testdata/authz/proxy.txt"},
	}
}

// refusedRow says why GRANT of names that other products have is refused, and what there is instead.
type refusedRow struct{ Names, Why string }

// refusedRows are the names of unbuiltNames, those of the unbuilt atoms, and what else the
// scenario refused_by_name.txt shows.
func refusedRows() []refusedRow {
	return []refusedRow{
		{"GRANT … AS user WITH ROLE …", "MySQL writes it into its binary log, to repeat a grant with the grantor's roles; there is none. Who grants is who is logged in, or whom he acts as by EXECUTE AS, with the roles that SET ROLE chose"},
		{"CREATE ROLE r IDENTIFIED BY 'password'", "a password that all members know is nobody's, and could be taken from nobody alone. A role that is granted and no default role waits for SET ROLE"},
		{"SYSTEM ALERT, SYSTEM_ALERT", "Kinetica's holders send alerts by it; there are none. SYSTEM MONITOR reads the metrics, which a monitor makes alerts of"},
		{"BACKUP, BACKUP ANY, BACKUP_ADMIN, CLONE_ADMIN, INNODB_REDO_LOG_ARCHIVE, INNODB_REDO_LOG_ENABLE", "a backup is a dump, which needs SYSTEM READ and shows its reader's rows alone, or a copy of the data directory, which needs no account"},
		{"AUDIT ADMIN, AUDIT_ADMIN, AUDIT_ABORT_EXEMPT", "the audit log has no filters, and nobody is exempt from it"},
		{"CERTIFICATE ADMIN", "statements about certificates are SYSTEM ADMIN's: who re-issues certificates decides what everybody may do"},
		{"FILE", "no statement opens a file of the server. LOAD DATA LOCAL reads the client's, and needs INSERT"},
		{"SHUTDOWN", "no statement ends the server; who runs it does"},
		{"UNMASK, EXEMPT ROW POLICY, MASKING_DICTIONARIES_ADMIN", "there are no masks and no row policies yet to be exempt from"},
		{"CREATE DATA SOURCE, CREATE DATA SERVICE, CREATE FOLDER, INDIRECT ACCESS", "Denodo's, about data sources, services, folders and restrictions, which are not built"},
		{"CREATE ROLE, DROP ROLE, ROLE_ADMIN", "USER ADMIN makes and drops roles; who passes one on holds it WITH ADMIN OPTION, or made it"},
		{"SYSTEM_USER", "who holds a right of the system is out of reach of every USER ADMIN that lacks it, without a mark of his own"},
		{"CONNECTION_ADMIN, SERVICE_CONNECTION_ADMIN, TP_CONNECTION_ADMIN", "KILL of others' sessions is SYSTEM ADMIN's, and there is one kind of connection"},
		{"SYSTEM_VARIABLES_ADMIN, SESSION_VARIABLES_ADMIN, PERSIST_RO_VARIABLES_ADMIN, SENSITIVE_VARIABLES_OBSERVER", "SET GLOBAL is SYSTEM ADMIN's; what a session may set, everybody may"},
		{"FLUSH_PRIVILEGES, FLUSH_STATUS, FLUSH_TABLES, FLUSH_USER_RESOURCES, FLUSH_OPTIMIZER_COSTS, OPTIMIZE_LOCAL_TABLE", "RELOAD lets its holder FLUSH, whatever it is"},
		{"CREATE ON TABLE, CREATE ON VIEW, CREATE ON SEQUENCE", "a grant goes with its object, and nothing can be granted on what is not there: CREATE is granted on the schema. ALTER with the word TABLE or SEQUENCE, LeanXcale's, is everything but that"},
		{"CREATE VIEW ON TABLE", "CREATE VIEW makes a view in a schema, and with DROP replaces a view that it is granted on"},
		{"INDEX ON VIEW, TRUNCATE ON VIEW, REFERENCES ON VIEW, TRIGGER ON VIEW", "views have no indexes, triggers, foreign keys or rows of their own"},
		{"ALTER ON ROUTINE", "ALTER ROUTINE changes and drops a routine; ALTER with the word PROCEDURE or FUNCTION is no other right"},
		{"SHOW_ROUTINE", "METADATA on a routine shows its body"},
		{"ALLOW_NONEXISTENT_DEFINER", "what acts for an account that is not there would act for whoever gets its name"},
		{"AUTHENTICATION_POLICY_ADMIN, APPLICATION_PASSWORD_ADMIN, PASSWORDLESS_USER_ADMIN", "who checks a password is USER ADMIN's to say, and so is a second password, one's own too (RETAIN CURRENT PASSWORD). Who has two gives his old one up without it (DISCARD OLD PASSWORD)"},
		{"REPLICATION SLAVE, REPLICATION_APPLIER, REPLICATION_SLAVE_ADMIN, GROUP_REPLICATION_ADMIN, GROUP_REPLICATION_STREAM, BINLOG_ADMIN, BINLOG_ENCRYPTION_ADMIN, TRANSACTION_GTID_TAG", "there is no replication and no binary log"},
		{"CREATE TABLESPACE, TABLE_ENCRYPTION_ADMIN, ENCRYPTION_KEY_ADMIN, NDB_STORED_USER, XA_RECOVER_ADMIN, RESOURCE_GROUP_ADMIN, RESOURCE_GROUP_USER, SKIP_QUERY_REWRITE, FIREWALL_ADMIN, FIREWALL_EXEMPT, FIREWALL_USER, VERSION_TOKEN_ADMIN, TELEMETRY_LOG_ADMIN, MONITOR", "what they are about is not here"},
	}
}
