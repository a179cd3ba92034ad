// Package may asks a server whether somebody may send a statement, for `lxdb can` and for who
// compares its answer with others.
package may

import (
	"slices"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Answer is what can be said before a statement runs. The zero Answer is none.
type Answer int

// The answers.
const (
	Unsaid Answer = iota // it shows when the statement runs
	No
	Yes
)

// Query sends a statement as an administrator. number is that of the error that the server gave.
type Query func(statement string) (rows [][]string, number uint16, err error)

// unsaid are the errors that say neither: what shows when the statement runs, what others hold, and that the question
// was not answered to its end.
var unsaid = []sqlerr.Code{
	sqlerr.NotSupportedYet, sqlerr.LockWaitTimeout, sqlerr.LockDeadlock,
	sqlerr.TooManyConnections, sqlerr.OutOfResources, sqlerr.UnknownError, sqlerr.QueryInterrupted, sqlerr.QueryTimeout, sqlerr.CapacityExceeded,
	sqlerr.ClientInteractionTimeout,
}

// Ask asks for a user. reasons are the rows of the answer, the last of which decides; with Unsaid err is why: an error
// that no server gave, as of a connection that ended, says nothing.
func Ask(user, statement string, send Query) (a Answer, reasons [][]string, err error) {
	rows, number, err := send("EXPLAIN SECURITY FOR " + lex.QuoteName(user) + " " + statement)
	switch {
	case err != nil && (number == 0 || slices.Contains(unsaid, sqlerr.Code(number))):
		return Unsaid, nil, err
	case err != nil:
		return No, nil, err
	case len(rows) > 0 && rows[len(rows)-1][0] == "YES":
		return Yes, rows, nil
	}
	return No, rows, nil
}
