package state

import (
	"sync/atomic"

	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Identity is who acts.
type Identity struct {
	User   principal.Principal
	Rights *bucket.Rights // live: follows GRANT and REVOKE

	Audit access.Audit // of what is enforced; nil while nobody listens

	Impersonator

	Epoch     atomic.Uint64 // of the account, when it logged in
	OwnChange atomic.Bool   // the session is changing its own account
}

// Guard implements table.Session.
func (a *Identity) Guard() kivi.Guard { return a.Rights }

// Actor implements statement.Host.
func (a *Identity) Actor() access.Actor { return access.As(a.Rights, a.Audit) }

// Who implements statement.Host.
func (a *Identity) Who() principal.Principal { return a.User }

// Self is the user as whom the session may do what is everybody's own affair: to end
// his sessions, to see what he holds, to make objects that act for him. It is nobody
// in a program of somebody else's that was called by one that acts for the user: its
// owner has not become him.
func (a *Identity) Self() principal.ID {
	if !a.Rights.Whole() {
		return 0
	}
	return a.User.ID()
}

// ChangesItself implements statement.Host.
func (a *Identity) ChangesItself(now bool) { a.OwnChange.Store(now) }
