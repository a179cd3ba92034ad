package authn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// Registry knows the accounts that a client certificate can name.
type Registry interface {
	// Named finds an account that may log in, whether it has a password or not,
	// and when it was created.
	Named(name string) (account Account, created time.Time, err error)
	// Revoked reports whether one of a connection's Serials is on the revocation list.
	Revoked(serials []string) bool
}

// Reasons of LoginCertificate.
var (
	ErrNoCertificate  = errors.New("no client certificate was verified")
	ErrCertificateUse = errors.New("the certificate is not for a client, or not now")
	ErrRevoked        = errors.New("the certificate is revoked")
	ErrCertificateOld = errors.New("the certificate was issued before the account was created: it may have been for another one of that name")
)

// LoginCertificate is the login of who proved in the TLS handshake that he has
// the key of a client certificate. state must be the connection's own, from a
// server whose only client authority is the instance's: the verified chain is
// the proof. The certificate's common name names the account. The error is
// ErrRefused, whatever the reason.
//
// The revocation list takes a certificate back, and so does locking or dropping the
// user: who is logged in by it is so no longer. Nothing is counted, since a key cannot be guessed.
func (a *Authenticator) LoginCertificate(_ context.Context, state tls.ConnectionState, remote string) (principal.Principal, error) {
	name, account, err := a.certified(state)
	if err == nil {
		err = a.admit(account, Attempt{User: name, Remote: remote, Transport: "ldap", TLS: &state})
	}
	if err != nil {
		account = Account{}
	}
	told := a.audit(Event{Time: a.now(), User: cut(name), Remote: remote, ID: account.ID, Certificate: true, Err: err})
	if err != nil || told != nil {
		return principal.Principal{}, ErrRefused
	}
	return principal.FromClientCert(account.ID, account.Name).At(account.Epoch), nil
}

func (a *Authenticator) certified(state tls.ConnectionState) (name string, _ Account, _ error) {
	if a.registry == nil || !state.HandshakeComplete || len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) < 2 {
		return "", Account{}, ErrNoCertificate
	}
	cert := state.VerifiedChains[0][0]
	name = cert.Subject.CommonName
	now := a.now()
	// The handshake has asked the same, but it may be long ago.
	if cert.IsCA || !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return name, Account{}, ErrCertificateUse
	}
	if a.registry.Revoked(Serials(&state)) {
		return name, Account{}, ErrRevoked
	}
	if name == "" || len(name) > maxUserBytes {
		return name, Account{}, ErrUserName
	}
	account, created, err := a.registry.Named(name)
	if err != nil {
		return name, Account{}, err
	}
	// Times in certificates are in seconds.
	if cert.NotBefore.Add(a.backdate).Before(created.Truncate(time.Second)) {
		return name, Account{}, ErrCertificateOld
	}
	if account.ID == 0 {
		return name, Account{}, ErrChanged
	}
	return name, account, nil
}

var _ Registry = (*CatalogDirectory)(nil)

// Revoked implements Registry.
func (d *CatalogDirectory) Revoked(serials []string) bool {
	return d.catalog.Snapshot().AnyRevoked(serials)
}

// Serials are the serial numbers of the client certificate that a connection came with,
// and of those that vouch for it, as the revocation list spells them; none where it came
// without one.
func Serials(state *tls.ConnectionState) []string {
	if state == nil || len(state.VerifiedChains) == 0 {
		return nil
	}
	var out []string
	for _, c := range state.VerifiedChains[0] {
		out = append(out, catalog.FoldSerial(c.SerialNumber.Text(16)))
	}
	return out
}

// Named implements Registry.
func (d *CatalogDirectory) Named(name string) (Account, time.Time, error) {
	rec := d.catalog.Snapshot().Principal(name)
	switch {
	case rec == nil:
		return Account{}, time.Time{}, ErrUnknownUser
	case rec.Kind != catalog.KindUser:
		return Account{}, time.Time{}, ErrNotAUser
	case rec.Outside():
		return Account{}, time.Time{}, ErrNotAUser // another directory decides about him
	case rec.Locked:
		return Account{}, time.Time{}, fmt.Errorf("certificate of %q: %w", rec.Name, ErrLocked)
	}
	return accountOf(rec), time.UnixMicro(rec.Created), nil
}
