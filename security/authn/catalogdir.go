package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// Reasons of the catalog's directory.
var (
	ErrUnknownUser   = errors.New("no such user")
	ErrNotAUser      = errors.New("the name is a role's or a group's")
	ErrNoPassword    = errors.New("the account has no password")
	ErrLocked        = errors.New("the account is locked")
	ErrWrongPassword = errors.New("wrong password")
)

// CatalogDirectory is the Directory of the users in the catalog.
type CatalogDirectory struct {
	catalog *catalog.Catalog
	hasher  *Hasher
	proved  *fastCache // passwords that were just right
	locks   lockouts
	now     func() time.Time
}

var _ Directory = (*CatalogDirectory)(nil)

// NewCatalogDirectory makes the directory of a catalog's users. Locks are as long as now,
// which must not go back, says.
func NewCatalogDirectory(c *catalog.Catalog, h *Hasher, now func() time.Time) *CatalogDirectory {
	return &CatalogDirectory{
		catalog: c, hasher: h, proved: newFastCache(maxProved), locks: lockouts{byID: map[principal.ID]*lockout{}}, now: now,
	}
}

// maxProved bounds the passwords that are remembered for a minute.
const maxProved = 10_000

// Verify checks a password. One that was right a moment ago is not hashed again:
// who logs in often, as programs do with LDAP, must not keep the others waiting
// for their turn. A wrong one is no quicker for it. Who cannot log in whatever the password is gets the
// decoy, and with it the same work: for the second password that an account may have, too, so that
// nobody sees by the time which ones have it.
func (d *CatalogDirectory) Verify(ctx context.Context, name, password string) (Account, error) {
	rec, reason := d.find(name)
	phc, second := "", ""
	if reason == nil {
		if account := accountOf(rec); d.proved.verified(account, password, d.now()) {
			d.locks.succeeded(rec.ID)
			return account, nil
		}
		phc, second = rec.Password, rec.Rule().OldPassword
	}
	ok, err := d.hasher.Verify(ctx, phc, password)
	if !ok && err == nil {
		ok, err = d.hasher.Verify(ctx, second, password)
	}
	switch {
	case reason != nil:
		return Account{}, reason
	case err != nil:
		return Account{}, fmt.Errorf("check the password of %q: %w", rec.Name, err)
	case !ok:
		d.locks.failed(rec, d.now())
		return Account{}, ErrWrongPassword
	}
	d.locks.succeeded(rec.ID)
	d.proved.put(accountOf(rec), password, d.now())
	return accountOf(rec), nil
}

// Live finds an account that may log in now.
func (d *CatalogDirectory) Live(name string) (Account, bool) {
	rec, reason := d.find(name)
	if reason != nil {
		return Account{}, false
	}
	return accountOf(rec), true
}

func (d *CatalogDirectory) find(name string) (*catalog.Principal, error) {
	rec := d.catalog.Snapshot().Principal(name)
	switch {
	case rec == nil:
		return nil, ErrUnknownUser
	case rec.Kind != catalog.KindUser:
		return nil, ErrNotAUser
	case rec.Locked:
		return nil, ErrLocked
	case rec.Password == "":
		return nil, ErrNoPassword
	case d.locks.locked(rec, d.now()):
		return nil, ErrLockedOut
	}
	return rec, nil
}

// Succeeded implements Observer: FAILED_LOGIN_ATTEMPTS are those in a row.
func (d *CatalogDirectory) Succeeded(account Account) { d.locks.succeeded(account.ID) }

func accountOf(rec *catalog.Principal) Account {
	return Account{ID: rec.ID, Name: rec.Name, Epoch: rec.Epoch}
}
