package kivi

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// ObjectID is the data id that stands in a key.
type ObjectID = codec.ObjectID

// Rights is a set of what may be done with an object's keys. The values are
// compiled from SQL privileges by whoever makes guards; they are not stored.
type Rights uint8

// The rights. A handle for them is asked for all of its rights at each call.
const (
	Read     Rights = 1 << iota
	Insert          // add rows
	Update          // change rows
	Delete          // remove rows
	Truncate        // remove all rows
	Alter           // rewrite rows, build indexes
	Use             // take numbers from a sequence
)

// writing are the rights of which a handle needs one to write at all.
const writing = Insert | Update | Delete | Truncate | Alter | Use

var rightNames = []string{"read", "insert", "update", "delete", "truncate", "alter", "use"}

// String lists the rights, as in "read+update".
func (r Rights) String() string {
	var names []string
	for i, n := range rightNames {
		if r&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, "+")
}

// Guard answers for one session. It is asked on every operation and must be
// fast, safe for concurrent use, and hold no lock. A nil Guard denies all.
type Guard interface {
	// Allows says whether all of want may be done with the object now.
	Allows(data ObjectID, want Rights) bool
	// Epoch changes whenever an answer may have changed.
	Epoch() uint64
	// Restricted is asked when Allows said no. When all of want is held, but some
	// of it only under a policy (a row filter, a column list, a mask), it is the
	// epoch that a policy of today has; else 0. It changes whenever what the policy
	// hangs on may have changed.
	Restricted(data ObjectID, want Rights) (epoch uint64)
}

// ErrDenied is what every DeniedError wraps.
var ErrDenied = errors.New("kivi: denied")

// ErrAssertion: the caller broke the contract, for example with a key outside
// the table's object. It is a bug, not a user's mistake.
var ErrAssertion = errors.New("kivi: assertion failed")

// DeniedError says what was asked. The engine turns it into the SQL error,
// which must not tell more than the user may know.
type DeniedError struct {
	Object ObjectID
	Want   Rights
	// Revoked: it had been allowed when the scan was opened or the row written.
	Revoked bool
}

// Error implements error.
func (e *DeniedError) Error() string {
	if e.Revoked {
		return fmt.Sprintf("kivi: %s on object %d was revoked", e.Want, e.Object)
	}
	return fmt.Sprintf("kivi: %s on object %d denied", e.Want, e.Object)
}

// Unwrap makes errors.Is(err, ErrDenied) true.
func (e *DeniedError) Unwrap() error { return ErrDenied }

// allowed is the one place where a guard is asked: nil and empty wishes deny.
func allowed(g Guard, data ObjectID, want Rights) bool {
	return g != nil && want != 0 && g.Allows(data, want)
}

// Internal returns a guard that allows everything, for work the system does on
// its own account: foreign key checks, rewrites, index builds, garbage. The
// reason is for the reader of the code; without one nothing is allowed. A lint
// test fences who may call this.
func Internal(reason string) Guard { return internalGuard(reason) }

type internalGuard string

func (g internalGuard) Allows(ObjectID, Rights) bool       { return g != "" }
func (g internalGuard) Epoch() uint64                      { return 0 }
func (g internalGuard) Restricted(ObjectID, Rights) uint64 { return 0 }
