package tlsconf

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lxdb/lxdb/security/keyfile"
)

// maxClientLifetime bounds what IssueClient is asked for: a lost file that nobody
// revokes must have an end.
const maxClientLifetime = 3 * 365 * 24 * time.Hour

// ErrClientName: the name cannot stand in a certificate.
var ErrClientName = errors.New("not a name for a client certificate")

// ClientFiles is a client's TLS identity as PEM texts.
type ClientFiles struct {
	Cert      []byte // client-cert.pem
	Key       []byte // client-key.pem
	Authority []byte // cacert.pem, to verify the server
}

// IssueClient makes a key and a certificate for the TLS client called name,
// which is the certificate's common name and nothing else. Lifetimes above
// three years are cut to them. Errors: ErrClientName, ErrNoAuthorityKey.
func (s *Store) IssueClient(name string, lifetime time.Duration) (ClientFiles, error) {
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ClientFiles{}, fmt.Errorf("%w: 1 to 64 bytes without control characters", ErrClientName)
	}
	if lifetime <= 0 {
		return ClientFiles{}, fmt.Errorf("issue client certificate: lifetime %v is not positive", lifetime)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ca, err := s.openAuthority()
	if err != nil {
		return ClientFiles{}, err
	}
	key, err := newKey()
	if err != nil {
		return ClientFiles{}, err
	}
	tmpl := &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"lxdb"}, CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := ca.issue(tmpl, key.Public(), s.now(), min(lifetime, maxClientLifetime))
	if err != nil {
		return ClientFiles{}, err
	}
	keyText, err := keyfile.EncodeKey(key)
	if err != nil {
		return ClientFiles{}, err
	}
	return ClientFiles{Cert: keyfile.EncodeCert(der), Key: keyText, Authority: keyfile.EncodeCert(ca.cert.Raw)}, nil
}

// WriteTo puts the three files into dir, which is created owner only if missing.
func (f ClientFiles) WriteTo(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write client certificate: %w", err)
	}
	for _, file := range []struct {
		name string
		text []byte
		mode os.FileMode
	}{
		{"cacert.pem", f.Authority, 0o644},
		{"client-key.pem", f.Key, 0o600},
		{"client-cert.pem", f.Cert, 0o644},
	} {
		if err := keyfile.Write(filepath.Join(dir, file.name), file.text, file.mode); err != nil {
			return err
		}
	}
	return nil
}
