package engine

import (
	"io"
	"log/slog"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/schedule"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Version is what @@version says. The prefix is the MySQL release whose dialect
// clients may expect; drivers branch on it.
const Version = "8.0.40-lxdb"

// Options open an engine. The zero value of a field means its default.
type Options struct {
	// Dir holds everything: the store in Dir/kivi, the instance CA and its
	// keys beside it. Required unless InMemory.
	Dir string
	// InMemory keeps all in memory; nothing survives Close. For tests and examples.
	InMemory bool
	// RootPassword sets root's password when the store is new. Empty: root
	// cannot log in until someone sets one through Trusted.
	RootPassword string
	// Store passes storage settings through (cache, lock wait).
	Store kivi.Options
	// Hash are the argon2id costs of new passwords; zero is authn.DefaultParams.
	Hash authn.Params
	// RestrictTableCreation gives new users no rights on their home databases:
	// they make and read tables there when somebody grants them to.
	RestrictTableCreation bool
	// PasswordPolicy is what new passwords must satisfy, in SQL and in Accounts.
	// RootPassword is not asked about.
	PasswordPolicy authn.Policy
	// UserAdminScope is whom USER ADMIN administers.
	UserAdminScope accounts.Scope
	// BlindAdmins: SYSTEM ADMIN is no right on data; who holds it reads what was granted to him, which he
	// may do himself, and the audit log tells.
	BlindAdmins bool
	// DropUserKeepsObjects: DROP USER without a word makes what the user owns the property of who drops
	// him, in place of refusing.
	DropUserKeepsObjects bool
	// AlterKeyword is what the variable alter_keyword_dialect is at the start; "" leaves it as it is. Variables
	// are the process's: so is it.
	AlterKeyword string
	// AuditStatement is told of each security statement when it has ended, done or
	// refused; AuditDecision of each decision that was enforced. They run on the
	// statement's goroutine and must not block. nil: nobody listens.
	AuditStatement func(ours.Event)
	AuditDecision  access.Audit
	// Reseal takes the records of the catalog as they are, whatever somebody did to them
	// behind the program's back, and makes all permission certificates anew.
	Reseal bool
	// Audit are the settings of the audit log; where it stands is decided here.
	Audit audit.Options
	// Sessions bound how many there may be.
	Sessions SessionLimits
	// Logger gets operational messages; nil discards them. Statements and
	// passwords are never logged.
	Logger *slog.Logger

	// EventScheduler: events run from the start. SET GLOBAL event_scheduler switches it.
	EventScheduler bool

	// clock of the scheduler; nil is the wall's.
	clock schedule.Clock
	// wall is the machine's clock; nil is time.Now. Tests move it.
	wall func() time.Time
	// defaultCollation of new databases; the library's own suite needs another.
	defaultCollation sql.CollationID
	// planEverything keeps prepared statements from being compiled, so that
	// tests can hold both ways against each other.
	planEverything bool
	// libraryOnly leaves every query to the library's executor, for the same reason.
	libraryOnly bool
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return o.Logger
}
