package statement

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
)

// Sequences hand out numbers, for the session's actor.
type Sequences interface {
	// Move is for ALTER: until done is called nobody takes a number. done says which data id the sequence has now, 0
	// when it stays as it is. Error: ErrSequenceMoved when rec is not the newest record.
	Move(ctx context.Context, rec *catalog.Sequence) (next NextNumber, done func(to catalog.ID), err error)
	// Forget drops what is kept of a data id that is gone.
	Forget(data catalog.ID)
}

// NextNumber is how far a sequence is.
type NextNumber struct {
	Next  int64
	Ended bool // Next was the last one
}

// ErrSequenceMoved: somebody else has altered the sequence.
var ErrSequenceMoved = errors.New("statement: the sequence was altered")

// Host is the session that a statement runs in, as far as statements know it.
type Host interface {
	// Actor is who acts now, for questions; Who is the same for changes.
	Actor() access.Actor
	Who() principal.Principal
	// Holders lists whose grants count in the session, its user first; ActiveRoles the
	// roles that were activated. SetRoles chooses them. Error: inside a stored program.
	Holders() []principal.ID
	ActiveRoles() []principal.ID
	SetRoles(set dialect.RoleSet, roles []principal.ID) error
	// Reading is how the session reads what it is sent, and so what it is shown to send again.
	Reading() lex.Mode
	// Zone is the session's time zone.
	Zone() *time.Location
	// Time is what grants for a time are measured by: it does not go back.
	Time() time.Time
	// AdmitsStatements refuses where a statement of ours would act for somebody
	// who did not write it.
	AdmitsStatements() error
	// AuditStatement is told of each statement when it has ended. Its error is what
	// the client hears.
	AuditStatement(Event) error
	// Audit records what no change of the catalog and no decision tells by itself, as
	// that somebody acts for somebody else. Who and from where is filled in. With an
	// error the caller refuses.
	Audit(audit.Record) error
	// AuditOrigin is who the session is and where it comes from.
	AuditOrigin() audit.Origin

	// Snapshot is the catalog as it is now; Update changes it in one transaction.
	Snapshot() *catalog.Snapshot
	Update(ctx context.Context, change func(*catalog.Tx) error) error
	// KeepsRules is asked at the end of such a change, by Update itself: whether the connection rules are about whom they
	// were, or the session may make them be about others.
	KeepsRules(tx *catalog.Tx) error
	// LockTables waits until nobody uses the tables, and keeps others from them until release.
	LockTables(ctx context.Context, tables []catalog.ID) (release func(), err error)
	// UseNamed makes a database the session's current one.
	UseNamed(ctx *sql.Context, name string) error
	// RightsOf are what a user may do now, as he would at login.
	RightsOf(id principal.ID) access.Rights
	// ExplainAs binds a statement as a user would send it, runs nothing of it, and
	// tells what was decided on the way. The error is the user's.
	ExplainAs(ctx context.Context, user *catalog.Principal, text string) ([]access.Decision, error)
	// BlindAdmins says that SYSTEM ADMIN is no right on data here.
	BlindAdmins() bool
	// Accounts administers users and groups.
	Accounts() *accounts.Accounts
	// ChangesItself says that the change which runs is one of the session's own
	// account, and must not end the session.
	ChangesItself(now bool)
	// BecomeUser goes on as another account until ReturnUser. record is asked when nothing else is in the way: with its
	// error the session stays who it is.
	BecomeUser(step accounts.Impersonation, record func() error) error
	ReturnUser(cookie string, record func() error) error
	// Proxy is who has logged in, and those whose grants are his, where PROXY made the session another account; nobody else.
	Proxy() (principal.Principal, []principal.ID)
	// Proxied says that the actor may be somebody who did not log in as that account.
	Proxied() bool
	// ForgetUsage lets the hour of every account's resource limits begin anew.
	ForgetUsage()
	// Outside is the company's directory, nil without one.
	Outside() Outside
	// MayCreateDatabase asks for the right; CreateDatabase makes one with its
	// owner's rights, and then does in the same transaction, which may be nil. Error:
	// sql.ErrDatabaseExists.
	MayCreateDatabase(name string) error
	CreateDatabase(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error), then func(*catalog.Tx, catalog.ID) error) error
	// MayRunAs asks whether the session may act for an account without being it.
	MayRunAs(id principal.ID) error
	// CreateFilled is CreateDatabase with statements that make what is in it, which run as its owner, with it as the
	// current database: all of it is one change, or nothing is. may is asked whenever it begins, which it does anew
	// when others have changed the catalog.
	CreateFilled(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error), may func() error, texts []string) error
	// BindNames binds the names in programs and views that are not bound to what they mean now, and says how many.
	BindNames(ctx *sql.Context) (int, error)
	// CheckName refuses names that an object cannot have.
	CheckName(kind, name string) error
	// Sequences are those of the store.
	Sequences() Sequences
	// Certificates are the permission certificates.
	Certificates() Certificates
	// Log is for what the operator should know.
	Log() *slog.Logger
}
