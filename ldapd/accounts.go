package ldapd

import (
	"context"
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

// Rights says who administers users: holders of SYSTEM ADMIN or USER ADMIN. It
// is asked again for each operation.
type Rights interface {
	Administers(who principal.Principal) bool
}

// Accounts changes users and groups. Each call is one transaction and checks the
// rights of by itself; a user may set his own password and nothing else. Errors
// wrap the sentinels below; their text is for the log.
type Accounts interface {
	// CreateUser makes a user; without a password he cannot log in.
	CreateUser(ctx context.Context, by principal.Principal, name, password string, attributes map[string][]string) error
	SetPassword(ctx context.Context, by principal.Principal, name, password string) error
	DropUser(ctx context.Context, by principal.Principal, name string) error
	RenameUser(ctx context.Context, by principal.Principal, from, to string) error
	// CreateGroup makes a group of users and groups, which may be none.
	CreateGroup(ctx context.Context, by principal.Principal, name string, members []string, attributes map[string][]string) error
	DropGroup(ctx context.Context, by principal.Principal, name string) error
	RenameGroup(ctx context.Context, by principal.Principal, from, to string) error
	AddMembers(ctx context.Context, by principal.Principal, group string, members []string) error
	RemoveMembers(ctx context.Context, by principal.Principal, group string, members []string) error
	// SetAttributes replaces all attributes of a user or group.
	SetAttributes(ctx context.Context, by principal.Principal, name string, attributes map[string][]string) error
}

// Errors of Accounts. A client sees these texts.
var (
	ErrExists   = errors.New("a user, role or group of that name exists")
	ErrNotFound = errors.New("no such user or group")
	ErrDenied   = errors.New("not allowed")
	ErrPolicy   = errors.New("the password does not satisfy the policy")
	ErrInvalid  = errors.New("a name or value that the database cannot store")
	ErrCycle    = errors.New("the group would be a member of itself")
	ErrOwns     = errors.New("the user owns tables or databases; drop or transfer them first")
)
