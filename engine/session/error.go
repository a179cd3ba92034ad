package session

import (
	"errors"
	"fmt"
)

// Error is what a client sees: MySQL's number, the SQLSTATE, one sentence, and
// a hint when there is something the reader can do. Wrapped detail stays in the
// server's log.
type Error struct {
	Number  uint16
	State   string // five characters
	Message string
	Hint    string
	cause   error
}

func (e *Error) Error() string { return fmt.Sprintf("%d (%s): %s", e.Number, e.State, e.Message) }
func (e *Error) Unwrap() error { return e.cause }

// Errorf makes an Error. Number and state are MySQL's.
func Errorf(number uint16, state, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Number: number, State: state, Message: err.Error(), cause: errors.Unwrap(err)}
}

// WithHint returns a copy with the hint set.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// AsError finds the Error in err's chain. An error without one is internal: the
// client is told 1105 and nothing of its text.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Number: 1105, State: "HY000", Message: "internal error", Hint: "see the server log", cause: err}
}
