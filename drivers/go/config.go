package lxdb

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// DefaultPort is the port of the HTTPS listener.
const DefaultPort = "1529"

// Config says where a server is and who connects.
type Config struct {
	Address        string // host:port
	User, Password string
	Database       string
	CAFile         string // PEM; "" asks the system's authorities, unless there is a Fingerprint
	Fingerprint    string // of the CA certificate: SHA-256 in hexadecimal
	ParseTime      bool
	// TLS is used instead of CAFile and Fingerprint when it is not nil.
	TLS *tls.Config
}

// ParseDSN reads a data source name. Its errors do not show the name: it may have a
// password in it.
func ParseDSN(dsn string) (Config, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return Config{}, errors.New("lxdb: the data source name is no URL")
	}
	if u.Scheme != "lxdb" || u.Host == "" {
		return Config{}, errors.New("lxdb: a data source name is lxdb://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	c := Config{Address: u.Host, Database: strings.Trim(u.Path, "/")}
	if u.Port() == "" {
		c.Address = net.JoinHostPort(u.Hostname(), DefaultPort)
	}
	if u.User != nil {
		c.User = u.User.Username()
		c.Password, _ = u.User.Password()
	}
	options, err := url.ParseQuery(u.RawQuery) // u.Query drops what it cannot read
	if err != nil || u.Fragment != "" {
		return Config{}, errors.New("lxdb: the options of the data source name cannot be read: they are NAME=VALUE with & between them, percent-encoded")
	}
	for key, values := range options {
		value := values[0]
		if len(values) > 1 {
			return Config{}, fmt.Errorf("lxdb: the option %q is given twice", key)
		}
		switch key {
		case "ca":
			c.CAFile = value
		case "fingerprint":
			c.Fingerprint = value
		case "parseTime":
			if c.ParseTime = value == "true"; !c.ParseTime && value != "false" {
				return Config{}, errors.New("lxdb: parseTime is true or false")
			}
		case "secure":
			if value != "true" {
				return Config{}, errors.New("lxdb: secure is always true: there is no clear text")
			}
		default:
			return Config{}, fmt.Errorf("lxdb: there is no option %q", key)
		}
	}
	return c, nil
}

// tlsConfig is how the server is verified.
func (c *Config) tlsConfig() (*tls.Config, error) {
	if c.TLS != nil {
		return c.TLS.Clone(), nil
	}
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, fmt.Errorf("lxdb: address: %w", err)
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	switch {
	case c.CAFile != "" && c.Fingerprint != "":
		return nil, errors.New("lxdb: give the CA certificate or its fingerprint, not both")
	case c.CAFile != "":
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("lxdb: read the CA certificate: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("lxdb: %s has no certificate", c.CAFile)
		}
	case c.Fingerprint != "":
		want, err := hex.DecodeString(strings.ReplaceAll(c.Fingerprint, ":", ""))
		if err != nil || len(want) != sha256.Size {
			return nil, errors.New("lxdb: a fingerprint is 64 hexadecimal digits")
		}
		// The library checks nothing here; verifyFingerprint checks all that it would.
		conf.InsecureSkipVerify = true
		conf.VerifyConnection = func(s tls.ConnectionState) error { return verifyFingerprint(s, host, want) }
	}
	return conf, nil
}

// verifyFingerprint takes the certificate with the fingerprint, which the server sends
// along, for the only authority.
func verifyFingerprint(s tls.ConnectionState, host string, want []byte) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("lxdb: the server has no certificate")
	}
	for _, cert := range s.PeerCertificates[1:] {
		if sum := sha256.Sum256(cert.Raw); string(sum[:]) == string(want) && cert.IsCA {
			roots := x509.NewCertPool()
			roots.AddCert(cert)
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
			return err
		}
	}
	return errors.New("lxdb: the server's CA certificate has another fingerprint")
}
