package ldapd

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// Catalog is where entries are read. *catalog.Catalog is one.
type Catalog interface {
	Snapshot() *catalog.Snapshot
}

// Authenticator checks a name and a password. It does equal work for unknown
// names, counts failures by remote address, and returns the same error for every
// refusal. The password is never empty.
type Authenticator interface {
	Login(ctx context.Context, name, password, remote string) (principal.Principal, error)
}

// Certificates checks who the client certificate of a TLS connection names. The
// handshake has verified the certificate; state is asked only when it has one.
type Certificates interface {
	LoginCertificate(ctx context.Context, state tls.ConnectionState, remote string) (principal.Principal, error)
}

// Rights says who administers users: holders of SYSTEM ADMIN or USER ADMIN; and who may do nothing but change his
// password, which has expired. It is asked again for each operation.
type Rights interface {
	Administers(who principal.Principal) bool
	MustChange(who principal.Principal) bool
}

// Accounts changes users and groups. Each call is one transaction and checks the
// rights of by itself; a user may change his own password and nothing else.
// Errors wrap the sentinels below; their text is for the log.
type Accounts interface {
	// CreateUser makes a user; without a password he cannot log in.
	CreateUser(ctx context.Context, by principal.Principal, name, password string, attributes map[string][]string) error
	DropUser(ctx context.Context, by principal.Principal, name string) error
	RenameUser(ctx context.Context, by principal.Principal, from, to string) error
	// CreateGroup makes a group of users and groups, which may be none.
	CreateGroup(ctx context.Context, by principal.Principal, name string, members []string, attributes map[string][]string) error
	DropGroup(ctx context.Context, by principal.Principal, name string) error
	RenameGroup(ctx context.Context, by principal.Principal, from, to string) error
	// Modify changes a user or group: all of the change or nothing.
	Modify(ctx context.Context, by principal.Principal, name string, c Change) error
}

// Change is what a modify makes of a user or group.
type Change struct {
	// ID and Modified are those of the record that the change was made from.
	// Another one by now is ErrStale.
	ID       principal.ID
	Modified int64

	Join, Leave []string            // members of a group, by name
	Password    *string             // of a user; nil leaves it
	Attributes  map[string][]string // replace all of them; nil leaves them
}

// PolicyError is ErrPolicy with the rule that a password breaks. The client sees
// its text.
type PolicyError struct {
	Short bool // too short; otherwise its quality is not enough
	Text  string
}

func (e *PolicyError) Error() string { return e.Text }

// Unwrap makes it an Is of ErrPolicy.
func (e *PolicyError) Unwrap() error { return ErrPolicy }

// Errors of Accounts. A client sees these texts.
var (
	ErrExists   = errors.New("a user, role or group of that name exists")
	ErrNotFound = errors.New("no such user or group")
	ErrDenied   = errors.New("not allowed")
	ErrPolicy   = errors.New("the password does not satisfy the policy")
	ErrInvalid  = errors.New("a name or value that the database cannot store")
	ErrCycle    = errors.New("the group would be a member of itself")
	ErrStale    = errors.New("the entry was changed at the same time")
	ErrOwns     = errors.New("the user owns tables or databases; drop or transfer them first")
)
