package sqlerr

import "strings"

// Denies says whether an error of c tells its client that he may not do something, or may not know of it.
func (c Code) Denies() bool {
	switch c {
	case DBAccessDenied, AccessDenied, KillDenied, TableAccessDenied, ColumnAccessDenied, SpecificAccessDenied, ProcAccessDenied:
		return true
	}
	return false
}

// Lacking returns a copy that says which right was missing, and on what.
func (e *Error) Lacking(right, on string) *Error {
	c := *e
	c.Lacks, c.On = right, on
	return &c
}

// DeniedObject has the same text whether the object is missing or forbidden for
// someone who holds nothing on its schema.
func DeniedObject(command, user, object string) *Error {
	return TableAccessDenied.Errorf("%s command denied to user '%s' for table '%s'", command, user, object).
		WithHint("the owner or an administrator can run GRANT … ON TABLE %s TO %s", object, user).Lacking(command, "table "+object)
}

// DeniedSequence is DeniedObject for what only a sequence can be.
func DeniedSequence(command, user, name string) *Error {
	return DeniedObject(command, user, name).
		WithHint("the owner or an administrator can run GRANT … ON SEQUENCE %s TO %s", name, user).Lacking(command, "sequence "+name)
}

// DeniedDatabase is for a database that is hidden or missing.
func DeniedDatabase(user, database string) *Error {
	return DBAccessDenied.Errorf("Access denied for user '%s' to database '%s'", user, database).Lacking("any right", "database "+database)
}

// DeniedSystem names the system privilege that is needed.
func DeniedSystem(need string) *Error {
	return SpecificAccessDenied.Errorf("Access denied; you need (at least one of) the %s privilege(s) for this operation", need).Lacking(strings.ReplaceAll(need, ", ", " or "), "the system")
}

// DeniedRoutine is for a routine that is there or not.
func DeniedRoutine(user, database, name string) *Error {
	return ProcAccessDenied.Errorf("execute command denied to user '%s' for routine '%s.%s'", user, database, name).Lacking("EXECUTE", "routine "+database+"."+name)
}
