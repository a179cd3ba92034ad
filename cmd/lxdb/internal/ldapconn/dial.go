package ldapconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

const (
	dialTimeout = 10 * time.Second
	// answerTimeout is how long an answer may take. The server's own limit for a
	// search is shorter.
	answerTimeout = time.Minute
)

// ErrUntrusted: the server's certificate was not issued by the CA, or not for
// the name in the URL.
var ErrUntrusted = errors.New("the server's certificate is not trusted")

// Target says which directory, and whose certificates count.
type Target struct {
	URL    string // ldaps://HOST:PORT, or ldap://HOST:PORT, which is secured by StartTLS
	CAFile string // "" counts the machine's own authorities
}

// Conn is one connection. It is used by one goroutine at a time.
type Conn struct {
	c    *ldap.Conn
	stop func() bool
}

// Dial connects. When ctx ends the connection does.
func Dial(ctx context.Context, t Target) (*Conn, error) {
	scheme, address, err := t.parse()
	if err != nil {
		return nil, err
	}
	cfg, err := t.tls(address)
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(bounded, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.URL, err)
	}
	var c *ldap.Conn
	if scheme == "ldaps" {
		c, err = overTLS(bounded, raw, cfg)
	} else {
		c, err = startTLS(bounded, raw, cfg)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %s: %w", t.URL, untrusted(err)), closed(raw))
	}
	c.SetTimeout(answerTimeout)
	return &Conn{c, context.AfterFunc(ctx, func() { _ = c.Close() })}, nil
}

// closed closes a connection that failed; that it was closed already is no news.
func closed(raw net.Conn) error {
	if err := raw.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (t Target) parse() (scheme, address string, err error) {
	u, err := url.Parse(t.URL)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("address of the directory: %w", err)
	case u.Scheme != "ldap" && u.Scheme != "ldaps", u.Hostname() == "", u.User != nil, strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "":
		return "", "", fmt.Errorf("address of the directory: %q is not ldaps://HOST:PORT or ldap://HOST:PORT", u.Redacted())
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": ldap.DefaultLdapPort, "ldaps": ldap.DefaultLdapsPort}[u.Scheme]
	}
	return u.Scheme, net.JoinHostPort(u.Hostname(), port), nil
}

// CheckURL says whether a URL names a directory.
func CheckURL(text string) error {
	_, _, err := Target{URL: text}.parse()
	return err
}

func (t Target) tls(address string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if t.CAFile == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the CA certificate: %w", err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", t.CAFile)
	}
	return cfg, nil
}

func overTLS(ctx context.Context, raw net.Conn, cfg *tls.Config) (*ldap.Conn, error) {
	secure := tls.Client(raw, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	c := ldap.NewConn(secure, true)
	c.Start()
	return c, nil
}

// startTLS ends with ctx, too: the library's own handshake has no limit.
func startTLS(ctx context.Context, raw net.Conn, cfg *tls.Config) (*ldap.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) }) // wakes who waits
	c := ldap.NewConn(raw, false)
	c.Start()
	if err := c.StartTLS(cfg); err != nil {
		_ = c.Close() // what failed is said
		return nil, fmt.Errorf("StartTLS: %w", answer(err))
	}
	if !stop() {
		_ = c.Close()
		return nil, fmt.Errorf("StartTLS: %w", context.Cause(ctx))
	}
	return c, nil
}

// untrusted marks errors of certificates. Behind StartTLS the library keeps no
// more than their text.
func untrusted(err error) error {
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) || strings.Contains(err.Error(), "failed to verify certificate") {
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return err
}

// Close ends the connection.
func (c *Conn) Close() error {
	c.stop()
	return c.c.Close()
}
