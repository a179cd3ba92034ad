package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/ldapclient"
)

// Reasons of refusals, for the audit log.
var (
	ErrNoFallback = errors.New("a user of this database who may not log in while a directory is configured (ldap-fallback-local)")
	ErrNotOurs    = errors.New("the directory's user has the name of an account that is not the directory's")
	ErrNoAccount  = errors.New("the directory accepts the user, but there is no account of that name (CREATE USER @name, or ldap-auto-create)")
	ErrNotInGroup = errors.New("the user is in none of the groups that ldap-require-group names")
	// ErrOtherEntry is an ErrDenied of the directory's: it ends sessions, too.
	ErrOtherEntry = fmt.Errorf("%w: the directory's entry is another one than the account's (entryUUID); ALTER USER … IDENTIFIED WITH ldap gives the account to it, DROP USER ends what the other one had", ldapclient.ErrDenied)
)

// Verify checks a password with whoever is the authority for the name.
func (d *Directory) Verify(ctx context.Context, name, password string) (authn.Account, error) {
	rec := d.opts.Catalog.Snapshot().Principal(name)
	if rec != nil && !rec.Outside() {
		return d.verifyLocal(ctx, rec, password)
	}
	if account, ok := d.provedBefore(name, password); ok {
		return account, nil
	}
	var epoch uint64
	if rec != nil {
		epoch = rec.Epoch
	}
	if err := d.proofs.refused(epoch, name, password, d.opts.Now()); err != nil {
		return authn.Account{}, err
	}
	account, err := d.verifyOutside(ctx, rec, name, password)
	switch {
	case err == nil:
		d.proofs.accept(account, name, password)
	case errors.Is(err, ldapclient.ErrDenied), errors.Is(err, authn.ErrLocked), errors.Is(err, authn.ErrNotAUser):
		d.proofs.refuse(epoch, name, password, err, d.opts.Now())
	}
	return account, err
}

// Resolve implements authn.Resolver: hosts are those of this database's accounts.
func (d *Directory) Resolve(name, remote string) (string, bool) {
	if r, ok := d.opts.Local.(authn.Resolver); ok {
		return r.Resolve(name, remote)
	}
	return name, true
}

// Admits implements authn.Resolver: what an account requires of the connection is
// this database's to say, whoever checks the password.
func (d *Directory) Admits(account authn.Account, try authn.Attempt) error {
	if r, ok := d.opts.Local.(authn.Resolver); ok {
		return r.Admits(account, try)
	}
	return nil
}

// verifyLocal does the work of a login for every user of this database, and then
// looks whether he may.
func (d *Directory) verifyLocal(ctx context.Context, rec *catalog.Principal, password string) (authn.Account, error) {
	account, err := d.opts.Local.Verify(ctx, rec.Name, password)
	if err == nil && !d.fallsBack(rec) {
		return authn.Account{}, ErrNoFallback
	}
	return account, err
}

func (d *Directory) fallsBack(rec *catalog.Principal) bool {
	return slices.ContainsFunc(d.cfg.FallbackLocal, func(name string) bool { return catalog.FoldPrincipal(name) == rec.Folded })
}

// verifyOutside asks the directory. rec is the account of that name, nil for
// none; the name may also be another that the directory has for an entry.
func (d *Directory) verifyOutside(ctx context.Context, rec *catalog.Principal, name, password string) (authn.Account, error) {
	if rec != nil && (rec.Kind != catalog.KindUser || rec.Locked) {
		_, _ = d.entry(ctx, rec, name) // the same work as for anybody else
		d.decoy(ctx)
		if rec.Locked {
			return authn.Account{}, authn.ErrLocked
		}
		return authn.Account{}, authn.ErrNotAUser
	}
	u, err := d.entry(ctx, rec, name)
	if err != nil {
		if errors.Is(err, ldapclient.ErrDenied) {
			d.decoy(ctx)
		}
		return authn.Account{}, err
	}
	if err := d.opts.Client.Bind(ctx, u, password); err != nil {
		return authn.Account{}, err
	}
	groups, err := d.groupsOf(ctx, u)
	if err != nil {
		return authn.Account{}, err
	}
	if rec, err = d.account(ctx, rec, u); err != nil {
		return authn.Account{}, err
	}
	if err := sameEntry(rec, u); err != nil {
		return authn.Account{}, err
	}
	if uuid := entryUUID(u); uuid != rec.DirectoryUUID {
		if err := d.opts.Accounts.PinEntry(ctx, rec.ID, rec.Epoch, uuid); err != nil {
			return authn.Account{}, fmt.Errorf("write the entry of %q: %w", rec.Name, err)
		}
		if now := d.opts.Catalog.Snapshot().PrincipalByID(rec.ID); now == nil || now.DirectoryUUID != uuid {
			return authn.Account{}, ErrOtherEntry // it has become another one's meanwhile
		}
	}
	if err := d.opts.Accounts.SetOutsideGroups(ctx, rec.ID, rec.Epoch, groups); err != nil {
		return authn.Account{}, fmt.Errorf("write the groups of %q: %w", rec.Name, err)
	}
	now := d.opts.Now()
	d.update(rec.ID, func(k *known) {
		*k = known{epoch: rec.Epoch, verified: now, synced: now, tried: now, groups: groups, read: rec.Epoch}
	})
	return authn.Account{ID: rec.ID, Name: rec.Name, Epoch: rec.Epoch}, nil
}

// entry finds the directory's entry of an account, or of a name without one.
func (d *Directory) entry(ctx context.Context, rec *catalog.Principal, name string) (ldapclient.User, error) {
	switch {
	case rec == nil || rec.DirectoryName == "":
		return d.opts.Client.User(ctx, name)
	case strings.ContainsRune(rec.DirectoryName, '='):
		return d.opts.Client.UserByDN(ctx, rec.DirectoryName)
	}
	u, err := d.opts.Client.User(ctx, rec.DirectoryName)
	if err == nil && !sameName(u.Name, rec.DirectoryName) {
		err = errAnother
	}
	return u, err
}

// errAnother: a filter can find an entry by more than its name, and people may
// write into those attributes of theirs themselves.
var errAnother = fmt.Errorf("%w: the entry found has another name", ldapclient.ErrNoUser)

// sameName says whether two names are one to every directory.
func sameName(a, b string) bool { return catalog.FoldOutside(a) == catalog.FoldOutside(b) }

// sameEntry refuses an entry that has the name or the DN of the one that an account was proved by, and is another: who had
// it has left, and what he was granted is not for who has come. One that shows no entryUUID any more is not believed to be it.
func sameEntry(rec *catalog.Principal, u ldapclient.User) error {
	if rec.DirectoryUUID == "" || rec.DirectoryUUID == entryUUID(u) {
		return nil
	}
	return ErrOtherEntry
}

// entryUUID is "" where the directory has none.
func entryUUID(u ldapclient.User) string {
	if values := u.Attributes["entryUUID"]; len(values) == 1 {
		return strings.ToLower(values[0])
	}
	return ""
}

// groupsOf reads the groups of an entry and asks for one of those that are required.
func (d *Directory) groupsOf(ctx context.Context, u ldapclient.User) ([]string, error) {
	found, err := d.opts.Client.GroupsOf(ctx, u)
	if err != nil {
		return nil, err
	}
	groups, err := d.certain(ctx, found.Names)
	if err != nil || len(d.cfg.RequireGroups) == 0 {
		return groups, err
	}
	if !slices.ContainsFunc(groups, d.required) {
		return nil, ErrNotInGroup
	}
	return groups, nil
}

func (d *Directory) required(group string) bool {
	return slices.ContainsFunc(d.cfg.RequireGroups, func(name string) bool { return sameName(group, name) })
}

// account is the account of an entry. Unless the account names its entry, the
// directory's spelling of the name decides, not what the client typed.
func (d *Directory) account(ctx context.Context, rec *catalog.Principal, u ldapclient.User) (*catalog.Principal, error) {
	if rec != nil && rec.DirectoryName != "" {
		return rec, nil
	}
	rec = d.opts.Catalog.Snapshot().Principal(u.Name)
	if rec == nil && d.cfg.AutoCreate {
		err := d.opts.Accounts.AddOutsideUser(ctx, u.Name)
		rec = d.opts.Catalog.Snapshot().Principal(u.Name)
		if err != nil && rec == nil { // another login of his may have been quicker
			return nil, fmt.Errorf("make an account for %q: %w", u.Name, err)
		}
	}
	switch {
	case rec == nil:
		return nil, ErrNoAccount
	case rec.Kind != catalog.KindUser, !rec.Outside(), rec.DirectoryName != "", !sameName(rec.Name, u.Name):
		return nil, ErrNotOurs
	case rec.Locked:
		return nil, authn.ErrLocked
	}
	return rec, nil
}

// decoy makes a name that cannot log in take as long as a wrong password.
func (d *Directory) decoy(ctx context.Context) {
	if d.opts.DecoyDN != "" {
		_ = d.opts.Client.Bind(ctx, ldapclient.User{DN: d.opts.DecoyDN, Name: "decoy"}, rand.Text()) // refused, that is its purpose
	}
}

// Live finds an account that may log in now: one of the directory's only while
// its password is remembered, so that each CacheTTL the directory is asked again.
func (d *Directory) Live(name string) (authn.Account, bool) {
	snap := d.opts.Catalog.Snapshot()
	rec := snap.Principal(name)
	if rec == nil {
		rec = snap.PrincipalByID(d.proofs.alias(name))
	}
	switch {
	case rec == nil || rec.Kind != catalog.KindUser || rec.Locked:
		return authn.Account{}, false
	case !rec.Outside():
		if !d.fallsBack(rec) {
			return authn.Account{}, false
		}
		return d.opts.Local.Live(rec.Name)
	}
	if k := d.of(rec.ID); k.epoch != rec.Epoch || d.opts.Now().Sub(k.verified) > d.cfg.CacheTTL {
		return authn.Account{}, false
	}
	return authn.Account{ID: rec.ID, Name: rec.Name, Epoch: rec.Epoch}, true
}

// Succeeded implements authn.Observer for the database's own users.
func (d *Directory) Succeeded(account authn.Account) {
	if o, ok := d.opts.Local.(authn.Observer); ok {
		o.Succeeded(account)
	}
}

// provedBefore is a login with the password that the directory accepted for
// this name within CacheTTL.
func (d *Directory) provedBefore(name, password string) (authn.Account, bool) {
	account, live := d.Live(name)
	if !live || !d.proofs.accepted(account, name, password) {
		return authn.Account{}, false
	}
	return account, true
}
