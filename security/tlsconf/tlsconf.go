// Package tlsconf keeps the TLS identity of an instance: its own certificate
// authority, the server certificate that the authority issued, and certificates
// for clients. All keys are ECDSA P-256, which every client stack in use
// accepts (OpenSSL 3, Java 17, Python, Go).
//
// Files in the directory:
//
//	ca.crt      what clients are given to verify the server
//	ca.key      the TLS authority's private key, owner only
//	server.crt  the server certificate; names below
//	server.key  its private key, owner only
//
// Whatever is missing is made. A server certificate of our authority is issued
// anew when a name is missing from it, when its end is near, or when it does
// not belong to its key. One that another authority issued is the operator's:
// it is served as it is and never replaced.
package tlsconf

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Lifetimes. A server certificate lives as long as browsers tolerate and is
// renewed when a third of it is left.
const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	serverLifetime    = 397 * 24 * time.Hour
	renewBefore       = serverLifetime / 3
	// Backdate is how much earlier than its issue a certificate is valid. It lets clients whose clock is a little slow accept a new certificate.
	Backdate = time.Hour
)

// ErrNoAuthorityKey: something must be issued and ca.key is not there.
var ErrNoAuthorityKey = errors.New("the TLS authority's private key is missing")

// Options of Open.
type Options struct {
	Dir   string           // created with mode 0700 if missing
	Names []string         // DNS names and addresses besides the host's own
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // warnings; nil: none
}

// Store holds the instance's TLS identity. Its methods may be called concurrently.
type Store struct {
	dir string
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex // serialises changes of the files
	names []string

	live atomic.Pointer[identity]
}

// identity is what connections see; immutable.
type identity struct {
	authority *x509.Certificate
	pool      *x509.CertPool
	server    tls.Certificate // with the chain up to the authority
}

// Open loads the TLS identity in a directory, making what is missing.
func Open(opts Options) (*Store, error) {
	s := &Store{dir: opts.Dir, now: opts.Now, log: opts.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("open TLS directory: %w", err)
	}
	if err := s.Reload(opts.Names); err != nil {
		return nil, err
	}
	return s, nil
}

// Reload reads the files again, renews what has to be renewed for these names,
// and serves the result to connections made from now on. A failure leaves the
// identity in use as it is. Callers run it on SIGHUP and once a day.
func (s *Store) Reload(names []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ca, err := s.openAuthority()
	if err != nil {
		return err
	}
	server, err := s.openServer(ca, serverNames(names))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	s.names = names
	s.live.Store(&identity{authority: ca.cert, pool: pool, server: server})
	return nil
}

// Renew is Reload with the names last given.
func (s *Store) Renew() error {
	s.mu.Lock()
	names := s.names
	s.mu.Unlock()
	return s.Reload(names)
}

// Server is the configuration of the server side: TLS 1.2 or newer, forward
// secret and authenticated suites only. A client may present a certificate; one
// that our authority did not issue for clients ends the handshake. Connections
// see renewed certificates without a new configuration.
func (s *Store) Server() *tls.Config {
	base := hardened()
	base.ClientAuth = tls.VerifyClientCertIfGiven
	base.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		now := s.live.Load()
		c := hardened()
		c.ClientAuth = tls.VerifyClientCertIfGiven
		c.ClientCAs = now.pool
		c.Certificates = []tls.Certificate{now.server}
		c.Time = s.now
		// A ticket would carry a client's certificate past its end, and a
		// configuration made for one handshake could not resume it anyway.
		c.SessionTicketsDisabled = true
		return c, nil
	}
	return base
}

// Client is the configuration of a client that trusts this instance only.
func (s *Store) Client(serverName string) *tls.Config {
	c := hardened()
	c.RootCAs = s.live.Load().pool
	c.ServerName = serverName
	c.Time = s.now
	return c
}

// hardened is what server and client have in common. The order of suites is
// the library's; TLS 1.3 has its own and they are all sound.
func hardened() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			// An operator's own certificate may have an RSA key.
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}

// AuthorityFile is the path of ca.crt, which clients need and messages name.
func (s *Store) AuthorityFile() string { return filepath.Join(s.dir, authorityCertFile) }

// Authority is the TLS authority's certificate.
func (s *Store) Authority() *x509.Certificate { return s.live.Load().authority }

// Leaf is the server certificate in use.
func (s *Store) Leaf() *x509.Certificate { return s.live.Load().server.Leaf }

// Fingerprint is the SHA-256 of the server certificate in use.
func (s *Store) Fingerprint() string { return Fingerprint(s.Leaf().Raw) }

// AuthorityFingerprint is the SHA-256 of ca.crt: what a person compares before
// trusting it.
func (s *Store) AuthorityFingerprint() string { return Fingerprint(s.Authority().Raw) }

// Fingerprint is the SHA-256 of a DER certificate as openssl prints it: upper
// case bytes with colons between.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}
