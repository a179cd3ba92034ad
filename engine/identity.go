package engine

import (
	"sync/atomic"

	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
)

// acting is who acts.
type acting struct {
	who    principal.Principal
	rights *bucket.Rights // live: follows GRANT and REVOKE

	audit access.Audit // of what is enforced; nil while nobody listens

	epoch     atomic.Uint64 // of the account, when it logged in
	ownChange atomic.Bool   // the session is changing its own account
}

// Guard implements table.Session.
func (a *acting) Guard() kivi.Guard { return a.rights }

// Actor implements statement.Host.
func (a *acting) Actor() access.Actor { return access.As(a.rights, a.audit) }

// Who implements statement.Host.
func (a *acting) Who() principal.Principal { return a.who }

// ChangesItself implements statement.Host.
func (a *acting) ChangesItself(now bool) { a.ownChange.Store(now) }
