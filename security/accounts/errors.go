package accounts

import (
	"errors"
	"fmt"
)

// What Accounts answers. They come in an *Error.
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
	// ErrHistory is the ErrPolicy of a password that the account had before (3638).
	ErrHistory = fmt.Errorf("%w: it was used before", ErrPolicy)
	// ErrCurrentMissing: who changes his own password must say the one he has (3892);
	// ErrCurrentWrong: it is another (3891); ErrCurrentUnasked: it is not his (3893).
	ErrCurrentMissing = fmt.Errorf("%w: the current password is needed", ErrPolicy)
	ErrCurrentWrong   = fmt.Errorf("%w: the current password is another", ErrPolicy)
	ErrCurrentUnasked = fmt.Errorf("%w: the current password is not asked for", ErrPolicy)
	// ErrCycle: a group or role would contain itself (4027).
	ErrCycle = errors.New("group or role would contain itself")
	// ErrNotHeld: somebody does not hold a role that a statement takes from him or
	// makes his default (3530).
	ErrNotHeld = errors.New("role not granted")
	// ErrUnknown: no role or grantee of that name (3523).
	ErrUnknown = errors.New("unknown authorization ID")
	// ErrDependants: REVOKE … RESTRICT, and others hold a role through who loses it (1144).
	ErrDependants = errors.New("others depend on the role")
	// ErrMandatory: a role that every user holds (3628).
	ErrMandatory = errors.New("mandatory role")
	// ErrOwns: the account owns or defines objects (1396).
	ErrOwns = errors.New("account owns objects")
	// ErrLockout: by the connection rules no administrator could come any more (1210).
	ErrLockout = errors.New("connection rules keep out")
	// ErrStale: the account was changed since the caller looked at it (1396).
	ErrStale = errors.New("account changed meanwhile")
	// ErrInvalid: a name or attribute that no account can have, or what nobody
	// may be done to (1396).
	ErrInvalid = errors.New("account invalid")
	// ErrName is the ErrInvalid of a name that no account can have (1470).
	ErrName = fmt.Errorf("%w: name", ErrInvalid)
)

// Error is what went wrong with which account.
type Error struct {
	Kind      error  // one of the sentinels
	Operation string // "CREATE USER"
	Name      string // of the account, as the caller wrote it
	// Reason is what Kind does not say: the privilege that is needed for
	// ErrDenied, a sentence for the others. May be "".
	Reason string
	Hint   string // what to do about it, may be ""

	cause error // the reason as an error, may be nil
}

func (e *Error) Error() string {
	switch {
	case e.Kind == ErrDenied:
		return fmt.Sprintf("Access denied; you need (at least one of) the %s privilege(s) for this operation", e.Reason)
	case e.Kind == ErrPolicy:
		return "Your password does not satisfy the current policy requirements: " + e.Reason
	case e.Kind == ErrCurrentMissing:
		return "Current password needs to be specified in the REPLACE clause in order to change it."
	case e.Kind == ErrCurrentWrong:
		return "Incorrect current password. Specify the correct password which has to be replaced."
	case e.Kind == ErrCurrentUnasked:
		return "Do not specify the current password while changing it for other users."
	case e.Kind == ErrLockout:
		return "Incorrect arguments: " + e.Reason
	case e.Kind == ErrDependants:
		return "Illegal GRANT/REVOKE command: " + e.Reason
	case e.Kind == ErrName, e.Kind == ErrHistory, e.Kind == ErrNotHeld, e.Kind == ErrUnknown, e.Kind == ErrMandatory:
		return e.Reason
	case e.Reason == "":
		return fmt.Sprintf("Operation %s failed for '%s'", e.Operation, e.Name)
	}
	return fmt.Sprintf("Operation %s failed for '%s': %s", e.Operation, e.Name, e.Reason)
}

// Unwrap makes it an Is of its Kind and of what authn says about a password.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}
