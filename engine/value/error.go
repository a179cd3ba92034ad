package value

import "github.com/lxdb/lxdb/engine/sqlerr"

// Error is what an evaluation fails with: MySQL's number, SQLSTATE and text.
type Error = sqlerr.Error

// OutOfRange is 1690. kind is BIGINT, BIGINT UNSIGNED, DECIMAL or DOUBLE, text the
// expression as MySQL prints it.
func OutOfRange(kind, text string) error {
	return sqlerr.DataOutOfRange.Errorf("%s value is out of range in '%s'", kind, text)
}

// TooDeep is for documents, patterns and expressions that nest too deeply.
func TooDeep(what string) error {
	return sqlerr.StackOverrunNeedMore.Errorf("%s is nested too deeply", what).WithHint("use fewer levels")
}
