package cert

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/keyfile"
)

// Files of a rotation. The next pair is written whole before it takes the place of
// the one in force, key first; finishRotation ends what a crash cut short.
const (
	nextCertFile = "permissions-next.crt"
	nextKeyFile  = "permissions-next.key"
	// earlierFiles are authorities that sign no more, by serial number.
	earlierFiles = "permissions-earlier-*.crt"
)

func earlierFile(c *x509.Certificate) string {
	return fmt.Sprintf("permissions-earlier-%x.crt", c.SerialNumber)
}

// signing is who signs now.
func (a *Authority) signing() (*x509.Certificate, ed25519.PrivateKey) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.cert, a.key
}

// issuerOf finds the authority that a certificate says it is from, nil for none of ours.
func (a *Authority) issuerOf(c *x509.Certificate) *x509.Certificate {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, issuer := range append([]*x509.Certificate{a.cert}, a.earlier...) {
		if string(c.RawIssuer) == string(issuer.RawSubject) {
			return issuer
		}
	}
	return nil
}

// Serial is the number of the authority that signs now, as the revocation list spells it.
func (a *Authority) Serial() string {
	cert, _ := a.signing()
	return serialText(cert)
}

// isNewest reports whether a certificate says that it is from the authority that signs
// now.
func (a *Authority) isNewest(c *x509.Certificate) bool {
	cert, _ := a.signing()
	return string(c.RawIssuer) == string(cert.RawSubject)
}

// readEarlier reads the authorities before.
func (a *Authority) readEarlier(dir string) error {
	a.dir = dir
	files, err := filepath.Glob(filepath.Join(dir, earlierFiles))
	if err != nil {
		return fmt.Errorf("open permission authority: %w", err)
	}
	for _, file := range files {
		c, err := keyfile.ReadCert(file)
		if err != nil {
			return fmt.Errorf("open permission authority: %w", err)
		}
		if c.IsCA && !c.Equal(a.cert) {
			a.earlier = append(a.earlier, c)
		}
	}
	return nil
}

// finishRotation ends a rotation that a crash cut short: before the new key was in
// place nothing has happened, after that the new certificate follows it.
func finishRotation(dir string) error {
	next, err := keyfile.ReadCert(filepath.Join(dir, nextCertFile))
	if errors.Is(err, fs.ErrNotExist) {
		return removeIfThere(filepath.Join(dir, nextKeyFile))
	}
	if err != nil {
		return err
	}
	key, err := keyfile.ReadKey(filepath.Join(dir, keyFile))
	if err != nil {
		return err
	}
	if keyfile.Matches(next, key) {
		return os.Rename(filepath.Join(dir, nextCertFile), filepath.Join(dir, certFile))
	}
	return errors.Join(removeIfThere(filepath.Join(dir, nextKeyFile)), removeIfThere(filepath.Join(dir, nextCertFile)))
}

func removeIfThere(file string) error {
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// rotate makes a new key, which signs from now on. What the one before has signed counts
// until retire.
func (a *Authority) rotate() error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("rotate permission authority: %w", err)
	}
	next, err := signAuthority(key, a.now)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dir != "" {
		in := func(file string) string { return filepath.Join(a.dir, file) }
		for _, step := range []func() error{
			func() error { return keyfile.WriteCert(in(earlierFile(a.cert)), a.cert.Raw) },
			func() error { return keyfile.WriteKey(in(nextKeyFile), key) },
			func() error { return keyfile.WriteCert(in(nextCertFile), next.cert.Raw) },
			func() error { return os.Rename(in(nextKeyFile), in(keyFile)) },
			func() error { return os.Rename(in(nextCertFile), in(certFile)) },
		} {
			if err := step(); err != nil {
				return fmt.Errorf("rotate permission authority: %w", err)
			}
		}
	}
	a.earlier = append(a.earlier, a.cert)
	a.cert, a.key = next.cert, key
	return nil
}

// retire lets go of the earlier authorities: what they have signed is foreign now.
func (a *Authority) retire() (gone []*x509.Certificate, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	gone, a.earlier = a.earlier, nil
	for _, c := range gone {
		if a.dir != "" {
			err = errors.Join(err, removeIfThere(filepath.Join(a.dir, earlierFile(c))))
		}
	}
	return gone, err
}

// refuseRevoked forgets earlier authorities that are on the revocation list, whatever
// file says otherwise.
func (a *Authority) refuseRevoked(s *catalog.Snapshot) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept := a.earlier[:0:0]
	for _, c := range a.earlier {
		if !s.Revoked(serialText(c)) {
			kept = append(kept, c)
		}
	}
	a.earlier = kept
}

func serialText(c *x509.Certificate) string { return catalog.FoldSerial(c.SerialNumber.Text(16)) }

// Rotate gives the permission authority another key and makes all certificates anew.
// Meanwhile those of both count; then the one before is on the revocation list. A
// rotation that was cut short is ended at the next start.
func (i *Issuer) Rotate(ctx context.Context) error {
	// Inside an Update nobody else signs: what is signed with the key before is in the
	// catalog when the certificates to be made anew are looked up.
	if err := i.catalog.Update(ctx, func(*catalog.Tx) error { return i.authority.rotate() }); err != nil {
		return err
	}
	return i.endRotation(ctx)
}

// endRotation makes what is of an earlier authority anew, and lets go of it.
func (i *Issuer) endRotation(ctx context.Context) error {
	if err := i.Renew(ctx); err != nil {
		return err
	}
	gone, err := i.authority.retire()
	if len(gone) == 0 || err != nil {
		return err
	}
	return i.catalog.Update(ctx, func(tx *catalog.Tx) error {
		for _, c := range gone {
			if tx.Revoked(serialText(c)) {
				continue
			}
			if err := tx.PutRevocation(&catalog.Revocation{Serial: serialText(c), What: "permission authority"}); err != nil {
				return err
			}
		}
		return nil
	})
}
