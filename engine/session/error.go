package session

import "github.com/lxdb/lxdb/engine/sqlerr"

// Error is what a client sees of a failed statement; sqlerr makes it.
type Error = sqlerr.Error

// AsError finds the Error in err's chain; an error without one is internal, and
// nothing of its text is told.
func AsError(err error) *Error { return sqlerr.From(err) }
