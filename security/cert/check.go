package cert

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/keyfile"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// ReadAuthority is OpenAuthority without making anything: for whoever only
// verifies.
func ReadAuthority(dir string) (*Authority, error) {
	signer, err := keyfile.ReadKey(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("read permission authority: %w", err)
	}
	c, err := keyfile.ReadCert(filepath.Join(dir, certFile))
	if err != nil {
		return nil, fmt.Errorf("read permission authority: %w", err)
	}
	key, ok := signer.(ed25519.PrivateKey)
	if !ok || !keyfile.Matches(c, key) || !c.IsCA {
		return nil, fmt.Errorf("read permission authority: %w: key and certificate do not belong together", keyfile.ErrMalformed)
	}
	a, err := newAuthority(c, key, nil)
	if err != nil {
		return nil, err
	}
	return a, a.readEarlier(dir)
}

var (
	// ErrStale: a sound certificate that is not the one in force.
	ErrStale = errors.New("permission certificate is not the one in force")
	// ErrRevoked: it is on the revocation list.
	ErrRevoked = errors.New("permission certificate is revoked")
	// ErrMissing: a principal has no certificate, so it may do nothing.
	ErrMissing = errors.New("principal has no permission certificate")
)

// ErrDiffers: a certificate says something else than the grants.
var ErrDiffers = errors.New("permission certificate does not agree with the grants")

// inForceIs compares a certificate with the catalog's record of it. Errors: ErrStale.
func (p *Permissions) inForceIs(s *catalog.Snapshot, id principal.ID, rec *catalog.Certificate) error {
	instance, err := ParseInstance(s.Instance())
	switch {
	case err != nil:
		return err
	case p.Instance != instance:
		return fmt.Errorf("%w: it is for instance %x", ErrStale, p.Instance)
	case p.Principal != id:
		return fmt.Errorf("%w: it is for principal %d", ErrStale, p.Principal)
	case p.Serial != rec.Serial, p.Epoch != rec.Epoch, p.Epoch > s.SecurityEpoch():
		return fmt.Errorf("%w: it has serial %d of epoch %d, the catalog %d of %d", ErrStale, p.Serial, p.Epoch, rec.Serial, rec.Epoch)
	}
	return nil
}

// Read verifies the certificate in force of a principal, and its pages; those that
// are the same in the one before, which may be nil, are not read again. Errors:
// ErrMissing, ErrStale, ErrRevoked, catalog.ErrTampered, and those of Verify and Load; with
// ErrExpired it returns what is left.
func Read(s *catalog.Snapshot, a *Authority, id principal.ID, before *Permissions) (*Permissions, error) {
	rec := s.Certificate(id)
	if rec == nil {
		return nil, ErrMissing
	}
	if s.Distrusted(id) {
		return nil, fmt.Errorf("%w: of this principal", catalog.ErrTampered)
	}
	p, invalid := a.Verify(rec.DER)
	if invalid != nil && !errors.Is(invalid, ErrExpired) {
		return nil, invalid
	}
	if err := p.inForceIs(s, id, rec); err != nil {
		return nil, err
	}
	if Revoked(s, p.Serial) {
		return nil, fmt.Errorf("%w: serial %x", ErrRevoked, p.Serial)
	}
	if before != nil && p.Serial < before.Serial {
		return nil, fmt.Errorf("%w: serial %d after %d", ErrStale, p.Serial, before.Serial)
	}
	if err := p.Load(s, before); err != nil {
		return nil, err
	}
	if invalid != nil {
		return p.AfterEnd(), invalid
	}
	return p, nil
}

// Revoked reports whether a permission certificate is on the revocation list.
func Revoked(s *catalog.Snapshot, serial uint64) bool { return s.Revoked(fmt.Sprintf("%x", serial)) }

// Check says whether the certificate in force of a principal is sound and is the
// sum of what he was granted.
func Check(s *catalog.Snapshot, a *Authority, id principal.ID) error {
	got, err := Read(s, a, id, nil)
	if errors.Is(err, ErrMissing) {
		return nil // the catalog's own check finds it
	}
	if errors.Is(err, ErrStale) {
		return fmt.Errorf("%w: %w", ErrDiffers, err)
	}
	if err != nil {
		return err
	}
	want, err := Of(s, id)
	if err != nil {
		return err
	}
	if got.Name != want.Name || !slices.Equal(got.Roles, want.Roles) || !got.gives(s, want) {
		return ErrDiffers
	}
	return nil
}

// gives compares what two permissions come to. Pages may have entries that a wider
// one contains, and exceptions to what the database does not give.
func (p *Permissions) gives(s *catalog.Snapshot, want *Permissions) bool {
	if p.Paged == nil {
		return slices.Equal(p.Entries, want.Entries)
	}
	comes := func(of *Permissions, object, database catalog.ID) [3]privilege.Set {
		e, in := of.Entry(object), of.Entry(database)
		if database == 0 {
			in = e
		}
		everywhere := of.Entry(catalog.System)
		everywhere.Atoms = privilege.Blind(everywhere.Atoms) // SYSTEM ADMIN itself stands in the entry on the system
		return [3]privilege.Set{Held(e, in, everywhere), HeldRestricted(e, in), e.Deny}
	}
	same := true
	compare := func(e Entry) bool {
		database := s.Object(e.Object).Database
		same = comes(p, e.Object, database) == comes(want, e.Object, database)
		return same
	}
	if p.Each(compare); same {
		want.Each(compare)
	}
	return same
}
