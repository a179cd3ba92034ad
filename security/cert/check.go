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
	return newAuthority(c, key, nil)
}

// ErrDiffers: a certificate says something else than the grants.
var ErrDiffers = errors.New("permission certificate does not agree with the grants")

// Check says whether the certificate in force of a principal is sound and is the
// sum of what he was granted.
func Check(s *catalog.Snapshot, a *Authority, id principal.ID) error {
	rec := s.Certificate(id)
	if rec == nil {
		return nil // the catalog's own check finds it
	}
	got, err := a.Verify(rec.DER)
	if err != nil {
		return err
	}
	want, err := Of(s, id)
	if err != nil {
		return err
	}
	if got.Instance != want.Instance || got.Principal != id || got.Serial != rec.Serial || got.Epoch != rec.Epoch ||
		got.Name != want.Name || !slices.Equal(got.Roles, want.Roles) || !slices.Equal(got.Entries, want.Entries) {
		return ErrDiffers
	}
	return nil
}
