package sqlerr

// bare are MySQL's texts without the values in them.
var bare = map[Code]string{
	DupEntry:                    "Duplicate entry for a unique key",
	WarnDataOutOfRange:          "Out of range value for a column",
	DataTruncated:               "Data truncated for a column",
	TruncatedWrongValue:         "Incorrect value",
	TruncatedWrongValueForField: "Incorrect value for a column",
	DataTooLong:                 "Data too long for a column",
	WrongValueForType:           "Incorrect value for a function",
	DataOutOfRange:              "Value is out of range",
	InvalidJSONTextInColumn:     "Invalid JSON text for a column",
	RegexpTimeOut:               "Timeout exceeded in regular expression match.",
	InvalidJSONText:             "Invalid JSON text in an argument of a function",
	TableAccessDenied:           "Access denied to a table that the statement uses",
	ProcAccessDenied:            "Access denied to a routine that the statement uses",
}

// Bare is a sentence for c that has no value of a row in it.
func (c Code) Bare() string {
	if text := bare[c]; text != "" {
		return text
	}
	return "a value does not fit this statement"
}

// NamesOnly says whether MySQL's text for the warning or error c names objects and
// settings, and never a value.
func (c Code) NamesOnly() bool {
	switch c {
	case DatabaseExists, DatabaseDoesNotExist, TableExists, BadTable, ViewCheckFailed, CantDropFieldOrKey, NotSupportedYet, DeprecatedSyntax,
		SPDoesNotExist, TriggerDoesNotExist, DupIndex, DivisionByZero, SPFetchNoData, EventDoesNotExist, UserDoesNotExist,
		// of a query that runs
		QueryInterrupted, QueryTimeout, CapacityExceeded, DiskFull, RecordFileFull, Shutdown, SubqueryNoOneRow, OperandColumns, CTEMaxRecursionDepth:
		return true
	}
	return false
}
