package ldapclient

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Step is what came of one step of Check.
type Step struct {
	Name   string // "settings", "resolve", "connect", "tls", "service bind", "user base", "group base", "user search", "user bind", "groups"
	Detail string // what was found; for a person
	Err    error  // nil: it worked
	Hint   string // what to do about Err, in plain words; may be ""
}

// Check tries the settings step by step and calls report after each. All servers
// are tried, so that a second one that never worked is noticed before it is
// needed. user may be "", and so may password: the steps that need them are left
// out. The error has every step that failed.
func (c Config) Check(ctx context.Context, user, password string, report func(Step)) error {
	k := &checker{ctx: ctx, report: report}
	if !k.step("settings", fmt.Sprintf("servers: %d", len(c.URLs)), c.Validate()) {
		return k.failure
	}
	cfg := c.withDefaults()
	client, err := New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		k.step("settings", "", err)
		return k.failure
	}
	defer client.Close()
	k.client = client
	usable := false
	for _, s := range client.servers.all {
		usable = k.server(s) || usable
	}
	if usable && k.bases() && user != "" {
		k.user(user, password)
	}
	return k.failure
}

// checker runs the steps and collects what failed.
type checker struct {
	ctx     context.Context //nolint:containedctx // it lives as long as one call
	client  *Client
	report  func(Step)
	failure error
}

func (k *checker) step(name, detail string, err error) bool {
	k.report(Step{Name: name, Detail: detail, Err: err, Hint: hint(err)})
	if err != nil {
		k.failure = errors.Join(k.failure, fmt.Errorf("%s: %w", name, err))
	}
	return err == nil
}

// server goes as far as the service account's bind.
func (k *checker) server(s *server) bool {
	d, cfg := k.client.dialer, &k.client.cfg
	ctx, cancel := context.WithTimeout(k.ctx, cfg.Timeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupHost(ctx, s.host)
	if err != nil {
		err = connectError("resolve "+s.host, err)
	}
	if !k.step("resolve", fmt.Sprintf("%s is %s", s.host, strings.Join(addrs, ", ")), err) {
		return false
	}
	line, err := d.connect(ctx, s)
	if !k.step("connect", s.url, err) {
		return false
	}
	line, err = d.secure(ctx, s, line)
	if !k.step("tls", tlsDetail(line), err) {
		return false
	}
	cn := d.wrap(s, line)
	defer cn.close()
	if cfg.BindDN == "" {
		return k.step("service bind", "none: searches are anonymous (ldap-bind-dn is not set)", nil)
	}
	return k.step("service bind", cfg.BindDN, cfg.bindService(k.ctx, cn))
}

func tlsDetail(line net.Conn) string {
	secured, ok := line.(*tls.Conn)
	if !ok {
		return "none: the server is this machine"
	}
	state := secured.ConnectionState()
	if len(state.PeerCertificates) == 0 {
		return tls.VersionName(state.Version)
	}
	cert := state.PeerCertificates[0]
	return fmt.Sprintf("%s; certificate for %s, ends %s; ldap-pin-sha256 = %x", tls.VersionName(state.Version),
		certNames(cert), cert.NotAfter.Format("2006-01-02"), keySum(cert))
}

func keySum(cert *x509.Certificate) [sha256.Size]byte {
	return sha256.Sum256(cert.RawSubjectPublicKeyInfo)
}

// bases looks whether the service account can see where searches begin.
func (k *checker) bases() bool {
	cfg := &k.client.cfg
	ok := k.base("user base", cfg.UserBase)
	return k.base("group base", cfg.GroupBase) && ok
}

func (k *checker) base(name, dn string) bool {
	found, _, err := k.client.find(k.ctx, "read of "+dn, ldap.ScopeBaseObject, dn, "(objectClass=*)", []string{"1.1"}, 1)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %s cannot be seen by the service account", ErrConfiguration, dn)
	}
	return k.step(name, dn, err)
}

func (k *checker) user(name, password string) {
	u, err := k.client.User(k.ctx, name)
	if !k.step("user search", fmt.Sprintf("%q is %s, called %q", printable(name), u.DN, u.Name), err) {
		return
	}
	if password != "" && !k.step("user bind", u.DN, k.client.Bind(k.ctx, u, password)) {
		return
	}
	if k.client.cfg.InChain {
		if err := k.activeDirectory(); err != nil {
			k.step("groups", "", err)
			return
		}
	}
	groups, err := k.client.GroupsOf(k.ctx, u)
	if err == nil && groups.Limited {
		err = fmt.Errorf("%w: more groups than ldap-max-groups, or deeper than ldap-max-depth", ErrLimited)
	}
	detail := "none: if that is wrong, check ldap-group-base, ldap-group-filter and ldap-member-attr"
	if len(groups.Names) > 0 {
		detail = strings.Join(groups.Names, ", ")
	}
	k.step("groups", detail, err)
}

// activeDirectory: other servers do not know the rule that InChain sends and
// answer that nobody is in any group.
func (k *checker) activeDirectory() error {
	const oid = "1.2.840.113556.1.4.800"
	found, _, err := k.client.find(k.ctx, "read of the root DSE", ldap.ScopeBaseObject, "", "(objectClass=*)", []string{"supportedCapabilities"}, 0)
	if err != nil {
		return err
	}
	for _, e := range found {
		for _, v := range e.GetEqualFoldAttributeValues("supportedCapabilities") {
			if v == oid {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: ldap-in-chain is for Active Directory, and this server is another; remove the setting", ErrConfiguration)
}
