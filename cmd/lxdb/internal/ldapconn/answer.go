package ldapconn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Code is a result code of RFC 4511.
type Code uint16

// Codes that callers act on.
const (
	NoSuchAttribute     Code = ldap.LDAPResultNoSuchAttribute
	ConstraintViolation Code = ldap.LDAPResultConstraintViolation
	ValueExists         Code = ldap.LDAPResultAttributeOrValueExists
	NoSuchObject        Code = ldap.LDAPResultNoSuchObject
	InvalidCredentials  Code = ldap.LDAPResultInvalidCredentials
	EntryExists         Code = ldap.LDAPResultEntryAlreadyExists
	Busy                Code = ldap.LDAPResultBusy
	Unavailable         Code = ldap.LDAPResultUnavailable
)

// Error is a refusal by the server.
type Error struct {
	Code    Code
	Message string // may be empty
}

func (e *Error) Error() string {
	name := strings.ToLower(ldap.LDAPResultCodeMap[uint16(e.Code)])
	if name == "" {
		name = "refused"
	}
	if e.Message == "" {
		return fmt.Sprintf("%s (LDAP result %d)", name, e.Code)
	}
	return fmt.Sprintf("%s: %s (LDAP result %d)", name, e.Message, e.Code)
}

// Is reports whether the server answered with one of the codes.
func Is(err error, codes ...Code) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// Refused reports whether the server looked at the request and refused it. Else
// it was not reached, or is about to stop: the next request fares no better.
func Refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code != Busy && e.Code != Unavailable
}

// answer turns the library's errors into ours. Its own codes, for trouble on the
// way, begin behind those of the protocol.
func answer(err error) error {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.ResultCode >= ldap.ErrorNetwork && e.ResultCode <= ldap.ErrorEmptyPassword {
		if e.Err != nil {
			err = e.Err
		}
		return fmt.Errorf("connection to the directory: %w", err)
	}
	message := ""
	if e.Err != nil {
		message = e.Err.Error()
	}
	if strings.ContainsFunc(message, func(r rune) bool { return !strconv.IsPrint(r) }) {
		message = strconv.Quote(message) // a terminal would obey it
	}
	return &Error{Code: Code(e.ResultCode), Message: message}
}
