package engine

import (
	"errors"
	"fmt"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// What Accounts answers. They come in an *AccountError.
var (
	// ErrExists: the name is taken by a user, role or group (1396).
	ErrExists = errors.New("account exists")
	// ErrNotFound: there is no such user, group or member (1396).
	ErrNotFound = errors.New("no such account")
	// ErrDenied: the actor may not do it; to who may administer nobody it is
	// the only answer (1227).
	ErrDenied = errors.New("account change denied")
	// ErrPolicy: the password is not good enough (1819).
	ErrPolicy = errors.New("password refused")
	// ErrCycle: a group would contain itself (3573).
	ErrCycle = errors.New("group would contain itself")
	// ErrOwns: the account owns or defines objects (1396).
	ErrOwns = errors.New("account owns objects")
	// ErrStale: the account was changed since the caller looked at it (1396).
	ErrStale = errors.New("account changed meanwhile")
	// ErrInvalid: a name or attribute that no account can have, or what nobody
	// may be done to (1396, 1470).
	ErrInvalid = errors.New("account invalid")
)

// AccountError is what went wrong with which account.
type AccountError struct {
	Kind      error  // one of the sentinels
	Operation string // "CREATE USER"
	Name      string // of the account, as the caller wrote it
	// Reason is what Kind does not say: the privilege that is needed for
	// ErrDenied, a sentence for the others. May be "".
	Reason string
	Hint   string // what to do about it, may be ""

	number sqlerr.Code // of MySQL, 0 for that of Kind
	cause  error       // the reason as an error, may be nil
}

func (e *AccountError) Error() string {
	switch {
	case e.Kind == ErrDenied:
		return fmt.Sprintf("Access denied; you need (at least one of) the %s privilege(s) for this operation", e.Reason)
	case e.Kind == ErrPolicy:
		return "Your password does not satisfy the current policy requirements: " + e.Reason
	case e.number == sqlerr.WrongStringLength:
		return e.Reason
	case e.Reason == "":
		return fmt.Sprintf("Operation %s failed for '%s'", e.Operation, e.Name)
	}
	return fmt.Sprintf("Operation %s failed for '%s': %s", e.Operation, e.Name, e.Reason)
}

// Unwrap makes it an Is of its Kind and of what authn says about a password.
func (e *AccountError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// fromAccounts words an AccountError for a client.
func fromAccounts(err error) *session.Error {
	var a *AccountError
	if !errors.As(err, &a) {
		return nil
	}
	number := sqlerr.CannotUser
	switch a.Kind {
	case ErrDenied:
		number = sqlerr.SpecificAccessDenied
	case ErrPolicy:
		number = sqlerr.NotValidPassword
	case ErrCycle:
		number = sqlerr.RoleGrantedToItself
	}
	if a.number != 0 {
		number = a.number
	}
	e := number.Errorf("%s", a.Error())
	if a.Hint != "" {
		e = e.WithHint("%s", a.Hint)
	}
	return e
}
