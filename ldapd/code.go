package ldapd

import (
	"context"
	"errors"
	"fmt"
)

// code is a result code of RFC 4511, appendix A, and of RFC 3909.
type code int

const (
	success                code = 0
	operationsError        code = 1
	protocolError          code = 2
	timeLimitExceeded      code = 3
	sizeLimitExceeded      code = 4
	compareFalse           code = 5
	compareTrue            code = 6
	authMethodNotSupported code = 7
	criticalExtension      code = 12
	confidentialityNeeded  code = 13
	noSuchAttribute        code = 16
	undefinedAttribute     code = 17
	constraintViolation    code = 19
	valueExists            code = 20
	invalidSyntax          code = 21
	noSuchObject           code = 32
	invalidDN              code = 34
	inappropriateAuth      code = 48
	invalidCredentials     code = 49
	insufficientAccess     code = 50
	busy                   code = 51
	unavailable            code = 52
	unwilling              code = 53
	namingViolation        code = 64
	objectClassViolation   code = 65
	notOnNonLeaf           code = 66
	notOnRDN               code = 67
	entryExists            code = 68
	otherError             code = 80
	canceled               code = 118
	noSuchOperation        code = 119
	tooLate                code = 120
	cannotCancel           code = 121
)

// fault is a refusal as the client sees it.
type fault struct {
	code    code
	matched string // DN of the deepest entry that exists, for noSuchObject
	text    string
	policy  policyError // what the password policy control says, 0 for nothing
}

func (f *fault) Error() string { return fmt.Sprintf("ldap result %d: %s", f.code, f.text) }

// refuse makes a fault. The text is for the client: it must name nothing that
// the client may not know.
func refuse(c code, format string, args ...any) *fault {
	return &fault{code: c, text: fmt.Sprintf(format, args...)}
}

// because adds what the password policy control says about it.
func (f *fault) because(p policyError) *fault {
	f.policy = p
	return f
}

// sentinels are the errors of Accounts with their codes.
var sentinels = []struct {
	err  error
	code code
}{
	{ErrExists, entryExists},
	{ErrNotFound, noSuchObject},
	{ErrDenied, insufficientAccess},
	{ErrPolicy, constraintViolation},
	{ErrInvalid, constraintViolation},
	{ErrCycle, unwilling},
	{ErrOwns, unwilling},
	{ErrStale, busy},
}

// faultOf translates the error of an operation. The second result is false when
// the error is the server's and belongs in its log, not in an answer.
func faultOf(err error) (*fault, bool) {
	var f *fault
	if errors.As(err, &f) {
		return f, true
	}
	var policy *PolicyError
	if errors.As(err, &policy) {
		return policy.fault(), true
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return &fault{code: s.code, text: s.err.Error()}, true
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return refuse(timeLimitExceeded, "the time limit of the operation is over"), true
	case errors.Is(err, context.Canceled):
		return refuse(unavailable, "the operation was ended"), true
	}
	return refuse(otherError, "internal error; the server's log has it"), false
}
