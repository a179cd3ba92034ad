package accounts

import (
	"context"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/witness"
)

// Rights are what somebody may do now, as package bucket knows it. They are live:
// updates of the catalog run one at a time, so in one they are those of the last
// commit.
type Rights interface {
	access.Rights
	// Live is false for who was locked or dropped since he proved who he is.
	Live() bool
	// Holders are himself, his active roles and what they hold, his groups, and PUBLIC.
	Holders() []principal.ID
}

// Hasher makes the stored form of a password. It is slow on purpose.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
	// Verify says whether a password is that of a stored form.
	Verify(ctx context.Context, phc, password string) (bool, error)
}

// Options of New. All but RestrictHomes and Policy are required.
type Options struct {
	Catalog       *catalog.Catalog
	Rights        func(principal.Principal) Rights
	Hasher        Hasher
	Policy        authn.Policy // for new passwords
	HomeCollation string       // of the home databases of new users
	RestrictHomes bool         // leaves new users without rights on their home databases
	Scope         Scope        // of USER ADMIN
	KeepObjects   bool         // what a dropped user owns becomes the property of who drops him
	// Now is a clock that does not go back; nil is the machine's.
	Now func() time.Time
}

// Scope is whom USER ADMIN administers: besides what is said here, nobody who
// holds system privileges that he lacks himself.
type Scope uint8

const (
	Ordinary Scope = iota // every account
	Own                   // those that he made, or holds with ADMIN OPTION
)

// Accounts changes users and groups. The SQL statements and the directory
// server both go through it, so a rule holds on both ways in.
//
// Each method is one catalog transaction and checks the actor in it: USER ADMIN
// or SYSTEM ADMIN, except for one's own password and attributes; who or what
// holds system privileges that the actor lacks is out of his reach. Names are
// folded, so any spelling finds the account. Errors are *Error, an Is of one
// of the sentinels, or the catalog's.
//
// Sessions that a change must end are not its business: who has them observes
// the catalog (AfterCommit), and so hears of every change, whoever made it.
type Accounts struct{ opts Options }

// New is the administration of users and groups in process. It trusts that the
// actors it is given were proved by security/authn, or are principal.Trusted.
func New(opts Options) *Accounts {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Accounts{opts}
}

// For is the same administration for a session that may have chosen its roles:
// its user may do what his rights there say.
func (a *Accounts) For(rights Rights) *Accounts {
	opts, others := a.opts, a.opts.Rights
	opts.Rights = func(p principal.Principal) Rights {
		if p.ID() == rights.Principal() {
			return rights
		}
		return others(p)
	}
	return &Accounts{opts}
}

// Administers says whether who may administer users and groups: he has USER
// ADMIN or SYSTEM ADMIN now. The directory server shows all entries to him.
func (a *Accounts) Administers(who principal.Principal) bool { return a.may(who) == nil }

// MustChange says that who logged in with a password has to change it before anything else.
func (a *Accounts) MustChange(who principal.Principal) bool {
	p := a.opts.Catalog.Snapshot().PrincipalByID(who.ID())
	return who.Source() == principal.Password && p != nil && a.opts.Policy.Expired(p, a.opts.Now())
}

// CreateUser makes a user with his home database, which he owns. With an empty
// password nobody can log in as him. Errors: ErrDenied, ErrExists, ErrPolicy, ErrInvalid.
func (a *Accounts) CreateUser(ctx context.Context, actor principal.Principal, name, password string, attributes map[string][]string) error {
	const op = "CREATE USER"
	if err := a.may(actor); err != nil {
		return err
	}
	phc := ""
	if password != "" {
		var err error
		if phc, err = a.HashNew(ctx, op, name, password); err != nil {
			return err
		}
	}
	return a.change(ctx, actor, func(c *Tx) error {
		return c.CreateUser(op, &catalog.Principal{Name: name, Password: phc, Attributes: attributes})
	})
}

// SetPassword gives a user another password and ends his sessions. Errors: ErrDenied, ErrNotFound, ErrPolicy.
func (a *Accounts) SetPassword(ctx context.Context, actor principal.Principal, name, password string) error {
	const op = "ALTER USER"
	if err := a.MayChange(actor, name); err != nil {
		return err
	}
	phc, err := a.HashNew(ctx, op, name, password)
	if err != nil {
		return err
	}
	return a.alterUser(ctx, actor, op, name, true, func(p *catalog.Principal) { GivePassword(p, phc) })
}

// SetAttributes replaces all attributes of a user, or of a group. Errors:
// ErrDenied, ErrNotFound, ErrInvalid.
func (a *Accounts) SetAttributes(ctx context.Context, actor principal.Principal, name string, attributes map[string][]string) error {
	return a.change(ctx, actor, func(c *Tx) error {
		p := c.Principal(name)
		if p == nil || p.Kind != catalog.KindGroup {
			return c.AlterUser("ALTER USER", name, true, func(p *catalog.Principal) { p.Attributes = attributes })
		}
		return c.alterGroup("ALTER GROUP", name, func(p *catalog.Principal) { p.Attributes = attributes })
	})
}

// LockUser keeps a user from logging in and ends his sessions. Errors:
// ErrDenied, ErrNotFound, ErrInvalid for root.
func (a *Accounts) LockUser(ctx context.Context, actor principal.Principal, name string) error {
	return a.alterUser(ctx, actor, "ALTER USER", name, false, func(p *catalog.Principal) { p.Locked = true })
}

// UnlockUser lets a user log in again. Errors: ErrDenied, ErrNotFound.
func (a *Accounts) UnlockUser(ctx context.Context, actor principal.Principal, name string) error {
	return a.alterUser(ctx, actor, "ALTER USER", name, false, func(p *catalog.Principal) { p.Locked, p.Standing = false, false })
}

// DropUser removes a user with his grants, memberships and empty home database,
// and ends his sessions. Errors: ErrDenied, ErrNotFound, ErrOwns.
func (a *Accounts) DropUser(ctx context.Context, actor principal.Principal, name string) error {
	return a.change(ctx, actor, func(c *Tx) error { return c.DropUser(name, c.KeepOwned) })
}

// RenameUser renames a user; his home database keeps its name. Errors:
// ErrDenied, ErrNotFound, ErrExists, ErrInvalid.
func (a *Accounts) RenameUser(ctx context.Context, actor principal.Principal, from, to string) error {
	return a.change(ctx, actor, func(c *Tx) error { return c.RenameUser(from, to) })
}

// CreateGroup makes a group. Members are names of users and groups. Errors:
// ErrDenied, ErrExists, ErrNotFound for a member, ErrInvalid.
func (a *Accounts) CreateGroup(ctx context.Context, actor principal.Principal, name string, members []string, attributes map[string][]string) error {
	return a.change(ctx, actor, func(c *Tx) error {
		if err := c.CreateGroup(&catalog.Principal{Name: name, Attributes: attributes}); err != nil {
			return err
		}
		return c.AddMembers("CREATE GROUP", name, namedMembers(members))
	})
}

// DropGroup removes a group with the grants to it; its members stay. Errors:
// ErrDenied, ErrNotFound, ErrOwns.
func (a *Accounts) DropGroup(ctx context.Context, actor principal.Principal, name string) error {
	return a.change(ctx, actor, func(c *Tx) error { return c.DropGroup(name) })
}

// RenameGroup renames a group; the grants to it stay. Errors: ErrDenied,
// ErrNotFound, ErrExists, ErrInvalid.
func (a *Accounts) RenameGroup(ctx context.Context, actor principal.Principal, from, to string) error {
	return a.change(ctx, actor, func(c *Tx) error { return c.RenameGroup(from, to) })
}

// AddMembers puts users and groups into a group. Who is in it already stays.
// Errors: ErrDenied, ErrNotFound, ErrCycle; then nobody was added.
func (a *Accounts) AddMembers(ctx context.Context, actor principal.Principal, group string, members []string) error {
	return a.change(ctx, actor, func(c *Tx) error {
		return c.AddMembers("ALTER GROUP", group, namedMembers(members))
	})
}

// RemoveMembers takes users and groups out of a group. Errors: ErrDenied,
// ErrNotFound for the group and for a name that is no direct member; then
// nobody was removed.
func (a *Accounts) RemoveMembers(ctx context.Context, actor principal.Principal, group string, members []string) error {
	return a.change(ctx, actor, func(c *Tx) error {
		return c.RemoveMembers("ALTER GROUP", group, namedMembers(members))
	})
}

func (a *Accounts) alterUser(ctx context.Context, actor principal.Principal, op, name string, ownToo bool, edit func(*catalog.Principal)) error {
	return a.change(ctx, actor, func(c *Tx) error { return c.AlterUser(op, name, ownToo, edit) })
}

// change runs the changes of one statement in one transaction.
func (a *Accounts) change(ctx context.Context, actor principal.Principal, fn func(*Tx) error) error {
	if !witness.Known(ctx) { // as from the directory's server
		ctx = witness.By(ctx, witness.Fixed{Who: actor.ID(), Name: actor.Name()})
	}
	return a.opts.Catalog.Update(ctx, func(tx *catalog.Tx) error {
		before, c := a.opts.Catalog.Snapshot(), a.In(tx, actor)
		if err := fn(c); err != nil {
			return err
		}
		return c.KeepsRules(before)
	})
}

// In makes the account changes of actor in tx: statements that make several are
// one transaction.
func (a *Accounts) In(tx *catalog.Tx, actor principal.Principal) *Tx {
	return &Tx{
		Tx: tx, actor: actor, rights: a.opts.Rights(actor), homeCollation: a.opts.HomeCollation, restrictHomes: a.opts.RestrictHomes,
		policy: a.opts.Policy, scope: a.opts.Scope, keepObjects: a.opts.KeepObjects, now: a.opts.Now,
	}
}

// root acts for the server itself.
func (a *Accounts) root() principal.Principal {
	return principal.Trusted(catalog.Root, a.opts.Catalog.Snapshot().PrincipalByID(catalog.Root).Name)
}

// may refuses early who may administer nobody: hashing a password is work that
// not everyone can order.
func (a *Accounts) may(actor principal.Principal) error {
	return RequireAdmin(a.opts.Rights(actor))
}

// MayChange refuses early who may not change an account: it is not his own, and
// he may administer nobody. Errors: ErrDenied.
func (a *Accounts) MayChange(actor principal.Principal, name string) error {
	if p := a.opts.Catalog.Snapshot().PrincipalByID(actor.ID()); p != nil && p.Folded == catalog.FoldPrincipal(name) {
		return nil
	}
	return a.may(actor)
}

// Tx is the account changes of one actor in one catalog transaction.
type Tx struct {
	*catalog.Tx
	actor         principal.Principal
	rights        Rights
	homeCollation string
	restrictHomes bool
	policy        authn.Policy
	scope         Scope
	keepObjects   bool
	now           func() time.Time
	notes         []string
}
