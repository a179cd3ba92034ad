package statement

import (
	"context"
	"log/slog"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
)

// Host is the session that a statement runs in, as far as statements know it.
type Host interface {
	// Actor is who acts now, for questions; Who is the same for changes.
	Actor() access.Actor
	Who() principal.Principal
	// AdmitsStatements refuses where a statement of ours would act for somebody
	// who did not send it.
	AdmitsStatements() error
	// AuditStatement is told of each statement when it has ended. Its error is what
	// the client hears.
	AuditStatement(Event) error
	// Audit records what no change of the catalog and no decision tells by itself, as
	// that somebody acts for somebody else. Who and from where is filled in. With an
	// error the caller refuses.
	Audit(audit.Record) error

	// Snapshot is the catalog as it is now; Update changes it in one transaction.
	Snapshot() *catalog.Snapshot
	Update(ctx context.Context, change func(*catalog.Tx) error) error
	// Accounts administers users and groups.
	Accounts() *accounts.Accounts
	// ChangesItself says that the change which runs is one of the session's own
	// account, and must not end the session.
	ChangesItself(now bool)
	// ForgetUsage lets the hour of every account's resource limits begin anew.
	ForgetUsage()
	// Outside is the company's directory, nil without one.
	Outside() Outside
	// MayCreateDatabase asks for the right; CreateDatabase makes one with its
	// owner's rights. Error: sql.ErrDatabaseExists.
	MayCreateDatabase() error
	CreateDatabase(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error)) error
	// Log is for what the operator should know.
	Log() *slog.Logger
}
