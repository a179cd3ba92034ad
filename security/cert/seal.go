package cert

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/keyfile"
)

// Files of the key that the catalog's records are sealed with. It is pending until
// all records have their tags: a crash before that ends in another try, not in a
// catalog that nobody believes.
const (
	sealFile    = "catalog.key"
	pendingSeal = "catalog.key.pending"
)

// OpenSeal reads the key in dir, or makes it. Keep is called when the catalog has been
// opened with it.
func OpenSeal(dir string) (_ catalog.Sealing, keep func() error, _ error) {
	s, err := ReadSeal(dir)
	if err != nil || s.Key != nil {
		return s, func() error { return nil }, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, nil, fmt.Errorf("make the catalog's key: %w", err)
	}
	pending, path := filepath.Join(dir, pendingSeal), filepath.Join(dir, sealFile)
	secret, err := keyfile.ReadSecret(pending)
	if errors.Is(err, fs.ErrNotExist) {
		secret = keyfile.NewSecret()
		err = keyfile.WriteSecret(pending, secret)
	}
	if err != nil {
		return s, nil, fmt.Errorf("make the catalog's key: %w", err)
	}
	key := catalog.SealKey(secret)
	return catalog.Sealing{Key: &key, First: true}, func() error {
		if err := keyfile.WriteSecret(path, secret); err != nil {
			return fmt.Errorf("keep the catalog's key: %w", err)
		}
		return os.Remove(pending)
	}, nil
}

// ReadSeal reads the key in dir without making one: there is none beside a database
// that was never opened by a release which seals.
func ReadSeal(dir string) (catalog.Sealing, error) {
	secret, err := keyfile.ReadSecret(filepath.Join(dir, sealFile))
	if errors.Is(err, fs.ErrNotExist) {
		return catalog.Sealing{}, nil
	}
	if err != nil {
		return catalog.Sealing{}, fmt.Errorf("read the catalog's key: %w", err)
	}
	key := catalog.SealKey(secret)
	return catalog.Sealing{Key: &key}, nil
}
