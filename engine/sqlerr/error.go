package sqlerr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Code is one of MySQL's error numbers. The zero Code is no error.
type Code uint16

// State is the SQLSTATE that goes with c, HY000 ("general error") for a number
// that the table has not.
func (c Code) State() string {
	if state := states[c]; state != "" {
		return state
	}
	return general
}

// Known says whether the table has c.
func (c Code) Known() bool { return states[c] != "" }

// Errorf makes an Error of c. What %w wraps stays out of the client's sight.
func (c Code) Errorf(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Number: c, State: c.State(), Message: Cut(err.Error()), cause: errors.Unwrap(err)}
}

// maxMessage is MySQL's MYSQL_ERRMSG_SIZE without the byte at its end.
const maxMessage = 511

// Cut is what MySQL tells, and keeps, of a message: it ends with a whole character.
func Cut(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage
	for end > maxMessage-utf8.UTFMax && !utf8.RuneStart(message[end]) {
		end--
	}
	return strings.Clone(message[:end]) // the rest is not kept
}

const general = "HY000"

// Error is what a client sees: MySQL's number, the SQLSTATE, one sentence, and
// a hint when there is something the reader can do. Wrapped detail stays in the
// server's log.
type Error struct {
	Number  Code
	State   string // five characters
	Message string
	Hint    string
	// Lacks is the right that was missing, and On what it was missing on, where the error is a denial that says so. They
	// are for the audit log, and no client sees them.
	Lacks, On string
	cause     error
}

func (e *Error) Error() string { return fmt.Sprintf("%d (%s): %s", e.Number, e.State, e.Message) }
func (e *Error) Unwrap() error { return e.cause }

// WithHint returns a copy with the hint set.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithCause returns a copy that wraps err, which the client does not see.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// From finds the Error in err's chain. An error without one is internal: the
// client is told 1105 and nothing of its text.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return UnknownError.Errorf("internal error").WithHint("see the server log").WithCause(err)
}

// Library makes an Error from a number that the SQL library, or a peer, chose.
// Its own state counts only where the table has none.
func Library(number int, state, message string) *Error {
	c := Code(number)
	e := &Error{Number: c, State: c.State(), Message: Cut(message)}
	if !c.Known() && len(state) == len(general) {
		e.State = state
	}
	return e
}

// Inside is an error that a function has failed of which a statement calls: IGNORE of that statement does not
// make a warning of it.
type Inside struct{ Err error }

// Error implements error.
func (e *Inside) Error() string { return e.Err.Error() }

// Unwrap is what went wrong.
func (e *Inside) Unwrap() error { return e.Err }
