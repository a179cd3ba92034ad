package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/security/keyfile"
)

const (
	serverCertFile = "server.crt"
	serverKeyFile  = "server.key"
)

// openServer reads the server certificate and its key, issuing a new pair when
// they are missing or no longer fit.
func (s *Store) openServer(ca authority, names []string) (tls.Certificate, error) {
	certPath, keyPath := filepath.Join(s.dir, serverCertFile), filepath.Join(s.dir, serverKeyFile)
	cert, err := keyfile.ReadCert(certPath)
	if errors.Is(err, fs.ErrNotExist) {
		return s.makeServer(ca, names)
	}
	if err != nil {
		return tls.Certificate{}, err
	}
	ours := strings.HasPrefix(cert.Issuer.CommonName, authorityName)
	key, err := keyfile.ReadKey(keyPath)
	switch {
	case err != nil && !ours:
		return tls.Certificate{}, fmt.Errorf("key of the operator's server certificate: %w", err)
	case err == nil && !ours && !keyfile.Matches(cert, key):
		return tls.Certificate{}, fmt.Errorf("%w: %s does not belong to %s", keyfile.ErrMalformed, keyPath, certPath)
	case !ours:
		s.warnExposed(keyPath)
		return s.operatorsServer(certPath, keyPath, names)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return tls.Certificate{}, err
	case err != nil || cert.CheckSignatureFrom(ca.cert) != nil || !keyfile.Matches(cert, key):
		return s.makeServer(ca, names)
	}
	s.warnExposed(keyPath)
	current := tls.Certificate{Certificate: [][]byte{cert.Raw, ca.cert.Raw}, PrivateKey: key, Leaf: cert}
	if len(missing(cert, names)) == 0 && cert.NotAfter.Sub(s.now()) > renewBefore && !cert.NotBefore.After(s.now()) {
		return current, nil
	}
	fresh, err := s.makeServer(ca, names)
	if errors.Is(err, ErrNoAuthorityKey) && s.now().Before(cert.NotAfter) {
		s.log.Warn("the server certificate should be renewed", "err", err, "ends", cert.NotAfter)
		return current, nil
	}
	return fresh, err
}

// operatorsServer serves a certificate of another authority, with whatever
// chain its file holds.
func (s *Store) operatorsServer(certPath, keyPath string, names []string) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certPath, keyPath)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("load the operator's server certificate: %w", err)
	}
	if pair.Leaf.NotAfter.Before(s.now()) {
		s.log.Warn("the operator's server certificate has expired", "file", certPath, "ended", pair.Leaf.NotAfter)
	}
	if lost := missing(pair.Leaf, names); len(lost) > 0 {
		s.log.Warn("the operator's server certificate lacks names", "file", certPath, "names", lost)
	}
	return pair, nil
}

// makeServer issues a pair. The key is written first; a crash between the two
// files leaves a pair that does not match, which the next start replaces.
func (s *Store) makeServer(ca authority, names []string) (tls.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	tmpl := &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"lxdb"}, CommonName: "lxdb server"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, name)
		}
	}
	der, err := ca.issue(tmpl, key.Public(), s.now(), serverLifetime)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue server certificate: %w", err)
	}
	if err := keyfile.WriteKey(filepath.Join(s.dir, serverKeyFile), key); err != nil {
		return tls.Certificate{}, err
	}
	if err := keyfile.WriteCert(filepath.Join(s.dir, serverCertFile), der); err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, ca.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// serverNames are the names a server certificate must have: the loopback's, the
// host's, and the ones asked for.
func serverNames(extra []string) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	var out []string
	for _, name := range append(names, extra...) {
		if ip := net.ParseIP(name); ip != nil {
			name = ip.String()
		} else if name = strings.ToLower(strings.TrimSuffix(name, ".")); !validName(name) {
			continue
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// validName keeps what is no host name out of certificates: the system's host
// name can be anything.
func validName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		ok := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '*'
		if !ok {
			return false
		}
	}
	return true
}

func missing(cert *x509.Certificate, names []string) []string {
	var out []string
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			if !slices.ContainsFunc(cert.IPAddresses, ip.Equal) {
				out = append(out, name)
			}
		} else if !slices.Contains(cert.DNSNames, name) {
			out = append(out, name)
		}
	}
	return out
}
