package engine

import (
	"errors"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
)

// fromAccounts words an accounts.Error for a client.
func fromAccounts(err error) *session.Error {
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
	case accounts.ErrCycle:
		number = sqlerr.RoleGrantedToItself
	case accounts.ErrName:
		number = sqlerr.WrongStringLength
	}
	e := number.Errorf("%s", a.Error())
	if a.Hint != "" {
		e = e.WithHint("%s", a.Hint)
	}
	return e
}
