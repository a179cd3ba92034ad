package tlsconf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // a key identifier (RFC 5280 4.2.1.2), not a signature
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path/filepath"
	"time"

	"github.com/lxdb/lxdb/security/keyfile"
)

const (
	authorityCertFile = "ca.crt"
	authorityKeyFile  = "ca.key"

	// authorityName begins the name of every authority made here: by it a
	// certificate of ours is told from the operator's.
	authorityName = "lxdb TLS authority "
)

// authority issues TLS certificates. key is nil when the operator keeps ca.key
// elsewhere: then nothing can be issued.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// openAuthority reads ca.crt and ca.key. Neither there: both are made. Only
// ca.key there: the first start was cut short between the two files, and a
// certificate is made for that key.
func (s *Store) openAuthority() (authority, error) {
	certPath, keyPath := filepath.Join(s.dir, authorityCertFile), filepath.Join(s.dir, authorityKeyFile)
	key, keyErr := keyfile.ReadKey(keyPath)
	if keyErr != nil && !errors.Is(keyErr, fs.ErrNotExist) {
		return authority{}, keyErr
	}
	if keyErr == nil {
		s.warnExposed(keyPath)
	}
	cert, err := keyfile.ReadCert(certPath)
	if errors.Is(err, fs.ErrNotExist) {
		return s.makeAuthority(key)
	}
	if err != nil {
		return authority{}, err
	}
	if !cert.IsCA || !cert.BasicConstraintsValid {
		return authority{}, fmt.Errorf("%w: %s is no authority's certificate", keyfile.ErrMalformed, certPath)
	}
	if keyErr != nil {
		return authority{cert: cert}, nil
	}
	if !keyfile.Matches(cert, key) {
		return authority{}, fmt.Errorf("%w: %s does not belong to %s; restore the right pair, or remove both to make a new "+
			"authority (every client then needs the new %s)", keyfile.ErrMalformed, keyPath, certPath, authorityCertFile)
	}
	if left := cert.NotAfter.Sub(s.now()); left < serverLifetime {
		s.log.Warn("the TLS authority ends soon: replace it and give clients the new file", "file", certPath, "ends", cert.NotAfter)
	}
	return authority{cert: cert, key: key}, nil
}

// makeAuthority writes the key before the certificate: ca.crt then never exists
// without its key having been on disk.
func (s *Store) makeAuthority(key crypto.Signer) (authority, error) {
	if key == nil {
		made, err := newKey()
		if err != nil {
			return authority{}, err
		}
		if err := keyfile.WriteKey(filepath.Join(s.dir, authorityKeyFile), made); err != nil {
			return authority{}, err
		}
		key = made
	}
	serial, err := newSerial()
	if err != nil {
		return authority{}, err
	}
	now := s.now()
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		// The serial in the name keeps two instances' authorities apart in a trust store.
		Subject:   pkix.Name{Organization: []string{"lxdb"}, CommonName: authorityName + serial.Text(16)[:8]},
		NotBefore: now.Add(-Backdate), NotAfter: now.Add(authorityLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if tmpl.SubjectKeyId, err = keyID(key); err != nil {
		return authority{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return authority{}, fmt.Errorf("make TLS authority: %w", err)
	}
	if err := keyfile.WriteCert(filepath.Join(s.dir, authorityCertFile), der); err != nil {
		return authority{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return authority{}, fmt.Errorf("make TLS authority: %w", err)
	}
	return authority{cert: cert, key: key}, nil
}

// issue signs a leaf. The caller sets names and usage; the rest is done here. A
// leaf never outlives the authority.
func (a authority) issue(tmpl *x509.Certificate, pub crypto.PublicKey, now time.Time, lifetime time.Duration) ([]byte, error) {
	if a.key == nil {
		return nil, fmt.Errorf("%w: put %s back beside %s for the time of issuing", ErrNoAuthorityKey, authorityKeyFile, authorityCertFile)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	tmpl.SerialNumber = serial
	tmpl.NotBefore, tmpl.NotAfter = now.Add(-Backdate), now.Add(lifetime)
	if tmpl.NotAfter.After(a.cert.NotAfter) {
		tmpl.NotAfter = a.cert.NotAfter
	}
	tmpl.BasicConstraintsValid = true
	tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	tmpl.AuthorityKeyId = a.cert.SubjectKeyId
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, pub, a.key)
	if err != nil {
		return nil, fmt.Errorf("issue TLS certificate: %w", err)
	}
	return der, nil
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make TLS key: %w", err)
	}
	return key, nil
}

// newSerial is a positive random number of 127 bits with the top one set, so
// that its text always has the same length.
func newSerial() (*big.Int, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b), nil
}

func keyID(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("encode TLS key: %w", err)
	}
	sum := sha1.Sum(der)
	return sum[:], nil
}

func (s *Store) warnExposed(keyPath string) {
	if keyfile.Exposed(keyPath) {
		s.log.Warn("a private key is readable by others: replace it, and chmod 600 the new one", "file", keyPath)
	}
}
