package lex

// mustBeName says that nothing but a name can stand here.
func (w *writer) mustBeName() bool {
	switch {
	case w.followsWord("SAVEPOINT"):
		return true
	case w.followsWord("WITH"), w.followsWord("RECURSIVE"): // of a query: not CHECK OPTION, nor RECURSIVE itself
		ahead := w.lexer
		next := ahead.Next()
		return w.is(next, "AS") || w.isPunct(next, '(')
	case w.followsWord("TO"):
		ahead := w.lexer
		next := ahead.Next()
		return (w.is(w.before, "ROLLBACK") || w.is(w.before, "WORK")) && (next.Kind == EOF || w.isPunct(next, ';'))
	}
	return false
}

// namesTrigger says that the word stands where DROP TRIGGER and SHOW CREATE TRIGGER have a name.
func (w *writer) namesTrigger() bool {
	ahead := w.lexer
	if next := ahead.Next(); next.Kind != EOF && !w.isPunct(next, ';') && !w.isPunct(next, '.') {
		return false
	}
	behind := func(t Token) bool { return w.is(t, "DROP") || w.is(t, "CREATE") }
	return w.followsWord("TRIGGER") && behind(w.before) || w.followsWord("EXISTS") && w.is(w.before, "IF") && w.is(w.earlier, "TRIGGER")
}

// isOption says that the word is the value of an option of ALTER TABLE: ALGORITHM = COPY, LOCK SHARED.
func (w *writer) isOption() bool {
	if ahead := w.lexer; w.isPunct(ahead.Next(), '.') { // the name of a table
		return false
	}
	return w.follows("=") || w.followsWord("ALGORITHM") || w.followsWord("LOCK") || w.followsWord("FOR") || w.followsWord("TYPE")
}

// freeWords are no reserved words of MySQL's, but of the SQL parser's. (MySQL's manual, Keywords and Reserved Words.)
var freeWords = makeFreeWords()

func makeFreeWords() map[string]bool {
	out := map[string]bool{}
	for _, w := range []string{
		"APPLICATION_PASSWORD_ADMIN", "AUDIT_ABORT_EXEMPT", "AUDIT_ADMIN", "AUTHENTICATION_POLICY_ADMIN", "BACKUP_ADMIN", "BINLOG_ADMIN",
		"BINLOG_ENCRYPTION_ADMIN", "CLONE_ADMIN", "CONNECTION_ADMIN", "ENCRYPTION_KEY_ADMIN", "FIREWALL_ADMIN", "FIREWALL_EXEMPT", "FIREWALL_USER",
		"FLUSH_OPTIMIZER_COSTS", "FLUSH_STATUS", "FLUSH_TABLES", "FLUSH_USER_RESOURCES", "GROUP_REPLICATION_ADMIN", "GROUP_REPLICATION_STREAM",
		"INNODB_REDO_LOG_ARCHIVE", "INNODB_REDO_LOG_ENABLE", "NDB_STORED_USER", "PASSWORDLESS_USER_ADMIN", "PERSIST_RO_VARIABLES_ADMIN",
		"REPLICATION_APPLIER", "REPLICATION_SLAVE_ADMIN", "RESOURCE_GROUP_ADMIN", "RESOURCE_GROUP_USER", "ROLE_ADMIN",
		"SENSITIVE_VARIABLES_OBSERVER", "SESSION_VARIABLES_ADMIN", "SET_USER_ID", "SHOW_ROUTINE", "SKIP_QUERY_REWRITE", "SYSTEM_VARIABLES_ADMIN",
		"TABLE_ENCRYPTION_ADMIN", "TP_CONNECTION_ADMIN", "VERSION_TOKEN_ADMIN", "XA_RECOVER_ADMIN",
		"COPY", "ENCRYPTED", "ENCRYPTION_KEY_ID", "EXCLUSIVE", "ITEF_QUOTES", "PAGE_CHECKSUM", "PAGE_COMPRESSED", "PAGE_COMPRESSION_LEVEL", "PLAN",
		"SHARED", "SYSTEM_TIME", "TRANSACTIONAL", "VERSIONING", "VERSIONS", "YES",
	} {
		out[w] = true
	}
	return out
}
