// Package sqlerr is the one table of MySQL's error numbers and SQLSTATEs, and
// the error that a client sees. It imports nothing of ours and nothing of the
// SQL library, so that each layer can say what went wrong in MySQL's numbers.
//
// An error is made from its Code, which brings the SQLSTATE along:
//
//	return sqlerr.NoSuchTable.Errorf("Table '%s' doesn't exist", name)
//
// Who needs a number that is not here adds one line to each half of table.go.
// Package engine translates the library's kinds of errors.
package sqlerr
