package authn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// TestUnverifiedCertificates: what TLS did not verify names nobody.
func TestUnverifiedCertificates(t *testing.T) {
	h := newHouse(t)
	h.put(catalog.Principal{Name: "ann", Kind: catalog.KindUser}, "")
	directory := NewCatalogDirectory(h.catalog, h.hasher, time.Now)
	h.auth.registry, h.auth.backdate = directory, 50*365*24*time.Hour // accounts are made now, the clock is elsewhere
	cert := &x509.Certificate{Subject: pkix.Name{CommonName: "ann"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotBefore: h.now.Add(-time.Hour), NotAfter: h.now.Add(time.Hour)}
	authority := &x509.Certificate{IsCA: true}
	verified := tls.ConnectionState{HandshakeComplete: true, PeerCertificates: []*x509.Certificate{cert},
		VerifiedChains: [][]*x509.Certificate{{cert, authority}}}
	login := func(state tls.ConnectionState) (principal.Principal, error) {
		return h.auth.LoginCertificate(context.Background(), state, "10.0.0.1:1")
	}
	who, err := login(verified)
	if err != nil || who.Name() != "ann" || who.Source() != principal.TLSCert {
		t.Fatalf("verified: %v, %v", who, err)
	}
	if e := h.events[len(h.events)-1]; !e.Certificate || e.User != "ann" || e.Err != nil || e.ID != who.ID() {
		t.Errorf("event %+v", e)
	}
	for what, state := range map[string]tls.ConnectionState{
		"nothing":           {},
		"presented only":    {HandshakeComplete: true, PeerCertificates: verified.PeerCertificates},
		"handshake not yet": {VerifiedChains: verified.VerifiedChains},
		"its own authority": {HandshakeComplete: true, VerifiedChains: [][]*x509.Certificate{{cert}}},
	} {
		if who, err := login(state); !errors.Is(err, ErrRefused) || !who.IsNobody() {
			t.Errorf("%s: %v, %v", what, who, err)
		}
		if e := h.events[len(h.events)-1]; !errors.Is(e.Err, ErrNoCertificate) {
			t.Errorf("%s: reason %v", what, e.Err)
		}
	}
	cert.SerialNumber = big.NewInt(0x4f1e0a)
	if err := h.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		return tx.PutRevocation(&catalog.Revocation{Serial: "4f1e0a"})
	}); err != nil {
		t.Fatal(err)
	}
	if who, err := login(verified); !errors.Is(err, ErrRefused) || !who.IsNobody() || !errors.Is(h.events[len(h.events)-1].Err, ErrRevoked) {
		t.Errorf("revoked: %v, %v", who, err)
	}
	if err := directory.Admits(Account{ID: ruled(t, h, "ann")}, Attempt{TLS: &verified}); !errors.Is(err, ErrTransport) || !errors.Is(err, ErrRevoked) {
		t.Errorf("REQUIRE X509 with a revoked one: %v", err)
	}
	cert.SerialNumber = big.NewInt(1)
	if err := directory.Admits(Account{ID: ruled(t, h, "ann")}, Attempt{TLS: &verified}); err != nil {
		t.Errorf("REQUIRE X509: %v", err)
	}
	h.auth.backdate = 0
	h.auth.now = func() time.Time { return cert.NotAfter.Add(time.Second) }
	if _, err := login(verified); !errors.Is(err, ErrRefused) || !errors.Is(h.events[len(h.events)-1].Err, ErrCertificateUse) {
		t.Errorf("ended: %v", err)
	}
	h.auth.registry = nil
	if who, err := login(verified); !errors.Is(err, ErrRefused) || !who.IsNobody() {
		t.Errorf("without a registry: %v, %v", who, err)
	}
}

// ruled makes an account require a client certificate.
func ruled(t *testing.T, h *house, name string) principal.ID {
	t.Helper()
	id := h.catalog.Snapshot().Principal(name).ID
	if err := h.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		p := tx.PrincipalByID(id).Clone()
		rules := p.Rule()
		rules.Transport = catalog.TransportX509
		p.SetRules(rules)
		return tx.PutPrincipal(p)
	}); err != nil {
		t.Fatal(err)
	}
	return id
}
