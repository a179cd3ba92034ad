package https

import (
	"context"
	"errors"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// errNoClient: the session is closed, was never there, or is somebody else's.
var errNoClient = errors.New("no such connection")

// What the front end itself refuses. Everything else comes from the session.
var (
	errOneResult = sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'several results of a CALL in this protocol'").
			WithHint("the procedure ran; call it by POST /api/v1/query")
	errSeveralStatements = sqlerr.Syntax.Errorf("You have an error in your SQL syntax: several statements in one text").
				WithHint("send one statement at a time")
	errTimedOut   = sqlerr.QueryTimeout.Errorf("Query execution was interrupted, maximum statement execution time exceeded")
	errImpersonal = sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'doAs': a session acts for who logged in").
			WithHint("leave doAs out; phoenixdb sends it when it is given user= without authentication='BASIC'")
	errLostResult = sqlerr.StmtHasNoOpenCursor.Errorf("The result of the statement is gone").
			WithHint("execute the statement again")
	errWrongOffset = sqlerr.WrongArguments.Errorf("Incorrect arguments to fetch: only the next rows, or the last ones once more, can be fetched")
	errOpenResult  = sqlerr.OutOfResources.Errorf("another statement of this connection has an open result that is too large to be put aside").
			WithHint("fetch it to its end or close it first, or use a connection of its own")
)

func errMalformed(err error) *session.Error {
	return sqlerr.MalformedPacket.Errorf("Malformed communication packet: %v", err)
}

// clientError finds what the client is told about err, and whether err is an internal
// one that belongs in the log.
func clientError(err error) (e *session.Error, internal bool) {
	if errors.As(err, &e) {
		return e, false
	}
	switch {
	case errors.Is(err, avatica.ErrMalformed):
		return errMalformed(err), false
	case errors.Is(err, context.DeadlineExceeded):
		return errTimedOut, false
	case errors.Is(err, context.Canceled):
		return errInterrupted, false
	}
	return session.AsError(err), true
}

// tell is what a client is told, in one line.
func tell(e *session.Error) string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (hint: " + e.Hint + ")"
}

// denials are the numbers that say that a right is missing.
func isDenial(n sqlerr.Code) bool {
	switch n {
	case sqlerr.AccessDenied, sqlerr.DBAccessDenied, sqlerr.TableAccessDenied, sqlerr.ColumnAccessDenied,
		sqlerr.SpecificAccessDenied, sqlerr.ProcAccessDenied:
		return true
	}
	return false
}

func errTooManyStatements(limit int) *session.Error {
	return sqlerr.MaxPreparedStmtCountReached.Errorf("Can't create more than max_prepared_stmt_count statements (current value: %d)", limit).
		WithHint("close statements that are not used any more")
}
