package cert

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lxdb/lxdb/security/keyfile"
)

// Files of the permission authority in its directory.
const (
	certFile = "permissions.crt"
	keyFile  = "permissions.key"
)

// Lifetimes. The authority signs for this instance only and nobody else trusts
// it, so it has no reason to end in the life of a store.
const (
	authorityLifetime = 50 * 365 * 24 * time.Hour
	lifetime          = 400 * 24 * time.Hour
	renewBefore       = lifetime / 2
	// backdate accepts a clock that is set back a little after issuing.
	backdate = time.Hour
)

// Why a certificate is refused. Each comes wrapped with the principal or serial.
var (
	ErrForeign = errors.New("permission certificate of another authority, or changed after signing")
	ErrExpired = errors.New("permission certificate outside its validity")
)

// Authority signs and verifies permission certificates. It is safe for
// concurrent use; the signing key never leaves it.
type Authority struct {
	mu   *sync.RWMutex // of cert, key and earlier
	cert *x509.Certificate
	key  ed25519.PrivateKey
	// earlier authorities sign nothing any more; what they signed counts until it is
	// made anew.
	earlier []*x509.Certificate
	dir     string // "" in memory
	now     func() time.Time
	// holder stands as the public key of permission certificates. Nobody has
	// its private half: such a certificate proves nothing about its bearer and
	// is of no use in a TLS handshake.
	holder ed25519.PublicKey
	made   bool
}

// OpenAuthority reads the authority in dir, or makes one there (mode 0700,
// private key 0600). now is nil for time.Now.
//
// A directory that lost its key is an error unless the certificate is gone too:
// with a new authority every certificate of the store is foreign, and everybody
// is denied until Issuer.ReissueAll.
func OpenAuthority(dir string, now func() time.Time) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open permission authority: %w", err)
	}
	if err := finishRotation(dir); err != nil {
		return nil, fmt.Errorf("open permission authority: %w", err)
	}
	certPath, keyPath := filepath.Join(dir, certFile), filepath.Join(dir, keyFile)
	signer, keyErr := keyfile.ReadKey(keyPath)
	caCert, certErr := keyfile.ReadCert(certPath)
	switch {
	case errors.Is(keyErr, fs.ErrNotExist) && errors.Is(certErr, fs.ErrNotExist):
		return createAuthority(certPath, keyPath, now)
	case keyErr != nil:
		return nil, fmt.Errorf("open permission authority: %w", keyErr)
	}
	key, ok := signer.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("open permission authority: %w: %s is no Ed25519 key", keyfile.ErrMalformed, keyPath)
	}
	if errors.Is(certErr, fs.ErrNotExist) { // the first start was cut short between the two files
		return writeAuthority(certPath, key, now)
	}
	if certErr != nil {
		return nil, fmt.Errorf("open permission authority: %w", certErr)
	}
	if !keyfile.Matches(caCert, key) || !caCert.IsCA {
		return nil, fmt.Errorf("open permission authority: %w: %s does not belong to %s; restore the right pair",
			keyfile.ErrMalformed, keyPath, certPath)
	}
	a, err := newAuthority(caCert, key, now)
	if err != nil {
		return nil, err
	}
	return a, a.readEarlier(dir)
}

func createAuthority(certPath, keyPath string, now func() time.Time) (*Authority, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make permission authority: %w", err)
	}
	if err := keyfile.WriteKey(keyPath, key); err != nil {
		return nil, err
	}
	return writeAuthority(certPath, key, now)
}

func writeAuthority(certPath string, key ed25519.PrivateKey, now func() time.Time) (*Authority, error) {
	a, err := signAuthority(key, now)
	if err != nil {
		return nil, err
	}
	a.dir = filepath.Dir(certPath)
	return a, keyfile.WriteCert(certPath, a.cert.Raw)
}

// NewAuthority makes an authority in memory: for stores in memory and tests.
func NewAuthority(now func() time.Time) (*Authority, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make permission authority: %w", err)
	}
	return signAuthority(key, now)
}

// signAuthority makes the self-signed certificate of a key.
func signAuthority(key ed25519.PrivateKey, now func() time.Time) (*Authority, error) {
	if now == nil {
		now = time.Now
	}
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		return nil, fmt.Errorf("make permission authority: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40
	n := new(big.Int).SetBytes(serial)
	tmpl := &x509.Certificate{
		SerialNumber: n,
		Subject:      pkix.Name{Organization: []string{"lxdb"}, CommonName: "lxdb permission authority " + n.Text(16)[:8]},
		NotBefore:    now().Add(-backdate), NotAfter: now().Add(authorityLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make permission authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make permission authority: %w", err)
	}
	a, err := newAuthority(cert, key, now)
	if err == nil {
		a.made = true
	}
	return a, err
}

func newAuthority(cert *x509.Certificate, key ed25519.PrivateKey, now func() time.Time) (*Authority, error) {
	if now == nil {
		now = time.Now
	}
	holder, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("open permission authority: %w", err)
	}
	return &Authority{mu: new(sync.RWMutex), cert: cert, key: key, now: now, holder: holder}, nil
}

// Made reports whether the authority is new: certificates that the store
// already has are then foreign.
func (a *Authority) Made() bool { return a.made }

// Certificate is the authority's own certificate, DER.
func (a *Authority) Certificate() []byte {
	cert, _ := a.signing()
	return cert.Raw
}

// Now is the authority's clock, which validity is judged by.
func (a *Authority) Now() time.Time { return a.now() }

// Sign issues the certificate of p, which must have a serial number. Validity
// is set here. Errors: ErrInvalid.
func (a *Authority) Sign(p *Permissions) ([]byte, error) {
	p.NotBefore = a.now().Add(-backdate).UTC().Truncate(time.Second)
	p.NotAfter = a.now().Add(lifetime).UTC().Truncate(time.Second)
	if cert, _ := a.signing(); p.NotAfter.After(cert.NotAfter) {
		p.NotAfter = cert.NotAfter
	}
	if !p.Until.IsZero() {
		if end := p.Until.Add(time.Second - 1).UTC().Truncate(time.Second); p.NotAfter.After(end) {
			p.NotAfter = end
		}
		if !p.NotAfter.After(p.NotBefore) { // it has ended; so has the certificate
			p.NotAfter = p.NotBefore.Add(time.Second)
		}
	}
	return a.sign(p)
}

func (a *Authority) sign(p *Permissions) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	value, err := encodeExtension(p)
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: new(big.Int).SetUint64(p.Serial),
		// For people only, so a name that X.509 cannot hold is no reason to fail.
		Subject:   pkix.Name{CommonName: strings.ToValidUTF8(p.Name, "\uFFFD")},
		NotBefore: p.NotBefore, NotAfter: p.NotAfter,
		BasicConstraintsValid: true,
		// Critical: software that does not know the extension must refuse the
		// certificate instead of taking it for an identity.
		ExtraExtensions: []pkix.Extension{{Id: ExtensionID, Critical: true, Value: value}},
	}
	cert, key := a.signing()
	p.Issuer = cert.Subject.CommonName
	der, err := x509.CreateCertificate(rand.Reader, tmpl, cert, a.holder, key)
	if err != nil {
		return nil, fmt.Errorf("sign permissions of principal %d: %w", p.Principal, err)
	}
	return der, nil
}

// Verify parses a permission certificate and checks signature, issuer and
// validity. Whether it is the one in force is for the caller to compare with
// the catalog. Errors: ErrForeign, ErrMalformed, and ErrExpired, with which it returns
// the content, too.
func (a *Authority) Verify(der []byte) (*Permissions, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	issuer := a.issuerOf(c)
	if issuer == nil || c.CheckSignatureFrom(issuer) != nil {
		return nil, fmt.Errorf("%w: serial %v", ErrForeign, c.SerialNumber)
	}
	p, err := contentOf(c)
	if err != nil {
		return nil, err
	}
	if now := a.now(); now.Before(c.NotBefore) || now.After(c.NotAfter) || now.After(issuer.NotAfter) {
		return p, fmt.Errorf("%w: serial %v is valid from %v to %v", ErrExpired, c.SerialNumber, c.NotBefore, c.NotAfter)
	}
	return p, nil
}

// contentOf reads a certificate without asking who signed it.
func contentOf(c *x509.Certificate) (*Permissions, error) {
	value, err := onlyExtension(c)
	if err != nil {
		return nil, err
	}
	p, err := decodeExtension(value)
	if err != nil {
		return nil, fmt.Errorf("serial %v: %w", c.SerialNumber, err)
	}
	p.Serial, p.Name, p.Issuer = c.SerialNumber.Uint64(), c.Subject.CommonName, c.Issuer.CommonName
	p.NotBefore, p.NotAfter = c.NotBefore, c.NotAfter
	return p, nil
}

// onlyExtension finds the permissions in a certificate that has nothing else
// that is critical and unknown.
func onlyExtension(c *x509.Certificate) ([]byte, error) {
	if c.IsCA || !c.SerialNumber.IsUint64() || c.SerialNumber.Sign() <= 0 {
		return nil, fmt.Errorf("%w: authority or serial number", ErrMalformed)
	}
	if len(c.UnhandledCriticalExtensions) != 1 || !c.UnhandledCriticalExtensions[0].Equal(ExtensionID) {
		return nil, fmt.Errorf("%w: serial %v has no critical permission extension, or others", ErrMalformed, c.SerialNumber)
	}
	for _, ext := range c.Extensions { // the parser refuses an extension that occurs twice
		if ext.Id.Equal(ExtensionID) {
			return ext.Value, nil
		}
	}
	return nil, fmt.Errorf("%w: serial %v has no permission extension", ErrMalformed, c.SerialNumber)
}
