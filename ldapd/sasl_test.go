package ldapd

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/internal/netserve"
	"github.com/lxdb/lxdb/security/principal"
)

// certified answers every verified certificate with one user.
type certified struct {
	h     *house
	name  string
	epoch uint64 // of the account when it was proved; 0: whatever it is
	asked int
}

func (c *certified) LoginCertificate(_ context.Context, state tls.ConnectionState, _ string) (principal.Principal, error) {
	c.asked++
	p := c.h.catalog.Snapshot().Principal(c.name)
	if p == nil || len(state.VerifiedChains) == 0 {
		return principal.Principal{}, errors.New("refused")
	}
	return principal.FromClientCert(p.ID, p.Name).At(c.epoch), nil
}

// newCertHouse is a house that asks for certificates; its clients have one
// unless they are told otherwise.
func newCertHouse(t *testing.T) (*house, *certified) {
	c := &certified{name: "ann"}
	h := newHouse(t, func(o *Options) {
		o.TLS = o.TLS.Clone()
		o.TLS.ClientAuth = tls.VerifyClientCertIfGiven
		_, client := certificates(t)
		o.TLS.ClientCAs = client.RootCAs
		o.Certificates = c
	})
	h.client = h.client.Clone()
	server, _ := certificates(t)
	h.client.Certificates = server.Certificates
	h.user("ann", "bob")
	c.h = h
	return h, c
}

func (c *client) external(authz *string) answer {
	c.t.Helper()
	b := appendText(appendInt(nil, tagInteger, 3), tagOctets, "")
	b, sasl := open(b, nested(3))
	b = appendText(b, tagOctets, "EXTERNAL")
	if authz != nil {
		b = appendText(b, tagOctets, *authz)
	}
	return c.call(opBind, shut(b, sasl))
}

func (c *client) mechanisms() string {
	c.t.Helper()
	f, _ := c.search(query{filter: "(objectClass=*)", attrs: []string{"supportedSASLMechanisms"}})
	return strings.Join(f[0].lines, " ")
}

func TestSASLExternal(t *testing.T) {
	h, certs := newCertHouse(t)
	text := func(s string) *string { return &s }
	for _, try := range []struct {
		authz *string
		want  code
	}{
		{nil, success},
		{text(""), success},
		{text("u:ann"), success},
		{text("u:ANN"), success},
		{text("dn:uid=ann,ou=users,dc=lxdb"), success},
		{text("u:bob"), invalidCredentials},
		{text("u:root"), invalidCredentials},
		{text("dn:uid=bob,ou=users,dc=lxdb"), invalidCredentials},
		{text("dn:nonsense"), invalidCredentials},
		{text("u:"), invalidCredentials},
		{text("ann\x00bob"), invalidCredentials},
		{text("\xff"), invalidCredentials},
	} {
		c := h.dialTLS()
		if a := c.external(try.authz); a.code != try.want {
			t.Errorf("%v: %v, want %d", try.authz, a, try.want)
		}
		who := ""
		if try.want == success {
			who = "dn:uid=ann,ou=users,dc=lxdb"
		}
		if got := c.whoAmI(); got != who {
			t.Errorf("%v: who is %q", try.authz, got)
		}
	}
	certs.name = "nobody"
	if a := h.dialTLS().external(nil); a.code != invalidCredentials {
		t.Errorf("unknown user: %v", a)
	}
	certs.name, certs.epoch = "ann", 77
	if a := h.dialTLS().external(nil); a.code != invalidCredentials {
		t.Errorf("changed since it was proved: %v", a)
	}
	certs.epoch = 0

	c := h.dial()
	if m := c.mechanisms(); m != "" {
		t.Errorf("mechanisms without TLS: %s", m)
	}
	c.startTLS(h)
	if m := c.mechanisms(); m != "supportedSASLMechanisms: PLAIN supportedSASLMechanisms: EXTERNAL" {
		t.Errorf("mechanisms with a certificate: %s", m)
	}
	if a := c.external(nil); a.code != success {
		t.Errorf("StartTLS: %v", a)
	}

	h.client.Certificates = nil
	asked := certs.asked
	c = h.dialTLS()
	if a := c.external(nil); a.code != inappropriateAuth {
		t.Errorf("without a certificate: %v", a)
	}
	if a := h.dial().external(nil); a.code != inappropriateAuth {
		t.Errorf("without TLS: %v", a)
	}
	if m := c.mechanisms(); m != "supportedSASLMechanisms: PLAIN" {
		t.Errorf("mechanisms without a certificate: %s", m)
	}
	if certs.asked != asked {
		t.Error("somebody without a certificate was asked about")
	}
}

func TestExternalNeedsAnOwner(t *testing.T) {
	h := newHouse(t) // Certificates is nil
	if a := h.dialTLS().external(nil); a.code != authMethodNotSupported {
		t.Errorf("%v", a)
	}
}

// TestExternalEnds: what a certificate proved ends with the certificate, the
// account's lock, and StartTLS rules.
func TestExternalEnds(t *testing.T) {
	h, _ := newCertHouse(t)
	c := h.dialTLS()
	c.external(nil)
	if err := h.edit(context.Background(), "ann", func(p *catalog.Principal) { p.Locked = true }); err != nil {
		t.Fatal(err)
	}
	if who := c.whoAmI(); who != "" {
		t.Errorf("locked: %s", who)
	}
	if a := c.external(nil); a.code != invalidCredentials {
		t.Errorf("bind of a locked user: %v", a)
	}
	if err := h.edit(context.Background(), "ann", func(p *catalog.Principal) { p.Locked = false }); err != nil {
		t.Fatal(err)
	}
	if a := c.external(nil); a.code != success || c.whoAmI() == "" {
		t.Errorf("unlocked: %v", a)
	}
	serial := ""
	h.server.net.Each(func(n netserve.Conn) { serial = serials(n.(*conn).peer)[0] })
	if err := h.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		return tx.PutRevocation(&catalog.Revocation{Serial: serial})
	}); err != nil {
		t.Fatal(err)
	}
	if who := c.whoAmI(); who != "" {
		t.Errorf("revoked: %s", who)
	}
	h.server.net.Each(func(n netserve.Conn) {
		conn := n.(*conn)
		conn.mu.Lock()
		defer conn.mu.Unlock()
		if conn.until.IsZero() {
			t.Error("the identity does not end with the certificate")
		}
		conn.until = time.Now().Add(-time.Second)
	})
	if who := c.whoAmI(); who != "" {
		t.Errorf("after the end of the certificate: %s", who)
	}
}
