package statement

import (
	"errors"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
)

// AccountError words an accounts.Error for a client; nil when err is none.
func AccountError(err error) *sqlerr.Error {
	var a *accounts.Error
	if !errors.As(err, &a) {
		return nil
	}
	number := sqlerr.CannotUser
	switch a.Kind {
	case accounts.ErrDenied:
		number = sqlerr.SpecificAccessDenied
	case accounts.ErrPolicy:
		number = sqlerr.NotValidPassword
	case accounts.ErrHistory:
		number = sqlerr.CredentialsContradictHistory
	case accounts.ErrCurrentMissing:
		number = sqlerr.MissingCurrentPassword
	case accounts.ErrCurrentWrong:
		number = sqlerr.IncorrectCurrentPassword
	case accounts.ErrCurrentUnasked:
		number = sqlerr.CurrentPasswordNotRequired
	case accounts.ErrCycle:
		number = sqlerr.RoleGrantedToItself
	case accounts.ErrNotHeld:
		number = sqlerr.RoleNotGranted
	case accounts.ErrUnknown:
		number = sqlerr.UnknownAuthorizationID
	case accounts.ErrDependants:
		number = sqlerr.IllegalGrantForTable
	case accounts.ErrMandatory:
		number = sqlerr.MandatoryRole
	case accounts.ErrLockout:
		number = sqlerr.WrongArguments
	case accounts.ErrName:
		number = sqlerr.WrongStringLength
	}
	e := number.Errorf("%s", a.Error())
	if a.Hint != "" {
		e = e.WithHint("%s", a.Hint)
	}
	if a.Kind == accounts.ErrDenied {
		e = e.Lacking(strings.ReplaceAll(a.Reason, ", ", " or "), "the system")
	}
	return e
}

// unknownAccount is the answer to a name that no user or role has.
func unknownAccount(g dialect.Grantee) *sqlerr.Error {
	return sqlerr.UnknownAuthorizationID.Errorf("Unknown authorization ID `%s`@`%%`", g.Account.Name)
}

func notGranted(role, user string) *sqlerr.Error {
	return sqlerr.RoleNotGranted.Errorf("`%s`@`%%` is not granted to `%s`@`%%`", role, user)
}

// told is what a client hears of an error that a statement made by itself.
func told(err error) *sqlerr.Error {
	if e := AccountError(err); e != nil {
		return e
	}
	return sqlerr.From(err)
}
