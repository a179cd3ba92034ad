package grant

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNotGranted: nothing of what REVOKE names was there (1141, 1147 on a table).
	ErrNotGranted = errors.New("there is no such grant")
	// ErrNoGrantee: a grantee does not exist (1410).
	ErrNoGrantee = errors.New("no such user or role")
	// ErrNoObject: the object does not exist, or is not of the kind named.
	ErrNoObject = errors.New("no such object")
	// ErrMayNotGrant: the actor lacks the right to give or take this (1142). To
	// somebody without any right to grant on the object it is the only answer.
	ErrMayNotGrant = errors.New("may not grant")
	// ErrThroughRole: what somebody may pass on through a role or a group he does not give himself: it would be left to
	// him when he loses that. It is an ErrMayNotGrant.
	ErrThroughRole = fmt.Errorf("%w to oneself what comes through a role", ErrMayNotGrant)
	// ErrInvalid: the privilege means nothing on this kind of object (1144).
	ErrInvalid = errors.New("privilege does not apply to the object")
	// ErrDependants: REVOKE … RESTRICT, and others hold what came through the grantee.
	ErrDependants = errors.New("others depend on the grant")
	// ErrLastAdmin: nobody would be left who can log in and holds SYSTEM ADMIN.
	ErrLastAdmin = errors.New("the last holder of SYSTEM ADMIN must keep it")
	// ErrOwnsObjects: the principal still owns or defines something, see OwnsError.
	ErrOwnsObjects = errors.New("principal owns objects")
)

// OwnsError lists what keeps a principal from being dropped. It is an ErrOwnsObjects.
type OwnsError struct {
	Principal string
	Objects   []string // table `shop`.`t`, and so on
}

// shownObjects bounds the message; Objects has them all.
const shownObjects = 10

func (e *OwnsError) Error() string {
	shown := e.Objects[:min(len(e.Objects), shownObjects)]
	more := ""
	if n := len(e.Objects) - len(shown); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%s cannot be dropped: owns or defines %s%s", e.Principal, strings.Join(shown, ", "), more)
}

// Unwrap makes it an ErrOwnsObjects.
func (e *OwnsError) Unwrap() error { return ErrOwnsObjects }
