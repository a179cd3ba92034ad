package ldapclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// The kinds of failure. Every error of a Client is one of them; when several
// servers fail in different ways, it can be ErrUnavailable and ErrConfiguration.
var (
	// ErrDenied: the directory, or a rule that needs no directory, says no.
	ErrDenied = errors.New("login refused")
	// ErrUnavailable is an outage: no server could be asked. It is never a refusal.
	ErrUnavailable = errors.New("no LDAP server can be reached")
	// ErrConfiguration: a server was reached and the settings do not fit it.
	ErrConfiguration = errors.New("LDAP settings do not fit the directory")
	// ErrNoGroup: no group has that name.
	ErrNoGroup = errors.New("no such group in the directory")
	// ErrLimited: a cap was reached and the answer is not complete.
	ErrLimited = errors.New("too many members for the limits set")
)

// ErrSeveral is the ErrConfiguration of a name that several groups have.
var ErrSeveral = fmt.Errorf("%w: several groups have the name", ErrConfiguration)

// Reasons for ErrDenied, which they wrap. They are for the log, not for the
// client who tries to log in.
var (
	ErrNoUser        = fmt.Errorf("%w: no such user in the directory", ErrDenied)
	ErrAmbiguous     = fmt.Errorf("%w: the name fits several users of the directory", ErrDenied)
	ErrWrongPassword = fmt.Errorf("%w: the directory refuses the password", ErrDenied)
	ErrLocked        = fmt.Errorf("%w: the directory refuses the account (locked, disabled or without a password)", ErrDenied)
	ErrName          = fmt.Errorf("%w: not a name (1 to 256 bytes of UTF-8 without control characters)", ErrDenied)
	ErrPassword      = fmt.Errorf("%w: not a password (1 to 1,024 bytes without NUL)", ErrDenied)
)

var (
	errPin     = errors.New("the server's key is none of the pinned ones")
	errTooMuch = errors.New("the answer is too long")
	errPlain   = errors.New("the name leads to another machine, and a password must not go there without TLS")
)

// resultCode is the code of a server's answer; false when there was none.
func resultCode(err error) (uint16, bool) {
	var answer *ldap.Error
	if !errors.As(err, &answer) || answer.ResultCode >= ldap.ErrorNetwork && answer.ResultCode <= ldap.ErrorMalformedPacket {
		return 0, false
	}
	return answer.ResultCode, true
}

// trouble are codes by which a server says that it cannot answer now.
var trouble = []uint16{ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.LDAPResultOther}

// insecure are codes by which a server asks for TLS or another kind of bind.
var insecure = []uint16{ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired,
	ldap.LDAPResultAuthMethodNotSupported, ldap.LDAPResultReferral}

// serviceError names the kind of failure of what the service account asked.
func serviceError(what string, err error) error {
	code, answered := resultCode(err)
	switch {
	case err == nil:
		return nil
	case ldap.IsErrorWithCode(err, ldap.ErrorFilterCompile):
		return fmt.Errorf("%w: %s: %w", ErrConfiguration, what, err)
	case !answered || slices.Contains(trouble, code):
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, answerText(err))
	}
	return fmt.Errorf("%w: %s: %w", ErrConfiguration, what, answerText(err))
}

// refused are the codes by which a server refuses a user's bind, with the reason.
var refused = map[uint16]error{
	ldap.LDAPResultInvalidCredentials:          ErrWrongPassword,
	ldap.LDAPResultConstraintViolation:         ErrLocked, // 389 DS and others: too many failures
	ldap.LDAPResultInappropriateAuthentication: ErrLocked, // no password in the entry
	ldap.LDAPResultInsufficientAccessRights:    ErrLocked,
	ldap.LDAPResultUnwillingToPerform:          ErrLocked, // 389 DS: account disabled
	ldap.LDAPResultNoSuchObject:                ErrNoUser, // deleted since the search
	ldap.LDAPResultInvalidDNSyntax:             ErrNoUser,
}

// bindError names the kind of failure of a user's bind. A code that is no
// refusal for certain is an outage: an unknown fault must not look like an
// answer about the password.
func bindError(err error) error {
	code, answered := resultCode(err)
	switch {
	case err == nil:
		return nil
	case answered && refused[code] != nil:
		return fmt.Errorf("%w: %w", refused[code], answerText(err))
	case answered && slices.Contains(insecure, code):
		return fmt.Errorf("%w: bind of the user: %w", ErrConfiguration, answerText(err))
	}
	return fmt.Errorf("%w: bind of the user: %w", ErrUnavailable, answerText(err))
}

// connectError names the kind of failure of a connection before any bind.
func connectError(what string, err error) error {
	if err == nil {
		return nil
	}
	kind := ErrConfiguration
	if isNetwork(err) {
		kind = ErrUnavailable
	}
	return fmt.Errorf("%w: %s: %w", kind, what, err)
}

// isNetwork tells a line that fails from a server that cannot be trusted.
func isNetwork(err error) bool {
	var (
		op     *net.OpError
		record tls.RecordHeaderError
		ne     net.Error
	)
	switch {
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"): // TLS alerts
		return false
	case errors.As(err, &record), errors.Is(err, errPin), errors.Is(err, errPlain):
		return false
	case errors.As(err, &ne), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded):
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// answerText makes a server's text safe for a log: one line, not too long.
func answerText(err error) error {
	code, answered := resultCode(err)
	if !answered {
		return &oneLine{err}
	}
	text := ""
	if answer := (*ldap.Error)(nil); errors.As(err, &answer) && answer.Err != nil {
		text = printable(answer.Err.Error())
	}
	return &answerError{text: text, ldap: &ldap.Error{ResultCode: code, Err: errors.New(text)}}
}

// answerError is a server's answer: its code, the code's name and its text.
type answerError struct {
	text string
	ldap *ldap.Error
}

func (e *answerError) Error() string {
	text := fmt.Sprintf("answer %d, %s", e.ldap.ResultCode, ldap.LDAPResultCodeMap[e.ldap.ResultCode])
	if e.text != "" {
		text += ": " + e.text
	}
	return text
}

func (e *answerError) Unwrap() error { return e.ldap }

// oneLine is an error whose text may have come from a server.
type oneLine struct{ err error }

func (e *oneLine) Error() string { return printable(e.err.Error()) }
func (e *oneLine) Unwrap() error { return e.err }

func printable(s string) string {
	const longest = 200
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return strings.TrimSpace(s)
}
