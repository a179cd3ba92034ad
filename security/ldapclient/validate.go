package ldapclient

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// settingError is a fault in one setting. It is an ErrConfiguration.
type settingError struct {
	setting string
	fault   string
	cause   error // may be nil
}

func (e *settingError) Error() string {
	if e.cause != nil {
		return e.setting + ": " + e.fault + ": " + e.cause.Error()
	}
	return e.setting + ": " + e.fault
}

func (e *settingError) Is(target error) bool { return target == ErrConfiguration }

func (e *settingError) Unwrap() error { return e.cause }

func wrong(setting, format string, args ...any) error {
	return &settingError{setting: setting, fault: fmt.Sprintf(format, args...)}
}

func unreadable(setting, fault string, cause error) error {
	return &settingError{setting: setting, fault: fault, cause: cause}
}

// Validate finds every fault that shows without asking a server. It reads the
// files that are named. Each line of the error begins with a setting.
func (c *Config) Validate() error {
	d := c.withDefaults()
	return errors.Join(
		d.checkURLs(), d.checkTLS(), d.checkService(),
		d.checkBase("ldap-user-base", d.UserBase), d.checkBase("ldap-group-base", d.GroupBase),
		checkFilter("ldap-user-filter", d.UserFilter, userMark), checkFilter("ldap-group-filter", d.GroupFilter, groupMark),
		d.checkAttributes(), d.checkNumbers(),
	)
}

func (c *Config) checkURLs() error {
	if len(c.URLs) == 0 {
		return wrong("ldap-url", "is not set; write ldaps://HOST, or ldap://HOST with ldap-start-tls")
	}
	var faults []error
	for _, text := range c.URLs {
		if _, err := c.server(text); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// server is one of the URLs.
type server struct {
	url  string // as it is shown
	host string
	addr string // host:port
	tls  bool   // from the first byte
	// plain: never TLS. Such a connection may only lead to this machine.
	plain bool
}

func (c *Config) server(text string) (*server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, wrong("ldap-url", "%q is not a server; write ldaps://HOST:PORT and put a base into ldap-user-base", printable(redact(text)))
	}
	s := &server{host: u.Hostname()}
	port := u.Port()
	switch strings.ToLower(u.Scheme) {
	case "ldaps":
		s.tls = true
		orDefault(&port, "636")
	case "ldap":
		orDefault(&port, "389")
		s.plain = !c.StartTLS
	default:
		return nil, wrong("ldap-url", "the scheme of %q is unknown; it is ldaps:// or ldap://", printable(text))
	}
	if s.host == "" {
		return nil, wrong("ldap-url", "%q names no host", printable(text))
	}
	s.addr = net.JoinHostPort(s.host, port)
	s.url = strings.ToLower(u.Scheme) + "://" + s.addr
	if s.plain && !isLoopback(s.host) {
		return nil, wrong("ldap-url", "%s would carry passwords without TLS; write ldaps://%s, or set ldap-start-tls", s.url, s.host)
	}
	return s, nil
}

// redact hides what stands where a URL could have a password.
func redact(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return "…" + text[i:]
	}
	return text
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (c *Config) checkTLS() error {
	var faults []error
	_, err := c.roots()
	faults = append(faults, err)
	_, err = c.pins()
	faults = append(faults, err)
	_, err = c.clientCert()
	faults = append(faults, err)
	if c.StartTLS && !strings.Contains(strings.ToLower(strings.Join(c.URLs, " ")), "ldap://") {
		faults = append(faults, wrong("ldap-start-tls", "has no use with ldaps:// URLs, which begin with TLS; remove one of them"))
	}
	return errors.Join(faults...)
}

// roots are the authorities in CAFile; nil means the system's.
func (c *Config) roots() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, unreadable("ldap-ca-file", "cannot be read", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, wrong("ldap-ca-file", "%s has no certificate in it; PEM begins with -----BEGIN CERTIFICATE-----", c.CAFile)
	}
	return pool, nil
}

func (c *Config) pins() (map[[sha256.Size]byte]bool, error) {
	pins := map[[sha256.Size]byte]bool{}
	for _, text := range c.PinSHA256 {
		pin, ok := parsePin(text)
		if !ok {
			return nil, wrong("ldap-pin-sha256", "%q is not the SHA-256 of a public key: 64 hexadecimal digits, or 44 characters of base64", printable(text))
		}
		pins[pin] = true
	}
	return pins, nil
}

// parsePin takes hex, with colons or without, and base64, bare or as curl writes it.
func parsePin(text string) (pin [sha256.Size]byte, ok bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "sha256//")
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil {
		raw, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(raw) != len(pin) {
		return pin, false
	}
	return [sha256.Size]byte(raw), true
}

func (c *Config) clientCert() (*tls.Certificate, error) {
	switch {
	case c.ClientCert == "" && c.ClientKey == "":
		return nil, nil
	case c.ClientKey == "":
		return nil, wrong("ldap-client-key", "is not set, but ldap-client-cert is")
	case c.ClientCert == "":
		return nil, wrong("ldap-client-cert", "is not set, but ldap-client-key is")
	}
	if err := ownerOnly("ldap-client-key", c.ClientKey); err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(c.ClientCert, c.ClientKey)
	if err != nil {
		return nil, unreadable("ldap-client-cert", "cannot be used", err)
	}
	return &pair, nil
}

// ownerOnly refuses a secret that other users of the machine can read.
func ownerOnly(setting, path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return unreadable(setting, "cannot be read", err)
	case !info.Mode().IsRegular():
		return wrong(setting, "%s is not a file", path)
	case info.Mode().Perm()&0o077 != 0:
		return wrong(setting, "%s can be read by others (mode %04o); run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}

func (c *Config) checkService() error {
	var faults []error
	switch {
	case c.BindPassword != "" && c.BindPasswordFile != "":
		faults = append(faults, wrong("ldap-bind-password-file", "is set together with ldap-bind-password; keep the file"))
	case c.BindDN == "" && (c.BindPassword != "" || c.BindPasswordFile != ""):
		faults = append(faults, wrong("ldap-bind-dn", "is not set, but a password for it is"))
	case c.BindDN != "":
		_, err := c.servicePassword()
		faults = append(faults, err)
	}
	// Active Directory also takes user@domain and DOMAIN\user for a DN.
	if _, ok := parseDN(c.BindDN); c.BindDN != "" && !ok && !strings.ContainsAny(c.BindDN, `@\`) {
		faults = append(faults, wrong("ldap-bind-dn", "%q is not a DN; write it as in cn=reader,dc=example,dc=org", printable(c.BindDN)))
	}
	return errors.Join(faults...)
}

// servicePassword reads the file each time: it can be replaced while we run.
func (c *Config) servicePassword() (string, error) {
	password, setting := c.BindPassword, "ldap-bind-password"
	if c.BindPasswordFile != "" {
		setting = "ldap-bind-password-file"
		if err := ownerOnly(setting, c.BindPasswordFile); err != nil {
			return "", err
		}
		text, err := os.ReadFile(c.BindPasswordFile)
		if err != nil {
			return "", unreadable(setting, "cannot be read", err)
		}
		password = strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	}
	if !validPassword(password) {
		return "", wrong(setting, "ldap-bind-dn needs a password of 1 to %d bytes without NUL; a server would take an empty one for an anonymous bind", maxPasswordBytes)
	}
	return password, nil
}

func (c *Config) checkBase(setting, base string) error {
	if base == "" && setting == "ldap-group-base" {
		return nil // what is missing is the user base, and that is reported
	}
	if _, ok := parseDN(base); !ok {
		return wrong(setting, "%q is not a DN; write it as in ou=people,dc=example,dc=org", printable(base))
	}
	return nil
}

func checkFilter(setting, filter, mark string) error {
	if !strings.Contains(filter, mark) {
		return wrong(setting, "has no %s, which stands for the name, as in (uid=%s)", mark, mark)
	}
	for _, value := range []string{"x", all} {
		if _, err := ldap.CompileFilter(strings.ReplaceAll(filter, mark, value)); err != nil {
			return unreadable(setting, "is not a filter as in (&(objectClass=person)(uid="+mark+"))", err)
		}
	}
	return nil
}

func (c *Config) checkAttributes() error {
	var faults []error
	check := func(setting, attr string) {
		if !attrPattern.MatchString(attr) {
			faults = append(faults, wrong(setting, "%q is not an attribute's name, as in uid", printable(attr)))
		}
	}
	check("ldap-user-attr", c.UserAttr)
	check("ldap-group-name-attr", c.GroupNameAttr)
	for _, attr := range c.MemberAttrs {
		check("ldap-member-attr", attr)
	}
	if c.InChain && c.Flat {
		faults = append(faults, wrong("ldap-in-chain", "looks for groups in groups, and ldap-nested is off; remove one of them"))
	}
	return errors.Join(faults...)
}

func (c *Config) checkNumbers() error {
	var faults []error
	between := func(setting string, n, least, most int) {
		if n < least || n > most {
			faults = append(faults, wrong(setting, "%d is not between %d and %d", n, least, most))
		}
	}
	between("ldap-max-depth", c.MaxDepth, 1, 64)
	between("ldap-max-groups", c.MaxGroups, 1, 100_000)
	between("ldap-pool-size", c.PoolSize, 1, 256)
	if c.Timeout <= 0 {
		faults = append(faults, wrong("ldap-timeout", "%v is no time to wait, as in 5s", c.Timeout))
	}
	if c.DownFor < 0 {
		faults = append(faults, wrong("ldap-down-for", "%v is no time to wait, as in 30s", c.DownFor))
	}
	return errors.Join(faults...)
}
