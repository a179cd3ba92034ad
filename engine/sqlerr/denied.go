package sqlerr

// DeniedObject has the same text whether the object is missing or forbidden for
// someone who holds nothing on its schema.
func DeniedObject(command, user, object string) *Error {
	return TableAccessDenied.Errorf("%s command denied to user '%s' for table '%s'", command, user, object).
		WithHint("the owner or an administrator can run GRANT … ON TABLE %s TO %s", object, user)
}

// DeniedDatabase is for a database that is hidden or missing.
func DeniedDatabase(user, database string) *Error {
	return DBAccessDenied.Errorf("Access denied for user '%s' to database '%s'", user, database)
}

// DeniedSystem names the system privilege that is needed.
func DeniedSystem(need string) *Error {
	return SpecificAccessDenied.Errorf("Access denied; you need (at least one of) the %s privilege(s) for this operation", need)
}

// DeniedRoutine is for a routine that is there or not.
func DeniedRoutine(user, database, name string) *Error {
	return ProcAccessDenied.Errorf("execute command denied to user '%s' for routine '%s.%s'", user, database, name)
}
