package sqlerr

import (
	"strings"
	"unicode/utf8"
)

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

// maxName is how many characters a name has at most.
const maxName = 64

// LongName is MySQL's error about the first of several names that nothing can have, or nil. It comes before any denial:
// a name as long as a client likes is looked for and kept nowhere.
func LongName(names ...string) *Error {
	for _, name := range names {
		if len(name) > maxName && utf8.RuneCountInString(name) > maxName {
			return TooLongIdent.Errorf("Identifier name '%.100s' is too long", name)
		}
	}
	return nil
}

// DeniedObject has the same text whether the object is missing or forbidden for
// someone who holds nothing on its schema.
func DeniedObject(command, user, object string) *Error {
	if long := LongName(object); long != nil && (!strings.Contains(object, ".") || utf8.RuneCountInString(object) > 2*maxName+len(".")) { // it may stand with its database
		return long
	}
	return TableAccessDenied.Errorf("%s command denied to user '%s' for table '%s'", command, user, object).
		WithHint("the owner or an administrator can run GRANT … ON TABLE %s TO %s", object, user).Lacking(command, "table "+object)
}

// DeniedSequence is DeniedObject for what only a sequence can be.
func DeniedSequence(command, user, name string) *Error {
	if long := LongName(name); long != nil {
		return long
	}
	return DeniedObject(command, user, name).
		WithHint("the owner or an administrator can run GRANT … ON SEQUENCE %s TO %s", name, user).Lacking(command, "sequence "+name)
}

// DeniedDatabase is for a database that is hidden or missing.
func DeniedDatabase(user, database string) *Error {
	if long := LongName(database); long != nil {
		return long
	}
	return DBAccessDenied.Errorf("Access denied for user '%s' to database '%s'", user, database).Lacking("any right", "database "+database)
}

// DeniedSystem names the system privilege that is needed.
func DeniedSystem(need string) *Error {
	return SpecificAccessDenied.Errorf("Access denied; you need (at least one of) the %s privilege(s) for this operation", need).Lacking(strings.ReplaceAll(need, ", ", " or "), "the system")
}

// DeniedRoutine is for a routine that is there or not.
func DeniedRoutine(user, database, name string) *Error {
	if long := LongName(database, name); long != nil {
		return long
	}
	return ProcAccessDenied.Errorf("execute command denied to user '%s' for routine '%s.%s'", user, database, name).Lacking("EXECUTE", "routine "+database+"."+name)
}
